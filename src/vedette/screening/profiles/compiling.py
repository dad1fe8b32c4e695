"""Tree → one Polars expression that is true, false or null (unknown).

Polars' own ways with numbers would harm people (0/0 > 2 is true there, 1/0 fires, whole numbers wrap):
arithmetic runs on real numbers, and what is not finite becomes missing before anything compares it.
Real numbers are exact for whole ones up to 2^53. AND, OR and NOT are Kleene's, as Polars has them.

Expressions run over frames as `fitting.fitted` gives them.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence

import polars as pl

from vedette.screening.profiles import functions
from vedette.screening.profiles.fitting import DTYPES
from vedette.screening.profiles.functions import finite
from vedette.screening.profiles.messages import ExpressionError
from vedette.screening.profiles.operators import TABLE
from vedette.screening.profiles.patterns import like_regex
from vedette.screening.profiles.tree import (
    And,
    Arithmetic,
    Between,
    Call,
    Column,
    Compare,
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
                made = self.condition(parts[0])
                for part in parts[1:]:
                    made = made & self.condition(part)
                return made
            case Or(parts=parts):
                made = self.condition(parts[0])
                for part in parts[1:]:
                    made = made | self.condition(part)
                return made
            case Not(of=of):
                return ~self.condition(of)
            case Compare():
                return self._compare(node)
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
            # Calculated now: Polars loses sight of a constant's height in a structure (`let`).
            found = pl.select(made).to_series()
            return pl.lit(found[0], dtype=found.dtype)
        return made

    def _value(self, node: Node) -> pl.Expr:
        if isinstance(node, Arithmetic):
            small = not any(isinstance(part, Arithmetic | Call) for part in children(node))
            return finite(self._number(node), small)
        match node:
            case Column(about=about):
                return pl.col(about.name)
            case Literal(value=value) | Parameter(value=value):
                return pl.lit(value, dtype=DTYPES[type_of_value(value)])
            case Negative(of=of):
                return -self.value(of).cast(pl.Float64)
            case Call():
                return self._call(node)
        return self.condition(node)

    def _compare(self, node: Compare) -> pl.Expr:
        left, right = self.value(node.left), self.value(node.right)
        match node.operator:
            case "=":
                return left == right
            case "<>":
                return left != right
            case "<":
                return left < right
            case "<=":
                return left <= right
            case ">":
                return left > right
            case ">=":
                return left >= right

    def _number(self, node: Node) -> pl.Expr:
        """A number that may be NaN or infinite: + - * carry that on, so it is cleared once, above.

        A divisor is cleared at once: something divided by infinity would be 0, and look known.
        """
        match node:
            case Negative(of=of):
                return -self._number(of)
            case Arithmetic(operator=operator, left=left, right=right):
                a = self._number(left)
                match operator:
                    case "+":
                        return a + self._number(right)
                    case "-":
                        return a - self._number(right)
                    case "*":
                        return a * self._number(right)
                    case "/":
                        return a / self.value(right).cast(pl.Float64)
                    case "%":
                        return finite(a) % self.value(right).cast(pl.Float64)
        return self.value(node).cast(pl.Float64)

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
            return functions.coalesce(node.type, self._until_known(node.arguments))
        row = TABLE[node.name]
        counts: list[int] = []
        arguments: list[pl.Expr] = []
        for place, argument in enumerate(node.arguments):
            fixed = constant(argument)
            if row.takes[min(place, len(row.takes) - 1)] == "count" and isinstance(fixed, int):
                counts.append(fixed)
            else:
                arguments.append(self.value(argument))
        return functions.call(node.name, arguments, counts)

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
        return text.str.contains(like_regex(node.pattern, node.ignore_case), strict=False)
