"""The demonstration's day and messages in bulk: the same from the same seed, clean where they mean to be,
cases planted."""

from __future__ import annotations

import datetime as dt
import itertools
import re
from collections import Counter
from functools import cache

import pytest

from vedette.demo.world import watchlists
from vedette.demo.world.bulk import entries, passenger_messages
from vedette.demo.world.day import BEFORE, Day, DueMessage, _registry
from vedette.demo.world.lexicon import CULTURES
from vedette.demo.world.named_cases import CASES
from vedette.demo.world.people import Registry, local_part
from vedette.formats import lists
from vedette.travellers.formats import read
from vedette.travellers.records import Message

NOW = dt.datetime(2026, 11, 24, 18, 0, tzinfo=dt.UTC)


@cache
def day() -> Day:
    return Day(7, NOW)


@cache
def backlog() -> tuple[DueMessage, ...]:
    return tuple(day().backlog())


@cache
def messages() -> tuple[tuple[str, Message], ...]:
    """Every message of the backlog but the garbage, read back by the product's own readers."""
    return tuple(
        (m.filename, read_one)
        for m in backlog()
        if "unknown" not in m.filename
        for read_one in read(m.data)
    )


def test_the_same_seed_and_moment_give_the_same_bytes() -> None:
    """A demo that differs from run to run cannot be tested."""
    again = tuple(Day(7, NOW).backlog())
    assert again == backlog()
    other = Day(8, NOW)
    assert other.trips(other.flights()[0]) != day().trips(day().flights()[0])


def test_size_of_the_backlog() -> None:
    """About 40 flights and 4,000 travellers, all due, oldest first."""
    people = [p for f in day().flights() for t in day().trips(f) for p in t.draft.people]
    assert len(day().flights()) == 40
    assert 3_500 < len(people) < 4_600
    moments = [m.at for m in backlog()]
    assert moments == sorted(moments)
    assert moments[-1] <= NOW
    assert len({m.filename for m in backlog()}) == len(backlog())


def test_messages_read_back_clean_but_the_deliberate_ones() -> None:
    """What the writers write, the readers read without a warning; mistakes are found."""
    warned = Counter(w.code for _, m in messages() for w in m.warnings)
    wrong = {name: m.warnings for name, m in messages() if m.warnings}
    assert warned == {"cnt_count": 1, "una_invalid": 1}, wrong
    assert not [name for name, m in messages() if m.unread]


def test_no_traveller_is_lost_between_world_and_message() -> None:
    """The passenger list of a flight has exactly those who checked in, name by name."""
    flight = day().flight(3)
    name = f"{flight.key()}_PAXLST.edi"
    (found,) = [m for file, m in messages() if file.endswith(name)]
    flown = [p for t in day().trips(flight) for p in t.passengers]
    assert Counter((p.surname, p.given_names, p.date_of_birth) for p in found.travellers) == (
        Counter((p.surname, p.given_names, p.date_of_birth) for p in flown)
    )


def test_bookings_keep_what_the_indicators_need() -> None:
    """Payment, contacts, agency, itinerary, bags and seats survive the way through PNRGOV."""
    flight = day().flight(1)
    sent = {t.booking.locators[0].locator: t.booking for t in day().trips(flight) if t.booking}
    got = {
        b.locators[0].locator: b
        for file, m in messages()
        if f"{flight.key()}_PNRGOV-24h" in file
        for b in m.bookings
    }
    assert got
    for locator, booking in got.items():
        was = sent[locator]
        assert booking.created == was.created.replace(second=booking.created.second)
        assert len(booking.travellers) == len(was.travellers)
        assert booking.payments[0].type == was.payments[0].type
        assert booking.payments[0].card_number == was.payments[0].card_number
        assert len(booking.segments) == len(was.segments)
        digits = [re.sub(r"\D", "", p) for p in was.contacts.phones]
        assert [re.sub(r"\D", "", p) for p in booking.contacts.phones] == digits
        assert {e.lower() for e in booking.contacts.emails} == set(was.contacts.emails)
        assert len(booking.seats) == len(was.seats)


def test_every_indicator_is_planted() -> None:
    """All 25 indicators, and innocents, in the flights of the backlog."""
    found = day().planted()
    assert {p.indicator for p in found} == set(range(26))
    assert {p.what for p in found} == set(CASES)
    assert 0.01 < len(found) / 4_000 < 0.03


def test_one_part_is_missing_and_one_push_comes_twice() -> None:
    """A lost part and a resend are in the backlog."""
    names = [m.filename for m in backlog()]
    assert any("-again" in n for n in names)
    pushes = Counter(
        (found[1], int(found[3])) for n in names if (found := re.search(r"_(.*h)-(\d)of(\d)\.", n))
    )
    assert [k for k, count in pushes.items() if count < k[1]]


def test_live_messages_follow_and_never_pause_long() -> None:
    """Something every 5 to 10 seconds, in order, after the backlog; planted ones among them."""
    fresh = Day(7, NOW)
    before = len(fresh.planted())
    found = list(itertools.islice(fresh.live(), 120))
    gaps = [(b.at - a.at).total_seconds() for a, b in itertools.pairwise(found)]
    assert found[0].at > NOW
    assert all(0 <= gap <= 10 for gap in gaps)
    assert len(fresh.planted()) > before + 10
    assert not [w for m in found for r in read(m.data) for w in r.warnings]


