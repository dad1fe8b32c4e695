"""Records for the screening of names: queries, matches and explanations."""

from __future__ import annotations

import datetime as dt
import functools
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Literal

import msgspec

Relation = Literal["=", "≈", "≠", "–"]

#: Score from which a hit is raised, with or without birth date and nationality.
DEFAULT_THRESHOLD = 0.7


@dataclass(frozen=True, slots=True)
class Query:
    """A person or other subject to search for. The name is either `full_name`, or `surname` and `given_names`
    as received.

    `date_of_birth` is a day, or only a year if the day is unknown. `nationality` is an ISO code or an English
    or French name. `schema` (Person, Organization, Vessel …) restricts the search to entries of that kind.
    Without `schema`, all entries are searched.
    """

    full_name: str | None = None
    surname: str | None = None
    given_names: str | None = None
    date_of_birth: dt.date | int | None = None
    nationality: str | None = None
    sex: str | None = None
    schema: str | None = None

    @property
    def text(self) -> str:
        """Returns the name in spoken order: given names, then surname."""
        return self.full_name or " ".join(filter(None, (self.given_names, self.surname)))


class Term(msgspec.Struct, frozen=True, omit_defaults=True, gc=False):
    """One line of the explanation of a score. The contributions of all lines of an explanation add up to the
    score.

    `name` is the kind of comparison: name, surname, given, replaced (two different words), left_out, number,
    order, legal_form, initials, weak_alias, birth_date, nationality, sex or schema.
    """

    name: str
    ours: str | None = None
    theirs: str | None = None
    # A factory, because msgspec omits plain defaults when encoding.
    relation: Relation = msgspec.field(default_factory=lambda: "–")
    contribution: float = msgspec.field(default_factory=float)

    def scaled(self, share: float) -> Term:
        """Returns a copy of the line with the contribution multiplied by `share`."""
        return Term(self.name, self.ours, self.theirs, self.relation, self.contribution * share)


@dataclass(frozen=True, slots=True)
class Comparison:
    """The similarity of two names, from 0 (different) to 1 (equal), with an explanation."""

    score: float
    terms: tuple[Term, ...] = ()


@dataclass
class Match:
    """An entry that matches a query. `name` is the best-matching name of the entry, and `position` is the
    position of this name. `number` is the position of the entry in its index.

    The function `explain` returns the terms of the explanation. `explain` is called when `terms` is read for
    the first time. A pickled match contains the terms themselves.
    """

    list_id: str
    entry: str
    name: str
    position: int
    score: float
    explain: Callable[[], tuple[Term, ...]] | None = field(compare=False, repr=False)
    weak: bool = False
    number: int = field(default=0, compare=False)

    @functools.cached_property
    def terms(self) -> tuple[Term, ...]:
        """Returns the lines of the explanation. The contributions of the lines add up to the score."""
        return self.explain() if self.explain else ()

    def __getstate__(self) -> dict[str, Any]:
        return vars(self) | {"terms": self.terms, "explain": None}
