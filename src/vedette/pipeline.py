"""The one way through: received bytes → messages → persons on flights → reasons → stored.

`process` takes a frame of received files and leaves their records with a `Storage`; it opens no
connection and knows no table. Running it twice over the same bytes stores them once.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import uuid
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

import msgspec

from vedette import formats, joining
from vedette.records import Booking, Flight, Message, Record, Traveller
from vedette.reference.airports import airport, to_utc
from vedette.screening.knowledge import Found, Knowledge, Subject
from vedette.state import Elements, Part, Stamp, complete_pushes, elements, stamp_of, state

#: Rows carry it: a later parser does not reach bytes that are gone.
PARSER_VERSION = "1"


class Received(Record, frozen=True, kw_only=True):
    """A file as received, opened."""

    id: uuid.UUID
    organisation: uuid.UUID
    name: str
    received_at: dt.datetime
    data: bytes


class FlightRow(Record, frozen=True, kw_only=True):
    """A flight with its times three ways: local as given, the airport's zone, UTC."""

    id: uuid.UUID
    carrier: str
    number: str
    origin: str
    destination: str
    departs_on: dt.date
    departs_local: dt.datetime | None = None
    departs_zone: str = ""
    departs_at: dt.datetime | None = None
    arrives_local: dt.datetime | None = None
    arrives_zone: str = ""
    arrives_at: dt.datetime | None = None
    #: Stamp of the message that stated it, as text: the later statement wins, whatever comes last.
    stated: str = ""


@dataclass(slots=True)
class Held:
    """What is stored of one flight, under its lock."""

    row: FlightRow
    manifest: joining.Manifest
    parts: list[Part]
    api_known: bool
    pnr_known: bool
    #: Booking → views, as stated for this flight.
    bookings: dict[uuid.UUID, dict[str, list[list[object]]]] = field(default_factory=dict)
    changed_bookings: set[uuid.UUID] = field(default_factory=set)


@dataclass(slots=True)
class Read:
    """One message of a file with its place in the store. `resend` names the token met before."""

    received: Received
    number: int
    message: Message
    token: bytes
    id: uuid.UUID
    flight: FlightRow | None
    resend: bool = False


@dataclass(slots=True)
class Failure:
    """A file that could not be read: reason and place, never what it said."""

    received: Received
    reason: str
    offset: int | None


class Storage(Protocol):
    """Where the pipeline keeps things. `hold` locks the flights until the transaction ends."""

    def known(self, tokens: Sequence[bytes]) -> set[bytes]:
        """Which message tokens are stored already."""

    def hold(self, flights: Sequence[FlightRow]) -> dict[uuid.UUID, Held]:
        """Locks flights in the order of their ids, and loads what is known of them."""

    def bookings(self, bookings: Sequence[tuple[Booking, FlightRow]]) -> list[uuid.UUID]:
        """The ids of these bookings, by any of their locators; new ones are made."""

    def token(self, kind: str, value: str) -> bytes:
        """The keyed token of an identifying value."""

    def new_id(self) -> uuid.UUID:
        """A new time-ordered id."""

    def write(
        self,
        reads: Sequence[Read],
        failures: Sequence[Failure],
        held: Mapping[uuid.UUID, Held],
        found: Mapping[uuid.UUID, Sequence[Found]],
        knowledge: Knowledge,
    ) -> None:
        """Stores everything of the frame, in the transaction that lets the bytes go."""


def process(received: Sequence[Received], storage: Storage, knowledge: Knowledge) -> None:
    """Reads, joins, screens and stores one frame of files of one organisation."""
    reads, failures = read_all(received, storage)
    flights: dict[uuid.UUID, FlightRow] = {}
    for flight in sorted((r.flight for r in reads if r.flight), key=lambda f: f.stated):
        flights[flight.id] = later(flights.get(flight.id), flight)
    held = storage.hold(sorted(flights.values(), key=lambda f: f.id))
    mark_resends(reads, storage)
    # A resend is placed too: under a later stamp the same content is a later statement.
    for read in sorted(
        (r for r in reads if r.flight is not None),
        key=lambda r: stamp_of(r.message.envelope, r.received.received_at),
    ):
        place(read, held[read.flight.id], storage)  # type: ignore[union-attr]
    for hold in held.values():
        settle(hold)
    changed = [
        (hold, person)
        for hold in held.values()
        for person in hold.manifest.persons.values()
        if person.changed
    ]
    subjects = [subject_of(person, hold.row) for hold, person in changed]
    found = dict(zip((p.id for _, p in changed), knowledge.screen(subjects), strict=True))
    storage.write(reads, failures, held, found, knowledge)


