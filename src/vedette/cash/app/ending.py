"""Deletes announcements 30 days after the stated day of crossing. The public form tells the travellers how
long their data are kept. The deletion is a task of the workers (`AppKind.watch`).

The database function `vedette_announcement_ends` computes the day of deletion. The day begins at midnight in
the time zone of the installation. If an officer accepted an announcement, it is a declaration and is not
deleted by this task. The following announcements are kept until the end of their retention class:

- announcements whose processing is restricted because a person may need the data, until the restriction ends;
- announcements with an objective link (`apps/retention/deletion.py`). An objective link exists if an officer
  decided to refer, hold or refuse, if an officer answered "same person", or if a control or a seizure belongs
  to the announcement;
- announcements with a count, which an officer recorded in a message.
"""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Sequence
from typing import Any

from django.utils import timezone
from psycopg import Connection

from vedette.apps.accounts import acts
from vedette.apps.inbox import submissions
from vedette.apps.retention import deletion
from vedette.apps.subjects.rows import lock
from vedette.apps.subjects.tables import declared
from vedette.cash.public.fields import COMING_DAYS
from vedette.keys.ring import Keys

#: Announcements of one organisation that are deleted in one transaction.
BATCH = 500
#: Days after the stated crossing (`sql/announcements.sql`).
DAYS = 30
_OVER = """
    SELECT s.id FROM cash_movement m
    JOIN subjects_subject s ON s.id = m.id AND s.organisation_id = m.organisation_id
    WHERE m.organisation_id = %(of)s AND m.announced AND NOT s.restricted
      AND vedette_announcement_ends(m.crosses_on, m.received_at) <= %(today)s
      AND NOT EXISTS (SELECT FROM cash_count c
                      WHERE c.subject_id = m.id AND c.organisation_id = m.organisation_id)
      AND NOT EXISTS (SELECT FROM hit_outcome o WHERE o.subject_id = m.id
                      AND o.organisation_id = m.organisation_id
                      AND (o.outcome = 'confirmed' OR o.objective_link))
      AND NOT ({links})
"""
#: Deletes the messages about these movements, and the files of public forms that contain no other message.
#: The bytes of these files were deleted when they were stored; a keyed hash of them is left.
_FILES = """
    WITH gone AS (DELETE FROM inbox_message WHERE organisation_id = %(of)s AND group_id = ANY(%(ids)s)
                  RETURNING id, inbox_id)
    DELETE FROM inbox_inbox i WHERE i.organisation_id = %(of)s AND i.submitter = %(form)s
      AND i.id IN (SELECT inbox_id FROM gone)
      AND NOT EXISTS (SELECT FROM inbox_message m WHERE m.inbox_id = i.id AND m.organisation_id = %(of)s
                      AND m.id NOT IN (SELECT id FROM gone))
"""
_CLEARED = """
    DELETE FROM hits_clearedpair p WHERE p.organisation_id = %(of)s AND p.fingerprint = ANY(%(marks)s)
      AND NOT EXISTS (SELECT FROM subjects_subject s
                      WHERE s.organisation_id = %(of)s AND s.fingerprint = p.fingerprint)
"""


def watch(connection: Connection[Any], keys: Keys, now: dt.datetime) -> int:
    """Deletes the announcements whose retention period of 30 days has ended.

    Returns the number of deleted announcements. `now` is the time of the database.
    """
    today, done = timezone.localdate(now), 0
    for (organisation,) in connection.execute("SELECT id FROM accounts_organisation ORDER BY id"):
        while deleted := _delete(connection, keys, organisation, today):
            done += deleted
        _forget_unread(connection, organisation, now)
    return done


def _delete(
    connection: Connection[Any], keys: Keys, organisation: uuid.UUID, today: dt.date
) -> int:
    """Deletes at most `BATCH` announcements of an organisation, and writes one entry in the journal.

    Returns the number of deleted announcements.
    """
    values = {"of": organisation, "today": today, "most": BATCH}
    over = _OVER.format(links=declared().links)
    with connection.transaction():
        rows = connection.execute(f"{over} ORDER BY s.id LIMIT %(most)s", values).fetchall()
        if not rows:
            return 0
        # Workers and officers take this lock before they change a movement. One of them may have changed an
        # announcement meanwhile.
        lock(connection, [id_ for (id_,) in rows])
        values["ids"] = [id_ for (id_,) in rows]
        rows = connection.execute(
            f"{over} AND s.id = ANY(%(ids)s) ORDER BY s.id FOR UPDATE OF s", values
        ).fetchall()
        ids = [id_ for (id_,) in rows]
        if not ids:
            return 0
        counts = _delete_with_files(connection, organisation, ids)
        acts.write_many(
            connection,
            keys,
            [acts.Entry(organisation, None, "cash.expire", "", {"counts": counts, "day": today})],
        )
    return len(ids)


def _delete_with_files(
    connection: Connection[Any], organisation: uuid.UUID, ids: Sequence[uuid.UUID]
) -> dict[str, int]:
    values: dict[str, Any] = {"of": organisation, "ids": list(ids), "form": submissions.SOURCE}
    marks = connection.execute(
        "SELECT DISTINCT fingerprint FROM subjects_subject"
        " WHERE organisation_id = %(of)s AND id = ANY(%(ids)s) AND fingerprint IS NOT NULL",
        values,
    ).fetchall()
    counts = deletion.delete_subjects(connection, organisation, ids)
    connection.execute(_CLEARED, values | {"marks": [mark for (mark,) in marks]})
    connection.execute(_FILES, values)
    return counts


def _forget_unread(connection: Connection[Any], organisation: uuid.UUID, now: dt.datetime) -> None:
    """Deletes files of the public form that still wait for a worker. The day of crossing in these files is
    not known, because the files are not decrypted. The form accepts only a day of crossing within the next
    `COMING_DAYS` days. The files are therefore deleted `COMING_DAYS` plus 30 days after their receipt. The
    bytes of unreadable files are deleted after 72 hours (`apps/inbox/claim.py`).
    """
    values = {
        "of": organisation,
        "form": submissions.SOURCE,
        "before": now - dt.timedelta(days=COMING_DAYS + DAYS),
    }
    connection.execute(
        "DELETE FROM inbox_submission WHERE organisation_id = %(of)s AND received_at < %(before)s",
        values,
    )
    connection.execute(
        "DELETE FROM inbox_inbox WHERE organisation_id = %(of)s AND submitter = %(form)s"
        " AND state = 'waiting' AND received_at < %(before)s",
        values,
    )
