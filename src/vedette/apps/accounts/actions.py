"""What changes accounts: the first administrator, API tokens. One transaction each, with an act."""

from __future__ import annotations

import datetime as dt
import hashlib
import secrets
import uuid

from django.db import connection, transaction
from django.utils import timezone

from vedette.apps.accounts import rules
from vedette.apps.accounts.models import Act, ApiToken, Organisation, User

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
        with connection.cursor() as cursor:
            cursor.execute("SELECT set_config('vedette.organisation', %s, true)", [str(home.pk)])
        Act.objects.create(organisation=home, act="account.create", subject=str(user.pk))
    return user


def digest(value: str) -> bytes:
    """What is kept of a token: its SHA-256, as it has 256 random bits of its own."""
    return hashlib.sha256(value.encode()).digest()


def create_token(by: User, user: User, name: str, days: int) -> tuple[ApiToken, str]:
    """A token with which a machine acts as `user`; its value is given once and never again.

    Raises `ValueError` for a time of no or more than `LONGEST` days, or a user of elsewhere.
    """
    rules.check(by, "account.manage")
    if not 1 <= days <= LONGEST:
        raise ValueError(f"a token lives for 1 to {LONGEST} days")
    if user.organisation_id != by.organisation_id or not user.is_active:
        raise ValueError("a token belongs to an active user of the same organisation")
    value = PREFIX + secrets.token_urlsafe(32)
    with transaction.atomic():
        token = ApiToken.objects.create(
            user=user,
            name=name.strip()[:100],
            digest=digest(value),
            expires_at=timezone.now() + dt.timedelta(days=days),
        )
        _act(by, "token.create", token.pk, days=days)
    return token, value


def revoke_token(by: User, token: uuid.UUID) -> None:
    """Ends a token of the organisation at once. Raises `ApiToken.DoesNotExist`."""
    rules.check(by, "account.manage")
    with transaction.atomic():
        found = ApiToken.objects.get(pk=token, user__organisation=by.organisation_id)
        _act(by, "token.revoke", found.pk)
        found.delete()


def use_token(value: str) -> User | None:
    """The active user whose live token this is, or None; the use is noted once a minute."""
    now = timezone.now()
    token = (
        ApiToken.objects.select_related("user__organisation")
        .filter(digest=digest(value), expires_at__gt=now, user__is_active=True)
        .first()
    )
    if token is None or token.user.organisation_id is None:
        return None
    if token.last_used_at is None or now - token.last_used_at > _SEEN:
        ApiToken.objects.filter(pk=token.pk).update(last_used_at=now)
    return token.user


def _act(by: User, what: str, subject: uuid.UUID, **detail: int) -> None:
    Act.objects.create(
        organisation_id=by.organisation_id, user=by, act=what, subject=str(subject), detail=detail
    )
