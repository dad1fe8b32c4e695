"""Moves the submissions of public forms into the inbox.

The process of public forms is exposed to the internet. A worker therefore opens each file and accepts only
the formats of public forms (`core.kind.FileReader.public`). No other message can enter the inbox in this way,
even if an attacker controls the process of public forms.

Submissions do not delay other files. While another file waits in the inbox, only a few submissions are moved.
The other submissions stay in a separate table of limited size (`apps/sql/submissions.sql`).
"""

from __future__ import annotations

import datetime as dt
import logging
import uuid
from typing import Any

from psycopg import Connection

from vedette import kinds
from vedette.apps.columns import new_id
from vedette.formats.edifact import Unreadable
from vedette.keys.ring import DamagedError, Keys, KeysError

logger = logging.getLogger(__name__)

#: The source and the submitter of files of public forms.
SOURCE = "form"
#: The number of submissions of an organisation that may wait in the inbox, and the number while another file
#: waits there.
MOST, MOST_BESIDE_OTHERS = 500, 10
#: When a worker tries again to open a submission whose key it does not have.
AGAIN = dt.timedelta(hours=1)

_TAKE = """
    SELECT id, received_at, sealed FROM inbox_submission
    WHERE organisation_id = %(organisation)s AND coalesce(again_at <= vedette_now(), true)
    ORDER BY received_at, id LIMIT %(most)s FOR UPDATE SKIP LOCKED
"""
_KEEP = """
    UPDATE inbox_submission SET again_at = vedette_now() + %(again)s
    WHERE organisation_id = %(organisation)s AND id = ANY(%(locked)s)
"""
_REMOVE = """
    DELETE FROM inbox_submission WHERE organisation_id = %(organisation)s AND id = ANY(%(done)s)
"""
_PUT = """
    INSERT INTO inbox_inbox (id, organisation_id, received_at, source, submitter, name, size, token, state,
                             attempts, sealed)
    VALUES (%s, %s, %s, %s, %s, '', %s, %s, 'waiting', 0, %s)
    ON CONFLICT (organisation_id, token) DO NOTHING
"""


def hand_over(connection: Connection[Any], keys: Keys) -> int:
    """Moves waiting submissions of every organisation into the inbox. Returns the number of moved
    submissions.

    `keys` must contain the private half of the key `raw`. A submission that was moved before is deleted: a
    person may send the last page of a form twice. Raises `KeysError` if no such key exists; the submissions
    then stay in their table. Submissions also stay in their table if no installed kind of subject has a
    public form. A submission with an unknown key also stays in its table, and the other submissions are
    moved. The process of the public forms writes the name of the key, and an attacker who controls this
    process could write any name.
    """
    if not kinds.readers().public:
        return 0
    keys.require("raw")
    organisations = connection.execute("SELECT id FROM accounts_organisation").fetchall()
    return sum(_hand_over(connection, keys, organisation) for (organisation,) in organisations)


def _hand_over(connection: Connection[Any], keys: Keys, organisation: uuid.UUID) -> int:
    there = connection.execute(
        "SELECT EXISTS (SELECT FROM inbox_submission WHERE organisation_id = %s)", [organisation]
    ).fetchone()
    if there != (True,):
        return 0
    with connection.transaction():
        values = {"organisation": organisation, "most": _room(connection, organisation)}
        taken = connection.execute(_TAKE, values).fetchall()
        rows, locked = [], []
        for id_, received_at, sealed in taken:
            try:
                data = _opened(keys, id_, bytes(sealed))
            except KeysError:
                locked.append(id_)
                continue
            if data is not None:
                rows.append(_row(keys, organisation, id_, received_at, bytes(sealed), len(data)))
        with connection.cursor() as cursor:
            cursor.executemany(_PUT, rows)
        values = {"organisation": organisation, "locked": locked, "again": AGAIN}
        connection.execute(_KEEP, values)
        values["done"] = [id_ for id_, _, _ in taken if id_ not in set(locked)]
        connection.execute(_REMOVE, values)
    if locked:
        logger.error("%s submissions state a key that this worker does not have", len(locked))
    return len(taken) - len(locked)


def _room(connection: Connection[Any], organisation: uuid.UUID) -> int:
    """The number of submissions that may be moved now."""
    ours, others = connection.execute(
        "SELECT count(*) FILTER (WHERE organisation_id = %s AND source = %s),"
        " count(*) FILTER (WHERE source <> %s) FROM inbox_inbox WHERE state = 'waiting'",
        [organisation, SOURCE, SOURCE],
    ).fetchone() or (0, 0)
    return max(0, (MOST_BESIDE_OTHERS if others else MOST) - ours)


def _opened(keys: Keys, id_: uuid.UUID, sealed: bytes) -> bytes | None:
    """Returns the file of a submission. Returns None if the submission is damaged, or if its format is not
    the format of a public form. A submission in another format was not created by a form of vedette. Raises
    `KeysError` if the key of the submission is missing."""
    try:
        data = keys.open_sealed(sealed)
        if kinds.sniff(data) in kinds.readers().public:
            return data
        why = "not a public form"
    except (DamagedError, Unreadable) as error:
        why = type(error).__name__
    logger.error("submission %s refused: %s", id_, why)
    return None


def _row(
    keys: Keys,
    organisation: uuid.UUID,
    id_: uuid.UUID,
    received_at: dt.datetime,
    sealed: bytes,
    size: int,
) -> tuple[Any, ...]:
    token = keys.token("inbox", SOURCE, id_.hex)
    return (new_id(), organisation, received_at, SOURCE, SOURCE, size, token, sealed)
