"""Scores of a questionnaire: three questionnaires by hand, and random ones against a second
implementation that is written from docs/assistance.md and uses decimals of 60 digits instead of
fractions."""

from __future__ import annotations

import decimal
import random
from decimal import Decimal
from typing import Any

import pytest

from vedette.assistance.scores import score
from vedette.assistance.sheets import read_sheet
from vedette.core.errors import Failure


def _sheet(questions: list[dict[str, Any]], answers: list[dict[str, Any]], **weights: Any) -> Any:
    areas = [
        {"id": name, "weight": weights.get(name, 1)}
        for name in sorted({q["area"] for q in questions})
    ]
    return read_sheet({"bank": {"areas": areas, "questions": questions}, "answers": answers})


def _level(question: str, level: int) -> dict[str, Any]:
    return {"question": question, "level": level, "evidence": ["interview"]}


def _na(question: str) -> dict[str, Any]:
    return {
        "question": question,
        "state": "na",
        "reason": "no seaport",
        "author": "a",
        "second_person": "b",
    }


def test_an_area_by_hand() -> None:
    """(2 × 4 + 1 × 1 + 1 × 0) ÷ 4 = 2.25, which is rounded half to even to 2.2; two of three are answered."""
    questions = [
        {"id": "q1", "area": "A", "weight": 2}, {"id": "q2", "area": "A"},
        {"id": "q3", "area": "A"}, {"id": "q4", "area": "A"},
    ]  # fmt: skip
    sheet = _sheet(
        questions,
        [_level("q1", 4), _level("q2", 1), {"question": "q3", "state": "not_seen"}, _na("q4")],
    )
    area = score(sheet).areas["A"]
    assert (area.rounded, area.answered, area.applicable) == (Decimal("2.2"), 2, 3)
    assert sheet.problems == ()


def test_a_critical_question_limits_its_area() -> None:
    """The area has the mean 4; a critical question with level 2 and minimum 3 limits it to 3. If it is
    not seen, the mean is 3.3 and the limit is the same. If it is not applicable, it limits nothing."""
    questions = [
        {"id": "q1", "area": "A", "critical": True, "minimum": 3},
        {"id": "q2", "area": "A"}, {"id": "q3", "area": "A"},
    ]  # fmt: skip
    others = [_level("q2", 5), _level("q3", 5)]
    below = score(_sheet(questions, [_level("q1", 2), *others])).areas["A"]
    assert (below.rounded, below.capped_by) == (Decimal("3.0"), ("q1",))
    unseen = score(_sheet(questions, others)).areas["A"]
    assert (unseen.rounded, unseen.capped_by) == (Decimal("3.0"), ("q1",))
    absent = score(_sheet(questions, [_na("q1"), *others])).areas["A"]
    assert (absent.rounded, absent.capped_by) == (Decimal("5.0"), ())


def test_the_total_is_weighted_and_leaves_out_areas_without_a_score() -> None:
    """A (4, weight 3) and B (1, weight 1) have the mean 3.25, shown as 3.2. C is not applicable at all,
    and the weights of D sum to zero: neither has a score."""
    questions = [
        {"id": "a", "area": "A"}, {"id": "b", "area": "B"}, {"id": "c", "area": "C"},
        {"id": "d", "area": "D", "weight": 0},
    ]  # fmt: skip
    result = score(
        _sheet(questions, [_level("a", 4), _level("b", 1), _na("c"), _level("d", 5)], A=3)
    )
    assert result.total.rounded == Decimal("3.2")
    assert result.areas["C"].rounded is None
    assert result.areas["C"].coverage is None
    assert result.areas["D"].rounded is None


def _second(data: dict[str, Any]) -> dict[str, Any]:
    """The second implementation, for valid sheets."""
    with decimal.localcontext(prec=60, rounding=decimal.ROUND_HALF_EVEN):
        answers = {one["question"]: one for one in data["answers"]}
        tenth, shown, sums = Decimal("0.1"), {}, []
        for area in data["bank"]["areas"]:
            top = bottom = Decimal(0)
            limits, seen, counted = [], 0, 0
            for question in data["bank"]["questions"]:
                given = answers.get(question["id"], {})
                if question["area"] != area["id"] or given.get("state") == "na":
                    continue
                weight = Decimal(str(question["weight"]))
                level = given.get("level", 0)
                top, bottom, counted = top + weight * level, bottom + weight, counted + 1
                seen += "level" in given
                if question.get("critical") and (
                    "level" not in given or level < question["minimum"]
                ):
                    limits.append(Decimal(question["minimum"]))
            value = min([top / bottom, *limits]) if bottom else None
            shown[area["id"]] = (None if value is None else value.quantize(tenth), seen, counted)
            if value is not None:
                sums.append((Decimal(str(area["weight"])), value))
        weights = sum(weight for weight, _ in sums)
        total = sum(weight * value for weight, value in sums) / weights if weights else None
        return {**shown, "total": None if total is None else total.quantize(tenth)}


