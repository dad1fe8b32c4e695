"""The pages of the detention of cash: the form, the receipt in the language of the person, the extension, and
the list of open detentions with their time limits."""

from __future__ import annotations

import uuid
from typing import Any

from django import forms
from django.contrib import messages as toasts
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone, translation
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from vedette.apps.accounts import acts
from vedette.apps.accounts.rules import Request, requires
from vedette.apps.columns import new_id
from vedette.apps.enforcement.actions.controls import Refused as EnforcementRefused
from vedette.apps.enforcement.selectors import seizures as enforcement
from vedette.apps.enforcement.wording import REFUSED as ENFORCEMENT
from vedette.apps.query import plain
from vedette.apps.rendering import say
from vedette.apps.subjects.kinds import queue_rows
from vedette.cash import receipt as receipts
from vedette.cash.app import detaining, texts
from vedette.cash.app.actions import Refused
from vedette.cash.app.detaining import Terms
from vedette.cash.app.dossier import dossier
from vedette.cash.app.models import Movement
from vedette.cash.app.views import REFUSED, _page
from vedette.cash.valuing import variant_of

#: Detentions on the list.
SHOWN = 200
_REFUSED = {
    **REFUSED,
    "detained": _("The cash is already detained."),
    "no_limit": _("The national rules set no time limit for a detention."),
    "reasons": _("Choose at least one reason, and the language of the receipt."),
    "no_cash": _("No amount or weight has been declared or counted. Count the cash first."),
    "not_detained": _("The cash is not detained."),
    "extended": _("The detention has already been extended, or cannot be extended."),
    "over": _("The period of detention is over. The cash must be released or seized."),
    "why": _("State why the detention is still necessary and proportionate."),
}


class DetentionForm(forms.Form):
    """The data of a detention that an officer enters."""

    reasons = forms.MultipleChoiceField(
        choices=[(code, code) for code in receipts.REASONS],
        error_messages={"required": _("Choose at least one reason.")},
    )
    facts = forms.CharField(max_length=detaining.MOST_TEXT, required=False, strip=True)
    basis = forms.CharField(min_length=3, max_length=200, strip=True)
    place = forms.CharField(max_length=120, strip=True)
    office = forms.CharField(max_length=17, required=False, strip=True)
    remedy_body = forms.CharField(max_length=200, strip=True)
    remedy_days = forms.IntegerField(min_value=1, max_value=366)
    language = forms.ChoiceField(choices=list(receipts.LANGUAGES.items()))


@require_http_methods(["GET", "HEAD", "POST"])
@requires("seizure.write")
def detain(request: Request, pk: uuid.UUID) -> HttpResponse:
    """Shows the form of a detention. The page shows the cash that will be detained and the time limit."""
    row = get_object_or_404(Movement, pk=pk)
    file = dossier(pk)
    if file.hidden or row.announced or file.message is None:
        return _page(request, row, REFUSED["announced" if row.announced else "masked"], 422)
    limit = detaining.limit_of(variant_of(file.message))
    form = DetentionForm(request.POST if request.method == "POST" else None, initial={
        "language": file.message.language if file.message.language in receipts.LANGUAGES else "fr",
        "place": file.count.count.place if file.count else "",
        "office": request.user.unit.offices[0] if request.user.unit and request.user.unit.offices else "",
    })  # fmt: skip
    problem: Any = ""
    form_id = _uuid(request.POST.get("id", ""))
    if request.method == "POST" and form.is_valid():
        given = form.cleaned_data
        organisation = request.user.organisation
        terms = Terms(
            **{**given, "reasons": tuple(given["reasons"])},
            country=organisation.country if organisation else "",
        )
        try:
            detaining.detain(request.user, pk, form_id, terms)
        except Refused as refused:
            problem = _REFUSED[refused.code]
        except EnforcementRefused as refused:
            problem = ENFORCEMENT[refused.code]
        else:
            toasts.success(
                request, gettext("The cash is detained. Print the receipt for the person.")
            )
            return redirect("cash-movement", pk=pk)
    elif request.method == "POST":
        problem = _(
            "Some fields are missing or invalid: see the highlighted fields. Your input is kept."
        )
    acts.write(request.user, "cash.form", pk)
    context = {
        "file": file,
        "row": row,
        "form": form,
        "id": form_id,
        "problem": problem,
        "limit": limit,
        "source": texts.OF_DATA.get(limit.source, limit.source) if limit else "",
        "goods": detaining.goods(file),
        "counted": file.count is not None,
        "reasons": [(code, say(text)) for code, text in receipts.REASONS.items()],
        "chosen": form["reasons"].value() or [],
    }
    status = 422 if request.method == "POST" else 200
    return render(request, "cash/detain.html", context, status=status)


