"""Reads PNRGOV (IATA PADIS EDIFACT 10.1 to 22.1): the bookings of one flight, sent by an airline to a state.

The reader also reads groups, infants, placeholder names, codeshares, split records, history, and bookings
without DOCS. Damage in the data of a traveller gives a warning and never affects another traveller.

A booking is read segment by segment into a draft, which is then converted to a record. `_HANDLERS` maps the
tag of a segment to the function that reads the segment. `Draft.zone` is the current segment group. The
following segments start a group: SRC (booking), a TIF before the first flight (traveller), TVL (flight), DAT
or TRI after a flight (check-in of this flight), EQN (split), MSG (another service), ABI or LTS (history). A
segment may occur in any group.
"""

from __future__ import annotations

import gc
from collections.abc import Callable
from decimal import Decimal

import msgspec

from vedette.core.names import title
from vedette.core.records import time_of
from vedette.formats.edifact import MessageText, Seg, Unreadable, whole
from vedette.travellers import records
from vedette.travellers.formats import booked
from vedette.travellers.formats.pnrgov import drafts, groups, people, requests
from vedette.travellers.formats.pnrgov.drafts import (
    CHECK_IN,
    HISTORY,
    LEG,
    OTHER_SERVICE,
    PERSON,
    PNR,
    SPLIT,
    Context,
    Draft,
    Leg,
    Person,
    part,
    told,
)

__all__ = ["read"]

#: Maximum number of segments of a booking. The booking of a group of 99 with its whole history has about
#: 5,000.
_MAX_BOOKING = 50_000
#: Maximum number of digits of a count.
_DIGITS = 6
_KINDS = {"A": "added", "X": "cancelled", "C": "changed"}
_ADDRESS_KINDS = {"700": "contact", "701": "destination", "702": "residence"}


def read(message: MessageText) -> records.Message:
    """Converts one PNRGOV message to records, and empties `message.segments`. Raises `Unreadable` if a
    booking has more than `_MAX_BOOKING` segments, and no error in all other cases. The reader may add the
    warnings `eqn_count`, `date_impossible`, `segment_unexpected` and `traveller_unclear`, and warnings about
    service segments."""
    # A message becomes tens of thousands of small lists without reference cycles. Garbage collection would
    # find nothing to free in them, and would take a quarter of the time.
    collecting = gc.isenabled()
    gc.disable()
    try:
        return _read(message)
    finally:
        if collecting:
            gc.enable()


def _read(message: MessageText) -> records.Message:
    context = Context(message.prepared_on)
    head, slices = groups.split(message.segments, context)
    flights, function = _head(head, context)
    context.prime = flights[0] if flights else None
    groups.mend(slices, context)
    # The segments are freed, because their parsed elements would use most of the memory.
    message.segments = []
    bookings = []
    for at, segs in enumerate(slices):
        if len(segs) > _MAX_BOOKING:
            raise Unreadable(
                f"a booking of {len(segs)} segments, the limit is {_MAX_BOOKING}; it is no booking",
                segs[0].offset,
            )
        bookings.append(_booking(_draft(context, segs)))
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
    """Reads the flights and the function (22 full push, 141 update) in the segments before the first
    booking."""
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
    """Returns the number of bookings that EQN states. EQN states the number of bookings in the whole
    transfer. The number is therefore checked only if the transfer consists of one message.
    `formats/registry.py` checks the parts of a transfer together."""
    eqn = next((seg for seg in head if seg.tag == "EQN"), None)
    envelope = message.envelope
    alone = envelope.sequence in (None, 1) and envelope.last in (None, True)
    stated = whole(eqn.get(1).strip(), _DIGITS) if eqn is not None else None
    if eqn is not None and alone and stated != bookings:
        said = "no number" if stated is None else str(stated)
        context.warn("eqn_count", f"EQN says {said}, {bookings} bookings present", eqn)
    return stated


# --- segments to drafts ---------------------------------------------------------------------------


def _draft(context: Context, segs: list[Seg]) -> Draft:
    """Reads the segments of one booking, from SRC to the segment before the next SRC."""
    draft = Draft(context, segs)
    handlers, unowned = _HANDLERS, context.unowned
    for at, seg in enumerate(segs):
        draft.at = at
        tag = seg.tag
        handler = handlers.get(tag)
        if handler is None:
            people.unknown(draft, seg)
            continue
        if unowned and seg.offset in unowned:
            draft.person = None
        if draft.unsure:
            if tag in groups.RANK and tag != "TIF" and draft.zone <= PERSON:
                people.settle(draft, seg)
            elif draft.zone > PERSON:
                draft.unsure = False
        handler(draft, seg)
    _close_change(draft)
    return draft


