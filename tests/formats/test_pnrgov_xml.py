"""PNRGOV XML, from the specification: there is no public sample."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

import pytest

from vedette import records
from vedette.formats import pnrgov_xml
from vedette.formats.segments import Unreadable

SAMPLE = b"""<?xml version="1.0" encoding="UTF-8"?>
<IATA_PNRGOV_NotifRQ xmlns="http://www.iata.org/IATA/2007/00" Version="13.1"
  TimeStamp="2026-03-01T10:30:00Z" TransactionIdentifier="T1">
 <Originator AirlineCode="ZZ" SystemCode="1A"/>
 <FlightLeg CarrierCode="ZZ" FlightNumber="123" DepartureDateTime="2026-03-04T08:00:00"
   ArrivalDateTime="2026-03-04T20:00:00">
  <DepartureAirport LocationCode="AAA"/><ArrivalAirport LocationCode="BBB"/>
 </FlightLeg>
 <PNRs NumberOfPnrs="1">
  <PNR NumberOfPassengers="1" PNR_CreationDate="2026-02-01T09:00:00">
   <BookingRefID ID="ABC123"><CompanyName Code="ZZ"/></BookingRefID>
   <POS><Source PseudoCityCode="OFFICE1" ISOCountry="FR" ISOCurrency="EUR"/></POS>
   <ContactInfo PhoneNumber="+33 1 23 45 67 89" EmailAddress="a_b@example.org">
    <AddressLine>1 RUE X</AddressLine><CityName>PARIS</CityName>
   </ContactInfo>
   <Passenger RPH="1" SurnameRefNumber="1.1">
    <GivenName>ANNE MARIE</GivenName><Surname>DUPONT</Surname>
    <CustLoyalty ProgramID="ZZ" MembershipID="1234567"/>
    <SSR SSRCode="KSML"/><SSR SSRCode="WCHR"/><SSR SSRCode="OTHS"><Text>SECRET</Text></SSR>
    <TicketDocument TicketDocumentNbr="1231234567890">
     <TotalFare Amount="120.50" CurrencyCode="EUR"/>
     <PaymentInfo PaymentType="CC" VendorCode="VI" AccountNbr="XXXX1234"/>
    </TicketDocument>
    <DOC_SSR>
     <DOCS DocType="P" TravelDocNbr="12AB34567" IssuingLoc="FRA" PaxNationality="FRA"
       DateOfBirth="1980-07-04" Gender="F" ExpiryDate="2030-01-31" Surname="DUPONT"
       FirstGivenName="ANNE" SecondGivenName="MARIE"/>
     <DOCO BirthLocation="LYON" TravelDocType="V" TravelDocNbr="V99" DateOfIssue="2025-02-30"/>
    </DOC_SSR>
   </Passenger>
   <Flight DepartureDateTime="2026-03-04T08:00:00" ArrivalDateTime="2026-03-04T20:00:00"
     ResBookDesigCode="Y" NumberInParty="1" Status="HK" FlightNumber="123">
    <DepartureAirport LocationCode="AAA"/><ArrivalAirport LocationCode="BBB"/>
    <OperatingAirline Code="YY" FlightNumber="9"/><MarketingAirline Code="ZZ"/>
   </Flight>
  </PNR>
 </PNRs>
</IATA_PNRGOV_NotifRQ>"""


def test_facts() -> None:
    """Every structured element is read; meals, assistance and remarks are dropped and counted."""
    (message,) = pnrgov_xml.read(SAMPLE)
    assert message.envelope.sender == "ZZ"
    assert message.flights[0].departure == dt.datetime(2026, 3, 4, 8, 0)
    (booking,) = message.bookings
    assert booking.locators[0].locator == "ABC123"
    assert booking.contacts.emails == ("a_b@example.org",)
    assert booking.contacts.phones == ("+33 1 23 45 67 89",)
    (traveller,) = booking.travellers
    assert (traveller.surname, traveller.given_names) == ("DUPONT", "ANNE MARIE")
    assert (traveller.date_of_birth, traveller.sex) == (dt.date(1980, 7, 4), "F")
    assert traveller.nationality == "FRA"
    assert [document.number for document in traveller.documents] == ["12AB34567", "V99"]
    assert booking.payments == (
        records.Payment(
            type="CC", amount=Decimal("120.50"), currency="EUR", vendor="VI", card_number="XXXX1234"
        ),
    )
    (leg,) = booking.segments
    assert (leg.carrier, leg.operating_carrier, leg.operating_number) == ("ZZ", "YY", "9")
    assert {drop.kind: drop.count for drop in message.dropped} == {
        "meal": 1,
        "assistance": 1,
        "remark": 1,
    }
    assert [warning.code for warning in message.warnings] == ["date_impossible"]
    assert b"SECRET" not in repr(message.bookings).encode()


def test_without_namespace_and_with_a_wrong_count() -> None:
    """Senders leave the namespace out; NumberOfPnrs is checked like EQN."""
    data = SAMPLE.replace(b' xmlns="http://www.iata.org/IATA/2007/00"', b"")
    (message,) = pnrgov_xml.read(data.replace(b'NumberOfPnrs="1"', b'NumberOfPnrs="7"'))
    assert len(message.bookings) == 1
    assert "eqn_count" in {warning.code for warning in message.warnings}


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"<IATA_PNRGOV_NotifRQ>",
        b"<other/>",
        b'<!DOCTYPE x [<!ENTITY a "b">]><IATA_PNRGOV_NotifRQ>&a;</IATA_PNRGOV_NotifRQ>',
        b'<?xml version="1.0" encoding="nonsense"?><IATA_PNRGOV_NotifRQ/>',
    ],
)
def test_hostile(data: bytes) -> None:
    """Entities, other roots and broken XML are refused with a reason, never raised otherwise."""
    with pytest.raises(Unreadable):
        pnrgov_xml.read(data)


def test_looks_like() -> None:
    """By the root's name, a byte order mark in front allowed."""
    assert pnrgov_xml.looks_like(b"\xef\xbb\xbf" + SAMPLE)
    assert not pnrgov_xml.looks_like(b"UNB+IATA:1")
