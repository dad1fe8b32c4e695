"""The thresholds above which accesses are unusual, with their reasons.

Median and MAD (the median of the distances from the median) hardly change with a few extreme days; mean and
standard deviation do: one night with many accesses would raise its own threshold. The standard deviation of a
normal distribution is 1.4826 MAD; a value beyond 3.5 standard deviations is usually called an outlier
(Iglewicz and Hoaglin 1993, `How to Detect and Handle Outliers`).
"""

from __future__ import annotations

import statistics
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

#: Standard deviation of a normal distribution in MAD, and the number of them beyond which a day is a finding.
TO_SIGMA, BEYOND = 1.4826, 3.5
#: Number of past days that define the usual, and the minimum number of active days among them.
BACK, DAYS_LEAST = 90, 10
#: Minimum number of accesses of a day that is a finding for its volume.
LOOKS_LEAST = 20
#: Share of a user's accesses that makes an hour and its neighbours usual; minimum number of accesses outside
#: usual hours for a finding.
HOUR_SHARE, OUTSIDE_LEAST = 0.01, 5
#: Number of days in which readers of one record are counted; minimum number of readers for a finding.
READERS_BACK, READERS_LEAST = 30, 5


@dataclass(frozen=True)
class Usual:
    """Median and MAD of the accesses of several days."""

    median: float
    mad: float

    @classmethod
    def of(cls, values: Sequence[int]) -> Usual | None:
        """From the accesses of active days; None for fewer than `DAYS_LEAST` days."""
        if len(values) < DAYS_LEAST:
            return None
        median = statistics.median(values)
        return cls(median, statistics.median(abs(v - median) for v in values))

    @property
    def limit(self) -> float:
        """The greatest usual value. The MAD counts as at least a tenth of the median and at least 1:
        otherwise 21 accesses after days with 20 each would be a finding."""
        return self.median + BEYOND * TO_SIGMA * max(self.mad, self.median / 10, 1.0)


def far_above(count: int, own: Usual | None, role: Usual | None) -> bool:
    """Whether the accesses of a day exceed the limits of the user and of the role. If one of the two is
    unknown, the other decides; if both are unknown, the result is False."""
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
    """The hours of a day with accesses outside the usual hours; empty if there are too few of these."""
    if usual is None:
        return []
    found = [hour for hour, count in enumerate(hours) if count and hour not in usual]
    return found if sum(hours[hour] for hour in found) >= OUTSIDE_LEAST else []


def too_many_readers(readers: int, of_others: Usual | None) -> bool:
    """Whether more users opened the record than is usual for records."""
    return readers >= READERS_LEAST and (of_others is None or readers > of_others.limit)
