"""Converts rows of values to Polars data frames with typed columns, and compiles trees to Polars expressions
over these columns.

Only this module converts values to columns. Columns therefore have the same types during screening, in a
backtest and on a cluster. The module also defines the columns that every evaluated row has in addition to the
columns of the vocabulary. This module imports Polars, so web processes do not import this module.

`compiled` returns one Polars expression for a tree. For each row of a data frame that `fitted` returned, the
value of the expression is true, false or null (unknown). The arithmetic of Polars would cause wrong hits: in
Polars, 0/0 > 2 and 1/0 > 2 are true, and whole numbers overflow. All arithmetic therefore uses floating-point
numbers, and a result that is not finite becomes missing before it is compared. Whole numbers up to 2^53 can
be represented exactly as real numbers. AND, OR and NOT follow Kleene's three-valued logic, as in Polars. If
an argument of a function is missing, the result of the function is missing (except for `COALESCE`). The
functions do not raise an exception for any value.
"""

from __future__ import annotations

import datetime as dt
import math
import operator
import uuid
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from functools import reduce

import polars as pl

from vedette.profiles import regexes, vocabulary
from vedette.profiles.check import ExpressionError
from vedette.profiles.tree import (
    SIGNS,
    And,
    Call,
    Column,
    Compare,
    Constant,
    ListRef,
    Node,
    Not,
    Operator,
    Or,
    Scalar,
    Tree,
    children,
    columns,
    constant,
    constants,
    type_of,
    type_of_value,
)
from vedette.profiles.vocabulary import FUNCTIONS, Type, Vocabulary

DTYPES: dict[Type, pl.DataType] = {
    "text": pl.String(),
    "number": pl.Float64(),
    "whole": pl.Int64(),
    "yes_no": pl.Boolean(),
    "day": pl.Date(),
}
#: Type of a column → the Polars types that can be converted to this type. A column of any other type counts
#: as missing in all rows.
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
    """Returns a data frame with the requested columns, converted to their types. If a column does not exist
    in `frame` or has a wrong type there, all its values are missing in the result. Also returns the names of
    the columns that do not exist or have a wrong type.
    """
    schema = frame.schema
    made: list[pl.Expr] = []
    absent: list[str] = []
    for column in columns:
        dtype = DTYPES[column.type]
        had = schema.get(column.name, pl.Unknown())
        expression = pl.col(column.name)
        if had.base_type() not in _FROM[column.type]:
            if had != pl.Null():
                absent.append(column.name)
            expression = pl.lit(None, dtype=dtype)
        elif had != dtype:
            expression = expression.cast(dtype, strict=False)
        if column.type == "number":
            expression = _finite(expression, small=True)
        made.append(expression.alias(column.name))
    if not made:
        return frame.select(pl.int_range(pl.len()).alias("")), ()
    # With the additional column, Polars repeats constants for every row of the frame.
    return frame.select(pl.int_range(pl.len()).alias(""), *made).drop("").rechunk(), tuple(absent)


#: The columns that every row has in addition to the columns of the vocabulary. `HIGH` and `LOW` are the two
#: halves of the id of the subject, which Arrow compresses and compares better than text. `AT` is the time of
#: screening (microseconds UTC). `SCRIPT` is the script in which the name is written. No profile may use it.
#: Only the fairness report uses it.
HIGH, LOW, AT, SCRIPT = "_high", "_low", "_at", "_script"
OWN = {HIGH: pl.Int64, LOW: pl.Int64, AT: pl.Int64, SCRIPT: pl.String}


def halves(subject: uuid.UUID) -> tuple[int, int]:
    """Splits the id of a subject into two signed integers."""
    high, low = subject.bytes[:8], subject.bytes[8:]
    return int.from_bytes(high, "big", signed=True), int.from_bytes(low, "big", signed=True)


def subject_id(high: int, low: int) -> uuid.UUID:
    """Returns the id of a subject from the two integers that `halves` returned."""
    return uuid.UUID(
        bytes=high.to_bytes(8, "big", signed=True) + low.to_bytes(8, "big", signed=True)
    )


#: The Python type of the values of a column. None is a missing value. A `bool` is not accepted as a number,
#: and a `datetime` is not accepted as a day.
_PLAIN: dict[Type, type] = {
    "text": str, "number": float, "whole": int, "yes_no": bool, "day": dt.date,
}  # fmt: skip
_MOST = 2**63 - 1
#: The number of rows that are converted to columns at a time.
_STRETCH = 256

