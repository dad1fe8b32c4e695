"""A client that speaks as the user of a token, to the application as the server runs it."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest
from tests.apps.lists.conftest import make_house


class Client:
    """Requests with a bearer token."""

    def __init__(self, token: str) -> None:
        from django.test import Client as DjangoClient

        self.http = DjangoClient(raise_request_exception=False)
        self.headers = {"Authorization": f"Bearer {token}"} if token else {}

    def get(self, path: str, **params: Any) -> Any:
        """GET /api/…"""
        return self.http.get(f"/api{path}", params, headers=self.headers)

    def post(self, path: str, body: Any = None, **more: Any) -> Any:
        """POST /api/… a JSON body."""
        return self.http.post(
            f"/api{path}", body or {}, content_type="application/json", headers=self.headers, **more
        )

    def send(self, path: str, data: Any, content_type: str | None = None) -> Any:
        """POST bytes, or a form of files."""
        more = {"content_type": content_type} if content_type else {}
        return self.http.post(f"/api{path}", data, headers=self.headers, **more)


def client_of(user: Any, days: int = 1) -> Client:
    """A client with a fresh token of this user."""
    from datetime import timedelta

    from django.utils import timezone

    from vedette.apps.accounts.actions import digest
    from vedette.apps.accounts.models import ApiToken
    from vedette.apps.accounts.rules import RULES

    value = f"vedette_{user.username}_{days}"
    ApiToken.objects.using("intake").create(
        user_id=user.pk, name="test", digest=digest(value), rights=list(RULES),
        own=True, expires_at=timezone.now() + timedelta(days=days),
    )  # fmt: skip
    return Client(value)


@pytest.fixture
def api(database: str) -> SimpleNamespace:
    """A house with a client for each role."""
    house = make_house()
    roles = ("officer", "supervisor", "list_manager", "administrator")
    return SimpleNamespace(house=house, **{r: client_of(getattr(house, r)) for r in roles})
