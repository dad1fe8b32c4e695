"""Housekeeping of accounts by the worker: deletes data that is no longer needed."""

from __future__ import annotations

import datetime as dt

from axes.models import AccessAttempt
from django.utils import timezone

from vedette.apps.accounts.models import Session
from vedette.apps.accounts.refusals import close_minutes
from vedette.apps.accounts.standing import suspend_unused

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
