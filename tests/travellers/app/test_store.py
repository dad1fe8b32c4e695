"""The pipeline over the real database: stories stored in any order, twice, by killed workers."""

from __future__ import annotations

import datetime as dt
import itertools
import os
import uuid
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import msgspec
import psycopg
import pytest

from vedette import kinds
from vedette.apps.desk.work import Worker
from vedette.commands.environment import keys
from vedette.core.entries import Entry, EntryDate, EntryIdentifier, EntryName
from vedette.core.parties import Contacts, Document
from vedette.core.records import DroppedText, Envelope, decode
from vedette.travellers.app.store import Store
from vedette.travellers.records import (
    Booking,
    Flight,
    Locator,
    Message,
    Payment,
    Segment,
    Traveller,
)

NOW = dt.datetime(2026, 11, 24, 10)
GONE = "booked_not_flown"
FLIGHT = Flight(
    carrier="XX",
    number="0417",
    origin="ADD",
    destination="DSS",
    departure=dt.datetime(2026, 11, 24, 8),
    arrival=dt.datetime(2026, 11, 24, 15),
)
PASSPORT = Document(type="P", number="ZX10O1", issuer="CHE", expiry=dt.date(2030, 1, 1))


@pytest.fixture
def connection(database: str) -> Iterator[psycopg.Connection[Any]]:
    """A raw connection of the intake role."""
    with psycopg.connect(os.environ["DATABASE_URL_INTAKE"], autocommit=True) as connection:
        yield connection


@pytest.fixture
def organisation(connection: psycopg.Connection[Any]) -> uuid.UUID:
    """An administration."""
    return administration(connection)


def administration(connection: psycopg.Connection[Any]) -> uuid.UUID:
    """Stores an administration and returns its id."""
    id_ = uuid.uuid4()
    connection.execute(
        "INSERT INTO accounts_organisation (id, name, kind, country, synthetic)"
        " VALUES (%s, 'Douanes', 'administration', 'SN', true)",
        [id_],
    )
    return id_


@pytest.fixture(autouse=True)
def records_as_bytes(monkeypatch: pytest.MonkeyPatch) -> None:
    """Stories are told in records: what is tested here begins behind the parsers."""
    decoder = msgspec.json.Decoder(list[Message], dec_hook=decode)
    monkeypatch.setattr(kinds, "read", lambda data: decoder.decode(data), raising=False)


def api(
    prepared: dt.datetime, *travellers: Traveller, ref: str = "A", sub: str | None = None
) -> Message:
    """A passenger list."""
    return Message(
        format="PAXLST",
        envelope=Envelope(sender="XX", prepared=prepared, interchange_ref=ref),
        function="passengers",
        sub_function=sub,
        flights=(FLIGHT,),
        travellers=travellers,
    )


def pnr(
    prepared: dt.datetime,
    *bookings: Booking,
    function: str = "22",
    part: int | None = None,
    last: bool = True,
) -> Message:
    """A push of bookings."""
    return Message(
        format="PNRGOV",
        envelope=Envelope(
            sender="XX",
            prepared=prepared,
            interchange_ref=f"P{prepared:%H%M}",
            common_access_ref=f"C{prepared:%H%M}" if part else None,
            sequence=part,
            last=last if part else None,
        ),
        function=function,
        flights=(FLIGHT,),
        bookings=bookings,
    )


def booking(locator: str, *travellers: Traveller) -> Booking:
    """A booking with its way there."""
    return Booking(
        locators=(Locator(company="XX", locator=locator, created=dt.datetime(2026, 11, 1)),),
        created=dt.datetime(2026, 11, 1),
        travellers=travellers,
        segments=(
            Segment(
                carrier="XX",
                number="417",
                origin="ADD",
                destination="DSS",
                departure=FLIGHT.departure,
            ),
        ),
        payments=(
            Payment(type="CC", amount=Decimal("120.50"), currency="EUR", card_number="XXXX1234"),
        ),
    )


def receive(
    connection: psycopg.Connection[Any], organisation: uuid.UUID, *messages: Message
) -> None:
    """Each message as a file of its own into the inbox."""
    for message in messages:
        body = message.body or msgspec.json.encode(message)
        data = msgspec.json.encode([msgspec.structs.replace(message, body=body)])
        connection.execute(
            "INSERT INTO inbox_inbox (id, organisation_id, received_at, source, name, size, token, state,"
            " attempts, sealed) VALUES (%s, %s, now(), 'test', 'x', %s, %s, 'waiting', 0, %s)",
            [uuid.uuid4(), organisation, len(data), uuid.uuid4().bytes, keys().seal(data)],
        )


