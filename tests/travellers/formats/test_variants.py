"""What real senders vary: dialects of lists, infants, XML names, apostrophes, and hostile sizes."""

from __future__ import annotations

import time

import pytest

from vedette.formats.edifact import Unreadable
from vedette.travellers import formats, records

FLIGHT = "BGM+745'TDT+20+ZZ412+++ZZ'LOC+125+LOS'DTM+189:2611240905:201'LOC+87+CDG'"
PUSH = "MSG+:22'ORG+ZZ'TVL+241126:0905:241126:1550+LOS+CDG+ZZ+412'EQN+1'"
HEAD = "UNB+UNOA:4+AIRZZ+GOV+261124:0800+R1'"


def read(body: str, kind: str = "PAXLST:D:05B:UN:IATA") -> records.Message:
    segments = body.count("'") - body.count("?'") + 2
    (message,) = formats.read(f"{HEAD}UNH+1+{kind}'{body}UNT+{segments}+1'UNZ+1+R1'".encode())
    return message


def codes(message: records.Message) -> list[str]:
    return [warning.code for warning in message.warnings]


@pytest.mark.parametrize("name", ["UNT", "NAT", "LOC", "ADD", "RFF", "ATT", "CNT", "SSR"])
def test_a_released_apostrophe_before_a_tag_in_a_name_is_an_apostrophe(name: str) -> None:
    """`L?'ADD+PARIS` is a street and its town; only what goes on like a segment ends one."""
    message = read(FLIGHT + f"NAD+FL+++DOE:JO+RUE L?'{name}+PARIS'ATT+2++F'CNT+42:1'")
    (person,) = message.travellers
    (address,) = person.contacts.addresses
    assert (address.street, address.city, person.sex) == (f"RUE L'{name}", "PARIS", "F")
    assert codes(message) == []


def test_a_released_terminator_before_a_real_segment_still_ends_it() -> None:
    """A stray release character behind the last value of a person."""
    body = FLIGHT + "NAD+FL+++DOE:JO?'NAD+FL+++ROE:A?'CNT+42:2'"
    message = read(body)
    assert [p.surname for p in message.travellers] == ["DOE", "ROE"]


def test_sex_in_small_letters_or_one_element_early() -> None:
    """ATT+2++m and ATT+2+F."""
    message = read(FLIGHT + "NAD+FL+++A:A'ATT+2++m'NAD+FL+++B:B'ATT+2+F'CNT+42:2'")
    assert [p.sex for p in message.travellers] == ["M", "F"]
    assert codes(message) == []


def test_a_local_time_with_the_offset_of_its_zone() -> None:
    """DTM with 205 or 303: the offset is not part of the local time."""
    body = FLIGHT.replace("2611240905:201", "202611240905?+0100:205")
    message = read(body + "NAD+FL+++A:A'CNT+42:1'")
    assert str(message.flights[0].departure) == "2026-11-24 09:05:00"


@pytest.mark.parametrize(
    ("bgm", "boarded"),
    [("745+CL", True), ("266+CLOB", True), ("745+CLNB", False), ("745+XR", False), ("745", None)],
)
def test_what_a_list_is_sent_for_says_who_is_on_board(bgm: str, boarded: bool | None) -> None:
    """BGM C106: closed with these on board, without them, cancelled; a crew list says nothing."""
    message = read(FLIGHT.replace("745", bgm) + "NAD+FL+++A:A'NAD+FM+++B:B'CNT+42:1'CNT+41:1'")
    assert [p.boarded for p in message.travellers] == [boarded, None]
    assert message.sub_function == (bgm.split("+")[1:] or [None])[0]


def test_who_reports_and_how_to_reach_them() -> None:
    """NAD+MS by name or profile id, COM before the first flight."""
    body = FLIGHT.replace("TDT", "NAD+MS+++OPS DESK'COM+33 1 23:TE+A@B.FR:EM'TDT", 1)
    message = read(body + "NAD+FL+++A:A'CNT+42:1'")
    assert message.reporting_party == ("OPS DESK",)
    assert message.reporting_contacts == records.Contacts(phones=("33 1 23",), emails=("A@B.FR",))


def test_the_airport_of_a_un_locode() -> None:
    """Legacy lists write country and place (`NZAKL:50`)."""
    body = "TDT++SA0812+40+SA'LOC+005+NZAKL:50'LOC+008+USLAX:50'UNS+D'PDT+P/1+A:B+PAX+AKL:LAX'"
    message = read(body, "PAXLST:001:000")
    assert (message.flights[0].origin, message.flights[0].destination) == ("AKL", "LAX")


