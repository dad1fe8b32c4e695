"""The columns of the tables of subjects, the columns of every row with personal data, and the
function that locks groups.
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


class Spine(Record, frozen=True, kw_only=True):
    """Contains the values of the common columns (`SPINE`), such as class and month, for the new rows of one
    message. A stored subject keeps its retention class and its month. Rows that are added to its side tables
    later have the same class and month.
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


def lock(connection: Connection[Any], groups: Sequence[uuid.UUID]) -> None:
    """Locks groups until the transaction ends, in the order of their ids. Every transaction locks a
    group before it changes the subjects of the group.
    """
    locks = sorted(int.from_bytes(id_.bytes[:8], "big", signed=True) for id_ in groups)
    connection.execute("SELECT pg_advisory_xact_lock(l) FROM unnest(%s::bigint[]) l", [locks])
