"""The CSV format has one row for each record and one column for each part of a record (`records.flat`). A
cell that a spreadsheet would run as a formula gets an apostrophe, which the reader removes (`core/cells.py`).
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator
from typing import IO

from vedette.core import cells
from vedette.formats.exchange.records import BadRecord, Record, flat, unflat

#: Maximum number of columns, and of characters of a cell (a photograph is one cell).
MOST_COLUMNS, MOST_CELL = 20_000, 12 << 20


def write(records: Iterable[Record], out: IO[str]) -> None:
    """Writes records. The file has a column for each part that occurs in a record, in the order in which the
    parts first occur.
    """
    rows = [flat(one) for one in records]
    columns = list(dict.fromkeys(name for row in rows for name in row))
    table = cells.Table(out, "\n")
    table.row(columns or ("type",))
    for row in rows:
        table.row([row.get(name, "") for name in columns])


def parse(text: str, name: str) -> Iterator[Record]:
    """Yields the records of a file. Raises `BadRecord` with the number of the line."""
    before = csv.field_size_limit(MOST_CELL)
    try:
        rows = csv.reader(io.StringIO(text, newline=""), strict=True)
        heads = [cells.plain(cell).strip() for cell in next(rows, [])]
        if len(heads) > MOST_COLUMNS or len(set(heads)) != len(heads):
            raise BadRecord(
                f"{name}: line 1: more than {MOST_COLUMNS:,} columns, or one occurs twice"
            )
        for row in rows:
            place = f"{name}: line {rows.line_num}"
            if len(row) > len(heads):
                raise BadRecord(f"{place}: has more cells than the first line")
            parts = {head: cells.plain(cell) for head, cell in zip(heads, row, strict=False)}
            if any(parts.values()):
                yield unflat({head: cell for head, cell in parts.items() if cell}, place)
    except csv.Error as error:
        raise BadRecord(f"{name}: line {rows.line_num}: {error}") from error
    finally:
        csv.field_size_limit(before)
