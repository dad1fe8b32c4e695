"""One traveller of PNRGOV XML while the booking is read, and the contacts collected."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from typing import Protocol
from xml.etree.ElementTree import Element

from vedette.travellers import records
from vedette.travellers.formats import ssr
from vedette.travellers.formats.pnrgov.people import key
from vedette.travellers.formats.pnrgov_xml.tree import children, first, value

_CITY, _POSTCODE = ("CityName", "City"), ("PostalCode", "Zip")
COUNTRY = ("CountryName", "CountryCode", "Country", "DocCountry")
_STATE = ("StateProv", "StateProvince", "State")


class Context(Protocol):
    """Data and services of the message reader: its day, warnings, dates and counts."""

    prepared: dt.date
    dropped: Counter[str]

    def warn(self, code: str, message: str, node: Element) -> None:
        """A warning at an element."""

    def day(self, node: Element, *names: str) -> dt.date | None:
        """The first of these as a day."""

    def offset(self, node: Element) -> int | None:
        """The byte at which an element starts."""


class Contacts:
    """Contacts as they are collected, each once."""

    def __init__(self) -> None:
        self.phones: dict[str, None] = {}
        self.emails: dict[str, None] = {}
        self.addresses: dict[records.Address, None] = {}
        self.refused = False

    def info(self, node: Element) -> None:
        """Adds the ContactInfo elements directly in a booking or passenger."""
        for found in children(node, "ContactInfo"):
            self.phones.update(dict.fromkeys(ssr.phones((value(found, "PhoneNumber") or "")[:200])))
            if email := ssr.email((value(found, "EmailAddress") or "")[:200]):
                self.emails[email] = None
            self.address(found, "contact")

    def address(self, node: Element, kind: str) -> None:
        """Adds the address of an element, if it has one."""
        found = records.Address(
            kind=kind,
            street=value(node, "AddressLine", "Address", "StreetNmbr", "Street"),
            city=value(node, *_CITY),
            state=value(node, *_STATE),
            postcode=value(node, *_POSTCODE),
            country=value(first(node, "CountryName"), "Code") or value(node, *COUNTRY),
        )
        if found != records.Address(kind=kind):
            self.addresses[found] = None

    def add(self, other: Contacts) -> None:
        """Adds the contacts of another collection."""
        self.phones.update(other.phones)
        self.emails.update(other.emails)
        self.addresses.update(other.addresses)
        self.refused = self.refused or other.refused

    def record(self) -> records.Contacts:
        """The contacts as a record."""
        return records.Contacts(
            phones=tuple(self.phones),
            emails=tuple(self.emails),
            addresses=tuple(self.addresses),
            refused=self.refused,
        )


class Person:
    """One traveller while the booking is read; `node` is the element that names the traveller."""

    def __init__(self, node: Element, index: int, surname: str | None, given: str | None) -> None:
        self.node, self.index = node, index
        self.surname, self.given = surname, given
        #: The keys by which surname and given names are compared.
        self.keys = key(surname or ""), key(given or "")
        self.type: str | None = None
        self.reference: str | None = None
        self.infant = False
        self.adult: Person | None = None
        self.born: dt.date | None = None
        self.announced_born: dt.date | None = None
        self.sex: str | None = None
        self.nationality: str | None = None
        self.birth_place: str | None = None
        self.seat: str | None = None
        self.boarded: bool | None = None
        self.title: str | None = None
        self.documents: list[records.Document] = []
        self.contacts = Contacts()
        self.fliers: dict[records.FrequentFlyer, None] = {}
        self.tickets: dict[str, None] = {}

    def named(self, surname: str | None, given: str | None) -> bool:
        """Whether the traveller may have this name: the same surname, and given names of which one begins
        with the other (titles and second names are often omitted)."""
        if not surname or self.keys[0] != key(surname):
            return False
        booked, other = self.keys[1], key(given or "")
        return booked.startswith(other) or (other.startswith(booked) and bool(booked))

    def add(self, document: records.Document) -> None:
        """Adds a document. The same number and type twice is one document: missing fields are filled in."""
        for at, known in enumerate(self.documents[:50]):
            if known.number == document.number and (
                known.type == document.type or None in (known.type, document.type)
            ):
                self.documents[at] = ssr.merged(known, document)
                return
        self.documents.append(document)

    def record(self, locator: str | None, context: Context) -> records.Traveller:
        """The traveller as a record."""
        surname = self.surname
        return records.Traveller(
            surname=surname,
            given_names=self.given,
            title=self.title,
            date_of_birth=self.born or self.announced_born,
            sex=self.sex,
            nationality=self.nationality,
            place_of_birth=self.birth_place,
            locator=locator,
            reference=self.reference,
            seat=self.seat,
            boarded=self.boarded,
            documents=tuple(self.documents),
            contacts=self.contacts.record(),
            frequent_flyer=tuple(self.fliers),
            tickets=tuple(self.tickets),
            type=self.type,
            infant=self.infant,
            accompanied_by=self.adult.reference if self.adult else None,
            placeholder=(surname or self.given or "TBA").upper() in ("TBA", "TBC", "TBN"),
            segment="Passenger",
            offset=context.offset(self.node),
        )
