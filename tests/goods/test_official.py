"""Official lists are read as entries with number, text, CAS numbers and codes; hostile files are refused.

The texts of Annex I are invented; their shape is that of EUR-Lex and of Formex.
"""

from __future__ import annotations

import datetime as dt
import gzip
import io
import random
import zipfile
from decimal import Decimal

import pytest
from tests.shared import shared

from vedette.formats.edifact import Unreadable
from vedette.goods import official
from vedette.screening.control_lists.matcher import Matcher
from vedette.screening.control_lists.model import ControlList, Line

ITEMS = [
    ("2A226", "Valves having all of the following:", False),
    ("a.", "A nominal size of 5 mm or more;", False), ("b.", "Having a bellows seal; and", False),
    ("", "2A226.a. does not control valves of wood.", True), ("c.", "Made of any of the following:", False),
    ("1.", "Nickel; or", False), ("2.", "Any of the following:", False), ("a.", "Aluminium;", False),
    ("b.", "Titanium;", False), ("d.", "Not used.", False),
    ("2B001", "Machine tools, as follows:", False), ("", "N.B. SEE ALSO 2B201.", True),
    ("", "2B001 does not control special purpose machines:", True), ("a.", "Crankshafts;", True),
    ("a.", "Machine tools for turning;", False), ("b.", "Machine tools for milling.", False),
    ("1C350", "ignored, because the number is smaller", False),
    ("2B350", "Chemical equipment; thiodiglycol (CAS 111-48-8), wrong (CAS 111-48-9).", False),
]  # fmt: skip
EXPECTED = {
    "2A226": "Valves having all of the following:", "2A226.a": "A nominal size of 5 mm or more;",
    "2A226.b": "Having a bellows seal; and", "2A226.c": "Made of any of the following:",
    "2A226.c.1": "Nickel; or",
    "2A226.c.2": "Any of the following:", "2A226.c.2.a": "Aluminium;", "2A226.c.2.b": "Titanium;",
    "2A226.d": "Not used.", "2B001": "Machine tools, as follows:", "2B001.a": "Machine tools for turning;",
    "2B001.b": "Machine tools for milling.",
    "2B350": "Chemical equipment; thiodiglycol (CAS 111-48-8), wrong (CAS 111-48-9).",
}  # fmt: skip


def _grid() -> str:
    """The shape of the consolidated text: a column for the number, a column for the text."""
    rows = []
    for number, text, note in ITEMS:
        body = f'<span class="italic">{text}</span>' if note else text
        first = f'<span class="italic">{number}</span>' if note else f"<span>{number}</span>"
        rows.append(
            f'<div class="grid-container grid-list"><div class="list grid-list-column-1">{first}</div>'
            f'<div class="grid-list-column-2"><p class="norm inline-element">{body}</p></div></div>'
        )
    return "".join(rows)


def _table() -> str:
    """The shape of the Official Journal: a table for each point."""
    rows = []
    for number, text, note in ITEMS:
        body = f'<span class="oj-italic">{text}</span>' if note else text
        first = f'<span class="oj-italic">{number}</span>' if note else number
        rows.append(
            f'<table><tbody><tr><td><p class="oj-normal">{first}</p></td>'
            f'<td><p class="oj-normal">{body}</p></td></tr></tbody></table>'
        )
    return "".join(rows)


def _formex() -> str:
    rows = []
    for number, text, note in ITEMS:
        body = f'<HT TYPE="ITALIC">{text}</HT>' if note else text
        first = f'<HT TYPE="ITALIC">{number}</HT>' if note else number
        rows.append(f"<ITEM><NP><NO.P>{first}</NO.P><TXT>{body}</TXT></NP></ITEM>")
    return f"<ANNEX><TITLE><TI><P>ANNEX I</P></TI></TITLE><LIST>{''.join(rows)}</LIST></ANNEX>"


def _glued() -> str:
    return "".join(
        f"<p><i>{number} {text}</i></p>"
        if note
        else f"<p>{number}{'' if len(number) > 3 else ' '}{text}</p>"
        for number, text, note in ITEMS
    )


@pytest.mark.parametrize(
    "shape", [_grid, _table, _formex, _glued], ids=["grid", "table", "formex", "glued"]
)
def test_annex_1_is_read_in_each_shape(shape: object) -> None:
    assert callable(shape)
    inner = shape()
    hidden, after = "<head><title>2A999 no</title></head>", "<p>ANNEX II</p><p>9A001 no</p>"
    page = f"<html>{hidden}<body>{inner}{after}</body></html>"
    loaded = official.read((inner if shape is _formex else page).encode())
    assert loaded.format == "eu_annex_1"
    assert {one.number: one.text for one in loaded.entries} == EXPECTED
    by_number = {one.number: one for one in loaded.entries}
    assert by_number["2A226.c.2.a"].parent == "2A226.c.2"
    assert by_number["2A226"].parent == ""
    assert by_number["2B350"].cas == ("111-48-8",)


