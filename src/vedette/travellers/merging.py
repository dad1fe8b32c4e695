"""Merges statements about travellers into persons on flights. This module implements the functions
`Kind.group` and `Kind.merge` for travellers.

Each statement has a stamp (the time and the sequence number that the sender states). The state of a flight
therefore does not depend on the order or the repetition of messages.
"""

from __future__ import annotations

import hashlib
import uuid
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Protocol

import msgspec

from vedette.core.codes import airport, to_utc
from vedette.core.parties import Contacts
from vedette.core.records import day_of, time_of
from vedette.core.statements import Elements, Stamp, elements, stamp_of, state
from vedette.travellers.manifest import FlightRow, Held, Person, booking_elements
from vedette.travellers.mentions import marked, name_of
from vedette.travellers.records import Booking, Message, Traveller
from vedette.travellers.sendings import Part, closing, complete_pushes

if TYPE_CHECKING:
    from vedette.pipeline.process import Read, Received


class MergeStorage(Protocol):
    """Declares the functions of the travellers' store that the merge uses."""

    def bookings(self, bookings: Sequence[tuple[Booking, FlightRow]]) -> list[uuid.UUID]:
        """Returns the ids of the given bookings. A booking is found by any of its locators. New bookings get
        new ids."""

    def token(self, kind: str, value: str) -> bytes:
        """Returns the keyed token of an identifying value."""

    def new_id(self) -> uuid.UUID:
        """Returns a new id. Ids are ordered by time."""


def merge(reads: Sequence[Read], held: Mapping[uuid.UUID, Held], storage: MergeStorage) -> None:
    """Adds the statements of the messages, in the order of their stamps, to the persons of their flights."""
    placed = [(read, held[read.group.id]) for read in reads if read.group is not None]
    booked = [(booking, hold.row) for read, hold in placed for booking in read.message.bookings]
    ids = iter(storage.bookings(booked) if booked else ())
    for read, hold in placed:
        place(read, hold, ids, storage)
    for hold in held.values():
        settle(hold, storage)


def later(one: FlightRow | None, two: FlightRow) -> FlightRow:
    """Returns the later of two statements of a flight. Values that only the earlier statement contains are
    added to the result."""
    if one is None:
        return two
    return FlightRow(
        **{name: getattr(two, name) or getattr(one, name) for name in FlightRow.__struct_fields__}
    )


def flight_of(message: Message, item: Received) -> FlightRow | None:
    """Returns the flight of a message: the leg that crosses the border or, if there is no such leg, the first
    leg.

    Carrier, number, origin and local day of departure identify the flight.
    """
    flight = next((f for f in message.flights if f.prime), next(iter(message.flights), None))
    if flight is None:
        return None
    vessel = flight.vessel
    ship = (vessel and (vessel.imo or vessel.number)) or ""
    if not (flight.carrier or flight.number or ship):
        return None
    carrier = (flight.carrier or "").upper()[:3]
    number = (flight.number or ship).upper().lstrip("0")[:8] or "0"
    day = day_of(flight.departure or flight.arrival or item.received_at)
    departure, arrival = time_of(flight.departure), time_of(flight.arrival)
    from_, to = _place(flight.origin), _place(flight.destination)
    name = f"{item.organisation}|{carrier}|{number}|{day}|{from_}"
    origin, destination = airport(from_), airport(to)
    # The stamp as text, followed by the times and the destination, so that two messages with equal stamps
    # give the same flight in any order.
    stamp = stamp_of(message.envelope, item.received_at)
    told = (str(value or "") for value in (flight.departure, flight.arrival, flight.destination))
    stated = " ".join((f"{stamp[0]} {stamp[1][:35]} {stamp[2]}", *told))[:100]
    return FlightRow(
        id=uuid.UUID(bytes=hashlib.blake2b(name.encode(), digest_size=16).digest()),
        carrier=carrier,
        number=number,
        origin=from_,
        destination=to,
        departs_on=day,
        departs_local=departure,
        departs_zone=origin.zone if origin else "",
        departs_at=to_utc(departure, from_),
        arrives_local=arrival,
        arrives_zone=destination.zone if destination else "",
        arrives_at=to_utc(arrival, to),
        stated=stated,
    )


def _place(code: str | None) -> str:
    """Returns the three-letter code of an airport or port. The country code at the beginning of a UN/LOCODE
    is removed."""
    code = code or ""
    return code[2:] if len(code) == 5 and code.isalpha() else code[:3]


