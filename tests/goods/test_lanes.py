"""The lanes of clearance: criteria, draws, expected rates, and criteria of ASYCUDA."""

from __future__ import annotations

import datetime as dt
import uuid
from typing import Any

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from vedette.core.texts import render
from vedette.goods.criteria import LANES, Criterion, criteria_of
from vedette.goods.lanes import Lanes
from vedette.profiles.vocabulary import Column, Vocabulary
from vedette.screening.draw import is_drawn

DAY = dt.date(2026, 5, 4)
KEY = b"k" * 32


def _column(name: str, type: Any) -> Column:
    return Column(
        name=name, type=type, label=name, says=f"{name} is %(value)s", ground="goods", source="test"
    )


VOCABULARY = Vocabulary(
    kind="goods", version="1",
    columns=(
        _column("hs_code", "text"), _column("hs_heading", "text"), _column("hs_chapter", "text"),
        _column("origin", "text"), _column("value", "number"),
    ),
)  # fmt: skip
APPLES = Criterion(name="apples", lane="red", expression="hs_code = '080810' AND origin = 'US'")


def frame(*rows: tuple[str | None, str | None, float | None]) -> pl.DataFrame:
    return pl.DataFrame(
        [(code, code and code[:4], code and code[:2], origin, value) for code, origin, value in rows],
        schema={"hs_code": pl.String, "hs_heading": pl.String, "hs_chapter": pl.String,
                "origin": pl.String, "value": pl.Float64},
        orient="row",
    )  # fmt: skip


def ids(number: int) -> list[uuid.UUID]:
    return [uuid.uuid5(uuid.NAMESPACE_OID, str(n)) for n in range(number)]


def lanes(*criteria: Criterion, minimum: float = 0.0, **more: Any) -> Lanes:
    return Lanes(VOCABULARY, criteria, DAY, minimum=minimum, **more)


def test_an_item_goes_to_the_strictest_lane_of_its_criteria() -> None:
    made = lanes(
        Criterion(name="audit", lane="blue", expression="value > 10"),
        Criterion(name="papers", lane="yellow", expression="hs_chapter = '08'"),
        APPLES,
    )
    rows = frame(
        ("080810", "US", 20.0), ("080810", "FR", 20.0), ("310230", "US", 20.0), ("310230", "US", 5.0),
        (None, None, None),
    )  # fmt: skip
    found = made.assign(rows, ids(5), KEY)
    assert [one.lane for one in found] == ["red", "yellow", "blue", "green", "green"]
    assert [met.name for met in found[0].criteria] == ["audit", "papers", "apples"]
    evidence = found[0].criteria[2].evidence
    assert {one["column"] for one in evidence} == {"hs_code", "origin"}
    assert not any(one.random for one in found)


def test_a_criterion_applies_on_its_days_only() -> None:
    for first, last, applies in (
        (DAY, DAY, True), (DAY + dt.timedelta(1), None, False), (None, DAY - dt.timedelta(1), False),
    ):  # fmt: skip
        fields = {
            "name": "a",
            "lane": "red",
            "expression": "value > 0",
            "first": first,
            "last": last,
        }
        made = lanes(Criterion(**fields))  # type: ignore[arg-type]
        (one,) = made.assign(frame(("080810", "US", 1.0)), ids(1), KEY)
        assert (one.lane == "red") is applies


def test_local_lists_may_be_named() -> None:
    one = Criterion(name="a", lane="red", expression="origin IN LIST 'watched'")
    made = lanes(one, lists={"watched": ("KP", "SY")})
    found = made.assign(frame(("080810", "SY", 1.0), ("080810", "FR", 1.0)), ids(2), KEY)
    assert [one.lane for one in found] == ["red", "green"]


def test_a_share_of_the_items_of_a_criterion_is_selected() -> None:
    one = Criterion(name="half", lane="yellow", expression="value > 0", rate=0.5)
    number = 4_000
    found = lanes(one).assign(frame(*[("080810", "US", 1.0)] * number), ids(number), KEY)
    selected = sum(item.lane == "yellow" for item in found)
    assert 0.46 * number < selected < 0.54 * number
    assert all(item.criteria[0].selected is (item.lane == "yellow") for item in found)


