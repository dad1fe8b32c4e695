"""Builds the first page of each role, which consists of key figures and panels."""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext, ngettext
from django.views.decorators.http import require_safe

from vedette.apps import charts
from vedette.apps.accounts import rules
from vedette.apps.accounts.models import User
from vedette.apps.accounts.rules import Request, signed_in
from vedette.apps.accounts.selectors import staff, tokens
from vedette.apps.approvals.actions import waiting as approvals_waiting
from vedette.apps.assistance.selectors import requests
from vedette.apps.assistance.wording import ROLES
from vedette.apps.columns import Theme
from vedette.apps.cooperation.selectors import mutual
from vedette.apps.cooperation.wording import TO_DO
from vedette.apps.desk import notifications, overview, present
from vedette.apps.hits import actions, selectors
from vedette.apps.hits.selectors import Filters, Row
from vedette.apps.inbox import selectors as inbox
from vedette.apps.journal.selectors import state as journal_state
from vedette.apps.lists import selectors as lists
from vedette.apps.operations.selectors import operations
from vedette.apps.operations.selectors.calendar import calendar
from vedette.apps.operations.wording import WAITING
from vedette.apps.oversight import selectors as oversight
from vedette.apps.oversight.sections import Period
from vedette.apps.profiles import selectors as profiles
from vedette.apps.release.selectors import organisations
from vedette.apps.requests.models import SubjectRequest
from vedette.apps.retention import selectors as retention
from vedette.apps.subjects.kinds import Panel, app_kinds
from vedette.apps.upkeep import pauses
from vedette.kinds import kinds


@dataclass(frozen=True)
class Leading:
    """A key figure of a first page, with its number, its label, and the page with the rows that it counts.
    `hot` is true if the number requires action now.
    """

    number: int | str
    words: str
    page: str
    hot: bool = False


@dataclass
class FirstPage:
    """The content of a first page. `seen` contains the rows of the page that show a subject."""

    figures: list[Leading]
    panels: list[Panel]
    seen: list[Row]


@require_safe
@signed_in
def home(request: Request) -> HttpResponse:
    """Shows the first page for the role of the user."""
    now = timezone.now()
    page = _of(request.user)(request.user, now)
    if page.seen:
        actions.seen_in_queue(request.user, page.seen)
    # The chart of due times and the calendar are as wide as the page: nothing beside them.
    wide = ("desk/home/ahead.html", "desk/home/calendar.html")
    first = int(bool(page.panels) and page.panels[0].template in wide)
    page.panels[first:first] = [*_of_operations(request.user), *_of_mutual(request.user, now)]
    context = {"page": page, "at": now, "notices": _notices(request.user)}
    return render(request, "desk/home.html", context)


def _of(user: User) -> Callable[[User, dt.datetime], FirstPage]:
    """Returns the function that makes the first page of the user. The function is determined by the first
    right in `pages` that the user has."""
    pages = {
        "hit.hand_over_any": _supervisor,
        "hit.claim": _officer,
        "profile.write": _analyst,
        "list.import": _list_manager,
        "oversight.note": _data_protection_officer,
        "account.manage": _administrator,
        "journal.read": _auditor,
        "operation.join": _operations,
    }
    return next(page for right, page in pages.items() if rules.may(user, right))


def _of_operations(user: User) -> list[Panel]:
    """Returns the panel with the user's pending tasks in joint operations, which concern warnings, test
    messages, national plans, invitations and late records."""
    if not rules.may(user, "operation.see") or not (waits := operations.waits(user)):
        return []
    lines = [(WAITING[one.what], one) for one in waits[:20]]
    return [
        Panel(
            "desk/home/operations.html",
            {
                "waits": lines,
                "now_utc": timezone.now(),
                "count": sum(not one.operation.exercise for one in waits),
                "exercises": sum(one.operation.exercise for one in waits),
            },
        )
    ]


def _of_mutual(user: User, now: dt.datetime) -> list[Panel]:
    """Returns the panel with the requests for mutual assistance in which the user has to do something."""
    if not rules.may(user, "mutual.see") or not (rows := mutual.to_do(user, now)):
        return []
    names = organisations()
    lines = [
        (
            TO_DO[what], one, at,
            names.get(one.organisation_id if what == "answer" else one.requested_id, ""),
        )
        for what, one, at in rows
    ]  # fmt: skip
    return [Panel("desk/home/mutual.html", {"lines": lines, "now_utc": now})]


