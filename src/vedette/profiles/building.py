"""The form of conditions and groups: a tree as far as a form can show it, and back.

A form is plain data (`as_json`, `read`), a group at the top. What it cannot show (arithmetic, functions,
parameters, comparisons of two columns) gives no form, and the page shows the text alone.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from typing import Any, Literal, TypeAlias, get_args

import msgspec

from vedette.core.records import Record
from vedette.profiles.check import MAX_CHARACTERS, Checked
from vedette.profiles.messages import ExpressionError
from vedette.profiles.tree import (
    And,
    Between,
    Call,
    Column,
    Compare,
    CompareOperator,
    In,
    InList,
    Like,
    Matches,
    Missing,
    Node,
    Not,
    Or,
    Tree,
    lines_of,
)
from vedette.profiles.tree import Literal as Constant
from vedette.profiles.vocabulary import Type, Vocabulary
from vedette.profiles.words import PARTS, subject

#: A value in a form: a day is text as 2026-01-31.
Value: TypeAlias = str | bool | int | float
Join = Literal["all", "any", "none"]
Operator = Literal[
    "yes", "no", "=", "<>", "<", "<=", ">", ">=", "between", "not between", "in", "not in",
    "in list", "not in list", "begins", "not begins", "ends", "not ends", "contains", "not contains",
    "like", "not like", "ilike", "not ilike", "matches", "not matches", "missing", "known",
]  # fmt: skip
_COMPARISONS: tuple[CompareOperator, ...] = get_args(CompareOperator)
_ORDERED: tuple[Operator, ...] = (
    *_COMPARISONS, "between", "not between", "in", "not in", "in list", "not in list",
    "missing", "known",
)  # fmt: skip
#: Which operators a column of each type offers, in the order of the page.
OPERATORS: dict[Type, tuple[Operator, ...]] = {
    "yes_no": ("yes", "no", "missing", "known"),
    "number": _ORDERED,
    "whole": _ORDERED,
    "day": _ORDERED,
    "text": (
        "=", "<>", "in", "not in", "in list", "not in list", "begins", "not begins", "ends",
        "not ends", "contains", "not contains", "like", "not like", "ilike", "not ilike", "matches",
        "not matches", "<", "<=", ">", ">=", "between", "not between", "missing", "known",
    ),
}  # fmt: skip
MAX_PARTS = 200
MAX_DEPTH = 10
_FUNCTIONS = {kind: name for name, kind in PARTS.items()}


class Condition(Record, frozen=True, kw_only=True, tag_field="is", tag="condition"):
    """One line of the form. `values`: none of a yes or no, of missing and known; two of between; any
    number of in; the name of a list; one of the others. `default` stands where nothing is known."""

    column: str
    operator: Operator
    values: tuple[Value, ...] = ()
    default: Value | None = None
    #: What errors call it by; else its place in the form.
    path: str = ""


class Group(Record, frozen=True, kw_only=True, tag_field="is", tag="group"):
    """All, any or none of some conditions and groups."""

    join: Join
    parts: tuple[Condition | Group, ...]


def as_json(form: Group) -> Any:
    """A form as plain data."""
    return msgspec.to_builtins(form)


def read(data: Any) -> Group:
    """A form from plain data; `ExpressionError` where it is none."""
    try:
        form = msgspec.convert(data, Group)
    except (msgspec.ValidationError, RecursionError) as error:
        raise ExpressionError("form", 0, 0, {"reason": str(error)[:200]}) from None
    _bounded(form, 0, [0])
    return form


def _bounded(form: Condition | Group, depth: int, count: list[int]) -> None:
    count[0] += 1
    if count[0] > MAX_PARTS:
        raise ExpressionError("too_many", 0, 0, {"limit": str(MAX_PARTS)})
    if depth > MAX_DEPTH:
        raise ExpressionError("too_deep", 0, 0, {"limit": str(MAX_DEPTH)})
    if isinstance(form, Group):
        for part in form.parts:
            _bounded(part, depth + 1, count)


def to_text(form: Group, vocabulary: Vocabulary, lists: Mapping[str, Type] | None = None) -> str:
    """The canonical expression of a form; `ExpressionError` where a value does not fit, with the path
    of the condition in `params["path"]` (`0.2`: third part of the first)."""
    text = lines_of(to_tree(form, vocabulary, lists))
    if len(text) > MAX_CHARACTERS:
        params = {"length": str(len(text)), "limit": str(MAX_CHARACTERS)}
        raise ExpressionError("too_long", 0, 0, params)
    return text


def to_tree(form: Group, vocabulary: Vocabulary, lists: Mapping[str, Type] | None = None) -> Tree:
    """The tree of a form; errors as of `to_text`."""
    return _Building(vocabulary, lists or {}).tree(form, "")


class _Building:
    """Form → tree, over a vocabulary."""

    def __init__(self, vocabulary: Vocabulary, lists: Mapping[str, Type]) -> None:
        self._make = Checked(vocabulary, lists)

    def tree(self, form: Condition | Group, path: str) -> Tree:
        if isinstance(form, Group):
            return self._group(form, path)
        try:
            return self._condition(form)
        except ExpressionError as error:
            params = {**error.params, "path": form.path or path}
            raise ExpressionError(error.id, 0, 0, params, error.suggestion) from None

    def _group(self, form: Group, path: str) -> Tree:
        if not form.parts:
            raise ExpressionError("empty", 0, 0, {"path": path})
        parts = [
            self.tree(part, f"{path}.{place}".lstrip(".")) for place, part in enumerate(form.parts)
        ]
        if len(parts) == 1:
            return self._make.negated(parts[0]) if form.join == "none" else parts[0]
        joined = self._make.joined(And if form.join == "all" else Or, parts)
        return self._make.negated(joined) if form.join == "none" else joined

    def _condition(self, form: Condition) -> Tree:
        of: Node = (column := self._make.column(form.column))
        about = column.about
        if form.operator not in OPERATORS[about.type]:
            params = {"column": about.name, "type": about.type, "operator": form.operator}
            raise ExpressionError("form_operator", 0, 0, params)
        if form.default is not None:
            of = self._make.call("COALESCE", [of, self._constant(form.default)])
        values = [self._constant(value) for value in form.values]
        operator = form.operator.removeprefix("not ")
        made = self._made(of, operator, values)
        return self._make.negated(made) if operator != form.operator else made

    def _made(self, of: Node, operator: str, values: list[Constant]) -> Node:
        needed = {"yes": 0, "no": 0, "missing": 0, "known": 0, "between": 2}.get(operator, 1)
        if len(values) != needed and not (operator == "in" and values):
            params = {"name": operator, "needed": str(needed), "given": str(len(values))}
            raise ExpressionError("arguments", 0, 0, params)
        match operator:
            case "yes":
                return self._make.condition(of)
            case "no":
                return self._make.negated(of)
            case "missing":
                return self._make.missing(of)
            case "known":
                return self._make.negated(self._make.missing(of))
            case "between":
                return self._make.between(of, values[0], values[1])
            case "in":
                return self._make.among(of, values)
            case "in list":
                return self._make.in_list(of, self._make.named_list(str(values[0].value)))
            case "like" | "ilike":
                return self._make.like(of, values[0], operator == "ilike")
            case "matches":
                return self._make.matches(of, values[0])
            case "begins" | "ends" | "contains":
                return self._make.call(_FUNCTIONS[operator], [of, values[0]])
        comparison = next(known for known in _COMPARISONS if known == operator)
        return self._make.compare(comparison, of, values[0])

    def _constant(self, value: Value) -> Constant:
        """A value of a form; whether it fits its column is told by the check of types."""
        if isinstance(value, str) and any(
            ord(letter) < 32 or 0xD800 <= ord(letter) < 0xE000 for letter in value
        ):
            raise ExpressionError("form", 0, 0, {"reason": "control character"})
        return self._make.literal(value)


def to_form(tree: Tree) -> Group | None:
    """The form of a tree; None where a form cannot show it."""
    made = _form(tree)
    if made is None or isinstance(made, Group):
        return made
    return Group(join="all", parts=(made,))


def _form(node: Node) -> Condition | Group | None:
    match node:
        case And(parts=parts):
            return _joined("all", parts)
        case Or(parts=parts):
            return _joined("any", parts)
        case Not(of=Or(parts=parts)):
            return _joined("none", parts)
        case Not(of=of):
            return _line(of, True) or _joined("none", (of,))
    return _line(node, False)


def _joined(join: Join, nodes: Sequence[Node]) -> Group | None:
    parts = [_form(node) for node in nodes]
    known = tuple(part for part in parts if part is not None)
    return Group(join=join, parts=known) if len(known) == len(parts) else None


def _line(node: Node, negated: bool) -> Condition | None:
    """A single condition as a line; None where no operator of the form says it."""
    match node:
        case Compare(operator=operator, left=of, right=value) if not negated:
            return _filled(of, operator, (value,), negated=False)
        case Between(of=of, low=low, high=high):
            return _filled(of, "between", (low, high), negated)
        case In(of=of, values=values):
            return _filled(of, "in", values, negated)
        case InList(of=of, list=named):
            return _filled(of, "in list", (Constant(named.name),), negated)
        case Like(of=of, pattern=pattern, ignore_case=ignore_case):
            return _filled(of, "ilike" if ignore_case else "like", (Constant(pattern),), negated)
        case Matches(of=of, pattern=pattern):
            return _filled(of, "matches", (Constant(pattern),), negated)
        case Call(name=name, arguments=(of, Constant() as part)) if name in PARTS:
            return _filled(of, PARTS[name], (part,), negated)
        case Missing(of=of):
            return _filled(of, "known" if negated else "missing", (), negated=False)
        case Column() | Call():
            return _filled(node, "no" if negated else "yes", (), negated=False)
    return None


def _filled(of: Node, operator: str, values: Sequence[Node], negated: bool) -> Condition | None:
    about, default = subject(of)
    fixed = [_value(value) for value in values]
    if (
        about is None
        or None in fixed
        or (isinstance(of, Call) and not isinstance(of.arguments[1], Constant))
    ):
        return None
    name = f"not {operator}" if negated else operator
    chosen = next((known for known in OPERATORS[about.type] if known == name), None)
    if chosen is None:
        return None
    return Condition(
        column=about.name,
        operator=chosen,
        values=tuple(value for value in fixed if value is not None),
        default=default.isoformat() if isinstance(default, dt.date) else default,
    )


def _value(node: Node) -> Value | None:
    """A written constant; a parameter is none, for its name would be lost."""
    if not isinstance(node, Constant):
        return None
    return node.value.isoformat() if isinstance(node.value, dt.date) else node.value
