"""Processes the invented travellers of several weeks with the code of the processing pipeline. The pipeline
merges the records of messages, adds the history of each traveller, and computes the values of the columns.

The messages are passed as objects, and are not written to bytes or read from bytes. All steps after this
point use the code of the pipeline (`pipeline.take`). Dictionaries (`Memory`) are used instead of database
tables. The travellers of many weeks (about two hundred thousand) are therefore processed within minutes.
`Memory.history` computes the same values as `travellers/app/history.py` for the same journeys.
`tests/bench/test_memory.py` compares the results of the two modules.
"""

from __future__ import annotations

import datetime as dt
import uuid
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import count
from typing import Any, NamedTuple

import msgspec
import polars as pl

from vedette.core.records import day_of
from vedette.core.statements import everything
from vedette.demo.world.parties import Mark
from vedette.demo.world.weeks import Flown, Weeks
from vedette.keys.ring import Keys
from vedette.kinds import vocabulary
from vedette.pipeline.process import Failure, Read, Received, take
from vedette.pipeline.screen import Batch, InForce
from vedette.profiles.run import Profiles
from vedette.screening.knowledge import Knowledge
from vedette.screening.reason import Reason
from vedette.travellers.app import history
from vedette.travellers.app.hits import booking_facts
from vedette.travellers.app.rows import fingerprint, identifiers
from vedette.travellers.kind import NAME as TRAVELLER
from vedette.travellers.manifest import BOOKED_NOT_FLOWN, FlightRow, Held, Manifest, Person
from vedette.travellers.merging import flight_of
from vedette.travellers.records import Booking

#: The largest number of flights in one frame, and the longest time between their departures.
FLIGHTS = 10
APART = dt.timedelta(hours=12)
_ORGANISATION = uuid.UUID(int=1)
_DAY = dt.timedelta(days=1)
Values = dict[str, object]


class _Journey(msgspec.Struct):
    """A stored journey with the values from which the history of other journeys is computed."""

    id: uuid.UUID
    booking: uuid.UUID | None
    fingerprint: bytes
    flight: FlightRow
    departs: dt.datetime
    received_at: dt.datetime
    present: bool
    missed: bool
    #: Kind → tokens.
    tokens: dict[str, list[bytes]]
    #: The outcome of its hit (`confirmed`, `released`; empty without a hit), and the time since which it is
    #: known.
    outcome: str = ""
    since: dt.datetime | None = None

    def confirmed(self, as_of: dt.datetime) -> bool:
        return self.outcome == "confirmed" and self.since is not None and self.since <= as_of

    def released(self, as_of: dt.datetime) -> bool | None:
        if self.since is None or self.since > as_of:
            return None
        return self.outcome == "released"


