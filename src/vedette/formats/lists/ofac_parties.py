"""Reads OFAC lists as Advanced XML (`sdn_advanced.xml`) and as Enhanced XML (`sdn_enhanced.xml`).

The two XML formats state whether an alias is weak. Dates are stated as periods. Document numbers are stated
with a type and a country. In the Advanced XML, a party (an entry of the list) refers to values, locations,
documents and sanctions entries by ids. In the Enhanced XML, each entity contains its values, locations,
documents and sanctions entries. Features (such as the birth date) and documents have the same labels as in
the other files of OFAC.
"""

from __future__ import annotations

import calendar
import datetime as dt
from collections import defaultdict
from collections.abc import Iterable
from contextlib import suppress
from typing import Any, NamedTuple
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
    country,
    day,
    identifier,
    joined,
    ordered,
    person,
    sex,
    unique,
    whole,
)
from .ofac import SCHEMAS, kind_of
from .xmlread import XmlEntry, read_xml, root_tag, xml_format

#: The order of the lines of an address.
_LINES = ("ADDRESS1", "ADDRESS2", "ADDRESS3", "CITY", "REGION", "STATE/PROVINCE", "POSTAL CODE")
_SURNAMES = ("Last Name", "Maiden Name")
_GIVEN = ("First Name", "Middle Name", "Patronymic", "Matronymic", "Nickname")
#: Features that are written to the remarks, by the first words of their label.
_REMARKED = ("Title", "Additional Sanctions Information", "Secondary sanctions risk", "Vessel Type",
             "VESSEL TYPE", "Vessel Owner", "Aircraft Model", "Organization Type", "Effective Date",
             "Executive Order", "Other Vessel", "Aircraft Operator", "Aircraft Manufacture")  # fmt: skip


class _Facts(NamedTuple):
    """Contains the data of an entry that is read from the features of a party."""

    births: list[EntryDate | None]
    places: list[str]
    nationalities: list[str]
    lands: list[str]
    sexes: list[str]
    identifiers: list[EntryIdentifier | None]
    remarks: list[str]


def _facts() -> _Facts:
    return _Facts([], [], [], [], [], [], [])


def _feature(facts: _Facts, label: str, text: str, born: EntryDate | None, land: str = "") -> None:
    """Adds a feature of a party. `born` is the period that the feature states. `text` is the value of the
    feature, or the text of its location."""
    start = label.lower()
    if start == "birthdate":
        facts.births.append(born or birth(text))
    elif start == "place of birth":
        if text:
            facts.places.append(text)
        facts.lands.append(land or text.rpartition(", ")[2])
    elif start.startswith(("nationality", "citizenship")):
        facts.nationalities.append(land or text)
    elif "flag" in start:
        facts.lands.append(land or text)
    elif start.startswith("gender"):
        facts.sexes.append(text)
    elif "call sign" in start:
        facts.identifiers.append(identifier("call_sign", text))
    elif (known := kind_of(label)) and text:
        facts.identifiers.append(identifier(known[0], text.removeprefix("IMO ")))
    elif text and label.startswith(_REMARKED):
        facts.remarks.append(f"{label.rstrip(' :-')}: {text}")


def _named(
    parts: list[tuple[str, str]], individual: bool, weak: bool, kind: str
) -> EntryName | None:
    """Builds a name from its parts (type, text)."""
    if not individual:
        return whole(" ".join(text for _, text in parts), weak, kind)
    surname = clean(" ".join(text for type_, text in parts if type_ in _SURNAMES))
    given = clean(" ".join(text for type_, text in parts if type_ in _GIVEN))
    if surname and given:
        return person(surname, given, weak, kind)
    return whole(" ".join(text for _, text in parts), weak, kind)


def _document(label: str, number: str | None, land: str | None) -> EntryIdentifier | None:
    known = kind_of(label)
    return identifier(known[0] if known else "document", (number or "").removeprefix("IMO "), land)


