"""`vedette journal`: a whole journal is 0, anything else 1 with a line for each finding."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import psycopg
import pytest
from django.conf import settings

from vedette.apps.accounts import acts
from vedette.apps.accounts.models import Act
from vedette.apps.journal import heads, sealing
from vedette.cli import main


@pytest.fixture
def sealed(database: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> psycopg.Connection:
    """A few acts, sealed, with a head in the folder that the environment names."""
    monkeypatch.setenv("VEDETTE_JOURNAL", str(tmp_path / "journal"))
    heads.make_folder(tmp_path / "journal")
    for number in range(3):
        acts.write(None, "record.search", words={"name": f"NAME{number}"}, found=number)
    connection = psycopg.connect(database, autocommit=True)
    sealing.seal_all(connection, settings.KEYS)
    heads.sign_if_due(connection, settings.KEYS, tmp_path / "journal", dt.timedelta(0))
    return connection


def test_verify_and_show(
    sealed: psycopg.Connection, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """What a data-protection officer types: whole, opened, then touched and told."""
    with sealed:
        assert main(["journal", "verify"]) == 0
        assert "the journal is whole" in capsys.readouterr().out
        assert main(["journal", "show", "--day", f"{dt.datetime.now(dt.UTC):%Y-%m-%d}"]) == 0
        assert "name='NAME2'" in capsys.readouterr().out
        assert main(["journal", "show", "--user", "nobody"]) == 0
        # That words were opened is on the journal; nothing was found, nothing was opened.
        [opened] = Act.objects.using("intake").filter(act="journal.show")
        assert (opened.user_id, opened.detail) == (None, {"rows": 3})
        public = settings.KEYS.ids("heads.pub")[-1]
        file = settings.KEYS._path / public
        copy = tmp_path / "copy.jsonl"
        copy.write_bytes((tmp_path / "journal" / heads.FILE).read_bytes())
        assert main(["journal", "verify", "--heads", str(copy), "--public", str(file)]) == 0
        sealed.execute("SET session_replication_role = replica")
        sealed.execute("UPDATE accounts_act SET act = 'hit.see'")
        capsys.readouterr()
        assert main(["journal", "verify"]) == 1
        assert capsys.readouterr().out.count("changed: act ") == 3


def test_a_missing_public_half_is_named(
    sealed: psycopg.Connection, capsys: pytest.CaptureFixture[str]
) -> None:
    """One line on stderr, no traceback."""
    with sealed:
        assert main(["journal", "verify", "--public", "heads-1-00000000.pub"]) == 1
    assert "heads-1-00000000.pub" in capsys.readouterr().err
