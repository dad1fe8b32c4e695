"""Search in four languages, and what a reader may not know."""

from __future__ import annotations

import dataclasses
import datetime as dt
import json
import random
from pathlib import Path

import pytest

from vedette.cli import main
from vedette.library.items import Item, Reader, read_item, read_reader
from vedette.library.search import Index
from vedette.library.words import keys, shortened

TITLES = {
    "en": [
        ("e1", "Guideline for the inspection of containers"),
        ("e2", "Seizure of explosive precursors"),
        ("e3", "Training on firearms"),
    ],
    "fr": [
        ("f1", "Contrôle des marchandises stratégiques"),
        ("f2", "Précurseurs d’explosifs : mode d’emploi"),
        ("f3", "Formation à l’analyse des dossiers passagers"),
    ],
    "es": [
        ("s1", "Inspección de contenedores en la frontera"),
        ("s2", "Precursores de explosivos"),
        ("s3", "Armas pequeñas y ligeras"),
    ],
    "ar": [
        ("a1", "مراقبة المتفجرات في الحدود"),
        ("a2", "دليل الجمارك لتفتيش الحاويات"),
        ("a3", "الأسلحة الصغيرة والخفيفة"),
    ],
}
ITEMS = [
    Item(name, "guideline", tongue, title)
    for tongue, all_of in TITLES.items()
    for name, title in all_of
]


@pytest.mark.parametrize(
    ("language", "query", "item"),
    [
        ("en", "container inspections", "e1"),
        ("en", "explosive precursor seizures", "e2"),
        ("en", "precursros", "e2"),
        ("fr", "controles marchandise strategique", "f1"),
        ("fr", "contrôlée marchandises", "f1"),
        ("fr", "l'analyse", "f3"),
        ("fr", "analyse du dossier passager", "f3"),
        ("fr", "précurseur explosif", "f2"),
        ("fr", "precurseurs dexplosifs", "f2"),
        ("fr", "marchandises stratgiques", "f1"),
        ("es", "inspeccion contenedor", "s1"),
        ("es", "armas pequenas", "s3"),
        ("es", "precursor explosivo", "s2"),
        ("ar", "متفجرات", "a1"),
        ("ar", "بالمتفجرات", "a1"),
        ("ar", "جمارك", "a2"),
        ("ar", "والجمارك", "a2"),
        ("ar", "اسلحة صغيرة", "a3"),
        ("ar", "الأسلِحة", "a3"),
        ("ar", "حاويات", "a2"),
        ("ar", "المتفجات", "a1"),
    ],
)
@pytest.mark.parametrize("stated", [True, False])
def test_forms_of_words_find_the_item(language: str, query: str, item: str, stated: bool) -> None:
    """Accents missing, article joined or not, plural, vowel signs, hamza, a typing error; with and
    without the language of the query."""
    answer = Index(ITEMS).search(query, Reader(), language if stated else "")
    assert item in [one.item.id for one in answer.items[: 1 if stated else 3]]


def test_keys_of_related_forms_meet() -> None:
    """Each pair has a key in common."""
    for language, one, other in (
        ("fr", "contrôlées", "controles"),
        ("fr", "stratégiques", "strategique"),
        ("es", "explosivos", "explosivo"),
        ("ar", "المتفجرات", "متفجرات"),
        ("ar", "الجمارك", "جمارك"),
        ("en", "seizures", "seizure"),
    ):
        assert set(keys(one, language)) & set(keys(other, language)), (one, other)
    assert "380400" in keys("380400", "en")
    assert len(shortened("123456")) == 1


def _restricted(chance: random.Random, number: int) -> list[Item]:
    """Items of groups and organisations, each with planted words that no other item has."""
    access = [("group", {"group": "g1"}), ("organisation", {"organisation": "o1"}), ("members", {})]
    items = []
    for n in range(number):
        kind, more = chance.choice(access)
        planted = f"zq{n:05}x planted{n}secret explosive contrôle"
        items.append(
            Item(
                f"r{n}", "policy", "en", planted, text=f"{planted} containers", access=kind, **more
            )
        )
    return items