#: Column → the number of values dropped since the process started, because they have the wrong type, are not
#: finite or are too large. Such a value counts as missing, because an error must not cause a hit.
left_out: Counter[str] = Counter()


def schema(vocabulary: Vocabulary) -> dict[str, pl.DataType]:
    """Returns the Polars type of every column of a vocabulary, in the order of the vocabulary."""
    return {column.name: DTYPES[column.type] for column in vocabulary.columns}


def frame(vocabulary: Vocabulary, rows: Sequence[Mapping[str, object]]) -> pl.DataFrame:
    """Returns the rows as a data frame. Missing values are null, and values that are not in the vocabulary
    are ignored.

    The function does not raise an exception for any value. A value of a wrong type becomes null and is
    counted in `left_out`.
    """
    columns = vocabulary.columns
    turned = _turned([column.name for column in columns], rows)
    return pl.DataFrame(
        [_series(c.name, c.type, values) for c, values in zip(columns, turned, strict=True)]
    )


def _turned(
    names: Sequence[str], rows: Sequence[Mapping[str, object]]
) -> Sequence[Sequence[object]]:
    """Returns the values by column. The rows are processed in blocks, so that each row is loaded into the
    processor cache only once. Processing in blocks takes 10 µs per row. A separate pass over all rows for
    each column would take 21 µs per row (measured).
    """
    columns: list[list[object]] = [[] for _ in names]
    for start in range(0, len(rows), _STRETCH):
        stretch = zip(*(map(row.get, names) for row in rows[start : start + _STRETCH]), strict=True)
        for column, values in zip(columns, stretch, strict=True):
            column.extend(values)
    return columns


def _series(name: str, kind: Type, values: Sequence[object]) -> pl.Series:
    if {_PLAIN[kind], type(None)}.issuperset(map(type, values)):
        try:
            # The whole column is checked at once. Its values are checked one by one only if this check fails.
            # A sum is finite only if all its terms are finite.
            if kind != "number" or math.isfinite(sum(filter(None, values))):  # type: ignore[arg-type]
                return pl.Series(name, values, dtype=DTYPES[kind], strict=True)
        except (TypeError, ValueError, OverflowError, pl.exceptions.PolarsError):
            # The check of single values below finds the wrong values.
            pass
    kept = [_fit(kind, value) for value in values]
    wrong = sum(one is None and value is not None for one, value in zip(kept, values, strict=True))
    if wrong:
        left_out[name] += wrong
    return pl.Series(name, kept, dtype=DTYPES[kind], strict=True)


def _fit(kind: Type, value: object) -> object:
    """Converts a value to the type of its column, for example an integer to a float in a column of numbers.
    Returns None if the value does not fit the column.
    """
    if type(value) is int and (abs(value) > _MOST or kind == "number"):
        return float(value) if abs(value) <= _MOST else None
    if type(value) is not _PLAIN[kind] or (isinstance(value, float) and not math.isfinite(value)):
        return None
    try:
        # An unpaired surrogate is not valid text.
        str(value).encode()
    except UnicodeEncodeError:
        return None
    return value


# --- compiled trees ------------------------------------------------------------------------------

#: The first and the last day of Python's dates, counted from 1970-01-01 in the proleptic calendar.
_FIRST_DAY, _LAST_DAY = -719_162, 2_932_896
_MAX_DECIMALS = 12


def _let(arguments: Sequence[pl.Expr], make: Callable[..., pl.Expr]) -> pl.Expr:
    """Returns the expression that `make` returns for the arguments. The function `make` may use an argument
    several times, but the argument is evaluated only once. Each argument is evaluated only once, even in
    nested calls.
    """
    named = pl.struct(argument.alias(f"{place}") for place, argument in enumerate(arguments))
    fields = [pl.field(f"{place}") for place in range(len(arguments))]
    return named.struct.with_fields(make(*fields).alias("made")).struct.field("made")


def _finite(number: pl.Expr, small: bool = False) -> pl.Expr:
    """Returns the number, or a missing value if the number is NaN or infinite.

    If `small` is true, the expression is evaluated twice. A small expression is evaluated twice, because this
    is five times as fast as using `_let` to evaluate it once.
    """
    if small:
        return pl.when(number.is_finite()).then(number)
    return _let([number], lambda value: pl.when(value.is_finite()).then(value))


