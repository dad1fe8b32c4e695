"""Items beside a page of work, the starting catalogue, and the pages of the library."""

from __future__ import annotations

import datetime as dt
import os
from typing import Any

import psycopg
import pytest
from tests.apps.journal.scene import signed_in
from tests.apps.library.shelf import add, answer, index
from tests.apps.release.offices import Party

pytestmark = pytest.mark.database
TODAY = dt.date(2026, 12, 2)


@pytest.fixture
def parties(emptier: psycopg.Connection[Any], database: str) -> tuple[Party, Party]:
    """Two organisations."""
    with psycopg.connect(os.environ["DATABASE_URL_INTAKE"], autocommit=True) as intake:
        return Party(intake, "Aa"), Party(intake, "Bb")


def _beside(party: Party, theme: str, **more: Any) -> list[str]:
    from vedette.apps.library import selectors
    from vedette.library.beside import Work

    rows = party.do("officer", lambda user: selectors.beside(Work(theme, "en", **more), TODAY))
    return [one.title for one in rows]


def test_items_of_the_theme_and_the_goods_come_first(parties: tuple[Party, Party]) -> None:
    """Never an item of another theme or access, an expired or a superseded one; at most three."""
    from vedette.apps.library import actions

    aa, bb = parties
    add(aa, "Nitrate", themes=["global_shield"], hs=["310230"])
    add(aa, "Fertilisers", themes=["global_shield"], hs=["31"])
    add(aa, "Detonators", themes=["global_shield"], hs=["3603"])
    add(aa, "General", themes=["global_shield"], kind="tool")
    add(aa, "Over", themes=["global_shield"], hs=["310230"], valid_until=dt.date(2026, 12, 1))
    old = add(aa, "Old", themes=["global_shield"], hs=["310230"])
    add(aa, "Own", themes=["global_shield"], hs=["310230"], access="organisation")
    new = add(aa, "Firearms", themes=["small_arms"], hs=["310230"])
    aa.do("administrator", actions.supersede, old, new.pk)
    assert _beside(bb, "global_shield", hs="310230") == ["Nitrate", "Fertilisers", "General"]
    assert set(_beside(aa, "global_shield", hs="310230")) == {"Nitrate", "Own", "Fertilisers"}
    assert _beside(bb, "small_arms") == ["Firearms"]
    assert _beside(bb, "cash") == []


def test_the_catalogue_is_found_in_its_languages(parties: tuple[Party, Party]) -> None:
    """Each entry has a title, a theme, an official language or a mark; a second start adds nothing."""
    from vedette.apps.library import starting

    aa, bb = parties
    assert aa.do("administrator", starting.plant) == 26
    assert aa.do("administrator", starting.plant) == 0
    index()
    for text, reference in (
        ("القرار 1540", "unscr-1540"), ("resolucion 1373", "unscr-1373"),
        ("precursores de explosivos", "pgs"), ("renseignements prealables voyageurs", "api-guidelines"),
    ):  # fmt: skip
        first = [one.variant.item.reference for one in answer(bb, text).hits[:3]]
        assert reference in first, text
    found = answer(bb, "resolution", filters={"theme": "passengers"})
    assert {one.variant.item.reference for one in found.hits} >= {"unscr-2178", "unscr-2396"}
    assert dict(found.facets["kind"])["policy"] >= 4
    assert answer(bb, "precursrs").suggestion == "precursors"


def test_pages(parties: tuple[Party, Party], monkeypatch: pytest.MonkeyPatch) -> None:
    """Search with a marked word, an Arabic item from right to left, a form with a wrong file, a download, an
    opinion that is counted."""
    from django.core.files.uploadedfile import SimpleUploadedFile

    from vedette.apps.accounts import factors
    from vedette.apps.library import actions
    from vedette.apps.library.models import Item, Opinion, Variant

    monkeypatch.setattr(factors, "must_have_factor", lambda user: False)
    aa, bb = parties
    item = add(aa, "Opening of containers", summary="Wear gloves before opening.", themes=["cash"])
    arabic = actions.Content("ar", "دليل فتح الحاويات", "قفازات")
    aa.do("administrator", actions.add_language, item, arabic)
    index()
    officer, writer = signed_in(bb.people["officer"]), signed_in(aa.people["administrator"])
    page = officer.get("/library/", {"q": "glove"}).content.decode()
    assert "<mark>gloves</mark>" in page
    page = officer.get(f"/library/{item.pk}/", {"language": "ar"}).content.decode()
    assert '<article class="card" lang="ar" dir="rtl"' in page
    typed = {"kind": "tool", "access": "public", "language": "en", "title": "Typed title"}
    wrong = SimpleUploadedFile("a.pdf", b"PK\x05\x06" + b"\0" * 18)
    answered = writer.post("/library/new/", {**typed, "file": wrong})
    assert answered.status_code == 422
    assert "The content does not have the format" in answered.content.decode().replace(
        "the content", "The content"
    )
    assert 'value="Typed title"' in answered.content.decode()
    right = SimpleUploadedFile("notes é.txt", b"Texte")
    assert writer.post("/library/new/", {**typed, "file": right}).status_code == 302
    (variant,) = aa.read(Variant, title="Typed title")
    given = officer.get(f"/library/files/{variant.pk}/")
    assert given.content == b"Texte"
    assert given["Content-Disposition"].startswith("attachment;")
    assert "sandbox" in given["Content-Security-Policy"]
    beside = officer.get("/library/beside/", {"theme": "cash", "hs": "x"}).content.decode()
    assert "Opening of containers" in beside
    for helps in ("yes", "no"):
        officer.post(f"/library/{item.pk}/helps/", {"theme": "cash", "helps": helps})
    (opinion,) = bb.read(Opinion)
    assert (opinion.item_id, opinion.helps) == (item.pk, False)
    assert officer.post("/library/new/", typed).status_code == 403
    assert writer.post(f"/library/{item.pk}/act/", {"do": "withdraw"}).status_code == 302
    assert officer.get(f"/library/{item.pk}/").status_code == 404
    assert bb.read(Item, pk=item.pk) == []
