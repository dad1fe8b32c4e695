"""Pages of accounts.

This module contains the pages for sign-in, for the user's own account, and for the users, units and tokens of
the organisation. The auditor and the data-protection officer can read the pages of users and units. Only the
administrator can change the data on these pages.
"""

from __future__ import annotations

import re
import uuid
from types import ModuleType
from typing import Any

from allauth.account.decorators import reauthentication_required
from allauth.account.internal.flows.login import record_authentication
from allauth.account.utils import perform_login
from allauth.account.views import ReauthenticateView
from allauth.mfa.base.views import AuthenticateView
from allauth.mfa.base.views import ReauthenticateView as CodeView
from allauth.mfa.models import Authenticator
from allauth.mfa.recovery_codes.views import GenerateRecoveryCodesView
from allauth.mfa.totp.views import ActivateTOTPView, DeactivateTOTPView
from allauth.mfa.webauthn.views import (
    AddWebAuthnView,
    LoginWebAuthnView,
    RemoveWebAuthnView,
)
from allauth.socialaccount.adapter import get_adapter
from allauth.socialaccount.models import SocialAccount
from allauth.socialaccount.providers import registry
from django import forms
from django.conf import settings
from django.contrib import messages as toasts
from django.contrib.auth import update_session_auth_hash
from django.contrib.auth.forms import AuthenticationForm, PasswordChangeForm
from django.contrib.auth.views import LoginView
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse_lazy
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import (
    require_GET,
    require_http_methods,
    require_POST,
    require_safe,
)

from vedette.apps.accounts import actions, acts, factors, passwords, rules, selectors, sessions
from vedette.apps.accounts.adapters import REFUSED, refusal
from vedette.apps.accounts.api import Token
from vedette.apps.accounts.models import ApiToken, Unit, User, all_purposes, all_themes
from vedette.apps.accounts.rules import Request, requires
from vedette.apps.columns import Purpose, Theme

#: Reasons for refusing a sign-in by the organisation's own service.
REASONS = {
    "unknown": _(
        "This identity is not linked to any account. An administrator can link the"
        " identity to an account."
    ),
    "closed": _("This account is closed or suspended. An administrator can reopen the account."),
    "state": _(
        "The response of the sign-in service was already used, is too old or was not requested"
        " by this system. Sign in again."
    ),
    "nonce": _(
        "The response of the sign-in service belongs to another sign-in attempt. Sign in again. If"
        " the problem occurs again, report it."
    ),
    "audience": _(
        "The response of the sign-in service is addressed to another system. Report the problem to"
        " your administrator."
    ),
    "issuer": _(
        "The response does not come from the configured sign-in service. Report the problem to"
        " your administrator."
    ),
    "expired": _(
        "The response of the sign-in service arrived too late. Sign in again. If the problem"
        " occurs again, report it, because a clock may be wrong."
    ),
    "signature": _(
        "The signature of the response does not match the configuration of the sign-in service."
        " Report the problem to your administrator."
    ),
    "service": _(
        "The sign-in service refused the request or does not respond. Try again, or use your"
        " password."
    ),
}