def work() -> None:
    """Drains the inbox as `vedette work` does."""
    worker = Worker(os.environ["DATABASE_URL_INTAKE"], keys())
    worker.drain()
    worker.connection.close()


def listed(connection: psycopg.Connection[Any], organisation: uuid.UUID, entry: Entry) -> uuid.UUID:
    """An entry on a list, as an import leaves it."""
    watchlist, id_ = uuid.uuid4(), uuid.uuid4()
    connection.execute(
        "INSERT INTO lists_watchlist (id, organisation_id, themes, name, lookouts, purpose, basis, owner,"
        " weight, synthetic, created_at) VALUES (%s, %s, '{passengers}', %s, false, 'terrorism', 'b', 'o',"
        " 70, true, now())",
        [watchlist, organisation, str(watchlist)],
    )
    connection.execute(
        "INSERT INTO lists_listentry (id, organisation_id, watchlist_id, ref, content_hash, content,"
        " name_key, since) VALUES (%s, %s, %s, %s, 'h1', %s, 'n', 1)",
        [id_, organisation, watchlist, entry.ref, msgspec.json.encode(entry).decode()],
    )
    bump(connection, organisation)
    return id_


def bump(connection: psycopg.Connection[Any], organisation: uuid.UUID) -> None:
    """Tells workers that knowledge changed."""
    connection.execute(
        "INSERT INTO lists_knowledgestate (organisation_id, number) VALUES (%s, 1)"
        " ON CONFLICT (organisation_id) DO UPDATE SET number = lists_knowledgestate.number + 1",
        [organisation],
    )


def told(
    connection: psycopg.Connection[Any], organisation: uuid.UUID | None = None
) -> list[tuple[Any, ...]]:
    """The state that a story leaves, without ids and times of receipt: of every organisation, or of one."""
    of = [organisation, organisation]
    rows = connection.execute(
        "SELECT c.surname, c.given_names, c.date_of_birth, c.document, c.locator, c.seat, c.names, c.state,"
        " j.present, j.facts, j.in_api, j.in_pnr, j.booking_id IS NOT NULL, h.state, h.priority, h.favour,"
        " (SELECT array_agg(r.key || r.state ORDER BY r.key) FROM hits_reason r WHERE r.hit_id = h.id),"
        " (SELECT array_agg(i.kind || i.token::text ORDER BY i.kind, i.token) FROM subjects_identifier i"
        "  WHERE i.subject_id = j.id)"
        " FROM travellers_journey j JOIN travellers_journeyclear c ON c.journey_id = j.id"
        " LEFT JOIN hits_hit h ON h.subject_id = j.id"
        " WHERE %s::uuid IS NULL OR j.organisation_id = %s"
        " ORDER BY c.surname, c.given_names, c.document",
        of,
    ).fetchall()
    flights = connection.execute(
        "SELECT carrier, number, origin, destination, departs_at, arrives_at, api_count, pnr_count,"
        " joined_count FROM travellers_flight WHERE %s::uuid IS NULL OR organisation_id = %s",
        of,
    ).fetchall()
    bookings = connection.execute(
        "SELECT count(*) FROM travellers_booking WHERE %s::uuid IS NULL OR organisation_id = %s", of
    ).fetchall()
    return [*rows, *flights, *bookings]


MOREL = Traveller(surname="MOREL", given_names="JEANMR", reference="1")
LISTED = Entry(
    ref="E1",
    names=(EntryName(full="Jean Morel"),),
    birth_dates=(EntryDate(from_=dt.date(1980, 2, 3), to=dt.date(1980, 2, 3)),),
)
BORN = dt.date(1980, 2, 3)
STORY = (
    pnr(
        NOW - dt.timedelta(hours=72),
        booking("ABC123", MOREL),
        booking("GONE01", Traveller(surname="DIOP", given_names="AWA", reference="2")),
    ),
    pnr(NOW - dt.timedelta(hours=24), booking("ABC123", MOREL)),
    pnr(
        NOW - dt.timedelta(hours=20),
        booking(
            "ABC123", Traveller(surname="MOREL", given_names="JEANMR", reference="1", seat="22C")
        ),
        function="141",
    ),
    api(
        NOW,
        Traveller(
            surname="MOREL",
            given_names="JEAN",
            date_of_birth=BORN,
            locator="ABC123",
            documents=(PASSPORT,),
        ),
    ),
)


