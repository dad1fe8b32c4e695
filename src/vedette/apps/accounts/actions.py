"""Changes to accounts: administrators, API tokens, preferences, users, units and sign-in methods. The worker
uses this module to suspend unused accounts.

Each action first checks the right of the user. The change and its journal entry are written in one
transaction. Users cannot change their own role, their own status, or the data that they may see. A change to
a user's own role, data or status requires another administrator.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import secrets
import uuid
from collections.abc import Iterable, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Any, Protocol

from allauth.mfa.models import Authenticator
from allauth.socialaccount.models import SocialAccount
from axes.models import AccessAttempt
from django.conf import settings
from django.core.exceptions import PermissionDenied
from django.db import IntegrityError, connection, transaction
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils import timezone

from vedette.apps.accounts import acts, rules
from vedette.apps.accounts.models import Act, ApiToken, Organisation, Session, Unit, User
from vedette.apps.accounts.sessions import end_sessions

#: Maximum validity of a token, in days.
LONGEST = 365
#: The prefix `vedette_` makes tokens recognisable to scanners for leaked secrets.
PREFIX = "vedette_"
#: Minimum time between two updates of a token's last use.
_SEEN = dt.timedelta(minutes=1)


class NotPossible(rules.Coded):
    """The error that is raised if a change to an account or a unit is not possible.

    For a user, `code` is `username` (the sign-in name is already in use), `self` (see `reset_factors`),
    `taken` or `subject` (see `link`). For a unit, `code` is `name` if another unit has that name, and
    `airports` or `offices` if another unit is responsible for one of the airports or customs offices.
    """


def create_administrator(
    username: str, password: str, organisation: str, country: str = "", language: str = "fr"
) -> User:
    """Creates the administrator of an organisation. If the organisation does not exist, creates the
    organisation first."""
    with transaction.atomic():
        if User.objects.filter(username__iexact=username).exists():
            raise NotPossible("username")
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
        rules.set_scope(user)
        acts.write(None, "account.create", user.pk, organisation=home.pk)
    return user


def digest(value: str) -> bytes:
    """Returns the form in which a token is stored: its SHA-256 hash. A hash without salt is enough, because
    the token contains 256 random bits.
    """
    return hashlib.sha256(value.encode()).digest()


def create_token(by: User, name: str, days: int, rights: Iterable[str]) -> tuple[ApiToken, str]:
    """Creates an API token with which a program acts as the user `by`. The token has the rights `rights`, and
    the user `by` must have these rights too. The value of the token is returned only here and cannot be shown
    again. Users can make tokens only for themselves, because a person who has the value of a token acts as
    its user.

    Raises `ValueError` if the number of days is less than 1 or more than `LONGEST`. Also raises `ValueError`
    if no right is given, or if the user `by` lacks one of the rights.
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
    """Revokes an API token immediately. Users can revoke their own tokens. An administrator can
    revoke any token of the organisation.

    Raises `ApiToken.DoesNotExist` or `PermissionDenied`.
    """
    with transaction.atomic():
        found = ApiToken.objects.get(pk=token, user__organisation=by.organisation_id)
        if found.user_id != by.pk:
            rules.check(by, "account.manage")
        acts.write(by, "token.revoke", found.pk)
        found.delete()


def use_token(value: str, own: bool = False) -> User | None:
    """Returns the active user of a valid token, or None. The returned user has only the rights of the token.
    The time of the last use is updated at most once a minute. If `own` is true, a token is accepted only if
    its user made it, because the action requires the consent of that user.
    """
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
    """Returns the user of a token, even if the token has expired or the account is closed. Returns None for
    an unknown token.
    """
    token = ApiToken.objects.select_related("user").filter(digest=digest(value)).first()
    return token.user if token else None


def prefer(user: User, chosen: Mapping[str, str]) -> None:
    """Stores the values of `language` and `theme_choice` that the user chose. An empty `theme_choice` means
    the theme of the operating system.
    """
    for name, value in chosen.items():
        setattr(user, name, value)
    with transaction.atomic():
        user.save(update_fields=[*chosen])
        acts.write(user, "account.prefer", user.pk)


@dataclass(frozen=True)
class Standing:
    """Contains the role of a user, and the unit, themes and purposes whose data the user may see. Also
    contains the e-mail address for notifications, which may be empty."""

    role: str
    unit: Unit | None
    themes: tuple[str, ...]
    purposes: tuple[str, ...]
    email: str = ""


