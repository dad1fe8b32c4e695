"""Passenger lists in their variants: legs, crew, transit, bags, places, counts, dialects."""

from __future__ import annotations

import datetime as dt
import random

import pytest

from vedette.bench.messages import Source, passenger_list
from vedette.formats.warnings import WARNINGS
from vedette.travellers import formats, records

ROE = "NAD+FL+++ROE:JO'ATT+2++M'DTM+329:720907'"
FLIGHT = "TDT+20+ZZ412+++ZZ'LOC+125+LOS'DTM+189:2611240905:201'LOC+87+CDG'DTM+232:2611241550:201'"


def read(
    body: str = ROE, cnt: str = "CNT+42:1'", flight: str = FLIGHT, bgm: str = "BGM+745'"
) -> records.Message:
    segments = bgm + flight + body + cnt
    text = (
        f"UNB+UNOA:4+A+B+261124:0800+1'UNH+1+PAXLST:D:12B:UN:IATA'{segments}"
        f"UNT+{segments.count(chr(39)) + 2}+1'UNZ+1+1'"
    )
    (message,) = formats.read(text.encode())
    return message


def codes(message: records.Message) -> list[str]:
    return [warning.code for warning in message.warnings]


def legs(message: records.Message) -> list[tuple[str | None, str | None, bool]]:
    return [(leg.origin, leg.destination, leg.prime) for leg in message.flights]


@pytest.mark.parametrize(
    "flight",
    [
        "TDT+20+ZZ1'LOC+92+A'LOC+92+B'LOC+125+B'LOC+87+C'",
        "TDT+20+ZZ1'LOC+92+A'LOC+125+B'LOC+87+C'",
        "TDT+20+ZZ1'LOC+92+A'LOC+92+B'TDT+20+ZZ1'LOC+125+B'LOC+87+C'",
        "TDT+20+ZZ1'LOC+92+A'LOC+125+B'DTM+232:2611241000:201'DTM+189:2611241100:201'LOC+87+C'",
    ],
)
def test_a_progressive_flight_has_its_legs_and_one_crosses_the_border(flight: str) -> None:
    """Pairs of airports in one TDT, a chain of them, or one TDT a leg; 125 to 87 is the prime leg."""
    message = read(flight=flight)
    assert legs(message) == [("A", "B", False), ("B", "C", True)]
    assert codes(message) == []


def test_times_before_the_airports_are_of_the_flight() -> None:
    """DTM in front of its LOC."""
    (leg,) = read(flight="TDT+20+ZZ1'DTM+189:2611240905:201'LOC+125+A'LOC+87+B'").flights
    assert leg.departure == dt.datetime(2026, 11, 24, 9, 5)


@pytest.mark.parametrize(
    ("written", "carrier", "number"),
    [
        ("TDT+20+ZZ0412'", "ZZ", "0412"),
        ("TDT+20+412+++ZZ'", "ZZ", "412"),
        ("TDT+20+3K412A'", "3K", "412A"),
        ("TDT+20+ABC412'", "ABC", "412"),
        ("TDT+20+ZZMCL'", "ZZ", "MCL"),
    ],
)
def test_carrier_and_number_are_told_apart(written: str, carrier: str, number: str) -> None:
    """Two characters of IATA or three letters of ICAO, zeros and suffix as sent."""
    (flight,) = read(flight=written).flights
    assert (flight.carrier, flight.number) == (carrier, number)


def test_crew_with_place_of_birth_in_parts() -> None:
    """FM, EMP, and LOC+180 with town, region and state."""
    crew = (
        "NAD+FM+++ROE:JO'LOC+180+USA:::LYON+:::RHONE'EMP+1+CR1:110:111'DOC+L:110:111+P5'LOC+91+USA'"
    )
    message = read(crew, cnt="CNT+41:1'", bgm="BGM+250+C'")
    (person,) = message.travellers
    assert (person.role, person.crew_function) == ("crew", "CR1")
    assert person.place_of_birth == "LYON, RHONE, USA"
    assert message.function == "crew"
    assert codes(message) == []


def test_bags_by_tags_in_sequence_and_pounds() -> None:
    """A tag with a count stands for that many, one higher each."""
    (person,) = read("NAD+FL+++ROE:JO'MEA+WT++LBR:44'FTX+BAG+++AB0099:2'").travellers
    assert person.bags == records.Bags(count=2, weight_kg=19.96, tags=("AB0099", "AB0100"))


def test_transit_with_a_ticket_and_contacts() -> None:
    """DDU; China's ticket number; AIRIMP escapes of an e-mail address."""
    body = "NAD+DDU+++ROE:JO+1 RUE+LYON++69001+FRA'COM+A..B//C.FR:EM+55:TE'RFF+YZY:7811234567890C1'"
    (person,) = read(body).travellers
    assert person.role == "transit"
    assert person.tickets == ("7811234567890",)
    assert person.contacts.emails == ("A_B@C.FR",)
    assert person.contacts.phones == ("55",)
    assert person.contacts.addresses[0].postcode == "69001"