@require_POST
@requires("seizure.validate")
def extend(request: Request, pk: uuid.UUID) -> HttpResponse:
    """Extends the period of a detention once."""
    row = get_object_or_404(Movement, pk=pk)
    try:
        detaining.extend(request.user, pk, plain(request.POST.get("why", "")))
    except Refused as refused:
        return _page(request, row, _REFUSED[refused.code], 422)
    except EnforcementRefused as refused:
        return _page(request, row, ENFORCEMENT[refused.code], 422)
    toasts.success(
        request, gettext("The detention is extended. Print the new receipt for the person.")
    )
    return redirect("cash-movement", pk=pk)


@require_safe
@requires("record.see")
def receipt(request: Request, pk: uuid.UUID) -> HttpResponse:
    """Returns the receipt for the person whose cash is detained. The receipt is in the language that the
    parameter `?lang=` states, otherwise in the language of the person.
    """
    row = get_object_or_404(Movement, pk=pk)
    file, found = dossier(pk), detaining.clock(pk, timezone.localdate())
    if found is None or file.hidden:
        return _page(request, row, _REFUSED["masked" if file.hidden else "not_detained"], 422)
    asked = request.GET.get("lang", "")
    language = asked if asked in receipts.LANGUAGES else found.detention.language
    acts.write(request.user, "cash.receipt", pk, language=language)
    with translation.override(language):
        words = receipts.words(say)
        reasons = [say(receipts.REASONS[code]) for code in found.detention.reasons]
        limit = receipts.limit(
            say, language, found.detention.due_on, found.detention.latest_on,
            found.detention.extended_at is not None,
        )  # fmt: skip
        remedy = receipts.remedy(
            say, language, found.detention.remedy_body, found.detention.remedy_until
        )
        lines = [(say(receipts.KINDS[kind]), text) for kind, text in _lines(file, language)]
    record = enforcement.record(found.seizure, None)
    if record is None:
        raise Http404
    party = next((one for _, one in file.parties if one.full_name), None)
    context = {
        "row": row,
        "words": words,
        "language": language,
        "direction": "rtl" if language in receipts.RIGHT_TO_LEFT else "ltr",
        "languages": receipts.LANGUAGES.items(),
        "found": found,
        "version": record.version,
        "place": record.texts.get("place", ""),
        "day": receipts.day(found.detention.began_on, language),
        "born": receipts.day(party.date_of_birth, language)
        if party and party.date_of_birth
        else "",
        "party": party,
        "reasons": reasons,
        "limit": limit,
        "remedy": remedy,
        "lines": lines,
        "authority": request.user.organisation,
    }
    return render(request, "cash/receipt.html", context)


def _lines(file: Any, language: str) -> list[tuple[str, str]]:
    """Returns the kind and the amount of the detained cash."""
    found = []
    for one in detaining.goods(file):
        if one.unit == "g":
            found.append(("gold", receipts.amount(one.quantity, "g", language)))
        elif one.value is not None:
            kind = "instrument" if one.sub else "currency"
            found.append((kind, receipts.amount(one.value, one.currency, language)))
    return found


@require_safe
@requires("record.see")
def detentions(request: Request) -> HttpResponse:
    """Shows the open detentions of cash, sorted by the end of their period. The list contains names of
    persons, so the access is recorded in the journal.
    """
    found = detaining.open_clocks(timezone.localdate(), SHOWN)
    rows = queue_rows([one.detention.subject_id for one in found])
    shown = [
        (one, rows[one.detention.subject_id]) for one in found if one.detention.subject_id in rows
    ]
    acts.write(request.user, "cash.detentions", found=len(shown))
    return render(request, "cash/detentions.html", {"rows": shown})


def _uuid(text: str) -> uuid.UUID:
    try:
        return uuid.UUID(text)
    except ValueError:
        return new_id()
