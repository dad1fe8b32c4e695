"""The charts of a diagnostic and of an action plan. Computes the positions of the marks. Templates draw the
marks as SVG and show the same figures in a table.
"""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from vedette.apps.charts import Scale, percent
from vedette.assistance.scores import Score

#: Centre, radius and greatest level of the radar, in units of its view box.
MIDDLE, RADIUS, MOST = (220.0, 176.0), 118.0, 5


def _point(place: int, count: int, level: float) -> tuple[float, float]:
    angle = 2 * math.pi * place / count - math.pi / 2
    far = RADIUS * level / MOST
    return MIDDLE[0] + far * math.cos(angle), MIDDLE[1] + far * math.sin(angle)


def _points(values: Sequence[float]) -> str:
    pairs = (_point(place, len(values), value) for place, value in enumerate(values))
    return " ".join(f"{x:.1f},{y:.1f}" for x, y in pairs)


@dataclass(frozen=True)
class Label:
    """The name of an axis of the radar: its position, its anchor and its lines."""

    x: str
    y: str
    anchor: str
    lines: Sequence[tuple[str, str]]


@dataclass(frozen=True)
class Radar:
    """A radar chart: rings for the levels 1 to 5, one axis for each area, labels, and the shapes of the three
    series. If an area of a series has no score, the series is drawn as points only, because a line through a
    missing value would be wrong.
    """

    rings: Sequence[str]
    spokes: Sequence[str]
    labels: Sequence[Label]
    scale: Sequence[tuple[str, str]]
    shapes: Mapping[str, str] = field(default_factory=dict)
    points: Mapping[str, Sequence[tuple[str, str]]] = field(default_factory=dict)


def radar(names: Sequence[str], series: Mapping[str, Sequence[Decimal | None]]) -> Radar | None:
    """Returns the radar chart of the areas, or None if there are fewer than three areas."""
    count = len(names)
    if count < 3:
        return None
    shapes, points = {}, {}
    for name, values in series.items():
        if all(one is not None for one in values):
            shapes[name] = _points([float(one or 0) for one in values])
        points[name] = [
            (f"{x:.1f}", f"{y:.1f}")
            for place, one in enumerate(values)
            if one is not None
            for x, y in [_point(place, count, float(one))]
        ]
    labels = []
    for place, name in enumerate(names):
        x, y = _point(place, count, MOST * 1.12)
        side = x - MIDDLE[0]
        anchor = "middle" if abs(side) < 20 else "start" if side > 0 else "end"
        words = _two_lines(name)
        top = y - (14 if y < MIDDLE[1] - 60 else 0) * (len(words) - 1)
        labels.append(
            Label(f"{x:.1f}", f"{top:.1f}", anchor,
                  [(word, f"{top + 15 * n:.1f}") for n, word in enumerate(words)])
        )  # fmt: skip
    return Radar(
        rings=[_points([level] * count) for level in range(1, MOST + 1)],
        spokes=[
            f"M{MIDDLE[0]:.0f} {MIDDLE[1]:.0f}L{x:.1f} {y:.1f}"
            for x, y in (_point(place, count, MOST) for place in range(count))
        ],
        labels=labels,
        scale=[
            (str(level), f"{MIDDLE[1] - RADIUS * level / MOST - 2:.1f}")
            for level in range(1, MOST + 1)
        ],
        shapes=shapes,
        points=points,
    )


def _two_lines(name: str) -> list[str]:
    """Divides a name into at most three lines of about 18 characters, at spaces."""
    lines: list[str] = [""]
    for word in name.split():
        if lines[-1] and len(lines[-1]) + len(word) > 17 and len(lines) < 3:
            lines.append("")
        lines[-1] = f"{lines[-1]} {word}".strip()
    return lines


@dataclass(frozen=True)
class Cell:
    """A cell of the heat map. The cell contains the score, the class of the score (`o-h0` to `o-h5`, `o-hn`
    if there is no score), whether the score is below the target, and the number of answered questions.
    """

    score: Decimal | None
    css: str
    low: bool
    answered: int
    applicable: int


def cell(one: Score | None, target: Decimal | None) -> Cell | None:
    """Returns the cell of an area and a theme, or None if the bank has no question for it."""
    if one is None:
        return None
    shown = one.rounded
    css = "o-hn" if shown is None else f"o-h{min(5, int(shown))}"
    low = shown is not None and target is not None and shown < target
    return Cell(shown, css, low, one.answered, one.applicable)


@dataclass(frozen=True)
class Span:
    """The bar of an action on the time axis, as percentages, with its class and the text for screen
    readers."""

    x: str
    width: str
    css: str


@dataclass(frozen=True)
class Axis:
    """The time axis of a plan: the lines of its months and today, as percentages."""

    months: Sequence[tuple[str, dt.date]]
    now: str
    scale: Scale

    def span(self, start: dt.date, due: dt.date, css: str) -> Span:
        """Returns the bar from the day `start` to the day `due`. A bar is at least one per cent wide."""
        first, last = self.scale.share(start.toordinal()), self.scale.share(due.toordinal() + 1)
        return Span(percent(min(first, 0.99)), percent(max(0.01, last - first)), css)


def axis(days: Sequence[dt.date], today: dt.date) -> Axis:
    """Returns the axis that contains the given days and today. The axis has a line for each month, quarter or
    year, and at most twelve lines.
    """
    first, last = min([*days, today]), max([*days, today])
    start = first.replace(day=1)
    end = max(last, start + dt.timedelta(days=60)) + dt.timedelta(days=7)
    scale = Scale(start.toordinal(), end.toordinal())
    months = (end.year - start.year) * 12 + end.month - start.month + 1
    step = next((one for one in (1, 2, 3, 6, 12, 24, 60) if months / one <= 8), 120)
    lines: list[tuple[str, dt.date]] = []
    for number in range(0, months, step):
        year, month = divmod(start.year * 12 + start.month - 1 + number, 12)
        day = dt.date(year, month + 1, 1)
        lines.append((scale.x(day.toordinal()), day))
    return Axis(lines, scale.x(today.toordinal()), scale)


def counts(states: Sequence[Any]) -> dict[str, int]:
    """Returns the number of actions in each state, in alphabetical order of the states."""
    found: dict[str, int] = {}
    for state in sorted(states):
        found[state] = found.get(state, 0) + 1
    return found


@dataclass(frozen=True)
class Progress:
    """The chart of an indicator: the positions of its marks on a scale that begins at zero, as percentages,
    and the ends of the scale. A value that is missing has no mark."""

    marks: Mapping[str, str]
    most: str


def progress(values: Mapping[str, Decimal]) -> Progress | None:
    """Returns the chart of the values of an indicator by period, or None without a value."""
    if not values:
        return None
    most = max(*values.values(), Decimal(1))
    scale = Scale(0.0, float(most) * 1.04)
    return Progress({period: scale.x(float(value)) for period, value in values.items()}, str(most))
