"""Middleware for every request: request id, access log, metrics, and rate limits."""

from __future__ import annotations

import logging
import re
import time
import uuid
from functools import cache
from itertools import chain

from django.contrib.auth import SESSION_KEY
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.urls import Resolver404, resolve

from vedette.apps.accounts.acts import refused
from vedette.apps.subjects.kinds import app_kinds
from vedette.apps.upkeep import figures, rates
from vedette.server import logs
from vedette.web import errors
from vedette.web.middleware import Handler

logger = logging.getLogger("vedette.access")

#: Routes by cost. Sign-in is counted by address, the others by user.
_SIGN_IN = re.compile(r"/login/.*|/account/confirm/.*")
_EXPORT = re.compile(r".*(?:csv|export|changes|report|sheet).*")
_UPLOADS = re.compile(r"/api/(?:messages|parse|watchlists/[^/]+/import)/?")


def observe(get_response: Handler) -> Handler:
    """Assigns the request an id, and records its outcome in the log and the metrics under the name of its
    route.

    No address, query or user is logged: the journal records the access to personal data, and has its own
    retention.
    """

    def middleware(request: HttpRequest) -> HttpResponse:
        number = uuid.uuid4().hex
        token = logs.REQUEST.set(number)
        began = time.perf_counter()
        try:
            response = get_response(request)
            seconds = time.perf_counter() - began
            route = _route(request)
            method = request.method if request.method in _METHODS else "other"
            figures.answered(route, method or "", response.status_code, seconds)
            counts = {
                "route": route, "method": method, "status": response.status_code,
                "ms": round(seconds * 1000, 1),
            }  # fmt: skip
            logger.info("answered", extra={"counts": counts})
        finally:
            logs.REQUEST.reset(token)
        response["X-Request-ID"] = number
        return response

    return middleware


_METHODS = frozenset(("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"))


def _route(request: HttpRequest) -> str:
    match = request.resolver_match
    if match is None:
        return "none"
    return match.view_name if match.url_name else match.route[:40] or "none"


def limits(get_response: Handler) -> Handler:
    """Answers 429 with `Retry-After` if a caller exceeds a limit: by token or user, and by address
    (docs/operators.md).

    Runs before the request's transaction, so that a rollback does not undo the counters.
    """

    def middleware(request: HttpRequest) -> HttpResponse:
        for kind, who in asked(request):
            wait = rates.take(kind, who)
            if wait:
                figures.too_fast(kind)
                refused("rate.exceeded")
                return _wait(request, wait)
        return get_response(request)

    return middleware


def asked(request: HttpRequest) -> list[tuple[str, str]]:
    """(kind, caller) of each limit that applies to a request; none for pages and static files."""
    path = request.path_info
    if path.startswith("/api/") and path != "/api/":
        # The token alone, because its scheme may be written in several ways.
        who = request.META.get("HTTP_AUTHORIZATION", "").partition(" ")[2].strip()
        kinds = [("address", rates.address(request))] + ([("api", who)] if who else [])
        if request.method == "POST" and _UPLOADS.fullmatch(path):
            kinds.append(("upload", who))
        return [*kinds, ("search", who)] if path == "/api/screen" else kinds
    if request.method == "POST" and _SIGN_IN.fullmatch(path):
        return [("sign_in", rates.address(request))]
    try:
        name = resolve(path).view_name or ""
    except Resolver404:
        return []
    user = request.session.get(SESSION_KEY)
    if user is None:
        return []
    if request.method == "POST" and (request.content_type or "").startswith("multipart/"):
        return [("upload", user)]
    if request.method == "POST" and name in _searches():
        return [("search", user)]
    return [("export", user)] if _EXPORT.fullmatch(name) and name != "queue-changes" else []


@cache
def _searches() -> frozenset[str]:
    return frozenset(("search", *chain.from_iterable(kind.searching for kind in app_kinds())))


def _wait(request: HttpRequest, seconds: int) -> HttpResponse:
    if request.path_info.startswith("/api/"):
        detail = f"too many requests; wait {seconds} seconds and send it again"
        response: HttpResponse = JsonResponse({"detail": detail}, status=429)
    else:
        response = errors.too_many(request, seconds)
    response["Retry-After"] = str(seconds)
    return response
