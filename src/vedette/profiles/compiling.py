"""Tree → one Polars expression that is true, false or null (unknown), over frames as `fitted` gives them.

Polars' own ways with numbers would harm people (0/0 > 2 is true there, 1/0 fires, whole numbers wrap):
arithmetic runs on real numbers, and what is not finite becomes missing before anything compares it.
Real numbers are exact for whole ones up to 2^53. AND, OR and NOT are Kleene's, as Polars has them.

Whatever is missing among the arguments of a function makes its result missing (`COALESCE` apart), and no
value makes any of them raise.
"""

from __future__ import annotations

import operator
import re
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from functools import reduce

import polars as pl

from vedette.profiles import vocabulary
from vedette.profiles.messages import ExpressionError
from vedette.profiles.operators import TABLE
from vedette.profiles.tree import (
    And,
    Arithmetic,
    Between,
    Call,
    Column,
    Compare,
    CompareOperator,
    In,
    InList,
    Like,
    Literal,
    Matches,
    Missing,
    Negative,
    Node,
    Not,
    Or,
    Parameter,
    Scalar,
    Tree,
    children,
    columns,
    constant,
    type_of,
    type_of_value,
)
from vedette.profiles.vocabulary import Type

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


#: Days of the proleptic calendar that Python's dates have, counted from 1970-01-01.
_FIRST_DAY, _LAST_DAY = -719_162, 2_932_896
_MAX_DECIMALS = 12


def _let(arguments: Sequence[pl.Expr], make: Callable[..., pl.Expr]) -> pl.Expr:
    """`make` over arguments it may use more than once, each evaluated once however deep they nest."""
    named = pl.struct(argument.alias(f"{place}") for place, argument in enumerate(arguments))
    fields = [pl.field(f"{place}") for place in range(len(arguments))]
    return named.struct.with_fields(make(*fields).alias("made")).struct.field("made")


def _finite(number: pl.Expr, small: bool = False) -> pl.Expr:
    """A number, or missing where it is NaN or infinite.

    A `small` one is evaluated twice, which is five times as fast as a structure for it.
    """
    if small:
        return pl.when(number.is_finite()).then(number)
    return _let([number], lambda value: pl.when(value.is_finite()).then(value))


def _real(argument: pl.Expr) -> pl.Expr:
    return argument.cast(pl.Float64)


def _of_all(choose: Callable[[Sequence[pl.Expr]], pl.Expr]) -> Callable[..., pl.Expr]:
    """The least or greatest, missing if one is: what Polars skips could be the very one."""

    def chosen(*values: pl.Expr) -> pl.Expr:
        known = pl.all_horizontal([value.is_not_null() for value in values])
        return pl.when(known).then(choose(values))

    return lambda *arguments: _let([_real(argument) for argument in arguments], chosen)


def _rounded(number: pl.Expr, decimals: int = 0) -> pl.Expr:
    shown = min(decimals, _MAX_DECIMALS)
    return _finite(_real(number).round(shown, mode="half_away_from_zero"))


def _days(date: pl.Expr) -> pl.Expr:
    return date.cast(pl.Int32).cast(pl.Int64)


def _later(date: pl.Expr, days: pl.Expr) -> pl.Expr:
    def moved(start: pl.Expr, count: pl.Expr) -> pl.Expr:
        near = count.is_between(_FIRST_DAY - _LAST_DAY, _LAST_DAY - _FIRST_DAY)
        there = start + count
        return pl.when(near & there.is_between(_FIRST_DAY, _LAST_DAY)).then(there)

    made = _let([_days(date), days.cast(pl.Int64, strict=False)], moved)
    return made.cast(pl.Int32).cast(pl.Date)


