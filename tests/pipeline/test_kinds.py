"""The pipeline with two kinds of subject that exist in this test only: crates, which come in shipments, and
letters, which have no groups. One file may contain messages of both."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, ClassVar

import pytest

from vedette import kinds
from vedette.core import records
from vedette.core.entries import Entry, EntryIdentifier
from vedette.core.kind import EdifactReader, Kind
from vedette.core.parties import Asked, Party
from vedette.formats.edifact import MessageText
from vedette.formats.registry import Registry
from vedette.pipeline.process import Failure, Read, Received, process
from vedette.pipeline.screen import Batch, InForce, screen
from vedette.screening.knowledge import Knowledge, KnownEntry, ListInfo
from vedette.screening.reason import Reason

ORGANISATION, UNIT = uuid.UUID(int=1), uuid.UUID(int=2)
NOW = dt.datetime(2026, 11, 24, 12, tzinfo=dt.UTC)
LIST = ListInfo(id="1", name="L", version=3, weight=70, themes=("passengers",), purpose="terrorism")
LISTED = "P1"


class Crates(records.Message, frozen=True, kw_only=True):
    """A message about crates: RFF names each by its number, BGM the shipment."""

    kind: ClassVar[str] = "crate"
    of: str
    numbers: tuple[str, ...]


class Letters(Crates, frozen=True, kw_only=True):
    """A message about one letter."""

    kind: ClassVar[str] = "letter"


def reader(type_: str, make: type[Crates]) -> EdifactReader:
    """Reads a message type in which BGM and RFF are all that there is."""

    def read(text: MessageText) -> records.Message:
        values = {tag: [s.get(1) for s in text.segments if s.tag == tag] for tag in ("BGM", "RFF")}
        return make(
            format=type_,
            of=next(iter(values["BGM"]), ""),
            numbers=tuple(values["RFF"]),
            dropped=(records.DroppedText(kind="remark", count=1),),
            body=text.body,
        )

    return EdifactReader(name=type_, what=type_, versions="1", type=type_, read=read)


@dataclass
class Group:
    """A shipment; for a letter, the letter itself."""

    id: uuid.UUID
    stated: str = ""
    sender: str = "ACME"


@dataclass
class Thing:
    """A crate or a letter."""

    id: uuid.UUID
    number: str
    changed: bool = True
    restricted: bool = False


@dataclass
class Held:
    """A group with what is stored of it."""

    row: Group
    unit: uuid.UUID | None = UNIT
    subjects: list[Thing] = field(default_factory=list)


def id_of(*what: str) -> uuid.UUID:
    """The id of what has that name."""
    return uuid.uuid5(ORGANISATION, "|".join(what))


def group(message: Crates, _item: Any) -> Group | None:
    """The shipment; a letter is its own group."""
    if message.kind == "letter":
        return Group(id_of("letter", *message.numbers))
    return Group(id_of("shipment", message.of)) if message.of else None


def merge(reads: Sequence[Read], held: Mapping[uuid.UUID, Held], _storage: Any) -> None:
    """Adds what is not there yet."""
    for read in reads:
        subjects = held[read.group.id].subjects  # type: ignore[union-attr]
        for number in read.message.numbers:
            id_ = id_of(read.message.kind, number)
            if id_ not in {thing.id for thing in subjects}:
                subjects.append(Thing(id_, number))


def fake(name: str, reader_: EdifactReader) -> Kind:
    """A kind whose subjects are known by a number only."""
    return Kind(
        name=name,
        themes=("goods",),
        app="nowhere",
        readers=(reader_,),
        counts=lambda message: {"subjects": len(message.numbers)},
        group=group,
        later=lambda one, two: two,
        merge=merge,
        asks=lambda _held, thing: Asked(parties=(Party(documents=(thing.number,)),)),
        columns=dict,
        values=lambda subjects, history, now: [],
        fairness=(),
        due_at=lambda held: None,
    )


KINDS = {
    kind.name: kind
    for kind in (fake("crate", reader("CRATES", Crates)), fake("letter", reader("LETTRS", Letters)))
}


class ListInbox:
    """Messages and files, in memory."""

    def __init__(self) -> None:
        self.reads: list[Read] = []
        self.failures: list[Failure] = []
        self.closed: list[uuid.UUID] = []

    def known(self, tokens: Sequence[bytes]) -> set[bytes]:
        return {read.token for read in self.reads} & set(tokens)

    def token(self, kind: str, value: str) -> bytes:
        return id_of(kind, value).bytes

    def new_id(self) -> uuid.UUID:
        return uuid.uuid4()

    def keep_messages(self, reads: Sequence[Read]) -> None:
        self.reads += reads

    def close(self, reads: Sequence[Read], failures: Sequence[Failure]) -> None:
        self.closed += sorted({read.received.id for read in reads})
        self.failures += failures


class ListStorage:
    """One kind, in memory; `calls` are the names of the functions called."""

    def __init__(self) -> None:
        self.held: dict[uuid.UUID, Held] = {}
        self.found: dict[uuid.UUID, Sequence[Reason]] = {}
        self.calls: list[str] = []

    def groups(self, subjects: Sequence[uuid.UUID]) -> Sequence[Group]:
        self.calls.append("groups")
        of = {thing.id: hold.row for hold in self.held.values() for thing in hold.subjects}
        return [of[id_] for id_ in subjects]

    def hold(self, groups: Sequence[Group]) -> dict[uuid.UUID, Held]:
        self.calls.append("hold")
        return {row.id: self.held.setdefault(row.id, Held(row)) for row in groups}

    def keep(self, held: Mapping[uuid.UUID, Held]) -> None:
        self.calls.append("keep")

    def history(self, subjects: Sequence[Any]) -> Mapping[uuid.UUID, Mapping[str, object]]:
        return {}

    def settle(self, batch: Batch, reasons: Mapping[uuid.UUID, Sequence[Reason]]) -> None:
        self.calls.append("settle")
        self.found.update(reasons)
        for _, thing in batch.subjects:
            thing.changed = False

    def finish(self) -> None:
        self.calls.append("finish")


@dataclass
class World:
    """The stores of both kinds, and their inbox."""

    inbox: ListInbox = field(default_factory=ListInbox)
    stores: dict[str, ListStorage] = field(
        default_factory=lambda: {name: ListStorage() for name in KINDS}
    )

    def take(self, *files: bytes, listed: str = LISTED) -> None:
        """One frame through the pipeline."""
        received = [
            Received(
                id=uuid.uuid4(), organisation=ORGANISATION, name="x", received_at=NOW, data=data
            )
            for data in files
        ]
        process(received, self.inbox, self.stores, in_force(listed))

    def numbers(self, name: str) -> list[str]:
        """The subjects of a kind that are stored."""
        held = self.stores[name].held.values()
        return sorted(thing.number for hold in held for thing in hold.subjects)

    def hits(self, name: str) -> list[uuid.UUID]:
        """The subjects of a kind with a reason."""
        return [id_ for id_, reasons in self.stores[name].found.items() if reasons]


def in_force(listed: str) -> InForce:
    """One entry with one document."""
    entry = Entry(ref="E", identifiers=(EntryIdentifier(kind="passport", value=listed),))
    known = KnownEntry(id=str(uuid.UUID(int=9)), list=LIST, entry=entry, hash="h")
    return InForce(Knowledge(1, [known]), NOW)


def message(type_: str, of: str, *numbers: str) -> str:
    """A message from UNH to UNT."""
    segments = [f"BGM+{of}" if of else "", *(f"RFF+{number}" for number in numbers)]
    body = "".join(f"{segment}'" for segment in segments if segment)
    return f"UNH+1+{type_}:D:96A:UN'{body}UNT+{len(numbers) + 2 + bool(of)}+1'"


def file(*messages: str) -> bytes:
    """An interchange."""
    return f"UNB+UNOA:1+A+B+261124:1200+R'{''.join(messages)}UNZ+{len(messages)}+R'".encode()


@pytest.fixture
def world(monkeypatch: pytest.MonkeyPatch) -> World:
    """An installation with these two kinds alone."""
    registry = Registry([reader_ for kind in KINDS.values() for reader_ in kind.readers])
    monkeypatch.setattr(kinds, "kinds", lambda: KINDS)
    monkeypatch.setattr(kinds, "readers", lambda: registry)
    return World()


def test_one_file_with_messages_of_two_kinds(world: World) -> None:
    """Each message goes to the store of its kind, and the inbox sees all of them in the order of the file."""
    world.take(
        file(
            message("CRATES", "S1", "P1", "P2"),
            message("LETTRS", "", "P1"),
            message("CRATES", "S1", "P3"),
            message("CRATES", "", "P4"),
        )
    )
    assert world.numbers("crate") == ["P1", "P2", "P3"]
    assert world.numbers("letter") == ["P1"]
    assert [(r.message.kind, r.number, r.unit) for r in world.inbox.reads] == [
        ("crate", 1, UNIT), ("letter", 2, UNIT), ("crate", 3, UNIT), ("crate", 4, None),
    ]  # fmt: skip
    assert len(world.inbox.closed) == 1
    assert world.hits("crate") == [id_of("crate", "P1")]
    assert world.hits("letter") == [id_of("letter", "P1")]
    assert all(s.calls == ["hold", "keep", "settle", "finish"] for s in world.stores.values())


def test_a_resend_is_known_by_the_inbox_whatever_its_kind(world: World) -> None:
    """The second time no message is new, and nothing is stored twice."""
    data = file(message("CRATES", "S1", "P2"), message("LETTRS", "", "P3"))
    world.take(data)
    world.take(data, b"PK\x03\x04")
    assert [read.resend for read in world.inbox.reads] == [False, False, True, True]
    assert (world.numbers("crate"), world.numbers("letter")) == (["P2"], ["P3"])
    assert [failure.reason[:5] for failure in world.inbox.failures] == ["a ZIP"]


def test_a_kind_without_messages_in_the_frame_is_left_alone(world: World) -> None:
    """Its store is not asked for anything."""
    world.take(file(message("LETTRS", "", "P3")))
    assert world.stores["crate"].calls == []


def test_stored_subjects_are_screened_by_their_ids(world: World) -> None:
    """`screen` locks and loads their groups itself; other subjects of the group, and restricted ones, are not
    screened."""
    world.take(
        file(message("CRATES", "S1", "P2", "P3", "P4"), message("LETTRS", "", "P2")), listed="P9"
    )
    (hold,) = world.stores["crate"].held.values()
    hold.subjects[1].restricted = True
    for name, store in world.stores.items():
        assert world.hits(name) == []
        store.calls, store.found = [], {}
    wanted = [id_of("crate", number) for number in ("P2", "P3")]
    screen(KINDS["crate"], wanted, world.stores["crate"], in_force("P2"))
    screen(KINDS["letter"], [id_of("letter", "P2")], world.stores["letter"], in_force("P2"))
    assert list(world.stores["crate"].found) == wanted[:1]
    assert world.hits("crate") == wanted[:1]
    assert world.hits("letter") == [id_of("letter", "P2")]
    assert all(s.calls == ["groups", "hold", "settle"] for s in world.stores.values())
