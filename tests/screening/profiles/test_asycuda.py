"""Selectivity criteria as ASYCUDA's users write them, over a small goods vocabulary."""

from __future__ import annotations

import time

from hypothesis import given, settings
from hypothesis import strategies as st

from vedette.screening.profiles.asycuda import FIELDS, read
from vedette.screening.profiles.criteria import Criterion, Field
from vedette.screening.profiles.parse import parse
from vedette.screening.vocabulary import Column, Type, Vocabulary


def _column(name: str, type_: Type) -> Column:
    return Column(
        name=name, type=type_, en=name, fr=name, says_en=f"{name} {{}}", says_fr=f"{name} {{}}",
        ground=name, source="test",
    )  # fmt: skip


GOODS = Vocabulary(
    kind="goods",
    version="test",
    columns=(
        _column("hs", "text"), _column("origin", "text"), _column("destination", "text"),
        _column("consignee", "text"), _column("declarant", "text"), _column("gross_mass_kg", "number"),
        _column("packages", "whole"), _column("value", "number"),
    ),
)  # fmt: skip


def _one(text: str) -> Criterion:
    found = read(text, GOODS)
    assert len(found.criteria) == 1, found
    return found.criteria[0]


def test_the_textbook_criterion() -> None:
    """One line, semicolons, double quotes; a commodity code stands for all codes that begin with it."""
    made = _one(
        'Criteria "APPLES"; If ComCod = "080810" and CtyOrigCod = "US" Then RedLane IS 100; Endif;'
    )
    assert made.name == "APPLES"
    assert made.expression == "STARTS_WITH(hs, '080810') AND origin = 'US'"
    assert (made.lane, made.rate, made.complete, made.problems) == ("red", 100, True, ())


def test_lines_comments_ranges_and_two_lanes() -> None:
    """A criterion over several lines, with comments of all kinds, gives one entry for each lane."""
    text = """// national list, week 4
    CRITERIA phosphorus
      if ComCod = "2804" .. "2812"        -- headings
         and CtyOrigCod in ("AA", "BB")   # countries
         and not DecCod = "D-7" /* an
         approved trader */
      then RedLane IS 50 %; yellow = 20
    ENDIF"""
    found = read(text, GOODS)
    assert [(one.name, one.lane, one.rate, one.line) for one in found.criteria] == [
        ("phosphorus", "red", 50, 2),
        ("phosphorus", "yellow", 20, 2),
    ]
    assert found.criteria[0].expression == (
        "LEFT(hs, 4) BETWEEN '2804' AND '2812' AND origin IN ('AA', 'BB') AND NOT (declarant = 'D-7')"
    )
    assert found.problems == ()


def test_or_numbers_wildcards_and_codes_of_different_lengths() -> None:
    """Parentheses and OR keep what binds to what; a list may mix codes, ranges and wildcards."""
    made = _one(
        'Criteria HEAVY If (GrossMass > 5000 or NbPkg >= 100) and ComCod in ("28", "2901".."2905", "30*")'
        ' and CtyDest <> "ZZ" and ConsigneeCod = "9*" and InvVal between 10 and 20.5 Then BlueLane IS 5'
    )
    assert made.expression == (
        "(gross_mass_kg > 5000 OR packages >= 100) AND (STARTS_WITH(hs, '28') OR LEFT(hs, 4) BETWEEN"
        " '2901' AND '2905' OR STARTS_WITH(hs, '30')) AND NOT destination = 'ZZ'"
        " AND STARTS_WITH(consignee, '9') AND value BETWEEN 10 AND 20.5"
    )
    parse(made.expression, GOODS)


def test_what_cannot_be_mapped_is_named_and_the_rest_kept() -> None:
    """An unknown field, a local list that is elsewhere, a value of the wrong type: each by its line; the
    criterion is marked as not complete."""
    made = _one(
        'Criteria MIXED\nIf ComCod = "2834"\nand ValDetail = "x"\nand ConsigneeCod in Watched\n'
        'and GrossMass > "heavy"\nThen RedLane IS 10'
    )
    assert made.expression == "STARTS_WITH(hs, '2834')"
    assert not made.complete
    assert [problem.line for problem in made.problems] == [3, 4, 5]
    assert "ValDetail" in made.problems[0].fr
    assert "Watched" in made.problems[1].en


def test_one_unreadable_criterion_does_not_stop_the_others() -> None:
    """What breaks off, names no lane, or has an impossible rate is named; those around it are read."""
    found = read(
        'Criteria A If ComCod = Then RedLane IS 1 EndIf\nCriteria B\nCriteria C If ComCod = "1" Then'
        ' RedLane IS 500\nCriteria D If ComCod = "1" Then RedLane IS 5 EndIf\nCriteria E If ComCod',
        GOODS,
    )
    assert [one.name for one in found.criteria] == ["D"]
    assert [problem.line for problem in found.problems] == [1, 2, 3, 5]


def test_the_mapping_is_data() -> None:
    """A country's own field names are a matter of the mapping handed over."""
    text = 'Criteria X If MonPays = "FR" Then GreenLane IS 1'
    assert _one(text).expression == ""
    mapped = read(text, GOODS, FIELDS | {"monpays": Field("origin")})
    assert mapped.criteria[0].expression == "origin = 'FR'"


def test_quotes_in_a_value_stay_in_it() -> None:
    """An apostrophe in a value ends no text of ours."""
    made = _one('Criteria X If DecCod = "L\'A OR 1=1" Then RedLane IS 1')
    assert made.expression == "declarant = 'L''A OR 1=1'"
    parse(made.expression, GOODS)


def test_hostile_text_is_bounded() -> None:
    """Parentheses, comments and quotes without end; too much of anything is said and left."""
    began = time.perf_counter()
    for text in (
        "Criteria x If " + "(" * 200_000,
        "/*" * 200_000,
        '"' * 200_000,
        "Criteria " * 100_000,
        "Criteria a If ComCod = '1' then red is 1 " * 6_000,
        "x" * (1 << 21),
    ):
        assert read(text, GOODS).problems
    assert time.perf_counter() - began < 20


_PIECES = st.sampled_from(
    (
        "Criteria", "X", ";", "If", "ComCod", "CtyOrigCod", "GrossMass", "NbPkg", "Foo", "=", "<>", ">",
        '"28"', "'A*'", "5", "100", "in", "(", ")", ",", "..", "and", "or", "not", "between", "Then",
        "RedLane", "BlueLane", "is", "%", "EndIf", "//", "\n",
    )
)  # fmt: skip


@given(st.lists(_PIECES, max_size=40).map(" ".join) | st.text(max_size=60))
@settings(max_examples=300, deadline=None, derandomize=True)
def test_whatever_is_kept_is_an_expression(text: str) -> None:
    """No text raises, and each expression that comes out reads over the vocabulary."""
    for one in read("Criteria T If " + text, GOODS).criteria:
        if one.expression:
            parse(one.expression, GOODS)
