"""Items of the library: who reads them, versions, files, index and search."""

from __future__ import annotations

import io
import os
import random
import uuid
import zipfile
from typing import Any

import psycopg
import pytest
from django.core.exceptions import PermissionDenied
from tests.apps.library.shelf import add, answer, found, index
from tests.apps.release.offices import Party

pytestmark = pytest.mark.database


@pytest.fixture
def parties(emptier: psycopg.Connection[Any], database: str) -> tuple[Party, Party]:
    """Two organisations."""
    with psycopg.connect(os.environ["DATABASE_URL_INTAKE"], autocommit=True) as intake:
        return Party(intake, "Aa"), Party(intake, "Bb")


def test_access_decides_who_finds_and_opens(parties: tuple[Party, Party]) -> None:
    """Public, Members, own organisation, group, withdrawn; and a change of access takes effect at once."""
    from vedette.apps.library import actions
    from vedette.apps.library.models import File, Item, Variant

    aa, bb = parties
    group = aa.do("administrator", actions.form_group, "Partners", [bb.id])
    public = add(aa, "Inspection of containers")
    members = add(aa, "Inspection of parcels", access="members")
    own = add(
        aa, "Inspection of vehicles", access="organisation", data=b"secret", file_name="a.txt"
    )
    shared = add(aa, "Inspection of vessels", access="group", group=group.pk)
    index()
    assert set(found(aa, "inspection")) == {public.pk, members.pk, own.pk, shared.pk}
    assert set(found(bb, "inspection")) == {public.pk, members.pk, shared.pk}
    assert bb.read(Item, pk=own.pk) == bb.read(Variant, item=own.pk) == bb.read(File) == []
    aa.do("administrator", actions.change, shared, actions.About("tool", "organisation"))
    assert set(found(bb, "inspection")) == {public.pk, members.pk}
    aa.do("administrator", actions.withdraw, public)
    assert public.pk not in found(aa, "inspection")
    index()
    assert found(bb, "inspection") == [members.pk]
    assert bb.read(Item, pk=public.pk) == aa.read(Item, pk=public.pk) == []
    assert len(aa.read(Item, "administrator", pk=public.pk)) == 1
    with pytest.raises(PermissionDenied):
        bb.do("administrator", actions.withdraw, members)
    with pytest.raises(PermissionDenied):
        aa.do("officer", actions.withdraw, members)


def test_the_latest_version_is_found_in_each_language(parties: tuple[Party, Party]) -> None:
    """A new version replaces the former in the search; earlier files stay; a superseded item comes last."""
    from vedette.apps.library import actions, selectors
    from vedette.apps.library.models import Item

    aa, bb = parties
    item = add(aa, "Precursors guide", year=2019)
    other = add(aa, "Guide to precursors, older", keywords=["precursors"])
    index()
    assert set(found(bb, "precursors guide")) == {item.pk, other.pk}
    arabic = actions.Content("ar", "دليل السلائف", keywords=["المتفجرات"])
    aa.do("administrator", actions.add_language, item, arabic)
    index()
    assert found(bb, "متفجرات") == found(bb, "دليل سلائف") == [item.pk]
    fresh = actions.Content("en", "Handbook of chemicals", year=2026)
    aa.do("administrator", actions.add_version, item, fresh, 1)
    index()
    assert found(bb, "متفجرات") == []
    assert found(bb, "chemicals handbook") == [item.pk]
    shown = bb.do("officer", lambda user: selectors.versions(Item.objects.get(pk=item.pk)))
    assert [(one.number, len(some)) for one, some in shown] == [(2, 1), (1, 2)]
    with pytest.raises(actions.Refused, match="stale"):
        aa.do("administrator", actions.add_version, item, fresh, 1)
    new = add(aa, "Precursors today")
    aa.do("administrator", actions.supersede, other, new.pk)
    index()
    assert found(bb, "older precursors") == [new.pk, other.pk]
    with pytest.raises(actions.Refused, match="successor"):
        aa.do("administrator", actions.supersede, new, other.pk)


def _zip(**parts: str) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for name, text in parts.items():
            archive.writestr(name.replace("__", "/"), text)
    return out.getvalue()


def _docx(text: str) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr("[Content_Types].xml", "<Types/>")
        archive.writestr("word/document.xml", f'<d xmlns="w"><p><t>{text}</t></p></d>')
    return out.getvalue()


