"""Reads PNRGOV in PADIS XML 13.1 to 19.1 (root `IATA_PNRGOV_NotifRQ`). The reader was written from the
specification, because there is no public sample. To accept different spellings, the reader ignores XML
namespaces and the case of names. A value may be an attribute or a child element, and a field may have
alternative names. Requests and remarks are free text, which is read with the same grammars as in EDIFACT
messages. Text that no grammar recognises is dropped and counted.
"""

from __future__ import annotations

import datetime as dt
import re
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import Any
from xml.etree.ElementTree import Element, ParseError, TreeBuilder

from defusedxml.common import DefusedXmlException
from defusedxml.ElementTree import DefusedXMLParser

from vedette.core.records import day_of, time_of
from vedette.formats.dates import airimp_day, birth_period, moment
from vedette.formats.edifact import Unreadable, whole
from vedette.travellers import records
from vedette.travellers.formats import booked, ssr
from vedette.travellers.formats.pnrgov.requests import MAX_TEXT, SEAT_TEXT

_MAX_BYTES = 64 * 1024 * 1024
#: Maximum number of tags or attributes. The message of a flight with 850 seats has about 60,000.
_MAX_MARKS = 250_000
#: A day as `2026-11-24` or `20261124`, and a time after T or blanks; a zone and fractions may follow.
_TIME = re.compile(r"(\d{4}-?\d\d-?\d\d)(?:[T\s]+(\d\d:?\d\d(?::?\d\d)?)|(?!\d))")
_BAGS = ("PrepaidBag", "ExcessBaggage")
_POUNDS = {"L", "LB", "LBS", "LBR", "701"}
_SEX = {sex + mark: sex for sex in "MFXU" for mark in ("", "I")} | {"MALE": "M", "FEMALE": "F"}
_SEATS = frozenset({"SEAT", "NSST", "RQST"})
_SEAT_NUMBER = ("SeatNumber", "SeatNbr")
#: Elements that contain contact data, in a booking, a passenger or any element in them.
_CONTACTS = ("ContactInfo", "Contact", "Telephone", "Phone", "Email", "EmailAddress", "Address")
_PHONES = frozenset({"phonenumber", "telephonenumber", "telephone", "phone", "mobile"})
_EMAILS = frozenset({"emailaddress", "email"})
_SURNAME, _GIVEN = ("Surname", "LastName"), ("GivenName", "MiddleName", "FirstName")
_NAMES = ("PersonName", "PassengerName", "Name")
_REQUESTS = ("SSR", "OSI", "Remark", "OtherServiceInformation")
_REFERENCE = ("PassengerRPH", "TravelerRefNumberRPH", "SurnameRefNumber", "RPH")
#: Maximum number of people compared. No genuine booking has more, and a hostile booking must not cause
#: unlimited comparisons.
_MOST_COMPARED = 200
#: Maximum number of elements around a seat that are searched for its owner and flight.
_DEEPEST = 8
_ISSUER = (
    "IssuingLoc", "DocIssueCountry", "TravelDocIssueCountry", "IssuingCountry", "IssueCountry",
)  # fmt: skip
_NUMBER = ("DocID", "DocumentNumber", "DocNbr")
#: Values that senders may write for "on board" and "not on board": the code list is not public.
_BOARDED = {"B", "BDD", "BOARDED", "Y", "YES", "TRUE", "1"}
_NOT_BOARDED = {"NB", "NOTBOARDED", "N", "NO", "FALSE", "0", "OFFLOADED", "OFL", "NOSHOW"}
#: Elements of a booking that are not kept → the kind under which they are counted.
_NOT_KEPT = {
    "hotel": "service", "car": "service", "vehicle": "service", "service": "service",
    "event": "history", "history": "history",
}  # fmt: skip
_COUNTRY = ("CountryName", "CountryCode", "Country", "DocCountry")
#: Characters that no name contains and no terminal shows, as in `formats/edifact.py`.
_UNSEEN = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\u200b\u200e\u200f\u202a-\u202e\u2066-\u2069\ufeff]"
)


def read(data: bytes) -> list[records.Message]:
    """Reads the message of a file. Raises `Unreadable` if the file is not well-formed XML, or contains a
    document type. All other errors become warnings of the message."""
    if len(data) > _MAX_BYTES:
        raise Unreadable(f"{len(data)} bytes, the limit is {_MAX_BYTES}; send one flight per file")
    marks = max(data.count(b"<"), data.count(b"="))
    if marks > _MAX_MARKS:
        raise Unreadable(f"{marks} tags, the limit is {_MAX_MARKS}; send one flight per file")
    root, offsets = _parse(data)
    if not _local(root).startswith("iata_pnrgov"):
        raise Unreadable("XML of another kind; only the root IATA_PNRGOV_NotifRQ can be read")
    return [_Reader(root, offsets).message()]


