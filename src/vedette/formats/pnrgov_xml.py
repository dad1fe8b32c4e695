"""PNRGOV in PADIS XML 13.1 and 14.1 (root `IATA_PNRGOV_NotifRQ`), read from the specification.

There is no public sample, so names are matched without namespace and case, a value may be an attribute
or a child element, and what senders call it is looked up in lists of names. SSR and remarks are free
text: only the structured elements (DOCS, DOCO, DOCA, seat, contact, loyalty, payment) are read, every
other request is dropped and counted as in the EDIFACT message.
"""

from __future__ import annotations

import datetime as dt
import re
from collections import Counter
from collections.abc import Iterator
from decimal import Decimal, InvalidOperation
from xml.etree.ElementTree import Element, ParseError

from defusedxml import ElementTree as SafeTree
from defusedxml.common import DefusedXmlException

from vedette import records
from vedette.formats import ssr
from vedette.formats.segments import Unreadable

_ROOT = b"IATA_PNRGOV"
_MAX_BYTES = 64 * 1024 * 1024
_TIME = re.compile(r"(\d{4}-\d\d-\d\d)(?:T(\d\d:\d\d(?::\d\d)?))?")
_SEX = {"M": "M", "F": "F", "X": "X", "U": "U", "MI": "M", "FI": "F", "MALE": "M", "FEMALE": "F"}
_SEATS = frozenset({"SEAT", "NSST", "RQST"})
_STRUCTURED = frozenset({"DOCS", "DOCO", "DOCA", "FQTV", "TKNE", "INFT"})
_CITY, _POSTCODE = ("CityName", "City"), ("PostalCode", "Zip")
_COUNTRY, _STATE = (
    ("CountryName", "CountryCode", "Country"),
    ("StateProv", "StateProvince", "State"),
)


def looks_like(data: bytes) -> bool:
    """Whether these bytes are a PNRGOV XML message, by the name of the root."""
    head = data[:4096].removeprefix(b"\xef\xbb\xbf").lstrip()
    return head.startswith(b"<") and _ROOT in head


def read(data: bytes) -> list[records.Message]:
    """The message of a file. Raises `Unreadable` where it is no well-formed XML without a document
    type; anything else that is missing or wrong is a warning."""
    if len(data) > _MAX_BYTES:
        raise Unreadable(f"{len(data)} bytes, the limit is {_MAX_BYTES}; send one flight a file")
    try:
        root = SafeTree.fromstring(data, forbid_dtd=True)
    except DefusedXmlException:
        raise Unreadable("XML with a document type or entities; send it without") from None
    except (ParseError, ValueError, LookupError, RecursionError) as problem:
        line = getattr(problem, "position", (0, 0))[0]
        raise Unreadable(f"XML that is not well formed at line {line}; send it as sent") from None
    if not _local(root).startswith("iata_pnrgov"):
        raise Unreadable("XML of another kind; the root IATA_PNRGOV_NotifRQ is read here")
    return [_Reader(root).message()]


def _local(node: Element) -> str:
    tag = node.tag if isinstance(node.tag, str) else ""
    return tag.rsplit("}", 1)[-1].lower()


def _value(node: Element | None, *names: str) -> str | None:
    """The first of these that is an attribute, else a child with text; stripped, None where empty."""
    if node is None:
        return None
    wanted = [name.lower() for name in names]
    attributes = {key.rsplit("}", 1)[-1].lower(): text for key, text in node.attrib.items()}
    children = {_local(child): child.text or "" for child in node}
    for name in wanted:
        text = (attributes.get(name) or children.get(name) or "").strip()
        if text:
            return text
    return None


def _children(node: Element | None, *names: str) -> Iterator[Element]:
    wanted = {name.lower() for name in names}
    return (child for child in (node if node is not None else ()) if _local(child) in wanted)


def _all(node: Element, *names: str) -> Iterator[Element]:
    wanted = {name.lower() for name in names}
    return (child for child in node.iter() if _local(child) in wanted)


def _first(node: Element | None, *names: str) -> Element | None:
    return next(_children(node, *names), None)


def _airport(node: Element | None, which: str) -> str | None:
    return _value(_first(node, f"{which}Airport"), "LocationCode")


def _body(root: Element) -> bytes:
    """The elements below the root without layout: the input of the resend hash."""
    lines = [
        "\x1f".join((_local(node), repr(sorted(node.attrib.items())), (node.text or "").strip()))
        for node in root.iter()
    ]
    return "\n".join(lines[1:]).encode()


