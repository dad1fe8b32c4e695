"""Determines which full pushes of bookings and which passenger lists are complete, and whether the carrier
has closed the flight. A push or a list may consist of several messages (parts)."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable

import msgspec

from vedette.core.records import Record
from vedette.core.statements import NO_STAMP, Stamp, Views, last_stated, missing_parts


class Part(Record, frozen=True, kw_only=True):
    """Describes one stored message of a full push or a passenger list. The message may be one of several
    parts of the push or list."""

    sender: str
    #: The value that all parts of one sending share: the common access reference, else the id of
    #: the message.
    transfer: str
    stamp: Stamp
    sequence: int | None = None
    last: bool | None = None
    #: For a passenger list: BGM C106, and the number of people it names.
    sub_function: str = ""
    people: int = 0


#: PAXLST BGM C106: the carrier closes the list of the flight. CLOB names those on board, CLNB those not on
#: board; CL closes the lists sent before, or names all on board.
CLOSING = frozenset({"CL", "CLOB", "CLNB"})
#: A list without a closing code is final if it is prepared less than this time before departure, or after
#: departure, because check-in has then ended.
CHECKED_IN = dt.timedelta(minutes=30)


def _sendings(parts: Iterable[Part]) -> Iterable[list[Part]]:
    """Groups the parts of one reference, in the order of their stamps. A repeated part number starts a new
    transmission, because some carriers use one reference for all pushes of a flight."""
    latest: dict[tuple[str, str], dict[int, Part]] = {}
    for part in sorted(parts, key=lambda p: p.stamp):
        key, number = (part.sender, part.transfer), part.sequence or 1
        one = latest.setdefault(key, {})
        if number in one and one[number].stamp != part.stamp:
            yield list(one.values())
            one = latest[key] = {}
        one[number] = part
    yield from (list(one.values()) for one in latest.values())


def complete_pushes(parts: Iterable[Part]) -> dict[str, Stamp]:
    """Returns the stamp (sender's time and sequence) of the last complete transmission of each sender. The
    stamp of a transmission is the earliest stamp of its parts.

    Incomplete transmissions are ignored.
    """
    latest: dict[str, Stamp] = {}
    for pieces in _sendings(parts):
        numbers = [p.sequence or 1 for p in pieces]
        end = max((p.sequence or 1 for p in pieces if p.last or p.sequence is None), default=None)
        if end is None or missing_parts(numbers, end):
            continue
        sender = pieces[0].sender
        latest[sender] = max(latest.get(sender, NO_STAMP), min(p.stamp for p in pieces))
    return latest


class Closing(Record, frozen=True, kw_only=True):
    """States whether the carrier has closed the flight. The record also contains, for each sender, the stamp
    of the last list that names everybody on board. A traveller who is missing from the last list that names
    everybody is not on board."""

    closed: bool = False
    on_board: dict[str, Stamp] = msgspec.field(default_factory=dict)


def closing(lists: Iterable[Part], departs_at: dt.datetime | None) -> Closing:
    """Determines from the passenger lists whether the flight is closed. The order of receipt does not matter.

    The carrier closes the flight with the code CL, CLOB or CLNB (WCO/IATA/ICAO API guide, BGM C106). Many
    carriers never send a closing code and send only one list, at departure. If the carrier sends no closing
    code, a list without this code can therefore close the flight. A list without a closing code closes the
    flight if the list was prepared at most `CHECKED_IN` before departure, or after departure (UNB times are
    in UTC). Earlier lists contain the travellers who have checked in so far, and do not close the flight. If
    the time of departure is not known, a list without a closing code does not close the flight.
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
    """Returns whether a passenger is on board according to the lists of all senders. A passenger is on board
    if a list contains the name of the passenger. The passenger is not on board if a later list removes the
    passenger by name (`boarded` false). The passenger is also not on board if a later closing list that names
    everybody on board omits the passenger."""
    stamps = last_stated(views)
    named = [
        (stamp, value)
        for view in views.values()
        for stamp, stated, *_ in view
        if (value := stated.get("boarded")) is not None
    ]
    latest = max(named, default=None)
    if latest is not None and (latest[1] or latest[0] >= max(stamps.values())):
        return bool(latest[1])
    return any(stamp >= said.on_board.get(sender, NO_STAMP) for sender, stamp in stamps.items())
