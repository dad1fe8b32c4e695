"""The context of the page of a profile."""

from __future__ import annotations

import datetime as dt
from typing import Any

from django.conf import settings
from django.utils import timezone
from django.utils.translation import get_language, gettext, pgettext

from vedette.apps import display
from vedette.apps.accounts import rules
from vedette.apps.accounts.models import User
from vedette.apps.approvals import actions as approvals
from vedette.apps.profiles import actions, figures, reading, selectors, statistics, wording
from vedette.apps.profiles.models import Backtest, Version
from vedette.apps.profiles.reading import Said
from vedette.apps.profiles.selectors import File, Results
from vedette.apps.subjects.kinds import app_kind

#: A backtest of a draft or a submitted version is marked if it is older than this.
FRESH = dt.timedelta(days=7)


def page(found: File, user: User, read_in: str) -> dict[str, Any]:
    """Returns the context of the page."""
    version, profile = found.version, found.profile
    heard = actions.heard(version)
    said = reading.of(version, heard)
    test = selectors.latest_backtest(version)
    results = selectors.results(version)
    shadowed = selectors.shadowed(version) if version.shadow_from else 0
    language = read_in if read_in in dict(settings.LANGUAGES) else get_language()
    review = results.review if results else []
    suspended = profile.suspended_at is not None and version.state == Version.State.ACTIVE
    return {
        "file": found,
        "profile": profile,
        "listed": version,
        "suspended": suspended,
        "said": said,
        "reading": said.reading,
        "read_in": language,
        "languages": settings.LANGUAGES,
        "heard": heard,
        "restricted": any(f.id.startswith("restricted") for f in said.findings) or heard,
        "steps": _steps(version, test, shadowed, bool(review)),
        "backtest": figures.card(test, version, _beside(found)),
        "results": results,
        "review": wording.review(review, version, results.ever) if results else [],
        "drift": _drift(version, results, test),
        "shadow": _shadow(version, shadowed),
        "events": [(one, wording.event(one)) for one in selectors.life(version)],
        "checks": _checks(found, said, test, results),
        "why_least": actions.SHORTEST,
        "review_on": version.active_until - statistics.REVIEW if version.active_until else None,
        "begins_later": version.active_from is not None and version.active_from > timezone.now(),
        **_decision(version, user),
        **_may(found, user, suspended, said),
    }


def _beside(found: File) -> Backtest | None:
    """Returns the last finished backtest of the version with which the shown version is compared."""
    return selectors.done_backtests([found.before]).get(found.before.pk) if found.before else None


def _shadow(version: Version, shadowed: int) -> dict[str, Any] | None:
    if version.shadow_from is None or version.shadow_until is None:
        return None
    now = timezone.now()
    days = max((min(now, version.shadow_until) - version.shadow_from).total_seconds() / 86400, 1.0)
    return {
        "on": version.shadow_until > now and version.state in ("draft", "asked"),
        "until": version.shadow_until,
        "found": shadowed,
        "per_day": display.number(shadowed / days, 1),
        "known": selectors.shadow_overlap(version) if shadowed else 0,
    }


def _drift(
    version: Version, results: Results | None, test: Backtest | None
) -> dict[str, Any] | None:
    """Returns the number of hits for each day divided by the number of hits for each day of the backtest, and
    whether this ratio is outside the limits."""
    done = selectors.done_backtests([version]).get(version.pk) if test else None
    times = statistics.drift(version, results.ever, done) if results else None
    if times is None:
        return None
    far = not 1 / statistics.DRIFT <= times <= statistics.DRIFT
    return {"times": display.number(times, 1), "far": far}


