"""The tree of an expression: frozen, typed nodes of our own, each with its place in the text.

`text_of` writes the canonical expression of a tree, which files, form and history keep: reading it again
gives the same tree.

A tree comes from `parse.parse` or `building.to_tree`; whoever reads one may rely on its types: operands
fit their operators, constants stand right of a comparison, `And` and `Or` are flat and have two parts
or more, nothing is negated twice. `start` and `end` are characters in the text, end exclusive, 0 and 0
where the tree came from no text.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from decimal import Decimal
from typing import Literal as Choice
from typing import TypeAlias

import msgspec

from vedette.core.records import Record
from vedette.profiles import vocabulary
from vedette.profiles.vocabulary import Type

#: A constant: text, number, whole, yes_no or day.
Scalar: TypeAlias = str | bool | int | float | dt.date
CompareOperator: TypeAlias = Choice["=", "<>", "<", "<=", ">", ">="]
ArithmeticOperator: TypeAlias = Choice["+", "-", "*", "/", "%"]

#: Operator of a comparison → what it is with its sides exchanged, and what holds when it does not.
FLIPPED: dict[CompareOperator, CompareOperator] = {
    "=": "=", "<>": "<>", "<": ">", "<=": ">=", ">": "<", ">=": "<=",
}  # fmt: skip
OPPOSITE: dict[CompareOperator, CompareOperator] = {
    "=": "<>", "<>": "=", "<": ">=", "<=": ">", ">": "<=", ">=": "<",
}  # fmt: skip


class Node(Record, frozen=True, kw_only=True):
    """Any part of a tree."""

    start: int = 0
    end: int = 0


class Column(Node, frozen=True):
    """A column of the vocabulary."""

    about: vocabulary.Column


class Literal(Node, frozen=True):
    """A constant as written."""

    value: Scalar


class Parameter(Node, frozen=True):
    """`:name`, with the value declared for it beside the expression."""

    name: str
    value: Scalar


class Arithmetic(Node, frozen=True):
    """Two numbers; `/` gives a number, the others a whole number of two whole ones."""

    operator: ArithmeticOperator
    left: Node
    right: Node


class Negative(Node, frozen=True):
    """Minus a number."""

    of: Node


class Call(Node, frozen=True):
    """A function of `operators.TABLE`, and the type of what it gives here."""

    name: str
    arguments: tuple[Node, ...]
    type: Type


class Compare(Node, frozen=True):
    """Two values of one kind; a lone constant stands right."""

    operator: CompareOperator
    left: Node
    right: Node


class Between(Node, frozen=True):
    """`of` from `low` to `high`, both included."""

    of: Node
    low: Node
    high: Node


class In(Node, frozen=True):
    """`of` is one of some constants (`Literal`, `Parameter`)."""

    of: Node
    values: tuple[Node, ...]


class ListRef(Node, frozen=True):
    """A code list by name; its values come when the tree is run."""

    name: str
    type: Type


class InList(Node, frozen=True):
    """`of` is on a code list."""

    of: Node
    list: ListRef


class Like(Node, frozen=True):
    """Text like a pattern: `%` stands for any characters, `_` for one."""

    of: Node
    pattern: str
    ignore_case: bool = False


class Matches(Node, frozen=True):
    """Text in which a regular expression (Rust's kind) is found."""

    of: Node
    pattern: str


class Missing(Node, frozen=True):
    """`of` is not known."""

    of: Node


class And(Node, frozen=True):
    """All of its parts."""

    parts: tuple[Node, ...]


class Or(Node, frozen=True):
    """At least one of its parts."""

    parts: tuple[Node, ...]


class Not(Node, frozen=True):
    """The part is false: not so where it is unknown."""

    of: Node


#: A whole expression is a node of type yes_no.
Tree: TypeAlias = Node


def type_of(node: Node) -> Type:
    """What a node gives."""
    match node:
        case Column(about=about):
            return about.type
        case Literal(value=value) | Parameter(value=value):
            return type_of_value(value)
        case Call(type=type_):
            return type_
        case Negative(of=of):
            return type_of(of)
        case Arithmetic(operator=operator, left=left, right=right):
            both_whole = type_of(left) == type_of(right) == "whole"
            return "whole" if both_whole and operator != "/" else "number"
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
    """The value of a `Literal` or `Parameter`; None of any other node."""
    return node.value if isinstance(node, Literal | Parameter) else None


def children(node: Node) -> Iterator[Node]:
    """The nodes directly below, in the order of the text."""
    for name in node.__struct_fields__:
        value = getattr(node, name)
        if isinstance(value, Node):
            yield value
        elif isinstance(value, tuple):
            yield from (part for part in value if isinstance(part, Node))


def walk(node: Node) -> Iterator[Node]:
    """The node and all below it."""
    yield node
    for child in children(node):
        yield from walk(child)


def columns(node: Node) -> tuple[vocabulary.Column, ...]:
    """The columns a tree speaks of, each once, in the order of the text."""
    found = {part.about.name: part.about for part in walk(node) if isinstance(part, Column)}
    return tuple(found.values())


def bare(node: Node) -> Node:
    """The same tree without places: two expressions that say the same in other spacing are equal."""
    changed: dict[str, object] = {"start": 0, "end": 0}
    for name in node.__struct_fields__:
        value = getattr(node, name)
        if isinstance(value, Node):
            changed[name] = bare(value)
        elif isinstance(value, tuple):
            changed[name] = tuple(bare(part) if isinstance(part, Node) else part for part in value)
    return msgspec.structs.replace(node, **changed)


def opposite(node: Node) -> Node:
    """The negation of a condition, without a double one."""
    if isinstance(node, Not):
        return node.of
    return Not(node, start=node.start, end=node.end)


def unnegated(node: Node) -> Node:
    """A condition without the NOT before it."""
    return node.of if isinstance(node, Not) else node


def singles(node: Node) -> Iterator[Node]:
    """The conditions that a tree in normal form joins by AND and OR."""
    if isinstance(node, And | Or):
        for part in node.parts:
            yield from singles(part)
    else:
        yield node


def conjuncts(node: Node) -> tuple[Node, ...]:
    """What must all hold at the top of a tree."""
    return node.parts if isinstance(node, And) else (node,)


def normal(node: Node, negated: bool = False) -> Node:
    """The same condition with `Not` only directly over single conditions.

    Kleene's logic keeps De Morgan's rules, unknown included; so a tree is true exactly where this form,
    read with "is true" and "is false" for its conditions, is.
    """
    match node:
        case Not(of=of):
            return normal(of, not negated)
        case And(parts=parts) | Or(parts=parts):
            kind = And if isinstance(node, And) is not negated else Or
            flat: list[Node] = []
            for part in parts:
                made = normal(part, negated)
                flat += (
                    made.parts if isinstance(made, And | Or) and isinstance(made, kind) else (made,)
                )
            return kind(tuple(flat), start=node.start, end=node.end)
    return opposite(node) if negated else node


# --- canonical text --------------------------------------------------------------------------------

#: How tightly a node binds: what binds less than its surroundings stands in parentheses.
_OR, _AND, _NOT, _COMPARE, _SUM, _PRODUCT, _SIGN, _ATOM = range(8)


def text_of(node: Node, around: int = _OR) -> str:
    """The canonical expression in one line, in parentheses only where what stands around needs them."""
    said, binds = _said(node)
    return f"({said})" if binds < around else said


def lines_of(tree: Tree) -> str:
    """The canonical expression, each part of an AND at the top on a line of its own."""
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


def _said(node: Node) -> tuple[str, int]:
    """A node's text, and how tightly it binds."""
    match node:
        case Or(parts=parts):
            return " OR ".join(text_of(part, _OR + 1) for part in parts), _OR
        case And(parts=parts):
            return " AND ".join(text_of(part, _AND + 1) for part in parts), _AND
        case Not(of=Between() | In() | InList() | Like() | Matches() | Missing() as of):
            return _asked(of, "NOT "), _COMPARE
        case Not(of=of):
            return f"NOT {text_of(of, _NOT)}", _NOT
        case Compare(operator=operator, left=left, right=right):
            sides = text_of(left, _COMPARE + 1), text_of(right, _COMPARE + 1)
            return f"{sides[0]} {operator} {sides[1]}", _COMPARE
        case Between() | In() | InList() | Like() | Matches() | Missing():
            return _asked(node, ""), _COMPARE
        case Column(about=about):
            return about.name, _ATOM
        case ListRef(name=name):
            return f"LIST {quoted(name)}", _ATOM
        case Literal(value=value):
            negative = isinstance(value, int | float) and value < 0
            return text_of_value(value), _SIGN if negative else _ATOM
        case Parameter(name=name):
            return f":{name}", _ATOM
        case Negative(of=of):
            return f"-{text_of(of, _SIGN + 1)}", _SIGN
        case Call(name=name, arguments=arguments):
            return f"{name}({', '.join(text_of(part) for part in arguments)})", _ATOM
        case Arithmetic(operator=operator, left=left, right=right):
            binds = _SUM if operator in "+-" else _PRODUCT
            # Left to right: 1 - (2 - 3) keeps its parentheses.
            return f"{text_of(left, binds)} {operator} {text_of(right, binds + 1)}", binds
    raise TypeError(type(node).__name__)


def _asked(node: Between | In | InList | Like | Matches | Missing, negation: str) -> str:
    """A condition whose operator NOT may stand in."""
    match node:
        case Between(low=low, high=high):
            asked = f"BETWEEN {text_of(low, _COMPARE + 1)} AND {text_of(high, _COMPARE + 1)}"
        case In(values=values):
            asked = f"IN ({', '.join(text_of(value) for value in values)})"
        case InList(list=named):
            asked = f"IN {text_of(named)}"
        case Like(pattern=pattern, ignore_case=ignore_case):
            asked = f"{'ILIKE' if ignore_case else 'LIKE'} {quoted(pattern)}"
        case Matches(pattern=pattern):
            asked = f"MATCHES {quoted(pattern)}"
        case Missing():
            return f"{text_of(node.of, _COMPARE + 1)} IS {negation}MISSING"
    return f"{text_of(node.of, _COMPARE + 1)} {negation}{asked}"
