"""Sets a mark in the database while a backup is being restored. All database logins can read this mark.

The mark is a database function and not a row. Therefore the mark can exist before any table exists, and the
restored data cannot overwrite the mark. The transaction that restores the data can change the mark.
"""

from __future__ import annotations

from typing import Any

import psycopg
from psycopg import Connection, sql

from vedette.core.errors import Failure

_MARK = "vedette_restoring"
#: The states of a restore. BEGUN: rows are being loaded. LOADED: all rows are loaded and are being masked,
#: deleted and verified.
BEGUN, LOADED = "begun", "loaded"


class Restoring(Failure):
    """A restore is under way or was interrupted. Until the restore is complete, no request is answered and no
    worker runs.
    """


def read(connection: Connection[Any]) -> tuple[str, str] | None:
    """Returns the state of the restore and the name of its backup, or None if no restore is under way."""
    [[there]] = connection.execute("SELECT to_regproc(%s)", [f"public.{_MARK}"])
    if there is None:
        return None
    [[mark]] = connection.execute(f"SELECT public.{_MARK}()")
    state, _, name = mark.partition(" ")
    return state, name


def put(connection: Connection[Any], state: str, name: str) -> None:
    """Sets the mark. The connection must have the owner role."""
    connection.execute(
        sql.SQL("CREATE OR REPLACE FUNCTION public.{}() RETURNS text LANGUAGE sql AS {}").format(
            sql.Identifier(_MARK), sql.Literal(f"SELECT {sql.quote(f'{state} {name}')}::text")
        )
    )


def clear(connection: Connection[Any]) -> None:
    """Removes the mark after a complete restore."""
    connection.execute(f"DROP FUNCTION public.{_MARK}()")


def refuse_at(dsn: str) -> None:
    """Raises `Restoring` while a restore is under way in the database `dsn`."""
    with psycopg.connect(dsn, autocommit=True) as connection:
        found = read(connection)
    if found is not None:
        raise Restoring(
            f"a restore of {found[1]} is under way or was interrupted: nothing is served before the data"
            " is masked, deleted and verified; run `vedette restore` until it is complete"
        )
