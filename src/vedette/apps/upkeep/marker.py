"""Whether a restore is under way: a mark in the database itself, which every login can read.

It is a function that says so, not a row: it stands before there is any table, none of the data that
arrives can overwrite it, and the transaction that loads can change it.
"""

from __future__ import annotations

from typing import Any

import psycopg
from psycopg import Connection, sql

_MARK = "vedette_restoring"
#: Rows are arriving; all have arrived and are being masked, deleted and verified.
BEGUN, LOADED = "begun", "loaded"


class Restoring(Exception):
    """A restore is under way, or was cut short: nothing is served or worked on before its end."""


def read(connection: Connection[Any]) -> tuple[str, str] | None:
    """How far a restore is, and of which backup; None where none is under way."""
    there = connection.execute("SELECT to_regproc(%s)", [f"public.{_MARK}"]).fetchone()
    if there is None or there[0] is None:
        return None
    row = connection.execute(f"SELECT public.{_MARK}()").fetchone()
    state, _, name = row[0].partition(" ") if row else ("", "", "")
    return state, name


def put(connection: Connection[Any], state: str, name: str) -> None:
    """Marks the database; the connection is the owner's."""
    says = sql.Literal(f"SELECT {sql.quote(f'{state} {name}')}::text")
    connection.execute(
        sql.SQL("CREATE OR REPLACE FUNCTION public.{}() RETURNS text LANGUAGE sql AS {}").format(
            sql.Identifier(_MARK), says
        )
    )


def clear(connection: Connection[Any]) -> None:
    """The restore has ended well: serve and work again."""
    connection.execute(f"DROP FUNCTION public.{_MARK}()")


def refuse_at(dsn: str) -> None:
    """The same, for a login that is not connected yet."""
    with psycopg.connect(dsn, autocommit=True) as connection:
        refuse(connection)


def refuse(connection: Connection[Any]) -> None:
    """Raises `Restoring` while a restore is under way."""
    found = read(connection)
    if found is not None:
        raise Restoring(
            f"a restore of {found[1]} is under way or was cut short: nothing is served before it has"
            " masked, deleted and verified; run `vedette restore` to its end"
        )
