"""`/healthz`, `/readyz` and `/metrics`, answered before anything else looks at the request.

They need no session and no host name, and `/healthz` no database: a probe must not fail because of
what it does not ask. The proxy keeps the last two inside (deploy/nginx/vedette.conf).
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
    """The three addresses; everything else goes on."""
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
    """200 as long as this process answers."""
    return HttpResponse("ok\n", content_type="text/plain; charset=utf-8")


def _ready(request: HttpRequest) -> HttpResponse:
    """200 or 503, and a word on each check."""
    good, told = health.ready()
    return JsonResponse({"ready": good, "checks": told}, status=200 if good else 503)


def _metrics(request: HttpRequest) -> HttpResponse:
    """Figures, for who brings the token of `VEDETTE_METRICS_TOKEN`; without that setting, nothing."""
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
