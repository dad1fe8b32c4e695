"""The part of the definition of a kind of subject that needs neither Django nor a database.

A subject is a unit of screening: a person who crosses a border, a goods item or a cash movement. All
functions that use stored subjects (hits, decisions, the queue, retention, links, search) work for every kind.
The part of the definition that needs Django is in the app of the kind (`vedette.apps.subjects.kinds`).
"""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from vedette.core.entries import ControlLists, Entry
from vedette.core.parties import Asked
from vedette.core.records import Message, Warning


@dataclass(frozen=True, kw_only=True)
class Reader:
    """Describes a message format of a kind of subject, for the documentation and the pages. `name` is the
    value of `format` in messages of this type. `aliases` are other names that a caller may use for the
    format. `sampled` names the versions with public samples. The text is empty if the reader was written only
    from the specification, without public samples. `written` is true if vedette also writes this format.
    """

    name: str
    what: str
    versions: str
    aliases: tuple[str, ...] = ()
    sampled: str = ""
    written: bool = False

    @property
    def source(self) -> str:
        """Returns whether the reader was written from public samples or from the specification."""
        return f"public samples ({self.sampled})" if self.sampled else "from the specification"


@dataclass(frozen=True, kw_only=True)
class FileReader(Reader):
    """A format that is read as a whole file, such as XML. `called` is the description of a file of this
    format, for use within a sentence. `root` is the root element of an XML format.
    """

    called: str
    root: str = ""
    #: True for a format whose files are not text, such as a workbook.
    binary: bool = False
    #: True for the format of a public form. Only files of such a format come from public forms.
    public: bool = False
    #: Whether a file has this format, from its first 4,096 bytes and the whole content.
    sniff: Callable[[bytes, bytes], bool]
    read: Callable[[bytes], list[Any]]
    #: For tables whose columns a user maps: reads a file with the text of a mapping, and proposes the text of
    #: a mapping for a file.
    read_mapped: Callable[[bytes, str], list[Any]] | None = None
    propose: Callable[[bytes], str] | None = None


@dataclass(frozen=True, kw_only=True)
class EdifactReader(Reader):
    """A message type of UN/EDIFACT. One file may contain messages of several types."""

    #: The type as UNH states it, and the segments that only this type has. These segments identify a message
    #: whose UNH states no type.
    type: str
    tags: frozenset[str] = frozenset()
    #: Whether a message of the type has this dialect; None for the general form of the type.
    dialect: Callable[[Any], bool] | None = None
    #: Reads one message (`formats.edifact.MessageText`); never raises because of its content.
    read: Callable[[Any], Message]


@dataclass(frozen=True, kw_only=True)
class ControlFormats:
    """How a kind of subject uses the control lists that an organisation imports."""

    #: Name of a format → its title, and the basis on which its reader was written: `published file`,
    #: `specification` or `own`.
    formats: Mapping[str, tuple[str, str]]
    #: Files (name → content) of one list → the name of the format, the entries and the problems. Raises
    #: `core.errors.Failure` if the files have none of these formats.
    read: Callable[[Mapping[str, bytes]], tuple[str, list[Entry], list[Warning]]]
    #: The template for lists of an organisation, as CSV text.
    template: Callable[[], str]
    #: The lists that are supplied with vedette: key → title.
    supplied: Callable[[], Mapping[str, str]]
    #: The themes of the supplied lists: key → theme. A list of an organisation replaces a supplied list only
    #: if it has the theme of the supplied list.
    supplied_themes: Callable[[], Mapping[str, str]]
    #: The days on which an entry of a supplied list begins to apply, or no longer applies, with the key of
    #: the list.
    supplied_changes: Callable[[], Collection[tuple[dt.date, str]]]
    #: Key of a supplied list → its entries.
    entries: Callable[[str], list[Entry]]
    #: (name of a format, key of the supplied list that is replaced) → the rule that is proposed.
    rule: Callable[[str, str], str]
    #: The facts that a rule may name, and their meanings.
    facts: Mapping[str, str]
    #: A rule → why it cannot be read (`core.texts.Text`); None if it can.
    problem: Callable[[str], Any | None]
    #: (lists in force, ids of the lists whose entries changed → ids of these entries) → a function that takes
    #: the texts and the code of stored subjects, and returns the indexes of those that match one of the
    #: entries. For the key of a supplied list, the id `*` stands for all entries.
    finder: Callable[
        [ControlLists, Mapping[str, Collection[str]]],
        Callable[[Sequence[tuple[str, str]]], list[int]],
    ]


