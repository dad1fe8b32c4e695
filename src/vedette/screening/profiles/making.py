"""Typed nodes: each function here makes one node of the tree, or says why its operands do not fit.

Parser and form builder both make their trees through these, so no other kind of tree exists.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NoReturn

from vedette.screening.profiles import canonical, regexes
from vedette.screening.profiles.messages import ExpressionError
from vedette.screening.profiles.operators import MAX_COUNT, TABLE, Function, Kind
from vedette.screening.profiles.tokens import day
from vedette.screening.profiles.tree import (
    FLIPPED,
    And,
    Arithmetic,
    ArithmeticOperator,
    Between,
    Call,
    Compare,
    CompareOperator,
    In,
    InList,
    Like,
    ListRef,
    Literal,
    Matches,
    Missing,
    Negative,
    Node,
    Or,
    Parameter,
    constant,
    opposite,
    type_of,
)
from vedette.screening.vocabulary import Type

_NUMERIC = ("number", "whole")


class Making:
    """Makes nodes over one text, which messages quote; over none, they quote the canonical text."""

    def __init__(self, text: str = "") -> None:
        self._text = text

    def condition(self, node: Node) -> Node:
        """The node, if it is a condition."""
        if type_of(node) != "yes_no":
            self._fail("not_condition", node, type=type_of(node), text=self._said(node))
        return node

    def joined(self, kind: type[And] | type[Or], parts: Sequence[Node]) -> Node:
        """`And` or `Or` of conditions, flat."""
        flat: list[Node] = []
        for part in parts:
            inner = part.parts if isinstance(part, And | Or) and isinstance(part, kind) else (part,)
            flat += [self.condition(node) for node in inner]
        return kind(tuple(flat), start=flat[0].start, end=flat[-1].end)

    def negated(self, of: Node) -> Node:
        """The negation of a condition."""
        return opposite(self.condition(of))

    def compare(self, operator: CompareOperator, left: Node, right: Node) -> Node:
        """A comparison; with TRUE or FALSE it is the condition itself, or its negation."""
        if constant(left) is not None and constant(right) is None:
            left, right, operator = right, left, FLIPPED[operator]
        left, right = self._same_kind(left, right)
        place = {"start": min(left.start, right.start), "end": max(left.end, right.end)}
        if type_of(left) == "yes_no":
            if operator not in ("=", "<>"):
                self._fail("yes_no_order", right)
            if (value := constant(right)) is not None:
                return left if (operator == "=") == value else opposite(left)
        return Compare(operator, left, right, **place)

    def between(self, of: Node, low: Node, high: Node) -> Node:
        """`of` between two values."""
        of, low = self._same_kind(of, low)
        of, high = self._same_kind(of, high)
        if type_of(of) == "yes_no":
            self._fail("yes_no_order", of)
        return Between(of, low, high, start=of.start, end=high.end)

    def among(self, of: Node, values: Sequence[Node]) -> Node:
        """`of` one of some constants."""
        fitting: list[Node] = []
        for value in values:
            if constant(value) is None:
                self._fail("in_constant", value)
            of, value = self._same_kind(of, value)
            fitting.append(value)
        return In(of, tuple(fitting), start=of.start, end=fitting[-1].end)

    def in_list(self, of: Node, name: ListRef) -> Node:
        """`of` on a code list."""
        if not _comparable(type_of(of), name.type):
            self._differ(of, name, name.type)
        return InList(of, name, start=of.start, end=name.end)

    def like(self, of: Node, pattern: Node, ignore_case: bool) -> Node:
        """`of` like a pattern."""
        return Like(
            self._text_for("LIKE", of), self._pattern(pattern), ignore_case,
            start=of.start, end=pattern.end,
        )  # fmt: skip

    def matches(self, of: Node, pattern: Node) -> Node:
        """A regular expression found in `of`."""
        of = self._text_for("MATCHES", of)
        written = self._pattern(pattern)
        regexes.check(written, pattern.start, pattern.end)
        return Matches(of, written, start=of.start, end=pattern.end)

    def missing(self, of: Node) -> Node:
        """`of` is not known."""
        return Missing(of, start=of.start, end=of.end)

    def arithmetic(self, operator: ArithmeticOperator, left: Node, right: Node) -> Node:
        """Two numbers."""
        for node in (left, right):
            if type_of(node) not in _NUMERIC:
                if type_of(node) == "day" and operator in "+-":
                    self._fail("days_subtracted", node)
                self._needs(operator, "number", node)
        return Arithmetic(operator, left, right, start=left.start, end=right.end)

    def negative(self, of: Node) -> Node:
        """Minus a number; of a written one the number itself."""
        if type_of(of) not in _NUMERIC:
            self._needs("-", "number", of)
        place = {"start": max(of.start - 1, 0), "end": of.end}
        match of:
            case Literal(value=int() | float() as value):
                return Literal(-value, **place)
            case Negative(of=inner):
                return inner
        return Negative(of, **place)

    def call(self, name: str, arguments: Sequence[Node], start: int, end: int) -> Node:
        """A function of the table."""
        row = TABLE[name]
        given = len(arguments)
        if given < row.required or (given > len(row.takes) and not row.repeats):
            raise ExpressionError("arguments", start, end,
                {"name": name, "needed": _range(row), "given": str(given)})  # fmt: skip
        kinds: list[Kind] = [row.takes[min(i, len(row.takes) - 1)] for i in range(given)]
        fitting = [self._argument(name, i, kinds[i], node) for i, node in enumerate(arguments)]
        fitting = self._one_type(name, kinds, fitting)
        result = _joint(fitting) if row.result == "same" else row.result
        return Call(name, tuple(fitting), result, start=start, end=end)

    def _argument(self, name: str, index: int, kind: Kind, node: Node) -> Node:
        type_ = type_of(node)
        if kind == "day":
            node = _as_day(node)
            type_ = type_of(node)
        value = constant(node)
        fits = {
            "any": True,
            "number": type_ in _NUMERIC,
            "count": type(value) is int and 0 <= value <= MAX_COUNT,
        }.get(kind, type_ == kind)
        if not fits:
            self._fail("argument_type", node, name=name, needed=kind, place=str(index + 1),
                text=self._said(node), type=type_)  # fmt: skip
        return node

    def _one_type(self, name: str, kinds: Sequence[Kind], nodes: list[Node]) -> list[Node]:
        """Arguments of kind `any` are of one type; quoted days beside days become days."""
        alike = [node for kind, node in zip(kinds, nodes, strict=True) if kind == "any"]
        if any(type_of(node) == "day" for node in alike):
            nodes = [_as_day(node) for node in nodes]
            alike = [node for kind, node in zip(kinds, nodes, strict=True) if kind == "any"]
        for node in alike[1:]:
            if not _comparable(type_of(alike[0]), type_of(node)):
                self._fail(
                    "argument_mix", node, name=name, text=self._said(node), type=type_of(node)
                )
        return nodes

    def _same_kind(self, left: Node, right: Node) -> tuple[Node, Node]:
        """Both sides, if they can be compared; a quoted day beside a day becomes one."""
        if type_of(left) == "day":
            right = _as_day(right)
        elif type_of(right) == "day":
            left = _as_day(left)
        if not _comparable(type_of(left), type_of(right)):
            self._differ(left, right, type_of(right))
        return left, right

    def _differ(self, left: Node, right: Node, right_type: Type) -> NoReturn:
        self._fail("types", right, left=self._said(left), left_type=type_of(left),
            right=self._said(right), right_type=right_type)  # fmt: skip

    def _pattern(self, node: Node) -> str:
        value = constant(node)
        if not isinstance(value, str):
            self._fail("pattern_constant", node)
        return value

    def _text_for(self, operator: str, node: Node) -> Node:
        if type_of(node) != "text":
            self._needs(operator, "text", node)
        return node

    def _needs(self, operator: str, needed: str, node: Node) -> NoReturn:
        self._fail("operand_type", node, operator=operator, needed=needed, text=self._said(node),
            type=type_of(node))  # fmt: skip

    def _said(self, node: Node) -> str:
        said = self._text[node.start : node.end] or canonical.text(node)
        return said if len(said) <= 40 else said[:39] + "…"

    def _fail(self, id: str, node: Node, **params: str) -> NoReturn:
        raise ExpressionError(id, node.start, node.end, params)


def _comparable(left: Type, right: Type) -> bool:
    return left == right or (left in _NUMERIC and right in _NUMERIC)


def _as_day(node: Node) -> Node:
    """A constant text as the day it writes; other nodes as they are."""
    value = constant(node)
    if not isinstance(value, str):
        return node
    found = day(value, node.start, node.end)
    if isinstance(node, Parameter):
        return Parameter(node.name, found, start=node.start, end=node.end)
    return Literal(found, start=node.start, end=node.end)


def _joint(nodes: Sequence[Node]) -> Type:
    """The type that holds all: a real number where one of several numbers is real."""
    types = {type_of(node) for node in nodes}
    return "number" if len(types) > 1 else types.pop()


def _range(row: Function) -> str:
    least, most = row.required, len(row.takes)
    if row.repeats:
        return f"≥ {least}"
    return str(least) if least == most else f"{least}–{most}"
