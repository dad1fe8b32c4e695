"""Facts of the shared PNRGOV samples: what can be read off each message, and what the peer's tests say."""

from __future__ import annotations

import json
from typing import Any

import pytest
from tests.shared import shared

from vedette.formats.edifact import interchanges
from vedette.travellers import records
from vedette.travellers.formats import pnrgov

CASES = (
    "bigbigPnr",
    "loader_3_pnrs",
    "loader_adult_and_infant",
    "loader_codeshare",
    "pnrMessagePg77",
    "pnrSeatFormats",
    "pnrWithDoco",
)


def read(case: str) -> tuple[records.Message, dict[str, Any]]:
    facts = json.loads(shared("data", "messages", "passenger", f"{case}.json").read_text())
    data = shared("data", "messages", "passenger", f"{case}.edi").read_bytes()
    (message,) = [pnrgov.read(text) for text in interchanges(data)]
    return message, facts


def squeezed(text: str | None) -> str:
    """A name without blanks: senders wrap lines inside names, and the facts differ in what they do."""
    return (text or "").replace(" ", "")


def iso(value: Any) -> str | None:
    """A time to the minute."""
    return value.isoformat()[:16] if value else None


@pytest.mark.parametrize("case", CASES)
def test_message(case: str) -> None:
    """Envelope, function, own flight and number of bookings."""
    message, facts = read(case)
    stated = facts["read_from_message"]
    envelope = message.envelope
    for field in ("sender", "recipient", "interchange_ref", "message_ref"):
        if field in stated["envelope"]:
            assert getattr(envelope, field) == stated["envelope"][field]
    assert message.function == stated["msg"]
    (flight,) = message.flights
    prime = stated["prime_flight"]
    assert (flight.carrier, flight.number) == (prime["carrier"], prime["number"])
    assert (flight.origin, flight.destination) == (prime["origin"], prime["destination"])
    assert iso(flight.departure) == prime["departure"]
    assert prime.get("arrival") in (None, iso(flight.arrival))
    assert len(message.bookings) == stated["pnr_count"]
    codes = {warning.code for warning in message.warnings}
    assert ("eqn_count" in codes) == (int(stated["eqn"]) != stated["pnr_count"])
    assert not codes & {"traveller_unclear", "segment_unexpected", "date_impossible"}


#: The facts of loader_codeshare name no booking: its own test below has them.
@pytest.mark.parametrize("case", [case for case in CASES if case != "loader_codeshare"])
def test_bookings(case: str) -> None:
    """Every booking with locators, times, legs and payments; every traveller once, with documents."""
    message, facts = read(case)
    for booking, stated in zip(message.bookings, facts["read_from_message"]["pnrs"], strict=True):
        locators = [[found.company, found.locator] for found in booking.locators]
        assert locators == stated["locators"]
        if "created" in stated:
            assert booking.created is not None
            assert booking.created.isoformat().startswith(stated["created"])
        assert stated.get("last_transaction") == iso(booking.last_transaction)
        assert stated.get("ticket_issue") in (None, iso(booking.ticketed))
        check_legs(booking, stated["itinerary"])
        payments = [
            [paid.type, paid.vendor, paid.card_number, str(paid.amount)]
            for paid in booking.payments
        ]
        assert payments == stated.get("payments", [])
        people = [person for person in stated["passengers"] if person.get("type") != "G"]
        assert booking.group_name == (len(people) < len(stated["passengers"]))
        assert len(booking.travellers) == len(people)
        for traveller, person in zip(booking.travellers, people, strict=True):
            check_traveller(traveller, person)


def check_legs(booking: records.Booking, stated: list[dict[str, Any]]) -> None:
    assert len(booking.segments) == len(stated)
    for leg, fact in zip(booking.segments, stated, strict=True):
        assert (leg.origin, leg.destination) == (fact["origin"], fact["destination"])
        assert (leg.carrier, leg.number) == (fact["marketing_carrier"], fact["number"])
        assert leg.booking_class == fact["booking_class"]
        assert (iso(leg.departure), iso(leg.arrival)) == (fact["departure"], fact["arrival"])
        seats = {
            seat.number
            for seat in booking.seats
            if (seat.origin, seat.destination) == (leg.origin, leg.destination)
        }
        assert {seat for seat, _ in fact.get("seats", [])} <= seats


