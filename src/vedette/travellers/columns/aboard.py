"""The stored data of a flight in the form that the columns need: its facts, its bookings, its people. Built
once per flight."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Mapping, Sequence
from typing import Any

from vedette.core.folding import fold
from vedette.core.parties import Document
from vedette.core.statements import NO_STAMP, Stamp, Views, everything, present
from vedette.travellers.columns.booking import Booked
from vedette.travellers.columns.correcting import corrected
from vedette.travellers.columns.itinerary import Itinerary
from vedette.travellers.columns.moments import years_on
from vedette.travellers.columns.places import country_of, km
from vedette.travellers.held import FlightRow, Held
from vedette.travellers.manifest import Person
from vedette.travellers.records import Traveller
from vedette.travellers.sendings import closing, complete_pushes

_CREW = ("crew", "transit_crew")
_TRANSIT = ("transit", "transit_crew")
#: DOCO states redress numbers (R) and trusted-traveller numbers (K) in the same way as visas (V); none of the
#: three is a travel document.
_NO_DOCUMENT = frozenset({"V", "R", "K"})
#: PNRGOV traveller types of children (2 to 11) and infants.
_CHILD_TYPES = frozenset({"C", "IN", "CH", "CHD", "INF"})


def known(values: Mapping[str, object]) -> dict[str, object]:
    """The values that are not None."""
    return {name: value for name, value in values.items() if value is not None}


def latest(views: Views, pushes: Mapping[str, Stamp]) -> Mapping[str, Any]:
    """The current elements: those that no later complete full push omits. If a push omits all of them, every
    element that was ever stated, as on the pages."""
    if len(views) == 1:
        # The usual case: one sender with one message.
        for sender, view in views.items():
            if len(view) == 1 and view[0][0] >= pushes.get(sender, NO_STAMP):
                return view[0][1]  # type: ignore[no-any-return]
    return present(views, pushes) or everything(views)


class Member:
    """One person of the flight as each source states the person, with rectified values. `own` contains the
    person's elements of the booking that are not fields of a traveller (seats, bags, cards)."""

    __slots__ = (
        "age", "api", "booked", "child", "documents", "infant", "left", "minor", "named", "own", "person",
        "pnr", "role", "said", "surname", "visas",
    )  # fmt: skip

    def __init__(self, person: Person, day: dt.date) -> None:
        self.person = person
        api, pnr = person.seen("api"), person.seen("pnr")
        if person.corrected:
            api, pnr = corrected(api, person.corrected), corrected(pnr, person.corrected)
        self.api, self.pnr = api, pnr
        self.booked: Booked | None = None
        #: Whether the latest full push of the booking no longer contains the traveller.
        self.left = False
        #: Every statement; that of the passenger list comes first.
        self.said: tuple[Traveller, ...] = tuple([t for t in (api, pnr) if t is not None])
        self.own: Mapping[str, Any] = latest(person.views["pnr"], {}) if pnr is not None else {}
        self.role = api.role if api is not None else "passenger"
        #: The statement with the name: the booking, unless the name is still a placeholder there.
        self.named = named = pnr if pnr is not None and not pnr.placeholder else api
        self.surname = fold(named.surname) if named is not None else ""
        self.documents: list[Document] = []
        self.visas: list[Document] = []
        self.infant = False
        born: dict[dt.date | None, None] = {}
        as_child = False
        for traveller in self.said:
            self.infant = self.infant or traveller.infant
            as_child = as_child or traveller.type in _CHILD_TYPES
            born[traveller.date_of_birth] = None
            for document in traveller.documents:
                if document.type not in _NO_DOCUMENT:
                    self.documents.append(document)
                    born[document.date_of_birth] = None
                elif document.type == "V":
                    self.visas.append(document)
        ages = [years_on(b, day) for b in born if b is not None]
        possible = [age for age in ages if age is not None]
        if person.corrected and "date_of_birth" in person.corrected:
            # A rectified birth date takes precedence over the booked traveller type.
            self.infant = as_child = False
        self.age = ages[0] if ages else None
        #: Younger than 12; if no age is known, booked as a child.
        self.child: bool = self.infant or (as_child if self.age is None else self.age < 12)
        #: Whether any statement or document makes the traveller younger than 18
        #: (`travellers/app/rows.minor`); None if no age is known.
        self.minor: bool | None = self.child or (min(possible) < 18 if possible else None)

    @property
    def given(self) -> str:
        """The folded given names."""
        return fold(self.named.given_names) if self.named is not None else ""

    @property
    def crew(self) -> bool:
        """Whether the person is crew. Crew has no booking, and no list states which crew members are
        missing."""
        return self.role in _CREW

    @property
    def transit(self) -> bool:
        """Whether the passenger list marks the traveller as in transit."""
        return self.role in _TRANSIT


