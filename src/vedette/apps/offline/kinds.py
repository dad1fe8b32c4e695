"""The kinds of entries that can be recorded on a device without a network. An app of a higher layer registers
its kind by calling `register`. The page, the script and the transfer of entries are the same for all kinds.
"""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from vedette.apps.accounts.models import User
from vedette.formats.field_entries import Entry


class Unfit(Exception):
    """The error that is raised if an entry cannot be stored because its values are not valid or not
    permitted. `code` identifies the reason; `problems` maps a field to the code of its problem.
    """

    def __init__(self, code: str, problems: dict[str, str] | None = None) -> None:
        super().__init__(code)
        self.code, self.problems = code, problems or {}


@dataclass(frozen=True)
class Taken:
    """The result of storing an entry: the id of the stored object, and the time at which its photographs are
    deleted.
    """

    result: uuid.UUID
    delete_at: dt.datetime


@dataclass(frozen=True)
class Form:
    """A form that a device fills in. `fields` have the label and the choices in one language; `input` states
    the properties of the input (type, keyboard), and `long` whether it has several lines. `preset` contains
    the values of the fields that are already known, so that the form does not show these fields."""

    key: str
    kind: str
    target: uuid.UUID
    form: str
    template: int
    group: str
    title: str
    preset: dict[str, str] = field(default_factory=dict)
    kept: tuple[str, ...] = ()
    fields: list[dict[str, Any]] = field(default_factory=list)


@dataclass(frozen=True)
class EntryKind:
    """A kind of entry. `forms` returns the forms that a user may currently fill in. `take` stores an entry
    for a user, and `amend` stores a correction or a withdrawal of an object that `take` stored. `ahead` is
    the time by which the clock of the device is ahead of the correct time. Both raise `Unfit`. `shown`
    returns the lines (label and value) of an entry that could not be stored. `said` returns the sentence that
    explains the code of a reason, or the code of a problem with a field. `unsent` maps the id of each stored
    object that the user has not sent yet to the URL of the page on which the user sends it. `labels` maps the
    fields of the form of an entry to their labels. `page` is the name of the page of the stored object.
    """

    name: str
    word: Any
    right: str
    forms: Callable[[User], list[Form]]
    take: Callable[[User, Entry, dt.timedelta], Taken]
    amend: Callable[[User, uuid.UUID, Entry, dt.timedelta], Taken]
    shown: Callable[[User, Entry], list[tuple[str, str]]]
    said: Callable[[str], str]
    unsent: Callable[[User, list[uuid.UUID]], dict[uuid.UUID, str]]
    labels: Callable[[User, Entry], dict[str, str]]
    page: str


@dataclass(frozen=True)
class Card:
    """A safety card in the form in which the page for field work stores it, in the language of the page.

    `lines` are the texts of the card. The search on the page finds a card by its `names` and `numbers`. Each
    name is a list with one element for each position in the name, and each element is a list of alternative
    words for this position. A card contains no personal data and no data of an organisation, so all users
    receive the same cards.
    """

    title: str
    lines: list[str]
    names: list[list[list[str]]]
    numbers: list[str]


KINDS: dict[str, EntryKind] = {}
#: Functions that return the safety cards in the present language.
CARDS: list[Callable[[], list[Card]]] = []


def register(kind: EntryKind) -> None:
    """Registers a kind of entry."""
    KINDS[kind.name] = kind


def register_cards(cards: Callable[[], list[Card]]) -> None:
    """Adds safety cards, which the page for field work stores on the device."""
    CARDS.append(cards)
