"""The records of cash keep their values when they are stored and printed."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

import msgspec

from vedette.cash import records
from vedette.core.parties import Document
from vedette.core.records import decode
from vedette.formats import as_json

MOVEMENT = records.Movement(
    direction="entry",
    carrier=records.Party(
        legal=False,
        first_names="Amina",
        last_names="Example",
        date_of_birth=dt.date(1980, 5, 1),
        document=Document(type="P", number="X1234567", issuer="TUN"),
        addresses=(records.Address(kind="residence", street="1 Main Street", country="TN"),),
    ),
    carrier_is_owner=False,
    owners=(records.Party(legal=True, name="Example Ltd", registration_country="MT"),),
    transport=records.Transport(
        mode="air",
        means="commercial_flight",
        reference="XX123",
        departure_country="TN",
        departure=dt.datetime(2026, 11, 20, 9, 30),
        arrival_country="FR",
        arrival=dt.date(2026, 11, 20),
        via=(records.Transit(country="IT", day=dt.date(2026, 11, 20)),),
    ),
    lines=(
        records.Line(number=1, amount=Decimal("12000.10"), currency="EUR"),
        records.Line(
            kind="gold",
            number=2,
            type="bullion",
            quantity=Decimal(2),
            weight=Decimal("500.25"),
            fineness=Decimal("999.9"),
            amount=Decimal(30000),
            currency="EUR",
        ),
    ),
    provenance=("labour",),
    uses=("holidays",),
)


def test_a_movement_is_the_same_after_it_is_stored_as_plain_values() -> None:
    stored = msgspec.json.encode(msgspec.to_builtins(MOVEMENT))
    assert msgspec.json.decode(stored, type=records.Movement, dec_hook=decode) == MOVEMENT


def test_the_printed_message_contains_its_movement_and_decimals_as_text() -> None:
    printed = as_json.message(records.Message(format="CASH", movement=MOVEMENT), "one.csv", 1)
    (movement,) = printed["movements"]
    assert movement["lines"][0]["amount"] == "12000.10"
    assert movement["transport"]["departure"] == "2026-11-20T09:30"
    assert "movement" not in printed


def test_a_message_without_a_movement_prints_an_empty_list() -> None:
    count = records.Count(lines=(records.Line(amount=Decimal(5), currency="EUR"),))
    printed = as_json.message(
        records.Message(format="CASH", action="count", amends="X", count=count), "one.csv", 1
    )
    assert printed["movements"] == []
    assert printed["count"]["lines"][0]["amount"] == "5"


def test_the_name_and_the_country_of_a_party() -> None:
    carrier = MOVEMENT.carrier
    assert carrier is not None
    assert (carrier.full_name, carrier.country) == ("Amina Example", "TN")
    assert (MOVEMENT.owners[0].full_name, MOVEMENT.owners[0].country) == ("Example Ltd", "MT")
    assert MOVEMENT.accompanied
    assert not records.Movement(record="disclosure").accompanied
