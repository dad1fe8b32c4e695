"""Defines the records of travellers and of all data that carriers state about travellers. The format modules
create these records from bytes, and `travellers/app/store.py` writes the records to tables.

Countries of travel documents are stored as ISO 3166 alpha-3 codes, as specified in ICAO 9303. Countries in
all other fields of the records are stored as alpha-2 codes.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from decimal import Decimal
from typing import ClassVar

from vedette.core import records
from vedette.core.parties import Address, Contacts, Document
from vedette.core.records import DroppedText, Envelope, Moment, Record, Unread, Warning

#: Formats import all records of a message from this module, including those of `core`.
__all__ = [
    "KG_PER_POUND",
    "Address",
    "Agency",
    "Bags",
    "BookedBag",
    "Booking",
    "Change",
    "Contacts",
    "Document",
    "DroppedText",
    "Envelope",
    "Flight",
    "FrequentFlyer",
    "Locator",
    "Message",
    "Moment",
    "Payment",
    "Record",
    "Seat",
    "Segment",
    "Traveller",
    "Unread",
    "Vessel",
    "Warning",
]


#: Senders state weights in kilograms or in pounds; records contain kilograms.
KG_PER_POUND = 0.45359237


# --- people -------------------------------------------------------------------------------------


class Bags(Record, frozen=True, kw_only=True):
    """Contains the checked bags of one traveller as stated on a passenger list."""

    count: int | None = None
    weight_kg: float | None = None
    tags: tuple[str, ...] = ()


class FrequentFlyer(Record, frozen=True, kw_only=True):
    """Contains a loyalty number (FTI, FQTV, RFF+CR)."""

    carrier: str | None = None
    number: str


class Traveller(Record, frozen=True, kw_only=True):
    """Describes one person in a message: a passenger or crew member of PAXLST, or a traveller (TIF) of a
    booking.

    `surname` and `given_names` contain the booked name (NAD, TIF). `date_of_birth`, `sex` and `nationality`
    are taken from the traveller's own documents if these documents state the values.
    """

    printed_as: ClassVar[Mapping[str, str]] = {"birth_period": "date_of_birth"}

    #: passenger, crew, transit or transit_crew.
    role: str = "passenger"
    surname: str | None = None
    given_names: str | None = None
    title: str | None = None
    date_of_birth: dt.date | None = None
    #: The year, or the year and month, of birth if the message states no day (`1970`, `1970-05`).
    birth_period: str | None = None
    sex: str | None = None
    nationality: str | None = None
    residence: str | None = None
    place_of_birth: str | None = None
    locator: str | None = None
    #: RFF+ABO, REF or the TIF reference number: the sender's unique reference of this person.
    reference: str | None = None
    seat: str | None = None
    embarkation: str | None = None
    debarkation: str | None = None
    #: LOC 22: the airport of the border formalities.
    first_clearance: str | None = None
    #: Whether the carrier's list states the traveller as on board (CL, CLOB) or not on board (CLNB, XR, RP).
    boarded: bool | None = None
    bags: Bags | None = None
    documents: tuple[Document, ...] = ()
    contacts: Contacts = Contacts()
    frequent_flyer: tuple[FrequentFlyer, ...] = ()
    tickets: tuple[str, ...] = ()
    crew_function: str | None = None
    #: PNRGOV type: A adult, C child, IN infant …
    type: str | None = None
    infant: bool = False
    #: The reference of the adult who accompanies an infant, if stated.
    accompanied_by: str | None = None
    #: True if the name is not yet known (TBA): the traveller is counted, but never screened by name.
    placeholder: bool = False
    #: RFF+AEA: the redress number.
    redress: str | None = None
    #: Sequence or boarding number at check-in, and the time of check-in (PNRGOV DCS data).
    check_in_sequence: str | None = None
    checked_in: Moment | None = None
    segment: str | None = None
    offset: int | None = None

    def latest_birth(self, day: dt.date) -> dt.date | None:
        """Returns the last day of `birth_period` or, if `day` is in this period, returns `day`. Returns None
        if there is no period."""
        if not self.birth_period:
            return None
        year, _, month = self.birth_period.partition("-")
        first = dt.date(int(year), int(month or 1), 1)
        last = (dt.date(int(year), int(month or 12), 1) + dt.timedelta(31)).replace(day=1)
        last -= dt.timedelta(1)
        return day if first <= day < last else last


# --- journeys -----------------------------------------------------------------------------------


class Vessel(Record, frozen=True, kw_only=True):
    """Describes the ship or vehicle of a passenger list (TDT C222). `number` is the identification of the
    ship or vehicle, unless the identification is an IMO number."""

    imo: str | None = None
    number: str | None = None
    name: str | None = None
    flag: str | None = None


class Flight(Record, frozen=True, kw_only=True):
    """Describes a flight leg as a message states it. `number` is the flight number as sent, without the
    carrier and with leading zeros. The voyage of a ship and the trip of a road vehicle are also stored as a
    flight, with `vessel` set."""

    carrier: str | None = None
    number: str | None = None
    origin: str | None = None
    destination: str | None = None
    departure: Moment | None = None
    arrival: Moment | None = None
    #: True for the leg that crosses the border (125 → 87), or PNRGOV's level-0 TVL.
    prime: bool = True
    vessel: Vessel | None = None


class Locator(Record, frozen=True, kw_only=True):
    """Contains a record locator, the company that issued the locator, and the time at which the booking was
    created."""

    company: str | None = None
    locator: str
    created: Moment | None = None


class Segment(Record, frozen=True, kw_only=True):
    """Describes one flight of a booking's itinerary (TVL of group 5)."""

    printed_as: ClassVar[Mapping[str, str]] = {"booking_class": "class"}

    carrier: str | None = None
    number: str | None = None
    operating_carrier: str | None = None
    operating_number: str | None = None
    origin: str | None = None
    destination: str | None = None
    departure: Moment | None = None
    arrival: Moment | None = None
    booking_class: str | None = None
    cabin: str | None = None
    #: RPI: the status (HK, HL, UN …) and the number of travellers.
    status: str | None = None
    party: int | None = None
    equipment: str | None = None
    #: Locators at segment level belong to the segment and do not identify a booking.
    locators: tuple[Locator, ...] = ()
    #: True for ARNK, OPEN and similar entries, which are not flights.
    surface: bool = False


