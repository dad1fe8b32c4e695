"""What carriers and countries really send: character sets, chains of legs, ships, road vehicles, days without
a time, years of birth, contact elements with names, and XML with its facts under other elements."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest

from vedette.formats import as_json
from vedette.travellers import formats, records
from vedette.travellers.formats import booked, ssr

FLIGHT = "TDT+20+ZZ412+++ZZ'LOC+125+LOS'DTM+189:2611240905:201'LOC+87+CDG'DTM+232:2611241550:201'"
ROE = "NAD+FL+++ROE:JO'ATT+2++M'DTM+329:720907'"


def paxlst(
    body: str,
    cnt: str = "CNT+42:1'",
    bgm: str = "BGM+745'",
    unb: str = "UNOA:4",
    code: str = "utf-8",
) -> records.Message:
    segments = bgm + body + cnt
    text = (
        f"UNB+{unb}+A+B+261124:0800+1'UNH+1+PAXLST:D:12B:UN:IATA'{segments}"
        f"UNT+{segments.count(chr(39)) + 2}+1'UNZ+1+1'"
    )
    (message,) = formats.read(text.encode(code))
    return message


def booking(body: str) -> tuple[records.Booking, records.Message]:
    segments = (
        "MSG+:22'ORG+ZZ'TVL+241126:0905:241126:1550+LOS+CDG+ZZ+412'EQN+1'SRC'"
        f"RCI+ZZ:ABC123::201126'TIF+DOE+JANE:A:1'{body}"
    )
    text = (
        "UNB+IATA:1+ZZ+GOV+261123:0800+1'UNH+1+PNRGOV:15:1:IA+X+01:F'"
        f"{segments}UNT+{segments.count(chr(39)) + 2}+1'UNZ+1+1'"
    )
    (message,) = formats.read(text.encode())
    (found,) = message.bookings
    return found, message


def codes(message: records.Message) -> list[str]:
    return [warning.code for warning in message.warnings]


def plain(message: records.Message) -> dict[str, Any]:
    return as_json.message(message, "f", 1)


# --- character sets -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("unb", "code", "name"),
    [
        ("UNOC:3", "latin-1", "MÜLLER:JÖRG"),
        ("UNOC:3", "utf-8", "MÜLLER:JÖRG"),
        ("UNOD:3", "iso8859-2", "ÓŁTARZ:ŁUKASZ"),
        ("UNOE:3", "iso8859-5", "ИВАНОВ:ТА"),
        ("UNOE:3", "utf-8", "ИВАНОВ:ТА"),
        ("UNOF:3", "iso8859-7", "ΠΑΠΠΑΣ:ΓΙΩΡΓΟΣ"),
        ("UNOG", "iso8859-3", "ĊETTA:ĠORĠ"),
        ("UNOH:4", "iso8859-4", "ĀBOLIŅŠ:JĀNIS"),
        ("UNOI:3", "iso8859-6", "محمد:علي"),
        ("UNOJ:3", "iso8859-8", "כהן:דוד"),
        ("UNOK:4", "iso8859-9", "ŞAHİN:ÖZGÜR"),
        ("UNOW:4", "utf-8", "ИВАНОВ:ТА"),
        ("UNOY:4", "utf-8", "ŞAHİN:Ö"),
        ("UNOC:4::3", "cp850", "MÜLLER:É"),
        ("UNOA:4", "utf-8", "ИВАНОВ:ТА"),
    ],
)
def test_a_declared_character_set_is_honoured(unb: str, code: str, name: str) -> None:
    """ISO 8859-n and UTF-8 as UNB declares them, and UTF-8 that is not declared."""
    message = paxlst(f"{FLIGHT}NAD+FL+++{name}'", unb=unb, code=code)
    (person,) = message.travellers
    assert f"{person.surname}:{person.given_names}" == name
    assert codes(message) == []


@pytest.mark.parametrize(
    ("unb", "code", "name"),
    [
        ("UNOA:4", "cp1251", "ИВАНОВ:ТА"),
        ("IATA:1", "cp1254", "ŞAHİN:Ö"),
        ("UNOY:4", "iso8859-9", "ŞAHİN:Ö"),
        ("UNOC:3", "cp1252", "O’NEIL:ŠÁRA"),
    ],
)
def test_bytes_outside_the_declared_set_are_said(unb: str, code: str, name: str) -> None:
    """Letters may be wrong: one warning, and the person stays."""
    message = paxlst(f"{FLIGHT}NAD+FL+++{name}'", unb=unb, code=code)
    assert len(message.travellers) == 1
    assert codes(message) == ["charset_unclear"]


# --- passenger lists ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("airports", "legs"),
    [
        (
            "LOC+125+A'DTM+189:2611240905:201'LOC+87+B'DTM+232:2611241050:201'DTM+189:2611241150:201'"
            "LOC+130+C'DTM+232:2611241550:201'",
            [("A", "B", True, "09:05", "10:50"), ("B", "C", False, "11:50", "15:50")],
        ),
        (
            "LOC+92+A'DTM+189:2611240905:201'LOC+92+B'DTM+232:2611241050:201'DTM+189:2611241150:201'"
            "LOC+125+C'DTM+232:2611241550:201'DTM+189:2611241650:201'LOC+87+D'DTM+232:2611242050:201'",
            [
                ("A", "B", False, "09:05", "10:50"),
                ("B", "C", False, "11:50", "15:50"),
                ("C", "D", True, "16:50", "20:50"),
            ],
        ),
        (
            "LOC+125+A'LOC+87+B'LOC+92+C'LOC+130+D'",
            [("A", "B", True, "", ""), ("B", "C", False, "", ""), ("C", "D", False, "", "")],
        ),
        ("LOC+125+A'LOC+130+B'LOC+87+B'", [("A", "B", True, "", "")]),
        (
            "LOC+125+A'DTM+189:2611240905:201'LOC+87+B'DTM+232:2611241050:201'"
            "LOC+92+C'DTM+189:2611241150:201'LOC+92+D'DTM+232:2611241550:201'",
            [("A", "B", True, "09:05", "10:50"), ("C", "D", False, "11:50", "15:50")],
        ),
    ],
)
def test_every_leg_of_a_chain_is_read_with_its_times(
    airports: str, legs: list[tuple[str, str, bool, str, str]]
) -> None:
    """LOC+92 and LOC+130 continue the flight; only two legs that do not meet are apart."""

    def clock(when: records.Moment | None) -> str:
        return f"{when:%H:%M}" if when else ""

    message = paxlst(f"TDT+20+ZZ1'{airports}{ROE}")
    assert [
        (leg.origin, leg.destination, leg.prime, clock(leg.departure), clock(leg.arrival))
        for leg in message.flights
    ] == legs
    assert codes(message) == []


@pytest.mark.parametrize(
    "header",
    [
        f"LOC+22+JFK'RFF+ABO:X1'{FLIGHT}",
        f"{FLIGHT}LOC+22+JFK'RFF+ABO:X1'RFF+AVF:ABC'",
        f"{FLIGHT}NAD+AE+++SOME OFFICE'COM+33112233:TE'",
        f"RFF+ABO:X1'{FLIGHT}MEA+CT++:3'FTX+BAG+++Z1'",
    ],
)
@pytest.mark.parametrize("people", [ROE, ""])
def test_nobody_stands_before_the_first_name_segment(header: str, people: str) -> None:
    """The header invents nobody, loses no flight, and what it states besides is counted."""
    message = paxlst(header + people, cnt=f"CNT+42:{int(bool(people))}'")
    assert [person.surname for person in message.travellers] == ["ROE"] * bool(people)
    assert [(leg.origin, leg.destination) for leg in message.flights] == [("LOS", "CDG")]
    assert codes(message) == []
    assert [drop.kind for drop in message.dropped] == ["detail"] * ("AE" not in header or 1)


def test_a_lost_first_name_segment_loses_nobody() -> None:
    """Two facts of a person, and no NAD: a person, with a warning; one fact alone is none."""
    lost = paxlst(FLIGHT + ROE.partition("'")[2])
    assert len(lost.travellers) == 1
    assert "traveller_unclear" in codes(lost)
    one = paxlst(f"{FLIGHT}ATT+2++M'{ROE}")
    assert [person.surname for person in one.travellers] == ["ROE"]
    assert codes(one) == ["segment_unexpected"]


@pytest.mark.parametrize(
    ("tdt", "carrier", "number"),
    [
        ("20+A123+++3K", "3K", "A123"),
        ("20+412++ZZ", "ZZ", "412"),
        ("20++++ZZ412", "ZZ", "412"),
        ("20+412+++ZZ:172", "ZZ", "412"),
        ("20+412+++:::EXAMPLE AIR", "EXAMPLE AIR", "412"),
        ("20+ZZ-412", "ZZ", "412"),
        ("20+BA412+++BAW", "BA", "412"),
    ],
)
def test_the_carrier_is_that_of_the_carrier_element(tdt: str, carrier: str, number: str) -> None:
    """TDT C040, wherever 8028 has no carrier of its own."""
    flights = paxlst(f"TDT+{tdt}'LOC+87+CDG'{ROE}").flights
    assert [(flight.carrier, flight.number) for flight in flights] == [(carrier, number)]


def test_a_ship_has_its_number_and_its_name() -> None:
    """Voyage, line, IMO number with a right check digit, name and flag; ports as UN/LOCODE."""
    body = (
        "TDT+20+V77+1++XLINE:172:20+++IMO9074729:146:11:MV EXAMPLE:MT'LOC+5+FRLEH'DTM+133:2611240905:201'"
        f"LOC+61+GBPME'DTM+132:261124:101'{ROE}"
    )
    (flight,) = plain(paxlst(body))["flights"]
    assert flight == {
        "carrier": "XLINE", "number": "V77", "origin": "FRLEH", "destination": "GBPME",
        "departure": "2026-11-24T09:05", "arrival": "2026-11-24", "prime": True,
        "vessel": {"imo": "9074729", "name": "MV EXAMPLE", "flag": "MT"},
    }  # fmt: skip
    (other,) = paxlst(
        f"TDT+20++1+++++CALL5:103::NORTH STAR'RFF+VON:33W'RFF+VM:9074729'LOC+87+GBPME'{ROE}"
    ).flights
    assert other.number == "33W"
    assert other.vessel == records.Vessel(imo="9074729", number="CALL5", name="NORTH STAR")
    (wrong,) = paxlst(f"TDT+20+V1+1+++++9074728'LOC+87+GBPME'{ROE}").flights
    assert wrong.vessel == records.Vessel(number="9074728")


@pytest.mark.parametrize("written", ["261124:101", "20261124:102", "261124:201", "20261124"])
def test_a_day_without_a_time_is_a_day(written: str) -> None:
    """Never midnight; midnight itself is a time."""
    flight = f"TDT+20+ZZ1'LOC+125+A'DTM+189:{written}'LOC+87+B'DTM+232:2611250000:201'"
    (leg,) = plain(paxlst(flight + ROE))["flights"]
    assert (leg["departure"], leg["arrival"]) == ("2026-11-24", "2026-11-25T00:00")


@pytest.mark.parametrize(
    ("written", "stated"),
    [
        ("1970:602", "1970"), ("700000", "1970"), ("19700000:102", "1970"), ("70<<<<", "1970"),
        ("1970XXXX", "1970"), ("700500", "1970-05"), ("197005:610", "1970-05"), ("300000", "1930"),
    ],
)  # fmt: skip
def test_a_year_of_birth_is_kept(written: str, stated: str) -> None:
    """A year, or a year and month, in the forms of ICAO 9303 and of the code list."""
    message = paxlst(f"{FLIGHT}NAD+FL+++ROE:JO'DTM+329:{written}'")
    assert plain(message)["travellers"][0]["date_of_birth"] == stated
    assert codes(message) == []


def test_an_unknown_birth_date_stays_impossible() -> None:
    """Six zeros state nothing."""
    message = paxlst(f"{FLIGHT}NAD+FL+++ROE:JO'DTM+329:000000'")
    assert "date_of_birth" not in plain(message)["travellers"][0]
    assert codes(message) == ["date_impossible"]


def test_the_people_in_a_road_vehicle() -> None:
    """The list of US ACE: the trip, the driver and the passengers, issuers by state and country, no count."""
    message = paxlst(
        "RFF+ABO:L7'TDT+11++03++XYZA:172'DTM+132:20261124:102'"
        "NAD+VW+0000987:109++DUPONT:LUC:PAUL:::1+12 QUEEN ST+TORONTO+ON:163+M5H'ATT+2++M'"
        "DTM+329:19701224:102'NAT+2+CA::5'DOC+39+AB123'LOC+91+CA:162'DOC+5K+R56'LOC+91+ON:163'"
        "LOC+91+CA:162'NAD+FL+++ROY:ANNE:::::1'ATT+2++F'NAT+2+US::5'",
        cnt="",
        bgm="BGM+10:::STANDARD+XYZATRIP07+2'",
    )
    driver, passenger = message.travellers
    (trip,) = message.flights
    assert (trip.carrier, trip.number, trip.arrival) == (
        "XYZA",
        "XYZATRIP07",
        dt.date(2026, 11, 24),
    )
    assert (driver.role, driver.surname, driver.reference) == ("crew", "DUPONT", "0000987")
    assert driver.nationality == "CAN"
    assert [(d.type, d.issuer, d.place_of_issue) for d in driver.documents] == [
        ("39", "CAN", None),
        ("5K", "CAN", "ON"),
    ]
    assert driver.contacts.addresses[0].state == "ON"
    assert (passenger.role, passenger.nationality) == ("passenger", "USA")
    assert codes(message) == []


@pytest.mark.parametrize(
    ("people", "cnt", "warned"),
    [
        ("NAD+FM+++A:B'NAD+FM+++C:D'", "CNT+41:2'", False),
        ("NAD+FM+++A:B'NAD+FL+++C:D'", "CNT+41:2'", False),
        ("NAD+FM+++A:B'NAD+FL+++C:D'", "CNT+41:1+42:1'", False),
        ("NAD+FM+++A:B'NAD+FL+++C:D'", "CNT+41:1'CNT+42:1'", False),
        ("NAD+FM+++A:B'NAD+FM+++C:D'", "CNT+41:3'", True),
        ("NAD+FL+++A:B'", "CNT+42+1'", False),
    ],
)
def test_crew_is_counted(people: str, cnt: str, warned: bool) -> None:
    """CNT+41 alone, with CNT+42, and of a list that counts all its people as crew."""
    assert codes(paxlst(FLIGHT + people, cnt=cnt)) == ["cnt_count"] * warned


def test_what_is_not_kept_of_a_person_is_counted() -> None:
    """GEI, an unknown reference, a place and a date of no use."""
    message = paxlst(f"{FLIGHT}{ROE}GEI+4+173'LOC+7+XYZ'RFF+ZZZ:1'")
    assert [(drop.kind, drop.count) for drop in message.dropped] == [("detail", 3)]
    assert codes(message) == []


# --- bookings -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("letter", "text", "phone", "email"),
    [
        ("M", "447700900123-1DOE/JANE MRS", "447700900123", ""),
        ("M", "447700900123/EN-1DOE/JANE", "447700900123", ""),
        ("M", "+44 7700 900 123 -1DOE/J", "+44 7700 900 123", ""),
        ("M", "447700900123 1DOE/JANE", "447700900123", ""),
        ("M", "JANE447700900123", "447700900123", ""),
        ("M", "447700900123DOE/JANE", "447700900123", ""),
        ("M", "1-703-555-1212-1DOE/JANE", "1-703-555-1212", ""),
        ("E", "JANE.DOE//EXAMPLE.COM-1DOE/JANE", "", "JANE.DOE@EXAMPLE.COM"),
        ("E", "JANE.DOE // EXAMPLE.COM/EN", "", "JANE.DOE@EXAMPLE.COM"),
        ("E", "ELLIOT.O GRADY//YAHOO.COM", "", "ELLIOT.O GRADY@YAHOO.COM"),
        ("E", "EMAIL JANE.DOE//EXAMPLE.COM", "", "JANE.DOE@EXAMPLE.COM"),
        ("E", "/HK1 JANE//EXAMPLE.COM", "", "JANE@EXAMPLE.COM"),
        ("E", "JANE//X-1A.COM", "", "JANE@X-1A.COM"),
    ],
)
def test_contact_elements_with_names(letter: str, text: str, phone: str, email: str) -> None:
    """Name items, blanks and glued names are no part of a number; a blank never makes another address."""
    contacts = booked.Contacts()
    assert contacts.keep(letter, text)
    assert (list(contacts.phones), list(contacts.emails)) == (
        [phone] * bool(phone),
        [email] * bool(email),
    )


def test_contact_codes_glued_to_their_value() -> None:
    """`CTCE` and `CTCM` without a blank; a word that only begins with CTC is none."""
    assert ssr.contact("CTCEJANE.DOE//X.COM") == ("E", "JANE.DOE//X.COM")
    assert ssr.contact("CTCMDOE447700900123") == ("M", "DOE447700900123")
    assert ssr.contact("CTCMADAM CHAIR") is None


def test_a_number_behind_the_description_of_the_request() -> None:
    """CTCM whose text is in the next element."""
    found, _ = booking("SSR+CTCM:HK:1:ZZ+33612345678-1DOE/JANE'")
    assert found.travellers[0].contacts.phones == ("33612345678",)


LEG = "TVL+241126:0905:241126:1550+LOS+CDG+ZZ+412:Y'RPI+1+HK'"


@pytest.mark.parametrize(
    ("tvl", "carrier"),
    [
        ("TVL+++++ARNK'", None),
        ("TVL++ARNK'", None),
        ("TVL+++++OPEN:Y'", None),
        ("TVL+:::+CDG+LOS+ZZ+OPEN:Y'", "ZZ"),
        ("TVL+241126+CDG+ORY+VOID'", None),
    ],
)
def test_a_stretch_without_a_flight_is_no_number_of_the_flight_before(
    tvl: str, carrier: str | None
) -> None:
    """OPEN and ARNK are entries of their own."""
    found, message = booking(LEG + tvl)
    assert [(s.carrier, s.number, s.surface) for s in found.segments] == [
        ("ZZ", "412", False),
        (carrier, None, True),
    ]
    assert found.segments[0].operating_number is None
    assert codes(message) == []


@pytest.mark.parametrize(
    "tvl", ["TVL+251126::281126+PAR++HTL'", "TVL+251126+PAR+++++CAR'", "TVL+251126+PAR++ZE+CCR'"]
)
def test_a_hotel_is_no_flight(tvl: str) -> None:
    """It is counted, its locator is not that of the booking, and the next flight is read."""
    found, message = booking(f"{LEG}{tvl}RCI+HI:CONF1'TVL+281126+CDG+LOS+ZZ+413'RCI+ZZ:XYZ99'")
    assert [s.number for s in found.segments] == ["412", "413"]
    assert [locator.locator for locator in found.locators] == ["ABC123"]
    assert [locator.locator for locator in found.segments[1].locators] == ["XYZ99"]
    assert [(drop.kind, drop.count) for drop in message.dropped] == [("service", 2)]


@pytest.mark.parametrize(
    ("times", "departure", "arrival"),
    [
        ("241126:0905 Z:241126:15 50", "2026-11-24T09:05", "2026-11-24T15:50"),
        ("241126:0905+0100", "2026-11-24T09:05", None),
        ("2411260905", "2026-11-24T09:05", None),
        ("24NOV26:0905", "2026-11-24T09:05", None),
        ("241126", "2026-11-24", None),
        ("241126::251126", "2026-11-24", "2026-11-25"),
    ],
)
def test_times_of_a_flight(times: str, departure: str, arrival: str | None) -> None:
    """With blanks, zones, in one component, and days without a time."""
    _, message = booking(f"TVL+{times}+LOS+CDG+ZZ+412'")
    (leg,) = plain(message)["bookings"][0]["segments"]
    assert (leg["departure"], leg.get("arrival")) == (departure, arrival)
    assert plain(message)["bookings"][0]["created"] == "2026-11-20"
    assert codes(message) == []


def test_a_year_of_birth_in_docs() -> None:
    """DOCS with a year: kept with the person, and no impossible date."""
    _, message = booking("SSR+DOCS:HK:1:ZZ:::::/P/FRA/12AB34/FRA/1970/F/01JAN30/DOE/JANE'")
    (person,) = plain(message)["bookings"][0]["travellers"]
    assert person["date_of_birth"] == "1970"
    assert codes(message) == []


XML = """<IATA_PNRGOV_NotifRQ Version="17.1" TimeStamp="2026-03-01 10:30:00 +02:00">
<Originator AirlineCode="ZZ"/><FlightLeg CarrierCode="ZZ" FlightNumber="123"
 DepartureDateTime="2026-03-04 08:00:00 +01:00" ArrivalDateTime="2026-03-04">
 <DepartureAirport LocationCode="AAA"/><ArrivalAirport LocationCode="BBB"/></FlightLeg>
