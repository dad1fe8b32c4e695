"""Figures of a mission report: a changed answer changes only figures that name its question, and each value
equals one that is calculated here in another way."""

from __future__ import annotations

import random
from fractions import Fraction
from typing import Any

from vedette.assistance import banks, reports, scores
from vedette.assistance.sheets import Answer, Sheet, read_sheet

_EMPTY = read_sheet({"bank": banks.example().as_sheet(), "answers": []})


def _drawn(drawn: random.Random) -> dict[str, Answer]:
    """Random answers: levels, both states, and questions without an answer."""
    found = {}
    for one in _EMPTY.questions:
        choice: Any = drawn.choice((0, 1, 2, 3, 4, 5, "na", "not_seen", None))
        if isinstance(choice, int):
            found[one.id] = Answer(one.id, level=choice, evidence=("seen",))
        elif choice:
            found[one.id] = Answer(one.id, state=choice, reason="none")
    return found


def _figures(mission: dict[str, Answer], own: dict[str, Answer]) -> dict[str, reports.Figure]:
    """The figures, with a target of 4 for each question."""
    sheet = Sheet(_EMPTY.areas, _EMPTY.questions, mission)
    target = {one.id: Answer(one.id, level=4) for one in _EMPTY.questions}
    reached = scores.score(Sheet(_EMPTY.areas, _EMPTY.questions, target))
    return reports.figures(sheet, Sheet(_EMPTY.areas, _EMPTY.questions, own), reached)


def test_one_changed_answer_changes_what_depends_on_it_and_nothing_else() -> None:
    """200 random questionnaires, one answer changed in each."""
    drawn = random.Random(20261203)
    changed = 0
    for _ in range(200):
        mission, own = _drawn(drawn), _drawn(drawn)
        before = _figures(mission, own)
        one = drawn.choice(_EMPTY.questions)
        old = mission.get(one.id)
        level = drawn.choice([n for n in range(6) if old is None or n != old.level])
        after = _figures(mission | {one.id: Answer(one.id, level=level, evidence=("seen",))}, own)
        values = [{id_: each.value for id_, each in found.items()} for found in (before, after)]
        differ = {
            id_ for id_ in {*values[0], *values[1]} if values[0].get(id_) != values[1].get(id_)
        }
        depends = {
            id_
            for found in (before, after)
            for id_, each in found.items()
            if one.id in each.questions
        }
        assert differ <= depends
        assert f"question/{one.id}/level" in differ
        changed += len(differ)
    assert changed > 600


def test_the_figures_follow_from_the_answers() -> None:
    """Numbers of answers, gaps and coverage, counted here."""
    drawn = random.Random(7)
    for _ in range(20):
        mission = _drawn(drawn)
        found = {id_: each.value for id_, each in _figures(mission, {}).items()}
        levels = [each.level for each in mission.values() if each.level is not None]
        na = sum(each.state == "na" for each in mission.values())
        assert int(found["answered"]) == len(levels)
        assert int(found["not_applicable"]) == na
        assert int(found["not_seen"]) == len(_EMPTY.questions) - len(levels) - na
        share = Fraction(len(levels), len(_EMPTY.questions) - na) * 100
        assert abs(Fraction(found["coverage"]) - share) <= Fraction(1, 20)
        gaps = [
            one.id for one in _EMPTY.questions
            if not (each := mission.get(one.id)) or each.state == "not_seen"
            or (each.level is not None and each.level < one.target)
        ]  # fmt: skip
        assert int(found["gaps"]) == len(gaps)
        assert {id_.split("/")[1] for id_ in found if id_.endswith("/gap")} == set(gaps)
        assert "total/self" not in found


def test_a_confirmation_names_figures_and_words() -> None:
    """The digest changes with a figure and with a word."""
    found = _figures({}, {})
    other = dict(found)
    other["total"] = reports.Figure("total", "9", ())
    digests = {
        reports.digest(found, {}), reports.digest(other, {}), reports.digest(found, {"summary": {"en": "A"}})
    }  # fmt: skip
    assert len(digests) == 3
