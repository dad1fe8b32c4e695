"""Reads firearm records from CSV files and Excel workbooks. Rows with problems are reported, and the other
rows are returned."""

from __future__ import annotations

import uuid
from dataclasses import dataclass, field

from vedette.apps.enforcement.actions.firearms import columns
from vedette.apps.enforcement.models import Firearm
from vedette.core import firearms as forms
from vedette.core.cells import plain
from vedette.core.texts import Text, gettext_lazy
from vedette.formats import tables
from vedette.formats.edifact import Unreadable

#: Limits of a file.
MAX_BYTES, MAX_ROWS = 8 * 1024 * 1024, 5_000
#: Limits of a workbook: unpacked bytes, and cells. They are low, because the web server reads it.
MAX_UNPACKED, MAX_CELLS = 16 * 1024 * 1024, 250_000
#: Problems of a file that are kept. The number of all is counted.
MOST_PROBLEMS = 1_000

TOO_LARGE = gettext_lazy("The file is larger than 8 MB. Divide the file into several files.")
TOO_MANY = gettext_lazy("The file has more than 5,000 rows. Divide the file into several files.")
EMPTY = gettext_lazy("The file is empty.")
NO_COLUMN = gettext_lazy(
    "Line 1 has no column “%(value)s”. Download the template to see the columns."
)
COLUMN_TWICE = gettext_lazy("Line 1 has the column “%(value)s” twice.")
TAKEN = gettext_lazy("This serial number is already recorded in this seizure, as number %(n)s.")
TWICE = gettext_lazy("Row %(n)s of the file has the same serial number.")
UNREADABLE = gettext_lazy("The file cannot be read: %(value)s")


class BadFile(ValueError):
    """The error that is raised if the whole file is unreadable. `text` states the reason and the remedy."""

    def __init__(self, text: Text) -> None:
        super().__init__(text.msgid)
        self.text = text


@dataclass
class Problem:
    """A problem of a row, and the column with the problem."""

    row: int
    field: str
    text: Text


@dataclass
class File:
    """The records of a file with their rows, and the problems of the other rows.

    `total` is the number of all problems.
    """

    records: list[tuple[int, forms.Firearm]] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    total: int = 0

    def add(self, row: int, name: str, text: Text) -> None:
        """Adds a problem."""
        self.total += 1
        if len(self.problems) < MOST_PROBLEMS:
            self.problems.append(Problem(row, name, text))


def read_file(data: bytes) -> File:
    """Reads a CSV file or a workbook with the columns `forms.FIELDS`. Only the column `item` is required.
    Raises `BadFile`."""
    if len(data) > MAX_BYTES:
        raise BadFile(TOO_LARGE)
    try:
        if tables.is_workbook(data[:4096]):
            sheets = tables.read_workbook(data, MAX_UNPACKED, MAX_CELLS)
            table = sheets[0] if sheets else tables.Table([])
        else:
            table = tables.read_csv(data)
    except Unreadable as error:
        raise BadFile(UNREADABLE.given(value=str(error)[:200])) from error
    if not table.rows:
        raise BadFile(EMPTY)
    if len(table.rows) > MAX_ROWS + 1:
        raise BadFile(TOO_MANY)
    names = [plain(cell).strip().lower().replace(" ", "_") for cell in table.rows[0][1]]
    if "item" not in names:
        raise BadFile(NO_COLUMN.given(value="item"))
    if twice := next((one for one in names if one in forms.FIELDS and names.count(one) > 1), None):
        raise BadFile(COLUMN_TWICE.given(value=twice))
    found = File()
    for row, text in table.problems:
        found.add(row, "", UNREADABLE.given(value=text[:200]))
    for row, cells in table.rows[1:]:
        values = {name: plain(cell) for name, cell in zip(names, cells, strict=False)}
        one, errors = forms.read(values)
        for name, problem in errors.items():
            found.add(row, name, problem)
        if one is not None:
            found.records.append((row, one))
    return found


def duplicates(seizure: uuid.UUID, found: File) -> None:
    """Replaces a record by a problem if its serial number already occurs in the seizure or in an earlier row
    of the file. If the records are stored afterwards, the caller must have locked the seizure."""
    stored: dict[tuple[str, bytes], list[tuple[bytes | None, int]]] = {}
    rows = Firearm.objects.filter(seizure=seizure, struck_at=None, serial_token__isnull=False)
    for item, serial, make, number in rows.values_list(
        "item", "serial_token", "make_token", "number"
    ):
        key = item, bytes(serial or b"")
        stored.setdefault(key, []).append((bytes(make) if make else None, -number))
    kept = []
    for row, one in found.records:
        tokens = columns(one)
        serial, make = tokens["serial_token"], tokens["make_token"]
        if serial is not None:
            others = stored.setdefault((one.item, serial), [])
            same = next((n for m, n in others if m is None or make is None or m == make), None)
            if same is not None:
                problem = TAKEN.given(n=-same) if same < 0 else TWICE.given(n=same)
                found.add(row, "serial", problem)
                continue
            others.append((make, row))
        kept.append((row, one))
    found.records = kept
