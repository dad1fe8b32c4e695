"""The figures of a mission report. Each figure has an id, a value, and a list of questions. The value is
calculated from the answers to these questions.

| id | value |
|---|---|
| `questions`, `answered`, `not_applicable`, `not_seen`, `gaps` | numbers of questions |
| `total`, `total/self`, `coverage` | scores of mission and self-assessment; coverage in per cent |
| `area/AREA/score`, `…/self`, `…/target`, `…/coverage`, `…/gaps` | the same for an area |
| `cell/AREA/THEME` | the score of a theme in an area |
| `question/QUESTION/level`, `…/gap`, `…/priority` | level of a question (or a state), gap, priority |

Values are text with a decimal point. A score without a value is not included in the figures.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from typing import Any

from vedette.assistance import plans, scores
from vedette.assistance.sheets import NA, NOT_SEEN, Question, Sheet


@dataclass(frozen=True)
class Figure:
    """A figure with its id and its value. Also contains, in the order of the questionnaire, the questions
    whose answers are used to calculate the figure."""

    id: str
    value: str
    questions: tuple[str, ...]


def figures(assessed: Sheet, own: Sheet, target: scores.Result) -> dict[str, Figure]:
    """Returns the figures by id. `assessed` contains the answers of the mission, and `own` contains the
    answers of the Member. `target` contains the scores that would result if each question reached its target
    level."""
    found: dict[str, Figure] = {}

    def add(id_: str, value: object, questions: Iterable[Question]) -> None:
        if value is not None:
            found[id_] = Figure(id_, str(value), tuple(one.id for one in questions))

    result, self_ = scores.score(assessed), scores.score(own)
    gaps = {one.question.id: one for one in plans.propose(assessed)}
    every = assessed.questions
    states = [_state(assessed, one) for one in every]
    add("questions", len(every), every)
    add("answered", sum(state not in (NA, NOT_SEEN) for state in states), every)
    add("not_applicable", states.count(NA), every)
    add("not_seen", states.count(NOT_SEEN), every)
    add("gaps", len(gaps), every)
    add("total", _score(result.total), every)
    add("total/self", _score(self_.total), every)
    add("coverage", _percent(result.total.coverage), every)
    for area in assessed.areas:
        questions, score = assessed.of_area(area.id), result.areas[area.id]
        add(f"area/{area.id}/score", _score(score), questions)
        add(f"area/{area.id}/self", _score(self_.areas[area.id]), questions)
        add(f"area/{area.id}/target", target.areas[area.id].rounded, questions)
        add(f"area/{area.id}/coverage", _percent(score.coverage), questions)
        add(f"area/{area.id}/gaps", sum(one.id in gaps for one in questions), questions)
    for (area_id, theme), score in result.cells.items():
        own_questions = [one for one in assessed.of_area(area_id) if one.theme == theme]
        add(f"cell/{area_id}/{theme}", _score(score), own_questions)
    for one, state in zip(every, states, strict=True):
        add(f"question/{one.id}/level", state, [one])
        if one.id in gaps:
            add(f"question/{one.id}/gap", gaps[one.id].gap, [one])
            add(f"question/{one.id}/priority", gaps[one.id].shown, [one])
    return found


def digest(found: Mapping[str, Figure], words: Mapping[str, Any]) -> str:
    """Returns the SHA-256 of the figures and the words of a report. A confirmation contains this hash to
    identify the exact content that a person confirmed."""
    whole = [[{id_: one.value for id_, one in found.items()}, words]]
    text = json.dumps(whole, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()


def _state(sheet: Sheet, question: Question) -> str:
    """Returns the level or the state of a question. A question without an answer has the state "not seen"."""
    answer = sheet.answers.get(question.id)
    if answer is None or answer.state == NOT_SEEN:
        return NOT_SEEN
    return answer.state or str(answer.level)


def _score(one: scores.Score) -> Decimal | None:
    """Returns a score in the form that pages show, or None if no question was answered."""
    return one.rounded if one.answered else None


def _percent(share: Fraction | None) -> Decimal | None:
    return None if share is None else scores.round_once(share * 100)
