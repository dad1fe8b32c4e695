"""Checks the second factors of a sign-in, and defines the roles for which a second factor is mandatory. A
second factor is a security key, a code of an authenticator app, or a code of the recovery sheet.
"""

from __future__ import annotations

from allauth.mfa.adapter import get_adapter
from allauth.mfa.base.forms import AuthenticateForm, ReauthenticateForm
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import (
    format_hotp_value,
    hotp_value,
    yield_hotp_counters_from_time,
)
from allauth.mfa.utils import is_mfa_enabled
from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext

from vedette.apps.accounts.models import User

#: Key in the data of an authenticator app. The value is the last time step whose code was used.
_LAST = "last_step"
_TYPES = [Authenticator.Type.TOTP, Authenticator.Type.WEBAUTHN]


def has_factor(user: User) -> bool:
    """Whether the user has an authenticator app or a security key."""
    return bool(is_mfa_enabled(user, _TYPES))


def must_have_factor(user: User) -> bool:
    """Whether the user's role requires a second factor (`SECOND_FACTOR_ROLES`)."""
    return user.role in settings.SECOND_FACTOR_ROLES


def spend(authenticator: Authenticator, code: str) -> bool:
    """Records that a valid `code` of an authenticator app was used. Returns False if the code is
    wrong, or if this code or a later code was used before.

    RFC 6238, section 5.2 requires that a code is accepted only once. The database stores the last used code,
    so that no process accepts a code a second time.
    """
    secret = get_adapter().decrypt(authenticator.data["secret"])
    wanted = "".join(code.split())
    step = next(
        (
            n
            for n in yield_hotp_counters_from_time()
            if format_hotp_value(hotp_value(secret, n)) == wanted
        ),
        None,
    )
    if step is None:
        return False
    with transaction.atomic():
        row = Authenticator.objects.select_for_update().get(pk=authenticator.pk)
        if step <= row.data.get(_LAST, -1):
            return False
        row.data[_LAST] = step
        row.save(update_fields=["data"])
    authenticator.data = row.data
    return True


class _Once:
    """A form that accepts each code of an authenticator app only once."""

    authenticator: Authenticator

    def clean_code(self) -> str:
        """Returns the code. Raises `ValidationError` if the code is wrong or was used before."""
        code: str = super().clean_code()  # type: ignore[misc]
        if self.authenticator.type == Authenticator.Type.TOTP and not spend(
            self.authenticator, code
        ):
            raise ValidationError(gettext("This code was already used. Wait for the next code."))
        return code


class CodeForm(_Once, AuthenticateForm):
    """The form for the code in the second step of a sign-in."""


class ConfirmCodeForm(_Once, ReauthenticateForm):
    """The form by which users confirm their identity before they change their own account."""


def kinds(user: User) -> set[str]:
    """Returns the kinds of second factors that a user has: `totp`, `webauthn`, `recovery_codes`."""
    return set(Authenticator.objects.filter(user=user).values_list("type", flat=True))
