"""Fixtures for the tests of the pages and the store of goods."""

from __future__ import annotations

import os
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import psycopg
import pytest

if TYPE_CHECKING:
    from tests.goods.app.desk import Desk


@pytest.fixture
def connection(database: str) -> Iterator[psycopg.Connection[Any]]:
    """A connection of the intake role."""
    with psycopg.connect(os.environ["DATABASE_URL_INTAKE"], autocommit=True) as made:
        yield made


@pytest.fixture
def desk(connection: psycopg.Connection[Any]) -> Desk:
    """An administration that received a declaration with two items."""
    from tests.goods.app.desk import Desk
    from tests.goods.declared import ACID, SHOES

    made = Desk(connection)
    made.receive(ACID, SHOES)
    return made
