"""Computes columns of check-in: the time before departure, the seat, and the number, weight, owners and
destination of the checked bags."""

from __future__ import annotations

import datetime as dt
from typing import Any

from vedette.core.codes import airport
from vedette.core.records import time_of
from vedette.travellers.columns.aboard import Aboard, Member
from vedette.travellers.columns.booking import changes_within
from vedette.travellers.columns.places import same_place, utc

#: The time before departure at which check-in at the airport opens. A change after this time is a late
#: change.
_LAST = dt.timedelta(hours=3)
#: The largest time before departure at which any check-in opens. An earlier check-in time belongs to another
#: flight.
_EARLIEST_MIN = 31 * 24 * 60


def columns(member: Member, aboard: Aboard) -> dict[str, object]:
    """Returns the values of the columns about the check-in (kind of fact `check_in`). Unknown values are
    None."""
    found: dict[str, object] = {"seat": seat_of(member, aboard)}
    if member.pnr is not None:
        found["check_in_min"] = _minutes(time_of(member.pnr.checked_in), aboard)
    if member.booked is not None:
        late = changes_within(member.booked, aboard, _LAST, "seat")
        found["late_seat_change"] = late > 0 if late is not None else None
    return found


def _minutes(checked_in: dt.datetime | None, aboard: Aboard) -> int | None:
    """Returns the number of minutes from check-in to departure. Check-in times are local times of the
    departure airport (DAT qualifier 2). The times of check-in and departure are compared in UTC, because
    daylight saving time may begin or end between them."""
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
    """Returns the seat on this flight from the passenger list or, if it is missing there, from the
    booking."""
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
    """Returns the values of the columns about the bags (kind of fact `baggage`). Unknown values are None."""
    count, weight = count_of(member, aboard), _weight(member)
    booked = member.booked
    found: dict[str, object] = {"bags": count, "bag_kg": weight}
    if booked is None:
        return found
    nights = booked.trip.nights
    if weight is not None and nights is not None:
        # A journey without a night counts as one night, to avoid a division by zero.
        found["kg_per_night"] = round(weight / max(nights, 1), 2)
    bags: list[dict[str, Any]] = member.own.get("booked_bags") or []
    if bags:
        found["bag_elsewhere"] = _elsewhere(bags, next(reversed(booked.trip.onward), None))
        pools = {bag["pool_id"] for bag in bags if bag.get("pool_id")}
        found["bag_pooled"] = bool(pools) or any(bag.get("pool") for bag in bags)
        found["pool_with_others"] = any(len(aboard.pools[pool]) > 1 for pool in pools)
    return found


def per_traveller(members: list[Member], aboard: Aboard) -> float | None:
    """Returns the number of bags of a booking per traveller, not counting infants. Returns None if the number
    of bags of any traveller is unknown."""
    counts = [count_of(m, aboard) for m in members if not m.infant]
    known = [count for count in counts if count is not None]
    return round(sum(known) / len(known), 2) if known and len(known) == len(counts) else None


def count_of(member: Member, aboard: Aboard) -> int | None:
    """Returns the number of bags of a traveller from the passenger list or, if it is missing there, from the
    booking. A number that is not stated is 0 if the traveller has checked in and the same source states bags
    of other travellers. For infants, crew members and all other travellers, a number that is not stated is
    unknown (None)."""
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
    """Returns whether a bag is labelled for a destination other than the end of this part of the journey.
    Codes that are not airports (such as city codes) are ignored."""
    known = [to for bag in bags if (to := bag.get("destination")) and airport(to) is not None]
    if not known or airport(end) is None:
        return None
    return any(not same_place(place, end) for place in known)
