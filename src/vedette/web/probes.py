"""`/healthz`, `/readyz` and `/metrics`, answered before all other middleware.

They need no session and no host name, and `/healthz` no database: a probe must not fail because of a
component that it does not test. The proxy does not expose the last two (deploy/nginx/vedette.conf).
"""

from __future__ import annotations

import secrets

from django.conf import settings
from django.db import Error
from django.http import HttpRequest, HttpResponse, JsonResponse
from prometheus_client.exposition import CONTENT_TYPE_LATEST

from vedette.apps.upkeep import figures, health
from vedette.web.middleware import Handler


def probes(get_response: Handler) -> Handler:
    """Answers the three URLs; other requests are passed on."""
    known = {"/healthz": _alive, "/readyz": _ready, "/metrics": _metrics}

    def middleware(request: HttpRequest) -> HttpResponse:
        probe = known.get(request.path_info)
        if probe is None or request.method not in ("GET", "HEAD"):
            return get_response(request)
        response = probe(request)
        response["Cache-Control"] = "no-store"
        response["X-Content-Type-Options"] = "nosniff"
        return response

    return middleware


def _alive(request: HttpRequest) -> HttpResponse:
    """200 while this process runs."""
    return HttpResponse("ok\n", content_type="text/plain; charset=utf-8")


def _ready(request: HttpRequest) -> HttpResponse:
    """200 or 503, with the result of each check."""
    good, told = health.ready()
    return JsonResponse({"ready": good, "checks": told}, status=200 if good else 503)


def _metrics(request: HttpRequest) -> HttpResponse:
    """The metrics, for callers with the token of `VEDETTE_METRICS_TOKEN`; without that setting, nothing."""
    if not settings.METRICS_TOKEN:
        return HttpResponse(status=404)
    given = request.META.get("HTTP_AUTHORIZATION", "")
    wanted = f"Bearer {settings.METRICS_TOKEN}"
    if not secrets.compare_digest(given.encode("utf-8", "replace"), wanted.encode()):
        return HttpResponse(status=401, headers={"WWW-Authenticate": "Bearer"})
    try:
        return HttpResponse(figures.exposition(), content_type=CONTENT_TYPE_LATEST)
    except Error:
        return HttpResponse(status=503)