def create_user(
    by: User, username: str, first: str, last: str, standing: Standing
) -> tuple[User, str]:
    """Creates a user of the organisation. Returns the user and the initial password, which must be changed at
    the first sign-in.

    Raises `NotPossible` or `PermissionDenied`. Raises `Unit.DoesNotExist` if the unit belongs to another
    organisation.
    """
    rules.check(by, "account.manage")
    password = secrets.token_urlsafe(15)
    user = User(
        username=username, first_name=first, last_name=last,
        organisation_id=by.organisation_id, password_given=True,
    )  # fmt: skip
    user.set_password(password)
    detail = _stand(by, user, standing)
    with transaction.atomic(), connection.cursor() as cursor:
        # Row-level security hides the users of other organisations. This database function also finds
        # them.
        cursor.execute("SELECT vedette_name_taken(%s)", [username])
        if cursor.fetchone() == (True,):
            raise NotPossible("username")
        user.save()
        acts.write(by, "user.create", user.pk, **detail)
    return user, password


def change_user(by: User, user: User, standing: Standing) -> None:
    """Changes the role, the unit, the themes, the purposes and the e-mail address of another user. Raises the
    same errors as `create_user`.
    """
    _may_manage(by, user)
    detail = _stand(by, user, standing)
    with transaction.atomic():
        user.save(update_fields=["role", "unit", "themes", "purposes", "email"])
        acts.write(by, "user.change", user.pk, **detail)


def suspend(by: User, user: User, stop: bool = True) -> None:
    """Suspends another user, or ends the suspension. A suspended user cannot sign in or use a token, and the
    sessions of the user end immediately. When a suspension ends, the time without use is counted from that
    moment.
    """
    _may_manage(by, user)
    with transaction.atomic():
        now = timezone.now()
        user.suspended_at = now if stop else None
        if stop:
            end_sessions(user.pk)
        else:
            user.reactivated_at = now
        user.save(update_fields=["suspended_at", "reactivated_at"])
        acts.write(by, "user.suspend" if stop else "user.resume", user.pk)


def save_unit(
    by: User, unit: Unit, name: str, airports: Iterable[str], offices: Iterable[str] = ()
) -> int:
    """Creates or changes a unit. Groups of subjects that have open hits or still need a decision are assigned
    to the units that now serve their airports and customs offices. Returns the number of groups that were
    assigned. Raises `NotPossible` or `PermissionDenied`.
    """
    rules.check(by, "account.manage")
    unit.organisation_id = by.organisation_id  # type: ignore[assignment]
    unit.name, unit.airports, unit.offices = name, sorted(set(airports)), sorted(set(offices))
    others = Unit.objects.filter(organisation=by.organisation_id).exclude(pk=unit.pk)
    with transaction.atomic(), connection.cursor() as cursor:
        if others.filter(name=name).exists():
            raise NotPossible("name")
        if others.filter(airports__overlap=unit.airports).exists():
            raise NotPossible("airports")
        if others.filter(offices__overlap=unit.offices).exists():
            raise NotPossible("offices")
        made = unit._state.adding
        unit.save()
        cursor.execute("SELECT vedette_reassign()")
        [moved] = cursor.fetchone()
        acts.write(
            by, "unit.create" if made else "unit.change", unit.pk,
            airports=[code.lower() for code in unit.airports],
            offices=[code.lower() for code in unit.offices], groups=moved,
        )  # fmt: skip
    return int(moved)


def _stand(by: User, user: User, standing: Standing) -> dict[str, Any]:
    """Sets the role and the e-mail address of a user, and limits the data that the user may see. Returns the
    new values, without the address, as the detail of a journal entry.
    """
    unit = standing.unit
    if unit is not None and unit.organisation_id != by.organisation_id:
        raise Unit.DoesNotExist
    user.role, user.unit = standing.role, unit
    user.themes, user.purposes = list(standing.themes), list(standing.purposes)
    user.email = standing.email
    return {
        "role": user.role, "unit": unit.pk if unit else None, "themes": user.themes,
        "purposes": user.purposes,
    }  # fmt: skip


#: Maximum length of an identity of another service (OpenID Connect Core 2 permits 255 characters for `sub`).
LONGEST_SUBJECT = 191


def reset_factors(by: User, user: User) -> None:
    """Removes the second factors of a user who lost them, and ends the sessions of that user. If
    the role requires a second factor, the user must then set up a new second factor.

    Raises `NotPossible` for the administrator's own second factors. Administrators remove their own second
    factors on the page of their account, after they confirm their identity.
    """
    _may_manage(by, user, own=True)
    if user.pk == by.pk:
        raise NotPossible("self")
    with transaction.atomic():
        count, _ = Authenticator.objects.filter(user=user).delete()
        end_sessions(user.pk)
        acts.write(by, "account.factor_reset", user.pk, count=count)


