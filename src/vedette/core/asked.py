"""The data of a subject that screening uses: its parties, its texts, and its group."""

from __future__ import annotations

import datetime as dt

from vedette.core.parties import Address
from vedette.core.records import Record


class Party(Record, frozen=True, kw_only=True):
    """A person or an organisation of a subject: every name and identifier that any source states."""

    #: `Person`, `Organization`, `Vessel` …, as in entries of lists; empty if unknown.
    schema: str = "Person"
    #: Surname and given names; the name of an organisation is in the place of the surname.
    names: tuple[tuple[str | None, str | None], ...] = ()
    date_of_birth: dt.date | None = None
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
    #: The name of the subject's group in capitals without spaces (such as `TN506`), for lookouts that are
    #: limited to one group.
    group: str = ""
