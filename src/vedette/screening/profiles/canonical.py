"""Tree → the expression as the house writes it: what files, form and history keep.

Reading it again gives the same tree. Parentheses stand only where they are needed.
"""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

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
    ListRef,
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
)

#: How tightly a node binds: what binds less than its surroundings stands in parentheses.
_OR, _AND, _NOT, _COMPARE, _SUM, _PRODUCT, _SIGN, _ATOM = range(8)


def text(tree: Tree) -> str:
    """The canonical expression in one line."""
    return _written(tree, _OR)


def lines(tree: Tree) -> str:
    """The canonical expression, each part of an AND at the top on a line of its own."""
    if not isinstance(tree, And):
        return text(tree)
    return "\nAND ".join(_written(part, _AND + 1) for part in tree.parts)


def quoted(value: str) -> str:
    """Text as the language writes it."""
    return "'" + value.replace("'", "''") + "'"


def constant_text(value: Scalar) -> str:
    """A constant as the language writes it."""
    match value:
        case bool():
            return str(value).upper()
        case float():
            return f"{Decimal(repr(value)):f}"
        case int():
            return str(value)
        case dt.date():
            return f"DATE '{value.isoformat()}'"
    return quoted(value)


def _written(node: Node, around: int) -> str:
    said, binds = _said(node)
    return f"({said})" if binds < around else said


def _said(node: Node) -> tuple[str, int]:
    """A node's text, and how tightly it binds."""
    match node:
        case Or(parts=parts):
            return " OR ".join(_written(part, _OR + 1) for part in parts), _OR
        case And(parts=parts):
            return " AND ".join(_written(part, _AND + 1) for part in parts), _AND
        case Not(of=Between() | In() | InList() | Like() | Matches() | Missing() as of):
            return _infix(of, "NOT "), _COMPARE
        case Not(of=of):
            return f"NOT {_written(of, _NOT)}", _NOT
        case Compare(operator=operator, left=left, right=right):
            sides = _written(left, _COMPARE + 1), _written(right, _COMPARE + 1)
            return f"{sides[0]} {operator} {sides[1]}", _COMPARE
        case Between() | In() | InList() | Like() | Matches() | Missing():
            return _infix(node, ""), _COMPARE
    return _value(node)


def _infix(node: Node, negation: str) -> str:
    """A condition whose operator NOT may stand in."""
    match node:
        case Between(of=of, low=low, high=high):
            ends = f"{_written(low, _COMPARE + 1)} AND {_written(high, _COMPARE + 1)}"
            return f"{_written(of, _COMPARE + 1)} {negation}BETWEEN {ends}"
        case In(of=of, values=values):
            listed = ", ".join(_written(value, _OR) for value in values)
            return f"{_written(of, _COMPARE + 1)} {negation}IN ({listed})"
        case InList(of=of, list=ListRef(name=name)):
            return f"{_written(of, _COMPARE + 1)} {negation}IN LIST {quoted(name)}"
        case Like(of=of, pattern=pattern, ignore_case=ignore_case):
            word = "ILIKE" if ignore_case else "LIKE"
            return f"{_written(of, _COMPARE + 1)} {negation}{word} {quoted(pattern)}"
        case Matches(of=of, pattern=pattern):
            return f"{_written(of, _COMPARE + 1)} {negation}MATCHES {quoted(pattern)}"
        case Missing(of=of):
            return f"{_written(of, _COMPARE + 1)} IS {negation}MISSING"
    raise TypeError(type(node).__name__)


def _value(node: Node) -> tuple[str, int]:
    match node:
        case Column(about=about):
            return about.name, _ATOM
        case ListRef(name=name):
            return f"LIST {quoted(name)}", _ATOM
        case Literal(value=value):
            negative = isinstance(value, int | float) and value < 0
            return constant_text(value), _SIGN if negative else _ATOM
        case Parameter(name=name):
            return f":{name}", _ATOM
        case Negative(of=of):
            return f"-{_written(of, _SIGN + 1)}", _SIGN
        case Call(name=name, arguments=arguments):
            return f"{name}({', '.join(_written(part, _OR) for part in arguments)})", _ATOM
        case Arithmetic(operator=operator, left=left, right=right):
            binds = _SUM if operator in "+-" else _PRODUCT
            # Left to right: 1 - (2 - 3) keeps its parentheses.
            return f"{_written(left, binds)} {operator} {_written(right, binds + 1)}", binds
    raise TypeError(type(node).__name__)
