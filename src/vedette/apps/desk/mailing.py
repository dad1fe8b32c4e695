"""Informs users by e-mail how many notifications they have. The e-mail contains only this number and a link.

A separate process sends the e-mails, so that a slow e-mail server does not delay the worker. A user gets one
e-mail for all new notifications, and at most one e-mail in the period `QUIET`.
"""

from __future__ import annotations

import datetime as dt
import logging
import smtplib
import sys
import time
import uuid
from collections.abc import Sequence
from multiprocessing.process import BaseProcess
from typing import Any, NamedTuple

from django.conf import settings
from django.core.mail import EmailMessage, get_connection
from django.db import connections, transaction
from django.urls import reverse
from django.utils.translation import gettext, ngettext, override

from vedette.apps import display, processes
from vedette.apps.accounts import rules
from vedette.apps.accounts.models import User
from vedette.apps.desk import notifications
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

#: The errors that concern one e-mail.
_REFUSALS = (
    smtplib.SMTPResponseException, smtplib.SMTPRecipientsRefused, smtplib.SMTPNotSupportedError, ValueError,
)  # fmt: skip

#: E-mails that are due: a code that confirms an address, or new notifications for an address in use.
_DUE = """
    FROM notices_mail m JOIN accounts_user u ON u.id = m.user_id AND u.organisation_id = m.organisation_id
    WHERE m.next_at <= vedette_now() AND u.is_active AND u.suspended_at IS NULL AND (
        m.code <> '' AND NOT m.code_sent AND m.code_until > vedette_now()
        OR (m.confirmed_at IS NOT NULL OR lower(m.address) = lower(u.email)) AND EXISTS (
            SELECT FROM notices_notice n
            WHERE n.user_id = m.user_id AND n.organisation_id = m.organisation_id
              AND n.at BETWEEN m.since AND vedette_now() AND n.read_at IS NULL AND NOT n.mailed))
"""
#: Selects an e-mail and makes it due again later, so that another process sends it if this process is killed.
_TAKE = f"""
    UPDATE notices_mail SET next_at = vedette_now() + make_interval(secs => %s) WHERE user_id = (
        SELECT m.user_id {_DUE} ORDER BY m.next_at LIMIT 1 FOR UPDATE OF m SKIP LOCKED
    ) RETURNING user_id, organisation_id, address, failures, since,
        CASE WHEN NOT code_sent AND code_until > vedette_now() THEN code ELSE '' END
"""  # noqa: S608
_NEW = """
    SELECT id FROM notices_notice
    WHERE organisation_id = %s AND user_id = %s AND at BETWEEN %s AND vedette_now()
      AND read_at IS NULL AND NOT mailed
"""
_MAILED = (
    "UPDATE notices_notice SET mailed = true WHERE organisation_id = %s AND id = ANY(%s::uuid[])"
)
#: Does nothing if the user has changed the address or asked for another code in the meantime.
_RECORD = """
    UPDATE notices_mail
    SET next_at = vedette_now() + make_interval(secs => %s), failures = %s, code_sent = code_sent OR %s
    WHERE organisation_id = %s AND user_id = %s AND address = %s AND %s IN ('', code)
"""


class _Taken(NamedTuple):
    """An e-mail to send. `code` is empty if the e-mail announces notifications."""

    user: uuid.UUID
    organisation: uuid.UUID
    address: str
    failures: int
    since: dt.datetime
    code: str


class Mailer:
    """Starts the process when an e-mail is due, and kills it if it does not end in time. Each worker has one
    `Mailer`.
    """

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
            cursor.execute(f"SELECT EXISTS (SELECT {_DUE})")
            if cursor.fetchone() != (True,):
                return
        self._began = time.monotonic()
        self._process = processes.start("vedette.apps.desk.mailing:serve")

    def stop(self) -> None:
        """Ends the process. Another process later sends the e-mails that are left."""
        if self._process is not None and self._process.is_alive():
            self._process.kill()
            self._process.join(5)


def serve() -> None:
    """Sends the e-mails that are due. The process exits with status 1 if the server does not answer."""
    sys.exit(0 if send_due() else 1)


def send_due() -> bool:
    """Sends the e-mails that are due. Returns whether the server answered. If the server refuses one e-mail,
    the function still sends the other e-mails. Neither the log nor an error contains an address."""
    server = get_connection("django.core.mail.backends.smtp.EmailBackend")
    try:
        server.open()
        for _ in range(MOST):
            with connections["intake"].cursor() as cursor:
                cursor.execute(_TAKE, [RETRY.total_seconds()])
                taken = cursor.fetchone()
            if taken is None:
                break
            _send(server, _Taken(*taken))
    except (OSError, smtplib.SMTPException) as error:
        logger.error("e-mails were not sent: %s", logs.kind(error))
        return False
    finally:
        server.close()
    return True


def _send(server: Any, mail: _Taken) -> None:
    """Sends an e-mail and records the e-mail.

    Notifications that the user may not see are also recorded as sent, so that they neither cause nor delay an
    e-mail.
    """
    user = User.objects.using("intake").get(organisation=mail.organisation, pk=mail.user)
    new: list[uuid.UUID] = []
    unread, failures, wait, refused = 0, mail.failures, dt.timedelta(), False
    with connections["intake"].cursor() as cursor:
        if not mail.code:
            cursor.execute(_NEW, [mail.organisation, mail.user, mail.since])
            new = [id_ for (id_,) in cursor]
            unread = _unread(user, new)
        if mail.code or unread:
            try:
                _message(user, mail, unread, server).send()
            except _REFUSALS as error:
                refused, failures = True, failures + 1
                wait = min(RETRY * 2 ** min(failures, 10), LONGEST_RETRY)
                logger.error("an e-mail was refused: %s", getattr(error, "smtp_code", "recipient"))
            else:
                failures, wait = 0, wait if mail.code else QUIET
        if not refused:
            cursor.execute(_MAILED, [mail.organisation, new])
        sent = bool(mail.code) and not refused
        cursor.execute(
            _RECORD,
            [wait.total_seconds(), failures, sent, mail.organisation, mail.user, mail.address,
             mail.code],
        )  # fmt: skip


def _unread(user: User, new: Sequence[uuid.UUID]) -> int:
    """Returns the number of unread notifications that the user sees, or 0 if the user sees no new
    notification."""
    with transaction.atomic():
        rules.set_scope(user)
        shown = notifications.shown(user).filter(read_at=None)
        return shown.count() if shown.filter(pk__in=new).exists() else 0


def _message(user: User, mail: _Taken, unread: int, server: Any) -> EmailMessage:
    with override(user.language or settings.LANGUAGE_CODE):
        if mail.code:
            subject = gettext("Code for e-mails from vedette")
            text = gettext(
                "Your code is %(code)s. Enter the code in vedette within one hour, on the page “E-mails "
                "about notifications”. If you did not ask for a code, ignore this e-mail."
            ) % {"code": mail.code}
        else:
            subject = ngettext(
                "You have %(n)s notification in vedette.",
                "You have %(n)s notifications in vedette.",
                unread,
            ) % {"n": display.number(unread)}
            text = f"{subject}\n\n{settings.CSRF_TRUSTED_ORIGINS[0]}{reverse('notifications')}"
        return EmailMessage(subject, f"{text}\n", to=[mail.address], connection=server)
