"""Identifiers that stand in other bookings too: what is counted, what it led to, who may see it."""

from __future__ import annotations

import os
import uuid
from collections.abc import Iterator

import psycopg
import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext
from tests.travellers.app import world
from tests.travellers.app.world import NOW, USING

from vedette.apps.accounts.models import Organisation, Unit, User
from vedette.apps.accounts.rules import set_scope
from vedette.apps.hits.models import Decision, Hit, Reason
from vedette.apps.subjects.models import Identifier, Subject
from vedette.core.parties import Address, Contacts
from vedette.travellers.app.models import Flight, Journey, JourneyClear
from vedette.travellers.app.selectors import sharing

PHONE = "+33 6 39 98 01 02"


@pytest.fixture
def home(database: str) -> Iterator[Organisation]:
    """An administration; the test reads as the web role in its scope."""
    kept = world.organisation()
    with transaction.atomic():
        set_scope(str(kept.id))
        yield kept


def _journey(on: Flight, surname: str, booked: bool = True, **values: object) -> Journey:
    """Somebody with the telephone, in a booking of their own unless one is given."""
    held = values.pop("booking", None) or (world.booking(on) if booked else None)
    stated = world.person(surname, "Awa", **{"phone": PHONE, **values})
    return world.journey(on, stated, stated if booked else None, booking=held)


def _answered(
    on: Journey, outcome: str, *, state: str = "answered", choice: str = "", hit: str = "decided"
) -> Reason:
    """A hit with one reason as it stands, and the decision that answered it so."""
    found = world.hit(on, state=hit)
    reason = Reason.objects.using(USING).create(
        organisation_id=on.organisation_id, hit=found, kind="watchlist", key=uuid.uuid4().hex,
        contribution=40, state=state, outcome="" if state in ("open", "void") else outcome,
        theme=found.theme, created_at=NOW,
    )  # fmt: skip
    if choice:
        officer = User.objects.using(USING).filter(organisation=on.organisation_id).first()
        Decision.objects.using(USING).create(
            organisation_id=on.organisation_id, hit=found, choice=choice, priority=40,
            by=officer or world.user(on.organisation), answers={str(reason.pk): outcome},
        )  # fmt: skip
    return reason


def test_bookings_are_counted_not_journeys(home: Organisation) -> None:
    """A booking gives its telephone to each of its travellers on each of its flights: it is one; so is
    a passenger list without booking. Companions of the own booking are no link."""
    first, second = world.flight(home), world.flight(home, "418")
    mine = world.booking(first)
    subject = _journey(first, "DIOP", booking=mine)
    _journey(first, "SARR", booking=mine)
    family = world.booking(first)
    for name in ("KANE", "FALL", "NDIAYE"):
        for on in (first, second):
            _journey(on, name, booking=family)
    _journey(second, "BA", booked=False)
    [one] = sharing.shared(subject)
    assert (one.kind, one.bookings, one.travellers, one.same) == ("phone", 2, 4, False)
    assert (one.confirmed, one.common, one.value) == (0, False, "")
    assert len(sharing.journeys(subject, one)) == 7


def test_nothing_shared_is_nothing(home: Organisation) -> None:
    """No line for what nobody else has; the same traveller elsewhere is told as that."""
    subject = _journey(world.flight(home), "DIOP", document="P1234567")
    assert sharing.shared(subject) == []
    _journey(world.flight(home), "DIOP", document="P1234567", phone="+221 77 000 00 00")
    [one] = sharing.shared(subject)
    assert (one.kind, one.bookings, one.travellers, one.same) == ("document", 1, 1, True)


