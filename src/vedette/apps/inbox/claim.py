"""Claiming: several workers drain one inbox; a dead one loses nothing and doubles nothing.

A claim is two steps: attempt + 1 is committed; then the rows are locked again (`SKIP LOCKED`), their
attempt number checked as a fence, and the locks held to the end, so that a dead worker frees them at
once. After one death a file is tried alone; only deaths while alone count, and the third sets it aside.
"""

from __future__ import annotations

import datetime as dt
import os
import uuid
from collections.abc import Sequence
from typing import Any, NamedTuple

from psycopg import Connection
from psycopg.types.json import Jsonb

#: A frame: files of one organisation read, screened and stored in one transaction. Many small ones, as
#: what a transaction costs by itself is shared by all; some forty whole passenger lists. Their people are
#: in memory together: where it is scarce, `VEDETTE_FRAME_BYTES` makes frames smaller (500000: 50 MB
#: less, a tenth slower).
MAX_FILES = 100
MAX_BYTES = int(os.environ.get("VEDETTE_FRAME_BYTES", "1500000"))
#: Deaths of a worker with this file alone before it is set aside.
MAX_DEATHS_ALONE = 3
#: A claim younger than this may be between its two steps.
_BETWEEN_STEPS = dt.timedelta(seconds=0.5)


class Claim(NamedTuple):
    """A file claimed, with the attempt that fences it."""

    id: uuid.UUID
    organisation: uuid.UUID
    attempt: int
    alone: bool


def claim(connection: Connection[Any], now: dt.datetime, alone: bool = False) -> list[Claim]:
    """Step one, committed: the oldest waiting files of one organisation, or one that a death left.

    With `alone` one file only: how a frame that failed is taken apart.
    """
    with connection.transaction():
        rows = connection.execute(
            "SELECT id, organisation_id, attempts, alone, size FROM inbox_inbox"
            " WHERE state = 'waiting' AND (claimed_at IS NULL OR claimed_at < %s)"
            " ORDER BY received_at LIMIT %s FOR UPDATE SKIP LOCKED",
            [now - _BETWEEN_STEPS, 1 if alone else MAX_FILES],
        ).fetchall()
        spent = [row for row in rows if row[3] >= MAX_DEATHS_ALONE]
        if spent:
            _set_aside(connection, [row[0] for row in spent], now)
            rows = [row for row in rows if row[3] < MAX_DEATHS_ALONE]
        frame = _frame(rows)
        single = len(frame) == 1
        claims = [
            Claim(id_, organisation, attempts + 1, single) for id_, organisation, attempts in frame
        ]
        if claims:
            connection.execute(
                "UPDATE inbox_inbox SET attempts = attempts + 1, alone = alone + %s, claimed_at = %s"
                " WHERE id = ANY(%s)",
                [int(single), now, [c.id for c in claims]],
            )
    return claims


def _frame(rows: Sequence[tuple[Any, ...]]) -> list[tuple[Any, ...]]:
    """The first rows that may go together: one organisation, bounded, nothing that a death left."""
    frame: list[tuple[Any, ...]] = []
    size = 0
    for id_, organisation, attempts, _, length in rows:
        if attempts:
            return frame or [(id_, organisation, attempts)]
        if frame and (organisation != frame[0][1] or size + length > MAX_BYTES):
            break
        frame.append((id_, organisation, attempts))
        size += length
    return frame


def _set_aside(connection: Connection[Any], ids: Sequence[uuid.UUID], now: dt.datetime) -> None:
    connection.execute(
        "UPDATE inbox_inbox SET state = 'quarantined', finished_at = %s, failure = %s"
        " WHERE id = ANY(%s)",
        [now, Jsonb({"reason": "three workers died of it while it was tried alone"}), list(ids)],
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


def fail(connection: Connection[Any], claims: Sequence[Claim], kind: str, now: dt.datetime) -> None:
    """An error of ours on a file taken alone: kept for 72 hours, shown by its kind, never its text."""
    connection.execute(
        "UPDATE inbox_inbox SET state = 'failed', finished_at = %s, failure = %s"
        " WHERE id = ANY(%s) AND state = 'waiting'",
        [
            now,
            Jsonb({"reason": f"internal error ({kind}); report it with this id"}),
            [c.id for c in claims],
        ],
    )


def let_go(connection: Connection[Any], claims: Sequence[Claim]) -> None:
    """A frame that failed as a whole goes back, to be taken one by one."""
    connection.execute(
        "UPDATE inbox_inbox SET claimed_at = NULL WHERE id = ANY(%s) AND state = 'waiting'",
        [[c.id for c in claims]],
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
