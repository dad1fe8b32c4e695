"""How rare a booking is among those of its flight."""

from __future__ import annotations

import math
from decimal import Decimal

import pytest
from tests.travellers.columns.flights import BACK, OUT, at, booking, held, leg, named, person, push

from vedette.travellers.records import Agency, Booking, Payment

NAMES = [f"N{a}{b}" for a in "ABCDEFG" for b in "ABCD"]


def ordinary(surname: str, **more: object) -> Booking:
    """Booked ten days ahead with the airline, by card, there and back."""
    fields = {
        "payments": (Payment(type="CC", amount=Decimal(100)),),
        "agency": Agency(company="XX", kind="A"),
        **more,
    }
    return booking(person(surname), **fields)  # type: ignore[arg-type]


RARE = ordinary(
    "RARE",
    payments=(Payment(type="CA"),),
    agency=Agency(iata="1", kind="T"),
    created=at("2026-11-24 01:00"),
    segments=(OUT, leg("DSS", "ABJ", "24 18:00", "24 20:00")),
)


def test_shares_and_surprise() -> None:
    """One of twenty in everything: 5 % each, and four times −log10 of it in surprise."""
    found = named(held(push(RARE, *(ordinary(n) for n in NAMES[:19]))))
    one = found["RARE"]
    shares = (
        "route_share",
        "agency_share",
        "lead_time_share",
        "payment_share",
        "combination_share",
    )
    assert [one[name] for name in shares] == [0.05] * 5
    assert one["combination_rarity"] == pytest.approx(-4 * math.log10(0.05), abs=0.001)
    assert [found[NAMES[0]][name] for name in shares] == [0.95] * 5


def test_small_flights_have_no_shares() -> None:
    """Nineteen known travellers say nothing."""
    found = named(held(push(RARE, *(ordinary(n) for n in NAMES[:18]))))
    assert not [name for name in found["RARE"] if name.endswith("_share")]
    assert "combination_rarity" not in found["RARE"]


def test_what_is_unknown_of_a_booking_is_not_rare() -> None:
    """No payment stated: no share of it, no surprise; the others are counted without it."""
    bare = ordinary("BARE", payments=())
    found = named(held(push(bare, *(ordinary(n) for n in NAMES[:20]))))
    assert not {"payment_share", "combination_share", "combination_rarity"} & set(found["BARE"])
    assert found["BARE"]["route_share"] == 1.0
    assert found[NAMES[0]]["payment_share"] == 1.0
    assert found[NAMES[0]]["combination_rarity"] == 0.0


def test_travellers_count_not_bookings() -> None:
    """A booking of five weighs as five."""
    family = booking(*(person("FAMILY", f"G{n}") for n in "ABCDE"), segments=(OUT,))
    found = named(held(push(family, *(booking(person(n)) for n in NAMES[:15]))))
    assert found["FAMILY"]["route_share"] == 0.25


def test_a_band_of_lead_time_is_shared() -> None:
    """Ten and thirteen days are of the second week; five hours are of the last day."""
    many = [
        ordinary(n, created=at(f"2026-11-{11 + i % 3} 09:00")) for i, n in enumerate(NAMES[:20])
    ]
    found = named(held(push(RARE, *many)))
    assert found[NAMES[0]]["lead_time_share"] == pytest.approx(20 / 21, abs=0.0001)
    assert BACK.origin == "DSS"
