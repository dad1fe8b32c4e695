"""The mark in the database which states that a restore is under way. Every login can read it.

The mark is a database function and not a row: it can exist before any table, the loaded data cannot overwrite
it, and the loading transaction can change it.
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
    """A restore is under way or was interrupted. Until it is complete, no request is answered and
    no worker runs.
    """


def read(connection: Connection[Any]) -> tuple[str, str] | None:
    """The state of the restore and the name of its backup; None if no restore is under way."""
    there = connection.execute("SELECT to_regproc(%s)", [f"public.{_MARK}"]).fetchone()
    if there is None or there[0] is None:
        return None
    row = connection.execute(f"SELECT public.{_MARK}()").fetchone()
    state, _, name = row[0].partition(" ") if row else ("", "", "")
    return state, name


def put(connection: Connection[Any], state: str, name: str) -> None:
    """Sets the mark. The connection must have the owner role."""
    says = sql.Literal(f"SELECT {sql.quote(f'{state} {name}')}::text")
    connection.execute(
        sql.SQL("CREATE OR REPLACE FUNCTION public.{}() RETURNS text LANGUAGE sql AS {}").format(
            sql.Identifier(_MARK), says
        )
    )


def clear(connection: Connection[Any]) -> None:
    """Removes the mark after a complete restore."""
    connection.execute(f"DROP FUNCTION public.{_MARK}()")


def refuse_at(dsn: str) -> None:
    """Does the same as `refuse`, with a separate connection."""
    with psycopg.connect(dsn, autocommit=True) as connection:
        refuse(connection)


def refuse(connection: Connection[Any]) -> None:
    """Raises `Restoring` while a restore is under way."""
    found = read(connection)
    if found is not None:
        raise Restoring(
            f"a restore of {found[1]} is under way or was interrupted: nothing is served before it has"
            " masked, deleted and verified; run `vedette restore` to its end"
        )
