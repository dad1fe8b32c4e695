"""Damage inside one traveller's group of a booking reaches no other traveller."""

from __future__ import annotations

import datetime as dt

import pytest
from tests.shared import shared

from vedette.bench.messages import Source, booking_push, harms
from vedette.travellers import records
from vedette.travellers.formats import pnrgov_writer

COUNT = 300


def family() -> bytes:
    """Two adults, a child and an infant with the surname of all; a group with names to come."""

    def traveller(number: int, given: str, kind: str, ref: str) -> records.Traveller:
        born = dt.date(2025 if kind == "IN" else 1980, 1 + number, 3)
        document = records.Document(
            type="P",
            number=f"{number}1234567",
            issuer="FRA",
            nationality="FRA",
            surname="DOE",
            given_names=given,
            date_of_birth=born,
            sex="F",
        )
        return records.Traveller(
            surname="DOE",
            given_names=given,
            type=kind,
            infant=kind == "IN",
            reference=ref,
            documents=(document,),
            tickets=(f"99912345678{number:02}",),
            contacts=records.Contacts(phones=(f"3361234567{number}",)),
            frequent_flyer=(records.FrequentFlyer(carrier="ZZ", number=f"5555{number}"),),
        )

    people = (
        traveller(1, "JANE", "A", "801"),
        traveller(2, "JOAN", "A", "802"),
        traveller(3, "ANNA", "C", "803"),
        traveller(4, "ANN", "IN", "801I"),
    )
    to_come = tuple(
        records.Traveller(surname="TBA", given_names=letter, type="A", reference=f"R{letter}")
        for letter in "ABC"
    )
    leg = records.Segment(carrier="ZZ", number="1", origin="AAA", destination="BBB", status="HK")
    flight = records.Flight(carrier="ZZ", number="1", origin="AAA", destination="BBB")
    seats = tuple(
        records.Seat(traveller=index, number=f"{index + 1}A", origin="AAA", destination="BBB")
        for index in range(4)
    )
    return pnrgov_writer.write(
        records.Message(
            format="PNRGOV",
            envelope=records.Envelope(sender="ZZ", prepared=dt.datetime(2026, 3, 1)),
            flights=(flight,),
            bookings=(
                records.Booking(travellers=people, segments=(leg,), seats=seats),
                records.Booking(travellers=to_come, segments=(leg,), group_name=True),
            ),
        )
    )[0]


def check(source: Source, seed: int) -> None:
    found = [(kind, at, harm) for kind, at, _, harm in harms(source, COUNT, seed)]
    assert found == [], f"seed {seed}"


@pytest.mark.parametrize("seed", [1, 2])
def test_own_messages(seed: int) -> None:
    """Messages of our own writer: ordinary bookings, and a family whose names are nearly the same."""
    check(Source("push", booking_push(6, seed=seed)), seed)
    check(Source("family", family()), seed)


@pytest.mark.parametrize(
    "case", ["loader_3_pnrs", "loader_codeshare", "pnrWithDoco", "loader_adult_and_infant"]
)
def test_samples(case: str) -> None:
    """The shared samples: a group with TBA names, an unusable UNA, visas, an infant whose facts stand with
    the adult's: damage to these is damage to both."""
    path = shared("data", "messages", "passenger", f"{case}.edi")
    check(Source(case, path.read_bytes()), 3)
