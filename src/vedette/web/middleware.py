"""Middleware for every request: language, preferences and data scope of the user, request ids, access log,
metrics, rate limits, security headers and probes.

The probes are answered before all other middleware. The probes need no session and no host name, and
`/healthz` needs no database. A probe must not fail because of a component that it does not test. The proxy
does not expose `/readyz` and `/metrics` (deploy/nginx/vedette.conf).
"""

from __future__ import annotations

import ipaddress
import logging
import re
import secrets
import time
import uuid
from collections.abc import Callable, Iterable, Iterator
from functools import partial

from django.conf import settings
from django.contrib.auth import SESSION_KEY
from django.core.exceptions import BadRequest
from django.db import Error, transaction
from django.http import HttpRequest, HttpResponse, JsonResponse, QueryDict, StreamingHttpResponse
from django.urls import Resolver404, resolve
from django.utils import translation
from prometheus_client.exposition import CONTENT_TYPE_LATEST

from vedette.apps.accounts import acts, passwords, rules
from vedette.apps.accounts.models import User
from vedette.apps.subjects.kinds import app_kinds
from vedette.apps.upkeep import health, rates
from vedette.server import logs
from vedette.web import errors

Handler = Callable[[HttpRequest], HttpResponse]


def middleware(
    handle: Callable[[Handler, HttpRequest], HttpResponse],
) -> Callable[[Handler], Handler]:
    """Makes a Django middleware from a function that receives the next handler and the request."""
    return lambda get_response: partial(handle, get_response)


@middleware
def language(get_response: Handler, request: HttpRequest) -> HttpResponse:
    """Sets the language of the request to the language in the cookie. Without a cookie, the language of the
    browser is used, or French if the browser states no language. `preferences` sets the language of a
    signed-in user.
    """
    translation.activate(translation.get_language_from_request(request))
    request.LANGUAGE_CODE = translation.get_language()
    response = get_response(request)
    response.setdefault("Content-Language", request.LANGUAGE_CODE or "fr")
    return response


@middleware
def preferences(get_response: Handler, request: HttpRequest) -> HttpResponse:
    """Sets the language and theme that the signed-in user chose. The choice applies to all devices of the
    user. If the user made no choice, the language and theme of the cookies are used.

    The theme is stored on the request, so that an error page need not use the database.
    """
    user = request.user
    if user.is_authenticated:
        request.theme = user.theme_choice  # type: ignore[attr-defined]
        if user.language:
            translation.activate(user.language)
            request.LANGUAGE_CODE = translation.get_language()
    return get_response(request)


@middleware
def scope(get_response: Handler, request: HttpRequest) -> HttpResponse:
    """Runs each request in one transaction, limited to the data that the signed-in user may see.

    A response with status 500 or above causes a rollback, so that a view never stores only a part of its
    changes. If two requests wait for locks of each other, PostgreSQL ends one of them with a deadlock. The
    request that was ended by the deadlock is rolled back and then run once more. A streamed response is
    produced after the transaction of the request, in a separate transaction with the same scope.
    """
    response = _in_transaction(get_response, request)
    if getattr(request, "deadlock", False) and _rewound(request):
        response = _in_transaction(get_response, request)
    if isinstance(response, StreamingHttpResponse) and request.user.is_authenticated:
        response.streaming_content = _again(request.user, response.streaming_content)
    return response


def _in_transaction(get_response: Handler, request: HttpRequest) -> HttpResponse:
    with transaction.atomic():
        if request.user.is_authenticated:
            rules.set_scope(request.user)
        response = get_response(request)
        if response.status_code >= 500:
            transaction.set_rollback(True)
    return response


def _rewound(request: HttpRequest) -> bool:
    """Resets the uploaded files of a request, so that they can be read again from the beginning. Returns
    whether the request can be read again: Django keeps the parsed form or the body, but does not keep a body
    that a view has read as a stream."""
    if request.method in ("GET", "HEAD"):
        return True
    if not (hasattr(request, "_post") or hasattr(request, "_body")):
        return False
    for files in request.FILES.lists():
        for file in files[1]:
            if file.closed:
                return False
            file.seek(0)
    return True


def _again(user: User, parts: Iterable[bytes]) -> Iterator[bytes]:
    with transaction.atomic():
        rules.set_scope(user)
        yield from parts


logger = logging.getLogger("vedette.access")