def _operations(user: User, now: dt.datetime) -> FirstPage:
    """The first page of a coordinator or a contact point."""
    rows = operations.real(operations.listed(user))
    waits = [one for one in operations.waits(user) if not one.operation.exercise]
    live = rows.filter(state="live").count()
    preparing = rows.filter(state__in=("called", "preparing")).count()
    asked = requests.open_(user, now)
    mine, late = sum(one.mine for one in asked), sum(one.late for one in asked)
    page, assistance = reverse("operations"), reverse("assistance")
    figures = [
        Leading(
            len(waits),
            ngettext("pending task in operations", "pending tasks in operations", len(waits)),
            page,
            hot=bool(waits),
        ),
        Leading(live, ngettext("live operation", "live operations", live), page),
        Leading(
            preparing,
            ngettext("operation in preparation", "operations in preparation", preparing),
            page,
        ),
        Leading(
            mine,
            ngettext(
                "request for assistance waits for you", "requests for assistance wait for you", mine
            ),
            assistance,
        ),
        Leading(
            late,
            ngettext("request past its time limit", "requests past their time limit", late),
            assistance,
            hot=late > 0,
        ),
    ]
    panels = [
        Panel("desk/home/calendar.html", calendar(operations.listed(user)[:50], now)),
        Panel(
            "desk/home/assistance.html",
            {
                "rows": [(one, [ROLES[role] for role in one.who]) for one in asked[:10]],
                "count": len(asked),
            },
        ),
        Panel("desk/home/notes.html", {"lines": notifications.latest(user)}),
    ]
    return FirstPage(figures, panels, [])


def _by_day(
    user: User, now: dt.datetime, days: int, sql: str, names: dict[str, str], title: str, none: str
) -> Panel:
    """Returns a panel with a chart of numbers by day."""
    key = f"{sql}{sorted(names)}"
    name = f"by_day:{hashlib.sha256(key.encode()).hexdigest()}"
    daily = overview.kept(user, name, lambda: overview.by_day(now, days, sql, names))
    return Panel(
        "desk/home/daily.html", {"daily": daily, "days": days, "title": title, "none": none}
    )


def _notices(user: User) -> Sequence[Panel]:
    if not rules.may(user, "record.see"):
        return ()
    return [n for kind in app_kinds() for n in kind.queue_notices(user)]


def _queue(**filters: Any) -> str:
    query = Filters(**filters).query()
    return f"{reverse('queue')}?{query}" if query else reverse("queue")


def _counts(found: overview.Waiting) -> list[Leading]:
    return [
        Leading(found.all, gettext("to decide"), _queue()),
        Leading(
            found.soon,
            ngettext("to decide within two hours", "to decide within two hours", found.soon),
            _queue(due="soon"),
        ),
        Leading(
            found.landed,
            ngettext("past due and undecided", "past due and undecided", found.landed),
            _queue(due="past"),
            hot=found.landed > 0,
        ),
    ]


def _officer(user: User, now: dt.datetime) -> FirstPage:
    opened = overview.open_now(user, now)
    found = opened.waiting
    own = set(opened.mine)
    shown = overview.of_ids([*opened.mine, *opened.longest])
    mine = [row for row in shown if row.hit.pk in own]
    free = [row for row in shown if row.hit.pk not in own]
    figures = [
        *_counts(found),
        Leading(found.mine, gettext("claimed by you"), _queue(whose="mine")),
        Leading(
            found.free,
            ngettext("unclaimed hit", "unclaimed hits", found.free),
            _queue(whose="free"),
        ),
        Leading(
            found.decided,
            ngettext("decided by you today", "decided by you today", found.decided),
            reverse("queue-decided"),
        ),
        _to_record(overview.to_record(now, user), ""),
    ]
    panels = [
        Panel("desk/home/ahead.html", {"ahead": overview.ahead(opened, now)}),
        Panel(
            "desk/home/mine.html",
            {"rows": [present.row(one, user) for one in mine], "count": found.mine},
        ),
        Panel("desk/home/notes.html", {"lines": notifications.latest(user)}),
        Panel(
            "desk/home/longest.html",
            {"rows": [present.row(one, user) for one in free], "count": found.free},
        ),
    ]
    return FirstPage(figures, panels, [*mine, *free])


