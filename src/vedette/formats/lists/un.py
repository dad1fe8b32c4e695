"""Reads the consolidated list of the United Nations Security Council (XML, scsanctions.un.org).

A name has four parts, and the list does not state which part is the surname. The reader therefore stores only
the full name (`full`). An alias with the quality `Low` is weak. Names in the original script are in a
separate element, in notes, or in brackets after an alias.
"""

from __future__ import annotations

import re
from xml.etree.ElementTree import Element

from vedette.core.entries import Entry, EntryDate, EntryIdentifier, EntryName

from .common import (
    Problems,
    address,
    birth,
    clean,
    countries,
    day,
    distinct,
    identifier,
    joined,
    sex,
    stated_birth,
    unique,
    whole,
)
from .xmlread import XmlEntry, readable, xml_format

_PARTS = ("FIRST_NAME", "SECOND_NAME", "THIRD_NAME", "FOURTH_NAME")
#: Text in brackets that describes an alias and is not part of it.
_ABOUT = re.compile(r"\s*\((?:previously|formerly|birth name|third|false identity)[^)]*\)?", re.I)
#: A birth date after an alias.
_BORN = re.compile(r",?\s+born (?:in|on|\d).*$", re.I)
_NOTE_SCRIPT = re.compile(r"(?:original script|in arabic(?: script)?)\s*:\s*([^.;]+)", re.I | re.S)
_BRACKETS = re.compile(r"^(.*?)\s*\(\s*(?:original script:\s*)?([^()]+?)\s*\)\s*,?$")
_NUMBER_IN_TEXT = re.compile(r"([A-Z]{0,3}[- ]?\d[\w./ -]*)\s*$")


def _entry(x: XmlEntry, problems: Problems) -> Entry | None:
    kind = x.element.tag
    ref = x.text("REFERENCE_NUMBER") or x.text("DATAID")
    names = _names(x, ref, problems)
    if not ref or not names:
        problems.add("entry_unreadable", "no reference or no name; left out", x.segment, x.offset)
        return None
    places = [
        joined(map(place.findtext, ("STREET", "CITY", "STATE_PROVINCE", "COUNTRY")))
        for place in x.element.iterfind(f"{kind}_PLACE_OF_BIRTH")
    ]
    lands = x.texts(f"{kind}_ADDRESS/COUNTRY") + x.texts(f"{kind}_PLACE_OF_BIRTH/COUNTRY")
    return Entry(
        ref=ref,
        schema="Person" if kind == "INDIVIDUAL" else "Organization",
        names=names,
        birth_dates=_birth_dates(x, ref, problems),
        birth_places=unique([*places, *x.texts("INDIVIDUAL_ALIAS/CITY_OF_BIRTH")]),
        nationalities=countries(x.texts("NATIONALITY/VALUE")),
        countries=countries(lands),
        sex=sex(x.text("GENDER")),
        identifiers=_identifiers(x),
        programmes=unique([x.text("UN_LIST_TYPE")]),
        listed=day(x.text("LISTED_ON")),
        remarks=clean(" ".join([*x.texts("DESIGNATION/VALUE"), x.text("COMMENTS1") or ""])),
    )


def _names(x: XmlEntry, ref: str | None, problems: Problems) -> tuple[EntryName, ...]:
    full = clean(" ".join(x.text(part) or "" for part in _PARTS))
    found: list[tuple[str | None, bool, str]] = [(full, False, "primary")]
    for alias in x.element.iterfind(f"{x.element.tag}_ALIAS"):
        weak = clean(alias.findtext("QUALITY")) == "Low"
        latin, other = _alias(clean(alias.findtext("ALIAS_NAME")) or "", x.damaged)
        other += _NOTE_SCRIPT.findall(alias.findtext("NOTE") or "")[:1]
        found += [(name, weak, "alias") for name in latin]
        found += [(clean(name), weak, "original") for name in other]
    found.append((x.text("NAME_ORIGINAL_SCRIPT"), False, "original"))
    stated = [(text, weak, kind) for text, weak, kind in found if text]
    kept = [n for n in stated if not x.damaged or readable(n[0], n[2] == "original")]
    if lost := len(stated) - len(kept):
        problems.add(
            "name_unreadable",
            f"entry {ref}: {lost} names are damaged beyond reading and left out",
            x.segment,
            x.offset,
        )
    return distinct(
        whole(text, weak, "primary" if kind == "primary" else "alias") for text, weak, kind in kept
    )