def _real(argument: pl.Expr) -> pl.Expr:
    return argument.cast(pl.Float64)


def _of_all(choose: Callable[[Sequence[pl.Expr]], pl.Expr]) -> Callable[..., pl.Expr]:
    """Returns a function that returns the smallest or the largest of its arguments. `choose` selects the
    smallest or the largest argument. If an argument is missing, the result is missing, whereas Polars would
    ignore the missing argument.
    """

    def chosen(*values: pl.Expr) -> pl.Expr:
        known = pl.all_horizontal([value.is_not_null() for value in values])
        return pl.when(known).then(choose(values))

    return lambda *arguments: _let([_real(argument) for argument in arguments], chosen)


def _days(date: pl.Expr) -> pl.Expr:
    return date.cast(pl.Int32).cast(pl.Int64)


def _later(date: pl.Expr, days: pl.Expr) -> pl.Expr:
    def moved(start: pl.Expr, count: pl.Expr) -> pl.Expr:
        near = count.is_between(_FIRST_DAY - _LAST_DAY, _LAST_DAY - _FIRST_DAY)
        there = start + count
        return pl.when(near & there.is_between(_FIRST_DAY, _LAST_DAY)).then(there)

    made = _let([_days(date), days.cast(pl.Int64, strict=False)], moved)
    return made.cast(pl.Int32).cast(pl.Date)


