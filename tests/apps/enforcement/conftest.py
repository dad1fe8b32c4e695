"""A decided hit, for the tests of controls."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.apps.enforcement.scene import Scene


@pytest.fixture
def scene(database: str) -> Scene:
    """A traveller whose hit was referred to a control."""
    # Models can be imported only when Django is set up, which is after this module is read.
    from tests.apps.enforcement.scene import build

    return build()
