"""Tells users by e-mail that they have notifications. The e-mail contains a link and no content.

A separate process sends the e-mails, so that a slow server does not delay messages. A user gets one e-mail
for all new notifications, and at most one in `QUIET`.
"""

from __future__ import annotations

import datetime as dt
import logging
import smtplib
import sys
import time
import uuid
from multiprocessing.process import BaseProcess
from typing import Any

from django.conf import settings
from django.core.mail import EmailMessage, get_connection
from django.db import connections, transaction
from django.utils.translation import gettext, override

from vedette.apps import processes
from vedette.apps.accounts import rules
from vedette.apps.accounts.models import User
from vedette.apps.notices.models import Notice
from vedette.server import logs

logger = logging.getLogger(__name__)

#: The least time between two e-mails to a user.
QUIET = dt.timedelta(minutes=15)
#: The time after which an e-mail is sent again if its process was killed. It doubles with each failure.
RETRY = dt.timedelta(minutes=5)
LONGEST_RETRY = dt.timedelta(hours=6)
#: Seconds after which the process is killed, and seconds until the next one if the server did not answer.
KILLED_S = 120.0
AGAIN_S = 300.0
#: Most e-mails of one process.
MOST = 500

_NEW = (
    "FROM notices_mail m JOIN notices_notice n ON n.user_id = m.user_id"
    " AND n.organisation_id = m.organisation_id"
    " WHERE m.next_at <= vedette_now() AND n.at BETWEEN m.since AND vedette_now()"
    " AND n.read_at IS NULL AND NOT n.mailed"
)
#: Selects a user with new notifications and makes the e-mail due again later, so that another process sends
#: it if this process is killed.
_TAKE = f"""
    UPDATE notices_mail SET next_at = vedette_now() + make_interval(secs => %s) WHERE user_id = (
        SELECT m.user_id FROM notices_mail m WHERE m.user_id IN (SELECT m.user_id {_NEW})
        ORDER BY m.next_at LIMIT 1 FOR UPDATE SKIP LOCKED
    ) RETURNING user_id, organisation_id, address, failures, since
"""  # noqa: S608


class Mailer:
    """Starts the process when an e-mail is due, and kills it if it hangs. Each worker has one `Mailer`."""

    def __init__(self) -> None:
        self._process: BaseProcess | None = None
        self._began = 0.0

    def look(self) -> None:
        """Starts the process if sending is switched on, an e-mail is due, and no such process runs."""
        if not settings.EMAIL_HOST:
            return
        ran = time.monotonic() - self._began
        if self._process is not None:
            if self._process.is_alive():
                if ran > KILLED_S:
                    logger.error("the e-mail server is too slow")
                    self._process.kill()
                return
            if self._process.exitcode and ran < AGAIN_S:
                return
        with connections["intake"].cursor() as cursor:
            cursor.execute(f"SELECT EXISTS (SELECT {_NEW})")
            if cursor.fetchone() != (True,):
                return
        self._began = time.monotonic()
        self._process = processes.start("vedette.apps.notices.mailing:serve")

    def stop(self) -> None:
        """Ends the process. Another process sends its e-mail later."""
        if self._process is not None and self._process.is_alive():
            self._process.kill()
            self._process.join(5)


def serve() -> None:
    """Sends the e-mails that are due. The process exits with 1 if the server does not answer."""
    sys.exit(0 if send_due() else 1)


def send_due() -> bool:
    """Sends the e-mails that are due. Returns whether the server answered. If it refuses one e-mail, the
    others are sent. Neither the log nor an error contains an address."""
    server = get_connection("django.core.mail.backends.smtp.EmailBackend")
    try:
        server.open()
        for _ in range(MOST):
            with connections["intake"].cursor() as cursor:
                cursor.execute(_TAKE, [RETRY.total_seconds()])
                taken = cursor.fetchone()
            if taken is None:
                break
            _send(server, *taken)
    except (OSError, smtplib.SMTPException) as error:
        logger.error("e-mails were not sent: %s", logs.kind(error))
        return False
    finally:
        server.close()
    return True


def _send(
    server: Any, user_id: uuid.UUID, organisation: uuid.UUID, address: str, failures: int,
    since: dt.datetime,
) -> None:  # fmt: skip
    """Sends an e-mail to a user who has notifications in sight, and records it."""
    users = User.objects.using("intake").filter(organisation=organisation, pk=user_id)
    user = users.get()
    new = _in_sight(user, since)
    wait = QUIET
    if new:
        try:
            _message(user, address, server).send()
        except smtplib.SMTPResponseException as error:
            failures += 1
            wait = min(RETRY * 2 ** min(failures, 10), LONGEST_RETRY)
            logger.error("an e-mail was refused: %s", error.smtp_code)
        except smtplib.SMTPRecipientsRefused:
            failures += 1
            wait = min(RETRY * 2 ** min(failures, 10), LONGEST_RETRY)
            logger.error("an e-mail was refused")
        else:
            failures = 0
            rows = Notice.objects.using("intake").filter(organisation=organisation, pk__in=new)
            rows.update(mailed=True)
    with connections["intake"].cursor() as cursor:
        cursor.execute(
            "UPDATE notices_mail SET next_at = vedette_now() + make_interval(secs => %s), failures = %s"
            " WHERE organisation_id = %s AND user_id = %s",
            [wait.total_seconds(), failures, organisation, user_id],
        )


def _in_sight(user: User, since: dt.datetime) -> list[int]:
    """The ids of the notifications to announce that the user sees now, as on the page of the user."""
    if not user.is_active or user.suspended_at is not None:
        return []
    with transaction.atomic():
        rules.set_scope(user)
        new = Notice.objects.filter(user=user.pk, read_at=None, mailed=False, at__gte=since)
        return list(new.values_list("pk", flat=True))


def _message(user: User, address: str, server: Any) -> EmailMessage:
    with override(user.language or settings.LANGUAGE_CODE):
        text = gettext("You have a notification in vedette.")
        page = f"{settings.CSRF_TRUSTED_ORIGINS[0]}/notifications/"
        return EmailMessage(text, f"{text}\n\n{page}\n", to=[address], connection=server)