def test_the_minimum_rate_draws_whatever_the_criteria_say() -> None:
    number = 6_000
    rows = frame(*[("080810", "US" if n % 2 else "FR", 1.0) for n in range(number)])
    found = lanes(APPLES, minimum=0.05).assign(rows, ids(number), KEY)
    drawn = [n for n, one in enumerate(found) if one.random]
    assert 0.035 * number < len(drawn) < 0.065 * number
    assert all(found[n].lane == "red" for n in drawn)
    assert {n % 2 for n in drawn} == {0, 1}  # also items that the criterion selects
    assert [one.random for one in found] == [is_drawn(KEY, "minimum", i, 0.05) for i in ids(number)]
    assert [one.lane for one in found if not one.random and not one.criteria] == ["green"] * sum(
        not one.random and not one.criteria for one in found
    )


def test_an_item_that_comes_again_has_the_same_lane() -> None:
    one = Criterion(name="half", lane="yellow", expression="value > 0", rate=0.5)
    made = lanes(one, minimum=0.1)
    rows, firsts = frame(*[("080810", "US", 1.0)] * 50), ids(50)
    assert made.assign(rows, firsts, KEY) == made.assign(rows, firsts, KEY)
    reverse = made.assign(rows.reverse(), firsts[::-1], KEY)
    assert reverse[::-1] == made.assign(rows, firsts, KEY)


@pytest.mark.parametrize(
    ("criterion", "reason"),
    [
        (Criterion(name="a", lane="red", expression="nosuch > 1"), "nosuch"),
        (Criterion(name="a", lane="red", expression="value >"), ""),
        (Criterion(name="a", lane="red", expression="value > 1", rate=1.5), "100"),
        (Criterion(name="apples", lane="red", expression="value > 1"), "same name"),
    ],
)
def test_a_criterion_that_is_not_valid_is_refused_and_the_others_apply(
    criterion: Criterion, reason: str
) -> None:
    made = lanes(APPLES, criterion)
    (refused,) = made.refused
    assert refused.name == criterion.name
    assert reason in render(refused.message)
    (one,) = made.assign(frame(("080810", "US", 1.0)), ids(1), KEY)
    assert one.lane == "red"


def test_a_minimum_rate_that_is_no_share_is_refused() -> None:
    for minimum in (-0.1, 1.1, float("nan")):
        with pytest.raises(ValueError, match="minimum"):
            lanes(minimum=minimum)


def test_expected_rates_are_exact() -> None:
    made = lanes(
        APPLES, Criterion(name="fruit", lane="yellow", expression="hs_chapter = '08'", rate=0.5),
        minimum=0.1,
    )  # fmt: skip
    rows = frame(
        ("080810", "US", 1.0), ("080810", "FR", 1.0), ("310230", "FR", 1.0), (None, None, None)
    )
    found = made.expected(rows)
    assert found.lanes["red"] == pytest.approx((1 + 3 * 0.1) / 4)
    assert found.lanes["yellow"] == pytest.approx(0.9 * 0.5 / 4)
    assert sum(found.lanes.values()) == pytest.approx(1)
    apples, fruit = found.criteria
    assert (apples.items, apples.share) == (1, 0.25)
    assert apples.low < 0.25 < apples.high
    assert apples.alone == pytest.approx(0.9 / 4)
    # Only for the second row: the first is red anyway.
    assert fruit.alone == pytest.approx(0.9 * 0.5 / 4)
    assert made.expected(frame()).lanes == dict.fromkeys(LANES, 0.0)


def test_expected_rates_agree_with_the_draws() -> None:
    made = lanes(
        Criterion(name="a", lane="red", expression="value > 50", rate=0.3),
        Criterion(name="b", lane="yellow", expression="origin = 'US'", rate=0.6),
        Criterion(name="c", lane="blue", expression="value < 80"), minimum=0.02,
    )  # fmt: skip
    number = 20_000
    rows = frame(*[("080810", "US" if n % 3 else "FR", float(n % 100)) for n in range(number)])
    expected = made.expected(rows).lanes
    found = made.assign(rows, ids(number), KEY)
    for lane in LANES:
        share = sum(one.lane == lane for one in found) / number
        assert share == pytest.approx(expected[lane], abs=0.012)


# --- criteria of ASYCUDA ----------------------------------------------------------------------------

EXAMPLE = """Criteria "APPLES";
If ComCod = "080810" and CtyOrigCod = "US" Then
RedLane IS 100;
Endif;"""


def test_the_public_example_is_read_and_evaluated() -> None:
    imported = criteria_of(EXAMPLE)
    assert imported.refused == ()
    (one,) = imported.criteria
    assert (one.name, one.lane, one.rate) == ("APPLES", "red", 1.0)
    made = lanes(one)
    rows = frame(("080810", "US", 1.0), ("080810", "FR", 1.0), ("080820", "US", 1.0))
    assert [item.lane for item in made.assign(rows, ids(3), KEY)] == ["red", "green", "green"]


