"""The way of a booking as the manifest shows it."""

from __future__ import annotations

from typing import Any

from vedette.travellers.app.selectors.manifest import route_of


def _state(*segments: dict[str, Any]) -> dict[str, Any]:
    stated = {f"segments:{n}": segment for n, segment in enumerate(segments)}
    return {"XX": [[["2026-02-01T00:00:00", "M1", 0], stated]]}


def _leg(ends: str, departure: str, **more: Any) -> dict[str, Any]:
    origin, _, destination = ends.partition("-")
    return {"origin": origin, "destination": destination, "departure": departure, **more}


def test_a_flight_stated_again_at_another_time_is_shown_once() -> None:
    there, back = _leg("BOG-LYS", "2026-03-01T10:00:00"), _leg("LYS-BOG", "2026-03-09T10:00:00")
    again = _leg("BOG-LYS", "2026-03-01T13:30:00")
    assert route_of(_state(there, back, again)) == ["BOG", "LYS", "BOG"]


def test_the_same_way_days_later_is_another_flight() -> None:
    first, second = _leg("BOG-LYS", "2026-03-01T10:00:00"), _leg("BOG-LYS", "2026-03-04T10:00:00")
    assert route_of(_state(first, second)) == ["BOG", "LYS", "BOG", "LYS"]


def test_what_the_carrier_refused_and_what_goes_by_land_is_no_part_of_the_way() -> None:
    refused = _leg("BOG-MAD", "2026-03-01T08:00:00", status="UN")
    by_land = _leg("MAD-LYS", "2026-03-01T18:00:00", surface=True)
    flown = _leg("BOG-LYS", "2026-03-01T10:00:00", status="HK")
    assert route_of(_state(refused, by_land, flown)) == ["BOG", "LYS"]