def check_traveller(traveller: records.Traveller, fact: dict[str, Any]) -> None:
    assert traveller.surname == fact["surname"]
    assert traveller.given_names == fact.get("given")
    assert traveller.type == fact.get("type")
    assert traveller.reference == fact.get("unique_ref", fact["ref"])
    tickets = [ticket for ticket in fact.get("tickets", []) if ticket]
    assert set(tickets) <= set(traveller.tickets)
    documents = [doc for doc in fact.get("docs", []) if doc.get("number")]
    own = [doc for doc in traveller.documents if doc.type != "V"]
    assert len(own) == len(documents)
    for document, stated in zip(own, documents, strict=True):
        for field in ("type", "issuer", "number", "nationality"):
            assert getattr(document, field) == stated.get(field)
        assert iso(document.expiry) == stated.get("expiry")
        assert squeezed(document.surname) == squeezed(stated["surname"])
        given = stated["given"] + stated.get("given2", "")
        assert squeezed(document.given_names) == squeezed(given)
    for doc in fact.get("docs", []):
        assert iso(traveller.date_of_birth) == doc.get("dob")
        assert traveller.sex == {"MI": "M", "FI": "F"}.get(doc["gender"], doc["gender"])
        assert traveller.nationality == doc.get("nationality")


def test_emails_of_contact_elements() -> None:
    """CTCE in OSI: `//` is @ and `..` is _; every one of the facts is found as a contact."""
    message, facts = read("bigbigPnr")
    for booking, stated in zip(message.bookings, facts["read_from_message"]["pnrs"], strict=True):
        for contact in stated.get("contacts", []):
            if contact.startswith("CTCE"):
                wanted = contact[5:].replace("//", "@").replace("..", "_")
                assert wanted in booking.contacts.emails
    assert "1234536789" in message.bookings[0].contacts.phones


def test_what_the_peer_asserts() -> None:
    """Seats lose their leading zeros and keep their leg; DOCO is a visa without expiry."""
    message, _ = read("pnrSeatFormats")
    seats = message.bookings[0].seats
    assert [(seat.number, seat.origin, seat.destination) for seat in seats] == [
        ("36K", "FRA", "IAD"),
        ("74E", "SFO", "IAD"),
    ]
    message, _ = read("pnrWithDoco")
    visa = message.bookings[0].travellers[0].documents[1]
    assert (visa.type, visa.number, visa.place_of_issue) == ("V", "8675309", "OTHER PLACE")
    assert (iso(visa.issued), visa.expiry) == ("2006-12-22", None)


def test_codeshare_with_broken_una_and_wrapped_lines() -> None:
    """The message whose UNA has five characters: travellers, bags once each, check-in, locators."""
    message, _ = read("loader_codeshare")
    first, second = message.bookings
    assert [t.surname for b in message.bookings for t in b.travellers] == ["PARK", "KIM"]
    assert [found.locator for found in second.locators] == ["X49V9U", "2OX5VV"]
    assert [(bag.airline, bag.tag) for bag in first.bags] == [
        ("618", "1026000001"),
        ("618", "1026000002"),
    ]
    assert [(bag.tag, bag.count) for bag in second.bags] == [("0000290138", 1), ("0000290139", 3)]
    (leg,) = first.segments
    assert (leg.carrier, leg.number) == ("KE", "609")
    assert (leg.operating_carrier, leg.operating_number) == ("SQ", "609")
    park, kim = first.travellers[0], second.travellers[0]
    assert park.bags == records.Bags(count=2, weight_kg=34.0, tags=("1026000001", "1026000002"))
    assert kim.bags == records.Bags(count=2, weight_kg=29.0, tags=("0000290138", "0000290139"))
    assert (park.seat, kim.seat) == ("39G", "14A")
    assert (park.check_in_sequence, kim.check_in_sequence) == ("ICN-188", "ICN-229")
    assert [str(t.date_of_birth) for t in (park, kim)] == ["1972-09-10", "1957-02-15"]
    assert (park.sex, park.nationality, kim.sex, kim.nationality) == ("M", "KR", "F", "KOR")
    assert [t.frequent_flyer[0].number for t in (park, kim)] == ["314655277", "223422444"]
    assert len(first.travellers[0].documents) == 1
    assert any(warning.code == "una_invalid" for warning in message.warnings)
