"""Reads legacy US-EDIFACT PAXLST (001:000, TECS), with the segments CTA, TDT, LOC 005/008, DTM 136/132, UNS
and PDT.

The segment of a person has the form `PDT+P/number:expiry:issuer+surname:given:middle:birth:sex+PAX+from:to`.
A place may be a UN/LOCODE (`NZAKL:50`), whose last three letters are the code of the airport. Times are local
times, and the letter of the time zone is ignored.
"""

from __future__ import annotations

import datetime as dt
from typing import Any

from vedette.core import codes
from vedette.formats.dates import day, stamp
from vedette.formats.edifact import TAGS, MessageText, Seg
from vedette.travellers import records
from vedette.travellers.formats.paxlst import count_people, designator

#: PDT 3rd element → role.
_ROLES = {"PAX": "passenger", "CRW": "crew", "CREW": "crew", "FM": "crew"}
_KNOWN = frozenset({"BGM", "CTA", "COM", "RFF", "NAD", "UNS", "CNT", "GEI", "FTX"})


def is_us(message: MessageText) -> bool:
    """Returns whether a PAXLST message has the legacy US dialect: UNH contains 001:000, or people are in PDT
    segments."""
    stated = message.unh.get(2, 1).strip() == "001"
    return stated or any(seg.tag == "PDT" for seg in message.segments[:40])


def read(message: MessageText) -> records.Message:
    """Converts one legacy PAXLST message to records. The function raises no error, whatever the message
    contains."""
    travellers: list[records.Traveller] = []
    flights: list[dict[str, Any]] = []
    unread: list[records.Unread] = []
    for seg in message.segments:
        if seg.tag == "PDT":
            travellers.append(_traveller(message, seg))
        elif seg.tag == "TDT":
            carrier, number = designator(seg.get(2), seg.get(4))
            flights.append({"carrier": carrier, "number": number})
        elif seg.tag in ("LOC", "DTM"):
            _leg(message, seg, flights[-1] if flights else {})
        elif seg.tag not in _KNOWN:
            unread.append(
                records.Unread(
                    segment=seg.tag if seg.tag in TAGS else "?",
                    offset=seg.offset,
                    length=seg.length,
                )
            )
            if "PAX" in seg.text or seg.text.count(seg.syntax.component) >= 4:
                message.warn("traveller_unclear", "damaged segment of a person; kept", seg)
                travellers.append(_traveller(message, seg))
            else:
                message.warn("segment_unexpected", "unknown segment; skipped", seg)
    if not flights:
        message.warn("flight_missing", "no flight could be read", message.unh)
    counts = [seg for seg in message.segments if seg.tag == "CNT"]
    if counts:  # the dialect has no counts of its own
        count_people(message, counts, travellers)
    return records.Message(
        format="PAXLST",
        envelope=message.envelope,
        function="crew" if {p.role for p in travellers} == {"crew"} else "passengers",
        flights=tuple(records.Flight(**facts) for facts in flights),
        travellers=tuple(travellers),
        warnings=tuple(message.warnings),
        unread=tuple(unread),
        offset=message.unh.offset,
        body=message.body,
    )


def _leg(message: MessageText, seg: Seg, flight: dict[str, Any]) -> None:
    what = seg.get(1).strip()
    if seg.tag == "LOC":
        field = {"005": "origin", "5": "origin", "008": "destination", "8": "destination"}.get(what)
        value: object = _airport(seg.get(2).strip()) or None
    else:
        field = {"136": "departure", "132": "arrival"}.get(what)
        value = stamp(seg.get(2).strip(), seg.get(3).strip())
        if field and value is None and seg.get(2).strip():
            message.warn("date_impossible", "no such time; left out", seg)
    if field and value is not None:
        flight.setdefault(field, value)


def _airport(place: str) -> str:
    return place[2:] if len(place) == 5 and place.isalpha() else place


def _date(message: MessageText, seg: Seg, value: str, birth: bool = False) -> dt.date | None:
    found = day(value, birth=birth, seen=message.prepared_on)
    if found is None and value:
        message.warn("date_impossible", "no such day; left out", seg)
    return found


def _traveller(message: MessageText, seg: Seg) -> records.Traveller:
    kind, _, number = seg.get(1).strip().rpartition("/")
    issuer = seg.get(1, 2).strip()
    document = records.Document(
        type=kind or None,
        number=number,
        # The dialect uses two-letter country codes; the records of travel documents use three-letter codes.
        issuer=codes.alpha3(issuer) or issuer or None,
        expiry=_date(message, seg, seg.get(1, 1).strip()) if number else None,
    )
    given = " ".join(filter(None, (seg.get(2, 1).strip(), seg.get(2, 2).strip())))
    sex = seg.get(2, 4).strip()
    return records.Traveller(
        role=_ROLES.get(seg.get(3).strip(), "passenger"),
        surname=seg.get(2).strip() or None,
        given_names=given or None,
        date_of_birth=_date(message, seg, seg.get(2, 3).strip(), birth=True),
        sex=sex if sex in ("M", "F", "X", "U") else None,
        documents=(document,) if number else (),
        embarkation=_airport(seg.get(4).strip()) or None,
        debarkation=_airport(seg.get(4, 1).strip()) or None,
        segment=seg.tag if seg.tag in TAGS else None,
        offset=seg.offset,
    )
