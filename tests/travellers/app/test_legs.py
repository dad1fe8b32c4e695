"""The way on the page of a hit: a leg stated again at another time is shown once."""

from __future__ import annotations

import datetime as dt

from vedette.travellers.app.dossier import Leg, _once

NOON = dt.datetime(2026, 11, 25, 12)
LATER = NOON + dt.timedelta(minutes=5)


def leg(origin: str, destination: str, departure: dt.datetime | None) -> Leg:
    """One flight of XX 100."""
    return Leg("XX", "100", origin, destination, departure, None, now=False)


def test_a_schedule_change_is_one_leg_at_the_time_of_the_flight() -> None:
    """The flight itself left at noon; the booking names both times."""
    both = [leg("BOG", "LYS", LATER), leg("BOG", "LYS", NOON)]
    assert [one.departure for one in _once(both, NOON)] == [NOON]
    assert [one.departure for one in _once(both, LATER)] == [LATER]


def test_of_two_statements_of_another_flight_the_later_stays() -> None:
    """No time of the flight to compare with."""
    both = [leg("CDG", "BOG", NOON), leg("CDG", "BOG", LATER)]
    assert [one.departure for one in _once(both, None)] == [LATER]


def test_the_same_pair_a_day_later_and_the_way_back_stay() -> None:
    """A shuttle between two airports is no repetition, nor is a leg without a date."""
    legs = [
        leg("BOG", "LYS", NOON),
        leg("LYS", "BOG", NOON + dt.timedelta(hours=3)),
        leg("BOG", "LYS", NOON + dt.timedelta(days=1)),
        leg("BOG", "LYS", None),
    ]
    assert _once(legs, NOON) == legs
