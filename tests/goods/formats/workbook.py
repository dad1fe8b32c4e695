"""Makes small Excel workbooks for tests, and hostile ones."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Sequence
from xml.sax.saxutils import escape

_NS = 'xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"'
_REL = 'xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships"'


def cell(place: str, value: str) -> str:
    """One cell with a text."""
    return f'<c r="{place}" t="inlineStr"><is><t>{escape(value)}</t></is></c>'


def workbook(rows: Sequence[Sequence[str]], merged: Sequence[str] = (), padding: int = 0) -> bytes:
    """A workbook with one sheet. `padding` is the number of spaces after the rows, which pack well."""
    lines = []
    for number, row in enumerate(rows, 1):
        cells = "".join(
            cell(f"{chr(65 + at)}{number}", value) for at, value in enumerate(row) if value
        )
        lines.append(f'<row r="{number}">{cells}</row>')
    merges = "".join(f'<mergeCell ref="{one}"/>' for one in merged)
    sheet = (
        f"<worksheet {_NS}><sheetData>{''.join(lines)}</sheetData>"
        f"<mergeCells>{merges}</mergeCells>{' ' * padding}</worksheet>"
    )
    return packed(sheet)


def packed(sheet: str | bytes) -> bytes:
    """A workbook with this sheet."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("[Content_Types].xml", "<Types/>")
        archive.writestr(
            "xl/workbook.xml",
            f'<workbook {_NS} {_REL}><sheets><sheet name="a" sheetId="1" r:id="r1"/></sheets></workbook>',
        )
        archive.writestr(
            "xl/_rels/workbook.xml.rels",
            '<Relationships><Relationship Id="r1" Target="worksheets/sheet1.xml"/></Relationships>',
        )
        archive.writestr("xl/worksheets/sheet1.xml", sheet)
    return out.getvalue()
