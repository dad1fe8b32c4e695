"""Computes the template contexts for the page of a profile, the page that compares two versions, and the card
of a backtest.
"""

from __future__ import annotations

import datetime as dt
import difflib
import math
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import get_language, gettext, gettext_lazy, pgettext

from vedette.apps import display, rendering
from vedette.apps.accounts import rules
from vedette.apps.accounts.models import User
from vedette.apps.approvals import actions as approvals
from vedette.apps.hits import fairness
from vedette.apps.profiles import actions, reading, selectors, wording
from vedette.apps.profiles.models import OPEN, UNDER_WAY, Backtest, ShadowFire, Version
from vedette.apps.profiles.reading import Said
from vedette.apps.profiles.selectors import File, Results
from vedette.apps.subjects.kinds import AppKind, app_kind
from vedette.core.shares import interval
from vedette.kinds import kind
from vedette.profiles.tree import bare, lines_of

#: A backtest of a draft or a submitted version is marked as old if it is older than this.
FRESH = dt.timedelta(days=7)


def page(found: File, user: User, read_in: str) -> dict[str, Any]:
    """Returns the template context of the page of a profile."""
    version, profile = found.version, found.profile
    heard = actions.heard(version)
    said = reading.of(version, heard)
    test = selectors.latest_backtest(version)
    before = found.before
    compared = selectors.done_backtests([before]).get(before.pk) if before else None
    results = selectors.results(version)
    fires = ShadowFire.objects.filter(version=version)
    shadowed = fires.count() if version.shadow_from else 0
    language = read_in if read_in in dict(settings.LANGUAGES) else get_language()
    review = results.review if results else []
    suspended = profile.suspended_at is not None and version.state == Version.State.ACTIVE
    events = version.events.select_related("by").order_by("at", "pk")
    return {
        "file": found,
        "profile": profile,
        "listed": version,
        "several_themes": len(kind(profile.kind).themes) > 1,
        "suspended": suspended,
        "said": said,
        "reading": said.reading,
        "read_in": language,
        "languages": settings.LANGUAGES,
        "heard": heard,
        "restricted": any(f.id.startswith("restricted") for f in said.findings) or heard,
        "steps": _steps(version, test, shadowed, bool(review)),
        "backtest": card(test, version, compared),
        "results": results,
        "review": wording.review(review, version, results.ever) if results else [],
        "drift": _drift(version, results, test),
        "shadow": _shadow(version, fires, shadowed),
        "events": [(one, wording.event(one)) for one in events],
        "checks": _checks(found, said, test, results),
        "why_least": actions.SHORTEST,
        "review_on": version.active_until - selectors.REVIEW if version.active_until else None,
        "begins_later": version.active_from is not None and version.active_from > timezone.now(),
        **_decision(version, user),
        **_may(found, user, suspended, said),
    }


def _shadow(version: Version, fires: QuerySet[ShadowFire], shadowed: int) -> dict[str, Any] | None:
    if version.shadow_from is None or version.shadow_until is None:
        return None
    now = timezone.now()
    days = max((min(now, version.shadow_until) - version.shadow_from).total_seconds() / 86400, 1.0)
    return {
        "on": version.shadow_until > now and version.state in OPEN,
        "until": version.shadow_until,
        "found": shadowed,
        "per_day": display.number(shadowed / days, 1),
        # The number of matching subjects that have a hit for another reason.
        "known": fires.filter(subject__hit__isnull=False).count() if shadowed else 0,
    }


def _drift(
    version: Version, results: Results | None, test: Backtest | None
) -> dict[str, Any] | None:
    """Returns the ratio of the present number of hits per day to the number of hits per day in the backtest.
    Also returns whether the ratio of hits per day is outside the limits.
    """
    done = selectors.done_backtests([version]).get(version.pk) if test else None
    times = selectors.drift(version, results.ever, done) if results else None
    if times is None:
        return None
    return {
        "times": display.number(times, 1),
        "far": not 1 / selectors.DRIFT <= times <= selectors.DRIFT,
    }