def _decision(version: Version, user: User) -> dict[str, Any]:
    """Returns whether the reader may decide on the submitted version; if not, returns the reason."""
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
        why_not = gettext("You suspended the profile. Another person must resume it.")
    elif mine and rules.may(user, "profile.approve"):
        why_not = gettext("You wrote or submitted this version. Another person decides on it.")
    elif not rules.may(user, "profile.approve"):
        why_not = gettext("Another person with the right to approve decides on it.")
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
    open_ = version.state in (Version.State.DRAFT, Version.State.ASKED)
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
    """Returns the checks of the version with their results: `yes`, `but` (needs attention), or empty
    (information only)."""
    version = found.version
    if said.error is not None:
        return [("but", said.problem)]
    told = [("but", text) for severity, text in said.told if severity != "info"]
    ids = {one.id for one in said.findings}
    told.append(("yes", gettext("No protected ground: the vocabulary contains none")))
    if not ids & {"restricted_alone", "restricted_unjustified", "too_complex"}:
        told.append(
            (
                "yes",
                gettext(
                    "No condition is based only on a restricted fact (nationality, sex, age …)"
                ),
            )
        )
    if version.state == Version.State.DRAFT and "basis" in actions.missing(version):
        told.append(("but", gettext("The legal basis is missing")))
    told.append(_tested(version, test))
    for one in (results.overlap if results else [])[:3]:
        if one.share >= 0.2:
            params = {"ref": one.version.profile.ref, "share": wording.share(one.share, 0)}
            told.append(("but", gettext("Same hits as %(ref)s: %(share)s of its hits") % params))
    if version.floor is not None and results and results.ever.answered >= statistics.ENOUGH:
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
        return "but", gettext("The backtest belongs to an earlier wording")
    age = timezone.now() - test.asked_at
    if version.state in (Version.State.DRAFT, Version.State.ASKED) and age > FRESH:
        return "but", gettext("The backtest is %(days)s old") % {"days": wording.days(age.days)}
    return "yes", gettext("Backtest of the current wording")


_DONE, _NOW, _LATER = "done", "now", ""


def _steps(
    version: Version, test: Backtest | None, shadowed: int, review: bool
) -> list[wording.Step]:
    """Returns the steps of a version: draft, backtest, shadow mode, approval, active, review."""
    at = _at(version, review)
    tested = (
        test is not None
        and test.state == Backtest.State.DONE
        and test.content_hash == version.content_hash
    )
    states = [
        _DONE if at > 0 else _NOW,
        _DONE if tested else _LATER,
        _DONE if version.shadow_from else _LATER,
        _state(at, 3),
        _state(at, 4),
        _NOW if review else _LATER,
    ]
    words = [
        gettext("Draft"), gettext("Backtest"), gettext("Shadow mode"), pgettext("profile", "Approval"),
        pgettext("step", "Active"), pgettext("profile", "Review"),
    ]  # fmt: skip
    notes = [
        f"{version.author.display()}, {display.short_day(version.created_at.date())}",
        display.day(test.asked_at.date()) if test is not None and tested else gettext("not yet"),
        _shadow_note(version, shadowed),
        _approval(version),
        _active(version),
        gettext("due") if review else "",
    ]
    if version.state == Version.State.ENDED:
        states[4] = _DONE if version.active_from else _LATER
    return [
        wording.Step(word if state == _DONE else f"{place}. {word}", note, state)
        for place, (word, note, state) in enumerate(zip(words, notes, states, strict=True), 1)
    ]


def _at(version: Version, review: bool) -> int:
    """Returns the number of the current step of a version; 6 if the version has ended."""
    if version.state == Version.State.ACTIVE:
        return 5 if review else 4
    return {Version.State.DRAFT: 0, Version.State.ASKED: 3}.get(Version.State(version.state), 6)


def _state(at: int, step: int) -> str:
    if at == step:
        return _NOW
    return _DONE if at > step and at < 6 else _LATER


def _shadow_note(version: Version, shadowed: int) -> str:
    if version.shadow_from is None:
        return gettext("optional")
    until = version.shadow_until or timezone.now()
    length = max((min(until, timezone.now()) - version.shadow_from).days, 0)
    return f"{wording.days(length)}, {app_kind(version.profile.kind).counted(shadowed)}"


def _approval(version: Version) -> str:
    if version.approved_by is None:
        return gettext("by another person")
    return version.approved_by.display()


def _active(version: Version) -> str:
    if version.ended_at and version.active_from:
        return gettext("until %(day)s") % {"day": display.day(version.ended_at.date())}
    if version.active_from and version.active_from > timezone.now():
        return gettext("from %(day)s") % {"day": display.day(version.active_from.date())}
    if version.active_until:
        return gettext("until %(day)s") % {"day": display.day(version.active_until.date())}
    return gettext("%(n)s months at most") % {"n": version.months}
