"""Parses the text of an expression into a tree. Only this module uses the library sqlglot, which applies the
precedence of the operators.

One regular expression splits the text into tokens. Each name is looked up when its token is read. Columns,
values and functions are replaced by numbered placeholders (leaves), as in `NOT t1 AND t3(t5, t7) < t10`. So
the parser of sqlglot receives only operators, parentheses and placeholders. Only the kinds of sqlglot nodes
that this module lists are accepted. The accepted nodes are converted to nodes of `tree`, and `check.Checked`
checks the types of these nodes. An error contains the position of the refused part of the text.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any, NamedTuple, NoReturn

import msgspec
from sqlglot import exp
from sqlglot.errors import SqlglotError
from sqlglot.parser import Parser
from sqlglot.tokenizer_core import Token, TokenType

from vedette.profiles import regexes
from vedette.profiles.check import MAX_CHARACTERS, Checked, ExpressionError
from vedette.profiles.tree import And, ListRef, Node, Operator, Or, Scalar, Tree
from vedette.profiles.vocabulary import Type, Vocabulary

#: The largest number of nodes of one expression, and the largest depth of its tree.
MAX_NODES = 1200
MAX_TREE_DEPTH = 40
#: The largest number of nested parentheses, and of consecutive NOTs or minus signs.
MAX_DEPTH = 20

_T = TokenType
_SIGNS = {
    "(": _T.L_PAREN, ")": _T.R_PAREN, ",": _T.COMMA, "+": _T.PLUS, "-": _T.DASH, "*": _T.STAR, "/": _T.SLASH,
    "%": _T.MOD, "=": _T.EQ, "<": _T.LT, ">": _T.GT, "~": _T.RLIKE, "<>": _T.NEQ, "!=": _T.NEQ, "<=": _T.LTE,
    ">=": _T.GTE, "||": _T.DPIPE,
}  # fmt: skip
_WORDS = {
    "AND": _T.AND, "OR": _T.OR, "NOT": _T.NOT, "IN": _T.IN, "BETWEEN": _T.BETWEEN, "LIKE": _T.LIKE,
    "ILIKE": _T.ILIKE, "MATCHES": _T.RLIKE, "REGEXP": _T.RLIKE, "RLIKE": _T.RLIKE, "IS": _T.IS,
    "MISSING": _T.NULL, "NULL": _T.NULL,
}  # fmt: skip
#: Operators that have an operand on each side.
_BINARY = {*_SIGNS.values(), *_WORDS.values()} - {
    _T.L_PAREN, _T.R_PAREN, _T.COMMA, _T.NOT, _T.IN, _T.IS, _T.NULL,
}  # fmt: skip
_PIECE = re.compile(
    r"""(?P<space>[ \t\r\n\u00a0\u202f]+) | (?P<STRING>'(?:[^']|'')*') | (?P<comment>--|/\*)
    | (?P<NUMBER>(?:[0-9]+\.?[0-9]*|(?<!\w)\.[0-9]+)(?:[eE][+-]?[0-9]+)?) | (?P<VAR>[^\W\d]\w*)
    | (?P<PARAMETER>:(?:[^\W\d]\w*)?) | (?P<sign><>|!=|<=|>=|\|\||[-(),+*/%=<>~])""",
    re.VERBOSE,
)
#: Control characters other than tabs and line ends, halves of surrogate pairs, and marks such as the
#: right-to-left mark. With such marks, an expression could look different from what it means.
_HIDDEN = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]"
)
#: Sign that people type by mistake → the correct sign or word, which the error suggests.
_INSTEAD = {
    "≤": "<=", "≥": ">=", "≠": "<>", "&": "AND", "|": "OR", "!": "NOT", "×": "*", "−": "-",
}  # fmt: skip
#: What must follow at a place → the error if it does not follow there.
_EXPECTED = {
    "operand": "operand_missing", "operator": "operator_missing", "in": "in_what", "not": "not_what",
    "is": "is_what", "is not": "is_what",
}  # fmt: skip

_COMPARISONS: dict[type[exp.Expression], Operator] = {
    exp.EQ: "=", exp.NEQ: "<>", exp.LT: "<", exp.LTE: "<=", exp.GT: ">", exp.GTE: ">=", exp.Like: "like",
    exp.ILike: "ilike", exp.RegexpLike: "matches",
}  # fmt: skip
_ARITHMETIC: dict[type[exp.Expression], str] = {
    exp.Add: "+", exp.Sub: "-", exp.Mul: "*", exp.Div: "/", exp.Mod: "%",
}  # fmt: skip
#: The arguments that a node of sqlglot may have. A node with any other argument is refused, so that no
#: argument added by a later version of sqlglot is ignored.
_ARGUMENTS = frozenset(
    ("this", "expression", "expressions", "field", "low", "high", "negate", "safe", "typed")
)


def parse(
    text: str,
    vocabulary: Vocabulary,
    lists: Mapping[str, Type] | None = None,
    parameters: Mapping[str, Scalar] | None = None,
    check: Callable[[str], regexes.Problem | None] = regexes.problem_in_child,
) -> Tree:
    """Returns the tree of an expression that uses the columns of a vocabulary.

    `lists` maps each code list that the expression may use to the type of its values. `parameters` contains
    the values of the parameters (`:name`) in the expression. `check` is the function of `regexes` that checks
    a pattern. For an invalid text, raises `ExpressionError` and no other exception.
    """
    try:
        return _Reading(text, Checked(vocabulary, lists, parameters, text, check)).tree()
    except RecursionError:
        raise ExpressionError("too_deep", 0, len(text), {"limit": str(MAX_DEPTH)}) from None


class _Piece(NamedTuple):
    """A token of the language: its type, its text without quotes, its start, and its end (exclusive)."""

    kind: TokenType
    text: str
    start: int
    end: int


def _pieces(text: str) -> Iterator[_Piece]:
    """Returns the tokens of a text. Raises `ExpressionError` at the first character that belongs to no
    token."""
    if len(text) > MAX_CHARACTERS:
        params = {"length": str(len(text)), "limit": str(MAX_CHARACTERS)}
        raise ExpressionError("too_long", MAX_CHARACTERS, len(text), params)
    if hidden := _HIDDEN.search(text):
        raise ExpressionError("control", *hidden.span(), {"code": f"{ord(hidden[0]):04X}"})
    place = 0
    while place < len(text):
        found = _PIECE.match(text, place)
        if found is None:
            _refuse_character(text, place)
        name, written, place = str(found.lastgroup), found[0], found.end()
        if name == "comment":
            raise ExpressionError("comment", found.start(), found.end())
        if name == "STRING":
            written = written[1:-1].replace("''", "'")
        if name != "space":
            known = _SIGNS.get(written) if name == "sign" else None
            known = _WORDS.get(written.upper()) if name == "VAR" else known
            yield _Piece(known or TokenType[name], written, found.start(), found.end())


def _refuse_character(text: str, place: int) -> NoReturn:
    letter = text[place]
    if letter == "'":
        raise ExpressionError("unclosed_text", place, len(text))
    ids = {";": "semicolon", **dict.fromkeys('"`“”„‘’«»', "double_quote")}
    id, instead = ids.get(letter, "character"), _INSTEAD.get(letter)
    raise ExpressionError(id, place, place + 1, {"text": letter}, instead)


class _Reading:
    """The parser of one text. The parser splits the text into tokens and replaces names and values with
    numbered placeholders (leaves). The parser then converts the nodes of sqlglot to a tree.
    """

    def __init__(self, text: str, make: Checked) -> None:
        self._text = text
        self._make = make
        self._tokens: list[Token] = []
        #: Index of a token → its leaf: a node, or the name of a function.
        self._leaves: dict[int, Node | str] = {}
        self._nodes = 0
        self._depth = 0

    def tree(self) -> Tree:
        """Returns the tree of the whole expression, which must be a condition."""
        rest = list(_pieces(self._text))[::-1]
        if not rest:
            raise ExpressionError("empty", 0, len(self._text))
        while rest:
            piece, place = rest.pop(), len(self._tokens)
            leaf, kind, said = self._leaf(piece, rest), piece.kind, piece.text
            if leaf is not None:
                self._leaves[place], kind, said = leaf, _T.VAR, f"t{place}"
            end = leaf.end if isinstance(leaf, Node) else piece.end
            # An error of sqlglot contains the line of a token. The index of the token is passed as its line,
            # so that the error identifies the token.
            self._tokens.append(Token(kind, said, place, 0, piece.start, end - 1))
        self._check_order()
        try:
            parsed = Parser().parse(self._tokens, self._text)
        except SqlglotError as error:
            details = (getattr(error, "errors", None) or [{}])[0]
            halved = "Between" in str(details.get("description"))
            place = details.get("line")
            token = self._tokens[place if isinstance(place, int) else -1]
            self._fail("between_what" if halved else "not_read", token)
        if len(parsed) != 1 or parsed[0] is None:
            raise ExpressionError("not_read", 0, len(self._text))
        return self._make.condition(self._take(parsed[0]))

    def _leaf(self, piece: _Piece, rest: list[_Piece]) -> Node | str | None:
        """Returns the operand that begins with the token `piece`. The operand is a node or, for a function,
        the name of the function. Returns None if the token is an operator.

        `rest` contains the following tokens in reverse order. The tokens that belong to the operand are
        removed from `rest`.
        """
        kind, text, start, end = piece
        following = rest[-1].kind if rest else None
        if kind == _T.STRING:
            return self._make.literal(text, start, end)
        if kind == _T.NUMBER:
            return self._make.literal(int(text) if text.isdigit() else float(text), start, end)
        if text == ":":
            _refuse_character(self._text, start)
        if kind == _T.PARAMETER:
            return self._make.parameter(text[1:], start, end)
        if kind != _T.VAR:
            return None
        upper = text.upper()
        if upper == "LIST" and self._tokens and self._tokens[-1].token_type == _T.IN:
            if following != _T.STRING:
                raise ExpressionError("list_name", start, end)
            name = rest.pop()
            return self._make.named_list(name.text, start, name.end, name.start)
        if upper == "DATE" and following == _T.STRING:
            day = rest.pop()
            return self._make.literal(self._make.day(*day[1:]), start, day.end)
        if upper in ("TRUE", "FALSE"):
            return self._make.literal(upper == "TRUE", start, end)
        named = self._make.function if following == _T.L_PAREN else self._make.column
        return named(text, start, end)

    def _check_order(self) -> None:
        """Raises `ExpressionError` if an operand, an operator or a parenthesis is missing or superfluous.

        The library sqlglot would refuse the same texts, but would report a later position and a less clear
        message.
        """
        #: Open parentheses, each with its kind (group, call or in).
        opened: list[tuple[str, Token]] = []
        due, signs, last = "operand", 0, self._tokens[0]
        for place, token in enumerate(self._tokens):
            kind, leaf = token.token_type, self._leaves.get(place)
            sign = due == "operand" and kind in (_T.NOT, _T.DASH)
            signs = signs + 1 if sign else 0
            if max(signs, len(opened)) > MAX_DEPTH:
                self._fail("too_deep", token, limit=str(MAX_DEPTH))
            match due, kind:
                case ("operand", _) if leaf is not None:
                    due = "call" if isinstance(leaf, str) else "operator"
                case ("operand", _T.L_PAREN):
                    opened.append(("group", token))
                case ("call", _) | ("in", _T.L_PAREN):
                    opened.append((due, token))
                    due = "operand"
                case ("operand", _T.R_PAREN) if opened and opened[-1] == ("call", last):
                    opened.pop()
                    due = "operator"
                case ("operand", _T.R_PAREN) if opened and opened[-1] == ("in", last):
                    self._fail("in_empty", last)
                case ("operand", _T.NULL):
                    self._fail("null", token)
                case ("operator", _T.R_PAREN):
                    if not opened:
                        self._fail("unopened", token)
                    opened.pop()
                case ("operator", _T.COMMA):
                    if not opened or opened[-1][0] == "group":
                        self._fail("comma", token)
                    due = "operand"
                case ("operator", _T.NOT | _T.IN | _T.IS) | ("not", _T.IN):
                    due = kind.name.lower()
                case ("is", _T.NOT):
                    due = "is not"
                case ("is" | "is not", _T.NULL):
                    due = "operator"
                case ("not", _T.LIKE | _T.ILIKE | _T.RLIKE | _T.BETWEEN):
                    due = "operand"
                case ("operator", _) if kind in _BINARY:
                    due = "operand"
                case ("in", _) if isinstance(leaf, ListRef):
                    due = "operator"
                case _ if not sign:
                    self._fail(_EXPECTED[due], token)
            last = token
        if due != "operator":
            self._fail("ends_early" if due == "operand" else _EXPECTED[due], last)
        if opened:
            self._fail("unclosed", opened[-1][1])

    def _fail(self, id: str, token: Token, **params: str) -> NoReturn:
        params = {"text": self._text[token.start : token.end + 1][:40], **params}
        raise ExpressionError(id, token.start, token.end + 1, params)

    def _take(self, node: Any) -> Node:
        """Converts a node of sqlglot to a node of `tree`."""
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
        # For some operators, sqlglot stores NOT as an argument of the operator. For others, NOT is a node
        # around the operator.
        return self._make.negated(made) if node.args.get("negate") else made

    def _made(self, node: Any) -> Node:
        kind, make = type(node), self._make
        if kind in _COMPARISONS:
            return make.compare(_COMPARISONS[kind], *self._both(node))
        if kind in _ARITHMETIC:
            return make.arithmetic(_ARITHMETIC[kind], *self._both(node))
        match node:
            case exp.Paren():
                return self._take(node.this)
            case exp.And() | exp.Or():
                # sqlglot nests a chain of operators to the left. A loop unpacks the chain, to avoid deep
                # recursion.
                parts: list[exp.Expression] = []
                while isinstance(node, kind):
                    parts.append(node.expression)
                    node = node.this
                taken = [self._take(part) for part in (node, *reversed(parts))]
                return make.joined(And if kind is exp.And else Or, taken)
            case exp.Not():
                return self._not(make.negated(self._take(node.this)))
            case exp.Neg():
                return make.negative(self._take(node.this))
            case exp.Between():
                of, low = self._take(node.this), self._take(node.args["low"])
                return make.compare("between", of, low, self._take(node.args["high"]))
            case exp.In(args={"field": exp.Column() as field}):
                of, named = self._take(node.this), self._leaves[_number_of(field.this)]
                if isinstance(named, ListRef):
                    return make.compare("in list", of, named)
            case exp.In():
                return make.compare("in", *map(self._take, (node.this, *node.expressions)))
            case exp.Is(expression=exp.Null()):
                return make.compare("is missing", self._take(node.this))
            case exp.DPipe():
                left, right = self._both(node)
                return make.call("CONCAT", [left, right], left.start, right.end)
            case exp.Anonymous():
                token, name = self._tokens[_number_of(node)], self._leaves[_number_of(node)]
                arguments = [self._take(argument) for argument in node.expressions]
                end = max([token.end + 1, *(argument.end for argument in arguments)])
                return make.call(str(name), arguments, token.start, end)
            case exp.Column():
                leaf = self._leaves[_number_of(node.this)]
                if isinstance(leaf, Node) and not isinstance(leaf, ListRef):
                    return leaf
        raise self._refused(node)

    def _refused(self, node: Any) -> ExpressionError:
        """Returns the error that is raised for a node that is not accepted. The position of the error is the
        position of the first placeholder (leaf) in the node.
        """
        leaf = next(node.find_all(exp.Identifier, exp.Anonymous), None)
        token = self._tokens[_number_of(leaf) if leaf is not None else 0]
        return ExpressionError("not_read", token.start, token.end + 1)

    def _both(self, node: exp.Expression) -> tuple[Node, Node]:
        return self._take(node.this), self._take(node.expression)

    def _not(self, made: Node) -> Node:
        """Returns a negation. If NOT is written before the condition, the position of the negation begins at
        this NOT.
        """
        before = [token for token in self._tokens
                  if token.end < made.start and token.token_type != _T.L_PAREN]  # fmt: skip
        if before and before[-1].token_type == _T.NOT:
            made = msgspec.structs.replace(made, start=before[-1].start)
        return made


def _number_of(node: exp.Expression) -> int:
    """Returns the index of the token that a numbered placeholder (leaf) or a function stands for."""
    return int(str(node.this)[1:])