def _decision(version: Version, user: User) -> dict[str, Any]:
    """Returns whether the user may decide on the submitted version. If the user may not decide, also returns
    the reason.
    """
    if version.state != Version.State.ASKED:
        return {"approval": None, "decides": False, "why_not": ""}
    approval, now = actions.waiting(version), timezone.now()
    begins = actions.begin_of(approval, now) if approval is not None else now
    mine = actions.wrote(user, version) or (
        approval is not None and approval.asked_by_id == user.pk
    )
    why_not = ""
    if approval is None:
        why_not = gettext(
            "Nobody decided within three days. Return the version to draft, and submit it again."
        )
    elif actions.suspended_by(user, version.profile):
        why_not = gettext("You suspended the profile. Another person must resume the profile.")
    elif mine and rules.may(user, "profile.approve"):
        why_not = gettext(
            "You wrote or submitted this version. Another person must decide on the version."
        )
    elif not rules.may(user, "profile.approve"):
        why_not = gettext("A person with the right to approve must decide on this version.")
    return {
        "approval": approval,
        "asked_why": approvals.why(approval) if approval else "",
        "decides": not why_not,
        "why_not": why_not,
        "begins": begins if begins > now else None,
        "until": actions.in_months(begins, version.months),
    }


def _may(found: File, user: User, suspended: bool, said: Said) -> dict[str, bool]:
    """Returns the actions that the page offers to the user."""
    version, draft = found.version, found.version.state == Version.State.DRAFT
    writes, stops = rules.may(user, "profile.write"), rules.may(user, "profile.suspend")
    open_ = version.state in OPEN
    active = version.state == Version.State.ACTIVE
    submitted = draft and version.events.filter(kind="asked").exists()
    return {
        "may_edit": writes and draft,
        "may_renew": writes and found.open is None,
        "may_submit": writes and draft and not said.grave and not actions.missing(version),
        "may_shadow": writes and open_ and said.error is None,
        "may_throw": writes and draft and not submitted,
        "may_take_back": writes and version.state == "asked" and actions.wrote(user, version),
        "may_test": writes and (open_ or active or version.active_from is not None),
        "may_suspend": stops and active and not suspended,
        "may_resume": rules.may(user, "profile.approve") and suspended
        and not actions.suspended_by(user, found.profile),
        "may_end": stops and active,
        "may_hear": rules.may(user, "profile.hear") and open_,
    }  # fmt: skip


def _checks(
    found: File, said: Said, test: Backtest | None, results: Results | None
) -> list[tuple[str, str]]:
    """Returns the checks of the version. Each check has a text and one of three results: `yes`, `but` (needs
    attention), or empty (information only)."""
    version = found.version
    if said.error is not None:
        return [("but", said.problem)]
    told = [("but", text) for severity, text in said.told if severity != "info"]
    ids = {one.id for one in said.findings}
    told.append(("yes", gettext("No column of the vocabulary contains a protected characteristic")))
    if not ids & {"restricted_alone", "restricted_unjustified", "too_complex"}:
        words = gettext(
            "No condition is based only on a fact whose use is restricted (nationality, sex, age …)"
        )
        told.append(("yes", words))
    if version.state == Version.State.DRAFT and "basis" in actions.missing(version):
        told.append(("but", gettext("The legal basis is missing")))
    told.append(_tested(version, test))
    for one in (results.overlap if results else [])[:3]:
        if one.share >= 0.2:
            params = {"ref": one.version.profile.ref, "share": wording.share(one.share, 0)}
            told.append(
                (
                    "but",
                    gettext("%(share)s of the hits of this version are also hits of %(ref)s")
                    % params,
                )
            )
    if version.floor is not None and results and results.ever.answered >= selectors.ENOUGH:
        below = results.ever.interval[1] < version.floor / 100
        words = (
            gettext("Share of confirmed hits below the minimum (%(floor)s%%)")
            if below
            else gettext("Share of confirmed hits at or above the minimum (%(floor)s%%)")
        )
        told.append(("but" if below else "yes", words % {"floor": version.floor}))
    told += [("", text) for severity, text in said.told if severity == "info"]
    return told


