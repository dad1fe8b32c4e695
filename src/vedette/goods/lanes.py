"""Assigns goods items to the lanes of clearance: red (the goods are examined), yellow (the documents are
examined), blue (release, and examination afterwards), green (release).

A criterion sends the items that fulfil its expression to a lane. The expressions are the same as in risk
profiles, and use the vocabulary of goods. A criterion may select only a share of its items (`rate`). In
addition, each item can be drawn at random for the red lane, with a minimum rate that does not depend on the
criteria. Only these items show how often goods that no criterion selects are irregular. Both random
selections use `screening/draw.py`, so anybody can verify them after the key of the day is published.

`criteria_of` reads criteria in the language of ASYCUDA selectivity (`Criteria "APPLES"; If ComCod = "080810"
and CtyOrigCod = "US" Then RedLane IS 100; Endif;`). It follows the public reference of UNCTAD for ASYCUDA++
(module MODSEL, version 1.15: keywords and one example). No criteria of an administration were available.
"""

from __future__ import annotations

import datetime as dt
import itertools
import re
import uuid
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal, NamedTuple

import msgspec
import numpy as np
import polars as pl

from vedette.core.records import Record
from vedette.core.shares import interval
from vedette.core.texts import Text, gettext_lazy, pgettext_lazy
from vedette.profiles.check import ExpressionError, error_text
from vedette.profiles.parse import parse
from vedette.profiles.run import Explaining, Profile, ProfileSet
from vedette.profiles.vocabulary import Type, Vocabulary
from vedette.screening.draw import is_drawn

Lane = Literal["red", "yellow", "blue", "green"]
#: The lanes, the strictest first.
LANES: tuple[Lane, ...] = ("red", "yellow", "blue", "green")
NAMES: dict[Lane, Text] = {
    "red": pgettext_lazy("lane", "red: examine the goods"),
    "yellow": pgettext_lazy("lane", "yellow: examine the documents"),
    "blue": pgettext_lazy("lane", "blue: release, examine afterwards"),
    "green": pgettext_lazy("lane", "green: release"),
}
#: The name of the draw of the minimum rate.
_MINIMUM = "minimum"
_TEXT: Type = "text"


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


class Met(Record, frozen=True, kw_only=True):
    """A criterion that an item fulfils. `selected` is false if the criterion selects only a share of its
    items and did not select this item. `evidence` contains the conditions that were true, as plain data."""

    name: str
    lane: Lane
    selected: bool
    evidence: tuple[dict[str, Any], ...] = ()


class Assigned(Record, frozen=True, kw_only=True):
    """The lane of one item. `random` is true if the item was selected at random with the minimum rate. The
    criteria that the item fulfils are stated in this case too. A lane is a proposal for the control, and
    contains no decision."""

    lane: Lane
    random: bool
    criteria: tuple[Met, ...] = ()


class Share(Record, frozen=True, kw_only=True):
    """The expected use of one criterion. `share` is the share of the items that fulfil it, with the 95 %
    interval from `low` to `high`. `alone` is the share of the items that only this criterion sends to its
    lane or a stricter lane."""

    name: str
    lane: Lane
    items: int
    share: float
    low: float
    high: float
    alone: float


class Expected(Record, frozen=True, kw_only=True):
    """The expected rates of the lanes and of each criterion over a population of earlier items."""

    items: int
    lanes: dict[Lane, float]
    criteria: tuple[Share, ...]
    #: Criteria that could not be evaluated.
    failed: tuple[str, ...] = ()


