"""The intake of messages: reads the received bytes as messages, merges the messages into subjects, screens
the subjects, and stores the results.

A batch of files contains files of one organisation that are processed in one transaction. `process` reads a
batch and passes the records to an `Inbox` and to the store (`Storage`) of each kind. If the same bytes are
processed twice, they are stored only once.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import uuid
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from vedette import kinds
from vedette.core.kind import Kind
from vedette.core.records import Record
from vedette.core.statements import stamp_of
from vedette.formats.edifact import Unreadable
from vedette.pipeline.screen import InForce, Storage, screen


class Received(Record, frozen=True, kw_only=True):
    """A received file, decrypted."""

    id: uuid.UUID
    organisation: uuid.UUID
    name: str
    received_at: dt.datetime
    data: bytes
    #: Who submitted the file (`apps.inbox.models.Inbox.submitter`).
    submitter: str = ""


@dataclass(slots=True)
class Read:
    """One message of a file with its id in the store. `group` is the group of subjects that the message
    names, or None. Each kind of subject defines the type of its groups. `unit` is the organisational unit of
    the stored group. `resend` is true if the token of the message was stored before.
    """

    received: Received
    number: int
    #: A record of the message's kind (`core.records.Message`).
    message: Any
    token: bytes
    id: uuid.UUID
    group: Any | None
    unit: uuid.UUID | None = None
    resend: bool = False


@dataclass(slots=True)
class Failure:
    """A file that could not be read. The record of the failure contains the reason and the position of the
    error, but no content of the file.
    """

    received: Received
    reason: str
    offset: int | None


class Inbox(Protocol):
    """The store of the messages of all kinds and of their files."""

    def known(self, tokens: Sequence[bytes]) -> set[bytes]:
        """Returns the given message tokens that are already stored."""

    def token(self, kind: str, value: str) -> bytes:
        """Returns the keyed token of an identifying value."""

    def new_id(self) -> uuid.UUID:
        """Returns a new time-ordered id."""

    def keep_messages(self, reads: Sequence[Read]) -> None:
        """Stores the headers of the messages."""

    def close(self, reads: Sequence[Read], failures: Sequence[Failure]) -> None:
        """Records the files as processed, and deletes the bytes of the files that were read."""


def process(
    received: Sequence[Received],
    inbox: Inbox,
    stores: Mapping[str, Storage],
    knowledge: InForce,
) -> None:
    """Reads, merges, stores and screens one batch of files of one organisation. `stores` contains the store
    of each kind of subject.
    """
    take(*read_all(received, inbox), inbox, stores, knowledge)


def take(
    reads: Sequence[Read],
    failures: Sequence[Failure],
    inbox: Inbox,
    stores: Mapping[str, Storage],
    knowledge: InForce,
) -> None:
    """Merges, stores and screens the messages of one batch of files. Each message is stored in the store of
    its kind of subject.
    """
    by_kind = [
        (kind, stores[kind.name], some)
        for kind in kinds.kinds().values()
        if (some := [read for read in reads if read.message.kind == kind.name])
    ]
    for kind, store, some in by_kind:
        if kind.known is not None:
            known = kind.known(store, _groups(kind, some))
            for read in some:
                if read.group is not None:
                    read.group = known.get(read.group.id, read.group)
    held = {kind.name: store.hold(_groups(kind, some)) for kind, store, some in by_kind}
    seen = inbox.known([read.token for read in reads])
    for read in reads:
        # The message was stored before, or occurs earlier in this batch of files.
        read.resend = read.token in seen
        seen.add(read.token)
    for kind, store, some in by_kind:
        # A resend is merged too, because the same content with a later stamp is a later statement.
        placed = sorted(
            (read for read in some if read.group is not None),
            key=lambda read: stamp_of(read.message.envelope, read.received.received_at),
        )
        kind.merge(placed, held[kind.name], store)
        for read in some:
            read.unit = held[kind.name][read.group.id].unit if read.group is not None else None
    inbox.keep_messages(reads)
    for kind, store, _ in by_kind:
        changed = [s.id for hold in held[kind.name].values() for s in hold.subjects if s.changed]
        # The subjects are stored before they are screened, so that a link between two subjects of one
        # batch counts for both.
        store.keep(held[kind.name])
        screen(kind, changed, store, knowledge, held[kind.name])
        store.finish()
    inbox.close(reads, failures)


def _groups(kind: Kind, reads: Sequence[Read]) -> list[Any]:
    """Returns the groups of the messages without duplicates, in the order of their ids. The statements of all
    messages about a group are merged.
    """
    groups: dict[uuid.UUID, Any] = {}
    stated = (read.group for read in reads if read.group is not None)
    for group in sorted(stated, key=lambda group: group.stated):
        groups[group.id] = kind.later(groups.get(group.id), group)
    return sorted(groups.values(), key=lambda group: group.id)


def read_all(received: Iterable[Received], inbox: Inbox) -> tuple[list[Read], list[Failure]]:
    """Reads all messages of all files. For a file that cannot be read, returns a `Failure`. All other files
    are still processed.
    """
    reads: list[Read] = []
    failures: list[Failure] = []
    for item in received:
        try:
            messages = kinds.read(item.data)
        except Unreadable as error:
            failures.append(Failure(item, str(error), error.offset))
            continue
        for number, message in enumerate(messages, 1):
            digest = hashlib.sha256(message.body or item.data).hexdigest()
            group = kinds.kind(message.kind).group(message, item)
            reads.append(
                Read(item, number, message, inbox.token("message", digest), inbox.new_id(), group)
            )
    return reads, failures
