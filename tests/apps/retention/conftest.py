"""What the tests of retention stand on: a connection without earlier vaults, and month keys."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest

from vedette.keys.months import MonthKeys


@pytest.fixture
def connection(database: str) -> Iterator[psycopg.Connection[Any]]:
    """A raw connection of the intake role, without the vaults of earlier tests: a month that has one gets
    no new clear partition."""
    from vedette.apps.retention.parts import leaves

    with psycopg.connect(os.environ["DATABASE_URL_INTAKE"], autocommit=True) as connection:
        for part in leaves(connection, "retention_vault"):
            connection.execute("SELECT vedette_drop_vault(%s, %s)", part[1:])
        yield connection


@pytest.fixture
def months(tmp_path: Path) -> MonthKeys:
    """Month keys of this test alone."""
    from tests.apps.retention import old

    return old.month_keys(tmp_path)
