"""Lines, control lists, the words of the rules, and matches."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field
from decimal import Decimal

import msgspec

#: Maximum number of characters of a description that is read.
MAX_DESCRIPTION = 2_000
#: Maximum number of characters of the text of a match.
MAX_SPAN = 60


@dataclass(frozen=True, slots=True)
class Line:
    """A line of a declaration. Missing values are empty texts or None."""

    id: str = ""
    description: str = ""
    hs: str = ""
    net_mass_kg: Decimal | None = None
    quantity: Decimal | None = None
    unit: str = ""
    value_usd: Decimal | None = None
    origin: str = ""
    destination: str = ""
    documents: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Entry:
    """An entry of a control list.

    `limit` is the greatest concentration in percent by weight that the list does not cover. `least` is the
    least concentration that the list covers. `limit_nitrogen` is `limit` as percent of nitrogen. `unit_um` is
    the greatest particle size in micrometres that the list covers. `residual` is true if other goods have the
    same HS codes, so that a code alone does not identify the entry.
    """

    list: str
    key: str
    name_en: str
    name_fr: str = ""
    cas: tuple[str, ...] = ()
    un: tuple[str, ...] = ()
    hs: tuple[str, ...] = ()
    hs_edition: str = "2022"
    limit: Decimal | None = None
    limit_nitrogen: Decimal | None = None
    least: Decimal | None = None
    unit_um: Decimal | None = None
    form: str = ""
    residual: bool = False
    category: str = ""
    source: str = ""
    valid_from: dt.date | None = None
    valid_to: dt.date | None = None

    def valid_on(self, day: dt.date) -> bool:
        """Returns whether the entry is part of its list on a day."""
        after = self.valid_from is None or self.valid_from <= day
        return after and (self.valid_to is None or day <= self.valid_to)


@dataclass(frozen=True, slots=True)
class ControlList:
    """A control list: its key, title, version, theme, legal source and licence. `title_fr` is the French
    title, if it differs from the English title."""

    key: str
    title: str
    version: str
    theme: str
    source: str = ""
    licence: str = ""
    title_fr: str = ""


@dataclass(frozen=True, slots=True)
class Knowledge:
    """The lists, their entries, the names of the entries, and the words that the rules use.

    `names` maps the key of an entry (or a term of the rules) to names. A name may contain classes of words,
    for example `{k} {no3}`. `classes` maps a class to its words. `words` maps a role to its words. `numbers`
    maps a UN number to keys.
    """

    lists: tuple[ControlList, ...]
    entries: tuple[Entry, ...]
    names: dict[str, tuple[str, ...]]
    classes: dict[str, tuple[str, ...]]
    words: dict[str, tuple[str, ...]]
    numbers: dict[str, tuple[str, ...]] = field(default_factory=dict)

    def on(self, day: dt.date) -> Knowledge:
        """Returns the knowledge with the entries that are valid on a day."""
        entries = tuple(entry for entry in self.entries if entry.valid_on(day))
        return Knowledge(self.lists, entries, self.names, self.classes, self.words, self.numbers)


class Match(msgspec.Struct, frozen=True):
    """A match of a line with an entry: the rule, and the span of the original text or of the HS code.

    `above_limit` is false if the line states a strength that the entry does not cover.
    """

    key: str
    list: str
    version: str
    entry: str
    rule: str
    field: str
    start: int
    end: int
    text: str
    facts: tuple[str, ...] = ()
    above_limit: bool = True


class Finding(msgspec.Struct, frozen=True):
    """A finding of the rules before the control lists are consulted: a key, the rule, a span of the
    description (an empty span means the declared HS code), and facts."""

    key: str
    rule: str
    start: int = 0
    end: int = 0
    facts: tuple[str, ...] = ()


class Result(msgspec.Struct, frozen=True):
    """The result of a line: its matches, the names that were found but are not used (with the reason), and
    the facts that the rules of hits use.

    `below` contains the entries that the line names with a strength at or below their limit. These entries
    are not matches. These entries can become hits only by a rule whose condition contains the fact
    `above_limit`.
    """

    matches: tuple[Match, ...] = ()
    silent: tuple[str, ...] = ()
    facts: frozenset[str] = frozenset()
    below: tuple[Match, ...] = ()

    @property
    def keys(self) -> tuple[str, ...]:
        """The keys of the matches in order, without duplicates."""
        return tuple(dict.fromkeys(match.key for match in self.matches))


NOTHING = Result()
