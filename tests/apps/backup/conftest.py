"""A scene to back up, and an empty database to restore into."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import psycopg
import pytest
from tests.conftest import copy_template
from tests.emptying import empty

from vedette.server.postgres import Server

if TYPE_CHECKING:
    from tests.apps.backup.scene import Scene


@pytest.fixture
def scene(database: str, tmp_path: Path) -> Scene:
    # Models can be imported only when Django is set up, which is after this module is read.
    from tests.apps.backup.scene import build

    return build(database, tmp_path)


@pytest.fixture
def bare(server: Server, database: str) -> Iterator[dict[str, str]]:
    """The settings of a database without tables."""
    with _another(server, "bare") as name:
        yield {**server.create_database(name), "ADMIN": server.dsn(name)}


@pytest.fixture(scope="session")
def _ready(server: Server, django_db_setup: str) -> Iterator[dict[str, str]]:
    with _another(server, "ready") as name:
        yield {**copy_template(server, name), "ADMIN": server.dsn(name)}


@pytest.fixture
def ready(_ready: dict[str, str], database: str) -> dict[str, str]:
    """The settings of a database with the tables of this version and nothing of anybody in them."""
    from vedette.apps.retention.parts import leaves
    from vedette.apps.upkeep import marker

    with psycopg.connect(_ready["ADMIN"], autocommit=True) as admin:
        empty(admin)
        # A month with a vault gets no new clear partition.
        for part in leaves(admin, "retention_vault"):
            admin.execute("SELECT vedette_drop_vault(%s, %s)", part[1:])
        if marker.read(admin) is not None:
            marker.clear(admin)
    return _ready


@contextmanager
def _another(server: Server, kind: str) -> Iterator[str]:
    """A name that no database has; the database that got it goes afterwards."""
    name = f"{kind}_{os.getpid()}"
    with psycopg.connect(server.dsn("postgres"), autocommit=True) as admin:
        yield name
        admin.execute(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")
