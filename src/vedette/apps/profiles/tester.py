"""The process that runs backtests. A worker starts it when a backtest waits; it ends after some time without
work, to free its memory."""

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

#: Seconds without work after which the process ends, and between its queries.
IDLE_S, POLL_S = 20.0, 0.1
#: Seconds between queries of a worker for waiting backtests.
LOOK_S = 0.25

#: Quick counts are used only by the editor.
_FORGET = (
    "DELETE FROM profiles_backtest WHERE quick AND state NOT IN ('waiting', 'running')"
    " AND asked_at < now() - interval '1 hour'"
)
_WAITS = "SELECT EXISTS (SELECT FROM profiles_backtest WHERE state IN ('waiting', 'running'))"
#: Lock of the process that serves the database; it is released when the process ends in any way.
_TAKE, _LEAVE = "SELECT pg_try_advisory_lock(7214)", "SELECT pg_advisory_unlock(7214)"


class Tester:
    """Starts the process when it is needed; each worker has one."""

    def __init__(self, connection: Connection[Any], dsn: str) -> None:
        self._connection, self._dsn = connection, dsn
        self._process: BaseProcess | None = None

    def look(self) -> None:
        """Starts the process if a backtest waits and no process serves the database."""
        if self._process is not None and self._process.is_alive():
            return
        if self._connection.execute(_WAITS).fetchone() != (True,):
            return
        if self._connection.execute(_TAKE).fetchone() == (True,):
            # No process serves the database, also if another worker's process was killed.
            self._connection.execute(_LEAVE)
            # Spawn: threads of Polars do not work after a fork.
            context = multiprocessing.get_context("spawn")
            self._process = context.Process(target=serve, args=(self._dsn,), daemon=True)
            self._process.start()

    def stop(self) -> None:
        """Ends the process; the next one repeats an unfinished backtest."""
        if self._process is not None and self._process.is_alive():
            self._process.terminate()
            self._process.join(5)


def forget(connection: Connection[Any]) -> int:
    """Deletes quick counts older than an hour; returns their number. Called by housekeeping."""
    return connection.execute(_FORGET).rowcount


def serve(dsn: str, idle: float = IDLE_S) -> None:
    """Runs waiting backtests until there was none for `idle` seconds."""
    # Imported only in the process, not in the worker. It loads no Django.
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
