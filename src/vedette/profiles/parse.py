"""Text → tree, by sqlglot: the one module that knows it.

sqlglot takes the text apart. Every name is looked up at once, and columns, values and functions become
numbered leaves (`NOT t1 AND t3(t5, t7) < t10`), so that its parser sees operators, parentheses and leaves
alone, whatever was typed. It says what binds to what, and its nodes are taken over by an allow-list,
with types checked (`check.Checked`). What is refused is named at its character.
"""

from __future__ import annotations

import re
import unicodedata
from collections import deque
from collections.abc import Mapping
from typing import Any, ClassVar, NoReturn

import msgspec
from sqlglot import exp
from sqlglot.errors import SqlglotError, TokenError
from sqlglot.parser import Parser
from sqlglot.tokenizer_core import Token, TokenType
from sqlglot.tokens import Tokenizer

from vedette.profiles.check import MAX_CHARACTERS, Checked
from vedette.profiles.messages import ExpressionError
from vedette.profiles.tree import (
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
from vedette.profiles.vocabulary import Type, Vocabulary

#: Parts of one expression, and how deep they may stand in each other.
MAX_NODES = 1200
MAX_TREE_DEPTH = 40
MAX_REGEXES = 20
#: Parentheses in each other, and NOT or minus signs in a row.
MAX_DEPTH = 20


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
    try:
        tree = _Reading(text, Checked(vocabulary, lists, parameters, text)).tree()
    except RecursionError:
        raise ExpressionError("too_deep", 0, len(text), {"limit": str(MAX_DEPTH)}) from None
    if sum(isinstance(node, Matches) for node in walk(tree)) > MAX_REGEXES:
        raise ExpressionError("regex_many", 0, len(text), {"limit": str(MAX_REGEXES)})
    return tree


# --- tokens ----------------------------------------------------------------------------------------


class _Tokenizer(Tokenizer):
    """sqlglot's, with the words and signs of the language alone."""

    IDENTIFIERS: ClassVar = []
    COMMENTS: ClassVar = []
    SINGLE_TOKENS: ClassVar = {
        "(": TokenType.L_PAREN, ")": TokenType.R_PAREN, ",": TokenType.COMMA, "+": TokenType.PLUS,
        "-": TokenType.DASH, "*": TokenType.STAR, "/": TokenType.SLASH, "%": TokenType.MOD,
        "=": TokenType.EQ, "<": TokenType.LT, ">": TokenType.GT, "~": TokenType.RLIKE,
        ":": TokenType.PARAMETER, "|": TokenType.UNKNOWN, "!": TokenType.UNKNOWN,
        "'": TokenType.UNKNOWN,
    }  # fmt: skip
    KEYWORDS: ClassVar = {
        "AND": TokenType.AND, "OR": TokenType.OR, "NOT": TokenType.NOT, "IN": TokenType.IN,
        "BETWEEN": TokenType.BETWEEN, "LIKE": TokenType.LIKE, "ILIKE": TokenType.ILIKE,
        "MATCHES": TokenType.RLIKE, "REGEXP": TokenType.RLIKE, "RLIKE": TokenType.RLIKE,
        "IS": TokenType.IS, "MISSING": TokenType.NULL, "NULL": TokenType.NULL,
        "<>": TokenType.NEQ, "!=": TokenType.NEQ, "<=": TokenType.LTE, ">=": TokenType.GTE,
        "||": TokenType.DPIPE,
    }  # fmt: skip


_AFTER_NOT = frozenset(
    (TokenType.IN, TokenType.LIKE, TokenType.ILIKE, TokenType.RLIKE, TokenType.BETWEEN)
)
_BETWEEN_OPERANDS = frozenset(
    {*_Tokenizer.SINGLE_TOKENS.values(), *_Tokenizer.KEYWORDS.values()}
    - {TokenType.L_PAREN, TokenType.R_PAREN, TokenType.COMMA, TokenType.NOT, TokenType.IN,
       TokenType.IS, TokenType.NULL}
)  # fmt: skip
_SPACE = re.compile(r"[ \t\r\n\u00a0\u202f]*")
_WORD = re.compile(r"[^\W\d]\w*|\.[0-9]+(?:[eE][0-9]{1,3})?")
#: Right-to-left and other marks that let an expression show something else than it says.
_BIDI = frozenset("\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
#: Signs that people type → what the language has in their place.
_INSTEAD = {
    "≤": "<=", "≥": ">=", "≠": "<>", "&": "AND", "|": "OR", "!": "NOT", "×": "*", "−": "-",
}  # fmt: skip


def _tokens(text: str) -> deque[Token]:
    """sqlglot's tokens; `ExpressionError` at the first character that no token of the language has."""
    if len(text) > MAX_CHARACTERS:
        params = {"length": str(len(text)), "limit": str(MAX_CHARACTERS)}
        raise ExpressionError("too_long", MAX_CHARACTERS, len(text), params)
    for place, letter in enumerate(text):
        hidden = letter in _BIDI or unicodedata.category(letter) in ("Cc", "Cs")
        if hidden and letter not in "\t\r\n":
            raise ExpressionError("control", place, place + 1, {"code": f"{ord(letter):04X}"})
    closed = True
    try:
        found = _Tokenizer().tokenize(text)
    except TokenError:
        # The one thing that it refuses is a text without its second quote.
        closed, found = False, _Tokenizer().tokenize(text + "'")
    last = 0
    for token in found:
        _refuse_before(text, last, token.start)
        last = token.end + 1
        word = _WORD.match(token.text) if token.token_type == TokenType.VAR else None
        if text.startswith(("--", "/*"), token.start):
            raise ExpressionError("comment", token.start, token.start + 2)
        if token.token_type == TokenType.VAR and (word is None or word[0] != token.text):
            _refuse_character(text, token.start + (word.end() if word else 0))
        if token.token_type in (TokenType.UNKNOWN, TokenType.NATIONAL_STRING):
            _refuse_character(text, token.start)
    if not closed:
        raise ExpressionError("unclosed_text", found[-1].start, len(text))
    _refuse_before(text, last, len(text))
    if not found:
        raise ExpressionError("empty", 0, len(text))
    return deque(found)


def _refuse_before(text: str, last: int, start: int) -> None:
    """Between two tokens there is only space."""
    space = _SPACE.match(text, last, start)
    if space is not None and space.end() < start:
        _refuse_character(text, space.end())


def _refuse_character(text: str, place: int) -> NoReturn:
    letter = text[place]
    ids = {";": "semicolon", **dict.fromkeys('"`“”„‘’«»', "double_quote")}
    id, instead = ids.get(letter, "character"), _INSTEAD.get(letter)
    raise ExpressionError(id, place, place + 1, {"text": letter}, instead)


# --- tree ------------------------------------------------------------------------------------------

_COMPARISONS: dict[type[exp.Expression], CompareOperator] = {
    exp.EQ: "=", exp.NEQ: "<>", exp.LT: "<", exp.LTE: "<=", exp.GT: ">", exp.GTE: ">=",
}  # fmt: skip
_ARITHMETIC: dict[type[exp.Expression], ArithmeticOperator] = {
    exp.Add: "+", exp.Sub: "-", exp.Mul: "*", exp.Div: "/", exp.Mod: "%",
}  # fmt: skip
#: What sqlglot's nodes may say; a node that says anything else is refused, so that a mark which a later
#: version adds cannot be overlooked.
_ARGUMENTS = frozenset(
    ("this", "expression", "expressions", "field", "low", "high", "negate", "safe", "typed")
)


class _Reading:
    """One text: its tokens with numbered leaves, and the tree that sqlglot's nodes make of them."""

    def __init__(self, text: str, make: Checked) -> None:
        self._text = text
        self._make = make
        self._tokens: list[Token] = []
        #: What the leaf of a token is, by its place: a node, or the name of a function.
        self._leaves: dict[int, Node | str] = {}
        self._nodes = 0
        self._depth = 0

    def tree(self) -> Tree:
        """The whole expression, which must be a condition."""
        rest = _tokens(self._text)
        while rest:
            token = rest.popleft()
            leaf = self._leaf(token, rest)
            if leaf is not None:
                end = token.end if isinstance(leaf, str) else leaf.end - 1
                self._leaves[len(self._tokens)] = leaf
                token = Token(TokenType.VAR, f"t{len(self._tokens)}", token.line, token.col,
                    token.start, end)  # fmt: skip
            self._tokens.append(token)
        self._check_order()
        try:
            parsed = Parser().parse(self._tokens, self._text)
        except SqlglotError as error:
            self._not_read(error)
        if len(parsed) != 1 or parsed[0] is None:
            raise ExpressionError("not_read", 0, len(self._text))
        return self._make.condition(self._take(parsed[0]))

    def _leaf(self, token: Token, rest: deque[Token]) -> Node | str | None:
        """The node of a leaf that begins with a token, or the name of a function; None of an operator.
        The tokens that the leaf has besides are taken from the rest."""
        start, end = token.start, token.end + 1
        following = rest[0] if rest else None
        before_text = following is not None and following.token_type == TokenType.STRING
        match token.token_type:
            case TokenType.STRING:
                return self._make.literal(token.text, start, end)
            case TokenType.NUMBER:
                return self._number(token.text, start, end)
            case TokenType.PARAMETER:
                if (
                    following is None
                    or following.token_type != TokenType.VAR
                    or following.start != end
                    or following.text.startswith(".")
                ):
                    _refuse_character(self._text, start)
                rest.popleft()
                return self._make.parameter(following.text, start, following.end + 1)
            case TokenType.VAR:
                pass
            case _:
                return None
        upper = token.text.upper()
        after_in = self._tokens and self._tokens[-1].token_type == TokenType.IN
        if upper == "LIST" and after_in and not before_text:
            raise ExpressionError("list_name", start, end)
        if before_text and (upper == "DATE" or (upper == "LIST" and after_in)):
            text = rest.popleft()
            if upper == "LIST":
                return self._make.named_list(text.text, start, text.end + 1, text.start)
            day = self._make.day(text.text, text.start, text.end + 1)
            return self._make.literal(day, start, text.end + 1)
        if upper in ("TRUE", "FALSE"):
            return self._make.literal(upper == "TRUE", start, end)
        if upper.startswith("."):
            return self._number(upper, start, end)
        if following is not None and following.token_type == TokenType.L_PAREN:
            return self._make.function(token.text, start, end)
        return self._make.column(token.text, start, end)

    def _number(self, text: str, start: int, end: int) -> Node:
        try:
            return self._make.literal(int(text) if text.isdigit() else float(text), start, end)
        except ValueError:
            raise ExpressionError("not_read", start, end) from None

    def _check_order(self) -> None:
        """`ExpressionError` where an operand, an operator or a parenthesis is missing or too much.

        sqlglot would find the same, later and less clearly.
        """
        #: Open parentheses, with the word of what they belong to.
        opened: list[tuple[str, Token]] = []
        due, signs, last = "operand", 0, self._tokens[0]
        for place, token in enumerate(self._tokens):
            kind, leaf = token.token_type, self._leaves.get(place)
            sign = due == "operand" and kind in (TokenType.NOT, TokenType.DASH)
            signs = signs + 1 if sign else 0
            if max(signs, len(opened)) > MAX_DEPTH:
                self._fail("too_deep", token, limit=str(MAX_DEPTH))
            if due == "call" or (due == "in" and kind == TokenType.L_PAREN):
                opened.append((due, token))
                due = "operand"
            elif due == "in":
                if not isinstance(leaf, ListRef):
                    self._fail("in_what", token)
                due = "operator"
            elif due == "operand":
                due = self._operand(token, leaf, last, opened)
            elif due == "operator":
                due = self._operator(token, opened)
            elif due == "not":
                if kind not in _AFTER_NOT:
                    self._fail("not_what", token)
                due = "in" if kind == TokenType.IN else "operand"
            elif due == "is" and kind == TokenType.NOT:
                due = "is not"
            elif kind == TokenType.NULL:
                due = "operator"
            else:
                self._fail("is_what", token)
            last = token
        if due != "operator":
            ends = {"operand": "ends_early", "in": "in_what", "not": "not_what"}
            self._fail(ends.get(due, "is_what"), last)
        if opened:
            self._fail("unclosed", opened[-1][1])

    def _operand(
        self, token: Token, leaf: Node | str | None, last: Token, opened: list[tuple[str, Token]]
    ) -> str:
        """What is due after a token in the place of an operand."""
        kind = token.token_type
        if leaf is not None:
            return "call" if isinstance(leaf, str) else "operator"
        if kind == TokenType.L_PAREN:
            opened.append(("group", token))
        elif kind == TokenType.R_PAREN and opened and opened[-1] == ("call", last):
            opened.pop()
            return "operator"
        elif kind == TokenType.R_PAREN and opened and opened[-1] == ("in", last):
            self._fail("in_empty", last)
        elif kind not in (TokenType.NOT, TokenType.DASH):
            self._fail("null" if kind == TokenType.NULL else "operand_missing", token)
        return "operand"

    def _operator(self, token: Token, opened: list[tuple[str, Token]]) -> str:
        """What is due after a token in the place of an operator."""
        kind = token.token_type
        if kind == TokenType.R_PAREN:
            if not opened:
                self._fail("unopened", token)
            opened.pop()
            return "operator"
        if kind == TokenType.COMMA:
            if not opened or opened[-1][0] == "group":
                self._fail("comma", token)
        elif kind in (TokenType.NOT, TokenType.IN, TokenType.IS):
            return kind.name.lower()
        elif kind not in _BETWEEN_OPERANDS:
            self._fail("operator_missing", token)
        return "operand"

    def _fail(self, id: str, token: Token, **params: str) -> NoReturn:
        params = {"text": self._text[token.start : token.end + 1][:40], **params}
        raise ExpressionError(id, token.start, token.end + 1, params)

    def _not_read(self, error: SqlglotError) -> NoReturn:
        """sqlglot's refusal at the token that it names."""
        details = (getattr(error, "errors", None) or [{}])[0]
        place = details.get("line"), details.get("col")
        named = [token for token in self._tokens if (token.line, token.col) == place]
        halved = "Between" in str(details.get("description"))
        self._fail("between_what" if halved else "not_read", (named or self._tokens)[-1])

    def _take(self, node: Any) -> Node:
        """A node of sqlglot as one of ours."""
        if not isinstance(node, exp.Expression):
            self._fail("not_read", self._tokens[0])
        self._nodes += 1
        self._depth += 1
        if self._nodes > MAX_NODES:
            raise ExpressionError("too_many", 0, len(self._text), {"limit": str(MAX_NODES)})
        if self._depth > MAX_TREE_DEPTH:
            limit = {"limit": str(MAX_TREE_DEPTH)}
            raise ExpressionError("too_deep", 0, len(self._text), limit)
        if any(node.args[key] for key in node.args.keys() - _ARGUMENTS):
            raise self._refused(node)
        made = self._made(node)
        self._depth -= 1
        # Of some operators sqlglot keeps NOT as a mark, of others as a node around.
        return self._make.negated(made) if node.args.get("negate") else made

    def _made(self, node: Any) -> Node:
        kind = type(node)
        if kind in _COMPARISONS:
            return self._make.compare(_COMPARISONS[kind], *self._both(node))
        if kind in _ARITHMETIC:
            return self._make.arithmetic(_ARITHMETIC[kind], *self._both(node))
        match node:
            case exp.Paren():
                return self._take(node.this)
            case exp.And() | exp.Or():
                return self._joined(node)
            case exp.Not():
                return self._not(self._make.negated(self._take(node.this)))
            case exp.Neg():
                return self._make.negative(self._take(node.this))
            case exp.Between():
                of, low = self._take(node.this), self._take(node.args["low"])
                return self._make.between(of, low, self._take(node.args["high"]))
            case exp.In(args={"field": exp.Column() as field}):
                of, named = self._take(node.this), self._leaf_of(field.this)
                if isinstance(named, ListRef):
                    return self._make.in_list(of, named)
            case exp.In():
                of = self._take(node.this)
                return self._make.among(of, [self._take(value) for value in node.expressions])
            case exp.Like() | exp.ILike():
                return self._make.like(*self._both(node), isinstance(node, exp.ILike))
            case exp.RegexpLike():
                return self._make.matches(*self._both(node))
            case exp.Is(expression=exp.Null()):
                return self._make.missing(self._take(node.this))
            case exp.DPipe():
                left, right = self._both(node)
                return self._make.call("CONCAT", [left, right], left.start, right.end)
            case exp.Anonymous():
                return self._call(node)
            case exp.Column():
                leaf = self._leaf_of(node.this)
                if isinstance(leaf, Node) and not isinstance(leaf, ListRef):
                    return leaf
        raise self._refused(node)

    def _refused(self, node: Any) -> ExpressionError:
        """A node that no rule takes, at its nearest leaf."""
        leaf = next(node.find_all(exp.Identifier, exp.Anonymous), None)
        token = self._tokens[_number_of(leaf) if leaf is not None else 0]
        return ExpressionError("not_read", token.start, token.end + 1)

    def _leaf_of(self, node: exp.Expression) -> Node | str:
        return self._leaves[_number_of(node)]

    def _both(self, node: exp.Expression) -> tuple[Node, Node]:
        return self._take(node.this), self._take(node.expression)

    def _joined(self, node: exp.Expression) -> Node:
        """A chain of ANDs, or of ORs, which sqlglot nests to the left: taken without recursion."""
        kind = type(node)
        parts: list[exp.Expression] = []
        while isinstance(node, kind):
            parts.append(node.expression)
            node = node.this
        taken = [self._take(part) for part in (node, *reversed(parts))]
        return self._make.joined(And if kind is exp.And else Or, taken)

    def _not(self, made: Node) -> Node:
        """A negation, from its NOT on where that stands before."""
        before = [token for token in self._tokens
                  if token.end < made.start and token.token_type != TokenType.L_PAREN]  # fmt: skip
        if before and before[-1].token_type == TokenType.NOT:
            made = msgspec.structs.replace(made, start=before[-1].start)
        return made

    def _call(self, node: exp.Anonymous) -> Node:
        token, name = self._tokens[_number_of(node)], self._leaf_of(node)
        arguments = [self._take(argument) for argument in node.expressions]
        end = max([token.end + 1, *(argument.end for argument in arguments)])
        return self._make.call(str(name), arguments, token.start, end)


def _number_of(node: exp.Expression) -> int:
    """The place of the token of a numbered leaf or function."""
    return int(str(node.this)[1:])
