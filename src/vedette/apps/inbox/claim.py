"""Implements the claims of workers on files of the inbox. Several workers process the inbox at the same time,
and a worker may crash at any moment.

A claim has two steps. The first step stores the id of the worker (the holder), increments the number of
attempts, and commits. The second step locks the rows of the files again (`SKIP LOCKED`), and checks that the
number of attempts has not changed. The locks are kept until the end of the transaction that stores the
content of the files.

The holder is the id of the worker. The application names of two database sessions contain the id of the
worker. The first session belongs to the worker. The second session belongs to the parent process of the
worker, which waits until the worker ends (`commands/work.py`). As long as one of these sessions exists, no
other worker claims the files. When both sessions have ended, other workers may claim the files, but only one
file at a time.

Only the parent process counts the crash of a worker. The crash is counted only if the worker had claimed a
single file. To count a crash, the parent process uses the database session that it opened before the worker
started. If the database crashes, the session of the parent process ends. If the whole service is killed, the
parent process ends. If the database crashes or the whole service is killed, no crash is therefore counted.
After three crashes with the same file, the file is quarantined.
"""

from __future__ import annotations

import datetime as dt
import os
import uuid
from collections.abc import Collection, Sequence
from typing import Any, NamedTuple

import psycopg
from psycopg import Connection
from psycopg.types.json import Jsonb

#: The limits of a batch: the files of one organisation that are read, screened and stored in one
#: transaction. A batch may contain many small files, or about forty whole lists of people. All records of a
#: batch are in memory at the same time. A worker lowers the number of bytes if the files contain many
#: messages (`Worker.step`). `VEDETTE_FRAME_BYTES` makes batches smaller: with 500000, a worker needs 50 MB
#: less memory and is 10 % slower.
MAX_FILES = 500
MAX_BYTES = int(os.environ.get("VEDETTE_FRAME_BYTES", "1500000"))
#: A file is quarantined after this number of workers died while they processed it alone.
MAX_DEATHS = 3
#: The application name of the sessions of a holder: this text, then the id of the holder.
_SESSION = "vedette-work "


class Claim(NamedTuple):
    """A claimed file, with its number of attempts. The second step of a claim checks that this number has not
    changed."""

    id: uuid.UUID
    organisation: uuid.UUID
    attempt: int


def connect(dsn: str, holder: uuid.UUID) -> Connection[Any]:
    """Opens a session. While this session exists, no other worker takes over the claims of the worker
    `holder`."""
    return psycopg.connect(dsn, autocommit=True, application_name=f"{_SESSION}{holder}")


def claim(
    connection: Connection[Any],
    holder: uuid.UUID,
    now: dt.datetime,
    without: Collection[uuid.UUID] = (),
    most_bytes: int = MAX_BYTES,
) -> list[Claim]:
    """The first step of a claim. Claims the oldest unclaimed files of one organisation, or a single file that
    was claimed before, and commits. Files of the organisations in `without` are not claimed. A batch of
    several files has at most `most_bytes` bytes in total.
    """
    with connection.transaction():
        rows = connection.execute(
            "SELECT id, organisation_id, attempts, size FROM inbox_inbox"
            " WHERE state = 'waiting' AND (holder IS NULL OR holder = %(holder)s"
            "  OR %(session)s || holder <> ALL (ARRAY(SELECT application_name FROM pg_stat_activity"
            "   WHERE starts_with(application_name, %(session)s))))"
            " AND organisation_id <> ALL(%(without)s)"
            " ORDER BY received_at LIMIT %(most)s FOR UPDATE SKIP LOCKED",
            {
                "holder": holder,
                "session": _SESSION,
                "most": MAX_FILES,
                "without": list(without),
            },
        ).fetchall()
        claims = _batch(rows, most_bytes)
        if claims:
            # 32767 is the greatest smallint: a worker that cannot start its work may try for days.
            connection.execute(
                "UPDATE inbox_inbox SET attempts = least(attempts + 1, 32767), holder = %s,"
                " claimed_at = %s WHERE id = ANY(%s)",
                [holder, now, [c.id for c in claims]],
            )
    return claims


