"""Reads Canada's consolidated autonomous sanctions list (SEMA and JVCFOA), in XML.

The list contains no ids. The id of an entry (`ref`) consists of its regulation, schedule and item. `Country`
is the country of the regulation, not the person's nationality, so it is kept only as a programme.
"""

from __future__ import annotations

import re

from vedette.core.entries import Entry, EntryName

from .common import Problems, births, day, distinct, identifier, person, unique, whole
from .xmlread import XmlEntry, xml_format

#: The name of a language before an alias, as in `Russian: Имя` or `Belarusian: Iмя`.
_LANGUAGE = re.compile(r"^(?:[A-Z][a-z]+)\s*:\s*")


def _entry(x: XmlEntry, problems: Problems) -> Entry | None:
    body = whole(x.text("EntityOrShip"))
    main = body or person(x.text("LastName"), x.text("GivenName"))
    regulation = (x.text("Country") or "").partition(" / ")[0]
    if main is None or not regulation:
        problems.add("entry_unreadable", "no name or no regulation; left out", x.segment, x.offset)
        return None
    ref = ", ".join(filter(None, (regulation, x.text("Schedule"), x.text("Item"))))
    ship = x.text("ShipIMONumber")
    dated = x.text("DateOfBirthOrShipBuildDate")
    dates, complete = births(dated) if dated and not body else ([], True)
    if not complete:
        problems.add("date_unreadable", f"entry {ref}: birth date unreadable", x.segment, x.offset)
    return Entry(
        ref=ref,
        schema="Vessel" if ship else "Organization" if body else "Person",
        names=distinct([main, *_aliases(x.text("Aliases") or "", bool(body))]),
        birth_dates=unique(dates),
        identifiers=unique([identifier("imo", ship)]),
        programmes=unique([x.text("Country")]),
        listed=day(x.text("DateOfListing")),
        remarks=x.text("TitleOrShip"),
    )


def _aliases(text: str, organisation: bool) -> list[EntryName | None]:
    """Splits aliases at semicolons, or at commas if there are no semicolons. A comma within a company name,
    such as `LAT, LLC`, does not separate aliases."""
    parts = text.split(";")
    if len(parts) == 1:
        parts = re.split(r",(?!\s*(?:LLC|Ltd|Inc|JSC|OJSC|PJSC|S\.A|GmbH|Co\b))", text)
    names = parts if organisation else [name for part in parts for name in part.split(" or ")]
    return [whole(_LANGUAGE.sub("", name.strip()), kind="alias") for name in names]


FORMAT = xml_format(
    name="CA-SEMA-XML",
    title="Canada consolidated autonomous sanctions list",
    origin="published file",
    root="data-set",
    marks=(b"<record", b"<DateOfListing"),
    tags=("record",),
    entry=_entry,
)
