"""A booking of the flight: when, by whom and for how many it was made, and what became of it."""

from __future__ import annotations

import datetime as dt
import re
import uuid
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from vedette.core import codes
from vedette.core.parties import Contacts
from vedette.travellers.columns.itinerary import Itinerary
from vedette.travellers.columns.moments import as_utc, exact, hour_at, hours
from vedette.travellers.columns.places import country_of, zone_of
from vedette.travellers.held import FlightRow

if TYPE_CHECKING:
    from vedette.travellers.columns.aboard import Aboard, Member
    from vedette.travellers.columns.company import Party

#: From so many travellers on a booking is a group (IATA passenger services conference, group travel).
GROUP = 10
#: The window of `changes_last_48h`.
_LATE_CHANGES = dt.timedelta(hours=48)
#: A booking made after the scheduled departure of a late flight is still made before it.
_DELAY_H = 24.0
_NOT_DIGITS = re.compile(r"\D+")


class Booked:
    """One booking as it holds, for this flight; its travellers on it are `members`.

    `trip` is its itinerary; `agency` names the agency (IATA number, else office), None where the airline
    sold it itself; `seller` names whoever sold it.
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
        #: What is known of it and of its flight, the same for all its travellers, once computed.
        self.columns: dict[str, object] | None = None
        #: Its travellers as a company, once looked at; other bookings that belong to it (`linking`).
        self.party: Party | None = None
        #: Contacts of one of them with the columns that they make (`contacts`).
        self.contacts: tuple[Contacts, dict[str, object]] | None = None
        self.linked: set[uuid.UUID] = set()
        segments, self.locators, self.split_to = [], set(), set()
        keys = []
        for key, value in said.items():
            if ":" not in key:
                continue
            if key.startswith("segments:"):
                segments.append(value)
                keys.append(key)
            elif key.startswith("locators:"):
                self.locators.add(value["locator"])
            elif key.startswith("split_to:"):
                self.split_to.add(value["locator"])
        self.trip = _trip(segments, flight, trips)
        self.itinerary_key = tuple(sorted(keys))
        self.created = as_utc(said.get("created"))
        lead = hours(self.created, flight.departs_at)
        self.lead_h = None if lead is None or lead < -_DELAY_H else max(lead, 0.0)
        agency = said.get("agency") or {}
        own = agency.get("iata") or agency.get("office")
        self.agency: str | None = own.upper() if own and agency.get("kind") != "A" else None
        self.seller: str | None = self.agency or agency.get("company")
        self.changes: list[dict[str, Any]] = said.get("changes") or []
        paid = said.get("payments") or ()
        self.cards = {card for p in paid if (card := _card(p.get("card_number")))}
        self.pools: set[str] = set()
        self.tickets: list[str] = []

    def settle(self) -> None:
        """What its travellers bring, once all are known."""
        members = self.members
        here = [m for m in members if m.person.here]
        # Who left the booking is no fellow traveller; where all did, it is taken as it was.
        self.members = here or members
        for member in members:
            member.left = bool(here) and not member.person.here
        for member in self.members:
            if member.pnr is not None:
                self.tickets.extend(member.pnr.tickets)
            for bag in member.own.get("booked_bags") or ():
                if bag.get("pool_id"):
                    self.pools.add(bag["pool_id"])


#: What of a segment tells one itinerary from another.
_OF_TRIP = (
    "departure", "origin", "destination", "carrier", "number", "arrival", "status", "surface",
    "booking_class", "cabin", "operating_carrier", "operating_number",
)  # fmt: skip


def _trip(
    segments: list[Mapping[str, Any]], flight: FlightRow, trips: dict[object, Itinerary]
) -> Itinerary:
    """The itinerary of these segments, from those of the flight already known: many have the same."""
    key = tuple([tuple(map(segment.get, _OF_TRIP)) for segment in segments])
    found = trips.get(key)
    if found is None:
        found = trips[key] = Itinerary(segments, flight)
    return found


def _card(number: str | None) -> str | None:
    """A card's number as sent, masked or not; fewer than eight digits are too few to tell it by."""
    return number if number and len(_NOT_DIGITS.sub("", number)) >= 8 else None


def columns(b: Booked, aboard: Aboard) -> dict[str, object]:
    """The columns of ground `booking`; what is not known is None."""
    agency = b.said.get("agency") or {}
    minors = sum(1 for m in b.members if m.minor)
    people = len(b.members)
    group = bool(b.said.get("group_name"))
    if group:
        # A group's names come late: the number in party is known before.
        people = max(people, b.said.get("party") or 0)
    place = zone_of(b.trip.start)
    sold_in = _country(agency)
    ends = b.trip.countries
    return {
        "lead_time_h": b.lead_h,
        "booked_hour": hour_at(b.created, place) if b.created and exact(b.created) else None,
        "booking_travellers": people,
        "booking_adults": people - minors,
        "booking_minors": minors,
        "is_group": group or people >= GROUP,
        "splits": len(b.split_to) + _split_from(b, aboard),
        "booking_company": agency.get("company") or _company(b),
        "agency": b.agency,
        "agency_city": agency.get("city") if b.agency else None,
        "agency_country": sold_in if b.agency else None,
        "agency_abroad": sold_in not in ends if b.agency and sold_in and ends else None,
        "ticketed_after_h": _ticketed(b),
        "no_ticket": not b.tickets if aboard.has_tickets else None,
        **_changes(b, aboard),
    }


def _split_from(b: Booked, aboard: Aboard) -> int:
    """How many other bookings of this flight say that this one was split off them."""
    naming = {o.id: o for locator in b.locators for o in aboard.splitting.get(locator, ())}
    return sum(1 for o in naming.values() if o is not b and not o.locators & b.split_to)


def _company(b: Booked) -> str | None:
    """The company that gave the locator, where the originator is not stated."""
    return next(
        (v["company"] for k, v in b.said.items() if k.startswith("locators:") and v.get("company")),
        None,
    )


def _country(agency: Mapping[str, Any]) -> str | None:
    """The agency's country (ISO alpha-2): as stated, else that of its city's airport."""
    return codes.country(agency.get("country")) or country_of(agency.get("city"))


def _ticketed(b: Booked) -> float | None:
    """Hours from creation to ticketing; None where either has no time of day, or they are turned."""
    ticketed = as_utc(b.said.get("ticketed"))
    if not (exact(b.created) and exact(ticketed)):
        return None
    found = hours(b.created, ticketed)
    return found if found is not None and found >= 0 else None


def _changes(b: Booked, aboard: Aboard) -> dict[str, object]:
    """Events of the history: how many, of what; none are known where no booking of the flight has any."""
    if not aboard.has_changes:
        return {}
    kinds = [change.get("what") for change in b.changes]
    return {
        "changes": len(kinds),
        "itinerary_changes": kinds.count("flight"),
        "name_changes": kinds.count("name"),
        "seat_changes": kinds.count("seat"),
        "changes_last_48h": changes_within(b, aboard, _LATE_CHANGES),
    }


def changes_within(
    b: Booked, aboard: Aboard, window: dt.timedelta, what: str | None = None
) -> int | None:
    """Changes (of a kind) so shortly before departure; None before that window opens, and where an
    event has no time."""
    departs = aboard.row.departs_at
    if departs is None or not aboard.has_changes:
        return None
    moments = [as_utc(c.get("at")) for c in b.changes if what is None or c.get("what") == what]
    count = sum(1 for at in moments if at is not None and departs - window <= at <= departs)
    unsure = None in moments or aboard.now < departs - window
    return None if unsure and not count else count