def _airport(node: Element | None, which: str) -> str | None:
    place = _first(node, f"{which}Airport", f"{which}Location")
    stated = f"{which}Airport", f"{which}AirportCode", f"{which}LocationCode"
    return _value(place, "LocationCode", "AirportCode", "Code") or _value(node, *stated)


def _body(root: Element) -> bytes:
    """Returns the bytes from which the hash of a message is computed; the hash identifies a message that is
    sent again.

    The bytes consist of the elements below the root, without white space around their texts.
    """
    lines = [
        "\x1f".join((_local(node), repr(sorted(node.attrib.items())), (node.text or "").strip()))
        for node in root.iter()
    ]
    return "\n".join(lines[1:]).encode()


class _Reader:
    """Reads one message, and collects data while its bookings are read."""

    def __init__(self, root: Element, offsets: dict[Element, int]) -> None:
        self.root = root
        self.offsets = offsets
        self.warnings: list[records.Warning] = []
        self.dropped: Counter[str] = Counter()
        #: The reference day for two-digit years.
        self.prepared = dt.date.today()
        self.prepared_at = time_of(self.time(root, "TimeStamp"))
        self.prepared = (self.prepared_at or dt.datetime.now()).date()
        self.flights = tuple([self.flight(node) for node in _listed(root, "FlightLeg")])

    def warn(self, code: str, message: str, node: Element) -> None:
        self.warnings.append(
            records.Warning(
                code=code, message=message, segment=_local(node), offset=self.offsets.get(node)
            )
        )

    def time(self, node: Element | None, *names: str, birth: bool = False) -> records.Moment | None:
        """Returns a local time or a day. A time zone in the message is ignored, because it is not the time
        zone of the airport."""
        text = _value(node, *names)
        if text is None or node is None:
            return None
        named = airimp_day(text, self.prepared, birth)
        if named is not None:
            return named
        found = _TIME.match(text)
        if found is not None:
            when = moment(found[1].replace("-", ""), found[2] or "")
            if when is not None:
                return when
        if not (birth and birth_period(text, self.prepared)):
            self.warn("date_impossible", "a date or time that does not exist", node)
        return None

    def day(self, node: Element, *names: str, birth: bool = False) -> dt.date | None:
        found = self.time(node, *names, birth=birth)
        return day_of(found) if found else None

    def birth_period(self, node: Element, *names: str) -> str | None:
        """Returns the year, or the year and month, of a birth date whose day is unknown."""
        return birth_period(_value(node, *names) or "", self.prepared)

    def message(self) -> records.Message:
        root = self.root
        pnrs = next(_every(root, "PNRs"), None)
        bookings = tuple([self.booking(node) for node in _every(root, "PNR")])
        stated = whole(_value(pnrs, "NumberOfPnrs") or "", 9)
        if stated is not None and stated != len(bookings):
            self.warn(
                "eqn_count",
                f"{stated} bookings stated, {len(bookings)} present",
                root if pnrs is None else pnrs,
            )
        reference = _value(root, "TransactionIdentifier", "EchoToken")
        return records.Message(
            format="PNRGOV-XML",
            envelope=records.Envelope(
                sender=_value(_first(root, "Originator"), "AirlineCode", "SystemCode"),
                prepared=self.prepared_at,
                interchange_ref=_value(root, "EchoToken") or reference,
                message_ref=reference,
                release=_value(root, "Version"),
                common_access_ref=_value(root, "CorrelationID"),
                sequence=1,
                last=True,
            ),
            # A message without a function is not a full push. A traveller who is missing from it is not
            # marked as absent.
            function=_value(root, "MessageFunction"),
            flights=self.flights,
            bookings=bookings,
            warnings=tuple(self.warnings),
            dropped=tuple(
                records.DroppedText(kind=kind, count=count)
                for kind, count in sorted(self.dropped.items())
                if count
            ),
            body=_body(root),
        )

    def flight(self, node: Element) -> records.Flight:
        return records.Flight(
            carrier=_value(node, "CarrierCode", "AirlineCode"),
            number=_value(node, "FlightNumber", "FlightNbr"),
            origin=_airport(node, "Departure"),
            destination=_airport(node, "Arrival"),
            departure=self.time(node, "DepartureDateTime"),
            arrival=self.time(node, "ArrivalDateTime"),
        )

    def booking(self, node: Element) -> records.Booking:
        created = self.time(node, "PNR_CreationDate")
        locators = [
            records.Locator(
                company=_value(_first(found, "CompanyName"), "Code"),
                locator=locator,
                created=created,
            )
            for found in _listed(node, "BookingRefID")
            if (locator := _value(found, "ID"))
        ]
        legs = list(_listed(node, "Flight"))
        held = _People(node, self)
        seats = tuple(dict.fromkeys(self.seats(node, held, legs)))
        self.dropped.update(kind for part in node.iter() if (kind := _NOT_KEPT.get(_local(part))))
        booked.give_seats(held.people, seats, next((f for f in self.flights if f.origin), None))
        segments = tuple([self.leg(leg) for leg in legs])
        for person in held.people:
            held.contacts.update(person.contacts)
        passengers = [person.node for person in held.people if _local(person.node) == "passenger"]
        total, currency = self.total(passengers)
        key = locators[0].locator if locators else None
        return records.Booking(
            locators=tuple(dict.fromkeys(locators)),
            created=created,
            last_transaction=self.time(node, "PNR_TransDate"),
            ticketed=self.time(node, "LastTktDate"),
            agency=self.agency(node),
            travellers=tuple([person.record(key, self) for person in held.people]),
            contacts=held.contacts.record(),
            segments=segments,
            payments=tuple(
                [
                    _payment(paid, person)
                    for person in passengers
                    for paid in _every(person, "PaymentInfo")
                ]
            ),
            bags=tuple(self.bags(node, held.people)),
            seats=seats,
            group_name=held.group_name,
            party=self.party(node, held, segments),
            total=total,
            currency=currency,
            segment="PNR",
            offset=self.offsets.get(node),
        )

    def party(
        self, node: Element, held: _People, segments: tuple[records.Segment, ...]
    ) -> int | None:
        """Returns the number of travellers that a flight states or, if no flight states a number, the number
        that the booking states. The number that the booking states is compared with the travellers, with and
        without infants. The number of travellers in a group is not checked, because some names may be
        missing."""
        stated = whole(_value(node, "NumberOfPassengers") or "", 4)
        present = len(held.people)
        seated = sum(not person.infant for person in held.people)
        if stated is not None and stated not in (present, seated) and not held.group_name:
            self.warn("cnt_count", f"NumberOfPassengers says {stated}, {present} present", node)
        return next((leg.party for leg in segments if leg.party), stated)

    def total(self, passengers: list[Element]) -> tuple[Decimal | None, str | None]:
        """Returns the total price of the tickets in the currency of the first ticket. Tickets in other
        currencies are left out."""
        total, currency = None, None
        for fare in (fare for node in passengers for fare in _every(node, "TotalFare")):
            text, its = _value(fare, "Amount"), _value(fare, "CurrencyCode")
            amount = _amount(text)
            if text and amount is None:
                self.warn("number_impossible", "a fare that is not a number", fare)
            elif amount is not None and (total is None or its == currency):
                total, currency = (total or Decimal(0)) + amount, its
        return total, currency

    def bags(self, node: Element, people: list[Person]) -> Iterator[records.BookedBag]:
        """Yields prepaid and excess baggage. Each item belongs to the traveller whose element contains the
        item or to whom the item refers."""
        owners = {
            bag: person.index for person in reversed(people) for bag in _every(person.node, *_BAGS)
        }
        rphs = _by_reference(people)
        for bag in _every(node, *_BAGS):
            text = _value(bag, "Weight", "TotalWeight")
            amount = _amount(text)
            if text and amount is None:
                self.warn("number_impossible", "a weight that is not a number", bag)
            weight = float(amount) if amount is not None else None
            unit = _value(bag, "WeightUnit", "UnitOfMeasure", "UnitOfMeasureCode", "Unit") or "K"
            if weight is not None and unit.upper() in _POUNDS:
                weight = round(weight * records.KG_PER_POUND, 2)
            found = records.BookedBag(
                airline=_value(bag, "AirlineCode", "CarrierCode", "Airline"),
                tag=_value(bag, "BagTagNbr", "BagTagNumber", "TagNumber", "BagTag"),
                destination=_value(bag, "Destination") or _airport(bag, "Arrival"),
                pieces=whole(
                    _value(bag, "NumberOfPieces", "Pieces", "Quantity", "NbrOfBags") or "", 4
                ),
                weight_kg=weight,
                traveller=owners.get(bag, rphs.get(_value(bag, "PassengerRPH", "RPH"))),
            )
            if found != records.BookedBag(traveller=found.traveller):
                yield found

    def agency(self, node: Element) -> records.Agency | None:
        source = next(_every(node, "Source"), None)
        if source is None:
            return None
        return records.Agency(
            company=_value(next(_every(source, "RequestorID"), None), "ID"),
            office=_value(source, "PseudoCityCode"),
            country=_value(source, "ISOCountry"),
            currency=_value(source, "ISOCurrency"),
        )

    def leg(self, node: Element) -> records.Segment:
        marketing, operating = _first(node, "MarketingAirline"), _first(node, "OperatingAirline")
        return records.Segment(
            carrier=_value(marketing, "Code") or _value(node, "CarrierCode"),
            number=_value(node, "FlightNumber", "FlightNbr"),
            operating_carrier=_value(operating, "Code"),
            operating_number=_value(operating, "FlightNumber"),
            origin=_airport(node, "Departure"),
            destination=_airport(node, "Arrival"),
            departure=self.time(node, "DepartureDateTime"),
            arrival=self.time(node, "ArrivalDateTime"),
            booking_class=_value(node, "ResBookDesigCode"),
            status=_value(node, "Status"),
            party=whole(_value(node, "NumberInParty") or "", 4),
            equipment=_value(_first(node, "Equipment"), "AirEquipType"),
        )

    def seats(self, booking: Element, held: _People, legs: list[Element]) -> Iterator[records.Seat]:
        """Yields the seats of a booking, which may be in any element. The owner of a seat is the passenger
        whose element contains the seat, or to whom the seat or an enclosing element refers. The flight of a
        seat is found in the same way as its owner."""
        rphs = _by_reference(held.people)
        owners = {person.node: person.index for person in reversed(held.people)}
        by_rph = {ref: leg for leg in reversed(legs) if (ref := _value(leg, "RPH", "FlightRPH"))}
        flown = set(legs)
        refers: dict[Element, tuple[int | None, Element | None]] = {}
        around = {child: parent for parent in booking.iter() for child in parent}
        for seat in booking.iter():
            request = _local(seat) == "ssr"
            named = _local(seat) in ("seat", "seatassignment", "seatrequest", "seatinfo")
            if request and _value(seat, "SSRCode") not in _SEATS:
                continue
            number = _value(seat, *_SEAT_NUMBER, *(("Number",) if named or request else ()))
            if not (number or named or request):
                continue
            text = _value(seat, "Text", "FreeText") if request else None
            if named and number is None and not len(seat):
                text = seat.text
            numbers = [number] if number else SEAT_TEXT.findall((text or "")[:MAX_TEXT])
            if not numbers:
                continue
            chain = [seat]
            while (parent := around.get(chain[-1], booking)) is not booking and len(
                chain
            ) < _DEEPEST:
                chain.append(parent)
            index = next((owners[one] for one in chain if one in owners), None)
            leg = next((one for one in chain if one in flown), None)
            for outer in chain:
                if outer in flown or outer in owners:
                    continue
                if outer not in refers:
                    refers[outer] = (
                        rphs.get(_value(outer, *_REFERENCE)),
                        by_rph.get(
                            _value(outer, "FlightRPH", "SegmentRPH", "FlightRefNumberRPH") or ""
                        ),
                    )
                index = refers[outer][0] if index is None else index
                leg = refers[outer][1] if leg is None else leg
            for one in numbers:
                if len(one) > 6:
                    self.dropped["detail"] += 1
                    continue
                yield records.Seat(
                    traveller=index,
                    number=one.lstrip("0"),
                    origin=_end(seat, leg, "Departure", "BoardPoint"),
                    destination=_end(seat, leg, "Arrival", "OffPoint"),
                )


