"""Contains drafts of a booking, of its people and of its flights, which are filled while a message is read.
Also contains the data of the whole message, and functions that convert composites to values (flight times,
locators, amounts)."""

from __future__ import annotations

import datetime as dt
import re
from collections import Counter
from dataclasses import dataclass, field
from decimal import Decimal

import msgspec

from vedette.formats.dates import airimp_day, moment
from vedette.formats.edifact import TAGS, Seg
from vedette.travellers import records
from vedette.travellers.formats import booked

#: The current segment group of a booking. Every segment is accepted in every group.
PNR, PERSON, LEG, CHECK_IN, SPLIT, OTHER_SERVICE, HISTORY = range(7)
_AMOUNT = re.compile(r"\d{1,15}(?:[.,]\d{1,6})?")
#: Values that may replace a flight number, a carrier or an airport. A segment with such a value is not a
#: flight.
_SURFACE = frozenset({"ARNK", "OPEN", "VOID", "SURFACE"})
#: Values at these positions, or at the position of the product type, for a service that is not air transport.
_SERVICES = frozenset("HTL HHL HOTEL CAR CCR TUR TOUR INS MCO CRU FER BUS TAX TRF".split())  # noqa: SIM905


def told(seg: Seg) -> str | None:
    """Returns the tag of a segment for a warning, or None if the tag is unknown. An unknown tag is not
    returned, because it may be part of a name."""
    return seg.tag if seg.tag in TAGS else None


@dataclass(slots=True)
class Context:
    """Contains data of the whole message: its flight, the day on which it was prepared, and data collected
    from all bookings. The day on which the message was prepared is the reference for two-digit years."""

    prepared: dt.date
    prime: records.Flight | None = None
    warnings: list[records.Warning] = field(default_factory=list)
    unread: list[records.Unread] = field(default_factory=list)
    dropped: Counter[str] = field(default_factory=Counter)
    #: Offsets of segments whose position shows no owner, and of requests (SSR) whose reference takes
    #: precedence over their position (`groups.mend`).
    unowned: set[int] = field(default_factory=set)
    loose: set[int] = field(default_factory=set)

    def warn(self, code: str, message: str, seg: Seg) -> None:
        """Adds a warning about the segment `seg`. The text `message` must not contain any value of the
        segment."""
        self.warnings.append(
            records.Warning(code=code, message=message, segment=told(seg), offset=seg.offset)
        )

    def skip(self, code: str, message: str, seg: Seg) -> None:
        """Adds a warning about the segment `seg`, and adds the segment to the unread parts of the message."""
        self.warn(code, message, seg)
        self.unread.append(
            records.Unread(segment=told(seg) or "?", offset=seg.offset, length=seg.length)
        )


@dataclass(slots=True, eq=False, kw_only=True)
class Person(booked.Person):
    """Represents one traveller of a booking: a TIF, or a segment group without a readable TIF. If the TIF is
    not readable, `clear` is False."""

    seg: Seg
    #: Position of the traveller's first segment in the booking.
    start: int
    #: The traveller's references in TIF and in REF.
    ref: str
    unique: str = ""
    with_infant: bool
    adult: Person | None = None
    clear: bool = True
    #: Whether the traveller's own group contains a DOCS.
    documented: bool = False
    check_in: str = ""
    checked_in: records.Moment | None = None
    #: The flight of `bags` and `bag_weight`.
    bag_leg: Leg | None = None
    bags: int | None = None
    bag_weight: float | None = None
    bag_tags: dict[str, None] = field(default_factory=dict)


class Leg:
    """Collects the data of one flight of the itinerary while its segments are read."""

    __slots__ = ("locators", "second_number", "stated")

    def __init__(self, seg: Seg, context: Context) -> None:
        """Reads the TVL of group 5 that begins the flight."""
        departure, arrival = times(seg, context)
        carrier, number = seg.get(4).strip(), _number(seg, 2)
        no_carrier, no_number = carrier.upper() in _SURFACE, number.upper() in _SURFACE
        origin, destination = (
            place if place.upper() not in _SURFACE else ""
            for place in (seg.get(2).strip(), seg.get(3).strip())
        )
        #: The flight without its locators, as far as it was read.
        self.stated = records.Segment(
            carrier=None if no_carrier else carrier or None,
            number=None if no_number else number or None,
            operating_carrier=seg.get(4, 1).strip() or None,
            origin=origin or None,
            destination=destination or None,
            departure=departure,
            arrival=arrival,
            booking_class=seg.get(5, 1).strip() or None,
            surface=is_surface(seg) or not (number or carrier),
        )
        #: From a second TVL that has only a flight number.
        self.second_number: str | None = None
        self.locators: dict[records.Locator, None] = {}

    def state(self, **facts: str | int | None) -> None:
        """Sets the values of some fields of the flight."""
        self.stated = msgspec.structs.replace(self.stated, **facts)


