"""Pages of requests for assistance: the list, the form, one request, and its mission."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Callable
from functools import partial
from typing import Any

from django.contrib import messages as toasts
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from vedette.apps import display
from vedette.apps.accounts import acts
from vedette.apps.accounts.rules import Request, requires
from vedette.apps.assistance import wording
from vedette.apps.assistance.actions import diagnostics as diagnosing
from vedette.apps.assistance.actions import requests as actions
from vedette.apps.assistance.actions.common import Refused, day
from vedette.apps.assistance.models import (
    Assignment,
    AssistanceRequest,
    Bank,
    FollowUp,
    Mission,
    Theme,
)
from vedette.apps.assistance.selectors import diagnostics as of_diagnostics
from vedette.apps.assistance.selectors import requests as selectors
from vedette.apps.assistance.views.common import find, page, said, uuid_of
from vedette.apps.columns import new_id
from vedette.apps.query import keyset

#: Requests on one page.
PAGE = 50


@require_safe
@requires("assistance.see")
def listed(request: Request) -> HttpResponse:
    """Shows the requests that the reader can see."""
    acts.write(request.user, "assistance.list")
    rows, following = keyset(selectors.listed(), "created_at", request.GET.get("before", ""), PAGE)
    context = {"rows": rows, "next": following}
    return render(request, "assistance/requests.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@requires("assistance.request")
def new(request: Request) -> HttpResponse:
    """Shows and processes the form of a new request."""
    problem = None
    if request.method == "POST":
        try:
            made = actions.create(
                request.user, uuid_of(request.POST.get("id", "")) or new_id(),
                uuid_of(request.POST.get("provider", "")), request.POST.dict(),
            )  # fmt: skip
        except Refused as refused:
            problem = refused
        else:
            toasts.success(request, gettext("The request is saved as a draft."))
            return redirect("assistance-request", pk=made.pk)
    return _form(request, None, request.POST.dict(), problem)


def _form(
    request: Request, one: AssistanceRequest | None, values: dict[str, Any], problem: Refused | None
) -> HttpResponse:
    context = {
        "one": one,
        "value": values,
        "id": values.get("id") or new_id(),
        "providers": [] if one else selectors.providers(),
        "themes": Theme.choices,
        "texts": [
            (name, wording.FIELDS[name], most, values.get(name, ""), wording.CLARITY.get(name, ""))
            for name, most in actions.TEXTS.items()
        ],
        "problem": said(problem) if problem else "",
    }
    return render(request, "assistance/form.html", context, status=422 if problem else 200)


@require_http_methods(["GET", "HEAD", "POST"])
@requires("assistance.request")
def edit(request: Request, pk: uuid.UUID) -> HttpResponse:
    """Changes a draft, or answers the refusal of a request."""
    one = find(pk)
    if request.method != "POST":
        acts.write(request.user, "assistance.see", one.pk)
        values = {name: getattr(one, name) for name in (*actions.TEXTS, "theme", "answer")}
        return _form(request, one, values, None)
    try:
        actions.edit(request.user, pk, request.POST.dict())
    except Refused as refused:
        return _form(request, one, request.POST.dict(), refused)
    toasts.success(request, gettext("Saved."))
    return redirect("assistance-request", pk=pk)


@require_safe
@requires("assistance.see")
def request_page(request: Request, pk: uuid.UUID) -> HttpResponse:
    """Shows a request with its assessment on file, the decision and its follow-ups."""
    return _request(request, find(pk))


def _request(
    request: Request, one: AssistanceRequest, problem: Refused | None = None
) -> HttpResponse:
    versions = list(one.assessments.order_by("-number")[:20])
    context = {
        "texts": [(wording.FIELDS[name], getattr(one, name)) for name in actions.TEXTS],
        "clarity": [wording.CLARITY[code] for code in selectors.clarity(one)],
        "assessment": versions[0] if versions else None,
        "versions": versions,
        "facts": [
            (wording.FACTS.get(fact["source"], fact["source"]), fact)
            for fact in (versions[0].facts if versions else [])
        ],
        "own_assessment": any(row.by_id == request.user.pk for row in versions),
        "followups": list(FollowUp.objects.filter(request=one).order_by("months")),
        "declares": Assignment.objects.filter(
            request=one, user_id=request.user.pk, declared_at__isnull=True
        ).exists(),
        "theme_word": one.get_theme_display(),
        "banks": of_diagnostics.banks_seen(),
    }
    return page(request, one, "request", context, problem)


@require_POST
@requires("assistance.work")
def act(request: Request, pk: uuid.UUID) -> HttpResponse:
    """Carries out an action on a request."""
    one = find(pk)
    post, user = request.POST, request.user
    back = "assistance-request"

    def done(call: Callable[[], object], sentence: str) -> Callable[[], str]:
        def carry() -> str:
            call()
            return sentence

        return carry

    def name() -> None:
        who = uuid_of(post.get("user", ""))
        until = day(post.get("until", ""), "until")
        if who is None:
            raise Refused("missing", "user")
        assert until is not None  # noqa: S101  a required day
        actions.name(
            user, pk, who, post.get("role", ""), display.midnight(until + dt.timedelta(days=1))
        )

    def of_assignment(call: Callable[[Any, uuid.UUID], None]) -> Callable[[], None]:
        def carry() -> None:
            row = get_object_or_404(Assignment, pk=uuid_of(post.get("assignment", "")), request=one)
            call(user, row.pk)

        return carry

    def bank() -> Bank | None:
        typed = post.get("bank", "")
        return get_object_or_404(Bank, pk=uuid_of(typed)) if typed else None

    def follow() -> None:
        row = get_object_or_404(FollowUp, pk=uuid_of(post.get("followup", "")), request=one)
        actions.follow(user, row.pk, post.get("words", ""))

    known = {
        "send": done(lambda: actions.send(user, pk), gettext("The request is sent.")),
        "assess": done(
            lambda: actions.assess(user, pk, post.get("text", "")),
            gettext("The assessment on file is stored. Another person must decide on the request."),
        ),
        "approve": done(
            lambda: actions.decide(user, pk, True, post.get("reason", ""), post.get("seen", "")),
            gettext("The request is approved."),
        ),
        "refuse": done(
            lambda: actions.decide(user, pk, False, post.get("reason", ""), post.get("seen", "")),
            gettext("The request is refused. The Member can read the reason and answer it."),
        ),
        "name": done(name, gettext("The person is named.")),
        "check": done(
            of_assignment(partial(actions.check_conflict, seen=post.get("seen", ""))),
            gettext("The declaration is checked."),
        ),
        "end": done(of_assignment(actions.end_assignment), gettext("The role has ended.")),
        "declare": done(
            lambda: actions.declare(user, pk, post.get("conflict", "")),
            gettext("Your declaration is stored. The coordinator checks the declaration."),
        ),
        "mission": done(
            lambda: actions.plan_mission(user, pk, post.dict()), gettext("The mission is saved.")
        ),
        "diagnostic": done(
            lambda: diagnosing.open_new(user, pk, bank()), gettext("The diagnostic is open.")
        ),
        "follow": done(follow, gettext("Your answer is stored.")),
        "close": done(lambda: actions.close(user, pk), gettext("The request is closed.")),
    }
    do = post.get("do", "")
    if do not in known:
        raise Http404
    on_mission = do in ("name", "check", "end", "mission")
    if on_mission:
        back = "assistance-mission"
    try:
        sentence = known[do]()
    except Refused as refused:
        return (_mission if on_mission else _request)(request, one, refused)
    toasts.success(request, sentence)
    return redirect(back, pk=pk)


@require_safe
@requires("assistance.see")
def mission(request: Request, pk: uuid.UUID) -> HttpResponse:
    """Shows the mission: the terms of reference, the team with its declarations, the agenda and the
    documents.
    """
    return _mission(request, find(pk))


def _mission(
    request: Request, one: AssistanceRequest, problem: Refused | None = None
) -> HttpResponse:
    planned = Mission.objects.filter(request=one).first()
    typed = request.POST.get("do") == "mission"
    values = {
        name: request.POST.get(name, "") if typed else _plain(getattr(planned, name, ""))
        for name in ("first", "last", "place", "terms", "agenda", "documents")
    }
    context = {
        "mission": planned,
        "value": values,
        "team": list(Assignment.objects.filter(request=one).order_by("role", "name", "pk")),
        "people": selectors.people(),
        "team_roles": Assignment.Role.choices,
        "declares": Assignment.objects.filter(
            request=one, user_id=request.user.pk, declared_at__isnull=True
        ).exists(),
        "agenda": agenda_lines(planned) if planned else [],
    }
    return page(request, one, "mission", context, problem)


def _plain(value: object) -> str:
    """Returns a value in the form that an input field of a form requires."""
    return value.isoformat() if isinstance(value, dt.date) else str(value)


def agenda_lines(planned: Mission) -> list[str]:
    """Returns the points of the agenda: one point for each line of the text."""
    return [line.strip() for line in planned.agenda.splitlines() if line.strip()][:200]


@require_safe
@requires("assistance.see")
def agenda(request: Request, pk: uuid.UUID) -> HttpResponse:
    """Returns the mission as a calendar file (RFC 5545): whole days, with the agenda as its description."""
    one = find(pk)
    planned = get_object_or_404(Mission, request=one)
    acts.write(request.user, "assistance.see", one.pk)
    end = planned.last + dt.timedelta(days=1)
    rows = [
        "BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//vedette//assistance//EN", "BEGIN:VEVENT",
        f"UID:{planned.pk}", f"DTSTAMP:{planned.at:%Y%m%dT%H%M%SZ}",
        f"DTSTART;VALUE=DATE:{planned.first:%Y%m%d}", f"DTEND;VALUE=DATE:{end:%Y%m%d}",
        f"SUMMARY:{_escaped(one.reference + ' ' + one.member)}", f"LOCATION:{_escaped(planned.place)}",
        f"DESCRIPTION:{_escaped(chr(10).join(agenda_lines(planned)))}", "END:VEVENT", "END:VCALENDAR",
    ]  # fmt: skip
    answer = HttpResponse(
        "\r\n".join(part for row in rows for part in _folded(row)) + "\r\n",
        content_type="text/calendar; charset=utf-8",
    )
    answer["Content-Disposition"] = 'attachment; filename="mission.ics"'
    return answer


def _escaped(text: str) -> str:
    text = text.replace("\\", "\\\\").replace(";", "\\;").replace(",", "\\,")
    return text.replace("\r\n", "\n").replace("\r", "\n").replace("\n", "\\n")


def _folded(row: str) -> list[str]:
    """Returns a content line of the calendar file, divided into lines of at most 75 bytes; each further line
    begins with a space.
    """
    parts, part = [], ""
    for sign in row:
        if len((part + sign).encode()) > 74:
            parts.append(part)
            part = " "
        part += sign
    return [*parts, part]
