"""The tree of an expression: frozen, typed nodes, each with its place in the text.

`text_of` writes the canonical expression of a tree, which files, the form and the history keep. Reading that
text gives the same tree.

A tree comes from `parse.parse` or `building.to_tree`, so its types are right: operands fit their operators,
a constant stands right of a comparison, `And` and `Or` are flat and have two parts or more, and nothing is
negated twice. `start` and `end` are characters of the text, end exclusive; both are 0 if the tree was not
made from a text.
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

#: Operator → the operator with exchanged sides, and the operator of the negation.
FLIPPED: dict[Operator, CompareOperator] = {
    "=": "=", "<>": "<>", "<": ">", "<=": ">=", ">": "<", ">=": "<=",
}  # fmt: skip
OPPOSITE: dict[Operator, CompareOperator] = {
    "=": "<>", "<>": "=", "<": ">=", "<=": ">", ">": "<=", ">=": "<",
}  # fmt: skip
#: Signs of arithmetic: names of calls like those of functions. `-` of one argument is the negative number.
SIGNS = frozenset("+-*/%")


class Node(Record, frozen=True, kw_only=True):
    """Any part of a tree."""

    start: int = 0
    end: int = 0


class Column(Node, frozen=True):
    """A column of the vocabulary."""

    about: vocabulary.Column


class Constant(Node, frozen=True):
    """A constant as written, or the value declared for the `:parameter`."""

    value: Scalar
    parameter: str = ""


class ListRef(Node, frozen=True):
    """The name of a code list. Its values are given when the tree is run."""

    name: str
    type: Type


class Call(Node, frozen=True):
    """A function of `operators.TABLE` or a sign of `SIGNS`, with the type of its result."""

    name: str
    arguments: tuple[Node, ...]
    type: Type


class Compare(Node, frozen=True):
    """A single condition: the value `of` compared with the operands.

    Two values of one kind with a `CompareOperator`; `between` has two operands, both included; `in` has
    constants; `in list` a `ListRef`; `like` and `ilike` a pattern (`%` stands for any characters, `_` for
    one); `matches` a regular expression of Rust's syntax; `is missing` none.
    """

    operator: Operator
    of: Node
    operands: tuple[Node, ...] = ()


class And(Node, frozen=True):
    """All of its parts."""

    parts: tuple[Node, ...]


class Or(Node, frozen=True):
    """At least one of its parts."""

    parts: tuple[Node, ...]


class Not(Node, frozen=True):
    """True if `of` is false, unknown if it is unknown."""

    of: Node


#: A whole expression is a node of type yes_no.
Tree: TypeAlias = Node


def type_of(node: Node) -> Type:
    """The type of the value of a node."""
    match node:
        case Column(about=about):
            return about.type
        case Constant(value=value):
            return type_of_value(value)
        case Call(type=type_) | ListRef(type=type_):
            return type_
    return "yes_no"


def type_of_value(value: Scalar) -> Type:
    """The type of a constant."""
    match value:
        case bool():
            return "yes_no"
        case int():
            return "whole"
        case float():
            return "number"
        case dt.date():
            return "day"
    return "text"


def constant(node: Node) -> Scalar | None:
    """The value of a `Constant`; None for any other node."""
    return node.value if isinstance(node, Constant) else None


def constants(nodes: Sequence[Node]) -> tuple[Scalar, ...]:
    """The values of the constants among the nodes."""
    return tuple(node.value for node in nodes if isinstance(node, Constant))


def children(node: Node) -> Iterator[Node]:
    """The nodes directly below, in the order of the text."""
    for name in node.__struct_fields__:
        value = getattr(node, name)
        for part in value if isinstance(value, tuple) else (value,):
            if isinstance(part, Node):
                yield part


def walk(node: Node) -> Iterator[Node]:
    """The node and all nodes below it."""
    yield node
    for child in children(node):
        yield from walk(child)


def columns(node: Node) -> tuple[vocabulary.Column, ...]:
    """The columns that a tree uses, each once, in the order of the text."""
    found = {part.about.name: part.about for part in walk(node) if isinstance(part, Column)}
    return tuple(found.values())


def bare(node: Node) -> Node:
    """The same tree without places: two expressions that differ only in spacing are equal."""
    changed: dict[str, object] = {"start": 0, "end": 0}
    for name in node.__struct_fields__:
        value = getattr(node, name)
        if isinstance(value, Node):
            changed[name] = bare(value)
        elif isinstance(value, tuple):
            changed[name] = tuple(bare(part) for part in value)
    return msgspec.structs.replace(node, **changed)


def opposite(node: Node) -> Node:
    """The negation of a condition; of a negation, the condition itself."""
    return node.of if isinstance(node, Not) else Not(node, start=node.start, end=node.end)


def unnegated(node: Node) -> Node:
    """A condition without the NOT before it."""
    return node.of if isinstance(node, Not) else node


def singles(node: Node) -> Iterator[Node]:
    """The single conditions of a tree in normal form."""
    if isinstance(node, And | Or):
        for part in node.parts:
            yield from singles(part)
    else:
        yield node


def conjuncts(node: Node) -> tuple[Node, ...]:
    """The conditions that must all be true at the top of a tree."""
    return node.parts if isinstance(node, And) else (node,)


def joined(kind: type[And] | type[Or], parts: Iterable[Node]) -> And | Or:
    """`And` or `Or` of the parts; parts of the same kind are replaced by their own parts."""
    flat: list[Node] = []
    for part in parts:
        flat += part.parts if isinstance(part, And | Or) and isinstance(part, kind) else (part,)
    return kind(tuple(flat), start=flat[0].start, end=flat[-1].end)


def normal(node: Node, negated: bool = False) -> Node:
    """The same condition with `Not` only directly before single conditions.

    De Morgan's rules hold in Kleene's logic, for unknown values too. So a tree is true exactly where its
    normal form is true, with each single condition read as "is true" and each negated one as "is false".
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

#: How strongly a node binds: a node that binds less than the nodes around it needs parentheses.
_OR, _AND, _NOT, _COMPARE, _SUM, _PRODUCT, _SIGN, _ATOM = range(8)
#: Operator → its text after the value, where it is not the operator and its operand.
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
    """The canonical expression in one line, in parentheses if it binds less than `around`."""
    written, binds = _written(node)
    return f"({written})" if binds < around else written


def lines_of(tree: Tree) -> str:
    """The canonical expression, with a line for each part of an AND at the top."""
    parts = conjuncts(tree)
    around = _AND + 1 if len(parts) > 1 else _OR
    return "\nAND ".join(text_of(part, around) for part in parts)


def quoted(value: str) -> str:
    """Text as the language writes it."""
    return "'" + value.replace("'", "''") + "'"


def text_of_value(value: Scalar) -> str:
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


def _written(node: Node) -> tuple[str, int]:
    """The text of a node, and how strongly it binds."""
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
            # Left to right: 1 - (2 - 3) keeps its parentheses.
            return f"{text_of(left, binds)} {name} {text_of(right, binds + 1)}", binds
        case Call(name=name, arguments=arguments):
            return f"{name}({', '.join(map(text_of, arguments))})", _ATOM
    raise TypeError(type(node).__name__)


def _compared(node: Compare, negation: str) -> str:
    of, *operands = (text_of(part, _COMPARE + 1) for part in (node.of, *node.operands))
    form = _WRITTEN.get(node.operator, f"{node.operator} {{0}}")
    return f"{of} {form.format(*operands, all=', '.join(operands), negation=negation)}"