class Lanes:
    """The criteria of an administration for one day, compiled."""

    def __init__(
        self, vocabulary: Vocabulary, criteria: Sequence[Criterion], day: dt.date, *,
        minimum: float, lists: Mapping[str, tuple[str, ...]] | None = None,
    ) -> None:  # fmt: skip
        """Compiles the criteria that apply on the day. `minimum` is the minimum random rate, from 0 to 1.
        `lists` are the local lists (code lists) that expressions may name. Criteria that are not valid are in
        `refused`. Raises `ValueError` if the minimum rate is not between 0 and 1."""
        if not 0 <= minimum <= 1:
            raise ValueError("the minimum random rate must be from 0 to 1")
        self.minimum = minimum
        self.criteria: list[Criterion] = []
        self.refused: list[Refused] = []
        profiles: list[Profile] = []
        types = dict.fromkeys(lists or {}, _TEXT)
        names: set[str] = set()
        for one in criteria:
            if not one.applies(day):
                continue
            try:
                if one.name in names:
                    raise _NotUsable(gettext_lazy("Another criterion has the same name."))
                if not 0 <= one.rate <= 1:
                    raise _NotUsable(gettext_lazy("The rate must be from 0 to 100 percent."))
                tree = parse(one.expression, vocabulary, types, one.parameters)
            except ExpressionError as error:
                self.refused.append(Refused(name=one.name, message=error_text(error)))
                continue
            except _NotUsable as error:
                self.refused.append(Refused(name=one.name, message=error.message))
                continue
            names.add(one.name)
            self.criteria.append(one)
            profiles.append(Profile(id=one.name, tree=tree, lists=dict(lists or {})))
        self._set = ProfileSet(profiles)

    def assign(
        self, frame: pl.DataFrame, firsts: Sequence[uuid.UUID], key: bytes
    ) -> tuple[Assigned, ...]:
        """Assigns each row of a table of values to a lane. `firsts` contains the first id of each item, and
        `key` is the key of the day (`screening/draw.py`). A row in which a value is missing fulfils no
        criterion that uses this value."""
        fired = self._set.fire(frame)
        rows, places = fired.rows.tolist(), fired.profiles.tolist()
        held = self._set.explain(frame, rows, places, Explaining.plain_rows)
        met: list[list[Met]] = [[] for _ in range(frame.height)]
        for row, place, evidence in zip(rows, places, held, strict=True):
            one = self.criteria[place]
            selected = one.rate >= 1 or is_drawn(
                key, f"criterion:{one.name}", firsts[row], one.rate
            )
            met[row].append(Met(name=one.name, lane=one.lane, selected=selected, evidence=evidence))
        return tuple(
            self._assigned(tuple(one), is_drawn(key, _MINIMUM, first, self.minimum))
            for one, first in zip(met, firsts, strict=True)
        )

    @staticmethod
    def _assigned(met: tuple[Met, ...], drawn: bool) -> Assigned:
        lanes = [one.lane for one in met if one.selected] + (["red"] if drawn else [])
        lane: Lane = min(lanes, key=LANES.index, default="green")
        return Assigned(lane=lane, random=drawn, criteria=met)

    def expected(self, frame: pl.DataFrame) -> Expected:
        """Computes the rates that the criteria and the minimum rate would have over earlier items. The rates
        are exact expected values, so no item is selected at random."""
        fired = self._set.fire(frame)
        items = frame.height
        # free[lane][row]: the probability that nothing sends the row to this lane or to a stricter one.
        free = {lane: np.ones(items) for lane in LANES[:-1]}
        rows_of = {
            place: fired.rows[fired.profiles == place] for place in range(len(self.criteria))
        }
        for lane in free:
            free[lane] *= 1 - self.minimum
        for place, rows in rows_of.items():
            for lane in self._from(place):
                free[lane][rows] *= 1 - self.criteria[place].rate
        shares = []
        for place, rows in rows_of.items():
            one = self.criteria[place]
            low, high = interval(len(rows), items)
            if one.lane == "green" or not items:
                alone = 0.0
            else:
                without = np.full(items, 1 - self.minimum)
                for other, others in rows_of.items():
                    if other != place and one.lane in self._from(other):
                        without[others] *= 1 - self.criteria[other].rate
                alone = float((without - free[one.lane]).sum()) / items
            share = len(rows) / items if items else 0.0
            shares.append(
                Share(name=one.name, lane=one.lane, items=len(rows), share=share, low=low, high=high,
                      alone=alone)
            )  # fmt: skip
        rates: dict[Lane, float] = {}
        before = 0.0
        for lane in LANES[:-1]:
            reached = float(1 - free[lane].mean()) if items else 0.0
            rates[lane] = reached - before
            before = reached
        rates["green"] = 1 - before if items else 0.0
        failed = tuple(one.id for one in fired.failed)
        return Expected(items=items, lanes=rates, criteria=tuple(shares), failed=failed)

    def _from(self, place: int) -> tuple[Lane, ...]:
        """Returns the lane of a criterion and the less strict lanes, except green."""
        return LANES[LANES.index(self.criteria[place].lane) : -1]


