"""The sections of the report as tables for pages, PDF and CSV, and the period of the report."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, TypeAlias
from urllib.parse import urlencode

from django.utils.translation import gettext as _

from vedette.apps import display
from vedette.apps.query import read_day
from vedette.core.shares import interval

#: Number of days by default, and the maximum.
USUAL_DAYS, MOST_DAYS = 30, 366


@dataclass(frozen=True)
class Period:
    """A period of days, from `first` to `last` inclusive."""

    first: dt.date
    last: dt.date

    @classmethod
    def read(cls, given: Mapping[str, Any], today: dt.date) -> Period:
        """The period of the parameters `from` and `to`; by default the last `USUAL_DAYS` days."""
        last = min(read_day(given.get("to")) or today, today)
        first = read_day(given.get("from")) or last - dt.timedelta(days=USUAL_DAYS - 1)
        if first > last:
            first, last = last - dt.timedelta(days=USUAL_DAYS - 1), last
        return cls(max(first, last - dt.timedelta(days=MOST_DAYS - 1)), last)

    @property
    def times(self) -> tuple[dt.datetime, dt.datetime]:
        """The start of the first day and the end of the last day, UTC."""
        midnight = dt.time(tzinfo=dt.UTC)
        return (
            dt.datetime.combine(self.first, midnight),
            dt.datetime.combine(self.last + dt.timedelta(days=1), midnight),
        )

    @property
    def query(self) -> str:
        """The period as a query string."""
        return urlencode({"from": self.first.isoformat(), "to": self.last.isoformat()})


@dataclass(frozen=True)
class Rate:
    """A share with its 95 % interval (Wilson 1927, which is also valid for few cases and for shares near
    0)."""

    part: int
    whole: int

    @property
    def interval(self) -> tuple[float, float] | None:
        """Lower and upper bound, 0 to 1; None if `whole` is 0."""
        return interval(self.part, self.whole) if self.whole else None

    def __str__(self) -> str:
        if self.interval is None:
            return "–"
        low, high = (display.number(100 * bound, 1) for bound in self.interval)
        return _("%(share)s %% (%(low)s to %(high)s)") % {
            "share": display.number(100 * self.part / self.whole, 1), "low": low, "high": high,
        }  # fmt: skip

    def plain(self) -> str:
        """Returns the share as it is written to a file, such as `0.2500`; empty if `whole` is 0."""
        return f"{self.part / self.whole:.4f}" if self.whole else ""


@dataclass(frozen=True)
class Month:
    """A month, shown as `11/2026`."""

    first: dt.date

    def __str__(self) -> str:
        return f"{self.first:%m/%Y}"

    def plain(self) -> str:
        """Returns the month as it is written to a file, such as `2026-11`."""
        return f"{self.first:%Y-%m}"


Cell: TypeAlias = str | int | float | dt.date | dt.datetime | Rate | Month | None


@dataclass(frozen=True)
class Section:
    """One table: title, heads of the columns, rows, a note above it, and the text `none` in place of an empty
    table. `numbers` are the indexes of the columns with numbers, which are aligned right."""

    key: str
    title: str
    heads: tuple[str, ...]
    rows: list[tuple[Cell, ...]]
    note: str = ""
    none: str = ""
    numbers: frozenset[int] = field(default_factory=frozenset)

    def told(self) -> list[list[tuple[str, bool]]]:
        """The rows as shown: (text, whether it is a number)."""
        return [[(told(c), n in self.numbers) for n, c in enumerate(row)] for row in self.rows]

    def told_heads(self) -> list[tuple[str, bool]]:
        """The heads as shown: (text, whether its column has numbers)."""
        return [(head, n in self.numbers) for n, head in enumerate(self.heads)]


def told(cell: Cell) -> str:
    """A cell in the reader's language."""
    if cell is None or cell == "":
        return "–"
    if isinstance(cell, dt.datetime):
        return display.moment(cell.astimezone(dt.UTC))
    if isinstance(cell, dt.date):
        return display.day(cell)
    if isinstance(cell, int | float):
        return display.number(cell)
    return str(cell)


def plain(cell: Cell) -> str:
    """A cell in a CSV file: ISO dates, a decimal point, empty for None."""
    if cell is None:
        return ""
    if isinstance(cell, dt.datetime | dt.date):
        return cell.isoformat()
    if isinstance(cell, Rate | Month):
        return cell.plain()
    return str(cell)
