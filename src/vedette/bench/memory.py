"""Storage of the pipeline in memory: what tables would say of earlier journeys, without tables.

Two hundred thousand travellers of many weeks pass in minutes. What `history` says is what
`travellers/app/history.py` says over the same journeys: `tests/bench/test_memory.py` compares them.
"""

from __future__ import annotations

import datetime as dt
import uuid
from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Any, Protocol

import msgspec

from vedette.core.statements import everything
from vedette.keys.ring import Keys
from vedette.pipeline.process import Failure, Read
from vedette.pipeline.screen import Batch
from vedette.screening.reason import Reason
from vedette.travellers.app.history import (
    COMMON,
    LINK_DAYS,
    LINKS,
    MOST_OWN,
    PERSON,
    YEAR,
    companions,
    tell,
)
from vedette.travellers.app.rows import fingerprint, identifiers
from vedette.travellers.held import FlightRow, Held
from vedette.travellers.manifest import BOOKED_NOT_FLOWN, Manifest, Person
from vedette.travellers.records import Booking

_DAY = dt.timedelta(days=1)
Values = dict[str, object]


class Kept(Protocol):
    """What is done with a frame when it has been screened."""

    def __call__(self, batch: Batch) -> None:
        """The people of the frame with their flights, and the values that profiles were asked with."""


class _Journey(msgspec.Struct):
    """A stored journey, as far as history asks for it."""

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
    #: What came of its hit: confirmed, released; empty without a hit. From when that was known.
    outcome: str = ""
    since: dt.datetime | None = None

    def confirmed(self, as_of: dt.datetime) -> bool:
        return self.outcome == "confirmed" and self.since is not None and self.since <= as_of

    def released(self, as_of: dt.datetime) -> bool | None:
        if self.since is None or self.since > as_of:
            return None
        return self.outcome == "released"


