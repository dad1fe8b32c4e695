"""The texts about profiles in the language of the reader: states, events, findings, refusals, figures."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any

from django.utils.text import capfirst
from django.utils.translation import gettext, gettext_lazy, ngettext, pgettext_lazy

from vedette.apps import display, rendering
from vedette.apps.profiles.models import Backtest, Version, VersionEvent
from vedette.apps.profiles.selectors import ENOUGH, Brought
from vedette.core.shares import interval
from vedette.profiles.vocabulary import GROUNDS

#: State → the colour, the icon and the word of the tag that shows the state. All states are also filters of
#: the table.
STATES: dict[str, tuple[str, str, Any]] = {
    "active": ("pro", "check", pgettext_lazy("profile", "active")),
    "suspended": ("p3", "alert", pgettext_lazy("profile", "suspended")),
    "asked": ("p3", "clock", pgettext_lazy("profile", "to be approved")),
    "draft": ("", "", pgettext_lazy("profile", "draft")),
    "ended": ("", "", pgettext_lazy("profile", "ended")),
}
#: The words for the state of a version. In French they differ from the words for the state of a profile.
VERSION_STATES: dict[str, Any] = {
    "active": pgettext_lazy("version of profile", "active"),
    "suspended": pgettext_lazy("version of profile", "suspended"),
    "asked": pgettext_lazy("version of profile", "to be approved"),
    "draft": pgettext_lazy("version of profile", "draft"),
    "ended": pgettext_lazy("version of profile", "ended"),
}
#: Filter of the table → the word for it on the page.
FILTERS: dict[str, Any] = {
    "": pgettext_lazy("profiles", "All"),
    "active": pgettext_lazy("profiles", "Active"),
    "suspended": pgettext_lazy("profiles", "Suspended"),
    "asked": pgettext_lazy("profiles", "To be approved"),
    "draft": pgettext_lazy("profiles", "Drafts"),
    "ended": pgettext_lazy("profiles", "Ended"),
    "review": pgettext_lazy("profiles", "To be reviewed"),
    "ending": pgettext_lazy("profiles", "End within 30 days"),
    "hear": pgettext_lazy("profiles", "For the data-protection officer"),
}
#: Code of a refusal → its text. The codes are first those of `actions.Refused`, then those of
#: `approvals.Refused`.
REFUSALS: dict[str, Any] = {
    "state": gettext_lazy(
"The version has changed in the meantime. This page shows the current state. Nothing was done."
),
    "expired": gettext_lazy(
        "The request has expired, because nobody decided within three days. The author must return the "
        "version to draft and submit it again. Nothing was done."
    ),
    "findings": gettext_lazy(
        "The expression has errors (see the checks). Correct the errors first. Nothing was done."
    ),
    "basis": gettext_lazy("State the legal basis first: law and article. Nothing was done."),
    "untested": gettext_lazy(
        "There is no finished backtest of the current wording. Run a backtest first, so that the"
        " second person can read the result. Nothing was done."
    ),
    "start": gettext_lazy("Choose today or one of the next 180 days. Nothing was done."),
    "heard": gettext_lazy("The data-protection officer must give an opinion first. Nothing was done."),
    "own": gettext_lazy(
        "You are the author of this text, request or suspension. Another person must make the"
        " decision. Nothing was done."
    ),
    "suspended": gettext_lazy("The profile is suspended. Nothing was done."),
    "busy": gettext_lazy(
        "Five of your backtests are already waiting. Stop a backtest, or wait until one is"
        " finished."),
    "decided": gettext_lazy("This request was already decided. Nothing was changed."),
    "gone": gettext_lazy("The object of the request no longer exists or can no longer be"
                         " read. Nothing was done."),
    "late": gettext_lazy("Nobody decided in time. The version must be submitted again. Nothing was done."),
    "short": gettext_lazy(
        "State what you checked and the reason for your decision, in at least 20 characters."
    ),
    "purpose": gettext_lazy(
        "State a reason of at least 20 characters. The purpose must be one of your purposes."
    ),
    "choice": gettext_lazy("Choose one of the two answers."),
}  # fmt: skip


def title(version: Version) -> str:
    """Returns the title of a version. The title of a starter profile is translated."""
    return rendering.own(version.title) or gettext("without a title")


def column_ground(ground: str) -> str:
    """Returns the heading for a kind of fact."""
    return capfirst(rendering.say(GROUNDS[ground]))


TYPES: dict[str, Any] = {
    "text": pgettext_lazy("column", "text"),
    "number": pgettext_lazy("column", "number"),
    "whole": pgettext_lazy("column", "whole number"),
    "yes_no": pgettext_lazy("column", "yes or no"),
    "day": pgettext_lazy("column", "day"),
}
SERVES: dict[str, Any] = {
    "for": pgettext_lazy("column", "in their favour"),
    "against": pgettext_lazy("column", "against"),
    "either": pgettext_lazy("column", "in their favour or against"),
}


def event(item: VersionEvent) -> str:
    """Returns the text of an event."""
    params = item.params or {}
    said = " " + gettext("“%(text)s”") % {"text": params["said"]} if params.get("said") else ""
    if item.kind == "heard":
        text = (
            gettext("The data-protection officer has no objection.")
            if params.get("agrees")
            else gettext("The data-protection officer objects.")
        )
        return text + said
    if item.kind == "activated":
        until = params.get("until")
        day = display.day(dt.date.fromisoformat(until)) if until else "–"
        if params.get("start"):
            start = display.day(dt.date.fromisoformat(params["start"]))
            return gettext("Approved: active from %(start)s, until %(day)s.") % {
                "start": start, "day": day,
            }  # fmt: skip
        return gettext("Approved and active, until %(day)s.") % {"day": day}
    if item.kind == "ended" and params.get("on"):
        on = display.day(dt.date.fromisoformat(params["on"]))
        return gettext("Ends on %(day)s, when the next version begins.") % {"day": on}
    if item.kind == "list_changed":
        return gettext(
            "The code list %(list)s was changed. Codes added: %(added)s. Codes removed:"
            " %(removed)s."
        ) % {name: params.get(name, "") for name in ("list", "added", "removed")}
    return str(_EVENTS.get(item.kind, item.kind)) + said


_EVENTS: dict[str, Any] = {
    "drafted": gettext_lazy("Draft started."),
    "changed": gettext_lazy("Draft changed."),
    "tested": gettext_lazy("Backtest requested."),
    "shadow_on": gettext_lazy("Shadow mode started."),
    "shadow_off": gettext_lazy("Shadow mode ended."),
    "asked": gettext_lazy("Submitted for approval."),
    "taken_back": gettext_lazy("The version is a draft again."),
    "refused": gettext_lazy("A correction was requested."),
    "allowed": gettext_lazy("Reason for the approval:"),
    "suspended": gettext_lazy("Suspended."),
    "resumed": gettext_lazy("Resumed."),
    "ended": gettext_lazy("Ended."),
    "expired": gettext_lazy("The version ended because its validity expired."),
    "thrown_away": gettext_lazy("Draft discarded."),
}


def review(why: list[str], version: Version, now: Brought) -> list[str]:
    """Returns the texts of the reasons for a review."""
    told = []
    if "ends" in why and version.active_until:
        until = display.day(version.active_until)
        told.append(
            gettext("The version ends on %(day)s. Review the version before that day.")
            % {"day": until}
        )
    if "precision" in why:
        told.append(
            gettext(
                "Among %(answered)s hits with an answer, the share of confirmed hits is below the minimum "
                "of %(floor)s%%."
            )
            % {"answered": display.number(now.answered), "floor": version.floor}
        )
    return told


def share(value: float, decimals: int | None = None) -> str:
    """Returns a share in percent. By default, only a percentage from 0 to 10 has decimals."""
    percent = value * 100
    if decimals is None:
        decimals = 0 if percent >= 9.95 or not percent else (1 if percent >= 0.095 else 3)
    return gettext("%(number)s%%") % {"number": display.number(percent, decimals)}


def between(low: float, high: float) -> str:
    """Returns an interval of shares in percent: `9 to 22%`, `9 à 22 %`."""
    return gettext("%(low)s to %(high)s") % {
        "low": display.number(low * 100, 0),
        "high": share(high, 0),
    }


def precision(now: Brought) -> str:
    """Returns the precision with its interval. If too few hits have an answer, returns only the number of
    these hits."""
    if now.precision is None:
        return gettext("no answer yet")
    if now.answered < ENOUGH:
        return few(now.answered)
    low, high = now.interval
    return gettext("%(share)s, interval %(between)s") % {
        "share": share(now.precision), "between": between(low, high),
    }  # fmt: skip


def few(answered: int) -> str:
    """Returns the text which states that there are too few answers to compute a share."""
    return ngettext(
        "only %(n)s answer; the share is shown if there are at least %(least)s answers",
        "only %(n)s answers; the share is shown if there are at least %(least)s answers",
        answered,
    ) % {"n": answered, "least": ENOUGH}


def brought(now: Brought, days: int) -> str:
    """Returns a sentence about the recent results of a version. Among the results, the number of hits for
    which nothing was found is stated first. As in the statistics, the share is computed from the hits that
    were controlled; releases are counted separately."""
    text = ngettext(
        "The profile raised %(hits)s hit in %(days)s days: nothing found %(nothing)s, confirmed result "
        "%(confirmed)s, released without a control %(released)s, open %(open)s.",
        "The profile raised %(hits)s hits in %(days)s days: nothing found %(nothing)s, confirmed result "
        "%(confirmed)s, released without a control %(released)s, open %(open)s.",
        now.hits,
    ) % {
        "hits": display.number(now.hits), "days": days,
        "nothing": display.number(now.nothing - now.released),
        "confirmed": display.number(now.confirmed), "released": display.number(now.released),
        "open": display.number(now.open),
    }  # fmt: skip
    if now.controls < ENOUGH:
        return text
    confirmed = gettext("Confirmed in %(share)s of the controls, interval %(between)s") % {
        "share": share(now.confirmed / now.controls),
        "between": between(*interval(now.confirmed, now.controls)),
    }  # fmt: skip
    return f"{text} {confirmed}."


#: Class of the error of a backtest → its text.
_FAILURES: dict[str, Any] = {
    "ExpressionError": gettext_lazy(
        "The expression is no longer valid. Correct the expression, and start the backtest again."
    ),
    "MemoryError": gettext_lazy(
        "The backtest needed more memory than the server has. Choose fewer days."
    ),
}
_STOPPED: Any = gettext_lazy(
    "The backtest stopped on the server. Start the backtest again. If the backtest stops again,"
    " tell the administrator."
)


def failure(test: Backtest) -> str:
    """Returns a text that explains why a backtest failed and what the user can do."""
    return str(_FAILURES.get(test.failure, _STOPPED))


def days(count: int) -> str:
    """Returns a number of days, such as `3 days`."""
    return ngettext("%(n)s day", "%(n)s days", count) % {"n": display.number(count)}


def detail(params: Mapping[str, Any]) -> str:
    """Returns the parameters of an expression in one line, such as `hours = 48`."""
    return "; ".join(f"{name} = {value}" for name, value in params.items())