@pytest.mark.parametrize(
    ("others", "same", "travellers", "words"),
    [
        (["a"], True, 1, "(of the same traveller)"),
        (["b"], False, 1, "(of another person)"),
        (["a", "b"], False, 2, "(of 2 travellers)"),
        ([""], True, 1, "(of the same traveller)"),
    ],
)
def test_a_document_of_another_person(
    home: Organisation, others: list[str], same: bool, travellers: int, words: str
) -> None:
    """The same document under another name or birth date is that of another person."""
    subject = _journey(world.flight(home), "DIOP", document="P1234567")
    found = [(subject, "a")]
    for n, who in enumerate(others):
        at = _journey(world.flight(home), "DIOP", document="P1234567", phone=f"+221 77 000 00 0{n}")
        found.append((at, who))
    for journey, who in found:
        if who:
            Identifier.objects.using(USING).create(
                organisation_id=home.id,
                subject_id=journey.pk,
                kind="person",
                token=who.encode() * 32,
            )
    [one] = sharing.shared(subject)
    assert (one.kind, one.same, one.travellers) == ("document", same, travellers)
    assert words in one.rest


@pytest.mark.parametrize(
    ("outcome", "how", "counts"),
    [
        ("same", {"choice": "release"}, True),
        ("same", {"choice": "refer"}, True),
        ("another", {"choice": "hold"}, False),
        ("unsure", {"choice": "refuse"}, False),
        ("same", {"state": "void", "choice": "refer"}, True),
        ("same", {"state": "void", "choice": "release"}, False),
        ("same", {"state": "open", "choice": "refer", "hit": "reopened"}, False),
        ("same", {"state": "open", "hit": "new"}, False),
        ("same", {"state": "cleared"}, False),
    ],
)
def test_what_is_a_confirmed_result(
    home: Organisation, outcome: str, how: dict[str, str], counts: bool
) -> None:
    """A reason answered "same person", or a step taken on that answer though the entry left its list
    since; never what is undecided, reopened or cleared."""
    on = world.flight(home)
    subject, other = _journey(on, "DIOP"), _journey(on, "SARR")
    _answered(other, outcome, **how)
    [one] = sharing.shared(subject)
    assert one.confirmed == int(counts)
    assert sharing.journeys(subject, one) == {other.id: counts}


def test_a_booking_is_confirmed_once(home: Organisation) -> None:
    """Two confirmed travellers of one booking are one booking; such a link comes first."""
    on = world.flight(home)
    subject = _journey(on, "DIOP", document="P1")
    for _ in range(3):
        _journey(on, "DIOP", document="P1", phone="+221 77 000 00 00")
    family = world.booking(on)
    for name in ("KANE", "FALL"):
        _answered(_journey(on, name, booking=family), "same", choice="refer")
    phone, document = sharing.shared(subject)
    assert (phone.kind, phone.bookings, phone.confirmed) == ("phone", 1, 1)
    assert (document.kind, document.bookings, document.confirmed) == ("document", 3, 0)


