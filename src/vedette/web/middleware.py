"""What every request passes: security headers, the reader's language, and whose data is in scope."""

from __future__ import annotations

from collections.abc import Callable

from django.db import connection, transaction
from django.http import HttpRequest, HttpResponse
from django.utils import translation

Handler = Callable[[HttpRequest], HttpResponse]

#: No inline script, no inline style, nothing from elsewhere.
CONTENT_SECURITY_POLICY = (
    "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self' data:; "
    "connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
PERMISSIONS_POLICY = "camera=(), microphone=(), geolocation=(), payment=(), usb=()"


def headers(get_response: Handler) -> Handler:
    """Content-Security-Policy and its kind on every answer; personal pages are never cached."""

    def middleware(request: HttpRequest) -> HttpResponse:
        response = get_response(request)
        response.setdefault("Content-Security-Policy", CONTENT_SECURITY_POLICY)
        response.setdefault("Permissions-Policy", PERMISSIONS_POLICY)
        if not request.path.startswith("/static/"):
            response.setdefault("Cache-Control", "no-store")
        return response

    return middleware


def language(get_response: Handler) -> Handler:
    """The language of the cookie, else the browser's, else French; users set it in the bar."""

    def middleware(request: HttpRequest) -> HttpResponse:
        chosen = translation.get_language_from_request(request)
        translation.activate(chosen)
        request.LANGUAGE_CODE = translation.get_language()
        response = get_response(request)
        response.setdefault("Content-Language", request.LANGUAGE_CODE or "fr")
        return response

    return middleware


def set_scope(organisation: str) -> None:
    """Sets whose rows this transaction may see (row-level security reads it)."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT set_config('vedette.organisation', %s, true)", [organisation])


def scope(get_response: Handler) -> Handler:
    """One transaction a request, with the organisation of the signed-in user as its scope.

    An answer of 500 and above rolls back: views never half-write.
    """

    def middleware(request: HttpRequest) -> HttpResponse:
        with transaction.atomic():
            user = request.user
            if user.is_authenticated and user.organisation_id:
                set_scope(str(user.organisation_id))
            response = get_response(request)
            if response.status_code >= 500:
                transaction.set_rollback(True)
        return response

    return middleware