def place(read: Read, hold: Held, ids: Iterator[uuid.UUID], storage: MergeStorage) -> None:
    """Adds the statements of a message to the persons of its flight. `ids` yields the ids of the bookings of
    the message, in order."""
    message = read.message
    stamp = stamp_of(message.envelope, read.received.received_at)
    sender = message.envelope.sender or hold.row.carrier
    taken: set[uuid.UUID] = set()
    if message.format == "PAXLST":
        for traveller, mark, among in marked("api", message.travellers):
            state_traveller(
                "api", traveller, mark, among, None, (sender, stamp), hold, taken, storage
            )
    else:
        for booking in message.bookings:
            state_booking(booking, next(ids), (sender, stamp), hold, taken, storage)
    # Full pushes (22) and passenger lists; both may be sent in parts.
    if message.function in ("22", "passengers", "266"):
        sent = Part(
            sender=sender,
            transfer=message.envelope.common_access_ref or str(read.id),
            stamp=stamp,
            sequence=message.envelope.sequence,
            last=message.envelope.last,
            sub_function=message.sub_function or "",
            people=len(message.travellers),
        )
        (hold.lists if message.format == "PAXLST" else hold.pushes).append(sent)


def state_booking(
    booking: Booking,
    booking_id: uuid.UUID,
    by: tuple[str, Stamp],
    hold: Held,
    taken: set[uuid.UUID],
    storage: MergeStorage,
) -> None:
    """Adds the statements of a booking: its own elements for the flight, and its travellers with their
    elements."""
    sender, stamp = by
    views = hold.bookings.setdefault(booking_id, {})
    views[sender] = state(views.get(sender, []), stamp, booking_elements(booking))
    hold.changed_bookings.add(booking_id)
    locator = booking.locators[0].locator if booking.locators else None
    of_all = unbound(booking)
    cards = sorted({p.card_number for p in booking.payments if p.card_number})
    travellers = [
        msgspec.structs.replace(
            one, locator=one.locator or locator, contacts=_both(one.contacts, of_all)
        )
        for one in booking.travellers
    ]
    for position, (traveller, mark, among) in enumerate(marked("pnr", travellers)):
        theirs: Elements = {**among, **({"cards": cards} if cards else {})}
        for name, items in (("seats", booking.seats), ("booked_bags", booking.bags)):
            own = [msgspec.to_builtins(i) for i in items if i.traveller == position]
            if own:
                theirs[name] = own
        state_traveller("pnr", traveller, mark, theirs, booking_id, by, hold, taken, storage)


def unbound(booking: Booking) -> Contacts:
    """Returns the contacts of a booking that do not belong to one particular traveller. A message lists all
    contacts of the booking together. A message also lists the contacts of one traveller together with this
    traveller."""
    theirs = [traveller.contacts for traveller in booking.travellers]

    def left(kind: str) -> tuple[Any, ...]:
        own = {item for one in theirs for item in getattr(one, kind)}
        return tuple(item for item in getattr(booking.contacts, kind) if item not in own)

    return Contacts(
        phones=left("phones"),
        emails=left("emails"),
        addresses=left("addresses"),
        refused=booking.contacts.refused and not any(one.refused for one in theirs),
    )


def _both(own: Contacts, booking: Contacts) -> Contacts:
    """Returns the contacts of a traveller, followed by the contacts of the whole booking."""
    return Contacts(
        phones=tuple(dict.fromkeys((*own.phones, *booking.phones))),
        emails=tuple(dict.fromkeys((*own.emails, *booking.emails))),
        addresses=tuple(dict.fromkeys((*own.addresses, *booking.addresses))),
        refused=own.refused or booking.refused,
    )


def state_traveller(
    source: str,
    traveller: Traveller,
    mark: str,
    more: Elements,
    booking_id: uuid.UUID | None,
    by: tuple[str, Stamp],
    hold: Held,
    taken: set[uuid.UUID],
    storage: MergeStorage,
) -> None:
    """Adds the statement of one traveller to the mention with its mark. Until `settle` is called, a new
    mention belongs to a separate person, or to the masked person to whom it refers."""
    manifest = hold.manifest

    def person() -> Person:
        key = traveller.reference or "/".join(name_of(traveller))
        booked = (
            uuid.UUID(bytes=storage.token("traveller", f"{booking_id}|{key}"))
            if booking_id
            else None
        )
        if not manifest.knows(source, booking_id, traveller):
            masked = hold.masked_one(traveller, booked, taken, storage.token)
            if masked is not None:
                return masked
        made = Person(storage.new_id(), booking_id=booking_id)
        made.traveller_id = booked or made.id
        return made

    mention = manifest.mention(source, booking_id, mark, person)
    manifest.state(mention, by, {**elements(traveller), **more}, traveller)
    taken.add(mention.person.id)


def settle(hold: Held, storage: MergeStorage) -> None:
    """Divides the statements into persons. Records the differences between the two sources, and the
    travellers who are absent from one of them."""
    hold.manifest.regroup(storage.new_id)
    hold.manifest.settle(closing(hold.lists, hold.row.departs_at), complete_pushes(hold.pushes))
