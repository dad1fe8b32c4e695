"""Reads PNRGOV in PADIS XML 13.1 and 14.1 (root `IATA_PNRGOV_NotifRQ`); written from the specification.

There is no public sample, so names are matched without namespace and case, a value may be an attribute or a
child element, and lists contain the alternative names of a field. Requests and remarks are free text: the
grammars of the EDIFACT message are applied, and all other text is dropped and counted.
"""

from __future__ import annotations

import datetime as dt
import re
from collections import Counter
from collections.abc import Iterator
from decimal import Decimal, InvalidOperation
from xml.etree.ElementTree import Element

from vedette.formats.segments import Unreadable
from vedette.travellers import records
from vedette.travellers.formats.pnrgov_xml import tree
from vedette.travellers.formats.pnrgov_xml.people import SEATS, People, seats_in
from vedette.travellers.formats.pnrgov_xml.person import Person
from vedette.travellers.formats.pnrgov_xml.tree import children, every, first, local, value

_MAX_BYTES = 64 * 1024 * 1024
_MAX_MARKS = 250_000  # tags, attributes: a flight of 850 seats has some 60,000
_TIME = re.compile(r"(\d{4}-\d\d-\d\d)(?:T(\d\d:\d\d(?::\d\d)?))?")
_BAGS = ("PrepaidBag", "ExcessBaggage")
_POUNDS = {"L", "LB", "LBS", "LBR", "701"}
_KG_PER_POUND = 0.45359237


def read(data: bytes) -> list[records.Message]:
    """Reads the message of a file. Raises `Unreadable` if it is not well-formed XML without a document type;
    all other errors give warnings."""
    if len(data) > _MAX_BYTES:
        raise Unreadable(f"{len(data)} bytes, the limit is {_MAX_BYTES}; send one flight a file")
    marks = max(data.count(b"<"), data.count(b"="))
    if marks > _MAX_MARKS:
        raise Unreadable(f"{marks} tags, the limit is {_MAX_MARKS}; send one flight a file")
    root, offsets = tree.parse(data)
    if not local(root).startswith("iata_pnrgov"):
        raise Unreadable("XML of another kind; the root IATA_PNRGOV_NotifRQ is read here")
    return [_Reader(root, offsets).message()]


def _airport(node: Element | None, which: str) -> str | None:
    return value(first(node, f"{which}Airport"), "LocationCode")


def _body(root: Element) -> bytes:
    """The elements below the root without white space for layout: the input of the resend hash."""
    lines = [
        "\x1f".join((local(node), repr(sorted(node.attrib.items())), (node.text or "").strip()))
        for node in root.iter()
    ]
    return "\n".join(lines[1:]).encode()


