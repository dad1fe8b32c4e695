"""The view that sets language and theme."""

from __future__ import annotations

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_POST

from vedette.apps.accounts import actions, rules

_YEAR = 365 * 24 * 3600


@rules.public
@require_POST
def preferences(request: HttpRequest) -> HttpResponse:
    """Stores `language` or `theme` for the user and in a cookie, and redirects to `next`.

    The cookie is used by the pages before sign-in.
    """
    target = request.POST.get("next", "")
    safe = url_has_allowed_host_and_scheme(target, allowed_hosts={request.get_host()})
    response = redirect(target if safe else "queue")
    choices = {
        settings.LANGUAGE_COOKIE_NAME: ("language", dict(settings.LANGUAGES)),
        "theme": ("theme", ("", "light", "dark")),
    }
    chosen = {}
    for cookie, (field, allowed) in choices.items():
        value = request.POST.get(field)
        if value is not None and value in allowed:
            chosen[field] = value
            response.set_cookie(
                cookie, value, max_age=_YEAR, samesite="Lax", httponly=True,
                secure=settings.SESSION_COOKIE_SECURE,
            )  # fmt: skip
    if chosen and request.user.is_authenticated and request.user.organisation_id:
        actions.prefer(request.user, **chosen)
    return response