def _end(seat: Element, leg: Element | None, which: str, point: str) -> str | None:
    """Returns the airport at the start or end of the flight of a seat, as stated by the seat itself or by its
    flight."""
    return _value(seat, point) or _airport(seat, which) or _airport(leg, which)


def _by_reference(people: list[Person]) -> dict[str | None, int]:
    """Returns a dict that maps the RPH of each traveller or, without an RPH, the reference, to the index of
    the traveller. A traveller with neither an RPH nor a reference is left out."""
    # If several travellers have the same reference, it belongs to the first of them.
    return {
        ref: person.index
        for person in reversed(people)
        if (ref := _value(person.node, "RPH", "SurnameRefNumber"))
    }


def _amount(text: str | None) -> Decimal | None:
    try:
        found = Decimal(text) if text and len(text) < 20 else None
    except InvalidOperation:
        return None
    return found if found is not None and found.is_finite() else None


def _payment(node: Element, person: Element) -> records.Payment:
    fare = next(_every(person, "TotalFare"), None)
    return records.Payment(
        type=_value(node, "PaymentType") or "MS",
        amount=_amount(_value(node, "PaymentAmount", "Amount") or _value(fare, "Amount")),
        currency=_value(node, "CurrencyCode") or _value(fare, "CurrencyCode"),
        vendor=_value(node, "VendorCode"),
        card_number=_value(node, "AccountNbr"),
        card_expiry=_value(node, "ExpiryDate"),
        payer=_value(node, "CardHolderName"),
    )


