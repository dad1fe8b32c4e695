"""European Union Financial Sanctions Files (FSF), XML 1.1; written from the specification.

All data are in attributes. A name alias with `strong="false"` is weak. A birth date in the Islamic calendar
is read from its Gregorian attributes, or reported if it has none.
"""

from __future__ import annotations

from xml.etree.ElementTree import Element

from vedette.core.entries import Entry, EntryDate, EntryIdentifier, EntryName

from .common import (
    ListFormat,
    Problems,
    Result,
    Source,
    address,
    birth,
    clean,
    countries,
    day,
    distinct,
    identifier,
    identifiers,
    moment,
    person,
    sex,
    unique,
    year_span,
)
from .xmlread import XmlEntry, read_xml, root_tag

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
_SCHEMAS = {"person": "Person", "P": "Person", "enterprise": "Organization", "E": "Organization"}


def sniff(source: Source) -> bool:
    """Whether the root is `export` and an entity of FSF follows."""
    return root_tag(source) == "export" and b"sanctionEntity" in source.data[:65536]


def read(source: Source, problems: Problems) -> Result:
    """Reads all sanctionEntity elements; `published` is the export's generationDate."""
    found = read_xml(source, ("sanctionEntity",), problems)
    entries = [e for e in (_entry(x, problems) for x in found.entries) if e]
    stamp = found.attributes.get("generationDate") or ""
    return entries, moment(stamp.partition("+")[0].removesuffix("Z"))


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
        birth_dates=tuple(dict.fromkeys(d for d in dates if d)),
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
    whole = clean(alias.get("wholeName"))
    weak = alias.get("strong") == "false"
    kind = "primary" if first else "alias"
    split = person(surname, given, weak=weak, kind=kind) if surname and given else None
    if whole is None:
        return split
    return EntryName(
        full=whole,
        surname=surname if split else None,
        given_names=given if split else None,
        weak=weak,
        kind=kind,
    )


def _dated(element: Element) -> bool:
    return any(element.get(a) for a in ("birthdate", "year", "yearRangeFrom"))


def _birth(element: Element) -> EntryDate | None:
    if element.get("calendarType", "GREGORIAN") != "GREGORIAN":
        return None
    about = element.get("circa") == "true"
    value = element.get("birthdate") or element.get("year")
    if value and value != "0":
        return birth(("circa " if about else "") + value)
    first, last = element.get("yearRangeFrom") or "", element.get("yearRangeTo") or ""
    if first.isdigit() and last.isdigit():
        return year_span(int(first), int(last), about)
    return None


def _land(element: Element) -> str | None:
    code = element.get("countryIso2Code")
    return element.get("countryDescription") if code in (None, "", "00") else code


def _place(element: Element) -> str | None:
    parts = (clean(element.get(a)) for a in ("place", "city", "region", "countryDescription"))
    return ", ".join(p for p in parts if p and p != "UNKNOWN") or None


def _identifiers(me: Element) -> tuple[EntryIdentifier, ...]:
    found: list[EntryIdentifier | None] = []
    for e in me.iterfind("identification"):
        kind = _KINDS.get(e.get("identificationTypeCode") or "", "document")
        number = clean(e.get("latinNumber")) or clean(e.get("number"))
        found.append(identifier(kind, number, _land(e)))
    for a in me.iterfind("address"):
        parts = (a.get(t) for t in ("street", "poBox", "city", "region", "zipCode"))
        found.append(address(*parts, land=a.get("countryDescription") or _land(a)))
    return identifiers(found)


FORMAT = ListFormat(
    name="EU-FSF-XML",
    title="EU Financial Sanctions Files",
    origin="specification",
    sniff=sniff,
    read=read,
)
