"""The pages of the referral to the financial intelligence unit: suspicion reports and the settings of the
unit."""

from __future__ import annotations

import datetime as dt
import uuid
from typing import Any

from django.contrib import messages as toasts
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods, require_safe

from vedette.apps.accounts import acts, rules
from vedette.apps.accounts.rules import Request, requires
from vedette.apps.query import page_number, read_day
from vedette.cash.app.kind import queue_row
from vedette.cash.app.models import Movement
from vedette.cash.app.referral import batches, trail
from vedette.cash.app.referral import setup as settings
from vedette.cash.app.referral import suspicions as reports
from vedette.cash.app.referral.models import RoutineBatch, RoutineRecord, Suspicion
from vedette.cash.kind import NAME
from vedette.cash.variants import variant

#: Reason of a refused action → its words.
REFUSED: dict[str, Any] = {
    "restricted": _("Processing of these data is restricted."),
    "announced": _("First compare the declaration with the identity document and accept it."),
    "undecided": _("First decide on the hit of this movement."),
    "masked": _("The data of this movement are masked. A report is no longer possible."),
    "why": _("Write the reason of the decision, from 20 to 4,000 characters."),
    "post": _("Only the post that made the report can change the report."),
    "stale": _("Another person changed the report in the meantime. See the page, then try again."),
    "state": _("The state of the report has changed. See the page, then try again."),
    "invalid": _(
        "The report does not meet the schema yet. Complete the missing values, and store the draft."
    ),
    "number": _("Write the number that the financial intelligence unit gave."),
    "feedback": _("Write the feedback of the financial intelligence unit."),
    "many": _("The report already has the highest possible number of answers."),
    "no_unit": _(
        "The draft is kept, but cannot be checked yet: an administrator must first store the "
        "schema of the financial intelligence unit."
    ),
}

TAKEN: dict[str, Any] = {
    "whole": _(
        "The file contains records of all units. Only a user who may see the whole "
        "organisation can download it."
    ),
    "old": _("The rows of this batch have been deleted. The list of its records remains."),
}


def _text(request: Request, name: str, most: int) -> str:
    return request.POST.get(name, "").replace("\0", "").strip()[: most + 1]


@require_http_methods(["GET", "HEAD", "POST"])
@requires("suspicion.see", to_post="suspicion.write")
def of_movement(request: Request, pk: uuid.UUID) -> HttpResponse:
    """Records the decision to report a movement. If the user's own post has already made a report about the
    movement, redirects to the page of this report. The data-protection officer sees the reports of all posts.
    """
    row = get_object_or_404(Movement.objects.select_related("subject"), pk=pk)
    request.shown_kind = NAME
    why, problem = _text(request, "why", reports.LONGEST), ""
    if request.method == "POST":
        try:
            return redirect("suspicion", pk=reports.decide(request.user, pk, why).pk)
        except reports.Refused as refused:
            problem = REFUSED[refused.code]
    found = reports.of_movement(pk)
    own = reports.own(request.user, found)
    if own is not None and request.method != "POST" and len(found) == 1:
        return redirect("suspicion", pk=own.pk)
    acts.write(request.user, "record.see", pk)
    code = reports.obstacle(row)
    context = {
        "row": row,
        "shown": queue_row([pk]).get(pk),
        "obstacle": REFUSED[code] if code else "",
        "found": found,
        "problem": problem,
        "why": why,
        "writes": own is None and rules.may(request.user, "suspicion.write"),
    }
    return render(request, "cash/suspicion_new.html", context, status=422 if problem else 200)


def _after(text: str) -> tuple[dt.datetime, uuid.UUID] | None:
    """Reads the position in the list from a URL."""
    at, _sign, id_ = text.partition("_")
    try:
        moment = dt.datetime.fromisoformat(at)
        return (moment, uuid.UUID(id_)) if moment.tzinfo else None
    except ValueError:
        return None


