"""Which booking is which: by any of its booking-level locators and its creation date."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Mapping, Sequence, Set
from typing import Any

from psycopg import Connection

from vedette.apps.columns import new_id
from vedette.apps.copying import copy_in, merge_in
from vedette.apps.subjects.rows import SPINE, Spine
from vedette.keys.ring import Keys
from vedette.travellers.held import FlightRow
from vedette.travellers.records import Booking

#: Where no creation date is given, the same locator within this many days is the same booking.
SAME_BOOKING_DAYS = 330

LOCATOR = ("organisation_id", "booking_id", "token", "anchor", "dated")
LOCATOR_KEY = ("organisation_id", "token", "anchor", "dated")

#: Token of a (company, locator) pair, its anchor date, and whether that is a creation date.
Pair = tuple[bytes, dt.date, bool]
#: Token → what is known under it: anchor, whether that is a creation date, booking.
Known = dict[bytes, list[tuple[dt.date, bool, uuid.UUID]]]


class Bookings:
    """Finds and makes bookings in one transaction; two workers with one new booking agree on it."""

    def __init__(self, connection: Connection[Any], keys: Keys, spine: Spine) -> None:
        self.connection = connection
        self.keys = keys
        self.spine = spine

    def ids(self, bookings: Sequence[tuple[Booking, FlightRow]]) -> list[uuid.UUID]:
        """The ids of these bookings, in their order, by any of their locators; new ones are made.

        Each counts for those after it, as if they had come one by one.
        """
        wanted = [self._pairs(booking, flight) for booking, flight in bookings]
        tokens = sorted({pair[0] for pairs in wanted for pair in pairs})
        held = self._held(tokens)
        known = {pair for token, some in held.items() for pair in ((token, *s[:2]) for s in some)}
        ids, new = _assign(wanted, held)
        if new:
            self._make(bookings, wanted, new)
        self._add_locators(wanted, ids, new, known)
        if not new:
            return ids
        # Where another worker was faster with a locator, its booking is taken.
        settled, _ = _assign(wanted, self._held(tokens))
        lost = set(new.values()) - set(settled)
        if lost:
            self.connection.execute(
                "DELETE FROM travellers_booking WHERE organisation_id = %s AND id = ANY(%s)",
                [self.spine.organisation, sorted(lost)],
            )
        return settled

    def _pairs(self, booking: Booking, flight: FlightRow) -> list[Pair]:
        """Token, anchor date and whether it is a creation date, of each locator of a booking."""
        departures = [s.departure.date() for s in booking.segments if s.departure]
        first = min(departures, default=flight.departs_on)
        pairs = []
        for locator in booking.locators:
            created = locator.created or booking.created
            token = self.keys.token("locator", f"{locator.company or ''}|{locator.locator}")
            pairs.append((token, created.date() if created else first, created is not None))
        if not pairs:
            # A booking without a locator is known by its flight and its travellers.
            names = "|".join(
                f"{t.surname}/{t.given_names}/{t.reference}" for t in booking.travellers
            )
            pairs.append((self.keys.token("locator", f"{flight.id}|{names}"), first, False))
        return pairs

    def _held(self, tokens: list[bytes]) -> Known:
        """What is stored of these locators."""
        rows = self.connection.execute(
            "SELECT token, anchor, dated, booking_id FROM travellers_bookinglocator"
            " WHERE organisation_id = %s AND token = ANY(%s) ORDER BY booking_id",
            [self.spine.organisation, tokens],
        )
        held: Known = {}
        for token, anchor, dated, booking in rows:
            held.setdefault(bytes(token), []).append((anchor, dated, booking))
        return held

    def _make(
        self,
        bookings: Sequence[tuple[Booking, FlightRow]],
        wanted: Sequence[Sequence[Pair]],
        new: Mapping[int, uuid.UUID],
    ) -> None:
        rows = []
        for place, id_ in new.items():
            created = bookings[place][0].created
            first = wanted[place][0][1]
            rows.append((*self.spine.values(), id_, created.date() if created else None, first))
        columns = (*SPINE, "id", "created_on", "first_departure")
        copy_in(self.connection, "travellers_booking", columns, rows)

    def _add_locators(
        self,
        wanted: Sequence[Sequence[Pair]],
        ids: Sequence[uuid.UUID],
        new: Mapping[int, uuid.UUID],
        known: Set[Pair],
    ) -> None:
        rows = {
            pair: (self.spine.organisation, id_, *pair)
            for place, (pairs, id_) in enumerate(zip(wanted, ids, strict=True))
            if place in new or len(pairs) > 1
            for pair in pairs
            if pair not in known
        }
        merge_in(
            self.connection, "travellers_bookinglocator", LOCATOR, list(rows.values()), LOCATOR_KEY
        )


def _assign(
    wanted: Sequence[Sequence[Pair]], held: Known
) -> tuple[list[uuid.UUID], dict[int, uuid.UUID]]:
    """The booking of each, and by place those that are new; `held` learns what each brings."""
    ids: list[uuid.UUID] = []
    new: dict[int, uuid.UUID] = {}
    for place, pairs in enumerate(wanted):
        found = [
            id_
            for token, anchor, dated in pairs
            for other, also_dated, id_ in held.get(token, ())
            if (anchor == other if dated and also_dated else _near(anchor, other))
        ]
        if not found:
            new[place] = new_id()
        ids.append(min(found) if found else new[place])
        if not found or len(pairs) > 1:
            for token, anchor, dated in pairs:
                held.setdefault(token, []).append((anchor, dated, ids[-1]))
    return ids, new


def _near(one: dt.date, two: dt.date) -> bool:
    return abs((one - two).days) <= SAME_BOOKING_DAYS
