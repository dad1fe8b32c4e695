"""The stored data of a flight in the form that the columns need: its facts, its bookings, its people. The
data are built once for each flight."""

from __future__ import annotations

import datetime as dt
import re
import uuid
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from typing import Any

import msgspec

from vedette.core.names import fold
from vedette.core.parties import Contacts, Document
from vedette.core.statements import NO_STAMP, Stamp, Views, everything, present
from vedette.screening.exact import fold_document
from vedette.travellers.columns.itinerary import Itinerary
from vedette.travellers.columns.places import as_utc, country_of, hours, km, years_on
from vedette.travellers.manifest import FlightRow, Held, Person
from vedette.travellers.records import Traveller
from vedette.travellers.sendings import closing, complete_pushes

_CREW = ("crew", "transit_crew")
_TRANSIT = ("transit", "transit_crew")
#: DOCO states redress numbers (R) and trusted-traveller numbers (K) in the same way as visas (V); none of the
#: three is a travel document.
_NO_DOCUMENT = frozenset({"V", "R", "K"})
#: A booking made after the scheduled departure of a delayed flight still counts as made before it.
_DELAY_H = 24.0
_NOT_DIGITS = re.compile(r"\D+")
_WORDS = re.compile(r"[\s\-'’]+")
#: Shorter words of a surname are particles.
_LEAST = 4
#: PNRGOV traveller types of children (2 to 11) and infants.
_CHILD_TYPES = frozenset({"C", "IN", "CH", "CHD", "INF"})


def known(values: Mapping[str, object]) -> dict[str, object]:
    """The values that are not None."""
    return {name: value for name, value in values.items() if value is not None}


def latest(views: Views, pushes: Mapping[str, Stamp]) -> Mapping[str, Any]:
    """Returns the current elements, which no later complete full push omits. If a push omits all elements,
    returns all elements that were ever stated, as the pages do."""
    if len(views) == 1:
        # The usual case: one sender with one message.
        for sender, view in views.items():
            if len(view) == 1 and view[0][0] >= pushes.get(sender, NO_STAMP):
                return view[0][1]  # type: ignore[no-any-return]
    return present(views, pushes) or everything(views)


def _corrected(traveller: Traveller | None, said: Mapping[str, str]) -> Traveller | None:
    """The traveller of one source with the rectified values, also in the documents, so that both sources
    agree. `said` is `Person.corrected`."""
    if traveller is None:
        return None
    values: dict[str, object] = {
        name: said[name]
        for name in ("surname", "given_names", "nationality", "sex")
        if name in said
    }
    if "date_of_birth" in said:
        values["date_of_birth"] = dt.date.fromisoformat(said["date_of_birth"])
    documents = traveller.documents
    if "document" in said:
        number = fold_document(said["document"])
        own = [d for d in documents if d.type != "V" and fold_document(d.number) == number]
        visas = [d for d in documents if d.type == "V"]
        documents = (*(own or [Document(number=said["document"])]), *visas)
    # A document gets the rectified values of those fields that it states.
    stated = [{k: v for k, v in values.items() if getattr(d, k) is not None} for d in documents]
    changed = [msgspec.structs.replace(d, **s) for d, s in zip(documents, stated, strict=True)]
    return msgspec.structs.replace(traveller, documents=tuple(changed), **values)


class Member:
    """One person of the flight as each source states the person, with rectified values. `own` contains the
    person's elements of the booking that are not fields of a traveller (seats, bags, cards)."""

    __slots__ = (
        "age", "api", "booked", "child", "crew", "documents", "infant", "left", "minor", "named", "own",
        "person", "pnr", "said", "surname", "transit", "visas",
    )  # fmt: skip

    def __init__(self, person: Person, day: dt.date) -> None:
        self.person = person
        api, pnr = person.seen("api"), person.seen("pnr")
        if person.corrected:
            api, pnr = _corrected(api, person.corrected), _corrected(pnr, person.corrected)
        self.api, self.pnr = api, pnr
        self.booked: Booked | None = None
        #: Whether the latest full push of the booking no longer contains the traveller.
        self.left = False
        #: Every statement; that of the passenger list comes first.
        self.said: tuple[Traveller, ...] = tuple([t for t in (api, pnr) if t is not None])
        self.own: Mapping[str, Any] = latest(person.views["pnr"], {}) if pnr is not None else {}
        role = api.role if api is not None else "passenger"
        #: Whether the person is crew. Crew members have no booking, and no list states which crew members are
        #: missing.
        self.crew = role in _CREW
        #: Whether the passenger list marks the traveller as in transit.
        self.transit = role in _TRANSIT
        #: The statement from which the name is taken: that of the booking, unless it still contains a
        #: placeholder.
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
        #: Whether the traveller is younger than 12 or, if no age is known, is booked as a child.
        self.child: bool = self.infant or (as_child if self.age is None else self.age < 12)
        #: Whether any statement or document makes the traveller younger than 18
        #: (`travellers/app/rows.minor`); None if no age is known.
        self.minor: bool | None = self.child or (min(possible) < 18 if possible else None)

    @property
    def given(self) -> str:
        """The folded given names."""
        return fold(self.named.given_names) if self.named is not None else ""


