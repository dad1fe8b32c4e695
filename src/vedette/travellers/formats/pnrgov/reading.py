"""One function for each segment of a booking; `HANDLERS` maps tags to functions.

The state is the current group (`Draft.zone`). These segments start a group: SRC (booking), a TIF before the
first flight (traveller), TVL (flight), DAT or TRI after a flight (check-in of this flight), EQN (split), MSG
(another service), ABI or LTS (history). A group accepts any segment.
"""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal

from vedette.formats.segments import Seg
from vedette.travellers import records
from vedette.travellers.formats.pnrgov import drafts, people, requests
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
)
from vedette.travellers.formats.pnrgov.groups import RANK, is_flight

_KINDS = {"A": "added", "X": "cancelled", "C": "changed"}
_KG_PER_POUND = 0.45359237
_ADDRESS_KINDS = {"700": "contact", "701": "destination", "702": "residence"}


def read(context: Context, segs: list[Seg]) -> Draft:
    """Reads one booking, from SRC to the segment before the next SRC."""
    draft = Draft(context, segs)
    handlers, unowned = HANDLERS, context.unowned
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
            if tag in RANK and tag != "TIF" and draft.zone <= PERSON:
                people.settle(draft, seg)
            elif draft.zone > PERSON:
                draft.unsure = False
        handler(draft, seg)
    _close_change(draft)
    return draft


def _nothing(draft: Draft, seg: Seg) -> None:
    """Ignores EBD, FAR, PTK and TXD, because fares and taxes are not used, and SRC, which is handled
    elsewhere."""


def _rci(draft: Draft, seg: Seg) -> None:
    zone = draft.zone
    if zone in (HISTORY, OTHER_SERVICE):
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
            draft.changed_at = found
        elif flying:
            draft.checked_at = found
        elif qualifier == "700":
            draft.last_transaction = draft.last_transaction or found
        elif qualifier == "710":
            draft.ticketed = draft.ticketed or found


def _org(draft: Draft, seg: Seg) -> None:
    if draft.zone == PNR and draft.agency is None:
        draft.agency = drafts.agency(seg)


def _add(draft: Draft, seg: Seg) -> None:
    if draft.zone > PERSON:
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
        text = "a person who is not in the booking checked in"
        draft.context.warn("traveller_unclear", text, seg)
    draft.checking = found
    draft.zone = CHECK_IN
    if found is not None and (not found.check_in or draft.leg_is_prime(draft.leg)):
        found.check_in = (draft.sequence or ("", ""))[0] or found.check_in
        found.checked_in = draft.checked_at or found.checked_in


def _booked(draft: Draft, surname: str, given: str, referenced: Person | None) -> Person | None:
    """The traveller of the booking who is in a check-in group: found by name and reference, name, or
    reference."""
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
            flyer = records.FrequentFlyer(carrier=part(composite, 0) or None, number=number)
            person.fliers[flyer] = None


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


def _mon(draft: Draft, seg: Seg) -> None:
    """Reads the currency of the ticket, and adds its total (T) to the total of the booking."""
    for composite in seg.el[1:] if draft.zone <= PERSON else ():
        currency = part(composite, 2) or None
        draft.currency = currency or draft.currency
        total = drafts.amount(part(composite, 1)) if part(composite, 0) == "T" else None
        if total is not None and draft.total_currency in (None, currency):
            draft.total = (draft.total or Decimal(0)) + total
            draft.total_currency = currency


def _fop(draft: Draft, seg: Seg) -> None:
    for composite in seg.el[1:] if draft.zone <= PERSON else ():
        kind = part(composite, 0)
        if kind:
            paid = records.Payment(
                type=kind,
                amount=drafts.amount(part(composite, 2)),
                currency=draft.currency,
                vendor=part(composite, 3) or None,
                card_number=part(composite, 4) or None,
                card_expiry=part(composite, 5) or None,
            )
            draft.payments.append(paid)


def _tvl(draft: Draft, seg: Seg) -> None:
    if draft.zone in (HISTORY, OTHER_SERVICE):
        if draft.zone == HISTORY and draft.change is not None:
            draft.change = (draft.change[0], "flight")
    elif not is_flight(seg):
        draft.context.warn("segment_unexpected", "empty TVL, skipped", seg)
    elif (leg := draft.flown) is not None and not any(map(any, seg.el[1:5])):
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
        leg.state(party=drafts.count(seg.get(1)), status=seg.get(2).strip()[:3] or None)


