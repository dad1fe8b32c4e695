"""People and contact data of a booking while it is read, in either form of PNRGOV."""

from __future__ import annotations

import datetime as dt
import re
from functools import lru_cache

from vedette.travellers import records
from vedette.travellers.formats import ssr

_NO_CONTACTS = records.Contacts()
_NOT_KEY = re.compile(r"[\W_]+")


class Contacts:
    """Contact data of a person or of a booking, each value once."""

    __slots__ = ("addresses", "emails", "phones", "refused")

    def __init__(self) -> None:
        self.phones: dict[str, None] = {}
        self.emails: dict[str, None] = {}
        self.addresses: dict[records.Address, None] = {}
        self.refused = False

    def keep(self, letter: str, text: str) -> bool:
        """Adds the e-mail address or telephone numbers of a contact element; False if there are none."""
        address = ssr.email(text) if letter == "E" or "//" in text or "@" in text else None
        if address is not None:
            self.emails[address] = None
            return True
        numbers = ssr.phones(text) if letter != "E" else ()
        self.phones.update(dict.fromkeys(numbers))
        return bool(numbers)

    def update(self, other: Contacts) -> None:
        """Adds the contact data of another collection."""
        self.phones |= other.phones
        self.emails |= other.emails
        self.addresses |= other.addresses
        self.refused |= other.refused

    def record(self) -> records.Contacts:
        """The contact data as a record."""
        if not (self.phones or self.emails or self.addresses or self.refused):
            return _NO_CONTACTS
        return records.Contacts(
            phones=tuple(self.phones),
            emails=tuple(self.emails),
            addresses=tuple(self.addresses),
            refused=self.refused,
        )


@lru_cache(maxsize=65536)
def key(name: str) -> str:
    """A name in upper case without blanks and punctuation, for comparison of spellings."""
    return _NOT_KEY.sub("", name).upper()


class Person:
    """One traveller of a booking; `index` is the position among its travellers."""

    __slots__ = (
        "born", "contacts", "documents", "fliers", "given", "index", "infant", "inft_born", "nationality",
        "numbers", "place_of_birth", "seat", "sex", "surname", "tickets", "type",
    )  # fmt: skip

    def __init__(self, index: int) -> None:
        self.index = index
        self.surname = self.given = self.type = ""
        self.infant = False
        #: The birth date as documents state it, and as INFT states it.
        self.born: dt.date | None = None
        self.inft_born: dt.date | None = None
        self.sex: str | None = None
        self.nationality: str | None = None
        self.place_of_birth: str | None = None
        self.documents: list[records.Document] = []
        #: Document number → its indices in `documents`.
        self.numbers: dict[str, list[int]] = {}
        self.contacts = Contacts()
        self.fliers: dict[records.FrequentFlyer, None] = {}
        self.tickets: dict[str, None] = {}
        self.seat: str | None = None

    def named(self, surname: str, given: str) -> bool:
        """Whether the traveller may have this name: the same surname, and given names of which one begins
        with the other (titles and second names are often omitted)."""
        if key(self.surname) != key(surname):
            return False
        booked, other = key(self.given), key(given)
        return booked.startswith(other) or (other.startswith(booked) and bool(booked))

    def identify(self, document: records.Document) -> None:
        """Adds a document, if it has a number, and takes the person's own facts from it."""
        if document.number:
            self.add(document)
        self.born = self.born or document.date_of_birth
        self.sex = self.sex or document.sex
        self.nationality = self.nationality or document.nationality

    def add(self, document: records.Document) -> None:
        """Adds a document. If a document with the same number and type exists, its missing fields are filled
        in instead."""
        places = self.numbers.setdefault(document.number, [])
        for at in places[:10]:
            known = self.documents[at]
            if known.type == document.type or known.type is None or document.type is None:
                if known != document:
                    self.documents[at] = ssr.merged(known, document)
                return
        places.append(len(self.documents))
        self.documents.append(document)
