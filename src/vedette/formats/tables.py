"""Reads tables that senders make themselves: CSV in any usual form, and Excel workbooks (`.xlsx`).

The numbers of bytes, cells and columns are limited before a workbook is unpacked.
"""

from __future__ import annotations

import csv
import re
from dataclasses import dataclass, field

from vedette.formats.edifact import Unreadable
from vedette.formats.lists.common import UnknownList, csv_parsed
from vedette.formats.lists.unpack import sheets

MAX_BYTES = 32 * 1024 * 1024
#: Limits of a workbook: unpacked bytes, and cells.
MAX_UNPACKED = 64 * 1024 * 1024
MAX_CELLS = 5_000_000
MAX_COLUMNS = 500
#: The longest text of a cell; longer texts are cut.
MAX_TEXT = 20_000
WORKBOOK = b"PK\x03\x04"
_DELIMITERS = ",;\t|"
_RANGE = re.compile(r"([A-Z]{1,3})(\d{1,7}):([A-Z]{1,3})(\d{1,7})")


@dataclass
class Table:
    """The rows of a table, each with its number in the file, and the errors in individual rows (row number
    and error message). `merged` contains the cells that are merged with the cell above: (row number, column).
    """

    rows: list[tuple[int, list[str]]]
    problems: list[tuple[int, str]] = field(default_factory=list)
    merged: set[tuple[int, int]] = field(default_factory=set)


def is_workbook(head: bytes) -> bool:
    """Whether the first bytes are the first bytes of an Excel workbook.

    A ZIP archive of another kind is not an Excel workbook.
    """
    return head.startswith(WORKBOOK) and (
        b"[Content_Types].xml" in head or b"xl/" in head or b"_rels/" in head
    )


def decode(data: bytes) -> str:
    """Decodes the text of a table: UTF-8 (with or without a byte order mark) or otherwise Windows-1252."""
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        return data.decode("cp1252", "replace")


def head(data: bytes, lines: int = 20) -> list[list[str]]:
    """Returns the cells of the first lines of a CSV text, to recognise its headings."""
    text = decode(data[:65536].rpartition(b"\n")[0] or data[:65536])
    first = text.replace("\0", "").replace("\r\n", "\n").replace("\r", "\n").split("\n")[:lines]
    delimiter = delimiter_of("\n".join(first))
    try:
        return [
            [cell.strip() for cell in row]
            for row in csv.reader(first, delimiter=delimiter)
            if len(row) <= MAX_COLUMNS
        ]
    except csv.Error:
        return []


def delimiter_of(text: str) -> str:
    """Returns the delimiter that occurs most often in a single line."""
    lines = text.split("\n")[:20]
    return max(_DELIMITERS, key=lambda sign: max((line.count(sign) for line in lines), default=0))


def read_csv(data: bytes) -> Table:
    """Reads a CSV text. Raises `Unreadable` if the text exceeds the limits."""
    if len(data) > MAX_BYTES:
        raise Unreadable(f"{len(data)} bytes, the limit is {MAX_BYTES}; send it in parts")
    text = decode(data)
    delimiter = delimiter_of(text[:65536])
    signs = text.count(delimiter) + text.count("\n")
    if signs > MAX_CELLS:
        raise Unreadable(f"more than {MAX_CELLS} cells; send it in parts")
    table = Table([])
    for line, cells in csv_parsed(text, delimiter):
        if isinstance(cells, str):
            table.problems.append((line, f"{cells}; the row was left out"))
        elif len(cells) > MAX_COLUMNS:
            table.problems.append(
                (line, f"the row has more than {MAX_COLUMNS} cells; it was left out")
            )
        elif any(cells):
            table.rows.append((line, [cell[:MAX_TEXT].strip() for cell in cells]))
    return table


def read_workbook(
    data: bytes, most_bytes: int = MAX_UNPACKED, most_cells: int = MAX_CELLS
) -> list[Table]:
    """Reads the sheets of a workbook. Raises `Unreadable` if the file is not a workbook or exceeds the
    limits."""
    if len(data) > MAX_BYTES:
        raise Unreadable(f"{len(data)} bytes, the limit is {MAX_BYTES}; send it in parts")
    try:
        found = sheets(data, most_bytes, most_cells)
    except UnknownList as error:
        raise Unreadable(str(error)) from error
    tables = []
    for sheet in found:
        table = Table([(n, [cell[:MAX_TEXT].strip() for cell in row]) for n, row in sheet.rows])
        by_number = dict(table.rows)
        for reference in sheet.merged:
            _fill(table, by_number, reference)
        tables.append(table)
    return tables


def _fill(table: Table, rows: dict[int, list[str]], reference: str) -> None:
    """Copies the value of a merged cell to all rows that the cell covers, in its first column."""
    place = _RANGE.fullmatch(reference)
    if place is None:
        return
    column, top, bottom = _column(place[1]), int(place[2]), int(place[4])
    above = rows.get(top)
    if above is None or column >= len(above) or not above[column]:
        return
    # A hostile workbook may name a million rows; only rows that exist are visited.
    wanted = range(top + 1, bottom + 1)
    numbers = wanted if len(wanted) <= len(rows) else [n for n in rows if n in wanted]
    for number in numbers:
        row = rows.get(number)
        if row is None:
            continue
        row += [""] * (column + 1 - len(row))
        if not row[column]:
            row[column] = above[column]
            table.merged.add((number, column))


def _column(letters: str) -> int:
    number = 0
    for letter in letters:
        number = number * 26 + ord(letter) - 64
    return number - 1
