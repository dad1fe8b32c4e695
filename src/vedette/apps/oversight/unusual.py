"""What counts as unusual: figures and their reasons, in one place. Nothing here concludes anything.

Median and MAD (the median of the distances from the median) stay where they are when a few days are
wild, which mean and standard deviation do not: one night of curiosity would raise its own limit.
A normal distribution's standard deviation is 1.4826 MAD; beyond 3.5 of it a value is usually called
an outlier (Iglewicz and Hoaglin 1993, `How to Detect and Handle Outliers`).
"""

from __future__ import annotations

import statistics
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

#: Standard deviations of a normal distribution in one MAD, and beyond how many a day is told.
TO_SIGMA, BEYOND = 1.4826, 3.5
#: Days looked back for what is usual, and active days without which nothing is usual yet.
BACK, DAYS_LEAST = 90, 10
#: Looks a day below which no day is told for its volume.
LOOKS_LEAST = 20
#: Share of one's looks that makes an hour usual, with its neighbours; looks outside that are told.
HOUR_SHARE, OUTSIDE_LEAST = 0.01, 5
#: Days in which readers of one record are counted, and readers below which it is never told.
READERS_BACK, READERS_LEAST = 30, 5


@dataclass(frozen=True)
class Usual:
    """Median and MAD of some days."""

    median: float
    mad: float

    @classmethod
    def of(cls, values: Sequence[int]) -> Usual | None:
        """Of days with any looking; None where there are fewer than `DAYS_LEAST`."""
        if len(values) < DAYS_LEAST:
            return None
        median = statistics.median(values)
        return cls(median, statistics.median(abs(v - median) for v in values))

    @property
    def limit(self) -> float:
        """The greatest usual value. Where all days are alike, a tenth of the median, at least one
        look, stands for the MAD: else 21 looks after 20 each day would be told."""
        return self.median + BEYOND * TO_SIGMA * max(self.mad, self.median / 10, 1.0)


def far_above(count: int, own: Usual | None, role: Usual | None) -> bool:
    """Whether a day's looks are beyond what is usual for the user and for the role; of one that is
    not known yet the other decides, and without both nothing is told."""
    known = [usual for usual in (own, role) if usual is not None]
    return count >= LOOKS_LEAST and bool(known) and all(count > usual.limit for usual in known)


def usual_hours(days: Iterable[Sequence[int]]) -> set[int] | None:
    """Hours of UTC with `HOUR_SHARE` of the looks of those days, and the hours beside them; None
    where there are fewer than `DAYS_LEAST` days."""
    rows = list(days)
    if len(rows) < DAYS_LEAST:
        return None
    hours = [sum(column) for column in zip(*rows, strict=True)]
    least = HOUR_SHARE * sum(hours)
    at_work = [hour for hour, count in enumerate(hours) if count and count >= least]
    return {(hour + beside) % 24 for hour in at_work for beside in (-1, 0, 1)}


def outside(hours: Sequence[int], usual: set[int] | None) -> list[int]:
    """The hours of a day with looks outside the usual; empty where too few of them are."""
    if usual is None:
        return []
    found = [hour for hour, count in enumerate(hours) if count and hour not in usual]
    return found if sum(hours[hour] for hour in found) >= OUTSIDE_LEAST else []


def too_many_readers(readers: int, of_others: Usual | None) -> bool:
    """Whether one record was opened by more users than records usually are."""
    return readers >= READERS_LEAST and (of_others is None or readers > of_others.limit)
