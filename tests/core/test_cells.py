"""No cell that we write runs in a spreadsheet."""

from __future__ import annotations

import ast
import io
from pathlib import Path

import pytest

from vedette.core.cells import Table, cell, plain

SOURCE = Path(__file__).resolve().parents[2] / "src" / "vedette"

FORMULAS = [
    "=HYPERLINK(\"//x\",\"y\")", "+1+cmd|' /C calc'!A0", "-2+3", "@SUM(1)", "\t=1+1", "\r=1+1",
    " =1+1", "\"=1+1", "'=1+1", "\u00a0=1+1", "\ufeff=1+1", "\u202e=1+1", "\0=1+1",
    "＝1+1", "＋1+cmd", "－2+x", "＠SUM(1)",
]  # fmt: skip


@pytest.mark.parametrize("text", FORMULAS)
def test_a_formula_becomes_text(text):
    """= + - @, tab, carriage return; behind spaces, quotes, marks; full-width forms."""
    assert cell(text).startswith("'")
    assert plain(cell("x;" + text)) == "x;" + text


@pytest.mark.parametrize("between", [";", ",", "\t", "\n", "|"])
def test_no_part_of_a_cell_becomes_a_formula(between):
    """French and German spreadsheets cut a comma file at semicolons: `x;=cmd` would run there."""
    assert cell(f"Lopes{between}=1+1") == f"Lopes{between}'=1+1"


@pytest.mark.parametrize("text", ["", "-12.50", "+33 6 39 98 00 00", "+33 6;+33 7", "a-b", "x = y"])
def test_what_computes_nothing_stays(text):
    """Numbers, telephones and words with a sign inside are not changed."""
    assert cell(text) == text
    assert cell(None) == ""


def test_a_table_guards_every_cell():
    """The one writer of the house."""
    out = io.StringIO()
    Table(out).row(["=1+1", 3, None, 'a"b'])
    assert out.getvalue() == '\'=1+1,3,,"a""b"\r\n'


def test_no_other_csv_writer_in_the_house():
    """`csv.writer` and `csv.DictWriter` stand in `core/cells.py` only. `vedette names compare`,
    `vedette goods check` and `vedette model score` give back the rows of their own input unchanged, because
    their contract says so.
    `demo/world/cash.py` writes a synthetic world that `vedette bench cash` reads back unchanged.
    `formats/lists/unpack.py` turns a sheet into text that only the list readers read."""
    found = set()
    for path in SOURCE.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.Attribute) and node.attr in ("writer", "DictWriter"):
                found.add(path.relative_to(SOURCE).as_posix())
    assert found == {
        "core/cells.py", "commands/goods.py", "commands/model.py", "commands/names.py",
        "demo/world/cash.py", "formats/lists/unpack.py",
    }  # fmt: skip
