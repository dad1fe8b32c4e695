"""The texts of the public form are complete in four languages."""

from __future__ import annotations

import re
import shutil

import pytest
from scripts.check_translations import LOCALE, PARTS, check_catalogue, check_sources, read_po

from vedette.cash.public import settings

PARTIAL = [code for code, _name in settings.LANGUAGES if code not in ("en", "fr")]


def test_the_scope_of_partial_catalogues_is_declared() -> None:
    """Each language of the form beside French and English has a catalogue for the folders of the form and of
    the receipt."""
    assert set(PARTS) == set(PARTIAL)
    assert set(PARTS.values()) == {("cash/public", "cash/receipt")}


@pytest.mark.parametrize("language", PARTIAL)
def test_catalogues_are_complete(language: str) -> None:
    """Every text of the form is translated, with its parameters; no other text is in the catalogue."""
    if shutil.which("xgettext") is None:
        pytest.skip("no GNU gettext here")
    path = LOCALE / language / "LC_MESSAGES" / "django.po"
    assert check_catalogue(path) == []
    assert check_sources(path) == []
    texts = list(read_po(path))
    assert len(texts) > 150
    if language == "ar":
        other = [
            x.fields["msgid"] for x in texts if not re.search("[\u0600-\u06ff]", x.translations[0])
        ]
        assert other == []
    same = [x.fields["msgid"] for x in texts if x.translations[0] == x.fields["msgid"]]
    assert set(same) <= {"%(n)s g", "Error:", ";", "Cheque"}
