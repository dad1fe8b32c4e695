"""The process beside a worker that runs backtests: begun when one waits, gone when none has come for a
while, so that a server at rest does not hold its memory."""

from __future__ import annotations

import logging.config
import multiprocessing
import os
import time
from multiprocessing.process import BaseProcess
from typing import Any

import psycopg
from psycopg import Connection

from vedette.server import logs
from vedette.server.logs import kind

logger = logging.getLogger(__name__)

#: Seconds without work after which it ends, and between looks of its own.
IDLE_S, POLL_S = 20.0, 0.1
#: Seconds between looks of the worker for one that waits.
LOOK_S = 0.25

#: Quick counts are shown while somebody writes, and kept no longer.
_FORGET = (
    "DELETE FROM profiles_backtest WHERE quick AND state NOT IN ('waiting', 'running')"
    " AND asked_at < now() - interval '1 hour'"
)
_WAITS = "SELECT EXISTS (SELECT FROM profiles_backtest WHERE state IN ('waiting', 'running'))"
#: Held by the process that serves; the lock goes with it, however it ends.
_TAKE, _LEAVE = "SELECT pg_try_advisory_lock(7214)", "SELECT pg_advisory_unlock(7214)"


class Tester:
    """Begins the process when it is needed; belongs to one worker."""

    def __init__(self, connection: Connection[Any], dsn: str) -> None:
        self._connection, self._dsn = connection, dsn
        self._process: BaseProcess | None = None

    def look(self) -> None:
        """Begins the process where a backtest waits and none is there."""
        if self._process is not None and self._process.is_alive():
            return
        if self._connection.execute(_WAITS).fetchone() != (True,):
            return
        if self._connection.execute(_TAKE).fetchone() == (True,):
            # Nobody serves: also where another worker's process died with one under way.
            self._connection.execute(_LEAVE)
            # Spawned: Polars' threads and a fork do not go together.
            context = multiprocessing.get_context("spawn")
            self._process = context.Process(target=serve, args=(self._dsn,), daemon=True)
            self._process.start()

    def stop(self) -> None:
        """Ends it; a backtest under way is taken up by the next worker."""
        if self._process is not None and self._process.is_alive():
            self._process.terminate()
            self._process.join(5)


def forget(connection: Connection[Any]) -> int:
    """Lets quick counts of more than an hour ago go; gives how many. For housekeeping."""
    return connection.execute(_FORGET).rowcount


def serve(dsn: str, idle: float = IDLE_S) -> None:
    """Runs what waits until nothing has waited for `idle` seconds."""
    # Not with this module, which a worker has too; Django is not loaded here.
    from vedette.apps.profiles.backtesting import run_next

    logging.config.dictConfig(logs.config())
    logs.quiet_exceptions()
    os.nice(5)
    with psycopg.connect(dsn, autocommit=True) as connection:
        if connection.execute(_TAKE).fetchone() != (True,):
            return
        last = time.monotonic()
        while time.monotonic() - last < idle:
            try:
                worked = run_next(connection)
            except psycopg.OperationalError:
                raise
            except Exception as error:
                logger.error("a backtest failed: %s", kind(error))
                worked = True
            if worked:
                last = time.monotonic()
            else:
                time.sleep(POLL_S)
