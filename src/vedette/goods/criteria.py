"""Criteria that send goods items to lanes of clearance, and the import of criteria from ASYCUDA selectivity.

`criteria_of` reads criteria in the language of ASYCUDA selectivity (`Criteria "APPLES"; If ComCod = "080810"
and CtyOrigCod = "US" Then RedLane IS 100; Endif;`). The import follows the public UNCTAD reference for
ASYCUDA++ (module MODSEL, version 1.15: keywords and one example). The parser has not been tested with the
criteria of an administration. `goods/lanes.py` assigns items to lanes.
"""

from __future__ import annotations

import datetime as dt
import itertools
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal, NamedTuple

import msgspec

from vedette.core.records import Record
from vedette.core.texts import Text, gettext_lazy, pgettext_lazy
from vedette.profiles.check import MAX_CHARACTERS

Lane = Literal["red", "yellow", "blue", "green"]
#: The lanes, the strictest first.
LANES: tuple[Lane, ...] = ("red", "yellow", "blue", "green")
NAMES: dict[Lane, Text] = {
    "red": pgettext_lazy("lane", "red: physical control of the goods"),
    "yellow": pgettext_lazy("lane", "yellow: control of the documents"),
    "blue": pgettext_lazy("lane", "blue: release, with a control after release"),
    "green": pgettext_lazy("lane", "green: release"),
}


class Criterion(Record, frozen=True, kw_only=True):
    """A criterion: the lane to which it sends the items that fulfil its expression, and the share of these
    items. A criterion applies from its first to its last day."""

    name: str
    lane: Lane
    expression: str
    rate: float = 1.0
    first: dt.date | None = None
    last: dt.date | None = None
    parameters: dict[str, Any] = msgspec.field(default_factory=dict)

    def applies(self, day: dt.date) -> bool:
        """Returns whether the criterion applies on a day."""
        after = self.first is None or self.first <= day
        return after and (self.last is None or day <= self.last)


class Refused(Record, frozen=True, kw_only=True):
    """A criterion that is not used, with the reason."""

    name: str
    message: Text


class NotUsable(Exception):
    def __init__(self, message: Text) -> None:
        super().__init__(message.msgid)
        self.message = message


# --- criteria of ASYCUDA ----------------------------------------------------------------------------

#: Greatest number of characters of a file of criteria, and greatest depth of conditions.
MAX_TEXT, MAX_DEPTH = 1 << 20, 40
#: Field of ASYCUDA in lower case → column of the vocabulary. The number of digits selects the column of
#: `comcod`. The two fields are those of the public example; an administration states the others.
FIELDS: dict[str, str] = {"comcod": "hs", "ctyorigcod": "origin"}
_BY_DIGITS = {2: "hs_chapter", 4: "hs_heading", 6: "hs_code"}
_LANE_WORDS: dict[str, Lane] = {f"{lane}lane": lane for lane in LANES}
_OPERATORS = {
    "=": "=", "eq": "=", "<>": "<>", "ne": "<>", "<": "<", "lt": "<", "<=": "<=", "le": "<=", ">": ">",
    "gt": ">", ">=": ">=", "ge": ">=",
}  # fmt: skip
_TOKEN = re.compile(
    r"""\s*(?:(?P<text>"[^"\n]*"|“[^”\n]*”)|(?P<number>\d{1,15}(?:\.\d{1,9})?)|(?P<word>[A-Za-z_][A-Za-z0-9_]*)"""
    r"""|(?P<sign><=|>=|<>|:=|[=<>();+\-*/,]))"""
)


@dataclass(frozen=True)
class Imported:
    """The criteria of a text, and the criteria that could not be read, with the reason and the line."""

    criteria: tuple[Criterion, ...]
    refused: tuple[Refused, ...]


class _Token(NamedTuple):
    kind: str
    value: str
    line: int

    def is_word(self, *words: str) -> bool:
        return self.kind in ("word", "sign") and self.value.lower() in words


