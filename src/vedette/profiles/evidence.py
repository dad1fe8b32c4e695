"""Explains why a profile fired: the conditions that were true, each with its value and its limit.

The values come from the same compiled expressions that decide whether a profile fires, so the evidence always
agrees with the result. The stored evidence is plain data: texts with their parameters, which are rendered in
the language of each reader.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import msgspec
import polars as pl

from vedette.core.records import Record
from vedette.core.texts import One, Text, pgettext_lazy
from vedette.profiles.compiling import Lists, compiled, fitted, value
from vedette.profiles.tree import (
    And,
    Call,
    Column,
    Compare,
    Constant,
    ListRef,
    Node,
    Not,
    Or,
    Scalar,
    Tree,
    columns,
    constants,
    normal,
    singles,
    text_of,
    unnegated,
)
from vedette.profiles.words import (
    PARTS,
    formula,
    in_line,
    label,
    limit,
    sentence,
    shown,
    subject,
    unit,
)


class Held(Record, frozen=True, kw_only=True):
    """A condition that was true.

    `column` is empty if the condition is about a formula and not about a column. `operator` is the operator
    as it is written (`<`, `in list`), or `is` if the condition is a yes-or-no value. If the condition is
    negated, `operator` begins with `not`. `limit` is a constant, a tuple of constants, the name of a list, a
    pattern, or None if the limit is also a formula. The texts are: what the condition is about (`what`), the
    value found (`found`), the limit (`bound`, empty if there is none), and the whole sentence.
    """

    condition: str
    column: str
    value: Scalar | None
    operator: str
    limit: Scalar | tuple[Scalar, ...] | None
    what: One
    found: One
    bound: One
    sentence: Text


class Explaining:
    """A compiled tree with which the results of many rows are explained. All parts of the explanation except
    the values are made only once."""

    def __init__(self, tree: Tree, lists: Lists | None = None) -> None:
        self._tree = normal(tree)
        self._columns = columns(tree)
        # Nodes are distinguished by identity, because a tree made by hand may contain one node in two places.
        alone = {id(node): node for node in singles(self._tree)}.values()
        self._said = {id(node): _said(node) for node in alone}
        #: The texts as plain data. They are made once, because this takes much of the time needed to store a
        #: hit.
        self._plain = {place: msgspec.to_builtins(said) for place, said in self._said.items()}
        self._units = {id(node): unit(_about(node)) for node in alone}
        self._asked = [pl.int_range(pl.len()).alias("row"), compiled(tree, lists).alias("all")]
        for node in alone:
            self._asked += [
                compiled(node, lists).alias(f"held {id(node)}"),
                value(_about(node), lists).alias(f"value {id(node)}"),
            ]

    def rows(self, frame: pl.DataFrame) -> list[tuple[Held, ...]]:
        """Returns for each row of a frame the conditions that are true, if the whole tree is true; else an
        empty tuple."""
        return [
            tuple(
                msgspec.structs.replace(self._said[place], value=value, found=found)
                for place, value, found in chosen
            )
            for chosen in self._found(frame)
        ]

    def plain_rows(self, frame: pl.DataFrame) -> list[tuple[dict[str, Any], ...]]:
        """Returns the result of `rows` as plain data."""
        return [
            tuple(
                self._plain[place] | msgspec.to_builtins({"value": value, "found": found})
                for place, value, found in chosen
            )
            for chosen in self._found(frame)
        ]

    def _found(self, frame: pl.DataFrame) -> Iterator[list[tuple[int, Any, One]]]:
        """Returns for each row the conditions that are true, each with its value and the text of the
        value."""
        fit, _ = fitted(frame, self._columns)
        for row in fit.select(self._asked).iter_rows(named=True):
            chosen = [id(node) for node in _chosen(self._tree, row)] if row["all"] else []
            values = [(place, row[f"value {place}"]) for place in chosen]
            yield [(place, value, _found(value, self._units[place])) for place, value in values]


def _chosen(node: Node, row: Mapping[str, Any]) -> list[Node]:
    """Returns the single conditions that made a node true: all conditions of an AND, and the true conditions
    of an OR."""
    if isinstance(node, And | Or):
        return [one for part in node.parts if _holds(part, row) for one in _chosen(part, row)]
    return [node]


def _holds(node: Node, row: Mapping[str, Any]) -> bool:
    if isinstance(node, And | Or):
        join = all if isinstance(node, And) else any
        return join(_holds(part, row) for part in node.parts)
    return row[f"held {id(node)}"] is True


def _about(node: Node) -> Node:
    """Returns the value that a single condition compares. If the condition is a yes-or-no value, returns the
    condition itself."""
    match unnegated(node):
        case Compare(of=of):
            return of
        case Call(name=name, arguments=(of, Constant(parameter=""))) if name in PARTS:
            return of
        case other:
            return other


def _said(node: Node) -> Held:
    """Returns the parts of the explanation of a single condition that are the same for every value."""
    inner, negated, of = unnegated(node), isinstance(node, Not), _about(node)
    about, _ = subject(of)
    operator, bound = _operator(inner)
    return Held(
        condition=text_of(node),
        column=about.name if about else "",
        value=None,
        operator=f"not {operator}" if negated else operator,
        limit=bound,
        what=label(of.about) if isinstance(of, Column) else formula(of),
        found="",
        bound="" if operator == "is missing" else limit(inner, negated)[1],
        sentence=in_line(sentence(node)),
    )


def _operator(node: Node) -> tuple[str, Scalar | tuple[Scalar, ...] | None]:
    match node:
        case Compare(operator="between" | "in" as operator, operands=operands):
            return operator, constants(operands)
        case Compare(operator=operator, operands=(ListRef(name=name),)):
            return operator, name
        case Compare(operator=operator, operands=operands):
            return operator, next(iter(constants(operands)), None)
        case Call(name=name, arguments=(_, Constant(value=part, parameter=""))) if name in PARTS:
            return PARTS[name], part
    return "is", True


def _found(found: Any, unit: str) -> One:
    """Returns a value as a text with at most six digits. Six digits are enough to distinguish a
    value from a limit that is close."""
    if found is None:
        return pgettext_lazy("value", "unknown")
    if isinstance(found, float):
        short = float(f"{found:.6g}")
        found = int(short) if short.is_integer() else short
    return shown(found, unit)