class Memory:
    """Implements the `Storage` of travellers and the `Inbox` of the pipeline with dictionaries instead of
    tables. Each flight is received once, and no subject is restricted.

    The caller sets `now` to the time at which messages are stored and screened. The class calls the function
    `kept` with each screened batch.
    """

    def __init__(self, keys: Keys, kept: Callable[[Batch], None] | None = None) -> None:
        self.keys = keys
        self.now = dt.datetime(1970, 1, 1, tzinfo=dt.UTC)
        self._kept = kept
        self._count = 0
        #: Locator and day of creation → id of the booking.
        self._bookings: dict[tuple[str, dt.date | None], uuid.UUID] = defaultdict(self.new_id)
        self._journeys: dict[uuid.UUID, _Journey] = {}
        self._by_token: dict[bytes, list[_Journey]] = defaultdict(list)
        #: Agency → its journeys whose outcome is known.
        self._told_of: dict[bytes, list[_Journey]] = defaultdict(list)

    # --- Storage and Inbox -----------------------------------------------------------------------

    def known(self, tokens: Sequence[bytes]) -> set[bytes]:
        """Returns an empty result, because this benchmark receives no message twice."""
        return set()

    def groups(self, subjects: Sequence[uuid.UUID]) -> Sequence[FlightRow]:
        """Returns an empty result, because this benchmark never screens stored subjects again."""
        return []

    def hold(self, flights: Sequence[FlightRow]) -> dict[uuid.UUID, Held]:
        """Returns each flight as a new flight without stored data."""
        return {flight.id: Held(row=flight, manifest=Manifest()) for flight in flights}

    def bookings(self, bookings: Sequence[tuple[Booking, FlightRow]]) -> list[uuid.UUID]:
        """Returns the ids of bookings, by locator and day of creation."""
        return [
            self._bookings[one.locators[0].locator, day_of(one.created) if one.created else None]
            for one, _ in bookings
        ]

    def token(self, kind: str, value: str) -> bytes:
        """Returns the keyed token of an identifying value."""
        return self.keys.token(kind, value)

    def new_id(self) -> uuid.UUID:
        """Returns the next number as an id, so that the same messages give the same ids."""
        self._count += 1
        return uuid.UUID(int=self._count)

    def keep_messages(self, reads: Sequence[Read]) -> None:
        """Does nothing, because this benchmark does not store messages."""

    def keep(self, held: Mapping[uuid.UUID, Held]) -> None:
        """Stores the journeys with their identifiers."""
        for hold in held.values():
            agencies = {id_: _agency(views) for id_, views in hold.bookings.items()}
            for person in hold.manifest.persons.values():
                self._keep(hold.row, person, agencies.get(person.booking_id or person.id))

    def settle(self, batch: Batch, reasons: Mapping[uuid.UUID, Sequence[Reason]]) -> None:
        """Passes the screened batch to `kept`."""
        if self._kept is not None:
            self._kept(batch)

    def finish(self) -> None:
        """Does nothing, because no traveller is selected for random control."""

    def close(self, reads: Sequence[Read], failures: Sequence[Failure]) -> None:
        """Does nothing, because the messages do not come from files."""

    def history(
        self, subjects: Sequence[tuple[Held, Person]]
    ) -> Mapping[uuid.UUID, Mapping[str, object]]:
        """Returns the same values as `travellers.app.history.history`, for the journeys in memory."""
        journeys = {person.id: person.booking_id for _, person in subjects}
        found: dict[uuid.UUID, Values] = {}
        for id_ in journeys:
            me = self._journeys[id_]
            values = found[id_] = self._links(me)
            own = {kind: set(me.tokens.get(kind, ())) for kind in history.PERSON}
            if any(own.values()):
                history.tell(values, own, self._others(me), self.now)
            if me.tokens.get("agency"):
                values["agency_confirmed_12m"] = self._agency_confirmed(me)
        members = [(id_, booking, id_) for id_, booking in journeys.items() if booking is not None]
        known = {id_ for id_, values in found.items() if values.get("own_confirmed")}
        history.companions(members, known, found)
        return found

    # --- outcomes --------------------------------------------------------------------------------

    def tell_outcome(self, journey: uuid.UUID, outcome: str, since: dt.datetime) -> None:
        """Stores the outcome of the hit of a journey and the time at which the outcome became known."""
        told = self._journeys[journey]
        told.outcome, told.since = outcome, since
        for token in told.tokens.get("agency", ()):
            self._told_of[token].append(told)

    def crossed(self, journey: uuid.UUID) -> int:
        """Returns the number of earlier journeys with the same document that had no hit or a released hit.
        The function `favour_of` counts the same journeys.
        """
        me = self._journeys[journey]
        return len(
            {
                o.id
                for token in me.tokens.get("document", ())
                for o in self._by_token[token]
                if o is not me
                and (o.flight.arrives_at or self.now) < self.now
                and (not o.outcome or o.released(self.now))
            }
        )

    def _keep(self, flight: FlightRow, person: Person, agency: str | None) -> None:
        tokens: dict[str, list[bytes]] = {}
        for kind, token in identifiers(person, self.keys, agency):
            tokens.setdefault(kind, []).append(token)
        made = self._journeys[person.id] = _Journey(
            id=person.id,
            booking=person.booking_id or person.traveller_id,
            fingerprint=fingerprint(person, self.keys),
            flight=flight,
            departs=flight.departs_at or dt.datetime.combine(flight.departs_on, dt.time(), dt.UTC),
            received_at=self.now,
            present=person.here,
            missed=BOOKED_NOT_FLOWN in person.facts,
            tokens=tokens,
        )
        for kind in (*history.LINKS, *history.PERSON):
            for token in tokens.get(kind, ()):
                self._by_token[token].append(made)

    def _links(self, me: _Journey) -> Values:
        """For each kind of identifier, counts the travellers of other bookings who have an identifier in
        common with the given traveller. Also counts how many of these other travellers have a confirmed
        result.
        """
        values: Values = {}
        since = self.now - history.LINK_DAYS * _DAY
        for kind in history.LINKS:
            tokens = me.tokens.get(kind)
            if not tokens:
                continue
            values.setdefault("shared_common", False)
            near = [self._by_token[token][: history.COMMON] for token in tokens]
            apart = {
                o.id: o
                for some in near
                for o in some
                if o is not me and o.booking != me.booking and o.fingerprint != me.fingerprint
            }
            if any(len(some) >= history.COMMON for some in near):
                values["shared_common"] = bool(apart) or values["shared_common"] or None
                continue
            others = {id_: o for id_, o in apart.items() if o.received_at > since}
            sure = {o.fingerprint for o in others.values() if o.confirmed(self.now)}
            values[f"shared_{kind}_travellers_90d"] = len({o.fingerprint for o in others.values()})
            values[f"shared_{kind}_confirmed"] = len(sure)
        return values

    def _others(self, me: _Journey) -> list[dict[str, Any]]:
        """Returns the journeys with the same document, and the journeys with the same name and birth date."""
        found = []
        for kind, across in (("document", "person"), ("person", "document")):
            near = {
                o.id: o
                for token in me.tokens.get(kind, ())
                for o in self._by_token[token][: history.MOST_OWN]
                if o is not me
            }
            found += [self._row(me, o, kind, across) for o in near.values()]
        return found

    def _row(self, me: _Journey, o: _Journey, kind: str, across: str) -> dict[str, Any]:
        flight, mine = o.flight, me.flight
        return {
            "kind": kind,
            "other": o.id,
            "here": flight.id == mine.id,
            "booking": o.booking,
            "apart": o.booking != me.booking,
            "received_at": o.received_at,
            "present": o.present,
            "same_route": (flight.origin, flight.destination) == (mine.origin, mine.destination),
            "days_before": (me.departs - o.departs) / _DAY,
            "no_show": o.departs < self.now - _DAY and o.missed,
            "confirmed": o.confirmed(self.now),
            "tokens": o.tokens.get(across),
            "released": o.released(self.now) if o.outcome else None,
            "hit_id": o.outcome or None,
            "landed": flight.arrives_at < self.now if flight.arrives_at else None,
        }

    def _agency_confirmed(self, me: _Journey) -> int:
        since = self.now - history.YEAR * _DAY
        return len(
            {
                o.id
                for token in me.tokens.get("agency", ())
                for o in self._told_of.get(token, ())
                if o is not me and o.confirmed(self.now) and o.since is not None and o.since > since
            }
        )


