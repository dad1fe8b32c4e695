"""Records of watchlist entries. The readers in `formats/lists` return the records of this module, and
screening uses the records.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

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
    """One entry of a watchlist or of a control list. `ref` is the identifier of the entry in the list (UN
    REFERENCE_NUMBER, OFAC ent_num, or the number of an entry of goods).

    The first name of a goods entry is its English text; the French text is an additional name of the kind
    `fr`. The aliases are the names by which the goods are declared. The identifiers are CAS and UN numbers
    and HS codes (`cas`, `un`, `hs`). The programme is the number of the parent entry.
    """

    ref: str
    #: Person, Organization, Vessel, Aircraft, Goods or Unknown.
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
    #: For goods: the concentration in percent that the list does not cover, as a decimal.
    limit: str | None = None
    #: For goods: the first and the last day on which the entry is part of its list.
    valid_from: dt.date | None = None
    valid_to: dt.date | None = None


@dataclass(frozen=True, eq=False)
class ControlList:
    """The version of a control list that is in force in an organisation. `entries` contains the id, the hash
    and the content of each entry. `rule` is the condition under which a match is a reason. `replaces` is the
    key of the supplied list that this list replaces."""

    id: str
    name: str
    version: int
    weight: int
    themes: tuple[str, ...]
    purpose: str
    rule: str
    replaces: str
    basis: str
    entries: tuple[tuple[str, str, Entry], ...]


@dataclass(frozen=True, eq=False)
class ControlLists:
    """The control lists of an organisation that are in force on a day, for one kind of subject. An object is
    equal only to itself, so it can be the key of a cache."""

    day: dt.date
    lists: tuple[ControlList, ...] = ()


class WatchlistFile(Record, frozen=True, kw_only=True):
    """The content of one list file: every readable entry, and a problem for each unreadable part."""

    format: str
    entries: tuple[Entry, ...]
    published: dt.datetime | None = None
    problems: tuple[Warning, ...] = ()
