"""The pages of requests of persons. Files are made on a POST and not stored."""

from __future__ import annotations

import datetime as dt
import uuid
from typing import Any

from django import forms
from django.contrib import messages as toasts
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from vedette.apps.accounts import acts
from vedette.apps.accounts.models import Approval
from vedette.apps.accounts.rules import Request, requires
from vedette.apps.requests import actions, rectifying
from vedette.apps.requests.forms import AnswerForm, FileForm, NewForm, RectifyForm, WhyForm
from vedette.apps.requests.models import SubjectRequest
from vedette.apps.subjects.kinds import app_kinds, queue_rows
from vedette.apps.subjects.models import Subject

#: The maximum number of requests on the page.
SHOWN = 100


@require_safe
@requires("subject.answer")
def subjects(request: Request) -> HttpResponse:
    """The list of requests, open ones first, by the day on which the answer is due."""
    rows = SubjectRequest.objects.select_related("by", "answered_by").order_by("-state", "due_on")
    context = {"rows": rows[:SHOWN], "today": timezone.now().date()}
    return render(request, "requests/subjects.html", context)


@require_http_methods(["GET", "POST"])
@requires("subject.answer")
def subject_new(request: Request) -> HttpResponse:
    """The form for the details of the letter, then the records found. The officer unticks the records of
    other people."""
    form = NewForm(request.POST or None, initial={"received_on": timezone.now().date()})
    context: dict[str, Any] = {"form": form, "kinds": SubjectRequest.Kind.choices}
    if request.method != "POST" or not form.is_valid():
        status = 422 if form.is_bound else 200
        return render(request, "requests/new.html", context, status=status)
    given = form.given()
    found: dict[uuid.UUID, list[str]] = {}
    more = False
    for kind in app_kinds():
        of_kind, more_of_kind = kind.find(given)
        found |= of_kind
        more = more or more_of_kind
    if "keep" not in request.POST:
        acts.write(request.user, "subject.search", words=given.words(), found=len(found))
        shown = queue_rows(found)
        rows = [(id_, shown[id_], by) for id_, by in found.items()]
        context.update(found=rows, more=more, searched=True)
        return render(request, "requests/new.html", context)
    chosen = set(request.POST.getlist("subject"))
    data = form.cleaned_data
    made = actions.enter(
        request.user, data["kind"], data["received_on"], data["reference"],
        [id_ for id_ in found if str(id_) in chosen], given,
    )  # fmt: skip
    return redirect("subject", made.pk)


@require_safe
@requires("subject.answer")
def subject(request: Request, pk: uuid.UUID) -> HttpResponse:
    """One request: the records, the acts on them, the answer."""
    acts.write(request.user, "subject.see", pk)
    return _page(request, _find(pk))


@require_POST
@requires("subject.answer")
def subject_answer(request: Request, pk: uuid.UUID) -> HttpResponse:
    """Returns the releasable file as an attachment."""
    found, form = _find(pk), AnswerForm(request.POST)
    if not form.is_valid():
        return _page(request, found, answer=form)
    return _attached(actions.answer(request.user, found, **form.cleaned_data), form, "answer")


@require_POST
@requires("subject.answer")
def subject_full(request: Request, pk: uuid.UUID) -> HttpResponse:
    """Returns the full file as an attachment. Only the data-protection officer may read it."""
    found, form = _find(pk), FileForm(request.POST)
    if not form.is_valid():
        return _page(request, found, full=form)
    return _attached(actions.full_file(request.user, found, **form.cleaned_data), form, "full")


@require_POST
@requires("subject.answer")
def subject_restrict(request: Request, pk: uuid.UUID) -> HttpResponse:
    """Restricts the subjects or ends the restriction, depending on the button pressed."""
    count = actions.restrict(request.user, _find(pk), on=request.POST.get("do") != "end")
    toasts.success(request, gettext("Records changed: %(n)d.") % {"n": count})
    return redirect("subject", pk)


@require_POST
@requires("subject.answer")
def subject_rectify(request: Request, pk: uuid.UUID) -> HttpResponse:
    """Stores a statement beside the values of messages."""
    found, form = _find(pk), RectifyForm(request.POST)
    if not form.is_valid():
        return _page(request, found, rectify=form)
    opened = rectifying.rectify(request.user, found, **form.cleaned_data)
    toasts.success(
        request,
        gettext(
            "The rectified value is stored beside the values of the messages. Hits reopened: %(n)d."
        )
        % {"n": opened},
    )
    return redirect("subject", pk)


@require_POST
@requires("subject.answer")
def subject_erase(request: Request, pk: uuid.UUID) -> HttpResponse:
    """Requests the approval of a second person. The approval erases the records."""
    found, form = _find(pk), WhyForm(request.POST)
    if form.is_valid():
        try:
            actions.ask_erasure(request.user, found, form.cleaned_data["why"])
        except ValueError:
            form.add_error(
                "why", gettext("There is nothing to erase, or erasure was already requested.")
            )
        else:
            toasts.success(
                request, gettext("Request sent. Another person decides. Nothing is erased yet.")
            )
            return redirect("subject", pk)
    return _page(request, found, erase=form)


def _find(pk: uuid.UUID) -> SubjectRequest:
    return get_object_or_404(SubjectRequest.objects.select_related("by", "answered_by"), pk=pk)


def _page(request: Request, found: SubjectRequest, **bound: forms.Form) -> HttpResponse:
    rows = Subject.objects.filter(pk__in=found.subjects)
    shown = queue_rows(found.subjects)
    held = sorted(
        ((row, shown[row.pk]) for row in rows),
        key=lambda both: (both[1]["on"] or dt.date.min, both[0].pk),
        reverse=True,
    )
    context: dict[str, Any] = {
        "found": found,
        "held": held,
        "restricted": any(subject.restricted for subject, _ in held),
        "waiting": Approval.objects.filter(
            kind=Approval.Kind.DELETE, subject=str(found.pk), state=Approval.State.ASKED
        ).exists(),
        "elements": [(name, element.label) for name, element in rectifying.elements().items()],
        "grounds": SubjectRequest.Ground.choices,
        "languages": FileForm.base_fields["language"].choices,  # type: ignore[attr-defined]
        "forms": FileForm.base_fields["form"].choices,  # type: ignore[attr-defined]
        **bound,
    }
    return render(request, "requests/subject.html", context, status=422 if bound else 200)


def _attached(made: bytes, form: forms.Form, name: str) -> HttpResponse:
    kind = form.cleaned_data["form"]
    response = HttpResponse(made, content_type=actions.FORMS[kind])
    response["Content-Disposition"] = f'attachment; filename="{name}.{kind}"'
    response["Cache-Control"] = "no-store"
    return response