class Login(LoginView):
    """Sign-in by name and password. Neither the message nor the response time reveals whether the name or the
    password was wrong.
    """

    template_name = "login.html"
    redirect_authenticated_user = True

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Adds the other sign-in methods to the page. In a demonstration, adds the logins of the
        demonstration users."""
        return super().get_context_data(
            logins=[(u, selectors.demo_password(u.username)) for u in selectors.demo_logins()],
            oidc=settings.OIDC["name"] if settings.OIDC else "",
            refused=REASONS.get(self.request.session.pop(REFUSED, None), ""),
            locked=passwords.locked_out(self.request),
            minutes=passwords.minutes(),
            **kwargs,
        )

    def form_valid(self, form: AuthenticationForm) -> HttpResponse:
        """Continues with the second factor, or completes the sign-in."""
        user = form.get_user()
        record_authentication(self.request, user, "password", reauthenticated=True)
        return perform_login(self.request, user, redirect_url=self.get_success_url())

    def form_invalid(self, form: AuthenticationForm) -> HttpResponse:
        """Returns status 422, or 429 if the sign-in name is locked for this client address. The journal entry
        contains the id of the account, if there is one. The typed text is not stored, because it may be a
        password.
        """
        locked = passwords.locked_out(self.request)
        acts.refused(
            "account.locked_out" if locked else "account.sign_in_failed",
            passwords.named(self.request),
        )
        response = super().form_invalid(form)
        response.status_code = 429 if locked else 422
        return response


class _Refusing:
    """Base class for views of allauth. Form errors are answered with status 422."""

    def form_invalid(self, form: Any) -> HttpResponse:
        """Shows the page again, with the errors of the form."""
        response: HttpResponse = super().form_invalid(form)  # type: ignore[misc]
        response.status_code = 422
        return response


class _Counting(_Refusing):
    """Base class for views of allauth. Wrong codes are counted together with wrong passwords."""

    request: Any

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """Returns status 429 after too many failures."""
        if passwords.locked_out(request, self.owner()):
            acts.refused("account.locked_out", self.owner())
            return render(request, "locked.html", {"minutes": passwords.minutes()}, status=429)
        return super().post(request, *args, **kwargs)  # type: ignore[misc]

    def form_invalid(self, form: Any) -> HttpResponse:
        """Counts the failure, and shows the page again."""
        passwords.factor_failed(self.request, self.owner())
        return super().form_invalid(form)

    def owner(self) -> User:
        """Returns the user whose code is checked."""
        return self.request.user


class Code(_Counting, AuthenticateView):
    """The second step of a sign-in: a code of the authenticator app or of the recovery sheet, or a security
    key.
    """

    template_name = "factor.html"
    form_class = factors.CodeForm

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Adds to the page the kinds of second factors that the user has."""
        return {**super().get_context_data(**kwargs), "has": factors.kinds(self.owner())}

    def owner(self) -> User:
        """Returns the user who has given the correct password."""
        return self.request._login_stage.login.user


class Passkey(LoginWebAuthnView):
    """Sign-in by a security key that identifies its owner and verifies a PIN or a fingerprint. A sign-in by a
    security key that identifies its owner counts as two factors.
    """

    def form_invalid(self, form: Any) -> HttpResponse:
        """Writes a journal entry, and redirects to the sign-in page."""
        acts.refused("account.factor_refused")
        return redirect("login")


def _service() -> ModuleType:
    """Returns the module of the organisation's sign-in service. Raises `Http404` if the settings name no
    service. The module and its libraries are loaded at the first use, because most installations do not need
    them."""
    if not settings.OIDC:
        raise Http404
    from vedette.apps.accounts import openid

    registry.register(openid.Provider)
    return openid


@rules.public
@require_safe
def oidc(request: HttpRequest) -> HttpResponse:
    """Redirects to the organisation's own sign-in service. No data of the request is sent to the service."""
    service = _service()
    provider = get_adapter().get_provider(request, "oidc")
    target = request.GET.get("next", "")
    safe = url_has_allowed_host_and_scheme(target, {request.get_host()})
    try:
        return provider.redirect(request, "login", next_url=target if safe else None)
    except (service.RequestException, KeyError, ValueError, TypeError):
        return refusal(request, "service")


@rules.public
@require_safe
def oidc_answer(request: HttpRequest) -> HttpResponse:
    """Receives the answer of the organisation's sign-in service. Completes the sign-in, or redirects to the
    sign-in page, which shows the reason for the refusal.
    """
    service = _service()
    try:
        answer: HttpResponse = service.answer(request)
        return answer
    except (KeyError, ValueError, TypeError):
        # The answer does not conform to OpenID Connect. It is not shown.
        return refusal(request, "service")


@rules.signed_in
@require_safe
def kept_form(request: Request) -> HttpResponse:
    """Shows the content of the form that the user typed before the session expired. Only that user can send
    the form again.
    """
    found = sessions.waiting_form(request)
    if found is None:
        return redirect("home")
    texts = [value for _name, value in found["fields"] if " " in value.strip()]
    return render(request, "kept.html", {"kept": found, "texts": texts})