def test_the_same_story_in_every_order_gives_the_same_state(
    database: str, connection: psycopg.Connection[Any], organisation: uuid.UUID
) -> None:
    """Full pushes, an update, a passenger list, in all 24 orders and each with a resend."""
    listed(connection, organisation, LISTED)
    ends = []
    for order in itertools.permutations(STORY):
        receive(connection, organisation, *order, order[0])
        work()
        ends.append(told(connection))
        with psycopg.connect(database, autocommit=True) as admin:
            # Decisions are append-only; here the whole world begins anew.
            admin.execute("SET session_replication_role = replica")
            admin.execute(
                "TRUNCATE hits_hit, hits_reasonclear, travellers_booking, travellers_bookingclear,"
                " travellers_journeyclear, inbox_inbox, travellers_flight CASCADE"
            )
    assert all(end == ends[0] for end in ends)
    diop, morel, flight, _ = ends[0]
    assert (morel[0], morel[1], morel[2], morel[5], morel[8]) == (
        "MOREL",
        "JEAN",
        BORN,
        "22C",
        True,
    )
    assert morel[13] == "new"
    assert (diop[0], diop[8], diop[9]) == ("DIOP", False, ["booked_not_flown"])
    assert flight[6:] == (1, 2, 1)


EARLY, CLOSED = dt.datetime(2026, 11, 24, 2), dt.datetime(2026, 11, 24, 5, 10)
ADA, BOB, CEM = (Traveller(surname=name, given_names="X") for name in ("ADA", "BOB", "CEM"))
NOT_ON_BOARD = msgspec.structs.replace(BOB, boarded=False)
ON_BOARD = msgspec.structs.replace(ADA, boarded=True)


@pytest.mark.parametrize(
    "final",
    [
        api(CLOSED, NOT_ON_BOARD, ref="Z", sub="CLNB"),
        api(CLOSED, ON_BOARD, ref="Z", sub="CLOB"),
        api(CLOSED, ADA, ref="Z", sub="CL"),
    ],
)
def test_booked_not_flown_follows_from_the_closing_list(
    connection: psycopg.Connection[Any], organisation: uuid.UUID, final: Message
) -> None:
    """Three booked, two listed hours before departure, the closing list takes one off; any order."""
    story = (
        pnr(NOW - dt.timedelta(hours=24), booking("AAA111", ADA, BOB, CEM)),
        api(EARLY, ADA, BOB),
        final,
    )
    for order in itertools.permutations(story):
        receive(connection, organisation, *order[:2])
        work()
        (before,) = connection.execute("SELECT max(api_at) FROM travellers_flight").fetchone() or ()
        facts = connection.execute("SELECT facts FROM travellers_journey").fetchall()
        assert final in order[:2] or not any(fact for (fact,) in facts)
        receive(connection, organisation, order[2])
        work()
        rows = connection.execute(
            "SELECT c.surname, j.facts FROM travellers_journey j"
            " JOIN travellers_journeyclear c ON c.journey_id = j.id ORDER BY 1"
        ).fetchall()
        assert rows == [("ADA", []), ("BOB", [GONE]), ("CEM", [GONE])]
        (after,) = connection.execute("SELECT api_at FROM travellers_flight").fetchone() or ()
        assert (after == before) == (order[2] is not final)
        connection.execute("UPDATE inbox_inbox SET token = sha256(id::text::bytea)")
        connection.execute("DELETE FROM subjects_identifier; DELETE FROM inbox_message")
        connection.execute("DELETE FROM subjects_subject; DELETE FROM travellers_journeyclear")


def test_the_same_content_pushed_again_later_is_a_later_statement(
    connection: psycopg.Connection[Any], organisation: uuid.UUID
) -> None:
    """A resend changes nothing, but the first push, sent again after an update, takes it back."""
    first, update = STORY[1], STORY[2]
    envelope = msgspec.structs.replace(first.envelope, prepared=NOW)
    again = msgspec.structs.replace(first, envelope=envelope)
    body = msgspec.json.encode(first)
    same = [msgspec.structs.replace(m, body=body) for m in (first, again)]
    ends = []
    for order in itertools.permutations((same[0], update, same[1])):
        receive(connection, organisation, *order)
        work()
        ends.append(
            connection.execute(
                "SELECT present, seat FROM travellers_journey j JOIN"
                " travellers_journeyclear c ON c.journey_id = j.id"
            ).fetchall()
        )
        connection.execute("UPDATE inbox_inbox SET token = sha256(id::text::bytea)")
        connection.execute("DELETE FROM subjects_identifier; DELETE FROM inbox_message")
        connection.execute("DELETE FROM subjects_subject; DELETE FROM travellers_journeyclear")
    assert all(end == ends[0] for end in ends)


