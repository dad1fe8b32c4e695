"""`vedette names`: the contract that others measure with."""

import csv
import io
import json
from pathlib import Path

import pytest

from vedette.cli import main

LIST = "ref,kind,name,birth_date,nationality\n1,person,Ruslan Obraztsov,1965-02-11,RU\n"


def test_the_default_threshold_is_printed(capsys: pytest.CaptureFixture[str]) -> None:
    """Without a file, the score from which the product raises a hit."""
    assert main(["names", "compare", "--default-threshold"]) == 0
    assert 0 < float(capsys.readouterr().out) < 1


def test_pairs_come_back_with_score_and_explanation(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Other columns pass through."""
    file = tmp_path / "pairs.csv"
    file.write_text(
        'id,name1,name2,schema\n9,Ann Example,"Example, Ann",Person\n', encoding="utf-8"
    )
    assert main(["names", "compare", str(file)]) == 0
    (row,) = csv.DictReader(io.StringIO(capsys.readouterr().out))
    assert (row["id"], float(row["score"])) == ("9", 1.0)
    assert "ann = ann" in row["explanation"]


def test_a_search_prints_a_line_a_row_and_a_summary(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """`--list FILE… QUERIES.csv`, as the contract writes it."""
    (tmp_path / "list.csv").write_text(LIST, encoding="utf-8")
    queries = tmp_path / "q.csv"
    queries.write_text(
        "full_name,date_of_birth,nationality\nOBRAZTSOV RUSLAN,1965-02-11,Russia\nX Y,,\n"
    )
    assert main(["names", "search", "--list", str(tmp_path / "list.csv"), str(queries)]) == 0
    out, err = capsys.readouterr()
    first, second = map(json.loads, out.splitlines())
    assert first["candidates"][0]["entry"] == "1"
    assert second == {"row": 1, "candidates": []}
    summary = json.loads(err.splitlines()[-1])
    assert summary["queries"] == 2
    assert set(summary) == {
        "names",
        "build_s",
        "queries",
        "search_s",
        "queries_per_s",
        "peak_rss_mb",
    }


def test_what_cannot_be_read_says_why(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Exit status 1 and one line: which file, and the remedy."""
    assert main(["names", "compare", str(tmp_path / "none.csv")]) == 1
    (tmp_path / "bad.csv").write_bytes(b"PK\x03\x04\x00\xff" * 50)
    assert main(["names", "compare", str(tmp_path / "bad.csv")]) == 1
    assert (
        main(["names", "search", "--list", str(tmp_path / "bad.csv"), str(tmp_path / "bad.csv")])
        == 1
    )
    assert "name1" in capsys.readouterr().err
    assert main(["names", "compare"]) == 2


@pytest.mark.parametrize("count", ["0", "-3", "x", "65", "999999"])
def test_a_number_of_processes_that_makes_no_sense_is_refused(
    count: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A slip of the keyboard must not start a million processes."""
    with pytest.raises(SystemExit) as told:
        main(["names", "search", "--list", "l.csv", str(tmp_path / "q.csv"), "--workers", count])
    assert told.value.code == 2
    assert "--workers" in capsys.readouterr().err