class _Reader:
    """One message: what is collected while its bookings are read."""

    def __init__(self, root: Element) -> None:
        self.root = root
        self.warnings: list[records.Warning] = []
        self.dropped: Counter[str] = Counter()

    def warn(self, code: str, message: str, node: Element) -> None:
        self.warnings.append(records.Warning(code=code, message=message, segment=_local(node)))

    def time(self, node: Element | None, *names: str) -> dt.datetime | None:
        """A local time; the zone that a sender may add is not the airport's and is left out."""
        text = _value(node, *names)
        if text is None or node is None:
            return None
        found = _TIME.match(text)
        try:
            if found is not None:
                return dt.datetime.fromisoformat(f"{found[1]}T{found[2] or '00:00'}")
        except ValueError:
            pass
        self.warn("date_impossible", "a date or time that does not exist", node)
        return None

    def day(self, node: Element, *names: str) -> dt.date | None:
        found = self.time(node, *names)
        return found.date() if found else None

    def message(self) -> records.Message:
        root = self.root
        originator = _first(root, "Originator")
        pnrs = next(_all(root, "PNRs"), None)
        bookings = tuple([self.booking(node) for node in _all(root, "PNR")])
        stated = _value(pnrs, "NumberOfPnrs")
        if stated and stated.isdigit() and len(stated) < 10 and int(stated) != len(bookings):
            self.warn("eqn_count", f"{int(stated)} bookings stated, {len(bookings)} present", root)
        reference = _value(root, "TransactionIdentifier", "EchoToken")
        version = _value(root, "Version")
        return records.Message(
            format="PNRGOV-XML",
            envelope=records.Envelope(
                sender=_value(originator, "AirlineCode", "SystemCode"),
                prepared=self.time(root, "TimeStamp"),
                interchange_ref=_value(root, "EchoToken") or reference,
                message_ref=reference,
                release=version,
                common_access_ref=_value(root, "CorrelationID"),
                sequence=1,
                last=True,
            ),
            function=_value(root, "MessageFunction") or "22",
            flights=tuple(self.flight(node) for node in _children(root, "FlightLeg")),
            bookings=bookings,
            warnings=tuple(self.warnings),
            dropped=tuple(
                records.DroppedText(kind=kind, count=count)
                for kind, count in sorted(self.dropped.items())
            ),
            body=_body(root),
        )

    def flight(self, node: Element) -> records.Flight:
        return records.Flight(
            carrier=_value(node, "CarrierCode", "AirlineCode"),
            number=_value(node, "FlightNumber"),
            origin=_airport(node, "Departure"),
            destination=_airport(node, "Arrival"),
            departure=self.time(node, "DepartureDateTime"),
            arrival=self.time(node, "ArrivalDateTime"),
        )

    def booking(self, node: Element) -> records.Booking:
        created = self.time(node, "PNR_CreationDate")
        locators: list[records.Locator] = []
        for found in _children(node, "BookingRefID"):
            locator = _value(found, "ID")
            if locator:
                company = _value(_first(found, "CompanyName"), "Code")
                locators.append(records.Locator(company=company, locator=locator, created=created))
        people = list(_children(node, "Passenger"))
        legs = list(_children(node, "Flight"))
        key = locators[0].locator if locators else None
        return records.Booking(
            locators=tuple(dict.fromkeys(locators)),
            created=created,
            last_transaction=self.time(node, "PNR_TransDate"),
            ticketed=self.time(node, "LastTktDate"),
            agency=self.agency(node),
            travellers=tuple([self.traveller(person, key) for person in people]),
            contacts=_contacts(node),
            segments=tuple([self.leg(leg) for leg in legs]),
            payments=tuple(
                [
                    _payment(paid, person)
                    for person in people
                    for paid in _all(person, "PaymentInfo")
                ]
            ),
            seats=tuple(self.seats(people, legs)),
            segment="PNR",
        )

    def agency(self, node: Element) -> records.Agency | None:
        for source in _all(node, "Source"):
            return records.Agency(
                company=_value(next(_all(source, "RequestorID"), None), "ID"),
                office=_value(source, "PseudoCityCode"),
                country=_value(source, "ISOCountry"),
                currency=_value(source, "ISOCurrency"),
            )
        return None

    def traveller(self, node: Element, locator: str | None) -> records.Traveller:
        documents = [found for docs in _all(node, "DOCS") if (found := self.docs(docs))]
        facts = documents[0] if documents else None
        visas, birth_place = self.visas(node)
        gender = next((_value(docs, "Gender") for docs in _all(node, "DOCS")), None) or ""
        self.requests(node)
        given = " ".join(
            (name.text or "").strip() for name in _children(node, "GivenName", "MiddleName")
        )
        kind = _value(node, "PassengerTypeCode", "Type")
        surname = _value(node, "Surname")
        if surname is None:
            self.warn("traveller_unclear", "traveller without a surname", node)
        return records.Traveller(
            surname=surname,
            given_names=given.strip() or _value(node, "GivenName"),
            title=_value(node, "NamePrefix", "NameTitle"),
            date_of_birth=self.day(node, "BirthDate") or (facts.date_of_birth if facts else None),
            sex=_SEX.get((_value(node, "Gender") or "").upper()) or (facts.sex if facts else None),
            nationality=facts.nationality if facts else None,
            place_of_birth=birth_place,
            locator=locator,
            reference=_value(node, "SurnameRefNumber", "RPH"),
            documents=tuple(dict.fromkeys(x for x in (*documents, *visas) if x.number)),
            contacts=_contacts(node),
            frequent_flyer=tuple(
                records.FrequentFlyer(
                    carrier=_value(found, "ProgramID", "VendorCode"), number=number
                )
                for found in _all(node, "CustLoyalty")
                if (number := _value(found, "MembershipID", "LoyaltyNumber"))
            ),
            tickets=tuple(
                number
                for found in _all(node, "TicketDocument")
                if (number := _value(found, "TicketDocumentNbr"))
            ),
            type=kind,
            infant=(kind or "").upper().startswith("IN") or gender.upper() in ("MI", "FI"),
            placeholder=surname is None or surname.upper() in ("TBA", "TBC", "TBN"),
            segment="Passenger",
        )

    def docs(self, node: Element) -> records.Document:
        given = (
            _value(node, "FirstGivenName", "GivenName"),
            _value(node, "SecondGivenName", "MiddleName"),
        )
        return records.Document(
            type=_value(node, "TravelDocType", "DocType", "DocumentType", "Type"),
            number=_value(node, "TravelDocNbr", "DocID", "DocumentNumber", "DocNbr", "Number")
            or "",
            issuer=_value(node, "IssuingLoc", "DocIssueCountry", "IssuingCountry", "IssueCountry"),
            expiry=self.day(node, "DateOfExpiry", "ExpiryDate", "ExpireDate", "ExpirationDate"),
            nationality=_value(node, "PaxNationality", "Nationality", "DocHolderNationality"),
            surname=_value(node, "Surname"),
            given_names=" ".join(name for name in given if name) or None,
            date_of_birth=self.day(node, "DateOfBirth", "BirthDate"),
            sex=_SEX.get((_value(node, "PaxGender", "Gender") or "").upper()),
        )

    def visas(self, node: Element) -> tuple[list[records.Document], str | None]:
        """The documents of DOCO, and the place of birth it states."""
        found: list[records.Document] = []
        birth_place = None
        for doco in _all(node, "DOCO"):
            birth_place = birth_place or _value(doco, "BirthLocation", "PlaceOfBirth")
            number = _value(doco, "TravelDocNbr", "VisaNbr", "DocID", "DocumentNumber", "DocNbr")
            if number:
                found.append(
                    records.Document(
                        type=_value(doco, "TravelDocType", "DocType") or "V",
                        number=number,
                        place_of_issue=_value(doco, "PlaceOfIssue", "IssuingLoc", "DocIssueLoc"),
                        issued=self.day(doco, "DateOfIssue", "IssueDate", "DocIssueDate"),
                        valid_for=_value(doco, "CountryState", "ApplicableCountry", "DocCountry"),
                    )
                )
        return found, birth_place

    def requests(self, node: Element) -> None:
        """Count the requests that are dropped: meals and assistance by their codes, other text."""
        for request in _all(node, "SSR", "OSI", "Remark", "OtherServiceInformation"):
            code = (_value(request, "SSRCode", "Code") or "").upper()
            if code not in _SEATS and code not in _STRUCTURED:
                self.dropped[ssr.dropped_kind(code)] += 1

    def leg(self, node: Element) -> records.Segment:
        marketing, operating = _first(node, "MarketingAirline"), _first(node, "OperatingAirline")
        party = _value(node, "NumberInParty")
        return records.Segment(
            carrier=_value(marketing, "Code") or _value(node, "CarrierCode"),
            number=_value(node, "FlightNumber"),
            operating_carrier=_value(operating, "Code"),
            operating_number=_value(operating, "FlightNumber"),
            origin=_airport(node, "Departure"),
            destination=_airport(node, "Arrival"),
            departure=self.time(node, "DepartureDateTime"),
            arrival=self.time(node, "ArrivalDateTime"),
            booking_class=_value(node, "ResBookDesigCode"),
            status=_value(node, "Status"),
            party=int(party) if party and party.isdigit() and len(party) < 5 else None,
            equipment=_value(_first(node, "Equipment"), "AirEquipType"),
        )

    def seats(self, people: list[Element], legs: list[Element]) -> Iterator[records.Seat]:
        """Seats in a passenger or a flight; a flight's seats name the passenger by RPH."""
        rphs = [_value(person, "RPH", "SurnameRefNumber") for person in people]
        places = [(person, index, None) for index, person in enumerate(people)]
        for node, index, leg in [*places, *((leg, None, leg) for leg in legs)]:
            for seat in _all(node, "Seat", "SeatAssignment", "SSR"):
                number = _value(seat, "SeatNumber", "Number")
                if _local(seat) == "ssr" and (_value(seat, "SSRCode") or "") not in _SEATS:
                    continue
                ref = _value(seat, "PassengerRPH", "TravelerRefNumberRPH", "RPH")
                owner = index
                if owner is None and ref is not None and ref in rphs:
                    owner = rphs.index(ref)
                if number and len(number) <= 6:
                    yield records.Seat(
                        traveller=owner,
                        number=number.lstrip("0"),
                        origin=_value(seat, "DepartureAirport", "BoardPoint")
                        or (_airport(leg, "Departure") if leg is not None else None),
                        destination=_value(seat, "ArrivalAirport", "OffPoint")
                        or (_airport(leg, "Arrival") if leg is not None else None),
                    )