# --- people -------------------------------------------------------------------------------------


def _info(node: Element, contacts: booked.Contacts) -> None:
    """Adds the contact data of an element. Contact data may be in attributes, in texts or in separate
    elements."""
    for part in node.iter():
        texts = {name.rsplit("}", 1)[-1].lower(): text for name, text in part.attrib.items()}
        texts[_local(part)] = part.text or (
            texts.get("number", "") if _local(part) in _PHONES else ""
        )
        for name, text in texts.items():
            if name in _PHONES:
                contacts.phones.update(dict.fromkeys(ssr.phones(_plain(text)[:200])))
            elif name in _EMAILS and (email := ssr.email(_plain(text)[:200])):
                contacts.emails[email] = None
        _address(part, "contact", contacts)


def _address(node: Element, kind: str, contacts: booked.Contacts) -> None:
    """Adds the postal address in an element, if the element contains an address."""
    found = records.Address(
        kind=kind,
        street=_value(node, "AddressLine", "Address", "StreetNmbr", "Street"),
        city=_value(node, "CityName", "City"),
        state=_value(node, "StateProv", "StateProvince", "State"),
        postcode=_value(node, "PostalCode", "Zip"),
        country=_value(_first(node, "CountryName"), "Code") or _value(node, *_COUNTRY),
    )
    if found != records.Address(kind=kind):
        contacts.addresses[found] = None


