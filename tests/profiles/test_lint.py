"""What lint finds: restricted facts alone, negations over gaps, profiles that fire never or always."""

from __future__ import annotations

import time

import pytest
from tests.profiles.small import FRENCH, VOCABULARY, tree

from vedette.core.texts import render
from vedette.profiles.lint import Finding, finding_text, lint


def _found(text: str, justified: bool = True, heard: bool = True) -> list[Finding]:
    return lint(tree(text), VOCABULARY, justified, heard)


def _ids(text: str) -> list[str]:
    return [finding.id for finding in _found(text)]


@pytest.mark.parametrize(
    ("text", "alone"),
    [
        ("nationality = 'XXX'", True),
        ("nationality = 'XXX' AND payer_is_other", True),
        ("nationality = 'XXX' AND payer_is_other AND lead_time_h < 48", False),
        # Two facts of one kind are one kind.
        ("nationality = 'XXX' AND bags > 3 AND bags_kg > 60", True),
        # What is negated, unknown or in favour narrows hardly, and would let it stand nearly alone.
        ("nationality = 'XXX' AND NOT payer_is_other AND NOT one_way AND bags <> 2", True),
        ("nationality = 'XXX' AND agency IS MISSING AND bags IS NOT MISSING", True),
        ("nationality = 'XXX' AND same_route_12m < 6 AND with_child AND bags > 1", True),
        # Nor does what is always so.
        (
            "nationality = 'XXX' AND bags = bags AND (detour > 1 OR detour <= 1) AND payer_is_other",
            True,
        ),
        ("nationality = 'XXX' AND bags >= 0 AND payer_is_other", True),
        (
            "nationality = 'XXX' AND bags_kg > -5 AND COALESCE(bags, 0) >= 0 AND payer_is_other",
            True,
        ),
        ("nationality = 'XXX' AND ABS(detour) >= 0 AND bags <= 99 AND payer_is_other", True),
        # Nor what says nearly the same.
        ("nationality = 'XXX' AND phone_country = 'XX' AND payer_is_other", True),
        # In every way of fulfilling the profile.
        ("nationality = 'XXX' AND (payer_is_other AND bags > 1 OR lead_time_h < 2)", True),
        ("(nationality = 'XXX' OR age < 25) AND payer_is_other AND bags > 1", False),
        ("(nationality = 'XXX' AND bags > 1 AND detour > 2) OR payer_is_other", False),
        ("NOT nationality = 'XXX' AND bags > 1", True),
        ("NOT (nationality = 'XXX' OR bags <= 1 OR detour <= 2)", True),
        # Another restricted fact is no other kind.
        ("nationality = 'XXX' AND age < 25 AND bags > 1", True),
        ("COALESCE(nationality, 'XXX') = 'XXX' AND bags > 1", True),
    ],
)
def test_restricted_facts_stand_with_two_others(text: str, alone: bool) -> None:
    """A restricted fact is used only beside two other kinds that must hold and speak against."""
    assert ("restricted_alone" in _ids(text)) is alone


def test_restricted_facts_are_justified_and_the_officer_heard() -> None:
    """Both are errors, each named with the column and its place; without a restricted fact neither."""
    text = "payer_is_other AND bags > 1 AND age < 25"
    assert _found(text) == []
    found = _found(text, justified=False, heard=False)
    assert [(one.id, one.severity, text[one.start : one.end]) for one in found] == [
        ("restricted_unheard", "error", "age"),
        ("restricted_unjustified", "error", "age"),
    ]
    assert "L’emploi de « âge » est restreint" in render(finding_text(found[0]), FRENCH).replace(
        "\xa0", " "
    )
    assert _found("payer_is_other AND bags > 1", justified=False, heard=False) == []


def test_too_many_ways_with_a_restricted_fact_cannot_be_passed() -> None:
    """A profile too tangled to check does not pass unchecked; nor does it take long."""
    tangle = " AND ".join(f"(bags = {n} OR age = {n} OR detour = {n})" for n in range(40))
    began = time.process_time()
    assert "too_complex" in _ids(tangle)
    assert time.process_time() - began < 5


@pytest.mark.parametrize(
    "text",
    [
        "NOT payer_is_other",
        "payer_is_other <> TRUE",
        "agency <> 'ACME'",
        "agency NOT IN ('A', 'B')",
        "agency NOT LIKE 'A%'",
        "one_way AND NOT (is_crew OR LENGTH(agency) > 3)",
    ],
)
def test_a_negation_over_what_is_often_missing_is_warned_of(text: str) -> None:
    """Unknown does not fire: who has no payer on record is never picked by NOT payer_is_other."""
    assert _ids(text) == ["negation_missing"]


@pytest.mark.parametrize(
    "text",
    [
        "payer_is_other",
        "NOT is_crew",
        "NOT COALESCE(payer_is_other, TRUE)",
        "agency IS NOT MISSING",
    ],
)
def test_other_negations_are_not(text: str) -> None:
    """What is always there, what has a default, and the question whether it is known."""
    assert "negation_missing" not in _ids(text)


