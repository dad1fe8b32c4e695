"""Amounts: exact sums, one rounding, and no float anywhere in a calculation."""

from __future__ import annotations

import ast
import datetime as dt
import random
from decimal import Decimal
from fractions import Fraction
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

import vedette.cash
from vedette.cash import money, receipt
from vedette.cash.records import Line

CURRENCIES = ("EUR", "JPY", "TND", "USD", "CLF")


def test_no_float_stands_in_the_calculations() -> None:
    """Looks for float literals, calls and annotations in all modules of the kind. The values of profile
    columns are the only exception: the language of profiles computes with floats (`columns.as_number`)."""
    folder = Path(vedette.cash.__file__).parent
    found = []
    for path in sorted(folder.rglob("*.py")):
        if "app" in path.relative_to(folder).parts:
            continue
        tree = ast.parse(path.read_text("utf-8"))
        excused = {
            id(part)
            for node in ast.walk(tree)
            if isinstance(node, ast.FunctionDef)
            and (path.name, node.name) == ("columns.py", "as_number")
            for part in ast.walk(node)
        }
        for node in ast.walk(tree):
            is_float = (isinstance(node, ast.Constant) and isinstance(node.value, float)) or (
                isinstance(node, ast.Name) and node.id == "float"
            )
            divides = isinstance(node, ast.BinOp) and isinstance(node.op, ast.Div)
            if is_float and id(node) not in excused:
                found.append(f"{path.name}:{node.lineno}")
            # `/` of two whole numbers gives a float. Only decimals, fractions and paths are divided.
            if (
                divides
                and isinstance(node.right, ast.Constant)
                and isinstance(node.left, ast.Constant)
            ):
                found.append(f"{path.name}:{node.lineno}")
    assert found == []


@given(
    st.lists(st.tuples(st.integers(-(10**17), 10**17), st.sampled_from(CURRENCIES)), max_size=40)
)
def test_totals_are_equal_to_sums_of_minor_units(parts: list[tuple[int, str]]) -> None:
    lines = [
        Line(amount=Decimal(units).scaleb(-money.decimals(currency)), currency=currency)
        for units, currency in parts
    ]
    sums = money.totals(lines).currency
    assert set(sums) == {currency for _, currency in parts}
    for currency, total in sums.items():
        units = sum(n for n, one in parts if one == currency)
        assert total * 10 ** money.decimals(currency) == units
        assert isinstance(total, Decimal)


def test_the_sum_of_a_million_lines_is_equal_to_the_cent() -> None:
    chance = random.Random(1)
    cents = [chance.randrange(1, 10**9) for _ in range(1_000_000)]
    total = money.added(Decimal(n).scaleb(-2) for n in cents)
    assert total == Decimal(sum(cents)).scaleb(-2)


@given(
    st.fractions(min_value=-(10**12), max_value=10**12, max_denominator=10**9),
    st.sampled_from(CURRENCIES),
)
def test_rounding_is_half_to_even_to_the_minor_unit(value: Fraction, currency: str) -> None:
    """Compared with the definition by whole numbers: the nearest number of minor units, the even one of
    two."""
    unit = 10 ** money.decimals(currency)
    found = money.rounded(value, currency)
    assert found.as_tuple().exponent == -money.decimals(currency)
    below = (value * unit).numerator // (value * unit).denominator
    rest = value * unit - below
    expected = below + below % 2 if rest == Fraction(1, 2) else below + (rest > Fraction(1, 2))
    assert Fraction(found) * unit == expected


def test_half_cents_round_to_the_even_cent() -> None:
    assert money.rounded(Decimal("2.345"), "EUR") == Decimal("2.34")
    assert money.rounded(Decimal("2.355"), "EUR") == Decimal("2.36")
    assert money.rounded(Decimal("2.5"), "JPY") == Decimal(2)
    assert money.rounded(Decimal("1.0005"), "TND") == Decimal("1.000")


def test_kinds_of_quantities_are_not_added() -> None:
    lines = (
        Line(amount=Decimal(100), currency="EUR"),
        Line(kind="instrument", amount=Decimal(50), currency="EUR"),
        Line(
            kind="gold",
            weight=Decimal(100),
            fineness=Decimal("999.9"),
            amount=Decimal(9),
            currency="EUR",
        ),
        Line(kind="other", amount=Decimal(1), currency="EUR"),
    )
    found = money.totals(lines)
    assert [found.currency, found.instrument, found.gold, found.other] == [
        {"EUR": Decimal(n)} for n in (100, 50, 9, 1)
    ]
    assert (found.weight, found.fine) == (Decimal(100), Decimal("99.99"))
    assert money.totals(lines[:2]).weight is None
    assert (
        money.totals((*lines, Line(kind="gold", amount=Decimal(1), currency="EUR"))).weight is None
    )


def test_ended_currencies_have_their_last_day() -> None:
    assert money.ended("HRK", dt.date(2026, 1, 1)) == dt.date(2023, 1, 14)
    assert money.ended("HRK", dt.date(2022, 1, 1)) is None
    assert money.ended("EUR", dt.date(2026, 1, 1)) is None
    assert "XXX" not in money.currencies()
    assert "XAU" not in money.currencies()


@pytest.mark.parametrize(
    ("value", "unit", "written"),
    [
        ("6699.2", "EUR", "6,699.20 EUR"), ("32886", "EUR", "32,886 EUR"), ("1.125", "EUR", "1.125 EUR"),
        ("0.5", "KWD", "0.500 KWD"), ("250.5", "g", "250.5 g"),
    ],
)  # fmt: skip
def test_a_receipt_writes_the_decimals_of_the_currency(value: str, unit: str, written: str) -> None:
    """An amount that is not whole has at least the decimals of its currency; no digit is lost."""
    assert receipt.amount(Decimal(value), unit, "en") == written