def read_all(received: Iterable[Received], storage: Storage) -> tuple[list[Read], list[Failure]]:
    """All messages of all files; a file that cannot be read is a failure, the rest goes on."""
    reads: list[Read] = []
    failures: list[Failure] = []
    for item in received:
        try:
            messages = formats.read(item.data)
        except formats.Unreadable as error:
            failures.append(Failure(item, str(error), error.offset))
            continue
        for number, message in enumerate(messages, 1):
            body = message.body or item.data
            token = storage.token("message", hashlib.sha256(body).hexdigest())
            flight = flight_of(message, item)
            reads.append(Read(item, number, message, token, storage.new_id(), flight))
    return reads, failures


def mark_resends(reads: Sequence[Read], storage: Storage) -> None:
    """Marks what was stored before, or stands earlier in this frame."""
    seen = storage.known([r.token for r in reads])
    for read in reads:
        read.resend = read.token in seen
        seen.add(read.token)


def flight_of(message: Message, item: Received) -> FlightRow | None:
    """The flight a message speaks of: its leg across the border, else its first."""
    flights = message.flights
    flight = next((f for f in flights if f.prime), flights[0] if flights else None)
    if flight is None or not (flight.carrier or flight.number):
        return None
    stamp = stamp_of(message.envelope, item.received_at)
    return flight_row(flight, item.organisation, item.received_at, stamp)


def later(one: FlightRow | None, two: FlightRow) -> FlightRow:
    """The later statement of a flight, with what only the earlier one knew."""
    if one is None:
        return two
    fields = {
        name: getattr(two, name) or getattr(one, name) for name in FlightRow.__struct_fields__
    }
    return FlightRow(**fields)


def flight_row(
    flight: Flight, organisation: uuid.UUID, received: dt.datetime, stamp: Stamp
) -> FlightRow:
    """The row of a flight: carrier, number, origin and local day of departure name it."""
    carrier = (flight.carrier or "").upper()[:3]
    number = (flight.number or "").upper().lstrip("0")[:8] or "0"
    when = flight.departure or flight.arrival
    day = when.date() if when else received.date()
    name = f"{organisation}|{carrier}|{number}|{day}|{flight.origin or ''}"
    origin, destination = airport(flight.origin), airport(flight.destination)
    return FlightRow(
        id=uuid.UUID(bytes=hashlib.blake2b(name.encode(), digest_size=16).digest()),
        carrier=carrier,
        number=number,
        origin=(flight.origin or "")[:3],
        destination=(flight.destination or "")[:3],
        departs_on=day,
        departs_local=flight.departure,
        departs_zone=origin.zone if origin else "",
        departs_at=to_utc(flight.departure, flight.origin),
        arrives_local=flight.arrival,
        arrives_zone=destination.zone if destination else "",
        arrives_at=to_utc(flight.arrival, flight.destination),
        stated=f"{stamp[0]} {stamp[1]} {stamp[2]}"[:100],
    )


def place(read: Read, hold: Held, storage: Storage) -> None:
    """Gives what a message states to the persons of its flight."""
    message = read.message
    stamp = stamp_of(message.envelope, read.received.received_at)
    sender = message.envelope.sender or hold.row.carrier
    taken: set[uuid.UUID] = set()
    if message.travellers and not message.bookings:
        hold.api_known = True
        for traveller in message.travellers:
            state_traveller("api", traveller, {}, None, (sender, stamp), hold, taken, storage)
    if message.bookings:
        hold.pnr_known = True
        ids = storage.bookings([(b, hold.row) for b in message.bookings])
        for booking, booking_id in zip(message.bookings, ids, strict=True):
            state_booking(booking, booking_id, (sender, stamp), hold, taken, storage)
    if message.function == "22":
        envelope = message.envelope
        transfer = envelope.common_access_ref or str(read.id)
        hold.parts.append(
            Part(
                sender=sender,
                transfer=transfer,
                stamp=stamp,
                sequence=envelope.sequence,
                last=envelope.last,
            )
        )


