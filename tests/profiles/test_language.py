"""The case table through parser, run and readings, and every bad input with its message."""

from __future__ import annotations

import pytest
from tests.each import each
from tests.profiles.cases import CASES, Case
from tests.profiles.small import FRENCH, LISTS, PARAMETERS, ROWS, VOCABULARY, explain, frame, tree
from tests.profiles.value_cases import VALUE_CASES

from vedette.core.texts import ENGLISH, render
from vedette.profiles.check import ExpressionError, error_text
from vedette.profiles.frames import compiled, fitted
from vedette.profiles.parse import parse
from vedette.profiles.run import Profile, ProfileSet
from vedette.profiles.tree import bare, normal, opposite, text_of
from vedette.profiles.vocabulary import FUNCTIONS
from vedette.profiles.words import plain, sentence

ALL = (*CASES, *VALUE_CASES)
_LETTERS = {True: "T", False: "F", None: "?"}


def _plain_spaces(text: str) -> str:
    return text.replace("\N{NO-BREAK SPACE}", " ").replace("\N{NARROW NO-BREAK SPACE}", " ")


def test_what_is_read_is_what_runs() -> None:
    """One tree gives the answer for each row and the sentence in both languages; written out and read
    again it is the same tree."""

    def check(case: Case) -> None:
        parsed = tree(case.expression)
        assert _plain_spaces(plain(sentence(parsed))) == case.en
        assert _plain_spaces(plain(sentence(parsed), FRENCH)) == case.fr
        assert bare(tree(text_of(parsed))) == bare(parsed)
        judged = ProfileSet([Profile(id="p", tree=parsed, lists=LISTS)]).judge(frame(), "p")
        assert "".join(_LETTERS[value] for value in judged) == case.asks

    each(ALL, check, lambda case: case.expression)


def test_one_expression_and_the_set_agree() -> None:
    """A tree as one Polars expression has the three values that a set gives it; its negation the
    opposite, and its normal form the same."""

    def check(case: Case) -> None:
        fit, _ = fitted(frame(), VOCABULARY.columns)
        parsed = tree(case.expression)
        made = fit.with_columns(
            straight=compiled(parsed, LISTS),
            turned=compiled(opposite(parsed), LISTS),
            normal=compiled(normal(parsed), LISTS),
        )
        assert "".join(_LETTERS[value] for value in made["straight"]) == case.asks
        assert made["normal"].to_list() == made["straight"].to_list()
        assert [None if v is None else not v for v in made["turned"]] == made["straight"].to_list()

    each(ALL, check, lambda case: case.expression)


def test_evidence_only_where_it_fires() -> None:
    """A row has conditions that held exactly where the expression is true for it."""

    def check(case: Case) -> None:
        parsed = tree(case.expression)
        for row, letter in zip(ROWS, case.asks, strict=True):
            assert bool(explain(parsed, row, LISTS)) == (letter == "T")

    each(ALL, check, lambda case: case.expression)


def test_every_example_of_the_table_of_functions_reads() -> None:
    """The documented examples use the functions they document."""
    for name, row in FUNCTIONS.items():
        assert f"{name}(" in row.example


