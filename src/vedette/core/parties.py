"""Records for the documents, addresses and contact data of a person, and for the screening input of a
subject. The screening input consists of the parties, the texts and the group of the subject.

Countries of travel documents are ISO 3166 alpha-3 codes, as in ICAO 9303. All other countries are alpha-2
codes.
"""

from __future__ import annotations

import datetime as dt

from vedette.core.records import Record


class Document(Record, frozen=True, kw_only=True):
    """A travel document or visa. `type` is the code as received: P for a passport, V for a visa, I, A or C
    for an identity card …
    """

    type: str | None = None
    number: str
    issuer: str | None = None
    expiry: dt.date | None = None
    nationality: str | None = None
    surname: str | None = None
    given_names: str | None = None
    date_of_birth: dt.date | None = None
    #: M, F, X or U; the codes MI and FI are read as M and F.
    sex: str | None = None
    #: From DOCO and China's DTM: place of issue, date of issue, and the country the document is valid for.
    place_of_issue: str | None = None
    issued: dt.date | None = None
    valid_for: str | None = None


class Address(Record, frozen=True, kw_only=True):
    """A postal address. `kind` is contact, residence, destination, emergency or payer."""

    kind: str = "contact"
    street: str | None = None
    city: str | None = None
    state: str | None = None
    postcode: str | None = None
    country: str | None = None


class Contacts(Record, frozen=True, kw_only=True):
    """Contact data of a person. Telephone numbers and e-mail addresses are stored as received, except that
    the escape sequences of AIRIMP are decoded (`//` to `@`).
    """

    phones: tuple[str, ...] = ()
    emails: tuple[str, ...] = ()
    addresses: tuple[Address, ...] = ()
    #: True if the person refused to give contact data (CTCR).
    refused: bool = False


class Party(Record, frozen=True, kw_only=True):
    """A person or an organisation of a subject, with the names and identifiers from all sources."""

    #: `Person`, `Organization`, `Vessel` …, as in entries of lists; empty if unknown.
    schema: str = "Person"
    #: Surname and given names; the name of an organisation is in the place of the surname.
    names: tuple[tuple[str | None, str | None], ...] = ()
    #: A day, or a year if only that is known.
    date_of_birth: dt.date | int | None = None
    nationality: str | None = None
    sex: str | None = None
    documents: tuple[str, ...] = ()
    phones: tuple[str, ...] = ()
    emails: tuple[str, ...] = ()
    addresses: tuple[Address, ...] = ()


class Asked(Record, frozen=True, kw_only=True):
    """The screening input of one subject."""

    parties: tuple[Party, ...] = ()
    #: Descriptions and other free text, for lists of goods. No screener reads them yet.
    texts: tuple[str, ...] = ()
    #: The name of the subject's group in capitals without spaces (such as `TN506`). Lookouts that are
    #: limited to one group are compared with it.
    group: str = ""
