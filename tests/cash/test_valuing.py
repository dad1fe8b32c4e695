"""The value of a movement: rates of its day, gold that counts as cash, and missing rates."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

import msgspec

from vedette.cash import counts, rates
from vedette.cash.records import Count, Line, Message, Movement
from vedette.cash.valuing import Values

TABLE = (
    b"currency,valid_from,valid_until,units,rate,per,source\n"
    b"USD,2026-11-01,2026-11-30,1,0.9,EUR,test\n"
    b"XAU,2026-11-01,2026-11-30,1,3110.34768,EUR,test\n"
)
VALUES = Values(rates.Book(rates.read(TABLE).rates), "national")
LINES = (
    Line(number=1, amount=Decimal("0.05"), currency="USD"),
    Line(number=2, amount=Decimal(9000), currency="EUR"),
    Line(
        number=3,
        kind="gold",
        type="bullion",
        amount=Decimal(5000),
        currency="EUR",
        fineness=Decimal(750),
    ),
)
MESSAGE = Message(
    format="x", declared=dt.date(2026, 11, 20), variant="eu", movement=Movement(lines=LINES)
)


def test_lines_are_valued_at_the_rate_of_the_day_and_impure_gold_does_not_count() -> None:
    # 0.045 euros are rounded half to even.
    assert VALUES.of_lines(MESSAGE) == (Decimal("0.04"), Decimal(9000), Decimal(5000))
    assert VALUES.total(MESSAGE) == Decimal("9000.04")


def test_a_missing_rate_gives_no_value() -> None:
    december = msgspec.structs.replace(MESSAGE, declared=dt.date(2026, 12, 1))
    assert VALUES.of_lines(december) == (None, Decimal(9000), Decimal(5000))
    assert VALUES.total(december) is None
    assert VALUES.gold_price(december) is None
    assert VALUES.total(msgspec.structs.replace(MESSAGE, movement=Movement())) is None


def test_differences_have_a_value_in_the_currency_of_the_threshold() -> None:
    count = Count(lines=(*LINES[1:], Line(amount=Decimal(100), currency="USD")))
    found = counts.differences(LINES, count)
    assert VALUES.difference(MESSAGE, found) == Decimal("89.96")
    assert VALUES.difference(MESSAGE, found, dt.date(2026, 12, 1)) is None
    assert VALUES.difference(MESSAGE, ()) == 0


def test_the_price_of_gold_follows_from_that_of_the_ounce() -> None:
    assert VALUES.gold_price(MESSAGE) == 100
