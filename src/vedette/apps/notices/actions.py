"""Writes notifications, in the transaction of the event, and marks them as read."""

from __future__ import annotations

import datetime as dt
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


@dataclass(frozen=True, kw_only=True)
class Event:
    """What happened, and who is notified: the users `to`, and the users with the right `right`. A user
    without sight of the hit or approval gets no notification, and neither does the user `by`, who acted."""

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
        """The event as a row of `_WRITE`."""
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
        (organisation_id, user_id, kind, by_id, hit_id, approval_id, ref, params, pairs, seen, at)
    SELECT u.organisation_id, u.id, n.kind, n.by, n.hit, n.approval, n.ref, n.params, n.pairs, n.seen,
           coalesce(n.at, vedette_now())
    FROM jsonb_to_recordset(%(rows)s) AS n
        (kind text, "to" uuid[], roles text[], by uuid, hit uuid, approval uuid, ref text, params jsonb,
         pairs integer, seen jsonb, at timestamptz)
    JOIN accounts_user u ON (u.id = ANY(n."to") OR u.role = ANY(n.roles)) AND u.id IS DISTINCT FROM n.by
    WHERE u.organisation_id = %(organisation)s AND u.is_active AND u.suspended_at IS NULL
      AND vedette_notified(u, n.hit, n.pairs, n.seen, n.approval)
      AND (n.kind <> 'late' OR (u.unit_id IS NULL OR u.unit_id = (n.params ->> 'unit')::uuid)
           AND n.params -> 'themes' ?| u.themes::text[])
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


def read(user: User, notice: int | None = None) -> None:
    """Marks a notification of the user, or all of them, as read."""
    unread = Notice.objects.filter(user=user, read_at=None)
    with connection.cursor() as cursor:
        cursor.execute("SELECT vedette_now()")
        [now] = cursor.fetchone()
    (unread if notice is None else unread.filter(pk=notice)).update(read_at=now)


@transaction.atomic
def set_mail(user: User, address: str) -> None:
    """Sets the address at which the user is told of notifications; an empty address ends this."""
    assert user.organisation_id is not None  # noqa: S101  every signed-in user has one
    Mail.objects.filter(user=user).exclude(address=address).delete()
    if address:
        Mail.objects.get_or_create(
            user=user, defaults={"address": address, "organisation_id": user.organisation_id}
        )
    acts.write(user, "account.prefer", user.pk)


def forget(db: Connection[Any], now: dt.datetime) -> int:
    """Deletes notifications after `KEPT`. Returns their number."""
    return db.execute("DELETE FROM notices_notice WHERE at < %s", [now - KEPT]).rowcount
