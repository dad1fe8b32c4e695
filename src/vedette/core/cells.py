"""Writes CSV cells in such a way that no spreadsheet program runs them as formulas. Every CSV export uses the
functions of this module.

Cells contain text from other parties, such as the name of a list or a carrier's remark. Excel, LibreOffice
and Google Sheets run a cell as a formula if it begins with `=`, `+`, `-` or `@`. Spreadsheet programs ignore
spaces and quotes before the character that begins a formula. In some languages, spreadsheet programs also
accept the full-width forms of the characters that begin a formula. In countries that separate CSV cells with
semicolons, a spreadsheet program also splits cells at each semicolon and tab. The functions therefore also
put an apostrophe before a formula that follows a semicolon or a tab (OWASP, CSV Injection).
"""

from __future__ import annotations

import csv
import re
from collections.abc import Iterable
from typing import IO

#: The characters that begin a formula.
_FORMULA = "=+\\-@＝＋－＠"
#: Characters that a spreadsheet skips before a formula: white space, quotes, NUL, direction marks.
_SKIPPED = r"[\s\"'\0\u00a0\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff]*"
_START = re.compile(rf"(^|[;,\t\r\n|])({_SKIPPED}[{_FORMULA}])")
#: Matches numbers and telephone numbers, which stay unchanged because they compute nothing.
_HARMLESS = re.compile(r"[+-]?\d[\d .,]*(?:;[+-]?\d[\d .,]*)*")
_GUARDED = re.compile(rf"(^|[;,\t\r\n|])'({_SKIPPED}[{_FORMULA}])")


def cell(value: object) -> str:
    """Returns `value` as text, with an apostrophe before each part that would begin a formula. For None, the
    result is the empty text."""
    text = "" if value is None else str(value)
    if _HARMLESS.fullmatch(text):
        return text
    text = _START.sub(r"\1'\2", text)
    return f"'{text}" if text[:1] in ("\t", "\r") else text


def plain(text: str) -> str:
    """Removes the apostrophes that `cell` added, so that vedette reads its own files back unchanged."""
    return _GUARDED.sub(r"\1\2", text)


class Table:
    """Writes a CSV file in which no cell is a formula (see `cell`)."""

    def __init__(self, out: IO[str], line_end: str = "\r\n") -> None:
        self._writer = csv.writer(out, lineterminator=line_end)

    def row(self, values: Iterable[object]) -> None:
        """Writes one line of the file."""
        self._writer.writerow([cell(value) for value in values])