def _contacts(node: Element) -> records.Contacts:
    """Contacts that stand directly in a booking or passenger, and addresses of DOCA."""
    phones: dict[str, None] = {}
    emails: dict[str, None] = {}
    addresses: list[records.Address] = []
    for found in _children(node, "ContactInfo"):
        for number in ssr.phones((_value(found, "PhoneNumber") or "")[:200]):
            phones[number] = None
        email = ssr.email((_value(found, "EmailAddress") or "")[:200])
        if email:
            emails[email] = None
        _address(found, "contact", addresses)
    if _local(node) == "passenger":
        for doca in _all(node, "DOCA"):
            kind = {"R": "residence", "D": "destination"}.get(
                _value(doca, "AddressType", "Type") or ""
            )
            _address(doca, kind or "contact", addresses)
    return records.Contacts(phones=tuple(phones), emails=tuple(emails), addresses=tuple(addresses))


def _address(node: Element, kind: str, into: list[records.Address]) -> None:
    found = records.Address(
        kind=kind,
        street=_value(node, "AddressLine", "Address", "StreetNmbr", "Street"),
        city=_value(node, *_CITY),
        state=_value(node, *_STATE),
        postcode=_value(node, *_POSTCODE),
        country=_value(node, *_COUNTRY),
    )
    if found != records.Address(kind=kind) and found not in into:
        into.append(found)


def _payment(node: Element, person: Element) -> records.Payment:
    fare = next(_all(person, "TotalFare"), None)
    text = _value(node, "PaymentAmount", "Amount") or _value(fare, "Amount")
    try:
        amount = Decimal(text) if text and len(text) < 20 else None
    except InvalidOperation:
        amount = None
    return records.Payment(
        type=_value(node, "PaymentType") or "MS",
        amount=amount if amount is not None and amount.is_finite() else None,
        currency=_value(node, "CurrencyCode") or _value(fare, "CurrencyCode"),
        vendor=_value(node, "VendorCode"),
        card_number=_value(node, "AccountNbr"),
        card_expiry=_value(node, "ExpiryDate"),
        payer=_value(node, "CardHolderName"),
    )
