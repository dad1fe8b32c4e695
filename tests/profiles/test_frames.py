"""Rows to typed columns: what is missing is null, what is wrong is missing and counted, nothing raises."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from decimal import Decimal

import polars as pl
import pytest

from vedette.kinds import vocabulary
from vedette.profiles import frames
from vedette.profiles.frames import frame, schema
from vedette.profiles.vocabulary import Column, Type, Vocabulary

_TYPES: tuple[Type, ...] = ("text", "number", "whole", "yes_no", "day")
SMALL = Vocabulary(
    kind="test",
    version="1",
    columns=tuple(
        Column(
            name=kind, type=kind, label="E", says="e %(value)s", ground="flight",
            source="s",
        )
        for kind in _TYPES
    ),
)  # fmt: skip
DAY = dt.date(2026, 11, 24)


@pytest.fixture(autouse=True)
def _counted_anew() -> Iterator[None]:
    frames.left_out.clear()
    yield
    frames.left_out.clear()


def test_types_of_the_columns() -> None:
    """Text, real, whole, yes or no, day."""
    assert list(schema(SMALL).values()) == [pl.String, pl.Float64, pl.Int64, pl.Boolean, pl.Date]


def test_every_column_in_order_whatever_the_rows_have() -> None:
    """Missing is null; what is no column of the vocabulary is ignored."""
    found = frame(SMALL, [{"whole": 3, "text": "A", "other": 1}, {}, {"number": 1.5, "day": DAY}])
    assert found.schema == pl.Schema(schema(SMALL))
    assert found.rows() == [
        ("A", None, 3, None, None),
        (None, None, None, None, None),
        (None, 1.5, None, None, DAY),
    ]
    assert not frames.left_out


def test_no_rows_are_a_frame_all_the_same() -> None:
    """A frame of nobody has every column."""
    assert frame(SMALL, []).schema == pl.Schema(schema(SMALL))
    assert frame(vocabulary("traveller"), [{}]).width == len(vocabulary("traveller").columns)


@pytest.mark.parametrize(
    ("name", "wrong"),
    [
        ("text", 1), ("text", b"A"), ("text", "\ud800"), ("text", ["A"]),
        ("number", "1.5"), ("number", True), ("number", float("nan")), ("number", float("-inf")),
        ("number", Decimal("1.5")), ("number", 10**400),
        ("whole", 1.5), ("whole", "1"), ("whole", True), ("whole", 2**63), ("whole", -(10**30)),
        ("yes_no", 1), ("yes_no", "true"), ("yes_no", 0.0),
        ("day", "2026-11-24"), ("day", dt.datetime(2026, 11, 24)), ("day", 20_000),
    ],
)  # fmt: skip
def test_a_value_of_a_wrong_type_is_missing_and_counted(name: str, wrong: object) -> None:
    """A profile must not fire on a mistake: NaN > 2 would be true; and its neighbours stay."""
    right = {"text": "A", "number": 2.5, "whole": 7, "yes_no": False, "day": DAY}[name]
    found = frame(SMALL, [{name: right}, {name: wrong}, {}])
    assert found[name].to_list() == [right, None, None]
    assert dict(frames.left_out) == {name: 1}


def test_a_whole_number_is_a_number_too() -> None:
    """3 kg is 3.0 kg; no count of mistakes."""
    found = frame(SMALL, [{"number": 3}, {"number": 0.5}])
    assert found["number"].to_list() == [3.0, 0.5]
    assert not frames.left_out


def test_sums_beyond_all_floats_are_no_mistake() -> None:
    """Great numbers one by one are finite, though their sum is not."""
    assert frame(SMALL, [{"number": 1e308}] * 3)["number"].to_list() == [1e308] * 3
    assert not frames.left_out


def test_many_rows_keep_their_order() -> None:
    """More than one stretch."""
    count = 3 * 256 + 5
    found = frame(SMALL, [{"whole": n, "text": str(n) if n % 3 else None} for n in range(count)])
    assert found["whole"].to_list() == list(range(count))
    assert found["text"][4] == "4"
    assert found["text"].null_count() == len(range(0, count, 3))