@dataclass(slots=True, eq=False, kw_only=True)
class Person(booked.Person):
    """Represents one traveller while the booking is read. `node` is the XML element of the traveller."""

    node: Element
    reference: str | None = None
    adult: Person | None = None
    boarded: bool | None = None
    title: str | None = None

    def named(self, surname: str | None, given: str | None) -> bool:
        """Returns whether a name may be the name of the traveller. Returns False if no surname is given."""
        return bool(surname) and booked.Person.named(self, surname or "", given or "")

    def record(self, locator: str | None, reader: _Reader) -> records.Traveller:
        """Returns the traveller as a record."""
        return records.Traveller(
            surname=self.surname or None,
            given_names=self.given or None,
            title=self.title,
            date_of_birth=self.born or self.inft_born,
            birth_period=None if self.born or self.inft_born else self.birth_period,
            sex=self.sex,
            nationality=self.nationality,
            place_of_birth=self.place_of_birth,
            locator=locator,
            reference=self.reference,
            seat=self.seat,
            boarded=self.boarded,
            documents=tuple(self.documents),
            contacts=self.contacts.record(),
            frequent_flyer=tuple(self.fliers),
            tickets=tuple(self.tickets),
            type=self.type or None,
            infant=self.infant,
            accompanied_by=self.adult.reference if self.adult else None,
            placeholder=(self.surname or self.given or "TBA").upper() in ("TBA", "TBC", "TBN"),
            segment="Passenger",
            offset=reader.offsets.get(self.node),
        )


