"""The flights of a day: what came, what is missing, late or incomplete, and who was expected."""

from __future__ import annotations

import datetime as dt
import random
from collections.abc import Iterator
from dataclasses import replace

import pytest
from django.db import connection, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from tests.travellers.app import world
from tests.travellers.app.world import NOW

from vedette.apps.accounts.models import Organisation, Unit
from vedette.apps.accounts.rules import set_scope
from vedette.apps.inbox.models import Message
from vedette.apps.inbox.selectors import FIELDS, transfers
from vedette.travellers.app.selectors import flights


@pytest.fixture
def home(database: str) -> Iterator[Organisation]:
    """An administration; the test reads as the web role in its scope."""
    kept = world.organisation()
    with transaction.atomic():
        set_scope(str(kept.id))
        yield kept


def test_a_day_is_that_of_the_airport(home: Organisation) -> None:
    """A flight that lands in Tokyo at 07:00 on the 25th is one of the 25th, though UTC says the 24th."""
    lands = dt.datetime(2026, 11, 24, 22, 0, tzinfo=dt.UTC)
    local = dt.datetime(2026, 11, 25, 7, 0)
    flight = world.flight(home, lands=lands, arrives_local=local, arrives_zone="Asia/Tokyo")
    assert [row.flight.id for row in flights.day(dt.date(2026, 11, 25)).rows] == [flight.id]
    assert flights.day(dt.date(2026, 11, 24)).rows == []


def test_other_organisations_flights_are_not_there(home: Organisation) -> None:
    """Row-level security: a flight of another administration is neither shown nor counted."""
    world.flight(world.organisation("Autre"))
    found = flights.day((NOW + dt.timedelta(hours=2)).date())
    assert (found.rows, found.total) == ([], 0)


def test_missing_late_and_complete(home: Organisation) -> None:
    """A list that comes after its hour is late even if a second came later still; none is missing."""
    lands = NOW + dt.timedelta(minutes=30)
    late = world.flight(home, "1", lands=lands)
    world.message(late, received_at=NOW - dt.timedelta(minutes=10))
    world.message(late, "PNRGOV", received_at=NOW - dt.timedelta(hours=9))
    none = world.flight(home, "2", lands=lands)
    good = world.flight(home, "3", lands=lands)
    world.message(good)
    world.message(good, received_at=NOW - dt.timedelta(minutes=5))
    world.message(good, "PNRGOV")
    early = world.flight(home, "4", lands=NOW + dt.timedelta(hours=4))
    found = flights.day(lands.date(), now=NOW)
    stands = {row.flight.id: (row.api, row.pnr) for row in found.rows}
    assert stands[late.id] == ("late", "received")
    assert stands[none.id] == ("missing", "missing")
    assert stands[good.id] == ("received", "received")
    if early.arrives_at.date() == lands.date():
        assert stands[early.id] == ("awaited", "awaited")
    assert (found.counts["late"], found.counts["without"]) == (1, 1)
    assert [r.flight.id for r in flights.day(lands.date(), state="late", now=NOW).rows] == [late.id]
    chosen = flights.day(lands.date(), state="without", now=NOW)
    assert [r.flight.id for r in chosen.rows] == [none.id]


@pytest.mark.parametrize(
    ("parts", "expected"),
    [
        ([(1, True)], set()),
        ([(1, False), (2, False), (3, True)], set()),
        ([(1, False), (3, True)], {2}),
        ([(1, False), (2, False)], set()),
    ],
)
def test_parts_of_a_transfer(
    home: Organisation, parts: list[tuple[int, bool]], expected: set[int]
) -> None:
    """Parts run from 1 to the one marked last; without a last one the transfer is not whole."""
    flight = world.flight(home)
    for number, last in parts:
        world.message(flight, "PNRGOV", common_access_ref="CAR1", sequence=number, last=last)
    found = flights.day(flight.arrives_at.date(), now=NOW)
    [one] = found.rows[0].transfers
    assert set(one.missing) == expected
    whole = parts[-1][1] and not expected
    assert one.whole is whole
    assert found.rows[0].incomplete is not whole
    assert found.counts["incomplete"] == (0 if whole else 1)


def test_a_part_may_be_ten_minutes_late(home: Organisation) -> None:
    """Within the grace a transfer waits for its parts and is not called incomplete."""
    flight = world.flight(home)
    received = NOW - dt.timedelta(minutes=9)
    world.message(
        flight, "PNRGOV", common_access_ref="C", sequence=1, last=False, received_at=received
    )
    assert not flights.day(flight.arrives_at.date(), now=NOW).rows[0].incomplete