@require_safe
@requires("suspicion.see")
def suspicions(request: Request) -> HttpResponse:
    """Lists the reports of the user's own post, latest first. The data-protection officer sees the reports of
    all posts.
    """
    state = request.GET.get("state", "")
    state = state if state in Suspicion.State.values else ""
    after = _after(request.GET.get("after", ""))
    rows, more = reports.page(state, after)
    shown = queue_row([one.subject_id for one in rows])
    at = timezone.now()
    trail.write(request.user, "list", None, request.user.unit_id)
    request.shown_kind = NAME
    last = rows[-1] if rows else None
    context = {
        "rows": [
            {"report": one, "shown": shown.get(one.subject_id), "age": reports.age(one, at)}
            for one in rows
        ],
        "states": [
            (word, value, value == state) for value, word in (("", _("All")), *Suspicion.State.choices)
        ],
        "state": state,
        "first": after is None,
        "following": f"{last.created_at.isoformat()}_{last.pk}" if last and more else "",
    }  # fmt: skip
    return render(request, "cash/suspicions.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@requires("suspicion.see", to_post="suspicion.write")
def suspicion(request: Request, pk: uuid.UUID) -> HttpResponse:
    """Shows one report: the missing values, the draft, the file, and the answers of the unit."""
    row = get_object_or_404(Suspicion, pk=pk)
    request.shown_kind = NAME
    typed: dict[str, Any] = {}
    problem: Any = ""
    if request.method == "POST":
        typed = {
            "text": _text(request, "text", reports.LONGEST),
            "indicators": _text(request, "indicators", 1_300),
            "added": {
                name.removeprefix("add:")[:200]: _text(request, name, reports.LONGEST_ADDED)
                for name in list(request.POST)[:200]
                if name.startswith("add:")
            },
            "number": _text(request, "number", reports.LONGEST_ADDED),
            "feedback": _text(request, "feedback", reports.LONGEST),
        }
        try:
            done = _act(request, pk, typed)
        except reports.Refused as refused:
            problem = REFUSED[refused.code]
        else:
            toasts.success(request, done)
            return redirect("suspicion", pk=pk)
    return _suspicion(request, row, typed, problem)


def _act(request: Request, pk: uuid.UUID, typed: dict[str, Any]) -> str:
    """Performs the action of a submitted form. If the action is refused, returns the reason in the reader's
    language."""
    user, what = request.user, request.POST.get("do", "")
    text = request.POST.get("version", "")
    version = int(text) if text.isascii() and text.isdecimal() and len(text) < 7 else 0
    if what == "send":
        reports.send(user, pk, version)
        return gettext("The report is recorded as sent.")
    if what == "acknowledge":
        reports.acknowledge(user, pk, version, typed["number"])
        return gettext("The acknowledgement is recorded.")
    if what == "feedback":
        reports.feedback(user, pk, version, typed["feedback"])
        return gettext("The feedback is recorded.")
    codes = typed["indicators"].replace(",", " ").split()
    reports.write(user, pk, version, typed["text"], codes, typed["added"])
    return gettext("The draft is stored.")


def _suspicion(
    request: Request, row: Suspicion, typed: dict[str, Any], problem: Any
) -> HttpResponse:
    content = reports.Content.of(row)
    draft = row.state == Suspicion.State.DRAFT
    checked = reports.checked(row, content, timezone.now()) if draft else None
    trail.write(request.user, "see", row.pk, row.unit_id)
    writes = rules.may(request.user, "suspicion.write") and row.unit_id == request.user.unit_id
    added = {**content.added, **typed.get("added", {})}
    missing = [*checked.fillable] if checked else []
    context = {
        "report": row,
        "age": reports.age(row),
        "content": content,
        "answers": [(dt.datetime.fromisoformat(at), text) for at, text in content.answers],
        "shown": queue_row([row.subject_id]).get(row.subject_id),
        "checked": checked,
        "no_build": REFUSED[checked.problem] if checked and checked.problem else "",
        "problem": problem,
        "writes": writes,
        "text": typed.get("text", content.text),
        "indicators": typed.get("indicators", " ".join(content.indicators)),
        "added": [(path, added.get(path, "")) for path in dict.fromkeys([*added, *missing])],
        "typed": typed,
        "trail": [
            (one, trail.WORDS.get(one.what, one.what), right)
            for one, right in trail.page(row.pk, row.unit_id, 0)
        ],
        "changed": row.file is None,
    }
    return render(request, "cash/suspicion.html", context, status=422 if problem else 200)


@require_safe
@requires("suspicion.see")
def file(request: Request, pk: uuid.UUID) -> HttpResponse:
    """Returns the file of a report. The officer uploads this file to the reporting system of the unit."""
    row = get_object_or_404(Suspicion, pk=pk)
    data = reports.xml(row)
    if data is None:
        return _suspicion(request, row, {}, REFUSED["invalid"])
    trail.write(request.user, "take", row.pk, row.unit_id)
    return HttpResponse(
        data,
        content_type="application/xml",
        headers={
            "Content-Disposition": f'attachment; filename="report-{row.pk.hex[-8:]}.xml"',
            "Cache-Control": "no-store",
        },
    )


def _records(rows: list[RoutineRecord]) -> list[dict[str, Any]]:
    shown = queue_row([one.subject_id for one in rows])
    return [{"record": one, "shown": shown.get(one.subject_id)} for one in rows]


@require_safe
@requires("routine.see")
def batch_list(request: Request) -> HttpResponse:
    """Lists the routine batches, the latest first, with the numbers of the records that the reader
    may see.
    """
    before = read_day(request.GET.get("before", ""))
    rows, more = batches.page(batches.sees_whole(), before)
    request.shown_kind = NAME
    context = {
        "rows": rows,
        "first": before is None,
        "following": rows[-1].batch.day.isoformat() if more else "",
        "unit": reports.latest(),
    }
    return render(request, "cash/batches.html", context)


@require_safe
@requires("routine.see")
def batch(request: Request, pk: uuid.UUID) -> HttpResponse:
    """Shows one batch with its records. The list contains names of persons, so the access is recorded in the
    journal.
    """
    return _batch(request, get_object_or_404(RoutineBatch, pk=pk))


def _batch(request: Request, found: RoutineBatch, problem: Any = "") -> HttpResponse:
    text = request.GET.get("after", "")
    after = page_number(text) if text else 0
    whole = batches.sees_whole()
    shown, rows, more = batches.one(found, whole, after)
    acts.write(request.user, "routine.see", found.pk, found=len(rows))
    request.shown_kind = NAME
    context = {
        "shown": shown,
        "rows": _records(rows),
        "first": not after,
        "following": rows[-1].number if more else "",
        "complete": batches.complete(found, timezone.now()),
        "takes": whole and rules.may(request.user, "routine.take"),
        "problem": problem,
    }
    return render(request, "cash/batch.html", context, status=422 if problem else 200)


@require_safe
@requires("routine.take")
def batch_file(request: Request, pk: uuid.UUID) -> HttpResponse:
    """Returns a batch as a file. The download is recorded in the journal."""
    found = get_object_or_404(RoutineBatch.objects.select_related("prescribed"), pk=pk)
    if not batches.sees_whole():
        return _batch(request, found, TAKEN["whole"])
    if not batches.complete(found, timezone.now()):
        return _batch(request, found, TAKEN["old"])
    acts.write(request.user, "routine.take", found.pk, records=found.records)
    return HttpResponse(
        b"".join(part.encode() for part in batches.file(found)),
        content_type="text/csv; charset=utf-8",
        headers={
            "Content-Disposition": f'attachment; filename="batch-{found.day:%Y-%m-%d}.csv"',
            "Cache-Control": "no-store",
        },
    )


@require_safe
@requires("routine.see")
def late(request: Request) -> HttpResponse:
    """Shows the records that have not been sent although their time limit has passed. Also shows the records
    that were sent late.
    """
    day, _sign, id_ = request.GET.get("after", "").partition("_")
    limit_day = read_day(day)
    try:
        after = (limit_day, uuid.UUID(id_)) if limit_day else None
    except ValueError:
        after = None
    rows, more = batches.late(after)
    unit = reports.latest()
    waiting = []
    if unit is not None and after is None:
        found = batches.overdue(
            variant(unit.variant).limits["referral"], unit.holidays, timezone.localdate()
        )
        shown = queue_row([id_ for id_, _ in found])
        waiting = [(shown.get(id_), due) for id_, due in found if id_ in shown]
    acts.write(request.user, "routine.late", found=len(rows) + len(waiting))
    request.shown_kind = NAME
    context = {
        "waiting": waiting,
        "rows": _records(rows),
        "first": after is None,
        "following": f"{rows[-1].due_on.isoformat()}_{rows[-1].subject_id}" if more else "",
    }
    return render(request, "cash/batches_late.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@requires("fiu.setup")
def setup(request: Request) -> HttpResponse:
    """Shows and changes the settings that the unit prescribes. Each change is stored as a new version."""
    before = reports.latest()
    data, files = (request.POST, request.FILES) if request.method == "POST" else (None, None)
    form = settings.SetupForm(data, files, before=before, initial=settings.initial(before))
    if form.is_bound and form.is_valid():
        made = settings.store(request.user, form.cleaned_data)
        toasts.success(request, gettext("Version %(n)d is stored.") % {"n": made.number})
        return redirect("fiu-setup")
    context = {"form": form, "before": before}
    status = 422 if form.is_bound else 200
    return render(request, "cash/intelligence_unit.html", context, status=status)
