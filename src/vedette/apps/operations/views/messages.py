"""Pages: the messages of an operation, the form for a message, and one message with its answer."""

from __future__ import annotations

import functools
import uuid
from collections import Counter
from dataclasses import dataclass, replace
from typing import Any, cast

from django.contrib import messages as toasts
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils.translation import gettext, ngettext, pgettext
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from vedette.apps import display
from vedette.apps.accounts import rules
from vedette.apps.accounts.rules import Request, requires
from vedette.apps.columns import new_id
from vedette.apps.enforcement.selectors.controls import now
from vedette.apps.offline import selectors as entries
from vedette.apps.operations import rights, wording
from vedette.apps.operations.actions import messages
from vedette.apps.operations.actions.common import Refused
from vedette.apps.operations.actions.messages import Entered, Invalid, form_of
from vedette.apps.operations.models import Answer, Marking, Message, Nominal, Operation, Receipt
from vedette.apps.operations.selectors import operations as selectors
from vedette.apps.operations.views import preview
from vedette.apps.operations.views.common import (
    find,
    keyset,
    page,
    time_of,
    typed_time,
    uuid_of,
    uuids,
)
from vedette.apps.operations.views.values import language, values
from vedette.apps.query import plain
from vedette.apps.release import wording as released
from vedette.apps.rendering import say
from vedette.core.message_forms import Field


@require_safe
@requires("operation.see")
def listed(request: Request, pk: uuid.UUID) -> HttpResponse:
    """Shows the messages that the reader may see, the latest first. Filters select one kind, the unanswered
    warnings, or the late records.
    """
    one = find(pk)
    which, after = request.GET.get("kind", ""), plain(request.GET.get("after", ""))
    match which:
        case "unanswered":
            found, following = keyset(selectors.unanswered(one), "useful_until", after)
        case "late":
            late = Message.objects.filter(operation=one, late_at__isnull=False)
            found, following = keyset(late, "-late_at", after)
        case "kept":
            kept = Message.objects.filter(operation=one, sent_at=None, late_at=None)
            found, following = keyset(kept, "-at", after)
        case _:
            rows = selectors.latest(Message.objects.filter(operation=one, sent_at__isnull=False))
            if which in rights.KINDS:
                rows = rows.filter(kind=which)
            found, following = keyset(rows, "-sent_at", after)
    known = selectors.participants(one)
    context = {
        "rows": [(row, selectors.names(known, row.recipients)) for row in found],
        "which": which,
        "kinds": [
            ("", pgettext("masculine", "All")),
            ("unanswered", gettext("Unanswered warnings")),
            ("late", gettext("Late records of the operation")),
            ("kept", gettext("Not sent yet")),
            *Message.Kind.choices,
        ],
        "following": following,
        "first": not after,
    }
    return page(request, one, "messages", context)


@require_http_methods(["GET", "HEAD", "POST"])
@requires("operation.see", to_post="operation.report")
def together(request: Request, pk: uuid.UUID) -> HttpResponse:
    """Shows the content and the recipients of the user's stored entries, and sends all these entries
    together.
    """
    one, problem = find(pk), None
    if request.method == "POST":
        try:
            sent = messages.send_together(request.user, pk, request.POST.get("token", ""))
        except Refused as refused:
            problem = refused
        else:
            toasts.success(
                request,
                ngettext("%(n)s entry is sent.", "%(n)s entries are sent.", sent)
                % {"n": display.number(sent)},
            )
            return redirect("operation-messages", pk=pk)
    found = messages.waiting_together(request.user, pk)
    words = functools.cache(functools.partial(preview.words_of, one))
    lines: dict[tuple[str, str], Counter[str]] = {}
    for _message, offer in found.entries:
        for line in offer.preview.lines:
            decided = lines.setdefault((line.name, line.recipient.name), Counter())
            decided[str(say(line.reason)) if line.reason else ""] += 1
    context = {
        "found": found,
        "recipients": [
            (name, person, decided.pop("", 0), sorted(decided.items()))
            for (name, person), decided in lines.items()
        ],
        "entries": [
            (message, offer, released.lines(offer.made.content, words(message.kind, message.template)))
            for message, offer in found.entries
        ],
    }  # fmt: skip
    return page(request, one, "together", context, problem)


@dataclass(frozen=True)
class Input:
    """One field of a form, with the entered value and its problem."""

    field: Field
    label: str
    typed: str
    problem: str
    choices: list[tuple[str, str]]


