"""The intake of messages: received bytes → messages → persons on flights → reasons → stored rows.

`process` takes a frame of received files and passes the records to a `Storage`; this module opens no
connection and contains no SQL. Processing the same bytes twice stores them once.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import uuid
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Protocol

import msgspec

from vedette.core.airports import airport, to_utc
from vedette.core.records import Record
from vedette.core.statements import Elements, Stamp, elements, stamp_of, state
from vedette.screening.knowledge import Found, Knowledge, Subject
from vedette.travellers import formats
from vedette.travellers.contacts import both, unbound
from vedette.travellers.held import FlightRow, Held
from vedette.travellers.manifest import Person, booking_elements, name_of, names_of
from vedette.travellers.records import Booking, Flight, Message, Traveller
from vedette.travellers.sendings import Part, closing, complete_pushes

if TYPE_CHECKING:
    from vedette.profiles.asking import Fired


class Received(Record, frozen=True, kw_only=True):
    """A received file, decrypted."""

    id: uuid.UUID
    organisation: uuid.UUID
    name: str
    received_at: dt.datetime
    data: bytes


@dataclass(slots=True)
class Read:
    """One message of a file with its id in the store. `resend` is true if its token was stored before."""

    received: Received
    number: int
    message: Message
    token: bytes
    id: uuid.UUID
    flight: FlightRow | None
    resend: bool = False


@dataclass(slots=True)
class Failure:
    """A file that could not be read: reason and place, never its content."""

    received: Received
    reason: str
    offset: int | None


@dataclass(slots=True)
class Judged:
    """Results of the profiles for the people of a frame: the input values (a Polars frame with one row per
    person; None if nobody was evaluated), the matching profiles by person, and the ids of the profiles that
    were evaluated for all of them. A profile that did not match counts as "no"."""

    values: Any = None
    people: Sequence[Person] = ()
    fired: Mapping[uuid.UUID, Sequence[Fired]] = field(default_factory=dict)
    asked: frozenset[str] = frozenset()


class Storage(Protocol):
    """The store that the intake uses. `hold` locks the flights until the transaction ends."""

    def known(self, tokens: Sequence[bytes]) -> set[bytes]:
        """The message tokens that are stored already."""

    def hold(self, flights: Sequence[FlightRow]) -> dict[uuid.UUID, Held]:
        """Locks flights in the order of their ids and loads their stored data."""

    def bookings(self, bookings: Sequence[tuple[Booking, FlightRow]]) -> list[uuid.UUID]:
        """The ids of these bookings, found by any of their locators; new bookings get new ids."""

    def token(self, kind: str, value: str) -> bytes:
        """The keyed token of an identifying value."""

    def new_id(self) -> uuid.UUID:
        """A new time-ordered id."""

    def keep(self, reads: Sequence[Read], held: Mapping[uuid.UUID, Held]) -> None:
        """Stores the records of the frame."""

    def history(
        self, journeys: Mapping[uuid.UUID, uuid.UUID | None]
    ) -> Mapping[uuid.UUID, Mapping[str, object]]:
        """The values counted from earlier journeys for each of these journeys (with its booking). The frame's
        own journeys are included."""

    def record(
        self,
        people: Sequence[tuple[Held, Person]],
        found: Mapping[uuid.UUID, Sequence[Found]],
        judged: Judged,
        knowledge: Knowledge,
    ) -> None:
        """Stores the results of a screening of these people: their hits, and the values used."""

    def finish(self, reads: Sequence[Read], failures: Sequence[Failure]) -> None:
        """Ends the frame: draws random controls, closes the files of the inbox and deletes their bytes."""


class Judge(Protocol):
    """Evaluates profiles: `judging.Judging`, or None to evaluate none (tests)."""

    def __call__(
        self,
        people: Sequence[tuple[Held, Person]],
        history: Mapping[uuid.UUID, Mapping[str, object]],
    ) -> Judged:
        """The results of the profiles for these people."""


def process(
    received: Sequence[Received],
    storage: Storage,
    knowledge: Knowledge,
    judge: Judge | None = None,
) -> None:
    """Reads, joins, stores and screens one frame of files of one organisation."""
    take(*read_all(received, storage), storage, knowledge, judge)


def take(
    reads: Sequence[Read],
    failures: Sequence[Failure],
    storage: Storage,
    knowledge: Knowledge,
    judge: Judge | None = None,
) -> None:
    """Joins, stores and screens the messages of one frame."""
    flights: dict[uuid.UUID, FlightRow] = {}
    for flight in sorted((r.flight for r in reads if r.flight), key=lambda f: f.stated):
        flights[flight.id] = later(flights.get(flight.id), flight)
    held = storage.hold(sorted(flights.values(), key=lambda f: f.id))
    mark_resends(reads, storage)
    # A resend is placed too: the same content under a later stamp is a later statement.
    placed = sorted(
        (r for r in reads if r.flight is not None),
        key=lambda r: stamp_of(r.message.envelope, r.received.received_at),
    )
    booked = [(b, held[r.flight.id].row) for r in placed if r.flight for b in r.message.bookings]
    ids = iter(storage.bookings(booked) if booked else ())
    for read in placed:
        place(read, held[read.flight.id], ids, storage)  # type: ignore[union-attr]
    for hold in held.values():
        settle(hold)
    changed = [
        (hold, person)
        for hold in held.values()
        for person in hold.manifest.persons.values()
        if person.changed
    ]
    # Stored before the history is read, so that links between travellers of one frame count for each of them.
    storage.keep(reads, held)
    screen(changed, storage, knowledge, judge)
    storage.finish(reads, failures)


def screen(
    people: Sequence[tuple[Held, Person]],
    storage: Storage,
    knowledge: Knowledge,
    judge: Judge | None = None,
) -> None:
    """Screens stored people of locked flights against lists and profiles, and stores the results.

    Used for new messages and for repeated screening. People with restricted data are not screened.
    """
    people = [(hold, person) for hold, person in people if not person.row.get("restricted")]
    if not people:
        return
    subjects = [subject_of(person, hold.row) for hold, person in people]
    found = dict(zip((p.id for _, p in people), knowledge.screen(subjects), strict=True))
    judged = Judged()
    if judge is not None:
        history = storage.history({person.id: person.booking_id for _, person in people})
        judged = judge(people, history)
    storage.record(people, found, judged, knowledge)


def read_all(received: Iterable[Received], storage: Storage) -> tuple[list[Read], list[Failure]]:
    """All messages of all files. A file that cannot be read becomes a failure; the other files are
    processed."""
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
    """Marks messages that were stored before or occur earlier in this frame."""
    seen = storage.known([r.token for r in reads])
    for read in reads:
        read.resend = read.token in seen
        seen.add(read.token)


def flight_of(message: Message, item: Received) -> FlightRow | None:
    """The flight of a message: the leg across the border, else the first leg."""
    flights = message.flights
    flight = next((f for f in flights if f.prime), flights[0] if flights else None)
    if flight is None or not (flight.carrier or flight.number):
        return None
    stamp = stamp_of(message.envelope, item.received_at)
    return flight_row(flight, item.organisation, item.received_at, stamp)


def later(one: FlightRow | None, two: FlightRow) -> FlightRow:
    """The later statement of a flight, completed with values that only the earlier one has."""
    if one is None:
        return two
    fields = {
        name: getattr(two, name) or getattr(one, name) for name in FlightRow.__struct_fields__
    }
    return FlightRow(**fields)


def flight_row(
    flight: Flight, organisation: uuid.UUID, received: dt.datetime, stamp: Stamp
) -> FlightRow:
    """The row of a flight. Carrier, number, origin and local day of departure identify it."""
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


def place(read: Read, hold: Held, ids: Iterator[uuid.UUID], storage: Storage) -> None:
    """Adds the statements of a message to the persons of its flight. `ids` yields the ids of its bookings in
    order."""
    message = read.message
    stamp = stamp_of(message.envelope, read.received.received_at)
    sender = message.envelope.sender or hold.row.carrier
    taken: set[uuid.UUID] = set()
    if message.format == "PAXLST":
        for traveller in message.travellers:
            state_traveller("api", traveller, {}, None, (sender, stamp), hold, taken, storage)
    else:
        for booking in message.bookings:
            state_booking(booking, next(ids), (sender, stamp), hold, taken, storage)
    sent = part_of(message, sender, stamp, str(read.id))
    if sent is not None:
        (hold.lists if message.format == "PAXLST" else hold.pushes).append(sent)


def part_of(message: Message, sender: str, stamp: Stamp, id_: str) -> Part | None:
    """A message as part of a full push (22) or of a passenger list; None for other messages."""
    if message.function not in ("22", "passengers", "266"):
        return None
    envelope = message.envelope
    return Part(
        sender=sender,
        transfer=envelope.common_access_ref or id_,
        stamp=stamp,
        sequence=envelope.sequence,
        last=envelope.last,
        sub_function=message.sub_function or "",
        people=len(message.travellers),
    )


def state_booking(
    booking: Booking,
    booking_id: uuid.UUID,
    by: tuple[str, Stamp],
    hold: Held,
    taken: set[uuid.UUID],
    storage: Storage,
) -> None:
    """Adds the statements of a booking: its own elements for this flight, and its travellers with their
    elements."""
    views = hold.bookings.setdefault(booking_id, {})
    sender, stamp = by
    views[sender] = state(views.get(sender, []), stamp, booking_elements(booking))
    hold.changed_bookings.add(booking_id)
    locator = booking.locators[0].locator if booking.locators else None
    of_all = unbound(booking)
    cards = sorted({p.card_number for p in booking.payments if p.card_number})
    for position, traveller in enumerate(booking.travellers):
        if traveller.locator is None and locator:
            traveller = msgspec.structs.replace(traveller, locator=locator)
        traveller = msgspec.structs.replace(traveller, contacts=both(traveller.contacts, of_all))
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
    """Adds the statement of one traveller to the matching person, or to a new person if none matches."""
    manifest = hold.manifest
    person = manifest.find(source, traveller, booking_id, taken)
    new = person is None
    if person is None:
        key = traveller.reference or "/".join(name_of(traveller))
        booked = (
            uuid.UUID(bytes=storage.token("traveller", f"{booking_id}|{key}"))
            if booking_id
            else None
        )
        person = hold.masked_one(traveller, booked, taken, storage.token)
        if person is None:
            person = Person(storage.new_id(), booking_id=booking_id)
            person.traveller_id = booked or person.id
    person.state(source, by[0], by[1], {**elements(traveller), **more})
    taken.add(person.id)
    if new:
        person.take(source, traveller)
        manifest.add(person)
    else:
        manifest.index(source, person, person.seen(source) or traveller)


def settle(hold: Held) -> None:
    """Pairs passenger list and booking, and records who is absent since the last complete full push."""
    manifest = hold.manifest
    manifest.join([p for p in manifest.persons.values() if p.changed])
    manifest.settle(closing(hold.lists, hold.row.departs_at), complete_pushes(hold.pushes))


def subject_of(person: Person, flight: FlightRow) -> Subject:
    """The screening subject of a person: every name, document and contact that any source states.

    Rectified values replace the values that messages state.
    """
    sources = [t for t in (person.seen("api"), person.seen("pnr")) if t is not None]
    documents = dict.fromkeys(d.number for t in sources for d in t.documents)
    phones = dict.fromkeys(p for t in sources for p in t.contacts.phones)
    emails = dict.fromkeys(e for t in sources for e in t.contacts.emails)
    addresses = dict.fromkeys(a for t in sources for a in t.contacts.addresses)

    def first(read: Callable[[Traveller], object]) -> object:
        return next((value for t in sources if (value := read(t)) is not None), None)

    subject = Subject(
        names=tuple(names_of(person)),
        date_of_birth=first(lambda t: t.date_of_birth),  # type: ignore[arg-type]
        nationality=first(lambda t: t.nationality),  # type: ignore[arg-type]
        sex=first(lambda t: t.sex),  # type: ignore[arg-type]
        documents=tuple(documents),
        phones=tuple(phones),
        emails=tuple(emails),
        addresses=tuple(addresses),
        flight=flight.carrier + flight.number,
    )
    return as_corrected(subject, person.corrected) if person.corrected else subject


def as_corrected(subject: Subject, said: Mapping[str, str]) -> Subject:
    """The subject with the rectified values in place; a value that no longer exists is removed."""
    changes: dict[str, object] = {k: said[k] for k in ("nationality", "sex") if k in said}
    if "date_of_birth" in said:
        changes["date_of_birth"] = dt.date.fromisoformat(said["date_of_birth"])
    if "document" in said:
        changes["documents"] = (said["document"],)
    if "surname" in said or "given_names" in said:
        names = [
            (said.get("surname", surname), said.get("given_names", given))
            for surname, given in subject.names or ((None, None),)
        ]
        changes["names"] = tuple(dict.fromkeys(names))
    return msgspec.structs.replace(subject, **changes)
