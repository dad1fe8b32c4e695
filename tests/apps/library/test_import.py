"""A collection is imported into an installation by the command."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import psycopg
import pytest
from tests.apps.library.shelf import answer, found, index
from tests.apps.release.offices import Party

from vedette.cli import main

pytestmark = pytest.mark.database


def test_a_folder_is_imported_once(
    emptier: psycopg.Connection[Any],
    database: str,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """Items with their access; a fault is named; a second import stores nothing; the group must exist."""
    from vedette.apps.library import actions

    with psycopg.connect(os.environ["DATABASE_URL_INTAKE"], autocommit=True) as intake:
        aa, bb = Party(intake, "Aa"), Party(intake, "Bb")
    aa.do("administrator", actions.form_group, "Partners", [bb.id])
    items = [
        {"id": "1", "kind": "tool", "language": "en", "title": "Public spectrometer"},
        {"id": "2", "kind": "tool", "language": "en", "title": "Own spectrometer",
         "access": "organisation", "organisation": "x", "superseded_by": "1"},
        {"id": "3", "kind": "tool", "language": "en", "title": "Shared spectrometer", "access": "group",
         "group": "Partners"},
        {"id": "4", "kind": "tool", "language": "en", "title": "Lost spectrometer", "access": "group",
         "group": "Nobody"},
        {"id": "5", "kind": "film", "language": "en", "title": "Fault"},
    ]  # fmt: skip
    (tmp_path / "a.jsonl").write_text("\n".join(map(json.dumps, items)), "utf-8")
    command = ["library", "import", str(tmp_path), "--organisation", "Aa"]
    for stored in (3, 0):
        assert main(command) == 0
        told = json.loads(capsys.readouterr().out)
        assert (told["items"], told["stored"], len(told["problems"])) == (4, stored, 1)
    index()
    assert len(found(aa, "spectrometer")) == 3
    titles = [one.variant.title for one in answer(bb, "spectrometer").hits]
    assert sorted(titles) == ["Public spectrometer", "Shared spectrometer"]
    assert answer(aa, "spectrometer").hits[-1].variant.title == "Own spectrometer"
