"""The journey's columns, and what the passenger list says of the traveller's part in this flight."""

from __future__ import annotations

import pytest
from tests.travellers.columns.flights import (
    OUT,
    booking,
    leg,
    listed,
    of_booking,
    passport,
    person,
    push,
    values,
)

PAPER = passport("P1")
ON = leg("DSS", "ABJ", "24 18:00", "24 20:30", number="31")


def test_a_round_trip_in_all_its_columns() -> None:
    """There and back: every column of the booked journey."""
    found = of_booking()
    expected = {
        "journey_origin": "ADD",
        "journey_origin_country": "ET",
        "journey_destination": "DSS",
        "journey_destination_country": "SN",
        "route": "ADD-DSS-ADD",
        "legs": 2,
        "one_way": False,
        "round_trip": True,
        "homeward": False,
        "return_booked": True,
        "stay_nights": 10,
        "broken_travel": False,
        "surface_gap": False,
        "backtracking": False,
        "booked_onward": True,
    }
    assert {name: found[name] for name in expected} == expected
    assert found["route_km"] == pytest.approx(2 * found["direct_km"], rel=0.001)  # type: ignore[operator]
    assert not {"hubs", "dwell_max_h", "dwell_place"} & set(found)


def test_stops_on_the_way() -> None:
    """Two hubs: their airports and countries in order, the longest stop and where it is."""
    found = of_booking(
        segments=(
            leg("CAI", "IST", "23 18:00", "23 20:00"),
            leg("IST", "ADD", "23 23:00", "24 04:00"),
            OUT,
        )
    )
    assert (found["hubs"], found["hub_countries"]) == ("IST-ADD", "TR-ET")
    assert (found["dwell_max_h"], found["dwell_min_h"], found["dwell_place"]) == (6.0, 3.0, "ADD")


def test_the_flight_itself() -> None:
    """Hour and weekday go by the local clock: 10:00 on a Tuesday, 7:00 UTC."""
    found = of_booking()
    assert (found["carrier"], found["flight"]) == ("XX", "XX417")
    assert (found["origin"], found["destination"]) == ("ADD", "DSS")
    assert (found["origin_country"], found["destination_country"]) == ("ET", "SN")
    assert (found["departure_hour"], found["departure_weekday"]) == (10, 2)


def test_crew_and_transit_are_the_passenger_list_s_to_tell() -> None:
    """A booking knows no crew, and not whether somebody stays airside."""
    crew = values(listed(person(role="crew"), function="crew"))
    assert (crew["is_crew"], crew["is_transit"]) == (True, False)
    assert values(listed(person(role="transit_crew")))["is_transit"] is True
    booked = of_booking()
    assert booked["is_crew"] is False
    assert "is_transit" not in booked


def test_embarkation_and_debarkation_as_listed() -> None:
    """LOC 178 and 179; a booking has none."""
    found = values(listed(person(embarkation="NBO", debarkation="DSS")))
    assert (found["embarkation"], found["debarkation"]) == ("NBO", "DSS")


@pytest.mark.parametrize(
    ("debarkation", "role", "expected"),
    [
        ("DSS", "passenger", True),
        ("ABJ", "passenger", False),
        ("DSS", "transit", False),
        ("NBO", "passenger", None),
        (None, "passenger", None),
    ],
)
def test_leaving_before_the_booked_end(
    debarkation: str | None, role: str, expected: bool | None
) -> None:
    """Booked on to Abidjan three hours later, listed to Dakar: hidden city; not where he is in transit,
    nor where the list names a place that the booking does not know."""
    one = person(documents=(PAPER,))
    found = values(
        push(booking(one, segments=(OUT, ON))),
        listed(person(documents=(PAPER,), debarkation=debarkation, role=role)),
    )
    assert found.get("leaves_early") is expected


def test_a_stay_at_the_destination_is_no_early_leave() -> None:
    """Onward three days later is another part of the journey."""
    later = leg("DSS", "ABJ", "27 18:00", "27 20:30", number="31")
    found = values(
        push(booking(person(documents=(PAPER,)), segments=(OUT, later))),
        listed(person(documents=(PAPER,), debarkation="DSS")),
    )
    assert found["leaves_early"] is False
