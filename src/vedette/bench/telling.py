"""A world of weeks told to the pipeline: records joined, enriched with their history, as values.

The code is the pipeline's own from the records on (`pipeline.take`); only the writing and reading of
messages is left out, and tables are dictionaries (`bench/memory.py`).
"""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Iterable, Iterator
from itertools import count
from typing import NamedTuple

import polars as pl

from vedette.bench.memory import Memory
from vedette.demo.world.weeks import Flown, Weeks
from vedette.demo.world.world import Mark
from vedette.keys.ring import Keys
from vedette.kinds import vocabulary
from vedette.pipeline.process import Read, Received, take
from vedette.pipeline.screen import Batch, InForce
from vedette.profiles.asking import Profiles
from vedette.screening.knowledge import Knowledge
from vedette.travellers.app.favour import booking_facts
from vedette.travellers.held import Held
from vedette.travellers.kind import NAME as TRAVELLER
from vedette.travellers.manifest import Person
from vedette.travellers.merging import flight_of

#: Flights of one frame, and how far apart they may leave.
FLIGHTS = 10
APART = dt.timedelta(hours=12)
_ORGANISATION = uuid.UUID(int=1)


class Told(NamedTuple):
    """Everybody of a world in the order of their journeys' ids: a row each in `values`, what they are,
    what speaks in their favour, and who of the world they are (a traveller may have two journeys)."""

    values: pl.DataFrame
    marks: list[Mark]
    favour: list[list[str]]
    who: list[str]
    crew: int
    earlier: int


def tell(weeks: Weeks, keys: Keys, columns: Iterable[str]) -> Told:
    """The values (`columns` of the vocabulary) of all travellers of a world."""
    telling = _Telling(keys, list(columns))
    for frame in frames(weeks.flights()):
        telling.take(frame)
    return telling.told()


def frames(flights: Iterable[Flown]) -> Iterator[list[Flown]]:
    """Flights that are stored together: some that leave one after the other, those of before apart."""
    frame: list[Flown] = []
    for flown in flights:
        first = frame[0] if frame else flown
        late = flown.plan.departure_utc - first.plan.departure_utc > APART
        full = len(frame) >= FLIGHTS and not flown.earlier
        if frame and (late or full or bool(first.earlier) is not bool(flown.earlier)):
            yield frame
            frame = []
        frame.append(flown)
    if frame:
        yield frame


def reads(frame: Iterable[Flown], now: dt.datetime, number: Iterator[int]) -> list[Read]:
    """The messages of these flights as the readers hand them over."""
    found = []
    for flown in frame:
        for message in flown.messages():
            n = next(number)
            received = Received(
                id=uuid.UUID(int=n), organisation=_ORGANISATION, name="", received_at=now, data=b""
            )
            row = flight_of(message, received)
            found.append(
                Read(received, 1, message, n.to_bytes(16, "big"), uuid.UUID(int=n), group=row)
            )
    return found


def moment(frame: list[Flown]) -> dt.datetime:
    """When a frame is judged: as its last flight leaves, when everything is known."""
    return max(f.plan.departure_utc for f in frame).replace(tzinfo=dt.UTC)


class _Telling:
    """Frame after frame."""

    def __init__(self, keys: Keys, columns: list[str]) -> None:
        self._storage = Memory(keys, self._kept)
        self._knowledge = Knowledge(1, [])
        self._profiles = Profiles(vocabulary(TRAVELLER), [])
        self._columns = columns
        self._numbers = count(1)
        self._frame: list[Flown] = []
        self._values: list[pl.DataFrame] = []
        self._marks: list[Mark] = []
        self._favour: list[list[str]] = []
        self._who: list[str] = []
        self._crew = self._earlier = 0

    def take(self, frame: list[Flown]) -> None:
        """One frame through the pipeline."""
        now = self._storage.now = moment(frame)
        self._frame = frame
        profiles = {} if frame[0].earlier else {TRAVELLER: self._profiles}
        knowledge = InForce(self._knowledge, now, profiles)
        storage = self._storage
        take(reads(frame, now, self._numbers), [], storage, {TRAVELLER: storage}, knowledge)

    def told(self) -> Told:
        """What there is of all frames."""
        values = pl.concat(self._values)
        return Told(values, self._marks, self._favour, self._who, self._crew, self._earlier)

    def _kept(self, batch: Batch) -> None:
        known = people(self._frame)
        if batch.values is None:
            for hold, person in batch.subjects:
                self._earlier += 1
                outcome, since = known[key(hold, person)].outcome
                if outcome and since is not None:
                    self._storage.tell_outcome(person.id, outcome, since)
            return
        self._values.append(batch.values.select(self._columns))
        for hold, person in batch.subjects:
            one = known.get(key(hold, person))
            self._crew += one is None
            self._marks.append(one.mark if one else Mark("operating crew"))
            self._who.append(one.who if one else "")
            self._favour.append(self._in_favour(hold, person))

    def _in_favour(self, hold: Held, person: Person) -> list[str]:
        """What speaks for somebody, as `travellers.app.favour` finds it beside a profile."""
        found = [*booking_facts(hold, person)]
        if person.views["api"] and person.views["pnr"] and not person.facts:
            found.append("messages_agree")
        if self._storage.crossed(person.id):
            found.append("earlier_crossings")
        return found


class One(NamedTuple):
    """A traveller of the world: who, what they are, what came of an earlier journey."""

    who: str
    mark: Mark
    outcome: tuple[str, dt.datetime | None] = ("", None)


def people(frame: Iterable[Flown]) -> dict[tuple[str, ...], One]:
    """The travellers of these flights by `key`."""
    found: dict[tuple[str, ...], One] = {}
    for flown in frame:
        outcomes: list[tuple[str, dt.datetime | None]] = [
            (e.outcome, e.since.replace(tzinfo=dt.UTC)) for e in flown.earlier
        ] or [("", None)] * len(flown.trips)
        marks = flown.marks or [Mark("earlier")] * len(flown.trips)
        for trip, mark, outcome in zip(flown.trips, marks, outcomes, strict=True):
            for n, person in enumerate(trip.draft.people):
                one = One(f"{mark.case}:{person.number}", mark, outcome)
                if trip.booking is not None:
                    found["booked", trip.draft.locator, str(n + 1)] = one
                if trip.passengers:
                    found["listed", flown.plan.key(), person.number] = one
    return found


def key(hold: Held, person: Person) -> tuple[str, ...]:
    """By what somebody is told again: the document on the passenger list, or the place in the booking."""
    listed, row = person.seen("api"), hold.row
    if listed is not None:
        on = f"{row.carrier}{row.number}-{row.departs_on:%Y%m%d}"
        return "listed", on, listed.documents[0].number
    booked = person.seen("pnr")
    assert booked is not None  # noqa: S101  nobody is stated by neither
    assert booked.locator  # noqa: S101  the world's have one
    assert booked.reference  # noqa: S101  and a place in it
    return "booked", booked.locator, booked.reference
