"""Mutable drafts of a booking, its people and its legs while a message is read, and the message's context."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from decimal import Decimal

from vedette.formats.segments import TAGS, Seg
from vedette.travellers import records

#: The current group of a booking. Every segment is accepted in every group.
PNR, PERSON, LEG, CHECK_IN, SPLIT, OTHER_SERVICE, HISTORY = range(7)


def told(seg: Seg) -> str | None:
    """The tag of a segment if it is a known tag; other text in its place may be part of a name."""
    return seg.tag if seg.tag in TAGS else None


class Context:
    """Data of the whole message: the day it was prepared (which determines centuries), its own flight, and
    data collected over all bookings."""

    __slots__ = ("dropped", "loose", "prepared", "prime", "unowned", "unread", "warnings")

    def __init__(self, prepared: dt.date) -> None:
        self.prepared = prepared
        self.prime: records.Flight | None = None
        self.warnings: list[records.Warning] = []
        self.unread: list[records.Unread] = []
        self.dropped: Counter[str] = Counter()
        #: Offsets of segments that belong to nobody by position, and of requests (SSR) whose reference takes
        #: precedence over their position: see `groups.mend`.
        self.unowned: set[int] = set()
        self.loose: set[int] = set()

    def warn(self, code: str, message: str, seg: Seg) -> None:
        """Adds a warning at `seg`; `message` never quotes a value."""
        self.warnings.append(
            records.Warning(code=code, message=message, segment=told(seg), offset=seg.offset)
        )

    def skip(self, code: str, message: str, seg: Seg) -> None:
        """Adds a warning at `seg` and records the segment as unread."""
        self.warn(code, message, seg)
        self.unread.append(
            records.Unread(segment=told(seg) or "?", offset=seg.offset, length=seg.length)
        )


class Person:
    """One traveller: a TIF of the booking, or a group without a readable TIF (`clear` False)."""

    __slots__ = (
        "addresses", "adult", "bag_leg", "bag_tags", "bag_weight", "bags", "born", "check_in", "checked_in",
        "clear", "documented", "documents", "emails", "fliers", "given", "index", "infant", "inft_born",
        "nationality", "numbers", "phones", "place_of_birth", "ref", "refused", "seat", "seg", "sex",
        "start", "surname", "tickets", "type", "unique", "with_infant",
    )  # fmt: skip

    def __init__(self, seg: Seg, start: int, index: int) -> None:
        self.seg = seg
        #: Position of the traveller's first segment in the booking, and index among the travellers.
        self.start = start
        self.index = index
        self.clear = True
        self.surname = self.given = self.type = self.ref = self.unique = ""
        self.infant = self.with_infant = self.refused = False
        self.adult: Person | None = None
        self.born: dt.date | None = None
        self.inft_born: dt.date | None = None
        self.sex: str | None = None
        self.nationality: str | None = None
        self.place_of_birth: str | None = None
        self.documents: list[records.Document] = []
        #: Document number → its indices in `documents`.
        self.numbers: dict[str, list[int]] = {}
        #: Whether the traveller's own group contains a DOCS.
        self.documented = False
        self.emails: dict[str, None] = {}
        self.phones: dict[str, None] = {}
        self.addresses: dict[records.Address, None] = {}
        self.fliers: dict[records.FrequentFlyer, None] = {}
        self.tickets: dict[str, None] = {}
        self.seat: str | None = None
        self.check_in: str | None = None
        self.checked_in: dt.datetime | None = None
        #: The flight of `bags` and `bag_weight`.
        self.bag_leg: Leg | None = None
        self.bags: int | None = None
        self.bag_weight: float | None = None
        self.bag_tags: dict[str, None] = {}


class Leg:
    """One flight of the itinerary while it is read."""

    __slots__ = (
        "arrival", "booking_class", "cabin", "carrier", "departure", "destination", "equipment",
        "locators", "number", "operating_carrier", "operating_number", "origin", "party", "second_number",
        "status", "surface",
    )  # fmt: skip

    def __init__(self) -> None:
        self.carrier: str | None = None
        self.number: str | None = None
        self.operating_carrier: str | None = None
        self.operating_number: str | None = None
        #: From a second TVL that has only a flight number.
        self.second_number: str | None = None
        self.origin: str | None = None
        self.destination: str | None = None
        self.departure: dt.datetime | None = None
        self.arrival: dt.datetime | None = None
        self.booking_class: str | None = None
        self.cabin: str | None = None
        self.status: str | None = None
        self.party: int | None = None
        self.equipment: str | None = None
        self.locators: dict[records.Locator, None] = {}
        self.surface = False


class Draft:
    """One booking while it is read: the current group, the person to whom the next segment belongs, and the
    requests (SSR) that are assigned once all travellers are known."""

    __slots__ = (
        "addresses", "agency", "announced", "at", "bags", "by", "change", "changed_at", "changes",
        "checked_at", "checking", "context", "currency", "emails", "group_name", "infants",
        "last_transaction", "leg", "legs", "locators", "payments", "people", "person", "phones",
        "refs", "refused", "requests", "seats", "segs", "sequence", "split_to", "surnames", "ticketed",
        "total", "total_currency", "unsure", "zone",
    )  # fmt: skip

    def __init__(self, context: Context, segs: list[Seg]) -> None:
        self.context = context
        self.segs = segs
        self.at = 0
        self.zone = PNR
        self.unsure = False
        self.people: list[Person] = []
        #: `people` by reference, by key of the surname, and the infants among them.
        self.refs: dict[str, list[Person]] = {}
        self.surnames: dict[str, list[Person]] = {}
        self.infants: list[Person] = []
        #: Number of infants announced by INFT.
        self.announced = 0
        self.person: Person | None = None
        self.legs: list[Leg] = []
        self.leg: Leg | None = None
        self.checking: Person | None = None
        self.checked_at: dt.datetime | None = None
        self.sequence: tuple[str, str] | None = None
        self.locators: dict[records.Locator, None] = {}
        self.split_to: dict[records.Locator, None] = {}
        self.last_transaction: dt.datetime | None = None
        self.ticketed: dt.datetime | None = None
        self.agency: records.Agency | None = None
        self.emails: dict[str, None] = {}
        self.phones: dict[str, None] = {}
        self.addresses: dict[records.Address, None] = {}
        self.refused = False
        self.payments: list[records.Payment] = []
        self.currency: str | None = None
        self.total: Decimal | None = None
        self.total_currency: str | None = None
        self.bags: dict[tuple[str, str], records.BookedBag] = {}
        self.seats: dict[tuple[int | None, str, str | None, str | None], records.Seat] = {}
        self.requests: list[tuple[Seg, Person | None, Leg | None]] = []
        self.changes: list[records.Change] = []
        self.change: tuple[str, str] | None = None
        self.changed_at: dt.datetime | None = None
        self.by: str | None = None
        self.group_name = False

    def leg_is_prime(self, leg: Leg | None) -> bool:
        """Whether `leg` is the message's own flight, as far as its airports show."""
        prime = self.context.prime
        return (
            leg is not None
            and prime is not None
            and leg.origin == prime.origin
            and leg.destination == prime.destination
        )