#: Functions over arguments that are already finite; a written-out count stays a number.
_MADE: dict[str, Callable[..., pl.Expr]] = {
    "ABS": lambda a: _real(a).abs(),
    "ROUND": _rounded,
    "FLOOR": lambda a: _real(a).floor(),
    "CEIL": lambda a: _real(a).ceil(),
    "LEAST": _of_all(pl.min_horizontal),
    "GREATEST": _of_all(pl.max_horizontal),
    "LENGTH": lambda a: a.str.len_chars().cast(pl.Int64),
    "UPPER": lambda a: a.str.to_uppercase(),
    "LOWER": lambda a: a.str.to_lowercase(),
    "TRIM": lambda a: a.str.strip_chars(),
    "LEFT": lambda a, count: a.str.head(count),
    "RIGHT": lambda a, count: a.str.tail(count),
    "SUBSTR": lambda a, first, count=None: a.str.slice(max(first - 1, 0), count),
    "STARTS_WITH": lambda a, b: a.str.starts_with(b),
    "ENDS_WITH": lambda a, b: a.str.ends_with(b),
    "CONTAINS": lambda a, b: a.str.contains(b, literal=True),
    "CONCAT": lambda *texts: pl.concat_str(texts, ignore_nulls=False),
    "DAYS_BETWEEN": lambda a, b: _days(b) - _days(a),
    "ADD_DAYS": _later,
    "YEAR": lambda a: a.dt.year().cast(pl.Int64),
    "MONTH": lambda a: a.dt.month().cast(pl.Int64),
    "DAY": lambda a: a.dt.day().cast(pl.Int64),
    "WEEKDAY": lambda a: a.dt.weekday().cast(pl.Int64),
}
_COMPARE: dict[CompareOperator, Callable[[pl.Expr, pl.Expr], pl.Expr]] = {
    "=": operator.eq, "<>": operator.ne, "<": operator.lt, "<=": operator.le, ">": operator.gt,
    ">=": operator.ge,
}  # fmt: skip


#: Values of code lists by name; None where it is not known what is on one (it is past its last day).
Lists = Mapping[str, Collection[Scalar] | None]


def compiled(tree: Tree, lists: Lists | None = None) -> pl.Expr:
    """A tree as one Polars expression; `ExpressionError` where a code list has no values."""
    return _Compiling(lists or {}).condition(tree)


def value(node: Node, lists: Lists | None = None) -> pl.Expr:
    """Any node as a Polars expression: its value, finite or missing."""
    return _Compiling(lists or {}).value(node)


