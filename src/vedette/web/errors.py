"""What is shown when something is not there, not allowed, or broken; always in the reader's words.

These pages ask the database nothing: it may be what is broken.
"""

from __future__ import annotations

from django.conf import settings
from django.core.exceptions import RequestDataTooBig, TooManyFieldsSent, TooManyFilesSent
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render

_TOO_MUCH = (RequestDataTooBig, TooManyFieldsSent, TooManyFilesSent)


#: What the API is told where no operation of it answers.
_IN_JSON = {
    403: "not allowed",
    404: "there is nothing at this address",
    500: "something broke here",
}


def _page(request: HttpRequest, template: str, status: int) -> HttpResponse:
    if request.path.startswith("/api/"):
        return JsonResponse({"detail": _IN_JSON[status]}, status=status)
    return render(request, template, status=status)


def forbidden(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """403: the right is missing; says whom to ask."""
    return _page(request, "403.html", 403)


def csrf(request: HttpRequest, reason: str = "") -> HttpResponse:
    """403: the form's key is missing or old; says how to go on without losing the text."""
    return _page(request, "403_csrf.html", 403)


def bad_request(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """413 for what is too large, 400 for what could not be read; says what to send instead."""
    too_large = isinstance(exception, _TOO_MUCH)
    context = {"too_large": too_large, "most_mb": settings.DATA_UPLOAD_MAX_MEMORY_SIZE >> 20}
    return render(request, "400.html", context, status=413 if too_large else 400)


def too_many(request: HttpRequest, seconds: int) -> HttpResponse:
    """429: somebody goes too fast; says how long to wait."""
    return render(request, "429.html", {"seconds": seconds}, status=429)


def not_found(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """404: also for what belongs to another organisation, so that nobody learns it exists."""
    return _page(request, "404.html", 404)


def broken(request: HttpRequest) -> HttpResponse:
    """500: nothing was half written."""
    return _page(request, "500.html", 500)