def _nothing(draft: Draft, seg: Seg) -> None:
    """Ignores a segment. EBD, FAR, PTK and TXD contain fares and taxes, which are not used. SRC is also
    ignored, because the segments were already split into bookings at SRC."""


def _rci(draft: Draft, seg: Seg) -> None:
    zone = draft.zone
    if zone in (HISTORY, OTHER_SERVICE):
        draft.drop()
        return
    found = drafts.locators(seg, draft.context)
    if zone == PERSON and draft.locators:
        draft.context.skip("segment_unexpected", "RCI inside a traveller's group", seg)
    elif zone == SPLIT:
        draft.split_to.update(found)
    else:
        (draft.flown or draft).locators.update(found)


def _dat(draft: Draft, seg: Seg) -> None:
    zone = draft.zone
    flying = zone in (LEG, CHECK_IN)
    if flying:
        draft.zone = CHECK_IN
        draft.checking = draft.sequence = draft.checked_at = None
    for composite in seg.el[1:]:
        qualifier, date = part(composite, 0), part(composite, 1)
        known = zone <= PERSON or zone == HISTORY or (flying and qualifier == "2")
        if not date or not known:
            continue
        found = drafts.when(date, part(composite, 2), draft.context, seg)
        if zone == HISTORY:
            draft.changed_at = time_of(found)
        elif flying:
            draft.checked_at = found
        elif qualifier == "700":
            draft.last_transaction = draft.last_transaction or found
        elif qualifier == "710":
            draft.ticketed = draft.ticketed or found


def _org(draft: Draft, seg: Seg) -> None:
    if draft.zone == PNR and draft.agency is None:
        draft.agency = drafts.agency(seg)
    elif any(map(any, seg.el[1:])):
        draft.drop()


def _add(draft: Draft, seg: Seg) -> None:
    if draft.zone > PERSON:
        draft.drop()
        return
    into = ((draft.zone == PERSON and draft.person) or draft).contacts
    before = draft.segs[draft.at - 1]
    paid = before.tag == "FOP" or (before.tag == "IFT" and before.get(1, 1) == "43")
    for composite in seg.el[1:]:
        if len(composite) < 2:
            continue
        street, city = part(composite, 1) or None, part(composite, 2) or None
        country, postcode = part(composite, 5) or None, part(composite, 6) or None
        if street or city or country or postcode:
            address = records.Address(
                kind="payer" if paid else _ADDRESS_KINDS.get(part(composite, 0), "contact"),
                street=street,
                city=city,
                state=part(composite, 3) or part(composite, 4) or None,
                country=country,
                postcode=postcode,
            )
            into.addresses[address] = None
        text = part(composite, 7)
        if text and not into.keep("", text[:200]):
            draft.context.dropped["remark"] += 1


def _tif(draft: Draft, seg: Seg) -> None:
    zone = draft.zone
    if zone <= PERSON:
        people.read_tif(draft, seg)
        return
    if zone == HISTORY and draft.change is not None:
        draft.change = (draft.change[0], "name")
        return
    surname, given, ref = seg.get(1).strip(), seg.get(2).strip(), seg.get(2, 2).strip()
    found = people.by_ref(draft, ref)
    if found is None or (found.surname, found.given) != (surname, given):
        found = _booked(draft, surname, given, found)
    if found is None:
        if draft.sequence is None:
            draft.context.warn("traveller_unclear", "traveller outside the travellers' part", seg)
            people.read_tif(draft, seg)
            return
        draft.context.warn(
            "traveller_unclear", "a person who is not in the booking checked in", seg
        )
    draft.checking = found
    draft.zone = CHECK_IN
    if found is not None and (not found.check_in or draft.leg_is_prime(draft.leg)):
        found.check_in = (draft.sequence or ("", ""))[0] or found.check_in
        found.checked_in = draft.checked_at or found.checked_in


def _booked(draft: Draft, surname: str, given: str, referenced: Person | None) -> Person | None:
    """Finds the traveller of a check-in group by name and reference, by name alone, or by reference alone."""
    named = people.by_name(draft, surname, given)
    referenced = referenced or people.by_ref(draft, (draft.sequence or ("", ""))[1])
    if referenced is not None and (referenced in named or not named):
        return referenced
    return named[0] if named else None


