"""The definition of a kind of subject that needs no Django and no database.

A subject is a unit of screening: a traveller's journey, a goods item, a cash movement. All functions after
storage (hits, decisions, the queue, retention, links, search) work on subjects of any kind. The Django part
of a kind is in its app (`vedette.apps.subjects.kinds`).
"""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from vedette.core.asked import Asked
from vedette.core.records import Message


@dataclass(frozen=True, kw_only=True)
class Reader:
    """A format that a kind reads, as documentation and pages tell it. `name` is what its messages say in
    `format`; `aliases` are other names by which a caller may ask for it; `sampled` are the versions of
    which public samples were at hand, none where it is built from the specification alone; `written` says
    whether it is written too."""

    name: str
    what: str
    versions: str
    aliases: tuple[str, ...] = ()
    sampled: str = ""
    written: bool = False

    @property
    def source(self) -> str:
        """Where our knowledge of it comes from."""
        return f"public samples ({self.sampled})" if self.sampled else "from the specification"


@dataclass(frozen=True, kw_only=True)
class FileReader(Reader):
    """A format of whole files. `called` names such a file in a sentence; `root` is the root element where
    it is XML."""

    called: str
    root: str = ""
    #: Whether a file is of this format, by its first 4,096 bytes and by all of it.
    sniff: Callable[[bytes, bytes], bool]
    read: Callable[[bytes], list[Any]]


@dataclass(frozen=True, kw_only=True)
class EdifactReader(Reader):
    """A message type of UN/EDIFACT: a file may hold messages of several types."""

    #: As UNH states it, and the segments that only this type has, for a UNH that states none.
    type: str
    tags: frozenset[str] = frozenset()
    #: Whether a message of the type is of this dialect; None where it is of no particular one.
    dialect: Callable[[Any], bool] | None = None
    #: Reads one message (`formats.edifact.MessageText`); never raises on content.
    read: Callable[[Any], Message]


class Group(Protocol):
    """What is locked together while messages are merged: a flight, a declaration. `stated` is the stamp of
    the message that stated it, as text."""

    id: uuid.UUID
    stated: str


class Subject(Protocol):
    """The state of one subject. `changed`: a message of this frame changed it; `restricted`: it is not
    screened."""

    id: uuid.UUID
    changed: bool

    @property
    def restricted(self) -> bool:
        """Whether processing is restricted."""


class Held(Protocol):
    """What is stored of one group, under its lock."""

    @property
    def subjects(self) -> Iterable[Any]:
        """The subjects of the group, each a `Subject`."""


@dataclass(frozen=True, kw_only=True)
class Kind:
    """One kind of subject. Groups (`Group`), what is held of them (`Held`) and subjects (`Subject`) are the
    kind's own types: shared code hands them from one field to the next."""

    name: str
    #: The themes of the programme that it serves, the first by default.
    themes: tuple[str, ...]
    #: Dotted name of its app part: a Django app with a module `kind`.
    app: str
    readers: tuple[Reader, ...]
    #: What is wrong with a transfer of which all parts are at hand, in a sentence; None where nothing is.
    miscounted: Callable[[Any], str | None] | None = None
    #: (message, received file) → the group that the message is about; None where it names none.
    group: Callable[[Any, Any], Any | None]
    #: (earlier statement of a group or None, later one) → both as one.
    later: Callable[[Any | None, Any], Any]
    #: (messages in the order of their stamps, held groups by id, storage): makes one state of all statements.
    merge: Callable[[Sequence[Any], Mapping[uuid.UUID, Any], Any], None]
    #: (held group, subject) → what is asked of the screeners.
    asks: Callable[[Any, Any], Asked]
    #: Subject → what its messages disagree on: a reason that stands beside one of a list, never alone.
    disagreement: Callable[[Any], Any | None] | None = None
    #: The vocabulary of its profiles.
    columns: Callable[[], Any]
    #: (subjects with their groups, history by subject, moment) → a row of values each, in the same order.
    values: Callable[
        [Sequence[tuple[Any, Any]], Mapping[uuid.UUID, Mapping[str, object]], dt.datetime],
        Sequence[Mapping[str, object]],
    ]
    #: Columns by which hits and false hits are reported, so that unequal treatment shows.
    fairness: tuple[str, ...]
    #: Held group → when a decision is due; None where that is not known.
    due_at: Callable[[Any], dt.datetime | None]
