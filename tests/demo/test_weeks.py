"""Worlds of weeks: the same from the same seed, other numbers from another, every case with look-alikes."""

from __future__ import annotations

import dataclasses
import datetime as dt
from collections import Counter
from collections.abc import Iterator
from functools import cache

import msgspec

from vedette.demo.world.parameters import LEFT_OUT, Parameters, draw
from vedette.demo.world.parties import CONTEXTS, Mark
from vedette.demo.world.signs import LONG, LONG_KM, SIGNS
from vedette.demo.world.trips import Habits, Trip
from vedette.demo.world.weeks import Flown, Weeks

SEED, TRAVELLERS, CASES = 5, 3_000, 2


def small(seed: int = SEED) -> Parameters:
    """The parameters of a seed with few cases of each indicator."""
    return dataclasses.replace(draw(seed), cases=CASES)


@cache
def flown() -> tuple[Flown, ...]:
    return tuple(Weeks(SEED, small(), TRAVELLERS).flights())


def marked() -> Iterator[tuple[Trip, Mark]]:
    """The bookings of the weeks, those of before left out, with what they are."""
    for f in flown():
        if not f.earlier:
            yield from zip(f.trips, f.marks, strict=True)


def _bytes(flights: tuple[Flown, ...]) -> bytes:
    return msgspec.json.encode([f.messages() for f in flights])


def test_the_same_seed_and_parameters_give_the_same_bytes() -> None:
    """A measurement can be repeated."""
    again = tuple(Weeks(SEED, small(), TRAVELLERS).flights())
    assert _bytes(again) == _bytes(flown())
    assert [f.marks for f in again] == [f.marks for f in flown()]


def test_other_parameters_give_another_world() -> None:
    """Shares, routes and habits are drawn: what holds in one world need not hold in the next."""
    one, other = draw(1), draw(2)
    differing = [f.name for f in dataclasses.fields(one)]
    same = [name for name in differing if getattr(one, name) == getattr(other, name)]
    assert len(same) < 5
    assert one.lines()[0].startswith("start = ")
    changed = dataclasses.replace(small(), cash=0.9)
    assert _bytes(tuple(Weeks(SEED, changed, 500).flights())) != _bytes(
        tuple(Weeks(SEED, small(), 500).flights())
    )


def test_as_many_travellers_as_were_asked_for() -> None:
    """Besides crew and those of before; flights in the order in which they leave."""
    people = sum(len(t.draft.people) for f in flown() if not f.earlier for t in f.trips)
    assert TRAVELLERS <= people < 2 * TRAVELLERS
    departures = [f.plan.departure_utc for f in flown()]
    assert departures == sorted(departures)
    first = min(f.plan.departure_utc for f in flown() if not f.earlier)
    assert min(departures) < first - dt.timedelta(days=200)


def test_each_case_has_three_look_alikes() -> None:
    """Every indicator as often as the parameters say; of each case a seasonal worker, a family, a crew."""
    found = {(m.what, m.case): m.indicator for f in flown() for m in f.marks if m.case}
    assert {what for what, _ in found} == {"planted", *CONTEXTS}
    for kind in ("planted", *CONTEXTS):
        counted = Counter(indicator for (what, _), indicator in found.items() if what == kind)
        assert counted == dict.fromkeys(range(1, 26), CASES)


def test_most_are_ordinary_people() -> None:
    """Look-alikes and inserted cases are few among them, and ordinary people do odd things too."""
    whole = Counter[str]()
    drafts = []
    for trip, mark in marked():
        whole[mark.what] += len(trip.draft.people)
        drafts += [trip.draft] if mark.what == "ordinary" else []
    assert whole["ordinary"] > 0.6 * whole.total()
    odd = {
        "cash": sum(d.payment == "CA" for d in drafts),
        "one way": sum(d.stay_days is None for d in drafts),
        "no bag": sum(d.bags == 0 for d in drafts),
        "name": sum(bool(d.booked_as) for d in drafts),
        "mistyped": sum(bool(d.booked_document) for d in drafts),
        "absent": sum(not d.flown for d in drafts),
    }
    assert all(odd.values()), odd


def test_a_planted_case_shows_more_than_one_sign() -> None:
    """The main sign of its indicator, and further ones of one offence; long journeys where it says so."""
    assert set(SIGNS) == set(range(1, 26))
    assert any(sign.further for sign in SIGNS.values())
    for trip, mark in marked():
        if mark.what == "planted" and mark.indicator in LONG:
            assert trip.draft.flight.km >= LONG_KM


def test_of_some_it_is_known_what_came_of_earlier_journeys() -> None:
    """Confirmed results and released hits, from a moment after the journey on."""
    outcomes = Counter(e.outcome for f in flown() for e in f.earlier)
    assert outcomes["confirmed"] >= 10
    assert outcomes["released"] >= 1
    assert outcomes[""] > 10 * outcomes["confirmed"]
    for f in flown():
        for e in f.earlier:
            assert e.since > f.plan.arrival_utc


def test_carriers_leave_things_out() -> None:
    """An element that a carrier never sends is in none of its messages."""
    sure = dict.fromkeys(LEFT_OUT, (1.0, 0.0))
    p = dataclasses.replace(small(), left_out=sure)
    assert Habits(SEED, p).never("ZZA") == set(LEFT_OUT)
    for f in Weeks(SEED, p, 500).flights():
        for trip in f.trips if not f.earlier else ():
            if trip.booking is not None:
                assert trip.booking.payments == ()
                assert trip.booking.contacts.phones == ()
                assert not any(d.type != "V" for t in trip.booking.travellers for d in t.documents)
            assert not any(t.seat or t.bags for t in trip.passengers)


def test_nobody_can_have_these_telephones() -> None:
    """Numbers that begin with 000 behind the country are nobody's."""
    phones = [
        phone
        for f in flown()
        for t in f.trips
        if t.booking is not None
        for phone in t.booking.contacts.phones
    ]
    assert len(phones) > 1_000
    assert all(phone.split()[1] == "000" for phone in phones)
