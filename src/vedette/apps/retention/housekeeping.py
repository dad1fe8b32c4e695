"""The periodic work of a worker for retention. It closes and opens unmasked values, deletes the texts of
ended lookouts and list drafts that were never applied, and starts the daily run.

The daily run is a process of its own, because masking a month takes minutes and messages must not wait for
it.
"""

from __future__ import annotations

import datetime as dt
import logging
import os
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

from psycopg import Connection

from vedette.apps.retention import runs, unmask
from vedette.apps.upkeep import pauses
from vedette.keys.months import MonthKeys
from vedette.keys.ring import Keys, KeysError

logger = logging.getLogger(__name__)

#: How long a list draft is kept if it is never applied.
KEEP_DRAFTS = dt.timedelta(hours=1)
#: The number of seconds that a worker waits after its own start before it starts a retention run.
SETTLE_S = 600.0


class Keeper:
    """Does the periodic work for one worker. Several workers may do it at the same time."""

    def __init__(self, connection: Connection[Any], keys: Keys) -> None:
        self._connection = connection
        self._keys = keys
        self._began = time.monotonic()
        self._run: subprocess.Popen[bytes] | None = None
        self._warned = False

    def __call__(self, now: dt.datetime) -> None:
        """Runs one round of the work."""
        unmask.close(self._connection, now)
        forget_words(self._connection, now)
        months = self._months()
        if months is None:
            return
        try:
            unmask.open_waiting(self._connection, self._keys, months)
        except (KeysError, unmask.NotAllowed) as error:
            logger.error("unmasking failed: %s", type(error).__name__)
        self._daily(now)

    def _months(self) -> MonthKeys | None:
        """Returns the month keys. If this worker has none, it logs this once and returns None; another worker
        has the keys."""
        try:
            return MonthKeys.load(Path(os.environ["VEDETTE_KEYS"]))
        except (KeysError, KeyError):
            if not self._warned:
                logger.warning("no month keys here: another worker masks and unmasks")
            self._warned = True
            return None

    def _daily(self, now: dt.datetime) -> None:
        if self._run is not None and self._run.poll() is not None:
            if self._run.returncode:
                logger.error("the retention run ended with status %d", self._run.returncode)
            self._run = None
        settled = time.monotonic() - self._began > SETTLE_S
        asked = pauses.state(self._connection, "retention")
        due = asked == "confirmed" or (not asked and runs.is_due(self._connection, now))
        if self._run is None and settled and due:
            self._run = subprocess.Popen(
                [sys.executable, "-m", "vedette.cli", "retention", "run"], stdout=subprocess.DEVNULL
            )


def forget_words(connection: Connection[Any], now: dt.datetime) -> None:
    """Deletes list drafts that were not applied within an hour. Deletes the caller and the reason of a
    lookout, and the content of its entry, a month after the end of the lookout."""
    connection.execute(
        "DELETE FROM lists_listdraft WHERE asked_at IS NULL AND created_at < %s",
        [now - KEEP_DRAFTS],
    )
    ended = connection.execute(
        "UPDATE lists_lookout SET caller = '', why = '' WHERE why <> ''"
        " AND coalesce(ended_at, expires_at) < %s RETURNING entry_id",
        [now - runs.KEEP_LOOKOUTS],
    ).fetchall()
    if ended:
        connection.execute(
            "UPDATE lists_listentry SET name_key = '', content = jsonb_build_object('ref', ref)"
            " WHERE id = ANY(%s) AND until IS NOT NULL",
            [[entry for (entry,) in ended]],
        )
