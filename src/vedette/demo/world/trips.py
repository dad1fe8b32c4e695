"""Makes a journey from a draft: the booking in the system of the airline, and the passengers who checked in.

The passengers differ from the booking only where the draft requires a difference. When vedette compares the
passenger list with the booking, it must find exactly the differences that the draft requires. At the end, the
elements that a carrier does not send are removed (`Habits`).
"""

from __future__ import annotations

import datetime as dt
import random
from collections.abc import Iterable
from dataclasses import dataclass, field
from decimal import Decimal

from msgspec.structs import replace

from vedette.core.parties import Address, Contacts, Document
from vedette.travellers.records import (
    Agency,
    Bags,
    BookedBag,
    Booking,
    Change,
    FrequentFlyer,
    Locator,
    Payment,
    Seat,
    Segment,
    Traveller,
)

from .flights import Plan, local_time
from .parameters import Parameters
from .people import Person, Registry


@dataclass
class Draft:
    """Contains the plan of a journey: the booking, and the flight that takes place. Times are in UTC, as
    datetimes without a time zone. Empty fields are filled with usual values."""

    people: list[Person]
    flight: Plan
    created: dt.datetime
    #: Type of each traveller: adult (A), child (C) or infant (IN). `trip` computes it.
    types: list[str] = field(default_factory=list)
    #: Names in the booking, if they differ from those in the documents: position → (surname, given names).
    booked_as: dict[int, tuple[str, str]] = field(default_factory=dict)
    #: Documents in the booking, if they differ from those shown at check-in: position → document, or None if
    #: the booking has none.
    booked_document: dict[int, Document | None] = field(default_factory=dict)
    visa: Document | None = None
    payment: str = "CC"
    payer: str | None = None
    card: str | None = None
    amount: int = 480
    stay_days: int | None = 12
    via: str | None = None
    onward: str | None = None
    #: The airport from which the return journey starts, if it is not the airport at which the outward journey
    #: ended.
    back_from: str | None = None
    bags: int = 1
    bag_kg: int = 18
    bag_destination: str | None = None
    pool_id: str | None = None
    seats: list[str] = field(default_factory=list)
    phone: str | None = None
    email: str | None = None
    address: Address | None = None
    loyalty: str | None = None
    no_contact: bool = False
    refused: bool = False
    agency: Agency | None = None
    changes: tuple[Change, ...] = ()
    split_to: tuple[Locator, ...] = ()
    ticket: str | None = None
    checked_in_minutes: int = 150
    booked: bool = True
    flown: bool = True
    transit: bool = False
    group: bool = False
    #: Whether the passenger list states when documents were issued. Few lists do.
    shows_issue: bool = False
    locator: str = ""


@dataclass(frozen=True)
class Trip:
    """Contains one journey: the booking, the flight that was actually taken, the draft of the journey, and
    the bag tags."""

    draft: Draft
    booking: Booking | None
    passengers: tuple[Traveller, ...]
    #: Bag tag of each traveller, empty without a bag.
    tags: tuple[str, ...] = ()

    def known(self, moment: dt.datetime) -> bool:
        """Returns whether the booking is in the airline's system at a moment."""
        return self.booking is not None and self.draft.created <= moment


def checked_in(found: Trip) -> Booking | None:
    """Returns the state of the booking at departure. The travellers who flew have checked in, with their
    bags."""
    draft, booking = found.draft, found.booking
    if booking is None or not draft.flown:
        return booking
    before = dt.timedelta(minutes=draft.checked_in_minutes)
    local = local_time(draft.flight.departure_utc - before, draft.flight.origin)
    first = 240 - draft.checked_in_minutes
    return replace(
        booking,
        bags=_booked_bags(draft, found.tags),
        travellers=tuple(
            replace(t, checked_in=local, check_in_sequence=str(first + n + 1))
            for n, t in enumerate(booking.travellers)
        ),
    )


def trip(draft: Draft, registry: Registry, rng: random.Random) -> Trip:
    """Returns the journey of a draft: the booking, and the flight that took place. `registry` provides the
    numbers that must be unique."""
    draft.locator = draft.locator or registry.locator(rng)
    today = draft.flight.departure_utc.date()
    ages = [(today - person.born).days for person in draft.people]
    draft.types = ["IN" if d < 730 else "C" if d < 12 * 365 else "A" for d in ages]
    #: The first bag tag of each traveller. It is empty for infants and for travellers without bags.
    tags = [
        "" if t == "IN" or not draft.bags else f"{registry.next() % 10**6:06d}" for t in draft.types
    ]
    return Trip(
        draft,
        _booking(draft, registry, rng) if draft.booked else None,
        _passengers(draft, tags) if draft.flown else (),
        tuple(tags),
    )