class _NotUsable(Exception):
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
    states its line. Each lane of a criterion becomes a criterion of its own."""
    known = FIELDS | {name.lower(): column for name, column in (fields or {}).items()}
    made: list[Criterion] = []
    refused: list[Refused] = []
    try:
        if len(text) > MAX_TEXT:
            raise _NotUsable(
                gettext_lazy("The text has more than %(most)s characters.", most=MAX_TEXT)
            )
        tokens = list(_tokens(text))
    except _NotUsable as error:
        return Imported((), (Refused(name="", message=error.message),))
    starts = [at for at, token in enumerate(tokens) if token.is_word("criteria")]
    if not starts or starts[0] > 0:
        line = tokens[0].line if tokens else 1
        refused.append(Refused(name="", message=_expected("Criteria", line)))
    for start, end in itertools.pairwise([*starts, len(tokens)]):
        reading = _Reading(tokens[start:end], known)
        try:
            made += reading.criteria()
        except _NotUsable as error:
            refused.append(Refused(name=reading.name, message=error.message))
    return Imported(tuple(made), tuple(refused))


def _tokens(text: str) -> Iterator[_Token]:
    at, line, end = 0, 1, len(text.rstrip())
    while at < end:
        found = _TOKEN.match(text, at)
        if found is None:
            line += text.count("\n", at, at + len(text[at:]) - len(text[at:].lstrip()))
            raise _NotUsable(
                gettext_lazy("Line %(line)s contains an unknown character.", line=line)
            )
        line += text.count("\n", at, found.end())
        kind = str(found.lastgroup)
        value = found[kind]
        yield _Token(kind, value[1:-1] if kind == "text" else value, line)
        at = found.end()


def _expected(what: str, line: int) -> Text:
    return gettext_lazy("Line %(line)s: %(what)s is expected.", line=line, what=what)


class _Reading:
    """Reads one criterion from its tokens."""

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
            raise _NotUsable(_expected('"NAME"', token.line))
        self.name = token.value.strip()[:80]
        self._skip()
        found: list[tuple[str, Lane, float]] = []
        while self._at < len(self._tokens):
            found += self._statement((), 0)
        if not found:
            raise _NotUsable(_expected("RedLane IS 100", token.line))
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
            raise _NotUsable(
                gettext_lazy("The criterion ends too early, on line %(line)s.", line=last)
            )
        self._at += 1
        return token

    def _is(self, *words: str) -> bool:
        token = self._peek()
        return token is not None and token.is_word(*words)

    def _word(self, *words: str) -> _Token:
        token = self._next()
        if not token.is_word(*words):
            raise _NotUsable(_expected(words[0], token.line))
        return token

    def _skip(self) -> None:
        while self._is(";"):
            self._at += 1

    def _statement(self, conditions: tuple[str, ...], depth: int) -> list[tuple[str, Lane, float]]:
        token = self._next()
        if depth > MAX_DEPTH:
            raise _NotUsable(gettext_lazy("Line %(line)s: too many conditions.", line=token.line))
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
            raise _NotUsable(
                gettext_lazy(
                    "Line %(line)s: “%(what)s” is not supported here; only conditions and lanes are read.",
                    line=token.line, what=token.value[:40],
                )
            )  # fmt: skip
        self._word("is", ":=")
        percent = self._next()
        if percent.kind != "number" or not 0 <= float(percent.value) <= 100:
            raise _NotUsable(_expected("0 … 100", percent.line))
        self._skip()
        if not conditions:
            raise _NotUsable(_expected("If", token.line))
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
            raise _NotUsable(gettext_lazy("Line %(line)s: too many conditions.", line=token.line))
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
            raise _NotUsable(
                gettext_lazy(
                    "Line %(line)s: the field “%(what)s” is not assigned to a column.",
                    line=token.line, what=token.value[:40],
                )
            )  # fmt: skip
        sign = self._next()
        operator = _OPERATORS.get(sign.value.lower()) if sign.kind in ("word", "sign") else None
        if operator is None:
            raise _NotUsable(_expected("=", sign.line))
        value = self._next()
        if value.kind not in ("text", "number"):
            raise _NotUsable(_expected('"TEXT", 100', value.line))
        if column == "hs":
            digits = re.sub(r"[.\s]", "", value.value)
            chosen = (
                _BY_DIGITS.get(len(digits)) if digits.isascii() and digits.isdecimal() else None
            )
            if chosen is None or operator not in ("=", "<>"):
                raise _NotUsable(_expected('ComCod = "080810", "0808", "08"', value.line))
            return f"{chosen} {operator} '{digits}'"
        if value.kind == "number":
            return f"{column} {operator} {value.value}"
        quoted = value.value.replace("'", "''")
        return f"{column} {operator} '{quoted}'"
