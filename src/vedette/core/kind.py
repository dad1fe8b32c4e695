"""What a kind of subject brings: the pure part, which needs no Django and no database.

A subject is what gets screened: a traveller's journey, a goods item, a cash movement. Everything after
"stored" (hits, decisions, the queue, retention, links, search) works on subjects and does not know their
kind. What a kind needs of Django stands in its app part (`vedette.apps.subjects.kinds`).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

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


@dataclass(frozen=True, kw_only=True)
class Kind:
    """One kind of subject. `app` is the dotted name of its app part: a Django app with a module `kind`."""

    name: str
    themes: tuple[str, ...]
    app: str
    readers: tuple[Reader, ...] = ()
    #: What is wrong with a transfer of which all parts are at hand, in a sentence; None where nothing is.
    miscounted: Callable[[Any], str | None] | None = None
