"""Prepares the stored data of a flight (its facts, bookings and persons) for the computation of the columns.
The stored data are prepared only once for each flight."""

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
#: The element DOCO of a booking contains visas (V), redress numbers (R) and trusted-traveller numbers (K).
#: None of these is a travel document.
_NO_DOCUMENT = frozenset({"V", "R", "K"})
#: A booking that was made up to this number of hours after the scheduled departure counts as made before
#: departure, because the flight may be delayed.
_DELAY_H = 24.0
_NOT_DIGITS = re.compile(r"\D+")
_WORDS = re.compile(r"[\s\-'’]+")
#: Words of a surname that have fewer letters count as particles, such as "de".
_LEAST = 4
#: PNRGOV traveller types of children (2 to 11) and infants.
_CHILD_TYPES = frozenset({"C", "IN", "CH", "CHD", "INF"})


def known(values: Mapping[str, object]) -> dict[str, object]:
    """Returns the items of a mapping whose values are not None."""
    return {name: value for name, value in values.items() if value is not None}


def latest(views: Views, pushes: Mapping[str, Stamp]) -> Mapping[str, Any]:
    """Returns the current data elements of a booking or a person. If a later complete transmission of all
    bookings (a full push) no longer contains an element, the element is not current. If no element is
    current, returns all elements that were ever received, as the pages do."""
    if len(views) == 1:
        # The usual case: one sender with one message.
        for sender, view in views.items():
            if len(view) == 1 and view[0][0] >= pushes.get(sender, NO_STAMP):
                return view[0][1]  # type: ignore[no-any-return]
    return present(views, pushes) or everything(views)


def _corrected(traveller: Traveller | None, said: Mapping[str, str]) -> Traveller | None:
    """Returns the traveller of one source with the rectified values (`Person.corrected`). The values in the
    documents are also replaced by the rectified values, so that the passenger list and the booking agree."""
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
    # Rectified values replace only those fields of a document that have a value.
    stated = [{k: v for k, v in values.items() if getattr(d, k) is not None} for d in documents]
    changed = [msgspec.structs.replace(d, **s) for d, s in zip(documents, stated, strict=True)]
    return msgspec.structs.replace(traveller, documents=tuple(changed), **values)


class Member:
    """Contains the data of one person of the flight from each source (passenger list and booking), with
    rectified values. `own` contains the elements of the booking that concern the person but are not fields of
    `Traveller` (seats, bags, cards)."""

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
        #: Whether the traveller left the booking: the latest transmission of the whole booking no longer
        #: contains the traveller.
        self.left = False
        #: The data of the traveller in every source, with the passenger list first.
        self.said: tuple[Traveller, ...] = tuple([t for t in (api, pnr) if t is not None])
        self.own: Mapping[str, Any] = latest(person.views["pnr"], {}) if pnr is not None else {}
        role = api.role if api is not None else "passenger"
        #: Whether the person is a crew member. Crew members have no booking, and no list contains the crew
        #: members who are absent.
        self.crew = role in _CREW
        #: Whether the passenger list marks the traveller as in transit.
        self.transit = role in _TRANSIT
        #: The source from which the name is taken. This is the booking, unless the booking still contains a
        #: placeholder instead of the name.
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
        youngest = [t.latest_birth(day) for t in self.said]
        possible += [age for b in youngest if b and (age := years_on(b, day)) is not None]
        if person.corrected and "date_of_birth" in person.corrected:
            # A rectified birth date takes precedence over the booked traveller type.
            self.infant = as_child = False
        self.age = ages[0] if ages else None
        #: Whether the traveller is younger than 12 or, if no age is known, is booked as a child.
        self.child: bool = self.infant or (as_child if self.age is None else self.age < 12)
        #: Whether the traveller is younger than 18 according to any source or document
        #: (`travellers/app/rows.minor`). None if no age is known.
        self.minor: bool | None = self.child or (min(possible) < 18 if possible else None)

    @property
    def given(self) -> str:
        """Returns the normalised given names (`fold`)."""
        return fold(self.named.given_names) if self.named is not None else ""


