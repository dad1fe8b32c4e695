"""A flight as stored, and what is held of it while a frame is read: under its lock, nobody else's."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from vedette.core.records import Record
from vedette.travellers.manifest import Manifest, Person, document_keys, name_of
from vedette.travellers.records import Traveller
from vedette.travellers.sendings import Part


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


def identifying(traveller: Traveller) -> list[tuple[str, str]]:
    """Kind and value of what identifies a person by itself: documents, name with birth date."""
    found = [("document", number) for number in sorted(document_keys(traveller))]
    surname, given = name_of(traveller)
    if (surname or given) and traveller.date_of_birth and not traveller.placeholder:
        found.append(("person", f"{surname}|{given}|{traveller.date_of_birth}"))
    return found


@dataclass(slots=True)
class Held:
    """What is stored of one flight, under its lock."""

    row: FlightRow
    manifest: Manifest
    #: The unit that serves the flight: whose officers see it.
    unit: uuid.UUID | None = None
    #: Full pushes of its bookings, and its passenger lists.
    pushes: list[Part] = field(default_factory=list)
    lists: list[Part] = field(default_factory=list)
    #: Booking → views, as stated for this flight.
    bookings: dict[uuid.UUID, dict[str, list[list[object]]]] = field(default_factory=dict)
    changed_bookings: set[uuid.UUID] = field(default_factory=set)
    #: Who is masked, by traveller id and by the tokens of what identifies a person: names are out of
    #: sight. They are none of the manifest's persons until something is stated of them.
    masked: Mapping[uuid.UUID | bytes, Person] = field(default_factory=dict)

    def masked_one(
        self,
        traveller: Traveller,
        booked: uuid.UUID | None,
        taken: set[uuid.UUID],
        token: Callable[[str, str], bytes],
    ) -> Person | None:
        """The masked person whom a late statement speaks of: the traveller `booked`, or the same
        document, or name and birth date; None where there is none, or `taken`."""
        if not self.masked:
            return None
        marks: list[uuid.UUID | bytes] = [booked] if booked else []
        marks += [token(*value) for value in identifying(traveller)]
        found = (self.masked[mark] for mark in marks if mark in self.masked)
        return next((person for person in found if person.id not in taken), None)
