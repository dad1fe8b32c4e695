"""The first page of each role: its leading figures, and its panels."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext, ngettext
from django.views.decorators.http import require_safe

from vedette.apps import display
from vedette.apps.accounts import rules
from vedette.apps.accounts.models import User
from vedette.apps.accounts.rules import Request, signed_in
from vedette.apps.approvals.actions import waiting as approvals_waiting
from vedette.apps.columns import Theme
from vedette.apps.desk import overview, present
from vedette.apps.hits import actions, selectors
from vedette.apps.hits.selectors import Filters, Row
from vedette.apps.subjects.kinds import Panel, app_kinds
from vedette.kinds import kinds


@dataclass(frozen=True)
class Leading:
    """A leading figure: the number, its words, and the page of the rows that it counts. `hot` marks a number
    that needs action now."""

    number: int | str
    words: str
    page: str
    hot: bool = False


@dataclass
class FirstPage:
    """The content of a first page. `seen` are the rows that show a subject."""

    figures: list[Leading]
    panels: list[Panel]
    seen: list[Row]


@require_safe
@signed_in
def home(request: Request) -> HttpResponse:
    """The first page of the reader's role."""
    now = timezone.now()
    page = _of(request.user)(request.user, now)
    if page.seen:
        actions.seen_in_queue(request.user, page.seen)
    context = {"page": page, "at": now, "notices": _notices(request.user)}
    return render(request, "desk/home.html", context)


def _of(user: User) -> Callable[[User, dt.datetime], FirstPage]:
    """The function that makes the first page of this user, by the first right of the list that he has."""
    pages = {
        "hit.hand_over_any": _supervisor,
        "hit.claim": _officer,
    }
    return next((page for right, page in pages.items() if rules.may(user, right)), _nothing)


def _nothing(user: User, now: dt.datetime) -> FirstPage:
    return FirstPage([], [], [])


def _notices(user: User) -> Sequence[Panel]:
    if not rules.may(user, "record.see"):
        return ()
    return [n for kind in app_kinds() for n in kind.queue_notices(user.organisation_id)]


def _queue(**filters: Any) -> str:
    query = Filters(**filters).query()
    return f"{reverse('queue')}?{query}" if query else reverse("queue")


def _counts(found: overview.Waiting) -> list[Leading]:
    n = display.number
    return [
        Leading(
            found.all,
            ngettext("to decide, of which %(soon)s within two hours",
                     "to decide, of which %(soon)s within two hours", found.all)
            % {"soon": n(found.soon)},
            _queue(),
        ),
        Leading(
            found.landed,
            ngettext("past due, undecided", "past due, undecided", found.landed),
            _queue(),
            hot=found.landed > 0,
        ),
    ]  # fmt: skip


def _officer(user: User, now: dt.datetime) -> FirstPage:
    found = overview.waiting(user, now)
    mine, free = overview.mine(user), overview.longest(now)
    figures = [
        *_counts(found),
        Leading(found.mine, gettext("claimed by you"), _queue(whose="mine")),
        Leading(found.free, ngettext("unclaimed", "unclaimed", found.free), _queue(whose="free")),
        Leading(
            found.decided,
            ngettext("decided by you today", "decided by you today", found.decided),
            _queue(),
        ),
    ]
    panels = [
        Panel("desk/home/ahead.html", {"ahead": overview.ahead(now)}),
        Panel(
            "desk/home/mine.html",
            {"rows": [present.row(one, user) for one in mine], "count": found.mine},
        ),
        Panel(
            "desk/home/longest.html",
            {"rows": [present.row(one, user) for one in free], "count": found.free},
        ),
    ]
    return FirstPage(figures, panels, [*mine, *free])


def _supervisor(user: User, now: dt.datetime) -> FirstPage:
    found = overview.waiting(user, now)
    loads, waits = overview.workload(now), approvals_waiting(user).count()
    decided = sum(load.decided for load in loads)
    taken = found.all - found.free
    shown = {
        theme: str(Theme(theme).label)
        for kind in kinds().values()
        for theme in kind.themes
        if theme in user.themes
    }
    flooded = present.floods(selectors.floods(Filters(), user), Filters())
    figures = [
        *_counts(found),
        Leading(taken, ngettext("claimed", "claimed", taken), _queue(whose="others")),
        Leading(decided, ngettext("decided today", "decided today", decided), _queue()),
        Leading(
            waits,
            ngettext("approval waits for you", "approvals wait for you", waits),
            reverse("approvals"),
        ),
    ]
    panels = [
        Panel("desk/home/workload.html", {"loads": loads}),
        Panel("desk/home/ahead.html", {"ahead": overview.ahead(now)}),
        Panel("desk/home/floods.html", {"floods": flooded}),
        Panel("desk/home/delays.html", {"delays": overview.delays(now), "days": overview.DELAYS}),
        Panel("desk/home/daily.html", {"daily": overview.daily(now, shown), "days": overview.DAYS}),
        Panel(
            "desk/home/yields.html",
            {
                "yields": overview.yields(now),
                "days": overview.RESULTS,
                "enough": overview.ENOUGH,
            },
        ),
    ]
    return FirstPage(figures, panels, [])
