"""Error pages in the user's language: not found, not allowed, server error.

For a signed-in user, error pages contain the navigation bar. The pages for a server error and for too many
requests have no navigation bar. The navigation bar reads the database, which may be the cause of the error.
"""

from __future__ import annotations

import sys

import psycopg
from django.conf import settings
from django.core.exceptions import RequestDataTooBig, TooManyFieldsSent, TooManyFilesSent
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render

#: The texts of the API for errors outside its operations.
_IN_JSON = {
    400: "the request cannot be read",
    403: "not allowed",
    404: "there is nothing at this address",
    405: "this method is not allowed here",
    413: "larger than {most_mb} MB, or too many files",
    429: "too many requests; wait {seconds} seconds and send it again",
    500: "an internal error occurred",
}


def _page(request: HttpRequest, template: str, status: int, **context: object) -> HttpResponse:
    if request.path.startswith("/api/"):
        return JsonResponse({"detail": _IN_JSON[status].format(**context)}, status=status)
    user = getattr(request, "user", None)
    if status not in (429, 500) and user is not None and user.is_authenticated:
        context["frame"] = "base.html"
    return render(request, template, context, status=status)


def forbidden(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """Returns a response with status 403 because the user does not have the required right. The page states
    whom the user can ask for the right.
    """
    return _page(request, "403.html", 403)


def csrf(request: HttpRequest, reason: str = "") -> HttpResponse:
    """Returns a response with status 403 because the token of the form is missing or expired. The page
    explains how to continue without losing the typed text.
    """
    return _page(request, "403_csrf.html", 403)


def bad_request(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """Returns a response with status 413 if the request is too large, and with status 400 if the request
    cannot be read. The page explains what to send instead of the refused request.
    """
    too_large = isinstance(exception, RequestDataTooBig | TooManyFieldsSent | TooManyFilesSent)
    context = {"too_large": too_large, "most_mb": settings.DATA_UPLOAD_MAX_MEMORY_SIZE >> 20}
    return _page(request, "400.html", 413 if too_large else 400, **context)


def too_many(request: HttpRequest, seconds: int) -> HttpResponse:
    """Returns a response with status 429 because there were too many requests. The answer states how long to
    wait.
    """
    response = _page(request, "429.html", 429, seconds=seconds)
    response["Retry-After"] = str(seconds)
    return response


def not_found(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """Answers 404. Requests for objects of another organisation get the same answer as requests for missing
    objects, so that their existence is not revealed.
    """
    return _page(request, "404.html", 404)


def wrong_method(request: HttpRequest, response: HttpResponse) -> HttpResponse:
    """Returns a response with status 405 and a page, instead of the empty response of the view. The header
    `Allow` contains the allowed methods.
    """
    page = _page(request, "405.html", 405)
    page["Allow"] = response.get("Allow", "")
    return page


def broken(request: HttpRequest) -> HttpResponse:
    """Answers 500. The transaction was rolled back, so that no partial changes are stored. Sets the attribute
    `deadlock` of the request if a deadlock is the cause; `middleware.scope` then runs the request again."""
    cause = sys.exception()
    while cause is not None and not isinstance(cause, psycopg.errors.DeadlockDetected):
        cause = cause.__cause__
    if cause is not None:
        request.deadlock = True  # type: ignore[attr-defined]
    return _page(request, "500.html", 500)