def _apd(draft: Draft, seg: Seg) -> None:
    if (leg := draft.flown) is not None:
        leg.state(equipment=seg.get(1).strip() or None)


def _tri(draft: Draft, seg: Seg) -> None:
    if draft.zone not in (LEG, CHECK_IN):
        if draft.zone <= PERSON:
            draft.context.warn("segment_unexpected", "TRI outside a flight", seg)
        return
    draft.zone = CHECK_IN
    draft.sequence = (seg.get(2).strip(), seg.get(2, 3).strip())
    draft.checking = people.by_ref(draft, draft.sequence[1])


def _ssd(draft: Draft, seg: Seg) -> None:
    number = seg.get(1).strip()
    if draft.zone != CHECK_IN or not number:
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
    """Group 9 states another service. After air (1), the next flights follow; any other service is
    skipped."""
    if draft.zone <= PERSON and draft.people and not draft.legs:
        draft.context.warn("segment_unexpected", "MSG before the first flight", seg)
    else:
        draft.zone = LEG if seg.get(1).strip() == "1" else OTHER_SERVICE
        draft.leg = None


def _abi(draft: Draft, seg: Seg) -> None:
    if not any(map(any, seg.el[1:])):
        draft.context.warn("segment_unexpected", "empty ABI, skipped", seg)
        return
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
    """Pieces and kilograms of `pieces:weight:unit` (700 kg, 701 lb, 702 no weight)."""
    weight = drafts.amount(part(composite, 1))
    unit = part(composite, 2).upper()
    if weight is None or unit == "702":
        return drafts.count(part(composite, 0)), None
    factor = _KG_PER_POUND if unit in ("701", "L") else 1.0
    return drafts.count(part(composite, 0)), round(float(weight) * factor, 2)


def _tbd(draft: Draft, seg: Seg) -> None:
    """TBD: pieces and weight of a traveller's checked bags, and each bag tag once for the booking."""
    if draft.zone == HISTORY:
        draft.context.dropped["history"] += 1
        return
    person = draft.checking if draft.zone == CHECK_IN else draft.person
    el = seg.el
    pieces = weight = None
    for composite in el[2:4]:
        if any(composite):
            pieces, weight = _weight(composite)
            break
    pool, pool_id = seg.get(4).strip() or None, seg.get(4, 1).strip() or None
    first, tags = True, []
    for composite in el[5:]:
        airline, tag = part(composite, 0), part(composite, 1)
        if not tag and not airline:
            continue
        if (airline, tag) not in draft.bags:
            draft.bags[airline, tag] = records.BookedBag(
                airline=airline or None,
                tag=tag or None,
                count=drafts.count(part(composite, 2)),
                destination=part(composite, 3) or None,
                pieces=pieces if first else None,
                weight_kg=weight if first else None,
                pool=pool,
                pool_id=pool_id,
                traveller=person.index if person is not None else None,
            )
        first = False
        if tag:
            tags.append(tag)
    if person is not None:
        _weigh(draft, person, tags, pieces, weight)


def _weigh(
    draft: Draft, person: Person, tags: list[str], pieces: int | None, weight: float | None
) -> None:
    """Sets a traveller's bags: those of the message's own flight, else of the first flight that states any. A
    further TBD of the same flight adds its bags, unless all its tags are known already."""
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


HANDLERS: dict[str, Callable[[Draft, Seg], None]] = {
    "SRC": _nothing, "RCI": _rci, "SSR": requests.read_ssr, "DAT": _dat, "IFT": requests.read_ift,
    "ORG": _org, "ADD": _add, "EBD": _nothing, "TIF": _tif, "FTI": _fti, "REF": _ref, "FAR": _nothing,
    "TKT": _tkt, "MON": _mon, "PTK": _nothing, "TXD": _nothing, "FOP": _fop, "TVL": _tvl, "TRA": _tra,
    "RPI": _rpi, "APD": _apd, "TRI": _tri, "SSD": _ssd, "TBD": _tbd, "EQN": _eqn, "MSG": _msg,
    "ABI": _abi, "SAC": _sac, "LTS": _lts,
}  # fmt: skip
