"""Whether tokens can stand in this order: what is missing or too much is named at its character.

The parser that follows would find the same, later and less clearly; it is asked only about expressions
whose shape is right and whose depth is bounded.
"""

from __future__ import annotations

from typing import NoReturn

from vedette.screening.profiles.messages import ExpressionError
from vedette.screening.profiles.tokens import Token

#: Parentheses in each other, and NOT or minus signs in a row.
MAX_DEPTH = 20

_BETWEEN_OPERANDS = frozenset(
    ("AND", "OR", "=", "<>", "<", "<=", ">", ">=", "+", "-", "*", "/", "%", "||", "LIKE", "ILIKE",
     "RLIKE", "BETWEEN")
)  # fmt: skip
_AFTER_NOT = frozenset(("IN", "LIKE", "ILIKE", "RLIKE", "BETWEEN"))


def check(tokens: list[Token], text: str) -> None:
    """`ExpressionError` where an operand, an operator or a parenthesis is missing or too much."""
    _Shape(tokens, text).check()


class _Shape:
    """One pass over the tokens, either before an operand or after one."""

    def __init__(self, tokens: list[Token], text: str) -> None:
        self._tokens = tokens
        self._text = text
        self._place = 0
        #: Open parentheses: what they are of (`group`, `call`, `in`) and their tokens.
        self._open: list[tuple[str, Token]] = []

    def check(self) -> None:
        before = True
        signs = 0
        while self._place < len(self._tokens):
            token = self._tokens[self._place]
            signs = signs + 1 if before and token.word in ("NOT", "-") else 0
            if signs > MAX_DEPTH or len(self._open) > MAX_DEPTH:
                raise ExpressionError("too_deep", token.start, token.end, {"limit": str(MAX_DEPTH)})
            before = self._before(token) if before else self._after(token)
            self._place += 1
        last = self._tokens[-1]
        if before:
            raise ExpressionError("ends_early", last.start, last.end, {"text": self._said(last)})
        if self._open:
            _fail("unclosed", self._open[-1][1])

    def _said(self, token: Token) -> str:
        return self._text[token.start : token.end][:40]

    def _next(self) -> Token | None:
        return self._tokens[self._place + 1] if self._place + 1 < len(self._tokens) else None

    def _step(self, words: frozenset[str] | tuple[str, ...], otherwise: str) -> Token:
        """The next token, which must be one of some words."""
        here = self._tokens[self._place]
        following = self._next()
        if following is None or following.word not in words:
            _fail(otherwise, following or here)
        self._place += 1
        return following

    def _before(self, token: Token) -> bool:
        """A token where an operand is due; gives whether one is still due after it."""
        if token.kind == "leaf":
            return False
        if token.kind == "function":
            opened = self._step(("(",), "function_without")
            return self._opened("call", opened)
        if token.word == "(":
            return self._opened("group", token)
        if token.word in ("NOT", "-"):
            return True
        if token.word == "NULL":
            _fail("null", token)
        raise ExpressionError(
            "operand_missing", token.start, token.end, {"text": self._said(token)}
        )

    def _opened(self, kind: str, token: Token) -> bool:
        self._open.append((kind, token))
        following = self._next()
        if following is not None and following.word == ")":
            if kind == "in":
                _fail("in_empty", token)
            if kind == "call":
                self._place += 1
                self._open.pop()
                return False
        return True

    def _after(self, token: Token) -> bool:
        """A token after an operand; gives whether an operand is due after it."""
        word = token.word
        if word == ")":
            if not self._open:
                _fail("unopened", token)
            self._open.pop()
            return False
        if word == ",":
            if not self._open or self._open[-1][0] == "group":
                _fail("comma", token)
            return True
        if word == "NOT":
            word = self._step(_AFTER_NOT, "not_what").word
        if word == "IN":
            return self._in()
        if word == "IS":
            following = self._next()
            if following is not None and following.word == "NOT":
                self._place += 1
            self._step(("NULL",), "is_what")
            return False
        if word in _BETWEEN_OPERANDS and token.kind != "leaf":
            return True
        raise ExpressionError(
            "operator_missing", token.start, token.end, {"text": self._said(token)}
        )

    def _in(self) -> bool:
        following = self._next()
        if following is not None and following.kind == "list":
            self._place += 1
            return False
        return self._opened("in", self._step(("(",), "in_what"))


def _fail(id: str, token: Token) -> NoReturn:
    params = {"name": token.name} if token.name else {}
    raise ExpressionError(id, token.start, token.end, params)
