"""Files of the library: type by content, text within limits, hostile files."""

from __future__ import annotations

import io
import random
import zipfile

import pytest

from vedette.library import files
from vedette.library.files import WrongFile, media_of, text_of

KINDS = {"docx": "word/document.xml", "xlsx": "xl/workbook.xml", "pptx": "ppt/presentation.xml"}


def office(media: str, **parts: str) -> bytes:
    """An Office file with a main part and others (`/` is written `__`)."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("[Content_Types].xml", "<Types/>")
        archive.writestr(KINDS[media], "<d/>")
        for name, text in parts.items():
            archive.writestr(f"{name.replace('__', '/')}.xml", text)
    return out.getvalue()


def pdf(text: str) -> bytes:
    """A PDF with one line of text."""
    from reportlab.pdfgen.canvas import Canvas

    out = io.BytesIO()
    canvas = Canvas(out)
    canvas.drawString(72, 720, text)
    canvas.save()
    return out.getvalue()


def test_texts_of_each_type() -> None:
    """Words of paragraphs, cells, slides in order, pages."""
    body = '<w xmlns="w"><p><t>Acide</t><tab/><t>nitrique</t></p><p><t>HS 2808</t></p></w>'
    assert "Acide\tnitrique\nHS 2808" in text_of("docx", office("docx", word__footnotes=body))
    cells = "<x><si><t>Ammonium nitrate</t></si></x>"
    assert "Ammonium nitrate" in text_of("xlsx", office("xlsx", xl__sharedStrings=cells))
    slides = {f"ppt__slides__slide{n}": f"<s><p><t>number {n}</t></p></s>" for n in (10, 2)}
    found = text_of("pptx", office("pptx", **slides))
    assert found.index("number 2") < found.index("number 10")
    data = pdf("Control of strategic goods")
    assert media_of("a.pdf", data) == "pdf"
    assert "Control of strategic goods" in text_of("pdf", data)
    assert text_of("txt", "\ufeffPr\u00e9curseur\x07s".encode()) == "Précurseurs"


@pytest.mark.parametrize("media", KINDS)
def test_the_type_is_that_of_the_content(media: str) -> None:
    """A name that states another type is refused, also for Office files among each other."""
    data = office(media)
    assert media_of(f"a.{media.upper()}", data) == media
    for other in ("pdf", "txt", "docm", *KINDS):
        if other != media:
            with pytest.raises(WrongFile) as refused:
                media_of(f"a.{other}", data)
            assert (refused.value.code, refused.value.found) == ("name", media)


def test_hostile_office_files(monkeypatch: pytest.MonkeyPatch) -> None:
    """What unpacks to more than the limit, entities, a document type, and a directory of a million parts."""
    monkeypatch.setattr(files, "MAX_PART", 1 << 20)
    bomb = office("docx", word__footnotes="<t>" + "a" * (2 << 20) + "</t>")
    assert len(bomb) < 10_000
    entity = '<!DOCTYPE d [<!ENTITY a "aaaa">]><d><t>&a;</t></d>'
    for data, code in ((bomb, "large"), (office("docx", word__footnotes=entity), "damaged")):
        with pytest.raises(WrongFile) as refused:
            text_of("docx", data)
        assert refused.value.code == code
    end = office("docx")
    at = end.rindex(b"PK\x05\x06")
    huge = end[: at + 12] + (200 << 20).to_bytes(4, "little") + end[at + 16 :]
    with pytest.raises(WrongFile):
        media_of("a.docx", huge)


def test_damaged_files_give_text_or_a_refusal() -> None:
    """Random changes of bytes never raise another exception."""
    drawn = random.Random(3)
    for media, data in (("docx", office("docx", word__footnotes="<t>a</t>")), ("pdf", pdf("text"))):
        for _ in range(150):
            bytes_ = bytearray(data)
            for _ in range(drawn.randint(1, 8)):
                bytes_[drawn.randrange(len(bytes_))] = drawn.randrange(256)
            try:
                found = media_of(f"a.{media}", bytes(bytes_))
                text_of(found, bytes(bytes_))
            except WrongFile:
                continue
