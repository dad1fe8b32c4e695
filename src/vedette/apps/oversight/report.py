"""The data-protection report about a period, as a page and CSV files. The report contains no names of
subjects. `report_pdf` writes the report as a PDF file.
"""

from __future__ import annotations

import datetime as dt
import io
from collections.abc import Iterable
from dataclasses import dataclass

from django.utils import timezone
from django.utils.translation import gettext as _

from vedette.apps import display
from vedette.apps.accounts.models import User
from vedette.apps.oversight import sections, selectors
from vedette.apps.oversight.sections import Period, Section, plain
from vedette.core.cells import Table

#: The keys of the sections, in the order of the report.
KEYS = (
    "article20", "months", "lists", "transfers", "looks", "findings", "approvals", "held", "done",
    "dropped", "accounts", "tokens",
)  # fmt: skip


@dataclass(frozen=True)
class Report:
    """A report, with its organisation, author, period and sections. The report also has the time of its
    creation, and the time up to which data was counted.
    """

    organisation: str
    synthetic: bool
    by: str
    period: Period
    made_at: dt.datetime
    counted_at: dt.datetime | None
    sections: list[Section]


def make(by: User, period: Period) -> Report:
    """Creates the whole report in the language of the request."""
    by_key = {
        one.key: one
        for one in (
            *sections.statistics(by, period),
            *selectors.sections(by, period),
            *sections.state(by, period),
        )
    }
    home = by.organisation
    return Report(
        organisation=str(home), synthetic=bool(home and home.synthetic), by=by.display(), period=period,
        made_at=timezone.now(), counted_at=selectors.counted_at(by), sections=[by_key[k] for k in KEYS],
    )  # fmt: skip


def csv_of(section: Section) -> str:
    """Returns one section as the content of a CSV file."""
    return csv_text([section.heads, *([plain(cell) for cell in row] for row in section.rows)])


def csv_text(rows: Iterable[Iterable[object]]) -> str:
    """Returns rows as the content of a CSV file with a byte order mark. Cells are written so that a
    spreadsheet does not interpret them as formulas.
    """
    out = io.StringIO()
    table = Table(out)
    for row in rows:
        table.row(row)
    return "\ufeff" + out.getvalue()


def period(report: Report) -> str:
    """Returns the period as text, for example `1 Nov 2026 to 24 Nov 2026`."""
    return _("%(first)s to %(last)s") % {
        "first": display.day(report.period.first),
        "last": display.day(report.period.last),
    }


def lines(report: Report) -> list[str]:
    """Returns the lines above the tables: the organisation, the period, the author, the time of the
    report, and the last day with figures.
    """
    made = {"at": display.moment(report.made_at), "who": report.by}
    found = [report.organisation, period(report), _("Created on %(at)s by %(who)s.") % made]
    if report.counted_at:
        at = display.moment(report.counted_at)
        found.append(_("The figures include all journal entries up to %(at)s.") % {"at": at})
    found.append(_("%(zone)s. Days are counted in UTC.") % {"zone": display.zone()})
    if report.synthetic:
        found.append(_("Demonstration: all data and journal entries are fictitious."))
    return found
