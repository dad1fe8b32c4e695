"""Stores the heartbeats of the workers, and deletes old rows from the tables of this app."""

from __future__ import annotations

import datetime as dt
import uuid
from typing import Any

from psycopg import Connection

#: Seconds between two heartbeats. A worker is late if it wrote no heartbeat for `LATE_S` seconds.
EVERY_S = 10.0
LATE_S = 120

_BEAT = """
    INSERT INTO upkeep_beat (id, started_at, seen_at) VALUES (%s, vedette_now(), vedette_now())
    ON CONFLICT (id) DO UPDATE SET seen_at = excluded.seen_at
"""


def beat(connection: Connection[Any], worker: uuid.UUID) -> None:
    """Records that the worker is running now."""
    connection.execute(_BEAT, [worker])


def leave(connection: Connection[Any], worker: uuid.UUID) -> None:
    """Deletes the heartbeat of a worker that ends normally, so that it is not reported as late."""
    connection.execute("DELETE FROM upkeep_beat WHERE id = %s", [worker])


def tidy(connection: Connection[Any], now: dt.datetime) -> None:
    """Deletes the rows of callers whose full number of requests has been available again for more than an
    hour. Also deletes worker heartbeats that are older than one day.
    """
    connection.execute(
        "DELETE FROM upkeep_rate WHERE rested_at < %s", [now - dt.timedelta(hours=1)]
    )
    connection.execute("DELETE FROM upkeep_beat WHERE seen_at < %s", [now - dt.timedelta(days=1)])
