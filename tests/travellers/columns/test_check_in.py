"""Check-in, and the seat."""

from __future__ import annotations

import datetime as dt

from tests.travellers.columns.flights import (
    DEPARTS,
    at,
    booking,
    held,
    listed,
    named,
    of_booking,
    person,
    push,
    values,
)

from vedette.travellers.records import Change, Flight, Seat, Segment


def seat_change(when: str) -> Change:
    """A change of seat at a moment in UTC."""
    return Change(at=at(when), kind="changed", what="seat")


def test_minutes_go_from_the_local_clock_of_the_airport() -> None:
    """Checked in at 9:26 in Addis Ababa, 34 minutes before 10:00."""
    assert of_booking(person(checked_in=at("2026-11-24 09:26")))["check_in_min"] == 34


def test_check_in_over_the_change_of_clocks() -> None:
    """Paris, 25 October 2026: from 1:30 to 4:30 four hours pass."""
    flight = Flight(
        carrier="XX", number="9", origin="CDG", destination="ADD", departure=at("2026-10-25 04:30")
    )
    found = values(push(booking(person(checked_in=at("2026-10-25 01:30"))), flight=flight))
    assert found["check_in_min"] == 240


def test_check_in_without_a_known_zone_goes_by_the_clock_there() -> None:
    """QQQ is no airport; both times are of the same place."""
    flight = Flight(
        carrier="XX", number="9", origin="QQQ", destination="ADD", departure=at("2026-11-24 10:00")
    )
    found = values(push(booking(person(checked_in=at("2026-11-24 09:00"))), flight=flight))
    assert found["check_in_min"] == 60


def test_impossible_check_ins_are_unknown() -> None:
    """After departure, or months before: a slip, or another flight's."""
    assert "check_in_min" not in of_booking(person(checked_in=at("2026-11-24 10:05")))
    assert "check_in_min" not in of_booking(person(checked_in=at("2026-08-24 10:05")))
    assert "check_in_min" not in of_booking()


def test_a_seat_changed_at_the_last_moment() -> None:
    """Three hours before departure; earlier is no last moment, and before that window nothing is known."""
    late, early = (seat_change("2026-11-24 06:24"),), (seat_change("2026-11-23 06:24"),)
    assert of_booking(changes=late)["late_seat_change"] is True
    assert of_booking(changes=early)["late_seat_change"] is False
    assert "late_seat_change" not in of_booking(changes=early, now=DEPARTS - dt.timedelta(hours=5))
    assert "late_seat_change" not in of_booking()


def test_the_seat_of_this_flight() -> None:
    """As listed, else as booked; the seat of the way back is another's."""
    seats = (
        Seat(traveller=0, number="31C", origin="DSS", destination="ADD"),
        Seat(traveller=0, number="12A", origin="ADD", destination="DSS"),
    )
    assert of_booking(seats=seats)["seat"] == "12A"
    assert of_booking(person(seat="014B"), seats=seats)["seat"] == "14B"
    found = named(held(push(booking(seats=seats)), listed(person(seat="09F"))))
    assert found["TESFAYE"]["seat"] == "9F"
    assert "seat" not in of_booking(seats=seats[:1])


def test_a_seat_without_its_flight_is_that_of_the_only_one() -> None:
    """SSR SEAT often leaves the airports out."""
    only = Segment(
        carrier="XX",
        number="417",
        origin="ADD",
        destination="DSS",
        departure=at("2026-11-24 10:00"),
    )
    assert of_booking(segments=(only,), seats=(Seat(traveller=0, number="3D"),))["seat"] == "3D"
