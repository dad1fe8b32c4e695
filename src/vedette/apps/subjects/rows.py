"""The columns of the tables of subjects, the columns of every row with personal data, and the function that
locks groups.
"""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Sequence
from typing import Any

from psycopg import Connection

from vedette.core.records import Record

#: The columns of `apps.columns.Personal`. Every row of the main tables begins with them
#: (`Spine.values`).
SPINE = ("organisation_id", "theme", "purpose", "retention_class", "month", "received_at")
#: The columns of `subjects_subject` that the store of a kind writes. Shared code writes the other
#: columns.
SUBJECT = (
    *SPINE,
    "id",
    "kind",
    "unit_id",
    "group_id",
    "due_at",
    "fingerprint",
    "screened_at",
    "minor",
)
#: The columns of `subjects_identifier`. The second to fourth columns are unique together. `kind` is an
#: `Identifier.Kind`, `token` is `Keys.token` of that kind and of the value folded by `screening.exact`:
#: a new entry of a list is compared with these tokens.
IDENTIFIER = ("organisation_id", "subject_id", "kind", "token", "at")
#: The columns for a kind whose subjects have several parties: `holder` is the token of the party that has the
#: identifier.
IDENTIFIER_HELD = (*IDENTIFIER, "holder")


class Spine(Record, frozen=True, kw_only=True):
    """Contains the values of the common columns (`SPINE`), such as class and month, for the new rows of one
    message. A stored subject keeps its retention class and its month. Rows that are added later to the side
    tables of a subject have the class and month of the subject.
    """

    organisation: uuid.UUID
    theme: str
    purpose: str = "border"
    retention_class: str
    month: dt.date
    received_at: dt.datetime

    def values(self) -> tuple[Any, ...]:
        """Returns the values in the order of the columns in `SPINE`."""
        return (
            self.organisation,
            self.theme,
            self.purpose,
            self.retention_class,
            self.month,
            self.received_at,
        )


#: Maximum number of groups that a transaction locks one by one. PostgreSQL keeps such locks in a table with
#: room for about 6,400 locks of all sessions together (`max_locks_per_transaction`, `max_connections`).
MOST_LOCKS = 1_000
#: The lock that stands for all groups.
_ALL = int.from_bytes(b"vedette", "big")


def lock(connection: Connection[Any], groups: Sequence[uuid.UUID], first: bool = True) -> bool:
    """Locks groups until the transaction ends, in the order of their ids. Every transaction locks a
    group before it changes the subjects of the group.

    If there are more than `MOST_LOCKS` groups, all groups are locked at once. Other transactions that lock a
    group then wait. Returns whether the function locked all groups. A transaction that has already locked
    groups passes `first=False`. In this case, the groups are locked one by one, because two such transactions
    that each lock all groups would cause a deadlock.
    """
    locks = sorted({int.from_bytes(id_.bytes[:8], "big", signed=True) for id_ in groups})
    if first and len(locks) > MOST_LOCKS:
        connection.execute("SELECT pg_advisory_xact_lock(%s)", [_ALL])
        return True
    if locks:
        connection.execute(
            "SELECT pg_advisory_xact_lock_shared(%s) UNION ALL"
            " SELECT pg_advisory_xact_lock(l) FROM unnest(%s::bigint[]) l",
            [_ALL, locks],
        )
    return False
