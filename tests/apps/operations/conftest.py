"""Three organisations, for the tests of operations."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.apps.operations.scene import Scene


@pytest.fixture
def scene(database: str) -> Scene:
    """Three organisations and their people, without an operation."""
    # Models can be imported only when Django is set up, which is after this module is read.
    from tests.apps.operations.scene import build

    return build()
