"""Rows of values → one Polars frame with every column of a vocabulary, typed, in its order.

The one place where values become columns: live, in a backtest and on a cluster the same profiles run over
the same types. Polars is loaded here: web processes do not import this module.
"""

from __future__ import annotations

import datetime as dt
import math
from collections import Counter
from collections.abc import Callable, Mapping, Sequence

import polars as pl

from vedette.screening.vocabulary import Type, Vocabulary

_DTYPES: dict[Type, pl.DataType] = {
    "text": pl.String(),
    "number": pl.Float64(),
    "whole": pl.Int64(),
    "yes_no": pl.Boolean(),
    "day": pl.Date(),
}
#: Python types that a column takes as they are; None is missing. `bool` is no number, `datetime` no day.
_PLAIN: dict[Type, frozenset[type]] = {
    "text": frozenset({str, type(None)}),
    "number": frozenset({float, type(None)}),
    "whole": frozenset({int, type(None)}),
    "yes_no": frozenset({bool, type(None)}),
    "day": frozenset({dt.date, type(None)}),
}
_MOST = 2**63 - 1
#: Rows turned into columns at a time.
_STRETCH = 256

#: Column → how many values were left out since the process started because they were not of the column's
#: type (or not finite, or too great). Such a value is missing: a profile must not fire on a mistake.
left_out: Counter[str] = Counter()


def schema(vocabulary: Vocabulary) -> dict[str, pl.DataType]:
    """The type of every column of a vocabulary, in its order."""
    return {column.name: _DTYPES[column.type] for column in vocabulary.columns}


def frame(vocabulary: Vocabulary, rows: Sequence[Mapping[str, object]]) -> pl.DataFrame:
    """The rows as a frame: what a row lacks is null, what is not of the vocabulary is ignored.

    Never raises on a value: one of a wrong type is null too, and counted in `left_out`.
    """
    columns = vocabulary.columns
    turned = _turned([column.name for column in columns], rows)
    return pl.DataFrame(
        [_series(c.name, c.type, values) for c, values in zip(columns, turned, strict=True)]
    )


def _turned(
    names: Sequence[str], rows: Sequence[Mapping[str, object]]
) -> Sequence[Sequence[object]]:
    """The values by column. A stretch of rows at a time: column by column over all of them, every row
    would be fetched from memory again for each column (measured: 21 against 10 µs a row)."""
    columns: list[list[object]] = [[] for _ in names]
    for start in range(0, len(rows), _STRETCH):
        stretch = zip(*(map(row.get, names) for row in rows[start : start + _STRETCH]), strict=True)
        for column, values in zip(columns, stretch, strict=True):
            column.extend(values)
    return columns


def _series(name: str, kind: Type, values: Sequence[object]) -> pl.Series:
    if _PLAIN[kind].issuperset(map(type, values)):
        try:
            # A whole column at once; it is looked into only where that fails. A sum is finite only if all
            # that it adds up are.
            if kind != "number" or math.isfinite(sum(filter(None, values))):  # type: ignore[arg-type]
                return pl.Series(name, values, dtype=_DTYPES[kind], strict=True)
        except (TypeError, ValueError, OverflowError, pl.exceptions.PolarsError):
            # Told value by value below which ones they were.
            pass
    fit = _FIT[kind]
    kept = [fit(value) for value in values]
    wrong = sum(one is None and value is not None for one, value in zip(kept, values, strict=True))
    if wrong:
        left_out[name] += wrong
    return pl.Series(name, kept, dtype=_DTYPES[kind], strict=True)


def _text(value: object) -> str | None:
    if type(value) is not str:
        return None
    try:
        value.encode()
    except UnicodeEncodeError:
        # Half of a pair of surrogates is no text.
        return None
    return value


def _number(value: object) -> float | None:
    """A float, or an integer as one."""
    if type(value) is int:
        return float(value) if abs(value) <= _MOST else None
    return value if type(value) is float and math.isfinite(value) else None


def _whole(value: object) -> int | None:
    return value if type(value) is int and abs(value) <= _MOST else None


def _yes_no(value: object) -> bool | None:
    return value if type(value) is bool else None


def _day(value: object) -> dt.date | None:
    return value if type(value) is dt.date else None


_FIT: dict[Type, Callable[[object], object]] = {
    "text": _text,
    "number": _number,
    "whole": _whole,
    "yes_no": _yes_no,
    "day": _day,
}
