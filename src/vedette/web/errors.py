"""What is shown when something is not there, not allowed, or broken; always in the reader's words.

These pages ask the database nothing: it may be what is broken.
"""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render


def _page(request: HttpRequest, template: str, status: int) -> HttpResponse:
    return render(request, template, status=status)


def forbidden(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """403: the right is missing; says whom to ask."""
    return _page(request, "403.html", 403)


def csrf(request: HttpRequest, reason: str = "") -> HttpResponse:
    """403: the form's key is missing or old; says how to go on without losing the text."""
    return _page(request, "403_csrf.html", 403)


def not_found(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """404: also for what belongs to another organisation, so that nobody learns it exists."""
    return _page(request, "404.html", 404)


def broken(request: HttpRequest) -> HttpResponse:
    """500: nothing was half written."""
    return _page(request, "500.html", 500)