def test_nothing_points_at_a_real_person() -> None:
    """Telephone numbers begin with 000 behind the country, e-mail addresses are of example domains."""
    contacts = [t.booking.contacts for f in day().flights() for t in day().trips(f) if t.booking]
    phones = {p for c in contacts for p in c.phones}
    listed = {
        r.get("phone", "") for r in watchlists.latest("persons") + watchlists.latest("contacts")
    }
    assert all(re.fullmatch(r"\+\d{1,3} 000 \d{6,8}", p) for p in phones | listed - {""})
    assert len(phones & listed) == sum(m.what == "listed telephone" for m in day().planted())
    example = re.compile(r".*@(example\.(org|com|net)|\w+\.example)$")
    assert all(example.match(e) for c in contacts for e in c.emails)


def test_shipped_lists_are_those_of_the_module() -> None:
    """The CSV files are generated: `python -m vedette.demo.world.watchlists`."""
    for name, text in watchlists.files():
        assert (watchlists.FOLDER / name).read_text(encoding="utf-8") == text


def test_shipped_lists_read_clean_and_differ_between_versions() -> None:
    """Each list in our own template, without a problem; each new version shows a difference."""
    for name, dates in watchlists.VERSIONS.items():
        read_in = [lists.read(watchlists.FOLDER / f"{name}_{d.isoformat()}.csv") for d in dates]
        assert not [p for found in read_in for p in found.problems]
        for old, new in itertools.pairwise(read_in):
            change = lists.diff(old.entries, new.entries)
            assert change.added or change.changed or change.removed


def test_listed_names_are_no_ordinary_traveller() -> None:
    """Hits of the demo are the planted ones: no surname is both listed and ordinary."""
    ordinary = {s.casefold() for c in CULTURES for s in c.surnames}
    assert not ordinary & {r["surname"].casefold() for r in watchlists.latest("persons")}
    assert not ordinary & {(e.names[0].surname or "").casefold() for e in entries(2_000)}


@pytest.mark.parametrize("share", [0.0, 0.005])
def test_bulk_has_the_size_and_the_hits_asked_for(share: float) -> None:
    """Exactly the travellers asked for, two passenger lists on one push, few of them listed."""
    found = [m for data in passenger_messages(600, 100, hit_share=share) for m in read(data)]
    assert [m.format for m in found].count("PAXLST") == 4
    people = [
        p for m in found for p in (*m.travellers, *(t for b in m.bookings for t in b.travellers))
    ]
    assert len(people) == 600
    listed = {(e.names[0].surname or "").upper() for e in entries()}
    hits = sum(p.surname in listed for p in people)
    assert hits <= 6
    assert (hits > 0) == (share > 0)


def _live(world: Day, until: dt.datetime, **break_: dt.datetime) -> list[DueMessage]:
    return list(itertools.takewhile(lambda m: m.at <= until, world.live(**break_)))


def test_a_restart_continues_the_same_messages() -> None:
    """What is sent after a restart is byte by byte what the same world sends without one, and nothing is sent
    twice. Scheduled messages of the break follow; nobody booked late while the demonstration was stopped."""
    stop, again, end = (NOW + dt.timedelta(minutes=m) for m in (5, 25, 29))
    whole = _live(Day(7, NOW), end)
    before = [m for m in whole if m.at <= stop]
    after = _live(Day(7, NOW), end, since=stop, now=again)
    assert before
    assert not {m.filename for m in before} & {m.filename for m in after}
    late = [m for m in after if m.at > again]
    assert late == [m for m in whole if m.at > again]
    meant = [m for m in whole if stop < m.at <= again]
    held = [m for m in after if m.at <= again]
    assert {m.filename for m in held} < {m.filename for m in meant}
    assert not any("party" in m.filename or "update" in m.filename for m in held)


def test_after_days_only_flights_that_still_matter_are_sent() -> None:
    """A restart after three days sends the messages of flights that landed less than three hours ago or will
    land, and goes on."""
    again = NOW + dt.timedelta(days=3)
    world = Day(7, NOW)
    after = _live(world, again + dt.timedelta(seconds=30), since=NOW, now=again)
    first = min(m.at for m in after)
    assert first > NOW
    gone = again.replace(tzinfo=None) - BEFORE
    landed = {f.key() for f in map(world.flight, range(300)) if f.arrival_utc <= gone}
    assert not {m.filename.split("_")[1] for m in after} & landed
    assert any(m.at > again for m in after)


def test_addresses_fit_their_owners() -> None:
    """An e-mail address contains the name of one who travels with the booking, unless the case is about the
    address, or an employer or carrier booked."""
    told = 0
    for flight in day().flights()[:12]:
        for trip in day().trips(flight):
            booking = trip.booking
            if booking is None or trip.draft.email or not booking.contacts.emails:
                continue
            names = {local_part(p.given, p.surname) for p in trip.draft.people}
            local = booking.contacts.emails[0].partition("@")[0].rstrip("0123456789")
            assert local in names, (local, names)
            told += 1
    assert told > 300


def test_numbers_stay_unique_for_months() -> None:
    """Flights and late parties of the sixtieth day have other documents and telephones than the first ones
    and than the watchlists."""
    numbers = [
        _registry(kind, first).phone("FRA")
        for kind, step, count in (("flight", 2_000, 5_000), ("crew", 100, 5_000), ("late", 60, 700_000))
        for first in range(0, step * count, step * 97)
    ]  # fmt: skip
    assert len(set(numbers)) == len(numbers)
    registry = Registry(serial=9_999_999)
    assert len({Registry(serial=n * 10_000_000 + 6).document() for n in range(22)}) == 22
    assert len(registry.document()) == 9
