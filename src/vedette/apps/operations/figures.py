"""The figures of a situation report, and its indicators. The module contains no Django and no database.

Each figure has an id that does not change. Quantities of different kinds of goods, or of different units, are
never added: each pair has its own figure. Seizures outside the target of the operation have separate figures.
Administrations are never ranked.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from math import sqrt
from typing import NamedTuple
from uuid import UUID

from vedette.core.message_forms import plain_number


class Counted(NamedTuple):
    """The counted records with the same values (`vedette_operation_counted`)."""

    kind: str
    organisation: UUID
    category: str
    base: str
    target: bool | None
    found: bool | None
    records: int
    controls: int
    amount: Decimal | None
    unseen: int


@dataclass
class Figure:
    """One figure: its id, what it counts, its value, and how many of its records the reader may not see."""

    id: str
    value: Decimal = Decimal(0)
    records: int = 0
    unseen: int = 0
    #: The kind of goods and the unit of a quantity.
    category: str = ""
    unit: str = ""

    def add(self, row: Counted, value: int | Decimal) -> None:
        """Adds counted records."""
        self.value += value
        self.records += row.records
        self.unseen += row.unseen


@dataclass
class Figures:
    """The figures of one report."""

    figures: dict[str, Figure] = field(default_factory=dict)

    def _to(
        self, id_: str, row: Counted, value: int | Decimal, category: str = "", unit: str = ""
    ) -> None:
        found = self.figures.setdefault(id_, Figure(id_, category=category, unit=unit))
        found.add(row, value)

    def stored(self) -> dict[str, str]:
        """Returns the values as text, as a report stores them."""
        return {id_: plain_number(one.value) for id_, one in sorted(self.figures.items())}


#: The figures that a report has even if they are 0.
ALWAYS = ("controls", "controls.nothing", "controls.found", "seizures.target", "seizures.other")


def count(rows: Iterable[Counted]) -> Figures:
    """Returns the figures of counted records:

    - `controls`, `controls.nothing`, `controls.found`: controls; one record may report several;
    - `seizures.target`, `seizures.other`: seizure records in the target of the operation, and outside it;
    - `quantity.WHERE.KIND.UNIT`: the quantity of a kind of goods in a base unit; `records.WHERE.KIND.UNIT`:
    its seizure records. WHERE is `target` or `other`.
    """
    found = Figures({id_: Figure(id_) for id_ in ALWAYS})
    for row in rows:
        if row.kind == "control":
            found._to("controls", row, row.controls)
            found._to("controls.found" if row.found else "controls.nothing", row, row.controls)
            continue
        where = "target" if row.target else "other"
        found._to(f"seizures.{where}", row, row.records)
        where_of = row.category, row.base
        found._to(
            f"quantity.{where}.{row.category}.{row.base}", row, row.amount or Decimal(0), *where_of
        )
        found._to(f"records.{where}.{row.category}.{row.base}", row, row.records, *where_of)
    return found


class Share(NamedTuple):
    """A share with its Wilson interval (95 %)."""

    part: int
    whole: int
    least: float
    most: float

    @property
    def value(self) -> float | None:
        """The share, or None if nothing was counted."""
        return self.part / self.whole if self.whole else None


_Z = 1.959963984540054


def share(part: int, whole: int) -> Share:
    """Returns a share with its interval, after Wilson (1927). Without a count, the interval is 0 to 1."""
    if not whole:
        return Share(part, whole, 0.0, 1.0)
    p, z2 = part / whole, _Z * _Z
    middle = (p + z2 / (2 * whole)) / (1 + z2 / whole)
    half = _Z * sqrt(p * (1 - p) / whole + z2 / (4 * whole * whole)) / (1 + z2 / whole)
    return Share(part, whole, max(0.0, middle - half), min(1.0, middle + half))


def quantile(values: Sequence[float], at: float) -> float | None:
    """Returns a quantile of sorted values, with linear interpolation between two of them."""
    if not values:
        return None
    place = at * (len(values) - 1)
    low = int(place)
    high = min(low + 1, len(values) - 1)
    return values[low] + (values[high] - values[low]) * (place - low)


class Correction(NamedTuple):
    """A figure of an earlier report that changed: its id, the value that was sent, and the value now."""

    figure: str
    before: str
    after: str


def corrections(sent: Mapping[str, str], now: Mapping[str, str]) -> list[Correction]:
    """Returns the figures of a sent report whose value would be different now, at the same cut-off."""
    return [
        Correction(id_, sent.get(id_, "0"), now.get(id_, "0"))
        for id_ in sorted({*sent, *now})
        if Decimal(sent.get(id_, "0")) != Decimal(now.get(id_, "0"))
    ]
