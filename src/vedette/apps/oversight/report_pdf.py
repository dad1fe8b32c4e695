"""The data-protection report as a PDF file."""

from __future__ import annotations

from django.utils.translation import gettext as _

from vedette.apps import documents
from vedette.apps.documents import Document, Part
from vedette.apps.oversight.report import Report, lines, period


def pdf(report: Report, compress: bool = True) -> bytes:
    """Returns the report as a PDF file."""
    title = _("Data protection: report")
    parts = [
        Part(one.title, one.told_heads(), one.told(), one.note, none=one.none)
        for one in report.sections
    ]
    document = Document(
        title, f"vedette · {report.organisation} · {period(report)}", parts, list(lines(report)),
        period(report), f"{title}, {report.organisation}",
    )  # fmt: skip
    return documents.pdf(document, compress)