class _People:
    """Contains the travellers of a booking, and the contact data of the booking."""

    def __init__(self, node: Element, reader: _Reader) -> None:
        self.reader = reader
        self.people: list[Person] = []
        self._by_ref: dict[str, Person] = {}
        self.contacts = booked.Contacts()
        self.group_name = bool(_value(node, "GroupName"))
        for found in _listed(node, "Passenger"):
            self._passenger(found)
        self._contacts(node)
        # The names of infants are read first, because documents refer to them.
        requests = list(self._requests(node))
        for code, text, place, at in requests:
            if code == "INFT":
                self._inft(text, place, at)
        adults = [p for p in self.people if not p.infant]
        for infant in (p for p in self.people if p.infant and p.adult is None):
            infant.adult = adults[0] if len(adults) == 1 else None
        for person in list(self.people):
            self._documents(person)
        for code, text, place, at in requests:
            self._request(code, text, place, at)

    def _contacts(self, booking: Element) -> None:
        """Assigns each element with contact data to the passenger whose element contains this element, or to
        whom this element refers. Contact data that belongs to no passenger is assigned to the booking."""
        owners: dict[Element, Person] = {}
        for person in self.people:
            owners.update(dict.fromkeys(_every(person.node, *_CONTACTS), person))
        # Documents, payments and elements inside another such element are read elsewhere.
        outer = {
            name.lower() for name in (*_CONTACTS, "DOCA", "DOCS", "DOCO", "PaymentInfo", "SSR")
        }
        read: set[Element] = set()
        for node in booking.iter():
            if node in read or _local(node) in outer:
                read.update(node)
        for node in _every(booking, *_CONTACTS):
            if node not in read:
                owner = owners.get(node) or self._by_ref.get(_value(node, *_REFERENCE) or "")
                _info(node, owner.contacts if owner is not None else self.contacts)

    def _passenger(self, node: Element) -> None:
        name = next(
            (
                part
                for part in (node, *_children(node, *_NAMES))
                if _value(part, *_SURNAME, *_GIVEN)
            ),
            node,
        )
        given = " ".join(
            _plain(part.text or "") for part in _children(name, *_GIVEN)
        ).strip() or _value(name, *_GIVEN)
        kind = _value(node, "PassengerTypeCode", "Type") or next(
            (ptc for fare in _every(node, "FareInfo") if (ptc := _value(fare, "PTC"))), None
        )
        surname = _value(name, *_SURNAME)
        if (kind or "").upper() in ("G", "GRP") and not given:
            self.group_name = True
            return
        if not (surname or given):
            self.reader.warn("traveller_unclear", "traveller without a name", node)
        person = self._add(node, surname, given, kind)
        person.reference = _value(node, "SurnameRefNumber", "RPH")
        for ref in filter(None, (_value(node, "RPH"), person.reference)):
            self._by_ref.setdefault(ref, person)
        person.title = _value(name, "NamePrefix", "NameTitle")
        born = "BirthDate", "DateOfBirth"
        person.born = self.reader.day(node, *born, birth=True)
        person.birth_period = self.reader.birth_period(node, *born)
        gender = (_value(node, "Gender") or "").upper()
        person.sex = _SEX.get(gender)
        person.infant = person.infant or gender[1:] == "I"
        status = re.sub(r"[^A-Z0-9]", "", (_value(node, "BoardingStatus") or "").upper())
        person.boarded = status in _BOARDED if status in _BOARDED | _NOT_BOARDED else None
        for found in _every(node, "CustLoyalty"):
            if number := _value(found, "MembershipID", "LoyaltyNumber"):
                carrier = _value(found, "ProgramID", "VendorCode")
                person.fliers[records.FrequentFlyer(carrier=carrier, number=number)] = None
        for found in _every(node, "TicketDocument"):
            if number := _value(found, "TicketDocumentNbr", "TicketNumber", "TicketNbr"):
                person.tickets[number] = None

    def _add(
        self, node: Element, surname: str | None, given: str | None, kind: str | None
    ) -> Person:
        person = Person(
            node=node,
            index=len(self.people),
            surname=surname or "",
            given=given or "",
            type=kind or "",
            infant=(kind or "").upper().startswith("IN"),
        )
        self.people.append(person)
        return person

    # --- documents ----------------------------------------------------------------------------

    def _documents(self, place: Person) -> None:
        """Reads DOCS, DOCO and DOCA that are elements within the element of a passenger."""
        day = self.reader.day
        for node in _every(place.node, "DOCS"):
            gender = (_value(node, "PaxGender", "Gender") or "").upper()
            given = (
                _value(node, "FirstGivenName", "GivenName"),
                _value(node, "SecondGivenName", "MiddleName"),
            )
            document = records.Document(
                type=_value(node, "TravelDocType", "DocType", "DocumentType", "Type"),
                number=_value(node, "TravelDocNbr", *_NUMBER, "Number") or "",
                issuer=_value(node, *_ISSUER),
                expiry=day(node, "DateOfExpiry", "ExpiryDate", "ExpireDate", "ExpirationDate"),
                nationality=_value(node, "PaxNationality", "Nationality", "DocHolderNationality"),
                surname=_value(node, "Surname"),
                given_names=" ".join(filter(None, given)) or None,
                date_of_birth=day(node, "DateOfBirth", "BirthDate", birth=True),
                sex=_SEX.get(gender),
            )
            period = self.reader.birth_period(node, "DateOfBirth", "BirthDate")
            self._docs_to_owner(document, gender[1:] == "I", place, node, period)
        for node in _every(place.node, "DOCO"):
            place.place_of_birth = place.place_of_birth or _value(
                node, "BirthLocation", "PlaceOfBirth"
            )
            number = _value(node, "TravelDocNbr", "VisaNbr", *_NUMBER)
            if number:
                place.add(
                    records.Document(
                        type=_value(node, "TravelDocType", "DocType") or "V",
                        number=number,
                        place_of_issue=_value(node, "PlaceOfIssue", "IssuingLoc", "DocIssueLoc"),
                        issued=day(node, "DateOfIssue", "IssueDate", "DocIssueDate"),
                        valid_for=_value(node, "CountryState", "ApplicableCountry", *_COUNTRY),
                    )
                )
        for node in _every(place.node, "DOCA"):
            kind = {"R": "residence", "D": "destination"}
            stated = _value(node, "AddressType", "Type") or ""
            _address(node, kind.get(stated, "contact"), place.contacts)

    def _docs_to_owner(
        self,
        document: records.Document,
        infant: bool,
        place: Person | None,
        node: Element,
        birth_period: str | None = None,
    ) -> None:
        owner = self._owner(document, infant, place, node)
        if owner is not None:
            owner.identify(document, birth_period)
        else:
            self.reader.warn(
                "traveller_unclear", "DOCS of a person outside the booking, skipped", node
            )

    def _owner(
        self, document: records.Document, infant: bool, place: Person | None, node: Element
    ) -> Person | None:
        """Returns the owner of a DOCS. If the gender code, or the name and birth date, identify an infant,
        the owner is this infant, regardless of where the DOCS is stated. If no infant is identified, the
        owner is the traveller whose element contains the DOCS, otherwise the traveller with the name in the
        DOCS, otherwise the only traveller."""
        surname, given, born = document.surname, document.given_names, document.date_of_birth
        people = self.people[:_MOST_COMPARED]
        infants = [p for p in people if p.infant]
        for person in infants:
            theirs = person.born or person.inft_born
            if person.named(surname, given) and (infant or (born is not None and born == theirs)):
                return person
        if not infant:
            named = (p for p in people if p.named(surname, given))
            only = self.people[0] if len(self.people) == 1 else None
            return place or next(named, only)
        # The owner is a passenger who is not marked as an adult. If the document states a name, it must be
        # that of the passenger.
        if place is not None and (
            place.infant
            or not (
                place.type.upper().startswith("A")
                or (surname is not None and not place.named(surname, given))
            )
        ):
            place.infant = True
            return place
        free = (p for p in infants if not p.documents and (p.adult is place or len(infants) == 1))
        found = next(free, None)
        if found is None and surname:
            self.reader.warn("traveller_unclear", "DOCS of an infant that has no Passenger", node)
            found = self._add(node, surname, given, "IN")
            found.adult = place
        return found

    # --- requests -----------------------------------------------------------------------------

    def _requests(self, booking: Element) -> Iterator[tuple[str, str, Person | None, Element]]:
        """Yields the code, the text and the owner of each request of the booking. Requests inside the
        elements of travellers are yielded before the other requests."""
        owned: set[Element] = set()
        for person in self.people:
            for node in _every(person.node, *_REQUESTS):
                owned.add(node)
                yield (*_told(node), person, node)
        for node in _every(booking, *_REQUESTS):
            if node not in owned:
                yield (*_told(node), self._by_ref.get(_value(node, *_REFERENCE) or ""), node)

    def _inft(self, text: str, place: Person | None, node: Element) -> None:
        found = ssr.infant(text, self.reader.prepared)
        if found is None:
            return
        surname, given, born = found
        people = self.people[:_MOST_COMPARED]
        named = [p for p in people if p is not place and p.named(surname, given)]
        untyped = (p for p in named if not p.type)
        infant = next((p for p in named if p.infant), next(untyped, None))
        if infant is None:
            self.reader.warn("traveller_unclear", "INFT of an infant without Passenger", node)
            infant = self._add(node, surname, given, "IN")
        infant.infant = True
        infant.inft_born = infant.inft_born or born
        if place is not None and not place.infant:
            infant.adult = infant.adult or place

    def _request(self, code: str, text: str, place: Person | None, node: Element) -> None:
        """Parses one special service request (SSR) and
        assigns it to the traveller whom it concerns. A request that
            cannot be read or assigned is dropped and counted."""
        if code in _SEATS or code == "INFT":
            kept = code in _SEATS or not text or bool(ssr.infant(text, self.reader.prepared))
        elif code[:3] == "CTC" or code == "PCTC" or not code:
            kept = self._contact(code, text, place)
        else:
            owner = place or (self.people[0] if len(self.people) == 1 else None)
            read = _GRAMMARS.get(code)
            # A request without a text only contains an element that was already read.
            kept = read is not None and (not text or read(self, text, owner, node))
        if not kept:
            self.reader.dropped[ssr.dropped_kind(code)] += 1

    def _contact(self, code: str, text: str, place: Person | None) -> bool:
        into = place.contacts if place is not None else self.contacts
        if code == "CTCR":
            into.refused = True
            return True
        found = (code[3:] or "P", text) if code else ssr.contact(text)
        return found is not None and into.keep(*found)

    def _docs_text(self, text: str, place: Person | None, node: Element) -> bool:
        docs = ssr.docs(text, self.reader.prepared)
        if docs.bad_date:
            self.reader.warn("date_impossible", "DOCS has a date that does not exist", node)
        self._docs_to_owner(docs.document, docs.infant, place, node, docs.birth_period)
        return True

    def _doco_text(self, text: str, place: Person | None, node: Element) -> bool:
        doco = ssr.doco(text, self.reader.prepared)
        if doco.bad_date:
            self.reader.warn("date_impossible", "DOCO has a date that does not exist", node)
        if doco.infant:
            place = self._infant_of(place)
        if place is None:
            return False
        place.place_of_birth = place.place_of_birth or doco.birth_place
        if doco.document.number:
            place.add(doco.document)
        return True

    def _infant_of(self, adult: Person | None) -> Person | None:
        """Returns the infant who travels with a person or, if the person travels without an infant, the
        person."""
        people = self.people[:_MOST_COMPARED]
        return next((p for p in people if p.infant and p.adult is adult), adult)

    def _doca_text(self, text: str, place: Person | None, node: Element) -> bool:
        address = ssr.doca(text)
        if address is not None:
            (place.contacts if place is not None else self.contacts).addresses[address] = None
        return address is not None

    def _loyalty(self, text: str, place: Person | None, node: Element) -> bool:
        found = ssr.loyalty(text)
        if found is None or place is None:
            return False
        place.fliers[records.FrequentFlyer(carrier=found[0], number=found[1])] = None
        return True

    def _ticket(self, text: str, place: Person | None, node: Element) -> bool:
        found = ssr.ticket(text)
        if found is None or place is None:
            return False
        if found[1] and not place.infant:
            place = self._infant_of(place) or place
        place.tickets[found[0]] = None
        return True


