"""Converts rows of values to a Polars frame: the columns of a vocabulary, typed, in its order, and those of
every evaluated row.

This is the only place where values become columns, so that profiles run over the same types live, in a
backtest and on a cluster. It imports Polars: web processes do not import this module.
"""

from __future__ import annotations

import datetime as dt
import math
import uuid
from collections import Counter
from collections.abc import Mapping, Sequence

import polars as pl

from vedette.profiles.compiling import DTYPES
from vedette.profiles.vocabulary import Type, Vocabulary

#: Columns of every row besides the vocabulary: the id of the subject in two halves, which Arrow compresses
#: and compares better than text; the time of screening (microseconds UTC); and the script of the name, which
#: no profile may use: it is for the fairness report of profiles.
HIGH, LOW, AT, SCRIPT = "_high", "_low", "_at", "_script"
OWN = {HIGH: pl.Int64, LOW: pl.Int64, AT: pl.Int64, SCRIPT: pl.String}


def halves(subject: uuid.UUID) -> tuple[int, int]:
    """Splits the id of a subject into two signed integers."""
    high, low = subject.bytes[:8], subject.bytes[8:]
    return int.from_bytes(high, "big", signed=True), int.from_bytes(low, "big", signed=True)


def subject_id(high: int, low: int) -> uuid.UUID:
    """Joins the two `halves` of an id."""
    return uuid.UUID(
        bytes=high.to_bytes(8, "big", signed=True) + low.to_bytes(8, "big", signed=True)
    )


#: The Python type of the values of a column; None is a missing value. `bool` is not accepted as a number,
#: `datetime` not as a day.
_PLAIN: dict[Type, type] = {
    "text": str, "number": float, "whole": int, "yes_no": bool, "day": dt.date,
}  # fmt: skip
_MOST = 2**63 - 1
#: Number of rows converted to columns at a time.
_STRETCH = 256

#: Column → number of values dropped since the process started because they have the wrong type (or are not
#: finite, or too large). Such a value counts as missing: a profile must not match because of an error.
left_out: Counter[str] = Counter()


def schema(vocabulary: Vocabulary) -> dict[str, pl.DataType]:
    """The type of every column of a vocabulary, in its order."""
    return {column.name: DTYPES[column.type] for column in vocabulary.columns}


def frame(vocabulary: Vocabulary, rows: Sequence[Mapping[str, object]]) -> pl.DataFrame:
    """The rows as a frame: missing values are null, values outside the vocabulary are ignored.

    Never raises because of a value: a value of a wrong type becomes null and is counted in `left_out`.
    """
    columns = vocabulary.columns
    turned = _turned([column.name for column in columns], rows)
    return pl.DataFrame(
        [_series(c.name, c.type, values) for c, values in zip(columns, turned, strict=True)]
    )


def _turned(
    names: Sequence[str], rows: Sequence[Mapping[str, object]]
) -> Sequence[Sequence[object]]:
    """The values by column. Rows are processed in blocks: one column at a time over all rows would fetch each
    row from memory again for each column (measured: 21 against 10 µs a row)."""
    columns: list[list[object]] = [[] for _ in names]
    for start in range(0, len(rows), _STRETCH):
        stretch = zip(*(map(row.get, names) for row in rows[start : start + _STRETCH]), strict=True)
        for column, values in zip(columns, stretch, strict=True):
            column.extend(values)
    return columns


def _series(name: str, kind: Type, values: Sequence[object]) -> pl.Series:
    if {_PLAIN[kind], type(None)}.issuperset(map(type, values)):
        try:
            # Checks a whole column at once, and single values only if that fails. A sum is finite only if all
            # its terms are.
            if kind != "number" or math.isfinite(sum(filter(None, values))):  # type: ignore[arg-type]
                return pl.Series(name, values, dtype=DTYPES[kind], strict=True)
        except (TypeError, ValueError, OverflowError, pl.exceptions.PolarsError):
            # The check of single values finds the wrong ones.
            pass
    kept = [_fit(kind, value) for value in values]
    wrong = sum(one is None and value is not None for one, value in zip(kept, values, strict=True))
    if wrong:
        left_out[name] += wrong
    return pl.Series(name, kept, dtype=DTYPES[kind], strict=True)


def _fit(kind: Type, value: object) -> object:
    """The value, an integer as a float in a column of numbers; None if it does not fit the column."""
    if type(value) is int and (abs(value) > _MOST or kind == "number"):
        return float(value) if abs(value) <= _MOST else None
    if type(value) is not _PLAIN[kind] or (isinstance(value, float) and not math.isfinite(value)):
        return None
    try:
        # Half of a surrogate pair is not valid text.
        str(value).encode()
    except UnicodeEncodeError:
        return None
    return value
