"""The card of a backtest: figures, bars by day, and groups of subjects.

The drawings are SVG, coloured by CSS classes. The drawings contain only numbers that the program
computes, and escaped texts.
"""

from __future__ import annotations

import datetime as dt
import math
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext

from vedette.apps import display
from vedette.apps.hits import fairness
from vedette.apps.profiles import statistics, wording
from vedette.apps.profiles.models import Backtest, Version
from vedette.apps.subjects.kinds import AppKind, app_kind
from vedette.core.shares import interval
from vedette.kinds import kind

#: The number of groups of a folded column that are shown, largest first. Groups whose rate differs from the
#: rate of all subjects are always shown.
FOLDED = 15
#: The smallest number of subjects of a group for which the scale is adapted and a difference from all
#: subjects is marked.
SCALED = 1000
#: Groups with fewer subjects are counted together (`backtesting.SMALLEST`).
SMALLEST = 100
#: A rate is given for this number of subjects of a group.
PER = 10_000


@dataclass(frozen=True)
class Group:
    """The subjects of a group: their number, the number of flagged subjects without a confirmed result, the
    rate of these flagged subjects with its interval, and whether the rate of all subjects is outside the
    interval."""

    name: str
    subjects: int
    nothing: int
    rate: float
    low: float
    high: float
    outside: bool


def card(test: Backtest | None, version: Version, other: Backtest | None = None) -> dict[str, Any]:
    """Returns the context of the card. For a backtest that is not finished, the context contains the
    progress."""
    if test is None:
        return {"test": None, "version": version}
    context: dict[str, Any] = {
        "test": test,
        "version": version,
        "days": (test.last_day - test.first_day).days + 1,
        "stale": test.content_hash != version.content_hash,
        "moving": test.state in (Backtest.State.WAITING, Backtest.State.RUNNING),
        "done": test.state == Backtest.State.DONE,
    }
    if context["moving"]:
        seconds = (timezone.now() - (test.started_at or test.asked_at)).total_seconds()
        context["elapsed"] = f"{seconds:.0f} s" if seconds < 60 else display.span(seconds)
    if context["done"]:
        context |= _figures(test, context["days"], other)
    return context


def _figures(test: Backtest, days: int, other: Backtest | None) -> dict[str, Any]:
    result = test.result
    fired, judged, sure = result["fired"], result["judged"], result.get("confirmed", 0)
    known, unjudged = result.get("known", 0), result["unjudged"]
    # A backtest from before 2026-12 does not contain the number of hits without a finding. So its precision
    # cannot be computed.
    answered = sure + result["nothing"] if "nothing" in result else 0
    compared = other if other is not None and other.first_day <= test.first_day else None
    shown, step = _bars(
        result.get("days", {}),
        test.first_day,
        test.last_day,
        compared.result.get("days", {}) if compared else None,
    )
    return {
        "result": result,
        "nothing": fired - sure,
        "per_day": display.number(fired / statistics.held_days(test), 1),
        "share": wording.share(fired / judged) if judged else "–",
        "answered": answered,
        "precision": wording.share(sure / answered) if answered else "–",
        "between": wording.between(*interval(sure, answered)) if answered else "",
        "recall": wording.share(sure / known, 0) if known else "",
        "unjudged_share": wording.share(unjudged / (judged + unjudged)) if unjudged else "",
        "bars": shown,
        "step": step,
        "chart": _chart(shown, _sentence(shown, step)) if fired else "",
        "found_too": _found_too(result.get("found_too"), fired),
        "other": other,
        "compared": compared is not None,
        **_groups(app_kind(test.kind), result.get("groups", {})),
    }


def _found_too(found: dict[str, Any] | None, fired: int) -> dict[str, Any] | None:
    """Returns the number of flagged subjects for which active profiles also raised a hit, and, of these
    profiles, the profiles that the reader may see."""
    if not found or not fired:
        return None
    ids = [uuid.UUID(id_) for id_, _ in found["versions"]]
    known = Version.objects.select_related("profile").in_bulk(ids)
    return {
        "count": found["all"],
        "share": wording.share(found["all"] / fired, 0),
        "versions": [
            (known[id_], count, wording.share(count / fired, 0))
            for id_, (_, count) in zip(ids, found["versions"], strict=True)
            if id_ in known
        ],
    }


