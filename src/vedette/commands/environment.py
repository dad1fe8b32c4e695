"""Finds the database and the keys of a command. If the environment names no database and no keys, the command
uses the database and the keys of the demonstration.

In production, the operator sets `DATABASE_URL`, `DATABASE_URL_OWNER`, `DATABASE_URL_INTAKE` and
`VEDETTE_KEYS`. If `DATABASE_URL` is not set, a command uses the private server of the demonstration, in the
folder `VEDETTE_HOME` (default: `.vedette/demo`).

The modules of the database driver and of the keys are imported when they are first used. A process that only
supervises other processes then needs 15 MB instead of 32 MB.
"""

from __future__ import annotations

import os
import uuid
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from vedette.core.errors import Failure, WrongUsage

if TYPE_CHECKING:
    import psycopg

    from vedette.keys.months import MonthKeys
    from vedette.keys.ring import Keys

DATABASE = "vedette"
#: Enough for a day of the demonstration, which uses at most 700 MB in total.
_BUFFERS = "20MB"
#: The error code of PostgreSQL for a table that does not exist.
_UNDEFINED_TABLE = "42P01"


def home() -> Path:
    """Returns the folder that contains the private server and its keys."""
    return Path(os.environ.get("VEDETTE_HOME", ".vedette/demo")).resolve()


@contextmanager
def database(django: bool = True) -> Iterator[None]:
    """Sets up the environment variables and Django for one command. A private server stops when the last
    command that uses it ends. If `django` is false, Django is not set up here; the caller sets it up when it
    is needed. The Django settings are read when they are first used.
    """
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "vedette.web.settings")
    with ExitStack() as stack:
        if "DATABASE_URL" not in os.environ:
            from vedette.keys.months import MonthKeys
            from vedette.keys.ring import Keys
            from vedette.server.postgres import Server

            path = home()
            server = stack.enter_context(Server(path / "server", shared_buffers=_BUFFERS))
            os.environ.update(server.create_database(DATABASE))
            os.environ.setdefault("VEDETTE_KEYS", str(path / "keys"))
            os.environ.setdefault("VEDETTE_DEMO", "1")
            os.environ.setdefault("VEDETTE_CACHE", str(path / "cache"))
            os.environ.setdefault("VEDETTE_DATA", str(path / "server"))
            Keys.load(Path(os.environ["VEDETTE_KEYS"]), create=True)
            MonthKeys.load(Path(os.environ["VEDETTE_KEYS"]), create=True)
        if django:
            import django as framework

            framework.setup()
        try:
            yield
        except Exception as error:
            # The cause of Django's error is the error of the driver.
            if getattr(error.__cause__ or error, "sqlstate", None) == _UNDEFINED_TABLE:
                raise Failure("the database is not set up: run `vedette upgrade` first") from error
            raise


def intake() -> psycopg.Connection[Any]:
    """Returns a database connection with the intake role, to which row-level security does not apply."""
    import psycopg

    return psycopg.connect(os.environ["DATABASE_URL_INTAKE"], autocommit=True)


def organisation(connection: psycopg.Connection[Any], name: str | None) -> uuid.UUID:
    """Returns the id of the named organisation. Without a name, returns the id of the only organisation.
    Raises `WrongUsage` if no name is given and there are several organisations.
    """
    from vedette.apps.desk.work import organisation_or_first

    found = organisation_or_first(connection, name)
    if found is None:
        raise WrongUsage("there are several organisations: name one with --organisation")
    return found


def keys() -> Keys:
    """Returns the keys of this installation. In production, the command ends with a message if keys are
    missing.
    """
    from vedette.keys.ring import Keys

    return Keys.load(Path(os.environ.get("VEDETTE_KEYS", home() / "keys")))


def journal() -> Path:
    """Returns the folder of the signed heads (the signed last states of the journal). In the demonstration,
    the signed heads are in the home folder of the demonstration.

    Raises `KeysError` if the folder is not set in production.
    """
    named = os.environ.get("VEDETTE_JOURNAL")
    if named is None and os.environ.get("VEDETTE_DEMO") != "1":
        from vedette.keys.ring import KeysError

        raise KeysError(
            "VEDETTE_JOURNAL is not set: name a folder (mode 0700) outside the database for the"
            " journal's signed heads (docs/journal.md)"
        )
    return Path(named).resolve() if named else home() / "journal"


def month_keys() -> MonthKeys:
    """Returns the monthly keys in the keys folder. Only machines that run workers or backups have monthly
    keys. Web servers have no monthly keys.
    """
    from vedette.keys.months import MonthKeys

    return MonthKeys.load(Path(os.environ.get("VEDETTE_KEYS", home() / "keys")))
