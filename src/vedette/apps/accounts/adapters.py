"""Adapters that change the behaviour of the library allauth, and the authentication backend.

The adapters of allauth allow no sign-up and send no e-mail. The adapters also write journal entries
for sign-ins, encrypt secrets, and use the pages of vedette.
"""

from __future__ import annotations

from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from allauth.core.exceptions import ImmediateHttpResponse
from allauth.mfa.adapter import DefaultMFAAdapter
from allauth.mfa.models import Authenticator
from allauth.socialaccount.adapter import DefaultSocialAccountAdapter
from allauth.socialaccount.models import SocialLogin
from django.conf import settings
from django.contrib.auth.backends import ModelBackend
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from vedette.apps.accounts import acts
from vedette.apps.accounts.models import User
from vedette.apps.accounts.passwords import client_address
from vedette.apps.keyring import lock, unlock

_USE = "second factor"
#: Session key with the reason why a sign-in by the organisation's own service was refused.
REFUSED = "oidc_refused"


class AccountAdapter(DefaultAccountAdapter):
    """Rules that apply to all methods of sign-in."""

    error_messages = {
        **DefaultAccountAdapter.error_messages,
        "too_many_login_attempts": _("Too many attempts. Wait a few minutes, then try again."),
        "rate_limited": _("Too many attempts. Wait a few minutes, then try again."),
        "incorrect_password": _("Incorrect password."),
    }

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        """Returns False, because only administrators create accounts. allauth also calls this method before
        it creates an account for an identity of another service.
        """
        return False

    def get_login_stages(self) -> list[str]:
        """Returns the steps of a sign-in after the password. The only step is the second factor."""
        return ["allauth.mfa.stages.AuthenticateStage"]

    def pre_login(self, request: HttpRequest, user: Any, **kwargs: Any) -> HttpResponse | None:
        """Refuses a closed or suspended account, even if another service authenticated the user."""
        if user.is_active and user.suspended_at is None:
            return None
        acts.refused("account.sign_in_failed", user)
        request.session.flush()
        request.session[REFUSED] = "closed"
        return redirect("login")

    def login(self, request: HttpRequest, user: Any) -> None:
        """Completes a sign-in: creates a new session key, sets the end of the session, and writes a
        journal entry.
        """
        super().login(request, user)
        request.session.set_expiry(timezone.now() + settings.SESSION_LONGEST)
        acts.write(user, "account.sign_in")

    def get_client_ip(self, request: HttpRequest) -> str:
        """Returns the client address for which the library axes counts failed attempts."""
        return client_address(request)

    def add_message(self, *args: Any, **kwargs: Any) -> None:
        """Does nothing, because the pages of vedette show the result."""

    def send_notification_mail(self, *args: Any, **kwargs: Any) -> None:
        """Does nothing, because vedette sends no e-mail. The journal records the event."""


class FactorAdapter(DefaultMFAAdapter):
    """Second factors."""

    error_messages = {
        **DefaultMFAAdapter.error_messages,
        "incorrect_code": _(
            "The code is incorrect or has expired, or the security key was not accepted."
        ),
    }

    def encrypt(self, text: str) -> str:
        """Encrypts secrets before they are stored in the database."""
        return lock(text, _USE)

    def decrypt(self, encrypted_text: str) -> str:
        """Decrypts a secret. Raises `KeysError`, with the key's id, if the key is missing."""
        return unlock(encrypted_text, _USE)

    def get_totp_label(self, user: Any) -> str:
        """Returns the sign-in name, which the authenticator app shows next to the code."""
        return str(user.get_username())

    def generate_authenticator_name(self, user: Any, type: Authenticator.Type) -> str:
        """Returns a name for a security key to which its owner gave no name."""
        number = Authenticator.objects.filter(user_id=user.pk, type=type).count() + 1
        return gettext("Security key %(number)d") % {"number": number}

    def get_public_key_credential_user_entity(self, user: User) -> dict[str, Any]:
        """Returns the data about the owner that is stored on a security key: only the id and the
        sign-in name of the account.
        """
        name = user.get_username()
        entity = super().get_public_key_credential_user_entity(user)
        return {**entity, "name": name, "display_name": name}


class OidcAdapter(DefaultSocialAccountAdapter):
    """Sign-in by the organisation's own service. An administrator must first link the account to an
    identity of that service.
    """

    def pre_social_login(self, request: HttpRequest, sociallogin: SocialLogin) -> None:
        """Refuses an identity that is not linked to an account. No data of the service's answer is
        stored.
        """
        if not sociallogin.is_existing:
            raise ImmediateHttpResponse(refusal(request, "unknown"))

    def on_authentication_error(
        self, request: HttpRequest, provider: Any, error: Any = None, exception: Any = None,
        extra_context: Any = None,
    ) -> None:  # fmt: skip
        """Redirects to the sign-in page, which shows the reason for the error."""
        unknown = exception is None and "state" not in (extra_context or {})
        reason = getattr(exception, "reason", None) or ("state" if unknown else "service")
        raise ImmediateHttpResponse(refusal(request, reason))

    def get_requests_session(self) -> Any:
        """Returns an HTTP session that follows no redirect, so that it connects only to addresses
        of the configured issuer.
        """
        session = super().get_requests_session()
        session.max_redirects = 0
        return session


def refusal(request: HttpRequest, reason: str) -> HttpResponse:
    """Refuses a sign-in by the organisation's own service. Writes a journal entry, and redirects to
    the sign-in page, which shows the reason.
    """
    acts.refused(f"account.oidc_{reason}")
    request.session[REFUSED] = reason
    return redirect("login")


class Passwords(ModelBackend):
    """Django's authentication backend, which additionally refuses suspended accounts at sign-in and
    at every request.
    """

    def user_can_authenticate(self, user: User | None) -> bool:  # type: ignore[override]
        """Whether the account is active and not suspended."""
        return bool(
            user is not None and super().user_can_authenticate(user) and user.suspended_at is None
        )