def _made(
    ref: str | None,
    schema: str,
    names: Iterable[EntryName | None],
    facts: _Facts,
    x: XmlEntry,
    problems: Problems,
    **stated: Any,
) -> Entry | None:
    kept = ordered(names)
    if not ref or not kept:
        problems.add("entry_unreadable", "no id or no name; left out", x.segment, x.offset)
        return None
    if None in facts.births:
        problems.add("date_unreadable", f"entry {ref}: birth date unreadable", x.segment, x.offset)
    return Entry(
        ref=ref,
        schema=schema,
        names=kept,
        birth_dates=unique(facts.births),
        birth_places=unique(facts.places),
        nationalities=countries(facts.nationalities),
        countries=countries(facts.lands),
        sex=next(filter(None, map(sex, facts.sexes)), None),
        identifiers=unique(facts.identifiers),
        **stated,
    )


# --- Advanced XML -------------------------------------------------------------------------------


class _Known(NamedTuple):
    """Contains the elements to which the parties of a list refer by ids. `values` maps a kind of value and an
    id to an element."""

    values: dict[tuple[str, str], Element]
    locations: dict[str, Element]
    documents: dict[str, list[Element]]
    entries: dict[str, list[Element]]

    def text(self, kind: str, id_: str | None) -> str:
        """Returns the text of the value with the given kind and id."""
        found = self.values.get((kind, id_ or ""))
        return clean(found.text) or "" if found is not None else ""

    def place(self, id_: str | None) -> tuple[list[str], str]:
        """Returns the lines of the address of a location, and its country."""
        found = self.locations.get(id_ or "")
        if found is None:
            return [], ""
        lines: dict[str, str] = {}
        for part in found.iterfind("LocationPart"):
            name = self.text("LocPartType", part.get("LocPartTypeID")).upper()
            lines[name] = clean(part.findtext("LocationPartValue/Value")) or ""
        lands = [
            self.text("Country", e.get("CountryID")) for e in found.iterfind("LocationCountry")
        ]
        for code in found.iterfind("LocationAreaCode"):
            area = self.values.get(("AreaCode", code.get("AreaCodeID", "")))
            if area is not None:
                lands += [area.get("Description", ""), clean(area.text) or ""]
        land = next((one for one in lands if country(one)), "")
        others = [text for name, text in lines.items() if name not in _LINES]
        return [*(lines[name] for name in _LINES if lines.get(name)), *filter(None, others)], land


def _read_advanced(source: Source, problems: Problems) -> Result:
    tags = ("ReferenceValueSets", "Location", "IDRegDocument", "DistinctParty", "SanctionsEntry")
    found, _ = read_xml(source, (*tags, "DateOfIssue"), problems)
    known = _Known({}, {}, defaultdict(list), defaultdict(list))
    issued = None
    for x in found:
        e = x.element
        match e.tag:
            case "ReferenceValueSets":
                known.values.update({(v.tag, v.get("ID", "")): v for group in e for v in group})
            case "Location":
                known.locations[e.get("ID", "")] = e
            case "IDRegDocument":
                known.documents[e.get("IdentityID", "")].append(e)
            case "SanctionsEntry":
                known.entries[e.get("ProfileID", "")].append(e)
            case "DateOfIssue":
                issued = _day(e)
    parties = [x for x in found if x.element.tag == "DistinctParty"]
    read = (_party(x, known, problems) for x in parties)
    published = dt.datetime.combine(issued, dt.time()) if issued else None
    return [entry for entry in read if entry], published