#: Name of a function → its implementation, whose arguments are already finite. An argument of the kind
#: `count` is passed as a Python number.
_MADE: dict[str, Callable[..., pl.Expr]] = {
    "ABS": lambda a: _real(a).abs(),
    "ROUND": lambda a, decimals=0: _finite(
        _real(a).round(min(decimals, _MAX_DECIMALS), mode="half_away_from_zero")
    ),
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
_COMPARE: dict[Operator, Callable[..., pl.Expr]] = {
    "=": operator.eq, "<>": operator.ne, "<": operator.lt, "<=": operator.le, ">": operator.gt,
    ">=": operator.ge, "between": pl.Expr.is_between, "is missing": pl.Expr.is_null,
}  # fmt: skip
_ARITHMETIC: dict[str, Callable[[pl.Expr, pl.Expr], pl.Expr]] = {
    "+": operator.add, "-": operator.sub, "*": operator.mul, "/": operator.truediv, "%": operator.mod,
}  # fmt: skip

#: Code list → the values of the list. After the last day of the list, this is None, because the values are no
#: longer known.
Lists = Mapping[str, Collection[Scalar] | None]


def compiled(tree: Tree, lists: Lists | None = None) -> pl.Expr:
    """Compiles a tree to one Polars expression. Raises `ExpressionError` if a code list is not in `lists`."""
    return _Compiling(lists or {}).condition(tree)


def value(node: Node, lists: Lists | None = None) -> pl.Expr:
    """Compiles a node of any type to a Polars expression. The value of the expression is finite or
    missing."""
    return _Compiling(lists or {}).value(node)


class _Compiling:
    """Compiles nodes of an expression to Polars expressions.

    `lists` contains the values of the code lists.
    """

    def __init__(self, lists: Lists) -> None:
        self._lists = lists

    def condition(self, node: Node) -> pl.Expr:
        """Compiles a condition to an expression whose value is true, false or null."""
        match node:
            case And(parts=parts):
                return reduce(operator.and_, map(self.condition, parts))
            case Or(parts=parts):
                return reduce(operator.or_, map(self.condition, parts))
            case Not(of=of):
                return ~self.condition(of)
            case Compare(operator=operator_, of=of, operands=operands) if operator_ in _COMPARE:
                return _COMPARE[operator_](self.value(of), *map(self.value, operands))
            case Compare(operator="in", of=of, operands=operands):
                return self._among(of, constants(operands))
            case Compare(of=of, operands=(ListRef() as named,)):
                return self._on_list(of, named)
            case Compare(of=of, operands=(Constant(value=str(pattern)),)):
                return _like(node.operator, self.value(of), pattern)
        return self.value(node)

    def value(self, node: Node) -> pl.Expr:
        """Compiles a value to an expression whose value is finite or missing."""
        match node:
            case Column(about=about):
                return pl.col(about.name)
            case Constant(value=value):
                return pl.lit(value, dtype=DTYPES[type_of_value(value)])
            case Call():
                made = self._call(node)
            case _:
                return self.condition(node)
        if columns(node):
            return made
        # A value that uses no column is calculated now. In a structure (`_let`), Polars would not repeat a
        # constant for every row.
        found = pl.select(made).to_series()
        return pl.lit(found[0], dtype=found.dtype)

    def _number(self, node: Node) -> pl.Expr:
        """Compiles a numeric term to a Polars expression. The value of the expression may be NaN or infinite.
        The operators `+`, `-` and `*` propagate NaN and infinity. The caller converts NaN and infinity to a
        missing value.

        A divisor that is NaN or infinite becomes missing before the division. A division by an infinite
        divisor would give 0, which is finite but wrong.
        """
        match node:
            case Call(name="-", arguments=(of,)):
                return -self._number(of)
            case Call(name=sign, arguments=(left, right)) if sign in SIGNS:
                first = _finite(self._number(left)) if sign == "%" else self._number(left)
                second = _real(self.value(right)) if sign in "/%" else self._number(right)
                return _ARITHMETIC[sign](first, second)
        return _real(self.value(node))

    def _among(self, of: Node, values: Collection[Scalar]) -> pl.Expr:
        if type_of(of) not in ("whole", "number"):
            return self.value(of).is_in(list(values))
        exact = isinstance(of, Column) and all(isinstance(value, int) for value in values)
        dtype = DTYPES["whole" if exact and type_of(of) == "whole" else "number"]
        return self.value(of).cast(dtype).is_in(pl.Series(values, dtype=dtype).to_list())

    def _on_list(self, of: Node, named: ListRef) -> pl.Expr:
        """Returns an expression that is true if a value is on a code list. The comparison ignores case,
        because the codes of lists are stored in capitals and the values of some columns are not.
        """
        if named.name not in self._lists:
            raise ExpressionError("unknown_list", named.start, named.end, {"name": named.name})
        values = self._lists[named.name]
        if values is None:
            # The expression uses the value, so that Polars repeats the result for every row of the frame.
            return pl.when(self.value(of).is_not_null()).then(pl.lit(None, dtype=pl.Boolean))
        if type_of(of) != "text":
            return self._among(of, values)
        return self.value(of).str.to_uppercase().is_in([str(value).upper() for value in values])

    def _call(self, node: Call) -> pl.Expr:
        if node.name in SIGNS:
            if len(node.arguments) == 1:
                return -_real(self.value(node.arguments[0]))
            return _finite(self._number(node), not any(isinstance(p, Call) for p in children(node)))
        if node.name == "COALESCE":
            # A calculated whole number may be too large for an integer of Polars.
            dtype = DTYPES["number" if node.type == "whole" else node.type]
            asked = [argument.cast(dtype) for argument in self._until_known(node.arguments)]
            # A single argument is returned without `coalesce`, because Polars would not repeat a constant in
            # `coalesce` for every row.
            return (
                pl.coalesce(asked) if len(asked) > 1 else (asked or [pl.lit(None, dtype=dtype)])[0]
            )
        takes = FUNCTIONS[node.name].takes
        return _MADE[node.name](*(
            constant(argument) if takes[min(place, len(takes) - 1)] == "count" else self.value(argument)
            for place, argument in enumerate(node.arguments)
        ))  # fmt: skip

    def _until_known(self, arguments: Sequence[Node]) -> Iterator[pl.Expr]:
        """Returns the arguments of `COALESCE` up to the first constant that is not missing. Arguments after
        the first constant that is not missing have no effect.
        """
        for argument in arguments:
            made = self.value(argument)
            if columns(argument):
                yield made
            elif pl.select(made).item() is not None:
                yield made
                return


def _like(operator: Operator, text: pl.Expr, pattern: str) -> pl.Expr:
    """Returns an expression that is true if a text matches a pattern of LIKE, ILIKE or MATCHES."""
    regex = regexes.regex(operator, pattern)
    if regex is not None:
        # With `strict=False`, an old pattern causes no error if a later version of Polars refuses this
        # pattern.
        return text.str.contains(regex, strict=False)
    middle = pattern.strip("%")
    before, after = pattern.startswith("%"), pattern.endswith("%")
    if before and after:
        return text.str.contains(middle, literal=True)
    if before:
        return text.str.ends_with(middle)
    return text.str.starts_with(middle) if after else text == middle
