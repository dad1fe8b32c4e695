"""Made-up expressions: text, tree, form and firing say the same, and no text raises anything else."""

from __future__ import annotations

import datetime as dt
import json

import polars as pl
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from tests.profiles.small import FRENCH, LIST_TYPES, LISTS, VOCABULARY, frame, tree

from vedette.core.texts import ENGLISH, render
from vedette.profiles import building, words
from vedette.profiles.check import ExpressionError, error_text
from vedette.profiles.frames import compiled, fitted
from vedette.profiles.lint import finding_text, like, lint
from vedette.profiles.run import Profile, ProfileSet
from vedette.profiles.tree import bare, lines_of, quoted, text_of, text_of_value

# Chance that repeats: a failure here is a failure tomorrow.
FEW = settings(max_examples=150, deadline=None, derandomize=True,
    suppress_health_check=[HealthCheck.too_slow])  # fmt: skip
_NUMBERS = st.sampled_from(["bags", "lead_time_h", "detour", "same_route_12m", "age"])
_TEXTS = st.sampled_from(["origin", "destination", "agency"])
_DAYS = st.sampled_from(["departure", "issued"])
_YES = st.sampled_from(["is_crew", "one_way", "payer_is_other", "with_child"])
_COMPARE = st.sampled_from(["=", "<>", "<", "<=", ">", ">="])
_TEXT = st.text(st.sampled_from("AB' %_é€\\^.*?[-"), max_size=6).map(quoted)
_DAY = st.dates(dt.date(1900, 1, 1), dt.date(2100, 1, 1)).map(lambda d: f"'{d.isoformat()}'")
_WRITTEN = st.one_of(
    st.integers(-20, 2**53).map(str),
    st.floats(-1e9, 1e9, allow_nan=False).map(text_of_value),
)

_PART = st.sampled_from(["STARTS_WITH", "ENDS_WITH", "CONTAINS"])