def inputs(
    one: Operation,
    kind: str,
    number: int,
    typed: dict[str, str],
    problems: dict[str, str],
    short: bool,
) -> list[Input]:
    """Returns the form fields of a message, in the order in which the page shows them. A field with a
    condition is shown together with its condition.
    """
    found = []
    for each in form_of(one, kind, number)[1]:
        if each.hidden or (short and not (each.short or each.required)):
            continue
        problem = problems.get(each.id, "")
        found.append(
            Input(
                each,
                each.label(language()),
                typed.get(each.id, ""),
                str(wording.VALUES.get(problem, "")) if problem else "",
                [(code, each.word(code, language())) for code, _ in each.choices],
            )
        )
    return found


def _may(request: Request, one: Operation) -> list[tuple[str, str]]:
    """Returns the kinds of messages that the reader may currently send."""
    at, roles = now(), selectors.roles(request.user, one)
    return [
        (kind, str(word))
        for kind, word in Message.Kind.choices
        if kind != "sitrep"
        and any(
            rights.may_send(
                kind, role, one.state, ended=at >= one.live_until, closed=at >= one.until
            )
            for role in roles
        )
    ]


@require_http_methods(["GET", "HEAD", "POST"])
@requires("operation.see", to_post="operation.report")
def entry(request: Request, pk: uuid.UUID) -> HttpResponse:
    """Shows the form for a message. If the user chooses another form, the entered values are kept."""
    one, post, problem = find(pk), request.POST, cast("Refused | None", None)
    source = post if request.method == "POST" else request.GET
    kind = source.get("kind", "control")
    kind = kind if kind in rights.KINDS and kind != "sitrep" else "control"
    short = source.get("form", "short") != "full"
    number = source.get("template", "")
    version = int(number) if number.isascii() and number.isdecimal() and len(number) < 7 else 0
    problems: dict[str, str] = {}
    step = post.get("step", "")
    if request.method == "POST" and not post.get("switch") and step != preview.CHANGE:
        try:
            return _entry(request, one, _entered(request, one, kind, short, version), step)
        except Invalid as invalid:
            problem, problems = invalid, invalid.problems
        except Refused as refused:
            problem = refused
    try:
        version, _ = form_of(one, kind, version)
    except Refused:
        version, _ = form_of(one, kind)
    typed = {key: str(value) for key, value in source.items()}
    if request.method != "POST":
        typed.setdefault("happened", typed_time(now()))
        if kind == "control":
            typed.setdefault("controls", "1")
    context = {
        "kind": kind,
        "kind_word": dict(Message.Kind.choices)[kind],
        "kinds": _may(request, one),
        "short": short,
        "version": version,
        "value": typed,
        "id": typed.get("id") or new_id(),
        "inputs": inputs(one, kind, version, typed, problems, short),
        "markings": [m for m in Marking.choices if not rights.weaker(one.marking, m[0])],
        "recipients": [
            (p.organisation_id, p.name)
            for p in selectors.accepted(one)
            if kind != "warning" or p.organisation_id != request.user.organisation_id
        ],
        "chosen": post.getlist("recipient"),
        "exercise_word": one.exercise,
    }
    return page(request, one, "entry", context, problem)


def _entry(request: Request, one: Operation, entered: Entered, step: str) -> HttpResponse:
    """Shows the preview of a message, sends the version that was shown, or requests the approval of a second
    person. If the preview has changed, or if sending is refused, shows the preview again.
    """
    problem = None
    if step == preview.SEND:
        try:
            return _after(
                request, messages.send(request.user, one.pk, entered, request.POST.get("token", ""))
            )
        except Invalid:
            raise
        except Refused as refused:
            problem = refused
    elif step == preview.ASK:
        try:
            made = messages.ask(request.user, one.pk, entered, request.POST.get("release_why", ""))
        except Invalid:
            raise
        except Refused as refused:
            problem = refused
        else:
            toasts.success(
                request,
                gettext(
                    "The approval of the second person is requested. "
                    "The message is stored on this page until then."
                ),
            )
            return redirect("operation-message", pk=made.pk)
    ready = messages.preview(request.user, one.pk, entered)
    if ready.offer is None:
        return _after(request, messages.send(request.user, one.pk, entered))
    return _preview(request, one, ready, problem)


