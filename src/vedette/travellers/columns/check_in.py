"""Check-in: the time before departure, and late changes of the seat."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

from vedette.travellers.columns.booking import changes_within
from vedette.travellers.columns.moments import utc

if TYPE_CHECKING:
    from vedette.travellers.columns.aboard import Aboard, Member

#: Check-in at the airport opens this long before departure; a change within this time is a late change.
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
