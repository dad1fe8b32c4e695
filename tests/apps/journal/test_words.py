"""The words of a decision: written once, masked by a run alone, found where anybody else was at them."""

from __future__ import annotations

import datetime as dt
import os
from pathlib import Path

import psycopg
import pytest
from tests.apps.journal.scene import Journal
from tests.apps.retention import old

from vedette.apps.retention import masking, runs
from vedette.apps.retention.parts import leaves
from vedette.keys.months import MonthKeys


@pytest.fixture
def months(journal: Journal, tmp_path: Path) -> MonthKeys:
    """A decision of half a year ago, sealed, and month keys to mask its words under."""
    month = old.month_ago(240)
    for part in leaves(journal.connection, "retention_vault"):
        journal.connection.execute("SELECT vedette_drop_vault(%s, %s)", part[1:])
    old.partitions(month)
    home = old.organisation(journal.connection)
    old.hit(old.travellers(journal.connection, home, month, 1)[0], "release")
    journal.seal()
    return old.month_keys(tmp_path)


def _mask(journal: Journal, months: MonthKeys) -> None:
    with psycopg.connect(os.environ["DATABASE_URL_INTAKE"], autocommit=True) as connection:
        runs.run(connection, journal.keys, months, dt.datetime.now(dt.UTC))
    journal.seal()


def test_words_changed_or_gone_are_found(journal: Journal) -> None:
    """Workers may delete words, for retention; what no masking took is missing."""
    journal.tamper("UPDATE hits_textclear SET text = 'Another reason.' WHERE kind = 'why'")
    assert journal.found() == {"changed"}
    with psycopg.connect(os.environ["DATABASE_URL_INTAKE"], autocommit=True) as workers:
        workers.execute("DELETE FROM hits_textclear WHERE kind = 'why'")
    assert journal.found() == {"removed"}


def test_the_web_role_neither_removes_nor_rewrites_words(journal: Journal) -> None:
    """It writes them once; restriction hides them, and shows them again."""
    refused = psycopg.errors.InsufficientPrivilege
    with psycopg.connect(os.environ["DATABASE_URL"], autocommit=True) as web:
        web.execute(
            "SELECT set_config('vedette.organisation', %s, false),"
            " set_config('vedette.unit', 'every', false), set_config('vedette.whole', 'yes', false),"
            " set_config('vedette.restricted', 'yes', false)",
            [str(journal.world.organisation.pk)],
        )
        for statement in (
            "DELETE FROM hits_textclear WHERE kind = 'why'",
            "TRUNCATE hits_textclear",
            "UPDATE hits_textclear SET text = 'Another reason.'",
            "UPDATE hits_textclear SET kind = 'note'",
        ):
            with pytest.raises(refused):
                web.execute(statement)
        web.execute("UPDATE hits_textclear SET restricted = true")
    assert journal.found() == set()


def test_masked_words_are_proven_by_the_month_keys(journal: Journal, months: MonthKeys) -> None:
    """With them opened and compared, without them told as unread."""
    _mask(journal, months)
    report = journal.verify(months=months)
    assert (report.findings, report.masked, report.unopened) == ([], 1, 0)
    report = journal.verify()
    assert (report.findings, report.masked, report.unopened) == ([], 1, 1)


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE retention_vault SET sealed = 'x' WHERE kind = 'why'",
        "UPDATE retention_vault v SET sealed = o.sealed FROM retention_vault o"
        " WHERE v.kind = 'why' AND o.kind = 'reason'",
    ],
)
def test_false_words_in_the_vault_are_found(
    journal: Journal, months: MonthKeys, change: str
) -> None:
    """A row in the place of another, or of bytes that nobody sealed, is no masking."""
    _mask(journal, months)
    journal.tamper(change)
    [finding] = journal.verify(months=months).findings
    assert finding.what == "changed"


def test_words_gone_from_the_vault_are_found(journal: Journal, months: MonthKeys) -> None:
    """As long as the decision stands, its words stand somewhere."""
    _mask(journal, months)
    journal.tamper("DELETE FROM retention_vault WHERE kind = 'why'")
    assert journal.found() == {"removed"}


def test_words_on_their_way_into_the_vault_are_there(
    journal: Journal, months: MonthKeys, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A run that was killed after it took the partition out of sight: nothing is missing."""

    def die(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(masking, "bring_to_vault", die)
        with pytest.raises(KeyboardInterrupt):
            _mask(journal, months)
    journal.seal()
    report = journal.verify()
    assert (report.findings, report.masked) == ([], 1)
    _mask(journal, months)
    assert journal.verify(months=months).findings == []
