"""Values of the columns of cash: a missing value is absent, and comparisons are exact."""

from __future__ import annotations

from decimal import Decimal

import msgspec
import pytest
from tests.cash.examples import MOVEMENT

from vedette.cash import columns, counts
from vedette.cash.columns import Known
from vedette.cash.records import Count, Line, Message, Movement, Pair, Party, Transport
from vedette.profiles.frames import DTYPES

MESSAGE = Message(format="CASH-CSV", variant="eu", movement=MOVEMENT)


def changed(**changes: object) -> Message:
    return msgspec.structs.replace(MESSAGE, movement=msgspec.structs.replace(MOVEMENT, **changes))


def test_every_value_has_a_column_of_its_type() -> None:
    values = columns.of_movement(
        MESSAGE,
        Known(
            values=(Decimal(12000), Decimal(30000)),
            value=Decimal(42000),
            count=Count(
                lines=(Line(currency="EUR", denomination=Decimal(500), quantity=Decimal(20)),)
            ),
            difference=Decimal(-2000),
            pair=Pair(result="different", difference=Decimal(-4200)),
            departure_value=Decimal(42000),
            gold_price=Decimal(70),
        ),
    )
    types = {"text": str, "number": float, "whole": int, "yes_no": bool}
    for name, value in values.items():
        column = columns.vocabulary().column(name)
        assert column is not None, name
        assert isinstance(value, types[column.type]), name
        assert column.type in DTYPES
    assert values["times_threshold"] == 4.2
    assert values["pair_lost_share"] == 0.1
    assert values["high_notes_share"] == 1
    assert values["count_difference_share"] == float(Decimal(2000) / 42000)
    assert values["gold_price_ratio"] == pytest.approx(30000 / (500.25 * 0.9999 * 70))


def test_the_threshold_is_compared_as_the_law_says() -> None:
    for variant, value, reached in (
        ("eu", "10000", True), ("eu", "9999.99", False), ("us", "10000", False), ("us", "10000.01", True),
    ):  # fmt: skip
        message = msgspec.structs.replace(MESSAGE, variant=variant)
        assert columns.of_movement(message, Known(value=Decimal(value)))["reached"] is reached


def test_what_the_form_does_not_ask_is_missing_and_not_zero() -> None:
    form = msgspec.structs.replace(
        MESSAGE,
        variant="us",
        movement=Movement(
            record="fincen_105", direction="entry", lines=(Line(amount=Decimal(1), currency="USD"),)
        ),
    )
    values = columns.of_movement(form)
    for name in (
        "provenance", "uses", "payroll", "only_other", "recipient_not_carrier", "gold_grams", "value",
        "reached", "pair_state", "count_difference", "owner_not_carrier", "person_movements_12m",
    ):  # fmt: skip
        assert name not in values, name


def test_owner_and_recipient() -> None:
    values = columns.of_movement(MESSAGE)
    assert values["owner_not_carrier"] is True
    assert values["owner_is_company"] is True
    assert values["owner_elsewhere"] is True
    own = columns.of_movement(changed(carrier_is_owner=True, owners=()))
    assert (own["owner_not_carrier"], own["owner_unknown"]) == (False, False)
    hidden = columns.of_movement(changed(carrier_is_owner=False, owners=()))
    assert (hidden["owner_not_carrier"], hidden["owner_unknown"]) == (True, True)
    bank = columns.of_movement(changed(owners=(Party(legal=True, name="Bank", bank=True),)))
    assert bank["regular_company"] is True


def test_gold_that_contradicts_itself() -> None:
    def contradicts(**gold: Decimal | str) -> object:
        line = Line(
            kind="gold", **{"type": "coin", "weight": Decimal(31), "quantity": Decimal(1), **gold}
        )  # type: ignore[arg-type]
        return columns.of_movement(changed(lines=(line,)))["gold_contradicts"]

    assert contradicts() is False
    assert contradicts(fineness=Decimal(1200)) is True
    assert contradicts(fineness=Decimal(585)) is True
    assert contradicts(weight=Decimal(500)) is True
    assert contradicts(weight=Decimal(0)) is True


def test_a_parcel_that_hides_cash() -> None:
    way = Transport(consignment="RR1", stated_contents="magazines")
    found = columns.of_movement(changed(record="ex_officio", transport=way))
    assert found["parcel_hides_cash"] is True
    open_ = msgspec.structs.replace(way, stated_contents="Cash for family")
    assert (
        columns.of_movement(changed(record="ex_officio", transport=open_))["parcel_hides_cash"]
        is False
    )
    assert "parcel_hides_cash" not in columns.of_movement(
        changed(record="disclosure", transport=way)
    )


def test_an_unusual_currency_of_the_journey() -> None:
    lines = (Line(amount=Decimal(1), currency="RUB"),)
    assert columns.of_movement(changed(lines=lines))["foreign_currency"] is True
    dinar = (Line(amount=Decimal(1), currency="TND"),)
    assert columns.of_movement(changed(lines=dinar))["foreign_currency"] is False


def test_differences_of_a_count_are_used() -> None:
    count = Count(lines=(Line(number=1, currency="EUR", amount=Decimal(12000)),))
    differences = counts.differences(MOVEMENT.lines, count)
    values = columns.of_movement(MESSAGE, Known(count=count, differences=differences))
    assert values["count_lines_differ"] == 2
    assert "count_difference" not in values
