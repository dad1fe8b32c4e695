"""What workers write while they live, and what they clear away of the limits on rates."""

from __future__ import annotations

import datetime as dt
import uuid
from typing import Any

from psycopg import Connection

#: Seconds between two beats; a worker not seen for `LATE_S` is late.
EVERY_S = 10.0
LATE_S = 120

_BEAT = """
    INSERT INTO upkeep_beat (id, started_at, seen_at) VALUES (%s, %s, %s)
    ON CONFLICT (id) DO UPDATE SET seen_at = excluded.seen_at
"""


def beat(connection: Connection[Any], worker: uuid.UUID, now: dt.datetime) -> None:
    """This worker lives."""
    connection.execute(_BEAT, [worker, now, now])


def leave(connection: Connection[Any], worker: uuid.UUID) -> None:
    """This worker ends in order: nobody waits for its next beat."""
    connection.execute("DELETE FROM upkeep_beat WHERE id = %s", [worker])


def tidy(connection: Connection[Any], now: dt.datetime) -> None:
    """Callers rested for an hour and workers dead for a day go."""
    connection.execute(
        "DELETE FROM upkeep_rate WHERE rested_at < %s", [now - dt.timedelta(hours=1)]
    )
    connection.execute("DELETE FROM upkeep_beat WHERE seen_at < %s", [now - dt.timedelta(days=1)])
