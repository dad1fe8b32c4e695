"""Reads a CSV file with headings. Several commands use this module."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from vedette.core.errors import Failure
from vedette.formats import tables
from vedette.formats.edifact import Unreadable


def named_rows(
    path: Path, required: Iterable[str], optional: Iterable[str] = ()
) -> tuple[list[tuple[int, dict[str, str]]], list[tuple[int, str]]]:
    """Returns the rows with their numbers, and the errors in single rows with the numbers of the rows.

    A row has a value for each required and optional column; a missing cell is an empty text. The case of
    headings does not matter. Raises `Failure` if the file cannot be read or lacks a required column.
    """
    try:
        with path.open("rb") as file:
            table = tables.read_csv(file.read(tables.MAX_BYTES + 1))
    except OSError as error:
        raise Failure(f"{path}: {error.strerror}") from error
    except Unreadable as error:
        raise Failure(f"{path}: {error}") from error
    if not table.rows:
        raise Failure(f"{path}: contains no rows")
    headings = [cell.lower() for cell in table.rows[0][1]]
    missing = [name for name in required if name not in headings]
    if missing:
        raise Failure(f"{path}: lacks the columns {', '.join(missing)}")
    places = {n: headings.index(n) for n in (*required, *optional) if n in headings}
    rows = []
    for number, cells in table.rows[1:]:
        row = dict.fromkeys(optional, "")
        row |= {n: cells[place] if place < len(cells) else "" for n, place in places.items()}
        rows.append((number, row))
    return rows, table.problems