def _seated(draft: Draft, position: int) -> str | None:
    """Returns the seat of a traveller, or None for an infant."""
    return draft.seats[position] if position < len(draft.seats) and draft.seats[position] else None


def _booking(draft: Draft, registry: Registry, rng: random.Random) -> Booking:
    plan = draft.flight
    created = draft.created
    lead, none = draft.people[0], draft.no_contact or draft.refused
    serial = registry.next()
    card = None
    if draft.payment == "CC":
        card = draft.card or f"{400_100 + serial // 10_000}XXXXXX{serial % 10_000:04d}"
    return Booking(
        locators=(Locator(company=plan.carrier, locator=draft.locator, created=created),),
        created=created,
        last_transaction=created + dt.timedelta(minutes=1),
        ticketed=created + dt.timedelta(minutes=1),
        agency=draft.agency or Agency(company=plan.carrier, city=plan.origin, kind="A"),
        travellers=tuple(_booked(draft, n, rng) for n in range(len(draft.people))),
        contacts=Contacts(
            phones=() if none else (draft.phone or lead.phone,),
            emails=() if none else (draft.email or lead.email,),
            addresses=(draft.address,) if draft.address else (),
        ),
        segments=_segments(draft),
        payments=(
            Payment(
                type=draft.payment,
                amount=Decimal(draft.amount * len(draft.people)).quantize(Decimal("0.01")),
                currency="EUR",
                vendor="VI" if card else None,
                card_number=card,
                card_expiry=f"{1 + serial % 12:02d}{28 + serial % 3}" if card else None,
                payer=draft.payer,
            ),
        ),
        seats=tuple(
            Seat(traveller=n, number=s, origin=plan.origin, destination=plan.destination)
            for n in range(len(draft.people))
            if (s := _seated(draft, n))
        ),
        changes=draft.changes,
        split_to=draft.split_to,
        group_name=draft.group,
        party=len(draft.people),
    )


def _booked(draft: Draft, n: int, rng: random.Random) -> Traveller:
    person = draft.people[n]
    surname, given = draft.booked_as.get(n, (person.surname, person.given))
    document = draft.booked_document.get(n, person.document())
    visa = (draft.visa,) if draft.visa and n == 0 else ()
    adult = next((str(i + 1) for i, t in enumerate(draft.types) if t == "A"), "1")
    return Traveller(
        surname=surname.upper(),
        given_names=given.upper(),
        title={"M": "MR", "F": "MRS"}.get(person.sex) if draft.types[n] == "A" else None,
        type=draft.types[n],
        infant=draft.types[n] == "IN",
        accompanied_by=adult if draft.types[n] == "IN" else None,
        reference=str(n + 1),
        contacts=Contacts(refused=draft.refused and n == 0),
        date_of_birth=document.date_of_birth if document else None,
        sex=document.sex if document else None,
        nationality=document.nationality if document else None,
        documents=(*((document,) if document else ()), *visa),
        frequent_flyer=(FrequentFlyer(carrier=draft.flight.carrier, number=draft.loyalty),)
        if draft.loyalty and n == 0
        else (),
        tickets=(draft.ticket or f"999{240_000_0000 + rng.randrange(10**8)}",) if n == 0 else (),
    )


def _segments(draft: Draft) -> tuple[Segment, ...]:
    plan, hop = draft.flight, dt.timedelta(hours=3)

    def leg(number: str, origin: str, to: str, start: dt.datetime, end: dt.datetime) -> Segment:
        return Segment(
            carrier=plan.carrier,
            number=number,
            origin=origin,
            destination=to,
            departure=local_time(start, origin),
            arrival=local_time(end, to),
            booking_class="Y",
            status="HK",
            party=len(draft.people),
        )

    leaves, lands, home = plan.departure_utc, plan.arrival_utc, plan.destination
    legs = [leg(plan.number, plan.origin, home, leaves, lands)]
    if draft.via:
        legs.insert(0, leg("971", draft.via, plan.origin, leaves - 2 * hop, leaves - hop))
    if draft.onward:
        legs.append(leg("951", home, draft.onward, lands + hop, lands + hop * 1.5))
    if draft.stay_days is not None:
        back = lands + dt.timedelta(days=draft.stay_days)
        if draft.onward:
            # The return flight connects at the same airport as the outward flight.
            legs.append(leg("952", draft.onward, home, back - hop, back - hop / 2))
        number, length = str(int(plan.number) + 1), lands - leaves
        legs.append(leg(number, draft.back_from or home, plan.origin, back, back + length))
    return tuple(legs)


