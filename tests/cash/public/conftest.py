"""The public form in the process of the tests, with its own settings in place of those of the other pages."""

from __future__ import annotations

import datetime as dt
import os
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from types import SimpleNamespace
from typing import Any
from unittest import mock
from urllib.parse import urlencode

import pytest
from django.test import Client, override_settings
from tests.cash.public.walk import Post, Traveller

from vedette.cash.public import settings, views
from vedette.cash.public.configuration import configuration

ORGANISATION = uuid.UUID(int=7)
_NAMES = (
    "ROOT_URLCONF", "MIDDLEWARE", "TEMPLATES", "LANGUAGES", "LANGUAGE_CODE", "LOCALE_PATHS",
    "DATA_UPLOAD_MAX_MEMORY_SIZE", "DATA_UPLOAD_MAX_NUMBER_FIELDS", "DATA_UPLOAD_MAX_NUMBER_FILES",
    "APPEND_SLASH",
)  # fmt: skip
_CACHED = (configuration, views._start_page, views._languages, views._sender, views._style)


@contextmanager
def installed(organisation: uuid.UUID, dsn: str) -> Iterator[SimpleNamespace]:
    """The form of an organisation: `client` is a browser, `post` posts a form."""
    environment = {
        "VEDETTE_FORM_ORGANISATION": str(organisation),
        "VEDETTE_FORM_AUTHORITY": "Douanes <test>",
        "VEDETTE_FORM_CONTACT": "dpo@customs.example",
        "DATABASE_URL_PUBLIC": dsn,
    }
    client = Client(raise_request_exception=False)

    def post(path: str, fields: Any) -> tuple[int, str]:
        response = client.post(
            path, urlencode(fields), content_type="application/x-www-form-urlencoded"
        )
        return response.status_code, response.content.decode()

    _forget()
    with (
        mock.patch.dict(os.environ, environment),
        override_settings(**{name: getattr(settings, name) for name in _NAMES}),
    ):
        yield SimpleNamespace(client=client, post=post, today=dt.datetime.now(dt.UTC).date())
        views._sender().close()
    _forget()


@pytest.fixture
def form() -> Iterator[SimpleNamespace]:
    """The form without a database. `sent` is what it sent."""
    sent: list[tuple[uuid.UUID, int, bytes]] = []
    with (
        installed(ORGANISATION, "postgresql://nobody@127.0.0.1:1/none") as made,
        mock.patch("vedette.cash.public.sending.Sender.send", lambda one, *row: sent.append(row)),
    ):
        made.sent = sent
        yield made


def _forget() -> None:
    for one in _CACHED:
        one.cache_clear()


def traveller(post: Post, language: str = "en") -> Traveller:
    """Somebody who has begun a form."""
    return Traveller(post, language).begin()
