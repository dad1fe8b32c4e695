"""The pages of the anonymised risk information: the list of the forms, the page of one form, the file of a
form, and the pictures of a form."""

from __future__ import annotations

import uuid
from typing import Any

from django.contrib import messages as toasts
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods, require_safe

from vedette.apps.accounts import acts, rules
from vedette.apps.accounts.rules import Request, requires
from vedette.apps.display import number
from vedette.apps.enforcement.wording import UNREADABLE
from vedette.cash import risk
from vedette.cash.app import texts
from vedette.cash.app.risk import forms
from vedette.cash.app.risk.models import RiskForm, RiskPicture
from vedette.cash.kind import NAME
from vedette.core import pictures

#: Reason of a refused action → its words.
REFUSED: dict[str, Any] = {
    "half": _("Choose a half-year that has begun."),
    "whole": _(
        "The form is about the movements of all units. Only a user who belongs to no unit can make the form."
    ),
    "open": _("A form of this half-year is not confirmed yet. Complete that form first."),
    "many": _("There are too many entries or forms of this half-year."),
    "state": _(
        "The form waits for confirmation by a second person, or it is "
        "confirmed. The form "
        "cannot be changed now."
    ),
    "stale": _("Another person changed the form in the meantime. See the page, then try again."),
    "long": _("A text has more than 4,000 characters. Shorten it."),
    "entry": _("This entry does not exist any more."),
    "pictures": _("Choose from 1 to 12 pictures. A form has at most 24 pictures."),
    "email": _("Write the authority and its e-mail address first."),
    "recognised": _(
        "A person may be recognisable in the texts. Remove these parts, store the form and ask again."
    ),
    "nobody": _("Confirm that nobody is recognisable, or return the form."),
    "unknown": _("Choose a button of the page."),
    "own": _(
        "The person who wrote the form cannot confirm it. Another person must confirm the form."
    ),
}
TRENDS: dict[str, Any] = {
    "": _("neither"),
    "new": _("new trend"),
    "repetitive": _("repetitive pattern"),
}
PARTS: dict[str, Any] = {
    "B": _("Cases"),
    "C": _("Project"),
    "D": _("Other information"),
}
GROUNDS: dict[str, Any] = {
    "undeclared": _("not declared"),
    "below": _("below the threshold"),
    "differences": _("difference between count and declaration"),
    "detentions": _("detained"),
    "seizures": _("seized"),
}
#: Feature of a pattern → its name, and the words of its values.
DETAILS: dict[str, tuple[Any, dict[str, Any]]] = {
    "grounds": (_("Reason"), GROUNDS),
    "means": (_("Means of transport"), texts.MEANS),
    "route": (_("Route"), {}),
    "types": (_("Type"), texts.INSTRUMENTS | texts.GOLD),
    "currencies": (_("Currency"), {}),
    "notes": (_("Notes and coins"), {}),
    "worth": (_("Value"), {}),
}
#: Forms of the list, and half-years that can be chosen.
_MOST, _HALVES = 100, 6


def _country(request: Request) -> str:
    organisation = request.user.organisation
    return organisation.country if organisation else ""


def _state(row: RiskForm) -> Any:
    if row.confirmed_at is not None:
        return _("confirmed")
    return (
        _("waits for confirmation by a second person") if row.asked_at is not None else _("draft")
    )


def _halves() -> list[tuple[str, str]]:
    today = timezone.localdate()
    year, half = today.year, 0 if today.month < 7 else 1
    found = []
    for _n in range(_HALVES):
        found.append((f"{year}{'AB'[half]}", f"{year} {'AB'[half]}"))
        year, half = (year - 1, 1) if half == 0 else (year, 0)
    return found


