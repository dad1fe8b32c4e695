"""The thresholds above which accesses are unusual, with their reasons.

Median and MAD (the median of the distances from the median) hardly change with a few extreme days.
Mean and standard deviation change much, so that one night with many accesses would raise the
threshold for that night. The standard deviation of a normal distribution is 1.4826 MAD. A value
beyond 3.5 standard deviations is usually called an outlier (Iglewicz and Hoaglin 1993, `How to
Detect and Handle Outliers`).
"""

from __future__ import annotations

import statistics
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

#: The standard deviation of a normal distribution in units of the MAD, and the number of standard deviations
#: beyond which a day is a finding.
TO_SIGMA, BEYOND = 1.4826, 3.5
#: The number of past days from which the usual values are computed, and the minimum number of active days
#: among them.
BACK, DAYS_LEAST = 90, 10
#: The minimum number of accesses on a day for a finding about its volume.
LOOKS_LEAST = 20
#: The minimum share of a user's accesses in an hour for which this hour and its neighbours are usual, and the
#: minimum number of accesses outside usual hours for a finding.
HOUR_SHARE, OUTSIDE_LEAST = 0.01, 5
#: The number of days over which the readers of one record are counted, and the minimum number of readers for
#: a finding.
READERS_BACK, READERS_LEAST = 30, 5


@dataclass(frozen=True)
class Usual:
    """Median and MAD of the accesses of several days."""

    median: float
    mad: float

    @classmethod
    def of(cls, values: Sequence[int]) -> Usual | None:
        """Returns median and MAD of the accesses of active days; None for fewer than `DAYS_LEAST` days."""
        if len(values) < DAYS_LEAST:
            return None
        median = statistics.median(values)
        return cls(median, statistics.median(abs(v - median) for v in values))

    @property
    def limit(self) -> float:
        """Returns the greatest usual value. The MAD counts as at least a tenth of the median and at least 1.
        Otherwise 21 accesses after days with 20 accesses each would be a finding."""
        return self.median + BEYOND * TO_SIGMA * max(self.mad, self.median / 10, 1.0)


def far_above(count: int, own: Usual | None, role: Usual | None) -> bool:
    """Whether the accesses of a day exceed the limits of the user and of the role. If only one
    limit is known, only that limit is used. If both limits are unknown, the result is False.
    """
    known = [usual for usual in (own, role) if usual is not None]
    return count >= LOOKS_LEAST and bool(known) and all(count > usual.limit for usual in known)


def usual_hours(days: Iterable[Sequence[int]]) -> set[int] | None:
    """The hours (UTC) with at least `HOUR_SHARE` of the accesses of those days, and the hours before and
    after them; None for fewer than `DAYS_LEAST` days."""
    rows = list(days)
    if len(rows) < DAYS_LEAST:
        return None
    hours = [sum(column) for column in zip(*rows, strict=True)]
    least = HOUR_SHARE * sum(hours)
    at_work = [hour for hour, count in enumerate(hours) if count and count >= least]
    return {(hour + beside) % 24 for hour in at_work for beside in (-1, 0, 1)}


def outside(hours: Sequence[int], usual: set[int] | None) -> list[int]:
    """The hours of a day with accesses outside the usual hours. The result is empty if there are
    too few such accesses.
    """
    if usual is None:
        return []
    found = [hour for hour, count in enumerate(hours) if count and hour not in usual]
    return found if sum(hours[hour] for hour in found) >= OUTSIDE_LEAST else []


def too_many_readers(readers: int, of_others: Usual | None) -> bool:
    """Whether the number of users who opened the record is greater than is usual for records."""
    return readers >= READERS_LEAST and (of_others is None or readers > of_others.limit)
