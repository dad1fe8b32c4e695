"""How each function of the table runs: Polars expressions over arguments that are already finite.

Whatever is missing among the arguments makes the result missing (`COALESCE` apart), and no value makes
any of them raise.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

import polars as pl

from vedette.screening.profiles.fitting import DTYPES
from vedette.screening.vocabulary import Type

#: Days of the proleptic calendar that Python's dates have, counted from 1970-01-01.
_FIRST_DAY, _LAST_DAY = -719_162, 2_932_896
_MAX_DECIMALS = 12


def let(arguments: Sequence[pl.Expr], make: Callable[..., pl.Expr]) -> pl.Expr:
    """`make` over arguments it may use more than once, each evaluated once however deep they nest."""
    named = pl.struct(argument.alias(f"{place}") for place, argument in enumerate(arguments))
    fields = [pl.field(f"{place}") for place in range(len(arguments))]
    return named.struct.with_fields(make(*fields).alias("made")).struct.field("made")


def finite(number: pl.Expr, small: bool = False) -> pl.Expr:
    """A number, or missing where it is NaN or infinite.

    A `small` one is evaluated twice, which is five times as fast as a structure for it.
    """
    if small:
        return pl.when(number.is_finite()).then(number)
    return let([number], lambda value: pl.when(value.is_finite()).then(value))


def call(name: str, arguments: Sequence[pl.Expr], counts: Sequence[int]) -> pl.Expr:
    """A function over its arguments; `counts` are those of kind `count`."""
    return _MADE[name](arguments, counts)


def coalesce(type_: Type, arguments: Iterable[pl.Expr]) -> pl.Expr:
    """The first argument that is known, as a type; missing where none is."""
    # Whole numbers that were calculated may be larger than a whole number of Polars can be.
    dtype = DTYPES["number" if type_ == "whole" else type_]
    asked = [argument.cast(dtype) for argument in arguments]
    # One alone stays itself: Polars loses sight of the height of a constant in `coalesce`.
    return pl.coalesce(asked) if len(asked) > 1 else (asked or [pl.lit(None, dtype=dtype)])[0]


_Make = Callable[[Sequence[pl.Expr], Sequence[int]], pl.Expr]


def _one(make: Callable[[pl.Expr], pl.Expr]) -> _Make:
    return lambda arguments, counts: make(arguments[0])


def _two(make: Callable[[pl.Expr, pl.Expr], pl.Expr]) -> _Make:
    return lambda arguments, counts: make(arguments[0], arguments[1])


def _real(argument: pl.Expr) -> pl.Expr:
    return argument.cast(pl.Float64)


def _of_all(choose: Callable[[Sequence[pl.Expr]], pl.Expr]) -> _Make:
    """The least or greatest, missing if one is: what Polars skips could be the very one."""

    def make(arguments: Sequence[pl.Expr], counts: Sequence[int]) -> pl.Expr:
        def chosen(*values: pl.Expr) -> pl.Expr:
            known = pl.all_horizontal([value.is_not_null() for value in values])
            return pl.when(known).then(choose(values))

        return let([_real(argument) for argument in arguments], chosen)

    return make


def _rounded(arguments: Sequence[pl.Expr], counts: Sequence[int]) -> pl.Expr:
    decimals = min(counts[0], _MAX_DECIMALS) if counts else 0
    return finite(_real(arguments[0]).round(decimals, mode="half_away_from_zero"))


def _part(arguments: Sequence[pl.Expr], counts: Sequence[int]) -> pl.Expr:
    first = max(counts[0] - 1, 0)
    return arguments[0].str.slice(first, counts[1] if len(counts) > 1 else None)


def _days(date: pl.Expr) -> pl.Expr:
    return date.cast(pl.Int32).cast(pl.Int64)


def _later(date: pl.Expr, days: pl.Expr) -> pl.Expr:
    def moved(start: pl.Expr, count: pl.Expr) -> pl.Expr:
        near = count.is_between(_FIRST_DAY - _LAST_DAY, _LAST_DAY - _FIRST_DAY)
        there = start + count
        inside = near & there.is_between(_FIRST_DAY, _LAST_DAY)
        return pl.when(inside).then(there)

    made = let([_days(date), days.cast(pl.Int64, strict=False)], moved)
    return made.cast(pl.Int32).cast(pl.Date)


_MADE: dict[str, _Make] = {
    "ABS": _one(lambda a: _real(a).abs()),
    "ROUND": _rounded,
    "FLOOR": _one(lambda a: _real(a).floor()),
    "CEIL": _one(lambda a: _real(a).ceil()),
    "LEAST": _of_all(pl.min_horizontal),
    "GREATEST": _of_all(pl.max_horizontal),
    "LENGTH": _one(lambda a: a.str.len_chars().cast(pl.Int64)),
    "UPPER": _one(lambda a: a.str.to_uppercase()),
    "LOWER": _one(lambda a: a.str.to_lowercase()),
    "TRIM": _one(lambda a: a.str.strip_chars()),
    "LEFT": lambda arguments, counts: arguments[0].str.head(counts[0]),
    "RIGHT": lambda arguments, counts: arguments[0].str.tail(counts[0]),
    "SUBSTR": _part,
    "STARTS_WITH": _two(lambda a, b: a.str.starts_with(b)),
    "ENDS_WITH": _two(lambda a, b: a.str.ends_with(b)),
    "CONTAINS": _two(lambda a, b: a.str.contains(b, literal=True)),
    "CONCAT": lambda arguments, counts: pl.concat_str(arguments, ignore_nulls=False),
    "DAYS_BETWEEN": _two(lambda a, b: _days(b) - _days(a)),
    "ADD_DAYS": _two(_later),
    "YEAR": _one(lambda a: a.dt.year().cast(pl.Int64)),
    "MONTH": _one(lambda a: a.dt.month().cast(pl.Int64)),
    "DAY": _one(lambda a: a.dt.day().cast(pl.Int64)),
    "WEEKDAY": _one(lambda a: a.dt.weekday().cast(pl.Int64)),
}
