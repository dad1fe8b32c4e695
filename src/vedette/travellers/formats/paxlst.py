"""Reads UN/EDIFACT PAXLST (D.02B to D.17A, WCO/IATA/ICAO API guide 2.01 to 7): passenger and crew lists.

Legacy US-EDIFACT, which states the same message type in UNH, is in `us_paxlst.py`.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterator

from vedette.formats.dates import stamp
from vedette.formats.edifact import TAGS, MessageText, Seg
from vedette.travellers import records
from vedette.travellers.formats.paxlst_groups import Parts, split
from vedette.travellers.formats.paxlst_person import People, sort_contacts, traveller

#: Carrier (two characters of IATA, three letters of ICAO), number, operational suffix; MCL marks a master
#: crew list, which names a carrier and no flight.
_DESIGNATOR = re.compile(r"((?!\d\d)[A-Z0-9]{2}|[A-Z]{3})\s?(\d{1,4}[A-Z]?|MCL)$")
_CREW_LISTS = ("250", "336")
#: BGM C106 → whether the named passengers are on board: the flight was closed with or without them; XR is a
#: cancelled reservation, RP a party reduced by them.
_BOARDED = {"CL": True, "CLOB": True, "CLNB": False, "XR": False, "RP": False}
#: Some senders write the offset of their time zone after a local time (205, 303).
_ZONE = re.compile(r"(?<=\d{10})(?:[+-]\d{2}:?\d{0,2}|Z)$")
_NO = records.Contacts()


class _Point:
    """An airport of a flight, with the times stated after it."""

    __slots__ = ("airport", "arrival", "departure", "kind")

    def __init__(self, kind: str, airport: str) -> None:
        self.kind = kind
        self.airport = airport
        self.departure: dt.datetime | None = None
        self.arrival: dt.datetime | None = None


class _Route:
    """A TDT with its airports in order, and the times stated before any of them."""

    __slots__ = ("loose", "points", "tdt")

    def __init__(self, tdt: Seg) -> None:
        self.tdt = tdt
        self.points: list[_Point] = []
        self.loose = _Point("", "")


def read(message: MessageText) -> records.Message:
    """Reads one PAXLST into records; never raises because of its content."""
    parts = split(message)
    message.warn_each("segment_unexpected", "unknown segment; skipped", parts.debris)
    function, sub_function = _function(parts)
    people = People(message, _BOARDED.get(sub_function or ""))
    travellers: list[records.Traveller] = []
    for group in parts.groups:
        if group.damaged:
            seg = group.nad or group.segs[0]
            message.warn("traveller_unclear", "name segment of a person is damaged or lost", seg)
        person = traveller(people, group)
        if person is None:
            continue
        travellers.append(person)
        if person.surname is None and person.given_names is None and not group.damaged:
            message.warn("traveller_unclear", "person without a name", group.nad)
    flights = _flights(message, parts.header)
    if not flights:
        message.warn("flight_missing", "no flight could be read", message.unh)
    count_people(message, parts.trailer, travellers)
    return records.Message(
        format="PAXLST",
        envelope=message.envelope,
        function=function,
        sub_function=sub_function,
        reporting_party=tuple(_reporters(parts.header)),
        reporting_contacts=_reporters_contacts(parts.header),
        flights=flights,
        travellers=tuple(travellers),
        warnings=tuple(message.warnings),
        unread=tuple(
            records.Unread(
                segment=seg.tag if seg.tag in TAGS else "?", offset=seg.offset, length=seg.length
            )
            for seg in parts.debris
        ),
        dropped=tuple(
            records.DroppedText(kind=kind, count=n) for kind, n in sorted(people.dropped.items())
        ),
        offset=message.unh.offset,
        body=message.body,
    )


def _function(parts: Parts) -> tuple[str | None, str | None]:
    """The kind of list (BGM C002) and its function (C106; some senders write it into C002)."""
    for seg in parts.header:
        if seg.tag == "BGM":
            code = seg.get(1).strip()
            sub = (seg.get(2) or seg.get(1, 3)).strip().upper()
            known = "crew" if code in _CREW_LISTS else code or None
            return "passengers" if code == "745" else known, sub[:10] or None
    return None, None


def _reporters(header: list[Seg]) -> Iterator[str]:
    """Names of the reporting parties (NAD+MS), or their profile ids if they have no name."""
    for seg in header:
        if seg.tag == "NAD":
            parts = next((x for x in (4, 3, 2) if seg.get(x).strip()), None)
            if parts is not None:
                yield " ".join(filter(None, map(str.strip, seg.el[parts])))


def _reporters_contacts(header: list[Seg]) -> records.Contacts:
    """Telephone numbers and e-mail addresses before the first flight (COM of group 1)."""
    found: tuple[list[str], list[str]] = ([], [])
    for seg in header:
        if seg.tag == "TDT":
            break
        if seg.tag == "COM":
            sort_contacts(seg.el, *found)
    return records.Contacts(phones=tuple(found[0]), emails=tuple(found[1])) if any(found) else _NO


def designator(flight: str, carrier: str) -> tuple[str | None, str | None]:
    """Splits `AA123`, or `123` with the carrier element, into carrier and number (zeros as sent)."""
    flight, carrier = flight.strip().upper(), carrier.strip().upper()
    if carrier and flight.startswith(carrier) and flight[len(carrier) :].strip():
        return carrier, flight[len(carrier) :].strip()
    found = _DESIGNATOR.match(flight)
    if found is not None:
        return found[1], found[2]
    return carrier or None, flight or None


def _flights(message: MessageText, header: list[Seg]) -> tuple[records.Flight, ...]:
    routes: list[_Route] = []
    for seg in header:
        if seg.tag == "TDT":
            routes.append(_Route(seg))
            continue
        what = seg.get(1).strip()
        if not routes:
            continue
        points = routes[-1].points
        if seg.tag == "LOC" and what in ("125", "87", "92"):
            points.append(_Point(what, seg.get(2).strip()))
        elif seg.tag == "DTM" and what in ("189", "232"):
            point = points[-1] if points else routes[-1].loose
            when = _time(message, seg)
            if what == "189":
                point.departure = point.departure or when
            else:
                point.arrival = point.arrival or when
    border = any(point.kind != "92" for route in routes for point in route.points)
    return tuple(flight for route in routes for flight in _legs(route, border))


def _legs(route: _Route, border: bool) -> list[records.Flight]:
    """The legs of one TDT. Its airports are paired in order; an airport that ends one leg also starts the
    next if it states a departure or is followed by a single further airport."""
    carrier, number = designator(route.tdt.get(2), route.tdt.get(5))
    points = route.points
    if len(points) == 2 and points[0].kind == "87" and points[1].kind == "125":
        points = points[::-1]
    if not points:
        known = carrier or number
        return [records.Flight(carrier=carrier, number=number, prime=not border)] if known else []
    points[0].departure = points[0].departure or route.loose.departure
    points[-1].arrival = points[-1].arrival or route.loose.arrival
    legs = []
    at = 0
    while at < len(points):
        start = points[at]
        end = points[at + 1] if at + 1 < len(points) else None
        if end is None and start.kind == "87":
            start, end = _Point("125", ""), start
        legs.append(
            records.Flight(
                carrier=carrier,
                number=number,
                origin=start.airport or None,
                destination=(end and end.airport) or None,
                departure=start.departure,
                arrival=end.arrival if end else None,
                prime=not border or start.kind == "125" or (end is not None and end.kind == "87"),
            )
        )
        left = len(points) - at - 2
        chained = end is not None and (left == 1 or (left > 0 and end.departure is not None))
        at += 1 if chained else 2
    return legs


def _time(message: MessageText, seg: Seg) -> dt.datetime | None:
    """Parses `yymmddhhmm` (201, 202 with seconds), `ccyymmddhhmm` (203, 204 with seconds), or a date alone
    (101, 102) as local time."""
    value = _ZONE.sub("", seg.get(1, 1).strip())
    short = len(value) in (6, 10) or (len(value) == 12 and seg.get(1, 2).strip() == "202")
    size = 6 if short else 8
    when = stamp(value[:size], value[size:])
    if when is None and value:
        message.warn("date_impossible", "no such time; left out", seg)
    return when


def count_people(
    message: MessageText, trailer: list[Seg], travellers: list[records.Traveller]
) -> None:
    """Compares CNT 42 (passengers), 41 (crew) and 2 or 3 (lines of the message) with the people present. A
    list with only one kind of people may count them under the code of the other kind."""
    crew = sum(person.role in ("crew", "transit_crew") for person in travellers)
    present = {"42": len(travellers) - crew, "41": crew}
    counts = [seg for seg in trailer if seg.tag == "CNT"]
    if not counts:
        message.warn("cnt_missing", "no CNT: the list may be cut off", message.unt or message.unh)
    for seg in counts:
        kind = seg.get(1).strip()
        stated = (seg.get(1, 1) or seg.get(2)).strip()
        if kind not in ("41", "42", "2", "3"):
            continue
        here = present.get(kind, len(travellers))
        if here == 0 and len(counts) == 1:
            here = len(travellers)
        if not (stated.isascii() and stated.isdigit() and len(stated) < 10):
            message.warn("cnt_count", f"CNT states no number, {here} present", seg)
        elif int(stated) != here:
            who = "crew" if kind == "41" else "passengers"
            message.warn("cnt_count", f"CNT says {int(stated)}, {here} {who} present", seg)