def _agency(views: Mapping[str, Any]) -> str | None:
    agency = everything(dict(views)).get("agency")
    return (agency.get("iata") or agency.get("office")) if agency else None


@dataclass
class Told:
    """The invented travellers of a data set, in the order of the ids of their journeys. `values` has one row
    for each traveller. `marks` contains the kind of each traveller, and `favour` contains the facts in favour
    of each traveller. `who` identifies the person of each row, because one person may have two journeys.
    `crew` is the number of crew members, and `earlier` is the number of earlier journeys.
    """

    values: pl.DataFrame
    marks: list[Mark] = field(default_factory=list)
    favour: list[list[str]] = field(default_factory=list)
    who: list[str] = field(default_factory=list)
    crew: int = 0
    earlier: int = 0


def tell(weeks: Weeks, keys: Keys, columns: Sequence[str]) -> Told:
    """Processes a synthetic data set with the pipeline, one group of flights at a time. Returns only the
    values of `columns`.
    """
    told, values, numbers, known = Told(pl.DataFrame()), list[pl.DataFrame](), count(1), people(())

    def kept(batch: Batch) -> None:
        if batch.values is not None:
            values.append(batch.values.select(columns))
        for hold, person in batch.subjects:
            one = known.get(key(hold, person), _CREW)
            if batch.values is not None:
                told.crew += one is _CREW
                told.marks.append(one.mark)
                told.who.append(one.who)
                told.favour.append(_in_favour(storage, hold, person))
                continue
            told.earlier += 1
            outcome, since = one.outcome
            if outcome and since is not None:
                storage.tell_outcome(person.id, outcome, since)

    storage = Memory(keys, kept)
    for frame in frames(weeks.flights()):
        now = storage.now = moment(frame)
        known = people(frame)
        profiles = {} if frame[0].earlier else {TRAVELLER: Profiles(vocabulary(TRAVELLER), [])}
        knowledge = InForce(Knowledge(1, []), now, profiles)
        take(reads(frame, now, numbers), [], storage, {TRAVELLER: storage}, knowledge)
    told.values = pl.concat(values)
    return told