@require_http_methods(["GET", "HEAD", "POST"])
@requires("risk.see", to_post="risk.write")
def risk_forms(request: Request) -> HttpResponse:
    """Lists the forms, and creates a form for a half-year."""
    problem: Any = ""
    chosen = request.POST.get("half", "")
    if request.method == "POST":
        year = chosen[:4]
        try:
            made = forms.begin(
                request.user,
                int(year) if year.isascii() and year.isdecimal() else 0,
                chosen[4:5],
            )
        except forms.Refused as refused:
            problem = REFUSED[refused.code]
        else:
            return redirect("risk-form", pk=made.pk)
    request.shown_kind = NAME
    rows = RiskForm.objects.defer("content").order_by("-year", "-half", "-number")[:_MOST]
    context = {
        "rows": [(one, forms.reference(one, _country(request)), _state(one)) for one in rows],
        "halves": _halves(),
        "chosen": chosen,
        "problem": problem,
        "writes": rules.may(request.user, "risk.write") and request.user.unit_id is None,
    }
    return render(request, "cash/risk_forms.html", context, status=422 if problem else 200)


def _version(request: Request) -> int:
    text = request.POST.get("version", "")
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 7 else 0


@require_http_methods(["GET", "HEAD", "POST"])
@requires("risk.see")
def risk_form(request: Request, pk: uuid.UUID) -> HttpResponse:
    """Shows one form: its entries, its pictures, and the steps to its confirmation."""
    row = get_object_or_404(RiskForm, pk=pk)
    problem: Any = ""
    found: list[str] = []
    if request.method == "POST":
        try:
            done = _act(request, row)
        except forms.Refused as refused:
            problem = REFUSED[refused.code]
            found = [f"{n}: {part[:80]}" for n, part in refused.found[:20]]
        except pictures.Unreadable as unreadable:
            problem = UNREADABLE[unreadable.code]
        else:
            toasts.success(request, done)
            return redirect("risk-form", pk=pk)
    return _page(request, pk, problem, found)


def _act(request: Request, row: RiskForm) -> str:
    """Performs the action whose button the user pressed on the page. If the action is refused, returns the
    reason in the reader's language.
    """
    user, what, version = request.user, request.POST.get("do", ""), _version(request)
    if what == "build":
        forms.build(user, row.pk, version)
        return gettext("The patterns are built from the movements that are stored now.")
    if what == "ask":
        forms.ask(user, row.pk, version)
        return gettext("The form waits for confirmation by a second person.")
    if what in ("confirm", "return"):
        if what == "confirm" and request.POST.get("nobody") != "yes":
            raise forms.Refused("nobody")
        forms.answer(user, row.pk, version, what == "confirm")
        if what == "confirm":
            return gettext("The form is confirmed. The form can be sent.")
        return gettext("The form is a draft again.")
    if what == "remove":
        forms.remove(user, row.pk, version, _uuid(request.POST.get("picture", "")))
        return gettext("The picture is deleted.")
    if what == "picture":
        files = request.FILES.getlist("pictures")[: pictures.MOST_FILES + 1]
        if any((one.size or 0) > pictures.MOST_BYTES for one in files):
            raise pictures.Unreadable("large")
        forms.photograph(
            user, row.pk, version, request.POST.get("entry", ""), [one.read() for one in files]
        )
        return gettext("The pictures are stored without metadata.")
    if what not in ("write", *(f"add-{part}" for part in risk.PARTS)):
        raise forms.Refused("unknown")
    forms.write(user, row.pk, version, request.POST, what.removeprefix("add-"))
    return gettext("The form is stored.")


def _uuid(text: str) -> uuid.UUID:
    try:
        return uuid.UUID(text)
    except ValueError:
        raise Http404 from None


