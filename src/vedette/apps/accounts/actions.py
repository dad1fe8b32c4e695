"""Changes to accounts: the first administrator, API tokens. Each in one transaction, with an act."""

from __future__ import annotations

import datetime as dt
import hashlib
import secrets
import uuid
from collections.abc import Iterable

from django.db import transaction
from django.utils import timezone

from vedette.apps.accounts import acts, rules
from vedette.apps.accounts.models import ApiToken, Organisation, User
from vedette.apps.accounts.scope import set_scope

#: Maximum validity of a token, in days.
LONGEST = 365
#: The prefix `vedette_` makes tokens recognisable to scanners for leaked secrets.
PREFIX = "vedette_"
#: Minimum time between two updates of a token's last use.
_SEEN = dt.timedelta(minutes=1)


class NameTaken(Exception):
    """The sign-in name is already in use."""


def create_administrator(
    username: str, password: str, organisation: str, country: str = "", language: str = "fr"
) -> User:
    """Creates the administrator of an organisation, and the organisation if it does not exist."""
    with transaction.atomic():
        if User.objects.filter(username__iexact=username).exists():
            raise NameTaken
        home, _ = Organisation.objects.get_or_create(
            name=organisation, defaults={"country": country}
        )
        user = User.objects.create_user(
            username,
            password=password,
            organisation=home,
            role=User.Role.ADMINISTRATOR,
            language=language,
        )
        # Outside a request there is no scope, and row-level security allows no write without one.
        set_scope(user)
        acts.write(None, "account.create", user.pk, organisation=home.pk)
    return user


def digest(value: str) -> bytes:
    """The stored form of a token: its SHA-256. A plain hash is enough for 256 random bits."""
    return hashlib.sha256(value.encode()).digest()


def create_token(by: User, name: str, days: int, rights: Iterable[str]) -> tuple[ApiToken, str]:
    """Makes a token with which a machine acts as `by`, with these of the rights of `by`; its value is
    returned once and never again. A user can make tokens only for himself or herself: the holder of the value
    acts as that user.

    Raises `ValueError` for less than one or more than `LONGEST` days, no right, or a right that `by` lacks.
    """
    if not 1 <= days <= LONGEST:
        raise ValueError(f"a token is valid for 1 to {LONGEST} days")
    asked = sorted(set(rights))
    if not asked or not all(rules.may(by, right) for right in asked):
        raise ValueError("a token has one or more of its user's rights")
    value = PREFIX + secrets.token_urlsafe(32)
    with transaction.atomic():
        token = ApiToken.objects.create(
            user_id=by.pk,
            name=name.strip()[:100],
            digest=digest(value),
            rights=asked,
            own=True,
            expires_at=timezone.now() + dt.timedelta(days=days),
        )
        acts.write(by, "token.create", token.pk, days=days, rights=asked)
    return token, value


def revoke_token(by: User, token: uuid.UUID) -> None:
    """Ends a token immediately: one of the user, or for an administrator any of the organisation.

    Raises `ApiToken.DoesNotExist`, `PermissionDenied`.
    """
    with transaction.atomic():
        found = ApiToken.objects.get(pk=token, user__organisation=by.organisation_id)
        if found.user_id != by.pk:
            rules.check(by, "account.manage")
        acts.write(by, "token.revoke", found.pk)
        found.delete()


def use_token(value: str, own: bool = False) -> User | None:
    """The active user of a valid token, limited to the token's rights, or None; the use is recorded at most
    once a minute. `own`: only a token that its user made, because the act requires consent."""
    now = timezone.now()
    token = (
        ApiToken.objects.select_related("user__organisation")
        .filter(digest=digest(value), expires_at__gt=now, user__is_active=True)
        .filter(user__suspended_at=None)
        .first()
    )
    if token is None or token.user.organisation_id is None or (own and not token.own):
        return None
    if token.last_used_at is None or now - token.last_used_at > _SEEN:
        ApiToken.objects.filter(pk=token.pk).update(last_used_at=now)
    token.user.granted = frozenset(token.rights)
    return token.user


def whose_token(value: str) -> User | None:
    """The user of this token, whether it has ended or not, in whatever state the account is; None for an
    unknown token."""
    token = ApiToken.objects.select_related("user").filter(digest=digest(value)).first()
    return token.user if token else None


def prefer(user: User, language: str | None = None, theme: str | None = None) -> None:
    """Stores the language or theme that the user chose; None leaves it unchanged.

    The empty theme is that of the system.
    """
    if language is not None:
        user.language = language
    if theme is not None:
        user.theme_choice = theme
    with transaction.atomic():
        user.save(update_fields=["language", "theme_choice"])
        acts.write(user, "account.prefer", user.pk)
