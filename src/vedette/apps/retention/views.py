"""Pages for retention (periods, data that is due, and runs), and for requests to change the periods
or to unmask a subject.
"""

from __future__ import annotations

import uuid
from typing import Any

from django import forms
from django.contrib import messages as toasts
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods, require_safe

from vedette.apps.accounts.models import Approval
from vedette.apps.accounts.rules import Request, requires
from vedette.apps.approvals import actions as approvals
from vedette.apps.columns import Purpose, new_id
from vedette.apps.retention import selectors
from vedette.apps.retention.actions import (
    DEFAULT,
    LONGEST,
    Terms,
    Unfit,
    detail_of,
    templates,
    terms_of,
)
from vedette.apps.retention.models import RetentionProfile
from vedette.apps.subjects.kinds import queue_rows
from vedette.apps.subjects.models import Subject

_PROBLEMS = {
    "periods": _(
        "Each period must be longer than the previous one, in this order: masking, deletion,"
        " deletion with an objective link."
    ),
    "active_from": _(
        "The first day must be today or later. Data that are already masked or deleted do not"
        " change."
    ),
    "basis": _("Enter the law and the article."),
}


@require_safe
@requires("retention.see")
def retention(request: Request) -> HttpResponse:
    """Shows the retention profiles, the months that are due, and the runs with their proofs."""
    return render(
        request,
        "retention/retention.html",
        {
            "classes": selectors.all_in_force(),
            "words": selectors.classes(),
            "profiles": selectors.profiles(),
            "due": selectors.due(),
            "runs": selectors.runs(),
            "today": timezone.now().date(),
        },
    )


class PeriodsForm(forms.Form):
    """The form to request a retention profile."""

    name = forms.CharField(max_length=100)
    trigger = forms.ChoiceField(choices=RetentionProfile.Trigger.choices)
    mask_after = forms.IntegerField(min_value=1, max_value=LONGEST)
    delete_after = forms.IntegerField(min_value=1, max_value=LONGEST)
    keep_after = forms.IntegerField(min_value=1, max_value=LONGEST)
    active_from = forms.DateField()
    basis = forms.CharField(max_length=300, min_length=3)
    source = forms.CharField(max_length=300, required=False)
    why = forms.CharField(min_length=approvals.SHORTEST, max_length=1000)


@require_http_methods(["GET", "POST"])
@requires("retention.change")
def retention_change(request: Request) -> HttpResponse:
    """Shows the form for a retention class with the values of a template. On POST, requests the approval of a
    second person.
    """
    words = selectors.classes()
    class_ = request.GET.get("class", "")
    class_ = class_ if class_ in words else next(iter(words))
    chosen = request.GET.get("template", DEFAULT)
    key = chosen if chosen in templates(class_) else DEFAULT
    form = (
        PeriodsForm(request.POST) if request.method == "POST" else PeriodsForm(initial=_like(key))
    )
    if form.is_bound and form.is_valid() and (terms := _terms(form, key, class_)) is not None:
        approvals.ask(
            request.user, Approval.Kind.RETENTION, new_id(), request.user.purposes[0],
            form.cleaned_data["why"], detail=detail_of(terms),
        )  # fmt: skip
        toasts.success(
            request,
            gettext(
                "Request sent. Another person decides on the request. Nothing has changed yet."
            ),
        )
        return redirect("approvals")
    context = {
        "form": form,
        "templates": [
            (name, gettext(template.name)) for name, template in templates(class_).items()
        ],
        "chosen": key,
        "class": class_,
        "words": words,
        "longest": LONGEST,
    }
    return render(request, "retention/change.html", context, status=422 if form.is_bound else 200)


@require_safe
@requires("retention.see")
def retention_asked(request: Request, pk: uuid.UUID) -> HttpResponse:
    """Shows a requested retention profile beside the profile in force. `pk` is the subject of the
    approval.
    """
    found = get_object_or_404(Approval, kind=Approval.Kind.RETENTION, subject=str(pk))
    try:
        terms = terms_of(found)
    except Unfit:
        terms = None
    class_ = terms.retention_class if terms else None
    context = {
        "approval": found, "terms": terms, "periods": selectors.periods(class_),
        "word": selectors.classes().get(class_ or ""),
        "trigger": dict(RetentionProfile.Trigger.choices).get(terms.trigger) if terms else "",
        "problems": terms.problems(timezone.now().date()) if terms else ["detail"],
    }  # fmt: skip
    return render(request, "retention/asked.html", context)


def _like(key: str) -> dict[str, Any]:
    """Returns the initial values of the form. The basis and the source of the default template are
    left out, because they are placeholders.
    """
    template = templates()[key]
    texts = ("name",) if key == DEFAULT else ("name", "basis", "source")
    return {
        **{
            n: getattr(template, n) for n in ("trigger", "mask_after", "delete_after", "keep_after")
        },
        **{n: gettext(getattr(template, n)) for n in texts},
        "active_from": timezone.now().date(),
    }


def _terms(form: PeriodsForm, key: str, class_: str) -> Terms | None:
    """Returns the terms in a form. If the terms are invalid, adds errors to the form and returns
    None.
    """
    given = {k: v for k, v in form.cleaned_data.items() if k != "why"}
    terms = Terms(template=key, retention_class=class_, **given)
    for problem in terms.problems(timezone.now().date()):
        field = "keep_after" if problem == "periods" else problem
        form.add_error(field if field in form.fields else None, _PROBLEMS.get(problem, problem))
    return None if form.errors else terms


class UnmaskForm(forms.Form):
    """The form to request the unmasking of a subject. The form contains the purpose, the case, and the reason
    why unmasking is necessary (Directive 2016/681, article 12 (3)).
    """

    case = forms.CharField(max_length=60)
    why = forms.CharField(min_length=approvals.SHORTEST, max_length=1000)

    def __init__(self, allowed: list[str], data: Any = None) -> None:
        super().__init__(data)
        self.purposes = [choice for choice in Purpose.choices if choice[0] in allowed]
        self.fields["purpose"] = forms.ChoiceField(choices=self.purposes)


@require_safe
@requires("record.see")
def record(request: Request, pk: uuid.UUID) -> HttpResponse:
    """Redirects to the page of a subject. The app of each kind of subject provides the page of its
    subjects."""
    get_object_or_404(Subject, pk=pk)
    return redirect(queue_rows([pk])[pk]["page"])


@require_http_methods(["GET", "POST"])
@requires("unmask.ask")
def unmask_ask(request: Request, pk: uuid.UUID) -> HttpResponse:
    """Requests the unmasking of a subject. During an emergency access the request is allowed
    immediately, and a worker unmasks the rows within a minute.
    """
    get_object_or_404(Subject, pk=pk)
    form = UnmaskForm(request.user.purposes, request.POST or None)
    if request.method == "POST" and form.is_valid():
        given = form.cleaned_data
        approval = approvals.ask(
            request.user, Approval.Kind.UNMASK, pk, given["purpose"], given["why"],
            given["case"],
        )  # fmt: skip
        toasts.success(
            request,
            gettext(
                "You approved this request without a second person. The data are unmasked within a "
                "minute. Another person will review the approval."
            )
            if approval.state == Approval.State.ALLOWED
            else gettext(
                "Request sent. After another person approves the request, you see the data here."
            ),
        )
        return redirect("record", pk=pk)
    context = {
        "shown": queue_rows([pk])[pk],
        "form": form,
        "purposes": form.purposes,
    }
    return render(request, "retention/unmask.html", context, status=422 if form.is_bound else 200)