def test_the_same_reference_again_is_another_sending(home: Organisation) -> None:
    """Some carriers keep one common access reference for all pushes of a flight."""
    flight = world.flight(home)
    for hours in (9, 5):
        for number in (1, 2):
            world.message(
                flight, "PNRGOV", common_access_ref="SAME", sequence=number, last=number == 2,
                received_at=NOW - dt.timedelta(hours=hours, minutes=-number),
            )  # fmt: skip
    found = flights.day(flight.arrives_at.date(), now=NOW).rows[0].transfers
    assert [(set(t.parts), t.whole) for t in found] == [({1, 2}, True), ({1, 2}, True)]


def test_an_unchanged_part_is_a_part_of_the_next_sending_too(home: Organisation) -> None:
    """The second push repeats the second part of the first word for word, and both parts come twice: nothing
    is missing, and there are two transfers."""
    flight = world.flight(home)
    first: dict[int, Message] = {}
    for reference, hours, copied in (("C1", 9, ()), ("C2", 5, (2,)), ("C2", 4, (1, 2))):
        for number in (1, 2):
            kept = world.message(
                flight, "PNRGOV", common_access_ref=reference, sequence=number, last=number == 2,
                received_at=NOW - dt.timedelta(hours=hours, minutes=-number),
                resend_of=first[number] if number in copied else None,
            )  # fmt: skip
            if number not in copied:
                first[number] = kept
    row = flights.day(flight.arrives_at.date(), now=NOW).rows[0]
    assert [(set(t.parts), t.whole) for t in row.transfers] == [({1, 2}, True), ({1, 2}, True)]
    assert not row.incomplete
    assert flights.day(flight.arrives_at.date(), now=NOW).counts["incomplete"] == 0


def test_the_database_adds_up_what_the_messages_say(home: Organisation) -> None:
    """The same transfers as from all messages, whatever the order, the repetitions and what was sent again.
    Without a repeated part, the messages are not read one by one."""
    draw = random.Random(20)
    flight, plain = world.flight(home), world.flight(home, "418")
    box = world.inbox(home)
    sent: list[Message] = []
    for n in range(300):
        part = draw.choice([None, None, 0, *range(1, 6)])
        repeats = draw.choice(sent) if sent and draw.random() < 0.2 else None
        sent.append(
            world.message(
                draw.choice([flight, plain]), draw.choice(["PAXLST", "PNRGOV", "PNRGOV-XML"]),
                inbox=box, number=n, sequence=part, last=draw.choice([None, False, part == 5]),
                sender=draw.choice(["AIRYY", "HUB"]), function=draw.choice(["22", "passengers"]),
                common_access_ref=draw.choice(["", f"C{draw.randrange(60)}"]),
                interchange_ref=draw.choice(["1", f"R{draw.randrange(60)}"]),
                received_at=NOW - dt.timedelta(minutes=draw.randrange(90)),
                counts=draw.choice([{}, {"subjects": n, "bookings": 2}]),
                warning_count=draw.randrange(3), resend_of=repeats,
            )
        )  # fmt: skip
    found = flights.transfers_of([flight.pk, plain.pk])
    for one in (flight, plain):
        rows = Message.objects.filter(group_id=one.pk).values(*FIELDS)
        expected = transfers(rows, flights.kind_of)
        assert len(found[one.pk]) == len(expected) > 50
        for ours, theirs in zip(found[one.pk], expected, strict=True):
            assert ours.messages[0] == theirs.messages[0]
            assert replace(ours, messages=[]) == replace(theirs, messages=[])
    whole = world.flight(home, "419")
    for part in range(1, 21):
        world.message(whole, inbox=box, sequence=part, last=part == 20, common_access_ref="C")
    with CaptureQueriesContext(connection) as queries:
        [one] = flights.transfers_of([whole.pk])[whole.pk]
    assert len(queries) == 1
    assert (len(one.parts), one.whole, len(one.messages)) == (20, True, 1)


def test_hits_by_level_and_filters(home: Organisation) -> None:
    """Open hits are counted by level, decided ones are not; carrier and airport narrow."""
    flight = world.flight(home)
    other = world.flight(home, "9", carrier="ZZ", origin="CAI")
    for n, (priority, state) in enumerate(
        [(91, "new"), (82, "reopened"), (40, "new"), (95, "decided")]
    ):
        world.hit(world.journey(flight, world.person("N", str(n))), priority, state=state)
    day = flight.arrives_at.date()
    rows = {row.flight.id: row for row in flights.day(day).rows}
    assert rows[flight.id].levels == [(4, 2), (2, 1)]
    assert rows[other.id].levels == []
    for chosen, expected in (
        ({"state": "hits"}, flight),
        ({"carrier": "ZZ"}, other),
        ({"airport": "CAI"}, other),
    ):
        assert [r.flight.id for r in flights.day(day, **chosen).rows] == [expected.id]


