"""Charts that compare a goods item with ordinary trade, for the pages of an item and of a hit. The worker
stored the data (`goods.trade.Compared.shown`)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext, ngettext

from vedette.apps import charts, display, rendering

#: Marks of an axis: 1, 2 and 5 times a power of ten.
_STEPS = (1.0, 2.0, 5.0)


@dataclass(frozen=True)
class Strip:
    """The chart of a distribution on a logarithmic axis. The chart contains the positions of the quantiles
    and of this item, the marks of the axis, and the same figures as text."""

    group: str
    observations: int
    unit: str
    low: str
    first: str
    middle: str
    third: str
    width: str
    high: str
    here: str
    ticks: list[tuple[str, str, str]]
    figures: list[str]
    value: str
    said: str


@dataclass(frozen=True)
class Seen:
    """A finding, or a comparison with the baseline that shows that a value is ordinary."""

    sentence: str
    strip: Strip | None
    bars: charts.Bars | None = None
    unusual: bool = True


def seen(stored: Mapping[str, Any] | None) -> list[Seen]:
    """Returns the findings. If the unit value is ordinary, also returns its comparison with the baseline."""
    if not stored:
        return []
    found = [
        Seen(
            rendering.stored(one["sentence"]),
            strip(one["picture"]) if one.get("picture") else None,
            _series(one) if one.get("series") else None,
        )
        for one in stored.get("findings", ())
    ]
    picture = stored.get("unit_value")
    if picture and not any(
        one.get("picture", {}).get("measure") == "unit_value" for one in stored.get("findings", ())
    ):
        found.append(Seen(_ordinary(picture), strip(picture), unusual=False))
    return found


def _ordinary(picture: Mapping[str, Any]) -> str:
    low, *_others, high = (value for _share, value in picture["quantiles"])
    inside = low <= picture["value"] <= high
    text = (
        gettext("The value of %(value)s %(unit)s is ordinary.")
        if inside
        else gettext(
            "The value of %(value)s %(unit)s is near the limit of ordinary trade, but not unusual."
        )
    )
    return text % {"value": _figure(picture["value"]), "unit": _unit(picture["unit"])}


def strip(picture: Mapping[str, Any]) -> Strip:
    """Returns the chart of a distribution."""
    values = [float(value) for _share, value in picture["quantiles"]]
    value = float(picture["value"])
    ends = [one for one in (*values, value) if one > 0] or [1.0]
    axis = charts.Scale(min(ends) / 1.3, max(ends) * 1.3, log=True)
    group = rendering.stored(picture["group"])
    unit = _unit(picture["unit"])
    figures = [_figure(one) for one in values]
    counted = ngettext("%(n)s item", "%(n)s items", picture["observations"]) % {
        "n": display.number(picture["observations"])
    }
    said = gettext(
        "%(group)s, %(counted)s: nine of ten items from %(low)s to %(high)s, median %(median)s "
        "%(unit)s; this item: %(value)s"
    ) % {"group": group, "counted": counted, "low": figures[0], "high": figures[4], "median": figures[2],
         "unit": unit, "value": _figure(value)}  # fmt: skip
    return Strip(
        group, picture["observations"], unit, axis.x(values[0]), axis.x(values[1]), axis.x(values[2]),
        axis.x(values[3]), charts.percent(axis.share(values[3]) - axis.share(values[1])), axis.x(values[4]),
        axis.x(value), _ticks(axis), figures, _figure(value), said,
    )  # fmt: skip


def _ticks(axis: charts.Scale) -> list[tuple[str, str, str]]:
    """Returns the marks of an axis. A mark consists of its position, its number, and the alignment of the
    number. There are at most six marks."""
    marks = [
        step * 10.0**power
        for power in range(-12, 16)
        for step in _STEPS
        if axis.first <= step * 10.0**power <= axis.last
    ]
    every = -(-len(marks) // 6) or 1
    shown = marks[::every]
    return [
        (axis.x(one), _figure(one), "start" if axis.share(one) < 0.06 else
         "end" if axis.share(one) > 0.94 else "middle")
        for one in shown
    ]  # fmt: skip


def _figure(value: float) -> str:
    """Returns a number with at most three significant digits."""
    if value >= 100:
        return display.number(round(value))
    return display.number(float(f"{value:.3g}"))


def _unit(unit: str) -> str:
    whole, _slash, per = unit.partition("/")
    return gettext("%(unit)s per kg") % {"unit": whole} if per else unit


def _series(finding: Mapping[str, Any]) -> charts.Bars:
    """Returns the bars of the chart: for a sudden increase, the mass of each period (the current period
    last); for split items, the amount of each item."""
    amounts: Sequence[float] = finding["series"][-40:]
    surge = finding["kind"] in ("surge", "flow_surge")
    last = len(amounts) - 1
    columns = [
        charts.Column(
            label=(gettext("now") if n == last else "") if surge else "",
            counts=(round(amount), 0) if n < last or not surge else (0, round(amount)),
            said=display.number(round(amount)),
        )
        for n, amount in enumerate(amounts)
    ]  # fmt: skip
    return charts.bars(columns, ("q2", "q1"), last_part=False)