@rules.signed_in
@require_safe
def account(request: Request) -> HttpResponse:
    """Shows the user's own account."""
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
    """The form for a new password. A wrong current password is counted in the same way as at sign-in."""

    def __init__(self, request: Request, data: Any = None) -> None:
        super().__init__(request.user, data)
        self.request = request

    def clean_old_password(self) -> str:
        """Checks the current password of the user."""
        given: str = self.cleaned_data["old_password"]
        if not passwords.agrees(self.request, self.request.user, given):
            raise forms.ValidationError(self.error_messages["password_incorrect"])
        return given

    def clean_new_password1(self) -> str:
        """Refuses the initial password, because the administrator knows it."""
        given: str = self.cleaned_data["new_password1"]
        if self.user.password_given and given == self.cleaned_data.get("old_password"):
            raise forms.ValidationError(
                gettext("Choose a password different from the one that you were given.")
            )
        return given


@rules.signed_in
@require_http_methods(["GET", "POST"])
def password(request: Request) -> HttpResponse:
    """Sets a new password if the old password is correct, and ends every other session of the user."""
    form = PasswordForm(request, request.POST or None)
    if request.method == "POST" and form.is_valid():
        request.user.password_given = False
        form.save()
        update_session_auth_hash(request, request.user)
        sessions.end_sessions(request.user.pk, but=request.session.session_key)
        acts.write(request.user, "account.password", request.user.pk)
        return _done(
            request,
            gettext("Your password was changed, and your other sessions were ended."),
            "account",
        )
    status = 422 if form.is_bound else 200
    return render(request, "account/password.html", {"form": form}, status=status)


@rules.signed_in
@require_POST
def end_others(request: Request) -> HttpResponse:
    """Ends all other sessions of the user immediately."""
    count = sessions.end_sessions(request.user.pk, but=request.session.session_key)
    acts.write(request.user, "account.end_sessions", request.user.pk, count=count)
    return _done(request, gettext("Your other sessions were ended."), "account")


class Confirm(_Refusing, ReauthenticateView):
    """Asks for the password again before a change that stays in effect after the session ends."""

    template_name = "account/confirm.html"


class ConfirmCode(_Counting, CodeView):
    """Asks for a code instead of the password."""

    template_name = "account/confirm.html"
    form_class = factors.ConfirmCodeForm


class _Recording:
    """Base class for views of allauth that change the second factors and write a journal entry. After the
    change, the next request checks the second factors again.
    """

    request: Any
    act = "account.factor_add"
    detail: dict[str, Any] = {}
    success_url = reverse_lazy("account")

    def form_valid(self, form: Any) -> HttpResponse:
        """Makes the change, and writes the journal entry."""
        response: HttpResponse = super().form_valid(form)  # type: ignore[misc]
        self.request.session.pop(sessions.HAS_FACTOR, None)
        acts.write(self.request.user, self.act, self.request.user.pk, **self.detail)
        return response


