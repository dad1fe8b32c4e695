"""What a backtest says, as its card shows it: figures, bars, and on whom it falls."""

from __future__ import annotations

import math
import uuid
from dataclasses import dataclass
from typing import Any

from django.utils import timezone
from django.utils.safestring import SafeString
from django.utils.translation import gettext

from vedette.apps import display
from vedette.apps.profiles import charts, statistics, wording
from vedette.apps.profiles.models import Backtest, Version
from vedette.screening.profiles.measures import interval

#: Groups of the card's table; nationalities are many and stand behind a fold.
KINDS = ("sex", "age", "script")
#: Nationalities shown, the largest; those that differ from all are shown besides.
NATIONALITIES = 15
#: Fewest travellers of a group that the scale makes room for, and of which it is said that it differs.
SCALED = 1000
#: Rates are told for so many travellers of a group.
PER = 10_000


@dataclass(frozen=True)
class Group:
    """Travellers of a group: how many, flagged without a confirmed result, and their rate."""

    name: str
    travellers: int
    nothing: int
    rate: float
    low: float
    high: float
    outside: bool
    span: SafeString | str = ""


def card(test: Backtest | None, version: Version, other: Backtest | None = None) -> dict[str, Any]:
    """Everything the card shows: of a backtest that waits or runs, how far it is."""
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
    # One of before 2026-12 does not say in how many nothing was found: it has no precision to compare.
    answered = sure + result["nothing"] if "nothing" in result else 0
    compared = other if other is not None and other.first_day <= test.first_day else None
    shown, step = charts.bars(
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
        "chart": charts.chart(shown, _sentence(shown, step)) if fired else "",
        "found_too": _found_too(result.get("found_too"), fired),
        "other": other,
        "compared": compared is not None,
        **groups(result.get("groups", {})),
    }


def _found_too(found: dict[str, Any] | None, fired: int) -> dict[str, Any] | None:
    """How many of those flagged the active profiles raised too, and which of them the reader may see."""
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


def _sentence(shown: list[charts.Bar], step: int) -> str:
    """What the bars show, in a sentence."""
    fired, sure = [bar.fired for bar in shown], [bar.confirmed for bar in shown]
    every = gettext("a day") if step == 1 else gettext("every %(n)s days") % {"n": step}
    return gettext(
        "Between %(least)s and %(most)s travellers flagged %(every)s, of whom %(few)s to %(many)s with"
        " a confirmed result"
    ) % {
        "least": min(fired), "most": max(fired), "every": every, "few": min(sure), "many": max(sure),
    }  # fmt: skip


def groups(found: dict[str, list[list[Any]]]) -> dict[str, Any]:
    """Groups by kind, each with its rate and interval beside those of all; None where nobody is told."""
    kinds = [kind for kind in KINDS if found.get(kind)]
    if not kinds:
        return {"groups": []}
    whole = _rate(found[kinds[0]])
    made = {kind: [_group(row, whole) for row in found[kind]] for kind in (*kinds, "nationality")
            if found.get(kind)}  # fmt: skip
    nations = made.pop("nationality", [])
    made["age"] = sorted(made.get("age", []), key=_by_age)
    most = _scale([one for some in made.values() for one in some], whole)
    outside = [one for one in nations if one.outside]
    largest = [one for one in nations[:NATIONALITIES] if not one.outside]
    shown = [*outside, *largest]
    own = _scale(shown, whole)
    return {
        "groups": [(kind, [_drawn(g, most, whole) for g in some]) for kind, some in made.items()],
        "nations": [_drawn(one, own, whole) for one in shown],
        "nation_scale": display.number(own),
        "nation_count": len(nations),
        "nations_outside": len(outside),
        "scale": display.number(most),
        "whole": display.number(whole, 1),
    }


def _scale(shown: list[Group], whole: float) -> float:
    """Where the scale ends. Groups so small that nearly anything is possible run off it."""
    told = [one.high for one in shown if one.name and one.travellers >= SCALED]
    return _round(max([*told, whole, 1.0]))


def _by_age(one: Group) -> tuple[int, int]:
    known = one.name.isdecimal()
    return int(not known), int(one.name) if known else 0


def _rate(rows: list[list[Any]]) -> float:
    travellers = sum(row[1] for row in rows)
    return PER * sum(row[2] - row[3] for row in rows) / travellers if travellers else 0.0


def _group(row: list[Any], whole: float) -> Group:
    name, travellers, fired, sure = row
    nothing = fired - sure
    low, high = (PER * bound for bound in interval(nothing, travellers))
    rate = PER * nothing / travellers if travellers else 0.0
    outside = travellers >= SCALED and not low <= whole <= high
    return Group(name, travellers, nothing, rate, low, high, outside)


def _drawn(one: Group, most: float, whole: float) -> Group:
    words = gettext("%(low)s to %(high)s") % {
        "low": display.number(one.low, 1),
        "high": display.number(one.high, 1),
    }
    span = charts.span(one.low, one.rate, one.high, most, whole, words)
    return Group(
        one.name, one.travellers, one.nothing, one.rate, one.low, one.high, one.outside, span
    )


def _round(value: float) -> float:
    """The next of 1, 2, 3, 5, 6, 8, 10, 20 … above a value: where a scale ends."""
    power = 10 ** math.floor(math.log10(max(value, 1)))
    return next(f * power for f in (1, 2, 3, 5, 6, 8, 10) if f * power >= value)