class Aboard:
    """The data shared by all travellers of a flight, and the data that compare them with each other."""

    def __init__(self, hold: Held, now: dt.datetime, asked: Sequence[Person]) -> None:
        self.row = row = hold.row
        self.now = now
        self.closed = closing(hold.lists, row.departs_at).closed
        #: For each sender the stamp of its last complete full push; elements with an older stamp were omitted
        #: by it.
        self.pushes = complete_pushes(hold.pushes)
        self.facts = known(columns(row))
        self.members: dict[uuid.UUID, Member] = {}
        self.bookings: dict[uuid.UUID, Booked] = {}
        self._trips: dict[object, Itinerary] = {}
        wanted = {person.id for person in asked}
        others = [p for p in asked if p.id not in hold.manifest.persons]
        for person in (*hold.manifest.persons.values(), *others):
            # Restricted data are stored but not used, not even to compute the values of other travellers.
            if not person.row.get("restricted") or person.id in wanted:
                self._add(person, hold)
        for booked in self.bookings.values():
            booked.settle()
        #: Locator → the bookings that state they were split off it; bag pool → the bookings with bags in it.
        self.splitting: dict[str, list[Booked]] = {}
        self.pools: dict[str, set[uuid.UUID]] = {}
        for booked in self.bookings.values():
            for locator in booked.split_to:
                self.splitting.setdefault(locator, []).append(booked)
            for pool in booked.pools:
                self.pools.setdefault(pool, set()).add(booked.id)
        #: Whether any booking of the flight has a history, tickets or bags; if none has, these values are
        #: unknown for all.
        self.has_changes = any(b.changes for b in self.bookings.values())
        self.has_tickets = any(b.tickets for b in self.bookings.values())
        people = self.members.values()
        self.has_booked_bags = any(m.own.get("booked_bags") for m in people)
        self.has_listed_bags = any(m.api is not None and m.api.bags is not None for m in people)

    def _add(self, person: Person, hold: Held) -> None:
        member = self.members[person.id] = Member(person, self.row.departs_on)
        id_ = person.booking_id
        if id_ is None or member.pnr is None:
            return
        booked = self.bookings.get(id_)
        if booked is None:
            views = hold.bookings.get(id_)
            if views is None:
                return
            said = latest(views, self.pushes)
            booked = self.bookings[id_] = Booked(id_, said, self.row, self._trips)
        booked.members.append(member)
        member.booked = booked


def columns(row: FlightRow) -> dict[str, object]:
    """The columns of ground `flight`; unknown values are None."""
    leaves = row.departs_local
    direct = km(row.origin, row.destination)
    return {
        "carrier": row.carrier or None,
        "flight": row.carrier + row.number if row.carrier and row.number else None,
        "origin": row.origin or None,
        "destination": row.destination or None,
        "origin_country": country_of(row.origin),
        "destination_country": country_of(row.destination),
        "departure_hour": leaves.hour if leaves else None,
        "departure_weekday": row.departs_on.isoweekday(),
        "departure_day": row.departs_on,
        "direct_km": round(direct, 1) if direct is not None else None,
    }
