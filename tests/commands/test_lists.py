"""`vedette lists` and `vedette createadmin`: output, exit statuses, what is kept."""

from __future__ import annotations

import io
from pathlib import Path

import pytest
from tests.apps.lists.conftest import CHANGED, LIST, make_house

from vedette.cli import main

TERMS = ["--purpose", "border", "--basis", "decree 1"]


@pytest.fixture
def here(database: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An organisation, and a folder with two versions of a list."""
    make_house()
    (tmp_path / "one.csv").write_text(LIST)
    (tmp_path / "two.csv").write_text(CHANGED + "A-9,person,,,,,,,\n")
    (tmp_path / "photo.jpg").write_bytes(b"\xff\xd8\xff\xe0JFIF")
    return tmp_path


def lists(*args: str | Path) -> int:
    """`vedette lists …`"""
    return main(["lists", *map(str, args)])


def test_import_table_and_difference(here, capsys):
    """A second import says what changed and names the broken row; the third changes nothing."""
    assert lists("import", here / "one.csv", "--name", "L", *TERMS, "--expires", "2099-12-31") == 0
    assert lists("import", here / "two.csv", "--name", "L", *TERMS) == 0
    out = capsys.readouterr().out
    assert "version 2, 3 entries, 1 added, 1 changed, 1 removed, 1 with doubt" in out
    assert "ine 5" in out
    assert lists("import", here / "two.csv", "--name", "L", *TERMS) == 0
    assert "no change" in capsys.readouterr().out
    assert lists() == 0
    table = capsys.readouterr().out
    assert "2099-12-31" in table, "an expiry that is not said again stays"
    assert lists("diff", "L", "--from", "1", "--to", "2") == 0
    told = capsys.readouterr().out
    assert {line[0] for line in told.splitlines() if line[0] != " "} == {"+", "≠", "−"}


def test_an_import_on_the_server_is_the_operators(here, capsys):
    """Current at once, with nobody's name: who runs commands on the machine is its operator, and the
    journal says that it was on the command line."""
    from vedette.apps.accounts.models import Act

    assert lists("import", here / "one.csv", "--name", "L", *TERMS) == 0
    act = Act.objects.using("intake").get(act="list.import")
    assert (act.user_id, act.detail["by"]) == (None, "operator")


def test_what_is_no_list(here, capsys):
    """One line on stderr that names file and remedy; exit status 1."""
    assert lists("import", here / "photo.jpg", "--name", "L", *TERMS) == 1
    error = capsys.readouterr().err
    assert "photo.jpg" in error
    assert error.count("\n") == 1
    assert lists("import", here / "none.csv", "--name", "L", *TERMS) == 1


def test_wrong_usage(here, capsys):
    """An unknown list, version or purpose: 2."""
    assert lists("diff", "none") == 2
    with pytest.raises(SystemExit) as caught:
        lists("import", here / "one.csv", "--name", "L", "--purpose", "fun", "--basis", "b")
    assert caught.value.code == 2


def test_several_organisations_must_be_told_apart(here, capsys):
    """Where there are two, the command does not guess whose list it is."""
    make_house("Second")
    assert lists("import", here / "one.csv", "--name", "L", *TERMS) == 2
    args = ["import", here / "one.csv", "--name", "L", *TERMS, "--organisation", "Second"]
    assert lists(*args) == 0


def test_the_first_administrator(database, capsys, monkeypatch, tmp_path):
    """A password of one's own, from a file here; no default, no weak one, no name twice."""
    from vedette.apps.accounts.models import Act, User

    make = ["createadmin", "boss", "--organisation", "Customs", "--country", "FR"]
    monkeypatch.setattr("sys.stdin", io.StringIO(""))
    assert main(make) == 2
    file = tmp_path / "password"
    make += ["--password-file", str(file)]
    assert main(make) == 2
    file.write_text("password1234\n")
    assert main(make) == 2
    file.write_text("quatre-vents-et-marees\n")
    assert main(make) == 0
    assert main(make) == 1
    user = User.objects.using("intake").select_related("organisation").get()
    assert (user.role, user.organisation.name, user.organisation.country) == (
        "administrator", "Customs", "FR",
    )  # fmt: skip
    assert user.check_password("quatre-vents-et-marees")
    assert Act.objects.using("intake").filter(act="account.create").exists()
    assert "quatre" not in capsys.readouterr().out


def test_subscribing_from_the_command_line(here, capsys):
    """In the name of a list manager; shown with its state; ended by name. Errors are one line."""
    url = "https://127.0.0.1:1/list.csv"
    by = ["--by", "list_manager-Ours"]
    assert lists("subscribe", url, "--name", "L", *TERMS, *by) == 0
    assert lists("fetch") == 0
    assert "1 fetched" in capsys.readouterr().out
    assert lists("subscriptions") == 0
    told = capsys.readouterr().out
    assert url in told
    assert "never" in told
    assert "private network" in told
    assert lists("unsubscribe", "L", *by) == 0
    capsys.readouterr()
    assert lists("subscriptions") == 0
    assert capsys.readouterr().out == ""
    for wrong in (
        ("subscribe", "http://a.example/", "--name", "L", *TERMS, *by),
        ("subscribe", url, "--name", "L", *TERMS, "--by", "officer-Ours"),
        ("subscribe", url, "--name", "L", *TERMS, "--by", "nobody"),
        ("subscribe", url, "--name", "L", *TERMS, *by, "--every", "0"),
        ("unsubscribe", "M", *by),
    ):
        assert lists(*wrong) == 2
        assert len(capsys.readouterr().err.strip().splitlines()) == 1