@pytest.mark.parametrize(
    "role", ["public", "member", "organisation:o2", "group:g2,g3", "group:g1", "organisation:o1"]
)
def test_items_out_of_sight_change_nothing(role: str) -> None:
    """With and without 500 restricted items, each query has the same items, scores, totals, passages,
    unless the reader may read them."""
    chance, reader = random.Random(6), read_reader(role)
    restricted = _restricted(chance, 500)
    seen = [item for item in restricted if reader.may_read(item)]
    with_all, with_seen = Index([*ITEMS, *restricted]), Index([*ITEMS, *seen])
    queries = [
        "explosive",
        "contrôle",
        "containers",
        "planted",
        *(f"zq{n:05}x" for n in range(40)),
        "planted7secret explosive",
    ]
    for query in queries:
        assert with_all.search(query, reader) == with_seen.search(query, reader)
    if role in ("public", "organisation:o2"):
        visible = {
            one.item.id
            for query in queries
            for one in with_all.search(query, reader, limit=600).items
        }
        assert not {name for name in visible if name.startswith("r")} - {item.id for item in seen}


def test_a_superseded_item_comes_last_and_a_passage_marks_the_words() -> None:
    """The successor is first, although the former item has more of the words."""
    old = Item(
        "old",
        "policy",
        "en",
        "Container policy container",
        text="Container " * 5,
        superseded_by="new",
    )
    new = Item(
        "new",
        "policy",
        "en",
        "Rules",
        text="The rules. " * 30 + "Each container is sealed. " + "End. " * 30,
    )
    answer = Index([old, new]).search("containers", Reader(), "en")
    assert [one.item.id for one in answer.items] == ["new", "old"]
    first = answer.items[0]
    assert [first.passage[s:e] for s, e in first.marks] == ["container"]


def test_empty_and_hostile_queries() -> None:
    """Nothing is found, and nothing is raised."""
    index = Index(ITEMS)
    for query in (
        "",
        " ",
        "le la les",
        "' OR 1=1 --",
        "\0",
        "x" * 100_000,
        "%",
        "(((" * 50,
        "a " * 10_000,
    ):
        assert index.search(query, Reader()).total == 0


def test_an_item_with_a_fault_is_named(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The other items are found; the passage and the total are printed."""
    good = {
        "id": "a",
        "kind": "tool",
        "language": "fr",
        "title": "Fiche réflexe",
        "themes": ["pgs"],
        "hs": ["2834"],
    }
    bad = [
        {**good, "id": "b", "kind": "film"},
        {**good, "id": ""},
        {**good, "access": "group"},
        {**good, "valid_until": "soon"},
        good,
    ]
    lines = [json.dumps(one) for one in (good, *bad)] + ["{", '{"a":1,"a":2}']
    (tmp_path / "items.jsonl").write_text("\n".join(lines))
    (tmp_path / "q.csv").write_text("query,language\nfiches,fr\n")
    assert main(["library", "search", str(tmp_path / "q.csv"), "--folder", str(tmp_path)]) == 0
    out = capsys.readouterr()
    assert json.loads(out.out)["items"][0]["id"] == "a"
    assert len(json.loads(out.err)["problems"]) == 7


def test_the_items_beside_a_page_match_theme_and_goods(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """At most three items, never of another theme, never superseded, expired or out of sight; a substance
    comes before an HS code, and both before items without goods. Items about other goods come last."""
    base = Item("x", "guideline", "fr", "Fiche", themes=("pgs",))
    items = [
        dataclasses.replace(base, id="hs", hs=("2834",)),
        dataclasses.replace(base, id="cas", substances=("Nitrate de potassium",)),
        dataclasses.replace(base, id="general"),
        dataclasses.replace(base, id="other", hs=("3105",)),
        dataclasses.replace(base, id="theme", themes=("alpc",), hs=("283421",)),
        dataclasses.replace(base, id="old", hs=("283421",), superseded_by="hs"),
        dataclasses.replace(base, id="secret", hs=("283421",), access="group", group="g"),
        dataclasses.replace(base, id="ended", hs=("283421",), valid_until=dt.date(2020, 1, 1)),
    ]
    lines = [
        json.dumps(
            {
                k: (list(v) if isinstance(v, tuple) else str(v))
                for k, v in dataclasses.asdict(i).items()
                if v
            }
        )
        for i in items
    ]
    (tmp_path / "items.jsonl").write_text("\n".join(lines))
    (tmp_path / "c.csv").write_text(
        "theme,language,hs,substance,as\npgs,fr,283421,nitrate de potassium,\n"
        "alpc,fr,930100,,\npgs,fr,283421,,group:g\n"
    )
    assert main(["library", "beside", str(tmp_path / "c.csv"), "--folder", str(tmp_path)]) == 0
    found = [
        [one["id"] for one in json.loads(line)["items"]]
        for line in capsys.readouterr().out.splitlines()
    ]
    assert found == [["cas", "hs", "general"], ["theme"], ["secret", "hs", "general"]]
    assert (
        read_item({"id": "a", "kind": "tool", "title": "t", "language": "en"}, "p").access
        == "public"
    )