#: Routes with limits of their own. Sign-in is counted by address, the other routes by user or token.
_SIGN_IN = re.compile(r"/login/.*|/account/confirm/.*")
_EXPORT = re.compile(r".*(?:csv|export|changes|report|sheet|treaty).*")
_UPLOADS = re.compile(r"/api/(?:messages|parse|watchlists/[^/]+/import)/?")


@middleware
def observe(get_response: Handler, request: HttpRequest) -> HttpResponse:
    """Assigns an id to the request, and records the outcome in the log and in the metrics, under the name of
    the route.

    The log contains no address, query or user, because the journal records the access to personal data and
    has its own retention period.
    """
    number = uuid.uuid4().hex
    token = logs.REQUEST.set(number)
    began = time.perf_counter()
    try:
        response = get_response(request)
        seconds = time.perf_counter() - began
        route, status = _route(request), response.status_code
        method = request.method if request.method in _METHODS else "other"
        health.answered(route, method or "", status, seconds)
        counts = {
            "route": route,
            "method": method,
            "status": status,
            "ms": round(seconds * 1000, 1),
        }
        logger.info("answered", extra={"counts": counts})
    finally:
        logs.REQUEST.reset(token)
    response["X-Request-ID"] = number
    return response


_METHODS = frozenset(("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"))


def _route(request: HttpRequest) -> str:
    match = request.resolver_match
    if match is None:
        return "none"
    return match.view_name if match.url_name else match.route[:40] or "none"


@middleware
def limits(get_response: Handler, request: HttpRequest) -> HttpResponse:
    """Returns a response with status 429 and `Retry-After` if a caller exceeds a limit. Limits apply to a
    token or user, and to an IP address (docs/operators.md).

    The limits are checked before the transaction of the request, so that a rollback does not undo the
    counters.
    """
    for kind, who in asked(request):
        wait = rates.take(kind, who)
        if wait:
            health.REFUSED.labels(kind).inc()
            acts.refused("rate.exceeded")
            return errors.too_many(request, wait)
    return get_response(request)


def asked(request: HttpRequest) -> list[tuple[str, str]]:
    """Returns the kind and the caller for each limit that applies to a request. Static files and most pages
    have no rate limit.
    """
    path = request.path_info
    address = passwords.client_address(request)
    if ":" in address:
        # The /64 network of an IPv6 address, which belongs to one household.
        address = str(ipaddress.ip_network((address, 64), strict=False))
    if path.startswith("/api/") and path != "/api/":
        # The token alone, because its scheme may be written in several ways.
        who = request.META.get("HTTP_AUTHORIZATION", "").partition(" ")[2].strip()
        kinds = [("address", address)] + ([("api", who)] if who else [])
        if request.method == "POST" and _UPLOADS.fullmatch(path):
            kinds.append(("upload", who))
        return [*kinds, ("search", who)] if path == "/api/screen" else kinds
    if request.method == "POST" and _SIGN_IN.fullmatch(path):
        return [("sign_in", address)]
    try:
        name = resolve(path).view_name or ""
    except Resolver404:
        return []
    user = request.session.get(SESSION_KEY)
    if user is None:
        return []
    if request.method == "POST":
        if (request.content_type or "").startswith("multipart/"):
            return [("upload", user)]
        if name in {
            "search",
            "firearms",
            *(name for kind in app_kinds() for name in kind.searching),
        }:
            return [("search", user)]
    return [("export", user)] if _EXPORT.fullmatch(name) and name != "queue-changes" else []


@middleware
def methods(get_response: Handler, request: HttpRequest) -> HttpResponse:
    """Responds to a request with a wrong method, for example if a user opens the address of a form as a
    page."""
    response = get_response(request)
    return errors.wrong_method(request, response) if response.status_code == 405 else response


@middleware
def texts(get_response: Handler, request: HttpRequest) -> HttpResponse:
    """Removes the character NUL from the values of forms and addresses of pages.

    No text that a person types contains the character NUL. PostgreSQL refuses the character NUL, so a page
    that receives it would respond with status 500. The API handles values that contain this character itself.
    """
    if request.path_info.startswith("/api/"):
        return get_response(request)
    request.GET = _without_nul(request.GET)  # type: ignore[assignment]
    if request.content_type in ("application/x-www-form-urlencoded", "multipart/form-data"):
        # The check of the CSRF token reads the form too, with the same answer to a body that is too large.
        try:
            request.POST = _without_nul(request.POST)  # type: ignore[assignment]
        except LookupError as error:
            # `charset=hex` in the type of the content: Python knows it, and it is no encoding of a text.
            raise BadRequest("charset") from error
    return get_response(request)


