"""The records of cash keep their values when they are stored and printed."""

from __future__ import annotations

from decimal import Decimal

import msgspec
from tests.cash.examples import MOVEMENT

from vedette.cash import records
from vedette.core.records import decode
from vedette.formats import as_json


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
