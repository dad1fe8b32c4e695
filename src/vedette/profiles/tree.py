"""The tree of an expression. The nodes of the tree are immutable and typed, and each node contains
its position in the text.

`text_of` writes the canonical expression of a tree. The canonical expression is stored in files, in
the form and in the history. If the canonical expression is parsed, the result is the same tree.

Only `parse.parse` and `building.to_tree` create trees. Every tree has the following properties. The types of
operands fit the operators. In a comparison with a constant, the constant is on the right side. No part of an
`And` is an `And`, and no part of an `Or` is an `Or`. An `And` or `Or` has at least two parts. The condition
inside a negation is never itself a negation. `start` and `end` are positions of characters in the text, and
`end` is exclusive. `start` and `end` are 0 if the tree was not made from a text.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator, Sequence
from decimal import Decimal
from typing import Literal as Choice
from typing import TypeAlias

import msgspec

from vedette.core.records import Record
from vedette.profiles import vocabulary
from vedette.profiles.vocabulary import Type

#: The value of a constant: text, number, whole, yes_no or day.
Scalar: TypeAlias = str | bool | int | float | dt.date
CompareOperator: TypeAlias = Choice["=", "<>", "<", "<=", ">", ">="]
Operator: TypeAlias = (
    CompareOperator | Choice["between", "in", "in list", "like", "ilike", "matches", "is missing"]
)

#: `FLIPPED`: operator → the operator to use when both sides are exchanged. `OPPOSITE`: operator → the
#: operator of the negation.
FLIPPED: dict[Operator, CompareOperator] = {
    "=": "=", "<>": "<>", "<": ">", "<=": ">=", ">": "<", ">=": "<=",
}  # fmt: skip
OPPOSITE: dict[Operator, CompareOperator] = {
    "=": "<>", "<>": "=", "<": ">=", "<=": ">", ">": "<=", ">=": "<",
}  # fmt: skip
#: The arithmetic operators. In a `Call`, an operator is used like the name of a function. `-` with one
#: argument returns the negative of a number.
SIGNS = frozenset("+-*/%")


class Node(Record, frozen=True, kw_only=True):
    """Any part of a tree."""

    start: int = 0
    end: int = 0


class Column(Node, frozen=True):
    """A column of the vocabulary."""

    about: vocabulary.Column


class Constant(Node, frozen=True):
    """A constant of the expression, or the value that is declared for a `:parameter`."""

    value: Scalar
    parameter: str = ""


class ListRef(Node, frozen=True):
    """The name of a code list. The codes of the list are inserted when the tree is compiled."""

    name: str
    type: Type


class Call(Node, frozen=True):
    """A call of a function in `vocabulary.FUNCTIONS` or of an operator in `SIGNS`, with the type of the
    result."""

    name: str
    arguments: tuple[Node, ...]
    type: Type


class Compare(Node, frozen=True):
    """A single condition: the value `of` is compared with the operands.

    A `CompareOperator` compares two values of the same kind. `between` has two operands, which are inclusive
    limits. The operands of `in` are constants. The operand of `in list` is a `ListRef`. The operand of `like`
    and `ilike` is a pattern (`%` stands for any characters, and `_` stands for one character). The operand of
    `matches` is a regular expression in Rust's syntax. `is missing` has no operand.
    """

    operator: Operator
    of: Node
    operands: tuple[Node, ...] = ()


class And(Node, frozen=True):
    """A condition that is true if all its parts are true."""

    parts: tuple[Node, ...]


class Or(Node, frozen=True):
    """A condition that is true if at least one of its parts is true."""

    parts: tuple[Node, ...]


class Not(Node, frozen=True):
    """The negation of the condition `of`: true if `of` is false, false if `of` is true, and unknown if `of`
    is unknown.
    """

    of: Node


#: A whole expression: a node of type yes_no.
Tree: TypeAlias = Node


def type_of(node: Node) -> Type:
    """Returns the type of the value of a node."""
    match node:
        case Column(about=about):
            return about.type
        case Constant(value=value):
            return type_of_value(value)
        case Call(type=type_) | ListRef(type=type_):
            return type_
    return "yes_no"


_TYPES: dict[type, Type] = {
    str: "text", bool: "yes_no", int: "whole", float: "number", dt.date: "day",
}  # fmt: skip


def type_of_value(value: Scalar) -> Type:
    """Returns the type of a constant."""
    return _TYPES[type(value)]


def constant(node: Node) -> Scalar | None:
    """Returns the value of a `Constant`, or None for any other node."""
    return node.value if isinstance(node, Constant) else None


def constants(nodes: Sequence[Node]) -> tuple[Scalar, ...]:
    """Returns the values of the constants among the nodes."""
    return tuple(node.value for node in nodes if isinstance(node, Constant))


def children(node: Node) -> Iterator[Node]:
    """Returns the nodes directly below a node, in the order of the text."""
    for name in node.__struct_fields__:
        value = getattr(node, name)
        for part in value if isinstance(value, tuple) else (value,):
            if isinstance(part, Node):
                yield part


def walk(node: Node) -> Iterator[Node]:
    """Returns the node and all nodes below it."""
    yield node
    for child in children(node):
        yield from walk(child)


def columns(node: Node) -> tuple[vocabulary.Column, ...]:
    """Returns the columns that a tree uses, without duplicates, in the order of the text."""
    return tuple(
        {part.about.name: part.about for part in walk(node) if isinstance(part, Column)}.values()
    )


def bare(node: Node) -> Node:
    """Returns the same tree without positions. So two expressions that differ only in spacing have equal
    trees."""
    changed: dict[str, object] = {"start": 0, "end": 0}
    for name in node.__struct_fields__:
        value = getattr(node, name)
        if isinstance(value, Node):
            changed[name] = bare(value)
        elif isinstance(value, tuple):
            changed[name] = tuple(bare(part) for part in value)
    return msgspec.structs.replace(node, **changed)


def opposite(node: Node) -> Node:
    """Returns the negation of a condition. For a `Not`, returns the condition inside the `Not`."""
    return node.of if isinstance(node, Not) else Not(node, start=node.start, end=node.end)


def unnegated(node: Node) -> Node:
    """Returns the condition inside a `Not`. Returns any other condition unchanged."""
    return node.of if isinstance(node, Not) else node


def singles(node: Node) -> Iterator[Node]:
    """Returns the single conditions of a tree that is in normal form."""
    if isinstance(node, And | Or):
        for part in node.parts:
            yield from singles(part)
    else:
        yield node


def conjuncts(node: Node) -> tuple[Node, ...]:
    """Returns the conditions at the top of a tree that must all be true."""
    return node.parts if isinstance(node, And) else (node,)


def joined(kind: type[And] | type[Or], parts: Iterable[Node]) -> And | Or:
    """Joins conditions into one `And` or `Or`. An `And` inside an `And`, or an `Or` inside an `Or`,
    is replaced by its parts.
    """
    flat: list[Node] = []
    for part in parts:
        flat += part.parts if isinstance(part, And | Or) and isinstance(part, kind) else (part,)
    return kind(tuple(flat), start=flat[0].start, end=flat[-1].end)


def normal(node: Node, negated: bool = False) -> Node:
    """Returns the normal form of a condition, in which only single conditions are negated.

    De Morgan's laws apply to Kleene's three-valued logic, even for unknown values. So a tree is
    true if and only if its normal form is true. To evaluate the normal form, it is sufficient to
    know which single conditions are true and which are false.
    """
    match node:
        case Not(of=of):
            return normal(of, not negated)
        case And(parts=parts) | Or(parts=parts):
            made = joined(
                And if isinstance(node, And) is not negated else Or,
                [normal(part, negated) for part in parts],
            )
            return msgspec.structs.replace(made, start=node.start, end=node.end)
    return opposite(node) if negated else node


# --- canonical text --------------------------------------------------------------------------------

#: The precedence of nodes. A node needs parentheses if its precedence is lower than that of the node around
#: it.
_OR, _AND, _NOT, _COMPARE, _SUM, _PRODUCT, _SIGN, _ATOM = range(8)
#: Operator → the text after the compared value, for operators after which more than the operand is written.
_WRITTEN: dict[Operator, str] = {
    "between": "{negation}BETWEEN {0} AND {1}",
    "in": "{negation}IN ({all})",
    "in list": "{negation}IN {0}",
    "like": "{negation}LIKE {0}",
    "ilike": "{negation}ILIKE {0}",
    "matches": "{negation}MATCHES {0}",
    "is missing": "IS {negation}MISSING",
}


def text_of(node: Node, around: int = _OR) -> str:
    """Returns the canonical expression of a tree in one line. The expression is enclosed in
    parentheses if its precedence is lower than `around`.
    """
    written, binds = _written(node)
    return f"({written})" if binds < around else written


def lines_of(tree: Tree) -> str:
    """Returns the canonical expression of a tree on several lines. If the top node is an AND, each part is on
    its own line.
    """
    parts = conjuncts(tree)
    around = _AND + 1 if len(parts) > 1 else _OR
    return "\nAND ".join(text_of(part, around) for part in parts)


def quoted(value: str) -> str:
    """Returns a text as it is written in an expression."""
    return "'" + value.replace("'", "''") + "'"


def text_of_value(value: Scalar) -> str:
    """Returns a constant as it is written in an expression."""
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


def _written(node: Node) -> tuple[str, int]:
    """Returns the text of a node and its precedence."""
    match node:
        case Or(parts=parts):
            return " OR ".join(text_of(part, _OR + 1) for part in parts), _OR
        case And(parts=parts):
            return " AND ".join(text_of(part, _AND + 1) for part in parts), _AND
        case Not(of=Compare(operator=operator) as of) if operator in _WRITTEN:
            return _compared(of, "NOT "), _COMPARE
        case Not(of=of):
            return f"NOT {text_of(of, _NOT)}", _NOT
        case Compare():
            return _compared(node, ""), _COMPARE
        case Column(about=about):
            return about.name, _ATOM
        case ListRef(name=name):
            return f"LIST {quoted(name)}", _ATOM
        case Constant(parameter=str(name)) if name:
            return f":{name}", _ATOM
        case Constant(value=value):
            negative = isinstance(value, int | float) and value < 0
            return text_of_value(value), _SIGN if negative else _ATOM
        case Call(name="-", arguments=(of,)):
            return f"-{text_of(of, _SIGN + 1)}", _SIGN
        case Call(name=name, arguments=(left, right)) if name in SIGNS:
            binds = _SUM if name in "+-" else _PRODUCT
            # Arithmetic operators are evaluated from left to right, so 1 - (2 - 3) keeps its parentheses.
            return f"{text_of(left, binds)} {name} {text_of(right, binds + 1)}", binds
        case Call(name=name, arguments=arguments):
            return f"{name}({', '.join(map(text_of, arguments))})", _ATOM
    raise TypeError(type(node).__name__)


def _compared(node: Compare, negation: str) -> str:
    of, *operands = (text_of(part, _COMPARE + 1) for part in (node.of, *node.operands))
    form = _WRITTEN.get(node.operator, f"{node.operator} {{0}}")
    return f"{of} {form.format(*operands, all=', '.join(operands), negation=negation)}"
