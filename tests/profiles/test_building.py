"""The form of conditions and groups, and the expression it writes."""

from __future__ import annotations

from typing import Any

import pytest
from tests.profiles.small import FRENCH, LIST_TYPES, VOCABULARY, tree

from vedette.core.texts import render
from vedette.profiles import building
from vedette.profiles.building import Condition, Group
from vedette.profiles.check import ExpressionError, error_text
from vedette.profiles.tree import text_of


def _text(form: Group) -> str:
    return building.to_text(form, VOCABULARY, LIST_TYPES)


def _line(column: str, operator: str, *values: Any, **more: Any) -> Condition:
    return Condition(column=column, operator=operator, values=values, **more)  # type: ignore[arg-type]


#: A line of the form and the expression it writes.
LINES: tuple[tuple[Condition, str], ...] = (
    (_line("is_crew", "yes"), "is_crew"),
    (_line("is_crew", "no"), "NOT is_crew"),
    (_line("is_crew", "no", default=False), "NOT COALESCE(is_crew, FALSE)"),
    (_line("bags", "<", 3), "bags < 3"),
    (_line("same_route_12m", "<", 6, default=0), "COALESCE(same_route_12m, 0) < 6"),
    (_line("lead_time_h", "between", 1, 2.5), "lead_time_h BETWEEN 1 AND 2.5"),
    (_line("lead_time_h", "not between", 1, 2.5), "lead_time_h NOT BETWEEN 1 AND 2.5"),
    (_line("origin", "=", "l'AA"), "origin = 'l''AA'"),
    (_line("origin", "in", "AA", "BB"), "origin IN ('AA', 'BB')"),
    (_line("origin", "not in list", "conflict_2026"), "origin NOT IN LIST 'conflict_2026'"),
    (_line("agency", "begins", "10%_"), "STARTS_WITH(agency, '10%_')"),
    (_line("agency", "not contains", "x"), "NOT CONTAINS(agency, 'x')"),
    (_line("agency", "ilike", "%x_"), "agency ILIKE '%x_'"),
    (_line("agency", "not matches", "^A"), "agency NOT MATCHES '^A'"),
    (_line("agency", "missing"), "agency IS MISSING"),
    (_line("agency", "known"), "agency IS NOT MISSING"),
    (_line("departure", ">=", "2026-01-31"), "departure >= DATE '2026-01-31'"),
    (_line("departure", "in", "2026-01-31"), "departure IN (DATE '2026-01-31')"),
)


@pytest.mark.parametrize(("line", "text"), LINES, ids=[text for _, text in LINES])
def test_a_line_writes_an_expression_and_is_read_back(line: Condition, text: str) -> None:
    """Every operator of the form, both ways."""
    form = Group(join="all", parts=(line,))
    assert _text(form) == text
    assert building.to_form(tree(text)) == form


def test_groups_write_parentheses_only_where_needed() -> None:
    """All, any and none, nested; a conjunct a line."""
    form = Group(
        join="all",
        parts=(
            _line("one_way", "yes"),
            Group(join="any", parts=(_line("bags", ">", 1), _line("age", "<", 18))),
            Group(join="none", parts=(_line("is_crew", "yes"), _line("with_child", "yes"))),
        ),
    )
    text = "one_way\nAND (bags > 1 OR age < 18)\nAND NOT (is_crew OR with_child)"
    assert _text(form) == text
    assert building.to_form(tree(text)) == form


@pytest.mark.parametrize(
    "text",
    [
        "bags + 1 > 2",
        "origin = destination",
        "lead_time_h < :hours",
        "LENGTH(agency) > 3 AND is_crew",
        "COALESCE(agency, origin) = 'A'",
        "COALESCE(bags, :hours) > 1",
        "bags BETWEEN 1 AND same_route_12m",
        "TRUE",
    ],
)
def test_what_the_form_cannot_show_has_none(text: str) -> None:
    """Arithmetic, functions, two columns, parameters: the page shows the text alone."""
    assert building.to_form(tree(text)) is None


