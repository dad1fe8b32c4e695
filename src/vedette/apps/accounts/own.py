"""The own account: password, second factors, sessions."""

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
from django.contrib import messages as toasts
from django.contrib.auth import update_session_auth_hash
from django.contrib.auth.forms import PasswordChangeForm
from django.core.exceptions import ValidationError
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse_lazy
from django.utils.translation import gettext
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from vedette.apps.accounts import acts, attempts, factors, rules, selectors
from vedette.apps.accounts.entering import plain
from vedette.apps.accounts.gate import HAS_FACTOR
from vedette.apps.accounts.refusals import refused
from vedette.apps.accounts.rules import Request
from vedette.apps.accounts.sessions import end_sessions


@rules.signed_in
@require_safe
def account(request: Request) -> HttpResponse:
    """The own account on one page."""
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
    """The old password is guessed here no more often than at the sign-in."""

    def __init__(self, request: Request, data: Any = None) -> None:
        super().__init__(request.user, data)
        self.request = request

    def clean_old_password(self) -> str:
        """The password of now."""
        given: str = self.cleaned_data["old_password"]
        if not attempts.agrees(self.request, self.request.user, given):
            raise ValidationError(self.error_messages["password_incorrect"])
        return given

    def clean_new_password1(self) -> str:
        """Not the one that was given: its giver knows it."""
        given: str = self.cleaned_data["new_password1"]
        if self.user.password_given and given == self.cleaned_data.get("old_password"):
            raise ValidationError(
                gettext("Choose a password different from the one that you were given.")
            )
        return given


@rules.signed_in
@require_http_methods(["GET", "POST"])
def password(request: Request) -> HttpResponse:
    """A new password, given the old one; every other session ends."""
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
    """Signs the user out everywhere else, at once."""
    count = end_sessions(request.user.pk, but=request.session.session_key)
    acts.write(request.user, "account.end_sessions", request.user.pk, count=count)
    toasts.success(request, gettext("Your other sessions were ended."))
    return redirect("account")


class _Refusing:
    """A form of allauth's whose errors are an error: 422."""

    def form_invalid(self, form: Any) -> HttpResponse:
        """The page again, with what is wrong."""
        response: HttpResponse = super().form_invalid(form)  # type: ignore[misc]
        response.status_code = 422
        return response


class Confirm(_Refusing, ReauthenticateView):
    """The password once more, before a change that would outlast a session left open."""

    template_name = "account/confirm.html"


class ConfirmCode(_Refusing, CodeView):
    """The same by a code."""

    template_name = "account/confirm.html"
    form_class = factors.ConfirmCodeForm

    def post(self, request: Request, *args: Any, **kwargs: Any) -> HttpResponse:
        """429 where too many failed."""
        if attempts.locked_out(request, request.user):
            refused("account.locked_out", request.user)
            return render(request, "locked.html", {"minutes": attempts.minutes()}, status=429)
        found: HttpResponse = super().post(request, *args, **kwargs)
        return found

    def form_invalid(self, form: Any) -> HttpResponse:
        """Counted with the wrong passwords."""
        attempts.factor_failed(self.request, self.request.user)
        return super().form_invalid(form)


class ConfirmKey(ReauthenticateWebAuthnView):
    """The same by a security key."""

    template_name = "account/confirm.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """With the options for the key."""
        found: dict[str, Any] = super().get_context_data(**kwargs)
        return {**found, "options": plain(found["js_data"]["request_options"])}


class App(_Refusing, ActivateTOTPView):
    """A code app: its secret as a picture and in letters, then its first code."""

    template_name = "account/app.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """With the secret in groups of four, to be typed where no camera is."""
        found: dict[str, Any] = super().get_context_data(**kwargs)
        secret = found["form"].secret
        return {**found, "secret": [secret[i : i + 4] for i in range(0, len(secret), 4)]}

    def form_valid(self, form: Any) -> HttpResponse:
        """The first code is spent by this, and the app is a factor."""
        response: HttpResponse = super().form_valid(form)
        made = Authenticator.objects.get(user=self.request.user, type=Authenticator.Type.TOTP)
        factors.spend(made, form.cleaned_data["code"])
        _added(self.request, "totp")
        return response


class NoApp(DeactivateTOTPView):
    """Takes the code app away."""

    template_name = "account/remove.html"
    success_url = reverse_lazy("account")

    def form_valid(self, form: Any) -> HttpResponse:
        """With an act."""
        response: HttpResponse = super().form_valid(form)
        _removed(self.request, "totp")
        return response


class Key(_Refusing, AddWebAuthnView):
    """A security key: the browser asks for it, then it is a factor."""

    template_name = "account/key.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """With the options for the key."""
        found: dict[str, Any] = super().get_context_data(**kwargs)
        return {**found, "options": plain(found["js_data"]["creation_options"])}

    def form_valid(self, form: Any) -> HttpResponse:
        """With an act."""
        response: HttpResponse = super().form_valid(form)
        _added(self.request, "webauthn")
        return response


class NoKey(RemoveWebAuthnView):
    """Takes a security key away."""

    template_name = "account/remove.html"
    success_url = reverse_lazy("account")

    def form_valid(self, form: Any) -> HttpResponse:
        """With an act."""
        response: HttpResponse = super().form_valid(form)
        _removed(self.request, "webauthn")
        return response


class RecoveryCodes(ViewRecoveryCodesView):
    """The codes for the day the app or key is lost."""

    template_name = "account/recovery.html"


class NewRecoveryCodes(GenerateRecoveryCodesView):
    """New ones: the old no longer hold."""

    template_name = "account/recovery_new.html"
    success_url = reverse_lazy("mfa_view_recovery_codes")

    def form_valid(self, form: Any) -> HttpResponse:
        """With an act."""
        response: HttpResponse = super().form_valid(form)
        acts.write(self.request.user, "account.recovery_codes", self.request.user.pk)
        return response


def _added(request: Request, kind: str) -> None:
    request.session[HAS_FACTOR] = True
    acts.write(request.user, "account.factor_add", request.user.pk, kind=kind)


def _removed(request: Request, kind: str) -> None:
    request.session.pop(HAS_FACTOR, None)
    acts.write(request.user, "account.factor_remove", request.user.pk, kind=kind)
