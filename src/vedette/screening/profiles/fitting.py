"""Frames as expressions expect them: one column of the right type for each column of the vocabulary.

NaN and infinite numbers come from divisions and broken files and mean that nobody knows: they become
missing here, once, so that no comparison ever sees one.
"""

from __future__ import annotations

from collections.abc import Iterable

import polars as pl

from vedette.screening import vocabulary
from vedette.screening.vocabulary import Type

DTYPES: dict[Type, pl.DataType] = {
    "text": pl.String(),
    "number": pl.Float64(),
    "whole": pl.Int64(),
    "yes_no": pl.Boolean(),
    "day": pl.Date(),
}
#: From these a column of each type can be made; from others it is all missing.
_FROM: dict[Type, tuple[type[pl.DataType] | pl.DataType, ...]] = {
    "text": (pl.String, pl.Categorical, pl.Enum),
    "number": (pl.Float64, pl.Float32, pl.Decimal, pl.Int64, pl.Int32, pl.Int16, pl.Int8, pl.UInt64,
        pl.UInt32, pl.UInt16, pl.UInt8),
    "whole": (pl.Int64, pl.Int32, pl.Int16, pl.Int8, pl.UInt64, pl.UInt32, pl.UInt16, pl.UInt8),
    "yes_no": (pl.Boolean,),
    "day": (pl.Date, pl.Datetime),
}  # fmt: skip


def fitted(
    frame: pl.DataFrame, columns: Iterable[vocabulary.Column]
) -> tuple[pl.DataFrame, tuple[str, ...]]:
    """The columns asked for, typed, and the names of those that the frame does not have (or has in a
    type that cannot be theirs): all missing."""
    schema = frame.schema
    made: list[pl.Expr] = []
    absent: list[str] = []
    for column in columns:
        dtype = DTYPES[column.type]
        had = schema.get(column.name)
        if had is None or had.base_type() not in _FROM[column.type]:
            if had is None or had != pl.Null():
                absent.append(column.name)
            made.append(pl.lit(None, dtype=dtype).alias(column.name))
            continue
        expression = pl.col(column.name)
        if had != dtype:
            expression = expression.cast(dtype, strict=False)
        if column.type == "number":
            expression = pl.when(expression.is_finite()).then(expression).alias(column.name)
        made.append(expression)
    if not made:
        return frame.select(pl.int_range(pl.len()).alias("")), ()
    # The first column of the frame gives constants the height of the others, and goes again.
    height = pl.int_range(pl.len()).alias("")
    return frame.select(height, *made).drop("").rechunk(), tuple(absent)