<PNRs NumberOfPnrs="1"><PNR PNR_CreationDate="2026-02-01"><BookingRefID ID="ABC123"/>
<Contacts><ContactInfo PassengerRPH="2"><Telephone PhoneNumber="+33612345678"/><Email>b@c.example</Email>
 </ContactInfo><Phone Number="0147000000"/></Contacts>
<Passengers><Passenger RPH="1" BirthDate="1971"><PersonName><NamePrefix>MR</NamePrefix>
 <GivenName>BOB</GivenName><Surname>ROE</Surname></PersonName><Details><ContactInfo
 EmailAddress="x.y@z.example"><Address><AddressLine>1 RUE X</AddressLine><CityName>LYON</CityName></Address>
 </ContactInfo></Details></Passenger>
<Passenger RPH="2"><GivenName>ANN</GivenName><Surname>ROE</Surname><DOC_SSR><DOCS DocType="P"
 TravelDocNbr="P1" DateOfBirth="04JUL80" Gender="F" ExpiryDate="20300131" Surname="ROE"
 FirstGivenName="ANN"/></DOC_SSR></Passenger></Passengers>
<Seats><Seat SeatNumber="012A" PassengerRPH="1" FlightRPH="1"/></Seats><Hotel Name="X"/>
<Flights><Flight RPH="1" DepartureDateTime="2026-03-04T08:00:00Z" FlightNumber="123">
 <DepartureAirport LocationCode="AAA"/><ArrivalAirport LocationCode="BBB"/><MarketingAirline Code="ZZ"/>
 <PassengerInfo RPH="2"><CheckIn><SeatAssignment>12B</SeatAssignment></CheckIn></PassengerInfo></Flight>
