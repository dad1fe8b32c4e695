"""Descriptions that customs authorities do not accept are vague; descriptions of goods are not."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import pytest
from tests.shared import shared

from vedette.cli import main
from vedette.core import texts
from vedette.goods import vague_model
from vedette.goods.vague import explain, general_words, is_vague


def test_the_public_list_of_unacceptable_descriptions_is_recognised() -> None:
    path = shared("data", "goods", "vague", "pact_unacceptable_descriptions_en.txt")
    terms = [line for line in path.read_text(encoding="utf-8").splitlines() if line.strip()]
    assert len(terms) > 30
    assert sum(map(is_vague, terms)) / len(terms) >= 0.95


@pytest.mark.parametrize(
    "description",
    ["", "spare parts", "PARTS", "pièces détachées", "repuestos varios", "قطع غيار", "запчасти", "配件",
     "礼品", "gift set", "black, size L 12-14", "no commercial value", "p a r t s", "shoes", "Chaussures",
     "zapatos", "said to contain", "dit contenir", "dice contener", "shoes and clothing", "steel parts",
     "shoes / toys / bags", "toys black 12 pcs", "2 x zxqwv", "fish", "as per attached invoice",
     "hydraulic parts", "podiatry supplies", "Ventilation equipment"],
)  # fmt: skip
def test_general_words_and_terms_of_authorities_are_vague(description: str) -> None:
    assert is_vague(description)


@pytest.mark.parametrize(
    "description",
    ["urea", "cotton shirts, blue, size L", "尿素", "مسدس", "патроны", "roulements à billes",
     "spare parts for pumps", "leather shoes", "plastic toys", "wooden boxes", "chaussures en cuir",
     "juguetes de plástico", "acetone", "nitric acid", "frozen cod fillets", "pistolets", "mandarinas",
     "zxqwv shampoo 250 ml", "rollerblades zxqwv helmets", "wooden furniture parts",
     "parts of hydraulic pumps", "toothed gear wheels and accessories"],
)  # fmt: skip
def test_names_of_goods_are_not_vague(description: str) -> None:
    assert not is_vague(description)


def test_few_precise_lines_are_called_vague() -> None:
    with shared("data", "reference", "hs2022_en_fr.csv").open(
        encoding="utf-8", newline=""
    ) as handle:
        rows = [row for row in csv.DictReader(handle) if row["level"] == "6"]
    for column in ("desc_en_comtrade_pddl", "desc_en_eu", "desc_fr_eu"):
        lines = {row[column] for row in rows}  # many texts are only "Other"
        assert sum(map(is_vague, lines)) / len(lines) <= 0.03, column
    assert sum(is_vague(row["desc_en_comtrade_pddl"]) for row in rows) / len(rows) <= 0.005


@pytest.mark.parametrize(
    ("description", "rule", "words", "authority"),
    [
        ("Various PARTS", "general_words", ("Various", "PARTS"), ""),
        ("Shoes, size 38", "listed_term", ("Shoes",), "EU"),
        ("Zxqwv Plombg", "no_name_of_goods", ("Zxqwv", "Plombg"), ""),
        ("Hydraulic Parts", "general_head", ("Parts",), ""),
    ],
)
def test_the_explanation_names_the_words_as_written(
    description: str, rule: str, words: tuple[str, ...], authority: str
) -> None:
    why = explain(description)
    assert why is not None
    assert (why.rule, why.words) == (rule, words)
    assert not authority or authority in why.authorities
    assert words[0] in texts.render(why.texts()[-1])
    assert explain("acetone") is None


def test_the_command_states_why_a_description_is_vague(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "lines.csv"
    path.write_text("id,description\n1,Various parts\n2,acetone\n", encoding="utf-8")
    assert main(["goods", "check", str(path), "--format", "jsonl"]) == 0
    first, second = (json.loads(line) for line in capsys.readouterr().out.splitlines())
    assert first["vague"]
    assert first["vagueness"]["words"] == ["Various", "parts"]
    assert not second["vague"]
    assert "vagueness" not in second
    assert main(["goods", "check", str(path)]) == 0
    rows = list(csv.DictReader(capsys.readouterr().out.splitlines()))
    assert "Various, parts" in rows[0]["explanation"]
    assert rows[0]["vague"] == "1"


def test_a_model_separates_unknown_words_from_names_of_goods() -> None:
    names = [f"{kind} {noun}" for noun in ("pumps", "valves", "lamps", "chairs", "knives", "shirts")
             for kind in ("hand", "water", "steel", "small", "folding", "table")]  # fmt: skip
    vague = [
        "zuv parlo",
        "kilo mento",
        "brugi",
        "xx sortu 4",
        "plim",
        "orda veni",
        "misc lot",
        "stuff",
    ] * 4
    model = vague_model.trained(
        vague, names, ["Pumps; for liquids", "Chairs; of wood"], [], general_words()
    )
    low, high = model.scores(["folding lamps", "brulto vanik"])
    assert low < high
    again = vague_model.trained(
        vague, names, ["Pumps; for liquids", "Chairs; of wood"], [], general_words()
    )
    assert again.weights == model.weights
