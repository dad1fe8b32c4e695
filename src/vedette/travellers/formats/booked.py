"""Collects the people and the contact data of a booking while the booking is read. The EDIFACT reader and the
XML reader of PNRGOV use this module."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from functools import lru_cache

from vedette.travellers import records
from vedette.travellers.formats import ssr

#: The letters after CTC of elements that contain a telephone number and nothing else.
_PHONES = tuple("ABHMT")
_NOT_KEY = re.compile(r"[\W_]+")


@dataclass(slots=True)
class Contacts:
    """Collects the contact data of a person or of a booking, without repetitions."""

    phones: dict[str, None] = field(default_factory=dict)
    emails: dict[str, None] = field(default_factory=dict)
    addresses: dict[records.Address, None] = field(default_factory=dict)
    refused: bool = False

    def keep(self, letter: str, text: str) -> bool:
        """Adds the e-mail address or the telephone numbers of a contact element. Returns False if the element
        contains no such value."""
        text = ssr.without_name(text)
        address = ssr.email(text) if letter == "E" or "//" in text or "@" in text else None
        if address is not None:
            self.emails[address] = None
            return True
        numbers = ssr.phones(text, glued=letter in _PHONES) if letter != "E" else ()
        self.phones.update(dict.fromkeys(numbers))
        return bool(numbers)

    def update(self, other: Contacts) -> None:
        """Adds the contact data in `other`."""
        self.phones |= other.phones
        self.emails |= other.emails
        self.addresses |= other.addresses
        self.refused |= other.refused

    def record(self) -> records.Contacts:
        """Returns the contact data as a record."""
        return records.Contacts(
            phones=tuple(self.phones),
            emails=tuple(self.emails),
            addresses=tuple(self.addresses),
            refused=self.refused,
        )


@lru_cache(maxsize=65536)
def key(name: str) -> str:
    """Returns a name in upper case, without blanks and punctuation, so that spellings can be compared."""
    return _NOT_KEY.sub("", name).upper()


@dataclass(slots=True, eq=False, kw_only=True)
class Person:
    """Represents one traveller of a booking. `index` is the position of the traveller in the booking."""

    index: int
    surname: str
    given: str
    type: str
    infant: bool
    #: The birth date from documents, and the birth date from INFT.
    born: dt.date | None = None
    inft_born: dt.date | None = None
    #: The year, or the year and month, of birth if no document contains the day.
    birth_period: str | None = None
    sex: str | None = None
    nationality: str | None = None
    place_of_birth: str | None = None
    documents: list[records.Document] = field(default_factory=list)
    #: Document number → its indices in `documents`.
    numbers: dict[str, list[int]] = field(default_factory=dict)
    contacts: Contacts = field(default_factory=Contacts)
    fliers: dict[records.FrequentFlyer, None] = field(default_factory=dict)
    tickets: dict[str, None] = field(default_factory=dict)
    seat: str | None = None

    def named(self, surname: str, given: str) -> bool:
        """Returns whether a name may be the name of the traveller.

        The two surnames must be equal. The given names of one name must begin with the given names of the
        other, because titles and second names are often omitted.
        """
        if key(self.surname) != key(surname):
            return False
        booked, other = key(self.given), key(given)
        return booked.startswith(other) or (other.startswith(booked) and bool(booked))

    def identify(self, document: records.Document, birth_period: str | None = None) -> None:
        """Adds a document if it has a number. If the birth date, the sex or the nationality of the person is
        unknown, the value is taken from the document."""
        self.birth_period = self.birth_period or birth_period
        if document.number:
            self.add(document)
        self.born = self.born or document.date_of_birth
        self.sex = self.sex or document.sex
        self.nationality = self.nationality or document.nationality

    def add(self, document: records.Document) -> None:
        """Adds a document. If the person already has a document with the same number and type, only the
        missing fields of that document are set."""
        places = self.numbers.setdefault(document.number, [])
        for at in places[:10]:
            known = self.documents[at]
            if known.type == document.type or known.type is None or document.type is None:
                if known != document:
                    self.documents[at] = ssr.merged(known, document)
                return
        places.append(len(self.documents))
        self.documents.append(document)


def give_seats(
    people: Sequence[Person], seats: Iterable[records.Seat], flight: records.Flight | None
) -> None:
    """Sets the booked seat of each traveller on the flight of the message, unless the check-in data contain a
    seat."""
    own = (flight.origin, flight.destination) if flight is not None else None
    for seat in seats:
        if seat.traveller is not None and (seat.origin, seat.destination) == own:
            person = people[seat.traveller]
            person.seat = person.seat or seat.number
