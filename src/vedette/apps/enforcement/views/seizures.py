"""The pages of seizures and detentions: the list, one record with its versions and steps, and the form."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from typing import Any

from django.contrib import messages as toasts
from django.forms.utils import ErrorDict
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from vedette.apps.accounts import acts, rules
from vedette.apps.accounts.rules import Request, requires
from vedette.apps.columns import new_id
from vedette.apps.enforcement import forms, wording
from vedette.apps.enforcement.actions import controls as control_actions
from vedette.apps.enforcement.actions import seizures as actions
from vedette.apps.enforcement.actions.controls import Refused
from vedette.apps.enforcement.actions.seizures import Origin
from vedette.apps.enforcement.models import ControlOrder, Photo, Seizure, SeizureVersion
from vedette.apps.enforcement.selectors import seizures as selectors
from vedette.apps.enforcement.selectors.seizures import SeizureFilters
from vedette.apps.enforcement.views.controls import _text, _uuid
from vedette.apps.enforcement.views.firearms import panel
from vedette.apps.hits.models import SeenHit
from vedette.apps.query import page_number, plain
from vedette.apps.subjects.kinds import app_kind, queue_rows
from vedette.apps.subjects.models import Subject
from vedette.core import pictures

#: State of the filter → its word.
STATES = {
    "open": _("In progress"),
    "draft": _("Drafts"),
    "submitted": _("To validate"),
    "validated": _("Validated"),
    "closed": _("Closed"),
    "all": _("All"),
}


@require_safe
@requires("record.see")
def seizures(request: Request) -> HttpResponse:
    """Shows the seizures and detentions, the newest first. The journal records their ids, because the page
    shows the names of their subjects."""
    filters, after = SeizureFilters.read(request.GET), plain(request.GET.get("after", ""))
    rows, following = selectors.listed(filters, after)
    if rows:
        acts.write(request.user, "seizure.list", seizures=[row.seizure.pk for row in rows])
    context = {
        "rows": rows,
        "filters": filters,
        "here": filters.query(),
        "states": [
            (word, filters.query(state=value), filters.state == value)
            for value, word in STATES.items()
        ],
        "measures": [
            (word, filters.query(measure=value), filters.measure == value)
            for value, word in (("", gettext("All")), *Seizure.Measure.choices)
        ],
        "first": not after,
        "following": following,
    }
    return render(request, "enforcement/seizures.html", context)


@require_safe
@requires("record.see")
def seizure(request: Request, pk: uuid.UUID) -> HttpResponse:
    """Shows one record in its latest version, or in the version `?version=`."""
    return _page(request, _find(pk))


def _find(pk: uuid.UUID) -> Seizure:
    found = Seizure.objects.select_related("subject", "created_by", "submitted_by", "validated_by")
    return get_object_or_404(found, pk=pk)


def _page(request: Request, found: Seizure, *, status: int = 200, **extra: Any) -> HttpResponse:
    """Shows a record. The journal records the access."""
    text = request.GET.get("version", "")
    record = selectors.record(found, page_number(text) if text else None)
    if record is None:
        raise Http404
    acts.write(request.user, "seizure.see", found.pk, version=record.version.number)
    request.shown_kind = found.subject.kind
    user, still = request.user, found.closed_at is None and found.state != Seizure.State.WITHDRAWN
    writes = still and rules.may(user, "seizure.write")
    own = user.pk in (record.version.by_id, found.submitted_by_id)
    stages = actions.NEXT[found.stage] if found.measure == Seizure.Measure.DETENTION else ()
    outcomes = [
        (value, word) for value, word in Seizure.Outcome.choices if value in actions.OUTCOMES
    ]
    context = {
        "record": record,
        "seizure": found,
        "written": record.version,
        "latest": record.version.number == found.version,
        "shown": queue_rows([found.subject_id]).get(found.subject_id),
        "lines": _lines(record),
        "tag": wording.STATES.get(found.state, ""),
        "edits": writes and found.may_change,
        "submits": writes and found.state == Seizure.State.DRAFT,
        "validates": found.state == Seizure.State.SUBMITTED and rules.may(user, "seizure.validate"),
        "own": own,
        "stages": [(one, Seizure.Stage(one).label) for one in stages] if writes else [],
        "ends": writes and actions.may_end(found),
        "closes": found.state == Seizure.State.VALIDATED,
        "seizes": found.measure == Seizure.Measure.DETENTION
        and found.state in (Seizure.State.DRAFT, Seizure.State.VALIDATED),
        "outcomes": outcomes,
        "photographs": writes,
        "new": new_id,
        **panel(found, {item.kind for item, _ in record.items}),
        **extra,
    }
    return render(request, "enforcement/seizure.html", context, status=status)


def _lines(record: selectors.Record) -> list[tuple[Any, Any]]:
    """Returns the values of a version with their labels, without empty values."""
    version, found = record.version, []
    for name, label in forms.LABELS.items():
        if name in ("day", "time"):
            continue
        if name in forms.TEXTS:
            value: Any = record.texts.get(name, "")
        elif hasattr(version, f"get_{name}_display"):
            value = getattr(version, f"get_{name}_display")() or ""
        else:
            value = getattr(version, name)
            value = ", ".join(value) if isinstance(value, list) else value
        if value not in ("", None):
            found.append((name, label, value))
    return [(str(label), (name, value)) for name, label, value in found]


@require_http_methods(["GET", "HEAD", "POST"])
@requires("seizure.write")
def of_order(request: Request, pk: uuid.UUID) -> HttpResponse:
    """The form of a new record that follows from a control order."""
    order = get_object_or_404(ControlOrder.objects.select_related("subject", "decision"), pk=pk)
    return _new(request, lambda: actions.of_order(order), order.subject)


@require_http_methods(["GET", "HEAD", "POST"])
@requires("seizure.write")
def of_hit(request: Request, pk: uuid.UUID) -> HttpResponse:
    """The form of a new record that follows from a decision on a hit."""
    hit = get_object_or_404(SeenHit.objects.select_related("subject"), pk=pk)
    return _new(request, lambda: actions.of_hit(hit), hit.subject)


def _new(request: Request, origin: Callable[[], Origin], subject: Subject) -> HttpResponse:
    problem = ""
    id_ = _uuid(request.POST.get("id", "")) or new_id()
    if request.method == "POST" and "more" not in request.POST and "full" not in request.POST:
        form, goods = forms.SeizureForm(request.POST), forms.items(request.POST)
        if form.is_valid() and goods.is_valid():
            try:
                made = actions.create(
                    request.user, origin(), id_, request.POST.get("measure", ""),
                    forms.given(form, goods),
                )  # fmt: skip
                toasts.success(request, gettext("The record is saved as a draft."))
                return redirect("seizure", pk=made.pk)
            except Refused as refused:
                problem = wording.REFUSED[refused.code]
    else:
        known = app_kind(subject.kind).found(subject.pk) or {}
        form, goods = _started(request, {"day": timezone.localdate().isoformat(), **known}, [])
    return _form(request, form, goods, subject, problem, id=id_, new=True)


def _started(request: Request, head: dict[str, Any], rows: list[dict[str, Any]]) -> tuple[Any, Any]:
    """Returns the forms with the given values. After a click on a button that changes the form, the forms
    contain the typed values."""
    if request.method != "POST":
        return forms.SeizureForm(initial=head), forms.items(initial=rows)
    data = request.POST.copy()
    if "more" in data:
        total = plain(data.get("goods-TOTAL_FORMS", "0"))
        count = int(total) if total.isascii() and total.isdecimal() and len(total) < 4 else 0
        data["goods-TOTAL_FORMS"] = str(min(count + 2, actions.MOST_ITEMS))
    if "full" in data:
        data["form"] = SeizureVersion.Form.FULL
    form, goods = forms.SeizureForm(data), forms.items(data)
    # The values are shown again without errors.
    for one in (form, *goods.forms):
        one._errors = ErrorDict()
    return form, goods


@require_http_methods(["GET", "HEAD", "POST"])
@requires("seizure.write")
def edit(request: Request, pk: uuid.UUID) -> HttpResponse:
    """The form of a new version of a record."""
    found, problem = _find(pk), ""
    record = selectors.record(found)
    if record is None:
        raise Http404
    version = page_number(request.POST.get("version", str(found.version)))
    if request.method == "POST" and "more" not in request.POST and "full" not in request.POST:
        head, rows = forms.initial(record)
        form, goods = forms.SeizureForm(request.POST), forms.items(request.POST)
        if form.is_valid() and goods.is_valid():
            try:
                actions.change(request.user, pk, version, forms.given(form, goods))
                toasts.success(request, gettext("The new version is saved as a draft."))
                return redirect("seizure", pk=pk)
            except Refused as refused:
                problem = wording.REFUSED[refused.code]
    else:
        acts.write(request.user, "seizure.see", found.pk, version=found.version)
        head, rows = forms.initial(record)
        form, goods = _started(request, head, rows)
    return _form(
        request, form, goods, found.subject, problem, seizure=found, number=version, new=False
    )  # fmt: skip


def _form(
    request: Request, form: Any, goods: Any, subject: Subject, problem: Any, **extra: Any
) -> HttpResponse:
    full = str(form["form"].value() or "") == SeizureVersion.Form.FULL
    shown = queue_rows([subject.pk]).get(subject.pk)
    if shown is None:
        raise Http404
    request.shown_kind = subject.kind
    if extra["new"]:
        acts.write(request.user, "control.form", subject.pk)
    wrong = bool(problem) or (form.is_bound and bool(form.errors)) or _wrong(goods)
    context = {
        "form": form,
        "goods": goods,
        "fields": list(form.shown(full)),
        "hidden": [form[name] for name in forms.LABELS if name not in forms.SHORT],
        "full": full,
        "subject": subject,
        "shown": shown,
        "problem": problem,
        "wrong": wrong,
        "measure": request.POST.get("measure", ""),
        "measures": Seizure.Measure.choices,
        "longest": actions.MOST_TEXT,
        **extra,
    }
    posted = request.method == "POST" and "more" not in request.POST and "full" not in request.POST
    return render(request, "enforcement/seizure_form.html", context, status=422 if posted else 200)


def _wrong(goods: Any) -> bool:
    return bool(goods.is_bound and "_errors" in vars(goods) and any(goods._errors or ()))


@require_POST
@requires("seizure.write")
def act(request: Request, pk: uuid.UUID) -> HttpResponse:
    """Carries out an action on a record: submit, validate, return for correction, withdraw, start the next
    stage, close, seize. The validation needs a further right.
    """
    found = _find(pk)
    do = _ACTS.get(request.POST.get("do", ""))
    if do is None:
        raise Http404
    try:
        done = do(request, found, page_number(request.POST.get("version", "")))
    except actions.Incomplete as incomplete:
        names = [str(forms.LABELS.get(one, _("Goods"))) for one in incomplete.missing]
        return _page(
            request, _find(pk), status=422, problem=wording.REFUSED["incomplete"], lacking=names
        )
    except Refused as refused:
        return _page(
            request, _find(pk), status=422, problem=wording.REFUSED[refused.code],
            typed=request.POST,
        )  # fmt: skip
    except pictures.Unreadable as unreadable:
        return _page(request, _find(pk), status=422, problem=wording.UNREADABLE[unreadable.code])
    toasts.success(request, str(done))
    return redirect("seizure", pk=pk)


def _long(request: Request, name: str) -> str:
    return request.POST.get(name, "").replace("\0", "").strip()


def _submit(request: Request, found: Seizure, version: int) -> Any:
    actions.submit(request.user, found.pk, version)
    return gettext("The record is submitted. Another person must validate the record.")


def _validate(request: Request, found: Seizure, version: int) -> Any:
    actions.validate(request.user, found.pk, version)
    return gettext("The record is validated.")


def _give_back(request: Request, found: Seizure, version: int) -> Any:
    actions.give_back(request.user, found.pk, version, _long(request, "text"))
    return gettext("The record is returned for correction.")


def _withdraw(request: Request, found: Seizure, version: int) -> Any:
    actions.withdraw(request.user, found.pk, version, _long(request, "text"))
    return gettext("The record is withdrawn.")


def _advance(request: Request, found: Seizure, version: int) -> Any:
    stage, text = request.POST.get("stage", ""), _long(request, "text")
    actions.advance(request.user, found.pk, version, stage, text)
    return gettext("The step is recorded.")


def _close(request: Request, found: Seizure, version: int) -> Any:
    outcome, basis = request.POST.get("outcome", ""), _text(request, "basis")
    text = _long(request, "text")
    if outcome == Seizure.Outcome.SEIZED:
        record = selectors.record(found)
        if record is None:
            raise Http404
        actions.seize(request.user, found.pk, version, basis, text, actions.again(record))
        return gettext("The goods are seized. Complete and submit the record.")
    actions.close(request.user, found.pk, version, outcome, basis, text)
    return gettext("The case is closed.")


def _photograph(request: Request, found: Seizure, version: int) -> Any:
    form, files = _uuid(request.POST.get("id", "")), request.FILES.getlist("photo")
    if not files or form is None:
        raise Refused("nothing_sent")
    if len(files) > pictures.MOST_FILES:
        raise Refused("many_photos")
    if any((one.size or 0) > pictures.MOST_BYTES for one in files):
        raise pictures.Unreadable("large")
    rules.check(request.user, "seizure.write")
    given = [(uuid.uuid5(form, str(n)), one.read()) for n, one in enumerate(files)]
    kind = Photo.Kind.XRAY if "xray" in request.POST else Photo.Kind.PHOTO
    control_actions.photograph(request.user, found, given, kind)
    return gettext("The photographs are stored.")


#: Value of the button → the action, which returns the message of the next page.
_ACTS: dict[str, Callable[[Request, Seizure, int], Any]] = {
    "submit": _submit, "validate": _validate, "give_back": _give_back, "withdraw": _withdraw,
    "advance": _advance, "close": _close, "photograph": _photograph,
}  # fmt: skip
