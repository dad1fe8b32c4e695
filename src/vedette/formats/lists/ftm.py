"""Reads FollowTheMoney entities as JSON (such as `entities.ftm.json` and `targets.nested.json` of
OpenSanctions), and the table `targets.simple.csv` of OpenSanctions. The readers were written from the
specification, without published files.

An entity is one JSON object with `id`, `schema` and `properties` (name → list of texts, or of entities in
nested files). Passports, identifications, addresses and sanctions are separate entities. The content of a
passport, an address or a sanction is added to the entity to which it refers.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from vedette.core.entries import Entry, EntryIdentifier, EntryName

from .common import (
    ListFormat,
    Problems,
    Result,
    Source,
    births,
    clean,
    countries,
    csv_records,
    day,
    distinct,
    has_columns,
    identifier,
    json_records,
    person,
    said,
    sex,
    split,
    unique,
    whole,
)

SCHEMAS = {
    "Person": "Person",
    "Organization": "Organization",
    "Company": "Organization",
    "PublicBody": "Organization",
    "LegalEntity": "Unknown",
    "Vessel": "Vessel",
    "Airplane": "Aircraft",
}
#: property → kind of identifier.
_KINDS = {
    "passportNumber": "passport",
    "idNumber": "id_card",
    "socialSecurityNumber": "id_card",
    "taxNumber": "tax",
    "vatCode": "tax",
    "innCode": "tax",
    "registrationNumber": "registration",
    "ogrnCode": "registration",
    "leiCode": "lei",
    "swiftBic": "bic",
    "imoNumber": "imo",
    "mmsi": "mmsi",
    "callSign": "call_sign",
    "phone": "phone",
    "email": "email",
    "website": "website",
    "address": "address",
}
#: Schema of a document → kind of identifier.
_PARTS = {"Passport": "passport", "Identification": "id_card"}


#: The texts of the properties of an entity.
Texts = defaultdict[str, list[str]]


@dataclass
class _Parts:
    """Contains the identifiers and sanctions that other entities state about one entity."""

    identifiers: list[EntryIdentifier | None] = field(default_factory=list)
    sanctions: list[Texts] = field(default_factory=list)


def sniff(source: Source) -> bool:
    """Returns whether the file begins with a JSON object or array, and contains the keys `schema` and
    `properties`."""
    head = source.data[: 1 << 20].lstrip(b"\xef\xbb\xbf \t\r\n")
    return (
        head.startswith((b"{", b"["))
        and b'"schema"' in head
        and b'"properties"' in head
        and b'"source_list_url"' not in head
    )


def read(source: Source, problems: Problems) -> Result:
    """Reads all people, organisations, vessels and aircraft. Entities of other kinds are skipped."""
    parts: dict[str, _Parts] = defaultdict(_Parts)
    places: dict[str, str] = {}
    holders: list[tuple[str, str, str, Texts]] = []
    for place, record in json_records(source, "schema", problems):
        id_, schema = said(record.get("id")), said(record["schema"])
        if not id_ or not isinstance(record.get("properties", {}), dict):
            problems.add("row_broken", f"{source.name}: not an entity", place)
            continue
        texts = _texts(record)
        _join(id_, schema, texts, parts, places)
        for inner, name in _nested(record):
            inner_texts = _texts(inner)
            inner_texts["holder"].append(id_)
            inner_texts["entity"].append(id_)
            inner_id = said(inner.get("id"))
            _join(inner_id, said(inner.get("schema")), inner_texts, parts, places)
            if name == "addressEntity":
                texts[name].append(inner_id)
        if schema in SCHEMAS:
            holders.append((place, id_, schema, texts))
    entries = (
        _entry(id_, schema, texts, parts[id_], places, place, problems)
        for place, id_, schema, texts in holders
    )
    return [e for e in entries if e], None


def _texts(record: dict[str, Any]) -> Texts:
    found: Texts = defaultdict(list)
    stated = record.get("properties")
    for name, values in stated.items() if isinstance(stated, dict) else ():
        found[name] = [
            t for v in (values if isinstance(values, list) else [values]) if (t := said(v))
        ]
    return found


def _nested(record: dict[str, Any]) -> Iterator[tuple[dict[str, Any], str]]:
    """Yields the documents, addresses and sanctions inside an entity, each with the name of its property.
    Relatives and owned companies inside an entity are not read, because they are separate entries."""
    stated = record.get("properties")
    for name, values in stated.items() if isinstance(stated, dict) else ():
        for one in values if isinstance(values, list) else ():
            if isinstance(one, dict) and one.get("schema") in (*_PARTS, "Address", "Sanction"):
                yield one, name


def _join(
    id_: str, schema: str, got: Texts, parts: dict[str, _Parts], places: dict[str, str]
) -> None:
    """Stores the content of a document, an address or a sanction for the entity to which it refers."""
    if kind := _PARTS.get(schema):
        land = next(iter(got["country"]), None)
        for owner in dict.fromkeys(got["holder"]):
            parts[owner].identifiers += [identifier(kind, n, land) for n in got["number"]]
    elif schema == "Address":
        places[id_] = next(iter(got["full"]), "")
    elif schema == "Sanction":
        for owner in dict.fromkeys(got["entity"]):
            parts[owner].sanctions.append(got)


def _entry(
    id_: str,
    schema: str,
    got: Texts,
    parts: _Parts,
    places: dict[str, str],
    place: str,
    problems: Problems,
) -> Entry | None:
    names = _names(got)
    if not names:
        problems.add("row_broken", "an entity without a name; left out", place)
        return None
    dates, complete = births(" or ".join(got["birthDate"]))
    if not complete:
        problems.add("date_unreadable", "birth date unreadable", place)
    found = (identifier(kind, value) for name, kind in _KINDS.items() for value in got[name])
    addresses = (identifier("address", places.get(i)) for i in got["addressEntity"])
    programmes = [p for s in parts.sanctions for p in s["programId"] + s["program"]]
    listed = [d for s in parts.sanctions for d in s["listingDate"] + s["startDate"]]
    reasons = [text for s in parts.sanctions for text in s["reason"]]
    return Entry(
        ref=id_,
        schema=SCHEMAS[schema],
        names=names,
        birth_dates=unique(dates),
        birth_places=unique(map(clean, got["birthPlace"])),
        nationalities=countries(got["nationality"] + got["citizenship"]),
        countries=countries(
            got["country"] + got["jurisdiction"] + got["flag"] + got["birthCountry"]
        ),
        sex=next(filter(None, map(sex, got["gender"])), None),
        identifiers=unique([*found, *addresses, *parts.identifiers]),
        programmes=unique([*programmes, *got["programId"], *got["program"], *got["topics"]]),
        listed=next(filter(None, map(day, [*sorted(listed), *got["createdAt"]])), None),
        remarks=clean(" ".join(unique(got["notes"] + reasons))),
    )


def _names(got: Texts) -> tuple[EntryName, ...]:
    primary = whole(next(iter(got["name"]), None))
    aliases = got["name"][1:] + got["alias"] + got["previousName"]
    others = [whole(v, kind="alias") for v in aliases]
    weak = [whole(v, weak=True, kind="alias") for v in got["weakAlias"]]
    given = clean(" ".join([*got["firstName"][:1], *got["secondName"][:1], *got["middleName"][:1]]))
    surname = clean(" ".join(got["lastName"][:1]))
    # If there are several first or last names, it is unknown which belong together. The name is therefore
    # split only if there is one of each.
    single = surname and given and len(got["lastName"]) == 1 and len(got["firstName"]) == 1
    split = person(surname, given, kind="alias") if single else None
    if split and primary and split.full.casefold() == primary.full.casefold():
        primary = EntryName(full=primary.full, surname=surname, given_names=given)
    else:
        others.append(split)
    return distinct([primary, *others, *weak])


# --- targets.simple.csv -------------------------------------------------------------------------

_IMO = re.compile(r"(?:IMO)?\s*(\d{7})")


def _read_simple(source: Source, problems: Problems) -> Result:
    """Reads the table `targets.simple.csv`.

    The table does not state the types of identifiers. Identifiers of people are compared with document
    numbers, and identifiers of vessels with IMO numbers.
    """
    entries = []
    for line, row in csv_records(source, "birthdate", problems):
        ref, schema = row.get("id", ""), row.get("schema", "")
        if schema not in SCHEMAS:
            continue
        names = distinct(
            whole(name, kind="primary" if n == 0 else "alias")
            for n, name in enumerate([row.get("name", ""), *split(row.get("aliases"))])
        )
        if not ref or not names:
            problems.add("row_broken", "no id or no name; left out", f"line {line}")
            continue
        dates, complete = births(row.get("birthdate", ""))
        if not complete:
            problems.add("date_unreadable", "birth date unreadable", f"line {line}")
        lands = split(row.get("countries"))
        entries.append(
            Entry(
                ref=ref,
                schema=SCHEMAS[schema],
                names=names,
                birth_dates=unique(dates),
                countries=countries(lands),
                identifiers=unique(
                    [
                        *(
                            _untyped(value, SCHEMAS[schema])
                            for value in split(row.get("identifiers"))
                        ),
                        *(identifier("phone", value) for value in split(row.get("phones"))),
                        *(identifier("email", value) for value in split(row.get("emails"))),
                        *(identifier("address", value) for value in split(row.get("addresses"))),
                    ]
                ),
                programmes=unique(split(row.get("programids")) or split(row.get("dataset"))),
                listed=day(row.get("firstseen", "").partition("T")[0]),
                remarks=clean(row.get("sanctions")),
            )
        )
    return entries, None


def _untyped(value: str, schema: str) -> EntryIdentifier | None:
    imo = _IMO.fullmatch(value) if schema == "Vessel" else None
    kind = "imo" if imo else "document" if schema == "Person" else "registration"
    return identifier(kind, imo[1] if imo else value)


FORMAT = ListFormat(
    name="FTM-JSON",
    title="FollowTheMoney entities and OpenSanctions targets.nested, JSON",
    origin="specification",
    sniff=sniff,
    read=read,
)
SIMPLE = ListFormat(
    name="OPENSANCTIONS-CSV",
    title="OpenSanctions targets.simple, CSV",
    origin="specification",
    sniff=lambda source: has_columns(source, "id", "schema", "name", "aliases", "birthdate"),
    read=_read_simple,
)
