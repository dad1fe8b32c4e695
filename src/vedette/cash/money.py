"""Amounts of money, weights of gold and their sums.

All amounts are decimals; no calculation uses a float. Sums are exact: a sum that would have to be rounded
raises an error. A value is rounded once, half to even, to the minor unit of its currency. Minor units and the
dates of ended currencies are taken from Babel's currency data (Unicode CLDR). Quantities of different kinds
(currencies, instruments, grams of gold) are never added to each other.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping
from decimal import Context, Decimal, Inexact, InvalidOperation, localcontext
from fractions import Fraction
from functools import cache
from typing import NamedTuple

from babel.core import get_global

from vedette.cash.records import Line
from vedette.core.records import Record

#: Sums have at most this number of digits. A greater sum raises `decimal.Inexact`.
EXACT = Context(prec=60, traps=[Inexact, InvalidOperation])
#: The greatest amount of one line that is kept, and the greatest number of decimals. A greater amount is an
#: error of the sender.
MOST = Decimal(10) ** 15
MOST_DECIMALS = 6


def fits(record: object) -> bool:
    """Returns whether every number in a record, including its nested records, is at most `MOST` and has at
    most `MOST_DECIMALS` decimals. Readers refuse other numbers: `1E+9999999` and `Infinity` are decimals too,
    and calculations with them fail or take very long."""
    match record:
        case Decimal():
            exponent = record.as_tuple().exponent
            return (
                record.is_finite()
                and isinstance(exponent, int)
                and exponent >= -MOST_DECIMALS
                and record.adjusted() <= MOST.adjusted()
                and abs(record) <= MOST
            )
        case Record():
            return all(fits(getattr(record, name)) for name in record.__struct_fields__)
        case tuple():
            return all(map(fits, record))
    return True


# --- currencies ---------------------------------------------------------------------------------


class Currency(NamedTuple):
    """A currency: the number of decimals of its minor unit, and the day on which it ended in the last country
    that used it. `ended` is None for a currency in use."""

    code: str
    decimals: int
    ended: dt.date | None


@cache
def currencies() -> Mapping[str, Currency]:
    """Returns the currencies that a country uses or used, by their codes of ISO 4217."""
    decimals = get_global("currency_fractions")
    standard = decimals["DEFAULT"][0]
    ends: dict[str, dt.date | None] = {}
    for territory, used in get_global("territory_currencies").items():
        # The territory ZZ stands for codes without a country, such as precious metals; XXX for no currency.
        for code, _, until, _ in used if territory != "ZZ" else ():
            if code == "XXX":
                continue
            day = dt.date(*until) if until else None
            known = ends.get(code, dt.date.min)
            ends[code] = None if day is None or known is None else max(known, day)
    return {
        code: Currency(code, decimals.get(code, (standard,))[0], day) for code, day in ends.items()
    }


def decimals(currency: str) -> int:
    """Returns the number of decimals of the minor unit of a currency. For an unknown currency, returns 2."""
    found = currencies().get(currency)
    return found.decimals if found is not None else 2


def ended(currency: str, day: dt.date) -> dt.date | None:
    """Returns the last day of a currency that was no longer in use on `day`, or None if the currency was in
    use."""
    found = currencies().get(currency)
    if found is None or found.ended is None or day <= found.ended:
        return None
    return found.ended


# --- sums ---------------------------------------------------------------------------------------


def added(amounts: Iterable[Decimal]) -> Decimal:
    """Returns the exact sum. Raises `decimal.Inexact` if the sum has more than 60 digits."""
    with localcontext(EXACT):
        return sum(amounts, Decimal(0))


def rounded(value: Fraction | Decimal, currency: str) -> Decimal:
    """Returns a value rounded half to even to the minor unit of a currency."""
    places = decimals(currency)
    # `round` of a fraction is exact and rounds half to even.
    units = round(Fraction(value) * 10**places)
    return Decimal(units).scaleb(-places, EXACT)


class Totals(NamedTuple):
    """The totals of the lines of a record, separately for each kind of quantity.

    `currency`, `instrument`, `gold` and `other` are sums of stated amounts by currency. `weight` is the
    weight of the gold in grams, and `fine` is the weight of the pure gold in grams. Each of them is None if a
    line does not state the value.
    """

    currency: dict[str, Decimal]
    instrument: dict[str, Decimal]
    gold: dict[str, Decimal]
    other: dict[str, Decimal]
    weight: Decimal | None
    fine: Decimal | None


def totals(lines: Iterable[Line]) -> Totals:
    """Returns the totals of lines. A line without an amount or without a currency adds no amount."""
    amounts: dict[str, dict[str, list[Decimal]]] = {
        kind: {} for kind in ("currency", "instrument", "gold", "other")
    }
    weights: list[Decimal | None] = []
    fines: list[Decimal | None] = []
    for line in lines:
        if line.amount is not None and line.currency is not None:
            of_kind = amounts.get(line.kind, amounts["other"])
            of_kind.setdefault(line.currency, []).append(line.amount)
        if line.kind == "gold":
            weights.append(line.weight)
            fines.append(fine_weight(line))
    sums = {
        kind: {currency: added(some) for currency, some in of_kind.items()}
        for kind, of_kind in amounts.items()
    }
    return Totals(**sums, weight=_all(weights), fine=_all(fines))


def fine_weight(line: Line) -> Decimal | None:
    """Returns the weight in grams of the pure gold of a line, and None if the weight or the fineness is not
    stated."""
    if line.weight is None or line.fineness is None:
        return None
    with localcontext(EXACT):
        return line.weight * line.fineness / 1000


def _all(weights: list[Decimal | None]) -> Decimal | None:
    """Returns the sum, or None if there is no weight or if one of the weights is unknown."""
    known = [one for one in weights if one is not None]
    return added(known) if known and len(known) == len(weights) else None
