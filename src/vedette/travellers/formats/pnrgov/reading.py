"""One function for each segment of a booking; `HANDLERS` maps tags to functions.

The state is the current group (`Draft.zone`): SRC starts a booking, a TIF before the first flight a
traveller, TVL a flight, DAT or TRI after a flight its check-in, EQN a split, MSG another service, ABI or LTS
the history. A group accepts any segment.
"""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal

from vedette.formats.segments import Seg
from vedette.travellers import records
from vedette.travellers.formats import ssr
from vedette.travellers.formats.pnrgov import bags, people, requests, values
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
    Person,
)
from vedette.travellers.formats.pnrgov.groups import RANK, is_flight
from vedette.travellers.formats.pnrgov.values import part

_KINDS = {"A": "added", "X": "cancelled", "C": "changed"}
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
    """EBD, FAR, PTK, TXD: fares and taxes, which are not used; SRC is handled elsewhere."""


def _rci(draft: Draft, seg: Seg) -> None:
    zone = draft.zone
    if zone in (HISTORY, OTHER_SERVICE):
        return
    found = values.locators(seg, draft.context)
    if zone in (LEG, CHECK_IN) and draft.leg is not None:
        into = draft.leg.locators
    elif zone == SPLIT:
        into = draft.split_to
    else:
        into = draft.locators
        if zone == PERSON and draft.locators:
            draft.context.skip("segment_unexpected", "RCI inside a traveller's group", seg)
            return
    into.update(dict.fromkeys(found))


def _dat(draft: Draft, seg: Seg) -> None:
    zone = draft.zone
    if zone in (LEG, CHECK_IN):
        draft.zone = CHECK_IN
        draft.checking = draft.sequence = draft.checked_at = None
    for composite in seg.el[1:]:
        qualifier, date = part(composite, 0), part(composite, 1)
        if not date:
            continue
        if zone == HISTORY:
            draft.changed_at = values.when(date, part(composite, 2), draft.context, seg)
        elif zone in (LEG, CHECK_IN):
            if qualifier == "2":
                draft.checked_at = values.when(date, part(composite, 2), draft.context, seg)
        elif zone <= PERSON:
            found = values.when(date, part(composite, 2), draft.context, seg)
            if qualifier == "700":
                draft.last_transaction = draft.last_transaction or found
            elif qualifier == "710":
                draft.ticketed = draft.ticketed or found


def _org(draft: Draft, seg: Seg) -> None:
    if draft.zone == PNR and draft.agency is None:
        draft.agency = values.agency(seg)


def _add(draft: Draft, seg: Seg) -> None:
    if draft.zone > PERSON:
        return
    person = draft.person if draft.zone == PERSON else None
    before = draft.segs[draft.at - 1]
    paid = before.tag == "FOP" or (before.tag == "IFT" and before.get(1, 1) == "43")
    for composite in seg.el[1:]:
        kind = "payer" if paid else _ADDRESS_KINDS.get(part(composite, 0), "contact")
        if len(composite) < 2:
            continue
        street, city, state = (part(composite, i) or None for i in (1, 2, 3))
        address = records.Address(
            kind=kind,
            street=street,
            city=city,
            state=state or part(composite, 4) or None,
            country=part(composite, 5) or None,
            postcode=part(composite, 6) or None,
        )
        into = person or draft
        if any((street, city, address.country, address.postcode)):
            into.addresses[address] = None
        text = part(composite, 7)
        if text and not ssr.keep_contact(into, "", text[:200]):
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
    if found is None and draft.sequence is None:
        draft.context.warn("traveller_unclear", "traveller outside the travellers' part", seg)
        people.read_tif(draft, seg)
        return
    if found is None:
        draft.context.warn(
            "traveller_unclear", "a person who is not in the booking checked in", seg
        )
    _check_in(draft, found)


def _booked(draft: Draft, surname: str, given: str, referenced: Person | None) -> Person | None:
    """The traveller of the booking who is in a check-in group: found by name and reference, name, or
    reference."""
    named = people.by_name(draft, surname, given)
    referenced = referenced or people.by_ref(draft, (draft.sequence or ("", ""))[1])
    if referenced is not None and (referenced in named or not named):
        return referenced
    return named[0] if named else None


def _check_in(draft: Draft, person: Person | None) -> None:
    draft.checking = person
    draft.zone = CHECK_IN
    if person is None:
        return
    if person.check_in is None or draft.leg_is_prime(draft.leg):
        person.check_in = (draft.sequence or ("", ""))[0] or person.check_in
        person.checked_in = draft.checked_at or person.checked_in


def _fti(draft: Draft, seg: Seg) -> None:
    person = draft.person
    if draft.zone != PERSON or person is None:
        return
    for composite in seg.el[1:]:
        number = part(composite, 1)
        if number:
            flyer = records.FrequentFlyer(carrier=part(composite, 0) or None, number=number)
            person.fliers[flyer] = None