def _random_sheet(chance: random.Random) -> dict[str, Any]:
    areas = [
        {"id": f"A{n}", "weight": chance.choice([1, 2, 0.5, 3])}
        for n in range(chance.randint(1, 7))
    ]
    questions, answers = [], []
    for n in range(chance.randint(1, 60)):
        question: dict[str, Any] = {
            "id": f"q{n}", "area": chance.choice(areas)["id"], "weight": chance.choice([0, 1, 1, 2, 2.5, 4]),
        }  # fmt: skip
        if chance.random() < 0.2:
            question |= {"critical": True, "minimum": chance.randint(1, 5)}
        questions.append(question)
        kind = chance.random()
        if kind < 0.7:
            answers.append(_level(f"q{n}", chance.randint(0, 5)))
        elif kind < 0.85:
            answers.append(
                _na(f"q{n}") if kind < 0.8 else {"question": f"q{n}", "state": "not_seen"}
            )
    return {"bank": {"areas": areas, "questions": questions}, "answers": answers}


def test_a_thousand_random_sheets_equal_the_second_implementation() -> None:
    """All areas, their coverage and the total are equal to the last digit shown."""
    chance = random.Random(20261202)
    for _ in range(1_000):
        data = _random_sheet(chance)
        result, wanted = score(read_sheet(data)), _second(data)
        found = {
            key: (one.rounded, one.answered, one.applicable) for key, one in result.areas.items()
        }
        assert {**found, "total": result.total.rounded} == wanted


def test_not_seen_never_raises_a_score_and_na_keeps_the_points_of_the_others() -> None:
    """An answer that becomes "not seen" lowers a score or leaves it. The cells of an area contain the same
    questions as the area."""
    chance = random.Random(7)
    for _ in range(300):
        data = _random_sheet(chance)
        answered = [one for one in data["answers"] if "level" in one]
        if not answered:
            continue
        before = score(read_sheet(data))
        lost = chance.choice(answered)
        area = next(q["area"] for q in data["bank"]["questions"] if q["id"] == lost["question"])
        changed = [
            {"question": lost["question"], "state": "not_seen"} if one is lost else one
            for one in data["answers"]
        ]
        after = score(read_sheet({**data, "answers": changed}))
        first, second = before.areas[area].exact, after.areas[area].exact
        assert first is None or (second is not None and second <= first)
        assert sum(one.applicable for one in before.cells.values()) == before.total.applicable


@pytest.mark.parametrize(
    ("answer", "message"),
    [
        ({"level": 3}, "level 3 needs evidence"),
        ({"level": 6, "evidence": ["x"]}, "needs a level from 0 to 5, or the state na or not_seen"),
        ({"level": True}, "needs a level from 0 to 5, or the state na or not_seen"),
        ({"state": "na"}, "na needs a reason"),
        (
            {"state": "na", "reason": "r", "author": "a", "second_person": "a"},
            "na on a critical question needs a second person",
        ),
        ({"level": 2, "state": "na"}, "has both a level and a state"),
    ],
)  # fmt: skip
def test_an_answer_that_breaks_a_rule_is_named_and_counts_as_not_seen(
    answer: dict[str, Any], message: str
) -> None:
    """The other answers are kept."""
    questions = [
        {"id": "q1", "area": "A", "critical": True, "minimum": 1},
        {"id": "q2", "area": "A"},
    ]
    sheet = _sheet(questions, [{"question": "q1", **answer}, _level("q2", 4)])
    assert [(one.place, one.message) for one in sheet.problems] == [("answers[0]", message)]
    assert score(sheet).areas["A"].rounded == Decimal("1.0")


def test_a_sheet_that_cannot_be_used_at_all_is_refused() -> None:
    """A bank without areas or questions has no score. Faults of single parts are problems."""
    for data in (
        [],
        {},
        {"bank": {"areas": [], "questions": []}},
        {"bank": {"areas": [{"id": "A"}], "questions": [1]}},
    ):
        with pytest.raises(Failure):
            read_sheet(data)
    sheet = read_sheet(
        {
            "bank": {
                "areas": [{"id": "A", "weight": "x"}, {"id": "A"}],
                "questions": [{"id": "q", "area": "A", "weight": -1}, {"id": "r", "area": "Z"}],
            },
            "answers": [{"question": "none", "level": 1}],
        }
    )
    assert [one.place for one in sheet.problems] == [
        "bank.areas[0].weight", "bank.areas[1].id", "bank.questions[0].weight", "bank.questions[1].area",
        "answers[0].question",
    ]  # fmt: skip