def _fti(draft: Draft, seg: Seg) -> None:
    person = draft.person if draft.zone == PERSON else None
    for composite in seg.el[1:]:
        number = part(composite, 1)
        if number and person is not None:
            carrier = part(composite, 0) or None
            person.fliers[records.FrequentFlyer(carrier=carrier, number=number)] = None
        elif number:
            draft.drop()


def _ref(draft: Draft, seg: Seg) -> None:
    person = draft.person if draft.zone == PERSON else None
    if person is not None and not person.unique:
        person.unique = seg.get(1, 1).strip() or seg.get(1).strip()
        if person.unique and person.unique != person.ref:
            draft.refs.setdefault(person.unique, []).append(person)


def _tkt(draft: Draft, seg: Seg) -> None:
    draft.currency = None
    number = seg.get(1).strip()
    if draft.zone == PERSON and draft.person is not None and number:
        draft.person.tickets[number] = None
    elif number:
        draft.drop()


def _mon(draft: Draft, seg: Seg) -> None:
    """Reads the currency of the ticket, and adds its total (T) to the total of the booking."""
    if draft.zone > PERSON:
        draft.drop()
        return
    for composite in seg.el[1:]:
        currency = part(composite, 2) or None
        draft.currency = currency or draft.currency
        total = drafts.amount(part(composite, 1)) if part(composite, 0) == "T" else None
        if total is not None and draft.total_currency in (None, currency):
            draft.total = (draft.total or Decimal(0)) + total
            draft.total_currency = currency


def _fop(draft: Draft, seg: Seg) -> None:
    if draft.zone > PERSON:
        draft.drop()
        return
    for composite in seg.el[1:]:
        kind = part(composite, 0)
        if kind:
            draft.payments.append(
                records.Payment(
                    type=kind,
                    amount=drafts.amount(part(composite, 2)),
                    currency=draft.currency,
                    vendor=part(composite, 3) or None,
                    card_number=part(composite, 4) or None,
                    card_expiry=part(composite, 5) or None,
                )
            )


def _tvl(draft: Draft, seg: Seg) -> None:
    if draft.zone == HISTORY or (draft.zone == OTHER_SERVICE and not draft.aside):
        if draft.zone == HISTORY and draft.change is not None:
            draft.change = (draft.change[0], "flight")
    elif not groups.is_flight(seg):
        draft.context.warn("segment_unexpected", "empty TVL, skipped", seg)
    elif drafts.is_service(seg):
        draft.zone, draft.aside, draft.leg, draft.person = OTHER_SERVICE, True, None, None
        draft.drop()
    elif (
        (leg := draft.flown) is not None
        and not any(map(any, seg.el[1:5]))
        and not drafts.is_surface(seg)
    ):
        leg.second_number = leg.second_number or seg.get(5).strip() or None
    else:
        draft.leg = Leg(seg, draft.context)
        draft.legs.append(draft.leg)
        draft.zone = LEG
        draft.person = draft.checking = draft.sequence = draft.checked_at = None


def _tra(draft: Draft, seg: Seg) -> None:
    if (leg := draft.flown) is not None:
        leg.state(
            operating_carrier=seg.get(1).strip() or leg.stated.operating_carrier,
            operating_number=seg.get(2).strip() or leg.stated.operating_number,
        )


def _rpi(draft: Draft, seg: Seg) -> None:
    if (leg := draft.flown) is not None and leg.stated.status is None:
        leg.state(party=whole(seg.get(1).strip(), _DIGITS), status=seg.get(2).strip()[:3] or None)


def _apd(draft: Draft, seg: Seg) -> None:
    if (leg := draft.flown) is not None:
        leg.state(equipment=seg.get(1).strip() or None)


def _tri(draft: Draft, seg: Seg) -> None:
    if draft.zone in (LEG, CHECK_IN):
        draft.zone = CHECK_IN
        draft.sequence = (seg.get(2).strip(), seg.get(2, 3).strip())
        draft.checking = people.by_ref(draft, draft.sequence[1])
    elif draft.zone <= PERSON:
        draft.context.warn("segment_unexpected", "TRI outside a flight", seg)


def _ssd(draft: Draft, seg: Seg) -> None:
    number = seg.get(1).strip()
    if draft.zone != CHECK_IN or not number:
        if number:
            draft.drop()
        return
    leg = draft.leg
    requests.keep_seat(draft, draft.checking, number, leg)
    if draft.checking is not None and draft.leg_is_prime(leg):
        draft.checking.seat = requests.seat_number(number)
    if leg is not None and leg.stated.cabin is None:
        leg.state(cabin=seg.get(5).strip() or None)


