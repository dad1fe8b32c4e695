"""Writes records as a complete PAXLST interchange (UN/EDIFACT D.05B and later) with correct counts.

This module writes the fields that `paxlst.read` reads, in the order of the WCO/IATA/ICAO API guide.
`paxlst.read` converts the written interchange back to the same people and flights. Text is encoded as UTF-8.
A release character is written before each separator character in a text.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator

from vedette.core.records import time_of
from vedette.travellers import records

_RELEASED = str.maketrans({mark: f"?{mark}" for mark in ":+?'"} | {"\r": " ", "\n": " "})
_NAD = {"passenger": "FL", "crew": "FM", "transit": "DDU", "transit_crew": "DDT"}
_CREW = ("crew", "transit_crew")


def write(message: records.Message) -> bytes:
    """Writes the interchange of one passenger list, or of a crew list (BGM 250) if `function` is `crew`."""
    envelope = message.envelope
    crew = sum(person.role in _CREW for person in message.travellers)
    passengers = len(message.travellers) - crew
    body = [
        *_header(message),
        *(line for person in message.travellers for line in _person(person)),
        *([f"CNT+42:{passengers}"] if passengers or not crew else []),
        *([f"CNT+41:{crew}"] if crew else []),
    ]
    ref = _text(envelope.message_ref) or "1"
    control = _text(envelope.interchange_ref) or "1"
    kind = ":".join(["PAXLST", *(envelope.release or "D:05B").split(":"), "UN", "IATA"])
    flag = {None: "", True: ":F", False: ":C"}[envelope.last]
    sequence = "" if envelope.sequence is None else f"{envelope.sequence:02d}{flag}"
    unh = f"UNH+{ref}+{kind}+{_text(envelope.common_access_ref)}+{sequence}".rstrip("+")
    parties = f"{_text(envelope.sender)}+{_text(envelope.recipient)}"
    prepared = envelope.prepared.strftime("%y%m%d:%H%M") if envelope.prepared else ""
    segments = [
        f"UNB+UNOA:4+{parties}+{prepared}+{control}++APIS",
        f"UNG+PAXLST+{parties}+{prepared}+{control}+UN+{envelope.release or 'D:05B'}",
        unh,
        *body,
        f"UNT+{len(body) + 2}+{ref}",
        f"UNE+1+{control}",
        f"UNZ+1+{control}",
    ]
    return ("UNA:+.? '\r\n" + "'\r\n".join(segments) + "'\r\n").encode()


def _text(value: str | None) -> str:
    return (value or "").translate(_RELEASED)


def _header(message: records.Message) -> list[str]:
    crew = message.function == "crew"
    sub = _text(message.sub_function) or ("C" if crew else "")
    lines = [f"BGM+{'250' if crew else '745'}+{sub}".rstrip("+")]
    parties = message.reporting_party or filter(None, [message.envelope.sender])
    lines += [f"NAD+MS+++{_text(name)}" for name in parties]
    lines += _contacts(message.reporting_contacts)
    for flight in message.flights:
        carrier = _text(flight.carrier)
        tail = f"+++{carrier}" if carrier else ""
        lines.append(f"TDT+20+{carrier}{_text(flight.number)}{tail}")
        border = ("125", "87") if flight.prime else ("92", "92")
        ends = (
            (flight.origin, flight.departure, "189"),
            (flight.destination, flight.arrival, "232"),
        )
        for place, (airport, when, code) in zip(border, ends, strict=True):
            if airport or when:
                lines.append(f"LOC+{place}+{_text(airport)}")
            if when:
                form, format_code = ("%y%m%d%H%M", "201") if time_of(when) else ("%y%m%d", "101")
                lines.append(f"DTM+{code}:{when:{form}}:{format_code}")
    return lines


def _stated(*values: tuple[str, str | None]) -> list[str]:
    """Returns a segment for each known value. A segment consists of a fixed beginning and the value."""
    return [f"{beginning}{_text(value)}" for beginning, value in values if value]


def _person(person: records.Traveller) -> list[str]:
    names = [_text(person.surname), *(_text(person.given_names).split(" ", 1))]
    name = ":".join(names).rstrip(":")
    bags = person.bags or records.Bags()
    return [
        f"NAD+{_NAD.get(person.role, 'FL')}+++{name}{_address(person.contacts)}".rstrip("+"),
        *_stated(("ATT+2++", person.sex)),
        *([f"DTM+329:{_day(person.date_of_birth)}"] if person.date_of_birth else []),
        *_stated(
            ("MEA+CT++", None if bags.count is None else str(bags.count)),
            ("MEA+WT++KGM:", None if bags.weight_kg is None else f"{bags.weight_kg:g}"),
        ),
        *(f"FTX+BAG+++{_text(tag)}" for tag in bags.tags),
        *_stated(
            ("LOC+178+", person.embarkation),
            ("LOC+179+", person.debarkation),
            ("LOC+174+", person.residence),
            ("LOC+22+", person.first_clearance),
            ("LOC+180+:::", person.place_of_birth),
        ),
        *_contacts(person.contacts),
        *_stated(
            ("EMP+1+", person.crew_function),
            ("NAT+2+", person.nationality),
            ("RFF+AVF:", person.locator),
            ("RFF+ABO:", person.reference),
            ("RFF+SEA:", person.seat),
            ("RFF+AEA:", person.redress),
            *(("RFF+CR:", loyalty.number) for loyalty in person.frequent_flyer),
            *(("RFF+YZY:", ticket) for ticket in person.tickets),
        ),
        *(line for document in person.documents for line in _document(document)),
    ]


def _contacts(contacts: records.Contacts) -> list[str]:
    return [
        *(f"COM+{_text(phone)}:TE" for phone in contacts.phones),
        *(f"COM+{_text(email)}:EM" for email in contacts.emails),
    ]


def _day(day: dt.date) -> str:
    """Writes a date with a two-digit year, as in the guide. The year is written with four digits if two
    digits would be read as another century."""
    today = dt.date.today()
    near = dt.date(today.year - 49, 1, 1) <= day <= today
    return f"{day:%y%m%d}" if near else f"{day.year:04d}{day:%m%d}:102"


def _address(contacts: records.Contacts) -> str:
    for place in contacts.addresses[:1]:
        parts = (place.street, place.city, place.state, place.postcode, place.country)
        return "+" + "+".join(map(_text, parts))
    return ""


def _document(document: records.Document) -> Iterator[str]:
    kind = f"{_text(document.type)}:110:111" if document.type else ""
    yield f"DOC+{kind}+{_text(document.number)}"
    for code, day in (("182", document.issued), ("36", document.expiry)):
        if day:
            yield f"DTM+{code}:{day:%y%m%d}"
    if document.issuer:
        yield f"LOC+91+{_text(document.issuer)}"
