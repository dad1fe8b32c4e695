"""Records of the documents, addresses and contact data that messages state about a person.

Countries of travel documents are ISO 3166 alpha-3, as in ICAO 9303; all other countries are alpha-2.
"""

from __future__ import annotations

import datetime as dt

from vedette.core.records import Record


class Document(Record, frozen=True, kw_only=True):
    """A travel document or visa. `type` is the code as sent: P passport, V visa, I/A/C identity card …"""

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
    """A postal address; `kind` is contact, residence, destination, emergency or payer."""

    kind: str = "contact"
    street: str | None = None
    city: str | None = None
    state: str | None = None
    postcode: str | None = None
    country: str | None = None


class Contacts(Record, frozen=True, kw_only=True):
    """Contact data of a person. Phones and e-mail addresses as sent, with AIRIMP escapes (`//` = @ …)
    resolved."""

    phones: tuple[str, ...] = ()
    emails: tuple[str, ...] = ()
    addresses: tuple[Address, ...] = ()
    #: True if the person refused to give contact data (CTCR).
    refused: bool = False
