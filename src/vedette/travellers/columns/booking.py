"""Computes columns of a booking: time of creation, seller, size, tickets, changes, payment, and how rare the
values of the booking are among the bookings of the flight."""

from __future__ import annotations

import datetime as dt
import math
import re
from collections import Counter
from collections.abc import Hashable
from decimal import Decimal
from typing import Any

from rapidfuzz.fuzz import ratio

from vedette.core import codes
from vedette.core.names import fold
from vedette.travellers.columns.aboard import Aboard, Booked
from vedette.travellers.columns.documents import ALIKE
from vedette.travellers.columns.places import as_utc, country_of, exact, hour_at, hours, zone_of

#: A booking with at least this many travellers is a group (IATA passenger services conference, group travel).
GROUP = 10
#: The period before departure that the column `changes_last_48h` covers.
_LATE_CHANGES = dt.timedelta(hours=48)
#: Codes of the form of payment (PADIS 9888) for cash, and for a ticket that another person paid elsewhere
#: (prepaid ticket advice).
_CASH, _PREPAID = "CA", "PT"
#: The largest number of payers that are examined, because no real booking has more. Further payers are
#: ignored.
_MOST_PAYERS = 20
_WORDS = re.compile(r"[\s/,.\-']+")
#: The smallest number of travellers with a known value. If there are fewer, the share of a value is missing.
_LEAST = 20
#: The limits of the bands of lead time, in hours: one day, three days, and one, two, four, eight and
#: seventeen weeks.
_BANDS = (24, 72, 168, 336, 672, 1344, 2856)
_SHARES = ("route_share", "agency_share", "lead_time_share", "payment_share")


def columns(b: Booked, aboard: Aboard) -> dict[str, object]:
    """Returns the values of the columns about the booking (kind of fact `booking`). Unknown values are
    None."""
    agency = b.said.get("agency") or {}
    minors = sum(1 for m in b.members if m.minor)
    people = len(b.members)
    group = bool(b.said.get("group_name"))
    if group:
        # The names of the members of a group are often received late, but the number of travellers is known
        # earlier.
        people = max(people, b.said.get("party") or 0)
    # The stated country of the agency or, if it is missing, the country of the airport of the agency's city.
    sold_in = codes.country(agency.get("country")) or country_of(agency.get("city"))
    # The other bookings of this flight that were split from this booking, as their locators show.
    naming = {o.id: o for locator in b.locators for o in aboard.splitting.get(locator, ())}
    split_from = [o for o in naming.values() if o is not b and not o.locators & b.split_to]
    issuers = (v.get("company") for k, v in b.said.items() if k.startswith("locators:"))
    ends = b.trip.countries
    return {
        "lead_time_h": b.lead_h,
        "booked_hour": (
            hour_at(b.created, zone_of(b.trip.start)) if b.created and exact(b.created) else None
        ),
        "booking_travellers": people,
        "booking_adults": people - minors,
        "booking_minors": minors,
        "is_group": group or people >= GROUP,
        "splits": len(b.split_to) + len(split_from),
        # If the company that created the booking is not stated, the company that issued the locator is used.
        "booking_company": agency.get("company") or next(filter(None, issuers), None),
        "agency": b.agency,
        "agency_city": agency.get("city") if b.agency else None,
        "agency_country": sold_in if b.agency else None,
        "agency_abroad": sold_in not in ends if b.agency and sold_in and ends else None,
        "ticketed_after_h": _ticketed(b),
        "no_ticket": not b.tickets if aboard.has_tickets else None,
        **_changes(b, aboard),
    }


def _ticketed(b: Booked) -> float | None:
    """Returns the number of hours from the creation of a booking to the issue of its ticket. Returns None if
    one of the two times does not include the time of day, or if the ticket is older than the booking."""
    ticketed = as_utc(b.said.get("ticketed"))
    found = hours(b.created, ticketed) if exact(b.created) and exact(ticketed) else None
    return found if found is not None and found >= 0 else None


def _changes(b: Booked, aboard: Aboard) -> dict[str, object]:
    """Returns the number of changes in the history of a booking, in total and by kind. The numbers are
    unknown if no booking of the flight has a history."""
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
    """Returns the number of changes of a booking in the period `window` before departure. If `what` is given,
    only changes of this kind are counted. Returns None, instead of 0, if the period has not begun yet or if
    the time of a change is unknown. Also returns None if the departure time is unknown or if no booking of
    the flight has a history."""
    departs = aboard.row.departs_at
    if departs is None or not aboard.has_changes:
        return None
    moments = [as_utc(c.get("at")) for c in b.changes if what is None or c.get("what") == what]
    count = sum(1 for at in moments if at is not None and departs - window <= at <= departs)
    unsure = None in moments or aboard.now < departs - window
    return None if unsure and not count else count


