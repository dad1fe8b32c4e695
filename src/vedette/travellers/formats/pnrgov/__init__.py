"""Reads PNRGOV (IATA PADIS EDIFACT 10.1 to 18.1): the bookings of one flight, sent by an airline to a state.

The reader (`reading.py`) is tolerant: it reads bookings without DOCS, groups, infants, placeholder names,
codeshares, split records and history. Damage gives a warning and never affects another traveller.
"""

from __future__ import annotations

import datetime as dt
import gc

from vedette.core.names import title
from vedette.formats.edifact import MessageText
from vedette.formats.segments import Seg, Unreadable
from vedette.travellers import records
from vedette.travellers.formats import booked
from vedette.travellers.formats.pnrgov import drafts, groups, people, reading, requests
from vedette.travellers.formats.pnrgov.drafts import Context, Draft, Leg, Person, told

__all__ = ["read"]

#: Maximum number of segments of a booking: a group of 99 with all its history has about 5,000.
_MAX_BOOKING = 50_000


def read(message: MessageText) -> records.Message:
    """Reads one PNRGOV message into records. Raises `Unreadable` if a booking is impossibly long; no other
    content raises an error. Empties `message.segments`. Warnings: `eqn_count`, `date_impossible`,
    `segment_unexpected`, `traveller_unclear`, and those of the envelope."""
    # Tens of thousands of small lists without reference cycles: garbage collection finds nothing here and
    # would take a quarter of the time.
    collecting = gc.isenabled()
    gc.disable()
    try:
        return _read(message)
    finally:
        if collecting:
            gc.enable()


def _read(message: MessageText) -> records.Message:
    prepared = message.envelope.prepared
    context = Context(prepared.date() if prepared else dt.date.today())
    head, slices = groups.split(message.segments, context)
    flights, function = _head(head, context)
    context.prime = flights[0] if flights else None
    groups.mend(slices, context)
    # Frees the segments: the parsed elements of a push would use most of the memory.
    message.segments = []
    bookings = []
    for at, segs in enumerate(slices):
        if len(segs) > _MAX_BOOKING:
            raise Unreadable(
                f"a booking of {len(segs)} segments, the limit is {_MAX_BOOKING}; it is no booking",
                segs[0].offset,
            )
        bookings.append(_booking(reading.read(context, segs)))
        slices[at] = []
    stated = _count(message, head, len(slices), context)
    return records.Message(
        format="PNRGOV",
        envelope=message.envelope,
        function=function,
        flights=flights,
        bookings=tuple(bookings),
        warnings=(*message.warnings, *context.warnings),
        unread=tuple(sorted(context.unread, key=lambda unread: unread.offset)),
        dropped=tuple(
            records.DroppedText(kind=kind, count=count)
            for kind, count in sorted(context.dropped.items())
        ),
        stated_bookings=stated,
        offset=message.unh.offset,
        body=message.body,
    )


def _head(head: list[Seg], context: Context) -> tuple[tuple[records.Flight, ...], str | None]:
    """The flights and the function (22 full push, 141 update) before the first booking."""
    flights: list[records.Flight] = []
    function: str | None = None
    for seg in head:
        if seg.tag == "TVL":
            flights += [drafts.flight(seg, context)] if groups.is_flight(seg) else []
        elif seg.tag == "MSG":
            function = function or seg.get(1, 1).strip() or seg.get(1).strip() or None
        elif seg.tag not in ("ORG", "EQN", "IFT", "RCI", "DAT"):
            context.skip("segment_unexpected", "segment before the first booking, skipped", seg)
    return tuple(flights), function


def _count(message: MessageText, head: list[Seg], bookings: int, context: Context) -> int | None:
    """Returns the number of bookings that EQN states. This number is that of the whole transfer, so this
    function checks only a message in one part. `formats/registry.py` checks the parts of a transfer
    together."""
    eqn = next((seg for seg in head if seg.tag == "EQN"), None)
    envelope = message.envelope
    whole = envelope.sequence in (None, 1) and envelope.last in (None, True)
    stated = drafts.count(eqn.get(1)) if eqn is not None else None
    if eqn is not None and whole and stated != bookings:
        said = "no number" if stated is None else str(stated)
        context.warn("eqn_count", f"EQN says {said}, {bookings} bookings present", eqn)
    return stated


# --- drafts to records --------------------------------------------------------------------------


