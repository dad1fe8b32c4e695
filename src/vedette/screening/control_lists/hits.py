"""Decides which matches of a line are hits.

Each list has rules. The condition of a rule is an expression of facts of the line with `and`, `or`, `not` and
parentheses. If a rule has no condition, every match with one of its lists becomes a hit. A match whose
strength is at or below the limit of its list can become a hit only by a rule whose condition names
`above_limit`.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

from vedette.screening.control_lists.model import Line, Match

#: Facts that a condition may name.
FACTS: dict[str, str] = {
    "above_limit": "the concentration of the goods is above the limit of the list, or is not stated",
    "listed_destination": "the destination is one of the destinations of the list",
    "embargo": "the destination is under an arms embargo of the United Nations",
    "licence": "the declaration names a licence that is valid on the day of the declaration",
    "licence_problem": "a licence that the declaration names is recorded and does not cover the goods",
    "ended_licence": "the declaration names a document code that is no longer valid",
    "declared_not_listed": "the declaration states with code Y901 that the goods are not on "
    "the list",
    "cas_against_text": "the CAS number and the name belong to different substances",
    "un_against_text": "the UN number and the name belong to different substances",
    "hs_against_text": "the declared HS code does not cover the goods that the text names",
    "residual_code": "the declared HS code is a residual or dummy code",
}
#: The fact that holds unless the line states a strength at or below the limit.
LIMIT = "above_limit"
_TOKEN = re.compile(r"\s*(?:(and|or|not)\b|([a-z_]+)|([()]))")


class BadRule(ValueError):
    """The error that is raised if the condition of a rule is not valid. The text of the error states the
    reason and the position.
    """


@dataclass(frozen=True, slots=True)
class Rule:
    """A rule: its id, the lists to which it applies (an empty value means all lists), and its condition."""

    id: str
    lists: frozenset[str]
    condition: str = ""


@dataclass(frozen=True, slots=True)
class DocumentCode:
    """A document code that a declaration can contain, and the period in which this code is valid."""

    code: str
    meaning: str
    licence: bool
    valid_from: dt.date | None = None
    valid_to: dt.date | None = None

    def valid_on(self, day: dt.date) -> bool:
        """Returns whether the code is valid on a day."""
        after = self.valid_from is None or self.valid_from <= day
        return after and (self.valid_to is None or day <= self.valid_to)


Test = Callable[[frozenset[str]], bool]


def compiled(condition: str) -> Test:
    """Compiles a condition to a function that takes the set of true facts and returns whether the condition
    is true."""
    parts: list[str] = []
    at = 0
    text = condition.strip()
    while at < len(text):
        found = _TOKEN.match(text, at)
        if found is None:
            raise BadRule(f"{text!r}: nothing is known at character {at + 1}")
        name = found.group(2)
        if name is not None and name not in FACTS:
            raise BadRule(f"{text!r}: {name} is not a fact")
        parts.append(found.group().strip())
        at = found.end()
    if not parts:
        return lambda facts: True
    test, rest = _either(parts, 0)
    if rest != len(parts):
        raise BadRule(f"{text!r}: {parts[rest]} is not expected")
    return test


def _either(parts: list[str], at: int) -> tuple[Test, int]:
    left, at = _both(parts, at)
    while at < len(parts) and parts[at] == "or":
        right, at = _both(parts, at + 1)
        left = _or(left, right)
    return left, at


def _both(parts: list[str], at: int) -> tuple[Test, int]:
    left, at = _one(parts, at)
    while at < len(parts) and parts[at] == "and":
        right, at = _one(parts, at + 1)
        left = _and(left, right)
    return left, at


def _one(parts: list[str], at: int) -> tuple[Test, int]:
    if at >= len(parts):
        raise BadRule("the condition ends too early")
    part = parts[at]
    if part == "not":
        inner, at = _one(parts, at + 1)
        return (lambda facts: not inner(facts)), at
    if part == "(":
        inner, at = _either(parts, at + 1)
        if at >= len(parts) or parts[at] != ")":
            raise BadRule("a parenthesis is not closed")
        return inner, at + 1
    if part in ("and", "or", ")"):
        raise BadRule(f"{part} is not expected")
    return (lambda facts: part in facts), at + 1


def _or(left: Test, right: Test) -> Test:
    return lambda facts: left(facts) or right(facts)


def _and(left: Test, right: Test) -> Test:
    return lambda facts: left(facts) and right(facts)


class Rules:
    """The rules of all lists, with the sets of destinations and the document codes that they use."""

    def __init__(
        self,
        rules: Iterable[Rule],
        destinations: Mapping[str, frozenset[str]],
        embargoes: frozenset[str],
        documents: Mapping[str, DocumentCode],
    ) -> None:
        self._rules = [
            (rule, compiled(rule.condition), LIMIT in re.findall(r"[a-z_]+", rule.condition))
            for rule in rules
        ]
        #: The lists with a rule that asks for a licence: their goods need one.
        self.licensed = frozenset(
            key
            for rule, _, _ in self._rules
            if "licence" in re.findall(r"[a-z_]+", rule.condition)
            for key in rule.lists
        )
        self._destinations = destinations
        self._embargoes = embargoes
        self._documents = documents

    def hits(
        self, line: Line, matches: Iterable[Match], facts: Iterable[str], day: dt.date
    ) -> tuple[str, ...]:
        """Returns the ids of the rules by which at least one match of the line becomes a hit, without
        duplicates.

        The matches may include matches below a limit (`Result.below`).
        """
        found: dict[str, None] = {}
        known = self.line_facts(line, facts, day)
        for match in matches:
            here = self.match_facts(line, match, known)
            for rule, test, names_limit in self._rules:
                applies = match.above_limit or names_limit
                if applies and (not rule.lists or match.list in rule.lists) and test(here):
                    found[rule.id] = None
        return tuple(found)

    def line_facts(self, line: Line, facts: Iterable[str], day: dt.date) -> frozenset[str]:
        """Returns the facts that are true for a line of a declaration on the given day. `facts` contains the
        facts that the matcher found."""
        known = frozenset(facts) | self.document_facts(line.documents, day)
        return known | {"embargo"} if line.destination in self._embargoes else known

    def match_facts(self, line: Line, match: Match, known: frozenset[str]) -> frozenset[str]:
        """Returns the facts of a match. `known` contains the facts of the text in which the match was
        found."""
        here = known | {LIMIT} if match.above_limit else known
        if line.destination in self._destinations.get(match.list, ()):
            here |= {"listed_destination"}
        return here

    def document_facts(self, codes: Iterable[str], day: dt.date) -> frozenset[str]:
        """Returns the facts that follow from the document codes of a declaration. The validity of each code
        is checked for the given day."""
        facts = set()
        for code in codes:
            known = self._documents.get(code.upper())
            if known is None:
                continue
            if not known.valid_on(day):
                facts.add("ended_licence")
            elif known.licence:
                facts.add("licence")
            else:
                facts.add("declared_not_listed")
        return frozenset(facts)