class Payment(Record, frozen=True, kw_only=True):
    """Contains one form of payment (FOP), as the message states it. After intake, the full card number is
    always protected."""

    unprinted: ClassVar[frozenset[str]] = frozenset({"card_number", "card_expiry", "payer"})

    type: str
    amount: Decimal | None = None
    currency: str | None = None
    vendor: str | None = None
    card_number: str | None = None
    card_expiry: str | None = None
    payer: str | None = None


class BookedBag(Record, frozen=True, kw_only=True):
    """Contains the airline and the tag of one checked bag (TBD)."""

    airline: str | None = None
    tag: str | None = None
    count: int | None = None
    destination: str | None = None
    pieces: int | None = None
    weight_kg: float | None = None
    #: Whether the bag is the head (HP) or a member (MP) of a bag pool, and the id of the pool.
    pool: str | None = None
    pool_id: str | None = None
    #: Position of the bag's owner in `Booking.travellers`, if the message states it.
    traveller: int | None = None


class Seat(Record, frozen=True, kw_only=True):
    """Contains the seat of one traveller (position in `Booking.travellers`) on one leg."""

    traveller: int | None = None
    number: str
    origin: str | None = None
    destination: str | None = None
    characteristic: str | None = None


class Change(Record, frozen=True, kw_only=True):
    """Describes one change in the history of a booking, by time, author and kind of change. The text of the
    change is not stored.

    `kind` is `added`, `cancelled` or `changed`. `what` is `flight`, `name`, `payment`, `ticket`, `contact`,
    `document`, `seat` or `other`.
    """

    at: dt.datetime | None = None
    by: str | None = None
    kind: str
    what: str = "other"


class Agency(Record, frozen=True, kw_only=True):
    """Describes the agency or airline office that made the booking (ORG)."""

    company: str | None = None
    iata: str | None = None
    office: str | None = None
    city: str | None = None
    country: str | None = None
    currency: str | None = None
    kind: str | None = None


class Booking(Record, frozen=True, kw_only=True):
    """Contains one booking (PNR) of a PNRGOV message."""

    locators: tuple[Locator, ...] = ()
    created: Moment | None = None
    last_transaction: Moment | None = None
    ticketed: Moment | None = None
    agency: Agency | None = None
    travellers: tuple[Traveller, ...] = ()
    contacts: Contacts = Contacts()
    segments: tuple[Segment, ...] = ()
    payments: tuple[Payment, ...] = ()
    bags: tuple[BookedBag, ...] = ()
    seats: tuple[Seat, ...] = ()
    changes: tuple[Change, ...] = ()
    #: GR8: the number of travellers split off, and the bookings they were moved to.
    split_to: tuple[Locator, ...] = ()
    group_name: bool = False
    party: int | None = None
    total: Decimal | None = None
    currency: str | None = None
    segment: str | None = None
    offset: int | None = None


class Message(records.Message, frozen=True, kw_only=True):
    """Contains one passenger list or one push of bookings (from UNH to UNT, or one XML file).

    `function` is `passengers`, `crew`, another BGM code, or a PNRGOV function (`22` is a full push, and `141`
    is an update). `sub_function` is the code in BGM C106, unchanged. The codes CL, CLOB and CLNB close the
    flight, CP means a change, and XR means a cancellation (`sendings.CLOSING`).
    """

    kind: ClassVar[str] = "traveller"
    always: ClassVar[tuple[str, ...]] = ("flights", "travellers", "bookings", "warnings")
    unprinted: ClassVar[frozenset[str]] = frozenset({"body", "stated_bookings"})

    #: NAD+MS: who reports for the carrier, and how to reach them.
    reporting_party: tuple[str, ...] = ()
    reporting_contacts: Contacts = Contacts()
    flights: tuple[Flight, ...] = ()
    travellers: tuple[Traveller, ...] = ()
    bookings: tuple[Booking, ...] = ()
    #: EQN: the bookings of the whole push. Never stored.
    stated_bookings: int | None = None
