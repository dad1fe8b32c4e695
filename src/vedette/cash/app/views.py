"""The pages of cash: the movements of a day, the search for a declaration by its code (red channel), one
movement, the count, and the officer's form."""

from __future__ import annotations

import datetime as dt
import uuid
from typing import Any

from django.contrib import messages as toasts
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from vedette.apps.accounts import acts, rules
from vedette.apps.accounts.rules import Request, requires
from vedette.apps.accounts.sessions import session_purpose
from vedette.apps.columns import new_id
from vedette.apps.display import number
from vedette.apps.hits import wording as hit_wording
from vedette.apps.hits.models import SeenHit
from vedette.apps.keyring import keyring
from vedette.apps.oversight import name_tokens
from vedette.apps.query import page_number, plain, read_day
from vedette.apps.rendering import say, stored
from vedette.cash import codes
from vedette.cash.app import actions, finding, rate_files, texts
from vedette.cash.app.counts import CountForms
from vedette.cash.app.dossier import dossier, hit_of
from vedette.cash.app.forms import LINES, MORE, MOST_LINES, Given
from vedette.cash.app.kind import APP, queue_row
from vedette.cash.app.models import Count, Movement, RateFile
from vedette.cash.rates import MAX_BYTES, TEMPLATE, RatesError

#: Number of movements on one page.
PAGE = 50
#: Reason of a refused action → its words.
REFUSED = {
    "accepted": _("This declaration is already accepted."),
    "changed": _(
        "The traveller has corrected the announcement in the meantime. Compare the announcement again"
        " with the identity document."
    ),
    "announced": _(
        "Before you count, compare the declaration with the identity document and accept it."
    ),
    "masked": _("The data of this movement are masked."),
    "restricted": _("Processing of these data is restricted."),
    "stale": _("Another person counted in the meantime. See the last count, then count again."),
    "faults": _(
        "A row is not consistent: an amount is missing, or the amount is not the denomination "
        "multiplied by the number."
    ),
    "not_paired": _("The two records are no longer a pair."),
    "many": _("The movement has too many versions of the count."),
}


@require_safe
@requires("record.see")
def movements(request: Request) -> HttpResponse:
    """Shows the movements of one day, the latest first. Announcements are left out. The list contains names
    of persons, so the access is recorded in the journal.
    """
    when = read_day(request.GET.get("day", "")) or timezone.localdate()
    page = page_number(request.GET.get("page", ""))
    found = Movement.objects.filter(announced=False, crosses_on=when).order_by("-received_at", "pk")
    shown = list(found[(page - 1) * PAGE : page * PAGE + 1])
    more, shown = len(shown) > PAGE, shown[:PAGE]
    known, received = (
        queue_row([one.pk for one in shown]),
        {one.pk: one.received_at for one in shown},
    )
    hits = {
        hit.subject_id: hit
        for hit in SeenHit.objects.filter(subject_id__in=list(known)).exclude(
            state=SeenHit.State.VOID
        )
    }
    acts.write(request.user, "cash.day", words={"day": when.isoformat()}, found=len(known))
    step = dt.timedelta(days=1)
    last = None if known or page > 1 else _last_day(when)
    context = {
        "last": last,
        "day": when,
        "before": when - step,
        "after": when + step,
        "rows": [
            {"shown": row, "hit": hits.get(id_), "received": received[id_]}
            for id_, row in known.items()
        ],
        "previous": page - 1 if page > 1 else None,
        "next": page + 1 if more else None,
    }
    return render(request, "cash/movements.html", context)


def _last_day(before: dt.date) -> dt.date | None:
    """Returns the last earlier day on which a movement that the reader may see crossed the border."""
    days = Movement.objects.filter(announced=False, crosses_on__lt=before).order_by("-crosses_on")
    return days.values_list("crosses_on", flat=True).first()