def test_bytes_go_when_records_are_stored(
    connection: psycopg.Connection[Any], organisation: uuid.UUID
) -> None:
    """Raw bytes rest sealed, and only until then; a resend is known by its segments."""
    receive(connection, organisation, STORY[3], STORY[3])
    work()
    rows = connection.execute(
        "SELECT state, sealed FROM inbox_inbox ORDER BY received_at"
    ).fetchall()
    assert rows == [("done", None), ("duplicate", None)]
    (resends,) = connection.execute(
        "SELECT count(*) FROM inbox_message WHERE resend_of_id IS NOT NULL"
    ).fetchone() or (None,)
    assert resends == 1


def test_a_unit_sees_the_messages_of_its_flights_also_without_a_traveller(
    connection: psycopg.Connection[Any], organisation: uuid.UUID
) -> None:
    """A list of nobody raises no subject, but it is a message of its flight. When an airport gets another
    unit, the messages go with the flight. A message without a flight is seen by those of every unit."""
    from django.db import transaction

    from vedette.apps.accounts.models import Unit, User, all_purposes, all_themes
    from vedette.apps.accounts.rules import set_scope
    from vedette.apps.inbox.models import Message as Stored

    south, north = (
        Unit.objects.using("intake").create(
            organisation_id=organisation, name=name, airports=airports
        )
        for name, airports in (("south", ["DSS"]), ("north", []))
    )
    listed_nobody, lost = api(NOW, ref="N"), msgspec.structs.replace(api(NOW, ref="L"), flights=())
    receive(connection, organisation, listed_nobody, lost)
    work()
    assert connection.execute("SELECT count(*) FROM subjects_subject").fetchone() == (0,)

    def seen(unit: Unit | None) -> list[str]:
        user = User(
            organisation_id=organisation, unit=unit, role="officer", themes=all_themes(),
            purposes=all_purposes(),
        )  # fmt: skip
        with transaction.atomic():
            set_scope(user)
            return sorted(Stored.objects.values_list("interchange_ref", flat=True))

    assert (seen(south), seen(north), seen(None)) == (["N"], [], ["L", "N"])
    with connection.transaction():
        connection.execute("UPDATE accounts_unit SET airports = '{}' WHERE id = %s", [south.pk])
        connection.execute("UPDATE accounts_unit SET airports = '{DSS}' WHERE id = %s", [north.pk])
    receive(connection, organisation, api(NOW + dt.timedelta(hours=1), ref="M"))
    work()
    assert (seen(south), seen(north), seen(None)) == ([], ["M", "N"], ["L", "M", "N"])


def test_new_knowledge_asks_the_population_and_its_end_voids_the_hit(
    connection: psycopg.Connection[Any], organisation: uuid.UUID
) -> None:
    """Delta rescreen: an entry added raises a hit on who is stored; withdrawn, the hit is void."""
    receive(connection, organisation, STORY[3])
    work()
    assert connection.execute("SELECT count(*) FROM hits_hit").fetchone() == (0,)
    entry = listed(connection, organisation, LISTED)
    work()
    assert connection.execute("SELECT state FROM hits_hit").fetchall() == [("new",)]
    connection.execute("UPDATE lists_listentry SET until = 2 WHERE id = %s", [entry])
    bump(connection, organisation)
    work()
    assert connection.execute("SELECT state FROM hits_hit").fetchall() == [("void",)]


