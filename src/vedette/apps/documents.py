"""A document of titles, lines, texts and tables, and its files: PDF and .docx. Both files (PDF and .docx) are
written from the same document, so that they contain the same texts.

The PDF file has an embedded font, selectable text, the language and the title in its metadata, and numbered
pages. The font is Bitstream Vera, which is part of the library reportlab and contains the French letters.
Characters that are missing in the font are replaced: the narrow space in French numbers, and the raised
letters of `1ᵉʳ`. Neither file contains the name of the person who created it.
"""

from __future__ import annotations

import datetime as dt
import io
import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cache
from html import escape
from pathlib import Path
from typing import Any

import reportlab
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from docx import Document as Word
from docx.enum.section import WD_ORIENT
from docx.enum.text import WD_ALIGN_PARAGRAPH
from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from docx.shared import Mm, Pt
from reportlab.lib import colors
from reportlab.lib.pagesizes import A4, landscape
from reportlab.lib.styles import ParagraphStyle
from reportlab.lib.units import mm
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.ttfonts import TTFont
from reportlab.platypus import LongTable, Paragraph, SimpleDocTemplate, Spacer


@dataclass(frozen=True)
class Part:
    """One part: a title, a note, texts, and a table. Each cell in `rows` is a pair of a text and a boolean
    value that is true if the text is a number; numbers are aligned to the right. Without rows and texts, the
    text `none` is shown."""

    title: str
    heads: Sequence[tuple[str, bool]] = ()
    rows: Sequence[Sequence[tuple[str, bool]]] = ()
    note: str = ""
    texts: Sequence[str] = ()
    none: str = ""


@dataclass(frozen=True)
class Document:
    """A document. `foot` is written on each page; `subject` is in the metadata only."""

    title: str
    foot: str
    parts: Sequence[Part]
    lines: Sequence[str] = field(default_factory=list)
    subject: str = ""
    #: The title in the metadata, if it is another one.
    name: str = ""


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


def pdf(document: Document, compress: bool = True) -> bytes:
    """Returns the document as a PDF file, in the current language."""
    _fonts()
    out = io.BytesIO()
    page = landscape(A4)
    made = SimpleDocTemplate(
        out, pagesize=page, leftMargin=_MARGIN, rightMargin=_MARGIN, topMargin=_MARGIN,
        bottomMargin=_MARGIN + 5 * mm, title=document.name or document.title, author="vedette",
        subject=document.subject, lang=get_language() or "fr", pageCompression=int(compress),
        invariant=True,
    )  # fmt: skip
    story: list[Any] = [_text(document.title, _TITLE)]
    story += [_text(line, _BODY) for line in document.lines]
    for part in document.parts:
        story += _part(part, page[0] - 2 * _MARGIN)

    def foot(canvas: Any, made: Any) -> None:
        canvas.setFont(_TEXT, 7.5)
        canvas.drawString(_MARGIN, 10 * mm, document.foot.translate(_INSTEAD))
        number = _("page %(number)s") % {"number": canvas.getPageNumber()}
        canvas.drawRightString(page[0] - _MARGIN, 10 * mm, number)

    made.build(story, onFirstPage=foot, onLaterPages=foot)
    return out.getvalue()


def _part(part: Part, width: float) -> list[Any]:
    parts: list[Any] = [_text(part.title, _PART)]
    if part.note:
        parts.append(_text(part.note, _NOTE))
    parts += [_text(one, _BODY) for text in part.texts for one in text.splitlines() if one.strip()]
    if not part.rows:
        return [*parts, _text(part.none, _BODY)] if part.none and not part.texts else parts
    rows = [[_text(h, _NUMBER if n else _CELL, bold=True) for h, n in part.heads]]
    rows += [[_text(t, _NUMBER if n else _CELL) for t, n in row] for row in part.rows]
    table = LongTable(rows, colWidths=_widths(part, width), repeatRows=1)
    table.setStyle(
        [
            ("BACKGROUND", (0, 0), (-1, 0), _HEAD), ("VALIGN", (0, 0), (-1, -1), "TOP"),
            ("LINEBELOW", (0, 0), (-1, -1), 0.5, _LINE),
        ]
    )  # fmt: skip
    return [*parts, table, Spacer(0, 2 * mm)]


def _widths(part: Part, width: float) -> list[float]:
    """Returns the widths of the columns, in proportion to the length of their texts. No column is narrower
    than the longest word of its heading.
    """
    shares = []
    for n, (head, _number) in enumerate(part.heads):
        texts = [row[n][0] for row in part.rows[:50]]
        longest = max((len(text) for text in texts), default=0)
        word = max((len(word) for word in head.split()), default=0)
        shares.append(float(min(max(longest, word + 2, 8), 60)))
    return [width * share / sum(shares) for share in shares]


def docx(document: Document) -> bytes:
    """Returns the document as a .docx file, in the current language."""
    made = Word()
    language = get_language() or "fr"
    properties = made.core_properties
    properties.title = _clean(document.name or document.title)[:_MOST_PROPERTY]
    properties.subject = _clean(document.subject)[:_MOST_PROPERTY]
    properties.author, properties.language, properties.comments = "vedette", language, ""
    properties.created = properties.modified = dt.datetime(2000, 1, 1)
    section = made.sections[0]
    section.orientation = WD_ORIENT.LANDSCAPE
    section.page_width, section.page_height = Mm(297), Mm(210)
    section.left_margin = section.right_margin = section.top_margin = section.bottom_margin = Mm(15)
    normal = made.styles["Normal"]
    normal.font.name, normal.font.size = "Arial", Pt(9)
    spoken = OxmlElement("w:lang")
    spoken.set(qn("w:val"), language)
    normal.element.get_or_add_rPr().append(spoken)
    section.footer.paragraphs[0].text = _clean(document.foot)
    made.add_heading(_clean(document.title), 0)
    for line in document.lines:
        made.add_paragraph(_clean(line))
    for part in document.parts:
        _word_part(made, part)
    out = io.BytesIO()
    made.save(out)
    return out.getvalue()


#: Characters that XML does not permit. A file with one of them cannot be written.
_FORBIDDEN = re.compile("[^\t\n\r -\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
#: Greatest length of a property of a .docx file.
_MOST_PROPERTY = 255


def _clean(text: str) -> str:
    """Returns a text without the characters that XML does not permit."""
    return _FORBIDDEN.sub("", text)


def _word_part(made: Any, part: Part) -> None:
    made.add_heading(_clean(part.title), 1)
    if part.note:
        made.add_paragraph(_clean(part.note)).runs[0].italic = True
    for text in part.texts:
        for one in text.splitlines():
            if one.strip():
                made.add_paragraph(_clean(one))
    if not part.rows:
        if part.none and not part.texts:
            made.add_paragraph(_clean(part.none))
        return
    table = made.add_table(len(part.rows) + 1, len(part.heads), style="Table Grid")
    # Reading `table.rows[n].cells` builds the whole grid each time; the cells in order are read once.
    cells = iter(table._cells)
    lines = [(part.heads, True), *((row, False) for row in part.rows)]
    for row, bold in lines:
        for text, number in row:
            paragraph = next(cells).paragraphs[0]
            run = paragraph.add_run(_clean(text))
            run.font.size, run.bold = Pt(8), bold
            if number:
                paragraph.alignment = WD_ALIGN_PARAGRAPH.RIGHT
    repeated = OxmlElement("w:tblHeader")
    repeated.set(qn("w:val"), "true")
    table.rows[0]._tr.get_or_add_trPr().append(repeated)
