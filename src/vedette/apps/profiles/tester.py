"""The process that runs backtests.

A worker starts the process when a backtest waits. The process ends after some time without work, to free its
memory.
"""

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

#: The number of seconds without work after which the process ends, and the number of seconds between its
#: queries.
IDLE_S, POLL_S = 20.0, 0.1
#: The number of seconds between two queries of a worker for waiting backtests.
LOOK_S = 0.25

#: Only the editor uses quick counts.
_FORGET = (
    "DELETE FROM profiles_backtest WHERE quick AND state NOT IN ('waiting', 'running')"
    " AND asked_at < now() - interval '1 hour'"
)
_WAITS = "SELECT EXISTS (SELECT FROM profiles_backtest WHERE state IN ('waiting', 'running'))"
#: The lock of the process that runs the backtests of the database. PostgreSQL releases it whenever the
#: process ends.
_TAKE, _LEAVE = "SELECT pg_try_advisory_lock(7214)", "SELECT pg_advisory_unlock(7214)"


class Tester:
    """Starts the process when it is needed. Each worker has one `Tester`."""

    def __init__(self, connection: Connection[Any], dsn: str) -> None:
        self._connection, self._dsn = connection, dsn
        self._process: BaseProcess | None = None

    def look(self) -> None:
        """Starts the process if a backtest waits and no process runs backtests of the database."""
        if self._process is not None and self._process.is_alive():
            return
        if self._connection.execute(_WAITS).fetchone() != (True,):
            return
        if self._connection.execute(_TAKE).fetchone() == (True,):
            # No process runs backtests. This is also found if the process of another worker was killed.
            self._connection.execute(_LEAVE)
            # A new process is spawned, because the threads of Polars do not work after a fork.
            context = multiprocessing.get_context("spawn")
            self._process = context.Process(target=serve, args=(self._dsn,), daemon=True)
            self._process.start()

    def stop(self) -> None:
        """Ends the process. A later process repeats a backtest that was not finished."""
        if self._process is not None and self._process.is_alive():
            self._process.terminate()
            self._process.join(5)


def forget(connection: Connection[Any]) -> int:
    """Deletes quick counts that are older than an hour, and returns their number. Housekeeping calls this
    function."""
    return connection.execute(_FORGET).rowcount


def serve(dsn: str, idle: float = IDLE_S) -> None:
    """Runs the waiting backtests. Returns after `idle` seconds without a backtest."""
    # Imported only in this process, not in the worker. The module does not import Django.
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
