"""What is asked, what is found, and why: the words in which names screening speaks."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Literal

import msgspec

Relation = Literal["=", "≈", "≠", "–"]


@dataclass(frozen=True, slots=True)
class Query:
    """Who is asked about. Either `full_name`, or `surname` and `given_names` as booked.

    `date_of_birth` is a day or, where only that is known, a year. `nationality` is an ISO code or an
    English or French name. `schema` (Person, Organization, Vessel …) restricts the search to entries
    of that kind; without it all are searched.
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
        """The name in the order in which it is spoken."""
        return self.full_name or " ".join(filter(None, (self.given_names, self.surname)))


class Term(msgspec.Struct, frozen=True, omit_defaults=True, gc=False):
    """One line of an explanation. The contributions of all lines add up to the score.

    `name` says what was compared: name, surname, given; replaced (a word stands against another),
    left_out, number, order, legal_form, initials, weak_alias; birth_date, nationality, sex, schema.
    """

    name: str
    ours: str | None = None
    theirs: str | None = None
    # Never left out when encoded, as a default would be.
    relation: Relation = msgspec.field(default_factory=lambda: "–")
    contribution: float = msgspec.field(default_factory=float)


@dataclass(frozen=True, slots=True)
class Comparison:
    """Two names compared: 0 (different) to 1 (the same), and why."""

    score: float
    terms: tuple[Term, ...] = ()


@dataclass(frozen=True, slots=True)
class Match:
    """One entry that answers a query: `name` is the best of its names, at `position` in the entry."""

    list_id: str
    entry: str
    name: str
    position: int
    score: float
    terms: tuple[Term, ...]
    weak: bool = False
