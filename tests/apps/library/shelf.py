"""Organisations with items of the library, indexed as a worker does it."""

from __future__ import annotations

import os
import uuid
from typing import Any

import psycopg
from tests.apps.release.offices import Party

from vedette.apps.library import actions, indexing, reading, selectors
from vedette.apps.library.models import Item


def index(connection: psycopg.Connection[Any] | None = None) -> None:
    """Reads all files and indexes all items, as the processes of a worker do."""
    with psycopg.connect(os.environ["DATABASE_URL_INTAKE"], autocommit=True) as intake:
        for home, id_ in intake.execute(reading.WAITS).fetchall():
            reading.read(home, id_)
        for home, _ in intake.execute(indexing.WAITS).fetchall():
            while indexing.index(intake, home):
                pass


def add(party: Party, title: str, language: str = "en", **more: Any) -> Item:
    """An item of an organisation, which its administrator adds."""
    content = {
        name: more.pop(name)
        for name in ("summary", "keywords", "year", "label", "file_name", "data")
        if name in more
    }
    reference = more.pop("reference", "")
    about = actions.About(**{"kind": "guideline", "access": "public", **more})
    made: Item = party.do(
        "administrator", actions.add, about, actions.Content(language, title, **content), reference
    )
    return made


def found(party: Party, text: str, role: str = "officer", **more: Any) -> list[uuid.UUID]:
    """The items that a reader finds, best first."""
    return [one.variant.item_id for one in answer(party, text, role, **more).hits]


def answer(party: Party, text: str, role: str = "officer", **more: Any) -> selectors.Answer:
    """The answer of a search, as a reader sees it."""
    filters = selectors.Filters(**more.pop("filters", {}))
    made: selectors.Answer = party.do(
        role, lambda user: selectors.find(text, filters, more.pop("language", ""), **more)
    )
    return made