def _ref(draft: Draft, seg: Seg) -> None:
    if draft.zone == PERSON and draft.person is not None and not draft.person.unique:
        person = draft.person
        person.unique = seg.get(1, 1).strip() or seg.get(1).strip()
        if person.unique and person.unique != person.ref:
            draft.refs.setdefault(person.unique, []).append(person)


def _tkt(draft: Draft, seg: Seg) -> None:
    draft.currency = None
    number = seg.get(1).strip()
    if draft.zone == PERSON and draft.person is not None and number:
        draft.person.tickets[number] = None


def _mon(draft: Draft, seg: Seg) -> None:
    """The currency of the ticket; its total (T) is added to the booking's."""
    if draft.zone > PERSON:
        return
    for composite in seg.el[1:]:
        currency = part(composite, 2)
        if currency:
            draft.currency = currency
        if part(composite, 0) == "T":
            total = values.amount(part(composite, 1))
            if total is not None and draft.total_currency in (None, currency or None):
                draft.total = (draft.total or Decimal(0)) + total
                draft.total_currency = currency or None


def _fop(draft: Draft, seg: Seg) -> None:
    if draft.zone > PERSON:
        return
    for composite in seg.el[1:]:
        kind = part(composite, 0)
        if not kind:
            continue
        draft.payments.append(
            records.Payment(
                type=kind,
                amount=values.amount(part(composite, 2)),
                currency=draft.currency,
                vendor=part(composite, 3) or None,
                card_number=part(composite, 4) or None,
                card_expiry=part(composite, 5) or None,
            )
        )


def _tvl(draft: Draft, seg: Seg) -> None:
    zone = draft.zone
    if zone == HISTORY:
        if draft.change is not None:
            draft.change = (draft.change[0], "flight")
        return
    if zone == OTHER_SERVICE:
        return
    if not is_flight(seg):
        draft.context.warn("segment_unexpected", "empty TVL, skipped", seg)
        return
    only_number = not any(any(element) for element in seg.el[1:5])
    if only_number and draft.leg is not None and zone in (LEG, CHECK_IN):
        draft.leg.second_number = draft.leg.second_number or seg.get(5).strip() or None
        return
    draft.leg = values.leg(seg, draft.context)
    draft.legs.append(draft.leg)
    draft.zone = LEG
    draft.person = draft.checking = draft.sequence = draft.checked_at = None


def _tra(draft: Draft, seg: Seg) -> None:
    if draft.leg is not None and draft.zone in (LEG, CHECK_IN):
        draft.leg.operating_carrier = seg.get(1).strip() or draft.leg.operating_carrier
        draft.leg.operating_number = seg.get(2).strip() or draft.leg.operating_number


def _rpi(draft: Draft, seg: Seg) -> None:
    if draft.leg is not None and draft.zone in (LEG, CHECK_IN) and draft.leg.status is None:
        draft.leg.party = values.count(seg.get(1))
        draft.leg.status = seg.get(2).strip()[:3] or None


def _apd(draft: Draft, seg: Seg) -> None:
    if draft.leg is not None and draft.zone in (LEG, CHECK_IN):
        draft.leg.equipment = seg.get(1).strip() or None


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
    cabin = seg.get(5).strip() or None
    origin, destination = (leg.origin, leg.destination) if leg else (None, None)
    requests.keep_seat(draft, draft.checking, number, origin, destination, "")
    if draft.checking is not None and draft.leg_is_prime(leg):
        draft.checking.seat = requests.seat_number(number)
    if leg is not None:
        leg.cabin = leg.cabin or cabin


def _eqn(draft: Draft, seg: Seg) -> None:
    if draft.zone <= PERSON:
        draft.context.warn("segment_unexpected", "EQN before the first flight", seg)
        return
    draft.zone = SPLIT


def _msg(draft: Draft, seg: Seg) -> None:
    """Group 9: another service. Air (1) continues with flights, any other is skipped."""
    if draft.zone <= PERSON and draft.people and not draft.legs:
        draft.context.warn("segment_unexpected", "MSG before the first flight", seg)
        return
    draft.zone = LEG if seg.get(1).strip() == "1" else OTHER_SERVICE
    draft.leg = None


def _abi(draft: Draft, seg: Seg) -> None:
    if not any(any(element) for element in seg.el[1:]):
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


HANDLERS: dict[str, Callable[[Draft, Seg], None]] = {
    "SRC": _nothing, "RCI": _rci, "SSR": requests.read_ssr, "DAT": _dat, "IFT": requests.read_ift,
    "ORG": _org, "ADD": _add, "EBD": _nothing, "TIF": _tif, "FTI": _fti, "REF": _ref, "FAR": _nothing,
    "TKT": _tkt, "MON": _mon, "PTK": _nothing, "TXD": _nothing, "FOP": _fop, "TVL": _tvl, "TRA": _tra,
    "RPI": _rpi, "APD": _apd, "TRI": _tri, "SSD": _ssd, "TBD": bags.read_tbd, "EQN": _eqn, "MSG": _msg,
    "ABI": _abi, "SAC": _sac, "LTS": _lts,
}  # fmt: skip