def _page(request: Request, pk: uuid.UUID, problem: Any, found: list[str]) -> HttpResponse:
    row = get_object_or_404(RiskForm, pk=pk)
    content = forms.content(row)
    writes = (
        rules.may(request.user, "risk.write") and row.asked_at is None and row.confirmed_at is None
    )
    if problem and writes and request.POST.get("do", "").startswith(("write", "add-")):
        content = forms.typed(content, request.POST)
    taken = forms.numbers_of_pictures(row)
    acts.write(request.user, "risk.see", row.pk)
    request.shown_kind = NAME
    shown = content.entries if writes else content.shared
    context = {
        "row": row,
        "reference": forms.reference(row, _country(request)),
        "state": _state(row),
        "content": content,
        "entries": [_entry(one, taken.get(one.id, [])) for one in shown],
        "trends": list(TRENDS.items()),
        "selections": [("", _("not stated")), *((c, texts.SELECTIONS[c]) for c in risk.SELECTIONS)],
        "problem": problem,
        "found": found,
        "writes": writes,
        "builds": writes and request.user.unit_id is None,
        "confirms": forms.may_confirm(request.user, row),
        "takes_back": row.confirmed_at is None and row.asked_by_id == request.user.pk,
        "takes": row.confirmed_at is not None and rules.may(request.user, "risk.take"),
    }
    return render(request, "cash/risk_form.html", context, status=422 if problem else 200)


def _entry(one: forms.Entry, taken: list[RiskPicture]) -> dict[str, Any]:
    pattern = one.pattern
    words: list[str] = []
    if pattern is not None:
        words = [
            gettext("accompanied cash") if pattern.accompanied else gettext("unaccompanied cash"),
            str(texts.DIRECTIONS.get(pattern.direction, "")),
            str(texts.MODES.get(pattern.mode, "")),
            *(str(texts.KINDS[kind]) for kind in pattern.kinds),
            str(texts.SELECTIONS.get(pattern.selection, "")),
        ]
    return {
        "entry": one,
        "part": PARTS[one.part],
        "words": ", ".join(filter(None, words)),
        "details": [
            (name, [(_value(key, value, of), n) for value, n in pattern.details[key].items()])
            for key, (name, of) in DETAILS.items()
            if key in pattern.details
        ]
        if pattern
        else [],
        "trend": TRENDS.get(one.trend, ""),
        "selection": texts.SELECTIONS.get(one.selection, "") if one.selection else "",
        "pictures": taken,
    }


def _value(key: str, value: str, of: dict[str, Any]) -> str:
    return _class_of_value(int(value)) if key == "worth" else str(of.get(value, value))


def _class_of_value(n: int) -> str:
    least = number(risk.CLASSES[n - 1]) if n else ""
    most = number(risk.CLASSES[n]) if n < len(risk.CLASSES) else ""
    if not least:
        return gettext("less than %(limit)s") % {"limit": most}
    if not most:
        return gettext("%(least)s or more") % {"least": least}
    return gettext("%(least)s to %(most)s") % {"least": least, "most": most}


@require_safe
@requires("risk.take")
def file(request: Request, pk: uuid.UUID) -> HttpResponse:
    """Returns the file of a confirmed form. A form that is not confirmed has no file."""
    row = get_object_or_404(RiskForm, pk=pk)
    try:
        text = forms.table(row, _country(request))
    except forms.Refused:
        return _page(request, pk, _("The form is not confirmed yet. The form cannot be sent."), [])
    acts.write(request.user, "risk.take", row.pk, version=row.version)
    name = f"risk-{row.year}-{row.half}-{row.number}.csv"
    # Excel reads accents only if the file begins with a byte order mark.
    answer = HttpResponse("\ufeff" + text, content_type="text/csv; charset=utf-8")
    answer["Content-Disposition"] = f'attachment; filename="{name}"'
    answer["Cache-Control"] = "no-store"
    return answer


@require_safe
@requires("risk.see")
def picture(request: Request, pk: uuid.UUID) -> HttpResponse:
    """Returns a picture of a form. Pictures of drafts are also returned, so that the second person can see
    these pictures.
    """
    found = get_object_or_404(RiskPicture, pk=pk)
    data = forms.picture(found)
    if data is None:
        raise Http404
    acts.write(request.user, "risk.picture", found.form_id, picture=found.pk)
    answer = HttpResponse(data, content_type="image/jpeg")
    answer["Content-Disposition"] = f'inline; filename="picture-{found.number}.jpg"'
    answer["Cache-Control"] = "no-store"
    return answer
