"""Views of the signed-in user: start page, language and theme, password, second factors, sessions."""

from __future__ import annotations

from typing import Any

from allauth.account.views import ReauthenticateView
from allauth.mfa.base.views import ReauthenticateView as CodeView
from allauth.mfa.models import Authenticator
from allauth.mfa.recovery_codes.views import GenerateRecoveryCodesView, ViewRecoveryCodesView
from allauth.mfa.totp.views import ActivateTOTPView, DeactivateTOTPView
from allauth.mfa.webauthn.views import (
    AddWebAuthnView,
    ReauthenticateWebAuthnView,
    RemoveWebAuthnView,
)
from django.conf import settings
from django.contrib import messages as toasts
from django.contrib.auth import update_session_auth_hash
from django.contrib.auth.forms import PasswordChangeForm
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse_lazy
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from vedette.apps.accounts import actions, acts, attempts, factors, rules, selectors
from vedette.apps.accounts.acts import refused
from vedette.apps.accounts.gate import HAS_FACTOR
from vedette.apps.accounts.rules import Request
from vedette.apps.accounts.sessions import end_sessions
from vedette.apps.accounts.sign_in import plain


@rules.signed_in
@require_safe
def account(request: Request) -> HttpResponse:
    """Shows the own account."""
    keys = Authenticator.objects.filter(user=request.user, type=Authenticator.Type.WEBAUTHN)
    context = {
        "has": factors.kinds(request.user),
        "keys": [(key, key.wrap().name) for key in keys.order_by("created_at")],
        "must": factors.must_have_factor(request.user) and not factors.has_factor(request.user),
        "sessions": selectors.sessions(request.user),
        "this": request.session.session_key,
    }
    return render(request, "account/account.html", context)


class PasswordForm(PasswordChangeForm):
    """The form for a new password. Wrong old passwords are counted as at sign-in."""

    def __init__(self, request: Request, data: Any = None) -> None:
        super().__init__(request.user, data)
        self.request = request

    def clean_old_password(self) -> str:
        """Checks the current password."""
        given: str = self.cleaned_data["old_password"]
        if not attempts.agrees(self.request, self.request.user, given):
            raise ValidationError(self.error_messages["password_incorrect"])
        return given

    def clean_new_password1(self) -> str:
        """Refuses the initial password, because the administrator knows it."""
        given: str = self.cleaned_data["new_password1"]
        if self.user.password_given and given == self.cleaned_data.get("old_password"):
            raise ValidationError(
                gettext("Choose a password different from the one that you were given.")
            )
        return given


@rules.signed_in
@require_http_methods(["GET", "POST"])
def password(request: Request) -> HttpResponse:
    """Sets a new password, given the old one; every other session ends."""
    form = PasswordForm(request, request.POST or None)
    if request.method == "POST" and form.is_valid():
        request.user.password_given = False
        form.save()
        update_session_auth_hash(request, request.user)
        end_sessions(request.user.pk, but=request.session.session_key)
        acts.write(request.user, "account.password", request.user.pk)
        toasts.success(
            request, gettext("Your password was changed, and your other sessions were ended.")
        )
        return redirect("account")
    status = 422 if form.is_bound else 200
    return render(request, "account/password.html", {"form": form}, status=status)


@rules.signed_in
@require_POST
def end_others(request: Request) -> HttpResponse:
    """Ends all other sessions of the user immediately."""
    count = end_sessions(request.user.pk, but=request.session.session_key)
    acts.write(request.user, "account.end_sessions", request.user.pk, count=count)
    toasts.success(request, gettext("Your other sessions were ended."))
    return redirect("account")


class _Refusing:
    """A view of allauth that answers form errors with status 422."""

    def form_invalid(self, form: Any) -> HttpResponse:
        """Shows the page again, with the errors."""
        response: HttpResponse = super().form_invalid(form)  # type: ignore[misc]
        response.status_code = 422
        return response


class Confirm(_Refusing, ReauthenticateView):
    """Asks for the password again before a change that would outlast a session left open."""

    template_name = "account/confirm.html"