def test_a_cleared_pair_stays_cleared_until_the_entry_changes(
    connection: psycopg.Connection[Any], organisation: uuid.UUID
) -> None:
    """Clearing binds the traveller's fingerprint to the content of the entry."""
    user = uuid.uuid4()
    connection.execute(
        "INSERT INTO accounts_user (id, organisation_id, username, password, is_superuser, first_name,"
        " last_name, email, is_staff, is_active, date_joined, role, language, theme_choice, themes,"
        " purposes) VALUES (%s, %s, 'o', '', false, '', '', '', false, true, now(), 'officer', 'fr',"
        " '', '{passengers}', '{border}')",
        [user, organisation],
    )
    entry = listed(connection, organisation, LISTED)
    receive(connection, organisation, STORY[3])
    work()
    connection.execute(
        "INSERT INTO hits_clearedpair (id, fingerprint, entry_hash, theme, purpose, organisation_id, by_id,"
        " at, expires_at) SELECT id, fingerprint, 'h1', 'passengers', 'terrorism', %s, %s, now(),"
        " now() + '1 year' FROM subjects_subject",
        [organisation, user],
    )
    other = msgspec.structs.replace(FLIGHT, number="418")
    receive(connection, organisation, msgspec.structs.replace(STORY[3], flights=(other,)))
    work()
    assert connection.execute("SELECT count(*) FROM hits_hit").fetchone() == (1,)
    connection.execute(
        "WITH old AS (UPDATE lists_listentry SET until = 2 WHERE id = %s RETURNING *)"
        " INSERT INTO lists_listentry (id, organisation_id, watchlist_id, ref, content, name_key, since,"
        " content_hash) SELECT gen_random_uuid(), organisation_id, watchlist_id, ref, content, name_key, 2,"
        " 'h2' FROM old",
        [entry],
    )
    bump(connection, organisation)
    work()
    found = connection.execute("SELECT count(*) FROM hits_hit WHERE state = 'new'")
    assert found.fetchone() == (2,)


def test_equal_stamps_give_one_flight_in_any_order(
    database: str, connection: psycopg.Connection[Any], organisation: uuid.UUID
) -> None:
    """A list to the minute and a push to the second, prepared at one moment under one reference."""
    exact = msgspec.structs.replace(FLIGHT, departure=dt.datetime(2026, 11, 24, 8, 0, 33))
    one, two = api(NOW, ADA, ref="P"), api(NOW, ADA, BOB, ref="P")
    two = msgspec.structs.replace(two, flights=(exact,))
    ends = []
    for order, apart in itertools.product(((one, two), (two, one)), (False, True)):
        for message in order:
            receive(connection, organisation, message)
            if apart:
                work()
        work()
        ends += connection.execute("SELECT departs_local, stated FROM travellers_flight").fetchall()
        with psycopg.connect(database, autocommit=True) as admin:
            # What is append-only goes as well: each order begins in an empty database.
            admin.execute("SET session_replication_role = replica")
            admin.execute("TRUNCATE inbox_inbox, travellers_flight, subjects_subject CASCADE")
    assert len(ends) == 4
    assert set(ends) == {(exact.departure, ends[0][1])}


AWA = Traveller(surname="NDIAYE", given_names="AWA", date_of_birth=BORN, reference="1")
D01, D02 = (Document(type="P", number=number) for number in ("D01", "D02"))


def namesake(document: Document | None = None, phone: str = "", **more: Any) -> Traveller:
    """One of two travellers of one name and one birth date."""
    return msgspec.structs.replace(
        AWA,
        documents=(document,) if document else (),
        contacts=Contacts(phones=(phone,) if phone else ()),
        **more,
    )


NAMESAKES = (
    api(NOW, namesake(D01, reference=None, seat="1A"), namesake(D02, reference=None, seat="1B")),
    pnr(
        NOW - dt.timedelta(hours=72),
        booking("AAA111", namesake(phone="+221771111111")),
        booking("BBB222", namesake(phone="+221772222222")),
    ),
    pnr(NOW - dt.timedelta(hours=9), booking("BBB222", namesake(D01)), function="141"),
    pnr(NOW - dt.timedelta(hours=8), booking("AAA111", namesake(D02)), function="141"),
)


def test_namesakes_are_paired_anew_in_every_order(connection: psycopg.Connection[Any]) -> None:
    """Two travellers of one name and one birth date, whose documents come late, each message in a transaction
    of its own, and each order in an organisation of its own."""
    document = EntryIdentifier(kind="passport", value="D01")
    ends = []
    worker = Worker(os.environ["DATABASE_URL_INTAKE"], keys())
    for order in itertools.permutations(NAMESAKES):
        home = administration(connection)
        listed(connection, home, Entry(ref="E1", identifiers=(document,)))
        for message in order:
            receive(connection, home, message)
            worker.drain()
        # Without the id of the list at the beginning of each reason, which differs.
        ends.append(
            [
                tuple(
                    [k[37:] for k in value] if n == 16 and value else value
                    for n, value in enumerate(row)
                )
                for row in told(connection, home)
            ]
        )
    worker.connection.close()
    assert all(end == ends[0] for end in ends)
    one, two, flight, _ = ends[0]
    assert [(row[3], row[4], row[13]) for row in (one, two)] == [
        ("D01", "BBB222", "new"),
        ("D02", "AAA111", None),
    ]
    assert flight[6:] == (2, 2, 2)