class Booked:
    """Contains the current state of one booking of the flight. `members` contains the travellers of the
    booking who are booked on the flight.

    `trip` is the itinerary of the booking. `agency` is the IATA number of the travel agency or, if this is
    unknown, the office. If the airline itself sold the booking, `agency` is None. `seller` identifies the
    agency or the airline.
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
        #: The values that are the same for all travellers of the booking. They are None until they are
        #: computed.
        self.columns: dict[str, object] | None = None
        #: The travellers of the booking as a group. It is None until it is computed. `linked` contains the
        #: ids of other bookings that belong together with this booking (`company`).
        self.party: Party | None = None
        #: The contact data of one traveller, with the columns that were computed from these data (see
        #: `contacts`).
        self.contacts: tuple[Contacts, dict[str, object]] | None = None
        self.linked: set[uuid.UUID] = set()
        # Elements that can occur several times in a booking, by kind: `segments:…`, `locators:…`,
        # `split_to:…`.
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
        # The card numbers as they were received, which may be masked. A number with fewer than eight digits
        # cannot identify a card.
        self.cards = {
            number
            for p in said.get("payments") or ()
            if (number := p.get("card_number")) and len(_NOT_DIGITS.sub("", number)) >= 8
        }

    def settle(self) -> None:
        """Collects the tickets and the bag pools of the travellers. This method is called when all travellers
        of the booking are known."""
        members = self.members
        here = [m for m in members if m.person.here]
        # Travellers who left the booking are not companions. If all travellers left, the previous state of
        # the booking is used.
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
    """Contains the travellers of one booking as a group. The values of the group are computed only once,
    because a booking may have many travellers."""

    __slots__ = ("adults", "children", "grown", "kin", "size", "stray", "surnames")

    def __init__(self, members: list[Member]) -> None:
        self.size = len(members)
        self.surnames = Counter([m.surname for m in members])
        self.children = sum([m.child for m in members])
        #: The travellers who are adults or whose age is not known.
        grown = [m for m in members if m.minor is not True]
        self.grown = len(grown)
        self.adults = sum([m.minor is False for m in members])
        #: The surnames of these travellers, and the single words of these surnames.
        self.kin = {word for m in grown if len(grown) < len(members) for word in surnames(m)}
        #: Whether a minor has none of these surnames.
        self.stray = bool(grown) and any(m.minor and self.unrelated(m) for m in members)

    def unrelated(self, minor: Member) -> bool:
        """Returns whether the surname of a minor has no word in common with the surname of any adult
        traveller. One common word is sufficient to assume a family relation, because in many countries
        children have one name from each parent. When surnames are compared, travellers without a known age
        count as adults."""
        return self.kin.isdisjoint(surnames(minor))


def surnames(member: Member) -> set[str]:
    """Returns the surnames of a traveller in all sources, and the single words of these surnames except
    particles."""
    found = {fold(t.surname) for t in member.said if t.surname}
    for traveller in member.said:
        words = _WORDS.split(traveller.surname or "")
        if len(words) > 1:
            found.update(word for part in words if len(word := fold(part)) >= _LEAST)
    return found


class Aboard:
    """Contains the data that are the same for all travellers of a flight, and the data for comparing the
    travellers with each other."""

    def __init__(self, hold: Held, now: dt.datetime, asked: Sequence[Person]) -> None:
        self.row = row = hold.row
        self.now = now
        self.closed = closing(hold.lists, row.departs_at).closed
        #: Sender → the stamp (time and sequence number) of the sender's last full push, a complete
        #: transmission of all bookings. This push no longer contained the elements that have an older stamp.
        self.pushes = complete_pushes(hold.pushes)
        self.facts = known(columns(row))
        self.members: dict[uuid.UUID, Member] = {}
        self.bookings: dict[uuid.UUID, Booked] = {}
        self._trips: dict[object, Itinerary] = {}
        wanted = {person.id for person in asked}
        others = [p for p in asked if p.id not in hold.manifest.persons]
        for person in (*hold.manifest.persons.values(), *others):
            # Data whose processing is restricted are not used, not even to compute the values of other
            # travellers.
            if not person.row.get("restricted") or person.id in wanted:
                self._add(person, hold)
        for booked in self.bookings.values():
            booked.settle()
        #: `splitting`: locator of a booking → the bookings that were split from this booking. `pools`: bag
        #: pool → the bookings that have bags in this pool.
        self.splitting: dict[str, list[Booked]] = {}
        self.pools: dict[str, set[uuid.UUID]] = {}
        for booked in self.bookings.values():
            for locator in booked.split_to:
                self.splitting.setdefault(locator, []).append(booked)
            for pool in booked.pools:
                self.pools.setdefault(pool, set()).add(booked.id)
        #: Whether any booking of the flight has a history, tickets or bags. If no booking has them, these
        #: values are unknown for all travellers.
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
    """Returns the values of the columns about the flight (kind of fact `flight`). Unknown values are None."""
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