class _Reader:
    """One message, and the data collected while its bookings are read."""

    def __init__(self, root: Element, offsets: dict[Element, int]) -> None:
        self.root = root
        self.offsets = offsets
        self.warnings: list[records.Warning] = []
        self.dropped: Counter[str] = Counter()
        #: The day that determines centuries.
        self.prepared_at = self.time(root, "TimeStamp")
        self.prepared = (self.prepared_at or dt.datetime.now()).date()
        self.flights = tuple([self.flight(node) for node in children(root, "FlightLeg")])

    def offset(self, node: Element) -> int | None:
        return self.offsets.get(node)

    def warn(self, code: str, message: str, node: Element) -> None:
        self.warnings.append(
            records.Warning(
                code=code, message=message, segment=local(node), offset=self.offset(node)
            )
        )

    def time(self, node: Element | None, *names: str) -> dt.datetime | None:
        """A local time. A sender may add a time zone; it is not the airport's and is ignored."""
        text = value(node, *names)
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
        originator = first(root, "Originator")
        pnrs = next(every(root, "PNRs"), None)
        bookings = tuple([self.booking(node) for node in every(root, "PNR")])
        stated = value(pnrs, "NumberOfPnrs")
        if stated and stated.isdigit() and len(stated) < 10 and int(stated) != len(bookings):
            self.warn(
                "eqn_count",
                f"{int(stated)} bookings stated, {len(bookings)} present",
                root if pnrs is None else pnrs,
            )
        reference = value(root, "TransactionIdentifier", "EchoToken")
        version = value(root, "Version")
        return records.Message(
            format="PNRGOV-XML",
            envelope=records.Envelope(
                sender=value(originator, "AirlineCode", "SystemCode"),
                prepared=self.prepared_at,
                interchange_ref=value(root, "EchoToken") or reference,
                message_ref=reference,
                release=version,
                common_access_ref=value(root, "CorrelationID"),
                sequence=1,
                last=True,
            ),
            # A message without a function is not a full push: absence from it does not make a traveller
            # absent.
            function=value(root, "MessageFunction"),
            flights=self.flights,
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
            carrier=value(node, "CarrierCode", "AirlineCode"),
            number=value(node, "FlightNumber"),
            origin=_airport(node, "Departure"),
            destination=_airport(node, "Arrival"),
            departure=self.time(node, "DepartureDateTime"),
            arrival=self.time(node, "ArrivalDateTime"),
        )

    def booking(self, node: Element) -> records.Booking:
        created = self.time(node, "PNR_CreationDate")
        locators: list[records.Locator] = []
        for found in children(node, "BookingRefID"):
            locator = value(found, "ID")
            if locator:
                company = value(first(found, "CompanyName"), "Code")
                locators.append(records.Locator(company=company, locator=locator, created=created))
        legs = list(children(node, "Flight"))
        held = People(node, self)
        people = held.people
        seats = tuple(self.seats(held, legs))
        self._own_seats(people, seats)
        segments = tuple([self.leg(leg) for leg in legs])
        contacts = held.contacts
        for person in people:
            contacts.add(person.contacts)
        passengers = list(children(node, "Passenger"))
        total, currency = self.total(passengers)
        key = locators[0].locator if locators else None
        return records.Booking(
            locators=tuple(dict.fromkeys(locators)),
            created=created,
            last_transaction=self.time(node, "PNR_TransDate"),
            ticketed=self.time(node, "LastTktDate"),
            agency=self.agency(node),
            travellers=tuple([person.record(key, self) for person in people]),
            contacts=contacts.record(),
            segments=segments,
            payments=tuple(
                [
                    _payment(paid, person)
                    for person in passengers
                    for paid in every(person, "PaymentInfo")
                ]
            ),
            bags=tuple(self.bags(node, people)),
            seats=seats,
            group_name=held.group_name,
            party=self.party(node, held, segments),
            total=total,
            currency=currency,
            segment="PNR",
            offset=self.offset(node),
        )

    def party(
        self, node: Element, held: People, segments: tuple[records.Segment, ...]
    ) -> int | None:
        """The number of travellers: as a flight states it, else as the booking states it, which is checked.
        An infant may or may not be counted, and some names of a group may be missing."""
        stated = _count(value(node, "NumberOfPassengers"))
        present = len(held.people)
        seated = sum(not person.infant for person in held.people)
        if stated is not None and stated not in (present, seated) and not held.group_name:
            self.warn("cnt_count", f"NumberOfPassengers says {stated}, {present} present", node)
        return next((leg.party for leg in segments if leg.party), stated)

    def total(self, passengers: list[Element]) -> tuple[Decimal | None, str | None]:
        """The total price of the tickets, in the currency of the first; tickets in other currencies are left
        out."""
        total, currency = None, None
        for node in passengers:
            for fare in every(node, "TotalFare"):
                amount, its = _amount(value(fare, "Amount")), value(fare, "CurrencyCode")
                if amount is None:
                    if value(fare, "Amount"):
                        self.warn("number_impossible", "a fare that is not a number", fare)
                elif total is None or its == currency:
                    total, currency = (total or Decimal(0)) + amount, its
        return total, currency

    def bags(self, node: Element, people: list[Person]) -> Iterator[records.BookedBag]:
        """Prepaid and excess baggage. It belongs to the traveller whose element contains it or whom
        it names."""
        owners = {
            bag: person.index for person in reversed(people) for bag in every(person.node, *_BAGS)
        }
        rphs = _by_reference(people)
        for bag in every(node, *_BAGS):
            pieces = _count(value(bag, "NumberOfPieces", "Pieces", "Quantity", "NbrOfBags"))
            text = value(bag, "Weight", "TotalWeight")
            amount = _amount(text)
            weight = float(amount) if amount is not None else None
            if text and weight is None:
                self.warn("number_impossible", "a weight that is not a number", bag)
            unit = (
                value(bag, "WeightUnit", "UnitOfMeasure", "UnitOfMeasureCode", "Unit") or "K"
            ).upper()
            if weight is not None and unit in _POUNDS:
                weight = round(weight * _KG_PER_POUND, 2)
            found = records.BookedBag(
                airline=value(bag, "AirlineCode", "CarrierCode", "Airline"),
                tag=value(bag, "BagTagNbr", "BagTagNumber", "TagNumber", "BagTag"),
                destination=value(bag, "Destination") or _airport(bag, "Arrival"),
                pieces=pieces,
                weight_kg=weight,
                traveller=owners.get(bag, rphs.get(value(bag, "PassengerRPH", "RPH"))),
            )
            if found != records.BookedBag(traveller=found.traveller):
                yield found

    def agency(self, node: Element) -> records.Agency | None:
        for source in every(node, "Source"):
            return records.Agency(
                company=value(next(every(source, "RequestorID"), None), "ID"),
                office=value(source, "PseudoCityCode"),
                country=value(source, "ISOCountry"),
                currency=value(source, "ISOCurrency"),
            )
        return None

    def leg(self, node: Element) -> records.Segment:
        marketing, operating = first(node, "MarketingAirline"), first(node, "OperatingAirline")
        return records.Segment(
            carrier=value(marketing, "Code") or value(node, "CarrierCode"),
            number=value(node, "FlightNumber"),
            operating_carrier=value(operating, "Code"),
            operating_number=value(operating, "FlightNumber"),
            origin=_airport(node, "Departure"),
            destination=_airport(node, "Arrival"),
            departure=self.time(node, "DepartureDateTime"),
            arrival=self.time(node, "ArrivalDateTime"),
            booking_class=value(node, "ResBookDesigCode"),
            status=value(node, "Status"),
            party=_count(value(node, "NumberInParty")),
            equipment=value(first(node, "Equipment"), "AirEquipType"),
        )

    def seats(self, held: People, legs: list[Element]) -> Iterator[records.Seat]:
        """Seats in a passenger or a flight element; those in a flight name the passenger by RPH."""
        rphs = _by_reference(held.people)
        places = [(person.node, person.index, None) for person in held.people]
        told: set[records.Seat] = set()
        for node, index, leg in [*places, *((leg, None, leg) for leg in legs)]:
            for seat in every(node, "Seat", "SeatAssignment", "SSR"):
                number = value(seat, "SeatNumber", "Number")
                if local(seat) == "ssr":
                    if (value(seat, "SSRCode") or "") not in SEATS:
                        continue
                    numbers = (
                        [number] if number else seats_in(value(seat, "Text", "FreeText") or "")
                    )
                else:
                    numbers = [number] if number else []
                ref = value(seat, "PassengerRPH", "TravelerRefNumberRPH", "RPH")
                for one in numbers:
                    found = records.Seat(
                        traveller=index if index is not None else rphs.get(ref),
                        number=one.lstrip("0"),
                        origin=value(seat, "DepartureAirport", "BoardPoint")
                        or _airport(leg, "Departure"),
                        destination=value(seat, "ArrivalAirport", "OffPoint")
                        or _airport(leg, "Arrival"),
                    )
                    if len(one) <= 6 and found not in told:
                        told.add(found)
                        yield found

    def _own_seats(self, people: list[Person], seats: tuple[records.Seat, ...]) -> None:
        """Sets each traveller's seat on the message's own flight."""
        own = next(((f.origin, f.destination) for f in self.flights if f.origin), None)
        for seat in seats:
            if seat.traveller is not None and (seat.origin, seat.destination) == own:
                person = people[seat.traveller]
                person.seat = person.seat or seat.number


def _by_reference(people: list[Person]) -> dict[str | None, int]:
    """The index of each traveller by RPH, else by reference; travellers without either are left out."""
    found: dict[str | None, int] = {}
    for person in people:
        if ref := value(person.node, "RPH", "SurnameRefNumber"):
            found.setdefault(ref, person.index)
    return found


def _count(text: str | None) -> int | None:
    return int(text) if text and text.isascii() and text.isdigit() and len(text) < 5 else None


def _amount(text: str | None) -> Decimal | None:
    try:
        found = Decimal(text) if text and len(text) < 20 else None
    except InvalidOperation:
        return None
    return found if found is not None and found.is_finite() else None


def _payment(node: Element, person: Element) -> records.Payment:
    fare = next(every(person, "TotalFare"), None)
    return records.Payment(
        type=value(node, "PaymentType") or "MS",
        amount=_amount(value(node, "PaymentAmount", "Amount") or value(fare, "Amount")),
        currency=value(node, "CurrencyCode") or value(fare, "CurrencyCode"),
        vendor=value(node, "VendorCode"),
        card_number=value(node, "AccountNbr"),
        card_expiry=value(node, "ExpiryDate"),
        payer=value(node, "CardHolderName"),
    )
