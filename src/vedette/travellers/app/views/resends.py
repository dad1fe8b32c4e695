"""Asking a carrier to send a flight's messages again."""

from __future__ import annotations

import uuid
from urllib.parse import quote

from django.contrib import messages as toasts
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext
from django.views.decorators.http import require_http_methods

from vedette.apps.accounts.rules import Request, requires
from vedette.travellers.app import resending
from vedette.travellers.app.models import Flight
from vedette.travellers.app.selectors import completeness


@require_http_methods(["GET", "POST"])
@requires("resend.ask")
def resend(request: Request, pk: uuid.UUID) -> HttpResponse:
    """The text to copy, print or open in the mail program; posting records that the carrier was asked."""
    found = get_object_or_404(Flight, pk=pk)
    sendings = completeness.transfers_of([found.id])[found.id]
    gaps = resending.gaps(found, sendings, timezone.now())
    if request.method == "POST" and gaps:
        resending.ask(request.user, found, [gap.numbers() for gap in gaps])
        toasts.success(request, gettext("The request to the carrier is recorded."))
        return redirect("flight", pk)
    texts = resending.texts(found, gaps, str(request.user.organisation)) if gaps else []
    context = {
        "flight": found,
        "texts": [
            (code, subject, text, f"mailto:?subject={quote(subject)}&body={_body(text)}")
            for code, subject, text in texts
        ],
        "asked": found.resends_asked.select_related("by").order_by("at"),
    }
    return render(request, "travellers/resend.html", context)


def _body(text: str) -> str:
    """As a mail program wants it: lines end with CRLF (RFC 6068, section 5)."""
    return quote(text.replace("\n", "\r\n"))
