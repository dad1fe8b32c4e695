"""Reads UN/EDIFACT PAXLST (D.02B to D.17A, WCO/IATA/ICAO API guide 2.01 to 7): passenger and crew lists.

The module `paxlst_groups` first splits the list into one group of segments for each person. The first part of
this module reads the flights and counts of a list. The second part of this module converts the segments of
one person (group 4) and the documents (group 5) to a `Traveller`. The module `us_paxlst.py` reads legacy
US-EDIFACT, which has the same message type in UNH.
"""

from __future__ import annotations

import itertools
import re
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

from vedette.core import codes
from vedette.formats.dates import birth_period, day, moment
from vedette.formats.edifact import TAGS, MessageText, Seg, whole
from vedette.travellers import records
from vedette.travellers.formats.paxlst_groups import ROLES, Group, Parts, split

#: Carrier (two characters of IATA, three letters of ICAO), number, operational suffix; MCL marks a master
#: crew list, which names a carrier and no flight.
_DESIGNATOR = re.compile(r"((?!\d\d)[A-Z0-9]{2}|[A-Z]{3})[\s/-]?(\d{1,5}[A-Z]?|MCL)$")
#: A carrier code of the same form, without a number.
_CARRIER = re.compile(r"(?!\d\d)[A-Z0-9]{2}|[A-Z]{3}")
#: LOC 3227 in the header → one of the four codes in the guide: last departure before and first arrival after
#: the border (125, 87), other airports (92), final destination (130). The other codes are those of ships.
_POINTS = {
    "125": "125", "87": "87", "92": "92", "130": "130",
    "5": "125", "9": "125", "94": "92", "61": "92", "60": "87", "8": "87", "11": "87",
}  # fmt: skip
#: DTM 2005 → whether it is a departure. Scheduled times take precedence over estimated and actual times.
_TIMES = {"189": True, "232": False, "133": True, "136": True, "132": False, "178": False}
_SCHEDULED = ("189", "232")
_ROAD = ("3", "03")
#: BGM 1001: the list of the people in a road vehicle. The document number of this list is the trip (US ACE).
_ROAD_LIST = "10"
_CREW_LISTS = ("250", "336")
#: BGM C106 → whether the named passengers are on board when the flight closes. XR means that their
#: reservation was cancelled, RP that they were removed from their party.
_BOARDED = {"CL": True, "CLOB": True, "CLNB": False, "XR": False, "RP": False}
#: Some senders write the offset of their time zone after a local time (205, 303).
_ZONE = re.compile(r"(?<=\d{10})(?:[+-]\d{2}:?\d{0,2}|Z)$")
#: LOC 3227 → field of Traveller, or of the current document (91).
_PLACES = {
    "178": "embarkation",
    "179": "debarkation",
    "174": "residence",
    "22": "first_clearance",
    "180": "place_of_birth",
    "91": "issuer",
    "91:163": "place_of_issue",
}
#: DTM 2005 → field of Traveller (329), or of the current document.
_DATES = {"329": "date_of_birth", "36": "expiry", "182": "issued"}
_OF_DOCUMENT = frozenset({"issuer", "expiry", "issued", "place_of_issue"})
#: Fields with a country, for which some senders use two-letter codes.
_COUNTRIES = frozenset({"issuer", "residence", "nationality"})
#: RFF 1153 → field of Traveller.
_REFERENCES = {"AVF": "locator", "ABO": "reference", "SEA": "seat", "AEA": "redress"}
#: The elements of an address in NAD, in their order.
_ADDRESS = ("street", "city", "state", "postcode", "country")
_MOST_TAGS = 99
#: Number of bag tags per message that are listed one by one. Beyond this number, only the first tag of each
#: series is listed.
_ALL_TAGS = 100_000
#: In messages for China, the coupon number follows the ticket number.
_COUPON = re.compile(r"(?<=\d{10})\s?C\d{1,2}$")


