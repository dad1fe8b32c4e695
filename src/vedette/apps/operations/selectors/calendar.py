"""The phases of operations as bars of a calendar."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext

from vedette.apps.operations import rights
from vedette.apps.operations.models import Operation

#: The days before and after the present day that the calendar of several operations shows.
BEFORE, AFTER = dt.timedelta(days=30), dt.timedelta(days=60)


@dataclass(frozen=True)
class Phase:
    """A phase of an operation. `x`, `width` and `now` are percentages of the width of the calendar. `css` is
    the CSS class, which depends on whether the phase has ended, is in progress or has not begun.
    """

    name: str
    start: dt.datetime
    end: dt.datetime
    x: float
    width: float
    css: str
    now: float


@dataclass(frozen=True)
class Line:
    """One line of the calendar: an operation with its phases."""

    operation: Operation
    phases: list[Phase]


def phases(
    one: Operation,
    at: dt.datetime,
    begin: dt.datetime | None = None,
    end: dt.datetime | None = None,
) -> list[Phase]:
    """Returns the phases of the operation between `begin` and `end`; without these times, returns all its
    phases.
    """
    made = min(one.created_at, one.live_from)
    begin, end = begin or made, end or one.until
    whole = max((end - begin).total_seconds(), 1.0)

    def place(when: dt.datetime) -> float:
        return round(min(100.0, max(0.0, (when - begin).total_seconds() / whole * 100)), 2)

    found = []
    for name, start, stop in (
        (gettext("Preparation"), made, one.live_from),
        (gettext("Live phase"), one.live_from, one.live_until),
        (gettext("Follow-up and debrief"), one.live_until, one.until),
    ):
        if start >= end or stop <= begin:
            continue
        css = "o-done" if stop <= at else "o-run" if start <= at else "o-todo"
        width = max(0.5, place(stop) - place(start))
        found.append(Phase(name, start, stop, place(start), width, css, place(at)))
    return found


def calendar(rows: Iterable[Operation], at: dt.datetime) -> dict[str, Any]:
    """Returns the open operations that have a phase shortly before or after the time `at`, and the months of
    the calendar with their positions."""
    begin, end = at - BEFORE, at + AFTER
    lines = [
        Line(one, shown)
        for one in rows
        if one.state in rights.OPEN and (shown := phases(one, at, begin, end))
    ]
    months, first = [], begin.replace(day=1, hour=0, minute=0, second=0, microsecond=0)
    # A name at the end of the calendar would be cut.
    while (first := (first + dt.timedelta(days=32)).replace(day=1)) < end - dt.timedelta(days=7):
        months.append((first, round((first - begin) / (end - begin) * 100, 2)))
    return {"lines": lines, "months": months, "begin": begin, "end": end}
