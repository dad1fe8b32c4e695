"""The pages of tracing requests: the list, one request with its steps, the form, and the exports."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from typing import Any

from django.contrib import messages as toasts
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from vedette.apps.accounts import acts
from vedette.apps.accounts.rules import Request, requires
from vedette.apps.columns import new_id
from vedette.apps.enforcement import wording
from vedette.apps.enforcement.actions import tracing as actions
from vedette.apps.enforcement.actions.firearms import Stale, Withdrawn
from vedette.apps.enforcement.models import Firearm, TraceRequest
from vedette.apps.enforcement.selectors import firearms
from vedette.apps.enforcement.selectors import tracing as selectors
from vedette.apps.query import plain
from vedette.apps.rendering import say
from vedette.core import tracing as forms

#: Filter of the list → its word.
FILTERS = {
    "open": _("Open"),
    "waiting": _("Answer awaited"),
    "ended": _("Ended"),
    "all": _("All"),
}
#: Fields of the forms with a choice of codes.
CHOICES: Mapping[str, Mapping[str, Any]] = {
    "channel": forms.CHANNELS, "illicit": forms.ILLICIT, "use": forms.USES, "ground": forms.GROUNDS,
    "result": forms.RESULTS, "diverted": forms.DIVERTED,
}  # fmt: skip
LONG = ("circumstances", "use_note", "note")
HINTS = {
    "to_country": _("Name or code of the country of the maker or of the last lawful owner"),
    "contact": _("Service, telephone number or e-mail address for the answer"),
    "basis": _("Provision under which the weapon was seized"),
    "circumstances": _(
        "How the weapon was found. Do not name suspects: the request may be passed on to others."
    ),
    "found_country": _("Name or code of the country"),
    "day": _("Date of the event (today’s date if the field is empty)"),
}


@require_safe
@requires("record.see")
def listed(request: Request) -> HttpResponse:
    """Shows the tracing requests, the most recently changed first."""
    which = request.GET.get("show", "open")
    which = which if which in FILTERS else "open"
    after = plain(request.GET.get("after", ""))
    rows, following = selectors.listed(which, after)
    shown = firearms.shown([one.firearm for one in rows])
    if rows:
        acts.write(request.user, "trace.list", requests=[one.pk for one in rows])
    context = {
        "rows": [
            {"trace": one, "weapon": weapon, "state": say(forms.STATES[one.state])}
            for one, weapon in zip(rows, shown, strict=True)
        ],
        "which": which,
        "filters": FILTERS.items(),
        "following": following,
        "first": not after,
    }
    return render(request, "enforcement/traces.html", context)


def _found(pk: uuid.UUID) -> TraceRequest:
    return get_object_or_404(TraceRequest.objects.select_related("firearm__seizure", "by"), pk=pk)


def _exportable(pk: uuid.UUID) -> TraceRequest:
    """Returns a request that may be exported. Data of a subject whose processing is restricted may not be
    exported."""
    row = _found(pk)
    if row.firearm.seizure.subject.restricted:
        raise Http404
    return row


def _red(request: Request, row: TraceRequest) -> HttpResponse | None:
    """If the seizure is marked TLP:RED, its content may not be exported: returns the page of the request with
    a message."""
    if not firearms.is_red(row.firearm.seizure):
        return None
    return _page(request, row, problem=str(wording.REFUSED["red"]), status=409)


@require_safe
@requires("record.see")
def trace(request: Request, pk: uuid.UUID) -> HttpResponse:
    """Shows one request: its fields, the required fields that are missing, its steps, and the forms of the
    possible steps. The access is recorded in the journal."""
    row = _found(pk)
    acts.write(request.user, "trace.see", row.pk)
    return _page(request, row)


def _page(
    request: Request, row: TraceRequest, *, action: str = "", fields: Mapping[str, str] | None = None,
    errors: Mapping[str, Any] | None = None, problem: str = "", status: int = 200,
) -> HttpResponse:  # fmt: skip
    cells = selectors.sheet(row)
    steps = [
        {
            "action": one,
            "word": say(forms.ACTIONS[one]),
            "open": one == action,
            "fields": [
                _field(f"{name}", say(forms.STEP_LABELS[name]), fields if one == action else None,
                       errors if one == action else None, forms.STEP_FIELDS[one][1])
                for name in ("day", *forms.STEP_FIELDS[one][0])
            ],
        }
        for one in forms.possible(row.state)
        if one != "edit"
    ]  # fmt: skip
    context = {
        "trace": row,
        "state": say(forms.STATES[row.state]),
        "sections": [
            (say(title), [(say(cell.field.label), say(cell.value), cell.missing) for cell in cells
                          if cell.field.section == key and (cell.value or cell.field.required)])
            for key, title in forms.SECTIONS.items()
        ],
        "missing": [say(one.label) for one in forms.missing(cells)],
        "steps": steps,
        "editable": (row.state, "edit") in forms.TABLE,
        "history": selectors.history(row),
        "result": forms.RESULTS.get(row.result),
        "diverted": forms.DIVERTED.get(row.diverted),
        "found": firearms.nation(row.found_country) if row.found_country else "",
        "ground": forms.GROUNDS.get(row.ground),
        "problem": problem,
    }  # fmt: skip
    return render(request, "enforcement/trace.html", context, status=status)


def _field(
    name: str, label: str, fields: Mapping[str, str] | None, errors: Mapping[str, Any] | None,
    required: tuple[str, ...] = (),
) -> dict[str, Any]:  # fmt: skip
    value = (fields or {}).get(name, "")
    error = (errors or {}).get(name)
    return {
        "name": name, "label": label, "value": value, "error": say(error) if error else "",
        "choices": [(key, say(text), key == value) for key, text in CHOICES.get(name, {}).items()],
        "hint": HINTS.get(name, ""), "area": name in LONG, "day": name in ("day", "expected_on"),
        "required": name in required,
    }  # fmt: skip


@require_http_methods(["GET", "POST"])
@requires("seizure.write")
def new(request: Request, pk: uuid.UUID) -> HttpResponse:
    """The form for a new request about a firearm."""
    weapon = get_object_or_404(Firearm.objects.select_related("seizure"), pk=pk)
    if request.method != "POST":
        return _form(request, weapon, {}, new_id())
    fields = _posted(request)
    values, errors = forms.read(fields)
    try:
        id_ = uuid.UUID(request.POST.get("id", ""))
    except ValueError:
        id_ = new_id()
    if errors:
        return _form(request, weapon, fields, id_, errors)
    try:
        row = actions.ask(request.user, weapon.pk, id_, values)
    except actions.Taken:
        return _form(request, weapon, fields, id_, {"": _taken()}, status=409)
    except (Stale, Withdrawn):
        error = gettext("The firearm record was struck out, or its seizure was withdrawn.")
        return _form(request, weapon, fields, id_, {"": error}, status=409)
    return redirect("trace", pk=row.pk)


@require_http_methods(["GET", "POST"])
@requires("seizure.write")
def edit(request: Request, pk: uuid.UUID) -> HttpResponse:
    """The form for a change of a draft."""
    row = _found(pk)
    if request.method != "POST":
        acts.write(request.user, "trace.see", row.pk)
        return _form(request, row.firearm, selectors.given(row), row.pk, row=row)
    fields = _posted(request)
    values, errors = forms.read(fields)
    if errors:
        return _form(request, row.firearm, fields, row.pk, errors, row=row)
    try:
        actions.edit(request.user, row.pk, _number(request), values)
    except actions.Taken:
        return _form(request, row.firearm, fields, row.pk, {"": _taken()}, row=row, status=409)
    except (Stale, Withdrawn, forms.Refused):
        row.refresh_from_db()
        return _form(request, row.firearm, fields, row.pk, {"": _stale()}, row=row, status=409)
    return redirect("trace", pk=row.pk)


@require_POST
@requires("seizure.write")
def step(request: Request, pk: uuid.UUID) -> HttpResponse:
    """Records a step of a request."""
    row = _found(pk)
    action = request.POST.get("action", "")
    fields = {name: request.POST.get(name, "")[:10_000] for name in forms.STEP_LABELS}
    try:
        if action not in forms.STEP_FIELDS:
            raise forms.Refused("no step")
        _, errors = actions.act(request.user, row.pk, _number(request), action, fields)
    except actions.Incomplete:
        problem = gettext(
            "Required fields are missing. Complete the request, then record it as submitted."
        )
        return _page(request, row, problem=problem, status=422)
    except (Stale, Withdrawn, forms.Refused):
        row = _found(pk)
        return _page(request, row, problem=_stale(), status=409)
    if errors:
        return _page(request, row, action=action, fields=fields, errors=errors, status=422)
    toasts.success(request, gettext("The step is recorded."))
    return redirect("trace", pk=row.pk)


def _number(request: Request) -> int:
    text = request.POST.get("version", "")
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 9 else 0


def _taken() -> str:
    return gettext("A request to this State about this firearm is already open.")


def _stale() -> str:
    return gettext(
        "Another person changed this request in the meantime. Compare your values with the current ones."
    )


def _posted(request: Request) -> dict[str, str]:
    return {name: request.POST.get(name, "")[:10_000] for name in forms.ASKED}


def _form(
    request: Request, weapon: Firearm, fields: Mapping[str, str], id_: uuid.UUID,
    errors: Mapping[str, Any] | None = None, *, row: TraceRequest | None = None, status: int = 0,
) -> HttpResponse:  # fmt: skip
    errors = errors or {}
    required = tuple(field.key for field in forms.FIELDS if field.required)
    [shown] = firearms.shown([weapon])
    context = {
        "weapon": shown,
        "row": row,
        "id": id_,
        "fields": [
            _field(name, say(forms.LABELS[name]), fields, errors, required) for name in forms.ASKED
        ],
        "errors": errors,
        "problem": errors.get("", ""),
    }
    return render(
        request, "enforcement/trace_form.html", context, status=status or (422 if errors else 200)
    )


@require_safe
@requires("record.see")
def exported(request: Request, pk: uuid.UUID) -> HttpResponse:
    """Returns a request as a CSV file, for the police."""
    row = _exportable(pk)
    if (refusal := _red(request, row)) is not None:
        return refusal
    acts.write(request.user, "trace.export", row.pk)
    answer = HttpResponse(selectors.csv_of(row), content_type="text/csv; charset=utf-8")
    answer["Content-Disposition"] = f'attachment; filename="{row.reference}.csv"'
    return answer


@require_safe
@requires("record.see")
def sheet(request: Request, pk: uuid.UUID) -> HttpResponse:
    """Shows a request for printing, with every field and the required fields that are missing."""
    row = _exportable(pk)
    if (refusal := _red(request, row)) is not None:
        return refusal
    acts.write(request.user, "trace.export", row.pk)
    cells = selectors.sheet(row)
    context = {
        "trace": row,
        "state": say(forms.STATES[row.state]),
        "sections": [
            (say(title), [(say(cell.field.label), say(cell.value), cell.missing) for cell in cells
                          if cell.field.section == key])
            for key, title in forms.SECTIONS.items()
        ],
        "missing": [say(one.label) for one in forms.missing(cells)],
    }  # fmt: skip
    return render(request, "enforcement/trace_sheet.html", context)
