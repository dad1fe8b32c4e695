"""Computes the value of a movement in the currency of the threshold, at the exchange rates of the day of the
movement.

A value is missing if a rate is missing; it is never estimated. Only this module adds the values of different
kinds of cash, because the threshold applies to their total.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction

from vedette.cash import counts, money, variants
from vedette.cash.counts import Difference
from vedette.cash.rates import GRAMS_PER_OUNCE, Book, Conversion, MissingRate
from vedette.cash.records import Line, Message
from vedette.core.records import day_of

#: Decimals of the price of a gram of gold.
_PRICE_DECIMALS = 6


def variant_of(message: Message) -> variants.Variant:
    """Returns the national variant that a message names. For any other message, returns the variant of the
    European Union.
    """
    return variants.variants().get(message.variant or "") or variants.variant("eu")


def day_of_value(message: Message) -> dt.date | None:
    """Returns the day whose rates apply. The rates of the day of the statement are used or, if the statement
    has no day, of the day of the journey.
    """
    way = message.movement.transport
    stated = message.declared or way.arrival or way.departure
    return day_of(stated) if stated is not None else None


@dataclass(frozen=True)
class Values:
    """Computes the values of movements with the rates of one source."""

    book: Book
    source: str

    def conversions(self, message: Message) -> tuple[Conversion | MissingRate | None, ...]:
        """Returns the conversion of each line, or the rate that is missing. The value is None for a line
        without an amount or a currency, and for a message that states no day."""
        to, day = variant_of(message).currency, day_of_value(message)
        return tuple(
            self._converted(counts.amount_of(line), line, to, day)
            for line in message.movement.lines
        )

    def of_lines(self, message: Message) -> tuple[Decimal | None, ...]:
        """Returns the value of each line. The value is None for a line without an amount or without a
        rate."""
        return tuple(
            one.result if isinstance(one, Conversion) else None for one in self.conversions(message)
        )

    def total(self, message: Message) -> Decimal | None:
        """Returns the value of the lines that count as cash. Returns None if there are no such lines, or if
        one of them has no value."""
        variant = variant_of(message)
        lines = zip(message.movement.lines, self.of_lines(message), strict=True)
        values = [value for line, value in lines if variant.counts(line)]
        known = [value for value in values if value is not None]
        return money.added(known) if known and len(known) == len(values) else None

    def difference(
        self, message: Message, differences: Iterable[Difference], day: dt.date | None = None
    ) -> Decimal | None:
        """Returns the value of the differences of a count, at the rates of the day of the count. If that day
        is not given, the rates of the day of the statement are used. Returns zero if there is no difference.
        Returns None if the differences concern no amount, or if the day or an exchange rate is missing."""
        some = list(differences)
        amounts = [
            (one.amount, one.currency)
            for one in some
            if one.amount is not None and one.currency is not None
        ]
        when = day or day_of_value(message)
        if not some:
            return Decimal(0)
        if not amounts or when is None:
            return None
        try:
            total = self.book.total(amounts, variant_of(message).currency, when, self.source)
        except MissingRate:
            return None
        return total.result if total is not None else None

    def gold_price(self, message: Message) -> Decimal | None:
        """Returns the price of one gram of pure gold on the day. Returns None if the rates do not contain the
        price of an ounce (`XAU`)."""
        day = day_of_value(message)
        if day is None:
            return None
        try:
            ounce, _ = self.book.fraction("XAU", variant_of(message).currency, day, self.source)
        except MissingRate:
            return None
        units = round(ounce / Fraction(GRAMS_PER_OUNCE) * 10**_PRICE_DECIMALS)
        return Decimal(units).scaleb(-_PRICE_DECIMALS)

    def _converted(
        self, amount: Decimal | None, line: Line, to: str, day: dt.date | None
    ) -> Conversion | MissingRate | None:
        if amount is None or not line.currency or day is None:
            return None
        try:
            return self.book.convert(amount, line.currency, to, day, self.source)
        except MissingRate as missing:
            return missing
