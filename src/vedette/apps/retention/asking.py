"""The request to unmask a subject for a purpose and a case; another person decides it."""

from __future__ import annotations

import uuid
from typing import Any

from django import forms
from django.contrib import messages as toasts
from django.core.exceptions import ValidationError
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext
from django.views.decorators.http import require_http_methods, require_safe

from vedette.apps.accounts.models import Approval
from vedette.apps.accounts.rules import Request, requires
from vedette.apps.approvals import actions as approvals
from vedette.apps.columns import Purpose
from vedette.apps.subjects.kinds import queue_rows
from vedette.apps.subjects.models import Subject


class UnmaskForm(forms.Form):
    """The purpose, the case, and why it is necessary (Directive 2016/681, article 12 (3))."""

    purpose = forms.ChoiceField(choices=Purpose.choices)
    case = forms.CharField(max_length=60)
    why = forms.CharField(min_length=approvals.SHORTEST, max_length=1000)

    def __init__(self, allowed: list[str], data: Any = None) -> None:
        super().__init__(data)
        self.allowed = allowed

    def clean_purpose(self) -> str:
        """The purpose, if it is one of the reader's."""
        given: str = self.cleaned_data["purpose"]
        if given not in self.allowed:
            raise ValidationError("purpose")
        return given


@require_safe
@requires("record.see")
def record(request: Request, pk: uuid.UUID) -> HttpResponse:
    """Redirects to the page of a subject, which belongs to its kind."""
    get_object_or_404(Subject, pk=pk)
    return redirect(queue_rows([pk])[pk]["page"])


@require_http_methods(["GET", "POST"])
@requires("unmask.ask")
def unmask_ask(request: Request, pk: uuid.UUID) -> HttpResponse:
    """Requests it. During an emergency access it is allowed at once, and a worker opens the rows within a
    minute."""
    get_object_or_404(Subject, pk=pk)
    form = UnmaskForm(request.user.purposes, request.POST or None)
    if request.method == "POST" and form.is_valid():
        given = form.cleaned_data
        approval = approvals.ask(
            request.user, Approval.Kind.UNMASK, pk, given["purpose"], given["why"],
            given["case"],
        )  # fmt: skip
        if approval.state == Approval.State.ALLOWED:
            text = gettext(
                "You approved this alone. The data are opened within a minute;"
                " the approval will be reviewed."
            )
        else:
            text = gettext(
                "Request sent. After another person approves it, you can see the data here."
            )
        toasts.success(request, text)
        return redirect("record", pk=pk)
    context = {
        "shown": queue_rows([pk])[pk],
        "form": form,
        "purposes": [c for c in Purpose.choices if c[0] in request.user.purposes],
    }
    status = 422 if form.is_bound else 200
    return render(request, "retention/unmask.html", context, status=status)
