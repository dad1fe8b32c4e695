"""Files of documents whose texts come from other organisations."""

from __future__ import annotations

import io
from zipfile import ZipFile

from vedette.apps.documents import Document, Part, docx, pdf


def test_no_text_prevents_the_files() -> None:
    """Characters that XML does not permit are left out, and markup stays text, everywhere in a document."""
    bad = "a\uffff\ufffe\x00\x1b<b>&amp;"
    part = Part(bad, [(bad, False)], [[(bad, False)], [(bad, True)]], bad, [bad])
    made = Document(bad * 40, bad, [part, Part("empty", none=bad)], [bad], bad * 40)
    with ZipFile(io.BytesIO(docx(made))) as file:
        body = file.read("word/document.xml").decode()
        foot = file.read("word/footer1.xml").decode()
    for text in (body, foot):
        assert "a&lt;b&gt;&amp;amp;" in text
        assert not set("\uffff\ufffe\x00\x1b") & set(text)
    assert pdf(made).startswith(b"%PDF")
