"""The command `vedette goods`: its outputs agree with each other, and bad input gives a clear message."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path

import pytest

from vedette.cli import main

HEADER = "id,hs_declared,description,net_mass_kg,quantity,unit,value_usd,origin,destination,documents,note\n"
ROWS = (
    '1,280800,"Nitric acid 65%, drums",700,20,DRUM,2000,PL,UA,,first\n'
    "2,854231,Microcontrollers,1,100,PCS,900,TW,FR,,second\n"
    "3,854231,Microcontrollers,1,100,PCS,900,TW,RU,,third\n"
    "4,854231,Microcontrollers,1,100,PCS,900,TW,FR,Y901,fourth\n"
    "5,081090,Grenades fraîches,x,,CTN,,TN,FR,,fifth\n"
)


@pytest.fixture
def lines(tmp_path: Path) -> Path:
    path = tmp_path / "lines.csv"
    path.write_text(HEADER + ROWS, encoding="utf-8")
    return path


def test_csv_and_json_lines_agree(lines: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["goods", "check", str(lines)]) == 0
    output = capsys.readouterr()
    table = list(csv.DictReader(io.StringIO(output.out)))
    assert main(["goods", "check", str(lines), "--format", "jsonl"]) == 0
    objects = [json.loads(one) for one in capsys.readouterr().out.splitlines()]
    assert [row["id"] for row in table] == [one["id"] for one in objects] == list("12345")
    for row, one in zip(table, objects, strict=True):
        keys = list(dict.fromkeys(match["key"] for match in one["matches"]))
        assert row["matches"] == ";".join(keys)
        assert row["hit"] == ("1" if one["hits"] else "0")
        assert row["vague"] == ("1" if one["vague"] else "0")
        assert all(match["text"] in row["explanation"] for match in one["matches"])
    assert [row["hit"] for row in table] == ["1", "0", "1", "1", "0"]
    assert table[0]["note"] == "first"
    summary = json.loads(output.err.splitlines()[-1])
    assert summary["lines"] == 5
    assert set(summary) == {"lines", "seconds", "lines_per_s", "load_s", "peak_rss_mb"}


def test_a_match_names_its_evidence(lines: Path, capsys: pytest.CaptureFixture[str]) -> None:
    main(["goods", "check", str(lines), "--format", "jsonl"])
    match = json.loads(capsys.readouterr().out.splitlines()[0])["matches"][0]
    assert match["key"] == "cas:7697-37-2"
    assert "Nitric acid 65%, drums"[match["start"] : match["end"]] == match["text"] == "Nitric acid"
    assert match["list"]
    assert match["version"]
    assert match["entry"]
    assert match["rule"] == "name"


def test_a_file_that_cannot_be_read_is_refused(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["goods", "check", str(tmp_path / "absent.csv")]) == 1
    wrong = tmp_path / "wrong.csv"
    wrong.write_text("a,b\n1,2\n", encoding="utf-8")
    assert main(["goods", "check", str(wrong)]) == 1
    assert "no column description" in capsys.readouterr().err


def test_damaged_rows_are_kept_or_reported(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "damaged.csv"
    path.write_bytes(
        b"id,description,net_mass_kg\n1,\xff\xfe acetone\x00 99% drums,1e999999\n2\n\n3,x,y,z\n"
    )
    assert main(["goods", "check", str(path)]) == 0
    rows = list(csv.DictReader(io.StringIO(capsys.readouterr().out)))
    assert [row["id"] for row in rows] == ["1", "2", "3"]
    assert rows[0]["matches"] == "cas:67-64-1"


@pytest.mark.parametrize(
    "content",
    [
        bytes(range(256)) * 40,
        b"\xff\xd8\xff\xe0\x00\x10JFIF\x00\x01" + b"\x9a\x11\xfe\r\n" * 900,
        b"PK\x03\x04\x14\x00\x06\x00\x08\x00" + b"\x8a" * 50,
    ],
    ids=["bytes", "photograph", "workbook"],
)
def test_a_file_that_is_not_text_is_named_as_such(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], content: bytes
) -> None:
    path = tmp_path / "photograph.jpg"
    path.write_bytes(content)
    assert main(["goods", "check", str(path)]) == 1
    assert "not a text file" in capsys.readouterr().err


def test_a_text_file_in_another_encoding_is_a_text_file(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "latin.csv"
    path.write_bytes("numéro;désignation de la marchandise\n1;acétone\n".encode("latin-1"))
    assert main(["goods", "check", str(path)]) == 1
    assert "no column description" in capsys.readouterr().err


def test_the_result_of_a_row_does_not_depend_on_the_other_rows(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    described = ["n i t r i c acid 65%", "", "œufs frais", "硝酸铵 25 kg", '"nitric\nacid 65%"', "toy gun",
                 "CAS 67-64-1", "nitric acid 2%", "acid"]  # fmt: skip
    alone = {}
    for one in described:
        path = tmp_path / "one.csv"
        path.write_text(f"description\n{one},\n", encoding="utf-8")
        main(["goods", "check", str(path)])
        alone[one] = capsys.readouterr().out.split("\n", 1)[1]
    path = tmp_path / "all.csv"
    many = described * 300
    path.write_text("description\n" + "".join(f"{one},\n" for one in many), encoding="utf-8")
    main(["goods", "check", str(path)])
    assert capsys.readouterr().out.split("\n", 1)[1] == "".join(alone[one] for one in many)
