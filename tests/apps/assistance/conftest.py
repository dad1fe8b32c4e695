"""A Member, the organisation that gives assistance, and another organisation."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.apps.assistance.scene import Scene


@pytest.fixture
def scene(database: str) -> Scene:
    """The organisations and their people, without a request."""
    # Models can be imported only when Django is set up, which is after this module is read.
    from tests.apps.assistance.scene import build

    made = build()
    made.database = database
    return made