def payment(b: Booked) -> dict[str, object]:
    """Returns the values of the columns about the payment (kind of fact `payment`). If no payment is stated,
    returns only the total amount and its currency."""
    paid: list[dict[str, Any]] = b.said.get("payments") or []
    amount, currency = _total(b, paid)
    if not paid:
        return {"paid_amount": amount, "paid_currency": currency}
    kinds = [p["type"].upper() for p in paid]
    return {
        "payment_type": main_type(paid),
        "is_cash": _CASH in kinds,
        "is_prepaid": _PREPAID in kinds,
        "payments": len(paid),
        "payer_is_other": _payer_is_other(b, paid),
        "paid_amount": amount,
        "paid_currency": currency,
    }


def main_type(paid: list[dict[str, Any]]) -> str | None:
    """Returns the form of payment with the greatest amount. If the amounts are equal or unknown, returns the
    first form of payment."""
    most = max(paid, key=lambda p: Decimal(p.get("amount") or 0), default=None)
    return str(most["type"]).upper() if most else None


def _total(b: Booked, paid: list[dict[str, Any]]) -> tuple[float | None, str | None]:
    """Returns the total amount of the payments and its currency. If the payments have different currencies,
    or if an amount is missing, returns the total that the booking states, or None."""
    currencies = {p.get("currency") for p in paid}
    amounts = [p.get("amount") for p in paid]
    if paid and len(currencies) == 1 and None not in amounts:
        return float(sum(Decimal(a) for a in amounts if a is not None)), currencies.pop()
    total = b.said.get("total")
    return (float(total), b.said.get("currency")) if total is not None else (None, None)


def _payer_is_other(b: Booked, paid: list[dict[str, Any]]) -> bool | None:
    """Returns whether a stated payer is not a traveller of the booking and does not have the surname of a
    traveller."""
    payers = list(dict.fromkeys(p["payer"] for p in paid if p.get("payer")))[:_MOST_PAYERS]
    travellers = [m for m in b.members if m.surname]
    if not payers or not travellers:
        return None
    return any(not any(_is(payer, m.surname, m.given) for m in travellers) for payer in payers)


def _is(payer: str, surname: str, given: str) -> bool:
    whole = fold(payer)
    words = {fold(word) for word in _WORDS.split(payer)}
    return (
        surname in words
        # `fold` removes the spaces in surnames of several words.
        or (len(surname) > 3 and surname in whole)
        or max(ratio(whole, surname + given), ratio(whole, given + surname)) >= ALIKE
    )


class Rarity:
    """Contains the number of travellers with each value, over all bookings of a flight. The numbers are
    computed only once for a flight."""

    def __init__(self, aboard: Aboard) -> None:
        self.counts: list[Counter[Hashable]] = [Counter() for _ in _SHARES]
        self.together: Counter[tuple[Hashable, ...]] = Counter()
        self.keys: dict[Any, tuple[Hashable, ...]] = {}
        for b in aboard.bookings.values():
            band = None if b.lead_h is None else sum(b.lead_h >= end for end in _BANDS)
            paid = main_type(b.said.get("payments") or [])
            keys = self.keys[b.id] = (b.trip.route(), b.seller, band, paid)
            people = len(b.members)
            for count, key in zip(self.counts, keys, strict=True):
                if key is not None:
                    count[key] += people
            if None not in keys:
                self.together[keys] += people
        self.known = [count.total() for count in self.counts]
        self.all_known = self.together.total()


def rarity(b: Booked, rare: Rarity) -> dict[str, object]:
    """Returns the values of the columns about rare values (kind of fact `rarity`). The columns contain the
    shares of four values of the booking, and the combined rarity of these values. The share of a value is the
    share of travellers with this value among all travellers of the flight whose value is known. Shares are
    computed at the time of screening. Unknown values are None."""
    keys = rare.keys[b.id]
    shares = [
        count[key] / known if key is not None and known >= _LEAST else None
        for key, count, known in zip(keys, rare.counts, rare.known, strict=True)
    ]
    found: dict[str, object] = {
        name: round(share, 4) if share is not None else None
        for name, share in zip(_SHARES, shares, strict=True)
    }
    if None not in keys and rare.all_known >= _LEAST:
        found["combination_share"] = round(rare.together[keys] / rare.all_known, 4)
    if None not in shares:
        # The rarity is −log10 of the product of the four shares. The greater it is, the less likely it is
        # that the four values occur together by chance.
        surprise = -sum(math.log10(share) for share in shares if share)
        found["combination_rarity"] = round(surprise, 3) or 0.0
    return found