def test_what_very_many_share_is_not_followed(
    home: Organisation, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An agency's telephone: its number says nothing, and what it led to is not asked."""
    monkeypatch.setattr(sharing, "COMMON", 2)
    on = world.flight(home)
    subject = _journey(on, "DIOP")
    _answered(_journey(on, "SARR"), "same", choice="refer")
    _journey(on, "BA")
    assert not sharing.shared(subject)[0].common
    _journey(on, "KA")
    [one] = sharing.shared(subject)
    assert (one.common, one.confirmed) == (True, 0)
    monkeypatch.setattr(sharing, "COMMON", 50)
    monkeypatch.setattr(sharing, "MOST", 2)
    [one] = sharing.shared(subject)
    assert one.common, "as many journeys as are looked at: more than can be said"


def test_masked_travellers_stay_linked(home: Organisation) -> None:
    """Clear values are in the vault on both sides: tokens survive, the value is not shown."""
    on = world.flight(home)
    subject = _journey(on, "DIOP")
    _answered(_journey(on, "SARR"), "same", choice="hold")
    JourneyClear.objects.using(USING).all().delete()
    [one] = sharing.shared(subject, sharing.values([None], Contacts()))
    assert (one.bookings, one.confirmed, one.value) == (1, 1, "")


def test_values_stand_where_they_may_be_seen(home: Organisation) -> None:
    """Each of two telephones and the address is told apart by what was stated of them."""
    on = world.flight(home)
    at = Address(street="Rue 12", postcode="1205", city="Genève")
    contacts = Contacts(phones=(PHONE, "+221 77 000 00 00"), addresses=(at,))
    stated = world.person("DIOP", "Awa", document="P1234567", phone=None, contacts=contacts)
    subject, _ = (world.journey(on, stated, stated, booking=world.booking(on)) for _ in range(2))
    found = sharing.shared(subject, sharing.values([stated, None], contacts))
    assert {(one.kind, one.value) for one in found} == {
        ("phone", PHONE), ("phone", "+221 77 000 00 00"), ("document", "P1234567"),
        ("address", "Rue 12, 1205, Genève"),
    }  # fmt: skip


def test_only_what_the_reader_may_see(home: Organisation) -> None:
    """Neither another organisation's, nor another unit's, nor a restricted traveller's; and a reason of
    a purpose the reader lacks confirms nothing."""
    units = [
        Unit.objects.using(USING).create(organisation=home, name=name, airports=airports)
        for name, airports in (("A", ["DSS"]), ("B", ["ZIG"]))
    ]
    officer = world.user(home)
    User.objects.using(USING).filter(pk=officer.pk).update(unit=units[0])
    on = world.flight(home)
    subject, seen, foreign, restricted = (
        _journey(on, name) for name in ("DIOP", "SARR", "KANE", "FALL")
    )
    _journey(world.flight(world.organisation("Autre")), "BA")
    for model in (Flight, Journey, Subject):
        model.objects.using(USING).filter(organisation=home).update(unit=units[0])
    for model in (Journey, Subject):
        model.objects.using(USING).filter(pk=foreign.pk).update(unit=units[1])
    Subject.objects.using(USING).filter(pk=restricted.pk).update(restricted=True)
    reason = _answered(seen, "same", choice="refer")
    Hit.objects.using(USING).filter(pk=reason.hit_id).update(unit=units[0])
    with transaction.atomic():
        set_scope(User.objects.get(pk=officer.pk))
        subject = Journey.objects.get(pk=subject.pk)
        [one] = sharing.shared(subject)
        assert (one.bookings, one.confirmed) == (1, 1)
        assert set(sharing.journeys(subject, one)) == {seen.id}
        Reason.objects.using(USING).filter(pk=reason.pk).update(purpose="terrorism")
        User.objects.using(USING).filter(pk=officer.pk).update(purposes=["border"])
    with transaction.atomic():
        set_scope(User.objects.get(pk=officer.pk))
        assert sharing.shared(subject)[0].confirmed == 0
    Subject.objects.using(USING).filter(pk=subject.pk).update(restricted=True)
    subject.subject.restricted = True
    assert sharing.shared(subject) == []


def test_one_query_by_the_index_of_tokens(home: Organisation, database: str) -> None:
    """With many identifiers held, the one query finds them by token, never by reading the table."""
    on = world.flight(home)
    subject = _journey(on, "DIOP", document="P1")
    for n in range(20):
        held = _journey(on, f"A{n}")
        Identifier.objects.using(USING).bulk_create(
            Identifier(organisation=home, subject_id=held.pk, kind="card", token=os.urandom(16))
            for _ in range(200)
        )
    with psycopg.connect(database, autocommit=True) as admin:
        admin.execute("ANALYZE subjects_identifier, travellers_journey, hits_hit")
    with CaptureQueriesContext(connection) as queries:
        assert sharing.shared(subject)[0].bookings == 20
    assert len(queries) == 1
    with connection.cursor() as cursor:
        cursor.execute("EXPLAIN " + sharing.SHARED, sharing.parameters(subject))
        plan = "\n".join(line for (line,) in cursor.fetchall())
    assert "identifier_token" in plan
    assert "Seq Scan on subjects_identifier" not in plan
