"""Which rows each of many conditions holds for, as integers with a bit for each row.

A condition is evaluated by Polars, once however many profiles share it; Python's integers then join
rows at some 10,000 a microsecond. Many conditions over one column of text are evaluated over its
distinct values, of which a frame of thousands of travellers has few.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import numpy.typing as npt
import polars as pl

from vedette.screening.profiles.arrow import true_rows
from vedette.screening.profiles.compiling import Lists, compiled
from vedette.screening.profiles.tree import Like, Matches, Node, columns, walk

#: Work × rows from which finding a column's distinct values is the lesser work; a regular expression
#: is three times the work of a comparison (measured).
_WORTH_DISTINCT = 400_000
_REGEX_WORK = 3


class Condition:
    """A single condition, or the negation of one, ready to run, known by its number in a set. `column`
    is its only column if that is text, `slow` whether it reads text at all."""

    def __init__(self, number: int, node: Node, lists: Lists) -> None:
        read = columns(node)
        self.number = number
        self.expression = compiled(node, lists).alias(str(number))
        self.slow = any(column.type == "text" for column in read)
        self.column = read[0].name if self.slow and len(read) == 1 else ""
        regexes = sum(isinstance(part, Like | Matches) for part in walk(node))
        self.work = max(_REGEX_WORK * regexes, 1)


def failure(error: BaseException) -> str:
    """What went wrong, without any value: Polars' errors may quote data."""
    return type(error).__name__


def rows_of(frame: pl.DataFrame, conditions: Sequence[Condition]) -> dict[int, int | str]:
    """For each condition, by its number, the rows where it is true; the kind of error where it could
    not be evaluated (one by one then, so that the others do not suffer)."""
    by_column: dict[str, list[Condition]] = {}
    for condition in conditions:
        by_column.setdefault(condition.column, []).append(condition)
    together = by_column.pop("", [])
    found: dict[int, int | str] = {}
    for column, some in by_column.items():
        if sum(one.work for one in some) * frame.height >= _WORTH_DISTINCT:
            found |= _guarded(frame, some, column)
        else:
            together += some
    return found | _guarded(frame, together, "")


def _guarded(
    frame: pl.DataFrame, conditions: Sequence[Condition], column: str
) -> dict[int, int | str]:
    try:
        true = _by_distinct(frame, conditions, column) if column else _true(frame, conditions)
        return dict(zip((condition.number for condition in conditions), true, strict=True))
    except (Exception, pl.exceptions.PanicException) as error:
        if len(conditions) == 1:
            return {conditions[0].number: failure(error)}
        found: dict[int, int | str] = {}
        for condition in conditions:
            found |= _guarded(frame, [condition], "")
        return found


def _true(frame: pl.DataFrame, conditions: Sequence[Condition]) -> list[int]:
    if not conditions:
        return []
    # The row numbers give conditions without a column the height of the frame.
    height = pl.int_range(pl.len()).alias("rows")
    made = frame.select(*(condition.expression for condition in conditions), height)
    return true_rows(made, len(conditions))


def _by_distinct(frame: pl.DataFrame, conditions: Sequence[Condition], column: str) -> list[int]:
    values = frame[column].drop_nulls().unique()
    if 2 * len(values) > frame.height:
        return _true(frame, conditions)
    codes = frame[column].cast(pl.Enum(values)).to_physical().cast(pl.UInt32)
    # What is missing is a value more, at the end.
    places = codes.fill_null(len(values)).to_numpy()
    asked = values.extend_constant(None, 1).to_frame()
    table = _unpacked(_true(asked, conditions), len(values) + 1)
    packed = np.packbits(np.take(table, places, axis=1), axis=1, bitorder="little")
    width, data = packed.shape[1], packed.tobytes()
    return [
        int.from_bytes(data[start : start + width], "little")
        for start in range(0, len(data), width)
    ]


def _unpacked(true: Sequence[int], height: int) -> npt.NDArray[np.uint8]:
    """Rows as bits, as a table with a byte for each."""
    width = (height + 7) // 8
    data = b"".join(rows.to_bytes(width, "little") for rows in true)
    table = np.frombuffer(data, np.uint8).reshape(len(true), width)
    return np.unpackbits(table, axis=1, count=height, bitorder="little")


def pairs(
    true: Mapping[int, int], height: int
) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]:
    """Key → rows as bits, as two arrays of (row, key): by key, then row."""
    if not true:
        return np.zeros(0, np.int64), np.zeros(0, np.int64)
    width = (height + 7) // 8
    data = b"".join(rows.to_bytes(width, "little") for rows in true.values())
    keys = np.fromiter(true, np.int64, len(true))
    table = np.frombuffer(data, np.uint8).reshape(len(true), width)
    # Few bytes have a bit: only those are taken apart.
    key, byte = np.nonzero(table)
    bits = np.unpackbits(table[key, byte][:, np.newaxis], axis=1, bitorder="little")
    which, bit = np.nonzero(bits)
    return byte[which] * 8 + bit, keys[key[which]]
