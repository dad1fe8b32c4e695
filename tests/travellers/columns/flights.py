"""Small flights of our own for the tests: records in, a settled `Held` out, values by surname."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Mapping, Sequence
from typing import Any

import msgspec

from vedette.core.parties import Document
from vedette.core.records import Envelope
from vedette.pipeline.process import Read, Received
from vedette.travellers import columns
from vedette.travellers.manifest import FlightRow, Held, Manifest
from vedette.travellers.merging import flight_of, place, settle
from vedette.travellers.records import Booking, Flight, Locator, Message, Segment, Traveller

#: 10:00 in Addis Ababa is 07:00 UTC.
FLIGHT = Flight(
    carrier="XX",
    number="417",
    origin="ADD",
    destination="DSS",
    departure=dt.datetime(2026, 11, 24, 10, 0),
    arrival=dt.datetime(2026, 11, 24, 15, 0),
)
DEPARTS = dt.datetime(2026, 11, 24, 7, 0, tzinfo=dt.UTC)
NOW = DEPARTS - dt.timedelta(minutes=20)
_ORGANISATION = uuid.UUID(int=1)
#: Passports get a number each, unless a test gives one.
_NUMBERS = iter(range(10**6, 10**7))


class _Storage:
    """As much of the pipeline's storage as placing messages needs."""

    def __init__(self) -> None:
        self.locators: dict[str, uuid.UUID] = {}
        self.ids = 0

    def bookings(self, bookings: Sequence[tuple[Booking, FlightRow]]) -> list[uuid.UUID]:
        return [self.locators.setdefault(b.locators[0].locator, uuid.uuid4()) for b, _ in bookings]

    def token(self, kind: str, value: str) -> bytes:
        return uuid.uuid5(_ORGANISATION, kind + value).bytes

    def new_id(self) -> uuid.UUID:
        self.ids += 1
        return uuid.UUID(int=self.ids)


def at(text: str) -> dt.datetime:
    """`2026-11-24 10:00` as a naive moment."""
    return dt.datetime.fromisoformat(text)


def leg(
    origin: str | None, destination: str | None, leaves: str, lands: str, **more: Any
) -> Segment:
    """A booked flight; times local as `24 10:00` of November 2026."""
    moments = [at(f"2026-11-{t}") if t else None for t in (leaves, lands)]
    fields: dict[str, Any] = {"carrier": "XX", "number": "900", "status": "HK", **more}
    return Segment(
        origin=origin, destination=destination, departure=moments[0], arrival=moments[1], **fields
    )


#: This flight as booked, and the way back ten days later.
OUT = leg("ADD", "DSS", "24 10:00", "24 15:00", number="417")
BACK = Segment(
    carrier="XX", number="418", origin="DSS", destination="ADD", status="HK",
    departure=at("2026-12-04 17:00"), arrival=at("2026-12-05 04:00"),
)  # fmt: skip


def passport(number: str | None = None, **more: Any) -> Document:
    """A passport, unique where no number is given."""
    return Document(type="P", number=number or f"P{next(_NUMBERS)}", **more)


def person(surname: str = "TESFAYE", given: str = "HANA", **more: Any) -> Traveller:
    """A traveller as booked or listed."""
    return Traveller(surname=surname, given_names=given, **more)


def booking(
    *travellers: Traveller, segments: Sequence[Segment] = (OUT, BACK), **more: Any
) -> Booking:
    """A booking made ten days before departure, unless told otherwise."""
    created = more.pop("created", at("2026-11-14 07:00"))
    locator = more.pop("locator", None) or f"L{next(_NUMBERS)}"
    people = travellers or (person(),)
    if not any(t.reference for t in people):
        people = tuple(
            msgspec.structs.replace(t, reference=str(n)) for n, t in enumerate(people, 1)
        )
    return Booking(
        locators=(Locator(company="XX", locator=locator, created=created),),
        created=created,
        travellers=people,
        segments=tuple(segments),
        **more,
    )


def push(
    *bookings: Booking,
    flight: Flight = FLIGHT,
    prepared: str = "2026-11-24 06:00",
    function: str = "22",
) -> Message:
    """A push of bookings; by default full, at departure."""
    return _message("PNRGOV", flight, prepared, function=function, bookings=bookings)


def listed(
    *travellers: Traveller, flight: Flight = FLIGHT, prepared: str = "2026-11-24 06:40", **more: Any
) -> Message:
    """A passenger list; by default the one at departure, which closes the flight."""
    fields = {"function": "passengers", **more}
    return _message("PAXLST", flight, prepared, travellers=travellers, **fields)


def _message(kind: str, flight: Flight, prepared: str, **fields: Any) -> Message:
    envelope = Envelope(sender="XX", prepared=at(prepared), interchange_ref=prepared)
    return Message(format=kind, envelope=envelope, flights=(flight,), **fields)


def held(*messages: Message) -> Held:
    """The flight as it stands after these messages, settled as the pipeline does."""
    storage, holds = _Storage(), {}
    for number, message in enumerate(messages):
        item = Received(
            id=uuid.uuid4(), organisation=_ORGANISATION, name="x", received_at=DEPARTS, data=b""
        )
        row = flight_of(message, item)
        assert row is not None
        hold = holds.setdefault(row.id, Held(row, Manifest()))
        read = Read(item, number, message, b"", uuid.uuid4(), row)
        ids = storage.bookings([(b, row) for b in message.bookings])
        place(read, hold, iter(ids), storage)  # type: ignore[arg-type]
    (hold,) = holds.values()
    settle(hold, storage)  # type: ignore[arg-type]
    return hold


def rows(
    hold: Held,
    now: dt.datetime = NOW,
    history: Mapping[uuid.UUID, Mapping[str, object]] | None = None,
) -> list[dict[str, object]]:
    """The values of everybody, in the order in which they became known."""
    return columns.values(hold, list(hold.manifest.persons.values()), history or {}, now)


def values(*messages: Message, now: dt.datetime = NOW) -> dict[str, object]:
    """The values of the first traveller whom these messages name."""
    return rows(held(*messages), now)[0]


def of_booking(*travellers: Traveller, now: dt.datetime = NOW, **more: Any) -> dict[str, object]:
    """The values of the first traveller of one booking."""
    return values(push(booking(*travellers, **more)), now=now)


def named(hold: Held, now: dt.datetime = NOW) -> dict[str, dict[str, object]]:
    """The values of everybody by surname as booked, else as listed."""
    people = hold.manifest.persons.values()
    names = [(p.seen("pnr") or p.seen("api")).surname for p in people]  # type: ignore[union-attr]
    return dict(zip(names, rows(hold, now), strict=True))  # type: ignore[arg-type]