def _booking(draft: Draft) -> records.Booking:
    """The booking of a draft."""
    requests.settle_requests(draft)
    created = next((locator.created for locator in draft.locators if locator.created), None)
    _prime_seats(draft)
    contacts = booked.Contacts()
    for own in (draft.contacts, *(person.contacts for person in draft.people)):
        contacts.update(own)
    # The number in party of the message's own flight, else that of the first flight that states it.
    legs = sorted(draft.legs, key=draft.leg_is_prime, reverse=True)
    locator = next((locator.locator for locator in draft.locators), None)
    return records.Booking(
        locators=tuple(draft.locators),
        created=created,
        last_transaction=draft.last_transaction,
        ticketed=draft.ticketed,
        agency=draft.agency,
        travellers=tuple([_traveller(person, locator) for person in draft.people]),
        contacts=contacts.record(),
        segments=tuple([_segment(draft, leg) for leg in draft.legs]),
        payments=tuple(draft.payments),
        bags=tuple(draft.bags.values()),
        seats=tuple(draft.seats.values()),
        changes=tuple(draft.changes),
        split_to=tuple(draft.split_to),
        group_name=draft.group_name,
        party=next((leg.party for leg in legs if leg.party), None),
        total=draft.total,
        currency=draft.total_currency,
        segment=draft.segs[0].tag,
        offset=draft.segs[0].offset,
    )


def _prime_seats(draft: Draft) -> None:
    """Sets each traveller's seat on the message's own flight, if check-in did not state it."""
    prime = draft.context.prime
    own = (prime.origin, prime.destination) if prime is not None else None
    for seat in draft.seats.values():
        if seat.traveller is not None and (seat.origin, seat.destination) == own:
            person = draft.people[seat.traveller]
            person.seat = seat.number if person.seat is None else person.seat


def _traveller(person: Person, locator: str | None) -> records.Traveller:
    bags = None
    if person.bags is not None or person.bag_weight is not None or person.bag_tags:
        bags = records.Bags(
            count=person.bags, weight_kg=person.bag_weight, tags=tuple(person.bag_tags)
        )
    return records.Traveller(
        surname=person.surname or None,
        given_names=person.given or None,
        title=title(person.given) if person.given else None,
        date_of_birth=person.born or person.inft_born,
        sex=person.sex,
        nationality=person.nationality,
        place_of_birth=person.place_of_birth,
        locator=locator,
        reference=person.unique or person.ref or None,
        seat=person.seat,
        bags=bags,
        documents=tuple(person.documents),
        contacts=person.contacts.record(),
        frequent_flyer=tuple(person.fliers),
        tickets=tuple(person.tickets),
        type=person.type or None,
        infant=person.infant,
        accompanied_by=_accompanied_by(person),
        placeholder=people.is_placeholder(person),
        check_in_sequence=person.check_in or None,
        checked_in=person.checked_in,
        segment=told(person.seg),
        offset=person.seg.offset,
    )


def _accompanied_by(person: Person) -> str | None:
    """The reference of the adult who accompanies an infant. If the infant's reference is that of the adult
    with an I at the end, it is used without the I, because this is correct even if the adult's group is
    damaged."""
    reference = person.unique or person.ref
    if person.infant and len(reference) > 1 and reference[-1] == "I" and reference[-2].isdigit():
        return reference[:-1]
    return (person.adult.unique or person.adult.ref or None) if person.adult is not None else None


def _segment(draft: Draft, leg: Leg) -> records.Segment:
    """A flight of the itinerary. The number of its operating flight is that of TRA, else of the second TVL.
    The message's own flight always has its own number as operating number, whichever of the two TVL states
    it."""
    prime = draft.context.prime
    number = leg.operating_number
    if number is None and leg.operating_carrier is not None:
        number = leg.second_number
        if (
            prime is not None
            and draft.leg_is_prime(leg)
            and prime.carrier == leg.operating_carrier
            and prime.number in (leg.number, leg.second_number)
        ):
            number = prime.number
    return records.Segment(
        carrier=leg.carrier,
        number=leg.number,
        operating_carrier=leg.operating_carrier,
        operating_number=number,
        origin=leg.origin,
        destination=leg.destination,
        departure=leg.departure,
        arrival=leg.arrival,
        booking_class=leg.booking_class,
        cabin=leg.cabin,
        status=leg.status,
        party=leg.party,
        equipment=leg.equipment,
        locators=tuple(leg.locators),
        surface=leg.surface,
    )
