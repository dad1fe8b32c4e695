"""One private PostgreSQL for a run of the tests, started only when a test asks for a database.

Tests that need stored data ask for the fixture `database`: an empty, migrated database, reached as
in production by the web role (alias `default`) and the intake role (alias `intake`). Nothing wraps
a test in a transaction: what it commits is seen by other processes, and goes before the next test.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg
import pytest
from psycopg import sql

from vedette.keys import Keys
from vedette.postgres import Server

HOME = Path(__file__).resolve().parent.parent / ".vedette" / "test"

os.environ["DJANGO_SETTINGS_MODULE"] = "vedette.web.settings"
os.environ["VEDETTE_DEMO"] = "1"
os.environ["VEDETTE_KEYS"] = str(HOME / "keys")
Keys.load(HOME / "keys", create=True)

_ALIASES = {
    "default": "DATABASE_URL",
    "owner": "DATABASE_URL_OWNER",
    "intake": "DATABASE_URL_INTAKE",
}


def pytest_configure() -> None:
    """Django's registry, before any test module imports a model; no database is reached yet."""
    import django

    django.setup()


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark what needs the server, so that `-m "not database"` leaves it alone."""
    for item in items:
        if {"database", "django_db_setup"} & set(getattr(item, "fixturenames", ())):
            item.add_marker("database")


@pytest.fixture(scope="session")
def server() -> Iterator[Server]:
    """The private server; runs and workers at the same time share it, the last one stops it."""
    with Server.private(HOME) as running:
        yield running


@pytest.fixture(scope="session")
def django_db_setup(server: Server, django_db_blocker: pytest.FixtureRequest) -> Iterator[str]:
    """This process's own database, migrated by the owner; yields the superuser's URL of it."""
    _drop_dead(server)
    name = f"test_{os.getpid()}"
    urls = server.create_database(name)
    os.environ.update(urls)
    admin = server.dsn(name)
    with django_db_blocker.unblock():
        _migrate(urls)
        _keep_seeds(admin)
        yield admin
        from django.db import connections

        connections.close_all()
    with _admin(server.dsn("postgres")) as connection:
        _drop(connection, name)


@pytest.fixture
def database(django_db_setup: str, django_db_blocker: pytest.FixtureRequest) -> Iterator[str]:
    """An empty, migrated database without any wrapping transaction; the superuser's URL of it."""
    from django.core.cache import cache

    _empty(django_db_setup)
    cache.clear()
    with django_db_blocker.unblock():
        yield django_db_setup
        from django.db import connections

        for connection in connections.all(initialized_only=True):
            connection.close()


def _migrate(urls: dict[str, str]) -> None:
    from django.core.management import call_command
    from django.db import connections
    from psycopg.conninfo import conninfo_to_dict

    for alias, variable in _ALIASES.items():
        parts = conninfo_to_dict(urls[variable])
        connections.settings[alias].update(
            NAME=parts["dbname"], USER=parts["user"], HOST=parts["host"], PORT=parts["port"]
        )
    call_command("migrate", database="owner", verbosity=0)


@contextmanager
def _admin(dsn: str) -> Iterator[psycopg.Connection]:
    with psycopg.connect(dsn, autocommit=True) as connection:
        connection.execute("SET lock_timeout = '10s'")
        yield connection


def _drop_dead(server: Server) -> None:
    """Databases of runs that were killed."""
    with _admin(server.dsn("postgres")) as connection:
        rows = connection.execute("SELECT datname FROM pg_database WHERE datname ~ '^test_[0-9]+$'")
        for (name,) in rows.fetchall():
            if not Path(f"/proc/{name.removeprefix('test_')}").exists():
                _drop(connection, name)


def _drop(connection: psycopg.Connection, name: str) -> None:
    connection.execute(
        sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name))
    )


def _tables(connection: psycopg.Connection) -> list[str]:
    rows = connection.execute(
        "SELECT relname FROM pg_class WHERE relnamespace = 'public'::regnamespace"
        " AND relkind IN ('r', 'p') AND NOT relispartition AND relname <> 'django_migrations'"
    )
    return [name for (name,) in rows]


def _filled(connection: psycopg.Connection, tables: list[str]) -> list[str]:
    each = sql.SQL(" UNION ALL ").join(
        sql.SQL("SELECT {}::text WHERE EXISTS (SELECT FROM public.{})").format(
            sql.Literal(name), sql.Identifier(name)
        )
        for name in tables
    )
    return [name for (name,) in connection.execute(each)]


def _keep_seeds(dsn: str) -> None:
    """Copies of what the migrations themselves store, to put back before each test."""
    with _admin(dsn) as connection:
        connection.execute("CREATE SCHEMA seed")
        for name in _filled(connection, _tables(connection)):
            table = sql.Identifier(name)
            connection.execute(
                sql.SQL("CREATE TABLE seed.{0} AS SELECT * FROM public.{0}").format(table)
            )


def _empty(dsn: str) -> None:
    """Back to what the migrations stored. Role `replica`: triggers (append-only) do not fire."""
    with _admin(dsn) as connection, connection.transaction():
        connection.execute("SET LOCAL session_replication_role = replica")
        seeds = [
            name
            for (name,) in connection.execute(
                "SELECT relname FROM pg_class WHERE relnamespace = 'seed'::regnamespace"
            )
        ]
        for name in _filled(connection, _tables(connection)):
            connection.execute(sql.SQL("DELETE FROM public.{}").format(sql.Identifier(name)))
        for name in seeds:
            connection.execute(
                sql.SQL("INSERT INTO public.{0} SELECT * FROM seed.{0}").format(
                    sql.Identifier(name)
                )
            )
