"""The command `vedette model`: its outputs keep the contract, and bad input gives a clear message."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path

import polars as pl
import pytest
from tests.shared import shared

from vedette.bench.inspections import world
from vedette.cli import main

ROWS, HISTORY = 6_000, 4_500
COLUMNS = [
    "id", "date", "office", "declarant", "importer", "exporter", "hs", "origin", "export_country",
    "destination", "transport", "net_mass_kg", "quantity", "value_usd", "lane", "found",
]  # fmt: skip


@pytest.fixture(scope="module")
def table() -> pl.DataFrame:
    rows = world("undervaluation", 8, rows=ROWS, days=300).rows
    assert rows.columns == COLUMNS
    return rows


@pytest.fixture(scope="module")
def folder(table: pl.DataFrame, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("model")
    half = HISTORY // 2
    table[:half].write_csv(path / "one.csv")
    table[half:HISTORY].write_csv(path / "two.csv")
    table[HISTORY:].write_csv(path / "later.csv")
    assert main(["model", "fit", "--history", str(path / "one.csv"), str(path / "two.csv"),
                 "--mapping", "inspections", "--out", str(path / "m")]) == 0  # fmt: skip
    return path


def _run(capsys: pytest.CaptureFixture[str], *args: str) -> tuple[int, str, str]:
    status = main(["model", *args])
    output = capsys.readouterr()
    return status, output.out, output.err


def test_score_keeps_the_rows_and_adds_two_columns(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    status, out, err = _run(
        capsys, "score", "--model", f"{folder / 'm'}", f"{folder / 'later.csv'}"
    )
    assert status == 0
    rows = list(csv.DictReader(io.StringIO(out)))
    assert list(rows[0]) == [*COLUMNS, "score", "reasons"]
    before = list(csv.DictReader((folder / "later.csv").read_text("utf-8").splitlines()))
    assert [{name: row[name] for name in COLUMNS} for row in rows] == before
    assert all(0 < float(row["score"]) < 1 for row in rows)
    summary = json.loads(err.splitlines()[-1])
    assert summary["rows"] == ROWS - HISTORY
    assert summary["peak_rss_mb"] > 0
    # The output can be scored again.
    (folder / "again.csv").write_text(out, "utf-8")
    _, again, _ = _run(capsys, "score", "--model", f"{folder / 'm'}", f"{folder / 'again.csv'}")
    assert again == out


def test_score_needs_no_results(
    folder: Path, table: pl.DataFrame, capsys: pytest.CaptureFixture[str]
) -> None:
    table[HISTORY:].drop("found", "lane").write_csv(folder / "open.csv")
    status, out, _ = _run(capsys, "score", "--model", f"{folder / 'm'}", f"{folder / 'open.csv'}")
    assert status == 0
    assert len(out.splitlines()) == ROWS - HISTORY + 1


def test_watch_prints_one_line(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    status, out, _ = _run(capsys, "watch", "--model", f"{folder / 'm'}", f"{folder / 'later.csv'}")
    assert status == 0
    assert json.loads(out) == {"change": None}


def test_hostile_rows_are_answered(
    folder: Path, table: pl.DataFrame, capsys: pytest.CaptureFixture[str]
) -> None:
    rows = [list(map(str, row)) for row in table[HISTORY : HISTORY + 8].rows()]
    number = {name: n for n, name in enumerate(COLUMNS)}
    for row, (name, cell) in enumerate(
        [("net_mass_kg", "NaN"), ("net_mass_kg", "-5"), ("value_usd", "inf"), ("value_usd", "1e400"),
         ("hs", "no code"), ("importer", "\x00"), ("date", "31/31/2024"), ("found", "perhaps")]
    ):  # fmt: skip
        rows[row][number[name]] = cell
    rows.append(["only an id"])
    path = folder / "hostile.csv"
    with path.open("w", encoding="utf-8", newline="") as handle:
        csv.writer(handle).writerows([COLUMNS, *rows])
    status, out, err = _run(capsys, "score", "--model", f"{folder / 'm'}", f"{path}")
    assert status == 0
    found = list(csv.DictReader(io.StringIO(out)))
    assert len(found) == 9
    assert all(0 < float(row["score"]) < 1 for row in found)
    assert "2 of 9 rows have no readable time" in err
    assert "4 amounts are negative or not a number" in err


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("", "is empty"),
        (",".join(COLUMNS) + "\n", "no rows below the header"),
        ("date,found\n2024-01-01,1\n", "no column office"),
        (
            ",".join([*COLUMNS, "hs"]) + "\n" + "x," * 16 + "\n",
            "column hs stands there more than once",
        ),
        ("a" * 100_000 + "\n", "is it a CSV file"),
        (",".join(COLUMNS) + "\n" + "x,yesterday" + "," * 14 + "\n", "no row has a readable time"),
    ],
)
def test_what_cannot_be_read_gives_a_clear_message(
    tmp_path: Path, content: str, said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "history.csv"
    path.write_text(content, "utf-8")
    status, _, err = _run(capsys, "fit", "--history", f"{path}", "--mapping", "inspections",
                          "--out", f"{tmp_path / 'm'}")  # fmt: skip
    assert status == 1
    assert said in err
    assert not (tmp_path / "m").exists()


def test_rows_out_of_order_and_one_class_are_refused(
    table: pl.DataFrame, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "h.csv"
    for rows, said in (
        (table[:1000].reverse(), "comes after"),
        (table[:1000].with_columns(found=pl.lit(0)), "0 of 1000 results are offences"),
        (table[:1000].with_columns(found=pl.lit("")), "0 rows with a result"),
        (table[:50], "50 rows with a result"),
    ):
        rows.write_csv(path)
        status, _, err = _run(capsys, "fit", "--history", f"{path}", "--mapping", "inspections",
                              "--out", f"{tmp_path / 'm'}")  # fmt: skip
        assert status == 1
        assert said in err.splitlines()[-1]


def test_wrong_usage_and_missing_files(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    status, _, err = _run(
        capsys, "fit", "--history", "no.csv", "--mapping", "nothing", "--out", "m"
    )
    assert status == 2
    assert "inspections, kcs" in err
    status, _, err = _run(capsys, "fit", "--history", f"{tmp_path / 'no.csv'}", "--mapping", "inspections",
                          "--out", "m")  # fmt: skip
    assert status == 1
    assert "no.csv" in err
    status, _, err = _run(capsys, "score", "--model", f"{tmp_path}", "no.csv")
    assert status == 1
    assert "model.json" in err
    for text, said in (
        ("x = ", "mapping"),
        (
            'time = "d"\n[result]\ncolumn = "r"\npositive = ["1"]\n[columns]\nnationality = "n"\n',
            "no column nationality",
        ),
        (
            'time = "d"\n[result]\ncolumn = "r"\npositive = ["1"]\n[columns]\nhs = "r"\n',
            "also named as a feature",
        ),
    ):
        (tmp_path / "map.toml").write_text(text, "utf-8")
        status, _, err = _run(capsys, "fit", "--history", "no.csv", "--mapping", f"{tmp_path / 'map.toml'}",
                              "--out", "m")  # fmt: skip
        assert status == 1
        assert said in err


def test_the_korean_sets_run_and_their_repeats_are_reported(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    train = shared("data", "declarations", "kcs_train.csv")
    valid = shared("data", "declarations", "kcs_valid.csv")
    short = tmp_path / "train.csv"
    with train.open(encoding="utf-8") as handle:
        short.write_text(
            "".join(line for _, line in zip(range(12_001), handle, strict=False)), "utf-8"
        )
    status, _, err = _run(
        capsys, "fit", "--history", f"{short}", "--mapping", "kcs", "--out", f"{tmp_path / 'm'}"
    )
    assert status == 0
    assert "repeat the HS code, mass and value" in err
    assert "rows that repeat nothing:" in err
    facts = json.loads((tmp_path / "m" / "card.json").read_text("utf-8"))
    assert facts["repeats"]["latest_share"] > 0.3
    assert facts["repeats"]["repeated"]["auc"] > facts["repeats"]["not_repeated"]["auc"] + 0.15
    status, out, _ = _run(capsys, "score", "--model", f"{tmp_path / 'm'}", f"{valid}")
    assert status == 0
    assert len(out.splitlines()) == 8_135
