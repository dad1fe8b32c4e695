"""Conditions of rules, and what the document codes of a declaration say."""

from __future__ import annotations

import datetime as dt

import msgspec
import pytest

from vedette.screening.control_lists import hits
from vedette.screening.control_lists.hits import BadRule, DocumentCode, Rule, Rules
from vedette.screening.control_lists.model import Line, Match

DAY = dt.date(2026, 11, 27)
X060 = DocumentCode("X060", "licence", True, dt.date(2021, 9, 9))
X002 = DocumentCode("X002", "licence", True, None, dt.date(2021, 9, 8))
Y901 = DocumentCode("Y901", "not listed", False)


def _match(name: str) -> Match:
    return Match("hs:854231", name, "1", "entry", "name", "description", 0, 3, "abc")


@pytest.mark.parametrize(
    ("condition", "facts", "holds"),
    [
        ("", "", True),
        ("embargo", "embargo", True),
        ("embargo or not licence", "licence", False),
        ("embargo or not licence", "", True),
        ("not (embargo or licence)", "", True),
        ("embargo and licence or residual_code", "residual_code", True),
        ("embargo and (licence or residual_code)", "residual_code", False),
    ],
)
def test_a_condition_is_read_with_its_precedence(condition: str, facts: str, holds: bool) -> None:
    assert hits.compiled(condition)(frozenset(facts.split())) is holds


@pytest.mark.parametrize(
    "condition",
    ["embargo or", "(embargo", "weight > 3", "unknown", "embargo)", "and", "embargo licence"],
)
def test_a_condition_that_cannot_be_read_is_refused(condition: str) -> None:
    with pytest.raises(BadRule):
        hits.compiled(condition)


def _rules() -> Rules:
    return Rules(
        [
            Rule(
                "chpl",
                frozenset({"chpl"}),
                "listed_destination or declared_not_listed or ended_licence",
            ),
            Rule("arms", frozenset({"salw"}), "embargo or not licence"),
        ],
        {"chpl": frozenset({"RU"})},
        frozenset({"LY"}),
        {one.code: one for one in (X060, X002, Y901)},
    )


@pytest.mark.parametrize(
    ("list_", "destination", "documents", "found"),
    [
        ("chpl", "FR", (), ()),
        ("chpl", "RU", (), ("chpl",)),
        ("chpl", "FR", ("Y901",), ("chpl",)),
        ("chpl", "FR", ("X002",), ("chpl",)),
        ("chpl", "FR", ("X060",), ()),
        ("salw", "FR", (), ("arms",)),
        ("salw", "FR", ("X060",), ()),
        ("salw", "FR", ("X002",), ("arms",)),
        ("salw", "LY", ("X060",), ("arms",)),
    ],
)
def test_rules_read_destinations_and_documents(
    list_: str, destination: str, documents: tuple[str, ...], found: tuple[str, ...]
) -> None:
    line = Line(destination=destination, documents=documents)
    assert _rules().hits(line, [_match(list_)], (), DAY) == found


def test_a_code_that_had_not_ended_on_the_day_is_a_licence() -> None:
    facts = _rules().document_facts(("X002",), dt.date(2021, 9, 8))
    assert facts == {"licence"}
    assert _rules().document_facts(("X002",), dt.date(2021, 9, 9)) == {"ended_licence"}


@pytest.mark.parametrize(
    ("condition", "destination", "found"),
    [
        ("", "LY", False),
        ("above_limit", "LY", False),
        ("embargo", "LY", False),
        ("above_limit or embargo", "LY", True),
        ("above_limit or embargo", "FR", False),
        ("not above_limit", "FR", True),
    ],
)
def test_goods_at_or_below_a_limit_are_hits_only_by_a_rule_that_names_the_limit(
    condition: str, destination: str, found: bool
) -> None:
    rules = Rules([Rule("own", frozenset(), condition)], {}, frozenset({"LY"}), {})
    below = msgspec.structs.replace(_match("list"), above_limit=False)
    assert rules.hits(Line(destination=destination), [below], (), DAY) == (
        ("own",) if found else ()
    )