@pytest.mark.parametrize(
    "text",
    [
        "bags < 3 AND bags > 5",
        "bags > 3 AND bags < 4",
        "lead_time_h <= 3 AND lead_time_h > 3",
        "lead_time_h BETWEEN 5 AND 3",
        "bags BETWEEN 2 AND 3 AND bags <> 2 AND bags NOT IN (3, 4)",
        "origin IN ('AA') AND origin = 'BB'",
        "origin = 'AA' AND origin NOT IN ('AA', 'BB')",
        "origin = 'AA' AND origin LIKE 'B%'",
        "is_crew AND one_way AND NOT is_crew",
        "origin IN LIST 'conflict_2026' AND origin NOT IN LIST 'conflict_2026'",
        "bags IS MISSING AND bags > 1",
        "bags IS MISSING AND bags IS NOT MISSING",
        "departure < '2026-01-01' AND departure > '2026-06-01'",
        "bags / 2 > 5 AND bags / 2 < 4",
        "(bags < 1 OR bags > 9) AND bags BETWEEN 3 AND 5",
        "bags < bags",
        "1 = 2",
        "FALSE",
    ],
)
def test_what_can_never_fire(text: str) -> None:
    """Conditions of which no value fulfils all, by intervals and sets of each value."""
    assert _ids(text)[0] == "never"


def test_where_it_contradicts_is_shown() -> None:
    """The condition that the rest contradicts is the one that is pointed at."""
    text = "bags > 5 AND one_way AND bags < 3"
    found = _found(text)[0]
    assert text[found.start : found.end] == "bags < 3"
    assert "bags < 3" in render(finding_text(found))


@pytest.mark.parametrize(
    "text",
    ["TRUE", "bags < 3 OR bags > 2", "is_crew OR NOT is_crew", "origin <> 'A' OR origin <> 'B'"],
)
def test_what_always_fires(text: str) -> None:
    """Conditions that everybody fulfils of whom the facts are known."""
    assert "always" in _ids(text)


def test_parts_that_are_dead_or_do_nothing() -> None:
    """A branch that cannot be, and a condition that is always so, are warned of."""
    assert _ids("one_way OR bags < 1 AND bags > 2") == ["dead_branch"]
    assert _ids("one_way AND (bags < 3 OR bags >= 3)") == ["no_effect"]


@pytest.mark.parametrize(
    "text",
    [
        "bags > 3 AND bags < 5",
        "lead_time_h > 3 AND lead_time_h < 4",
        "origin <> 'A' AND origin <> 'B'",
        "origin LIKE 'A%' AND origin LIKE '%B'",
        "bags > 3 AND same_route_12m < 3",
        "origin IN LIST 'conflict_2026' AND origin = 'ZZ'",
        "bags IS MISSING OR bags > 1",
    ],
)
def test_what_may_fire_is_left_alone(text: str) -> None:
    """No finding without certainty."""
    assert _ids(text) == []


def test_who_is_unknown_and_picked_is_told() -> None:
    """A default that fulfils its condition picks people of whom nothing is known."""
    assert _ids("COALESCE(bags, 0) < 2") == ["unknown_picks"]
    assert _ids("COALESCE(bags, 9) < 2") == []
    assert _ids("one_way AND NOT COALESCE(payer_is_other, FALSE)") == ["unknown_picks"]


def test_a_pattern_that_would_take_for_ever_does_not() -> None:
    """A pattern of a thousand wildcards against a long text, where an engine that backtracks hangs."""
    began = time.process_time()
    _ids(f"origin = '{'a' * 1500}' AND origin LIKE '{'%a' * 700}b'")
    assert time.process_time() - began < 5


@pytest.mark.parametrize(("codes", "told"), [(None, ["list_over"]), (0, ["list_empty"]), (3, [])])
def test_a_list_on_which_nobody_is_found(codes: int | None, told: list[str]) -> None:
    """A condition over a list past its day is never fulfilled, over an empty one never or always."""
    found = lint(
        tree("origin NOT IN LIST 'conflict_2026'"), VOCABULARY, True, True, {"conflict_2026": codes}
    )
    assert [one.id for one in found] == told
    assert all("conflict_2026" in render(finding_text(one), FRENCH) for one in found)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("bags >= 0", ["always"]),
        ("COALESCE(bags, 0) >= 0", ["always", "unknown_picks"]),
        ("bags > -1 AND detour > 2", ["no_effect"]),
        ("bags < 0 AND detour > 2", ["never"]),
        ("bags BETWEEN -9 AND -1 OR detour > 2", ["dead_branch"]),
        ("bags > 0 AND bags < 99", []),
        # What is declared of values asks nothing of them.
        ("bags IS MISSING", []),
        ("bags IS NOT MISSING AND bags < 1", []),
    ],
)
def test_what_no_value_can_be_is_known(text: str, told: list[str]) -> None:
    """Counts are never negative: a condition over them that always or never holds is told as such."""
    assert _ids(text) == told
