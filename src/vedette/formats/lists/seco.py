"""Reads the list of the Swiss State Secretariat for Economic Affairs (SECO), in XML.

A name consists of ordered parts, each with spelling variants by language and script. A target (an entry of
the list) contains identities with names, dates and documents. Targets refer to places and programmes by ids.
A target whose last modification is `de-listed` is left out.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple
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
    joined,
    moment,
    person,
    sex,
    unique,
    whole,
)
from .xmlread import XmlEntry, read_xml, root_tag

#: `document-type` → kind of identifier. All other types are `document`.
_KINDS = {
    "passport": "passport",
    "diplomatic-passport": "passport",
    "service-passport": "passport",
    "id-card": "id_card",
    "tax-number": "tax",
}
_SURNAMES = ("family-name", "maiden-name")
_GIVEN = ("given-name", "further-given-name")
#: Maximum number of spellings of a name in one language and script.
_SPELLINGS = 20
#: Pattern of other information → kind of identifier.
_STATED = (
    (re.compile(r"IMO\s*(?:number|no\.?)?\s*:?\s*(\d{7})", re.I), "imo"),
    (re.compile(r"(?:Tel\.|Telephone|Phone)(?: number)? ?: ?(\+?[0-9][-0-9 ()]+)", re.I), "phone"),
    (re.compile(r"E-?mail(?: address)? ?: ?(\S+@[\w.-]+\w)", re.I), "email"),
    (re.compile(r"Website ?: ?(\S+)", re.I), "website"),
    (re.compile(r"(?:Taxpayer identification|Tax registration|Tax) number ?: ?([\w/-]+)", re.I), "tax"),
    (re.compile(r"registration number ?: ?([\w/-]+)", re.I), "registration"),
    (re.compile(r"(?:National identification|ID card|Identity card)[^:]{0,20}: ?([\w/-]+)", re.I),
     "id_card"),
    (re.compile(r"Passport[^:]{0,20}: ?([\w/-]+)", re.I), "passport"),
)  # fmt: skip


class _Known(NamedTuple):
    """Contains the elements to which targets refer by ids: places, and the programmes of sets of
    sanctions."""

    programmes: dict[str, str]
    places: dict[str, Element]


def _read(source: Source, problems: Problems) -> Result:
    found, stated = read_xml(source, ("sanctions-program", "target", "place"), problems)
    known = _Known({}, {})
    for x in found:
        if x.element.tag == "place":
            known.places[x.element.get("ssid", "")] = x.element
        elif x.element.tag == "sanctions-program":
            title = _english(x.element, "program-key") or _english(x.element, "program-name")
            known.programmes.update(
                {e.get("ssid", ""): title for e in x.element.iter("sanctions-set")}
            )
    targets = [x for x in found if x.element.tag == "target" and not _deleted(x.element)]
    read = (_target(x, known, problems) for x in targets)
    return [entry for entry in read if entry], moment(stated.get("date"))


def _english(element: Element, tag: str) -> str:
    texts = {e.get("lang"): clean(e.text) or "" for e in element.iterfind(tag)}
    return texts.get("eng") or next(filter(None, texts.values()), "")


def _modifications(element: Element, kind: str = "") -> list[str]:
    """Returns the dates of the modifications of one kind or, if no kind is given, of all kinds."""
    return [
        e.get("publication-date") or e.get("effective-date") or e.get("enactment-date") or ""
        for e in element.iterfind("modification")
        if kind in ("", e.get("modification-type"))
    ]


def _deleted(element: Element) -> bool:
    ended = _modifications(element, "de-listed")
    return bool(ended) and max(ended) >= max(_modifications(element))


def _target(x: XmlEntry, known: _Known, problems: Problems) -> Entry | None:
    ref = x.element.get("ssid")
    subject = next((e for e in x.element if e.tag in ("individual", "entity", "object")), None)
    names = distinct(_names(subject)) if subject is not None else ()
    if not ref or subject is None or not names:
        problems.add("entry_unreadable", "no id or no name; left out", x.segment, x.offset)
        return None
    individual = subject.tag == "individual"
    births = list(map(_birth, subject.iterfind("identity/day-month-year"))) if individual else []
    if None in births:
        problems.add("date_unreadable", f"entry {ref}: birth date unreadable", x.segment, x.offset)
    born = [_place(e, known) for e in subject.iterfind("identity/place-of-birth")]
    homes = [_place(e, known) for e in subject.iterfind("identity/address")]
    nations = [
        e.get("iso-code") or e.text for e in subject.iterfind("identity/nationality/country")
    ]
    others = [clean(e.text) or "" for e in subject.iter("other-information")]
    reasons = [clean(e.text) for e in subject.iter("justification")]
    sets = [x.element.get("sanctions-set-id"), *x.texts("sanctions-set-id")]
    listed = [d for text in _modifications(x.element, "listed") if (d := day(text))]
    return Entry(
        ref=ref,
        schema=_schema(subject),
        names=names,
        birth_dates=unique(births),
        birth_places=unique(joined((*lines, land)) for lines, land in born),
        nationalities=countries(nations),
        countries=countries(land for _, land in (*born, *homes)),
        sex=sex(subject.get("sex")),
        identifiers=unique(
            [
                *map(_document, subject.iterfind("identity/identification-document")),
                *(one for text in others for one in _stated(text)),
                *(address(*lines, land=land) for lines, land in homes),
            ]
        ),
        programmes=unique(known.programmes.get(one or "") for one in sets),
        listed=min(listed, default=None),
        remarks=clean("; ".join(unique([*reasons, *others]))),
    )


def _schema(subject: Element) -> str:
    if subject.tag == "object":
        kinds = {"vessel": "Vessel", "aircraft": "Aircraft"}
        return kinds.get(subject.get("object-type", ""), "Unknown")
    return "Person" if subject.tag == "individual" else "Organization"


def _names(subject: Element) -> Iterator[EntryName | None]:
    individual = subject.tag == "individual"
    identities = sorted(subject.iterfind("identity"), key=lambda e: e.get("main") != "true")
    for identity in identities:
        main = identity.get("main", "true") == "true"
        for name in identity.iterfind("name"):
            weak = name.get("quality") == "low"
            kind = "primary" if main and name.get("name-type") == "primary-name" else "alias"
            parts = sorted(
                (e for e in name.iterfind("name-part") if e.get("name-part-type") != "title"),
                key=lambda e: int(o) if (o := e.get("order", "")).isdigit() and len(o) < 6 else 0,
            )
            for number, spelling in enumerate(_spellings(parts)):
                yield _name(parts, spelling, individual, weak, kind if number == 0 else "alias")


def _spellings(parts: list[Element]) -> Iterator[list[str]]:
    """Yields the spellings of a name, each as the texts of its parts. The main spelling comes first, followed
    by the variants for each language and script. If a part has fewer variants than the others, its last
    variant is repeated. If a part has no variant, its main spelling is used."""
    own = [clean(e.findtext("value")) or "" for e in parts]
    yield own
    variants: dict[tuple[str | None, str | None], list[list[str]]] = {}
    for at, part in enumerate(parts):
        for e in part.iterfind("spelling-variant"):
            found = variants.setdefault((e.get("lang"), e.get("script")), [[] for _ in parts])
            if text := clean(e.text):
                found[at].append(text)
    for spelled in variants.values():
        for n in range(min(max(map(len, spelled)), _SPELLINGS)):
            yield [
                texts[min(n, len(texts) - 1)] if texts else first
                for texts, first in zip(spelled, own, strict=True)
            ]


def _name(
    parts: list[Element], texts: list[str], individual: bool, weak: bool, kind: str
) -> EntryName | None:
    types = [part.get("name-part-type") for part in parts]
    pairs = list(zip(types, texts, strict=True))
    full = clean(" ".join(texts))
    surname = clean(" ".join(text for type_, text in pairs if type_ in _SURNAMES))
    given = clean(" ".join(text for type_, text in pairs if type_ in _GIVEN))
    if individual and surname and given and set(types) <= {*_SURNAMES, *_GIVEN}:
        return person(surname, given, weak, kind)
    if individual and surname and given and full:
        return EntryName(full=full, surname=surname, given_names=given, weak=weak, kind=kind)
    return whole(full, weak, kind)


def _birth(element: Element) -> EntryDate | None:
    parts = [element.get(part) for part in ("year", "month", "day")]
    text = "-".join(part for n, part in enumerate(parts) if part and all(parts[:n]))
    return birth(("circa " if element.get("quality") == "circa" else "") + text)


def _place(element: Element, known: _Known) -> tuple[list[str | None], str | None]:
    """Returns the lines of an address or a place of birth, and its country."""
    place = known.places.get(element.get("place-id", ""))
    town = area = land = None
    if place is not None:
        town, area = clean(place.findtext("location")), clean(place.findtext("area"))
        found = place.find("country")
        land = (found.get("iso-code") or clean(found.text)) if found is not None else None
    box = clean(element.findtext("p-o-box"))
    street = clean(element.findtext("address-details"))
    code = clean(element.findtext("zip-code"))
    return [street, f"P.O. Box {box}" if box else None, code, town, area], land


def _document(element: Element) -> EntryIdentifier | None:
    kind = _KINDS.get(element.get("document-type", ""), "document")
    issuer = element.find("issuer")
    land = (issuer.get("code") or issuer.text) if issuer is not None else None
    return identifier(kind, element.findtext("number"), land)


def _stated(text: str) -> Iterator[EntryIdentifier | None]:
    for form, kind in _STATED:
        found = form.search(text)
        if found:
            yield identifier(kind, found[1].strip(" .;"))
            return


FORMAT = ListFormat(
    name="CH-SECO-XML",
    title="Swiss sanctions list (SECO)",
    origin="specification",
    sniff=lambda source: root_tag(source) == "swiss-sanctions-list",
    read=_read,
)
