"""Checked bags, and when their absence is known."""

from __future__ import annotations

import pytest
from tests.travellers.columns.flights import (
    at,
    booking,
    held,
    leg,
    listed,
    named,
    of_booking,
    passport,
    person,
    push,
    values,
)

from vedette.travellers.records import Bags, BookedBag, Booking, Traveller


def bag(**more: object) -> BookedBag:
    """A bag of the first traveller, to Dakar unless told otherwise."""
    fields = {
        "airline": "XX",
        "tag": "000001",
        "count": 1,
        "destination": "DSS",
        "traveller": 0,
        **more,
    }
    return BookedBag(**fields)  # type: ignore[arg-type]


def checked_in(surname: str = "TESFAYE", **more: object) -> Traveller:
    """A traveller who has checked in."""
    return person(surname, checked_in=at("2026-11-24 08:00"), **more)


def test_bags_as_the_list_states_them() -> None:
    """MEA CT and WT come before the booking's."""
    paper = (passport("P1"),)
    found = values(
        push(booking(person(documents=paper, bags=Bags(count=1, weight_kg=10.0)))),
        listed(person(documents=paper, bags=Bags(count=2, weight_kg=31.5))),
    )
    assert (found["bags"], found["bag_kg"], found["kg_per_night"]) == (2, 31.5, 3.15)


def test_bags_of_tags_alone() -> None:
    """TBD without pieces: a tag with a count of two, and one without a count."""
    found = of_booking(checked_in(), bags=(bag(count=2), bag(tag="000009", count=None)))
    assert found["bags"] == 3


def test_no_bag_is_known_after_check_in_where_others_have_some() -> None:
    """Before check-in nothing is known, nor where the sender states no bags at all."""
    with_bag = booking(checked_in("BEKELE"), bags=(bag(),))
    found = named(held(push(with_bag, booking(checked_in()), booking(person("LATER")))))
    assert [found[name].get("bags") for name in ("BEKELE", "TESFAYE", "LATER")] == [1, 0, None]
    assert "bags" not in of_booking(checked_in())


def test_no_bag_on_a_list_that_states_others_bags() -> None:
    """Of an infant and of crew nothing is concluded: they check in none of their own."""
    found = named(
        held(
            listed(
                person("BEKELE", bags=Bags(count=1)), person("TESFAYE"),
                person("BABY", infant=True), person("PILOT", role="crew"),
            )
        )
    )  # fmt: skip
    assert [found[n].get("bags") for n in ("BEKELE", "TESFAYE", "BABY", "PILOT")] == [
        1,
        0,
        None,
        None,
    ]


def test_bags_for_each_traveller_leave_infants_out() -> None:
    """Four bags under the father's name, mother and infant: two each."""
    family = [
        checked_in(bags=Bags(count=4)),
        checked_in(given="SARA"),
        person(given="ABEL", infant=True),
    ]
    found = of_booking(*family, bags=(bag(count=4),))
    assert found["bags_per_traveller"] == 2.0


def test_a_day_trip_counts_as_one_night() -> None:
    """Nothing is divided by zero."""
    day = (
        leg("ADD", "DSS", "24 10:00", "24 15:00", number="417"),
        leg("DSS", "ADD", "24 20:00", "25 07:00"),
    )
    found = of_booking(checked_in(bags=Bags(count=2, weight_kg=60.0)), segments=day)
    assert (found["stay_nights"], found["kg_per_night"]) == (0, 60.0)


@pytest.mark.parametrize(
    ("to", "elsewhere"),
    [("DSS", False), ("DKR", False), ("AMS", True), ("PAR", None), (None, None)],
)
def test_where_a_bag_goes(to: str | None, elsewhere: bool | None) -> None:
    """Another airport of the same city is no other place; a city's code is of no airport."""
    assert of_booking(checked_in(), bags=(bag(destination=to),)).get("bag_elsewhere") is elsewhere


def test_a_bag_goes_where_the_connections_lead() -> None:
    """Booked on to Abidjan: tagged to Dakar it stays behind."""
    on = (
        leg("ADD", "DSS", "24 10:00", "24 15:00", number="417"),
        leg("DSS", "ABJ", "24 18:00", "24 20:00"),
    )
    assert of_booking(checked_in(), segments=on, bags=(bag(),))["bag_elsewhere"] is True
    assert (
        of_booking(checked_in(), segments=on, bags=(bag(destination="ABJ"),))["bag_elsewhere"]
        is False
    )


def pooled(surname: str, pool_id: str, **more: object) -> Booking:
    """A booking whose bag is in a pool."""
    return booking(checked_in(surname), bags=(bag(pool="MP", pool_id=pool_id),), **more)


def test_pools_across_bookings() -> None:
    """A pool within a booking is ordinary; the same pool in another booking is not."""
    found = named(held(push(pooled("ONE", "77"), pooled("TWO", "77"), pooled("THREE", "78"))))
    assert [found[n]["bag_pooled"] for n in ("ONE", "TWO", "THREE")] == [True] * 3
    assert [found[n]["pool_with_others"] for n in ("ONE", "TWO", "THREE")] == [True, True, False]
    assert of_booking(checked_in(), bags=(bag(),))["bag_pooled"] is False
