"""Housekeeping of accounts by the worker: deletes data that is no longer needed, suspends unused accounts."""

from __future__ import annotations

import datetime as dt

from axes.models import AccessAttempt
from django.conf import settings
from django.db import transaction
from django.db.models import Exists, OuterRef, Q
from django.utils import timezone

from vedette.apps.accounts import acts
from vedette.apps.accounts.acts import close_minutes
from vedette.apps.accounts.models import Act, ApiToken, Organisation, Session, User
from vedette.apps.accounts.sessions import end_sessions

#: Failed attempts are kept this long, with address and browser.
KEEP_ATTEMPTS = dt.timedelta(days=30)
#: An expired session is kept this long, so that a form typed in it can be returned to its user.
KEEP_SESSIONS = dt.timedelta(days=1)


def keep_accounts(using: str) -> None:
    """One pass: writes acts for the refusals of past minutes, deletes old attempts and sessions, suspends
    unused accounts."""
    now = timezone.now()
    close_minutes(using)
    AccessAttempt.objects.using(using).filter(attempt_time__lt=now - KEEP_ATTEMPTS).delete()
    Session.objects.using(using).filter(expire_date__lt=now - KEEP_SESSIONS).delete()
    suspend_unused(now, using)


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
    active = User.objects.using(using).filter(is_active=True, suspended_at=None)
    found = active.filter(organisation=user.organisation_id, role=User.Role.ADMINISTRATOR)
    return [one.pk for one in found] == [user.pk]


def _warn(user: User, now: dt.datetime, using: str) -> None:
    act = "account.unused_administrator"
    written = Act.objects.using(using).filter(act=act, subject=str(user.pk))
    if not written.filter(at__gt=now - dt.timedelta(days=1)).exists():
        acts.write(None, act, user.pk, organisation=user.organisation_id, using=using)