def _sentence(shown: list[Bar], step: int) -> str:
    """Returns a sentence that describes the bars, for screen readers."""
    fired, sure = [bar.fired for bar in shown], [bar.confirmed for bar in shown]
    every = gettext("a day") if step == 1 else gettext("every %(n)s days") % {"n": step}
    return gettext(
        "Flagged %(every)s: %(least)s to %(most)s; with a confirmed result: %(few)s to %(many)s"
    ) % {
        "least": min(fired), "most": max(fired), "every": every, "few": min(sure), "many": max(sure),
    }  # fmt: skip


def _groups(of: AppKind, found: dict[str, list[list[Any]]]) -> dict[str, Any]:
    """Returns the groups of each column, with their rates and intervals, and the rate of all subjects. Each
    column has a label and rows. A folded column also has a scale of its own and the number of its groups."""
    found = {column: rows for column, rows in found.items() if rows}
    if not found:
        return {"groups": []}
    whole = _rate(next(iter(found.values())))
    made = {column: [_group(row, whole) for row in rows] for column, rows in found.items()}
    open_ = {column: some for column, some in made.items() if column not in of.fairness.folded}
    for column in open_:
        if kind(of.name).bands.get(column):
            open_[column] = sorted(open_[column], key=_by_band)
    scale = _scale([one for some in made.values() for one in some], whole)
    folds = []
    for column in (name for name in made if name in of.fairness.folded):
        outside = [one for one in made[column] if one.outside]
        shown = [*outside, *(one for one in made[column][:FOLDED] if not one.outside)]
        own = _scale(shown, whole)
        folds.append({
            "label": fairness.label(of, column), "rows": _rows(of, column, shown, own, whole),
            "scale": display.number(own), "count": len(made[column]), "outside": len(outside),
        })  # fmt: skip
    return {
        "groups": [
            row for column, some in open_.items() for row in _rows(of, column, some, scale, whole)
        ],
        "folds": folds,
        "scale": display.number(scale),
        "whole": display.number(whole, 1),
    }


def _rows(
    of: AppKind, column: str, groups: Sequence[Group], most: float, whole: float
) -> list[dict[str, Any]]:
    """Returns the rows of a table of groups."""
    rows = []
    for one in groups:
        words = gettext("%(low)s to %(high)s") % {
            "low": display.number(one.low, 1), "high": display.number(one.high, 1),
        }  # fmt: skip
        span = interval_drawn(one.low, one.rate, one.high, most, whole, words)
        word = fairness.word(of, column, one.name, SMALLEST)
        script = column == fairness.SCRIPT and one.name not in (fairness.OTHERS, fairness.UNKNOWN)
        rows.append({"word": word, "group": one, "span": span, "script": script})
    return rows


def _scale(shown: list[Group], whole: float) -> float:
    """Returns the end of the scale. The interval of a small group may exceed the end of the scale."""
    told = [one.high for one in shown if one.name and one.subjects >= SCALED]
    return _round(max([*told, whole, 1.0]))


def _by_band(one: Group) -> tuple[int, int]:
    known = one.name.isdecimal()
    return int(not known), int(one.name) if known else 0


def _rate(rows: list[list[Any]]) -> float:
    subjects = sum(row[1] for row in rows)
    return PER * sum(row[2] - row[3] for row in rows) / subjects if subjects else 0.0


def _group(row: list[Any], whole: float) -> Group:
    name, subjects, fired, sure = row
    nothing = fired - sure
    low, high = (PER * bound for bound in interval(nothing, subjects))
    rate = PER * nothing / subjects if subjects else 0.0
    outside = subjects >= SCALED and not low <= whole <= high
    return Group(name, subjects, nothing, rate, low, high, outside)


def _round(value: float) -> float:
    """Returns the smallest of the numbers 1, 2, 3, 5, 6, 8, 10, 20 … that is not less than a value."""
    power = 10 ** math.floor(math.log10(max(value, 1)))
    return next(f * power for f in (1, 2, 3, 5, 6, 8, 10) if f * power >= value)


_WIDTH, _TOP, _BOTTOM, _LEFT = 860, 14.0, 144.0, 34
#: The largest number of bars. For a longer period, each bar has more days.
_MOST = 16


