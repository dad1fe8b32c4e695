"""Stores submissions in the database, with a role that may only insert them.

PostgreSQL confirms a row after it has written the row to the disk; only then is the code shown to the person.
The table can contain a limited number of rows (`apps/sql/submissions.sql`). If the table is full, the person
is asked to send the form again later. For one second after that, the process refuses further forms without a
database query, so that a flood of forms causes little load.
"""

from __future__ import annotations

import logging
import threading
import time
import uuid
from contextlib import suppress
from typing import Any

import psycopg
from psycopg import Connection, errors

logger = logging.getLogger(__name__)

#: Attempts to find a free place. A single place may stay taken for long, if its row cannot be moved.
_TRIES = 3
#: Seconds without attempts after the table was full.
_PAUSE_S = 1
#: Seconds to wait for the database.
_CONNECT_S, _STATEMENT_MS = 3, 5000
_INSERT = "INSERT INTO inbox_submission (id, organisation_id, size, sealed) VALUES (%s, %s, %s, %s)"
_PLACE = "inbox_submission_slot_key"


class Full(Exception):
    """The error that is raised if the table is full."""


class Unavailable(Exception):
    """The error that is raised if the database does not answer or does not accept submissions."""


class Sender:
    """Inserts the submissions of one organisation. Each thread has one connection."""

    def __init__(self, dsn: str, organisation: uuid.UUID) -> None:
        self._dsn = dsn
        self._organisation = organisation
        self._local = threading.local()
        self._full_until = time.monotonic()

    @property
    def full(self) -> bool:
        """Returns whether the table was full less than a second ago."""
        return time.monotonic() < self._full_until

    def send(self, id_: uuid.UUID, size: int, sealed: bytes) -> None:
        """Stores a submission, unless it is already stored. Raises `Full` or `Unavailable`."""
        if self.full:
            raise Full
        values = [id_, self._organisation, size, sealed]
        for _ in range(_TRIES):
            if self._inserted(values):
                return
        self._full_until = time.monotonic() + _PAUSE_S
        logger.warning("no place for submissions is free")
        raise Full

    def check(self) -> None:
        """Raises `Unavailable` if a submission of the organisation could not be stored. Nothing is stored."""
        try:
            with self._connect() as connection, connection.transaction(force_rollback=True):
                connection.execute(_INSERT, [uuid.uuid4(), self._organisation, 1, b"x"])
                connection.execute("SET CONSTRAINTS ALL IMMEDIATE")
        except errors.UniqueViolation:
            # All places are taken. The right and the organisation are correct.
            return
        except psycopg.Error as error:
            raise Unavailable(type(error).__name__) from error

    def close(self) -> None:
        """Closes the connection of this thread."""
        kept = getattr(self._local, "connection", None)
        if kept is not None:
            kept.close()
            self._local.connection = None

    def _inserted(self, values: list[Any]) -> bool:
        """Inserts the row. Inserts a submission under a random row number. Returns False if another row has
        this number.
        """
        kept: Connection[Any] | None = getattr(self._local, "connection", None)
        try:
            if kept is not None:
                # After a restart of the server, a new connection is opened.
                with suppress(psycopg.OperationalError):
                    return _insert(kept, values)
            self._local.connection = self._connect()
            return _insert(self._local.connection, values)
        except psycopg.Error as error:
            self._local.connection = None
            raise Unavailable(type(error).__name__) from error

    def _connect(self) -> Connection[Any]:
        return psycopg.connect(
            self._dsn,
            autocommit=True,
            connect_timeout=_CONNECT_S,
            options=f"-c statement_timeout={_STATEMENT_MS}",
        )


def _insert(connection: Connection[Any], values: list[Any]) -> bool:
    try:
        connection.execute(_INSERT, values)
    except errors.UniqueViolation as error:
        # The index of the id is older than that of the place, and is checked first.
        return error.diag.constraint_name != _PLACE
    return True
