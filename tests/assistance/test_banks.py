"""The question bank that vedette ships: complete in both languages, no cell empty, usable by the scores."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from vedette.assistance.banks import example, read_bank
from vedette.assistance.scores import score
from vedette.assistance.sheets import read_sheet
from vedette.cli import main
from vedette.core.errors import Failure

THEMES = {"global-shield", "aces", "alpc", "passengers", "cash"}


def test_every_area_and_theme_has_questions_with_six_criteria_in_both_languages() -> None:
    """At least 70 questions over 7 areas and 5 themes; each names a source, and each level has a
    criterion."""
    bank = example()
    assert len(bank.questions) >= 70
    assert {(one.area, one.theme) for one in bank.questions} == {
        (a, t) for a in bank.areas for t in THEMES
    }
    assert len(bank.areas) == 7
    assert len({one.id for one in bank.questions}) == len(bank.questions)
    for one in bank.questions:
        for tongue in ("en", "fr"):
            assert one.text[tongue].endswith("?")
            assert len(set(one.levels[tongue])) == 6
            assert one.evidence[tongue]
        assert one.source
        assert " ?" not in one.text["fr"]


def test_the_bank_is_a_sheet_without_problems() -> None:
    """Without an answer, every area has the score 0; with the target level everywhere, the score is 4."""
    bank = example().as_sheet()
    empty = read_sheet({"bank": bank, "answers": []})
    assert empty.problems == ()
    assert str(score(empty).total.rounded) == "0.0"
    answers = [
        {"question": one["id"], "level": 4, "evidence": ["document"]} for one in bank["questions"]
    ]
    assert str(score(read_sheet({"bank": bank, "answers": answers})).total.rounded) == "4.0"


def test_a_sheet_may_name_the_bank(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """`"bank": "example"` uses the bank that vedette ships; `assess bank` prints it in a language."""
    path = tmp_path / "s.json"
    path.write_text(
        json.dumps({"bank": "example", "answers": [{"question": "legal-aces-1", "level": 2}]})
    )
    assert main(["assess", "score", str(path)]) == 0
    assert json.loads(capsys.readouterr().out)["total"]["answered"] == 1
    assert main(["assess", "bank", "--lang", "fr"]) == 0
    lines = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert lines[0]["area_name"] == "Gestion stratégique"
    path.write_text(json.dumps({"bank": "other", "answers": []}))
    assert main(["assess", "score", str(path)]) == 1


@pytest.mark.parametrize("change", [{"areas": []}, {"scales": {}}, {"questions": [{"id": "q"}]}])
def test_an_incomplete_bank_is_refused(change: dict[str, Any]) -> None:
    """The error names what is missing."""
    scale = {"en": ["a"] * 6, "fr": ["a"] * 6, "evidence_en": "e", "evidence_fr": "e"}
    good = {
        "version": "1",
        "areas": [{"id": "a", "en": "A", "fr": "A"}],
        "scales": {"s": scale},
        "questions": [
            {
                "id": "q",
                "area": "a",
                "theme": "t",
                "scale": "s",
                "source": "x",
                "en": "q?",
                "fr": "q?",
            }
        ],
    }
    assert read_bank(good).questions[0].id == "q"
    with pytest.raises(Failure):
        read_bank(good | change)
