"""Sign in, and the reader's language and theme."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.contrib.auth.forms import AuthenticationForm
from django.contrib.auth.views import LoginView
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_POST

from vedette.apps.accounts import selectors, signing

_YEAR = 365 * 24 * 3600


class Login(LoginView):
    """Name and password. What failed is not told apart, to the visitor or in the answer's time."""

    template_name = "login.html"
    redirect_authenticated_user = True

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """With the logins of the demonstration, where this is one."""
        return super().get_context_data(
            logins=[(u, selectors.demo_password(u.username)) for u in selectors.demo_logins()],
            **kwargs,
        )

    def form_valid(self, form: AuthenticationForm) -> HttpResponse:
        """Signs in and writes the act."""
        user = form.get_user()
        signing.signed_in(user)
        return super().form_valid(form)

    def form_invalid(self, form: AuthenticationForm) -> HttpResponse:
        """422, with an act that names nobody: the name typed may be a password."""
        signing.sign_in_failed()
        response = super().form_invalid(form)
        response.status_code = 422
        return response


@login_not_required
@require_POST
def preferences(request: HttpRequest) -> HttpResponse:
    """Keeps `language` or `theme` in a cookie and goes back to `next`."""
    target = request.POST.get("next", "")
    safe = url_has_allowed_host_and_scheme(target, allowed_hosts={request.get_host()})
    response = redirect(target if safe else "queue")
    choices = {
        settings.LANGUAGE_COOKIE_NAME: ("language", dict(settings.LANGUAGES)),
        "theme": ("theme", ("", "light", "dark")),
    }
    for cookie, (field, allowed) in choices.items():
        value = request.POST.get(field)
        if value is not None and value in allowed:
            response.set_cookie(
                cookie, value, max_age=_YEAR, samesite="Lax", httponly=True,
                secure=settings.SESSION_COOKIE_SECURE,
            )  # fmt: skip
    return response