def _party(x: XmlEntry, known: _Known, problems: Problems) -> Entry | None:
    profile = x.element.find("Profile")
    if profile is None:
        problems.add("entry_unreadable", "no profile; left out", x.segment, x.offset)
        return None
    ref = profile.get("ID") or x.element.get("FixedRef")
    schema = _schema(known, profile.get("PartySubTypeID"))
    names: list[EntryName | None] = []
    facts = _facts()
    for identity in profile.iterfind("Identity"):
        types = {
            group.get("ID"): known.text("NamePartType", group.get("NamePartTypeID"))
            for group in identity.iterfind("NamePartGroups/MasterNamePartGroup/NamePartGroup")
        }
        for alias in identity.iterfind("Alias"):
            names += _alias(alias, types, schema == "Person")
        for document in known.documents[identity.get("ID", "")]:
            label = known.text("IDRegDocType", document.get("IDRegDocTypeID"))
            land = known.text("Country", document.get("IssuedBy-CountryID"))
            number = document.findtext("IDRegistrationNo")
            facts.identifiers.append(_document(label, number, land))
    for feature in profile.iterfind("Feature"):
        label = known.text("FeatureType", feature.get("FeatureTypeID"))
        for version in feature.iterfind("FeatureVersion"):
            _version(facts, label, version, known)
    entries = known.entries[profile.get("ID", "")]
    comment = clean(x.element.findtext("Comment"))
    return _made(
        ref, schema, names, facts, x, problems,
        programmes=unique(
            clean(m.findtext("Comment")) for e in entries for m in e.iterfind("SanctionsMeasure")
            if known.text("SanctionsType", m.get("SanctionsTypeID")) in ("Program", "")
        ),
        listed=min(filter(None, (_day(d) for e in entries for d in e.iterfind("EntryEvent/Date"))),
                   default=None),
        remarks=clean("; ".join(unique([comment, *facts.remarks]))),
    )  # fmt: skip


def _schema(known: _Known, sub: str | None) -> str:
    """Returns the schema of a party (such as Person), from its sub-type or, if the sub-type is unknown, from
    its type."""
    found = known.values.get(("PartySubType", sub or ""))
    if found is None:
        return "Unknown"
    name = (clean(found.text) or "").lower()
    if name in ("", "unknown"):
        name = known.text("PartyType", found.get("PartyTypeID")).lower()
    return SCHEMAS.get(name, "Organization" if name == "entity" else "Unknown")


def _alias(
    alias: Element, types: dict[str | None, str], individual: bool
) -> list[EntryName | None]:
    weak = alias.get("LowQuality") == "true"
    kind = "primary" if alias.get("Primary") == "true" else "alias"
    names = []
    for number, written in enumerate(alias.iterfind("DocumentedName")):
        parts = [
            (types.get(value.get("NamePartGroupID"), ""), text)
            for value in written.iterfind("DocumentedNamePart/NamePartValue")
            if (text := clean(value.text))
        ]
        # The second spelling of the primary name is in another script.
        names.append(_named(parts, individual, weak, kind if number == 0 else "alias"))
    return names


def _version(facts: _Facts, label: str, version: Element, known: _Known) -> None:
    details = [
        known.text("DetailReference", detail.get("DetailReferenceID")) or clean(detail.text) or ""
        for detail in version.iterfind("VersionDetail")
    ]
    text = "; ".join(filter(None, details)) or clean(version.findtext("Comment")) or ""
    periods = [p for e in version.iterfind("DatePeriod") if (p := _period(e))]
    places = [known.place(e.get("LocationID")) for e in version.iterfind("VersionLocation")]
    if label.lower() == "location":
        facts.identifiers.extend(address(*lines, land=land) for lines, land in places)
        facts.lands.extend(land for _, land in places)
    elif places:
        for lines, land in places:
            _feature(
                facts,
                label,
                joined((*lines, land if land not in lines else "")) or text,
                None,
                land,
            )
    elif periods:
        for period in periods:
            text = period.from_.isoformat() if period.from_ == period.to else ""
            _feature(facts, label, text, period)
    elif text:
        _feature(facts, label, text, None)


def _day(element: Element | None, last: bool = False) -> dt.date | None:
    """Returns the first possible day of an element with year, month and day, or the last possible day if
    `last` is true."""
    if element is None:
        return None
    year, month, day_ = (
        int(text) if (text := (element.findtext(tag) or "").strip()).isdigit() else 0
        for tag in ("Year", "Month", "Day")
    )
    with suppress(ValueError):
        month = month or (12 if last else 1)
        return dt.date(year, month, day_ or (calendar.monthrange(year, month)[1] if last else 1))
    return None