def _in_favour(storage: Memory, hold: Held, person: Person) -> list[str]:
    """Returns the facts in favour of a person, computed as in `travellers.app.hits`."""
    found = [*booking_facts(hold, person)]
    if person.views["api"] and person.views["pnr"] and not person.facts:
        found.append("messages_agree")
    if storage.crossed(person.id):
        found.append("earlier_crossings")
    return found


def frames(flights: Iterable[Flown]) -> Iterator[list[Flown]]:
    """Yields groups of flights with consecutive departures. The flights of a group are stored together.
    Earlier flights are in separate groups."""
    frame: list[Flown] = []
    for flown in flights:
        first = frame[0] if frame else flown
        late = flown.plan.departure_utc - first.plan.departure_utc > APART
        full = len(frame) >= FLIGHTS and not flown.earlier
        if late or full or bool(first.earlier) is not bool(flown.earlier):
            yield frame
            frame = []
        frame.append(flown)
    if frame:
        yield frame


def reads(frame: Iterable[Flown], now: dt.datetime, number: Iterator[int]) -> list[Read]:
    """Returns the messages of the given flights as the objects that the message readers return."""
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
    """Returns the time at which a group of flights is screened. This time is the departure of the last
    flight, because all data are known then.
    """
    return max(f.plan.departure_utc for f in frame).replace(tzinfo=dt.UTC)


class One(NamedTuple):
    """An invented traveller: the person's id, the kind of traveller, and the outcome of an earlier
    journey."""

    who: str
    mark: Mark
    outcome: tuple[str, dt.datetime | None] = ("", None)


_CREW = One("", Mark("operating crew"))


def people(frame: Iterable[Flown]) -> dict[tuple[str, ...], One]:
    """Returns the travellers of the given flights, grouped by the result of `key`."""
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
    """Returns the key of a traveller. The key contains the document number from the passenger list. If there
    is no passenger list, the key contains the position of the traveller in the booking.
    """
    listed, booked, row = person.seen("api"), person.seen("pnr"), hold.row
    if listed is not None:
        on = f"{row.carrier}{row.number}-{row.departs_on:%Y%m%d}"
        return "listed", on, listed.documents[0].number
    # Without a passenger list, the traveller is identified by the locator of the booking and the position in
    # it.
    return "booked", str(booked and booked.locator), str(booked and booked.reference)
