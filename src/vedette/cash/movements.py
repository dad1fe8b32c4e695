"""Merges messages about cash into movements: the functions `Kind.group`, `Kind.known`, `Kind.later` and
`Kind.merge` of cash.

A movement is a subject without a group: it is locked under its own id. Messages identify a movement by its
names, which are the code from the public form and the reference that an authority or a partner assigned. In a
correction, a cancellation or a count, `amends` contains the code or the reference of the statement to which
it refers.

A statement describes the whole movement, so the statement with the greatest stamp (time of the sender and
sequence number) applies, and the order of receipt has no effect. A submission of the public form is an
announcement until an officer accepts it. An announcement can change only another announcement: a person who
knows a code cannot change a record that an officer has accepted or created.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import uuid
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, Protocol

import msgspec

from vedette.cash import records
from vedette.cash.records import Count, Message, Movement
from vedette.core.records import Record, day_of, decode
from vedette.core.statements import NO_STAMP, Stamp, stamp_of

if TYPE_CHECKING:
    from vedette.pipeline.process import Read, Received

#: Maximum number of places of a movement by which its unit is found.
MOST_PLACES = 20
_MASKED = "the movement is masked; nothing was added to it"
_ACCEPTED = "an officer has accepted the declaration; the correction was not added to it"

#: `code` and the code, or `reference`, the partner and the reference.
Name = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Group:
    """A movement, which messages identify by its names. `names` contains the names by which the movement is
    found; the name of the amended statement comes first. `public` is true for a message of the public form.
    """

    id: uuid.UUID
    stated: str
    sender: str = ""
    names: tuple[Name, ...] = ()
    public: bool = False


class State(Record, frozen=True, kw_only=True):
    """The statements of messages about a movement: the statement that applies, with its stamp, and the stamp
    of the last cancellation."""

    message: Message | None = None
    stamp: tuple[str, str, int] = ("", "", 0)
    cancelled: tuple[str, str, int] = ("", "", 0)

    @property
    def is_cancelled(self) -> bool:
        """Returns whether a cancellation is later than the last statement."""
        return self.cancelled > self.stamp


@dataclass(slots=True)
class Item:
    """The state of one movement."""

    id: uuid.UUID
    state: State = field(default_factory=State)
    stored: bool = False
    changed: bool = False
    restricted: bool = False
    #: False if the values are masked. Then no statement is added.
    clear: bool = True
    #: Whether it is an announcement, and whether an officer accepted it.
    announced: bool = False
    accepted: bool = False
    retention_class: str = ""
    month: dt.date | None = None
    #: Rectified elements, instead of what messages state.
    corrected: Mapping[str, str] = field(default_factory=dict)
    #: The time of receipt of the first message.
    received: dt.datetime | None = None
    #: The last stored version of the count, and the versions that messages of this batch state, with their
    #: ids.
    count: Count | None = None
    #: The stored values of the lines (`app/known.py`).
    valued: Any = None
    counted: list[tuple[uuid.UUID, Count]] = field(default_factory=list)

    @property
    def message(self) -> Message:
        """Returns the statement that applies. The state is empty if no message states the movement yet, for
        example if its count was received first."""
        return self.state.message or Message(format="")

    @property
    def movement(self) -> Movement:
        """Returns the movement of the statement that applies."""
        return self.message.movement


@dataclass(slots=True)
class Held:
    """The stored data of a movement. A movement has no separate group; it is treated as a group itself."""

    row: Group
    subjects: list[Item]
    unit: uuid.UUID | None = None
    places: tuple[str, ...] = ()
    stored_unit: uuid.UUID | None = None


class Store(Protocol):
    """The queries that `merge` sends to the storage of cash movements."""

    def units(self, places: Sequence[Sequence[str]]) -> list[uuid.UUID | None]:
        """Returns one unit for each list of places: the unit of the first place that has a unit."""


def names(message: Message) -> tuple[Name, ...]:
    """Returns the names of the movement to which a message refers; the name of the amended statement comes
    first.
    """
    found: list[Name] = []
    if message.amends:
        found.append(("code", _folded(message.amends)))
        if not message.announcement:
            found.append(("reference", message.partner or "", _folded(message.amends)))
    if message.code:
        found.append(("code", _folded(message.code)))
    # A person who fills in the public form does not give the record a number.
    if message.reference and not message.announcement:
        found.append(("reference", message.partner or "", _folded(message.reference)))
    return tuple(dict.fromkeys(found))


def _folded(text: str) -> str:
    return "".join(one for one in text.upper() if one.isalnum())


def group_of(message: Message, received: Received) -> Group:
    """Returns the movement to which a message refers. A message that has neither a code nor a reference
    creates a separate movement. If the same message is received again, the same movement is returned.
    """
    known = names(message)
    key = (
        "\0".join(known[0]) if known else hashlib.sha256(message.body or received.data).hexdigest()
    )
    return Group(
        uuid.uuid5(received.organisation, f"cash\0{key}"),
        _text(stamp_of(message.envelope, received.received_at)),
        message.partner or "",
        known,
        message.announcement,
    )


def _text(stamp: Stamp) -> str:
    return " ".join(map(str, stamp))


def later(one: Group | None, two: Group) -> Group:
    """Returns the later of two statements about a movement, with the names from both statements."""
    if one is None:
        return two
    last = two if one.stated <= two.stated else one
    return replace(last, names=tuple(dict.fromkeys((*one.names, *two.names))))


def known(groups: Iterable[Group], stored: Mapping[Name, uuid.UUID]) -> dict[uuid.UUID, Group]:
    """Returns the movement of each group: the stored movement that has one of its names, or the movement of
    another group of the batch that has a name in common. `stored` contains the ids of the stored movements by
    their names."""
    ids = dict(stored)
    found: dict[uuid.UUID, Group] = {}
    for group in sorted(groups, key=lambda one: one.stated):
        id_ = next((ids[name] for name in group.names if name in ids), group.id)
        for name in group.names:
            ids.setdefault(name, id_)
        found[group.id] = replace(group, id=id_)
    return found


def merge(reads: Sequence[Read], held: Mapping[uuid.UUID, Held], store: Store) -> None:
    """Merges messages into the locked movements, and finds the units of the movements that changed."""
    for read in reads:
        assert read.group is not None  # noqa: S101  the caller passes only messages with a group
        [item] = held[read.group.id].subjects
        _take(read, item)
    moved = [hold for hold in held.values() if hold.subjects[0].changed]
    for hold in moved:
        hold.places = places(hold.subjects[0].message)
    for hold, unit in zip(moved, store.units([hold.places for hold in moved]), strict=True):
        hold.unit = unit


def _take(read: Read, item: Item) -> None:
    message: Message = read.message
    stamp = _stamp(stamp_of(message.envelope, read.received.received_at))
    if not item.clear:
        _warn(read, "group_masked", _MASKED)
        return
    if message.announcement and item.stored and not item.announced:
        _warn(read, "cash_accepted", _ACCEPTED)
        return
    state = item.state
    if message.action == "count":
        if message.count is not None:
            id_ = uuid.uuid5(item.id, _text(list(stamp)))
            item.counted.append((id_, message.count))
            item.changed = True
        return
    if message.action == "cancellation":
        if stamp > state.cancelled:
            item.state = msgspec.structs.replace(state, cancelled=stamp)
            item.changed = True
        return
    first = state.message is None
    if not first and stamp <= state.stamp and not (item.announced and not message.announcement):
        return
    if first:
        item.announced = message.announcement
    elif item.announced and not message.announcement:
        # The record of an officer replaces the announcement that it names.
        item.announced = False
    item.state = msgspec.structs.replace(state, message=stored(message), stamp=stamp)
    item.changed = True


def _stamp(stamp: Stamp) -> tuple[str, str, int]:
    prepared, reference, part = stamp or NO_STAMP
    return str(prepared), str(reference), int(part)


def _warn(read: Read, code: str, text: str) -> None:
    warning = records.Warning(code=code, message=text)
    read.message = msgspec.structs.replace(read.message, warnings=(*read.message.warnings, warning))


def stored(message: Message) -> Message:
    """Returns a message without the parts that are not stored: the raw bytes of the message, its position in
    the file, and its warnings.
    """
    return msgspec.structs.replace(
        message, body=b"", offset=None, warnings=(), unread=(), dropped=(), count=None
    )


def places(message: Message) -> tuple[str, ...]:
    """Returns the offices and places that determine the unit of a movement: the office of the record, then
    the border crossing, then the place of arrival or departure in the user's own country."""
    movement = message.movement
    way = movement.transport
    official = movement.official.office if movement.official else None
    leaves = (movement.direction or "").startswith("exit")
    own = (
        (way.departure_place, way.arrival_place)
        if leaves
        else (way.arrival_place, way.departure_place)
    )
    stated = (message.office, official, way.border_point, *own)
    codes = ("".join(one.upper().split()) for one in stated if one)
    return tuple(dict.fromkeys(code for code in codes if len(code) <= 17))[:MOST_PLACES]