def criteria_of(text: str, fields: Mapping[str, str] | None = None) -> Imported:
    """Reads criteria in the language of ASYCUDA selectivity. `fields` maps further fields of ASYCUDA to
    columns of the vocabulary. The supported elements are `If … Then … Else … Endif` (also nested),
    comparisons with texts and numbers, `and`, `or`, `not`, parentheses, and lanes with a percentage. A
    criterion that contains other elements (variables, functions, arithmetic) is refused, and the result
    states its line. Each lane of a criterion becomes a separate criterion."""
    known = FIELDS | {name.lower(): column for name, column in (fields or {}).items()}
    made: list[Criterion] = []
    refused: list[Refused] = []
    try:
        if len(text) > MAX_TEXT:
            raise NotUsable(
                gettext_lazy("The text has more than %(most)s characters.", most=MAX_TEXT)
            )
        tokens = list(_tokens(text))
    except NotUsable as error:
        return Imported((), (Refused(name="", message=error.message),))
    starts = [at for at, token in enumerate(tokens) if token.is_word("criteria")]
    if not starts or starts[0] > 0:
        line = tokens[0].line if tokens else 1
        refused.append(Refused(name="", message=_expected("Criteria", line)))
    for start, end in itertools.pairwise([*starts, len(tokens)]):
        reading = _Reading(tokens[start:end], known)
        try:
            made += reading.criteria()
        except NotUsable as error:
            refused.append(Refused(name=reading.name, message=error.message))
    return Imported(tuple(made), tuple(refused))


def _tokens(text: str) -> Iterator[_Token]:
    at, line, end = 0, 1, len(text.rstrip())
    while at < end:
        found = _TOKEN.match(text, at)
        if found is None:
            line += text.count("\n", at, at + len(text[at:]) - len(text[at:].lstrip()))
            raise NotUsable(gettext_lazy("Line %(line)s contains an unknown character.", line=line))
        line += text.count("\n", at, found.end())
        kind = str(found.lastgroup)
        value = found[kind]
        yield _Token(kind, value[1:-1] if kind == "text" else value, line)
        at = found.end()


def _expected(what: str, line: int) -> Text:
    return gettext_lazy("Line %(line)s: %(what)s is expected.", line=line, what=what)


