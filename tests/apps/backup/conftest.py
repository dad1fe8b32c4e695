"""A scene to back up, and an empty database to restore into."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import psycopg
import pytest

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
    """The three settings of a database without tables."""
    name = f"restored_{os.getpid()}"
    with psycopg.connect(server.dsn("postgres"), autocommit=True) as admin:
        admin.execute(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")
        yield {**server.create_database(name), "ADMIN": server.dsn(name)}
        admin.execute(f"DROP DATABASE {name} WITH (FORCE)")
