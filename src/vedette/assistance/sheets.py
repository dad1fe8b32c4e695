"""A sheet consists of the questions of a question bank and of one answer for each question.

Every valid part of a sheet is kept. Each invalid part is reported as a `Problem`, which states the position
of the part in the input. A question with an invalid answer is counted as not seen.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation
from typing import Any

from vedette.core.errors import Failure

#: The levels of an answer, and the lowest level that needs evidence.
LEVELS, EVIDENCE_FROM = range(6), 3
#: The states of an answer that is not a level.
NA, NOT_SEEN = "na", "not_seen"
#: Greatest numbers of questions, areas and answers of a sheet.
MAX_QUESTIONS, MAX_AREAS, MAX_ANSWERS = 5_000, 200, 20_000
#: Greatest weight, and greatest number of characters of an id.
MAX_WEIGHT, MAX_ID = Decimal(1000), 100


@dataclass(frozen=True)
class Problem:
    """A part of the input that is not used. Contains the position of the part and a description of the
    problem."""

    place: str
    message: str


@dataclass(frozen=True)
class Area:
    """An area of the diagnostic. `weight` is its weight in the total."""

    id: str
    weight: Decimal


@dataclass(frozen=True)
class Question:
    """A question of the question bank.

    `minimum` is the level that a critical question must reach; None if the question is not critical. `target`
    is the level that the administration wants to achieve. `risk` and `effort` are numbers from 1 to 5 for the
    action plan. `version` is the version of the text, which is needed to compare two snapshots.
    """

    id: str
    area: str
    theme: str = ""
    weight: Decimal = Decimal(1)
    minimum: int | None = None
    target: int = 5
    risk: int = 3
    effort: int = 3
    version: str = "1"
    tool: str = ""
    course: str = ""
    expert: str = ""

    @property
    def critical(self) -> bool:
        return self.minimum is not None


@dataclass(frozen=True)
class Answer:
    """An answer. An answer has either a `level` or a `state`. `reason` states why the question is not
    applicable (`na`). `second_person` is the role or the person who confirmed `na` for a critical question.
    """

    question: str
    level: int | None = None
    state: str = ""
    reason: str = ""
    second_person: str = ""
    author: str = ""
    evidence: tuple[str, ...] = ()


@dataclass(frozen=True)
class Sheet:
    """A questionnaire with its answers. If a question was not answered, `answers` has no entry for it."""

    areas: tuple[Area, ...]
    questions: tuple[Question, ...]
    answers: Mapping[str, Answer]
    problems: tuple[Problem, ...] = ()

    def of_area(self, area: str) -> list[Question]:
        """Returns the questions of one area, in the order of the sheet."""
        return [question for question in self.questions if question.area == area]


@dataclass
class _Reader:
    problems: list[Problem] = field(default_factory=list)

    def problem(self, place: str, message: str) -> None:
        self.problems.append(Problem(place, message))

    def number(self, value: Any, place: str, least: Decimal, most: Decimal) -> Decimal | None:
        """Returns the decimal number, or None if the value is not a number within the limits."""
        try:
            if isinstance(value, bool):
                raise InvalidOperation
            number = Decimal(str(value))
        except InvalidOperation:
            self.problem(place, "is not a number")
            return None
        if not number.is_finite() or not least <= number <= most:
            self.problem(place, f"must be from {least} to {most}")
            return None
        return number

    def whole(self, value: Any, place: str, least: int, most: int) -> int | None:
        """Returns the whole number, or None if the value is not a whole number within the limits."""
        if isinstance(value, bool) or not isinstance(value, int) or not least <= value <= most:
            self.problem(place, f"must be a whole number from {least} to {most}")
            return None
        return value


def objects(value: Any, place: str, limit: int) -> Iterator[tuple[str, dict[str, Any]]]:
    """Returns each object of a JSON list with its position. Raises `Failure` if `value` is not a list of
    objects, or if the list has more than `limit` entries.
    """
    if not isinstance(value, list):
        raise Failure(f"{place}: must be a list")
    if len(value) > limit:
        raise Failure(f"{place}: more than {limit} entries")
    for number, one in enumerate(value):
        if not isinstance(one, dict):
            raise Failure(f"{place}[{number}]: must be an object")
        yield f"{place}[{number}]", one


def text(value: Any, limit: int = 4_000) -> str:
    """Returns a text without surrounding spaces, or an empty text if `value` is not a text."""
    return value.strip()[:limit] if isinstance(value, str) else ""


def read_sheet(data: Any) -> Sheet:
    """Converts the JSON object of a sheet (docs/assistance.md).

    Raises `Failure` if the object has no list of areas or questions. Every other error is reported as a
    problem.
    """
    if not isinstance(data, dict) or not isinstance(data.get("bank"), dict):
        raise Failure('a sheet is an object with the keys "bank" and "answers"')
    reader = _Reader()
    areas = _areas(reader, data["bank"].get("areas"))
    questions = _questions(reader, data["bank"].get("questions"), areas)
    answers = _answers(reader, data.get("answers", []), questions)
    return Sheet(tuple(areas.values()), tuple(questions.values()), answers, tuple(reader.problems))


def _areas(reader: _Reader, value: Any) -> dict[str, Area]:
    areas: dict[str, Area] = {}
    for place, one in objects(value, "bank.areas", MAX_AREAS):
        name = text(one.get("id"), MAX_ID)
        weight = reader.number(one.get("weight", 1), f"{place}.weight", Decimal(0), MAX_WEIGHT)
        if not name or name in areas:
            reader.problem(f"{place}.id", "is missing or occurs twice; the area is left out")
        else:
            areas[name] = Area(name, Decimal(1) if weight is None else weight)
    if not areas:
        raise Failure("bank.areas: contains no area")
    return areas


def _questions(reader: _Reader, value: Any, areas: Mapping[str, Area]) -> dict[str, Question]:
    questions: dict[str, Question] = {}
    for place, one in objects(value, "bank.questions", MAX_QUESTIONS):
        name, area = text(one.get("id"), MAX_ID), text(one.get("area"), MAX_ID)
        if not name or name in questions:
            reader.problem(f"{place}.id", "is missing or occurs twice; the question is left out")
            continue
        if area not in areas:
            reader.problem(f"{place}.area", "is not an area of the bank; the question is left out")
            continue
        questions[name] = _question(reader, place, name, area, one)
    if not questions:
        raise Failure("bank.questions: contains no valid question")
    return questions


def _question(
    reader: _Reader, place: str, name: str, area: str, one: Mapping[str, Any]
) -> Question:
    weight = reader.number(one.get("weight", 1), f"{place}.weight", Decimal(0), MAX_WEIGHT)
    minimum = one.get("minimum") if one.get("critical", "minimum" in one) else None
    if one.get("critical") and minimum is None:
        reader.problem(f"{place}.minimum", "is missing; the critical question needs level 3")
        minimum = 3
    if minimum is not None:
        minimum = reader.whole(minimum, f"{place}.minimum", 0, 5)
        minimum = 3 if minimum is None else minimum
    whole = {
        key: (usual if found is None else found)
        for key, least, usual in (("target", 0, 5), ("risk", 1, 3), ("effort", 1, 3))
        for found in [reader.whole(one.get(key, usual), f"{place}.{key}", least, 5)]
    }
    return Question(
        id=name, area=area, theme=text(one.get("theme"), MAX_ID),
        weight=Decimal(1) if weight is None else weight, minimum=minimum,
        version=text(str(one.get("version", "1")), MAX_ID), tool=text(one.get("tool")),
        course=text(one.get("course")), expert=text(one.get("expert")), **whole,
    )  # fmt: skip


def _answers(reader: _Reader, value: Any, questions: Mapping[str, Question]) -> dict[str, Answer]:
    answers: dict[str, Answer] = {}
    for place, one in objects(value, "answers", MAX_ANSWERS):
        name = text(one.get("question"), MAX_ID)
        if name not in questions:
            reader.problem(f"{place}.question", f"{name!r} is not a question of the bank")
        elif name in answers:
            reader.problem(
                f"{place}.question", f"{name!r} is answered twice; the first answer counts"
            )
        elif (answer := read_answer(reader.problem, place, questions[name], one)) is not None:
            answers[name] = answer
    return answers


def read_answer(
    problem: Any, place: str, question: Question, one: Mapping[str, Any]
) -> Answer | None:
    """Checks whether one answer follows the rules of the questionnaire. `problem(place, message)` is a
    function that is called for each problem. Returns None if the answer is invalid. A question with an
    invalid answer is counted as not seen.
    """
    state, level = one.get("state", ""), one.get("level")
    evidence = one.get("evidence", [])
    evidence = evidence if isinstance(evidence, Sequence) and not isinstance(evidence, str) else []
    answer = Answer(
        question=question.id, reason=text(one.get("reason")), author=text(one.get("author")),
        second_person=text(one.get("second_person")), evidence=tuple(text(str(e)) for e in evidence),
    )  # fmt: skip
    if state and level is not None:
        problem(place, "has both a level and a state")
        return None
    if state == NOT_SEEN:
        return Answer(**{**answer.__dict__, "state": NOT_SEEN})
    if state == NA:
        return _not_applicable(problem, place, question, answer)
    if state or isinstance(level, bool) or not isinstance(level, int) or level not in LEVELS:
        problem(place, "needs a level from 0 to 5, or the state na or not_seen")
        return None
    if level >= EVIDENCE_FROM and not any(answer.evidence):
        problem(place, f"level {level} needs evidence")
        return None
    return Answer(**{**answer.__dict__, "level": level})


def _not_applicable(problem: Any, place: str, question: Question, answer: Answer) -> Answer | None:
    if not answer.reason:
        problem(place, "na needs a reason")
        return None
    if question.critical and (not answer.second_person or answer.second_person == answer.author):
        problem(place, "na on a critical question needs a second person")
        return None
    return Answer(**{**answer.__dict__, "state": NA})