def _tested(version: Version, test: Backtest | None) -> tuple[str, str]:
    if test is None or test.state != Backtest.State.DONE:
        return "but", gettext("No backtest yet")
    if test.content_hash != version.content_hash:
        return "but", gettext("The backtest used an earlier wording of the expression")
    age = timezone.now() - test.asked_at
    if version.state in OPEN and age > FRESH:
        return "but", gettext("The backtest is %(days)s old") % {"days": wording.days(age.days)}
    return "yes", gettext("Backtest of the current wording")


_DONE, _NOW, _LATER = "done", "now", ""


def _steps(
    version: Version, test: Backtest | None, shadowed: int, review: bool
) -> list[dict[str, str]]:
    """Returns the steps of a version: draft, backtest, shadow mode, approval, active, review. Each step has a
    name, a note, and a state (`done`, `now`, or empty for a later step)."""
    tested = (
        test is not None
        and test.state == Backtest.State.DONE
        and test.content_hash == version.content_hash
    )
    draft, approval, active = {
        Version.State.DRAFT: (_NOW, _LATER, _LATER),
        Version.State.ASKED: (_DONE, _NOW, _LATER),
        Version.State.ACTIVE: (_DONE, _DONE, _DONE if review else _NOW),
        Version.State.ENDED: (_DONE, _LATER, _DONE if version.active_from else _LATER),
    }[Version.State(version.state)]
    by, approved_by = version.author.display(), version.approved_by
    steps = [
        (gettext("Draft"), f"{by}, {display.short_day(version.created_at)}", draft),
        (
            gettext("Backtest"),
            display.day(test.asked_at) if test and tested else gettext("not yet"),
            _DONE if tested else _LATER,
        ),
        (
            gettext("Shadow mode"),
            _shadow_note(version, shadowed),
            _DONE if version.shadow_from else _LATER,
        ),
        (
            pgettext("profile", "Approval"),
            approved_by.display() if approved_by else gettext("by another person"),
            approval,
        ),
        (pgettext("step", "Active"), _active(version), active),
        (
            pgettext("profile", "Review"),
            gettext("due now") if review else "",
            _NOW if review else _LATER,
        ),
    ]
    return [
        {"word": word if state == _DONE else f"{place}. {word}", "note": note, "state": state}
        for place, (word, note, state) in enumerate(steps, 1)
    ]


def _shadow_note(version: Version, shadowed: int) -> str:
    if version.shadow_from is None:
        return gettext("optional")
    until = version.shadow_until or timezone.now()
    length = max((min(until, timezone.now()) - version.shadow_from).days, 0)
    return f"{wording.days(length)}, {app_kind(version.profile.kind).counted(shadowed)}"


def _active(version: Version) -> str:
    if version.ended_at and version.active_from:
        return gettext("until %(day)s") % {"day": display.day(version.ended_at)}
    if version.active_from and version.active_from > timezone.now():
        return gettext("from %(day)s") % {"day": display.day(version.active_from)}
    if version.active_until:
        return gettext("until %(day)s") % {"day": display.day(version.active_until)}
    return gettext("%(n)s months at most") % {"n": version.months}


#: Field of a version → its label, in the order of the page.
FIELDS: dict[str, Any] = {
    "title": gettext_lazy("Title"),
    "weight": gettext_lazy("Weight"),
    "lane": gettext_lazy("Lane"),
    "share": gettext_lazy("Share of the items selected, in per cent"),
    "parameters": gettext_lazy("Parameters"),
    "purpose": gettext_lazy("Purpose"),
    "basis": gettext_lazy("Legal basis"),
    "source": gettext_lazy("Source"),
    "indicators": gettext_lazy("Indicators"),
    "floor": gettext_lazy("Minimum share of confirmed hits, percent"),
    "months": gettext_lazy("Active for (months)"),
    "justification": gettext_lazy("Justification for facts whose use is restricted"),
    "note_for": gettext_lazy("In their favour"),
    "note_against": gettext_lazy("Against"),
}


