"""Error pages: not found, not allowed, server error; in the user's language.

These pages do not use the database, because it may be the cause of the error.
"""

from __future__ import annotations

from django.conf import settings
from django.core.exceptions import RequestDataTooBig, TooManyFieldsSent, TooManyFilesSent
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render

_TOO_MUCH = (RequestDataTooBig, TooManyFieldsSent, TooManyFilesSent)


#: The API's response for URLs without an operation.
_IN_JSON = {
    403: "not allowed",
    404: "there is nothing at this address",
    500: "an internal error occurred",
}


def _page(request: HttpRequest, template: str, status: int) -> HttpResponse:
    if request.path.startswith("/api/"):
        return JsonResponse({"detail": _IN_JSON[status]}, status=status)
    return render(request, template, status=status)


def forbidden(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """403: the right is missing; names the person to ask."""
    return _page(request, "403.html", 403)


def csrf(request: HttpRequest, reason: str = "") -> HttpResponse:
    """403: the form's token is missing or expired; explains how to continue without losing the text."""
    return _page(request, "403_csrf.html", 403)


def bad_request(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """413 for requests that are too large, 400 for unreadable ones; explains what to send instead."""
    too_large = isinstance(exception, _TOO_MUCH)
    context = {"too_large": too_large, "most_mb": settings.DATA_UPLOAD_MAX_MEMORY_SIZE >> 20}
    return render(request, "400.html", context, status=413 if too_large else 400)


def too_many(request: HttpRequest, seconds: int) -> HttpResponse:
    """429: too many requests; states how long to wait."""
    return render(request, "429.html", {"seconds": seconds}, status=429)


def not_found(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """404: also for objects of another organisation, so that their existence is not revealed."""
    return _page(request, "404.html", 404)


def broken(request: HttpRequest) -> HttpResponse:
    """500: the transaction was rolled back, so nothing was partly written."""
    return _page(request, "500.html", 500)
