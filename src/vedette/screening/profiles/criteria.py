"""One criterion in ASYCUDA's language → an expression of ours, for each lane that it names."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterator, Mapping
from typing import Literal, NoReturn

import msgspec

from vedette.core.records import Record
from vedette.screening.profiles.canonical import quoted
from vedette.screening.profiles.messages import typeset
from vedette.screening.vocabulary import Column, Vocabulary

_MAX_DEPTH = 20

Lane = Literal["red", "yellow", "green", "blue"]


class Field(Record, frozen=True):
    """What a field of ASYCUDA is here: the column, and whether a shorter code stands for all codes that
    begin with it (commodity codes: customs write headings, declarations carry tariff lines)."""

    column: str
    prefix: bool = False


class Problem(Record, frozen=True, kw_only=True):
    """Something that could not be taken over, by its line."""

    line: int
    en: str
    fr: str


class Criterion(Record, frozen=True, kw_only=True):
    """One consequence of one criterion. `expression` is empty where nothing of it could be mapped;
    `rate` is the share to be selected, in per cent; `complete` whether all of it was taken over; `waits`
    names the fields for which there is no vocabulary yet."""

    name: str
    line: int
    expression: str
    lane: Lane
    rate: int
    complete: bool
    problems: tuple[Problem, ...] = ()
    waits: tuple[str, ...] = ()


class Token(Record, frozen=True):
    kind: str
    text: str
    line: int


class Stop(Exception):
    """A criterion that cannot be read further, with its problem."""

    def __init__(self, problem: Problem) -> None:
        super().__init__(problem.line)
        self.problem = problem


_TOKEN = re.compile(
    r"""(?P<skip>\s+|//[^\n]*|--[^\n]*|\#[^\n]*|/\*.*?\*/)
    |(?P<text>"[^"\n]*"|'[^'\n]*'|“[^”\n]*”)
    |(?P<number>[0-9]+(?:\.[0-9]+)?)
    |(?P<range>\.\.)
    |(?P<word>[^\W\d]\w*)
    |(?P<sign><>|!=|<=|>=|[=<>(),;:%])
    |(?P<other>.)""",
    re.VERBOSE | re.DOTALL,
)
_LANES: dict[str, Lane] = {
    "redlane": "red", "red": "red", "yellowlane": "yellow", "yellow": "yellow",
    "greenlane": "green", "green": "green", "bluelane": "blue", "blue": "blue",
}  # fmt: skip
_COMPARISONS = {"=": "=", "<>": "<>", "!=": "<>", "<": "<", "<=": "<=", ">": ">", ">=": ">="}


def problem(line: int, en: str, fr: str) -> Problem:
    return Problem(line=line, en=f"Line {line}: {en}.", fr=typeset(f"Ligne {line} : {fr}."))


def tokens(text: str) -> Iterator[Token]:
    line = 1
    for found in _TOKEN.finditer(text):
        kind = found.lastgroup or "other"
        if kind != "skip":
            yield Token(kind, found[0], line)
        line += found[0].count("\n")


def _outer(expression: str | None) -> str:
    """An expression without the parentheses around all of it."""
    if not expression or not expression.startswith("("):
        return expression or ""
    depth = 0
    for place, token in enumerate(_TOKEN.finditer(expression)):
        depth += {"(": 1, ")": -1}.get(token[0], 0)
        if depth == 0 and place:
            return expression[1:-1] if token.end() == len(expression) else expression
    return expression


def _unquoted(token: Token) -> str:
    return token.text[1:-1] if token.kind == "text" else token.text


class Reader:
    """Reads one criterion."""

    def __init__(
        self,
        tokens: list[Token],
        vocabulary: Vocabulary,
        fields: Mapping[str, Field],
        goods: Collection[str] = (),
    ) -> None:
        self._tokens = tokens
        self._place = 0
        self._depth = 0
        self._vocabulary = vocabulary
        self._fields = fields
        #: Fields that the vocabulary of goods will have, in small letters; those met of them.
        self._goods = goods
        self._waits: dict[str, None] = {}
        self.problems: list[Problem] = []

    def criterion(self) -> list[Criterion]:
        """One criterion for each lane it names, in the order of the text."""
        first = self._tokens[0]
        self._place = 1
        name = self._name()
        made: list[Criterion] = []
        while self._accept("if"):
            before = len(self.problems)
            self._waits = {}
            expression = self._any()
            self._expect("then")
            lanes = self._lanes()
            own = tuple(self.problems[before:])
            for lane, rate in lanes:
                made.append(
                    Criterion(
                        name=name, line=first.line, expression=_outer(expression), lane=lane, rate=rate,
                        complete=not own and bool(expression), problems=own, waits=tuple(self._waits),
                    )
                )  # fmt: skip
            if not lanes:
                self._note(self._line(), "no lane follows Then", "aucun circuit ne suit Then")
        if not made and not self.problems:
            self._note(first.line, f"{name} has no If … Then", f"{name} n’a pas de If … Then")
        if (rest := self._peek()) is not None:
            self._note(rest.line, f"{rest.text[:40]} and what follows is left out",
                f"{rest.text[:40]} et la suite sont laissés de côté")  # fmt: skip
            made = [
                msgspec.structs.replace(
                    one, complete=False, problems=(*one.problems, self.problems[-1])
                )
                for one in made
            ]
        return made

    def _name(self) -> str:
        token = self._peek()
        if token is None:
            self._stop("a name is missing after Criteria", "il manque un nom après Criteria")
        words: list[str] = []
        while (
            (token := self._peek()) is not None and not self._is(token, "if") and token.text != ";"
        ):
            words.append(_unquoted(token))
            self._place += 1
        self._accept(";")
        return " ".join(words)[:200]

    def _any(self) -> str | None:
        return self._joined("or", self._all)

    def _all(self) -> str | None:
        return self._joined("and", self._one)

    def _joined(self, word: str, part: Callable[[], str | None]) -> str | None:
        """Parts joined by a word; those that could not be mapped are left out."""
        parts = [part()]
        while self._accept(word):
            parts.append(part())
        kept = [one for one in parts if one is not None]
        if len(kept) < 2:
            return kept[0] if kept else None
        return "(" + f" {word.upper()} ".join(kept) + ")"

    def _one(self) -> str | None:
        self._depth += 1
        if self._depth > _MAX_DEPTH:
            self._stop("nested too deep", "imbrication trop profonde")
        try:
            if self._accept("not"):
                inner = self._one()
                return None if inner is None else f"NOT ({inner})"
            if self._accept("("):
                inner = self._any()
                self._expect(")")
                return inner
            return self._comparison()
        finally:
            self._depth -= 1

    def _comparison(self) -> str | None:
        name = self._take()
        if name.kind != "word":
            self._stop_at(name, f"a field is needed, not {name.text[:40]}",
                f"il faut un champ, pas {name.text[:40]}")  # fmt: skip
        field = self._fields.get(name.text.lower())
        column = self._vocabulary.column(field.column) if field else None
        if field is None or column is None:
            self._no_column(name)
        negated = self._accept("not")
        if self._accept("in"):
            made = self._listed(field, column, name.line)
        elif self._accept("between"):
            low = self._value()
            self._expect("and")
            made = self._between(column, low, self._value())
        else:
            made = self._compared(field, column)
        return f"NOT {made}" if negated and made else made

    def _no_column(self, name: Token) -> None:
        said = name.text[:40]
        if name.text.lower() in self._goods:
            self._waits[said] = None
            self._note(name.line, f"{said} waits for the vocabulary of goods; its condition is left out",
                f"{said} attend le vocabulaire des marchandises ; sa condition est laissée de"
                " côté")  # fmt: skip
        else:
            self._note(name.line, f"{said} has no column here; its condition is left out",
                f"{said} n’a pas de colonne ici ; sa condition est laissée de côté")  # fmt: skip

    def _compared(self, field: Field | None, column: Column | None) -> str | None:
        sign = self._take()
        operator = _COMPARISONS.get(sign.text)
        if operator is None:
            self._stop_at(sign, f"a comparison is needed, not {sign.text[:40]}",
                f"il faut une comparaison, pas {sign.text[:40]}")  # fmt: skip
        value = self._value()
        if self._accept(".."):
            made = self._between(column, value, self._value())
            return f"NOT {made}" if made and operator == "<>" else made
        if operator == "=":
            return self._equal(field, column, value)
        if operator == "<>":
            made = self._equal(field, column, value)
            return f"NOT {made}" if made else None
        literal = self._literal(column, value)
        return f"{column.name} {operator} {literal}" if column and literal else None

    def _equal(self, field: Field | None, column: Column | None, value: Token) -> str | None:
        literal = self._literal(column, value)
        if field is None or column is None or literal is None:
            return None
        text = _unquoted(value)
        wild = text.rstrip("*%")
        if column.type == "text" and (field.prefix or wild != text):
            return f"STARTS_WITH({column.name}, {quoted(wild)})"
        return f"{column.name} = {literal}"

    def _between(self, column: Column | None, low: Token, high: Token) -> str | None:
        first, last = self._literal(column, low), self._literal(column, high)
        if column is None or first is None or last is None:
            return None
        if column.type == "text":
            # A heading at the upper end holds all its lines: compared by as many characters.
            length = len(_unquoted(high))
            return f"LEFT({column.name}, {length}) BETWEEN {first} AND {last}"
        return f"{column.name} BETWEEN {first} AND {last}"

    def _listed(self, field: Field | None, column: Column | None, line: int) -> str | None:
        """`in (a, b, c .. d)`; `in LIST` and local lists by name are not here."""
        if not self._accept("("):
            token = self._take()
            self._note(token.line, f"the local list {token.text[:40]} is not in the file; its condition is"
                " left out", f"la liste locale {token.text[:40]} n’est pas dans le fichier ; sa condition"
                " est laissée de côté")  # fmt: skip
            return None
        parts: list[str | None] = []
        plain: list[str] = []
        while True:
            value = self._value()
            if self._accept(".."):
                parts.append(self._between(column, value, self._value()))
            else:
                one = self._equal(field, column, value)
                if one is not None and column is not None and one.startswith(f"{column.name} = "):
                    plain.append(one.removeprefix(f"{column.name} = "))
                else:
                    parts.append(one)
            if not self._accept(","):
                break
        self._expect(")")
        kept = [part for part in parts if part is not None]
        if plain and column is not None:
            kept.insert(0, f"{column.name} IN ({', '.join(plain)})")
        if column is None or not kept:
            return None
        return kept[0] if len(kept) == 1 else "(" + " OR ".join(kept) + ")"

    def _value(self) -> Token:
        token = self._take()
        if token.kind not in ("text", "number"):
            self._stop_at(token, f"a value is needed, not {token.text[:40]}",
                f"il faut une valeur, pas {token.text[:40]}")  # fmt: skip
        return token

    def _literal(self, column: Column | None, token: Token) -> str | None:
        """A value as the language writes it for a column; None, and a problem, where it does not fit."""
        if column is None:
            return None
        text = _unquoted(token)
        if column.type == "text":
            return quoted(text)
        if column.type in ("number", "whole") and re.fullmatch(r"[0-9]{1,15}(\.[0-9]{1,6})?", text):
            return text
        name, said = column.name, text[:40]
        self._note(token.line, f"{said} is no value for {name}; its condition is left out",
            f"{said} n’est pas une valeur de {name} ; sa condition est laissée de côté")  # fmt: skip
        return None

    def _lanes(self) -> list[tuple[Lane, int]]:
        """`RedLane IS 100; YellowLane IS 20 %`, up to EndIf or the next If."""
        lanes: list[tuple[Lane, int]] = []
        while (token := self._peek()) is not None and not self._is(token, "if"):
            self._place += 1
            word = token.text.lower()
            if word in ("endif", "end", ";", "%", ",", "and"):
                continue
            lane = _LANES.get(word)
            if lane is None:
                self._note(token.line, f"{token.text[:40]} is not understood here",
                    f"{token.text[:40]} n’est pas compris ici")  # fmt: skip
                continue
            self._accept("is")
            self._accept("=")
            rate = self._take()
            if rate.kind != "number" or float(rate.text) > 100:
                self._stop_at(rate, "a rate from 0 to 100 is needed", "il faut un taux de 0 à 100")
            lanes.append((lane, round(float(rate.text))))
        return lanes

    def _peek(self) -> Token | None:
        return self._tokens[self._place] if self._place < len(self._tokens) else None

    def _line(self) -> int:
        return self._tokens[min(self._place, len(self._tokens) - 1)].line

    def _is(self, token: Token, word: str) -> bool:
        return token.kind != "text" and token.text.lower() == word

    def _take(self) -> Token:
        token = self._peek()
        if token is None:
            self._stop("the criterion breaks off", "le critère s’interrompt")
        self._place += 1
        return token

    def _accept(self, word: str) -> bool:
        token = self._peek()
        if token is None or not self._is(token, word):
            return False
        self._place += 1
        return True

    def _expect(self, word: str) -> None:
        token = self._take()
        if not self._is(token, word):
            self._stop_at(token, f"{word} is needed, not {token.text[:40]}",
                f"il faut {word}, pas {token.text[:40]}")  # fmt: skip

    def _note(self, line: int, en: str, fr: str) -> None:
        self.problems.append(problem(line, en, fr))

    def _stop(self, en: str, fr: str) -> NoReturn:
        raise Stop(problem(self._line(), en, fr))

    def _stop_at(self, token: Token, en: str, fr: str) -> NoReturn:
        raise Stop(problem(token.line, en, fr))