_GRAMMARS: dict[str, Callable[[_People, str, Person | None, Element], bool]] = {
    "DOCS": _People._docs_text, "DOCO": _People._doco_text, "DOCA": _People._doca_text,
    "FQTV": _People._loyalty, "TKNE": _People._ticket,
}  # fmt: skip


def _told(node: Element) -> tuple[str, str]:
    """Returns the code and the free text of a request. OSI and remarks have no code."""
    code = (_value(node, "SSRCode", "Code") or "").upper() if _local(node) == "ssr" else ""
    text = _value(node, "Text", "FreeText", "SSRText", "Remark", "Value") or _plain(node.text or "")
    return code, text[:MAX_TEXT]


# --- elements -----------------------------------------------------------------------------------


class _Placing:
    """Builds the XML tree, and stores the byte offset at which each element starts, because the tree itself
    contains no offsets."""

    def __init__(self) -> None:
        self.builder = TreeBuilder()
        self.offsets: dict[Element, int] = {}
        #: The running expat parser.
        self.expat: Any = None
        self.end, self.data, self.close = self.builder.end, self.builder.data, self.builder.close

    def start(self, tag: str, attributes: dict[str, str]) -> Element:
        element = self.builder.start(tag, attributes)
        self.offsets[element] = self.expat.CurrentByteIndex
        return element


