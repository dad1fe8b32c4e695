"""Sendings: full pushes of bookings and passenger lists in parts, which of them are complete, and whether
the carrier has closed the flight."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable

import msgspec

from vedette.core.records import Record
from vedette.core.statements import NO_STAMP, Stamp, Views, last_stated


class Part(Record, frozen=True, kw_only=True):
    """One stored message of a full push or a passenger list, perhaps a part of it."""

    sender: str
    #: What joins the parts of one sending: the common access reference, else the message itself.
    transfer: str
    stamp: Stamp
    sequence: int | None = None
    last: bool | None = None
    #: Of a passenger list: BGM C106, and how many people it names.
    sub_function: str = ""
    people: int = 0


#: PAXLST BGM C106: the carrier closes the list of the flight. CLOB names those on board, CLNB those
#: who are not, CL closes what was sent before, or names all on board.
CLOSING = frozenset({"CL", "CLOB", "CLNB"})
#: A plain list prepared later than this before departure is the list at departure: check-in is over.
CHECKED_IN = dt.timedelta(minutes=30)


def missing_parts(numbers: Iterable[int], end: int | None) -> list[int]:
    """The numbers of a sending that did not come, as far as is known; `end` is the part marked last.

    A sending is whole when its end is known and nothing is missing. A message without a sequence is
    part 1 and the end.
    """
    found = set(numbers)
    return sorted(set(range(1, max(found | {end or 1}) + 1)) - found)


def _sendings(parts: Iterable[Part]) -> Iterable[list[Part]]:
    """Parts of one reference, in the order of their stamps: a number again is another sending, for
    some carriers keep one reference for all pushes of a flight."""
    latest: dict[tuple[str, str], dict[int, Part]] = {}
    for part in sorted(parts, key=lambda p: p.stamp):
        key, number = (part.sender, part.transfer), part.sequence or 1
        one = latest.setdefault(key, {})
        if number in one and one[number].stamp != part.stamp:
            yield list(one.values())
            one = latest[key] = {}
        one[number] = part
    for one in latest.values():
        yield list(one.values())


def complete_pushes(parts: Iterable[Part]) -> dict[str, Stamp]:
    """For each sender the stamp of its last complete sending: the least stamp of its parts.

    An incomplete one leaves nothing out.
    """
    latest: dict[str, Stamp] = {}
    for pieces in _sendings(parts):
        numbers = [p.sequence or 1 for p in pieces]
        end = max((p.sequence or 1 for p in pieces if p.last or p.sequence is None), default=None)
        if end is None or missing_parts(numbers, end):
            continue
        sender, since = pieces[0].sender, min(p.stamp for p in pieces)
        latest[sender] = max(latest.get(sender, NO_STAMP), since)
    return latest


class Closing(Record, frozen=True, kw_only=True):
    """Whether the carrier has said who is on board, and for each sender since which stamp a list
    names everybody on board, so that whom it leaves out is not."""

    closed: bool = False
    on_board: dict[str, Stamp] = msgspec.field(default_factory=dict)


def closing(lists: Iterable[Part], departs_at: dt.datetime | None) -> Closing:
    """What the passenger lists of a flight say of its closure, in whatever order they came.

    The carrier closes with CL, CLOB or CLNB (WCO/IATA/ICAO API guide, BGM C106). Many carriers never
    do: they send one list at departure. So where no closing list has come, a plain list prepared
    within `CHECKED_IN` before the scheduled departure or later closes the flight too; UNB times are
    UTC. Earlier lists are of those checked in so far and close nothing, nor does any list of a flight
    whose departure is unknown.
    """
    lists = list(lists)
    final = [p for p in lists if p.sub_function in CLOSING]
    everybody = complete_pushes(p for p in final if p.people and p.sub_function != "CLNB")
    if final:
        return Closing(closed=bool(complete_pushes(final)), on_board=everybody)
    if departs_at is None:
        return Closing()
    due = (departs_at.astimezone(dt.UTC) - CHECKED_IN).replace(tzinfo=None).isoformat()
    late = [p for p in lists if not p.sub_function and p.stamp[0] >= due]
    return Closing(closed=bool(complete_pushes(late)))


def on_board(views: Views, said: Closing) -> bool:
    """Whether the lists of all senders leave a passenger on board: named, not taken off since by name
    (`boarded` false), and not left out by a later closing list that names everybody."""
    stamps = last_stated(views)
    named = [
        (stamp, value)
        for view in views.values()
        for stamp, stated in view
        if (value := stated.get("boarded")) is not None
    ]
    latest = max(named, default=None)
    if latest is not None and (latest[1] or latest[0] >= max(stamps.values())):
        return bool(latest[1])
    return any(stamp >= said.on_board.get(sender, NO_STAMP) for sender, stamp in stamps.items())