@pytest.mark.parametrize(
    ("name", "data", "code"),
    [
        ("a.pdf", _zip(a="b"), "name"),
        ("a.pdf", _docx("x"), "name"),
        ("a.docx", b"%PDF-1.7", "name"),
        ("a.zip", _zip(a="b"), "archive"),
        ("a.txt", b"", "empty"),
        ("a.mp4", b"\0\0\0\x18ftypmp42", "film"),
        ("a.doc", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "old_office"),
        ("a.txt", b"a\0b", "other"),
        ("a.txt", b" " * ((25 << 20) + 1), "large"),
        ("../a.txt", b"text", "file_name"),
    ],
)
def test_a_wrong_file_is_refused(
    parties: tuple[Party, Party], name: str, data: bytes, code: str
) -> None:
    """By content, with a code that has a text."""
    from vedette.apps.library.actions import Refused
    from vedette.apps.library.models import Item
    from vedette.apps.library.wording import PROBLEMS

    with pytest.raises(Refused) as refused:
        add(parties[0], "Item", file_name=name, data=data)
    assert refused.value.code == code
    assert PROBLEMS[code]
    assert parties[0].read(Item) == []


def test_the_text_of_files_is_searched(parties: tuple[Party, Party]) -> None:
    """Word, text and a damaged PDF; the passage with its marks."""
    from vedette.apps.library.models import Variant

    aa, bb = parties
    text = "Wear gloves. " * 40 + "Nitric acid fumes in moist air."
    word = add(aa, "One", file_name="a.docx", data=_docx(text))
    plain = add(aa, "Two", file_name="b.txt", data="Les marchandises contrôlées".encode())
    add(aa, "Three", file_name="c.pdf", data=b"%PDF-1.7 nothing")
    index()
    states = {one.title: one.state for one in aa.read(Variant)}
    assert states == {"One": "ready", "Two": "ready", "Three": "failed"}
    (hit,) = answer(bb, "nitric fume").hits
    assert hit.variant.item_id == word.pk
    assert [hit.passage[a:b] for a, b in hit.marks] == ["Nitric", "fumes"]
    assert found(bb, "controle marchandise") == [plain.pk]


def test_the_search_equals_the_engine_in_memory(parties: tuple[Party, Party]) -> None:
    """500 random items of four accesses in several batches, merged or not: items, order and scores of each
    reader are those of `vedette.library.search.Index`."""
    from vedette.apps.library import indexing
    from vedette.library.items import Item as Pure
    from vedette.library.items import Reader
    from vedette.library.search import Index

    aa, bb = parties
    drawn = random.Random(14)
    words = ["control", "frontera", "marchandise", "seizure", "précurseur", "explosive", "مراقبة", "cargo",
             "container", "traveller", "passager", "licence", "export", "chemical"]  # fmt: skip
    with psycopg.connect(os.environ["DATABASE_URL_INTAKE"], autocommit=True) as intake:
        pure = _fill(intake, aa.id, drawn, words)
        while indexing.index(intake, aa.id):
            pass
        for merged in (False, True):
            if merged:
                with intake.transaction():
                    indexing.merge(intake)
            memory = Index([Pure(*one) for one in pure])
            for text in (
                "control frontera",
                "explosve precurseur",
                "مراقبة",
                "cargo contaner export",
            ):
                for party, reader in (
                    (aa, Reader(True, str(aa.id))),
                    (bb, Reader(True, str(bb.id))),
                ):
                    expected = memory.search(text, reader, limit=500)
                    got = answer(party, text)
                    assert got.total == expected.total > 0
                    assert [str(one.variant.item_id) for one in got.hits] == [
                        one.item.id for one in expected.items[:20]
                    ]


def _fill(
    intake: psycopg.Connection[Any], home: uuid.UUID, drawn: random.Random, words: list[str]
) -> list[tuple[Any, ...]]:
    """Random items, written by SQL; returns them for the engine in memory."""
    made = []
    for number in range(500):
        item, version, variant = (uuid.UUID(int=drawn.getrandbits(128)) for _ in range(3))
        access = ("public", "members", "organisation")[number % 3]
        scope = access if access != "organisation" else f"organisation:{home}"
        language = drawn.choice(("en", "fr", "es", "ar"))
        title, text = (" ".join(drawn.choices(words, k=k)) for k in (3, 12))
        intake.execute(
            "INSERT INTO library_item (id, organisation_id, reference, kind, themes, audience, access, scope,"
            " hs, substances, source, address, licence, number, created_at)"
            " VALUES (%s, %s, '', 'tool', '{}', '', %s, %s, '{}', '{}', '', '', '', 1, now())",
            [item, home, access, scope],
        )
        intake.execute(
            "INSERT INTO library_version (id, organisation_id, item_id, number, label, at)"
            " VALUES (%s, %s, %s, 1, '', now())",
            [version, home, item],
        )
        intake.execute(
            "INSERT INTO library_variant (id, organisation_id, item_id, version_id, language, title, summary,"
            " keywords, file_name, media, size, sha256, state, attempts, text, to_index)"
            " VALUES (%s, %s, %s, %s, %s, %s, '', '{}', '', '', 0, '', 'none', 0, %s, true)",
            [variant, home, item, version, language, title, text],
        )
        made.append(
            (str(item), "tool", language, title, (), "", (), text, (), (), "", access, str(home))
        )
    return made
