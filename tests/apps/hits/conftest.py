"""The invented world, empty of hits, in the tests' own database."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.apps.hits.world import World


@pytest.fixture
def world(database: str) -> World:
    """An administration with its people and a list."""
    # Models can be imported only when Django is set up, which is after this module is read.
    from tests.apps.hits.world import build

    return build()
