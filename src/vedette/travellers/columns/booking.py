"""A booking of the flight: time of creation, seller, size, tickets and changes."""

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

#: A booking with at least this many travellers is a group (IATA passenger services conference, group travel).
GROUP = 10
#: The window of the column `changes_last_48h`.
_LATE_CHANGES = dt.timedelta(hours=48)
#: A booking made after the scheduled departure of a delayed flight still counts as made before it.
_DELAY_H = 24.0
_NOT_DIGITS = re.compile(r"\D+")


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
        #: Its travellers as a `Party`, stored once computed. `linked`: other bookings that belong to it
        #: (`linking`).
        self.party: Party | None = None
        #: The contacts of one traveller with the columns computed from them (see `contacts`).
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
        """Collects the tickets and bag pools of the travellers, once all are known."""
        members = self.members
        here = [m for m in members if m.person.here]
        # Travellers who left the booking are not companions; if all left, the booking is used as it was.
        self.members = here or members
        for member in members:
            member.left = bool(here) and not member.person.here
        for member in self.members:
            if member.pnr is not None:
                self.tickets.extend(member.pnr.tickets)
            for bag in member.own.get("booked_bags") or ():
                if bag.get("pool_id"):
                    self.pools.add(bag["pool_id"])


#: The segment fields that distinguish itineraries.
_OF_TRIP = (
    "departure", "origin", "destination", "carrier", "number", "arrival", "status", "surface",
    "booking_class", "cabin", "operating_carrier", "operating_number",
)  # fmt: skip


def _trip(
    segments: list[Mapping[str, Any]], flight: FlightRow, trips: dict[object, Itinerary]
) -> Itinerary:
    """The itinerary of these segments, reused from the flight's cache if known: many bookings have the same
    one."""
    key = tuple([tuple(map(segment.get, _OF_TRIP)) for segment in segments])
    found = trips.get(key)
    if found is None:
        found = trips[key] = Itinerary(segments, flight)
    return found


def _card(number: str | None) -> str | None:
    """The number of a card as sent, masked or not; None with fewer than eight digits, too few to identify a
    card."""
    return number if number and len(_NOT_DIGITS.sub("", number)) >= 8 else None


def columns(b: Booked, aboard: Aboard) -> dict[str, object]:
    """The columns of ground `booking`; unknown values are None."""
    agency = b.said.get("agency") or {}
    minors = sum(1 for m in b.members if m.minor)
    people = len(b.members)
    group = bool(b.said.get("group_name"))
    if group:
        # The names of a group arrive late; the number in party is known earlier.
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
    """The number of other bookings of this flight that this booking was split from."""
    naming = {o.id: o for locator in b.locators for o in aboard.splitting.get(locator, ())}
    return sum(1 for o in naming.values() if o is not b and not o.locators & b.split_to)


def _company(b: Booked) -> str | None:
    """The company that issued the locator; used if the originator is not stated."""
    return next(
        (v["company"] for k, v in b.said.items() if k.startswith("locators:") and v.get("company")),
        None,
    )


def _country(agency: Mapping[str, Any]) -> str | None:
    """The agency's country (ISO alpha-2): as stated, else that of its city's airport."""
    return codes.country(agency.get("country")) or country_of(agency.get("city"))


def _ticketed(b: Booked) -> float | None:
    """Hours from creation to ticketing; None if either has no time of day, or ticketing is before
    creation."""
    ticketed = as_utc(b.said.get("ticketed"))
    if not (exact(b.created) and exact(ticketed)):
        return None
    found = hours(b.created, ticketed)
    return found if found is not None and found >= 0 else None


def _changes(b: Booked, aboard: Aboard) -> dict[str, object]:
    """The number of history events in all and by kind; unknown if no booking of the flight has a history."""
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
    """The number of changes (of a kind) within `window` before departure; None before the window opens, and
    if an event has no time."""
    departs = aboard.row.departs_at
    if departs is None or not aboard.has_changes:
        return None
    moments = [as_utc(c.get("at")) for c in b.changes if what is None or c.get("what") == what]
    count = sum(1 for at in moments if at is not None and departs - window <= at <= departs)
    unsure = None in moments or aboard.now < departs - window
    return None if unsure and not count else count
