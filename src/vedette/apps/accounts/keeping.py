"""The housekeeping of accounts, by the worker: what is kept no longer than it serves."""

from __future__ import annotations

import datetime as dt

from axes.models import AccessAttempt
from django.utils import timezone

from vedette.apps.accounts.models import Session
from vedette.apps.accounts.refusals import close_minutes
from vedette.apps.accounts.standing import suspend_unused

#: How long failed attempts are kept, with address and browser.
KEEP_ATTEMPTS = dt.timedelta(days=30)
#: A session that ran out is known this long, so that what was typed in it finds its writer.
KEEP_SESSIONS = dt.timedelta(days=1)


def keep_accounts(using: str) -> None:
    """One round: refusals of the minutes gone by become acts; old attempts and sessions go; accounts
    that nobody uses are suspended."""
    now = timezone.now()
    close_minutes(using)
    AccessAttempt.objects.using(using).filter(attempt_time__lt=now - KEEP_ATTEMPTS).delete()
    Session.objects.using(using).filter(expire_date__lt=now - KEEP_SESSIONS).delete()
    suspend_unused(now, using)