def comparison(earlier: Version, later: Version) -> dict[str, Any]:
    """Returns the context of the page that compares two versions. The context contains the fields that
    differ, the expressions (line by line and in words), and both backtests.
    """
    tests = selectors.done_backtests([earlier, later])
    said = [reading.of(earlier), reading.of(later)]
    return {
        "earlier": earlier,
        "later": later,
        "fields": [
            {"name": label, "before": _shown(earlier, name), "after": _shown(later, name)}
            for name, label in FIELDS.items()
            if getattr(earlier, name) != getattr(later, name)
        ],
        "expression": _compared(*map(_lines, said)),
        "same": _same(*said),
        "sides": [
            {"version": version, "said": one, "test": card(tests.get(version.pk), version)}
            for version, one in zip((earlier, later), said, strict=True)
        ],
    }


def _shown(version: Version, name: str) -> str:
    value = getattr(version, name)
    if name == "purpose":
        return str(version.get_purpose_display())
    if name == "parameters":
        return wording.detail(value)
    if isinstance(value, list):
        return ", ".join(map(str, value))
    return rendering.own(value) if isinstance(value, str) else "" if value is None else str(value)


def _compared(before: list[str], after: list[str]) -> list[tuple[str, str]]:
    """Returns the lines of both expressions. The sign of a line is `-` for a removed line, `+` for an added
    line, and empty for a line of both expressions.
    """
    made: list[tuple[str, str]] = []
    for what, a, b, c, d in difflib.SequenceMatcher(None, before, after, False).get_opcodes():
        made += [("" if what == "equal" else "-", text) for text in before[a:b]]
        if what != "equal":
            made += [("+", text) for text in after[c:d]]
    return made


def _lines(said: Said) -> list[str]:
    """Returns the lines of an expression in the standard format, which does not depend on the spacing of the
    original text."""
    return (lines_of(said.tree) if said.tree is not None else said.text).split("\n")


def _same(earlier: Said, later: Said) -> bool:
    """Returns whether two expressions differ at most in their formatting."""
    if earlier.tree is None or later.tree is None:
        return earlier.text.strip() == later.text.strip()
    return bare(earlier.tree) == bare(later.tree)


# --- the card of a backtest ----------------------------------------------------------------------
#
# Figures, bars by day, and groups of subjects. The drawings are SVG, coloured by CSS classes. The drawings
# contain only numbers that the program computes, and escaped texts.

#: A folded column is a column whose groups are hidden until the user opens it. For such a column, at most
#: this number of groups is shown, largest first. Groups whose rate differs from the rate of all subjects are
#: always shown.
FOLDED = 15
#: Only groups with at least this number of subjects affect the scale, and only these groups are marked if
#: they differ from all subjects.
SCALED = 1000
#: Groups with fewer subjects are counted together (`backtesting.SMALLEST`).
SMALLEST = 100
#: Rates are stated per this number of subjects.
PER = 10_000


@dataclass(frozen=True)
class Group:
    """A group of subjects. `nothing` is the number of flagged subjects without a confirmed result. `rate` is
    the share of flagged subjects without a confirmed result. The confidence interval of `rate` is from `low`
    to `high`. `outside` is true if the rate of all subjects is outside the confidence interval of the group.
    """

    name: str
    subjects: int
    nothing: int
    rate: float
    low: float
    high: float
    outside: bool