@require_http_methods(["GET", "HEAD", "POST"])
@requires("record.see")
def find(request: Request) -> HttpResponse:
    """Finds the declaration of a person who is present, by its code, a document or a name. The text is sent
    in the body of the request. If the check character of a code is wrong, the search finds no movement. A
    search without a code is a search for persons: the page asks for the purpose and the case, as the page
    *Search* does.
    """
    text = plain(request.POST.get("q", "")).strip()
    purpose, purpose_form = session_purpose(request)
    context: dict[str, Any] = {"q": text, "purpose": purpose, "purpose_form": purpose_form}
    if request.method == "POST" and text:
        code = codes.parse(text)
        if code is None and purpose is None:
            context |= {"asks": True, "wrong_code": _like_code(text)}
            return render(request, "cash/find.html", context, status=422)
        ids, cut = finding.by_text(code or text)
        rows = queue_row(ids)
        acts.write(
            request.user, "cash.find", purpose=purpose["purpose"] if purpose else None,
            words={"text": text, "case": purpose["case"] if purpose else ""}, found=len(rows),
            name=name_tokens.searched(keyring(), request.user, text) if code is None else [],
        )  # fmt: skip
        if code and len(rows) == 1:
            return redirect("cash-movement", pk=next(iter(rows)))
        context |= {
            "lines": [rows[id_] for id_ in ids if id_ in rows],
            "cut": cut,
            "most": finding.FOUND,
            "asked": True,
            "is_code": code is not None,
            "wrong_code": code is None and _like_code(text),
        }
    return render(request, "cash/find.html", context)


def _like_code(text: str) -> bool:
    """Returns whether a text has the length and the digits of a code but is not a valid code."""
    letters = "".join(one for one in text if one.isalnum())
    return len(letters) == codes.LENGTH and any(one.isdigit() for one in letters)


@require_safe
@requires("record.see")
def movement(request: Request, pk: uuid.UUID) -> HttpResponse:
    """Shows one movement. Records the access in the journal."""
    return _page(request, get_object_or_404(Movement, pk=pk))


def _page(request: Request, row: Movement, problem: Any = "", status: int = 200) -> HttpResponse:
    acts.write(request.user, "record.see", row.pk)
    page, hit = APP.panels(row.pk, False), hit_of(row.pk)
    context = {
        "page": page,
        "hit": hit,
        "pros": hit_wording.favour(hit.favour, APP) if hit else [],
        "problem": problem,
        "writes": rules.may(request.user, "cash.record") and not row.subject.restricted,
        **page.head.context,
    }
    return render(request, "cash/movement.html", context, status=status)


@require_POST
@requires("cash.record")
def accept(request: Request, pk: uuid.UUID) -> HttpResponse:
    """Accepts an announcement after the officer compared it with the identity document."""
    row = get_object_or_404(Movement, pk=pk)
    if request.POST.get("compared") != "yes":
        problem = _("Confirm that you compared the declaration with the identity document.")
        return _page(request, row, problem, 422)
    try:
        actions.accept(request.user, pk, plain(request.POST.get("seen", "")))
    except actions.Refused as refused:
        return _page(request, row, REFUSED[refused.code], 422)
    toasts.success(request, gettext("The declaration is accepted."))
    return redirect("cash-movement", pk=pk)


@require_POST
@requires("cash.record")
def separate(request: Request, pk: uuid.UUID) -> HttpResponse:
    """Separates the movement from a record with which it was paired."""
    row = get_object_or_404(Movement, pk=pk)
    try:
        other = uuid.UUID(request.POST.get("other", ""))
    except ValueError:
        other = pk
    # The answer is the same whether the other record exists or not.
    if other == pk or not Movement.objects.filter(pk=other).exists():
        return _page(request, row, REFUSED["not_paired"], 422)
    try:
        actions.separate(request.user, pk, other)
    except actions.Refused as refused:
        return _page(request, row, REFUSED[refused.code], 422)
    toasts.success(request, gettext("The two records are separated."))
    return redirect("cash-movement", pk=pk)


@require_safe
@requires("rates.see")
def rates(request: Request) -> HttpResponse:
    """Shows the sources of exchange rates with the age of their rates, and the imported files with their
    problems."""
    return _rates(request)


