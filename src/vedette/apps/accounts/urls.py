"""URLs for sign-in, sign-out, the user's own account, users, units and tokens. The URLs of allauth
for sign-up and e-mail are left out.
"""

from __future__ import annotations

from typing import Any, cast

from allauth.mfa.recovery_codes.views import ViewRecoveryCodesView
from allauth.mfa.webauthn.views import ReauthenticateWebAuthnView
from django.contrib.auth.views import LogoutView
from django.urls import path

from vedette.apps.accounts import views
from vedette.apps.accounts.rules import public, signed_in

_login = public(cast(Any, views.Login.as_view()))

urlpatterns = [
    path("login/", _login, name="login"),
    # allauth looks for this URL name.
    path("login/", _login, name="account_login"),
    path("login/code/", public(views.Code.as_view()), name="mfa_authenticate"),
    path("login/key/", public(views.Passkey.as_view()), name="mfa_login_webauthn"),
    path("login/service/", views.oidc, name="oidc"),
    path("login/service/answer/", views.oidc_answer, name="oidc_callback"),
    path("proxy/known/", views.known, name="known"),
    path("kept/", views.kept_form, name="kept"),
    path("users/<uuid:pk>/sign-in/", views.user_sign_in, name="user-sign-in"),
    path("account/", views.account, name="account"),
    path("account/", views.account, name="mfa_index"),
    path("account/password/", views.password, name="account-password"),
    path("account/sessions/end/", views.end_others, name="account-end-sessions"),
    *(
        path(f"account/{route}/", signed_in(view), name=name)
        for route, view, name in (
            ("confirm", views.Confirm.as_view(), "account_reauthenticate"),
            ("confirm/code", views.ConfirmCode.as_view(), "mfa_reauthenticate"),
            (
                "confirm/key",
                ReauthenticateWebAuthnView.as_view(template_name="account/confirm.html"),
                "mfa_reauthenticate_webauthn",
            ),
            ("app", views.App.as_view(), "mfa_activate_totp"),
            ("app/remove", views.NoApp.as_view(), "mfa_deactivate_totp"),
            ("key", views.Key.as_view(), "mfa_add_webauthn"),
            ("key/<int:pk>/remove", views.NoKey.as_view(), "mfa_remove_webauthn"),
            (
                "recovery",
                ViewRecoveryCodesView.as_view(template_name="account/recovery.html"),
                "mfa_view_recovery_codes",
            ),
            ("recovery/new", views.NewRecoveryCodes.as_view(), "mfa_generate_recovery_codes"),
        )
    ),
    path("logout/", signed_in(LogoutView.as_view()), name="logout"),
    path("users/", views.users, name="users"),
    path("users/<uuid:pk>/", views.user, name="user"),
    path("users/<uuid:pk>/suspend/", views.suspend, name="user-suspend"),
    path("units/", views.units, name="units"),
    path("units/new/", views.unit_new, name="unit-new"),
    path("units/<uuid:pk>/", views.unit, name="unit"),
    path("account/tokens/", views.own_tokens, name="own-tokens"),
    path("account/tokens/<uuid:pk>/end/", views.end_own, name="own-token-end"),
    path("tokens/", views.tokens, name="tokens"),
    path("tokens/<uuid:pk>/revoke/", views.revoke, name="token-revoke"),
    path("preferences/", views.preferences, name="preferences"),
]
