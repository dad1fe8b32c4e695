"""PNRGOV XML, from the specification: there is no public sample."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

import pytest

from vedette.formats.edifact import Unreadable
from vedette.travellers import records
from vedette.travellers.formats import pnrgov_xml
from vedette.travellers.formats.pnrgov_xml import Person

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


def _with(old: str, new: str, data: bytes = SAMPLE) -> records.Message:
    """The sample with one place changed."""
    assert old.encode() in data
    (message,) = pnrgov_xml.read(data.replace(old.encode(), new.encode(), 1))
    return message


ADULT_DOCS = '<DOCS DocType="P" TravelDocNbr="12AB34567"'
INFANT_DOCS = (
    '<DOCS DocType="P" TravelDocNbr="B1" DateOfBirth="2025-12-24" {}="FI" Surname="DUPONT"'
    ' FirstGivenName="LOU"/>'
)
INFANT = (
    '<Passenger RPH="2" SurnameRefNumber="2.1"><GivenName>LOU</GivenName><Surname>DUPONT</Surname>'
    '<FareInfo PTC="INF"/></Passenger><Flight '
)


@pytest.mark.parametrize("gender", ["Gender", "PaxGender"])
@pytest.mark.parametrize("named", [True, False], ids=["with a passenger", "without one"])
def test_an_infants_document_is_never_the_adults(gender: str, named: bool) -> None:
    """Gender FI in the adult's element, and first there: it belongs to the infant, who is a traveller
    even where no Passenger names him. The adult keeps her birth date and is no infant."""
    data = SAMPLE.replace(b"<Flight ", INFANT.encode(), 1) if named else SAMPLE
    message = _with(ADULT_DOCS, INFANT_DOCS.format(gender) + ADULT_DOCS, data)
    adult, infant = message.bookings[0].travellers
    assert (adult.infant, adult.date_of_birth) == (False, dt.date(1980, 7, 4))
    assert [d.number for d in adult.documents] == ["12AB34567", "V99"]
    assert (infant.infant, infant.given_names, infant.sex) == (True, "LOU", "F")
    assert infant.date_of_birth == dt.date(2025, 12, 24)
    assert [d.number for d in infant.documents] == ["B1"]
    assert infant.accompanied_by == "1.1"
    codes = {w.code for w in message.warnings}
    assert ("traveller_unclear" in codes) == (not named)


@pytest.mark.parametrize("gender", ["Gender", "PaxGender"])
def test_an_infant_with_an_element_of_his_own(gender: str) -> None:
    """MI in the infant's own Passenger, which states no type: he is one, and nobody is added."""
    message = _with('Gender="F"', f'{gender}="MI"')
    (infant,) = message.bookings[0].travellers
    assert (infant.infant, infant.sex, len(infant.documents)) == (True, "M", 2)


def test_one_document_stated_twice_is_one() -> None:
    """The same number and type: what the first left out is filled in from the second."""
    again = '<DOCS DocType="P" TravelDocNbr="12AB34567" IssuingLoc="FRA"/>'
    (traveller,) = _with(ADULT_DOCS, again + ADULT_DOCS).bookings[0].travellers
    first, _ = traveller.documents
    assert (first.number, first.issuer, first.expiry) == (
        "12AB34567", "FRA", dt.date(2030, 1, 31),
    )  # fmt: skip


def test_requests_with_text_are_read_by_the_grammars_of_edifact() -> None:
    """SSR as text: documents, address, loyalty, ticket, contacts, seat, infant. What no grammar knows is
    counted, and so is what stands outside the passengers."""
    told = {
        "DOCS": "/P/FRA/77CC1/FRA/04JUL80/F/31JAN30/DUPONT/ANNE",
        "DOCO": "LYON/V/V12/PARIS/01FEB25/SEN",
        "DOCA": "D/SEN/12 RUE X/DAKAR//10000",
        "FQTV": "ZZ7654321",
        "TKNE": "1239876543210C1",
        "CTCE": "ANNE//EXAMPLE.ORG",
        "CTCM": "33639981234",
        "INFT": "DUPONT/LOU 24DEC25",
    }
    texts = "".join(f'<SSR SSRCode="{c}"><Text>{t}</Text></SSR>' for c, t in told.items())
    outside = "<OSI><Text>CTCE ANNE2//EXAMPLE.ORG</Text></OSI><Remark>SECRET</Remark>"
    broken = '<SSR SSRCode="FQTV" Text="SECRET"/>'
    data = SAMPLE.replace(b"<Flight ", outside.encode() + b"<Flight ", 1)
    message = _with('<SSR SSRCode="KSML"/>', f'<SSR SSRCode="KSML"/>{texts}{broken}', data)
    (booking,) = message.bookings
    adult, infant = booking.travellers
    assert [(d.type, d.number) for d in adult.documents] == [
        ("P", "12AB34567"), ("V", "V99"), ("P", "77CC1"), ("V", "V12"),
    ]  # fmt: skip
    assert adult.contacts.addresses[0].city == "DAKAR"
    assert {f.number for f in adult.frequent_flyer} == {"1234567", "7654321"}
    assert set(adult.tickets) == {"1231234567890", "1239876543210"}
    assert adult.contacts.phones == ("33639981234",)
    assert booking.contacts.emails == ("a_b@example.org", "ANNE2@EXAMPLE.ORG", "ANNE@EXAMPLE.ORG")
    assert (infant.infant, infant.date_of_birth) == (True, dt.date(2025, 12, 24))
    assert {drop.kind: drop.count for drop in message.dropped} == {
        "meal": 1, "assistance": 1, "remark": 3,
    }  # fmt: skip
    assert "SECRET" not in repr(message.bookings)