def _eqn(draft: Draft, seg: Seg) -> None:
    if draft.zone <= PERSON:
        draft.context.warn("segment_unexpected", "EQN before the first flight", seg)
    else:
        draft.zone = SPLIT


def _msg(draft: Draft, seg: Seg) -> None:
    """Reads the MSG segment at the beginning of group 9 (another service). If the service is air (1), flights
    follow. Services other than air are skipped."""
    if draft.zone <= PERSON and draft.people and not draft.legs:
        draft.context.warn("segment_unexpected", "MSG before the first flight", seg)
    else:
        draft.zone = LEG if seg.get(1).strip() == "1" else OTHER_SERVICE
        draft.leg, draft.aside = None, False
        if draft.zone == OTHER_SERVICE:
            draft.drop()


def _abi(draft: Draft, seg: Seg) -> None:
    if not any(map(any, seg.el[1:])):
        draft.context.warn("segment_unexpected", "empty ABI, skipped", seg)
    else:
        _close_change(draft)
        draft.zone = HISTORY
        draft.changed_at = None
        draft.by = seg.get(5).strip() or seg.get(2, 1).strip() or seg.get(2).strip() or None


def _sac(draft: Draft, seg: Seg) -> None:
    _close_change(draft)
    draft.zone = HISTORY
    draft.change = (_KINDS.get(seg.get(3).strip(), "changed"), "other")


def _close_change(draft: Draft) -> None:
    if draft.change is not None:
        kind, what = draft.change
        draft.changes.append(records.Change(at=draft.changed_at, by=draft.by, kind=kind, what=what))
        draft.change = None


def _lts(draft: Draft, seg: Seg) -> None:
    if len(seg.el) > 1:
        draft.context.dropped["history"] += 1
    if draft.zone > PERSON:
        draft.zone = HISTORY


# --- bags ---------------------------------------------------------------------------------------


def _weight(composite: list[str]) -> tuple[int | None, float | None]:
    """Reads a composite in the form `pieces:weight:unit`. Returns the number of pieces and the weight in
    kilograms. The unit is 700 (kg), 701 (lb) or 702 (no weight)."""
    weight = drafts.amount(part(composite, 1))
    unit = part(composite, 2).upper()
    if weight is None or unit == "702":
        return whole(part(composite, 0), _DIGITS), None
    factor = records.KG_PER_POUND if unit in ("701", "L") else 1.0
    return whole(part(composite, 0), _DIGITS), round(float(weight) * factor, 2)


def _tbd(draft: Draft, seg: Seg) -> None:
    """Reads TBD: the number and weight of a traveller's checked bags, and each bag tag of the booking
    once."""
    if draft.zone == HISTORY:
        draft.context.dropped["history"] += 1
        return
    person = draft.checking if draft.zone == CHECK_IN else draft.person
    pieces, weight = _weight(next(filter(any, seg.el[2:4]), []))
    bags = [composite for composite in seg.el[5:] if any(map(str.strip, composite[:2]))]
    for at, composite in enumerate(bags):
        airline, tag = part(composite, 0), part(composite, 1)
        if (airline, tag) not in draft.bags:
            draft.bags[airline, tag] = records.BookedBag(
                airline=airline or None,
                tag=tag or None,
                count=whole(part(composite, 2), _DIGITS),
                destination=part(composite, 3) or None,
                # The number and weight of all bags together are stored with the first bag.
                pieces=pieces if at == 0 else None,
                weight_kg=weight if at == 0 else None,
                pool=seg.get(4).strip() or None,
                pool_id=seg.get(4, 1).strip() or None,
                traveller=person.index if person is not None else None,
            )
    if person is not None:
        tags = [tag for composite in bags if (tag := part(composite, 1))]
        _weigh(draft, person, tags, pieces, weight)


def _weigh(
    draft: Draft, person: Person, tags: list[str], pieces: int | None, weight: float | None
) -> None:
    """Sets the bags of a traveller. The bags are the bags on the flight of the message or, if there are none
    on this flight, the bags on the first flight with bags. The bags of a further TBD of the same flight are
    added, unless all bag tags in this TBD are already known."""
    said = person.bags, person.bag_weight
    if said == (None, None) or person.bag_leg is not draft.leg:
        if person.bags is None or draft.leg_is_prime(draft.leg):
            person.bag_leg = draft.leg
            person.bags = pieces if pieces is not None else person.bags
            person.bag_weight = weight if weight is not None else person.bag_weight
    elif any(tag not in person.bag_tags for tag in tags) or (not tags and (pieces, weight) != said):
        person.bags = (said[0] or 0) + (pieces or 0) or None
        person.bag_weight = round((said[1] or 0.0) + (weight or 0.0), 2) or None
    person.bag_tags.update(dict.fromkeys(tags))