def _period(element: Element) -> EntryDate | None:
    start, end = element.find("Start"), element.find("End")
    if start is None or end is None:
        return None
    first = _day(start.find("From")) or _day(start.find("To"))
    last = _day(end.find("To"), last=True) or _day(end.find("From"), last=True)
    if first is None or last is None or first > last:
        return None
    about = "true" in (start.get("Approximate"), end.get("Approximate"))
    return EntryDate(from_=first, to=last, approximate=about)


# --- Enhanced XML -------------------------------------------------------------------------------


def _entity(x: XmlEntry, problems: Problems) -> Entry | None:
    me = x.element
    type_ = (x.text("generalInfo/entityType") or "").lower()
    schema = SCHEMAS.get(type_, "Organization" if type_ == "entity" else "Unknown")
    names: list[EntryName | None] = []
    for name in me.iterfind("names/name"):
        weak = name.findtext("isLowQuality") == "true"
        primary = name.findtext("isPrimary") == "true"
        for number, written in enumerate(name.iterfind("translations/translation")):
            parts = [
                (clean(part.findtext("type")) or "", text)
                for part in written.iterfind("nameParts/namePart")
                if (text := clean(part.findtext("value")))
            ]
            kind = "primary" if primary and number == 0 else "alias"
            names.append(
                _named(parts, schema == "Person", weak, kind)
                or whole(written.findtext("formattedFullName"), weak, kind)
            )
    facts = _facts()
    for one in me.iterfind("addresses/address"):
        land = clean(one.findtext("country")) or ""
        facts.lands.append(land)
        for written in one.iterfind("translations/translation"):
            lines = {
                (clean(part.findtext("type")) or "").upper(): part.findtext("value")
                for part in written.iterfind("addressParts/addressPart")
            }
            facts.identifiers.append(address(*map(lines.get, _LINES), land=land))
    for feature in me.iterfind("features/feature"):
        label = clean(feature.findtext("type")) or ""
        text = clean(feature.findtext("value")) or ""
        _feature(facts, label, text, _value_date(feature.find("valueDate")))
    for document in me.iterfind("identityDocuments/identityDocument"):
        facts.identifiers.append(
            _document(
                clean(document.findtext("type")) or "",
                document.findtext("documentNumber"),
                document.findtext("issuingCountry"),
            )
        )
    listed = (day(e.get("datePublished")) for e in me.iterfind("sanctionsLists/sanctionsList"))
    return _made(
        me.get("id"), schema, names, facts, x, problems,
        programmes=unique(x.texts("sanctionsPrograms/sanctionsProgram")),
        listed=min(filter(None, listed), default=None),
        remarks=clean("; ".join(unique([
            x.text("generalInfo/title"), x.text("generalInfo/remarks"), *facts.remarks,
        ]))),
    )  # fmt: skip


def _value_date(element: Element | None) -> EntryDate | None:
    if element is None:
        return None
    stated = {e.tag: clean(e.text) for e in element}
    first = day(stated.get("fromDateBegin")) or day(stated.get("fromDateEnd"))
    last = day(stated.get("toDateEnd")) or day(stated.get("toDateBegin")) or first
    if first is None or last is None or first > last:
        return None
    return EntryDate(from_=first, to=last, approximate=stated.get("isApproximate") == "true")


def _sniff_advanced(source: Source) -> bool:
    return root_tag(source) == "Sanctions" and b"ReferenceValueSets" in source.data[:65536]


ADVANCED = ListFormat(
    name="OFAC-ADVANCED-XML",
    title="OFAC SDN and consolidated non-SDN lists, Advanced XML",
    origin="specification",
    sniff=_sniff_advanced,
    read=_read_advanced,
)
ENHANCED = xml_format(
    name="OFAC-ENHANCED-XML",
    title="OFAC SDN and consolidated non-SDN lists, Enhanced XML",
    origin="specification",
    root="sanctionsData",
    tags=("entity",),
    entry=_entity,
    published="dataAsOf",
)
