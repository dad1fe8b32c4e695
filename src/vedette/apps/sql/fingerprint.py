"""The fingerprint of the schema: a hash over the migrations, the SQL files and the declarations of tables.

Until the first release, each new version replaces the migrations and adds no further migrations. Django
therefore cannot recognise a database of another version by the names of the migrations. Instead, `vedette
upgrade` stores the fingerprint in the database. Every command that changes a database first compares the
stored fingerprint with the fingerprint of its own version.
"""

from __future__ import annotations

import hashlib
from functools import cache
from pathlib import Path
from typing import Any

from django.apps import apps
from psycopg import Connection, sql

from vedette.core.errors import Failure
from vedette.kinds import kinds

_NAME = "vedette_schema"
#: The files of an app that define the schema. Some functions of the database are generated from `tables.py`.
_FILES = ("migrations/0*.py", "sql/*.sql", "*.sql", "tables.py")


class OtherSchema(Failure):
    """The error that is raised if the database has the schema of another version of vedette. The message of
    the error contains the action to take. If this error is raised, the database was not changed."""


@cache
def of_code() -> str:
    """Returns the fingerprint of this version, computed from every app of vedette and of the kinds of
    subject."""
    found = hashlib.sha256()
    of_kinds = {kind.app for kind in kinds().values()}
    for config in sorted(apps.get_app_configs(), key=lambda config: config.name):
        if config.name.startswith("vedette.") or config.name in of_kinds:
            for path in sorted(one for files in _FILES for one in Path(config.path).glob(files)):
                found.update(f"{config.label}.{path.name}\0".encode() + path.read_bytes() + b"\0")
    return found.hexdigest()


def of_database(connection: Connection[Any]) -> str:
    """Returns the fingerprint that `store` wrote into the database, or an empty text if the database contains
    no fingerprint."""
    there = connection.execute("SELECT to_regproc(%s)", [f"public.{_NAME}"]).fetchone()
    if there is None or there[0] is None:
        return ""
    row = connection.execute(f"SELECT public.{_NAME}()").fetchone()
    return str(row[0]) if row else ""


def check(connection: Connection[Any]) -> None:
    """Raises `OtherSchema` if the database has tables and its schema is not the schema of this version."""
    row = connection.execute("SELECT to_regclass('public.django_migrations')").fetchone()
    if row is not None and row[0] is not None and of_database(connection) != of_code():
        raise OtherSchema(
            "the database was made by another version of vedette or for other kinds, and is not upgraded"
            " before the first release: name a database without tables, or use that version and its"
            " VEDETTE_KINDS; nothing was changed"
        )


def store(connection: Connection[Any]) -> None:
    """Stores the fingerprint of this version before the migrations run, so that an interrupted upgrade can
    continue. The fingerprint is stored as a database function, because the restore of a backup overwrites no
    functions. The connection must use the owner role."""
    says = sql.Literal(f"SELECT {sql.quote(of_code())}::text")
    connection.execute(
        sql.SQL("CREATE OR REPLACE FUNCTION public.{}() RETURNS text LANGUAGE sql AS {}").format(
            sql.Identifier(_NAME), says
        )
    )
