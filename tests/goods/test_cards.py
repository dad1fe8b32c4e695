"""The right card is found by name with typing errors, in four languages, and by number."""

from __future__ import annotations

import json

import pytest

from vedette.cli import main
from vedette.goods import cards

#: Queries and the card that they ask for. The field page answers the same queries without a server
#: (`tests/browser/field_at_size.py`).
QUERIES = (
    ("nitric acid", "cas:7697-37-2"),
    ("nitirc acd", "cas:7697-37-2"),
    ("acide nitriqe", "cas:7697-37-2"),
    ("acido nitrco", "cas:7697-37-2"),
    ("حمض النيتريك", "cas:7697-37-2"),
    ("eau oxigenee", "cas:7722-84-1"),
    ("agua oxigenda", "cas:7722-84-1"),
    ("بيروكسيد الهيدروجن", "cas:7722-84-1"),
    ("amonium nitrat", "cas:6484-52-2"),
    ("nitrate d'amonium", "cas:6484-52-2"),
    ("nitrato de amonyo", "cas:6484-52-2"),
    ("azufree", "cas:7704-34-9"),
    ("nitrometano", "cas:75-52-5"),
    ("detonateur electrique", "hs:360360"),
    ("detonadores electricos", "hs:360360"),
    ("cordeau detonnant", "hs:360320"),
    ("saftey fuse", "hs:360310"),
    ("cianuro sodico", "cas:143-33-9"),
    ("tionil cloruro", "cas:7719-09-7"),
    ("7697-37-2", "cas:7697-37-2"),
    ("UN1942", "cas:6484-52-2"),
    ("930200", "salw:930200"),
    ("2847.00", "cas:7722-84-1"),
    ("revolvers and pistols", "salw:930200"),
    ("acetona", "cas:67-64-1"),
    ("aceton", "cas:67-64-1"),
    ("أسيتون", "cas:67-64-1"),
    ("perclorato de potasio", "cas:7778-74-7"),
    ("chlorate de sodium", "cas:7775-09-9"),
    ("clorato sodico", "cas:7775-09-9"),
    ("acide sulfuriqe", "cas:7664-93-9"),
    ("sulphuric acid", "cas:7664-93-9"),
    ("نترات الأمونيوم", "cas:6484-52-2"),
    ("poudre d'aluminum", "cas:7429-90-5"),
    ("polvo de aluminio", "cas:7429-90-5"),
    ("nitrate de potassium", "cas:7757-79-1"),
    ("potasium nitrate", "cas:7757-79-1"),
    ("hexamin", "cas:100-97-0"),
    ("شاحن", ""),
)


@pytest.mark.parametrize(("query", "key"), QUERIES)
def test_the_right_card_is_among_three(query: str, key: str) -> None:
    found = [card.key for card in cards.search(query, 3)]
    assert len(found) <= 3
    assert not key or key in found


def test_an_exact_name_finds_no_card_with_another_name() -> None:
    """“acetone” and “amiton” differ by three letters: the card of a nerve agent is no answer to “acetone”."""
    found = [card.key for card in cards.search("Acetone", 5)]
    assert found[0] == "cas:67-64-1"
    assert not any("78-53-5" in cards.cards()[key].cas for key in found)


def test_each_card_has_a_source_and_states_that_nobody_reviewed_it(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert all(card.sources for card in cards.cards().values())
    assert main(["goods", "cards", "acetone", "--lang", "fr", "--limit", "1"]) == 0
    card = json.loads(capsys.readouterr().out)
    assert card["key"] == "cas:67-64-1"
    assert card["title"] == "Acétone"
    assert card["sources"]
    assert card["reviewed"] == "not reviewed"


@pytest.mark.parametrize("query", ["", " ", "\x00", "%" * 10_000, "0" * 50])
def test_a_query_without_words_finds_nothing_or_a_card(query: str) -> None:
    assert len(cards.search(query, 3)) <= 3