def _preview(
    request: Request, one: Operation, ready: messages.Prepared, problem: Refused | None
) -> HttpResponse:
    assert ready.offer is not None  # noqa: S101  the caller has looked
    form = preview.words_of(one, ready.message.kind, ready.message.template)
    kept = [form(field, "")[0] for field in (*ready.kept_back, *ready.nominal)]
    return preview.shown(
        request, one, ready.offer, form, list(dict.fromkeys(kept)), problem or ready.problem
    )


def _entered(request: Request, one: Operation, kind: str, short: bool, version: int) -> Entered:
    post = request.POST
    until = time_of(post["useful_until"], "useful_until") if post.get("useful_until") else None
    return Entered(
        id=uuid_of(post.get("id", "")) or new_id(),
        kind=kind,
        typed={key: str(value) for key, value in post.items()},
        short=short,
        template=version,
        text=post.get("text", ""),
        marking=post.get("marking", ""),
        recipients=uuids(post.getlist("recipient")),
        about=uuid_of(post.get("about", "")),
        record=uuid_of(post.get("record", "")),
        useful_until=until,
    )


def _after(request: Request, sent: Message) -> HttpResponse:
    if sent.sent_at is None and sent.late_at is None:
        toasts.warning(
            request,
            gettext(
                "Your organisation no longer takes part in the operation. The record is stored "
                "only in your organisation."
            ),
        )
    elif sent.sent_at is None:
        toasts.warning(
            request,
            gettext(
                "The operation has ended. The record is stored only in your organisation. The "
                "coordinator can accept the record as late."
            ),
        )
    else:
        toasts.success(request, gettext("The message is sent."))
    if sent.kind == Message.Kind.CONTROL and sent.sent_at is not None:
        answer = redirect("operation-entry", pk=sent.operation_id)
        # The next entry keeps the place and the kind of goods.
        from urllib.parse import urlencode

        answer["Location"] += "?" + urlencode({"place": sent.place, "category": sent.category})
        return answer
    return redirect("operation-message", pk=sent.pk)


def _found(pk: uuid.UUID) -> Message:
    return get_object_or_404(Message.objects.select_related("operation"), pk=pk)


@require_safe
@requires("operation.see")
def message(request: Request, pk: uuid.UUID) -> HttpResponse:
    """Shows one message with all its versions, the persons who opened it, and the answers to a warning."""
    found = _found(pk)
    messages.opened(request.user, found)
    return _message(request, found)


def _message(request: Request, found: Message, problem: Refused | None = None) -> HttpResponse:
    one = found.operation
    versions = list(Message.objects.filter(root=found.root).order_by("-version"))
    last = next((row for row in versions if row.sent_at is not None), found)
    last.operation = one
    at, roles = now(), selectors.roles(request.user, one)
    answers = list(Answer.objects.filter(message_id=found.root).order_by("at"))
    home = request.user.organisation_id
    mine = last.organisation_id == home and not last.withdraws
    problems = problem.problems if isinstance(problem, Invalid) else {}
    kept = Nominal.objects.filter(message=last).first()
    secret = kept.values if kept else {}
    typed = (
        {key: str(value) for key, value in request.POST.items()}
        if problem
        else {**last.values, **secret}
    )
    context: dict[str, Any] = {
        "message": last,
        "values": values(last),
        "versions": [(row, values(_of(row, one))) for row in versions if row.pk != last.pk],
        "recipients": selectors.names(selectors.participants(one), last.recipients),
        "photographs": list(entries.photographs_of(found.root)),
        "receipts": list(Receipt.objects.filter(message_id=found.root).order_by("at")),
        "answers": answers,
        "answered": answers[-1] if answers else None,
        "to_answer": last.kind == "warning"
        and home in last.recipients
        and not last.withdraws
        and bool(set(roles) & {"coordinator", "contact", "deputy", "post"})
        and at < one.until,
        "test_open": last.kind == "test" and bool({"contact", "deputy"} & set(roles)),
        "outcomes": Answer.Outcome.choices,
        "correctable": mine
        and rules.may(request.user, "operation.report")
        and any(
            rights.may_send(
                last.kind,
                role,
                one.state,
                ended=at >= one.live_until,
                closed=at >= one.until,
                correction=True,
            )
            for role in roles
        ),
        "inputs": inputs(one, last.kind, 0, typed, problems, False) if mine else [],
        "late_open": last.late_at is not None
        and last.accepted_at is None
        and "coordinator" in roles,
        "markings": [m for m in Marking.choices if not rights.weaker(one.marking, m[0])],
        "value": typed,
        "until_typed": typed_time(last.useful_until),
        "doing": request.POST.get("do", ""),
        "names": kept,
        "erasable": rules.may(request.user, "operation.erase")
        and last.organisation_id == home
        and Nominal.objects.filter(message__root=found.root, erased_at=None).exists(),
        "kept_answer": messages.kept_answer(request.user, found)
        if last.kind == "warning"
        else None,
    }
    if last.organisation_id == home and last.sent_at is not None:
        context["sent_to"] = preview.sent_to(last.pk, last.root)
    try:
        offer = messages.waiting(request.user, last)
    except Refused as refused:
        offer, problem = None, problem or refused
    if offer is not None:
        form = preview.words_of(one, last.kind, last.template)
        context["waiting"] = preview.context_of(offer, form)
    return page(request, one, "message", context, problem)


