"""Canada's consolidated autonomous sanctions list (SEMA and JVCFOA), XML.

The list has no ids: the ref of an entry is its regulation, schedule and item. `Country` is the country of the
regulation, not the person's nationality, so it is kept only as a programme.
"""

from __future__ import annotations

import re

from vedette.core.entries import Entry, EntryName

from .common import (
    ListFormat,
    Problems,
    Result,
    Source,
    births,
    clean,
    day,
    distinct,
    identifier,
    identifiers,
    person,
    unique,
)
from .xmlread import XmlEntry, read_xml, root_tag

#: The language before an alias, as in `Russian: Имя` or `Belarusian: Iмя`.
_LANGUAGE = re.compile(r"^(?:[A-Z][a-z]+)\s*:\s*")


def sniff(source: Source) -> bool:
    """Whether the root is `data-set` and a record with a schedule or item follows."""
    head = source.data[:65536]
    return root_tag(source) == "data-set" and b"<record" in head and b"<DateOfListing" in head


def read(source: Source, problems: Problems) -> Result:
    """Reads all records. The file states no date of issue."""
    found = read_xml(source, ("record",), problems)
    return [e for e in (_entry(x, problems) for x in found.entries) if e], None


def _entry(x: XmlEntry, problems: Problems) -> Entry | None:
    whole = x.text("EntityOrShip")
    main = EntryName(full=whole) if whole else person(x.text("LastName"), x.text("GivenName"))
    regulation = (x.text("Country") or "").partition(" / ")[0]
    if main is None or not regulation:
        problems.add("entry_unreadable", "no name or no regulation; left out", x.segment, x.offset)
        return None
    ref = ", ".join(filter(None, (regulation, x.text("Schedule"), x.text("Item"))))
    ship = x.text("ShipIMONumber")
    dated = x.text("DateOfBirthOrShipBuildDate")
    dates, complete = births(dated) if dated and not whole else ([], True)
    if not complete:
        problems.add("date_unreadable", f"entry {ref}: birth date unreadable", x.segment, x.offset)
    return Entry(
        ref=ref,
        schema="Vessel" if ship else "Organization" if whole else "Person",
        names=distinct([main, *_aliases(x.text("Aliases") or "", bool(whole))]),
        birth_dates=tuple(dict.fromkeys(dates)),
        identifiers=identifiers([identifier("imo", ship)]),
        programmes=unique([x.text("Country")]),
        listed=day(x.text("DateOfListing")),
        remarks=x.text("TitleOrShip"),
    )


def _aliases(text: str, organisation: bool) -> list[EntryName]:
    """Splits aliases at semicolons, or at commas if there are none; the comma in `LAT, LLC` does not
    separate."""
    parts = text.split(";")
    if len(parts) == 1:
        parts = re.split(r",(?!\s*(?:LLC|Ltd|Inc|JSC|OJSC|PJSC|S\.A|GmbH|Co\b))", text)
    found = []
    for part in parts:
        for half in part.split(" or ") if not organisation else [part]:
            name = clean(_LANGUAGE.sub("", half.strip()))
            if name:
                found.append(EntryName(full=name, kind="alias"))
    return found


FORMAT = ListFormat(
    name="CA-SEMA-XML",
    title="Canada consolidated autonomous sanctions list",
    origin="published file",
    sniff=sniff,
    read=read,
)