def card(test: Backtest | None, version: Version, other: Backtest | None = None) -> dict[str, Any]:
    """Returns the template context of the card of a backtest. For a backtest that is not finished, the
    context contains the progress."""
    if test is None:
        return {"test": None, "version": version}
    context: dict[str, Any] = {
        "test": test,
        "version": version,
        "days": (test.last_day - test.first_day).days + 1,
        "stale": test.content_hash != version.content_hash,
        "moving": test.state in UNDER_WAY,
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
    enough = answered >= selectors.ENOUGH
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
        "per_day": display.number(fired / selectors.held_days(test), 1),
        "share": wording.share(fired / judged) if judged else "–",
        "held": selectors.held_days(test),
        "answered": answered,
        "precision": wording.share(sure / answered) if enough else "–",
        "between": wording.between(*interval(sure, answered)) if enough else "",
        "few": wording.few(answered) if answered and not enough else "",
        "recall": wording.share(sure / known, 0) if known >= selectors.ENOUGH else "",
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
    """Returns the number of flagged subjects for which other active profiles also raised a hit. Also returns
    those of the other profiles that the user may see.
    """
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
    column has a label and rows. A column whose groups are collapsed on the page also has its own scale and
    the number of its groups.
    """
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
    """Returns the highest value of the scale. The confidence interval of a small group may exceed the highest
    value of the scale."""
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
#: The largest number of bars. In a longer period, each bar stands for more days.
_MOST = 16


@dataclass(frozen=True)
class Bar:
    """A bar of the chart of a backtest, which covers one or several days. Each bar contains the numbers of
    flagged subjects, of confirmed subjects, and of subjects that the compared version flagged.
    """

    #: The first day.
    label: str
    fired: int
    confirmed: int
    #: The number of flagged subjects without a confirmed result.
    nothing: int
    other: int | None


def _bars(
    days: Mapping[str, Sequence[int]],
    first: dt.date,
    last: dt.date,
    other: Mapping[str, Sequence[int]] | None = None,
) -> tuple[list[Bar], int]:
    """Returns the bars of a backtest and the number of days per bar. The number of days per bar is one or a
    multiple of seven.
    """
    length = (last - first).days + 1
    step = 1 if length <= _MOST else 7
    while math.ceil(length / step) > _MOST:
        step += 7
    made = []
    for start in range(0, length, step):
        of = [(first + dt.timedelta(days=start + n)).isoformat() for n in range(step)]
        some = [days[day] for day in of if day in days]
        fired, sure = sum(fired for fired, _ in some), sum(sure for _, sure in some)
        theirs = None if other is None else sum(other[day][0] for day in of if day in other)
        label = display.short_day(first + dt.timedelta(days=start))
        made.append(Bar(label, fired, sure, fired - sure, theirs))
    return made, step


def _chart(shown: Sequence[Bar], label: str) -> SafeString:
    """Returns the bars as SVG. The confirmed part is at the bottom, and dashed lines show the compared
    version."""
    highest = max([bar.fired for bar in shown] + [bar.other or 0 for bar in shown] + [1])
    ticks = _ticks(highest)
    scale = (_BOTTOM - _TOP) / ticks[-1]
    width = (_WIDTH - _LEFT) / max(len(shown), 1)
    bar_width = min(width * 0.6, 60)
    grid = '<path class="gr" d="M34 {}H860"/><text x="26" y="{}" text-anchor="end">{}</text>'
    heights = [(tick, _BOTTOM - tick * scale) for tick in ticks]
    parts = [
        format_html(grid, _length(y), _length(y + 4), display.number(tick)) for tick, y in heights
    ]
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
    """Draws a confidence interval and its midpoint as SVG, on a scale from 0 to `most`. A dashed line shows
    the share or rate of all subjects.
    """

    def x(value: float) -> str:
        return _length(4 + 292 * min(value / most, 1) if most else 4)

    line = format_html('<path class="alt" d="M{} 0v14"/>', x(whole)) if whole >= 0 else ""
    return format_html(
        '<svg class="rng" viewBox="0 0 300 14" role="img" aria-label="{}">{}'
        '<path class="ci" d="M{} 7H{}"/><circle cx="{}" cy="7" r="4"/></svg>',
        label, line, x(low), x(high), x(middle),
    )  # fmt: skip


def _length(value: float) -> str:
    """Returns a length as an attribute value for SVG."""
    return f"{value:.1f}"
