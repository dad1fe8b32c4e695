"""Scores of a questionnaire.

- The score of an area is Σ(weight × level) ÷ Σ(weight) over all questions of the area whose state is not `na`
  (not applicable). A question that is not seen or not answered is counted as level 0.
- If a critical question is below its minimum level or is not seen, the score of its area is at most this
  minimum.
- An area has no score if all its questions are `na`, or if the sum of the weights is zero.
- The total is the weighted mean of the areas that have a score. The weights are stated in the question bank.
- The coverage is the number of answered questions divided by the number of questions that are not `na`.

The calculation uses exact fractions. Only the result is rounded. It is rounded half to even to one decimal
place. `FORMULA` is the version of these rules.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import ROUND_HALF_EVEN, Decimal
from fractions import Fraction

from vedette.assistance.sheets import NA, Question, Sheet

#: The version of the formula. A snapshot stores it.
FORMULA = "1"
_TENTH = Decimal("0.1")


@dataclass(frozen=True)
class Score:
    """The score of a group of questions. `exact` is the unrounded score after the limits of critical
    questions were applied, or None if the group has no score. `capped_by` contains the critical questions
    that limit the score, in the order of the sheet.
    """

    exact: Fraction | None
    answered: int
    applicable: int
    capped_by: tuple[str, ...] = ()

    @property
    def rounded(self) -> Decimal | None:
        """Returns the score with one decimal place, or None if the group has no score."""
        return None if self.exact is None else round_once(self.exact)

    @property
    def coverage(self) -> Fraction | None:
        """Returns the share of answered questions, or None if no question is applicable."""
        return Fraction(self.answered, self.applicable) if self.applicable else None


@dataclass(frozen=True)
class Result:
    """The scores of a sheet: the total, the score of each area in the order of the question bank, and the
    score of each pair of area and theme.
    """

    total: Score
    areas: dict[str, Score]
    cells: dict[tuple[str, str], Score]


def round_once(value: Fraction) -> Decimal:
    """Rounds an exact value half to even to one decimal place."""
    tenths = value * 10
    whole = tenths.numerator // tenths.denominator
    rest = tenths - whole
    if rest > Fraction(1, 2) or (rest == Fraction(1, 2) and whole % 2):
        whole += 1
    return (Decimal(whole) * _TENTH).quantize(_TENTH, ROUND_HALF_EVEN)


def score(sheet: Sheet) -> Result:
    """Calculates all scores of a sheet."""
    areas = {area.id: _score(sheet, sheet.of_area(area.id)) for area in sheet.areas}
    cells: dict[tuple[str, str], list[Question]] = {}
    for question in sheet.questions:
        cells.setdefault((question.area, question.theme), []).append(question)
    weighted = [
        (Fraction(area.weight), one.exact)
        for area in sheet.areas
        if (one := areas[area.id]).exact is not None
    ]
    total = sum((weight for weight, _ in weighted), Fraction(0))
    mean = sum((weight * exact for weight, exact in weighted if exact is not None), Fraction(0))
    return Result(
        total=Score(
            exact=mean / total if total else None,
            answered=sum(one.answered for one in areas.values()),
            applicable=sum(one.applicable for one in areas.values()),
        ),
        areas=areas,
        cells={key: _score(sheet, questions) for key, questions in cells.items()},
    )


def _score(sheet: Sheet, questions: Iterable[Question]) -> Score:
    points, weights, answered, applicable = Fraction(0), Fraction(0), 0, 0
    caps: list[tuple[int, str]] = []
    for question in questions:
        answer = sheet.answers.get(question.id)
        if answer is not None and answer.state == NA:
            continue
        applicable += 1
        level = None if answer is None else answer.level
        answered += level is not None
        points += Fraction(question.weight) * (level or 0)
        weights += Fraction(question.weight)
        if question.minimum is not None and (level is None or level < question.minimum):
            caps.append((question.minimum, question.id))
    if not weights:
        return Score(None, answered, applicable)
    exact = points / weights
    limiting = tuple(name for minimum, name in caps if minimum < exact)
    return Score(
        min([exact, *(Fraction(minimum) for minimum, _ in caps)]), answered, applicable, limiting
    )
