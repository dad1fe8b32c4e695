"""The register of equipment that was given to an administration: records each piece from the order to the
use.

A row of the register describes either an event of one piece of equipment (with a serial number) or the
purchase of a number of pieces. The state of a piece is computed from its events in chronological order.
Events with the same time are in the order of `EVENTS`. An event that is not allowed in the state of the piece
changes nothing and is reported as a problem. Therefore, a piece is never in two places, and no count is
negative. The order of the rows in the file has no effect.
"""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field

#: Events in the order in which events of the same time count → the states in which each is allowed.
#: "" is the state before the delivery.
EVENTS: dict[str, frozenset[str]] = {
    "delivered": frozenset({""}),
    "accepted": frozenset({"delivered"}),
    "rejected": frozenset({"delivered"}),
    "users_trained": frozenset({"accepted", "in_use", "maintenance", "out_of_order"}),
    "in_use": frozenset({"accepted", "maintenance", "out_of_order", "in_use"}),
    "moved": frozenset({"delivered", "accepted", "in_use", "maintenance", "out_of_order"}),
    "maintenance": frozenset({"accepted", "in_use", "out_of_order"}),
    "out_of_order": frozenset({"accepted", "in_use", "maintenance"}),
    "lost": frozenset({"delivered", "accepted", "in_use", "maintenance", "out_of_order"}),
}
#: Events that do not change the state.
_NO_STATE = ("users_trained", "moved")
#: The event of a purchase: a number of pieces without serial numbers.
ORDERED = "ordered"
#: The states of a piece.
STATES = ("delivered", "accepted", "rejected", "in_use", "maintenance", "out_of_order", "lost")


@dataclass(frozen=True)
class Event:
    """A row of the register. `row` is the number of the row in the file; the descriptions of problems contain
    this number. `number` is a number of pieces (purchase) or of persons (`users_trained`).
    """

    row: int
    item: str
    event: str
    at: dt.datetime
    serial: str = ""
    place: str = ""
    number: int = 1

    @property
    def order(self) -> tuple[dt.datetime, int, str, str, int]:
        """Returns the sort key of an event: its time, its kind, and its content. The order of the rows in the
        file therefore has no effect.
        """
        kind = -1 if self.event == ORDERED else list(EVENTS).index(self.event)
        return self.at, kind, self.serial, self.place, self.number


@dataclass
class Piece:
    """A piece of equipment with its present state. `last_seen` is the time of its last event."""

    item: str
    serial: str
    state: str = ""
    place: str = ""
    users: int = 0
    last_seen: dt.datetime | None = None


#: Code of a problem → its text in English. Pages translate the codes.
FAULTS = {
    "other_item": "the serial number {serial} belongs to {item}",
    "not_possible": "{event} is not possible: {serial} is {state}",
    "no_place": "moved needs a place",
    "elsewhere": "{serial} is at {place}, not at {other}",
    "too_many": "{arrived} pieces arrived, {ordered} were ordered",
}


@dataclass(frozen=True)
class Fault:
    """An event that is not allowed, or an item whose counts do not agree. `place` is the row or the item with
    the problem.
    """

    place: str
    code: str
    values: dict[str, str] = field(default_factory=dict)

    @property
    def message(self) -> str:
        """Returns the English text of the problem."""
        return FAULTS[self.code].format(**self.values)


@dataclass(frozen=True)
class Sum:
    """The counts of one item. `ordered` is the number of pieces bought, `states` contains the number of
    pieces in each state, and `users` is the number of trained persons. `open` is the number of pieces that
    were ordered and not delivered. The counts of the item agree if this number is not negative.
    """

    ordered: int
    states: dict[str, int]
    users: int

    @property
    def delivered(self) -> int:
        """The number of pieces that arrived, whatever their present state."""
        return sum(self.states.values())

    @property
    def open(self) -> int:
        return self.ordered - self.delivered + self.states.get("rejected", 0)


@dataclass(frozen=True)
class Register:
    """The pieces of equipment by serial number, the counts of each item, and the problems."""

    pieces: dict[str, Piece]
    sums: dict[str, Sum]
    problems: tuple[Fault, ...]


def register(events: Iterable[Event]) -> Register:
    """Computes the state of all pieces and the sums of all items."""
    ordered: Counter[str] = Counter()
    pieces: dict[str, Piece] = {}
    problems: list[Fault] = []
    for event in sorted(events, key=lambda one: (one.order, one.row)):
        if event.event == ORDERED:
            ordered[event.item] += event.number
            continue
        piece = pieces.get(event.serial) or Piece(event.item, event.serial)
        if (fault := _fault(piece, event)) is not None:
            problems.append(Fault(f"row {event.row}", fault[0], fault[1]))
            continue
        pieces[event.serial] = piece
        piece.last_seen = event.at
        piece.place = event.place or piece.place
        if event.event == "users_trained":
            piece.users += event.number
        if event.event not in _NO_STATE:
            piece.state = event.event
    items = sorted({*ordered, *(piece.item for piece in pieces.values())})
    own: dict[str, list[Piece]] = {item: [] for item in items}
    for piece in pieces.values():
        own[piece.item].append(piece)
    sums = {item: _sum(ordered[item], own[item]) for item in items}
    problems += [
        Fault(item, "too_many", {"arrived": str(one.delivered), "ordered": str(one.ordered)})
        for item, one in sums.items()
        if one.open < 0
    ]
    return Register(pieces, sums, tuple(problems))


def _fault(piece: Piece, event: Event) -> tuple[str, dict[str, str]] | None:
    """Returns the reason why an event is not allowed (a code of `FAULTS` with its values), or None if the
    event is allowed.
    """
    serial = event.serial
    if piece.item != event.item:
        return "other_item", {"serial": serial, "item": piece.item}
    if piece.state not in EVENTS[event.event]:
        state = piece.state or "not delivered"
        return "not_possible", {"event": event.event, "serial": serial, "state": state}
    if event.event == "moved" and not event.place:
        return "no_place", {}
    if event.event not in ("moved", "delivered") and event.place and event.place != piece.place:
        place = piece.place or "no place"
        return "elsewhere", {"serial": serial, "place": place, "other": event.place}
    return None


def _sum(ordered: int, own: Iterable[Piece]) -> Sum:
    own = list(own)
    states = Counter(piece.state for piece in own)
    return Sum(
        ordered,
        {state: states[state] for state in STATES if states[state]},
        sum(piece.users for piece in own),
    )
