"""The pages of the queue, of a hit and of the search. The pages read data by the functions in the modules
`selectors`, and write data by the functions in the modules `actions`."""

from __future__ import annotations

import datetime as dt
import io
import uuid
from collections.abc import Callable
from functools import partial
from typing import Any
from urllib.parse import parse_qsl

from django.http import Http404, HttpResponse, QueryDict
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from vedette.apps import display
from vedette.apps.accounts import acts, passwords
from vedette.apps.accounts.models import User
from vedette.apps.accounts.rules import Request, requires
from vedette.apps.accounts.selectors import colleagues
from vedette.apps.accounts.sessions import session_purpose
from vedette.apps.desk import present
from vedette.apps.desk import statistics as figures
from vedette.apps.desk.overview import RESULTS, kept
from vedette.apps.desk.suggestions import suggested
from vedette.apps.hits import actions, selectors, wording
from vedette.apps.hits.models import Result, SeenHit
from vedette.apps.hits.selectors import Filters
from vedette.apps.keyring import keyring
from vedette.apps.oversight import name_tokens
from vedette.apps.subjects.kinds import app_kind, app_kinds, queue_rows
from vedette.core.cells import Table

#: An action of a user on the hit with this id.
Action = Callable[[User, uuid.UUID], object]
#: Session key of the last action, which the next page reports.
TOAST = "toast"
#: The parameter of the page of a hit that "Take the next hit" has opened. The form of the decision then takes
#: the next hit, unless the user presses the button with the name `STOP`.
BY_NEXT, STOP = "next", "stop"
#: The maximum number of characters of a search.
LONGEST = 100


@require_safe
@requires("record.see", else_to="home")
def queue(request: Request) -> HttpResponse:
    """The queue of open hits."""
    filters = Filters.read(request.GET)
    page = selectors.page(filters, request.user, request.GET.get("after", ""))
    actions.seen_in_queue(request.user, page.rows)
    context = {**present.queue(page, filters, request.user), "toast": _toast(request)}
    return render(request, "desk/queue.html", context)


@require_safe
@requires("record.see")
def queue_changes(request: Request) -> HttpResponse:
    """Returns the notice bar, the time left and the claims of the rows if they changed. Otherwise returns
    status 204 without content.
    """
    filters = Filters.read(request.GET)
    since, last = _time(request.GET.get("since")), _time(request.GET.get("last"))
    rows = [x for part in request.GET.get("rows", "").split(".") if (x := _uuid(part))]
    found = selectors.changes(filters, request.user, since, last, rows)
    if found is None:
        return HttpResponse(status=204)
    context = {
        "changes": found,
        "since": since,
        "polling": present.poll_query(filters, since, found.at, [r.hex for r in rows]),
        "here": filters.query(),
    }
    return render(request, "desk/queue_changes.html", context)


@require_safe
@requires("record.see")
def queue_open(request: Request) -> HttpResponse:
    """Redirects to the hit of the chosen row, with the filters of the queue."""
    hit, filters = _uuid(request.GET.get("hit", "")), Filters.read(request.GET)
    return _to("hit", filters, hit) if hit else _to("queue", filters)


@require_safe
@requires("record.see")
def statistics(request: Request) -> HttpResponse:
    """Shows the statistics of the hits that were decided in a period."""
    chosen = figures.Chosen.read(request.GET)
    found = _statistics(request.user, chosen)
    context = {
        "found": found,
        "periods": [(n, chosen.query(days=n, unit="")) for n in figures.PERIODS],
        "outcomes": [
            (word, kind, found.total.counts[o]) for o, (word, kind) in figures.OUTCOMES.items()
        ],
        "enough": figures.ENOUGH,
    }
    return render(request, "desk/statistics.html", context)


def _statistics(user: User, chosen: figures.Chosen) -> figures.Statistics:
    name = f"statistics:{chosen.days}:{chosen.unit}"
    return kept(user, name, lambda: figures.statistics(chosen, timezone.now()))