class ConfirmCode(_Refusing, CodeView):
    """The same confirmation by a code."""

    template_name = "account/confirm.html"
    form_class = factors.ConfirmCodeForm

    def post(self, request: Request, *args: Any, **kwargs: Any) -> HttpResponse:
        """Answers 429 after too many failures."""
        if attempts.locked_out(request, request.user):
            refused("account.locked_out", request.user)
            return render(request, "locked.html", {"minutes": attempts.minutes()}, status=429)
        found: HttpResponse = super().post(request, *args, **kwargs)
        return found

    def form_invalid(self, form: Any) -> HttpResponse:
        """The failure is counted together with wrong passwords."""
        attempts.factor_failed(self.request, self.request.user)
        return super().form_invalid(form)


class ConfirmKey(ReauthenticateWebAuthnView):
    """The same confirmation by a security key."""

    template_name = "account/confirm.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Adds the options for the key."""
        found: dict[str, Any] = super().get_context_data(**kwargs)
        return {**found, "options": plain(found["js_data"]["request_options"])}


class App(_Refusing, ActivateTOTPView):
    """Sets up a code app: shows its secret as a picture and as text, then checks its first code."""

    template_name = "account/app.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Adds the secret in groups of four letters, to be typed on devices without a camera."""
        found: dict[str, Any] = super().get_context_data(**kwargs)
        secret = found["form"].secret
        return {**found, "secret": [secret[i : i + 4] for i in range(0, len(secret), 4)]}

    def form_valid(self, form: Any) -> HttpResponse:
        """Marks the first code as used and adds the app as a factor."""
        response: HttpResponse = super().form_valid(form)
        made = Authenticator.objects.get(user=self.request.user, type=Authenticator.Type.TOTP)
        factors.spend(made, form.cleaned_data["code"])
        _added(self.request, "totp")
        return response


class NoApp(DeactivateTOTPView):
    """Removes the code app."""

    template_name = "account/remove.html"
    success_url = reverse_lazy("account")

    def form_valid(self, form: Any) -> HttpResponse:
        """Records an act."""
        response: HttpResponse = super().form_valid(form)
        _removed(self.request, "totp")
        return response


class Key(_Refusing, AddWebAuthnView):
    """Adds a security key as a factor; the browser asks for the key."""

    template_name = "account/key.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Adds the options for the key."""
        found: dict[str, Any] = super().get_context_data(**kwargs)
        return {**found, "options": plain(found["js_data"]["creation_options"])}

    def form_valid(self, form: Any) -> HttpResponse:
        """Records an act."""
        response: HttpResponse = super().form_valid(form)
        _added(self.request, "webauthn")
        return response


class NoKey(RemoveWebAuthnView):
    """Removes a security key."""

    template_name = "account/remove.html"
    success_url = reverse_lazy("account")

    def form_valid(self, form: Any) -> HttpResponse:
        """Records an act."""
        response: HttpResponse = super().form_valid(form)
        _removed(self.request, "webauthn")
        return response


class RecoveryCodes(ViewRecoveryCodesView):
    """Shows the recovery codes, for use after the loss of the app or key."""

    template_name = "account/recovery.html"


class NewRecoveryCodes(GenerateRecoveryCodesView):
    """Makes new recovery codes; the old ones become invalid."""

    template_name = "account/recovery_new.html"
    success_url = reverse_lazy("mfa_view_recovery_codes")

    def form_valid(self, form: Any) -> HttpResponse:
        """Records an act."""
        response: HttpResponse = super().form_valid(form)
        acts.write(self.request.user, "account.recovery_codes", self.request.user.pk)
        return response


def _added(request: Request, kind: str) -> None:
    request.session[HAS_FACTOR] = True
    acts.write(request.user, "account.factor_add", request.user.pk, kind=kind)


def _removed(request: Request, kind: str) -> None:
    request.session.pop(HAS_FACTOR, None)
    acts.write(request.user, "account.factor_remove", request.user.pk, kind=kind)


#: Right → its page, in the order of the menu; each role has at least one.
PAGES = {
    "record.see": "queue",
    "list.see": "watchlists",
    "journal.read": "journal",
    "account.see": "users",
}


@rules.signed_in
@require_safe
def home(request: Request) -> HttpResponse:
    """Redirects to the first page of the menu that the user may see; without any, to the page of the API."""
    seen = (page for right, page in PAGES.items() if rules.may(request.user, right))
    return redirect(next(seen, "api-page"))


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