def test_the_commerce_control_list_is_read_whole() -> None:
    data = gzip.decompress(
        shared("data", "reference", "us_ccl", "eccn_entries.csv.gz").read_bytes()
    )
    loaded = official.read(data)
    assert loaded.format == "us_ccl"
    assert len(loaded.entries) + len(loaded.problems) == 4845
    assert len(loaded.problems) < 30
    by_number = {one.number: one for one in loaded.entries}
    assert by_number["1C111.a.1"].cas == ("7429-90-5",)
    assert by_number["1C111.a.1"].parent == "1C111.a"
    assert by_number["2A226"].text.startswith("Valves")
    assert sum(bool(one.cas) for one in loaded.entries) > 100


def test_the_headings_of_the_munitions_list_are_read_and_damaged_numbers_reported() -> None:
    loaded = official.read(shared("data", "reference", "us_ccl", "usml_headings.csv").read_bytes())
    assert loaded.format == "us_usml"
    numbers = {one.number for one in loaded.entries}
    assert {"Category 1", "0A506.B"} <= numbers
    assert any("OA506" in one.reason for one in loaded.problems)
    assert len(loaded.entries) > 150


@pytest.mark.parametrize(
    "header", ["CN code,Dual-use code", "Goods code;Annex I entry", "Code NC\tRubrique"]
)
def test_a_correlation_table_gives_the_codes_of_entries(header: str) -> None:
    sign = next(one for one in ",;\t" if one in header)
    rows = [header, sign.join(("8481 80 99", "2A226.a 2B350")), sign.join(("8481.80.11", "2A226.a")),
            sign.join(("x", "2A226"))]  # fmt: skip
    table = official.read("\n".join(rows).encode())
    assert table.format == "correlation"
    assert {one.number: one.hs for one in table.entries} == {
        "2A226.a": ("84818099", "84818011"), "2B350": ("84818099",),
    }  # fmt: skip
    assert [one.place for one in table.problems] == ["row 4"]
    entries = official.read(_grid().encode()).entries
    joined = {one.number: one.hs for one in official.correlated(entries, table)}
    assert joined["2A226.a"] == ("84818099", "84818011")
    assert joined["2A226.b"] == ()


def test_the_template_keeps_good_rows_and_names_the_bad_ones() -> None:
    text = (
        "number,text_en,text_fr,names,cas,un,hs,limit,valid_from,valid_to\n"
        "N1,Zorban acid,Acide zorbanique,zorbanic acid|zorban,7697-37-2,UN2031,2808.00,3.5,2026-01-01,\n"
        "N2,Bad CAS,,,7697-37-3,,,,,\nN1,Twice,,,,,,,,\n,No number,,,,,,,,\n"
        "N3,Bad limit,,,,,,101,,\nN4,Bad day,,,,,,,2026-02-30,\n"
        "N5,Bad UN,,,,20310,,,,\nN6,Bad HS,,,,,28x,,,\n"
        "N7,Plain,,,,,,,,\n"
    )
    loaded = official.read(text.encode())
    assert loaded.format == "template"
    assert [one.number for one in loaded.entries] == ["N1", "N7"]
    assert [one.place for one in loaded.problems] == [f"row {n}" for n in range(3, 10)]
    first = loaded.entries[0]
    assert first.limit == Decimal("3.5")
    assert first.un == ("UN2031",)
    assert first.hs == ("280800",)
    assert first.valid_from == dt.date(2026, 1, 1)


def test_loaded_entries_are_found_in_a_line_by_name_and_cas_number_and_not_by_code_alone() -> None:
    text = (
        "number,text_en,names,cas,hs\nN1,Zorbanic compound,zorbanic compound,7697-37-2,28080000\n"
    )
    known = ControlList("national", "National list", "2026", "stce", "test")
    matcher = Matcher(official.as_knowledge(known, official.read(text.encode()).entries))
    assert matcher.check(Line(description="drums, CAS 7697-37-2", hs="")).keys == ("entry:N1",)
    match = matcher.check(Line(description="drums, CAS 7697-37-2", hs="")).matches[0]
    assert (match.list, match.version, match.entry) == ("national", "2026", "Zorbanic compound")
    assert matcher.check(Line(description="wine", hs="280800")).keys == ()


def _bomb() -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("[Content_Types].xml", "<Types/>")
        archive.writestr("xl/workbook.xml", "<workbook/>")
        archive.writestr("xl/worksheets/sheet1.xml", b" " * (80 << 20))
    return out.getvalue()


@pytest.mark.parametrize(
    "data",
    [b"", b"<html></html>", b"a,b\n1,2\n", b"\x00" * 100, b"<div>" * 5_000, b"PK\x03\x04xl/", _bomb(),
     b'<!DOCTYPE a [<!ENTITY b "2A226 Valves">]><a>&b;</a>', b"eccn\n", "日本".encode("utf-16")],
)  # fmt: skip
def test_other_and_hostile_files_are_refused(data: bytes) -> None:
    with pytest.raises(Unreadable):
        official.read(data)


def test_damaged_files_raise_nothing_else() -> None:
    chance = random.Random(7)
    for shape in (
        _grid(),
        _formex(),
        "number,text_en\nN1,x\n",
        "CN code,Dual-use code\n84818099,2A226\n",
    ):
        data = shape.encode()
        for _ in range(40):
            at, length = chance.randrange(len(data)), chance.randrange(30)
            broken = (
                data[:at]
                + bytes(chance.randrange(256) for _ in range(length))
                + data[at + length :]
            )
            try:
                official.read(broken[: chance.randrange(len(broken)) + 1])
            except Unreadable:
                continue
