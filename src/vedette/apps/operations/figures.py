"""The figures of a situation report and of a final report, and the indicators. The module uses neither Django
nor a database.

Each figure has an id that does not change. Quantities of different kinds of goods, or of different units, are
never added: each pair has its own figure. Seizures outside the target of the operation have separate figures.
Administrations are never ranked by their figures.
"""

from __future__ import annotations

import re
import unicodedata
import zlib
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from math import sqrt
from typing import NamedTuple
from uuid import UUID

from vedette.core import measures
from vedette.core.message_forms import plain_number


class Counted(NamedTuple):
    """A group of counted records with the same values (`vedette_operation_counted`)."""

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
    #: How many of the records state each of the fields that were asked for.
    stated: Sequence[int] = ()


@dataclass
class Figure:
    """One figure: its id, what is counted, its value, and the number of counted records that the reader may
    not see.
    """

    id: str
    value: Decimal = Decimal(0)
    records: int = 0
    unseen: int = 0
    #: The kind of goods and the unit of a quantity.
    category: str = ""
    unit: str = ""

    def add(self, row: Counted, value: int | Decimal) -> None:
        """Adds a value to the figure, and also the number of records in a row and the number of these records
        that the reader may not see."""
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
    """Returns these figures of the counted records:

    - `controls`, `controls.nothing`, `controls.found`: the number of controls; one record may report several
      controls;
    - `seizures.target`, `seizures.other`: the number of seizure records of goods that the operation targets,
      and of other seizure records;
    - `quantity.WHERE.KIND.UNIT`: the quantity of a kind of goods in a base unit; `records.WHERE.KIND.UNIT`:
      the number of seizure records of this kind of goods. WHERE is `target` or `other`.
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
        """The share, or None if the count is zero."""
        return self.part / self.whole if self.whole else None


_Z = 1.959963984540054


def share(part: int, whole: int) -> Share:
    """Returns a share with its Wilson confidence interval (Wilson 1927). If the count is zero, the interval
    is 0 to 1."""
    if not whole:
        return Share(part, whole, 0.0, 1.0)
    p, z2 = part / whole, _Z * _Z
    middle = (p + z2 / (2 * whole)) / (1 + z2 / whole)
    half = _Z * sqrt(p * (1 - p) / whole + z2 / (4 * whole * whole)) / (1 + z2 / whole)
    return Share(part, whole, max(0.0, middle - half), min(1.0, middle + half))


def quantile(values: Sequence[float], at: float) -> float | None:
    """Returns a quantile of sorted values, with linear interpolation between the two nearest values."""
    if not values:
        return None
    place = at * (len(values) - 1)
    low = int(place)
    high = min(low + 1, len(values) - 1)
    return values[low] + (values[high] - values[low]) * (place - low)


class Correction(NamedTuple):
    """A figure of an earlier report that changed: its id, the value that was sent, and the present value."""

    figure: str
    before: str
    after: str


def corrections(sent: Mapping[str, str], now: Mapping[str, str]) -> list[Correction]:
    """Returns the figures of a sent report whose value would now be different for the same cut-off time."""
    return [
        Correction(id_, sent.get(id_, "0"), now.get(id_, "0"))
        for id_ in sorted({*sent, *now})
        if Decimal(sent.get(id_, "0")) != Decimal(now.get(id_, "0"))
    ]


class Detailed(NamedTuple):
    """A group of counted records with the same values, with the details that a final report needs
    (`vedette_operation_detailed`)."""

    kind: str
    organisation: UUID
    category: str
    substance: str
    direction: str
    base: str
    target: bool | None
    found: bool | None
    records: int
    controls: int
    amount: Decimal | None
    arrests: Decimal


#: The place of a substance or a direction that the records do not state, in the id of a figure.
UNSTATED = "-"
#: The figures that a final report has even if they are 0, in their order.
FINAL_ALWAYS = (
    "participants", *ALWAYS[:3], "seizures", *ALWAYS[3:], "arrests", "messages", "messages.warning",
)  # fmt: skip
_LONGEST = 40


def slug(text: str) -> str:
    """Converts the name of a substance to the part of the id of a figure that identifies the substance. The
    result does not depend on upper or lower case: `Ammonium nitrate` and `ammonium NITRATE` give the same
    part. A long name is shortened and gets a checksum.
    """
    folded = unicodedata.normalize("NFKD", text).casefold()
    plain = "".join(one for one in folded if not unicodedata.combining(one))
    made = re.sub(r"[\W_]+", "_", plain).strip("_")
    if len(made) > _LONGEST:
        made = f"{made[: _LONGEST - 9]}_{zlib.crc32(made.encode()):08x}"
    return made or UNSTATED


@dataclass
class Final(Figures):
    """The figures of a final report. `labels` contains the name of the goods of each figure, in the spelling
    that was typed most often.
    """

    labels: dict[str, str] = field(default_factory=dict)


def final(
    rows: Iterable[Detailed], messages: Mapping[str, int] | None = None, participants: int = 0
) -> Final:
    """Returns these figures of a final report. Quantities of different kinds of goods, substances or units
    are never added together:

    - `participants`, `messages` (all kinds), `messages.warning`;
    - `controls`, `controls.nothing`, `controls.found`, `arrests` (persons);
    - `seizures`, `seizures.target`, `seizures.other`: seizure records;
    - `quantity.WHERE.KIND.SUBSTANCE.UNIT` and `records.WHERE.KIND.SUBSTANCE.UNIT`: the quantity of seized
      goods and the number of their seizure records, where WHERE is `target` or `other`;
    - `checked.RESULT.DIRECTION.KIND.UNIT`: the quantity of controlled goods, where RESULT is `nothing` or
      `found`.
    """
    found = Final({id_: Figure(id_) for id_ in FINAL_ALWAYS})
    found.figures["participants"].value = Decimal(participants)
    for kind, number in (messages or {}).items():
        found.figures["messages"].value += number
        if kind == "warning":
            found.figures["messages.warning"].value += number
    spellings: dict[str, Counter[str]] = {}
    for row in rows:
        _add(found, "arrests", row, row.arrests)
        if row.kind == "control":
            result = "found" if row.found else "nothing"
            _add(found, "controls", row, row.controls)
            _add(found, f"controls.{result}", row, row.controls)
            if row.amount is not None:
                where = f"{result}.{row.direction or UNSTATED}.{row.category}.{row.base}"
                _add(found, f"checked.{where}", row, row.amount)
            continue
        place = "target" if row.target else "other"
        _add(found, "seizures", row, row.records)
        _add(found, f"seizures.{place}", row, row.records)
        where = f"{place}.{row.category}.{slug(row.substance)}.{row.base}"
        for id_, value in (
            (f"quantity.{where}", row.amount or Decimal(0)),
            (f"records.{where}", row.records),
        ):
            _add(found, id_, row, value)
            if name := " ".join(row.substance.split()):
                spellings.setdefault(id_, Counter())[name] += row.records
    for id_, counted in spellings.items():
        found.labels[id_] = min(counted, key=lambda name: (-counted[name], name))
    return found


def _add(found: Final, id_: str, row: Detailed, value: int | Decimal) -> None:
    parts = id_.split(".")
    one = found.figures.setdefault(
        id_,
        Figure(id_, category=parts[-3] if parts[0] != "checked" else parts[-2], unit=parts[-1])
        if len(parts) == 5 else Figure(id_),
    )  # fmt: skip
    one.value += value
    # A record without an arrest is not behind the number of arrests.
    one.records += row.records if id_ != "arrests" or value else 0


def without_substances(values: Mapping[str, str]) -> dict[str, Decimal]:
    """Returns the figures of a participant without the breakdown by substance, so that they can be compared
    with figures that were counted for another reader. A reader who may not read a record does not know the
    substance that the record states.
    """
    found: dict[str, Decimal] = {}
    for id_, value in values.items():
        parts = id_.split(".")
        if parts[0] in ("participants", "messages"):
            continue
        if parts[0] in ("quantity", "records"):
            parts[3] = UNSTATED
        key = ".".join(parts)
        found[key] = found.get(key, Decimal(0)) + Decimal(value)
    return {key: value for key, value in found.items() if value}


@dataclass(frozen=True)
class Published:
    """A published figure."""

    measure: str
    figure: str
    value: Decimal
    unit: str
    source: str
    note: str = ""


@dataclass(frozen=True)
class Beside:
    """Published figures that the report shows side by side. If `figure` is given, all published figures are
    about this figure of the records. If `figure` is not given, the published figures come from different
    sources and have the same unit, and a person decides whether these figures describe the same quantity.
    `contradict` is true if the values differ.
    """

    figure: str
    unit: str
    publications: tuple[Published, ...]
    contradict: bool


#: Unit of a publication → unit of records. Only used to compare a publication with its figure.
_PUBLISHED_UNITS = {
    "pieces": "piece", "rounds": "piece", "animals": "piece", "litres": "l", "tonnes": "t",
}  # fmt: skip


def in_base(value: Decimal, unit: str) -> tuple[Decimal, str]:
    """Returns a published value in the base unit of its dimension, with this unit. An unknown unit, such as
    `countries`, is not converted.
    """
    code = _PUBLISHED_UNITS.get(unit.casefold(), unit)
    try:
        return measures.based(value, code)
    except KeyError:
        return value, unit


def beside(given: Iterable[Published], values: Mapping[str, str]) -> list[Beside]:
    """Returns the groups of published figures that are shown side by side. Groups whose figures contradict
    each other or the records come first. Values are compared in the base unit. `values` are the figures of
    the records. If only one source states a figure, and this figure does not contradict the records, the
    figure is grouped with the figures of other sources in the same unit.
    """
    groups: dict[str, list[Published]] = {}
    rest: dict[str, list[Published]] = {}
    for one in given:
        if one.figure:
            groups.setdefault(one.figure, []).append(one)
        else:
            rest.setdefault(in_base(one.value, one.unit)[1], []).append(one)
    found = []
    for figure, members in groups.items():
        bases = {in_base(one.value, one.unit) for one in members}
        contradict = len(bases) > 1 or (
            figure in values and Decimal(values[figure]) not in {value for value, _ in bases}
        )
        if contradict or len({one.source for one in members}) > 1:
            found.append(Beside(figure, "", _ordered(members), contradict))
        else:
            rest.setdefault(next(iter(bases))[1], []).extend(members)
    for unit, members in rest.items():
        several = len({one.source for one in members}) > 1
        differ = len({in_base(one.value, one.unit) for one in members}) > 1
        if several:
            found.append(Beside("", unit, _ordered(members), differ))
        else:
            found += [Beside(one.figure, unit, (one,), False) for one in _ordered(members)]
    return sorted(
        found, key=lambda one: (not one.contradict, one.figure == "", one.figure, one.unit)
    )


def _ordered(members: Iterable[Published]) -> tuple[Published, ...]:
    return tuple(sorted(members, key=lambda one: (one.measure, one.source, one.value)))
