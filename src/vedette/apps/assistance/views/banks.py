"""The page of question banks: versions, and their XLSForm workbooks."""

from __future__ import annotations

import uuid

from django.contrib import messages as toasts
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext
from django.views.decorators.http import require_http_methods, require_safe

from vedette.apps import reporting
from vedette.apps.accounts import acts
from vedette.apps.accounts.rules import Request, requires
from vedette.apps.assistance.actions import banks as actions
from vedette.apps.assistance.actions.common import Refused
from vedette.apps.assistance.models import Bank
from vedette.apps.assistance.selectors import diagnostics as selectors
from vedette.apps.assistance.views.common import said, uuid_of
from vedette.apps.columns import new_id
from vedette.assistance import bank_xlsform, banks


@require_http_methods(["GET", "HEAD", "POST"])
@requires("assistance.see", to_post="assistance.coordinate")
def listed(request: Request) -> HttpResponse:
    """Shows the versions of the question bank that the reader sees. A coordinator imports a version from an
    XLSForm workbook."""
    problem = None
    if request.method == "POST":
        file = request.FILES.get("workbook")
        try:
            if file is None or file.size is None or file.size > bank_xlsform.MOST_BYTES:
                raise Refused("workbook", "workbook")
            id_ = uuid_of(request.POST.get("id", "")) or new_id()
            actions.add(request.user, id_, request.POST.get("version", ""), file.read())
        except Refused as refused:
            problem = refused
        else:
            toasts.success(request, gettext("The question bank is stored."))
            return redirect("assistance-banks")
    acts.write(request.user, "bank.list")
    context = {
        "rows": selectors.banks_seen(),
        "example": banks.example(),
        "problem": said(problem) if problem else "",
        "typed": request.POST,
        "id": request.POST.get("id") or new_id(),
    }
    return render(request, "assistance/banks.html", context, status=422 if problem else 200)


@require_safe
@requires("assistance.see")
def form(request: Request, pk: uuid.UUID | None = None) -> HttpResponse:
    """Sends a question bank as an XLSForm workbook; without an id, the bank that vedette ships."""
    bank = (
        banks.example() if pk is None
        else banks.read_bank(get_object_or_404(Bank, pk=pk).content)
    )  # fmt: skip
    acts.write(request.user, "bank.form", pk or "")
    answer = HttpResponse(
        bank_xlsform.write(bank),
        content_type="application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    )
    name = f"questions-{reporting.file_name(bank.version)}.xlsx"
    answer["Content-Disposition"] = f'attachment; filename="{name}"'
    return answer
