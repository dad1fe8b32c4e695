"""Pages: the list of operations, the plan, the states, the readiness matrix, the group, and the national
plans.
"""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Callable
from typing import Any
from zoneinfo import ZoneInfo

from django.contrib import messages as toasts
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from vedette.apps.accounts import acts, rules
from vedette.apps.accounts.models import Unit, User
from vedette.apps.accounts.rules import Request, requires
from vedette.apps.columns import Purpose, new_id
from vedette.apps.enforcement.kinds import KINDS
from vedette.apps.enforcement.selectors.controls import now
from vedette.apps.operations import rights, wording
from vedette.apps.operations.actions import group, lifecycle, plans
from vedette.apps.operations.actions.common import Refused
from vedette.apps.operations.models import (
    Marking,
    Message,
    Mode,
    NationalPlan,
    Operation,
    Plan,
    PlanReceipt,
    Role,
)
from vedette.apps.operations.selectors import calendar
from vedette.apps.operations.selectors import operations as selectors
from vedette.apps.operations.views.common import (
    find,
    page,
    said,
    time_of,
    typed_time,
    uuid_of,
    uuids,
)
from vedette.apps.release import selectors as released
from vedette.apps.release.selectors import Ground
from vedette.library.beside import theme_of

#: An id that no row has.
NOBODY = uuid.UUID(int=0)


