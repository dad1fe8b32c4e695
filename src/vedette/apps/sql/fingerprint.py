"""The fingerprint of the schema: a hash over the migrations and the hand-written SQL.

Until the first release, migrations are made anew and not added to: Django cannot tell a database of
another version by their names. So `vedette upgrade` stores the fingerprint in the database, and every
command that would change a database compares it first.
"""

from __future__ import annotations

import hashlib
from functools import cache
from pathlib import Path
from typing import Any

from django.apps import apps
from psycopg import Connection, sql

from vedette.apps.sql import FILES
from vedette.apps.sql import sql as text_of
from vedette.kinds import kinds

_NAME = "vedette_schema"


class OtherSchema(Exception):
    """The database was made with another schema; the message says what to do. Nothing was changed."""


@cache
def of_code() -> str:
    """That of this version: migrations of every app of vedette and of the kinds, and the SQL files."""
    found = hashlib.sha256()
    of_kinds = {kind.app for kind in kinds().values()}
    for config in sorted(apps.get_app_configs(), key=lambda config: config.name):
        if config.name.startswith("vedette.") or config.name in of_kinds:
            for path in sorted(Path(config.path).glob("migrations/0*.py")):
                found.update(f"{config.label}.{path.name}\0".encode() + path.read_bytes() + b"\0")
    for name in FILES:
        found.update(f"{name}\0{text_of(name)}\0".encode())
    return found.hexdigest()


def of_database(connection: Connection[Any]) -> str:
    """The one that `store` has left there; empty where it has not."""
    there = connection.execute("SELECT to_regproc(%s)", [f"public.{_NAME}"]).fetchone()
    if there is None or there[0] is None:
        return ""
    row = connection.execute(f"SELECT public.{_NAME}()").fetchone()
    return str(row[0]) if row else ""


def check(connection: Connection[Any]) -> None:
    """Raises `OtherSchema` where the database has tables, and another schema than this version."""
    row = connection.execute("SELECT to_regclass('public.django_migrations')").fetchone()
    if row is not None and row[0] is not None and of_database(connection) != of_code():
        raise OtherSchema(
            "the database was made by another version of vedette, and is not upgraded before the first"
            " release: name a database without tables, or use that version; nothing was changed"
        )


def store(connection: Connection[Any]) -> None:
    """Stores that of this version, before the migrations: an upgrade that was cut short goes on. It is
    a function, not a row: no restore overwrites it. The connection is the owner's."""
    says = sql.Literal(f"SELECT {sql.quote(of_code())}::text")
    connection.execute(
        sql.SQL("CREATE OR REPLACE FUNCTION public.{}() RETURNS text LANGUAGE sql AS {}").format(
            sql.Identifier(_NAME), says
        )
    )