#: Expression, rule, the characters it points at, what is suggested.
BAD: tuple[tuple[str, str, str, str | None], ...] = (
    ("DROP FUNCTIONS travellers", "statement", "DROP", None),
    ("bags > 1; DROP FUNCTIONS travellers", "semicolon", ";", None),
    ("origin IN (SELECT code FROM lists)", "statement", "SELECT", None),
    ("EXISTS (SELECT 1)", "statement", "EXISTS", None),
    ("1 = 1 UNION SELECT 2", "statement", "UNION", None),
    ("bags > 1 -- all", "comment", "--", None),
    ("bags > 1 /* all */", "comment", "/*", None),
    ("CASE WHEN is_crew THEN 1 END", "not_offered", "CASE", None),
    ("CAST(bags AS INT) > 1", "not_offered", "CAST", None),
    ("bags::int > 1", "character", ":", None),
    ("bags > ?", "character", "?", None),
    ("lead_time < 48", "unknown_column", "lead_time", "lead_time_h"),
    ("bags_gk > 3", "unknown_column", "bags_gk", "bags_kg"),
    ("religion = 'x'", "protected", "religion", None),
    ("appartenance_syndicale", "protected", "appartenance_syndicale", None),
    ("special_meal = 'x'", "protected", "special_meal", None),
    ("langue = 'x'", "protected", "langue", None),
    ("santé = 'x'", "protected", "santé", None),
    ("LENGHT(origin) > 3", "unknown_function", "LENGHT", "LENGTH"),
    ("pg_sleep(10) > 1", "unknown_function", "pg_sleep", None),
    ("bags(1) > 1", "not_function", "bags", None),
    ("LENGTH = 1", "function_without", "LENGTH", None),
    ("origin IN LIST 'conflict_2025'", "unknown_list", "'conflict_2025'", "conflict_2026"),
    ("origin IN LIST conflict_2026", "list_name", "LIST", None),
    ("lead_time_h < :hour", "unknown_parameter", ":hour", ":hours"),
    ("bags = 'two'", "types", "'two'", None),
    ("origin > 3", "types", "3", None),
    ("origin IN LIST 'small_numbers'", "types", "LIST 'small_numbers'", None),
    ("departure < 'tomorrow'", "day_value", "'tomorrow'", None),
    ("departure < '2026-02-30'", "day_value", "'2026-02-30'", None),
    ("departure - issued > 3", "days_subtracted", "departure", None),
    ("origin + 1 = 2", "operand_type", "origin", None),
    ("bags LIKE '1%'", "operand_type", "bags", None),
    ("origin LIKE destination", "pattern_constant", "destination", None),
    ("is_crew < one_way", "yes_no_order", "one_way", None),
    ("origin", "not_condition", "origin", None),
    ("one_way AND bags + 1", "not_condition", "bags + 1", None),
    ("LENGTH(bags) > 1", "argument_type", "bags", None),
    ("LEFT(origin, bags) = 'A'", "argument_type", "bags", None),
    ("LENGTH() > 1", "arguments", "LENGTH", None),
    ("COALESCE(bags, 'none') = 1", "argument_mix", "'none'", None),
    ("origin MATCHES '(?=A)B'", "regex_look", "(?=A)B'", None),
    ("origin MATCHES '(A)\\1'", "regex_back", "\\1'", None),
    ("origin MATCHES '(a{1000}){1000}'", "regex_large", "'(a{1000}){1000}'", None),
    ("origin MATCHES '\\pL{999}'", "regex_large", "'\\pL{999}'", None),
    ("origin MATCHES '[A-'", "regex_class", "[A-'", None),
    ("origin MATCHES '(A'", "regex_group", "(A'", None),
    ("origin MATCHES '*A'", "regex_repeat", "*A'", None),
    ("origin MATCHES '\\y'", "regex_escape", "\\y'", None),
    ("origin MATCHES '" + "a" * 300 + "'", "regex_long", "'" + "a" * 300 + "'", None),
    ("origin = NULL", "null", "NULL", None),
    ("is_crew IS TRUE", "is_what", "TRUE", None),
    ("origin IN ()", "in_empty", "(", None),
    ("origin IN 'AA'", "in_what", "'AA'", None),
    ("origin IN ('AA', destination)", "in_constant", "destination", None),
    ("bags BETWEEN 1", "between_what", "1", None),
    ("bags NOT 3", "not_what", "3", None),
    ("is_crew one_way", "operator_missing", "one_way", None),
    ("is_crew AND OR one_way", "operand_missing", "OR", None),
    ("bags == 2", "operand_missing", "=", None),
    ("is_crew AND", "ends_early", "AND", None),
    ("(is_crew", "unclosed", "(", None),
    ("is_crew)", "unopened", ")", None),
    ("is_crew, one_way", "comma", ",", None),
    ("origin = 'AA", "unclosed_text", "'AA", None),
    ('origin = "AA"', "double_quote", '"', None),
    ("bags ≥ 2", "character", "≥", ">="),
    ("bags > 99999999999999999999", "number_size", "99999999999999999999", None),
    ("bags > 1e999", "number_size", "1e999", None),
    ("bags\N{RIGHT-TO-LEFT OVERRIDE} > 1", "control", "\N{RIGHT-TO-LEFT OVERRIDE}", None),
    ("bags > \x001", "control", "\x00", None),
    ("origin = '\ud800'", "control", "\ud800", None),
    ("(" * 60 + "is_crew" + ")" * 60, "too_deep", "(", None),
    ("NOT " * 900 + "is_crew", "too_deep", "NOT", None),
    ("- " * 900 + "bags > 1", "too_deep", "-", None),
    ("  ", "empty", "  ", None),
    ("", "empty", "", None),
)


def test_bad_input_is_refused_at_its_character() -> None:
    """What is no condition is refused by a message in both languages that points at the character."""

    def check(bad: tuple[str, str, str, str | None]) -> None:
        text, rule, points_at, suggestion = bad
        with pytest.raises(ExpressionError) as refused:
            tree(text)
        error = refused.value
        assert error.id == rule
        assert text[error.start : error.end] == points_at
        if suggestion is not None:
            assert error.suggestion == suggestion
        for language in (ENGLISH, FRENCH):
            assert "%(" not in render(error_text(error), language)
        assert points_at not in str(error) or len(points_at) < 3

    each(BAD, check, lambda bad: f"{bad[0]!r:.80}")


def test_what_is_too_long_is_refused_unread() -> None:
    """An expression of 100 kB, a chain of a thousand sums, six hundred parts: each a clear message."""
    with pytest.raises(ExpressionError) as refused:
        tree("bags > 1 AND " * 8000 + "is_crew")
    assert refused.value.id == "too_long"
    assert "104007" in render(error_text(refused.value), FRENCH)
    for text, rule in (
        ("+".join(["bags"] * 200) + " > 1", "too_deep"),
        ("+".join(["(1)"] * 800) + " > 1", "too_deep"),
        (f"bags IN ({','.join(['1'] * 1900)})", "too_many"),
        (" OR ".join(["origin ~ 'a'"] * 30), "regex_many"),
    ):
        with pytest.raises(ExpressionError) as refused:
            tree(text)
        assert refused.value.id == rule


def test_long_chains_of_and_are_fine() -> None:
    """Two hundred conditions in a row are one flat AND, not a tower."""
    assert len(tree(" AND ".join(["bags > 1"] * 200)).parts) == 200  # type: ignore[attr-defined]


def test_a_parameter_is_bounded_as_a_written_number_is() -> None:
    """No parameter brings in a number that could not be written: NaN, infinity, 2 to the 80."""
    for value in (float("nan"), float("inf"), 2**80):
        with pytest.raises(ExpressionError):
            parse("bags > :n", VOCABULARY, {}, {"n": value})


def test_nodes_know_their_place() -> None:
    """A message about a part underlines that part, whatever stands around it."""
    text = "  one_way\n AND  NOT ( bags>=2 )"
    parts = tree(text).parts  # type: ignore[attr-defined]
    assert [text[part.start : part.end] for part in parts] == ["one_way", "NOT ( bags>=2"]
    assert set(PARAMETERS) == {"hours", "from", "agent"}
