"""A question bank as an XLSForm workbook: export and re-import equal; broken workbooks are refused with the
row and the cause."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from tests.shared import shared

from vedette.assistance import bank_xlsform, banks
from vedette.cli import main
from vedette.formats.edifact import Unreadable
from vedette.formats.tables import read_workbook


def _tables(data: bytes) -> list[Any]:
    return [table.rows for table in read_workbook(data, 64 << 20, 200_000)]


def test_export_and_reimport_are_equal() -> None:
    """Every text, level, weight, minimum and source of the bank that vedette ships."""
    bank = banks.example()
    again = banks.read_bank(bank_xlsform.read(_tables(bank_xlsform.write(bank))))
    assert again == bank
    assert bank_xlsform.write(again)[:2] == b"PK"


def test_pyxform_converts_the_workbook(tmp_path: Path) -> None:
    """Without an error, with each question."""
    pytest.importorskip("pyxform")
    file = tmp_path / "bank.xlsx"
    file.write_bytes(bank_xlsform.write(banks.example()))
    code = (
        "import sys; from pyxform.xls2xform import convert; made = convert(sys.argv[1], validate=False);"
        "print(made.xform.count('<select1 '))"
    )
    done = subprocess.run([sys.executable, "-c", code, str(file)], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr[-600:]
    assert done.stdout.strip() == "70"


def _changed(sheet: str, row: int, column: int, text: str) -> list[Any]:
    sheets = bank_xlsform.sheets(banks.example())
    cells = sheets[sheet][row - 1]
    cells += [""] * (column + 1 - len(cells))
    cells[column] = text
    return [list(enumerate(rows, 1)) for rows in sheets.values()]


@pytest.mark.parametrize(
    ("sheet", "row", "column", "text", "code"),
    [
        ("survey", 2, 0, "begin group", "type"), ("survey", 4, 0, "calculate", "type"),
        ("survey", 2, 0, "select_one unknown", "choices"),
        ("survey", 4, 1, "strategy-global-shield-1", "name"),
        ("survey", 2, 1, "1 bad name", "name"), ("survey", 6, 2, "", "text"),
        ("survey", 6, 3, "x" * 2001, "text"),
        ("survey", 2, 7, "${a} = '1'", "relevant"), ("survey", 2, 8, "nowhere", "area"),
        ("survey", 2, 9, "", "theme"), ("survey", 2, 11, "1e3", "number"), ("survey", 2, 12, "6", "number"),
        ("choices", 3, 1, "7", "choices"), ("choices", 2, 2, "", "text"), ("areas", 2, 0, "a b", "name"),
    ],
)  # fmt: skip
def test_a_broken_workbook_is_refused_with_its_row(
    sheet: str, row: int, column: int, text: str, code: str
) -> None:
    """One cell changed: the sheet, the row and the cause."""
    with pytest.raises(bank_xlsform.Unreadable) as refused:
        bank_xlsform.read(_changed(sheet, row, column, text))
    assert (refused.value.sheet, refused.value.row, refused.value.code) == (sheet, row, code)


def test_forms_of_other_programs_are_refused_with_a_cause() -> None:
    """No sample of pyxform is a question bank of the subset. Each is refused with its cause, and with the row
    if its sheet survey can be read; none raises another error."""
    files = sorted(shared("data", "xlsform").rglob("*.xlsx"))
    assert files
    rows = 0
    for file in files:
        with pytest.raises((bank_xlsform.Unreadable, Unreadable)) as refused:
            bank_xlsform.read(_tables(file.read_bytes()))
        assert str(refused.value)
        rows += getattr(refused.value, "row", 0) > 0
    assert rows > len(files) / 2


def test_the_command_writes_and_reads_a_workbook(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The printed bank is equal after export and import; another workbook gets its cause."""
    file = tmp_path / "bank.xlsx"
    assert main(["assess", "bank"]) == 0
    printed = capsys.readouterr().out
    assert main(["assess", "bank", "--xlsform", str(file)]) == 0
    assert main(["assess", "bank", str(file)]) == 0
    assert capsys.readouterr().out == printed
    file.write_bytes(b"PK")
    assert main(["assess", "bank", str(file)]) == 1
    assert "bank.xlsx" in capsys.readouterr().err