def test_a_decision_stays_with_the_traveller_of_the_document(
    connection: psycopg.Connection[Any], organisation: uuid.UUID
) -> None:
    """A passenger list and a booking of one name are paired; the booking turns out to be that of a namesake,
    because another booking has the document. The decision and the subject stay with the document, and what
    the first booking states no longer belongs to this subject."""
    list_, push, *updates = NAMESAKES
    first = msgspec.structs.replace(push, bookings=push.bookings[:1])
    alone = msgspec.structs.replace(list_, travellers=list_.travellers[:1])
    document = EntryIdentifier(kind="passport", value="D01")
    listed(connection, organisation, Entry(ref="E1", identifiers=(document,)))
    receive(connection, organisation, first, alone)
    work()
    before = connection.execute("SELECT h.subject_id, h.id FROM hits_hit h").fetchall()
    connection.execute("UPDATE hits_hit SET state = 'decided'")
    connection.execute("UPDATE hits_reason SET state = 'answered'")
    phones = "SELECT subject_id FROM subjects_identifier WHERE kind = 'phone'"
    assert connection.execute(phones).fetchall() == [(before[0][0],)]
    receive(connection, organisation, updates[0])
    work()
    assert connection.execute("SELECT subject_id, id FROM hits_hit").fetchall() == before
    assert connection.execute("SELECT state FROM hits_hit").fetchall() == [("decided",)]
    rows = connection.execute(
        "SELECT c.document, c.locator, c.journey_id IN (SELECT subject_id FROM subjects_identifier"
        " WHERE kind = 'phone'), c.journey_id = %s, t.booking_id = j.booking_id"
        " FROM travellers_journeyclear c JOIN travellers_journey j ON j.id = c.journey_id"
        " JOIN travellers_traveller t ON t.id = j.traveller_id ORDER BY c.locator DESC",
        [before[0][0]],
    ).fetchall()
    assert rows == [("D01", "BBB222", False, True, True), (None, "AAA111", True, False, True)]


@pytest.mark.parametrize("order", list(itertools.permutations(range(3))))
def test_no_traveller_without_a_journey(
    database: str, connection: psycopg.Connection[Any], organisation: uuid.UUID, order: tuple[int, ...]
) -> None:  # fmt: skip
    """A passenger list before its booking leaves nothing: the traveller of the booking is the one."""
    person = {"surname": "MOREL", "given_names": "JEAN", "date_of_birth": BORN, "locator": "ABC123"}
    story = (
        api(NOW, Traveller(**person)),
        pnr(NOW - dt.timedelta(hours=9), booking("ABC123", MOREL)),
        api(NOW + dt.timedelta(hours=1), Traveller(**person, seat="2F"), ref="B"),
    )
    for place in order:
        receive(connection, organisation, story[place])
        work()
    left = connection.execute(
        "SELECT count(*), count(*) FILTER (WHERE NOT EXISTS (SELECT FROM travellers_journey j"
        " WHERE j.traveller_id = t.id)) FROM travellers_traveller t"
    ).fetchone()
    assert left == (1, 0)


def test_a_frame_does_not_wait_for_the_counts_of_another_frame(
    connection: psycopg.Connection[Any],
    organisation: uuid.UUID,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Two workers store messages of one sender at the same time. Both add to the same counts of dropped
    texts, so these counts must be the last step of a frame: otherwise the workers take turns."""

    def message(number: str) -> Message:
        who = Traveller(surname="ROE", given_names=f"JANE {number}", role="passenger")
        flight = msgspec.structs.replace(FLIGHT, number=number)
        return msgspec.structs.replace(
            api(NOW, who, ref=number),
            flights=(flight,),
            dropped=(DroppedText(kind="meal", count=2),),
        )

    keep, others = Store.keep, [message("0999")]

    def keep_beside(store: Store, held: Any) -> None:
        keep(store, held)
        if others:
            receive(connection, organisation, others.pop())
            other = Worker(os.environ["DATABASE_URL_INTAKE"], keys())
            other.connection.execute("SET lock_timeout = '5s'")
            assert other.step() == 1
            other.connection.close()

    monkeypatch.setattr(Store, "keep", keep_beside)
    receive(connection, organisation, message("0417"))
    work()
    states = connection.execute("SELECT state, count(*) FROM inbox_inbox GROUP BY state").fetchall()
    assert states == [("done", 2)]
    counts = connection.execute("SELECT sender, kind, count FROM inbox_droppedcount").fetchall()
    assert counts == [("XX", "meal", 4)]
