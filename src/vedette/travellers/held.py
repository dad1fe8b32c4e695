"""The row of a flight, and its stored data while a frame of messages is processed under the flight's lock."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field

from vedette.core.records import Record
from vedette.travellers.manifest import Manifest, Person, document_keys, name_of
from vedette.travellers.records import Traveller
from vedette.travellers.sendings import Part


class FlightRow(Record, frozen=True, kw_only=True):
    """A flight with its times in three forms: local as given, the airport's time zone, UTC."""

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
    #: Stamp, as text, of the message that stated the flight: the greatest stamp wins in any order of receipt.
    stated: str = ""

    @property
    def sender(self) -> str:
        """The carrier, which sends the messages of the flight."""
        return self.carrier


def identifying(traveller: Traveller) -> list[tuple[str, str]]:
    """Kind and value of each identifier that is sufficient to identify a person: documents, and name with
    birth date."""
    found = [("document", number) for number in sorted(document_keys(traveller))]
    surname, given = name_of(traveller)
    if (surname or given) and traveller.date_of_birth and not traveller.placeholder:
        found.append(("person", f"{surname}|{given}|{traveller.date_of_birth}"))
    return found


@dataclass(slots=True)
class Held:
    """The stored data of one flight, loaded under its lock."""

    row: FlightRow
    manifest: Manifest
    #: The unit that serves the flight; its officers see the flight.
    unit: uuid.UUID | None = None
    #: Full pushes of the bookings of the flight, and its passenger lists.
    pushes: list[Part] = field(default_factory=list)
    lists: list[Part] = field(default_factory=list)
    #: Booking → views, as stated for this flight.
    bookings: dict[uuid.UUID, dict[str, list[list[object]]]] = field(default_factory=dict)
    changed_bookings: set[uuid.UUID] = field(default_factory=set)
    #: The masked persons, by traveller id and by the tokens of their identifying values. Their names are not
    #: readable. They are not in the manifest until a message states something about them.
    masked: Mapping[uuid.UUID | bytes, Person] = field(default_factory=dict)

    @property
    def subjects(self) -> Iterable[Person]:
        """The persons on the flight."""
        return self.manifest.persons.values()

    def masked_one(
        self,
        traveller: Traveller,
        booked: uuid.UUID | None,
        taken: set[uuid.UUID],
        token: Callable[[str, str], bytes],
    ) -> Person | None:
        """The masked person that a late statement refers to: the traveller `booked`, or a person with the
        same document or the same name and birth date. None if there is no such person, or if the person is in
        `taken`."""
        if not self.masked:
            return None
        marks = [booked, *(token(*value) for value in identifying(traveller))]
        found = (self.masked[mark] for mark in marks if mark is not None and mark in self.masked)
        return next((person for person in found if person.id not in taken), None)
