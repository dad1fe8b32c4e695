"""Pages: requests for mutual assistance to and from other administrations."""

from __future__ import annotations

import datetime as dt
import io
import uuid
from collections.abc import Callable, Mapping
from typing import Any

from django.contrib import messages as toasts
from django.http import HttpResponse, QueryDict
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from vedette.apps.accounts import acts, rules
from vedette.apps.accounts.rules import Request, requires
from vedette.apps.cooperation import starting, wording
from vedette.apps.cooperation.actions import mutual as actions
from vedette.apps.cooperation.actions.common import Refused, home
from vedette.apps.cooperation.models import MutualEvent, MutualRequest
from vedette.apps.cooperation.selectors import mutual as selectors
from vedette.apps.query import now, plain
from vedette.apps.release import selectors as released
from vedette.apps.release import wording as words
from vedette.apps.release.actions import returns
from vedette.apps.release.models import Copy, Feedback
from vedette.core.cells import Table

#: Rows of a CSV file.
MOST_ROWS = 10_000


@require_safe
@requires("mutual.see")
def listed(request: Request) -> HttpResponse:
    """Shows the requests that the reader sees, in lists with the number of requests in each, and the figures
    for both directions."""
    own, at = home(request.user), now()
    counts = selectors.counts(own, at)
    show = request.GET.get("show", "")
    if show not in selectors.SHOWN:
        show = "overdue" if counts["overdue"] else "received" if counts["received"] else "sent"
    found = selectors.listed(own, show, at)
    rows, following = selectors.page(found, plain(request.GET.get("before", "")))
    acts.write(request.user, "mutual.list", shown=len(rows))
    names = released.organisations()
    context = {
        "rows": [_row(one, own, names, at) for one in rows],
        "following": following,
        "show": show,
        "title": wording.LISTS[show],
        "lists": [(name, wording.LISTS[name], counts[name]) for name in selectors.SHOWN],
        "figures": selectors.figures(own),
        "oral": [(one, _confirm_until(one)) for one in selectors.unconfirmed_oral(own)[:20]],
        "writes": rules.may(request.user, "mutual.write"),
        "now": at,
    }  # fmt: skip
    return render(request, "cooperation/mutual.html", context)


def _confirm_until(one: MutualRequest) -> dt.datetime | None:
    return one.oral_at + selectors.CONFIRM if one.oral_at else None


def _row(
    one: MutualRequest, own: uuid.UUID, names: dict[uuid.UUID, str], at: dt.datetime
) -> dict[str, Any]:
    asks = one.organisation_id == own
    waits = one.state in MutualRequest.OPEN and one.closed_at is None and not one.spontaneous
    return {
        "one": one,
        "asks": asks,
        "other": names.get(one.requested_id if asks else one.organisation_id, "–"),
        "late": waits and one.due_at is not None and one.due_at <= at,
        "waits": waits,
    }


@require_http_methods(["GET", "HEAD", "POST"])
@requires("mutual.write")
def new(request: Request) -> HttpResponse:
    """The first step of a request: the agreement with its legal basis, and the administration. `to` in the
    URL names the administration, from an entry of the directory; `about` names a seizure or a control, whose
    facts fill in the draft."""
    problem, post, user = None, request.POST, request.user
    about = plain(post.get("about", request.GET.get("about", "")))
    kind, _, record = about.partition(":")
    if request.method == "POST":
        try:
            made = actions.create(
                user, post.get("ground", ""), _id(post.get("requested", "")),
                spontaneous=post.get("spontaneous") == "yes",
                values=starting.from_record(user, kind, _id(record)),
            )  # fmt: skip
        except Refused as refused:
            problem = refused
        else:
            return redirect("mutual-edit", pk=made.pk)
    own = home(user)
    names, grounds = released.organisations(), selectors.grounds(own)
    parties = {party for one in grounds for party in one.parties} - {own}
    context = {
        "grounds": grounds,
        "parties": [(id_, name) for id_, name in names.items() if id_ in parties],
        "ground": post.get("ground", grounds[0].key if len(grounds) == 1 else ""),
        "requested": post.get("requested", request.GET.get("to", "")),
        "spontaneous": post.get("spontaneous") == "yes",
        "about": about,
        **_said(problem),
    }
    return render(request, "cooperation/mutual_new.html", context, status=422 if problem else 200)


