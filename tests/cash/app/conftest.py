"""Fixtures for the tests of the pages and the store of cash."""

from __future__ import annotations

import os
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import psycopg
import pytest

if TYPE_CHECKING:
    from tests.cash.app.desk import Desk


@pytest.fixture
def connection(database: str) -> Iterator[psycopg.Connection[Any]]:
    """A connection of the intake role."""
    with psycopg.connect(os.environ["DATABASE_URL_INTAKE"], autocommit=True) as made:
        yield made


@pytest.fixture
def desk(connection: psycopg.Connection[Any]) -> Desk:
    """An administration that received one declaration."""
    from tests.cash.app.desk import Desk
    from tests.cash.stated import declaration

    made = Desk(connection)
    made.receive(declaration())
    return made
