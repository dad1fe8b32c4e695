"""A booking of the flight: time of creation, seller, size, tickets and changes."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any

from vedette.core import codes
from vedette.travellers.columns.aboard import Aboard, Booked
from vedette.travellers.columns.places import as_utc, country_of, exact, hour_at, hours, zone_of

#: A booking with at least this many travellers is a group (IATA passenger services conference, group travel).
GROUP = 10
#: The window of the column `changes_last_48h`.
_LATE_CHANGES = dt.timedelta(hours=48)


def columns(b: Booked, aboard: Aboard) -> dict[str, object]:
    """The columns of ground `booking`; unknown values are None."""
    agency = b.said.get("agency") or {}
    minors = sum(1 for m in b.members if m.minor)
    people = len(b.members)
    group = bool(b.said.get("group_name"))
    if group:
        # The names of a group arrive late; the number in party is known earlier.
        people = max(people, b.said.get("party") or 0)
    place = zone_of(b.trip.start)
    sold_in = _country(agency)
    ends = b.trip.countries
    return {
        "lead_time_h": b.lead_h,
        "booked_hour": hour_at(b.created, place) if b.created and exact(b.created) else None,
        "booking_travellers": people,
        "booking_adults": people - minors,
        "booking_minors": minors,
        "is_group": group or people >= GROUP,
        "splits": len(b.split_to) + _split_from(b, aboard),
        "booking_company": agency.get("company") or _company(b),
        "agency": b.agency,
        "agency_city": agency.get("city") if b.agency else None,
        "agency_country": sold_in if b.agency else None,
        "agency_abroad": sold_in not in ends if b.agency and sold_in and ends else None,
        "ticketed_after_h": _ticketed(b),
        "no_ticket": not b.tickets if aboard.has_tickets else None,
        **_changes(b, aboard),
    }


def _split_from(b: Booked, aboard: Aboard) -> int:
    """The number of other bookings of this flight that this booking was split from."""
    naming = {o.id: o for locator in b.locators for o in aboard.splitting.get(locator, ())}
    return sum(1 for o in naming.values() if o is not b and not o.locators & b.split_to)


def _company(b: Booked) -> str | None:
    """The company that issued the locator; used if the originator is not stated."""
    return next(
        (v["company"] for k, v in b.said.items() if k.startswith("locators:") and v.get("company")),
        None,
    )


def _country(agency: Mapping[str, Any]) -> str | None:
    """The agency's country (ISO alpha-2): as stated, else that of its city's airport."""
    return codes.country(agency.get("country")) or country_of(agency.get("city"))


def _ticketed(b: Booked) -> float | None:
    """Hours from creation to ticketing; None if one of the two times has no time of day, or if ticketing is
    before creation."""
    ticketed = as_utc(b.said.get("ticketed"))
    if not (exact(b.created) and exact(ticketed)):
        return None
    found = hours(b.created, ticketed)
    return found if found is not None and found >= 0 else None


def _changes(b: Booked, aboard: Aboard) -> dict[str, object]:
    """The number of history events in all and by kind; unknown if no booking of the flight has a history."""
    if not aboard.has_changes:
        return {}
    kinds = [change.get("what") for change in b.changes]
    return {
        "changes": len(kinds),
        "itinerary_changes": kinds.count("flight"),
        "name_changes": kinds.count("name"),
        "seat_changes": kinds.count("seat"),
        "changes_last_48h": changes_within(b, aboard, _LATE_CHANGES),
    }


def changes_within(
    b: Booked, aboard: Aboard, window: dt.timedelta, what: str | None = None
) -> int | None:
    """The number of changes (of a kind) within `window` before departure; None before the window opens, and
    if an event has no time."""
    departs = aboard.row.departs_at
    if departs is None or not aboard.has_changes:
        return None
    moments = [as_utc(c.get("at")) for c in b.changes if what is None or c.get("what") == what]
    count = sum(1 for at in moments if at is not None and departs - window <= at <= departs)
    unsure = None in moments or aboard.now < departs - window
    return None if unsure and not count else count
