"""Identifies bookings by any of their booking-level locators and their creation date."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Sequence
from typing import Any

from psycopg import Connection

from vedette.apps.columns import new_id
from vedette.apps.copying import copy_in, merge_in
from vedette.apps.subjects.rows import SPINE, Spine
from vedette.keys.ring import Keys
from vedette.travellers.manifest import FlightRow
from vedette.travellers.records import Booking

#: If the creation date is missing, the same locator within this number of days is the same booking.
SAME_BOOKING_DAYS = 330

LOCATOR = ("organisation_id", "booking_id", "token", "anchor", "dated")
LOCATOR_KEY = ("organisation_id", "token", "anchor", "dated")

#: Token of a (company, locator) pair; its anchor date; whether the anchor date is a creation date.
Pair = tuple[bytes, dt.date, bool]
#: Token → for each stored locator with this token: anchor date, whether it is a creation date, and booking.
Known = dict[bytes, list[tuple[dt.date, bool, uuid.UUID]]]


class Bookings:
    """Finds and inserts bookings in one transaction. If two workers insert the same new booking, both get the
    same id."""

    def __init__(self, connection: Connection[Any], keys: Keys, spine: Spine) -> None:
        self.connection = connection
        self.keys = keys
        self.spine = spine

    def ids(self, bookings: Sequence[tuple[Booking, FlightRow]]) -> list[uuid.UUID]:
        """Returns the ids of these bookings in the same order. Inserts the new bookings.

        A booking is also compared with the earlier bookings of the sequence, as if the bookings had
        been received one by one.
        """
        wanted = [self._pairs(booking, flight) for booking, flight in bookings]
        tokens = sorted({pair[0] for pairs in wanted for pair in pairs})
        held = self._held(tokens)
        known = {pair for token, some in held.items() for pair in ((token, *s[:2]) for s in some)}
        ids, new = _assign(wanted, held)
        rows = []
        for place, id_ in new.items():
            created = bookings[place][0].created
            first = wanted[place][0][1]
            rows.append((*self.spine.values(), id_, created.date() if created else None, first))
        columns = (*SPINE, "id", "created_on", "first_departure")
        if rows:
            copy_in(self.connection, "travellers_booking", columns, rows)
        locators = {
            pair: (self.spine.organisation, id_, *pair)
            for place, (pairs, id_) in enumerate(zip(wanted, ids, strict=True))
            if place in new or len(pairs) > 1
            for pair in pairs
            if pair not in known
        }
        added = list(locators.values())
        merge_in(self.connection, "travellers_bookinglocator", LOCATOR, added, LOCATOR_KEY)
        if not new:
            return ids
        # If another worker has inserted a locator meanwhile, the booking of that worker is used.
        settled, _ = _assign(wanted, self._held(tokens))
        lost = set(new.values()) - set(settled)
        if lost:
            self.connection.execute(
                "DELETE FROM travellers_booking WHERE organisation_id = %s AND id = ANY(%s)",
                [self.spine.organisation, sorted(lost)],
            )
        return settled

    def _pairs(self, booking: Booking, flight: FlightRow) -> list[Pair]:
        """Returns for each locator of a booking its token, its anchor date, and whether this date is a
        creation date."""
        departures = [s.departure.date() for s in booking.segments if s.departure]
        first = min(departures, default=flight.departs_on)
        pairs = []
        for locator in booking.locators:
            created = locator.created or booking.created
            token = self.keys.token("locator", f"{locator.company or ''}|{locator.locator}")
            pairs.append((token, created.date() if created else first, created is not None))
        if not pairs:
            # A booking without a locator is identified by its flight and its travellers.
            names = "|".join(
                f"{t.surname}/{t.given_names}/{t.reference}" for t in booking.travellers
            )
            pairs.append((self.keys.token("locator", f"{flight.id}|{names}"), first, False))
        return pairs

    def _held(self, tokens: list[bytes]) -> Known:
        """Returns the stored locators with these tokens."""
        rows = self.connection.execute(
            "SELECT token, anchor, dated, booking_id FROM travellers_bookinglocator"
            " WHERE organisation_id = %s AND token = ANY(%s) ORDER BY booking_id",
            [self.spine.organisation, tokens],
        )
        held: Known = {}
        for token, anchor, dated, booking in rows:
            held.setdefault(bytes(token), []).append((anchor, dated, booking))
        return held


def _assign(
    wanted: Sequence[Sequence[Pair]], held: Known
) -> tuple[list[uuid.UUID], dict[int, uuid.UUID]]:
    """Returns the id of the booking for each entry of `wanted`, and the ids of new bookings by position. Adds
    the locators of each booking to `held`."""
    ids: list[uuid.UUID] = []
    new: dict[int, uuid.UUID] = {}
    for place, pairs in enumerate(wanted):
        found = [
            id_
            for token, anchor, dated in pairs
            for other, also_dated, id_ in held.get(token, ())
            if abs((anchor - other).days) <= (0 if dated and also_dated else SAME_BOOKING_DAYS)
        ]
        if not found:
            new[place] = new_id()
        ids.append(min(found) if found else new[place])
        if not found or len(pairs) > 1:
            for token, anchor, dated in pairs:
                held.setdefault(token, []).append((anchor, dated, ids[-1]))
    return ids, new