def _without_nul(given: QueryDict) -> QueryDict:
    if not any("\0" in text for _, some in given.lists() for text in some):
        return given
    made = QueryDict(mutable=True, encoding=given.encoding)
    for name, some in given.lists():
        made.setlist(name, [text.replace("\0", "") for text in some])
    made._mutable = False
    return made


#: A page may load styles, scripts and images only from this server. Inline scripts, inline styles, frames,
#: plug-ins and workers are not allowed.
CONTENT_SECURITY_POLICY = (
    "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self' data:; "
    "connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'; "
    "object-src 'none'"
)
#: Every browser feature that a page could request is disabled, except keys and passkeys at sign-in.
_OFF = (
    "accelerometer", "autoplay",
    "camera", "clipboard-read", "compute-pressure", "display-capture",
    "encrypted-media", "fullscreen", "gamepad", "geolocation", "gyroscope", "hid",
    "identity-credentials-get", "idle-detection", "local-fonts", "magnetometer", "microphone", "midi",
    "otp-credentials", "payment", "picture-in-picture", "screen-wake-lock", "serial",
    "storage-access", "usb", "window-management",
    "xr-spatial-tracking",
)  # fmt: skip
PERMISSIONS_POLICY = ", ".join(
    [
        *(f"{feature}=()" for feature in _OFF),
        "publickey-credentials-create=(self)",
        "publickey-credentials-get=(self)",
    ]
)
_ALWAYS = {
    "Content-Security-Policy": CONTENT_SECURITY_POLICY,
    "Permissions-Policy": PERMISSIONS_POLICY,
    "Cross-Origin-Resource-Policy": "same-origin",
    "X-Frame-Options": "DENY",
    "X-Permitted-Cross-Domain-Policies": "none",
    "Origin-Agent-Cluster": "?1",
    "X-Robots-Tag": "noindex, nofollow, noarchive",
}


@middleware
def headers(get_response: Handler, request: HttpRequest) -> HttpResponse:
    """Sets the same headers on every response. Personal pages are never cached. Django's own middleware sets
    HSTS, `nosniff`, `Referrer-Policy` and `Cross-Origin-Opener-Policy` according to the settings.
    """
    response = get_response(request)
    for name, value in _ALWAYS.items():
        response.setdefault(name, value)
    if not request.path.startswith("/static/"):
        response.setdefault("Cache-Control", "no-store")
    return response


@middleware
def probes(get_response: Handler, request: HttpRequest) -> HttpResponse:
    """Responds to requests for the three probe URLs, and passes on all other requests."""
    probe = {"/healthz": _alive, "/readyz": _ready, "/metrics": _metrics}.get(request.path_info)
    if probe is None or request.method not in ("GET", "HEAD"):
        return get_response(request)
    response = probe(request)
    response["Cache-Control"] = "no-store"
    response["X-Content-Type-Options"] = "nosniff"
    return response


def _alive(request: HttpRequest) -> HttpResponse:
    """Returns a response with status 200 while this process runs."""
    return HttpResponse("ok\n", content_type="text/plain; charset=utf-8")


def _ready(request: HttpRequest) -> HttpResponse:
    """Returns a response with status 200 or 503, and with the result of each check."""
    good, told = health.ready()
    return JsonResponse({"ready": good, "checks": told}, status=200 if good else 503)


def _metrics(request: HttpRequest) -> HttpResponse:
    """Returns the metrics to callers that send the token in `VEDETTE_METRICS_TOKEN`. If the setting
    `VEDETTE_METRICS_TOKEN` is missing, the metrics are not available.
    """
    if not settings.METRICS_TOKEN:
        return HttpResponse(status=404)
    given = request.META.get("HTTP_AUTHORIZATION", "").encode("utf-8", "replace")
    if not secrets.compare_digest(given, f"Bearer {settings.METRICS_TOKEN}".encode()):
        return HttpResponse(status=401, headers={"WWW-Authenticate": "Bearer"})
    try:
        return HttpResponse(health.exposition(), content_type=CONTENT_TYPE_LATEST)
    except Error:
        return HttpResponse(status=503)
