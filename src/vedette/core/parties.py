"""Parties as messages state them: their documents, addresses and ways to reach them.

Countries of travel documents are ISO 3166 alpha-3, as ICAO 9303 has them; all others are alpha-2.
"""

from __future__ import annotations

import datetime as dt

from vedette.core.records import Record


class Document(Record, frozen=True, kw_only=True):
    """A travel document or visa. `type` as sent: P passport, V visa, I/A/C identity card …"""

    type: str | None = None
    number: str
    issuer: str | None = None
    expiry: dt.date | None = None
    nationality: str | None = None
    surname: str | None = None
    given_names: str | None = None
    date_of_birth: dt.date | None = None
    #: M, F, X or U; MI and FI read as M and F.
    sex: str | None = None
    #: DOCO and China's DTM: where and when it was issued, for which country it holds.
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
    """Ways to reach somebody. Phones and e-mails as sent; AIRIMP escapes (`//` = @ …) resolved."""

    phones: tuple[str, ...] = ()
    emails: tuple[str, ...] = ()
    addresses: tuple[Address, ...] = ()
    #: CTCR: the traveller refused to give contact data.
    refused: bool = False