@dataclass(frozen=True)
class Bar:
    """The subjects of some days: the number flagged, the number confirmed, and the number that the compared
    version flagged."""

    first: dt.date
    fired: int
    confirmed: int
    other: int | None = None

    @property
    def nothing(self) -> int:
        """The number of flagged subjects without a confirmed result."""
        return self.fired - self.confirmed

    @property
    def label(self) -> str:
        """The first day, as a text."""
        return display.short_day(self.first)


def _bars(
    days: Mapping[str, Sequence[int]],
    first: dt.date,
    last: dt.date,
    other: Mapping[str, Sequence[int]] | None = None,
) -> tuple[list[Bar], int]:
    """Returns the bars of a backtest, and the number of days of each bar: one, or a multiple of seven."""
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


def _chart(shown: Sequence[Bar], label: str) -> SafeString:
    """Draws the bars, with the confirmed part at the bottom and dashed lines for the compared version."""
    highest = max([bar.fired for bar in shown] + [bar.other or 0 for bar in shown] + [1])
    ticks = _ticks(highest)
    scale = (_BOTTOM - _TOP) / ticks[-1]
    width = (_WIDTH - _LEFT) / max(len(shown), 1)
    bar_width = min(width * 0.6, 60)
    parts = [_grid(tick, _BOTTOM - tick * scale) for tick in ticks]
    # Labels are wide, so if there are many bars, only every second bar has a label.
    every = 1 if len(shown) <= 13 else 2
    for place, bar in enumerate(shown):
        middle = _LEFT + width * (place + 0.5)
        parts.append(_bar(bar, middle, bar_width, scale))
        if place % every == 0:
            parts.append(format_html('<text x="{}" y="162" text-anchor="middle">{}</text>',
                                     _length(middle), bar.label))  # fmt: skip
    return format_html(
        '<svg viewBox="0 0 860 170" role="img" aria-label="{}">{}</svg>',
        label, mark_safe("".join(parts)),  # noqa: S308  escaped above
    )  # fmt: skip


def _grid(tick: int, y: float) -> SafeString:
    return format_html(
        '<path class="gr" d="M34 {}H860"/><text x="26" y="{}" text-anchor="end">{}</text>',
        _length(y), _length(y + 4), display.number(tick),
    )  # fmt: skip


def _bar(bar: Bar, middle: float, width: float, scale: float) -> SafeString:
    x, sure, rest = _length(middle - width / 2), bar.confirmed * scale, bar.nothing * scale
    made = format_html(
        '<rect class="b2" x="{}" y="{}" width="{}" height="{}"/>'
        '<rect class="b1" x="{}" y="{}" width="{}" height="{}"/>',
        x, _length(_BOTTOM - sure), _length(width), _length(sure),
        x, _length(_BOTTOM - sure - rest), _length(width), _length(rest),
    )  # fmt: skip
    if bar.other is None:
        return made
    y = _length(_BOTTOM - bar.other * scale)
    return made + format_html(
        '<path class="b3" d="M{} {}h{}"/>', _length(middle - width / 2 - 7), y, _length(width + 14)
    )


def _ticks(highest: int) -> list[int]:
    """Returns about four round steps from 0 to a number that is not less than the highest value."""
    rough = highest / 4
    power = 10 ** math.floor(math.log10(rough)) if rough >= 1 else 1
    step = next(int(f * power) for f in (1, 2, 5, 10) if f * power >= rough)
    return list(range(0, highest + step, max(step, 1)))


def interval_drawn(
    low: float, middle: float, high: float, most: float, whole: float, label: str
) -> SafeString:
    """Draws an interval with its middle on a scale from 0 to `most`, and a dashed line at the share or rate
    of all subjects."""

    def x(value: float) -> str:
        return _length(4 + 292 * min(value / most, 1) if most else 4)

    line = format_html('<path class="alt" d="M{} 0v14"/>', x(whole)) if whole >= 0 else ""
    return format_html(
        '<svg class="rng" viewBox="0 0 300 14" role="img" aria-label="{}">{}'
        '<path class="ci" d="M{} 7H{}"/><circle cx="{}" cy="7" r="4"/></svg>',
        label, line, x(low), x(high), x(middle),
    )  # fmt: skip


def _length(value: float) -> str:
    """Returns a length as a text for SVG."""
    return f"{value:.1f}"
