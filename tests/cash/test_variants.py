"""National variants: thresholds, gold that counts as cash, and required fields."""

from __future__ import annotations

from decimal import Decimal

import pytest
from tests.cash.examples import MOVEMENT

from vedette.cash import money, records, variants


def test_at_least_and_more_than_are_different_comparisons() -> None:
    eu, us = variants.variant("eu").threshold, variants.variant("us").threshold
    assert (eu.reached(Decimal("9999.99")), eu.reached(Decimal(10000))) == (False, True)
    assert (us.reached(Decimal(10000)), us.reached(Decimal("10000.01"))) == (False, True)


@pytest.mark.parametrize("key", sorted(variants.variants()))
def test_a_variant_uses_only_known_codes(key: str) -> None:
    one = variants.variant(key)
    assert one.key == key
    assert one.currency in money.currencies()
    assert set(one.records) <= set(records.RECORDS)
    assert set(one.directions) <= set(records.DIRECTIONS)
    assert set(one.kinds) <= set(records.KINDS_OF_CASH)
    assert set(one.instruments) <= set(records.INSTRUMENTS)
    assert set(one.required) <= set(one.records)
    assert set(one.limits) <= {"disclosure", "detention", "referral", "retention"}


def test_every_required_field_exists_in_the_record() -> None:
    """A misspelt path would always be missing: it is found in a movement with all fields."""
    party = records.Party(
        first_names="A", last_names="B", nationalities=("TN",), birth_country="TN",
        date_of_birth=MOVEMENT.carrier.date_of_birth if MOVEMENT.carrier else None,
        addresses=(records.Address(country="TN"),), document=records.Document(type="P", number="1"),
    )  # fmt: skip
    day = party.date_of_birth
    full = {
        "direction": "entry", "carrier": party, "declarant": party, "sender": party, "recipients": (party,),
        "owners": (party,), "relationship": "sender", "lines": MOVEMENT.lines, "provenance": ("labour",),
        "uses": ("holidays",), "signature": records.Signature(name="A", day=day, place="Paris"),
        "official": records.Official(authority="Customs", reason="not_declared"),
        "transport": records.Transport(
            departure_country="TN", departure=day, arrival_country="FR", arrival=day, mode="air",
            departure_place="TUN", arrival_place="CDG",
        ),
    }  # fmt: skip
    for one in variants.variants().values():
        for record in one.required:
            movement = records.Movement(record=record, **full)  # type: ignore[arg-type]
            assert variants.missing(movement, one) == ()
            empty = records.Movement(record=record)
            assert variants.missing(empty, one) == one.required[record]


def test_gold_counts_from_its_least_fineness() -> None:
    eu = variants.variant("eu")
    bar = records.Line(kind="gold", type="bullion", fineness=Decimal(990))
    coin = records.Line(kind="gold", type="coin", fineness=Decimal("916.7"))
    assert [eu.counts(bar), eu.counts(coin), variants.variant("us").counts(coin)] == [
        False,
        True,
        False,
    ]
    assert eu.counts(records.Line(kind="gold", type="bullion"))
    assert not eu.counts(records.Line(kind="other"))


def test_values_that_were_not_read_in_the_law_are_marked() -> None:
    eu = variants.variant("eu")
    assert not eu.limits["detention"].confirmed
    assert eu.limits["referral"].confirmed
    assert (eu.limits["detention"].amount, eu.limits["detention"].most) == (30, 90)