def test_an_infant_announced_by_inft_alone_is_a_traveller() -> None:
    """No TIF, no DOCS: name and birth date stand in INFT; one with a TIF is not doubled."""
    adult = "SRC'RCI+ZZ:ABC123'TIF+DOE+JANE:A:1:1'"
    request = "SSR+INFT:HK:1:ZZ:::LOS:CDG:DOE/BABY 10AUG25+::1'"
    leg = "TVL+241126:0905:241126:1550+LOS+CDG+ZZ+412:Y'"
    message = read(PUSH + adult + request + request + leg, "PNRGOV:13:1:IA")
    _, baby = message.bookings[0].travellers
    assert (baby.given_names, baby.infant, baby.accompanied_by) == ("BABY", True, "1")
    assert str(baby.date_of_birth) == "2025-08-10"
    assert codes(message) == ["traveller_unclear"]
    message = read(PUSH + adult + request + "TIF+DOE+BABYY:IN:2'" + leg, "PNRGOV:13:1:IA")
    assert len(message.bookings[0].travellers) == 2


def test_emergency_number_with_its_country() -> None:
    """PCTC: name, then country and number in one."""
    body = "SRC'TIF+DOE+JANE:A:1'SSR+PCTC:HK:1:ZZ:::::JOHN DOE/GB44791111111'TVL+++LOS'"
    (booking,) = read(PUSH + body, "PNRGOV:13:1:IA").bookings
    assert booking.contacts.phones == ("44791111111",)


def test_names_of_the_xml_message() -> None:
    """The issuer of a document, the type by its fare, the code of a country beside its name."""
    xml = (
        "<IATA_PNRGOV_NotifRQ><PNRs><PNR><ContactInfo><CityName>PARIS</CityName><CountryName Code='FR'>"
        "FRANCE</CountryName></ContactInfo><Passenger><GivenName>B</GivenName><Surname>A</Surname>"
        "<FareInfo PTC='INF'/><DOC_SSR><DOCS TravelDocNbr='X1' TravelDocIssueCountry='GBR'/></DOC_SSR>"
        "</Passenger></PNR></PNRs></IATA_PNRGOV_NotifRQ>"
    )
    (message,) = formats.read(xml.encode())
    (baby,) = message.bookings[0].travellers
    assert (baby.infant, baby.type, baby.documents[0].issuer) == (True, "INF", "GBR")
    assert message.bookings[0].contacts.addresses[0].country == "FR"


def test_many_warnings_of_one_kind_say_how_many_more() -> None:
    """A hundred places are named, the rest is counted."""
    message = read(FLIGHT + "NAD+FL+++A:A'CNT+42:1'" + "QQQ+1'" * 250)
    found = [w for w in message.warnings if w.code == "segment_unexpected"]
    assert len(found) == 101
    assert found[-1].message.endswith("150 more like it")
    assert len(message.unread) == 250


@pytest.mark.parametrize(
    "data",
    [
        (HEAD + "UNH+1+PAXLST:D:05B'" * 20_100).encode(),
        (HEAD + f"UNH+1+PNRGOV:13:1'{PUSH}SRC'" + "TIF+A+B'" * 50_001).encode(),
        (HEAD + "UNH+1+PAXLST:D:05B'NAD+FL+++" + "?x" * 5_100_000).encode(),
        b"<IATA_PNRGOV_NotifRQ>" + b"<a/>" * 250_001 + b"</IATA_PNRGOV_NotifRQ>",
    ],
)
def test_what_is_too_much_is_refused_before_it_costs(data: bytes) -> None:
    """Messages, segments of a booking, released characters, XML tags: each has its limit."""
    with pytest.raises(Unreadable):
        formats.read(data)


def test_serial_bag_tags_of_a_hostile_list_are_not_spelled_out() -> None:
    """Ninety-nine tags a segment, fifty thousand times: the first of each series, and it is said."""
    start = time.process_time()
    message = read(FLIGHT + "NAD+FL+++A:A'" + "FTX+BAG+++1:99'" * 5_000 + "CNT+42:1'")
    assert time.process_time() - start < 5
    bags = message.travellers[0].bags
    assert bags is not None
    assert bags.count == 495_000
    assert len(bags.tags) < 110_000
    assert codes(message) == ["number_impossible"]
