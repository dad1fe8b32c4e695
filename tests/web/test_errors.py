"""Errors are pages: with the navigation for who is signed in, and in the reader's language."""

from __future__ import annotations

import pytest
from django.test import Client
from tests.api.conftest import api  # noqa: F401  (the fixture)

BACKEND = "vedette.apps.accounts.adapters.Passwords"


@pytest.fixture
def officer(api) -> Client:  # noqa: F811
    """A signed-in officer."""
    client = Client(enforce_csrf_checks=True)
    client.force_login(api.house.officer, BACKEND)
    return client


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("get", "/nowhere/", 404),
        ("get", "/hits/11111111-1111-1111-1111-111111111111/", 404),
        ("get", "/users/", 403),
        ("get", "/logout/", 405),
        ("get", "/hits/11111111-1111-1111-1111-111111111111/claim/", 405),
        ("put", "/", 403),
        ("post", "/preferences/", 403),
    ],
)
def test_who_is_signed_in_keeps_the_navigation(officer, method, path, status) -> None:
    """From every error a click leads on; the page is in the reader's language."""
    for language in ("fr", "en"):
        answer = getattr(officer, method)(path, headers={"Accept-Language": language})
        page = answer.content.decode()
        assert answer.status_code == status
        assert 'class="nav"' in page
        assert f'<html lang="{language}"' in page
        assert page.count('<main id="main"') == 1


def test_a_wrong_method_is_a_page(officer) -> None:
    """The address of a form, opened as a page, explains itself, and states the methods."""
    answer = officer.get("/logout/", headers={"Accept-Language": "fr"})
    assert (answer.status_code, answer["Allow"]) == (405, "POST, OPTIONS")
    assert "Rien n’a été modifié" in answer.content.decode()


def test_nobody_sees_no_navigation(database: str) -> None:
    """Without a user, there is nothing to navigate."""
    page = Client().get("/nowhere/").content.decode()
    assert 'class="nav"' not in page
    assert page.count('<main id="main"') == 1


def test_a_machine_gets_json(api) -> None:  # noqa: F811
    """The API answers every error with its detail."""
    for method, path, status in (
        ("get", "/api/nowhere", 404),
        ("delete", "/api/queue", 405),
        ("post", "/api/queue", 405),
    ):
        answer = getattr(api.officer.http, method)(path, headers=api.officer.headers)
        assert answer.status_code == status
        assert list(answer.json()) == ["detail"]


def test_the_page_of_the_api_and_the_formats_are_in_the_reader_s_language(api) -> None:  # noqa: F811
    """What an operation does, and what a list format is called."""
    client = Client()
    client.force_login(api.house.list_manager, BACKEND)
    page = client.get("/api/", headers={"Accept-Language": "fr"}).content.decode()
    assert "Concordances ouvertes" in page
    assert "Open hits" not in page
    formats = client.get("/watchlists/import/", headers={"Accept-Language": "fr"}).content.decode()
    assert "Liste récapitulative du Conseil de sécurité" in formats
    assert "Security Council" not in formats