def _supervisor(user: User, now: dt.datetime) -> FirstPage:
    opened = overview.open_now(user, now)
    found = opened.waiting
    loads = overview.workload(opened.claims, now)
    decided = sum(load.decided for load in loads)
    taken = found.all - found.free - found.mine
    shown = {
        theme: str(Theme(theme).label)
        for kind in kinds().values()
        for theme in kind.themes
        if theme in user.themes
    }
    flooded = present.floods(selectors.floods(Filters(), user), Filters())
    yields = overview.kept(user, "yields", lambda: overview.yields(now))
    figures = [
        *_counts(found),
        Leading(
            taken,
            ngettext("claimed by colleagues", "claimed by colleagues", taken),
            _queue(whose="others"),
        ),
        Leading(
            decided,
            ngettext("decided today", "decided today", decided),
            f"{reverse('queue-decided')}?by=all",
        ),
        _to_record(overview.kept(user, "to_record", lambda: overview.to_record(now)), "by=all&"),
        _approvals(user),
    ]
    panels = [
        Panel("desk/home/workload.html", {"loads": loads}),
        Panel("desk/home/floods.html", {"floods": flooded}),
        Panel("desk/home/ahead.html", {"ahead": overview.ahead(opened, now)}),
        Panel(
            "desk/home/delays.html",
            {
                "delays": overview.kept(user, "delays", lambda: overview.delays(now)),
                "days": overview.DELAYS,
            },
        ),
        _by_day(
            user,
            now,
            overview.DAYS,
            overview.HITS_BY_DAY,
            shown,
            gettext("Hits by day"),
            gettext("No hit was opened in this period."),
        ),
        Panel(
            "desk/home/yields.html",
            {
                "yields": yields,
                "enough_of": [one for one in yields if one.drawn],
                "few": [one for one in yields if not one.drawn],
                "days": overview.RESULTS,
                "enough": overview.ENOUGH,
            },
        ),
    ]
    return FirstPage(figures, panels, [])


def _to_record(count: int, whose: str) -> Leading:
    """Returns the key figure with the number of controls whose result is not recorded.

    `whose` is the part of the query string that selects whose decisions the linked page shows.
    """
    words = ngettext("result to record", "results to record", count)
    return Leading(count, words, f"{reverse('queue-decided')}?{whose}result={selectors.MISSING}")


def _approvals(user: User) -> Leading:
    waits = approvals_waiting(user).count()
    words = ngettext("approval waits for your decision", "approvals wait for your decision", waits)
    return Leading(waits, words, reverse("approvals"))


def _analyst(user: User, now: dt.datetime) -> FirstPage:
    counts = profiles.counts_by_state()

    def leading(state: str, words: str, hot: bool = False) -> Leading:
        return Leading(counts[state], words, f"{reverse('profiles')}?state={state}", hot)

    figures = [
        leading("active", gettext("active profiles")),
        leading("review", gettext("to review"), hot=counts["review"] > 0),
        leading("asked", gettext("awaiting approval")),
        leading("draft", gettext("drafts")),
        leading("suspended", gettext("suspended")),
        _approvals(user),
    ]
    panels = [
        Panel(
            "desk/home/profiles.html",
            {
                "rows": overview.kept(user, "profiles", overview.active_profiles),
                "days": overview.PROFILES,
                "enough": overview.ENOUGH,
            },
        ),
        Panel(
            "desk/home/overlaps.html",
            {
                "rows": overview.kept(user, "overlaps", lambda: overview.overlaps(now)),
                "days": overview.PROFILES,
            },
        ),
        Panel(
            "desk/home/floods.html",
            {"floods": present.floods(selectors.floods(Filters(), user), Filters())},
        ),
    ]
    return FirstPage(figures, panels, [])


def _list_manager(user: User, now: dt.datetime) -> FirstPage:
    rows = overview.kept(user, "lists", lists.all_lists)
    subscribed = lists.subscriptions()
    expired = sum(one.expired for one in rows)
    failing = sum(1 for one in subscribed if one.subscription.error)
    page = reverse("watchlists")
    figures = [
        Leading(len(rows), gettext("lists"), page),
        Leading(expired, gettext("expired"), page, hot=expired > 0),
        Leading(
            sum(one.expires_soon for one in rows),
            gettext("tokens that expire within %(n)s days") % {"n": lists.SOON},
            page,
        ),
        Leading(len(subscribed), gettext("subscriptions"), page),
        Leading(failing, gettext("subscriptions with an error"), page, hot=failing > 0),
        _approvals(user),
    ]
    rows.sort(key=lambda one: -one.brings.raised)
    most = max((one.brings.raised for one in rows), default=0) or 1
    shown = [(one, _answers(one.brings, most)) for one in rows[: 3 * overview.ROWS]]
    panels = [Panel("desk/home/lists.html", {"rows": shown, "days": lists.PERIOD})]
    return FirstPage(figures, panels, [])


