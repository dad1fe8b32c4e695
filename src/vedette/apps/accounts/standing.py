"""Suspends unused accounts, and changes a user's sign-in for an administrator: removes lost second factors,
links the identity of the organisation's own sign-in service."""

from __future__ import annotations

import datetime as dt
import uuid

from allauth.socialaccount.models import SocialAccount
from django.conf import settings
from django.db import IntegrityError, transaction
from django.db.models import Exists, OuterRef, Q, QuerySet

from vedette.apps.accounts import acts, factors, rules
from vedette.apps.accounts.models import Act, ApiToken, Organisation, User
from vedette.apps.accounts.sessions import end_sessions

#: Maximum length of an identity of another service (OpenID Connect Core 2 permits 255 characters for `sub`).
LONGEST_SUBJECT = 191


class NotPossible(Exception):
    """The change is not possible; `code` is the reason: `self`, `taken`, `subject`."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


def reset_factors(by: User, user: User) -> None:
    """Removes lost second factors and ends the sessions; the role then requires new ones.

    Raises `NotPossible` for the administrator's own: these are removed on the own account, with confirmation.
    """
    _may_manage(by, user)
    if user.pk == by.pk:
        raise NotPossible("self")
    with transaction.atomic():
        count = factors.forget_factors(user)
        end_sessions(user.pk)
        acts.write(by, "account.factor_reset", user.pk, count=count)


def link(by: User, user: User, subject: str) -> None:
    """Links the identity (`sub`) of the organisation's own service to the user, in place of an earlier one;
    an empty one removes the link. An initial password that was never changed is removed, because the
    administrator knows it. Raises `NotPossible` if the identity belongs to another user or is too long."""
    _may_manage(by, user)
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


def suspend_unused(now: dt.datetime, using: str) -> int:
    """Suspends accounts that were not used for `UNUSED` days: no sign-in, no token, not created or
    reactivated since. The last active administrator of an organisation is not suspended; a daily act warns of
    it."""
    since = now - settings.UNUSED
    used = ApiToken.objects.using(using).filter(user=OuterRef("pk"), last_used_at__gte=since)
    unused = (
        User.objects.using(using)
        .filter(is_active=True, suspended_at=None, date_joined__lt=since)
        .filter(Q(last_login=None) | Q(last_login__lt=since))
        .filter(Q(reactivated_at=None) | Q(reactivated_at__lt=since))
        .exclude(Exists(used))
        .order_by("last_login", "pk")
    )
    count = 0
    for user in unused:
        with transaction.atomic(using=using):
            # Two workers may run this at once: the lock on the organisation's row lets one proceed at a time.
            homes = Organisation.objects.using(using).select_for_update()
            homes.filter(user=user).first()
            if _last_administrator(user, using):
                _warn(user, now, using)
                continue
            done = User.objects.using(using).filter(
                organisation=user.organisation_id, pk=user.pk, suspended_at=None
            )
            if done.update(suspended_at=now):
                end_sessions(user.pk, using=using)
                acts.write(
                    None, "account.unused", user.pk, organisation=user.organisation_id, using=using
                )
                count += 1
    return count


def _last_administrator(user: User, using: str) -> bool:
    found = _active_administrators(user.organisation_id).using(using)
    return [one.pk for one in found] == [user.pk]


def _warn(user: User, now: dt.datetime, using: str) -> None:
    told = Act.objects.using(using).filter(
        act="account.unused_administrator", subject=str(user.pk), at__gt=now - dt.timedelta(days=1)
    )
    if not told.exists():
        acts.write(
            None, "account.unused_administrator", user.pk,
            organisation=user.organisation_id, using=using,
        )  # fmt: skip


def _active_administrators(organisation: uuid.UUID | None) -> QuerySet[User]:
    return User.objects.filter(
        organisation=organisation, role=User.Role.ADMINISTRATOR, is_active=True, suspended_at=None
    )


def _may_manage(by: User, user: User) -> None:
    rules.check(by, "account.manage")
    if user.organisation_id != by.organisation_id:
        raise User.DoesNotExist
