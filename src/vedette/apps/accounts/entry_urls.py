"""URLs of the sign-in and the user's own account. Of allauth's URLs only these: no sign-up, no e-mail."""

from __future__ import annotations

from typing import Any, cast

from django.urls import path

from vedette.apps.accounts import entering, helping, own
from vedette.apps.accounts.rules import public, signed_in

_login = public(cast(Any, entering.Login.as_view()))

urlpatterns = [
    path("login/", _login, name="login"),
    # allauth looks for this URL name.
    path("login/", _login, name="account_login"),
    path("login/code/", public(entering.Code.as_view()), name="mfa_authenticate"),
    path("login/key/", public(entering.Passkey.as_view()), name="mfa_login_webauthn"),
    path("login/service/", entering.oidc, name="oidc"),
    path("login/service/answer/", entering.oidc_answer, name="oidc_callback"),
    path("kept/", entering.kept_form, name="kept"),
    path("users/<uuid:pk>/sign-in/", helping.user_sign_in, name="user-sign-in"),
    path("account/", own.account, name="account"),
    path("account/", own.account, name="mfa_index"),
    path("account/password/", own.password, name="account-password"),
    path("account/sessions/end/", own.end_others, name="account-end-sessions"),
    path("account/confirm/", signed_in(own.Confirm.as_view()), name="account_reauthenticate"),
    path("account/confirm/code/", signed_in(own.ConfirmCode.as_view()), name="mfa_reauthenticate"),
    path(
        "account/confirm/key/",
        signed_in(own.ConfirmKey.as_view()),
        name="mfa_reauthenticate_webauthn",
    ),
    path("account/app/", signed_in(own.App.as_view()), name="mfa_activate_totp"),
    path("account/app/remove/", signed_in(own.NoApp.as_view()), name="mfa_deactivate_totp"),
    path("account/key/", signed_in(own.Key.as_view()), name="mfa_add_webauthn"),
    path(
        "account/key/<int:pk>/remove/", signed_in(own.NoKey.as_view()), name="mfa_remove_webauthn"
    ),
    path(
        "account/recovery/", signed_in(own.RecoveryCodes.as_view()), name="mfa_view_recovery_codes"
    ),
    path(
        "account/recovery/new/",
        signed_in(own.NewRecoveryCodes.as_view()),
        name="mfa_generate_recovery_codes",
    ),
]