def _answers(brings: lists.Group, most: int) -> list[tuple[str, str, str]]:
    """Returns the parts of the bar of a list, each with its CSS class, position and width."""
    parts, at = [], 0
    for kind, count in (
        ("q1", brings.same), ("q2", brings.unsure), ("q3", brings.another),
        ("q4", brings.open + brings.other),
    ):  # fmt: skip
        if count:
            parts.append((kind, charts.percent(at / most), charts.percent(count / most)))
        at += count
    return parts


def _accesses(user: User, now: dt.datetime) -> Panel:
    names = {"person": gettext("records of persons"), "other": gettext("other accesses")}
    return _by_day(
        user, now, 2 * overview.DAYS, overview.ACCESSES_BY_DAY, names,
        gettext("Accesses by day"), gettext("No access was counted in this period."),
    )  # fmt: skip


def _unnoted(user: User, now: dt.datetime) -> tuple[list[Leading], Panel]:
    """Returns the numbers of unusual accesses, unmaskings and emergency accesses that are not reviewed yet,
    and a table of these unusual accesses."""
    period = Period.read({}, now.date())
    findings = [one for one in oversight.findings(user, period) if one.noted is None]
    unmaskings = [one for one in oversight.unmaskings(user, period) if one.noted is None]
    glasses = [one for one in oversight.glasses(user, period) if one.reviewed_at is None]
    page = f"{reverse('oversight')}?{period.query}"
    figures = [
        Leading(
            len(findings),
            gettext("unusual accesses without a note"),
            page,
            hot=len(findings) > 0,
        ),
        Leading(len(unmaskings), gettext("unmaskings without a note"), page),
        Leading(len(glasses), gettext("break-glass accesses without a review"), reverse("glass")),
    ]
    context = {"rows": findings[: overview.ROWS], "count": len(findings), "page": page}
    return figures, Panel("desk/home/findings.html", context)


def _data_protection_officer(user: User, now: dt.datetime) -> FirstPage:
    figures, findings = _unnoted(user, now)
    asked = SubjectRequest.objects.filter(
        organisation=user.organisation_id, state=SubjectRequest.State.OPEN
    ).order_by("due_on")
    late = asked.filter(due_on__lt=timezone.localdate(now)).count()
    months = sum(one.late(now.date()) for one in retention.due())
    figures = [
        Leading(asked.count(), gettext("open requests from persons"), reverse("subjects")),
        Leading(late, gettext("requests that are past due"), reverse("subjects"), hot=late > 0),
        *figures,
        Leading(
            months,
            gettext("months whose data should already be masked or deleted"),
            reverse("retention"),
            hot=months > 0,
        ),
        _approvals(user),
    ]
    panels = [
        Panel(
            "desk/home/requests.html",
            {"rows": asked[: overview.ROWS], "today": timezone.localdate(now)},
        ),
        findings,
        _accesses(user, now),
    ]
    return FirstPage(figures, panels, [])


def _auditor(user: User, now: dt.datetime) -> FirstPage:
    figures, findings = _unnoted(user, now)
    journal = journal_state()
    figures = [
        *figures,
        Leading(
            journal["waiting"],
            gettext("journal entries not yet in the hash chain"),
            reverse("journal"),
            hot=journal["late"],
        ),
    ]
    return FirstPage(figures, [findings, _accesses(user, now)], [])


def _administrator(user: User, now: dt.datetime) -> FirstPage:
    files, waits = inbox.summary(), pauses.waiting(user)
    page, users = reverse("messages"), staff(user)
    failed = files["failed"] + files["quarantined"]
    soon = now + dt.timedelta(days=overview.RESULTS)
    ending = tokens(user).filter(expires_at__gt=now, expires_at__lt=soon)
    figures = [
        Leading(
            len(waits), gettext("scheduled tasks to confirm"), reverse("status"), hot=bool(waits)
        ),
        Leading(files["waiting"], gettext("waiting files"), f"{page}?show=waiting"),
        Leading(
            failed, gettext("failed files, last 7 days"), f"{page}?show=failed", hot=failed > 0
        ),
        Leading(
            users.filter(suspended_at=None, is_active=True).count(),
            gettext("active accounts"),
            reverse("users"),
        ),
        Leading(
            users.exclude(suspended_at=None).count(),
            gettext("suspended accounts"),
            reverse("users"),
        ),
        Leading(
            ending.count(),
            gettext("API tokens that expire within %(n)s days") % {"n": overview.RESULTS},
            reverse("tokens"),
        ),
    ]
    names = {"received": gettext("read or waiting"), "failed": gettext("failed")}
    panels = [
        _by_day(
            user, now, overview.DAYS, overview.FILES_BY_DAY, names,
            gettext("Received files by day"), gettext("No file was received in this period."),
        ),
    ]  # fmt: skip
    return FirstPage(figures, panels, [])
