"""Check-in: the time before departure, the seat, and the checked bags: number, weight, owners and
destination."""

from __future__ import annotations

import datetime as dt
from typing import Any

from vedette.core.codes import airport
from vedette.travellers.columns.aboard import Aboard, Member
from vedette.travellers.columns.booking import changes_within
from vedette.travellers.columns.places import same_place, utc

#: Check-in at the airport opens this long before departure. A change within this time is a late change.
_LAST = dt.timedelta(hours=3)
#: No check-in opens earlier than this: an earlier time belongs to another flight.
_EARLIEST_MIN = 31 * 24 * 60


def columns(member: Member, aboard: Aboard) -> dict[str, object]:
    """The columns of ground `check_in`; unknown values are None."""
    found: dict[str, object] = {"seat": seat_of(member, aboard)}
    if member.pnr is not None:
        found["check_in_min"] = _minutes(member.pnr.checked_in, aboard)
    if member.booked is not None:
        late = changes_within(member.booked, aboard, _LAST, "seat")
        found["late_seat_change"] = late > 0 if late is not None else None
    return found


def _minutes(checked_in: dt.datetime | None, aboard: Aboard) -> int | None:
    """Minutes from check-in to departure. Check-in times are local times of the departure airport (DAT
    qualifier 2), so they are converted to UTC first, because clocks may change overnight."""
    row = aboard.row
    at = utc(checked_in, row.origin)
    if at is not None and row.departs_at is not None:
        before = row.departs_at - at
    elif checked_in is not None and row.departs_local is not None:
        before = row.departs_local - checked_in
    else:
        return None
    minutes = round(before.total_seconds() / 60)
    return minutes if 0 <= minutes <= _EARLIEST_MIN else None


def seat_of(member: Member, aboard: Aboard) -> str | None:
    """The seat on this flight: from the passenger list, else from the booking."""
    for traveller in member.said:
        if traveller.seat:
            return traveller.seat.lstrip("0")
    row = aboard.row
    for seat in member.own.get("seats") or ():
        ends = (seat.get("origin"), seat.get("destination"))
        if ends in ((row.origin, row.destination), (None, None)):
            return str(seat["number"])
    return None


# --- bags ---------------------------------------------------------------------------------------


def baggage(member: Member, aboard: Aboard) -> dict[str, object]:
    """The columns of ground `baggage`; unknown values are None."""
    count, weight = count_of(member, aboard), _weight(member)
    booked = member.booked
    found: dict[str, object] = {"bags": count, "bag_kg": weight}
    if booked is None:
        return found
    nights = booked.trip.nights
    if weight is not None and nights is not None:
        # A day trip counts as one night, to avoid a division by zero.
        found["kg_per_night"] = round(weight / max(nights, 1), 2)
    bags: list[dict[str, Any]] = member.own.get("booked_bags") or []
    if bags:
        found["bag_elsewhere"] = _elsewhere(bags, next(reversed(booked.trip.onward), None))
        pools = {bag["pool_id"] for bag in bags if bag.get("pool_id")}
        found["bag_pooled"] = bool(pools) or any(bag.get("pool") for bag in bags)
        found["pool_with_others"] = any(len(aboard.pools[pool]) > 1 for pool in pools)
    return found


def per_traveller(members: list[Member], aboard: Aboard) -> float | None:
    """Bags of a booking per traveller, without infants; None if the number of any traveller is unknown."""
    counts = [count_of(m, aboard) for m in members if not m.infant]
    known = [count for count in counts if count is not None]
    return round(sum(known) / len(known), 2) if known and len(known) == len(counts) else None


def count_of(member: Member, aboard: Aboard) -> int | None:
    """Number of bags from the passenger list, else from the booking. If no number is stated, it is 0 if the
    traveller has checked in and the same source states bags of other travellers. Otherwise, and for infants
    and crew, it is unknown."""
    api, pnr = member.api, member.pnr
    for traveller in member.said:
        if traveller.bags is not None and traveller.bags.count is not None:
            return traveller.bags.count
    bags = member.own.get("booked_bags") or ()
    if bags:
        return sum(bag.get("count") or 1 for bag in bags)
    if member.infant or member.crew:
        return None
    listed = api is not None and aboard.has_listed_bags
    checked_in = pnr is not None and (pnr.checked_in or pnr.check_in_sequence)
    return 0 if listed or (checked_in and aboard.has_booked_bags) else None


def _weight(member: Member) -> float | None:
    for traveller in member.said:
        if traveller.bags is not None and traveller.bags.weight_kg is not None:
            return float(traveller.bags.weight_kg)
    bags = member.own.get("booked_bags") or ()
    known = [kg for bag in bags if (kg := bag.get("weight_kg")) is not None]
    return round(sum(known), 2) if known else None


def _elsewhere(bags: list[dict[str, Any]], end: str | None) -> bool | None:
    """Whether a bag is tagged to another place than the end of this part of the journey. Codes that are not
    airports (such as city codes) are ignored."""
    known = [to for bag in bags if (to := bag.get("destination")) and airport(to) is not None]
    if not known or airport(end) is None:
        return None
    return any(not same_place(place, end) for place in known)
