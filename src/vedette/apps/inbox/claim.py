"""Claims on files of the inbox: several workers drain it at once, and a worker may end at any moment.

A claim is two steps: attempt + 1 and the holder are committed; then the rows are locked again (`SKIP
LOCKED`), their attempt number is checked as a fence, and the locks are held to the end of the
transaction that stores them.

The holder is the id of the worker. Its database sessions carry it in their application name: that of
the worker itself, and that of the process that started the worker and waits for its end
(`commands/work.py`). As long as one of these sessions exists nobody else claims the files. After the
last of them they are free, and each is tried alone.

A death is counted by the waiting process only, for a file that its worker held alone, and over the
session that it opened before the worker started. A database that crashes ends that session; a kill of
the whole service ends that process; in both cases nothing is counted. The third death sets the file
aside.
"""

from __future__ import annotations

import datetime as dt
import os
import uuid
from collections.abc import Sequence
from typing import Any, NamedTuple

import psycopg
from psycopg import Connection
from psycopg.types.json import Jsonb

#: A frame: files of one organisation read, screened and stored in one transaction. Many small ones, as
#: what a transaction costs by itself is shared by all; some forty whole lists of people. Their people are
#: in memory together: where it is scarce, `VEDETTE_FRAME_BYTES` makes frames smaller (500000: 50 MB
#: less, a tenth slower).
MAX_FILES = 100
MAX_BYTES = int(os.environ.get("VEDETTE_FRAME_BYTES", "1500000"))
#: Deaths of a worker that held this file alone before it is set aside.
MAX_DEATHS = 3
#: Sessions of a holder have this name, with its id behind it.
_SESSION = "vedette-work "


class Claim(NamedTuple):
    """A file claimed, with the attempt that fences it."""

    id: uuid.UUID
    organisation: uuid.UUID
    attempt: int


def connect(dsn: str, holder: uuid.UUID) -> Connection[Any]:
    """A session that keeps the claims of `holder` from others while it exists."""
    return psycopg.connect(dsn, autocommit=True, application_name=f"{_SESSION}{holder}")


def claim(connection: Connection[Any], holder: uuid.UUID, now: dt.datetime) -> list[Claim]:
    """Step one, committed: the oldest free files of one organisation, or one that was claimed before."""
    with connection.transaction():
        rows = connection.execute(
            "SELECT id, organisation_id, attempts, size FROM inbox_inbox"
            " WHERE state = 'waiting' AND (holder IS NULL OR holder = %(holder)s"
            "  OR %(session)s || holder <> ALL (ARRAY(SELECT application_name FROM pg_stat_activity"
            "   WHERE starts_with(application_name, %(session)s))))"
            " ORDER BY received_at LIMIT %(most)s FOR UPDATE SKIP LOCKED",
            {"holder": holder, "session": _SESSION, "most": MAX_FILES},
        ).fetchall()
        claims = _frame(rows)
        if claims:
            # The greatest smallint: a worker that cannot start its work may try for days.
            connection.execute(
                "UPDATE inbox_inbox SET attempts = least(attempts + 1, 32767), holder = %s,"
                " claimed_at = %s WHERE id = ANY(%s)",
                [holder, now, [c.id for c in claims]],
            )
    return claims


def _frame(rows: Sequence[tuple[Any, ...]]) -> list[Claim]:
    """The first rows that may go together: one organisation, bounded, nothing that was claimed before."""
    frame: list[Claim] = []
    size = 0
    for id_, organisation, attempts, length in rows:
        one = Claim(id_, organisation, min(attempts + 1, 32767))
        if attempts:
            return frame or [one]
        if frame and (organisation != frame[0].organisation or size + length > MAX_BYTES):
            break
        frame.append(one)
        size += length
    return frame


def count_death(connection: Connection[Any], holder: uuid.UUID) -> None:
    """The worker `holder` died: counts it where it held one file, and lets go of what it held.

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
            "failure": Jsonb({"reason": "three workers died of it while it was tried alone"}),
        },
    )


def lock(connection: Connection[Any], claims: Sequence[Claim]) -> list[tuple[Any, ...]]:
    """Step two, inside the storing transaction: the rows still ours, locked to its end.

    Gives (id, organisation, name, received at, sealed bytes), in the order of receipt.
    """
    fences = {c.id: c.attempt for c in claims}
    rows = connection.execute(
        "SELECT id, organisation_id, name, received_at, sealed, attempts FROM inbox_inbox"
        " WHERE id = ANY(%s) AND state = 'waiting' ORDER BY received_at, id FOR UPDATE SKIP LOCKED",
        [list(fences)],
    ).fetchall()
    return [row[:5] for row in rows if row[5] == fences[row[0]]]


def fail(connection: Connection[Any], one: Claim, kind: str, now: dt.datetime) -> None:
    """An error of ours on a file taken alone: kept for 72 hours, shown by its kind, never its text."""
    connection.execute(
        "UPDATE inbox_inbox SET state = 'failed', finished_at = %s, failure = %s"
        " WHERE id = %s AND state = 'waiting'",
        [now, Jsonb({"reason": f"internal error ({kind}); report it with this id"}), one.id],
    )


def let_go(connection: Connection[Any], holder: uuid.UUID) -> None:
    """What the worker holds goes back, to be taken one by one."""
    connection.execute(
        "UPDATE inbox_inbox SET holder = NULL WHERE holder = %s AND state = 'waiting'", [holder]
    )


#: What could not be read keeps its bytes this long.
KEEP_FAILED = dt.timedelta(hours=72)


def forget(connection: Connection[Any], now: dt.datetime) -> int:
    """Lets the bytes of unreadable files go after 72 hours; gives how many."""
    done = connection.execute(
        "UPDATE inbox_inbox SET sealed = NULL WHERE sealed IS NOT NULL"
        " AND state IN ('failed', 'quarantined') AND finished_at < %s",
        [now - KEEP_FAILED],
    )
    return done.rowcount