@require_http_methods(["GET", "HEAD", "POST"])
@requires("mutual.write")
def edit(request: Request, pk: uuid.UUID) -> HttpResponse:
    """The form of a draft. A draft may be incomplete."""
    one = _find(pk)
    if one.state != MutualRequest.State.DRAFT or one.organisation_id != home(request.user):
        return redirect("mutual-request", pk=pk)
    problem, post = None, request.POST
    if request.method == "POST":
        try:
            actions.save(request.user, pk, _typed(post))
        except Refused as refused:
            problem = refused
        else:
            toasts.success(request, gettext("The draft is stored. Nothing was sent."))
            return redirect("mutual-request", pk=pk)
    acts.write(request.user, "mutual.see", pk)
    typed = post if request.method == "POST" else None
    kept = actions.draft_of(request.user, one)
    value = {
        name: typed.get(name, "") if typed else kept.get(name, "")
        for name in (*actions.TEXTS, "marking", "unknown")
    }
    value |= {
        "assistance": typed.get("assistance", "") if typed else one.assistance,
        "due_at": typed.get("due_at", "") if typed else _shown_time(one.due_at),
        "oral_at": typed.get("oral_at", "") if typed else _shown_time(one.oral_at),
    }
    chosen = typed.getlist("addressees") if typed else [str(id_) for id_ in one.addressees]
    needed = actions.REQUIRED_SPONTANEOUS if one.spontaneous else actions.REQUIRED
    context = {
        **_head(request, one),
        "value": value,
        "texts": [
            (name, wording.FIELDS[name], most, value[name], name in needed)
            for name, most in actions.TEXTS.items() if name not in ("persons", "reference", "article")
            and not (one.spontaneous and name == "procedure")
        ],
        "kinds": MutualRequest.Assistance.choices,
        "markings": actions.MARKINGS,
        "officials": [
            (official, str(official.user_id) in chosen)
            for official in selectors.officials(one.agreement, one.requested_id)
        ],
        "most": actions.TEXTS,
        "confirm": selectors.CONFIRM.days,
        **_said(problem),
    }  # fmt: skip
    return render(request, "cooperation/mutual_edit.html", context, status=422 if problem else 200)


def _typed(post: QueryDict) -> actions.Typed:
    return actions.Typed(
        {name: str(post.get(name, "")) for name in (*actions.TEXTS, "marking", "unknown")},
        assistance=post.get("assistance", ""),
        addressees=[_id(one) for one in post.getlist("addressees")[:100]],
        due_at=_time(post.get("due_at", ""), "due_at"),
        oral_at=_time(post.get("oral_at", ""), "oral_at"),
    )  # fmt: skip


def _time(text: str, field: str) -> dt.datetime | None:
    """A time that a person typed, in the time zone of the workplace."""
    if not text.strip():
        return None
    try:
        naive = dt.datetime.fromisoformat(text.strip()[:16])
        if naive.tzinfo is not None or not 2000 <= naive.year <= 2200:
            raise ValueError
    except ValueError as error:
        raise Refused("time", field) from error
    return timezone.make_aware(naive)


def _shown_time(at: dt.datetime | None) -> str:
    return timezone.localtime(at).strftime("%Y-%m-%dT%H:%M") if at else ""


@require_safe
@requires("mutual.see")
def request_page(request: Request, pk: uuid.UUID) -> HttpResponse:
    """Shows a request: its text, its deadline, its events with the answers, and the possible actions. For a
    draft, shows who would receive exactly which text."""
    return _page(request, _find(pk))


def _find(pk: uuid.UUID) -> MutualRequest:
    return get_object_or_404(MutualRequest, pk=pk)


def _head(request: Request, one: MutualRequest) -> dict[str, Any]:
    names = released.organisations()
    return {
        "one": one,
        "row": _row(one, home(request.user), names, now()),
        "requesting": names.get(one.organisation_id, "–"),
        "requested": names.get(one.requested_id, "–"),
    }


def _said(problem: Refused | None, labels: Mapping[str, Any] = wording.FIELDS) -> dict[str, Any]:
    """The sentence that explains a refusal, the name of the field concerned, and the label of this field on
    the page."""
    if problem is None:
        return {"problem": "", "wrong": "", "wrong_label": ""}
    return {
        "problem": wording.PROBLEMS[problem.code],
        "wrong": problem.detail,
        "wrong_label": labels.get(problem.detail, ""),
    }


