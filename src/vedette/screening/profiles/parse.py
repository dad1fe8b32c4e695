"""Text → tree, by sqlglot: the one module that knows it.

`tokens` has taken the text apart and looked up every name; `shape` has seen that operators, operands
and parentheses alternate. sqlglot then gets operators and numbered leaves (`NOT t1 AND t3 ( t5 , t7 ) <
t10`), says what binds to what, and its nodes are taken over by an allow-list, with types checked.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Mapping
from typing import Any, cast

import msgspec
import sqlglot
from sqlglot import exp
from sqlglot.errors import SqlglotError

from vedette.screening.profiles import shape
from vedette.screening.profiles.making import Making
from vedette.screening.profiles.messages import ExpressionError
from vedette.screening.profiles.tokens import MAX_CHARACTERS, Names, Token, tokens
from vedette.screening.profiles.tree import (
    And,
    ArithmeticOperator,
    CompareOperator,
    ListRef,
    Matches,
    Node,
    Or,
    Scalar,
    Tree,
    walk,
)
from vedette.screening.vocabulary import Type, Vocabulary

__all__ = ["MAX_CHARACTERS", "MAX_NODES", "MAX_REGEXES", "parse"]

#: Parts of one expression, and how deep they may stand in each other.
MAX_NODES = 1200
MAX_TREE_DEPTH = 40
MAX_REGEXES = 20


def parse(
    text: str,
    vocabulary: Vocabulary,
    lists: Mapping[str, Type] | None = None,
    parameters: Mapping[str, Scalar] | None = None,
) -> Tree:
    """The tree of an expression over a vocabulary.

    `lists`: the code lists it may name, with the type of their values; `parameters`: values of its
    `:names`. Raises `ExpressionError`, and nothing else, whatever the text is.
    """
    names = Names(vocabulary=vocabulary, lists=lists or {}, parameters=parameters or {})
    found = tokens(text, names)
    shape.check(found, text)
    try:
        tree = _Taking(text, found).tree()
    except RecursionError:
        limit = {"limit": str(shape.MAX_DEPTH)}
        raise ExpressionError("too_deep", 0, len(text), limit) from None
    regexes = sum(isinstance(node, Matches) for node in walk(tree))
    if regexes > MAX_REGEXES:
        raise ExpressionError("regex_many", 0, len(text), {"limit": str(MAX_REGEXES)})
    return tree


_COMPARISONS: dict[type[exp.Expression], CompareOperator] = {
    exp.EQ: "=", exp.NEQ: "<>", exp.LT: "<", exp.LTE: "<=", exp.GT: ">", exp.GTE: ">=",
}  # fmt: skip
#: What sqlglot's nodes may say; a node that says anything else is refused, so that a mark which a later
#: version adds cannot be overlooked.
_ARGUMENTS = frozenset(
    ("this", "expression", "expressions", "low", "high", "negate", "safe", "typed")
)
_ARITHMETIC: dict[type[exp.Expression], ArithmeticOperator] = {
    exp.Add: "+", exp.Sub: "-", exp.Mul: "*", exp.Div: "/", exp.Mod: "%",
}  # fmt: skip


class _Taking:
    """sqlglot's nodes → ours, by an allow-list."""

    def __init__(self, text: str, tokens: list[Token]) -> None:
        self._text = text
        self._tokens = tokens
        self._make = Making(text)
        self._nodes = 0
        self._depth = 0
        self._takers: dict[type[exp.Expression], Callable[[Any], Node]] = {
            exp.Paren: lambda node: self._take(node.this),
            exp.And: lambda node: self._joined(And, node),
            exp.Or: lambda node: self._joined(Or, node),
            exp.Not: self._not,
            exp.Neg: lambda node: self._make.negative(self._take(node.this)),
            exp.Between: lambda node: self._make.between(
                self._take(node.this), self._take(node.args["low"]), self._take(node.args["high"])
            ),
            exp.In: self._in,
            exp.Like: lambda node: self._like(node, ignore_case=False),
            exp.ILike: lambda node: self._like(node, ignore_case=True),
            exp.RegexpLike: lambda node: self._make.matches(*self._both(node)),
            exp.Is: self._is,
            exp.DPipe: self._concat,
            exp.Anonymous: self._call,
            exp.Column: self._leaf,
        }
        for kind, comparison in _COMPARISONS.items():
            self._takers[kind] = self._binary(self._make.compare, comparison)
        for kind, operator in _ARITHMETIC.items():
            self._takers[kind] = self._binary(self._make.arithmetic, operator)

    def tree(self) -> Tree:
        """The whole expression, which must be a condition."""
        words = [token.word for token in self._tokens]
        try:
            parsed = sqlglot.parse(" ".join(words))
        except SqlglotError as error:
            raise self._not_read(error, words) from None
        if len(parsed) != 1 or parsed[0] is None:
            raise ExpressionError("not_read", 0, len(self._text))
        return self._make.condition(self._take(parsed[0]))

    def _not_read(self, error: SqlglotError, words: list[str]) -> ExpressionError:
        """sqlglot's refusal at the token that it names."""
        ends: list[int] = []
        for word in words:
            ends.append(len(word) + (ends[-1] + 1 if ends else 0))
        details = getattr(error, "errors", None) or [{}]
        column = details[0].get("col")
        at = bisect_left(ends, column) if isinstance(column, int) else len(words)
        token = self._tokens[min(at, len(words) - 1)]
        halved = "Between" in str(details[0].get("description"))
        return ExpressionError("between_what" if halved else "not_read", token.start, token.end)

    def _take(self, node: Any) -> Node:
        taker = self._takers.get(type(node))
        if taker is None or any(node.args[key] for key in node.args.keys() - _ARGUMENTS):
            raise self._refused(node)
        self._nodes += 1
        self._depth += 1
        if self._nodes > MAX_NODES:
            raise ExpressionError("too_many", 0, len(self._text), {"limit": str(MAX_NODES)})
        if self._depth > MAX_TREE_DEPTH:
            limit = {"limit": str(MAX_TREE_DEPTH)}
            raise ExpressionError("too_deep", 0, len(self._text), limit)
        taken = taker(node)
        self._depth -= 1
        # Of some operators sqlglot keeps NOT as a mark, of others as a node around.
        return self._make.negated(taken) if node.args.get("negate") else taken

    def _refused(self, node: Any) -> ExpressionError:
        """A node that no rule takes, at its nearest leaf."""
        token = self._tokens[0]
        if isinstance(node, exp.Expression):
            for leaf in node.find_all(exp.Identifier, exp.Anonymous):
                token = self._token(leaf)
                break
        return ExpressionError("not_read", token.start, token.end)

    def _token(self, node: exp.Expression) -> Token:
        """The token of a numbered leaf or function."""
        return self._tokens[int(str(node.this)[1:])]

    def _leaf(self, node: exp.Column) -> Node:
        token = self._token(cast(exp.Expression, node.this))
        if token.node is None or isinstance(token.node, ListRef):
            raise ExpressionError("not_read", token.start, token.end)
        return token.node

    def _binary(
        self, make: Callable[[Any, Node, Node], Node], operator: str
    ) -> Callable[[exp.Expression], Node]:
        return lambda node: make(operator, *self._both(node))

    def _both(self, node: exp.Expression) -> tuple[Node, Node]:
        return self._take(node.this), self._take(node.expression)

    def _joined(self, kind: type[And] | type[Or], node: exp.Expression) -> Node:
        """A chain of ANDs, or of ORs, which sqlglot nests to the left: taken without recursion."""
        same = type(node)
        parts: list[exp.Expression] = []
        while isinstance(node, same):
            parts.append(node.expression)
            node = node.this
        parts.append(node)
        return self._make.joined(kind, [self._take(part) for part in reversed(parts)])

    def _not(self, node: exp.Not) -> Node:
        """A negation, from its NOT on where that stands before."""
        made = self._make.negated(self._take(node.this))
        before = [token for token in self._tokens if token.end <= made.start and token.word != "("]
        if before and before[-1].word == "NOT":
            made = msgspec.structs.replace(made, start=before[-1].start)
        return made

    def _in(self, node: exp.In) -> Node:
        of = self._take(node.this)
        values = node.expressions
        if len(values) == 1 and isinstance(values[0], exp.Column):
            named = self._token(cast(exp.Expression, values[0].this)).node
            if isinstance(named, ListRef):
                return self._make.in_list(of, named)
        if not values:
            raise ExpressionError("in_what", of.start, of.end)
        return self._make.among(of, [self._take(value) for value in values])

    def _like(self, node: exp.Expression, ignore_case: bool) -> Node:
        of, pattern = self._both(node)
        return self._make.like(of, pattern, ignore_case)

    def _is(self, node: exp.Is) -> Node:
        if not isinstance(node.expression, exp.Null):
            raise self._refused(node)
        return self._make.missing(self._take(node.this))

    def _concat(self, node: exp.Expression) -> Node:
        left, right = self._both(node)
        return self._make.call("CONCAT", [left, right], left.start, right.end)

    def _call(self, node: exp.Anonymous) -> Node:
        token = self._token(node)
        arguments = [self._take(argument) for argument in node.expressions]
        end = max([token.end, *(argument.end for argument in arguments)])
        return self._make.call(token.name, arguments, token.start, end)