def _batch(rows: Sequence[tuple[Any, ...]], most_bytes: int) -> list[Claim]:
    """Returns the first files that may be processed together. Files may be processed together if they belong
    to one organisation, do not exceed the limits, and were not claimed before."""
    batch: list[Claim] = []
    size = 0
    for id_, organisation, attempts, length in rows:
        one = Claim(id_, organisation, min(attempts + 1, 32767))
        if attempts:
            return batch or [one]
        if batch and (organisation != batch[0].organisation or size + length > most_bytes):
            break
        batch.append(one)
        size += length
    return batch


def count_death(connection: Connection[Any], holder: uuid.UUID) -> None:
    """Counts the crash of the worker `holder` if the worker had claimed a single file. Ends the claims of the
    worker.

    `connection` must have been opened by `connect` before the worker made its claims.
    """
    connection.execute(
        "WITH held AS MATERIALIZED ("
        " SELECT id, deaths + (count(*) OVER () = 1)::int AS deaths FROM inbox_inbox"
        " WHERE holder = %(holder)s AND state = 'waiting')"
        " UPDATE inbox_inbox i SET holder = NULL, deaths = held.deaths,"
        " state = CASE WHEN held.deaths < %(most)s THEN i.state ELSE 'quarantined' END,"
        " finished_at = CASE WHEN held.deaths < %(most)s THEN i.finished_at ELSE now() END,"
        " failure = CASE WHEN held.deaths < %(most)s THEN i.failure ELSE %(failure)s END"
        " FROM held WHERE i.id = held.id AND i.holder = %(holder)s AND i.state = 'waiting'",
        {
            "holder": holder,
            "most": MAX_DEATHS,
            "failure": Jsonb({"reason": "three workers ended while they read this file alone"}),
        },
    )


def lock(connection: Connection[Any], claims: Sequence[Claim]) -> list[tuple[Any, ...]]:
    """The second step of a claim. Locks the files that are still claimed. The locks are kept until the end of
    the transaction that stores the content of the files.

    Returns the id, the organisation, the name, the time of receipt, the submitter and the encrypted bytes of
    each file, in the order of receipt.
    """
    fences = {c.id: c.attempt for c in claims}
    rows = connection.execute(
        "SELECT id, organisation_id, name, received_at, submitter, sealed, attempts FROM inbox_inbox"
        " WHERE id = ANY(%s) AND state = 'waiting' ORDER BY received_at, id FOR UPDATE SKIP LOCKED",
        [list(fences)],
    ).fetchall()
    return [row[:6] for row in rows if row[6] == fences[row[0]]]


def fail(connection: Connection[Any], one: Claim, kind: str, now: dt.datetime) -> None:
    """Marks a file as failed because of an internal error. The kind of the error is stored, but not the text
    of the error. The bytes are kept for 72 hours.
    """
    connection.execute(
        "UPDATE inbox_inbox SET state = 'failed', finished_at = %s, failure = %s"
        " WHERE id = %s AND state = 'waiting'",
        [now, Jsonb({"reason": f"internal error ({kind}); report it with this id"}), one.id],
    )


def let_go(connection: Connection[Any], holder: uuid.UUID) -> None:
    """Ends the claims of a worker on files. The files of the worker are then processed one by one."""
    connection.execute(
        "UPDATE inbox_inbox SET holder = NULL WHERE holder = %s AND state = 'waiting'", [holder]
    )


#: How long the bytes of unreadable files are kept.
KEEP_FAILED = dt.timedelta(hours=72)


def forget(connection: Connection[Any], now: dt.datetime) -> int:
    """Deletes the bytes of unreadable files after 72 hours; returns the number of files."""
    return connection.execute(
        "UPDATE inbox_inbox SET sealed = NULL WHERE sealed IS NOT NULL"
        " AND state IN ('failed', 'quarantined') AND finished_at < %s",
        [now - KEEP_FAILED],
    ).rowcount
