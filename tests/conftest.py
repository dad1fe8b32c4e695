"""One private PostgreSQL for a run of the tests, started only when a test asks for a database.

Tests that need stored data ask for the fixture `database`: an empty, migrated database, reached as
in production by the web role (alias `default`) and the intake role (alias `intake`). Nothing wraps
a test in a transaction: what it commits is seen by other processes, and goes before the next test.
"""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psycopg
import pytest
from psycopg import sql
from tests.emptying import empty, keep_seeds

from vedette.keys.ring import Keys
from vedette.server.postgres import Server

HOME = Path(__file__).resolve().parent.parent / ".vedette" / "test"

os.environ["DJANGO_SETTINGS_MODULE"] = "vedette.web.settings"
os.environ["VEDETTE_DEMO"] = "1"
os.environ["VEDETTE_KEYS"] = str(HOME / "keys")
Keys.load(HOME / "keys", create=True)

#: Tests wait for no disk.
_FLEETING = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}
_ALIASES = {
    "default": "DATABASE_URL",
    "owner": "DATABASE_URL_OWNER",
    "intake": "DATABASE_URL_INTAKE",
}


def pytest_configure() -> None:
    """Django's registry, before any test module imports a model; no database is reached yet."""
    import django

    django.setup()
    from django.contrib.auth.hashers import Argon2PasswordHasher

    # Slow on purpose, with 100 MB for each password: here the least that the algorithm allows.
    Argon2PasswordHasher.time_cost, Argon2PasswordHasher.memory_cost = 1, 8
    Argon2PasswordHasher.parallelism = 1


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark what needs the server, so that `-m "not database"` leaves it alone."""
    for item in items:
        if {"database", "django_db_setup"} & set(getattr(item, "fixturenames", ())):
            item.add_marker("database")


@pytest.fixture(scope="session")
def server() -> Iterator[Server]:
    """The private server; runs and workers at the same time share it, the last one stops it.

    After a loss of power its data may be broken: remove `.vedette/test`."""
    with Server(HOME, **_FLEETING) as running:
        yield running


@pytest.fixture(scope="session")
def django_db_setup(
    server: Server,
    django_db_blocker: pytest.FixtureRequest,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[str]:
    """This process's own database, migrated by the owner; the superuser's URL of it."""
    name = f"test_{os.getpid()}"
    # Without it, the workers of the tests write their heads into the folder of the demonstration.
    os.environ["VEDETTE_JOURNAL"] = str(tmp_path_factory.mktemp("journal"))
    _make_template(server, django_db_blocker)
    urls = copy_template(server, name)
    os.environ.update(urls)
    with django_db_blocker.unblock():
        connect(urls)
        yield server.dsn(name)
        from django.db import connections

        connections.close_all()
    with _admin(server.dsn("postgres")) as connection:
        _drop(connection, name)


@pytest.fixture(scope="session")
def emptier(django_db_setup: str) -> Iterator[psycopg.Connection]:
    """One connection for all that goes between tests: a new one would learn every table again."""
    with _admin(django_db_setup) as connection:
        yield connection


@pytest.fixture
def database(
    django_db_setup: str, emptier: psycopg.Connection, django_db_blocker: pytest.FixtureRequest
) -> Iterator[str]:
    """An empty, migrated database without any wrapping transaction; the superuser's URL of it."""
    from django.core.cache import cache

    empty(emptier)
    cache.clear()
    with django_db_blocker.unblock():
        yield django_db_setup
        _close_what_is_not_idle()


def _close_what_is_not_idle() -> None:
    """Connections are kept from test to test, as from request to request in production: a new one
    learns every partition again. What a test left broken or inside a transaction is not kept."""
    from django.db import connections
    from psycopg.pq import TransactionStatus

    for connection in connections.all(initialized_only=True):
        raw = connection.connection
        if raw is None:
            continue
        idle = raw.info.transaction_status == TransactionStatus.IDLE and not raw.closed
        if not idle or connection.in_atomic_block or not connection.is_usable():
            connection.close()


def copy_template(server: Server, name: str) -> dict[str, str]:
    """Makes the migrated database `name`, where nobody has stored anything; gives its settings."""
    names = {"name": sql.Identifier(name), "template": sql.Identifier(f"template_{_run()}")}
    with _admin(server.dsn("postgres")) as connection:
        connection.execute(
            sql.SQL("CREATE DATABASE {name} TEMPLATE {template} STRATEGY file_copy").format(**names)
        )
    return server.create_database(name)


def _run() -> int:
    """The process that leads the run; those of pytest-xdist are its children."""
    return os.getppid() if "PYTEST_XDIST_WORKER" in os.environ else os.getpid()


def _make_template(server: Server, blocker: Any) -> None:
    """A migrated database, made by the first process of this run and copied by each."""
    name = f"template_{_run()}"
    with (HOME / "template.lock").open("ab") as lock, blocker.unblock():
        fcntl.flock(lock, fcntl.LOCK_EX)
        _drop_dead(server)
        with _admin(server.dsn("postgres")) as connection:
            there = connection.execute("SELECT FROM pg_database WHERE datname = %s", [name])
            missing = there.fetchone() is None
        if missing:
            # Under another name until it is whole: a killed start leaves no half.
            half = f"half_{_run()}"
            migrate(server.create_database(half))
            keep_seeds(server.dsn(half))
            with _admin(server.dsn("postgres")) as connection:
                connection.execute(f"ALTER DATABASE {half} RENAME TO {name}")


def connect(urls: dict[str, str]) -> None:
    """Django's connections lead to this database from now on."""
    from django.db import connections
    from psycopg.conninfo import conninfo_to_dict

    for alias, variable in _ALIASES.items():
        parts = conninfo_to_dict(urls[variable])
        connections.settings[alias].update(
            NAME=parts["dbname"], USER=parts["user"], HOST=parts["host"], PORT=parts["port"]
        )


def migrate(urls: dict[str, str]) -> None:
    """Django's connections lead to an empty database from now on, and it has every table."""
    from django.core.management import call_command
    from django.db import connections

    from vedette.apps.sql import fingerprint

    connect(urls)
    # One that an earlier test opened leads to another database.
    connections.close_all()
    with psycopg.connect(urls["DATABASE_URL_OWNER"]) as owner:
        fingerprint.store(owner)
    call_command("migrate", database="owner", verbosity=0)
    connections.close_all()


@contextmanager
def _admin(dsn: str) -> Iterator[psycopg.Connection]:
    with psycopg.connect(dsn, autocommit=True) as connection:
        connection.execute("SET lock_timeout = '10s'")
        yield connection


def _drop_dead(server: Server) -> None:
    """Databases of runs that were killed or are over."""
    with _admin(server.dsn("postgres")) as connection:
        rows = connection.execute(
            "SELECT datname FROM pg_database WHERE datname ~ '^(test|template|half|bare|ready)_[0-9]+$'"
        )
        for (name,) in rows.fetchall():
            if not Path(f"/proc/{name.partition('_')[2]}").exists():
                _drop(connection, name)


def _drop(connection: psycopg.Connection, name: str) -> None:
    connection.execute(
        sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name))
    )
