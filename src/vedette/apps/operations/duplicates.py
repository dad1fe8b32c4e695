"""Proposes pairs of records that may describe the same seizure or the same control. The module uses neither
Django nor a database. vedette never merges records automatically; a person compares both records.

The two records of a pair have the same kind of record, the same kind of goods and nearly the same time. The
two records also have nearly the same quantity in the base unit, or the same number of controls. If two
quantities differ by a factor of about 1,000, the unit of one of them may be wrong. Two records with different
numbers of the means of transport are different events. Two records with the same number and different
quantities are also different events. Controls are compared only if both records state this number, because
posts report many equal controls each day.
"""

from __future__ import annotations

import datetime as dt
import re
import uuid
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from decimal import Decimal
from itertools import islice

from rapidfuzz import fuzz

#: Two records are compared up to this distance: the date of one of them may be wrong by a day.
APART = dt.timedelta(hours=36)
#: The least score of a proposal, and the greatest share by which two quantities differ.
LEAST, NEAR = 0.6, Decimal("0.03")
#: How many characters of a text are compared.
MOST_TEXT = 200
_PLAIN = re.compile(r"[^0-9A-Z]")


@dataclass(frozen=True)
class Record:
    """A record, with the values that the reader may see. `reference` is the number of the means of transport,
    and `amount` is the quantity in the base unit or the number of controls.
    """

    id: uuid.UUID
    kind: str
    category: str
    at: dt.datetime
    amount: Decimal
    base: str = ""
    place: str = ""
    reference: str = ""
    text: str = ""


@dataclass(frozen=True)
class Pair:
    """Two records that may describe the same event, with a score from 0 to 1 and the reasons."""

    one: uuid.UUID
    other: uuid.UUID
    score: float
    reasons: tuple[str, ...]


def pairs(records: Iterable[Record], least: float = LEAST) -> list[Pair]:
    """Returns the pairs whose score is at least the given minimum, highest score first."""
    return some_pairs(records, None, least)[0]


def some_pairs(
    records: Iterable[Record], most: int | None, least: float = LEAST
) -> tuple[list[Pair], bool]:
    """Returns the same pairs, and whether all pairs were compared. At most `most` pairs are compared, because
    many equal records have many pairs: 1,500 records have more than a million pairs.
    """
    groups: dict[tuple[str, str, str], list[Record]] = {}
    for one in records:
        if one.amount > 0 and (one.reference or one.kind != "control"):
            groups.setdefault((one.kind, one.category, one.base), []).append(one)
    found: dict[tuple[uuid.UUID, uuid.UUID], Pair] = {}
    near = (pair for group in groups.values() for pair in _near(group))
    for one, other, unit in islice(near, most):
        if (pair := _compare(one, other, unit)) is not None and pair.score >= least:
            found[pair.one, pair.other] = pair
    made = sorted(found.values(), key=lambda pair: (-pair.score, pair.one, pair.other))
    return made, next(near, None) is None


def _near(group: list[Record]) -> Iterator[tuple[Record, Record, bool]]:
    """Yields the pairs of records whose quantities are nearly equal, or nearly equal after one of them is
    multiplied by 1,000. If the quantities are nearly equal only after the multiplication, the last element of
    the result is true.
    """
    factors = (1,) if group[0].kind == "control" else (1, 1000)
    ordered = sorted(group, key=lambda one: (one.amount, one.id))
    for factor in factors:
        first = 0
        for place, one in enumerate(ordered):
            least, most = one.amount * factor, one.amount * factor * (1 + NEAR)
            if factor > 1:
                least = least * (1 - NEAR)
            while first < len(ordered) and ordered[first].amount < least:
                first += 1
            start = max(first, place + 1) if factor == 1 else first
            for other in ordered[start:]:
                if other.amount > most:
                    break
                if other.id != one.id and abs(other.at - one.at) <= APART:
                    yield one, other, factor > 1


def _compare(one: Record, other: Record, unit: bool) -> Pair | None:
    greater, smaller = max(one.amount, other.amount), min(one.amount, other.amount)
    same = greater == smaller
    score, reasons = (0.4, ["same_quantity"]) if same else (0.25, ["near_quantity"])
    if unit:
        score, reasons = 0.25, ["unit"]
    apart = abs(one.at - other.at)
    score += 0.2 if apart <= dt.timedelta(hours=2) else 0.1
    reasons.append("same_time" if apart <= dt.timedelta(hours=2) else "near_time")
    first, second = (_PLAIN.sub("", each.reference[:MOST_TEXT].upper()) for each in (one, other))
    if first and second:
        alike = fuzz.ratio(first, second) / 100
        if alike < 0.85:
            return None
        score += 0.25
        reasons.append("same_reference" if alike == 1 else "near_reference")
    elif not same:
        # Nothing but the quantity and the place speaks for the pair.
        score -= 0.1
    for name, weight in (("place", 0.2), ("text", 0.15)):
        left, right = (getattr(each, name)[:MOST_TEXT].casefold() for each in (one, other))
        if left and right:
            alike = fuzz.ratio(left, right) / 100
            score += weight * (2 * alike - 1)
            if alike >= 0.75:
                reasons.append(name)
    least, most = sorted((one.id, other.id))
    return Pair(least, most, round(min(1.0, max(0.0, score)), 3), tuple(reasons))