@dataclass(frozen=True, kw_only=True)
class Kind:
    """One kind of subject. Each kind defines the types of its groups, of their stored data (`Held`) and of
    its subjects. Shared code passes groups, `Held` objects and subjects between the functions of the kind,
    and reads only these attributes:

    - Group: the unit that is locked while messages are merged, for example a declaration or a means of
      transport. A kind without groups uses the subject itself as the group. `id` (UUID) is computed from the
      organisation and the identifying values of the group (`uuid.uuid5`). All messages about a group
      therefore have the same group id. For a kind without groups, `id` is the id of the subject. `stated` is
      the stamp (the sender's time and sequence number) of the message about the group, as text. `sender` is
      the party that sends the messages of the group, or an empty text if no sender is known.
    - `Held`: the stored data of one group, loaded while the group is locked. A group that is not stored yet
      also has a `Held` object. `unit` is the unit (UUID or None) whose officers see the group and its
      messages. `subjects` contains the subjects of the group.
    - Subject: the state of one subject. `id` is a UUID. `changed` is true if a message of the current batch
      of files (`pipeline.process`) changed the subject. If `restricted` is true, the subject is not screened.
    """

    #: At most 20 characters: the value of `Message.kind` of its messages, and of the column `kind` of its
    #: subjects.
    name: str
    #: The themes of the programme that the kind serves (`apps.columns.Theme`); the first is the default.
    themes: tuple[str, ...]
    #: Dotted name of its Django app, which contains the modules `kind` (with `APP`) and `urls`.
    app: str
    #: The formats of its messages. A file is recognised among the readers of all kinds.
    readers: tuple[Reader, ...]
    #: The version of the readers. It is stored with each message, because the bytes of the message are
    #: deleted and cannot be read again by a later version.
    reader_version: str = "1"
    #: Message → the numbers of its records by name; `subjects` is the number of subjects. The pages take the
    #: words for these names from `MessageKind.counts` (`apps.inbox.wording`).
    counts: Callable[[Any], Mapping[str, int]]
    #: All messages of a complete transfer → the error in their counts, as a sentence; None if there is none.
    miscounted: Callable[[Any], str | None] | None = None
    #: (message, `pipeline.process.Received`) → the group of the message. None if it names none:
    #: then the message is stored, but is not merged and gives no subject.
    group: Callable[[Any, Any], Any | None]
    #: (the store of the kind, groups that messages name) → by the id of a named group, the group that is
    #: meant, if it is stored under another of its identities. Called before groups are locked. None if a
    #: group has one identity only.
    known: Callable[[Any, Sequence[Any]], Mapping[uuid.UUID, Any]] | None = None
    #: (earlier statement of a group or None, later statement) → the merged statement.
    later: Callable[[Any | None, Any], Any]
    #: (`pipeline.process.Read` of the messages with a group, in the order of their stamps; `Held` by the id
    #: of its group; the store of the kind): merges all statements into the state of the subjects, and sets
    #: `changed` on those that it changes or creates.
    merge: Callable[[Sequence[Any], Mapping[uuid.UUID, Any], Any], None]
    #: (`Held`, subject) → the screening input. Rectified values replace those of messages.
    asks: Callable[[Any, Any], Asked]
    #: Subject → the disagreement of its messages: a `screening.reason.Reason` of the kind `disagreement`. It
    #: is only added to a reason from a list; alone it gives no hit. None if the messages agree.
    disagreement: Callable[[Any], Any | None] | None = None
    #: (pairs of `Held` and subject, time, their values as a Polars data frame or None) → the reasons that
    #: control lists give for each subject, in the same order (`screening.reason.Reason` of the kind
    #: `control_list`). None if the kind has no control lists.
    controls: (
        Callable[
            [Sequence[tuple[Any, Any]], dt.datetime, Any],
            Sequence[Sequence[Any]],
        ]
        | None
    ) = None
    #: The formats of control lists that an organisation may import; None if there are none.
    control_formats: ControlFormats | None = None
    #: The vocabulary of its profiles (`profiles.vocabulary.Vocabulary`).
    columns: Callable[[], Any]
    #: (pairs of `Held` and subject, result of `Storage.history`, time) → one row of values for each pair, in
    #: the same order: column → value. A column that is absent is missing.
    values: Callable[
        [Sequence[tuple[Any, Any]], Mapping[uuid.UUID, Mapping[str, object]], dt.datetime],
        Sequence[Mapping[str, object]],
    ]
    #: Columns by which hits and false hits are reported, to reveal unequal treatment. The query that reads
    #: them, and their labels, are in `AppKind.fairness`.
    fairness: tuple[str, ...]
    #: Column of `fairness` that holds numbers → the lower limits of its groups, ascending.
    bands: Mapping[str, tuple[int, ...]] = field(default_factory=dict)
    #: The files of the profiles that are shipped as examples, in the order of their numbers.
    starter: Callable[[], Sequence[Path]] = list
    #: `Held` → the time by which a decision is due; None if unknown. Only the store of the kind calls it: for
    #: the column `due_at` of the subject, and for the hit.
    due_at: Callable[[Any], dt.datetime | None]