@require_POST
@requires("rates.import")
def import_rates(request: Request) -> HttpResponse:
    """Imports a file of exchange rates. The problems of a damaged file are shown, and its valid rows are
    stored.
    """
    file = request.FILES.get("file")
    if file is None:
        return _rates(request, _("Choose a file."), 422)
    try:
        made = rate_files.import_by(request.user, file.read(MAX_BYTES + 1))
    except RatesError as error:
        return _rates(request, say(error.text), 422)
    if made.again:
        return _rates(request, _("This file is already imported. Nothing was changed."), 422)
    toasts.success(
        request,
        ngettext("%(number)s rate is imported.", "%(number)s rates are imported.", made.file.count)
        % {"number": number(made.file.count)},
    )
    return redirect(reverse("cash-rates") + "?new=1")


def _rates(request: Request, problem: Any = "", status: int = 200) -> HttpResponse:
    organisation = request.user.organisation_id
    assert organisation is not None  # noqa: S101  the right asks for an organisation
    files = RateFile.objects.order_by("-at", "-pk")[: rate_files.SHOWN]
    context = {
        "states": rate_files.states(timezone.localdate(), organisation),
        "files": [
            {"row": one, "problems": [(p.get("line"), stored(p["text"])) for p in one.problems]}
            for one in files
        ],
        "template": ",".join(TEMPLATE),
        "problem": problem,
        "fresh": request.GET.get("new") == "1",
    }
    return render(request, "cash/rates.html", context, status=status)


@require_http_methods(["GET", "HEAD", "POST"])
@requires("cash.record")
def count(request: Request, pk: uuid.UUID) -> HttpResponse:
    """The form of a count: the declared lines, and lines for cash that was not declared."""
    row = get_object_or_404(Movement, pk=pk)
    file = dossier(pk)
    if file.hidden or row.announced:
        return _page(request, row, REFUSED["masked" if file.hidden else "announced"], 422)
    form = CountForms(file, request.POST if request.method == "POST" else None)
    problem: Any = ""
    if request.method == "POST" and "more" not in request.POST:
        if form.is_valid():
            try:
                made = actions.count(request.user, pk, form.id, form.content(), form.version)
            except actions.Refused as refused:
                problem = REFUSED[refused.code]
            else:
                toasts.success(
                    request,
                    gettext("Count %(n)d is stored.") % {"n": made.number},
                )
                return redirect("cash-movement", pk=pk)
        problem = problem or form.problem
    acts.write(request.user, "cash.form", pk)
    context = {
        "file": file,
        "row": row,
        "form": form,
        "problem": problem,
        "shown": queue_row([pk]).get(pk),
        "last": Count.objects.filter(subject_id=pk).order_by("-number").first(),
    }
    posted = request.method == "POST" and "more" not in request.POST
    return render(request, "cash/count_form.html", context, status=422 if posted else 200)


@require_http_methods(["GET", "HEAD", "POST"])
@requires("cash.record")
def new(request: Request) -> HttpResponse:
    """The officer's form for a paper declaration, undeclared cash, and cash below the threshold."""
    if request.method != "POST":
        return _form(request, Given(start={"day": timezone.localdate()}), new_id())
    form_id = _uuid(request.POST.get("id", ""))
    data = request.POST.copy()
    if "more" in data:
        total = data.get("line-TOTAL_FORMS", "")
        count = int(total) if total.isdecimal() and len(total) < 4 else LINES
        data["line-TOTAL_FORMS"] = str(min(count + MORE, MOST_LINES))
        given = Given(data)
        given.silence()
        return _form(request, given, form_id)
    given = Given(data)
    if not given.is_valid():
        return _form(request, given, form_id, status=422)
    reference = actions.record(request.user, form_id, given.statement())
    toasts.success(
        request,
        gettext(
            "The record %(reference)s is stored. The record will be screened within a few seconds."
        )
        % {"reference": reference},
    )
    return redirect("cash-movements")


def _uuid(text: str) -> uuid.UUID:
    try:
        return uuid.UUID(text)
    except ValueError:
        return new_id()


def _form(request: Request, given: Given, form_id: uuid.UUID, status: int = 200) -> HttpResponse:
    roles = {role: word for role, word in texts.ROLES.items() if role in given.parties}
    context = {
        "given": given,
        "id": form_id,
        "parties": [(role, word, given.parties[role]) for role, word in roles.items()],
        "wrong": status == 422,
    }
    return render(request, "cash/form.html", context, status=status)