</Flights></PNR></PNRs></IATA_PNRGOV_NotifRQ>"""


def test_xml_with_its_facts_under_other_elements() -> None:
    """Lists of elements, contacts and seats anywhere in the booking, times with a blank and a zone."""
    (message,) = formats.read(XML.encode())
    shown = plain(message)
    (flight,) = shown["flights"]
    assert (flight["departure"], flight["arrival"]) == ("2026-03-04T08:00", "2026-03-04")
    bob, ann = message.bookings[0].travellers
    assert (bob.surname, bob.given_names, bob.title, bob.birth_period) == (
        "ROE",
        "BOB",
        "MR",
        "1971",
    )
    assert ann.date_of_birth == dt.date(1980, 7, 4)
    assert ann.documents[0].expiry == dt.date(2030, 1, 31)
    assert (ann.contacts.phones, ann.contacts.emails) == (("+33612345678",), ("b@c.example",))
    assert bob.contacts.emails == ("x.y@z.example",)
    assert bob.contacts.addresses[0].city == "LYON"
    assert "0147000000" in message.bookings[0].contacts.phones
    assert (bob.seat, ann.seat) == ("12A", "12B")
    assert shown["bookings"][0]["created"] == "2026-02-01"
    assert [(drop.kind, drop.count) for drop in message.dropped] == [("service", 1)]
    assert codes(message) == []


@pytest.mark.parametrize(
    "repeated",
    [
        "<Contact>" * 20_000 + "</Contact>" * 20_000,
        '<Seat SeatNumber="1A" PassengerRPH="9"/>' * 20_000,
        '<Flight RPH="1"><Seat SeatNumber="1A"/></Flight>' * 5_000,
    ],
    ids=["contacts", "seats", "flights"],
)
def test_hostile_xml_is_read_in_linear_time(repeated: str) -> None:
    """A search around each element for its owner must not multiply: this test ends in seconds."""
    data = f"<IATA_PNRGOV_NotifRQ><PNRs><PNR>{repeated}</PNR></PNRs></IATA_PNRGOV_NotifRQ>"
    assert len(formats.read(data.encode())) == 1