class Booked:
    """The current state of one booking, for this flight; `members` are its travellers on the flight.

    `trip` is its itinerary; `agency` identifies the agency (IATA number, else office), None if the airline
    sold the booking directly; `seller` identifies the agency or the airline.
    """

    __slots__ = (
        "agency", "cards", "changes", "columns", "contacts", "created", "id", "itinerary_key", "lead_h",
        "linked", "locators", "members", "party", "pools", "said", "seller", "split_to", "tickets", "trip",
    )  # fmt: skip

    def __init__(
        self,
        id_: uuid.UUID,
        said: Mapping[str, Any],
        flight: FlightRow,
        trips: dict[object, Itinerary],
    ) -> None:
        self.id = id_
        self.said = said
        self.members: list[Member] = []
        #: The values that all its travellers share, stored once computed.
        self.columns: dict[str, object] | None = None
        #: Its travellers as a `Party`, stored once computed. `linked`: the ids of other bookings that belong
        #: together with it (`company`).
        self.party: Party | None = None
        #: The contacts of one traveller with the columns computed from them (see `contacts`).
        self.contacts: tuple[Contacts, dict[str, object]] | None = None
        self.linked: set[uuid.UUID] = set()
        # The elements that a booking has several of, by kind: `segments:…`, `locators:…`, `split_to:…`.
        several: dict[str, dict[str, Any]] = defaultdict(dict)
        for key, value in said.items():
            if ":" in key:
                several[key.partition(":")[0]][key] = value
        segments = several["segments"]
        self.locators = {value["locator"] for value in several["locators"].values()}
        self.split_to = {value["locator"] for value in several["split_to"].values()}
        # Many bookings of a flight have the same itinerary.
        trip = tuple([tuple(map(segment.get, _OF_TRIP)) for segment in segments.values()])
        if trip not in trips:
            trips[trip] = Itinerary(segments.values(), flight)
        self.trip = trips[trip]
        self.itinerary_key = tuple(sorted(segments))
        self.created = as_utc(said.get("created"))
        lead = hours(self.created, flight.departs_at)
        self.lead_h = None if lead is None or lead < -_DELAY_H else max(lead, 0.0)
        agency = said.get("agency") or {}
        own = agency.get("iata") or agency.get("office")
        self.agency: str | None = own.upper() if own and agency.get("kind") != "A" else None
        self.seller: str | None = self.agency or agency.get("company")
        self.changes: list[dict[str, Any]] = said.get("changes") or []
        # The numbers of cards as sent, masked or not. Fewer than eight digits cannot identify a card.
        self.cards = {
            number
            for p in said.get("payments") or ()
            if (number := p.get("card_number")) and len(_NOT_DIGITS.sub("", number)) >= 8
        }

    def settle(self) -> None:
        """Collects the tickets and bag pools of the travellers, once all are known."""
        members = self.members
        here = [m for m in members if m.person.here]
        # Travellers who left the booking are not companions; if all left, the booking is used as it was.
        self.members = here or members
        for member in members:
            member.left = bool(here) and not member.person.here
        self.tickets = [t for m in self.members if m.pnr is not None for t in m.pnr.tickets]
        bags = [bag for m in self.members for bag in m.own.get("booked_bags") or ()]
        self.pools: set[str] = {bag["pool_id"] for bag in bags if bag.get("pool_id")}


#: The segment fields that distinguish itineraries.
_OF_TRIP = (
    "departure", "origin", "destination", "carrier", "number", "arrival", "status", "surface",
    "booking_class", "cabin", "operating_carrier", "operating_number",
)  # fmt: skip


class Party:
    """The travellers of one booking as a group, computed once, because a booking may have many travellers."""

    __slots__ = ("adults", "children", "grown", "kin", "size", "stray", "surnames")

    def __init__(self, members: list[Member]) -> None:
        self.size = len(members)
        self.surnames = Counter([m.surname for m in members])
        self.children = sum([m.child for m in members])
        #: The travellers not known to be minors: adults, and those without a known age.
        grown = [m for m in members if m.minor is not True]
        self.grown = len(grown)
        self.adults = sum([m.minor is False for m in members])
        #: The surnames of these travellers, whole and by words.
        self.kin = {word for m in grown if len(grown) < len(members) for word in surnames(m)}
        #: Whether a minor has none of these surnames.
        self.stray = bool(grown) and any(m.minor and self.unrelated(m) for m in members)

    def unrelated(self, minor: Member) -> bool:
        """Whether a minor shares no word of a surname with any traveller in `grown`. One common word is
        sufficient to assume a relation, because in many countries children have a name of each parent."""
        return self.kin.isdisjoint(surnames(minor))


def surnames(member: Member) -> set[str]:
    """The surname in every statement: whole, and each of its words except particles."""
    found = {fold(t.surname) for t in member.said if t.surname}
    for traveller in member.said:
        words = _WORDS.split(traveller.surname or "")
        if len(words) > 1:
            found.update(word for part in words if len(word := fold(part)) >= _LEAST)
    return found


class Aboard:
    """The data of a flight that its travellers share, and the data by which they are compared with each
    other."""

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
        #: Locator → the bookings that state that they were split from it; bag pool → the bookings with bags
        #: in it.
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