@dataclass(slots=True)
class _Point:
    """Contains an airport of a flight, the times that follow this airport in the message, and the qualifiers
    of its LOC segments (`kinds`)."""

    kinds: set[str]
    airport: str
    departure: records.Moment | None = None
    arrival: records.Moment | None = None

    def take(self, seg: Seg, when: records.Moment | None) -> None:
        """Adds a time. A scheduled time replaces any other time."""
        what = seg.get(1).strip()
        field = "departure" if _TIMES[what] else "arrival"
        if when is not None and (getattr(self, field) is None or what in _SCHEDULED):
            setattr(self, field, when)


@dataclass(slots=True)
class _Route:
    """Contains a TDT segment, its airports in order, and the times that precede the first airport in the
    message."""

    tdt: Seg
    points: list[_Point] = field(default_factory=list)
    loose: _Point = field(default_factory=lambda: _Point(set(), ""))
    #: The voyage (RFF+VON) and the IMO number (RFF+VM) of a ship.
    references: dict[str, str] = field(default_factory=dict)


def read(message: MessageText) -> records.Message:
    """Converts one PAXLST message to records. The function raises no error, whatever the message contains."""
    parts = split(message)
    message.warn_each("segment_unexpected", "unknown segment; skipped", parts.debris)
    function, sub_function = _function(parts)
    people = _People(message, _BOARDED.get(sub_function or ""))
    travellers: list[records.Traveller] = []
    for group in parts.groups:
        if group.damaged:
            seg = group.nad or group.segs[0]
            message.warn("traveller_unclear", "name segment of a person is damaged or lost", seg)
        person = _traveller(people, group)
        if person is not None:
            travellers.append(person)
            if person.surname is None and person.given_names is None and not group.damaged:
                message.warn("traveller_unclear", "person without a name", group.nad)
    flights = _flights(message, parts.header, people.dropped)
    if not flights:
        message.warn("flight_missing", "no flight could be read", message.unh)
    by_road = any(seg.tag == "TDT" and seg.get(3).strip() in _ROAD for seg in parts.header)
    if parts.trailer or not by_road:  # lists of road vehicles have no count
        count_people(message, parts.trailer, travellers)
    return records.Message(
        format="PAXLST",
        envelope=message.envelope,
        function=function,
        sub_function=sub_function,
        reporting_party=tuple(_reporters(parts.header)),
        # The COM segments of group 1, which come before the first flight.
        reporting_contacts=_contacts(
            seg.el
            for seg in itertools.takewhile(lambda seg: seg.tag != "TDT", parts.header)
            if seg.tag == "COM"
        ),
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
    """Returns the kind of list (BGM C002) and the function of the list (C106). Some senders write the
    function into C002."""
    for seg in parts.header:
        if seg.tag == "BGM":
            code = seg.get(1).strip()
            sub = "" if code == _ROAD_LIST else (seg.get(2) or seg.get(1, 3)).strip().upper()
            known = "crew" if code in _CREW_LISTS else code or None
            return "passengers" if code == "745" else known, sub[:10] or None
    return None, None


def _reporters(header: list[Seg]) -> Iterator[str]:
    """Yields the name of each reporting party (NAD+MS), or its profile id if it has no name."""
    for seg in header:
        if seg.tag == "NAD":
            for element in [seg.el[x] for x in (4, 3, 2) if seg.get(x).strip()][:1]:
                yield " ".join(filter(None, map(str.strip, element)))


def designator(flight: str, carrier: str) -> tuple[str | None, str | None]:
    """Splits a flight designator such as `AA123` into carrier and number. If the designator is only a number
    (`123`), the carrier comes from the carrier element. Leading zeros of the number are kept."""
    flight, carrier = flight.strip().upper(), carrier.strip().upper()
    if carrier and flight.startswith(carrier) and flight[len(carrier) :].strip(" /-"):
        return carrier, flight[len(carrier) :].strip(" /-")
    if not flight and (found := _DESIGNATOR.match(carrier)):
        return found[1], found[2]
    found = _DESIGNATOR.match(flight)
    # A letter before digits may be part of the number: the carrier element decides.
    if found is None or (carrier and found[1][1].isdigit()):
        return carrier or None, flight or None
    return found[1], found[2]


def _carrier(tdt: Seg) -> str:
    """Returns the carrier in the carrier element (C040): its code or, if there is no code, its name. Some
    senders write the code of the carrier into a neighbouring element."""
    stated = tdt.get(5).strip()
    if stated or _DESIGNATOR.match(tdt.get(2).strip().upper()):
        return stated
    near = (tdt.get(at).strip().upper() for at in (4, 6, 7))
    return next((code for code in near if _CARRIER.fullmatch(code)), tdt.get(5, 3).strip())


def _is_imo(number: str) -> bool:
    """Returns whether a number is an IMO ship number: seven digits, of which the last is a check digit."""
    if whole(number, 7) is None or len(number) != 7:
        return False
    return sum(
        int(d) * weight for d, weight in zip(number, range(7, 1, -1), strict=False)
    ) % 10 == int(number[6])


def _vessel(route: _Route) -> records.Vessel | None:
    """Returns the ship or vehicle that carries the people (C222)."""
    tdt = route.tdt
    number = tdt.get(8).strip()
    numbers = {number: number.upper().removeprefix("IMO").strip()}
    numbers["VM"] = route.references.get("VM", "").upper().removeprefix("IMO").strip()
    imo = next(filter(_is_imo, numbers.values()), None)
    found = records.Vessel(
        imo=imo,
        number=number if number and numbers[number] != imo else None,
        name=tdt.get(8, 3).strip() or None,
        flag=tdt.get(8, 4).strip() or None,
    )
    return found if found != records.Vessel() else None


def _flights(
    message: MessageText, header: list[Seg], dropped: Counter[str]
) -> tuple[records.Flight, ...]:
    routes: list[_Route] = []
    trip = ""
    for seg in header:
        what, route = seg.get(1).strip(), routes[-1] if routes else None
        match seg.tag:
            case "TDT":
                routes.append(_Route(seg))
            case "BGM" if what == _ROAD_LIST:
                trip = seg.get(2).strip()
            case "LOC" if route is not None and what in _POINTS:
                route.points.append(_Point({_POINTS[what]}, seg.get(2).strip()))
            case "DTM" if route is not None and what in _TIMES:
                (route.points[-1] if route.points else route.loose).take(seg, _time(message, seg))
            case "RFF" if route is not None and what in ("VON", "VM"):
                route.references.setdefault(what, seg.get(1, 1).strip())
            case "COM" if route is not None:
                dropped["detail"] += 1
            case "LOC" | "DTM" | "RFF" | "FTX" | "GEI" | "MEA" | "CPI" | "QTY" if what != "TN":
                # Data about the whole list other than its flights is not kept.
                dropped["detail"] += len(seg.el) > 2 or bool(seg.get(1, 1))
    border = any(point.kinds & {"125", "87"} for route in routes for point in route.points)
    return tuple(flight for route in routes for flight in _legs(route, border, trip))


def _chain(points: list[_Point]) -> list[_Point]:
    """Returns the airports in the order of the flight. An airport at which one leg ends and the next leg
    starts may occur twice in the message. The final destination (130) always comes last."""
    ordered = sorted(points, key=lambda point: point.kinds == {"130"})
    if [point.kinds for point in ordered] == [{"87"}, {"125"}]:
        ordered.reverse()
    found: list[_Point] = []
    for point in ordered:
        if found and found[-1].airport == point.airport and point.airport:
            last = found[-1]
            last.kinds |= point.kinds
            last.departure = last.departure or point.departure
            last.arrival = last.arrival or point.arrival
        else:
            found.append(point)
    return found


def _flown(start: _Point, end: _Point) -> bool:
    """Returns whether there is a leg from one airport to the next. There is no leg between the two airports
    if one leg ends at the first airport and another leg starts at the second airport."""
    ends = bool(start.arrival and not start.departure) or start.kinds == {"87"}
    starts = bool(end.departure and not end.arrival) or end.kinds == {"125"}
    return not (ends and starts)


def _legs(route: _Route, border: bool, trip: str) -> list[records.Flight]:
    """Returns the legs of one TDT segment. Each leg goes from one airport to the next."""
    tdt, vessel, loose = route.tdt, _vessel(route), route.loose
    carrier, number = designator(tdt.get(2), _carrier(tdt))
    if tdt.get(3).strip().lstrip("0")[:1] not in ("", "4") or (vessel and vessel.imo):
        # The voyage of a ship, or the trip of a vehicle, has no carrier in its number.
        carrier, number = _carrier(tdt) or None, tdt.get(2).strip() or None
    number = number or route.references.get("VON") or trip or None
    points = _chain(route.points)
    if not points:
        if not (carrier or number or vessel):
            return []
        points = [loose]
    points[0].departure = points[0].departure or loose.departure
    points[-1].arrival = points[-1].arrival or loose.arrival
    nowhere = _Point(set(), "")
    # An airport without a leg to the airport before or after it becomes a separate leg.
    pairs: list[tuple[_Point, _Point]] = []
    led = False
    for at, point in enumerate(points):
        after = points[at + 1] if at + 1 < len(points) else None
        if after is not None and _flown(point, after):
            pairs.append((point, after))
            led = True
            continue
        if not led:
            arrives = point.kinds == {"87"} or (point.arrival and not point.departure)
            pairs.append((nowhere, point) if arrives and route.points else (point, nowhere))
        led = False
    return [
        records.Flight(
            carrier=carrier,
            number=number,
            origin=start.airport or None,
            destination=end.airport or None,
            departure=start.departure,
            arrival=end.arrival
            if end is not nowhere
            else start.arrival
            if start is loose
            else None,
            prime=not border or "125" in start.kinds or "87" in end.kinds,
            vessel=vessel,
        )
        for start, end in pairs
    ]


def _time(message: MessageText, seg: Seg) -> records.Moment | None:
    """Parses a local time in the form `yymmddhhmm` (201; 202 with seconds) or `ccyymmddhhmm` (203; 204 with
    seconds), or a date without a time (101, 102)."""
    value = _ZONE.sub("", seg.get(1, 1).replace(" ", ""))
    short = len(value) in (6, 10) or (len(value) == 12 and seg.get(1, 2).strip() == "202")
    size = 6 if short else 8
    when = moment(value[:size], value[size:])
    if when is None and value:
        message.warn("date_impossible", "no such time; left out", seg)
    return when


def count_people(
    message: MessageText, trailer: list[Seg], travellers: list[records.Traveller]
) -> None:
    """Compares the counts in CNT 42 (passengers), 41 (crew) and 2 or 3 (lines of the message) with the people
    in the message. If a list contains only passengers or only crew, its only count is compared with the
    number of all people, even if the count has the wrong code (41 or 42)."""
    crew = sum(person.role in ("crew", "transit_crew") for person in travellers)
    present = {"42": len(travellers) - crew, "41": crew}
    counts = [seg for seg in trailer if seg.tag == "CNT"]
    if not counts:
        message.warn("cnt_missing", "no CNT: the list may be cut off", message.unt or message.unh)
    # Some senders write `CNT+42+136`, or two counts in one segment.
    told = [
        (seg, (part[0].strip(), part[1] if len(part) > 1 else seg.get(at + 1)))
        for seg in counts
        for at, part in enumerate(seg.el[1:], 1)
        if part[0].strip() in ("41", "42", "2", "3") and (at == 1 or len(part) > 1)
    ]
    for seg, (kind, number) in told:
        stated = whole(number.strip(), 9)
        here = present.get(kind, len(travellers))
        if len(told) == 1 and (here == 0 or stated == len(travellers)):
            here = len(travellers)
        if stated is None:
            message.warn("cnt_count", f"CNT states no number, {here} present", seg)
        elif stated != here:
            who = "crew" if kind == "41" else "passengers"
            message.warn("cnt_count", f"CNT says {stated}, {here} {who} present", seg)


# --- people -------------------------------------------------------------------------------------


@dataclass(slots=True)
class _People:
    """Contains the data that all people of one message have in common, such as whether they are on board. The
    values read from the text of each segment are also stored for reuse, because many segments of a list have
    the same text."""

    message: MessageText
    boarded: bool | None
    #: Number of further serial bag tags that may be listed one by one.
    tags: int = _ALL_TAGS
    dropped: Counter[str] = field(default_factory=Counter)
    facts: dict[str, tuple[str, object]] = field(default_factory=dict)
    document_facts: dict[str, tuple[str, object]] = field(default_factory=dict)


@dataclass(slots=True)
class _Bags:
    stated: int | None = None
    weight: float | None = None
    tags: list[str] = field(default_factory=list)
    count: int = 0


@dataclass(slots=True)
class _Person:
    """Collects the data of one person, segment by segment. If a field occurs several times, its first value
    is kept."""

    people: _People
    message: MessageText
    facts: dict[str, Any] = field(default_factory=dict)
    documents: list[dict[str, Any]] = field(default_factory=list)
    #: The document to which the next DTM or LOC belongs.
    doing: dict[str, Any] | None = None
    bags: _Bags | None = None
    coms: list[list[list[str]]] = field(default_factory=list)
    loyalty: list[records.FrequentFlyer] = field(default_factory=list)
    tickets: list[str] = field(default_factory=list)

    def say(self, seg: Seg, name: str, value: object) -> None:
        """Sets a field of the person or of the current document, if the value is not empty. The value is also
        stored for reuse with the segments of other people that have the same text."""
        if name in _COUNTRIES and isinstance(value, str) and len(value) == 2:
            value = codes.alpha3(value) or value
        of_document = name in _OF_DOCUMENT
        into = self.doing if of_document else self.facts
        if value and into is None:
            self.message.warn("segment_unreadable", "fact of a document without a document", seg)
        elif value and into is not None:
            into.setdefault(name, value)
            known = self.people.document_facts if of_document else self.people.facts
            known[seg.text] = (name, value)


def _traveller(people: _People, group: Group) -> records.Traveller | None:
    """Returns the traveller of a segment group, or None if a damaged group contains no data."""
    person = _Person(people, people.message)
    facts = person.facts
    known, known_document = people.facts, people.document_facts
    if group.nad is not None:
        _name(facts, group.nad, group.damaged)
    for seg in group.segs:
        fact = known.get(seg.text)
        if fact is not None:
            facts.setdefault(*fact)
            continue
        if person.doing is not None:
            fact = known_document.get(seg.text)
            if fact is not None:
                person.doing.setdefault(*fact)
                continue
        reader = _READERS.get(seg.tag)
        if reader is not None:
            reader(person, seg, seg.split())
    if group.damaged and not facts and not person.documents:
        return None
    if person.documents:
        facts["documents"] = _documents(person, group)
    if person.bags is not None:
        bags = person.bags
        count = bags.stated if bags.stated is not None else bags.count or None
        if count is not None or bags.weight is not None:
            facts["bags"] = records.Bags(count=count, weight_kg=bags.weight, tags=tuple(bags.tags))
    if person.coms or "address" in facts:
        facts["contacts"] = _contacts(person.coms, facts.pop("address", None))
    if people.boarded is not None and facts.get("role") not in ("crew", "transit_crew"):
        facts["boarded"] = people.boarded
    where = group.nad or group.segs[0]
    return records.Traveller(
        segment=where.tag if where.tag in TAGS else None,
        offset=where.offset,
        frequent_flyer=tuple(person.loyalty),
        tickets=tuple(person.tickets),
        **facts,
    )


def _name(facts: dict[str, Any], nad: Seg, damaged: bool) -> None:
    el = nad.split()
    size = len(el)
    at = 1
    if damaged:
        at = next((i for i, part in enumerate(el[:4]) if part[0].strip().endswith(tuple(ROLES))), 1)
    role = _component(el, at)
    if role in ROLES or not damaged:
        facts["role"] = ROLES.get(role, "passenger")
    if (party := _component(el, at + 1)) and not damaged and size > at + 3:
        facts["reference"] = party
    name = el[at + 3] if size > at + 3 else None
    if (name is None or not name[0]) and size > at + 2 and el[at + 2][0]:
        name = el[at + 2]
    if name:
        given = " ".join(filter(None, map(str.strip, name[1:5])))
        names = {"surname": name[0].strip(), "given_names": given}
        facts.update({field: text for field, text in names.items() if text})
    if size > at + 4:
        parts = [
            # A state is a code with its code list, or a name.
            (_component(el, place) or _component(el, place, 3) or None)
            if place == at + 6
            else " ".join(filter(None, map(str.strip, part))) or None
            for place, part in enumerate(el[at + 4 :], at + 4)
        ]
        address: dict[str, Any] = dict(zip(_ADDRESS, parts, strict=False))
        if any(address.values()):
            facts["address"] = records.Address(**address)


def _component(el: list[list[str]], element: int, component: int = 0) -> str:
    try:
        return el[element][component].strip()
    except IndexError:
        return ""


def _att(person: _Person, seg: Seg, el: list[list[str]]) -> None:
    sex = (_component(el, 3) or _component(el, 2)).upper()
    if _component(el, 1) not in ("2", ""):
        person.people.dropped["detail"] += 1
    elif sex:
        sex = {"MALE": "M", "FEMALE": "F"}.get(sex, sex)
        if sex in ("M", "F", "X", "U"):
            person.say(seg, "sex", sex)
        else:
            person.message.warn("qualifier_unknown", "sex outside M, F, X, U; left out", seg)


def _dtm(person: _Person, seg: Seg, el: list[list[str]]) -> None:
    what, value = _component(el, 1), _component(el, 1, 1)
    if what in _DATES:
        prepared = person.message.prepared_on
        found = day(value, birth=what == "329", seen=prepared)
        period = birth_period(value, prepared) if found is None and what == "329" else None
        if period is not None:
            person.say(seg, "birth_period", period)
        elif found is None and value:
            person.message.warn("date_impossible", "no such day; left out", seg)
        person.say(seg, _DATES[what], found)
    elif what.isdigit():
        person.people.dropped["detail"] += 1
    else:
        person.message.warn("qualifier_unknown", "date of an unknown kind; left out", seg)


def _loc(person: _Person, seg: Seg, el: list[list[str]]) -> None:
    what, place = _component(el, 1), _component(el, 2)
    if what == "180":
        related = _component(el, 3, 3) or _component(el, 3)
        place = ", ".join(filter(None, (_component(el, 2, 3), related, place)))
    elif not place:
        place = _component(el, 2, 3)
    subdivision = what == "91" and _component(el, 2, 1) == "163"
    if what in _PLACES:
        person.say(seg, _PLACES["91:163" if subdivision else what], place)
    elif what.isdigit():
        person.people.dropped["detail"] += 1
    else:
        person.message.warn("qualifier_unknown", "place of an unknown kind; left out", seg)


def _nat(person: _Person, seg: Seg, el: list[list[str]]) -> None:
    if _component(el, 1) in ("2", ""):
        person.say(seg, "nationality", _component(el, 2) or _component(el, 2, 3))
    else:
        person.message.warn("qualifier_unknown", "NAT of an unknown kind; left out", seg)


def _rff(person: _Person, seg: Seg, el: list[list[str]]) -> None:
    what, value = _component(el, 1), _component(el, 1, 1)
    if what in _REFERENCES:
        person.say(seg, _REFERENCES[what], value)
    elif what == "CR" and value:
        person.loyalty.append(records.FrequentFlyer(number=value))
    elif what == "YZY" and value:
        person.tickets.append(_COUPON.sub("", value))
    elif value:
        person.people.dropped["detail"] += 1


def _doc(person: _Person, seg: Seg, el: list[list[str]]) -> None:
    stated = (("type", _component(el, 1)), ("number", _component(el, 2)))
    person.doing = {name: value for name, value in stated if value}
    person.documents.append(person.doing)


def _mea(person: _Person, seg: Seg, el: list[list[str]]) -> None:
    what, unit, value = _component(el, 1), _component(el, 3), _component(el, 3, 1)
    bags = person.bags = person.bags or _Bags()
    if what == "CT":
        count = whole(value or unit, 5)
        if count is not None:
            bags.stated = count
        elif value or unit:
            person.message.warn("number_impossible", "bag count is not a number; left out", seg)
    elif what != "WT":
        person.people.dropped["detail"] += 1
    else:
        try:
            weight = float(value or unit)
        except ValueError:
            weight = -1.0
        if 0 <= weight < 100_000:
            pounds = unit.upper() in ("LBR", "LB", "LBS", "L")
            bags.weight = round(weight * records.KG_PER_POUND, 2) if pounds else weight
        elif value:
            person.message.warn("number_impossible", "bag weight is not a number; left out", seg)


def _ftx(person: _Person, seg: Seg, el: list[list[str]]) -> None:
    people = person.people
    tag, count = _component(el, 4), _component(el, 4, 1)
    if _component(el, 1) != "BAG":
        people.dropped["remark"] += 1
        return
    if not tag:
        return
    bags = person.bags = person.bags or _Bags()
    number = int(count) if count.isascii() and count.isdigit() and len(count) < 4 else 1
    bags.count += number
    head = tag.rstrip("0123456789")
    digits = tag[len(head) :]
    if number < 2 or not digits:
        bags.tags.append(tag)
        return
    before, people.tags = people.tags, people.tags - number
    if people.tags < 0 <= before:
        text = "more serial bag tags than are spelled out; the first of each series is kept"
        person.message.warn("number_impossible", text, seg)
    listed = min(number, _MOST_TAGS) if people.tags >= 0 else 1
    series = range(int(digits), int(digits) + listed)
    bags.tags += [f"{head}{serial:0{len(digits)}}" for serial in series]


def _com(person: _Person, seg: Seg, el: list[list[str]]) -> None:
    person.coms.append(el)


def _emp(person: _Person, seg: Seg, el: list[list[str]]) -> None:
    function = _component(el, 2) or _component(el, 2, 3)
    person.say(seg, "crew_function", function)
    if not function:
        person.people.dropped["detail"] += 1


def _detail(person: _Person, seg: Seg, el: list[list[str]]) -> None:
    """Counts segments whose content is not kept: GEI (whether data was verified), CPI and QTY."""
    person.people.dropped["detail"] += 1


_READERS = {
    "ATT": _att,
    "DTM": _dtm,
    "MEA": _mea,
    "FTX": _ftx,
    "LOC": _loc,
    "COM": _com,
    "EMP": _emp,
    "NAT": _nat,
    "RFF": _rff,
    "DOC": _doc,
    "GEI": _detail,
    "CPI": _detail,
    "QTY": _detail,
}


def _contacts(
    coms: Iterable[list[list[str]]], address: records.Address | None = None
) -> records.Contacts:
    """Returns the telephone numbers and e-mail addresses from the COM segments, together with the given
    postal address. Fax numbers are left out."""
    phones, emails = [], []
    for part in (part for el in coms for part in el[1:4]):
        value, kind = part[0].strip(), part[1].strip() if len(part) > 1 else ""
        if value and (kind == "EM" or "@" in value or "//" in value):
            emails.append(value.replace("//", "@").replace("..", "_").replace("./", "-"))
        elif value and kind != "FX":
            phones.append(value)
    return records.Contacts(
        phones=tuple(phones), emails=tuple(emails), addresses=(address,) if address else ()
    )


def _documents(person: _Person, group: Group) -> tuple[records.Document, ...]:
    """Returns the documents of a person. A repeated document (same number and type) and a document without a
    number are left out."""
    if len(person.documents) == 1 and "number" in person.documents[0]:
        return (records.Document(**person.documents[0]),)
    found: dict[tuple[object, object], dict[str, Any]] = {}
    for document in person.documents:
        if "number" in document:
            key = (document.get("type"), document["number"])
            found[key] = document | found.get(key, {})
        elif document:
            where = next(seg for seg in group.segs if seg.tag == "DOC" and not seg.get(2).strip())
            person.message.warn("document_unclear", "document without a number; left out", where)
    return tuple(records.Document(**document) for document in found.values())
