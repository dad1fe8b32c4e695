"""The queue and the hit, for people."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from vedette.apps.accounts.rules import requires


@requires("passengers.see")
def queue(request: HttpRequest) -> HttpResponse:
    """Whom to look at next."""
    return render(request, "targeting/queue.html")