def _of(row: Message, one: Operation) -> Message:
    row.operation = one
    return row


@require_POST
@requires("operation.see")
def act(request: Request, pk: uuid.UUID) -> HttpResponse:
    """Answers a warning or a test message, corrects or withdraws a message, or accepts a late record."""
    found = _found(pk)
    post, user = request.POST, request.user
    try:
        match post.get("do", ""):
            case "answer" | "correct" | "withdraw" as what if post.get("step") != preview.CHANGE:
                return _released(request, found, what, post.get("step", ""))
            case "test":
                messages.answer_test(user, pk)
                done = gettext("The test message is answered.")
            case "send":
                messages.send_stored(user, pk, post.get("token", ""))
                done = gettext("The message is sent.")
            case "ask":
                messages.ask_again(user, pk, post.get("release_why", ""))
                done = gettext(
                    "The approval of the second person is requested. The message is "
                    "stored on this page until then."
                )
            case "erase":
                messages.erase_nominal(user, pk, post.get("erase_why", ""))
                done = gettext("The values that named persons have been erased.")
            case "accept":
                messages.accept_late(user, pk)
                done = gettext("The late record is now counted in the figures.")
            case "answer" | "correct" | "withdraw":
                return _message(request, found)
            case _:
                raise Refused("kind")
    except Refused as refused:
        return _message(request, found, refused)
    toasts.success(request, done)
    return redirect("operation-message", pk=pk)


def _released(request: Request, found: Message, what: str, step: str) -> HttpResponse:
    """Shows the preview of an answer, a correction or a withdrawal, sends the version that was shown, or
    requests the approval of a second person."""
    post, user, one = request.POST, request.user, found.operation
    token, why, problem = post.get("token", ""), post.get("why", ""), None
    outcome, reason = post.get("outcome", ""), post.get("reason", "")
    stated = post.get("version", "")
    version = int(stated) if stated.isascii() and stated.isdecimal() and len(stated) < 6 else 0
    entered = None
    if what == "correct":
        entered = _entered(request, one, found.kind, False, 0)
        if not entered.recipients:
            entered = replace(entered, recipients=found.recipients)
    if step == preview.SEND:
        try:
            if what == "answer":
                messages.answer(user, found.pk, outcome, reason, token)
                toasts.success(request, gettext("Your answer is sent."))
            else:
                made = messages.correct(user, found.pk, version, why, entered, token)
                if made.sent_at is None:
                    return _after(request, made)
                toasts.success(
                    request,
                    gettext("The correction is sent.")
                    if entered
                    else gettext(
                        "The message is withdrawn. The message remains visible and is marked as withdrawn."
                    ),
                )
            return redirect("operation-message", pk=found.pk)
        except Invalid:
            raise
        except Refused as refused:
            problem = refused
    if step == preview.ASK:
        try:
            if what == "answer":
                messages.ask_answer(user, found.pk, outcome, reason, post.get("release_why", ""))
            else:
                messages.ask_correction(
                    user, found.pk, version, why, entered, post.get("release_why", "")
                )
            toasts.success(
                request,
                gettext(
                    "The approval of the second person is requested. "
                    "The values that you entered are kept."
                ),
            )
            return redirect("operation-message", pk=found.pk)
        except Invalid:
            raise
        except Refused as refused:
            problem = refused
    if what == "answer":
        _, offer = messages.preview_answer(user, found.pk, outcome, reason)
        return preview.shown(request, one, offer, None, (), problem)
    ready = messages.preview_correction(user, found.pk, version, why, entered)
    if ready.offer is None:
        return _after(request, messages.correct(user, found.pk, version, why, entered))
    return _preview(request, one, ready, problem)