def _page(request: Request, one: MutualRequest, problem: Refused | None = None) -> HttpResponse:
    user, own = request.user, home(request.user)
    acts.write(user, "mutual.see", one.pk)
    asks = one.organisation_id == own
    head = _head(request, one)
    context: dict[str, Any] = {
        **head, **_said(problem), "typed": request.POST, "writes": rules.may(user, "mutual.write"),
        "ground": words.labelled(one.purpose, one.legal_basis), "asks": asks,
        "oral_until": _confirm_until(one),
    }  # fmt: skip
    if one.state == MutualRequest.State.DRAFT:
        values = actions.draft_of(user, one)
        lacks = actions.missing(one, values)
        context |= {
            "missing": [wording.FIELDS[name] for name in lacks],
            "kept": [
                (wording.FIELDS[name], values[name]) for name in actions.TEXTS if values.get(name)
            ],
            **_offered(request, lambda: actions.offer(user, one), bool(lacks)),
        }
        return render(
            request, "cooperation/mutual_draft.html", context, status=422 if problem else 200
        )
    events = selectors.events(one)
    content = _text(request, own, one.pk)
    reminders = [event.at for event in events if event.what == MutualEvent.What.REMINDED]
    context |= {
        "content": content,
        "events": [(event, _text(request, own, event.object) if event.object else None) for event in events],
        "release": selectors.release_of(own, one.pk) if asks else None,
        "reminded": reminders[-1] if reminders else None,
        "may_remind": not reminders or reminders[-1] + actions.REMIND_EVERY <= now(),
        "remind_from": reminders[-1] + actions.REMIND_EVERY if reminders else None,
        "answers": not asks and context["writes"] and selectors.is_official(user, one),
        "drafted": not asks and bool(actions.draft_of(user, one)),
    }  # fmt: skip
    return render(
        request, "cooperation/mutual_request.html", context, status=422 if problem else 200
    )


def _text(request: Request, own: uuid.UUID, object_: uuid.UUID) -> list[tuple[str, str]] | None:
    """The lines of a text that the reader may read. When a reader with a given role opens a copy for the
    first time, this is recorded as a receipt for the sender of the text."""
    found, copy = selectors.text_of(own, request.user, object_)
    if (
        copy is not None
        and copy.state == Copy.State.ACTIVE
        and rules.may(request.user, "release.see")
    ):
        returns.record(request.user, copy, Feedback.What.OPENED)
    if found is None:
        return None
    # The page shows the administrations and the deadline above the text.
    return _lines(found, "requesting", "requested", "due_at")


def _lines(content: dict[str, Any], *left_out: str) -> list[tuple[str, str]]:
    """The labels and the values of a text in the order of the form."""
    return words.lines(words.ordered(content, *left_out))


def _offered(request: Request, offer: Callable[[], actions.Offer], lacks: bool) -> dict[str, Any]:
    """Returns the preview of a text for its page, or the reason if no preview is possible."""
    if lacks:
        return {"offer": None}
    try:
        found = offer()
    except Refused as refused:
        return {"offer": None, "blocked": wording.PROBLEMS[refused.code]}
    return {
        "offer": found, "preview": found.preview, "content": _lines(found.made.content),
        "waits_for_second": actions.asked(request.user, found),
    }  # fmt: skip


@require_POST
@requires("mutual.write")
def act(request: Request, pk: uuid.UUID) -> HttpResponse:
    """Sends, deletes or withdraws a request, reminds the other administration of it, requests the approval of
    a second person, or confirms the receipt."""
    one, post, user = _find(pk), request.POST, request.user
    do = post.get("do", "")
    try:
        if do == "send":
            actions.send(user, pk, post.get("token", ""))
            said = gettext("The request is sent.")
        elif do == "ask":
            actions.ask(user, pk, plain_long(post.get("release_why", "")))
            said = gettext("The approval of the second person is requested.")
        elif do == "discard":
            actions.discard(user, pk)
            toasts.success(request, gettext("The draft is deleted."))
            return redirect("mutual")
        elif do == "acknowledge":
            actions.acknowledge(user, pk)
            said = gettext("The receipt is confirmed.")
        elif do == "remind":
            actions.remind(user, pk)
            said = gettext("The administration is reminded.")
        elif do == "withdraw":
            actions.withdraw(user, pk, plain_long(post.get("why", "")))
            said = gettext(
                "The request is withdrawn. The copies of the request are removed within a minute."
            )
        else:
            raise Refused("state")
    except Refused as refused:
        return _page(request, one, refused)
    toasts.success(request, said)
    return redirect("mutual-request", pk=pk)


