"""The journal's scene in the tests' own database."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import psycopg
import pytest

if TYPE_CHECKING:
    from tests.apps.journal.scene import Journal


@pytest.fixture
def journal(database: str, tmp_path: Path) -> Iterator[Journal]:
    """Thirty acts, a decision with its words, users and lists; sealed, with a head."""
    # Models can be imported only when Django is set up, which is after this module is read.
    from django.conf import settings
    from tests.apps.hits.world import build
    from tests.apps.journal.scene import Journal, decide, write_acts

    from vedette.apps.journal import heads

    world = build()
    heads.make_folder(tmp_path / "journal")
    write_acts(30)
    decide(world)
    with psycopg.connect(database, autocommit=True) as connection:
        made = Journal(connection, settings.KEYS, tmp_path / "journal", world)
        made.seal()
        yield made
