"""Published results of operations against the smuggling of cash (`published.toml`), with their sources. Pages
show the published results next to the results of the user's own administration.
"""

from __future__ import annotations

import tomllib
from decimal import Decimal
from functools import cache
from importlib.resources import files

import msgspec

from vedette.core.records import Record

#: The results, in the order of the table: Members, regions, assets, undeclared currency, mis-invoiced goods,
#: gold by weight, arrests.
WHAT = ("members", "regions", "assets", "undeclared", "misinvoiced", "gold", "arrests")


class Figure(Record, frozen=True, kw_only=True):
    """One published figure. `unit` is a currency, `kg`, or empty for a number."""

    what: str
    amount: Decimal
    unit: str = ""


class Operation(Record, frozen=True, kw_only=True):
    """The published results of one operation, with their source."""

    name: str
    year: int
    source: str
    figures: tuple[Figure, ...]

    def figure(self, what: str) -> Figure | None:
        """Returns a figure, or None if it was not published."""
        return next((one for one in self.figures if one.what == what), None)


@cache
def operations() -> tuple[Operation, ...]:
    """Returns the operations whose results were published, the latest first."""
    read = tomllib.loads((files("vedette.cash") / "published.toml").read_text(encoding="utf-8"))
    return msgspec.convert(read["operation"], tuple[Operation, ...], strict=False)
