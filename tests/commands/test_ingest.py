"""`vedette ingest`: what it prints and returns; the watched folder keeps nothing: what is stored leaves
it, what is refused goes after 72 hours."""

from __future__ import annotations

import os
import time
from pathlib import Path

import psycopg
import pytest
from tests.apps.retention import old

from vedette import cli
from vedette.commands import ingest

MESSAGE = b"UNB+UNOA:4+XX+YY+260301:0900+1++APIS'UNH+1+PAXLST:D:05B:UN:IATA'UNT+2+1'UNZ+1+1'"


def test_a_stored_file_leaves_the_watched_folder(
    database: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Its name, which may be a person's, is not printed: what a service prints ends in a log."""
    for name, data in (
        ("DOE_JANE.edi", MESSAGE),
        ("again.edi", MESSAGE),
        ("bad.txt", b"no message"),
    ):
        (tmp_path / name).write_bytes(data)
        os.utime(tmp_path / name, (time.time() - 60,) * 2)
    with psycopg.connect(os.environ["DATABASE_URL_INTAKE"], autocommit=True) as connection:
        home = old.organisation(connection)
        ingest.take(connection, [tmp_path], home, set(), watch=True)
    assert [f.name for f in tmp_path.iterdir()] == ["bad.txt"]
    said = capsys.readouterr().out
    assert "DOE" not in said
    assert ("accepted" in said, "duplicate" in said, "refused" in said) == (True, True, True)
    assert ingest.let_go([tmp_path], time.time()) == 0
    assert ingest.let_go([tmp_path], time.time() + 73 * 3600) == 1
    assert not list(tmp_path.iterdir())


def test_a_file_named_once_stays_where_it_is(database: str, tmp_path: Path) -> None:
    """Without --watch nothing of the caller's is removed."""
    (tmp_path / "one.edi").write_bytes(MESSAGE)
    with psycopg.connect(os.environ["DATABASE_URL_INTAKE"], autocommit=True) as connection:
        home = old.organisation(connection)
        ingest.take(connection, [tmp_path / "one.edi"], home, set(), watch=False)
    assert (tmp_path / "one.edi").exists()


def test_what_nothing_could_be_read_of_is_status_1(
    database: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The contract: 1 and a line on stderr with place and reason where the input could not be read at
    all; 0 where a file among others could not, or nothing was there; a duplicate was read."""
    with psycopg.connect(os.environ["DATABASE_URL_INTAKE"], autocommit=True) as connection:
        old.organisation(connection)
    good, bad, none = (str(tmp_path / name) for name in ("a.edi", "b.jpg", "none"))
    Path(good).write_bytes(MESSAGE)
    Path(bad).write_bytes(b"\xff\xd8\xff\xe0")
    (tmp_path / "empty").mkdir()
    why = f"{bad}: refused: byte 0: a JPEG picture; send the message as text\n"
    absent = f"{none}: not found; check the path\n"
    for paths, status, out, err in (
        ([bad], 1, why, why),
        ([none], 1, "", absent),
        ([none, bad], 1, why, absent + why),
        ([good, bad, none], 0, f"{good}: accepted\n{why}", absent + why),
        ([good, none], 0, f"{good}: duplicate\n", absent),
        ([str(tmp_path / "empty")], 0, "", ""),
    ):
        assert cli.main(["ingest", *paths]) == status, paths
        assert tuple(capsys.readouterr()) == (out, err), paths
