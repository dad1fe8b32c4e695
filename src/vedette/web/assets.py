"""The static files of vedette, served by the application itself: no collectstatic, no second server.

The URL contains the hash of the content, so that browsers cache a file for a year and an upgrade takes effect
immediately. The files are few and small; each process reads each file once.
"""

from __future__ import annotations

import functools
import hashlib
import mimetypes
from importlib.resources import files

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.utils.cache import patch_response_headers

#: Served path → package and path inside it.
_FILES = {
    "tokens.css": ("vedette.web", "static/tokens.css"),
    "ui.css": ("vedette.web", "static/ui.css"),
    "htmx.js": ("django_htmx", "static/django_htmx/htmx-2.min.js"),
    "webauthn.js": ("vedette.web", "static/webauthn.js"),
    "icon.svg": ("vedette.web", "static/icon.svg"),
}
_YEAR = 365 * 24 * 3600


@functools.cache
def _content(path: str) -> tuple[bytes, str]:
    package, inside = _FILES[path]
    content = (files(package) / inside).read_bytes()
    return content, hashlib.sha256(content).hexdigest()[:12]


def url(path: str) -> str:
    """The URL of a static file. Raises `KeyError` for an unknown file."""
    return f"{settings.STATIC_URL}{_content(path)[1]}/{path}"


def serve(request: HttpRequest, digest: str, path: str) -> HttpResponse:
    """Serves a static file; for an outdated hash it is served, but not cached."""
    if path not in _FILES:
        raise Http404
    content, current = _content(path)
    kind = mimetypes.guess_type(path)[0] or "application/octet-stream"
    response = HttpResponse(content, content_type=f"{kind}; charset=utf-8")
    if digest == current:
        patch_response_headers(response, _YEAR)
        response.headers["Cache-Control"] = f"public, max-age={_YEAR}, immutable"
    return response