@dataclass(slots=True)
class Draft:
    """Collects the data of one booking while its segments are read. A draft contains the current segment
    group and the person to whom the next segment belongs. A draft also contains the requests (SSR), which are
    assigned when all travellers are known."""

    context: Context
    segs: list[Seg]
    #: Position of the segment that is being read.
    at: int = 0
    zone: int = PNR
    #: Whether the current group of another service began with a TVL of group 5.
    aside: bool = False
    #: Whether an unknown segment was read that may be a damaged TIF.
    unsure: bool = False
    people: list[Person] = field(default_factory=list)
    #: The people by reference, the people by key of the surname, and the infants.
    refs: dict[str, list[Person]] = field(default_factory=dict)
    surnames: dict[str, list[Person]] = field(default_factory=dict)
    infants: list[Person] = field(default_factory=list)
    #: Number of infants with an INFT.
    announced: int = 0
    person: Person | None = None
    legs: list[Leg] = field(default_factory=list)
    leg: Leg | None = None
    #: The traveller whose check-in data is being read, and the time of check-in.
    checking: Person | None = None
    checked_at: records.Moment | None = None
    #: Sequence number and traveller's reference of TRI.
    sequence: tuple[str, str] | None = None
    locators: dict[records.Locator, None] = field(default_factory=dict)
    split_to: dict[records.Locator, None] = field(default_factory=dict)
    last_transaction: records.Moment | None = None
    ticketed: records.Moment | None = None
    agency: records.Agency | None = None
    contacts: booked.Contacts = field(default_factory=booked.Contacts)
    payments: list[records.Payment] = field(default_factory=list)
    currency: str | None = None
    total: Decimal | None = None
    total_currency: str | None = None
    bags: dict[tuple[str, str], records.BookedBag] = field(default_factory=dict)
    seats: dict[tuple[int | None, str, str | None, str | None], records.Seat] = field(
        default_factory=dict
    )
    requests: list[tuple[Seg, Person | None, Leg | None]] = field(default_factory=list)
    changes: list[records.Change] = field(default_factory=list)
    #: Kind and object of the change that is being read, its time and its author.
    change: tuple[str, str] | None = None
    changed_at: dt.datetime | None = None
    by: str | None = None
    group_name: bool = False

    def leg_is_prime(self, leg: Leg | None) -> bool:
        """Returns whether `leg` has the same airports as the flight of the message."""
        prime = self.context.prime
        return (
            leg is not None
            and prime is not None
            and leg.stated.origin == prime.origin
            and leg.stated.destination == prime.destination
        )

    def drop(self) -> None:
        """Counts a dropped value under the name of the current segment group."""
        kind = {HISTORY: "history", OTHER_SERVICE: "service"}.get(self.zone, "detail")
        self.context.dropped[kind] += 1

    @property
    def flown(self) -> Leg | None:
        """Returns the flight whose segment group is being read, or None if another segment group is being
        read."""
        return self.leg if self.zone in (LEG, CHECK_IN) else None


# --- values -------------------------------------------------------------------------------------


def amount(text: str) -> Decimal | None:
    """Parses an amount of money, with a decimal point or a comma. Returns None if the text is not an
    amount."""
    text = text.strip()
    return Decimal(text.replace(",", ".")) if _AMOUNT.fullmatch(text) else None


def part(composite: list[str], index: int) -> str:
    """Returns a component without leading and trailing blanks, or an empty text if the component is
    missing."""
    return composite[index].strip() if index < len(composite) else ""


def when(date: str, time: str, context: Context, seg: Seg) -> records.Moment | None:
    """Parses a date (`ddmmyy` or `04JUL26`) and a time (`hhmm[ss]`) to a local time. The date and the time
    may be in one component. If the time is missing, returns only the day. Adds a warning if the date or the
    time does not exist."""
    if not date:
        return None
    if len(date) in (10, 12) and not time and date.isdigit():
        date, time = date[:6], date[6:]
    if date[-3:-2].isalpha() and (named := airimp_day(date, context.prepared)):
        date = f"{named:%d%m%Y}"
    found = moment(date, time, order="dmy")
    if found is None:
        found = moment(date, order="dmy") if time else None
        context.warn("date_impossible", "a date or time that does not exist", seg)
    return found