def _parse(data: bytes) -> tuple[Element, dict[Element, int]]:
    """Returns the root element, and the byte offset at which each element starts. Raises `Unreadable` with
    the position if the XML is not well-formed, or has a document type or entities."""
    placing = _Placing()
    parser = DefusedXMLParser(target=placing, forbid_dtd=True)
    placing.expat = parser.parser
    try:
        parser.feed(data)
        return parser.close(), placing.offsets
    except DefusedXmlException:
        where = max(placing.expat.CurrentByteIndex, 0)
        raise Unreadable("XML with a document type or entities; send it without", where) from None
    except (ParseError, ValueError, LookupError, RecursionError) as problem:
        line = getattr(problem, "position", (0, 0))[0]
        where = max(placing.expat.ErrorByteIndex, 0)
        raise Unreadable(
            f"XML that is not well formed at line {line}; send the file as received", where
        ) from None


def _local(node: Element) -> str:
    """Returns the name of an element in lower case, without its namespace."""
    tag = node.tag if isinstance(node.tag, str) else ""
    return tag.rsplit("}", 1)[-1].lower()


def _value(node: Element | None, *names: str) -> str | None:
    """Returns the value of the first of the given names that has a value, without invisible characters.
    Returns None if no name has a value. The value of a name is the attribute or, without such an attribute,
    the text of the child element with this name."""
    if node is None:
        return None
    attributes = {key.rsplit("}", 1)[-1].lower(): text for key, text in node.attrib.items()}
    children = {_local(child): child.text or "" for child in node}
    texts = (attributes.get(name) or children.get(name) or "" for name in map(str.lower, names))
    return next(filter(None, map(_plain, texts)), None)


def _plain(text: str) -> str:
    """Returns a text without invisible characters and without leading and trailing blanks."""
    return (text if text.isprintable() else _UNSEEN.sub("", text)).strip()


def _children(node: Element | None, *names: str) -> Iterator[Element]:
    """Yields the child elements with the given names, in order."""
    wanted = {name.lower() for name in names}
    return (child for child in (node if node is not None else ()) if _local(child) in wanted)


def _every(node: Element, *names: str) -> Iterator[Element]:
    """Yields the element itself and its descendants, in order, if they have one of the given names."""
    wanted = {name.lower() for name in names}
    return (child for child in node.iter() if _local(child) in wanted)


def _listed(node: Element, name: str) -> Iterator[Element]:
    """Yields the child elements with the given name. If there are no such child elements, yields the elements
    with this name inside a list element, such as `Passengers`."""
    found = list(_children(node, name))
    lists = (child for child in node if _local(child).startswith(name.lower()))
    return iter(found) if found else (one for part in lists for one in _children(part, name))


def _first(node: Element | None, *names: str) -> Element | None:
    """Returns the first child element with one of the given names."""
    return next(_children(node, *names), None)
