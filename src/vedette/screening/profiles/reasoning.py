"""Whether conditions can hold together: what is left of each value when all must be true.

Static and simple: each value (a column, or a formula taken whole) keeps an interval, what it must be and
must not be, and whether it must be known; of a column also what the vocabulary says no value can be below
or above. What this cannot see (a detour ratio below 1, a code list that is empty) it takes to be possible.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import islice, product
from typing import TypeAlias

from vedette.screening.profiles.tree import (
    OPPOSITE,
    And,
    Between,
    Call,
    Column,
    Compare,
    CompareOperator,
    In,
    Like,
    Literal,
    Missing,
    Node,
    Not,
    Or,
    Parameter,
    Scalar,
    Tree,
    bare,
    constant,
    normal,
    type_of,
)

#: Ways in which a tree can be true that are looked at; beyond, nothing is said.
MAX_BRANCHES = 500

#: Characters × pattern up to which a text is held against a pattern.
_LIKE_WORK = 20_000

#: Single conditions that are true together.
Branch: TypeAlias = tuple[Node, ...]


def branches(tree: Tree) -> list[Branch] | None:
    """All ways in which a tree is true, each as the single conditions that then hold; None where there
    are more than `MAX_BRANCHES`."""
    found = list(islice(_branches(normal(tree)), MAX_BRANCHES + 1))
    return found if len(found) <= MAX_BRANCHES else None


def _branches(node: Node) -> Iterator[Branch]:
    match node:
        case Or(parts=parts):
            for part in parts:
                yield from _branches(part)
        case And(parts=parts):
            # Bounded as a whole: a product of many is cut off before it is made.
            options = [list(islice(_branches(part), MAX_BRANCHES + 1)) for part in parts]
            for chosen in product(*options):
                yield tuple(single for branch in chosen for single in branch)
        case _:
            yield (node,)


def contradiction(branch: Branch) -> Node | None:
    """The first condition that cannot hold with those before it; None where all can."""
    values: dict[Node, _Left] = {}
    seen: set[Node] = set()
    for node in branch:
        single = bare(node)
        other = single.of if isinstance(single, Not) else Not(single)
        if other in seen:
            return node
        seen.add(single)
        if not _narrowed(node, values):
            return node
    return None


def _narrowed(node: Node, values: dict[Node, _Left]) -> bool:
    """Whether something is left of the value a condition is about, once it holds too."""
    negated = isinstance(node, Not)
    inner = node.of if isinstance(node, Not) else node
    match inner:
        case Literal(value=bool() as value):
            return value is not negated
        case Column():
            return _of(inner, values).among((not negated,)).possible()
        case Missing(of=of):
            left = _of(of, values)
            left.missing, left.known = left.missing or not negated, left.known or negated
            return left.possible()
        case Compare(operator=operator, left=of, right=right):
            operator = OPPOSITE[operator] if negated else operator
            if bare(of) == bare(right):
                return operator in ("=", "<=", ">=")
            bound = constant(right)
            if bound is None:
                return True
            if (fixed := constant(of)) is not None:
                return _holds(operator, fixed, bound)
            return _of(of, values).compared(operator, bound).possible()
        case Between(of=of, low=low, high=high):
            first, last = constant(low), constant(high)
            if negated or first is None or last is None:
                return True
            return _of(of, values).compared(">=", first).compared("<=", last).possible()
        case In(of=of, values=listed):
            among = [value for value in map(constant, listed) if value is not None]
            left = _of(of, values)
            return (left.without(among) if negated else left.among(among)).possible()
        case Like(of=of, pattern=pattern, ignore_case=ignore_case):
            left = _of(of, values)
            left.patterns.append((pattern, ignore_case, not negated))
            return left.possible()
    return True


def _of(node: Node, values: dict[Node, _Left]) -> _Left:
    key = bare(node)
    if key not in values:
        least, most = _bounds(node)
        values[key] = _Left(
            whole=type_of(node) == "whole",
            low=None if least is None else (least, True),
            high=None if most is None else (most, True),
        )
    return values[key]


def _bounds(node: Node) -> tuple[float | None, float | None]:
    """What the value of a node cannot be below and above, once it is known."""
    match node:
        case Column(about=about):
            return about.least, about.most
        case Literal(value=int() | float() as value) | Parameter(value=int() | float() as value):
            return value, value
        case Call(name="COALESCE" | "LEAST" | "GREATEST", arguments=arguments):
            lows, highs = zip(*map(_bounds, arguments), strict=True)
            return (
                None if None in lows else min(lows),
                None if None in highs else max(highs),
            )
        case Call(name="ABS" | "LENGTH"):
            return 0, None
    return None, None


def _holds(operator: CompareOperator, left: Scalar, right: Scalar) -> bool:
    """A comparison of two constants."""
    a, b = _order(left), _order(right)
    return {
        "=": a == b, "<>": a != b, "<": a < b, "<=": a <= b, ">": a > b, ">=": a >= b,
    }[operator]  # fmt: skip


def _order(value: Scalar) -> tuple[int, float, str]:
    """A key that puts constants of one type in order, and never fails over two."""
    match value:
        case bool() | int() | float():
            return 0, float(value), ""
        case dt.date():
            return 1, float(value.toordinal()), ""
    return 2, 0.0, value


@dataclass
class _Left:
    """What is left of one value. Bounds are (value, whether it is included)."""

    whole: bool
    low: tuple[Scalar, bool] | None = None
    high: tuple[Scalar, bool] | None = None
    only: set[Scalar] | None = None
    not_these: set[Scalar] = field(default_factory=set)
    #: Patterns of LIKE, without regard to case or not, and whether they must fit.
    patterns: list[tuple[str, bool, bool]] = field(default_factory=list)
    known: bool = False
    missing: bool = False
    #: Whether a condition compared it: bounds of the vocabulary ask nothing.
    compared_with: bool = False

    def among(self, values: Iterable[Scalar]) -> _Left:
        """Only these values."""
        self.compared_with = True
        self.only = set(values) if self.only is None else self.only & set(values)
        return self

    def without(self, values: Iterable[Scalar]) -> _Left:
        """None of these values."""
        self.not_these |= set(values)
        return self

    def compared(self, operator: CompareOperator, bound: Scalar) -> _Left:
        """Values for which a comparison holds."""
        if operator == "=":
            return self.among((bound,))
        if operator == "<>":
            return self.without((bound,))
        self.compared_with = True
        limit = (bound, operator in ("<=", ">="))
        if operator in ("<", "<="):
            tighter = self.high is None or (_order(bound), limit[1]) < (
                _order(self.high[0]),
                self.high[1],
            )
            self.high = limit if tighter else self.high
        else:
            tighter = self.low is None or (_order(bound), not limit[1]) > (
                _order(self.low[0]), not self.low[1])  # fmt: skip
            self.low = limit if tighter else self.low
        return self

    def possible(self) -> bool:
        """Whether any value is left."""
        if self.missing:
            return not self._asks()
        if self.only is not None:
            return any(self._allows(value) for value in self.only)
        if self.low is None or self.high is None:
            return True
        (low, low_in), (high, high_in) = self.low, self.high
        if self.whole and isinstance(low, int | float) and isinstance(high, int | float):
            return self._whole_left(low, low_in, high, high_in)
        if _order(low) == _order(high):
            return low_in and high_in and self._allows(low)
        return _order(low) < _order(high)

    def _asks(self) -> bool:
        """Whether something is asked of the value that what is missing cannot give."""
        asked = self.known or self.compared_with
        return asked or bool(self.not_these) or bool(self.patterns)

    def _whole_left(self, low: float, low_in: bool, high: float, high_in: bool) -> bool:
        """Whether a whole number lies between two bounds that is not ruled out."""
        first = int(low // 1)
        if first < low or not low_in:
            first += 1
        last = int(high // 1)
        if last == high and not high_in:
            last -= 1
        ruled_out = {value for value in self.not_these if first <= _order(value)[1] <= last}
        return last - first + 1 > len(ruled_out)

    def _allows(self, value: Scalar) -> bool:
        if value in self.not_these:
            return False
        if self.low is not None and not _holds(">=" if self.low[1] else ">", value, self.low[0]):
            return False
        if self.high is not None and not _holds("<=" if self.high[1] else "<", value, self.high[0]):
            return False
        return all(
            like(value, pattern, ignore_case) is must
            for pattern, ignore_case, must in self.patterns
            if isinstance(value, str) and len(value) * len(pattern) <= _LIKE_WORK
        )


def never(tree: Tree) -> Sequence[Node]:
    """Where a tree contradicts itself in every way in which it could be true: the conditions that make
    each way impossible; empty where it can be true, or nobody knows."""
    ways = branches(tree)
    if ways is None:
        return ()
    found: list[Node] = []
    for way in ways:
        if (clash := contradiction(way)) is None:
            return ()
        found.append(clash)
    return found


def single_holds(node: Node) -> bool:
    """Whether a single condition holds whatever its value is, once it is known."""
    return contradiction((normal(node, negated=True),)) is not None


def like(text: str, pattern: str, ignore_case: bool) -> bool:
    """Whether a text is like a pattern; in time of their product at most."""
    if ignore_case:
        text, pattern = text.casefold(), pattern.casefold()
    at = here = 0
    star, kept = -1, 0
    while at < len(text):
        if here < len(pattern) and pattern[here] == "%":
            star, kept, here = here, at, here + 1
        elif here < len(pattern) and pattern[here] in ("_", text[at]):
            at, here = at + 1, here + 1
        elif star >= 0:
            # The last % takes one character more.
            kept += 1
            at, here = kept, star + 1
        else:
            return False
    return not pattern[here:].strip("%")