class Memory:
    """The `Storage` of travellers and the `Inbox` of the pipeline over dictionaries. Each flight comes
    once; nobody is restricted.

    `now` is the moment at which frames are stored and asked about; whoever drives it sets it.
    """

    def __init__(self, keys: Keys, kept: Kept | None = None) -> None:
        self.keys = keys
        self.now = dt.datetime(1970, 1, 1, tzinfo=dt.UTC)
        self._kept = kept
        self._count = 0
        self._bookings: dict[tuple[str, dt.date | None], uuid.UUID] = {}
        self._journeys: dict[uuid.UUID, _Journey] = {}
        self._by_token: dict[bytes, list[_Journey]] = defaultdict(list)
        #: Agency → its journeys of whose hits something came.
        self._told_of: dict[bytes, list[_Journey]] = defaultdict(list)

    # --- the pipeline's -------------------------------------------------------------------------

    def known(self, tokens: Sequence[bytes]) -> set[bytes]:
        """No message comes twice."""
        return set()

    def groups(self, subjects: Sequence[uuid.UUID]) -> Sequence[FlightRow]:
        """None: stored subjects are never screened again."""
        return []

    def hold(self, flights: Sequence[FlightRow]) -> dict[uuid.UUID, Held]:
        """New flights."""
        return {flight.id: Held(row=flight, manifest=Manifest()) for flight in flights}

    def bookings(self, bookings: Sequence[tuple[Booking, FlightRow]]) -> list[uuid.UUID]:
        """By locator and day of creation."""
        found = []
        for booking, _ in bookings:
            day = booking.created.date() if booking.created else None
            key = (booking.locators[0].locator, day)
            if key not in self._bookings:
                self._bookings[key] = self.new_id()
            found.append(self._bookings[key])
        return found

    def token(self, kind: str, value: str) -> bytes:
        """The keyed token of an identifying value."""
        return self.keys.token(kind, value)

    def new_id(self) -> uuid.UUID:
        """Ids by count: the same from the same messages."""
        self._count += 1
        return uuid.UUID(int=self._count)

    def keep_messages(self, reads: Sequence[Read]) -> None:
        """Messages are not kept."""

    def keep(self, held: Mapping[uuid.UUID, Held]) -> None:
        """The journeys of the frame with their identifiers."""
        for hold in held.values():
            agencies = {id_: _agency(views) for id_, views in hold.bookings.items()}
            for person in hold.manifest.persons.values():
                self._keep(hold.row, person, agencies.get(person.booking_id or person.id))

    def settle(self, batch: Batch, reasons: Mapping[uuid.UUID, Sequence[Reason]]) -> None:
        """Hands on what was screened."""
        if self._kept is not None:
            self._kept(batch)

    def finish(self) -> None:
        """There is no random control."""

    def close(self, reads: Sequence[Read], failures: Sequence[Failure]) -> None:
        """There are no files."""

    def history(
        self, subjects: Sequence[tuple[Held, Person]]
    ) -> Mapping[uuid.UUID, Mapping[str, object]]:
        """As `travellers.app.history.history`, of what is in memory."""
        journeys = {person.id: person.booking_id for _, person in subjects}
        found: dict[uuid.UUID, Values] = {}
        for id_ in journeys:
            me = self._journeys[id_]
            values = found[id_] = self._links(me)
            own = {kind: set(me.tokens.get(kind, ())) for kind in PERSON}
            if any(own.values()):
                tell(values, own, self._others(me), self.now)
            if me.tokens.get("agency"):
                values["agency_confirmed_12m"] = self._agency_confirmed(me)
        members = [(id_, booking, id_) for id_, booking in journeys.items() if booking is not None]
        known = {id_ for id_, values in found.items() if values.get("own_confirmed")}
        companions(members, known, found)
        return found

    # --- what came of it ------------------------------------------------------------------------

    def tell_outcome(self, journey: uuid.UUID, outcome: str, since: dt.datetime) -> None:
        """What a hit of a journey led to, known from a moment on."""
        told = self._journeys[journey]
        told.outcome, told.since = outcome, since
        for token in told.tokens.get("agency", ()):
            self._told_of[token].append(told)

    def crossed(self, journey: uuid.UUID) -> int:
        """Earlier journeys with the same document without more than a release (`favour_of`)."""
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

    # --- within ---------------------------------------------------------------------------------

    def _keep(self, flight: FlightRow, person: Person, agency: str | None) -> None:
        tokens: dict[str, list[bytes]] = {}
        for kind, token in identifiers(person, self.keys, agency):
            tokens.setdefault(kind, []).append(token)
        midnight = dt.datetime.combine(flight.departs_on, dt.time(), dt.UTC)
        made = self._journeys[person.id] = _Journey(
            id=person.id,
            booking=person.booking_id or person.traveller_id,
            fingerprint=fingerprint(person, self.keys),
            flight=flight,
            departs=flight.departs_at or midnight,
            received_at=self.now,
            present=person.here,
            missed=BOOKED_NOT_FLOWN in person.facts,
            tokens=tokens,
        )
        for kind in (*LINKS, *PERSON):
            for token in tokens.get(kind, ()):
                self._by_token[token].append(made)

    def _near(self, token: bytes, most: int) -> list[_Journey]:
        return self._by_token[token][:most]

    def _links(self, me: _Journey) -> Values:
        """Travellers of other bookings who share an identifier."""
        values: Values = {}
        since = self.now - LINK_DAYS * _DAY
        for kind in LINKS:
            tokens = me.tokens.get(kind)
            if not tokens:
                continue
            values.setdefault("shared_common", False)
            near = [self._near(token, COMMON) for token in tokens]
            apart = {
                o.id: o
                for some in near
                for o in some
                if o is not me and o.booking != me.booking and o.fingerprint != me.fingerprint
            }
            if any(len(some) >= COMMON for some in near):
                values["shared_common"] = bool(apart) or values["shared_common"] or None
                continue
            others = {id_: o for id_, o in apart.items() if o.received_at > since}
            sure = {o.fingerprint for o in others.values() if o.confirmed(self.now)}
            values[f"shared_{kind}_travellers_90d"] = len({o.fingerprint for o in others.values()})
            values[f"shared_{kind}_confirmed"] = len(sure)
        return values

    def _others(self, me: _Journey) -> list[dict[str, Any]]:
        """Journeys of the same document, and of the same name and birth date."""
        found = []
        for kind, across in (("document", "person"), ("person", "document")):
            near = {
                o.id: o
                for token in me.tokens.get(kind, ())
                for o in self._near(token, MOST_OWN)
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
            "no_hit": not o.outcome,
            "landed": flight.arrives_at < self.now if flight.arrives_at else None,
        }

    def _agency_confirmed(self, me: _Journey) -> int:
        since = self.now - YEAR * _DAY
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