class _Reading:
    """Reads one criterion from the tokens of the criterion."""

    def __init__(self, tokens: Sequence[_Token], fields: Mapping[str, str]) -> None:
        self._tokens = tokens
        self._fields = fields
        self._at = 0
        self.name = ""

    def criteria(self) -> list[Criterion]:
        """Returns the criteria, one for each assignment of a lane."""
        self._word("criteria")
        token = self._next()
        if token.kind not in ("text", "word"):
            raise NotUsable(_expected('"NAME"', token.line))
        self.name = token.value.strip()[:80]
        self._skip()
        found: list[tuple[str, Lane, float]] = []
        while self._at < len(self._tokens):
            found += self._statement((), 0)
        if not found:
            raise NotUsable(_expected("RedLane IS 100", token.line))
        return [
            Criterion(
                name=self.name if len(found) == 1 else f"{self.name} ({number})", lane=lane,
                expression=expression, rate=rate,
            )
            for number, (expression, lane, rate) in enumerate(found, 1)
        ]  # fmt: skip

    def _peek(self) -> _Token | None:
        return self._tokens[self._at] if self._at < len(self._tokens) else None

    def _next(self) -> _Token:
        token = self._peek()
        if token is None:
            last = self._tokens[-1].line
            raise NotUsable(
                gettext_lazy("The criterion is not complete: it ends on line %(line)s.", line=last)
            )
        self._at += 1
        return token

    def _is(self, *words: str) -> bool:
        token = self._peek()
        return token is not None and token.is_word(*words)

    def _word(self, *words: str) -> _Token:
        token = self._next()
        if not token.is_word(*words):
            raise NotUsable(_expected(words[0], token.line))
        return token

    def _skip(self) -> None:
        while self._is(";"):
            self._at += 1

    def _statement(self, conditions: tuple[str, ...], depth: int) -> list[tuple[str, Lane, float]]:
        token = self._next()
        if depth > MAX_DEPTH:
            raise NotUsable(gettext_lazy("Line %(line)s: too many conditions.", line=token.line))
        if token.is_word("if"):
            condition = self._or(0)
            self._word("then")
            self._skip()
            found = self._block((*conditions, condition), depth, "else", "endif")
            if self._word("else", "endif").is_word("else"):
                self._skip()
                found += self._block((*conditions, f"NOT ({condition})"), depth, "endif")
                self._word("endif")
            self._skip()
            return found
        lane = _LANE_WORDS.get(token.value.lower()) if token.kind == "word" else None
        if lane is None:
            raise NotUsable(
                gettext_lazy(
                    "Line %(line)s: “%(what)s” is not supported here; only conditions and lanes are read.",
                    line=token.line, what=token.value[:40],
                )
            )  # fmt: skip
        self._word("is", ":=")
        percent = self._next()
        if percent.kind != "number" or not 0 <= float(percent.value) <= 100:
            raise NotUsable(_expected("0 … 100", percent.line))
        self._skip()
        if not conditions:
            raise NotUsable(_expected("If", token.line))
        if sum(map(len, conditions)) > MAX_CHARACTERS:
            raise NotUsable(gettext_lazy("Line %(line)s: too many conditions.", line=token.line))
        expression = " AND ".join(f"({one})" for one in conditions)
        return [(expression, lane, float(percent.value) / 100)]

    def _block(
        self, conditions: tuple[str, ...], depth: int, *ends: str
    ) -> list[tuple[str, Lane, float]]:
        found: list[tuple[str, Lane, float]] = []
        while not self._is(*ends):
            found += self._statement(conditions, depth + 1)
        return found

    def _or(self, depth: int) -> str:
        parts = [self._and(depth)]
        while self._is("or"):
            self._at += 1
            parts.append(self._and(depth))
        return parts[0] if len(parts) == 1 else " OR ".join(f"({one})" for one in parts)

    def _and(self, depth: int) -> str:
        parts = [self._not(depth)]
        while self._is("and"):
            self._at += 1
            parts.append(self._not(depth))
        return parts[0] if len(parts) == 1 else " AND ".join(f"({one})" for one in parts)

    def _not(self, depth: int) -> str:
        token = self._next()
        if depth > MAX_DEPTH:
            raise NotUsable(gettext_lazy("Line %(line)s: too many conditions.", line=token.line))
        if token.is_word("not"):
            return f"NOT ({self._not(depth + 1)})"
        if token.is_word("("):
            inside = self._or(depth + 1)
            self._word(")")
            return inside
        return self._comparison(token)

    def _comparison(self, token: _Token) -> str:
        column = self._fields.get(token.value.lower()) if token.kind == "word" else None
        if column is None:
            raise NotUsable(
                gettext_lazy(
                    "Line %(line)s: the field “%(what)s” is not assigned to a column.",
                    line=token.line, what=token.value[:40],
                )
            )  # fmt: skip
        sign = self._next()
        operator = _OPERATORS.get(sign.value.lower()) if sign.kind in ("word", "sign") else None
        if operator is None:
            raise NotUsable(_expected("=", sign.line))
        value = self._next()
        if value.kind not in ("text", "number"):
            raise NotUsable(_expected('"TEXT", 100', value.line))
        if column == "hs":
            digits = re.sub(r"[.\s]", "", value.value)
            chosen = (
                _BY_DIGITS.get(len(digits)) if digits.isascii() and digits.isdecimal() else None
            )
            if chosen is None or operator not in ("=", "<>"):
                raise NotUsable(_expected('ComCod = "080810", "0808", "08"', value.line))
            return f"{chosen} {operator} '{digits}'"
        if value.kind == "number":
            return f"{column} {operator} {value.value}"
        quoted = value.value.replace("'", "''")
        return f"{column} {operator} '{quoted}'"