@require_safe
@requires("record.see")
def statistics_csv(request: Request) -> HttpResponse:
    """Returns the numbers of the statistics as a CSV file, which contains no personal data."""
    chosen = figures.Chosen.read(request.GET)
    out = io.StringIO()
    table = Table(out)
    for row in figures.csv_rows(_statistics(request.user, chosen)):
        table.row(row)
    # Excel reads accents only if the file begins with a byte order mark.
    response = HttpResponse("\ufeff" + out.getvalue(), content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="statistics-{chosen.days}.csv"'
    acts.write(request.user, "statistics.export", days=chosen.days)
    return response


@require_http_methods(["GET", "POST"])
@requires("record.see")
def search(request: Request) -> HttpResponse:
    """Searches for subjects of every kind by a name or a number. The browser sends the search text by POST,
    so that no URL and no log contains this text."""
    purpose, purpose_form = session_purpose(request)
    text = request.POST.get("q", "").replace("\0", "").strip()[:LONGEST]
    context: dict[str, Any] = {
        "text": text,
        "purpose": purpose,
        "purpose_form": purpose_form,
        "asked": request.method == "POST",
        "keys": list(dict.fromkeys(str(key) for kind in app_kinds() for key in kind.search_keys)),
    }
    if request.method != "POST":
        return render(request, "desk/search.html", context)
    if purpose is None or not text:
        return render(request, "desk/search.html", context, status=422)
    found = [one for kind in app_kinds() if (one := kind.search(text))]
    context["suggested"] = suggested(request.user, text)
    acts.write(
        request.user, "record.search", purpose=purpose["purpose"],
        words={"text": text, "case": purpose["case"]}, found=sum(count for count, _ in found),
        name=name_tokens.searched(keyring(), request.user, text),
    )  # fmt: skip
    context["panels"] = [panel for _, panel in found]
    return render(request, "desk/search.html", context)


@require_safe
@requires("record.see")
def decided(request: Request) -> HttpResponse:
    """Shows the decisions of today: the decisions of the user, of one officer (`?by=` and the id) or of all
    officers (`?by=all`).

    With `?result=missing`, shows the decisions of the last `RESULTS` days whose control has no recorded
    result.
    """
    asked = request.GET.get("by", "")
    by = None if asked == "all" else _uuid(asked) or request.user.pk
    text = request.GET.get("start", "")
    start = int(text) if text.isdecimal() and len(text) < 7 else 0
    missing = request.GET.get("result") == selectors.MISSING
    if missing:
        since = timezone.now() - dt.timedelta(days=RESULTS)
        found = selectors.without_result(selectors.decisions_since(since, by))
    else:
        found = selectors.decisions_since(display.midnight(timezone.localdate()), by)
    rows, total = selectors.decided(found, start)
    if shown := list(dict.fromkeys(row.hit.pk for row in rows if row.hit)):
        acts.write(request.user, "queue.see", hits=shown)
    today = f"{reverse('queue-decided')}?by={asked if asked == 'all' else by}"
    to_record = f"{today}&result={selectors.MISSING}"
    base = to_record if missing else today
    words = {"": "", selectors.MISSING: gettext("result missing"), **dict(Result.Outcome.choices)}
    following = start + len(rows)
    context = {
        "rows": [(row, wording.choice(row.decision.choice), words[row.outcome]) for row in rows],
        "missing": missing,
        "days": RESULTS,
        "segments": (
            (today, gettext("Decisions of today"), not missing),
            (to_record, gettext("Results to record"), missing),
        ),
        "total": total,
        "own": by == request.user.pk,
        "first": start + 1,
        "last": following,
        "previous": base if start else "",
        "next": f"{base}&start={following}" if following < total else "",
    }
    return render(request, "desk/decisions.html", context)


@require_POST
@requires("hit.claim")
def take_next(request: Request) -> HttpResponse:
    """Claims the first unclaimed hit of the queue and opens it."""
    filters = Filters.read(request.POST)
    found = actions.take_next(request.user, filters)
    if found is None:
        request.session[TOAST] = {"kind": "none"}
        return _to("queue", filters)
    return _to("hit", filters, found.id, by_next=True)


@require_safe
@requires("record.see")
def hit(request: Request, pk: uuid.UUID) -> HttpResponse:
    """Shows one hit: the subject, the facts in favour of the subject, the reasons and the decision."""
    return _hit_page(request, selectors.find(pk))


@require_safe
@requires("record.see")
def hit_claimed(request: Request, pk: uuid.UUID) -> HttpResponse:
    """Returns who has claimed the hit if this has changed. Otherwise returns status 204 without content. The
    page of the hit sends this request every few seconds."""
    found, filters = selectors.find(pk), Filters.read(request.GET)
    if request.GET.get("claim") == present.claim_mark(found):
        return HttpResponse(status=204)
    return render(request, "desk/hit_claimed.html", present.claim(found, filters, request.user))


@require_safe
@requires("record.see")
def hit_sheet(request: Request, pk: uuid.UUID) -> HttpResponse:
    """Shows the hit as one A4 sheet. Printing is recorded in the journal."""
    found = selectors.find(pk)
    actions.printed(request.user, found)
    context = present.hit(found, Filters.read(request.GET), request.user, sheet=True)
    return render(request, "desk/sheet.html", context)


@require_POST
@requires("hit.claim")
def hit_claim(request: Request, pk: uuid.UUID) -> HttpResponse:
    """Claims the hit, hands it back or hands it over, depending on the button pressed."""
    action: Action
    done = None
    match request.POST.get("do"):
        case "claim":
            action = actions.claim
        case "back":
            action = actions.hand_back
        case "over":
            to = _uuid(request.POST.get("to", ""))
            colleague = get_object_or_404(colleagues(request.user), pk=to)
            action = partial(actions.hand_over, to=colleague)
            done = {"kind": "handed_over", "to": str(colleague.pk)}
        case _:
            raise Http404
    return _act(request, pk, action, done)


@require_POST
@requires("hit.decide")
def hit_decide(request: Request, pk: uuid.UUID) -> HttpResponse:
    """Records a decision. A second page follows if the decision is a refusal or a hold beyond the limit, or
    if the kind of the subject requires it."""
    found = selectors.find(pk)
    if "note" in request.POST:
        return hit_note(request, pk)
    verdict = _verdict(request)
    try:
        decision = actions.decide(request.user, pk, verdict)
    except actions.Conflict as conflict:
        return _hit_page(
            request, selectors.find(pk), conflict=conflict, typed=request.POST, status=409
        )
    except actions.Incomplete as incomplete:
        if set(incomplete.missing) <= {"basis", "second"}:
            return _second_page(request, found, incomplete.missing)
        return _hit_page(request, found, missing=incomplete.missing, typed=request.POST, status=422)
    filters, by_next = Filters.read(request.POST), _by_next(request.POST)
    following = actions.take_next(request.user, filters) if by_next else None
    request.session[TOAST] = {
        "kind": "decided", "hit": str(pk), "choice": decision.choice,
        "none": by_next and following is None,
    }  # fmt: skip
    return _to("hit", filters, following.id, by_next=True) if following else _to("queue", filters)


def _by_next(given: QueryDict) -> bool:
    """Returns whether the next hit is claimed after a decision on the page."""
    return BY_NEXT in given and STOP not in given


@require_POST
@requires("hit.note")
def hit_note(request: Request, pk: uuid.UUID) -> HttpResponse:
    """Adds the typed text to the hit as a note, without a decision."""
    note = partial(actions.note, text=request.POST.get("why", ""))
    return _act(request, pk, note, {"kind": "noted"}, missing=("note",))


@require_POST
@requires("result.record")
def hit_result(request: Request, pk: uuid.UUID) -> HttpResponse:
    """Records the result of the control of a decided hit."""
    record = partial(actions.record_result, outcome=request.POST.get("outcome", ""))
    return _act(request, pk, record, {"kind": "result"})


@require_POST
@requires("hit.reopen")
def hit_reopen(request: Request, pk: uuid.UUID) -> HttpResponse:
    """Reopens a decided hit, which undoes the decision."""
    return _act(request, pk, actions.reopen)


def _act(
    request: Request,
    pk: uuid.UUID,
    action: Action,
    done: dict[str, str] | None = None,
    missing: tuple[str, ...] = (),
) -> HttpResponse:
    """Carries out an action on a hit, and redirects to the hit or back to the queue.

    `done` is the message of the next page. If the action is refused, the page of the hit shows the reason.
    `missing` contains codes that are shown instead of the codes of the missing inputs.
    """
    found, filters = selectors.find(pk), Filters.read(request.POST)
    try:
        action(request.user, pk)
    except actions.Conflict as conflict:
        return _hit_page(request, selectors.find(pk), conflict=conflict, status=409)
    except actions.Incomplete as incomplete:
        lacks = missing or incomplete.missing
        return _hit_page(request, found, missing=lacks, typed=request.POST, status=422)
    if done:
        request.session[TOAST] = done
    to_queue = request.POST.get("back_to") == "queue"
    if to_queue:
        return _to("queue", filters)
    return _to("hit", filters, pk, by_next=_by_next(request.POST))


def _hit_page(request: Request, found: SeenHit, *, status: int = 200, **extra: Any) -> HttpResponse:
    """Returns the page of a hit; also used when the input is refused. Every page of a hit shows the subject,
    and is therefore recorded in the journal."""
    acts.write(request.user, "hit.see", found.id)
    given = request.POST if request.method == "POST" else request.GET
    filters = Filters.read(given)
    shown = present.hit(found, filters, request.user)
    # The bar shows the theme of the hit.
    request.shown_kind = found.subject.kind
    context = {
        **shown,
        # The form is also shown if a colleague has claimed the hit in the meantime, with the text typed.
        "deciding": shown["decides"] and (not shown["with_colleague"] or "typed" in extra),
        "by_next": _by_next(given),
        "place": selectors.place(found, filters, request.user),
        "toast": _toast(request),
        **extra,
    }
    return render(request, "desk/hit.html", context, status=status)


def _second_page(request: Request, found: SeenHit, missing: tuple[str, ...]) -> HttpResponse:
    """Returns the page for the legal basis and the second officer, which also contains the input of the first
    page.
    """
    acts.write(request.user, "hit.see", found.id)
    carried = (
        "choice",
        "why",
        "seen",
        "beyond",
        *(k for k in request.POST if k.startswith("same-")),
    )
    keep = [(name, request.POST[name]) for name in carried if name in request.POST]
    if _by_next(request.POST):
        keep.append((BY_NEXT, "1"))
    context = {
        "hit": found,
        "title": _title(found),
        "by_next": _by_next(request.POST),
        "keep": [*keep, *parse_qsl(Filters.read(request.POST).query())],
        "word": wording.choice(request.POST.get("choice", "")),
        "colleagues": colleagues(request.user),
        "missing": missing if "second_password" in request.POST else (),
        "by_kind": app_kind(found.subject.kind).second_person(
            found.subject, request.POST.get("choice", "")
        ),
        "asks_basis": _verdict(request).needs_second,
        "typed": request.POST,
    }
    return render(request, "desk/second.html", context, status=422 if context["missing"] else 200)


def _verdict(request: Request) -> actions.Verdict:
    post = request.POST
    answers = {
        reason: post[name]
        for name in post
        if name.startswith("same-") and (reason := _uuid(name.removeprefix("same-")))
    }
    return actions.Verdict(
        choice=post.get("choice", ""),
        why=post.get("why", "")[:10_000],
        seen=frozenset(x for part in post.get("seen", "").split(".") if (x := _uuid(part))),
        answers=answers,
        beyond="beyond" in post,
        basis=post.get("basis", "")[:300],
        second=_second(request),
    )


def _second(request: Request) -> User | None:
    """Returns the second officer, who confirms the agreement with a password. Returns None if no officer is
    chosen or the password is wrong.
    """
    chosen = _uuid(request.POST.get("second"))
    person = colleagues(request.user).filter(pk=chosen).first() if chosen else None
    given = request.POST.get("second_password", "")
    return person if person and given and passwords.agrees(request, person, given) else None


def _toast(request: Request) -> dict[str, Any] | None:
    """Returns the user's last action, which the page shows in a message. The names of the subject and of a
    colleague come from the database and are never in the session."""
    told: dict[str, Any] | None = request.session.pop(TOAST, None)
    if told and told["kind"] == "handed_over":
        return {**told, "to": colleagues(request.user).filter(pk=told["to"]).first()}
    if not told or told["kind"] != "decided":
        return told
    found = SeenHit.objects.filter(pk=told["hit"]).first()
    word = wording.choice(told["choice"])
    return {**told, "title": _title(found), "word": word} if found else None


def _title(found: SeenHit) -> str:
    return str(queue_rows([found.subject_id])[found.subject_id]["title"])


def _to(
    name: str, filters: Filters, pk: uuid.UUID | None = None, *, by_next: bool = False
) -> HttpResponse:
    address = reverse(name, args=[pk] if pk else [])
    query = "&".join(filter(None, (filters.query(), f"{BY_NEXT}=1" if by_next else "")))
    return redirect(f"{address}?{query}" if query else address)


def _uuid(text: str | None) -> uuid.UUID | None:
    try:
        return uuid.UUID(text or "")
    except ValueError:
        return None


def _time(text: str | None) -> dt.datetime:
    """Returns the time that the URL contains. If the time in the URL is not valid, returns the current time,
    so that no hit counts as new."""
    try:
        return dt.datetime.fromtimestamp(float(text or ""), dt.UTC)
    except (ValueError, OverflowError, OSError):
        return dt.datetime.now(dt.UTC)
