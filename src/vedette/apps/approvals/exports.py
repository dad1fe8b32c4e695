"""Exports of many records at once, which need the approval of a second person."""

from __future__ import annotations

import datetime as dt
import uuid
from typing import Any

from django import forms
from django.conf import settings
from django.contrib import messages as toasts
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext
from django.views.decorators.http import require_POST

from vedette.apps.accounts.models import Approval, User
from vedette.apps.accounts.rules import Request, requires
from vedette.apps.approvals import actions
from vedette.apps.columns import Purpose

#: Validity of an allowed export, for the user who asked for it.
LASTS = dt.timedelta(hours=24)


def allowed(by: User, subject: uuid.UUID, rows: int) -> bool:
    """Whether `by` may export `rows` records of `subject` (the id of a list or an organisation) now."""
    few = rows <= settings.EXPORT_ROWS
    return few or actions.holds(by, Approval.Kind.EXPORT, subject) is not None


def refusal(request: Request, subject: uuid.UUID, rows: int) -> HttpResponse:
    """Answers 403 with the form that asks a second person."""
    return _page(request, AskForm(request.user, initial={"subject": subject, "rows": rows}), 403)


class AskForm(forms.Form):
    """The form for an export: its subject, number of rows, one of the user's purposes, and reason."""

    subject = forms.UUIDField()
    rows = forms.IntegerField(min_value=1)
    purpose = forms.ChoiceField()
    why = forms.CharField(min_length=actions.SHORTEST, max_length=1000)

    def __init__(self, by: User, *args: object, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]
        purpose: Any = self.fields["purpose"]
        purpose.choices = [choice for choice in Purpose.choices if choice[0] in by.purposes]


@require_POST
@requires("export.ask")
def export_ask(request: Request) -> HttpResponse:
    """Asks for an export; once allowed, the user may make it for a day."""
    form = AskForm(request.user, request.POST)
    if not form.is_valid():
        return _page(request, form, 422)
    given = form.cleaned_data
    actions.ask(
        request.user, Approval.Kind.EXPORT, given["subject"], given["purpose"], given["why"],
        detail={"rows": given["rows"]},
    )  # fmt: skip
    toasts.success(
        request,
        gettext("Request sent. After another person approves it, export again within a day."),
    )
    return redirect("approvals")


def _page(request: Request, form: AskForm, status: int) -> HttpResponse:
    context = {"form": form, "most": settings.EXPORT_ROWS}
    return render(request, "approvals/export.html", context, status=status)
