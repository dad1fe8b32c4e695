"""Records of watchlist entries. The readers in `formats/lists` return the records of this module, and
screening uses the records.
"""

from __future__ import annotations

import datetime as dt

from vedette.core.records import Record, Warning


class EntryName(Record, frozen=True, kw_only=True):
    """A name of a listed person, organisation or vessel. `weak` is true for an alias that the list describes
    as weak."""

    full: str
    surname: str | None = None
    given_names: str | None = None
    weak: bool = False
    #: `primary` or `alias`.
    kind: str = "primary"


class EntryIdentifier(Record, frozen=True, kw_only=True):
    """A number or address that identifies its owner. `kind` is the kind of identifier: passport, id_card,
    document, imo, mmsi, tax, lei, phone, email, address … `country` is an alpha-2 code, or the text in the
    list if the country is not recognised.
    """

    kind: str
    value: str
    country: str | None = None


class EntryDate(Record, frozen=True, kw_only=True):
    """A listed birth date. `from_` and `to` are the first and last possible day (inclusive). `approximate` is
    true if the list contains the word "circa" before the date.
    """

    from_: dt.date
    to: dt.date
    approximate: bool = False


class Entry(Record, frozen=True, kw_only=True):
    """One entry of a watchlist. `ref` is the identifier of the entry in the list (UN REFERENCE_NUMBER, OFAC
    ent_num).
    """

    ref: str
    #: Person, Organization, Vessel, Aircraft or Unknown.
    schema: str = "Person"
    names: tuple[EntryName, ...] = ()
    birth_dates: tuple[EntryDate, ...] = ()
    birth_places: tuple[str, ...] = ()
    #: ISO alpha-2.
    nationalities: tuple[str, ...] = ()
    #: ISO alpha-2 codes of the countries of residence, birth and registration. They are weaker evidence than
    #: nationality.
    countries: tuple[str, ...] = ()
    sex: str | None = None
    identifiers: tuple[EntryIdentifier, ...] = ()
    programmes: tuple[str, ...] = ()
    listed: dt.date | None = None
    remarks: str | None = None


class WatchlistFile(Record, frozen=True, kw_only=True):
    """The content of one list file: every readable entry, and a problem for each unreadable part."""

    format: str
    entries: tuple[Entry, ...]
    published: dt.datetime | None = None
    problems: tuple[Warning, ...] = ()
