"""FollowTheMoney entities as JSON lines (`entities.ftm.json`); written from the specification.

Each line is one JSON object: `id`, `schema`, `properties` (name → list of texts). Passports, identifications
and addresses are separate entities and are joined to their holder.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Mapping, Sequence

import msgspec

from vedette.core.entries import Entry, EntryIdentifier, EntryName

from .common import (
    ListFormat,
    Problems,
    Result,
    Source,
    births,
    clean,
    countries,
    day,
    decode_reporting,
    distinct,
    identifier,
    person,
    sex,
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
#: Schema of an entity that belongs to a holder → kind of identifier.
_PARTS = {"Passport": "passport", "Identification": "id_card"}


class _Line(msgspec.Struct):
    id: str
    schema: str
    properties: dict[str, list[str]] = msgspec.field(default_factory=dict)


def sniff(source: Source) -> bool:
    """Whether the first line is a JSON object with a schema and properties."""
    try:
        first = json.loads(source.data[: 1 << 20].split(b"\n", 1)[0])
    except (ValueError, RecursionError):
        return False
    return isinstance(first, dict) and "schema" in first and "properties" in first


def read(source: Source, problems: Problems) -> Result:
    """Reads all people, organisations, vessels and aircraft; other schemata are skipped."""
    lines: list[tuple[int, _Line]] = []
    decoder = msgspec.json.Decoder(_Line)
    for number, text in enumerate(decode_reporting(source, problems).split("\n"), start=1):
        if not text.strip():
            continue
        try:
            lines.append((number, decoder.decode(text)))
        except (msgspec.MsgspecError, RecursionError):
            problems.add("row_broken", f"{source.name}: not an entity", f"line {number}")
    parts: dict[str, list[EntryIdentifier | None]] = defaultdict(list)
    places: dict[str, str | None] = {}
    for _, line in lines:
        got = line.properties
        if kind := _PARTS.get(line.schema):
            land = next(iter(got.get("country", ())), None)
            for owner in got.get("holder", ()):
                parts[owner] += [identifier(kind, n, land) for n in got.get("number", ())]
        elif line.schema == "Address":
            places[line.id] = next(iter(got.get("full", ())), None)
    entries = (
        _entry(line, parts[line.id], places, number, problems)
        for number, line in lines
        if line.schema in SCHEMAS
    )
    return [e for e in entries if e], None


def _entry(
    line: _Line,
    parts: Sequence[EntryIdentifier | None],
    places: Mapping[str, str | None],
    number: int,
    problems: Problems,
) -> Entry | None:
    got = defaultdict(list, line.properties)
    names = _names(got)
    if not names:
        problems.add("row_broken", "an entity without a name; left out", f"line {number}")
        return None
    dates, complete = births(" or ".join(got["birthDate"]))
    if not complete:
        problems.add("date_unreadable", "birth date unreadable", f"line {number}")
    found = (identifier(kind, value) for name, kind in _KINDS.items() for value in got[name])
    addresses = (identifier("address", places.get(i)) for i in got["addressEntity"])
    return Entry(
        ref=line.id,
        schema=SCHEMAS[line.schema],
        names=names,
        birth_dates=unique(dates),
        birth_places=unique(map(clean, got["birthPlace"])),
        nationalities=countries(got["nationality"] + got["citizenship"]),
        countries=countries(
            got["country"] + got["jurisdiction"] + got["flag"] + got["birthCountry"]
        ),
        sex=next(filter(None, map(sex, got["gender"])), None),
        identifiers=unique([*found, *addresses, *parts]),
        programmes=unique(got["programId"] + got["program"] + got["topics"]),
        listed=next(filter(None, map(day, got["createdAt"])), None),
        remarks=clean(" ".join(got["notes"])),
    )


def _names(got: Mapping[str, list[str]]) -> tuple[EntryName, ...]:
    primary = whole(next(iter(got["name"]), None))
    aliases = got["name"][1:] + got["alias"] + got["previousName"]
    others = [whole(v, kind="alias") for v in aliases]
    weak = [whole(v, weak=True, kind="alias") for v in got["weakAlias"]]
    given = clean(" ".join([*got["firstName"][:1], *got["secondName"][:1], *got["middleName"][:1]]))
    surname = clean(" ".join(got["lastName"][:1]))
    # Several first or last names cannot be paired: the name is split only if there is one of each.
    single = surname and given and len(got["lastName"]) == 1 and len(got["firstName"]) == 1
    split = person(surname, given, kind="alias") if single else None
    if split and primary and split.full.casefold() == primary.full.casefold():
        primary = EntryName(full=primary.full, surname=surname, given_names=given)
    else:
        others.append(split)
    return distinct([primary, *others, *weak])


FORMAT = ListFormat(
    name="FTM-JSON",
    title="FollowTheMoney entities, JSON lines",
    origin="specification",
    sniff=sniff,
    read=read,
)
