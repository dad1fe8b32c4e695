"""Reads the Financial Sanctions Files (FSF) of the European Union, XML 1.1. The reader was written from the
specification, without a published file.

All data of the file is in XML attributes. A name alias with `strong="false"` is weak. A birth date in the
Islamic calendar is read from its Gregorian attributes, or reported if it has none.
"""

from __future__ import annotations

from xml.etree.ElementTree import Element

from msgspec.structs import replace

from vedette.core.entries import Entry, EntryDate, EntryIdentifier, EntryName

from .common import (
    Problems,
    address,
    clean,
    countries,
    day,
    distinct,
    identifier,
    joined,
    person,
    sex,
    stated_birth,
    unique,
    whole,
)
from .xmlread import XmlEntry, xml_format

#: identificationTypeCode → kind.
_KINDS = {
    "passport": "passport",
    "diplompassp": "passport",
    "id": "id_card",
    "ssn": "id_card",
    "driverlicence": "document",
    "travelcard": "document",
    "resperm": "document",
    "fiscalcode": "tax",
    "tax": "tax",
    "regnumber": "registration",
    "tradelic": "registration",
    "imo": "imo",
    "swiftbic": "bic",
    "electreg": "id_card",
}
_ADDRESS = ("street", "poBox", "city", "region", "zipCode")
_SCHEMAS = {"person": "Person", "P": "Person", "enterprise": "Organization", "E": "Organization"}


def _entry(x: XmlEntry, problems: Problems) -> Entry | None:
    me = x.element
    ref = clean(me.get("euReferenceNumber")) or clean(me.get("logicalId"))
    names = distinct(_name(a, first=n == 0) for n, a in enumerate(me.iterfind("nameAlias")))
    if not ref or not names:
        problems.add("entry_unreadable", "no reference or no name; left out", x.segment, x.offset)
        return None
    subject = me.find("subjectType")
    births = list(me.iterfind("birthdate"))
    dates = [_birth(b) for b in births]
    if any(d is None and _dated(b) for d, b in zip(dates, births, strict=True)):
        problems.add("date_unreadable", f"entry {ref}: birth date unreadable", x.segment, x.offset)
    regulation = me.find("regulation")
    return Entry(
        ref=ref,
        schema=_SCHEMAS.get(subject.get("code", "") if subject is not None else "", "Unknown"),
        names=names,
        birth_dates=unique(dates),
        birth_places=unique(_place(b) for b in births),
        nationalities=countries(_land(c) for c in me.iterfind("citizenship")),
        countries=countries(_land(e) for e in [*births, *me.iterfind("address")]),
        sex=next(filter(None, (sex(a.get("gender")) for a in me.iterfind("nameAlias"))), None),
        identifiers=_identifiers(me),
        programmes=unique(r.get("programme") for r in me.iterfind("regulation")),
        listed=day(regulation.get("publicationDate")) if regulation is not None else None,
        remarks=clean(" ".join(e.text or "" for e in me.iterfind("remark"))),
    )


def _name(alias: Element, first: bool) -> EntryName | None:
    given = clean(f"{alias.get('firstName') or ''} {alias.get('middleName') or ''}")
    surname = clean(alias.get("lastName"))
    weak, kind = alias.get("strong") == "false", "primary" if first else "alias"
    full = whole(alias.get("wholeName"), weak, kind)
    if not (surname and given):
        return full
    split = person(surname, given, weak, kind)
    return replace(split, full=full.full) if split and full else split


def _dated(element: Element) -> bool:
    return any(element.get(a) for a in ("birthdate", "year", "yearRangeFrom"))


def _birth(element: Element) -> EntryDate | None:
    if element.get("calendarType", "GREGORIAN") != "GREGORIAN":
        return None
    value = element.get("birthdate") or element.get("year")
    years = element.get("yearRangeFrom"), element.get("yearRangeTo")
    return stated_birth("" if value == "0" else value, *years, element.get("circa") == "true")


def _land(element: Element) -> str | None:
    code = element.get("countryIso2Code")
    return element.get("countryDescription") if code in (None, "", "00") else code


def _place(element: Element) -> str | None:
    parts = map(element.get, ("place", "city", "region", "countryDescription"))
    return joined(part for part in parts if clean(part) != "UNKNOWN")


def _identifiers(me: Element) -> tuple[EntryIdentifier, ...]:
    found: list[EntryIdentifier | None] = []
    for e in me.iterfind("identification"):
        kind = _KINDS.get(e.get("identificationTypeCode") or "", "document")
        number = clean(e.get("latinNumber")) or clean(e.get("number"))
        found.append(identifier(kind, number, _land(e)))
    found += [
        address(*map(a.get, _ADDRESS), land=a.get("countryDescription") or _land(a))
        for a in me.iterfind("address")
    ]
    return unique(found)


FORMAT = xml_format(
    name="EU-FSF-XML",
    title="EU Financial Sanctions Files",
    origin="specification",
    root="export",
    marks=(b"sanctionEntity",),
    tags=("sanctionEntity",),
    entry=_entry,
    published="generationDate",
)
