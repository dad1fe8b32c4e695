"""URLs: sign-in, sign-out, the user's own account, users, units and tokens. Of allauth's URLs only these: no
sign-up, no e-mail.
"""

from __future__ import annotations

from typing import Any, cast

from django.contrib.auth.views import LogoutView
from django.urls import path

from vedette.apps.accounts import account, sign_in, staff, tokens
from vedette.apps.accounts.rules import public, signed_in

_login = public(cast(Any, sign_in.Login.as_view()))

urlpatterns = [
    path("login/", _login, name="login"),
    # allauth looks for this URL name.
    path("login/", _login, name="account_login"),
    path("login/code/", public(sign_in.Code.as_view()), name="mfa_authenticate"),
    path("login/key/", public(sign_in.Passkey.as_view()), name="mfa_login_webauthn"),
    path("login/service/", sign_in.oidc, name="oidc"),
    path("login/service/answer/", sign_in.oidc_answer, name="oidc_callback"),
    path("kept/", sign_in.kept_form, name="kept"),
    path("users/<uuid:pk>/sign-in/", staff.user_sign_in, name="user-sign-in"),
    path("account/", account.account, name="account"),
    path("account/", account.account, name="mfa_index"),
    path("account/password/", account.password, name="account-password"),
    path("account/sessions/end/", account.end_others, name="account-end-sessions"),
    *(
        path(f"account/{route}/", signed_in(view.as_view()), name=name)
        for route, view, name in (
            ("confirm", account.Confirm, "account_reauthenticate"),
            ("confirm/code", account.ConfirmCode, "mfa_reauthenticate"),
            ("confirm/key", account.ConfirmKey, "mfa_reauthenticate_webauthn"),
            ("app", account.App, "mfa_activate_totp"),
            ("app/remove", account.NoApp, "mfa_deactivate_totp"),
            ("key", account.Key, "mfa_add_webauthn"),
            ("key/<int:pk>/remove", account.NoKey, "mfa_remove_webauthn"),
            ("recovery", account.RecoveryCodes, "mfa_view_recovery_codes"),
            ("recovery/new", account.NewRecoveryCodes, "mfa_generate_recovery_codes"),
        )
    ),
    path("logout/", signed_in(LogoutView.as_view()), name="logout"),
    path("home/", account.home, name="home"),
    path("users/", staff.users, name="users"),
    path("users/<uuid:pk>/", staff.user, name="user"),
    path("users/<uuid:pk>/suspend/", staff.suspend, name="user-suspend"),
    path("units/", staff.units, name="units"),
    path("units/new/", staff.unit_new, name="unit-new"),
    path("units/<uuid:pk>/", staff.unit, name="unit"),
    path("account/tokens/", tokens.own_tokens, name="own-tokens"),
    path("account/tokens/<uuid:pk>/end/", tokens.end_own, name="own-token-end"),
    path("tokens/", tokens.tokens, name="tokens"),
    path("tokens/<uuid:pk>/revoke/", tokens.revoke, name="token-revoke"),
    path("preferences/", account.preferences, name="preferences"),
]
