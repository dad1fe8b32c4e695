"""The calendar of operations."""

from __future__ import annotations

import datetime as dt

from vedette.apps.operations.models import Operation
from vedette.apps.operations.selectors.calendar import calendar, phases

AT = dt.datetime(2026, 3, 31, 12, tzinfo=dt.UTC)


def _operation(state: str, *days: int) -> Operation:
    made, live, ends, until = (AT + dt.timedelta(days=one) for one in days)
    return Operation(state=state, created_at=made, live_from=live, live_until=ends, until=until)


def test_the_calendar_shows_the_open_phases_of_ninety_days() -> None:
    """A closed operation and phases outside the calendar are left out. A phase that begins or ends outside
    is cut at the edge."""
    shown = calendar(
        [
            _operation("live", -60, -15, 15, 90),
            _operation("closed", -20, -10, -5, 5),
            _operation("preparing", 61, 70, 80, 90),
        ],
        AT,
    )
    [line] = shown["lines"]
    assert [(one.x, one.width, one.css) for one in line.phases] == [
        (0.0, 16.67, "o-done"), (16.67, 33.33, "o-run"), (50.0, 50.0, "o-todo"),
    ]  # fmt: skip
    assert {one.now for one in line.phases} == {33.33}
    assert [first.strftime("%d.%m.") for first, _ in shown["months"]] == ["01.04.", "01.05."]


def test_without_limits_all_phases_fill_the_width() -> None:
    found = phases(_operation("live", -10, 0, 10, 30), AT)
    assert [(one.x, one.width) for one in found] == [(0.0, 25.0), (25.0, 25.0), (50.0, 50.0)]