class _Compiling:
    """Compiles with the values of some lists."""

    def __init__(self, lists: Lists) -> None:
        self._lists = lists

    def condition(self, node: Node) -> pl.Expr:
        """A condition."""
        match node:
            case And(parts=parts):
                return reduce(operator.and_, map(self.condition, parts))
            case Or(parts=parts):
                return reduce(operator.or_, map(self.condition, parts))
            case Not(of=of):
                return ~self.condition(of)
            case Compare(operator=sign, left=left, right=right):
                return _COMPARE[sign](self.value(left), self.value(right))
            case Between(of=of, low=low, high=high):
                return self.value(of).is_between(self.value(low), self.value(high))
            case In(of=of, values=values):
                return self._among(of, [constant(value) for value in values])
            case InList(of=of, list=named):
                if named.name not in self._lists:
                    params = {"name": named.name}
                    raise ExpressionError("unknown_list", named.start, named.end, params)
                return self._on_list(of, self._lists[named.name])
            case Missing(of=of):
                return self.value(of).is_null()
            case Like() | Matches():
                return self._pattern(node)
        return self.value(node)

    def value(self, node: Node) -> pl.Expr:
        """A value, finite or missing."""
        made = self._value(node)
        if isinstance(node, Arithmetic | Negative | Call) and not columns(node):
            # Calculated now: Polars loses sight of a constant's height in a structure (`_let`).
            found = pl.select(made).to_series()
            return pl.lit(found[0], dtype=found.dtype)
        return made

    def _value(self, node: Node) -> pl.Expr:
        if isinstance(node, Arithmetic):
            small = not any(isinstance(part, Arithmetic | Call) for part in children(node))
            return _finite(self._number(node), small)
        match node:
            case Column(about=about):
                return pl.col(about.name)
            case Literal(value=value) | Parameter(value=value):
                return pl.lit(value, dtype=DTYPES[type_of_value(value)])
            case Negative(of=of):
                return -_real(self.value(of))
            case Call():
                return self._call(node)
        return self.condition(node)

    def _number(self, node: Node) -> pl.Expr:
        """A number that may be NaN or infinite: + - * carry that on, so it is cleared once, above.

        A divisor is cleared at once: something divided by infinity would be 0, and look known.
        """
        match node:
            case Negative(of=of):
                return -self._number(of)
            case Arithmetic(operator="+", left=left, right=right):
                return self._number(left) + self._number(right)
            case Arithmetic(operator="-", left=left, right=right):
                return self._number(left) - self._number(right)
            case Arithmetic(operator="*", left=left, right=right):
                return self._number(left) * self._number(right)
            case Arithmetic(operator="/", left=left, right=right):
                return self._number(left) / _real(self.value(right))
            case Arithmetic(operator="%", left=left, right=right):
                return _finite(self._number(left)) % _real(self.value(right))
        return _real(self.value(node))

    def _among(self, of: Node, values: Collection[Scalar | None]) -> pl.Expr:
        known = [value for value in values if value is not None]
        numbers = [value for value in known if isinstance(value, int | float)]
        if type_of(of) in ("whole", "number"):
            exact = isinstance(of, Column) and all(isinstance(value, int) for value in numbers)
            dtype = DTYPES["whole" if exact and type_of(of) == "whole" else "number"]
            return self.value(of).cast(dtype).is_in(pl.Series(numbers, dtype=dtype).to_list())
        return self.value(of).is_in(known)

    def _on_list(self, of: Node, values: Collection[Scalar] | None) -> pl.Expr:
        """On a code list, without regard to case: lists are kept in capitals, some columns are not."""
        if values is None:
            # Over the value, so that it has the height of the frame.
            return pl.when(self.value(of).is_not_null()).then(pl.lit(None, dtype=pl.Boolean))
        if type_of(of) != "text":
            return self._among(of, list(values))
        return self.value(of).str.to_uppercase().is_in([str(value).upper() for value in values])

    def _call(self, node: Call) -> pl.Expr:
        if node.name == "COALESCE":
            # Whole numbers that were calculated may be larger than a whole number of Polars can be.
            dtype = DTYPES["number" if node.type == "whole" else node.type]
            asked = [argument.cast(dtype) for argument in self._until_known(node.arguments)]
            # One alone stays itself: Polars loses sight of the height of a constant in `coalesce`.
            return (
                pl.coalesce(asked) if len(asked) > 1 else (asked or [pl.lit(None, dtype=dtype)])[0]
            )
        takes = TABLE[node.name].takes
        return _MADE[node.name](*(
            constant(argument) if takes[min(place, len(takes) - 1)] == "count" else self.value(argument)
            for place, argument in enumerate(node.arguments)
        ))  # fmt: skip

    def _until_known(self, arguments: Sequence[Node]) -> Iterator[pl.Expr]:
        """Arguments up to the first that is a known constant: what follows is never asked."""
        for argument in arguments:
            made = self.value(argument)
            if columns(argument):
                yield made
            elif pl.select(made).item() is not None:
                yield made
                return

    def _pattern(self, node: Like | Matches) -> pl.Expr:
        text = self.value(node.of)
        if isinstance(node, Matches):
            # Not strict: what was checked when it was written stays harmless if Polars changes.
            return text.str.contains(node.pattern, strict=False)
        middle = node.pattern.strip("%")
        if not node.ignore_case and "%" not in middle and "_" not in middle:
            before, after = node.pattern.startswith("%"), node.pattern.endswith("%")
            if before and after:
                return text.str.contains(middle, literal=True)
            if before:
                return text.str.ends_with(middle)
            return text.str.starts_with(middle) if after else text == middle
        # A regular expression of Rust's kind. (Python's would not do: `%a%a%a…` takes it for ever.)
        parts = {"%": ".*", "_": "."}
        regex = "".join(parts.get(letter, re.escape(letter)) for letter in node.pattern)
        flags = "(?is)" if node.ignore_case else "(?s)"
        return text.str.contains(f"{flags}^{regex}$", strict=False)