def link(by: User, user: User, subject: str) -> None:
    """Links the identity (`sub`) that the organisation's sign-in service gives to the user, and replaces an
    earlier link. An empty identity removes the link. An initial password that was never changed is removed,
    because the administrator knows it. Raises `NotPossible` if the identity belongs to another user or is too
    long.
    """
    _may_manage(by, user, own=True)
    subject = subject.strip()
    if len(subject) > LONGEST_SUBJECT or not subject.isprintable():
        raise NotPossible("subject")
    try:
        with transaction.atomic():
            SocialAccount.objects.filter(user=user, provider="oidc").delete()
            if subject:
                SocialAccount.objects.create(user=user, provider="oidc", uid=subject)
                if user.password_given:
                    user.set_unusable_password()
                    user.password_given = False
                    user.save(update_fields=["password", "password_given"])
            acts.write(by, "account.link" if subject else "account.unlink", user.pk)
    except IntegrityError as error:
        raise NotPossible("taken") from error


def _may_manage(by: User, user: User, own: bool = False) -> None:
    """Raises `PermissionDenied` if `user` belongs to another organisation, or if `user` is `by` and `own` is
    false.
    """
    rules.check(by, "account.manage")
    if user.organisation_id != by.organisation_id or (user.pk == by.pk and not own):
        raise PermissionDenied("account.manage")


#: Failed sign-in attempts are kept this long, with the address and the browser.
KEEP_ATTEMPTS = dt.timedelta(days=30)
#: An expired session is kept this long, so that a form typed in it can be returned to its user.
KEEP_SESSIONS = dt.timedelta(days=1)


class Asking(Protocol):
    """Decides whether a scheduled action is carried out, and which time the action uses (`upkeep/pauses.py`).
    The organisation has `total` rows, of which the action would change `count` rows."""

    def __call__(
        self, act: str, organisation: uuid.UUID, count: int, total: int
    ) -> AbstractContextManager[dt.datetime | None]: ...


def keep_accounts(using: str, now: dt.datetime, asking: Asking) -> None:
    """Writes journal entries for the refusals of past minutes, deletes old sign-in attempts and sessions, and
    suspends unused accounts.
    """
    acts.close_minutes(using)
    AccessAttempt.objects.using(using).filter(attempt_time__lt=now - KEEP_ATTEMPTS).delete()
    Session.objects.using(using).filter(expire_date__lt=now - KEEP_SESSIONS).delete()
    for home in Organisation.objects.using(using).values_list("pk", flat=True):
        count, total = unused(now, home, using).count(), _active(home, using).count()
        with asking("accounts", home, count, total) as as_of:
            if as_of is not None:
                _suspend_unused(as_of, now, home, using)


def _active(organisation: uuid.UUID, using: str) -> QuerySet[User]:
    return User.objects.using(using).filter(
        organisation=organisation, is_active=True, suspended_at=None
    )


def unused(now: dt.datetime, organisation: uuid.UUID, using: str) -> QuerySet[User]:
    """Returns the accounts that had no sign-in and no use of a token in the last `UNUSED` days. Accounts that
    were created or reactivated in the last `UNUSED` days are left out.
    """
    since = now - settings.UNUSED
    used = ApiToken.objects.using(using).filter(user=OuterRef("pk"), last_used_at__gte=since)
    return (
        _active(organisation, using)
        .filter(date_joined__lt=since)
        .filter(Q(last_login=None) | Q(last_login__lt=since))
        .filter(Q(reactivated_at=None) | Q(reactivated_at__lt=since))
        .exclude(Exists(used))
        .order_by("last_login", "pk")
    )


def _suspend_unused(as_of: dt.datetime, now: dt.datetime, home: uuid.UUID, using: str) -> None:
    """Suspends the accounts that, at the time `as_of`, had not been used for the last `UNUSED` days, in one
    organisation. The last active administrator is not suspended. A daily journal entry records that the
    account of the last administrator is unused."""
    for user in unused(as_of, home, using):
        with transaction.atomic(using=using):
            # Two workers may run this at once: the lock on the organisation's row lets one proceed at a time.
            Organisation.objects.using(using).select_for_update().filter(user=user).first()
            active = _active(home, using)
            administrators = active.filter(role=User.Role.ADMINISTRATOR)
            if list(administrators.values_list("pk", flat=True)) == [user.pk]:
                act = "account.unused_administrator"
                warned = Act.objects.using(using).filter(
                    act=act, subject=str(user.pk), at__gt=now - dt.timedelta(days=1)
                )
                if not warned.exists():
                    acts.write(None, act, user.pk, organisation=home, using=using)
            elif active.filter(pk=user.pk).update(suspended_at=now):
                end_sessions(user.pk, using=using)
                acts.write(None, "account.unused", user.pk, organisation=home, using=using)
