"""Scenes of profiles in the tests' own database."""

from __future__ import annotations

import os
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import psycopg
import pytest

if TYPE_CHECKING:
    from tests.apps.profiles.office import Office
    from tests.apps.profiles.scene import Scene


@pytest.fixture
def connection(database: str) -> Iterator[psycopg.Connection[Any]]:
    """A raw connection of the intake role."""
    with psycopg.connect(os.environ["DATABASE_URL_INTAKE"], autocommit=True) as connection:
        yield connection


@pytest.fixture
def office(connection: psycopg.Connection[Any]) -> Office:
    """An administration and three people of it."""
    from tests.apps.profiles.office import build

    return build(connection)


@pytest.fixture
def scene(database: str) -> Scene:
    """An administration with an analyst and others; no profile."""
    # Models can be imported only when Django is set up, which is after this module is read.
    from tests.apps.profiles.scene import build

    return build()


@pytest.fixture
def full(database: str) -> Scene:
    """Profiles in every state."""
    from tests.apps.profiles.scene import full

    return full()