def crossing(movement: Movement) -> dt.datetime | dt.date | None:
    """Returns the stated time of the border crossing, or only the day if no time of day is stated."""
    way = movement.transport
    if (movement.direction or "").startswith("exit"):
        return way.departure or way.arrival
    return way.arrival or way.departure


def crossing_day(movement: Movement) -> dt.date | None:
    """Returns the stated day of the crossing."""
    at = crossing(movement)
    return day_of(at) if at is not None else None


def due_at(hold: Held, now: dt.datetime | None = None) -> dt.datetime | None:
    """Returns the time of the crossing, by which a decision is due. For a day without a time, returns the end
    of the day. Returns None if the crossing was already past when the record was received, for example for a
    paper form or undeclared cash. In this case, the officer already has the cash, so the time of the crossing
    is not a deadline.
    """
    [item] = hold.subjects
    at = crossing(item.movement)
    if at is None:
        return None
    if not isinstance(at, dt.datetime):
        at = dt.datetime.combine(at, dt.time(23, 59))
    if at.tzinfo is None:
        at = at.replace(tzinfo=dt.UTC)
    received = item.received or now or dt.datetime.now(dt.UTC)
    return at if received < at < received + dt.timedelta(days=366) else None


def encoded(state: State) -> dict[str, Any]:
    """Returns a state as plain values for JSON. Decimals are texts."""
    found: dict[str, Any] = msgspec.to_builtins(state)
    return found


def decoded(value: Any) -> State:
    """Returns the state that `encoded` stored."""
    return msgspec.convert(value, State, dec_hook=decode)
