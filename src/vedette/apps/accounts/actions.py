"""What changes accounts: the first administrator, API tokens. One transaction each, with an act."""

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

#: A token lives for at most this many days.
LONGEST = 365
#: `vedette_` lets scanners of leaked secrets know it.
PREFIX = "vedette_"
#: The last use of a token is written at most this often.
_SEEN = dt.timedelta(minutes=1)


class NameTaken(Exception):
    """Somebody signs in by that name already."""


def create_administrator(
    username: str, password: str, organisation: str, country: str = "", language: str = "fr"
) -> User:
    """The administrator of an organisation, made with it where it is not there yet."""
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
        # Before a request there is no scope, and row-level security lets nobody write without one.
        set_scope(user)
        acts.write(None, "account.create", user.pk, organisation=home.pk)
    return user


def digest(value: str) -> bytes:
    """What is kept of a token: its SHA-256, as it has 256 random bits of its own."""
    return hashlib.sha256(value.encode()).digest()


def create_token(by: User, name: str, days: int, rights: Iterable[str]) -> tuple[ApiToken, str]:
    """A token with which a machine acts as `by`, by these of the rights of `by`; its value is given
    once and never again. Nobody makes one for another: whoever holds the value acts in that name.

    Raises `ValueError` for a time of no or more than `LONGEST` days, no right, or one that `by` lacks.
    """
    if not 1 <= days <= LONGEST:
        raise ValueError(f"a token lives for 1 to {LONGEST} days")
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
    """Ends a token at once: one's own, or as administrator any of the organisation.

    Raises `ApiToken.DoesNotExist`, `PermissionDenied`.
    """
    with transaction.atomic():
        found = ApiToken.objects.get(pk=token, user__organisation=by.organisation_id)
        if found.user_id != by.pk:
            rules.check(by, "account.manage")
        acts.write(by, "token.revoke", found.pk)
        found.delete()


def use_token(value: str, own: bool = False) -> User | None:
    """The active user whose live token this is, held to the token's rights, or None; the use is noted
    once a minute. `own`: only where the user made it, as consent asks."""
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
    """Who had this token, ended or not, whatever their account is now; None of one that never was."""
    token = ApiToken.objects.select_related("user").filter(digest=digest(value)).first()
    return token.user if token else None


def prefer(user: User, language: str | None = None, theme: str | None = None) -> None:
    """Keeps the language or theme somebody chose for themselves; None leaves it as it is.

    An empty theme is the system's.
    """
    if language is not None:
        user.language = language
    if theme is not None:
        user.theme_choice = theme
    with transaction.atomic():
        user.save(update_fields=["language", "theme_choice"])
        acts.write(user, "account.prefer", user.pk)
