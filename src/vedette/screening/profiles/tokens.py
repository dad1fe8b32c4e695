"""Text → tokens with their places: everything that is no part of the language is refused here.

Names are looked up at once, so that what goes on to the parser is only operators, parentheses and
numbered leaves (a column, a value, a function), whatever was typed. Text is refused by the character.
"""

from __future__ import annotations

import datetime as dt
import re
import unicodedata
from collections.abc import Iterator, Mapping
from typing import Literal as Choice
from typing import NoReturn

from rapidfuzz import fuzz, process

from vedette.core.records import Record
from vedette.screening.profiles.messages import ExpressionError
from vedette.screening.profiles.operators import TABLE
from vedette.screening.profiles.protected import is_protected
from vedette.screening.profiles.tree import Column, ListRef, Literal, Node, Parameter, Scalar
from vedette.screening.vocabulary import Type, Vocabulary

MAX_CHARACTERS = 4000
#: Whole numbers are exact up to here as real numbers too; so no arithmetic loses a unit unseen.
MAX_NUMBER = 2**53

_TOKEN = re.compile(
    r"""(?P<number>(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][+-]?[0-9]{1,3})?)
    |(?P<word>[^\W\d]\w*)
    |(?P<text>'(?:[^']|'')*')
    |(?P<parameter>:[^\W\d]\w*)
    |(?P<comment>--|/\*)
    |(?P<operator><>|!=|<=|>=|\|\||[=<>+\-*/%~(),])""",
    re.VERBOSE,
)
_SPACE = re.compile(r"[ \t\r\n\u00a0\u202f]*")
#: Right-to-left and other marks that let an expression show something else than it says.
_BIDI = frozenset("\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
_QUOTES = frozenset('"`“”„‘’«»')

#: Words with a meaning of their own → as the parser is told.
_KEYWORDS: dict[str, str] = {
    "AND": "AND", "OR": "OR", "NOT": "NOT", "IN": "IN", "BETWEEN": "BETWEEN", "LIKE": "LIKE",
    "ILIKE": "ILIKE", "MATCHES": "RLIKE", "REGEXP": "RLIKE", "RLIKE": "RLIKE", "IS": "IS",
    "MISSING": "NULL", "NULL": "NULL", "LIST": "LIST", "DATE": "DATE",
}  # fmt: skip
_STATEMENTS = frozenset((
    "SELECT", "INSERT", "UPDATE", "DELETE", "DROP", "CREATE", "ALTER", "TRUNCATE", "GRANT", "REVOKE",
    "COPY", "EXECUTE", "CALL", "WITH", "UNION", "INTERSECT", "EXCEPT", "FROM", "WHERE", "JOIN", "GROUP",
    "HAVING", "ORDER", "LIMIT", "TABLE", "VALUES", "EXISTS", "MERGE", "SET",
))  # fmt: skip
_NOT_OFFERED = frozenset((
    "CASE", "WHEN", "THEN", "ELSE", "CAST", "CONVERT", "TRY_CAST", "EXTRACT", "INTERVAL", "TIMESTAMP",
    "ESCAPE", "SIMILAR", "GLOB", "XOR", "ANY", "ALL", "SOME", "DISTINCT", "OVER", "NULLIF", "IF", "IIF",
))  # fmt: skip

Kind = Choice["leaf", "function", "list", "keyword", "operator"]


class Token(Record, frozen=True, kw_only=True):
    """One token: `word` as the parser is told (a leaf or function by its number), where it stands, and
    for a leaf the node, for a function its name."""

    kind: Kind
    word: str
    start: int
    end: int
    node: Node | None = None
    name: str = ""


class Names(Record, frozen=True, kw_only=True):
    """What an expression may name: columns, code lists with their types, parameters with values."""

    vocabulary: Vocabulary
    lists: Mapping[str, Type]
    parameters: Mapping[str, Scalar]


def nearest(name: str, among: list[str]) -> str | None:
    """The likeliest of `among` for a name that is none of them; None where nothing is near."""
    folded = {choice.casefold(): choice for choice in among}
    found = process.extractOne(name.casefold()[:80], list(folded), scorer=_alike, score_cutoff=65)
    return folded[found[0]] if found else None


def _alike(typed: str, known: str, **_: object) -> float:
    """How near two names are, 0 to 100; part of a longer one is near too, unless it is very short."""
    whole = fuzz.ratio(typed, known)
    return whole if len(typed) < 4 else max(whole, 0.8 * fuzz.partial_ratio(typed, known))


def tokens(text: str, names: Names) -> list[Token]:
    """All tokens of a text; `ExpressionError` at the first character or name that cannot be taken."""
    if len(text) > MAX_CHARACTERS:
        params = {"length": str(len(text)), "limit": str(MAX_CHARACTERS)}
        raise ExpressionError("too_long", MAX_CHARACTERS, len(text), params)
    found: list[Token] = []
    raw = list(_raw(text))
    place = 0
    while place < len(raw):
        token, used = _token(raw, place, len(found), names)
        found.append(token)
        place += used
    if not found:
        raise ExpressionError("empty", 0, len(text))
    return found


_Raw = tuple[str, str, int, int]


def _raw(text: str) -> Iterator[_Raw]:
    """Kind, text and place of each token, as far as characters tell."""
    _refuse_controls(text)
    place = _end_of_space(text, 0)
    while place < len(text):
        found = _TOKEN.match(text, place)
        if found is None:
            _refuse_character(text, place)
        kind = found.lastgroup or ""
        if kind == "comment":
            raise ExpressionError("comment", place, found.end())
        yield kind, found[0], place, found.end()
        place = _end_of_space(text, found.end())


def _end_of_space(text: str, place: int) -> int:
    found = _SPACE.match(text, place)
    return found.end() if found else place


def _refuse_controls(text: str) -> None:
    for place, letter in enumerate(text):
        hidden = letter in _BIDI or unicodedata.category(letter) in ("Cc", "Cs")
        if hidden and letter not in "\t\r\n":
            raise ExpressionError("control", place, place + 1, {"code": f"{ord(letter):04X}"})


def _refuse_character(text: str, place: int) -> NoReturn:
    letter = text[place]
    if letter == "'":
        raise ExpressionError("unclosed_text", place, len(text))
    if letter == ";":
        raise ExpressionError("semicolon", place, place + 1)
    if letter in _QUOTES:
        raise ExpressionError("double_quote", place, place + 1)
    instead = {
        "≤": "<=",
        "≥": ">=",
        "≠": "<>",
        "&": "AND",
        "|": "OR",
        "!": "NOT",
        "×": "*",
        "−": "-",
    }
    params = {"text": letter}
    raise ExpressionError("character", place, place + 1, params, instead.get(letter))


def _token(raw: list[_Raw], place: int, number: int, names: Names) -> tuple[Token, int]:
    """The token at a place, and how many raw ones it takes."""
    kind, text, start, end = raw[place]
    leaf = f"t{number}"
    if kind == "operator":
        word = {"!=": "<>", "~": "RLIKE"}.get(text, text)
        return Token(kind="operator", word=word, start=start, end=end), 1
    if kind == "text":
        node: Node = Literal(_unquoted(text), start=start, end=end)
    elif kind == "number":
        node = Literal(_number(text, start, end), start=start, end=end)
    elif kind == "parameter":
        node = _parameter(text[1:], start, end, names)
    else:
        return _word(raw, place, leaf, names)
    return Token(kind="leaf", word=leaf, start=start, end=end, node=node), 1


def _word(raw: list[_Raw], place: int, leaf: str, names: Names) -> tuple[Token, int]:
    """A word: a keyword where it stands as one, else a constant, a function or a column."""
    _, text, start, end = raw[place]
    upper = text.upper()
    following = raw[place + 1] if place + 1 < len(raw) else ("", "", end, end)
    if upper == "DATE" and following[0] == "text":
        node: Node = Literal(
            day(_unquoted(following[1]), following[2], following[3]), start=start, end=following[3]
        )
        return Token(kind="leaf", word=leaf, start=start, end=following[3], node=node), 2
    if upper == "LIST" and place and raw[place - 1][1].upper() == "IN":
        if following[0] != "text":
            raise ExpressionError("list_name", start, end)
        return _list(leaf, start, following, names), 2
    if upper in _KEYWORDS and upper not in ("LIST", "DATE"):
        return Token(kind="keyword", word=_KEYWORDS[upper], start=start, end=end), 1
    if upper in ("TRUE", "FALSE"):
        node = Literal(upper == "TRUE", start=start, end=end)
        return Token(kind="leaf", word=leaf, start=start, end=end, node=node), 1
    if following[1] == "(":
        return _function(text, leaf, start, end, names), 1
    node = _column(text, start, end, names)
    return Token(kind="leaf", word=leaf, start=start, end=end, node=node), 1


def _unquoted(text: str) -> str:
    return text[1:-1].replace("''", "'")


def _number(text: str, start: int, end: int) -> int | float:
    value = int(text) if text.isdigit() else float(text)
    if value > MAX_NUMBER:
        raise ExpressionError("number_size", start, end, {"limit": str(MAX_NUMBER)})
    return value


def day(text: str, start: int, end: int) -> dt.date:
    """A day written as 2026-01-31; `ExpressionError` at the place where it is none."""
    try:
        if not re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", text):
            raise ValueError
        return dt.date.fromisoformat(text)
    except ValueError:
        raise ExpressionError("day_value", start, end, {"text": text[:40]}) from None


def _parameter(name: str, start: int, end: int, names: Names) -> Parameter:
    if name not in names.parameters:
        suggestion = nearest(name, list(names.parameters))
        raise ExpressionError(
            "unknown_parameter", start, end, {"name": name}, suggestion and f":{suggestion}"
        )
    value = names.parameters[name]
    if isinstance(value, int | float) and not abs(value) <= MAX_NUMBER:
        raise ExpressionError("number_size", start, end, {"limit": str(MAX_NUMBER)})
    return Parameter(name, value, start=start, end=end)


def _list(leaf: str, start: int, text: _Raw, names: Names) -> Token:
    name, end = _unquoted(text[1]), text[3]
    if name not in names.lists:
        params = {"name": name[:80]}
        raise ExpressionError(
            "unknown_list", text[2], end, params, nearest(name, list(names.lists))
        )
    node = ListRef(name, names.lists[name], start=start, end=end)
    return Token(kind="list", word=f"({leaf})", start=start, end=end, node=node)


def _refuse_word(text: str, start: int, end: int) -> None:
    if text.upper() in _STATEMENTS:
        raise ExpressionError("statement", start, end, {"text": text.upper()})
    if text.upper() in _NOT_OFFERED:
        raise ExpressionError("not_offered", start, end, {"text": text.upper()})


def _function(text: str, leaf: str, start: int, end: int, names: Names) -> Token:
    name = text.upper()
    if name not in TABLE:
        if names.vocabulary.column(text.lower()):
            raise ExpressionError("not_function", start, end, {"name": text})
        _refuse_word(text, start, end)
        params = {"name": text[:80]}
        raise ExpressionError("unknown_function", start, end, params, nearest(name, list(TABLE)))
    return Token(kind="function", word=leaf, start=start, end=end, name=name)


def _column(text: str, start: int, end: int, names: Names) -> Column:
    about = names.vocabulary.column(text) or names.vocabulary.column(text.lower())
    if about is not None:
        return Column(about, start=start, end=end)
    _refuse_word(text, start, end)
    params = {"name": text[:80]}
    if text.upper() in TABLE:
        raise ExpressionError("function_without", start, end, {"name": text.upper()})
    if is_protected(text):
        raise ExpressionError("protected", start, end, params)
    known = [column.name for column in names.vocabulary.columns]
    raise ExpressionError("unknown_column", start, end, params, nearest(text, known))