def _words(seg: Seg) -> set[str]:
    """Returns the values of a TVL that are checked to determine whether the TVL describes a flight."""
    words = [seg.get(at).strip().upper() for at in (2, 3, 4, 5)]
    words += [part.strip().upper() for composite in seg.el[6:9] for part in composite]
    return {*words, seg.get(5, 1).strip().upper()}


def is_surface(seg: Seg) -> bool:
    """Returns whether a TVL is a part of the trip by another means of transport (ARNK) or a flight without a
    date (OPEN)."""
    return not _SURFACE.isdisjoint(_words(seg))


def is_service(seg: Seg) -> bool:
    """Returns whether a TVL is a hotel, a car or another service."""
    return not seg.get(5).strip()[:1].isdigit() and not _SERVICES.isdisjoint(_words(seg))


def times(seg: Seg, context: Context) -> tuple[records.Moment | None, records.Moment | None]:
    """Returns the departure and the arrival of a TVL, from `ddmmyy:hhmm:ddmmyy:hhmm`. The date of the arrival
    may be missing, and the time of the arrival may be at the position of the date. Without a date, the
    arrival is on the day of departure. If the arrival would then be more than two hours before the departure,
    the arrival is assumed to be on the next day. If the arrival is at most two hours before the departure,
    the time difference is assumed to result from time zones."""
    composite = seg.el[1] if len(seg.el) > 1 else []
    date, time = part(composite, 0), part(composite, 1)
    to_date, to_time = part(composite, 2), part(composite, 3)
    departure = when(date, time, context, seg)
    if len(to_date) == 4 and not to_time:
        to_date, to_time = "", to_date
    if to_date:
        return departure, when(to_date, to_time, context, seg)
    if not to_time or departure is None:
        return departure, None
    arrival = when(date, to_time, context, seg)
    if (
        isinstance(arrival, dt.datetime)
        and isinstance(departure, dt.datetime)
        and departure - arrival > dt.timedelta(hours=2)
    ):
        arrival += dt.timedelta(days=1)
    return departure, arrival


def _number(seg: Seg, *suffixes: int) -> str:
    """Returns a flight number with its operational suffix. The suffix is a single letter in one of the
    components `suffixes`."""
    number = seg.get(5).strip()
    suffix = next(filter(None, (seg.get(5, at).strip() for at in suffixes)), "")
    return number + suffix if number and len(suffix) == 1 and suffix.isalpha() else number


def flight(seg: Seg, context: Context) -> records.Flight:
    """Reads the flight of the message (the TVL before the first booking)."""
    departure, arrival = times(seg, context)
    return records.Flight(
        carrier=seg.get(4).strip() or None,
        number=_number(seg, 2, 1) or None,
        origin=seg.get(2).strip() or None,
        destination=seg.get(3).strip() or None,
        departure=departure,
        arrival=arrival,
    )


def locators(seg: Seg, context: Context) -> dict[records.Locator, None]:
    """Reads RCI, which contains up to nine locators `company:locator:type:ddmmyy:hhmm[ss]`. Some senders omit
    the type of the locator."""
    found: dict[records.Locator, None] = {}
    for composite in seg.el[1:]:
        locator, kind = part(composite, 1), part(composite, 2)
        date, time = part(composite, 3), part(composite, 4)
        if len(kind) == 6 and len(date) in (0, 4, 6) and not time:
            date, time = kind, date
        if locator:
            one = records.Locator(
                company=part(composite, 0) or None,
                locator=locator,
                created=when(date, time, context, seg),
            )
            found[one] = None
    return found


def agency(seg: Seg) -> records.Agency | None:
    """Reads ORG of a booking. Returns None if all components of ORG are empty."""
    if not any(map(any, seg.el[1:])):
        return None
    return records.Agency(
        company=seg.get(1).strip() or None,
        iata=seg.get(2).strip() or None,
        office=seg.get(2, 1).strip() or None,
        city=seg.get(3).strip() or seg.get(1, 1).strip() or None,
        kind=seg.get(5).strip() or None,
        country=seg.get(6).strip() or None,
        currency=seg.get(6, 1).strip() or None,
    )
