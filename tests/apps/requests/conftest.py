"""An administration with its data-protection officer."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from django.test import Client
    from tests.apps.hits.world import World

    from vedette.apps.accounts.models import User


@pytest.fixture
def world(database: str) -> World:
    """The invented world."""
    from tests.apps.hits.world import build

    return build()


@pytest.fixture
def dpo(world: World) -> User:
    """Who answers."""
    from tests.apps.requests.scene import dpo

    return dpo(world)


@pytest.fixture
def desk(dpo: User) -> Client:
    """The officer's browser."""
    from tests.apps.requests.scene import client

    return client(dpo)