def plain_long(text: str) -> str:
    """The first 500 characters of a reason, without the character NUL."""
    return text[:500].replace("\0", "")


@require_http_methods(["GET", "HEAD", "POST"])
@requires("mutual.write")
def answer(request: Request, pk: uuid.UUID) -> HttpResponse:
    """The form of an answer, a partial answer or a refusal, with the preview of what would be sent."""
    one, post, user = _find(pk), request.POST, request.user
    if not selectors.is_official(user, one):
        return redirect("mutual-request", pk=pk)
    problem, do = None, post.get("do", "")
    if request.method == "POST":
        try:
            if do == "send":
                actions.send_answer(user, pk, post.get("token", ""))
                toasts.success(request, gettext("The answer is sent."))
                return redirect("mutual-request", pk=pk)
            if do == "ask":
                actions.ask_answer(user, pk, plain_long(post.get("release_why", "")))
                toasts.success(request, gettext("The approval of the second person is requested."))
            elif do == "discard":
                actions.discard_answer(user, pk)
                toasts.success(request, gettext("The draft is deleted."))
                return redirect("mutual-request", pk=pk)
            else:
                actions.save_answer(user, pk, {name: str(post.get(name, "")) for name in _ANSWER})
                toasts.success(request, gettext("The draft is stored. Nothing was sent."))
        except Refused as refused:
            problem = refused
        else:
            return redirect("mutual-answer", pk=pk)
    acts.write(user, "mutual.see", pk)
    kept = actions.draft_of(user, one)
    ground = selectors.ground_of(home(user), one)
    typed = post if request.method == "POST" and do == "save" else None
    context = {
        **_head(request, one),
        **_said(problem, wording.FIELDS | wording.ANSWER_FIELDS),
        "value": {name: typed.get(name, "") if typed else kept.get(name, "") for name in _ANSWER},
        "kept": bool(kept),
        "whats": [(one_.value, one_.label) for one_ in MutualEvent.ANSWERS],
        "grounds": [
            (code, words.value("ground", code)) for code in (ground.refusals if ground else ())
        ],
        "markings": actions.MARKINGS,
        "most": actions.ANSWER_TEXTS,
        "text": _text(request, home(user), pk),
        **(
            _offered(request, lambda: actions.offer_answer(user, one), not kept)
            if not typed
            else {}
        ),
    }
    return render(
        request, "cooperation/mutual_answer.html", context, status=422 if problem else 200
    )


_ANSWER = ("what", "ground", "text", "persons", "marking")


@require_safe
@requires("mutual.see")
def csv(request: Request) -> HttpResponse:
    """The requests that the reader sees as a CSV file: numbers, codes, times and administrations, no texts
    and no names of persons."""
    own = home(request.user)
    names = released.organisations()
    out = io.StringIO()
    table = Table(out)
    table.row(
        [
            "number", "requesting", "requested", "spontaneous", "legal_basis", "assistance", "state",
            "sent_at", "due_at", "oral_at", "acknowledged_at", "first_answer_at", "closed_at",
        ]
    )  # fmt: skip
    rows = list(
        selectors.listed(own, "all", now())
        .exclude(state=MutualRequest.State.DRAFT)
        .order_by("-at", "-pk")[:MOST_ROWS]
    )
    for one in rows:
        table.row(
            [
                one.code, names.get(one.organisation_id), names.get(one.requested_id),
                "1" if one.spontaneous else "0", one.legal_basis, one.assistance, one.state,
                *(_iso(at) for at in (one.sent_at, one.due_at, one.oral_at, one.acknowledged_at,
                                      one.first_answer_at, one.closed_at)),
            ]
        )  # fmt: skip
    acts.write(request.user, "mutual.export", rows=len(rows))
    found = HttpResponse(out.getvalue(), content_type="text/csv; charset=utf-8")
    found["Content-Disposition"] = 'attachment; filename="requests.csv"'
    return found


def _iso(at: dt.datetime | None) -> str:
    return at.astimezone(dt.UTC).isoformat(timespec="seconds") if at else ""


def _id(text: str) -> uuid.UUID:
    try:
        return uuid.UUID(text)
    except ValueError:
        return uuid.UUID(int=0)
