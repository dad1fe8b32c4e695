"""The steps of a version's life, as the head of its page shows them."""

from __future__ import annotations

from django.utils import timezone
from django.utils.translation import gettext, pgettext

from vedette.apps import display
from vedette.apps.profiles.models import Backtest, Version
from vedette.apps.profiles.wording import Step, days, travellers

DONE, NOW, LATER = "done", "now", ""


def steps(version: Version, test: Backtest | None, shadowed: int, review: bool) -> list[Step]:
    """Draft, backtest, shadow mode, approval, active, review."""
    at = _at(version, review)
    tested = (
        test is not None
        and test.state == Backtest.State.DONE
        and test.content_hash == version.content_hash
    )
    states = [
        DONE if at > 0 else NOW,
        DONE if tested else LATER,
        DONE if version.shadow_from else LATER,
        _state(at, 3),
        _state(at, 4),
        NOW if review else LATER,
    ]
    words = [
        gettext("Draft"), gettext("Backtest"), gettext("Shadow mode"), pgettext("profile", "Approval"),
        pgettext("step", "Active"), pgettext("profile", "Review"),
    ]  # fmt: skip
    notes = [
        f"{version.author.display()}, {display.short_day(version.created_at.date())}",
        display.day(test.asked_at.date()) if test is not None and tested else gettext("not yet"),
        _shadow(version, shadowed),
        _approval(version),
        _active(version),
        gettext("due") if review else "",
    ]
    if version.state == Version.State.ENDED:
        states[4] = DONE if version.active_from else LATER
    return [
        Step(word if state == DONE else f"{place}. {word}", note, state)
        for place, (word, note, state) in enumerate(zip(words, notes, states, strict=True), 1)
    ]


def _at(version: Version, review: bool) -> int:
    """The number of the step that a version is at; beyond the last where it ended."""
    if version.state == Version.State.ACTIVE:
        return 5 if review else 4
    return {Version.State.DRAFT: 0, Version.State.ASKED: 3}.get(Version.State(version.state), 6)


def _state(at: int, step: int) -> str:
    if at == step:
        return NOW
    return DONE if at > step and at < 6 else LATER


def _shadow(version: Version, shadowed: int) -> str:
    if version.shadow_from is None:
        return gettext("as you choose")
    until = version.shadow_until or timezone.now()
    length = max((min(until, timezone.now()) - version.shadow_from).days, 0)
    return f"{days(length)}, {travellers(shadowed)}"


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