def test_nested_conditions_and_else_are_read() -> None:
    imported = criteria_of(
        """criteria Nested;
        IF (ComCod EQ "08" or ComCod = "3102") and not CtyOrigCod = "FR" THEN
          If Val >= 50 Then RedLane := 40 Else YellowLane IS 100; Endif
        Endif""",
        {"Val": "value"},
    )
    assert imported.refused == ()
    assert [(one.name, one.lane, one.rate) for one in imported.criteria] == [
        ("Nested (1)", "red", 0.4), ("Nested (2)", "yellow", 1.0),
    ]  # fmt: skip
    made = lanes(
        *(Criterion(name=o.name, lane=o.lane, expression=o.expression) for o in imported.criteria)
    )
    assert made.refused == []
    rows = frame(
        ("080810", "US", 60.0), ("080810", "US", 40.0), ("310230", "US", 60.0), ("310230", "FR", 60.0),
        ("280800", "US", 60.0), ("080810", "US", None),
    )  # fmt: skip
    assert [item.lane for item in made.assign(rows, ids(6), KEY)] == [
        "red", "yellow", "red", "green", "green", "green",
    ]  # fmt: skip


def test_what_is_not_supported_is_refused_with_its_line_and_the_rest_is_read() -> None:
    imported = criteria_of(
        f"""{EXAMPLE}
Criteria "Val_Control";
Num01 IS GetValue;
Criteria "OTHER";
If DecCod = "1" Then RedLane IS 10; Endif;
Criteria "RATE"; If ComCod = "0808" Then GreenLane IS 400; Endif;
Criteria "END"; If ComCod = "0808" Then"""
    )
    assert [one.name for one in imported.criteria] == ["APPLES"]
    said = {one.name: render(one.message) for one in imported.refused}
    assert said["Val_Control"].startswith("Line 6")
    assert "DecCod" in said["OTHER"]
    assert "Line 9" in said["RATE"]
    assert "The criterion is not complete" in said["END"]


@pytest.mark.parametrize(
    "text", ["", "If", 'If ComCod = "0808" Then RedLane IS 1; Endif', "Criteria", "Criteria \"A\"; §",
             'Criteria "A";', 'Criteria "A"; RedLane IS 100;', 'Criteria "A"; If ComCod = "12345" Then',
             'Criteria "A"; If ' + "(" * 5000, 'Criteria "A"; If ' + "not " * 5000,
             'Criteria "A";' + ' If ComCod = "08" Then' * 5000, "x" * (2 << 20)],
)  # fmt: skip
def test_a_text_that_is_no_criterion_is_refused(text: str) -> None:
    imported = criteria_of(text)
    assert imported.criteria == ()
    assert imported.refused
    assert all("%(" not in render(one.message) for one in imported.refused)


def test_a_quote_in_a_text_ends_no_expression() -> None:
    imported = criteria_of(
        'Criteria "Q"; If CtyOrigCod = "U\' OR value > 0 --" Then RedLane IS 100; Endif;'
    )
    made = lanes(*imported.criteria)
    assert made.refused == []
    (one,) = made.assign(frame(("080810", "US", 1.0)), ids(1), KEY)
    assert one.lane == "green"


_WORDS = st.sampled_from(
    ["Criteria", '"A"', "If", "Then", "Else", "Endif", ";", "ComCod", "CtyOrigCod", "=", "<>", '"08"', "and",
     "or", "not", "(", ")", "RedLane", "BlueLane", "IS", "100", "7"]
)  # fmt: skip


@settings(max_examples=200, deadline=None)
@given(st.lists(_WORDS, max_size=40).map(" ".join) | st.text(max_size=60))
def test_any_text_is_read_or_refused(text: str) -> None:
    imported = criteria_of(text)
    assert imported.criteria or imported.refused
    made = lanes(*imported.criteria)
    made.assign(frame(("080810", "US", 1.0)), ids(1), KEY)


def test_a_condition_that_no_profile_can_have_is_refused_at_once() -> None:
    """Each lane of a block repeats the whole condition, so that a long one would take gigabytes."""
    words = " or ".join(f'ComCod = "08{n:04}"' for n in range(400))
    lines = "RedLane IS 1\n" * 20_000
    imported = criteria_of(f'{EXAMPLE}\nCriteria "LONG"; If {words} Then {lines} Endif;')
    assert [one.name for one in imported.criteria] == ["APPLES"]
    [refused] = imported.refused
    assert "too many conditions" in render(refused.message)
