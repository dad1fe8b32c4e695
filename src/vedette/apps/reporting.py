"""A report as one content model: parts with texts and tables.

The page and the files of the report are written from the same parts, in the reader's language, so that ids
and values are the same in all of them.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from vedette.apps.documents import Document

#: Format of a file → its type.
TYPES = {
    "docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    "pdf": "application/pdf", "csv": "text/csv; charset=utf-8", "json": "application/json",
}  # fmt: skip
#: The languages of a report.
LANGUAGES = ("fr", "en")


@dataclass(frozen=True)
class Row:
    """A row of a table. Each cell is a pair: its text, and whether it contains a number. `figure` is the id
    of the figure that the row states, or empty."""

    cells: tuple[tuple[str, bool], ...]
    figure: str = ""


@dataclass(frozen=True)
class Section:
    """One part of a report. `key` is the last part of the HTML id of the section on the page."""

    key: str
    title: str
    heads: tuple[tuple[str, bool], ...] = ()
    rows: tuple[Row, ...] = ()
    note: str = ""
    texts: tuple[str, ...] = ()
    none: str = ""


def document(title: str, foot: str, sections: Sequence[Section], lines: Sequence[str]) -> Document:
    """Returns a report as a document. `foot` is the text at the bottom of each page, and `lines` are the
    texts below the title."""
    # The libraries of the files are loaded by the first file only.
    from vedette.apps.documents import Document, Part

    parts = [
        Part(one.title, one.heads, [row.cells for row in one.rows], one.note, one.texts, one.none)
        for one in sections
    ]
    return Document(title, foot, parts, lines)


def bytes_of(document: Document, format_: str) -> bytes:
    """Returns a document as a file in the current language: `docx` or `pdf`."""
    from vedette.apps import documents

    return documents.docx(document) if format_ == "docx" else documents.pdf(document)


def file_name(text: str) -> str:
    """Returns a text as a part of a file name: every character that is not an ASCII letter or digit is
    replaced by a hyphen."""
    return "".join(sign if sign.isascii() and sign.isalnum() else "-" for sign in text)
