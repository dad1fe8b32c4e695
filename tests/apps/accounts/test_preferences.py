"""Language and theme go with the person who signs in; before that they rest in cookies."""

from __future__ import annotations

import pytest
from django.test import Client
from tests.apps.hits.world import World, build

from vedette.apps.accounts.models import User
from vedette.apps.accounts.selectors import demo_password


@pytest.fixture
def world(database: str) -> World:
    """An administration with its people."""
    return build()


def _signed_in(language: str = "en") -> Client:
    client = Client(HTTP_HOST="localhost", HTTP_ACCEPT_LANGUAGE=language)
    given = {"username": "officer", "password": demo_password("officer")}
    assert client.post("/login/", given).status_code == 302
    return client


def test_what_is_chosen_is_there_at_another_desk(world: World) -> None:
    """Chosen once, applied wherever one signs in next, though that browser asks for English."""
    _signed_in().post("/preferences/", {"language": "fr"})
    _signed_in().post("/preferences/", {"theme": "dark"})
    page = _signed_in("en").get("/").content.decode()
    assert '<html lang="fr"' in page
    assert 'data-theme="dark"' in page


def test_back_to_the_theme_of_the_system(world: World) -> None:
    """An empty theme is a choice: that of the system."""
    client = _signed_in()
    client.post("/preferences/", {"theme": "dark"})
    client.post("/preferences/", {"theme": ""})
    assert "data-theme" not in client.get("/").content.decode()


def test_who_never_chose_reads_as_the_browser_asks(world: World) -> None:
    """Nothing is stored for them: no language of ours is put upon anybody."""
    assert '<html lang="en"' in _signed_in("en").get("/").content.decode()
    assert User.objects.get(pk=world.officer.pk).language == ""


def test_signed_out_the_cookie_stands(world: World) -> None:
    """Before the sign-in there is only the browser; what is none of ours changes nothing."""
    client = Client(HTTP_HOST="localhost", HTTP_ACCEPT_LANGUAGE="en")
    client.post("/preferences/", {"language": "fr", "theme": "light"})
    client.post("/preferences/", {"language": "xx", "theme": "<b>"})
    page = client.get("/login/").content.decode()
    assert '<html lang="fr"' in page
    assert 'data-theme="light"' in page
