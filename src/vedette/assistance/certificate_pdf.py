"""A certificate as a PDF page: the texts, a QR code of 6 cm that contains the token, and the token as an
attached file."""

from __future__ import annotations

import io
from collections.abc import Mapping
from typing import Any

import segno
from reportlab.lib.pagesizes import A4, landscape
from reportlab.lib.units import cm
from reportlab.pdfbase import pdfdoc, pdfmetrics
from reportlab.pdfbase.ttfonts import TTFError, TTFont
from reportlab.pdfgen.canvas import Canvas

from vedette.assistance.certificates import course_of

#: Width of the QR code, its quiet zone included.
QR_WIDTH = 6 * cm
#: The words of the page by the language of the certificate.
WORDS: Mapping[str, Mapping[str, str]] = {
    "en": {
        "title": "Certificate", "holder": "This certificate was issued to", "issuer": "Issued by",
        "date": "on", "check": "Anyone can check this certificate with the file that the issuer publishes.",
    },
    "fr": {
        "title": "Certificat", "holder": "Ce certificat a été délivré à", "issuer": "Délivré par",
        "date": "le", "check": "Chacun peut vérifier ce certificat avec le fichier publié par l’émetteur.",
    },
}  # fmt: skip
_FONT, _BOLD = "Vera", "VeraBd"


def draw(token: str, holder: str, credential: Mapping[str, Any], texts: Mapping[str, str]) -> bytes:
    """Returns the bytes of the PDF.

    `holder` is the name that is printed on the page; the token contains only its hash. `texts` contains the
    texts of the page in the language of the certificate: `title`, `holder`, `issuer`, `date`, `check`.
    """
    for font in (_FONT, _BOLD):
        if font not in pdfmetrics.getRegisteredFontNames():
            pdfmetrics.registerFont(TTFont(font, f"{font}.ttf"))
    out = io.BytesIO()
    width, height = landscape(A4)
    canvas = Canvas(out, pagesize=(width, height), pageCompression=1)
    canvas.setTitle(texts["title"])
    _line(canvas, height - 4 * cm, _BOLD, 26, texts["title"])
    _line(canvas, height - 6.2 * cm, _FONT, 12, texts["holder"])
    _line(canvas, height - 7.4 * cm, _BOLD, 20, holder)
    _line(canvas, height - 9.2 * cm, _FONT, 16, course_of(credential))
    issuer = credential["issuer"]["name"]
    _line(canvas, height - 11 * cm, _FONT, 12, f"{texts['issuer']} {issuer}")
    _line(canvas, height - 12 * cm, _FONT, 12, f"{texts['date']} {credential['validFrom'][:10]}")
    _line(canvas, 2 * cm, _FONT, 9, texts["check"])
    _draw_code(canvas, token, width - QR_WIDTH - 2 * cm, 2.8 * cm)
    _attach(canvas, "certificate.jwt", token.encode())
    canvas.showPage()
    canvas.save()
    return out.getvalue()


def _line(canvas: Canvas, y: float, font: str, size: float, text: str) -> None:
    canvas.setFont(font, size)
    canvas.drawString(2 * cm, y, text)


def _draw_code(canvas: Canvas, token: str, x: float, y: float) -> None:
    """Draws the QR code (error correction L, which allows the longest token at this size)."""
    code = segno.make(token, error="l", micro=False, boost_error=False)
    rows = [list(row) for row in code.matrix_iter(border=4)]
    side = QR_WIDTH / len(rows)
    path = canvas.beginPath()
    for number, row in enumerate(rows):
        for place, dark in enumerate(row):
            if dark:
                path.rect(x + place * side, y + QR_WIDTH - (number + 1) * side, side, side)
    canvas.drawPath(path, stroke=0, fill=1)


def _attach(canvas: Canvas, name: str, content: bytes) -> None:
    """Attaches a file to the PDF (ISO 32000-1, 7.11.4)."""
    document = canvas._doc
    stream = pdfdoc.PDFStream(content=content)
    stream.dictionary["Type"] = pdfdoc.PDFName("EmbeddedFile")
    embedded = pdfdoc.PDFDictionary({"F": document.Reference(stream)})
    file = pdfdoc.PDFDictionary(
        {"Type": pdfdoc.PDFName("Filespec"), "F": pdfdoc.PDFString(name), "EF": embedded}
    )
    names = pdfdoc.PDFArray([pdfdoc.PDFString(name), document.Reference(file)])
    document.Catalog.Names = pdfdoc.PDFDictionary(
        {"EmbeddedFiles": pdfdoc.PDFDictionary({"Names": names})}
    )


def can_draw(text: str) -> bool:
    """Returns whether the font of the page contains every character of a text. The font has Latin letters
    only, and does not support the joined letters of Arabic.
    """
    try:
        face = TTFont(_FONT, f"{_FONT}.ttf").face
    except TTFError:
        return False
    return all(ord(sign) in face.charToGlyph or sign == " " for sign in text)