def _booked_bags(draft: Draft, tags: tuple[str, ...]) -> tuple[BookedBag, ...]:
    return tuple(
        BookedBag(
            airline=draft.flight.carrier,
            tag=tag,
            count=draft.bags,
            destination=draft.bag_destination or draft.flight.destination,
            pieces=draft.bags,
            weight_kg=float(draft.bags * draft.bag_kg),
            pool="MP" if draft.pool_id else None,
            pool_id=draft.pool_id,
            traveller=n,
        )
        for n, tag in enumerate(tags)
        if tag
    )


def _passengers(draft: Draft, tags: list[str]) -> tuple[Traveller, ...]:
    plan = draft.flight
    return tuple(
        person.traveller(
            draft.shows_issue,
            role="transit" if draft.transit else "passenger",
            locator=draft.locator if draft.booked else None,
            seat=_seated(draft, n),
            embarkation=plan.origin,
            debarkation=plan.destination,
            bags=Bags(count=draft.bags, weight_kg=float(draft.bags * draft.bag_kg))
            if tags[n]
            else None,
        )
        for n, person in enumerate(draft.people)
    )


def seat(drafts: Iterable[Draft], first_row: int) -> None:
    """Assigns seats in the order of the drafts, row by row, so that the travellers of a booking sit
    together."""
    taken = 0
    for draft in drafts:
        seats = []
        for person in draft.people:
            lap = (draft.flight.departure_utc.date() - person.born).days < 730
            seats.append("" if lap else f"{first_row + taken // 6}{'ABCDEF'[taken % 6]}")
            taken += not lap
        draft.seats = draft.seats or seats


class Habits:
    """Contains the elements that each carrier of a synthetic data set leaves out of its messages. The seed of
    the world determines which elements are left out.
    """

    def __init__(self, seed: int, p: Parameters) -> None:
        self._seed, self._left_out = seed, p.left_out

    def never(self, carrier: str) -> set[str]:
        """Returns the elements that a carrier never sends."""
        rng = random.Random(f"{self._seed}:habits:{carrier}")
        return {element for element, (never, _) in self._left_out.items() if rng.random() < never}

    def sent(self, trip: Trip, rng: random.Random) -> Trip:
        """Returns the journey as its carrier sends it."""
        lacking = self.never(trip.draft.flight.carrier)
        lacking |= {
            element for element, (_, share) in self._left_out.items() if rng.random() < share
        }
        return Trip(
            trip.draft,
            trip.booking and _sent_booking(trip.booking, lacking),
            tuple(_sent_passenger(person, lacking) for person in trip.passengers),
            trip.tags,
        )


def _sent_booking(booking: Booking, lacking: set[str]) -> Booking:
    changes: dict[str, object] = {
        name: () for name in ("changes", "seats", "bags") if name in lacking
    }
    if "payment" in lacking:
        changes["payments"] = ()
    elif "payer" in lacking:
        changes["payments"] = tuple(replace(p, payer=None) for p in booking.payments)
    if "contacts" in lacking:
        changes["contacts"] = Contacts()
    elif "e-mail" in lacking:
        changes["contacts"] = replace(booking.contacts, emails=())
    if "agency" in lacking:
        changes["agency"] = None
    if "weights" in lacking and "bags" not in lacking:
        changes["bags"] = tuple(replace(b, weight_kg=None) for b in booking.bags)
    changes["travellers"] = tuple(_sent_traveller(t, lacking) for t in booking.travellers)
    return replace(booking, **changes)


def _sent_traveller(traveller: Traveller, lacking: set[str]) -> Traveller:
    changes: dict[str, object] = {}
    if "booked documents" in lacking:
        visas = tuple(d for d in traveller.documents if d.type == "V")
        changes |= {"documents": visas, "date_of_birth": None, "sex": None, "nationality": None}
    if "check-in" in lacking:
        changes |= {"checked_in": None, "check_in_sequence": None}
    if "tickets" in lacking:
        changes["tickets"] = ()
    return replace(traveller, **changes) if changes else traveller


def _sent_passenger(traveller: Traveller, lacking: set[str]) -> Traveller:
    changes: dict[str, object] = {}
    if "issue dates" in lacking:
        changes["documents"] = tuple(replace(d, issued=None) for d in traveller.documents)
    if "seats" in lacking:
        changes["seat"] = None
    if "bags" in lacking:
        changes["bags"] = None
    elif "weights" in lacking and traveller.bags is not None:
        changes["bags"] = Bags(count=traveller.bags.count)
    return replace(traveller, **changes) if changes else traveller
