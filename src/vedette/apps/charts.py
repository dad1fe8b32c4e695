"""Computes the positions of the marks in charts (ui.md, section 13). The x coordinate is a percentage of the
width, and the y coordinate is in pixels.

Templates draw the marks as SVG without a view box, so that text keeps its size at every width. The values are
texts with a decimal point, which SVG requires in every language.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass


def percent(value: float) -> str:
    """Returns a number as a percentage, such as `12.5%`."""
    return f"{100 * value:.2f}".rstrip("0").rstrip(".") + "%"


@dataclass(frozen=True)
class Scale:
    """An axis from `first` to `last`, linear or logarithmic. The start of a logarithmic axis must be greater
    than zero."""

    first: float
    last: float
    log: bool = False

    def share(self, value: float) -> float:
        """Returns the position of a value as a number between 0 and 1. A value outside the axis is placed at
        the nearest end of the axis."""
        inside = min(max(value, self.first), self.last)
        if self.log:
            return math.log(inside / self.first) / math.log(self.last / self.first)
        return (inside - self.first) / (self.last - self.first)

    def x(self, value: float) -> str:
        """Returns the position of a value as a percentage of the width."""
        return percent(self.share(value))


@dataclass(frozen=True)
class Interval:
    """The positions of a value and of the limits of its interval on a scale. `said` is the text for screen
    readers."""

    low: str
    high: str
    point: str
    said: str
    reference: str = ""


#: Height of the bars, and the space above them for the numbers and below them for the days, in pixels.
TALL, ABOVE, BELOW = 148, 24, 38


@dataclass(frozen=True)
class Bar:
    """A stacked bar, with its position, width, label, total and height. Each part of the bar has a CSS class
    and a position. `part` is true if the period of the bar has not ended."""

    x: str
    width: str
    middle: str
    label: str
    total: int
    top: str
    parts: list[tuple[str, str, str]]
    said: str
    href: str = ""
    part: bool = False


@dataclass(frozen=True)
class Bars:
    """A chart of stacked bars: the bars, the lines of the scale (height and number), and the total height."""

    bars: list[Bar]
    lines: list[tuple[str, int]]
    height: int
    foot: int


def round_up(value: int) -> int:
    """Returns a value rounded up to 1, 2 or 5 times a power of ten. The result is at least 5."""
    step = 10 ** max(len(str(max(value, 1))) - 1, 0)
    return max(next(n * step for n in (1, 2, 5, 10) if n * step >= value), 5)


@dataclass(frozen=True)
class Column:
    """Contains the numbers of one bar, one number for each class. The other fields are the label of the bar,
    its text for screen readers, and the URL of the counted rows."""

    label: str
    counts: Sequence[int]
    said: str
    href: str = ""


def bars(columns: Sequence[Column], classes: Sequence[str], last_part: bool = True) -> Bars:
    """Makes stacked bars. `classes` are the CSS classes of the parts, from bottom to top. If `last_part` is
    true, the period of the last column has not ended."""
    most = round_up(max((sum(c.counts) for c in columns), default=0))
    foot, each = ABOVE + TALL, 0.97 / max(len(columns), 1)
    made = []
    for n, column in enumerate(columns):
        top, parts = float(foot), []
        for name, count in zip(classes, column.counts, strict=True):
            height = TALL * count / most
            top -= height
            if count:
                parts.append((name, f"{top:.1f}", f"{max(height - 1, 1):.1f}"))
        left = 0.03 + n * each
        made.append(
            Bar(
                x=percent(left + each * 0.09), width=percent(each * 0.82),
                middle=percent(left + each / 2), label=column.label, total=sum(column.counts),
                top=f"{top - 5:.1f}", parts=parts, said=column.said, href=column.href,
                part=last_part and n == len(columns) - 1,
            )
        )  # fmt: skip
    marks = sorted({0, most // 2, most})
    lines = [(f"{foot - TALL * number / most:.1f}", number) for number in marks]
    return Bars(bars=made, lines=lines, height=foot + BELOW, foot=foot)
