"""Writes notifications in the transaction of the event, and marks notifications as read."""

from __future__ import annotations

import datetime as dt
import secrets
import uuid
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.db import connection, transaction
from psycopg import Connection
from psycopg.types.json import Jsonb

from vedette.apps.accounts import acts, rules
from vedette.apps.accounts.models import User
from vedette.apps.notices.models import Mail, Notice

#: How long notifications are kept.
KEPT = dt.timedelta(days=30)
#: How long the code for an address is valid, how many wrong codes end it, and how long the address is kept
#: afterwards.
CODE_VALID = dt.timedelta(hours=1)
MOST_WRONG = 5
UNCONFIRMED_KEPT = dt.timedelta(days=1)


@dataclass(frozen=True, kw_only=True)
class Event:
    """An event and the users to notify: the users in `to`, and all users with the right `right`. Users who
    may not see the hit or approval are not notified. The user `by`, who caused the event, is not notified."""

    kind: str
    to: Collection[uuid.UUID] = ()
    right: str = ""
    by: uuid.UUID | None = None
    hit: uuid.UUID | None = None
    approval: uuid.UUID | None = None
    ref: str = ""
    params: Mapping[str, Any] = field(default_factory=dict)
    pairs: int = 0
    seen: Iterable[int] | None = None
    #: When the notification is shown; None: now.
    at: dt.datetime | None = None

    def row(self) -> dict[str, Any]:
        """Returns the event as a row of parameters for the SQL statement `_WRITE`."""
        return {
            "kind": self.kind, "to": [str(one) for one in self.to],
            "roles": sorted(rules.RULES[self.right]) if self.right else [],
            "by": self.by and str(self.by), "hit": self.hit and str(self.hit),
            "approval": self.approval and str(self.approval),
            "ref": self.ref,
            "params": dict(self.params), "pairs": self.pairs,
            "seen": None if self.seen is None else [str(one) for one in self.seen],
            "at": self.at and self.at.isoformat(),
        }  # fmt: skip


_WRITE = """
    INSERT INTO notices_notice
        (id, organisation_id, user_id, kind, by_id, hit_id, approval_id, ref, params, pairs, seen, at)
    SELECT gen_random_uuid(), u.organisation_id, u.id, n.kind, n.by, n.hit, n.approval, n.ref, n.params,
           n.pairs, n.seen, coalesce(n.at, vedette_now())
    FROM jsonb_to_recordset(%(rows)s) AS n
        (kind text, "to" uuid[], roles text[], by uuid, hit uuid, approval uuid, ref text, params jsonb,
         pairs integer, seen jsonb, at timestamptz)
    JOIN accounts_user u ON (u.id = ANY(n."to") OR u.role = ANY(n.roles)) AND u.id IS DISTINCT FROM n.by
    WHERE u.organisation_id = %(organisation)s AND u.is_active AND u.suspended_at IS NULL
      AND vedette_notified(u, n.hit, n.pairs, n.seen, n.approval)
      AND (n.kind <> 'late' OR u.unit_id IS NULL OR u.unit_id = (n.params ->> 'unit')::uuid)
      AND (NOT n.params ? 'themes' OR n.params -> 'themes' ?| u.themes::text[])
    ON CONFLICT DO NOTHING
"""


def write(
    execute: Callable[[str, dict[str, Any]], object],
    organisation: uuid.UUID | None,
    events: Sequence[Event],
) -> None:
    """Notifies users of the organisation. `execute` runs a statement in the transaction of the events."""
    if events:
        rows = Jsonb([event.row() for event in events])
        execute(_WRITE, {"rows": rows, "organisation": organisation})


def notify(organisation: uuid.UUID | None, *events: Event) -> None:
    """Notifies users of the organisation, in the transaction of the request."""
    with connection.cursor() as cursor:
        write(cursor.execute, organisation, events)


def read(user: User, notice: uuid.UUID | None = None) -> None:
    """Marks one notification of the user, or all notifications of the user, as read."""
    unread = Notice.objects.filter(user=user, read_at=None)
    (unread if notice is None else unread.filter(pk=notice)).update(read_at=_now())


@transaction.atomic
def set_mail(user: User, address: str) -> bool:
    """Sets the address to which e-mails about notifications are sent. An empty address switches e-mails off.
    Returns whether the user must enter the code that is sent to the address. A code that was sent earlier is
    then no longer valid.
    """
    assert user.organisation_id is not None  # noqa: S101  every signed-in user has one
    known = Mail.objects.filter(user=user).first()
    if known and known.address == address and in_use(user, known):
        return False
    Mail.objects.filter(user=user).delete()
    acts.write(user, "account.prefer", user.pk)
    if not address:
        return False
    mail = Mail(user_id=user.pk, organisation_id=user.organisation_id, address=address)
    if code_needed := not in_use(user, mail):
        mail.code, mail.code_until = f"{secrets.randbelow(10**6):06}", _now() + CODE_VALID
    mail.save(force_insert=True)
    return code_needed


def in_use(user: User, mail: Mail) -> bool:
    """Returns whether e-mails are sent to the address. The address must be confirmed, or set by an
    administrator."""
    return mail.confirmed_at is not None or mail.address.lower() == user.email.lower()


@transaction.atomic
def confirm_mail(user: User, code: str) -> bool:
    """Confirms the address if `code` was sent to it. Returns whether the code is correct and still valid."""
    now = _now()
    mail = Mail.objects.select_for_update().filter(user=user, code_until__gt=now).first()
    if mail is None or not mail.code or mail.wrong_codes >= MOST_WRONG:
        return False
    if not secrets.compare_digest(mail.code.encode(), code.strip().encode()):
        mail.wrong_codes += 1
        mail.save(update_fields=["wrong_codes"])
        return False
    mail.confirmed_at = mail.since = mail.next_at = now
    mail.code, mail.code_until = "", None
    mail.save(update_fields=["confirmed_at", "since", "next_at", "code", "code_until"])
    acts.write(user, "account.prefer", user.pk)
    return True


def _now() -> dt.datetime:
    with connection.cursor() as cursor:
        cursor.execute("SELECT vedette_now()")
        now: dt.datetime = cursor.fetchone()[0]
    return now


def forget(db: Connection[Any], now: dt.datetime) -> int:
    """Deletes notifications after the period `KEPT`, and addresses that were not confirmed in time. Returns
    the number
    of notifications."""
    db.execute(
        "DELETE FROM notices_mail WHERE confirmed_at IS NULL AND code_until < %s",
        [now - UNCONFIRMED_KEPT],
    )
    return db.execute("DELETE FROM notices_notice WHERE at < %s", [now - KEPT]).rowcount
