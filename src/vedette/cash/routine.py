"""The routine transmission of records to a financial intelligence unit: time limits in working days, and
batches.

Every record goes to the unit within a number of working days after it was made (EU: 15, Article 9(3) of
Regulation (EU) 2018/1672). Records of one sending form a batch. A record that was not in a batch within
its limit is late; it goes in the next batch and is listed.
"""

from __future__ import annotations

import datetime as dt
from bisect import bisect_left
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass

from vedette.core.errors import Failure

#: Saturday and Sunday, as numbers of `date.weekday`.
WEEKEND = frozenset({5, 6})
#: The greatest number of working days of a limit.
MAX_DAYS = 366


def due(
    made: dt.date, days: int, holidays: Collection[dt.date], weekend: Collection[int] = WEEKEND
) -> dt.date:
    """Returns the last day on which a record that was made on `made` may be sent: the `days`-th working
    day after it. Raises `Failure` if there is no working day or the limit is not from 1 to `MAX_DAYS`."""
    if not 1 <= days <= MAX_DAYS:
        raise Failure(f"a limit must be from 1 to {MAX_DAYS} working days")
    if set(range(7)) <= set(weekend):
        raise Failure("a week without a working day has no limit")
    day, left = made, days
    closed = set(holidays)
    for _ in range(20 * MAX_DAYS):
        day += dt.timedelta(days=1)
        if day.weekday() not in weekend and day not in closed:
            left -= 1
            if not left:
                return day
    raise Failure("the calendar of holidays has too few working days")


@dataclass(frozen=True)
class Batch:
    """A sending: its day, the ids of its records in the order of their days, and which of them are late."""

    day: dt.date
    records: tuple[str, ...]
    late: tuple[str, ...]


def batches(
    records: Iterable[tuple[str, dt.date]], sendings: Sequence[dt.date], days: int,
    holidays: Collection[dt.date], weekend: Collection[int] = WEEKEND,
) -> tuple[list[Batch], list[str]]:  # fmt: skip
    """Returns the batches of all sendings, and the ids of the records that no sending contains yet.

    A record is in the first sending on or after its day. `records` contains ids and days.
    """
    order = sorted(set(sendings))
    chosen: dict[dt.date, list[tuple[str, bool]]] = {day: [] for day in order}
    waiting = []
    for name, made in sorted(set(records), key=lambda one: (one[1], one[0])):
        place = bisect_left(order, made)
        if place == len(order):
            waiting.append(name)
        else:
            day = order[place]
            chosen[day].append((name, day > due(made, days, holidays, weekend)))
    found = [
        Batch(day, tuple(name for name, _ in rows), tuple(name for name, late in rows if late))
        for day, rows in chosen.items()
        if rows
    ]
    return found, waiting