def _number(inner: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    return st.one_of(
        st.builds("({} {} {})".format, inner, st.sampled_from(["+", "-", "*", "/", "%"]), inner),
        st.builds("COALESCE({}, {})".format, inner, inner),
        st.builds("LEAST({}, {})".format, inner, inner),
        st.builds("-({})".format, inner),
        st.builds("ROUND({}, 2)".format, inner),
        st.builds("DAYS_BETWEEN({}, {})".format, _DAYS | _DAY, _DAYS | _DAY),
        st.builds("{}({})".format, st.sampled_from(["YEAR", "WEEKDAY"]), _DAYS | _DAY),
        st.builds("LENGTH({})".format, _TEXTS | _TEXT),
    )


_FORMULA = st.recursive(_NUMBERS | _WRITTEN, _number, max_leaves=5)
_CONDITION = st.one_of(
    _YES,
    st.builds("COALESCE({}, {})".format, _YES, st.sampled_from(["TRUE", "FALSE"])),
    st.builds("{} {} {}".format, _FORMULA, _COMPARE, _FORMULA),
    st.builds("{} BETWEEN {} AND {}".format, _NUMBERS, _WRITTEN, _WRITTEN),
    st.builds("{} {} {}".format, _TEXTS, _COMPARE, _TEXT | _TEXTS),
    st.builds("{} {}IN ({}, {})".format, _TEXTS, st.sampled_from(["", "NOT "]), _TEXT, _TEXT),
    st.builds("{} {}LIKE {}".format, _TEXTS, st.sampled_from(["", "NOT ", "I"]), _TEXT),
    st.builds("{}({}, {})".format, _PART, _TEXTS | _TEXT, _TEXTS | _TEXT),
    st.builds("{} || {} = {}".format, _TEXTS | _TEXT, _TEXTS | _TEXT, _TEXTS | _TEXT),
    st.builds("COALESCE({}, {}) = {}".format, _TEXTS | _TEXT, _TEXTS | _TEXT, _TEXTS | _TEXT),
    st.builds("UPPER(SUBSTR({}, 2, 3)) <> LEFT({}, 2)".format, _TEXTS | _TEXT, _TEXTS | _TEXT),
    st.builds(
        "ADD_DAYS({}, bags) {} {}".format, _DAYS | _DAY.map("DATE {}".format), _COMPARE, _DAYS
    ),
    st.builds("{} IN ({}, {})".format, _FORMULA, _WRITTEN, _WRITTEN),
    st.builds("{} IN LIST 'conflict_2026'".format, _TEXTS),
    st.builds("{} {} {}".format, _DAYS, _COMPARE, _DAY | _DAYS),
    st.builds("{} IS {}MISSING".format, _TEXTS | _NUMBERS, st.sampled_from(["", "NOT "])),
)
EXPRESSIONS = st.recursive(
    _CONDITION,
    lambda inner: st.one_of(
        st.builds("({} AND {})".format, inner, inner),
        st.builds("({} OR {})".format, inner, inner),
        st.builds("NOT ({})".format, inner),
    ),
    max_leaves=8,
)


@given(EXPRESSIONS)
@FEW
def test_text_and_tree_are_one(text: str) -> None:
    """Text, tree, canonical text and tree again: the same tree, the same text; lines change nothing."""
    parsed = tree(text)
    written = text_of(parsed)
    again = tree(written)
    assert bare(again) == bare(parsed)
    assert text_of(again) == written
    assert bare(tree(lines_of(parsed))) == bare(parsed)


@given(EXPRESSIONS)
@FEW
def test_the_form_says_the_same_or_nothing(text: str) -> None:
    """What a form can show comes back from its JSON as the same tree."""
    parsed = tree(text)
    form = building.to_form(parsed)
    if form is not None:
        again = building.read(json.loads(json.dumps(building.as_json(form))))
        assert again == form
        assert bare(building.to_tree(again, VOCABULARY, LIST_TYPES)) == bare(parsed)


@given(st.lists(EXPRESSIONS, min_size=1, max_size=6))
@FEW
def test_a_set_fires_where_each_expression_is_true(texts: list[str]) -> None:
    """Conditions shared and joined as sets of rows fire as Polars says of each tree alone; and a set
    knows what is unknown."""
    trees = [tree(text) for text in texts]
    profiles = ProfileSet(
        [Profile(id=str(i), tree=one, lists=LISTS) for i, one in enumerate(trees)]
    )
    some = frame()
    fit, _ = fitted(some, VOCABULARY.columns)
    fired = profiles.fire(some)
    assert not fired.failed
    pairs = set(zip(fired.profiles.tolist(), fired.rows.tolist(), strict=True))
    for place, one in enumerate(trees):
        alone = fit.select(pl.col("bags").is_null().alias("rows"), compiled(one, LISTS).alias("v"))[
            "v"
        ]
        assert {row for row, value in enumerate(alone) if value} == {
            r for p, r in pairs if p == place
        }
        assert profiles.judge(some, str(place)).to_list() == alone.to_list()


@given(EXPRESSIONS)
@FEW
def test_every_tree_can_be_read_and_linted(text: str) -> None:
    """No tree is without words in either language, and lint has words for all it finds."""
    parsed = tree(text)
    for language in (ENGLISH, FRENCH):
        said = words.lines(words.reading(parsed), language)
        assert len(said) >= 2
        assert "%(" not in "".join(said)
        for finding in lint(parsed, VOCABULARY, justified=False, dpo_heard=False):
            assert "%(" not in render(finding_text(finding), language).replace(text, "")


_PIECES = (
    "is_crew", "bags", "origin", "AND", "OR", "NOT", "IN", "LIST", "'a'", "(", ")", ",", "+", "-", "*",
    "/", "=", "<>", "<", "IS", "MISSING", "NULL", "BETWEEN", "LIKE", "~", "1", "2.5", ":hours", "LENGTH",
    "COALESCE", "TRUE", "DATE", "||", "%", "SELECT", ";", "--", '"', ":", ".", "?", "@", "[", "]", "{",
)  # fmt: skip


@given(st.text(max_size=60) | st.lists(st.sampled_from(_PIECES), max_size=14).map(" ".join))
@settings(FEW, max_examples=600)
@example("is_crew" + "\u2028" + "AND one_way")
@example("origin = '\U0001f600'")
@example("ﬁ = 1")
def test_no_text_raises_anything_else(text: str) -> None:
    """Whatever is typed, there is a tree or a message that points inside the text."""
    try:
        parsed = tree(text)
    except ExpressionError as error:
        refused = error
    else:
        assert bare(tree(text_of(parsed))) == bare(parsed)
        return
    assert 0 <= refused.start <= refused.end <= len(text)
    assert render(error_text(refused))
    assert render(error_text(refused), FRENCH)


@given(
    st.text(st.sampled_from("ab%_.(\n é#-"), max_size=8),
    st.text(st.sampled_from("abAB.(\n é#-"), max_size=8),
    st.booleans(),
)
@FEW
def test_like_in_polars_and_in_lint_are_one(pattern: str, text: str, ignore_case: bool) -> None:
    """A pattern fits the same texts where it runs and where contradictions are looked for."""
    word = "ILIKE" if ignore_case else "LIKE"
    parsed = tree(f"origin {word} {quoted(pattern)}")
    found = pl.DataFrame({"origin": [text]}).select(compiled(parsed).alias("v"))["v"][0]
    assert found is like(text, pattern, ignore_case)
