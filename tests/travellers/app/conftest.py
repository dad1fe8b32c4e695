"""A filled evening, and an officer's browser. Django is ready only when a fixture runs."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from django.test import Client
    from tests.travellers.app.scene import Scene


@pytest.fixture
def scene(database: str) -> Scene:
    """A filled evening."""
    from tests.travellers.app import scene as scenes

    return scenes.fill()


@pytest.fixture
def client(scene: Scene) -> Client:
    """An officer's browser, reading English."""
    from django.test import Client

    browser = Client(headers={"accept-language": "en"})
    browser.force_login(scene.officer)
    return browser