def state_booking(
    booking: Booking,
    booking_id: uuid.UUID,
    by: tuple[str, Stamp],
    hold: Held,
    taken: set[uuid.UUID],
    storage: Storage,
) -> None:
    """States a booking: its own elements for this flight, and its travellers with what is theirs."""
    views = hold.bookings.setdefault(booking_id, {})
    sender, stamp = by
    views[sender] = state(views.get(sender, []), stamp, joining.booking_elements(booking))
    hold.changed_bookings.add(booking_id)
    locator = booking.locators[0].locator if booking.locators else None
    cards = sorted({p.card_number for p in booking.payments if p.card_number})
    for position, traveller in enumerate(booking.travellers):
        if traveller.locator is None and locator:
            traveller = msgspec.structs.replace(traveller, locator=locator)
        traveller = msgspec.structs.replace(
            traveller, contacts=joining.both(traveller.contacts, booking.contacts)
        )
        theirs: Elements = {"cards": cards} if cards else {}
        for name, items in (("seats", booking.seats), ("booked_bags", booking.bags)):
            own = [msgspec.to_builtins(i) for i in items if i.traveller == position]
            if own:
                theirs[name] = own
        state_traveller("pnr", traveller, theirs, booking_id, by, hold, taken, storage)


def state_traveller(
    source: str,
    traveller: Traveller,
    more: Elements,
    booking_id: uuid.UUID | None,
    by: tuple[str, Stamp],
    hold: Held,
    taken: set[uuid.UUID],
    storage: Storage,
) -> None:
    """States one traveller to the person it speaks of; a new person where there is none."""
    manifest = hold.manifest
    person = manifest.find(source, traveller, booking_id, taken)
    new = person is None
    if person is None:
        person = joining.Person(storage.new_id(), booking_id=booking_id)
        key = traveller.reference or "/".join(joining.name_of(traveller))
        person.traveller_id = (
            uuid.UUID(bytes=storage.token("traveller", f"{booking_id}|{key}"))
            if booking_id
            else person.id
        )
    person.state(source, by[0], by[1], {**elements(traveller), **more})
    taken.add(person.id)
    if new:
        person.take(source, traveller)
        manifest.add(person)
    else:
        manifest.index(source, person, person.seen(source) or traveller)


def settle(hold: Held) -> None:
    """Pairs list and booking, and records who is absent since the last complete full push."""
    manifest = hold.manifest
    manifest.join([p for p in manifest.persons.values() if p.changed])
    manifest.settle(hold.api_known, hold.pnr_known, {"api": {}, "pnr": complete_pushes(hold.parts)})


def subject_of(person: joining.Person, flight: FlightRow) -> Subject:
    """What is screened of a person: every name, document and way to reach them that any source gave."""
    sources = [t for t in (person.seen("api"), person.seen("pnr")) if t is not None]
    documents: dict[str, None] = {}
    phones: dict[str, None] = {}
    emails: dict[str, None] = {}
    for traveller in sources:
        for document in traveller.documents:
            documents.setdefault(document.number)
        phones.update(dict.fromkeys(traveller.contacts.phones))
        emails.update(dict.fromkeys(traveller.contacts.emails))

    def first(read: Callable[[Traveller], object]) -> object:
        return next((value for t in sources if (value := read(t)) is not None), None)

    return Subject(
        names=tuple(joining.names_of(person)),
        date_of_birth=first(lambda t: t.date_of_birth),  # type: ignore[arg-type]
        nationality=first(lambda t: t.nationality),  # type: ignore[arg-type]
        sex=first(lambda t: t.sex),  # type: ignore[arg-type]
        documents=tuple(documents),
        phones=tuple(phones),
        emails=tuple(emails),
        flight=flight.carrier + flight.number,
    )