def test_bags_total_party_and_boarding() -> None:
    """Prepaid and excess baggage with its owner, the fares' sum in one currency, who is on board."""
    bags = (
        '<PrepaidBag NumberOfPieces="2" Weight="44" WeightUnit="L"/>'
        '<PrepaidBag AirlineCode="ZZ" BagTagNbr="111222" PassengerRPH="1"/>'
    )
    data = SAMPLE.replace(b'RPH="1"', b'RPH="1" BoardingStatus="Not Boarded"', 1)
    data = data.replace(b"<CustLoyalty", b'<ExcessBaggage Quantity="1"/><CustLoyalty', 1)
    data = data.replace(b' NumberInParty="1"', b"")
    data = data.replace(
        b"<TotalFare", b'<TotalFare Amount="1.25" CurrencyCode="EUR"/><TotalFare', 1
    )
    (booking,) = _with("<ContactInfo", bags + "<ContactInfo", data).bookings
    assert [(b.pieces, b.weight_kg, b.tag, b.traveller) for b in booking.bags] == [
        (2, 19.96, None, None), (None, None, "111222", 0), (1, None, None, 0),
    ]  # fmt: skip
    assert (booking.total, booking.currency, booking.party) == (Decimal("121.75"), "EUR", 1)
    assert booking.travellers[0].boarded is False


def test_a_groups_name_is_no_traveller() -> None:
    """A Passenger of type GRP without a given name; a group's number may exceed its names."""
    group = '<Passenger RPH="9"><Surname>CLUB X</Surname><FareInfo PTC="GRP"/></Passenger><Flight '
    data = SAMPLE.replace(b'NumberOfPassengers="1"', b'NumberOfPassengers="20"')
    message = _with("<Flight ", group, data)
    (booking,) = message.bookings
    assert (booking.group_name, [t.surname for t in booking.travellers]) == (True, ["DUPONT"])
    assert "cnt_count" not in {w.code for w in message.warnings}


def test_warnings_carry_their_place() -> None:
    """Segment and byte of each warning, travellers and bookings theirs; also of what is not XML."""
    data = SAMPLE.replace(b'NumberOfPassengers="1"', b'NumberOfPassengers="3"')
    data = data.replace(b"ANNE MARIE", "ANNÉ MARIE".encode(), 1)
    (message,) = pnrgov_xml.read(data)
    places = {w.code: (w.segment, w.offset) for w in message.warnings}
    assert places == {
        "cnt_count": ("pnr", data.index(b"<PNR ")), "date_impossible": ("doco", data.index(b"<DOCO")),
    }  # fmt: skip
    assert message.bookings[0].travellers[0].offset == data.index(b"<Passenger")
    with pytest.raises(Unreadable) as caught:
        pnrgov_xml.read(data.replace(b"</PNRs>", b""))
    assert caught.value.offset > data.index(b"</PNR>")


def test_a_superscript_digit_is_no_number() -> None:
    """`str.isdigit` is true for `²` and `int` refuses it: the number of bookings is not compared."""
    assert "eqn_count" not in {w.code for w in _with('Pnrs="1"', 'Pnrs="²"').warnings}


def test_what_does_not_say_that_it_is_full_is_not() -> None:
    """Without MessageFunction nobody is absent for not being named."""
    assert pnrgov_xml.read(SAMPLE)[0].function is None
    assert _with('Version="13.1"', 'Version="13.1" MessageFunction="22"').function == "22"


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


def test_a_single_name_sent_as_given_name_is_no_placeholder() -> None:
    """Some people have one name only."""
    xml = (
        "<IATA_PNRGOV_NotifRQ><PNRs><PNR><Passenger><GivenName>SUHARTO</GivenName></Passenger>"
        "<Passenger/></PNR></PNRs></IATA_PNRGOV_NotifRQ>"
    )
    (message,) = pnrgov_xml.read(xml.encode())
    suharto, unknown = message.bookings[0].travellers
    assert (suharto.given_names, suharto.placeholder, unknown.placeholder) == (
        "SUHARTO",
        False,
        True,
    )


def test_a_hostile_booking_is_not_compared_with_all_its_people(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A thousand people and requests that name none of them: work grows with both, not with their product
    (half a megabyte took 47 seconds). Everybody is read all the same."""
    asked: list[str | None] = []
    named = Person.named

    def counted(person: Person, surname: str | None, given: str | None) -> bool:
        asked.append(surname)
        return named(person, surname, given)

    monkeypatch.setattr(Person, "named", counted)
    text = "P/X/1/X/01JAN80/M/01JAN30/B/C"
    xml = (
        "<IATA_PNRGOV_NotifRQ><PNRs><PNR>"
        + "<Passenger RPH='1'><Surname>A</Surname></Passenger>" * 1000
        + f"<SSR SSRCode='DOCS' PassengerRPH='9'><Text>{text}</Text></SSR>" * 50
        + "</PNR></PNRs></IATA_PNRGOV_NotifRQ>"
    )
    (message,) = pnrgov_xml.read(xml.encode())
    assert len(message.bookings[0].travellers) == 1000
    assert 0 < len(asked) <= 50 * 200