#: A form that cannot be, as plain data, and the rule it breaks.
BAD: tuple[tuple[Any, str], ...] = (
    ([], "form"),
    ({"is": "group", "join": "some", "parts": []}, "form"),
    (
        {
            "is": "group",
            "join": "all",
            "parts": [{"is": "condition", "column": 3, "operator": "="}],
        },
        "form",
    ),
)


@pytest.mark.parametrize(("data", "rule"), BAD)
def test_data_that_is_no_form_is_refused(data: Any, rule: str) -> None:
    """Whatever a browser sends is a form or a message."""
    with pytest.raises(ExpressionError) as refused:
        building.read(data)
    assert refused.value.id == rule


def test_a_form_is_bounded() -> None:
    """Groups in groups in groups, a thousand conditions: refused before a tree is made."""
    deep: Any = {"is": "condition", "column": "is_crew", "operator": "yes"}
    for _ in range(500):
        deep = {"is": "group", "join": "all", "parts": [deep]}
    wide = {"is": "group", "join": "all",
        "parts": [{"is": "condition", "column": "is_crew", "operator": "yes"}] * 1000}  # fmt: skip
    for data, rule in ((deep, "too_deep"), (wide, "too_many")):
        with pytest.raises(ExpressionError) as refused:
            building.read(data)
        assert refused.value.id in (rule, "form")


#: A line that does not fit the vocabulary, and the rule it breaks.
UNFIT: tuple[tuple[Condition, str], ...] = (
    (_line("bag", "=", 1), "unknown_column"),
    (_line("bags", "=", "one"), "types"),
    (_line("bags", "yes"), "form_operator"),
    (_line("bags", "=", 1, 2), "arguments"),
    (_line("bags", "in"), "arguments"),
    (_line("bags", "=", float("nan")), "number_size"),
    (_line("origin", "in list", "none"), "unknown_list"),
    (_line("origin", "matches", "(?=a)"), "regex_look"),
    (_line("origin", "=", "a\x00"), "form"),
    (_line("departure", "=", "soon"), "day_value"),
)


@pytest.mark.parametrize(("line", "rule"), UNFIT)
def test_a_line_that_does_not_fit_is_named(line: Condition, rule: str) -> None:
    """The message comes with the path of the line in the form."""
    form = Group(join="all", parts=(_line("is_crew", "yes"), Group(join="any", parts=(line,))))
    with pytest.raises(ExpressionError) as refused:
        _text(form)
    assert refused.value.id == rule
    assert refused.value.params["path"] == "1.0"
    assert render(error_text(refused.value), FRENCH)


def test_an_empty_group_is_no_condition() -> None:
    """A form without a line writes nothing."""
    with pytest.raises(ExpressionError):
        _text(Group(join="all", parts=()))


def test_text_is_written_as_the_house_writes_it() -> None:
    """Parentheses, capitals and spacing go; what the parentheses kept apart stays apart."""
    for typed, written in (
        ("((is_crew))", "is_crew"),
        ("not  is_crew and(one_way or with_child)", "NOT is_crew AND (one_way OR with_child)"),
        ("bags-(1-2) > 0", "bags - (1 - 2) > 0"),
        ("(bags-1)-2 > 0", "bags - 1 - 2 > 0"),
        ("bags/(2*3) > 1", "bags / (2 * 3) > 1"),
        ("-(bags+1) < 0", "-(bags + 1) < 0"),
        ("5 >= bags", "bags <= 5"),
        ("is_crew = false", "NOT is_crew"),
        ("not origin in ('A')", "origin NOT IN ('A')"),
        ("not bags < 3", "NOT bags < 3"),
        ("NOT NOT is_crew", "is_crew"),
        ("detour > 2.50", "detour > 2.5"),
        ("origin ~ 'a' and origin is null", "origin MATCHES 'a' AND origin IS MISSING"),
        ("(bags > 1) = is_crew", "(bags > 1) = is_crew"),
    ):
        assert text_of(tree(typed)) == written
