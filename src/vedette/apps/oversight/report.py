"""The report of a period: all sections, for the page, the PDF and the CSV files. It contains no names of
persons."""

from __future__ import annotations

import datetime as dt
import io
from collections.abc import Iterator
from dataclasses import dataclass

from django.utils import timezone

from vedette.apps.accounts.models import User
from vedette.apps.oversight import article20, current, selectors
from vedette.apps.oversight.sections import Period, Section, plain
from vedette.core.cells import Table

#: Keys of the sections, in the order of the report.
KEYS = (
    "article20", "months", "lists", "transfers", "looks", "findings", "approvals", "held", "done",
    "dropped", "accounts", "tokens",
)  # fmt: skip


@dataclass(frozen=True)
class Report:
    """A report: organisation, author, period, time of making, end of the counted days, sections."""

    organisation: str
    synthetic: bool
    by: str
    period: Period
    made_at: dt.datetime
    counted_at: dt.datetime | None
    sections: list[Section]


def make(by: User, period: Period) -> Report:
    """The whole report in the active language."""
    found = [
        *article20.sections(by, period),
        *selectors.sections(by, period),
        *current.sections(by, period),
    ]
    by_key = {one.key: one for one in found}
    home = by.organisation
    return Report(
        organisation=str(home), synthetic=bool(home and home.synthetic), by=by.display(), period=period,
        made_at=timezone.now(), counted_at=selectors.counted_at(by), sections=[by_key[k] for k in KEYS],
    )  # fmt: skip


def csv_of(section: Section) -> Iterator[str]:
    """One section as lines of a CSV file. Cells are written so that a spreadsheet does not
    interpret them as formulas.
    """
    out = io.StringIO()
    table = Table(out)
    table.row(section.heads)
    yield "\ufeff" + out.getvalue()
    for row in section.rows:
        out.seek(0)
        out.truncate()
        table.row([plain(cell) for cell in row])
        yield out.getvalue()