def test_pages_by_key_leave_nothing_out(
    home: Organisation, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Flights that land in the same minute are split over pages without loss or repeat."""
    monkeypatch.setattr(flights, "PAGE", 2)
    kept = {world.flight(home, str(n)).id for n in range(5)}
    day, after, seen = (NOW + dt.timedelta(hours=2)).date(), "", []
    while True:
        found = flights.day(day, after=after)
        seen += [row.flight.id for row in found.rows]
        if found.following is None:
            break
        after = found.following
    assert len(seen) == 5
    assert set(seen) == kept
    assert len(flights.day(day, after="no key").rows) == 2


def test_expected_by_the_weeks_before(home: Organisation) -> None:
    """A flight of the last three same weekdays of which nothing came is named; an odd one is not."""
    day = NOW.date()
    noon = dt.datetime.combine(day, dt.time(12), dt.UTC)
    for weeks in (1, 2, 3):
        world.flight(home, "700", lands=noon - dt.timedelta(weeks=weeks))
    for weeks in (1, 3):
        world.flight(home, "701", lands=noon - dt.timedelta(weeks=weeks))
    assert [row["number"] for row in flights.silent(day)] == ["700"]
    assert [row["number"] for row in flights.day(day).silent] == ["700"]
    world.flight(home, "700", lands=noon)
    assert flights.silent(day) == []


def test_the_number_of_expected_flights_is_that_of_the_unit(database: str) -> None:
    """The number is kept for a minute, but not for the readers of another unit."""
    home = world.organisation()
    noon = dt.datetime.combine(timezone.localdate(), dt.time(12), dt.UTC)
    counts = {}
    for name, number in (("Dakar", 2), ("Ziguinchor", 0)):
        unit = Unit.objects.using(world.USING).create(organisation=home, name=name)
        reader = world.user(home, name=name)
        reader.unit = unit
        reader.save(using=world.USING)
        for flight in range(number):
            for weeks in (1, 2, 3):
                lands = noon - dt.timedelta(weeks=weeks)
                world.flight(home, f"70{flight}", lands=lands, unit=unit)
        browser = Client(HTTP_HOST="localhost")
        browser.force_login(reader)
        [notice] = browser.get("/").context["notices"]
        counts[name] = notice.context["silent"]
    assert counts == {"Dakar": 2, "Ziguinchor": 0}


def test_carriers_over_thirty_days(home: Organisation) -> None:
    """Each fault is counted once a flight; a carrier without any is listed with zeros."""
    noon = dt.datetime.combine(NOW.date(), dt.time(12), dt.UTC) - dt.timedelta(days=2)
    clean = world.flight(home, "1", carrier="ZZ", lands=noon)
    world.message(clean)
    world.message(clean, "PNRGOV")
    late = world.flight(home, "2", lands=noon)
    world.message(late, received_at=noon)
    broken = world.flight(home, "3", lands=noon)
    world.message(broken)
    world.message(broken, "PNRGOV", common_access_ref="C", sequence=1, last=False)
    for weeks in (2, 3, 4):
        world.flight(home, "4", lands=noon - dt.timedelta(days=-1, weeks=weeks))
    found = {row["carrier"]: row for row in flights.carriers(NOW.date(), NOW)}
    assert found["ZZ"] == {
        "carrier": "ZZ", "flights": 1, "silent": 0, "without_api": 0, "without_pnr": 0,
        "late": 0, "incomplete": 0,
    }  # fmt: skip
    yy = found["YY"]
    assert (yy["silent"], yy["late"], yy["incomplete"]) == (1, 1, 1)
    assert (yy["flights"], yy["without_api"], yy["without_pnr"]) == (5, 3, 4)


def test_carriers_by_week(home: Organisation) -> None:
    """Complete and late messages are counted in the week of the landing; a week without a flight has no
    share."""
    noon = dt.datetime.combine(NOW.date(), dt.time(12), dt.UTC)
    for days, late, parts in ((1, False, True), (2, True, True), (20, False, False)):
        lands = noon - dt.timedelta(days=days)
        flight = world.flight(home, str(days), lands=lands)
        received = lands - dt.timedelta(minutes=59 if late else 61)
        world.message(flight, received_at=received)
        world.message(flight, "PNRGOV", common_access_ref="C", last=parts, received_at=received)
    world.flight(home, "9", lands=noon)
    world.flight(home, "9", lands=noon - dt.timedelta(days=85))
    world.flight(world.organisation("Autre"), lands=noon - dt.timedelta(days=3))
    [found] = flights.weeks_of_carriers(NOW.date(), NOW)
    assert (found.carrier, found.flights) == ("YY", 3)
    weeks = [(n, vars(week)) for n, week in enumerate(found.weeks) if week.flights]
    assert weeks == [
        (9, {"flights": 1, "complete": 0, "lists": 1, "in_time": 1}),
        (11, {"flights": 2, "complete": 2, "lists": 2, "in_time": 1}),
    ]
    assert (found.complete, found.in_time) == (pytest.approx(2 / 3), pytest.approx(2 / 3))
    assert found.weeks[0].share_complete is None
    assert found.drawn("share_complete").count("M") == 2
