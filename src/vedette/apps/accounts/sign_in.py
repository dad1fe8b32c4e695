"""Views of the sign-in: name and password, second factor, passkey, the organisation's own service."""

from __future__ import annotations

import json
from typing import Any

import requests
from allauth.account.internal.flows.login import record_authentication
from allauth.account.utils import perform_login
from allauth.mfa.base.views import AuthenticateView
from allauth.mfa.webauthn.views import LoginWebAuthnView
from allauth.socialaccount.adapter import get_adapter
from allauth.socialaccount.providers.oauth2.views import OAuth2CallbackView
from django.conf import settings
from django.contrib.auth.forms import AuthenticationForm
from django.contrib.auth.views import LoginView
from django.core.serializers.json import DjangoJSONEncoder
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_safe

from vedette.apps.accounts import attempts, factors, gate, rules, selectors
from vedette.apps.accounts.acts import refused
from vedette.apps.accounts.adapters import REFUSED, refusal
from vedette.apps.accounts.provider import Adapter
from vedette.apps.accounts.rules import Request

#: Reasons for refusing a sign-in by the organisation's own service.
REASONS = {
    "unknown": _("This identity is not linked to an account here. An administrator can link it."),
    "closed": _("This account is closed or suspended. An administrator can reopen it."),
    "state": _(
        "This answer was already used, is too old, or was not requested here. Sign in again."
    ),
    "nonce": _(
        "The answer belongs to another sign-in. Sign in again. If it happens twice, report it."
    ),
    "audience": _("The answer was meant for another system. Report it to your administrator."),
    "issuer": _("The answer comes from a service other than the one configured. Report it."),
    "expired": _(
        "The answer came too late. Sign in again. If it happens twice, report it: a clock may be"
        " wrong."
    ),
    "signature": _("The answer is not signed as configured. Report it to your administrator."),
    "service": _(
        "The sign-in service refused the request or does not answer. Try again, or"
        " use your password."
    ),
}


def plain(options: Any) -> str:
    """Options for a security key as JSON."""
    return json.dumps(options, cls=DjangoJSONEncoder)


class Login(LoginView):
    """Sign-in by name and password. Neither the message nor the response time reveals which of them was
    wrong."""

    template_name = "login.html"
    redirect_authenticated_user = True

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Adds the other sign-in methods and, in the demonstration, its logins."""
        reason = self.request.session.pop(REFUSED, None)
        return super().get_context_data(
            logins=[(u, selectors.demo_password(u.username)) for u in selectors.demo_logins()],
            oidc=settings.OIDC["name"] if settings.OIDC else "",
            refused=REASONS.get(reason, ""),
            locked=attempts.locked_out(self.request),
            minutes=attempts.minutes(),
            **kwargs,
        )

    def form_valid(self, form: AuthenticationForm) -> HttpResponse:
        """Continues with the second factor, or completes the sign-in."""
        user = form.get_user()
        record_authentication(self.request, user, "password", reauthenticated=True)
        found: HttpResponse = perform_login(self.request, user, redirect_url=self.get_success_url())
        return found

    def form_invalid(self, form: AuthenticationForm) -> HttpResponse:
        """422, or 429 for a name locked at this address. The act names the account, if there is one, and
        never the typed text, which may be a password."""
        locked = attempts.locked_out(self.request)
        refused(
            "account.locked_out" if locked else "account.sign_in_failed",
            attempts.named(self.request),
        )
        response = super().form_invalid(form)
        response.status_code = 429 if locked else 422
        return response


class Code(AuthenticateView):
    """The second step of a sign-in: a code of the app or of the recovery sheet, or a security key."""

    template_name = "factor.html"
    form_class = factors.CodeForm

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """Answers 429 after too many failures."""
        if attempts.locked_out(request, _entering(request)):
            refused("account.locked_out", _entering(request))
            return render(request, "locked.html", {"minutes": attempts.minutes()}, status=429)
        found: HttpResponse = super().post(request, *args, **kwargs)
        return found

    def form_invalid(self, form: Any) -> HttpResponse:
        """Answers 422; the failure is counted together with wrong passwords."""
        attempts.factor_failed(self.request, _entering(self.request))
        response = super().form_invalid(form)
        response.status_code = 422
        return response

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Adds the options for a security key, and the available factors."""
        found: dict[str, Any] = super().get_context_data(**kwargs)
        has = factors.kinds(_entering(self.request))
        options = found.get("js_data", {}).get("request_options") if "webauthn" in has else None
        return {**found, "has": has, "options": plain(options) if options else ""}


def _entering(request: HttpRequest) -> Any:
    """The user who passed the first factor."""
    return request._login_stage.login.user  # type: ignore[attr-defined]


class Passkey(LoginWebAuthnView):
    """Sign-in by a security key that identifies and verifies its owner: two factors in one step."""

    def form_invalid(self, form: Any) -> HttpResponse:
        """Returns to the sign-in page, with an act."""
        refused("account.factor_refused")
        return redirect("login")


def _configured() -> None:
    if not settings.OIDC:
        raise Http404


@rules.public
@require_safe
def oidc(request: HttpRequest) -> HttpResponse:
    """Redirects to the organisation's own sign-in service; no data of the request is sent to it."""
    _configured()
    provider = get_adapter().get_provider(request, "oidc")
    target = request.GET.get("next", "")
    safe = url_has_allowed_host_and_scheme(target, {request.get_host()})
    try:
        found: HttpResponse = provider.redirect(request, "login", next_url=target if safe else None)
    except (requests.RequestException, KeyError, ValueError, TypeError):
        return refusal(request, "service")
    return found


@rules.public
@require_safe
def oidc_answer(request: HttpRequest) -> HttpResponse:
    """The return address for the service: completes the sign-in, or returns to the sign-in page with the
    reason."""
    _configured()
    try:
        found: HttpResponse = OAuth2CallbackView.adapter_view(Adapter(request, "oidc"))(request)
    except (KeyError, ValueError, TypeError):
        # The answer does not conform to OpenID Connect; it is not quoted.
        return refusal(request, "service")
    return found


@rules.signed_in
@require_safe
def kept_form(request: Request) -> HttpResponse:
    """The form content typed before the session expired; only the user can send it again."""
    found = gate.waiting_form(request)
    if found is None:
        return redirect("home")
    texts = [value for _name, value in found["fields"] if " " in value.strip()]
    return render(request, "kept.html", {"kept": found, "texts": texts})
