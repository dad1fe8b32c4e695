"""`vedette profile test`: a table of the past in, what would have been picked out."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from vedette import cli

TABLE = """HOURS,OW,FROM,RESULT
3,yes,AAA,seizure
100,no,BBB,nothing
12,oui,AAA,
1e999,1,CCC,seizure
x,,AAA,nothing
5,0,AAA,seizure
20,Y,AAA,nothing
"""
MAPPING = """
outcome = "RESULT"
positive = ["seizure"]
[columns]
lead_time_h = "HOURS"
one_way = "OW"
origin = "FROM"
[lists]
watched = ["AAA"]
[parameters]
hours = 48
"""
EXPRESSION = "lead_time_h < :hours AND one_way AND origin IN LIST 'watched'"


def _run(
    folder: Path, expression: str = EXPRESSION, table: str = TABLE, mapping: str = MAPPING
) -> int:
    (folder / "past.csv").write_text(table, encoding="utf-8")
    (folder / "map.toml").write_text(mapping, encoding="utf-8")
    return cli.main(
        ["profile", "test", expression, "--on", str(folder / "past.csv"),
         "--mapping", str(folder / "map.toml")]
    )  # fmt: skip


def test_hits_precision_and_recall(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Hits and their share of all; who cannot be judged is counted; where outcomes are known, precision
    and recall with intervals; the first hits with the conditions that held."""
    assert _run(tmp_path) == 0
    said = capsys.readouterr()
    lines = [json.loads(line) for line in said.out.splitlines()]
    summary = lines[0]
    assert (summary["rows"], summary["hits"], summary["unknown"]) == (7, 3, 1)
    assert summary["share"] == pytest.approx(3 / 7, abs=1e-6)
    assert summary["outcomes_known"] == 6
    assert (summary["precision"]["right"], summary["precision"]["of"]) == (1, 2)
    assert (summary["recall"]["right"], summary["recall"]["of"]) == (1, 3)
    assert summary["precision"]["low"] < 0.5 < summary["precision"]["high"]
    assert summary["unreadable"] == {"lead_time_h": 1}
    assert [line["row"] for line in lines[1:]] == [1, 3, 7]
    first = lines[1]["because"][0]
    assert first["en"]["limit"] == "less than 48 hours"
    assert first["en"]["value"] == "3 hours"
    assert said.err == ""


def test_without_outcomes_only_hits(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A mapping without an outcome column gives no precision; a column it does not map is absent."""
    assert _run(tmp_path, "one_way OR bags > 1", mapping='[columns]\none_way = "OW"\n') == 0
    summary = json.loads(capsys.readouterr().out.splitlines()[0])
    assert (summary["hits"], summary["absent"]) == (4, ["bags"])
    assert "precision" not in summary


@pytest.mark.parametrize(
    ("table", "mapping", "named"),
    [
        ("", MAPPING, "past.csv"),
        ("A,B\n1,2\n", MAPPING, "no column HOURS"),
        ('A\n"unclosed\n', MAPPING, "past.csv"),
        (TABLE, "columns = 3", "map.toml"),
        (TABLE, "[columns]\n", "names no column"),
        (TABLE, "[columns", "map.toml"),
        (TABLE, '[columns]\nrace = "OW"', "race"),
        (TABLE, 'kind = "ships"\n[columns]\none_way = "OW"', "ships"),
        (TABLE, 'separator = "::"\n[columns]\none_way = "OW"', "separator"),
        (TABLE, 'unknown = 1\n[columns]\none_way = "OW"', "unknown"),
    ],
)
def test_what_cannot_be_read_is_one_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], table: str, mapping: str, named: str
) -> None:
    """A table or mapping that cannot be read: exit 1, one line on stderr that names it."""
    assert _run(tmp_path, table=table, mapping=mapping) == 1
    said = capsys.readouterr()
    assert said.out == ""
    assert len(said.err.splitlines()) == 1
    assert named in said.err


def test_a_wrong_expression_is_wrong_usage(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """An expression that cannot be read: exit 2, with the character and what may have been meant."""
    assert _run(tmp_path, "one_way AND lead_time < 3") == 2
    said = capsys.readouterr().err
    assert "character 13" in said
    assert "Did you mean lead_time_h?" in said


def test_files_that_are_not_there(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A path that leads nowhere, or to a folder: exit 1, one line."""
    assert _run(tmp_path) == 0
    capsys.readouterr()
    for on, mapping in ((tmp_path / "no.csv", tmp_path / "map.toml"), (tmp_path, tmp_path / "map.toml"),
            (tmp_path / "past.csv", tmp_path / "no.toml"), (tmp_path / "past.csv", tmp_path)):  # fmt: skip
        assert cli.main(
            ["profile", "test", "one_way", "--on", str(on), "--mapping", str(mapping)]
        ) == 1  # fmt: skip
        assert len(capsys.readouterr().err.splitlines()) == 1
