"""CSV cells that no spreadsheet takes for a formula.

A cell is text from outside: a list's name, a remark, a carrier's word. Excel, LibreOffice and Google
Sheets run what begins with `=`, `+`, `-` or `@`, also behind spaces and quotes, and in some languages
the full-width forms. Where a locale separates by semicolons, a comma file is cut at every semicolon
and tab inside a cell, so each such part is guarded as well (OWASP, CSV Injection).
"""

from __future__ import annotations

import csv
import re
from collections.abc import Iterable
from typing import IO

#: What begins a formula.
_FORMULA = "=+\\-@＝＋－＠"
#: What stands before it and is skipped: white space, quotes, NUL, marks of order and direction.
_SKIPPED = r"[\s\"'\0\u00a0\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff]*"
_START = re.compile(rf"(^|[;,\t\r\n|])({_SKIPPED}[{_FORMULA}])")
#: Only digits and what stands between them: a number or a telephone, which computes nothing.
_HARMLESS = re.compile(r"[+-]?\d[\d .,]*(?:;[+-]?\d[\d .,]*)*")
_GUARDED = re.compile(rf"(^|[;,\t\r\n|])'({_SKIPPED}[{_FORMULA}])")


def cell(value: object) -> str:
    """`value` as text, with an apostrophe before whatever would begin a formula; None is empty."""
    text = "" if value is None else str(value)
    if _HARMLESS.fullmatch(text):
        return text
    text = _START.sub(r"\1'\2", text)
    return f"'{text}" if text[:1] in ("\t", "\r") else text


def plain(text: str) -> str:
    """What `cell` was given, from what it made: so that our own files are read as they were written."""
    return _GUARDED.sub(r"\1\2", text)


class Table:
    """A CSV file being written, every cell guarded."""

    def __init__(self, out: IO[str], line_end: str = "\r\n") -> None:
        self._writer = csv.writer(out, lineterminator=line_end)

    def row(self, values: Iterable[object]) -> None:
        """One line of the file."""
        self._writer.writerow([cell(value) for value in values])
