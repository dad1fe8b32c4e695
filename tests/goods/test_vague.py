"""Descriptions that customs authorities do not accept are vague; descriptions of goods are not."""

from __future__ import annotations

import csv

import pytest
from tests.shared import shared

from vedette.goods.vague import is_vague


def test_the_public_list_of_unacceptable_descriptions_is_recognised() -> None:
    path = shared("data", "goods", "vague", "pact_unacceptable_descriptions_en.txt")
    terms = [line for line in path.read_text(encoding="utf-8").splitlines() if line.strip()]
    assert len(terms) > 30
    assert sum(map(is_vague, terms)) / len(terms) >= 0.95


@pytest.mark.parametrize(
    "description",
    ["", "spare parts", "PARTS", "pièces détachées", "repuestos varios", "قطع غيار", "запчасти", "配件",
     "礼品", "gift set", "black, size L 12-14", "no commercial value", "p a r t s"],
)  # fmt: skip
def test_general_words_are_vague(description: str) -> None:
    assert is_vague(description)


@pytest.mark.parametrize(
    "description",
    ["urea", "shoes", "cotton shirts, blue, size L", "尿素", "مسدس", "патроны", "roulements à billes",
     "spare parts for pumps"],
)  # fmt: skip
def test_names_of_goods_are_not_vague(description: str) -> None:
    assert not is_vague(description)


def test_few_precise_lines_are_called_vague() -> None:
    with shared("data", "reference", "hs2022_en_fr.csv").open(
        encoding="utf-8", newline=""
    ) as handle:
        texts = [
            row["desc_en_comtrade_pddl"] for row in csv.DictReader(handle) if row["level"] == "6"
        ]
    assert sum(map(is_vague, texts)) / len(texts) <= 0.02