_HANDLERS: dict[str, Callable[[Draft, Seg], None]] = {
    "SRC": _nothing, "RCI": _rci, "SSR": requests.read_ssr, "DAT": _dat, "IFT": requests.read_ift,
    "ORG": _org, "ADD": _add, "EBD": _nothing, "TIF": _tif, "FTI": _fti, "REF": _ref, "FAR": _nothing,
    "TKT": _tkt, "MON": _mon, "PTK": _nothing, "TXD": _nothing, "FOP": _fop, "TVL": _tvl, "TRA": _tra,
    "RPI": _rpi, "APD": _apd, "TRI": _tri, "SSD": _ssd, "TBD": _tbd, "EQN": _eqn, "MSG": _msg,
    "ABI": _abi, "SAC": _sac, "LTS": _lts,
}  # fmt: skip


# --- drafts to records --------------------------------------------------------------------------


def _booking(draft: Draft) -> records.Booking:
    """Converts a draft to a booking."""
    requests.settle_requests(draft)
    booked.give_seats(draft.people, draft.seats.values(), draft.context.prime)
    for person in draft.people:
        draft.contacts.update(person.contacts)
    # The number of travellers on the flight of the message or, if it is missing, on the first flight that has
    # one.
    legs = sorted(draft.legs, key=draft.leg_is_prime, reverse=True)
    locator = next((locator.locator for locator in draft.locators), None)
    return records.Booking(
        locators=tuple(draft.locators),
        created=next((locator.created for locator in draft.locators if locator.created), None),
        last_transaction=draft.last_transaction,
        ticketed=draft.ticketed,
        agency=draft.agency,
        travellers=tuple([_traveller(person, locator) for person in draft.people]),
        contacts=draft.contacts.record(),
        segments=tuple([_segment(draft, leg) for leg in draft.legs]),
        payments=tuple(draft.payments),
        bags=tuple(draft.bags.values()),
        seats=tuple(draft.seats.values()),
        changes=tuple(draft.changes),
        split_to=tuple(draft.split_to),
        group_name=draft.group_name,
        party=next((leg.stated.party for leg in legs if leg.stated.party), None),
        total=draft.total,
        currency=draft.total_currency,
        segment=draft.segs[0].tag,
        offset=draft.segs[0].offset,
    )


def _traveller(person: Person, locator: str | None) -> records.Traveller:
    bags = records.Bags(count=person.bags, weight_kg=person.bag_weight, tags=tuple(person.bag_tags))
    return records.Traveller(
        surname=person.surname or None,
        given_names=person.given or None,
        title=title(person.given) if person.given else None,
        date_of_birth=person.born or person.inft_born,
        birth_period=None if person.born or person.inft_born else person.birth_period,
        sex=person.sex,
        nationality=person.nationality,
        place_of_birth=person.place_of_birth,
        locator=locator,
        reference=person.unique or person.ref or None,
        seat=person.seat,
        bags=bags if bags != records.Bags() else None,
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
    """Returns the reference of the adult who accompanies an infant. If the reference of the infant ends with
    the letter I, the reference of the adult is the text before this letter. The reference of the adult is
    therefore found even if the segments of the adult are damaged."""
    reference = person.unique or person.ref
    if person.infant and len(reference) > 1 and reference[-1] == "I" and reference[-2].isdigit():
        return reference[:-1]
    return (person.adult.unique or person.adult.ref or None) if person.adult is not None else None


def _segment(draft: Draft, leg: Leg) -> records.Segment:
    """Converts a flight of the itinerary to a record. The number of the operating flight comes from TRA or,
    if TRA contains no number, from the second TVL. For the flight of the message, the operating number is
    always the number of this flight."""
    prime, stated = draft.context.prime, leg.stated
    number = stated.operating_number
    if number is None and stated.operating_carrier is not None:
        number = leg.second_number
        if (
            prime is not None
            and draft.leg_is_prime(leg)
            and prime.carrier == stated.operating_carrier
            and prime.number in (stated.number, leg.second_number)
        ):
            number = prime.number
    return msgspec.structs.replace(stated, operating_number=number, locators=tuple(leg.locators))
