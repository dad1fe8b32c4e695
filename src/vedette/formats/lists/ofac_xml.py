"""OFAC lists as XML (`sdn.xml` schema), SDN and consolidated non-SDN, under either namespace."""

from __future__ import annotations

from vedette.core.entries import Entry, EntryIdentifier, EntryName

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
    distinct,
    identifier,
    identifiers,
    moment,
    person,
    sex,
    unique,
)
from .ofac_csv import SCHEMAS
from .ofac_remarks import kind_of
from .xmlread import XmlEntry, read_xml, root_tag

_ADDRESS = ("address1", "address2", "address3", "city", "stateOrProvince", "postalCode")


def sniff(source: Source) -> bool:
    """Whether the root is `sdnList`."""
    return root_tag(source) == "sdnList"


def read(source: Source, problems: Problems) -> Result:
    """Reads all sdnEntry elements; `published` is Publish_Date."""
    found = read_xml(source, ("sdnEntry",), problems)
    entries = [e for e in (_entry(x, problems) for x in found.entries) if e]
    return entries, moment(found.header.get("Publish_Date"))


def _entry(x: XmlEntry, problems: Problems) -> Entry | None:
    ref = x.text("uid")
    kind = (x.text("sdnType") or "").lower()
    names = _names(x, kind == "individual")
    if not ref or not names:
        problems.add("entry_unreadable", "no uid or no name; left out", x.segment, x.offset)
        return None
    dates = [birth(d) for d in x.texts("dateOfBirthList/dateOfBirthItem/dateOfBirth")]
    if None in dates:
        problems.add("date_unreadable", f"entry {ref}: birth date unreadable", x.segment, x.offset)
    places = x.texts("placeOfBirthList/placeOfBirthItem/placeOfBirth")
    born_in = [country(p.rpartition(", ")[2]) for p in places]
    flag = x.text("vesselInfo/vesselFlag")
    lands = countries([*x.texts("addressList/address/country"), flag])
    nations = x.texts("nationalityList/nationality/country")
    nations += x.texts("citizenshipList/citizenship/country")
    return Entry(
        ref=ref,
        schema=SCHEMAS.get(kind, "Organization"),
        names=names,
        birth_dates=tuple(dict.fromkeys(d for d in dates if d)),
        birth_places=unique(places),
        nationalities=countries(nations),
        countries=unique([*born_in, *lands]),
        sex=_gender(x),
        identifiers=_identifiers(x),
        programmes=unique(x.texts("programList/program")),
        remarks=clean("; ".join(filter(None, (x.text("title"), x.text("remarks"))))),
    )


def _names(x: XmlEntry, individual: bool) -> tuple[EntryName, ...]:
    found: list[EntryName | None] = [
        _name(x.text("lastName"), x.text("firstName"), individual, weak=False, kind="primary")
    ]
    for aka in x.element.iterfind("akaList/aka"):
        weak = clean(aka.findtext("category")) == "weak"
        last, first = aka.findtext("lastName"), aka.findtext("firstName")
        found.append(_name(last, first, individual, weak=weak, kind="alias"))
    return distinct(found)


def _name(
    last: str | None, first: str | None, individual: bool, weak: bool, kind: str
) -> EntryName | None:
    if individual and first:
        return person(last, first, weak=weak, kind=kind)
    full = clean(last) or clean(first)
    return EntryName(full=full, weak=weak, kind=kind) if full else None


def _gender(x: XmlEntry) -> str | None:
    for element in x.element.iterfind("idList/id"):
        if clean(element.findtext("idType")) == "Gender":
            return sex(element.findtext("idNumber"))
    return None


def _identifiers(x: XmlEntry) -> tuple[EntryIdentifier, ...]:
    found: list[EntryIdentifier | None] = [identifier("call_sign", x.text("vesselInfo/callSign"))]
    for element in x.element.iterfind("idList/id"):
        kind = kind_of(clean(element.findtext("idType")) or "")
        number = clean(element.findtext("idNumber"))
        if kind and number:
            value = number.removeprefix("IMO ")
            found.append(identifier(kind[0], value, element.findtext("idCountry")))
    found += [
        address(*(a.findtext(t) for t in _ADDRESS), land=a.findtext("country"))
        for a in x.element.iterfind("addressList/address")
    ]
    return identifiers(found)


FORMAT = ListFormat(
    name="OFAC-XML",
    title="OFAC SDN and consolidated non-SDN lists, XML",
    origin="published file",
    sniff=sniff,
    read=read,
)