def _alias(text: str, damaged: bool) -> tuple[list[str], list[str]]:
    """Splits an alias into its spellings. The spellings that are marked as original script are returned
    separately."""
    if "(original script:" not in text:
        text = _BORN.sub("", _ABOUT.sub("", text.replace(" (original script)", "")))
    start, bracket, rest = text.partition(" (")
    if damaged and bracket and readable(start) and not readable(rest):
        return [start, *re.findall(r"\(([^()]*[a-z]{3}[^()]*)", rest)], []
    found = _BRACKETS.match(text)
    if not found:
        return _parts(text), []
    before, within = found[1], found[2]
    parts = _parts(within)
    if "(original script:" in text:
        return [before], parts
    cut = damaged and readable(before) != readable(within)
    if len(parts) > 1 or cut or _foreign(before) != _foreign(within):
        return [p for p in (before, *parts) if p], []
    return [text], []


def _parts(text: str) -> list[str]:
    return [part for s in text.split(";") if (part := s.strip())]


def _foreign(text: str) -> bool:
    """Returns whether a text contains letters that are not Latin."""
    return any(c > "ɏ" and c.isalpha() and not "ʰ" <= c <= "˿" for c in text)


def _birth_dates(x: XmlEntry, ref: str, problems: Problems) -> tuple[EntryDate, ...]:
    found: list[EntryDate | None] = []
    for element in x.element.iterfind("INDIVIDUAL_DATE_OF_BIRTH"):
        given = {child.tag: clean(child.text) for child in element}
        value = given.get("DATE") or given.get("YEAR")
        first, last = given.get("FROM_YEAR"), given.get("TO_YEAR")
        if not value and not first:
            continue
        about = given.get("TYPE_OF_DATE") == "APPROXIMATELY" or "pprox" in (given.get("NOTE") or "")
        found.append(stated_birth(value, first, last or first, about))
        if found[-1] is None:
            problems.add(
                "date_unreadable", f"entry {ref}: birth date unreadable", x.segment, x.offset
            )
    return unique([*found, *map(birth, x.texts("INDIVIDUAL_ALIAS/DATE_OF_BIRTH"))])


def _identifiers(x: XmlEntry) -> tuple[EntryIdentifier, ...]:
    parts = ("STREET", "CITY", "STATE_PROVINCE", "ZIP_CODE")
    documents = map(_document, x.element.iterfind(f"{x.element.tag}_DOCUMENT"))
    addresses = (
        address(*map(a.findtext, parts), land=a.findtext("COUNTRY"))
        for a in x.element.iterfind(f"{x.element.tag}_ADDRESS")
    )
    return unique([*documents, *addresses])


def _document(element: Element) -> EntryIdentifier | None:
    """Reads a document, and removes text before its number (`Afghan passport number OA…`)."""
    named = " ".join(
        clean(element.findtext(tag)) or "" for tag in ("TYPE_OF_DOCUMENT", "TYPE_OF_DOCUMENT2")
    )
    number = clean(element.findtext("NUMBER"))
    if not number or not any(c.isdigit() for c in number):
        return None
    # The number is at the end. A search of 20,000 digits takes a second.
    within = _NUMBER_IN_TEXT.search(number, max(len(number) - 500, 0))
    if within and re.search(r"[a-z]{4}", number):
        number = within[1]
    kind = "id_card" if "dentif" in named or "dentity" in named else "document"
    if re.search(r"pass?e?port|pasaporte", named, re.I):
        kind = "passport"
    land = element.findtext("ISSUING_COUNTRY") or element.findtext("COUNTRY_OF_ISSUE")
    return identifier(kind, number, land)


FORMAT = xml_format(
    name="UN-XML",
    title="UN Security Council consolidated list",
    origin="published file",
    root="CONSOLIDATED_LIST",
    tags=("INDIVIDUAL", "ENTITY"),
    entry=_entry,
    published="dateGenerated",
)
