"""`vedette goods baseline`: the baseline of ordinary trade from files, and the comparison with it."""

from __future__ import annotations

import gzip
import json
import random
from pathlib import Path

import pytest

from vedette.cli import main
from vedette.goods import trade


def _table(
    path: Path, rows: list[str], header: str = "id,hs_declared,net_mass_kg,value_usd"
) -> Path:
    path.write_text("\n".join([header, *rows]) + "\n", encoding="utf-8")
    return path


def _ordinary() -> list[str]:
    """300 items of 2 EUR/kg, with masses from 10 to 99 kg."""
    chance = random.Random(2)
    rows = []
    for number in range(300):
        mass = chance.uniform(10, 99)
        rows.append(f"{number},3102.30,{mass:.3f},{mass * 2 * chance.uniform(0.8, 1.25):.2f}")
    return rows


def test_the_baseline_is_printed_by_weight_band(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = _table(tmp_path / "items.csv", [*_ordinary(), "x,310230,-4,10", "y,310230,,10"])
    assert main(["goods", "baseline", str(file)]) == 0
    printed = capsys.readouterr()
    (line,) = map(json.loads, printed.out.splitlines())
    assert (line["hs6"], line["band"], line["items"]) == ("310230", "from 10.0 to 100 kg", 300)
    assert line["q50"] == pytest.approx(2, rel=0.05)
    summary = json.loads(printed.err.splitlines()[-1])
    assert (summary["items"], summary["not_used"], summary["cells"]) == (302, 1, 1)


def test_findings_and_unusable_values_are_printed(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    known = tmp_path / "items.csv.gz"
    known.write_bytes(gzip.compress(_table(tmp_path / "items.csv", _ordinary()).read_bytes()))
    new = _table(tmp_path / "new.csv", ["a,310230,20,40", "b,310230,20,4000", "c,310230,-1,40"])
    assert main(["goods", "baseline", str(known), "--judge", str(new)]) == 0
    printed = capsys.readouterr()
    lines = [json.loads(line) for line in printed.out.splitlines()]
    assert [(one["id"], one["kind"]) for one in lines] == [
        ("b", "unit_value_high"), ("b", "value_high"),
    ]  # fmt: skip
    line = lines[0]
    assert "200 USD per kg" in line["sentence"]
    assert line["picture"]["value"] == pytest.approx(200)
    assert "row 4, mass_kg: The number is negative" in printed.err


def test_values_in_other_currencies_need_a_rate(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    header = "id,hs,net_mass_kg,value,currency"
    known = _table(tmp_path / "items.csv", [row + ",EUR" for row in _ordinary()], header)
    rates = _table(tmp_path / "rates.csv", ["EUR,1.5"], "currency,rate")
    assert main(["goods", "baseline", str(known), "--rates", str(rates)]) == 0
    printed = capsys.readouterr()
    assert json.loads(printed.out)["q50"] == pytest.approx(3, rel=0.05)
    assert main(["goods", "baseline", str(known)]) == 0
    printed = capsys.readouterr()
    assert printed.out == ""
    assert json.loads(printed.err.splitlines()[-1])["not_used"] == 300


def test_split_items_are_found_with_a_threshold(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    header = "id,hs,net_mass_kg,value_usd,importer,date"
    known = _table(
        tmp_path / "items.csv",
        [f"{row},I{n % 30},2026-01-{n % 28 + 1:02}" for n, row in enumerate(_ordinary())], header,
    )  # fmt: skip
    new = _table(
        tmp_path / "new.csv", [f"n{n},310230,475,{950 + n},S,2026-02-0{n + 1}" for n in range(6)], header
    )  # fmt: skip
    asked = ["goods", "baseline", str(known), "--judge", str(new)]
    assert main([*asked, "--threshold", "value:1000"]) == 0
    kinds = [json.loads(line)["kind"] for line in capsys.readouterr().out.splitlines()]
    assert "split" in kinds
    assert main(asked) == 0
    kinds = [json.loads(line)["kind"] for line in capsys.readouterr().out.splitlines()]
    assert "split" not in kinds


@pytest.mark.parametrize(
    "data",
    [b"", b"\x00" * 50, b"a,b\n1,2\n", b"\x1f\x8b broken", b'hs,value_usd\n"', b"\xff\xfe,\n"],
)
def test_a_file_without_a_table_is_refused(
    tmp_path: Path, data: bytes, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "bad.csv"
    file.write_bytes(data)
    assert main(["goods", "baseline", str(file)]) == 1
    assert "bad.csv" in capsys.readouterr().err


def test_a_file_that_unpacks_to_too_much_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(trade, "MAX_BYTES", 1000)
    file = tmp_path / "items.csv.gz"
    file.write_bytes(gzip.compress(b"hs,net_mass_kg,value_usd\n" + b"310230,1,1\n" * 1000))
    assert main(["goods", "baseline", str(file)]) == 1
    assert "divide the table" in capsys.readouterr().err


def test_a_baseline_needs_a_table(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["goods", "baseline"]) == 2
    with pytest.raises(SystemExit):
        main(["goods", "baseline", "--threshold", "weight:3"])
