"""How allauth signs people in here: no sign-up, no e-mail, acts, secrets in cipher, and our own pages."""

from __future__ import annotations

from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from allauth.core.exceptions import ImmediateHttpResponse
from allauth.mfa.adapter import DefaultMFAAdapter
from allauth.mfa.models import Authenticator
from allauth.socialaccount.adapter import DefaultSocialAccountAdapter
from allauth.socialaccount.models import SocialLogin
from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from vedette.apps.accounts import signing
from vedette.apps.accounts.attempts import client_address
from vedette.apps.accounts.locking import lock, unlock
from vedette.apps.accounts.models import User
from vedette.apps.accounts.refusals import refused

_USE = "second factor"
#: Key of the session: why the sign-in by the organisation's own service was refused.
REFUSED = "oidc_refused"


class AccountAdapter(DefaultAccountAdapter):
    """Signing in, whatever the way."""

    error_messages = {
        **DefaultAccountAdapter.error_messages,
        "too_many_login_attempts": _("Too many attempts. Wait a few minutes, then try again."),
        "rate_limited": _("Too many attempts. Wait a few minutes, then try again."),
        "incorrect_password": _("Incorrect password."),
    }

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        """Never: an administrator makes accounts."""
        return False

    def get_login_stages(self) -> list[str]:
        """After the first factor, the second."""
        return ["allauth.mfa.stages.AuthenticateStage"]

    def pre_login(self, request: HttpRequest, user: Any, **kwargs: Any) -> HttpResponse | None:
        """A closed or suspended account ends here, also where another service vouched for it."""
        if user.is_active and user.suspended_at is None:
            return None
        refused("account.sign_in_failed", user)
        request.session.flush()
        request.session[REFUSED] = "closed"
        return redirect("login")

    def login(self, request: HttpRequest, user: Any) -> None:
        """A new session key, a fixed end, and the act."""
        super().login(request, user)
        end = timezone.now() + settings.SESSION_LONGEST
        request.session.set_expiry(end)
        signing.signed_in(user)

    def get_client_ip(self, request: HttpRequest) -> str:
        """As axes counts it."""
        return client_address(request)

    def add_message(self, *args: Any, **kwargs: Any) -> None:
        """Nothing: our pages say what happened."""

    def send_notification_mail(self, *args: Any, **kwargs: Any) -> None:
        """Nothing: no e-mail leaves; the journal has it."""


class FactorAdapter(DefaultMFAAdapter):
    """Second factors."""

    error_messages = {
        **DefaultMFAAdapter.error_messages,
        "incorrect_code": _("The entry is incorrect or no longer valid."),
    }

    def encrypt(self, text: str) -> str:
        """Secrets lie in the database in cipher."""
        return lock(text, _USE)

    def decrypt(self, encrypted_text: str) -> str:
        """Raises `KeysError`, naming the key, where it is lost."""
        return unlock(encrypted_text, _USE)

    def get_totp_label(self, user: Any) -> str:
        """The sign-in name, under which the app shows its code."""
        return str(user.get_username())

    def get_totp_issuer(self) -> str:
        """The name of this system in the app."""
        return "vedette"

    def generate_authenticator_name(self, user: Any, type: Authenticator.Type) -> str:
        """A name for a key whose owner gave it none."""
        count = Authenticator.objects.filter(user_id=user.pk, type=type).count()
        return gettext("Security key %(number)d") % {"number": count + 1}

    def get_public_key_credential_user_entity(self, user: User) -> dict[str, Any]:
        """What a security key keeps of its owner: the account's id and sign-in name, no more."""
        entity: dict[str, Any] = super().get_public_key_credential_user_entity(user)
        return {**entity, "name": user.get_username(), "display_name": user.get_username()}


class OidcAdapter(DefaultSocialAccountAdapter):
    """Sign-in by the organisation's own service: only for accounts an administrator linked."""

    def is_open_for_signup(self, request: HttpRequest, sociallogin: SocialLogin) -> bool:
        """Never."""
        return False

    def pre_social_login(self, request: HttpRequest, sociallogin: SocialLogin) -> None:
        """Whom nobody linked is told so; nothing is made of what the service said of them."""
        if not sociallogin.is_existing:
            raise ImmediateHttpResponse(refusal(request, "unknown"))

    def on_authentication_error(
        self, request: HttpRequest, provider: Any, error: Any = None, exception: Any = None,
        extra_context: Any = None,
    ) -> None:  # fmt: skip
        """Back to the sign-in page with the reason in our words."""
        reason = getattr(exception, "reason", None)
        if reason is None:
            unknown = exception is None and "state" not in (extra_context or {})
            reason = "state" if unknown else "service"
        raise ImmediateHttpResponse(refusal(request, reason))

    def get_requests_session(self) -> Any:
        """Asks only the addresses that the configured issuer names, and follows none elsewhere."""
        session = super().get_requests_session()
        session.max_redirects = 0
        return session


def refusal(request: HttpRequest, reason: str) -> HttpResponse:
    """Ends a sign-in by the organisation's own service: an act, and the sign-in page with the reason."""
    refused(f"account.oidc_{reason}")
    request.session[REFUSED] = reason
    return redirect("login")
