"""What is asked of the screeners about a subject: its parties, its texts, what it belongs to."""

from __future__ import annotations

import datetime as dt

from vedette.core.parties import Address
from vedette.core.records import Record


class Party(Record, frozen=True, kw_only=True):
    """A person or an organisation of a subject: every name and identifier that any source gave."""

    #: Person, Organization, Vessel …; empty where it is not known.
    schema: str = "Person"
    #: Surname and given names; an organisation has its name as surname.
    names: tuple[tuple[str | None, str | None], ...] = ()
    date_of_birth: dt.date | None = None
    nationality: str | None = None
    sex: str | None = None
    documents: tuple[str, ...] = ()
    phones: tuple[str, ...] = ()
    emails: tuple[str, ...] = ()
    addresses: tuple[Address, ...] = ()


class Asked(Record, frozen=True, kw_only=True):
    """What is asked about one subject."""

    parties: tuple[Party, ...] = ()
    #: Descriptions and other free text that lists of goods are asked by.
    texts: tuple[str, ...] = ()
    #: What the subject belongs to (flight `TN506`), for lookouts that mean one group only.
    group: str = ""
