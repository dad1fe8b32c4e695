"""The data-protection report as a PDF file.

The PDF file has an embedded font, selectable text, the language and the title in its metadata, and
numbered pages. The font is Bitstream Vera, which is part of the library reportlab and contains the
French letters. Characters that are missing in the font are replaced: the narrow space in French
numbers, and the raised letters of `1ᵉʳ`.
"""

from __future__ import annotations

import io
from functools import cache
from html import escape
from pathlib import Path
from typing import Any

import reportlab
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from reportlab.lib import colors
from reportlab.lib.pagesizes import A4, landscape
from reportlab.lib.styles import ParagraphStyle
from reportlab.lib.units import mm
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.ttfonts import TTFont
from reportlab.platypus import LongTable, Paragraph, SimpleDocTemplate, Spacer

from vedette.apps.oversight.report import Report, lines, period
from vedette.apps.oversight.sections import Section

_TEXT, _BOLD = "Vera", "Vera-Bold"
_INSTEAD = str.maketrans({"\u202f": "\u00a0", "\u2212": "-", "ᵉ": "e", "ʳ": "r"})
_MARGIN = 15 * mm
_LINE, _HEAD = colors.HexColor("#c3cad2"), colors.HexColor("#e9edf1")


@cache
def _fonts() -> None:
    folder = Path(reportlab.__file__).parent / "fonts"
    pdfmetrics.registerFont(TTFont(_TEXT, folder / "Vera.ttf"))
    pdfmetrics.registerFont(TTFont(_BOLD, folder / "VeraBd.ttf"))
    pdfmetrics.registerFontFamily(_TEXT, normal=_TEXT, bold=_BOLD)


def _style(name: str, size: float, **more: Any) -> ParagraphStyle:
    return ParagraphStyle(name, fontSize=size, leading=size * 1.3, **{"fontName": _TEXT, **more})


_CELL = _style("cell", 7.5)
_NUMBER = _style("number", 7.5, alignment=2)
_NOTE = _style("note", 8, textColor=colors.HexColor("#4a545e"), spaceAfter=2 * mm)
_BODY = _style("body", 9, spaceAfter=1 * mm)
_TITLE = _style("title", 17, fontName=_BOLD, spaceAfter=3 * mm)
_PART = _style("part", 12, fontName=_BOLD, spaceBefore=6 * mm, spaceAfter=2 * mm, keepWithNext=1)


def _text(text: object, style: ParagraphStyle = _CELL, bold: bool = False) -> Paragraph:
    told = escape(str(text).translate(_INSTEAD), quote=False)
    return Paragraph(f"<b>{told}</b>" if bold else told, style)


def pdf(report: Report, compress: bool = True) -> bytes:
    """Returns the report as a PDF file."""
    _fonts()
    out = io.BytesIO()
    page = landscape(A4)
    title = _("Data protection: report")
    line = f"vedette · {report.organisation} · {period(report)}"
    document = SimpleDocTemplate(
        out, pagesize=page, leftMargin=_MARGIN, rightMargin=_MARGIN, topMargin=_MARGIN,
        bottomMargin=_MARGIN + 5 * mm, title=f"{title}, {report.organisation}", author="vedette",
        subject=period(report), lang=get_language() or "fr", pageCompression=int(compress),
        invariant=True,
    )  # fmt: skip
    story: list[Any] = [_text(title, _TITLE), *(_text(line, _BODY) for line in lines(report))]
    for section in report.sections:
        story += _section(section, page[0] - 2 * _MARGIN)

    def foot(canvas: Any, made: Any) -> None:
        canvas.setFont(_TEXT, 7.5)
        canvas.drawString(_MARGIN, 10 * mm, line.translate(_INSTEAD))
        number = _("page %(number)s") % {"number": canvas.getPageNumber()}
        canvas.drawRightString(page[0] - _MARGIN, 10 * mm, number)

    document.build(story, onFirstPage=foot, onLaterPages=foot)
    return out.getvalue()


def _section(section: Section, width: float) -> list[Any]:
    parts: list[Any] = [_text(section.title, _PART)]
    if section.note:
        parts.append(_text(section.note, _NOTE))
    if not section.rows:
        return [*parts, _text(section.none, _BODY)]
    rows = [[_text(h, _NUMBER if n else _CELL, bold=True) for h, n in section.told_heads()]]
    rows += [[_text(t, _NUMBER if n else _CELL) for t, n in row] for row in section.told()]
    table = LongTable(rows, colWidths=_widths(section, width), repeatRows=1)
    table.setStyle(
        [
            ("BACKGROUND", (0, 0), (-1, 0), _HEAD), ("VALIGN", (0, 0), (-1, -1), "TOP"),
            ("LINEBELOW", (0, 0), (-1, -1), 0.5, _LINE),
        ]
    )  # fmt: skip
    return [*parts, table, Spacer(0, 2 * mm)]


def _widths(section: Section, width: float) -> list[float]:
    """Returns the widths of the columns, in proportion to the length of their texts. No column is
    narrower than the longest word of its heading.
    """
    shares = []
    for n, head in enumerate(section.heads):
        texts = [row[n][0] for row in section.told()[:50]]
        longest = max((len(text) for text in texts), default=0)
        word = max((len(word) for word in head.split()), default=0)
        shares.append(float(min(max(longest, word + 2, 8), 60)))
    return [width * share / sum(shares) for share in shares]
