"""Drawings of profiles as SVG, coloured by classes: bars of a backtest, intervals of shares.

Everything drawn is a number of ours; words are escaped.
"""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe

from vedette.apps.display import number, short_day

_WIDTH, _TOP, _BOTTOM, _LEFT = 860, 14.0, 144.0, 34
#: Most bars; beyond, a bar stands for more days.
_MOST = 16


@dataclass(frozen=True)
class Bar:
    """So many days: flagged, how many of them confirmed, and flagged by the version compared with."""

    first: dt.date
    fired: int
    confirmed: int
    other: int | None = None

    @property
    def nothing(self) -> int:
        """Flagged, without a confirmed result."""
        return self.fired - self.confirmed

    @property
    def label(self) -> str:
        """The first of its days."""
        return short_day(self.first)


def bars(
    days: Mapping[str, Sequence[int]],
    first: dt.date,
    last: dt.date,
    other: Mapping[str, Sequence[int]] | None = None,
) -> tuple[list[Bar], int]:
    """The days of a backtest in bars of one, seven or more days; and how many days a bar has."""
    length = (last - first).days + 1
    step = 1 if length <= _MOST else 7
    while math.ceil(length / step) > _MOST:
        step += 7
    made = []
    for start in range(0, length, step):
        of = [(first + dt.timedelta(days=start + n)).isoformat() for n in range(step)]
        some = [days[day] for day in of if day in days]
        theirs = None if other is None else sum(other[day][0] for day in of if day in other)
        made.append(
            Bar(
                first + dt.timedelta(days=start),
                sum(fired for fired, _ in some),
                sum(sure for _, sure in some),
                theirs,
            )
        )
    return made, step


def chart(shown: Sequence[Bar], label: str) -> SafeString:
    """Bars, the confirmed part below; a dashed line where the other version stood."""
    highest = max([bar.fired for bar in shown] + [bar.other or 0 for bar in shown] + [1])
    ticks = _ticks(highest)
    scale = (_BOTTOM - _TOP) / ticks[-1]
    width = (_WIDTH - _LEFT) / max(len(shown), 1)
    bar_width = min(width * 0.6, 60)
    parts = [_grid(tick, _BOTTOM - tick * scale) for tick in ticks]
    # The words of a month are wide: with many bars only every second has its day.
    every = 1 if len(shown) <= 13 else 2
    for place, bar in enumerate(shown):
        middle = _LEFT + width * (place + 0.5)
        parts.append(_bar(bar, middle, bar_width, scale))
        if place % every == 0:
            parts.append(format_html('<text x="{}" y="162" text-anchor="middle">{}</text>',
                                     _n(middle), bar.label))  # fmt: skip
    return format_html(
        '<svg viewBox="0 0 860 170" role="img" aria-label="{}">{}</svg>',
        label, mark_safe("".join(parts)),  # noqa: S308  made above
    )  # fmt: skip


def _grid(tick: int, y: float) -> SafeString:
    return format_html(
        '<path class="gr" d="M34 {}H860"/><text x="26" y="{}" text-anchor="end">{}</text>',
        _n(y), _n(y + 4), number(tick),
    )  # fmt: skip


def _bar(bar: Bar, middle: float, width: float, scale: float) -> SafeString:
    x, sure, rest = _n(middle - width / 2), bar.confirmed * scale, bar.nothing * scale
    made = format_html(
        '<rect class="b2" x="{}" y="{}" width="{}" height="{}"/>'
        '<rect class="b1" x="{}" y="{}" width="{}" height="{}"/>',
        x, _n(_BOTTOM - sure), _n(width), _n(sure), x, _n(_BOTTOM - sure - rest), _n(width), _n(rest),
    )  # fmt: skip
    if bar.other is None:
        return made
    y = _n(_BOTTOM - bar.other * scale)
    return made + format_html(
        '<path class="b3" d="M{} {}h{}"/>', _n(middle - width / 2 - 7), y, _n(width + 14)
    )


def _ticks(highest: int) -> list[int]:
    """Four or so round steps from 0 to at least the highest."""
    rough = highest / 4
    power = 10 ** math.floor(math.log10(rough)) if rough >= 1 else 1
    step = next(int(f * power) for f in (1, 2, 5, 10) if f * power >= rough)
    return list(range(0, highest + step, max(step, 1)))


def span(
    low: float, middle: float, high: float, most: float, whole: float, label: str
) -> SafeString:
    """An interval with its middle on a scale from 0 to `most`; a dashed line at the share of all."""

    def x(value: float) -> str:
        return _n(4 + 292 * min(value / most, 1) if most else 4)

    line = format_html('<path class="alt" d="M{} 0v14"/>', x(whole)) if whole >= 0 else ""
    return format_html(
        '<svg class="rng" viewBox="0 0 300 14" role="img" aria-label="{}">{}'
        '<path class="ci" d="M{} 7H{}"/><circle cx="{}" cy="7" r="4"/></svg>',
        label, line, x(low), x(high), x(middle),
    )  # fmt: skip


def _n(value: float) -> str:
    """A length as SVG has it."""
    return f"{value:.1f}"
