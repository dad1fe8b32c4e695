"""Packed lists, workbooks and UTF-16; files that are no lists; hostile sizes."""

from __future__ import annotations

import gzip
import io
import time
import zipfile
from contextlib import suppress
from pathlib import Path
from typing import Any
from unittest import mock

import pytest

from vedette.formats.lists import UnknownList, common, read_bytes, unpack
from vedette.formats.lists.template import template

LIST = "ref,kind,name,birth_date\nT1,person,Abel Delta,1971\nT2,person,Bo Test,\n"


def _zip(files: dict[str, bytes | str]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in files.items():
            archive.writestr(name, data)
    return out.getvalue()


@pytest.mark.parametrize(
    "data",
    [
        gzip.compress(LIST.encode()),
        gzip.compress(LIST[:40].encode()) + gzip.compress(LIST[40:].encode()),
        _zip({"folder/list.csv": LIST, "__MACOSX/._list.csv": b"x", "folder/.DS_Store": b"x"}),
        gzip.compress(_zip({"list.csv": LIST})),
        LIST.encode("utf-16"),
        LIST.encode("utf-16-le"),
        LIST.encode("utf-16-be"),
        LIST.encode("utf-32"),
    ],
)
def test_packed_lists_and_utf_16_are_read(data: bytes) -> None:
    """The entries are those of the plain file, without a problem."""
    found = read_bytes(data, "list")
    assert [e.names[0].full for e in found.entries] == ["Abel Delta", "Bo Test"]
    assert not found.problems


def test_xml_in_utf_16_is_read() -> None:
    """The declaration of the encoding is corrected with the text."""
    text = (
        '<?xml version="1.0" encoding="UTF-16"?><CONSOLIDATED_LIST><INDIVIDUALS><INDIVIDUAL><FIRST_NAME>Ж'
        "</FIRST_NAME><REFERENCE_NUMBER>T1</REFERENCE_NUMBER></INDIVIDUAL></INDIVIDUALS></CONSOLIDATED_LIST>"
    )
    found = read_bytes(text.encode("utf-16"), "un.xml")
    assert (found.entries[0].names[0].full, found.problems) == ("Ж", ())


def _workbook(sheets: dict[str, str], strings: str = "", **more: str) -> bytes:
    book = "".join(
        f'<sheet name="{n}" sheetId="{n}" r:id="rId{n}"/>' for n in range(1, len(sheets) + 1)
    )
    links = "".join(
        f'<Relationship Id="rId{n}" Target="worksheets/{name}"/>'
        for n, name in enumerate(sheets, start=1)
    )
    main = 'xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"'
    relations = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
    return _zip(
        {
            "[Content_Types].xml": "<Types/>",
            "xl/workbook.xml": f'<workbook {main} xmlns:r="{relations}"><sheets>{book}</sheets></workbook>',
            "xl/_rels/workbook.xml.rels": f"<Relationships>{links}</Relationships>",
            "xl/sharedStrings.xml": f"<sst {main}>{strings}</sst>",
            "xl/styles.xml": f'<styleSheet {main}><numFmts><numFmt numFmtId="170" formatCode="d/mm/yyyy"/>'
            '</numFmts><cellXfs><xf numFmtId="0"/><xf numFmtId="170"/></cellXfs></styleSheet>',
            **{f"xl/worksheets/{n}": f"<worksheet {main}><sheetData>{rows}</sheetData></worksheet>"
               for n, rows in sheets.items()},
            **more,
        }
    )  # fmt: skip


def _text(place: str, value: str) -> str:
    return f'<c r="{place}" t="inlineStr"><is><t>{value}</t></is></c>'


HEADER = (
    '<row r="1">'
    + _text("A1", "Reference")
    + _text("B1", "Name of Individual or Entity")
    + _text("C1", "Type")
    + _text("E1", "Control Date")
    + "</row>"
)


def test_a_workbook_is_read_as_a_table() -> None:
    """Shared and rich texts, numbers, dates, missing cells, and a second sheet with the same header."""
    first = HEADER + (
        '<row r="3"><c r="A3"><v>101</v></c><c r="B3" t="s"><v>0</v></c><c r="C3" t="s"><v>1</v></c>'
        '<c r="E3" s="1"><v>44230</v></c></row>'
    )
    second = HEADER + f'<row r="2"><c r="A2"><v>102.0</v></c>{_text("B2", "Bo_x000D_")}</row>'
    data = _workbook(
        {"a.xml": first, "b.xml": second},
        "<si><r><t>Abel </t></r><r><t>Delta</t></r></si><si><t>Individual</t></si>",
    )
    found = read_bytes(data, "list.xlsx")
    abel, bo = found.entries
    assert (found.format, abel.ref, abel.names[0].full) == ("AU-DFAT", "101", "Abel Delta")
    assert (abel.listed.isoformat() if abel.listed else "", bo.ref) == ("2021-02-03", "102")
    assert bo.names[0].full == "Bo"


@pytest.mark.parametrize(
    ("data", "what"),
    [
        (b"\xff\xd8\xff\xe0" + b"x" * 99, "a photograph"),
        (b"\0\0\0\x18ftypheic" + b"x" * 99, "a photograph"),
        (b"%PDF-1.7\n%x", "a PDF document"),
        (b"\xef\xbb\xbf\n<!DOCTYPE html><html><body>", "a web page"),
        (b"<HTML><head>", "a web page"),
        (b"UNA:+.? 'UNB+UNOA:4+A+B", "an EDIFACT message"),
        (b"Received: from x\nSubject: y\n", "an e-mail"),
        (b"<?xml version='1.0'?><rss><channel/></rss>", "root element rss"),
        (b'{"a": 1}', "a JSON file"),
        (b"a,b,c\n1,2,3\n", "a table with an unknown header"),
        (b"dear colleagues", "a text without a table"),
        (b"\x01\x02\x03\x04" * 50, "a binary file"),
        (_zip({"a.csv": LIST, "b.csv": LIST}), "a ZIP archive with several files"),
        (_zip({}), "an empty ZIP archive"),
        (_zip({"word/document.xml": "<x/>"}), "a text document"),
        (gzip.compress(b"%PDF-1.7\n%x"), "a PDF document"),
    ],
)
def test_a_refusal_says_what_the_file_is(data: bytes, what: str) -> None:
    """It also names the file and the remedy, and never contains a text of the file."""
    with pytest.raises(UnknownList, match=f"^x: the file is .*{what}.*not a known list; choose"):
        read_bytes(data, "x")


@pytest.mark.parametrize(
    "data",
    [
        gzip.compress(b"a" * 3_000_000),
        gzip.compress(gzip.compress(b"a" * 3_000_000)),
        _zip({"a.csv": b"a" * 3_000_000}),
        _workbook({"a.xml": HEADER}, more=" " * 3_000_000),
        _workbook(
            {"a.xml": HEADER + '<row r="2"><c t="s"><v>0</v></c></row>' * 2000},
            f"<si><t>{'x' * 10_000}</t></si>",
        ),
    ],
)
def test_bombs_are_refused_when_they_unpack(data: bytes) -> None:
    """The limit holds for the unpacked size, and for the table that a small workbook makes."""
    with (
        mock.patch.object(unpack, "MAX_BYTES", 1_000_000),
        pytest.raises(UnknownList, match="larger than"),
    ):
        read_bytes(data, "bomb")


def test_a_million_packed_parts_are_read_in_linear_time() -> None:
    """The rest of the file is not copied once for each part."""
    data = gzip.compress(LIST.encode()) + gzip.compress(b"") * 300_000
    began = time.process_time()
    assert len(read_bytes(data, "list").entries) == 2
    assert time.process_time() - began < 10


GAP = " " * 120_000


@pytest.mark.parametrize(
    "data",
    [
        '{"id":"a","schema":"Person","properties":{"name":["Abel"],"birthDate":["1' + GAP + '2"]}}',
        "Report Date: 01-Jan-2026\nName 6,Name 1,Group Type,DOB,Group ID,Other Information\n"
        f"DELTA,Abel,Individual,1{GAP}2,1,(a b):1{GAP}2\n",
        "<CONSOLIDATED_LIST><INDIVIDUALS>"
        + "".join(
            f"<INDIVIDUAL><FIRST_NAME>Abel</FIRST_NAME><REFERENCE_NUMBER>T{n}</REFERENCE_NUMBER>"
            "<INDIVIDUAL_DOCUMENT><TYPE_OF_DOCUMENT>Passport</TYPE_OF_DOCUMENT>"
            f"<NUMBER>abcd {'1' * 19_000}+</NUMBER></INDIVIDUAL_DOCUMENT></INDIVIDUAL>"
            for n in range(20)
        )
        + "</INDIVIDUALS></CONSOLIDATED_LIST>",
        "<CONSOLIDATED_LIST><INDIVIDUALS><INDIVIDUAL><FIRST_NAME>Abel</FIRST_NAME>"
        "<REFERENCE_NUMBER>T1</REFERENCE_NUMBER>"
        + "".join(f"<t{n}/>" for n in range(60_000))
        + "</INDIVIDUAL></INDIVIDUALS>",
    ],
)
def test_no_text_of_a_list_takes_a_time_that_grows_with_its_square(data: str) -> None:
    """Gaps of spaces, long numbers, and a damaged file with very many tags."""
    began = time.process_time()
    with suppress(UnknownList):
        read_bytes(data.encode(), "list")
    assert time.process_time() - began < 2


def test_a_workbook_that_names_a_sheet_often_is_read_once() -> None:
    """A sheet without rows is not read a thousand times, and a part that is read as a whole is small."""
    workbook = _workbook({"sheet1.xml": "", "sheet2.xml": ""})
    opened: list[str] = []
    real = zipfile.ZipFile.open

    def spy(self: zipfile.ZipFile, name: Any, *args: Any, **more: Any) -> Any:
        opened.append(getattr(name, "filename", name))
        return real(self, name, *args, **more)

    with zipfile.ZipFile(io.BytesIO(workbook)) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    book = "xl/_rels/workbook.xml.rels"
    parts[book] = parts[book].replace(b"sheet2.xml", b"sheet1.xml")
    twice = _zip(parts)
    with mock.patch.object(zipfile.ZipFile, "open", spy), suppress(UnknownList):
        read_bytes(twice, "list.xlsx")
    # Once to count its cells, and once to parse it.
    assert opened.count("xl/worksheets/sheet1.xml") == 2
    parts["xl/workbook.xml"] += b" " * (9 << 20)
    with pytest.raises(UnknownList, match="larger than"):
        read_bytes(_zip(parts), "list.xlsx")


def test_a_file_that_breaks_off_is_refused() -> None:
    """Half an archive gives one sentence."""
    whole = gzip.compress(LIST.encode()), _zip({"a.csv": LIST})
    for data in whole:
        with pytest.raises(UnknownList, match="damaged"):
            read_bytes(data[: len(data) // 2], "half")


def test_a_row_with_too_many_cells_costs_only_itself() -> None:
    """The cells are counted before they are made, also in a row that goes over several lines."""
    wide = ",".join(["x"] * (common.MAX_CELLS + 2))
    many = '"a\n' + '",,,,,,,,,,,"\n' * 2000 + '"'
    text = f"ref,kind,name\n{wide}\nT1,person,Abel\n{many}\nT2,person,Bo\n"
    found = read_bytes(text.encode(), "wide.csv")
    assert found.entries[0].names[0].full == "Abel"
    assert {p.code for p in found.problems} == {"row_broken", "more"}


def test_a_quotation_mark_that_is_not_closed_costs_only_its_line() -> None:
    """The rows that follow are read, whether the next quotation mark comes soon, late or never. A text of
    several lines in quotation marks is read."""
    rows = [f"T{n},person,Abel {n}," + ("" if n % 3 else '"open') for n in range(1, 3001)]
    text = "\n".join(
        ["ref,kind,name,remarks", *rows, 'X1,person,Bo,"two\nlines, and ""more"""', "X2,person,Cy,"]
    )
    found = read_bytes(text.encode(), "list.csv")
    good = [f"T{n}" for n in range(1, 3001) if n % 3]
    assert [e.ref for e in found.entries] == [*good, "X1", "X2"]
    assert found.entries[-2].remarks == 'two lines, and "more"'
    assert [p.segment for p in found.problems[:2]] == ["line 4", "line 7"]
    assert "quotation mark" in found.problems[0].message
    last = read_bytes(b'ref,kind,name\nT1,person,"Abel\nT2,person,Bo\n', "list.csv")
    assert [e.ref for e in last.entries] == ["T2"]


@pytest.mark.parametrize("damaged", ['BRO"KEN,"X', 'A","B', '"A"B', '"'])
def test_of_every_third_row_damaged_the_others_are_read(damaged: str) -> None:
    """Also if a quotation mark of one damaged row ends that of another."""
    rows = [f"T{n},person,{'Abel' if n % 3 else damaged},x" for n in range(1, 901)]
    found = read_bytes("\n".join(["ref,kind,name,remarks", *rows]).encode(), "list.csv")
    good = {f"T{n}" for n in range(1, 901) if n % 3}
    assert good <= {e.ref for e in found.entries}
    assert all(e.names[0].full == "Abel" for e in found.entries if e.ref in good)


@pytest.mark.parametrize("line", ['"x","y', 'x","y', '",x'])
def test_quotation_marks_are_read_in_bounded_time(line: str) -> None:
    """Each line opens a quotation mark that the next line closes."""
    text = "ref,kind,name\nT1,person,Abel\n" + f"{line}\n" * 40_000
    began = time.process_time()
    assert [e.ref for e in read_bytes(text.encode(), "list.csv").entries] == ["T1"]
    assert time.process_time() - began < 10


def test_a_cell_that_is_too_long_costs_only_its_row() -> None:
    """240 kB in one cell: the problem states the limit and the line."""
    text = f"ref,kind,name\nT1,person,Abel\nT2,person,{'B' * 240_000}\nT3,person,Cy\n"
    found = read_bytes(text.encode(), "list.csv")
    assert [e.ref for e in found.entries] == ["T1", "T3"]
    assert [(p.code, p.segment) for p in found.problems] == [("row_broken", "line 3")]
    assert "131072" in found.problems[0].message


def test_a_repeated_reference_is_reported_with_its_place() -> None:
    """The later entry is kept with a suffix."""
    found = read_bytes(b"ref,kind,name\nT1,person,Abel\nT1,person,Bo\n", "list.csv")
    assert [e.ref for e in found.entries] == ["T1", "T1#2"]
    assert [(p.code, p.segment) for p in found.problems] == [("ref_repeated", "entry 2")]


def test_empty_cells_of_a_workbook_are_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    """100 kB of a workbook can be 20,000,000 empty cells."""
    monkeypatch.setattr(unpack, "MAX_CELLS", 1000)
    row = "<row>" + "<c/>" * 600 + "</row>"
    with pytest.raises(UnknownList, match="more than 1,000 cells; delete the empty cells"):
        read_bytes(_workbook({"a.xml": row * 2}), "list.xlsx")


@pytest.mark.parametrize("cell", ["<c/>", "<x:c/>", '<c r="A1"/>', "<row/>"])
def test_a_sheet_with_too_many_cells_is_refused_before_it_is_parsed(
    monkeypatch: pytest.MonkeyPatch, cell: str
) -> None:
    """Parsing 23,000,000 empty cells took minutes. Parts of a file end inside of tags."""
    monkeypatch.setattr(unpack, "_STEP", 7)
    monkeypatch.setattr(unpack, "_rows", lambda *_: pytest.fail("the sheet was parsed"))
    book = _workbook({"a.xml": cell * 1001 + "<cols/>" * 9})
    with pytest.raises(UnknownList, match="more than 1,000 cells"):
        unpack.sheets(book, 1 << 20, 1000)


def test_a_sheet_with_few_cells_is_read(monkeypatch: pytest.MonkeyPatch) -> None:
    """Elements with similar names, and cells whose tags lie in two parts, are not counted twice."""
    monkeypatch.setattr(unpack, "_STEP", 7)
    row = "<row>" + '<c t="inlineStr"><is><t>x</t></is></c>' * 9 + "</row>"
    [sheet] = unpack.sheets(_workbook({"a.xml": row + "<cfRule/>" * 30}), 1 << 20, 10)
    assert sheet.rows == [(1, ["x"] * 9)]


def test_the_template_in_a_workbook(tmp_path: Path) -> None:
    """An office saves the template with Excel: the file is read as the CSV is."""
    rows = "".join(
        "<row>" + "".join(_text("", cell) for cell in line.split(",")) + "</row>"
        for line in LIST.splitlines()
    )
    assert template()
    found = read_bytes(_workbook({"a.xml": rows}), "list.xlsx")
    assert [e.ref for e in found.entries] == ["T1", "T2"]