class App(_Refusing, _Recording, ActivateTOTPView):
    """Sets up an authenticator app. Shows the secret as a QR code and as text, then checks the first code."""

    template_name = "account/app.html"
    detail = {"kind": "totp"}

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Adds the secret to the page as text, in groups of four letters. Users without a camera can type
        this text."""
        found: dict[str, Any] = super().get_context_data(**kwargs)
        secret = found["form"].secret
        return {**found, "secret": [secret[i : i + 4] for i in range(0, len(secret), 4)]}

    def form_valid(self, form: Any) -> HttpResponse:
        """Adds the authenticator app as a second factor, and records that its first code was used."""
        response: HttpResponse = super().form_valid(form)
        made = Authenticator.objects.get(user=self.request.user, type=Authenticator.Type.TOTP)
        factors.spend(made, form.cleaned_data["code"])
        return response


class NoApp(_Recording, DeactivateTOTPView):
    """Removes the authenticator app from the second factors."""

    template_name = "account/remove.html"
    act, detail = "account.factor_remove", {"kind": "totp"}


class Key(_Refusing, _Recording, AddWebAuthnView):
    """Adds a security key as a second factor. The browser asks the user for the key."""

    template_name = "account/key.html"
    detail = {"kind": "webauthn"}


class NoKey(_Recording, RemoveWebAuthnView):
    """Removes a security key from the second factors."""

    template_name = "account/remove.html"
    act, detail = "account.factor_remove", {"kind": "webauthn"}


class NewRecoveryCodes(_Recording, GenerateRecoveryCodesView):
    """Creates new recovery codes for the user. The old codes become invalid."""

    template_name = "account/recovery_new.html"
    act = "account.recovery_codes"
    success_url = reverse_lazy("mfa_view_recovery_codes")


_YEAR = 365 * 24 * 3600


@rules.public
@require_POST
def preferences(request: HttpRequest) -> HttpResponse:
    """Stores the chosen `language` or `theme` in a cookie and in the account of the user, and
    redirects to the URL `next`.

    The pages that are shown before sign-in use the cookie.
    """
    target = request.POST.get("next", "")
    safe = url_has_allowed_host_and_scheme(target, allowed_hosts={request.get_host()})
    # Only a path: Django would look for a page with the name of any other text, and answer 500.
    response = redirect(target if safe and target.startswith("/") else "queue")
    choices = (
        ("language", settings.LANGUAGE_COOKIE_NAME, "language", dict(settings.LANGUAGES)),
        ("theme", "theme", "theme_choice", ("", "light", "dark")),
    )
    chosen = {}
    for given, cookie, field, allowed in choices:
        value = request.POST.get(given)
        if value is not None and value in allowed:
            chosen[field] = value
            response.set_cookie(
                cookie, value, max_age=_YEAR, samesite="Lax", httponly=True,
                secure=settings.SESSION_COOKIE_SECURE,
            )  # fmt: skip
    if chosen and request.user.is_authenticated and request.user.organisation_id:
        actions.prefer(request.user, chosen)
    return response


class StandingForm(forms.Form):
    """The form for a user's role, for the data that the user may see, and for the user's e-mail address."""

    role = forms.ChoiceField(choices=User.Role.choices)
    themes = forms.MultipleChoiceField(choices=Theme.choices)
    purposes = forms.MultipleChoiceField(choices=Purpose.choices)
    email = forms.EmailField(max_length=254, required=False)

    def __init__(self, by: User, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["unit"] = forms.ModelChoiceField(selectors.units(by), required=False)

    def standing(self) -> actions.Standing:
        """Returns the values of the form as the object that the actions require."""
        given = self.cleaned_data
        return actions.Standing(
            given["role"], given["unit"], tuple(given["themes"]), tuple(given["purposes"]),
            given["email"],
        )  # fmt: skip


class UserForm(StandingForm):
    """The form for a new user."""

    username = forms.RegexField(
        r"^[a-z0-9][a-z0-9._-]{1,59}$",
        error_messages={
            "invalid": _("Use lowercase letters, digits, dots and hyphens, for example a.sarr.")
        },
    )
    first = forms.CharField(max_length=150)
    last = forms.CharField(max_length=150)


class UnitForm(forms.Form):
    """The form for a unit, its airports and its customs offices."""

    name = forms.CharField(max_length=200)
    airports = forms.CharField(max_length=400, required=False)
    offices = forms.CharField(max_length=2000, required=False)

    def clean_airports(self) -> list[str]:
        """Returns the IATA codes of the field, which may be separated by spaces, commas or semicolons."""
        codes: list[str] = re.findall(r"[^\s,;]+", self.cleaned_data["airports"].upper())
        if not all(re.fullmatch(r"[A-Z]{3}", code) for code in codes):
            raise forms.ValidationError(_("Enter airports as IATA codes, for example DSS, ZIG."))
        return codes

    def clean_offices(self) -> list[str]:
        """Returns the codes of customs offices and the UN/LOCODEs of the field."""
        codes: list[str] = re.findall(r"[^\s,;]+", self.cleaned_data["offices"].upper())
        if not all(re.fullmatch(r"[A-Z0-9]{3,17}", code) for code in codes):
            raise forms.ValidationError(
                _("Enter codes that consist of letters and digits, for example SN001 or SNDKR.")
            )
        return codes


@require_http_methods(["GET", "POST"])
@requires("account.see", to_post="account.manage")
def users(request: Request) -> HttpResponse:
    """Shows all users of the organisation. The initial password of a new user is shown only in this
    response."""
    blank = {"role": User.Role.OFFICER, "themes": all_themes(), "purposes": all_purposes()}
    form = UserForm(request.user, request.POST or None, initial=blank)
    context: dict[str, Any] = {"form": form}
    if request.method == "POST" and form.is_valid():
        given = form.cleaned_data
        try:
            made, password = actions.create_user(
                request.user, given["username"], given["first"], given["last"], form.standing()
            )
        except actions.NotPossible:
            form.add_error("username", gettext("This user name is already in use."))
        else:
            context = {
                "form": UserForm(request.user, initial=blank), "made": made, "password": password,
            }  # fmt: skip
    context |= {"users": selectors.staff(request.user), "units": selectors.units(request.user)}
    return render(request, "users.html", context, status=422 if form.errors else 200)


@require_http_methods(["GET", "POST"])
@requires("account.manage")
def user(request: Request, pk: uuid.UUID) -> HttpResponse:
    """Shows and changes the role, the unit, the themes, the purposes and the e-mail address of a user.
    Administrators cannot change their own values.
    """
    found = get_object_or_404(selectors.staff(request.user), pk=pk)
    names = ("role", "unit", "themes", "purposes", "email")
    initial = {name: getattr(found, name) for name in names}
    form = StandingForm(request.user, request.POST or None, initial=initial)
    if request.method == "POST" and form.is_valid():
        actions.change_user(request.user, found, form.standing())
        return _done(
            request, gettext("Saved. The change applies from the user’s next request."), "users"
        )
    context = {"person": found, "own": found.pk == request.user.pk, "form": form}
    return render(request, "user.html", context, status=422 if form.errors else 200)


@require_POST
@requires("account.manage")
def suspend(request: Request, pk: uuid.UUID) -> HttpResponse:
    """Suspends a user or ends the suspension, depending on the button pressed."""
    stop = request.POST.get("do") != "resume"
    actions.suspend(request.user, get_object_or_404(selectors.staff(request.user), pk=pk), stop)
    text = (
        gettext("The account is suspended: nobody can sign in with it.")
        if stop
        else gettext("The user can sign in again.")
    )
    return _done(request, text, "users")


@require_GET
@requires("account.see")
def units(request: Request) -> HttpResponse:
    """Shows the units of the organisation, their airports and their customs offices."""
    return _units(request, UnitForm())


@require_POST
@requires("account.manage")
def unit_new(request: Request) -> HttpResponse:
    """Creates a unit."""
    return _save(request, Unit())


@require_http_methods(["GET", "POST"])
@requires("account.manage")
def unit(request: Request, pk: uuid.UUID) -> HttpResponse:
    """Shows and changes a unit."""
    found = get_object_or_404(selectors.units(request.user), pk=pk)
    if request.method == "POST":
        return _save(request, found)
    form = UnitForm(
        initial={
            "name": found.name,
            "airports": ", ".join(found.airports),
            "offices": ", ".join(found.offices),
        }
    )
    return _units(request, form, found)


def _units(
    request: Request, form: UnitForm, found: Unit | None = None, status: int = 200
) -> HttpResponse:
    context = {"units": selectors.units(request.user), "unit": found, "form": form}
    return render(request, "units.html", context, status=status)


def _save(request: Request, found: Unit) -> HttpResponse:
    form = UnitForm(request.POST)
    if form.is_valid():
        try:
            moved = actions.save_unit(request.user, found, **form.cleaned_data)
        except actions.NotPossible as problem:
            texts = {
                "name": gettext("Another unit has this name."),
                "airports": gettext("Another unit is responsible for one of these airports."),
                "offices": gettext(
                    "Another unit is responsible for one of these customs offices or places."
                ),
            }
            form.add_error(problem.code, texts[problem.code])
        else:
            return _done(
                request,
                gettext("Saved. Number of records moved to another unit: %(n)s.") % {"n": moved},
                "units",
            )
    return _units(request, form, None if found._state.adding else found, 422)


@require_http_methods(["GET", "POST"])
@requires("account.manage")
def user_sign_in(request: Request, pk: uuid.UUID) -> HttpResponse:
    """Removes the second factors of a user, or links an identity of the organisation's sign-in service to the
    account.
    """
    person = get_object_or_404(selectors.staff(request.user), pk=pk)
    error = ""
    if request.method == "POST":
        try:
            if "link" in request.POST and settings.OIDC:
                actions.link(request.user, person, request.POST.get("subject", ""))
            elif "reset" in request.POST:
                actions.reset_factors(request.user, person)
        except actions.NotPossible as refused:
            error = {
                "self": gettext("Change your own sign-in factors on the page “My account”."),
                "taken": gettext("This identity is linked to another account."),
                "subject": gettext(
                    "This identity is not valid: it is too long or contains a control character."
                ),
            }[refused.code]
        else:
            return _done(
                request, gettext("Saved. The change applies from the user’s next request."), "users"
            )
    linked = SocialAccount.objects.filter(user=person, provider="oidc").first()
    context = {
        "person": person,
        "has": factors.has_factor(person),
        "oidc": settings.OIDC["name"] if settings.OIDC else "",
        "subject": linked.uid if linked else "",
        "error": error,
    }
    return render(request, "user_sign_in.html", context, status=422 if error else 200)


class TokenForm(forms.Form):
    """The form for an API token: a name for the program that uses the token, the rights, and the validity in
    days.
    """

    name = forms.CharField(max_length=100)
    days = forms.IntegerField(min_value=1, max_value=actions.LONGEST, initial=90)

    def __init__(self, by: User, data: Any = None) -> None:
        super().__init__(data)
        rights = [(r, r) for r in rules.RULES if r in Token.asked and rules.may(by, r)]
        self.fields["rights"] = forms.MultipleChoiceField(choices=rights)


@rules.public
@require_safe
def known(request: HttpRequest) -> HttpResponse:
    """Returns status 204 to a caller with a session or a valid token, and status 401 to all others. When the
    proxy receives a request with a large body, it first sends this request to vedette, and reads the large
    body afterwards (deploy/nginx/vedette.conf)."""
    token = request.headers.get("Authorization", "").partition(" ")[2].strip()
    if request.user.is_authenticated or actions.use_token(token):
        return HttpResponse(status=204)
    if token:
        acts.refused("token.refused", actions.whose_token(token))
    return HttpResponse(status=401)


@rules.signed_in
@reauthentication_required(allow_get=True)
@require_http_methods(["GET", "POST"])
def own_tokens(request: Request) -> HttpResponse:
    """Shows the user's own tokens. The value of a new token is shown only in this response. A token stays
    valid after the session ends. Users must therefore confirm their identity before they make a token.
    """
    form = TokenForm(request.user, request.POST or None)
    context: dict[str, Any] = {"form": form}
    if request.method == "POST" and form.is_valid():
        given = form.cleaned_data
        token, value = actions.create_token(
            request.user, given["name"], given["days"], given["rights"]
        )
        context = {"form": TokenForm(request.user), "made": token, "value": value}
    context["tokens"] = selectors.tokens(request.user).filter(user_id=request.user.pk)
    return render(request, "account/tokens.html", context, status=422 if form.errors else 200)


@rules.signed_in
@require_POST
def end_own(request: Request, pk: uuid.UUID) -> HttpResponse:
    """Revokes one of the user's own API tokens immediately."""
    get_object_or_404(ApiToken, pk=pk, user_id=request.user.pk)
    return _end(request, pk, "own-tokens")


@require_safe
@requires("account.manage")
def tokens(request: Request) -> HttpResponse:
    """Shows the API tokens of the organisation."""
    return render(request, "tokens.html", {"tokens": selectors.tokens(request.user)})


@require_POST
@requires("account.manage")
def revoke(request: Request, pk: uuid.UUID) -> HttpResponse:
    """Revokes any API token of the organisation immediately."""
    get_object_or_404(selectors.tokens(request.user), pk=pk)
    return _end(request, pk, "tokens")


def _end(request: Request, pk: uuid.UUID, page: str) -> HttpResponse:
    actions.revoke_token(request.user, pk)
    text = gettext("The token was revoked: requests that use it are refused from now on.")
    return _done(request, text, page)


def _done(request: Request, text: str, page: str) -> HttpResponse:
    toasts.success(request, text)
    return redirect(page)
