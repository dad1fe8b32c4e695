"""Converts a form, which consists of conditions and groups, to the tree of an expression, and converts a tree
to a form.

A form is a group of conditions and other groups. A form can be stored as JSON (`as_json`, `read`). A tree
with arithmetic, functions, parameters or comparisons of two columns cannot be shown as a form. For a tree
that cannot be shown as a form, the page shows only the text.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from typing import Any, Literal, TypeAlias, cast, get_args

import msgspec

from vedette.core.records import Record
from vedette.profiles.check import MAX_CHARACTERS, Checked, ExpressionError
from vedette.profiles.tree import (
    And,
    Call,
    Compare,
    CompareOperator,
    Constant,
    ListRef,
    Node,
    Not,
    Or,
    Tree,
    lines_of,
    text_of,
    type_of,
)
from vedette.profiles.tree import Operator as Compared
from vedette.profiles.vocabulary import Type, Vocabulary
from vedette.profiles.words import PARTS, subject

#: A value in a form. A day is a text such as 2026-01-31.
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
#: Type of a column → the operators that the form offers for it, in the order of the page.
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
    """One line (a condition) of the form. `values` contains the operands of `operator`. The operators `yes`,
    `no`, `missing` and `known` have no operand, `between` has two, and `in` has any number. The operand of
    `in list` is the name of the list. Every other operator has one operand. `default` is the value that is
    used if the value of the column is missing.
    """

    column: str
    operator: Operator
    values: tuple[Value, ...] = ()
    default: Value | None = None
    #: The path of the condition that error messages state. If it is empty, they state the position of the
    #: condition in the form.
    path: str = ""


class Group(Record, frozen=True, kw_only=True, tag_field="is", tag="group"):
    """A group of conditions and other groups. A group requires that all, any or none of its parts are
    true."""

    join: Join
    parts: tuple[Condition | Group, ...]


def as_json(form: Group) -> Any:
    """Returns a form as data that JSON can represent."""
    return msgspec.to_builtins(form)


def read(data: Any) -> Group:
    """Returns the form from data that `as_json` returned. Raises `ExpressionError` if the data is not a
    form."""
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
    """Returns the canonical expression of a form. Raises `ExpressionError` if a value does not fit its
    column. In the error, `params["path"]` is the path of the faulty condition: `0.2` is the third part of the
    first part.
    """
    text = lines_of(to_tree(form, vocabulary, lists))
    if len(text) > MAX_CHARACTERS:
        params = {"length": str(len(text)), "limit": str(MAX_CHARACTERS)}
        raise ExpressionError("too_long", 0, 0, params)
    return text


def to_tree(form: Group, vocabulary: Vocabulary, lists: Mapping[str, Type] | None = None) -> Tree:
    """Converts a form to the tree of an expression. Raises the same errors as `to_text`."""
    return _tree(Checked(vocabulary, lists), form, "")


def _tree(make: Checked, form: Condition | Group, path: str) -> Tree:
    if isinstance(form, Group):
        return _group(make, form, path)
    try:
        return _condition(make, form)
    except ExpressionError as error:
        params = {**error.params, "path": form.path or path}
        raise ExpressionError(error.id, 0, 0, params, error.suggestion) from None


def _group(make: Checked, form: Group, path: str) -> Tree:
    if not form.parts:
        raise ExpressionError("empty", 0, 0, {"path": path})
    parts = [
        _tree(make, part, f"{path}.{place}".lstrip(".")) for place, part in enumerate(form.parts)
    ]
    kind = And if form.join == "all" else Or
    made = make.joined(kind, parts) if len(parts) > 1 else parts[0]
    return make.negated(made) if form.join == "none" else made


def _condition(make: Checked, form: Condition) -> Tree:
    of: Node = make.column(form.column)
    type_ = type_of(of)
    if form.operator not in OPERATORS[type_]:
        params = {"column": text_of(of), "type": type_, "operator": form.operator}
        raise ExpressionError("form_operator", 0, 0, params)
    if form.default is not None:
        of = make.call("COALESCE", [of, _constant(make, form.default)])
    values = [_constant(make, value) for value in form.values]
    operator = form.operator.removeprefix("not ")
    needed = {"yes": 0, "no": 0, "missing": 0, "known": 0, "between": 2}.get(operator, 1)
    if len(values) != needed and not (operator == "in" and values):
        params = {"name": operator, "needed": str(needed), "given": str(len(values))}
        raise ExpressionError("arguments", 0, 0, params)
    if operator in ("yes", "no"):
        made = make.condition(of)
    elif operator in ("missing", "known"):
        made = make.compare("is missing", of)
    elif operator in _FUNCTIONS:
        made = make.call(_FUNCTIONS[operator], [of, values[0]])
    elif operator == "in list":
        made = make.compare("in list", of, make.named_list(str(values[0].value)))
    else:
        made = make.compare(cast(Compared, operator), of, *values)
    negated = operator in ("no", "known") or operator != form.operator
    return make.negated(made) if negated else made


def _constant(make: Checked, value: Value) -> Constant:
    """Returns a value of a form as a constant. A later step checks whether the value fits its column."""
    if isinstance(value, str) and any(
        ord(letter) < 32 or 0xD800 <= ord(letter) < 0xE000 for letter in value
    ):
        raise ExpressionError("form", 0, 0, {"reason": "control character"})
    return make.literal(value)


def to_form(tree: Tree) -> Group | None:
    """Returns the form of a tree, or None if a form cannot show the tree."""
    made = _form(tree)
    return Group(join="all", parts=(made,)) if isinstance(made, Condition) else made


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
    """Returns a single condition as a line of the form, or None if the form has no operator that can express
    the condition.
    """
    written: tuple[Node, ...] = ()
    match node:
        case Compare(operator="is missing", of=of):
            name, negated = ("known" if negated else "missing"), False
        case Compare(operator=name, of=of, operands=written):
            pass
        case Call(name=function, arguments=(of, Constant(parameter="") as part)) if (
            function in PARTS
        ):
            name, written = PARTS[function], (part,)
        case of:
            name, negated = ("no" if negated else "yes"), False
    about, default = subject(of)
    values = [_value(part) for part in written]
    name = f"not {name}" if negated else name
    operator = next((one for one in OPERATORS[about.type] if one == name), None) if about else None
    if (
        about is None
        or operator is None
        or None in values
        or (isinstance(of, Call) and _value(of.arguments[1]) is None)
    ):
        return None
    return Condition(
        column=about.name,
        operator=operator,
        values=tuple(value for value in values if value is not None),
        default=default.isoformat() if isinstance(default, dt.date) else default,
    )


def _value(node: Node) -> Value | None:
    """Returns the value of a constant, or the name of a code list. Returns None for a parameter, because a
    form cannot contain the name of a parameter."""
    if isinstance(node, ListRef):
        return node.name
    if not isinstance(node, Constant) or node.parameter:
        return None
    return node.value.isoformat() if isinstance(node.value, dt.date) else node.value