@pytest.mark.parametrize(
    ("body", "cnt", "expected"),
    [
        (ROE, "CNT+42:2'", ["cnt_count"]),
        (ROE, "CNT+42+1'", []),
        (ROE, "CNT+3:1'", []),
        (ROE, "CNT+3:2'", ["cnt_count"]),
        (ROE, "", ["cnt_missing"]),
        (ROE, "CNT+42:X'", ["cnt_count"]),
        (ROE + "NAD+FM+++A:B'", "CNT+42:1'CNT+41:1'", []),
        (ROE + "NAD+FM+++A:B'", "CNT+42:1'CNT+41:2'", ["cnt_count"]),
        ("NAD+FM+++A:B'", "CNT+42:1'", []),
        ("", "CNT+42:0'", []),
        ("NAD+FL+++ROE:JO'DTM+329:720231'", "CNT+42:1'", ["date_impossible"]),
        ("NAD+FL+++ROE:JO'DTM+329:'DOC+P+'", "CNT+42:1'", ["document_unclear"]),
        ("NAD+FL'", "CNT+42:1'", ["traveller_unclear"]),
        ("NAD+FL+++ROE:JO'DOC++1'LOC+999+X'GEI+4+173'RFF+ZZZ:1'", "CNT+42:1'", []),
    ],
)
def test_what_is_wrong_is_named_and_what_is_right_is_not(
    body: str, cnt: str, expected: list[str]
) -> None:
    """Counts of people, dates, documents and names; unknown but well-formed codes are no fault."""
    assert codes(read(body, cnt)) == expected


def test_the_legacy_dialect_of_the_united_states() -> None:
    """PDT for a person; two-letter states written as travel documents have them."""
    text = (
        "UNB+UNOA:1+A:NZ+USCS:US+020131:2359+1'UNH+1+PAXLST:001:000:NZ'TDT++ZZ812+40+ZZ'"
        "LOC+005+AAAKL:50'DTM+136+020131+1030+M05'LOC+008+USLAX:50'DTM+132+020131+2200+M05'UNS+D'"
        "PDT+P/E54321A:980831:IE+O?'LEARY:KRIS:ANN:331231:F+PAX+AAAKL:USLAX'UNT+9+1'UNZ+1+1'"
    )
    (message,) = formats.read(text.encode())
    (person,) = message.travellers
    assert (person.surname, person.given_names, person.sex) == ("O'LEARY", "KRIS ANN", "F")
    assert person.date_of_birth == dt.date(1933, 12, 31)
    (document,) = person.documents
    assert (document.type, document.number, document.issuer) == ("P", "E54321A", "IRL")
    assert document.expiry == dt.date(1998, 8, 31)
    assert message.flights[0].departure == dt.datetime(2002, 1, 31, 10, 30)
    assert codes(message) == []


def test_every_code_that_is_given_is_documented() -> None:
    """The list in the documentation is made from the same table."""
    rng = random.Random(1)
    source = Source("ours", passenger_list(4))
    for _ in range(300):
        for message in formats.read(source.mutate(rng)[2]):
            assert set(codes(message)) <= set(WARNINGS)


def test_a_piece_of_a_name_never_stands_in_a_warning() -> None:
    """Cut off by a stray terminator, it stands where a tag should: neither told as one nor kept."""
    message = read("NAD+FL+++ROE:J'OANNA+FL'ATT+2++F'", "CNT+42:1'")
    assert message.warnings
    assert "OANNA" not in repr(message.warnings) + repr(message.unread)


def test_a_single_name_sent_as_given_names_is_a_name() -> None:
    """Some people have one name only: no warning where it stands behind the colon."""
    message = read("NAD+FL+++:SUHARTO'ATT+2++M'")
    assert (message.travellers[0].surname, message.travellers[0].given_names) == (None, "SUHARTO")
    assert codes(message) == []


@pytest.mark.parametrize(
    ("prepared", "stated", "born"),
    [
        ("140511", "210315", dt.date(1921, 3, 15)),
        ("140511", "140511", dt.date(2014, 5, 11)),
        ("020301", "030301", dt.date(1903, 3, 1)),
        ("140511", "20210315", None),
        ("140511", "20140315", dt.date(2014, 3, 15)),
    ],
)
def test_a_birth_is_never_after_the_message(
    prepared: str, stated: str, born: dt.date | None
) -> None:
    """Centuries are seen from the day the list was prepared, in both dialects: an old list read today
    says what it said then."""
    lists = (
        f"UNH+1+PAXLST:D:12B:UN:IATA'BGM+745'{FLIGHT}NAD+FL+++ROE:JO'DTM+329:{stated}'CNT+42:1'UNT+10+1'",
        "UNH+1+PAXLST:001:000'TDT++ZZ12+40+ZZ'LOC+005+AKL'LOC+008+LAX'UNS+D'"
        f"PDT+P/1+ROE:JO::{stated}:M+PAX+AKL:LAX'UNT+7+1'",
    )
    for text in lists:
        (message,) = formats.read(f"UNB+UNOA:4+A+B+{prepared}:0800+1'{text}UNZ+1+1'".encode())
        assert message.travellers[0].date_of_birth == born
        assert ("date_impossible" in codes(message)) == (born is None)


@pytest.mark.parametrize(
    "stated", ["261124090500:202", "202611240905:203", "20261124090500:204", "2611240905:201"]
)
def test_times_with_and_without_century_and_seconds(stated: str) -> None:
    """Twelve digits are a year of two and seconds (202), or a year of four and none (203)."""
    message = read(flight=FLIGHT.replace("2611240905:201", stated))
    assert message.flights[0].departure == dt.datetime(2026, 11, 24, 9, 5)
    assert codes(message) == []