@require_safe
@requires("operation.see")
def operations(request: Request) -> HttpResponse:
    """Shows the operations that the reader may see, and the reader's pending tasks."""
    acts.write(request.user, "operation.list")
    waits = selectors.waits(request.user)
    context = {
        "rows": list(selectors.listed(request.user)[:200]),
        "waits": [(wording.WAITING[one.what], one) for one in waits],
        "real_waits": sum(not one.operation.exercise for one in waits),
        "exercise_waits": sum(one.operation.exercise for one in waits),
        "now_utc": now(),
    }
    return render(request, "operations/operations.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@requires("operation.plan")
def new(request: Request) -> HttpResponse:
    """Shows and processes the form of a new operation."""
    post, problem = request.POST, None
    if request.method == "POST":
        try:
            exercise = {"yes": True, "no": False}.get(post.get("exercise", ""))
            id_ = uuid_of(post.get("id", "")) or new_id()
            made = lifecycle.create(request.user, id_, exercise, _given(request))
        except Refused as refused:
            problem = refused
        else:
            toasts.success(request, gettext("The operation is created as a draft."))
            return redirect("operation", pk=made.pk)
    context = {
        **_choices(request),
        "value": _typed(request) if request.method == "POST" else _blank(),
        "id": post.get("id") or new_id(),
        "typed": post,
        "problem": said(problem) if problem else "",
        "wrong": problem.detail if problem else "",
    }
    return render(request, "operations/new.html", context, status=422 if problem else 200)


def _choices(request: Request, last: Plan | None = None) -> dict[str, Any]:
    return {
        "grounds": _grounds(request, last),
        "markings": Marking.choices,
        "purposes": Purpose.choices,
        "modes": Mode.choices,
        "kinds": list(KINDS.items()),
        "role_choices": Role.choices,
        "message_kinds": Message.Kind.choices,
    }


def _grounds(request: Request, last: Plan | None) -> list[Ground]:
    """Returns the agreements under which messages can be released. The list contains the agreement of the
    last plan, even if it is no longer in force.
    """
    found = released.grounds(selectors.home(request.user))
    if last is not None and last.agreement is not None:
        kept = Ground(
            last.agreement, gettext("as before"), last.agreement_purpose, last.agreement_basis
        )
        if kept.key not in [one.key for one in found]:
            found.append(kept)
    return found


_TEXTS = (
    "agreement",
    "name",
    "reference",
    "marking",
    "threat",
    "basis",
    "purpose",
    "hs",
    "substances",
    "lists",
    "places",
    "zone",
    "cutoff",
    "tasks",
    "indicators",
    "live_from",
    "live_until",
    "until",
    "plans_due",
)
_PLAN_TEXTS = (
    "threat", "basis", "purpose", "substances", "lists", "places", "tasks", "indicators",
)  # fmt: skip
_LISTS = ("targets", "modes", "readers_after", "observed")


def _typed(request: Request) -> dict[str, Any]:
    post = request.POST
    return {name: post.get(name, "") for name in _TEXTS} | {
        name: post.getlist(name) for name in _LISTS
    }


def _blank() -> dict[str, Any]:
    return (
        dict.fromkeys(_TEXTS, "")
        | {name: [] for name in _LISTS}
        | {"zone": "UTC", "cutoff": "18:00"}
    )


def _stored(operation: Operation, plan: Plan) -> dict[str, Any]:
    zone = plan.zone
    return {
        "name": operation.name,
        "reference": operation.reference,
        "marking": operation.marking,
        "readers_after": operation.readers_after,
        "observed": operation.observed,
        "live_from": typed_time(operation.live_from, zone),
        "live_until": typed_time(operation.live_until, zone),
        "until": typed_time(operation.until, zone),
        "plans_due": typed_time(plan.plans_due, zone),
        "threat": plan.threat,
        "basis": plan.basis,
        "purpose": plan.purpose,
        "hs": ", ".join(plan.hs),
        "substances": plan.substances,
        "lists": plan.lists,
        "targets": plan.targets,
        "modes": plan.modes,
        "places": plan.places,
        "zone": plan.zone,
        "cutoff": plan.cutoff.strftime("%H:%M"),
        "tasks": plan.tasks,
        "indicators": plan.indicators,
        "agreement": _key(plan),
    }


def _key(plan: Plan) -> str:
    if plan.agreement is None:
        return ""
    return Ground(plan.agreement, "", plan.agreement_purpose, plan.agreement_basis).key


def _given(request: Request, last: Plan | None = None) -> lifecycle.Given:
    """Returns the values of the form of an operation. Times are typed in the time zone of the operation."""
    value = _typed(request)
    zone = value["zone"].strip()
    try:
        ZoneInfo(zone)
    except (ValueError, OSError, KeyError) as error:
        raise Refused("zone", "zone") from error
    if value["marking"] not in Marking.values:
        raise Refused("marking", "marking")
    if value["purpose"] not in Purpose.values:
        raise Refused("missing", "purpose")
    try:
        cutoff = dt.time.fromisoformat(value["cutoff"][:5])
    except ValueError as error:
        raise Refused("time", "cutoff") from error
    hs = [one.strip().replace(".", "") for one in value["hs"].split(",") if one.strip()]
    if len(hs) > 200 or any(
        not (one.isascii() and one.isdecimal() and 2 <= len(one) <= 10) for one in hs
    ):
        raise Refused("hs", "hs")
    for name, most in (("basis", 300), ("lists", 300)):
        if len(value[name]) > most:
            raise Refused("long", name)
    ground = None
    if value["agreement"]:
        known = {one.key: one for one in _grounds(request, last)}
        if value["agreement"] not in known:
            raise Refused("agreement", "agreement")
        ground = known[value["agreement"]]
    times = {
        name: time_of(value[name], name, zone) for name in ("live_from", "live_until", "until")
    }
    operation = {
        "name": value["name"].strip(),
        "reference": value["reference"].strip(),
        "marking": value["marking"],
        "readers_after": [one for one in rights.ROLES if one in value["readers_after"]],
        "observed": [one for one in rights.KINDS if one in value["observed"]],
        **times,
    }
    plan = {
        **{
            name: value[name].strip()
            for name in (
                "threat",
                "basis",
                "purpose",
                "substances",
                "lists",
                "places",
                "tasks",
                "indicators",
            )
        },
        "hs": hs,
        "targets": [one for one in KINDS if one in value["targets"]],
        "modes": [one for one in Mode.values if one in value["modes"]],
        "zone": zone,
        "cutoff": cutoff,
        "plans_due": time_of(value["plans_due"], "plans_due", zone),
        "agreement": ground.root if ground else None,
        "agreement_purpose": ground.purpose if ground else "",
        "agreement_basis": ground.basis if ground else "",
    }
    return lifecycle.Given(operation, plan)


@require_safe
@requires("operation.see")
def operation(request: Request, pk: uuid.UUID) -> HttpResponse:
    """Shows an operation: its phases, its figures, and the pending tasks of the user."""
    return _overview(request, find(pk))


def _overview(request: Request, one: Operation, problem: Refused | None = None) -> HttpResponse:
    from vedette.apps.operations.views.reports import figures_now

    waits = selectors.waits(request.user, one)
    roles = selectors.roles(request.user, one)
    reading = selectors.readings().get(str(one.pk))
    plan = selectors.plan(one)
    hs = plan.hs[0] if plan and plan.hs else ""
    context: dict[str, Any] = {
        "hs": hs,
        "theme": theme_of(hs) if hs else "",
        "waits": [(wording.WAITING[w.what], w) for w in waits],
        "unanswered": list(selectors.unanswered(one)[:20]) if reading else [],
        "reading": reading,
        "next": [
            (to, wording.ADVANCE[to])
            for to in rights.NEXT[one.state]
            if "coordinator" in roles and to in wording.ADVANCE
        ],
        "approval": lifecycle.waiting(one.pk),
        "phases": calendar.phases(one, now()),
        "markings": [m for m in Marking.choices if rights.weaker(one.marking, m[0])],
        "messages_seen": list(
            selectors.latest(Message.objects.filter(operation=one, sent_at__isnull=False)).order_by(
                "-sent_at", "-pk"
            )[:8]
        )
        if reading
        else [],
        **(
            figures_now(one)
            if reading and one.state in ("live", "followup", "debrief", "closed")
            else {}
        ),
    }
    return page(request, one, "operation", context, problem)


def _acts(request: Request, one: Operation) -> dict[str, Callable[[], str]]:
    """Maps each button on the page of an operation to its action. Each action returns the sentence that the
    next page shows.
    """
    post, user = request.POST, request.user
    plan = selectors.plan(one)
    zone = plan.zone if plan else "UTC"

    def advance() -> str:
        if post.get("sure") != "yes" and post.get("to") in ("followup", "closed", "abandoned"):
            raise Refused("sure")
        lifecycle.advance(
            user, one.pk, post.get("before", ""), post.get("to", ""), post.get("reason", "")
        )
        return gettext("The operation has moved to its next phase.")

    def live() -> str:
        lifecycle.ask(user, one.pk, "live", post.get("why", ""))
        return gettext(
            "The approval of the second person has been requested. Nothing begins before the "
            "approval."
        )

    def extend() -> str:
        changes = {
            name: time_of(post.get(name, ""), name, zone) for name in ("live_until", "until")
        }
        lifecycle.ask(user, one.pk, "extend", post.get("why", ""), **changes)
        return gettext("The approval of the second person is requested.")

    def marking() -> str:
        lifecycle.ask(user, one.pk, "marking", post.get("why", ""), marking=post.get("marking", ""))
        return gettext("The approval of the second person is requested.")

    def answer(accept: bool) -> Callable[[], str]:
        def act() -> str:
            version = _number(post.get("version", ""))
            group.answer_call(
                user,
                one.pk,
                accept,
                version,
                post.get("basis", ""),
                post.get("part", ""),
                post.get("reason", ""),
            )
            return gettext("Your answer is sent to the coordinator.")

        return act

    def withdraw() -> str:
        group.withdraw(user, one.pk, post.get("reason", ""))
        return gettext(
            "Your organisation has withdrawn. The members of your organisation have "
            "left the "
            "group of the operation."
        )

    return {
        "advance": advance,
        "live": live,
        "extend": extend,
        "marking": marking,
        "accept": answer(True),
        "decline": answer(False),
        "withdraw": withdraw,
    }


def _number(text: str) -> int:
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 9 else 0


@require_POST
@requires("operation.see")
def act(request: Request, pk: uuid.UUID) -> HttpResponse:
    """Changes the state of an operation, requests the approval of the second person, or answers the
    invitation.
    """
    one = find(pk)
    try:
        doing = _acts(request, one).get(request.POST.get("do", ""))
        if doing is None:
            raise Refused("state")
        done = doing()
    except Refused as refused:
        return _overview(request, find(pk), refused)
    toasts.success(request, done)
    return redirect("operation", pk=pk)


@require_http_methods(["GET", "HEAD", "POST"])
@requires("operation.see", to_post="operation.plan")
def plan(request: Request, pk: uuid.UUID) -> HttpResponse:
    """Shows the plan. Shows the plan. The coordinator can change the plan, and each change creates a new
    version.
    """
    one, problem = find(pk), None
    last = selectors.plan(one)
    if request.method == "POST":
        try:
            lifecycle.change_plan(
                request.user, pk, _number(request.POST.get("version", "")), _given(request, last)
            )
        except Refused as refused:
            problem = refused
        else:
            toasts.success(request, gettext("The new version of the plan is stored."))
            return redirect("operation-plan", pk=pk)
    if last is None:
        raise Http404
    context = {
        **_choices(request, last),
        "ground": next((each for each in _grounds(request, last) if each.key == _key(last)), None),
        "value": _typed(request) if problem else _stored(one, last),
        "open": problem is not None,
        "editable": one.state in rights.WRITING["plan"].states,
        "kind_words": [KINDS.get(code, code) for code in last.targets],
        "mode_words": [dict(Mode.choices).get(code, code) for code in last.modes],
        "purpose_word": dict(Purpose.choices).get(last.purpose, last.purpose),
        "versions": list(one.plans.order_by("-number")[:50]),
    }
    return page(request, one, "plan", context, problem)


@require_safe
@requires("operation.see")
def readiness(request: Request, pk: uuid.UUID) -> HttpResponse:
    """Shows the matrix of participants and prerequisites of the live phase."""
    one = find(pk)
    rows = selectors.readiness(one)
    waits = [
        (row.participant.name, wording.MISSING[cell.step], cell.who)
        for row in rows
        for cell in row.cells
        if not cell.done
    ]
    context = {
        "rows": rows,
        "steps": [wording.STEPS[step] for step in selectors.STEPS],
        "ready": sum(not row.missing for row in rows),
        "held": waits,
        "others": list(one.participants.exclude(state="accepted").order_by("name")),
        "seconds": list(selectors.seconds(one)),
        "approval": lifecycle.waiting(one.pk),
    }
    return page(request, one, "readiness", context)


@require_http_methods(["GET", "HEAD", "POST"])
@requires("operation.see", to_post="operation.join")
def members(request: Request, pk: uuid.UUID) -> HttpResponse:
    """Shows the participants and the persons of the group. Coordinators invite and exclude organisations;
    contact points name persons of their own organisation."""
    one, problem = find(pk), None
    if request.method == "POST":
        try:
            done = _change_group(request, one)
        except Refused as refused:
            problem = refused
        else:
            toasts.success(request, done)
            return redirect("operation-group", pk=pk)
    joins = rules.may(request.user, "operation.join")
    there = {row.organisation_id: row.name for row in one.participants.all()}
    coordinates = "coordinator" in selectors.roles(request.user, one)
    context = {
        "participants": list(one.participants.order_by("name")),
        "members": [
            (row, there.get(row.organisation_id, ""))
            for row in one.members.order_by("until_version", "role", "name", "pk")[:2_000]
        ],
        "invitable": [o for o in group.organisations() if o[0] not in there] if coordinates else [],
        "people": list(selectors.people(request.user)[:500]) if joins else [],
        "role_choices": [
            r for r in Role.choices if coordinates or r[0] not in (Role.COORDINATOR, Role.SECOND)
        ],
        "home": request.user.organisation_id,
        "open_group": one.state in rights.OPEN,
    }
    return page(request, one, "group", context, problem)


def _change_group(request: Request, one: Operation) -> str:
    post, user = request.POST, request.user
    match post.get("do", ""):
        case "invite":
            count = group.invite(user, one.pk, uuids(post.getlist("organisation")))
            return gettext("%(n)d organisations are invited.") % {"n": count}
        case "again":
            row = one.participants.filter(pk=uuid_of(post.get("participant", "")) or NOBODY).first()
            group.invite(user, one.pk, [row.organisation_id] if row else [])
            return gettext("The organisation is invited again.")
        case "exclude":
            id_ = uuid_of(post.get("participant", "")) or NOBODY
            group.exclude(user, one.pk, id_, post.get("reason", ""))
            return gettext(
                "The participant is excluded. The members of the participant have left "
                "the group of "
                "the operation."
            )
        case "name":
            whom = User.objects.filter(
                organisation_id=selectors.home(user), pk=uuid_of(post.get("user", "")) or NOBODY
            ).first()
            if whom is None:
                raise Refused("person", "user")
            until = time_of(post["ends_at"], "ends_at") if post.get("ends_at") else None
            group.name_member(
                user,
                one.pk,
                whom,
                post.get("role", ""),
                post.get("post", ""),
                post.get("reach", ""),
                until,
            )
            return gettext("The person is now a member of the group.")
        case "end":
            group.end_member(user, one.pk, uuid_of(post.get("member", "")) or NOBODY)
            return gettext("The membership has ended.")
    raise Refused("state")


@require_http_methods(["GET", "HEAD", "POST"])
@requires("operation.see")
def national(request: Request, pk: uuid.UUID) -> HttpResponse:
    """Shows the national plan of the user's own organisation, with the confirmations of receipt by its posts.
    The coordinator also sees the plans of the participants. A contact point can send a plan, and a post can
    confirm the receipt.
    """
    one, problem = find(pk), None
    if request.method == "POST":
        try:
            done = _national(request, one)
        except Refused as refused:
            problem = refused
        else:
            toasts.success(request, done)
            return redirect("operation-national", pk=pk)
    rows = NationalPlan.objects.filter(operation=one).order_by("-number")
    mine = rows.filter(organisation_id=selectors.home(request.user)).first()
    receipts = selectors.receipts(mine) if mine else []
    at, known = now(), selectors.participants(one)
    context = {
        "national": mine,
        "receipts": receipts,
        "confirmed": sum(r.confirmed_at is not None for r in receipts),
        "overdue": [r for r in receipts if r.confirmed_at is None and r.due_at <= at],
        "arrived": [
            (known.get(r.organisation_id, "–"), r)
            for r in rows.exclude(organisation_id=selectors.home(request.user))
        ],
        "units": list(
            Unit.objects.filter(organisation_id=selectors.home(request.user)).order_by("name")
        ),
        "may_send": {"contact", "deputy"} & set(selectors.roles(request.user, one)),
        "chosen": request.POST.getlist("unit"),
    }
    return page(request, one, "national", context, problem)


def _national(request: Request, one: Operation) -> str:
    post, user = request.POST, request.user
    if post.get("do") == "confirm":
        receipt = uuid_of(post.get("receipt", ""))
        if receipt is None or not PlanReceipt.objects.filter(pk=receipt).exists():
            raise Refused("post")
        plans.confirm_plan(user, receipt)
        return gettext("The receipt is confirmed.")
    if post.get("do") != "send":
        raise Refused("state")
    plans.send_plan(
        user,
        one.pk,
        post.get("text", ""),
        post.get("profiles", ""),
        uuids(post.getlist("unit")),
        time_of(post.get("due_at", ""), "due_at"),
    )
    return gettext("The national plan was sent to the posts and to the coordinator.")
