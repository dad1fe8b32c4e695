"""Which booking is which: by any of its booking-level locators and its creation date."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Sequence
from typing import Any

from psycopg import Connection

from vedette.apps.columns import new_id
from vedette.apps.copying import copy_in, merge_in
from vedette.apps.intake.rows import SPINE, Spine
from vedette.keys import Keys
from vedette.pipeline import FlightRow
from vedette.records import Booking

#: Where no creation date is given, the same locator within this many days is the same booking.
SAME_BOOKING_DAYS = 330

LOCATOR = ("organisation_id", "booking_id", "token", "anchor", "dated")
LOCATOR_KEY = ("organisation_id", "token", "anchor", "dated")

#: Token of a (company, locator) pair, its anchor date, and whether that is a creation date.
Pair = tuple[bytes, dt.date, bool]


class Bookings:
    """Finds and makes bookings in one transaction; two workers with one new booking agree on it."""

    def __init__(self, connection: Connection[Any], keys: Keys, spine: Spine) -> None:
        self.connection = connection
        self.keys = keys
        self.spine = spine

    def ids(self, bookings: Sequence[tuple[Booking, FlightRow]]) -> list[uuid.UUID]:
        """The ids of these bookings, by any of their locators; new ones are made."""
        wanted = [self._pairs(booking, flight) for booking, flight in bookings]
        ids = self._resolve(wanted)
        new = [i for i, id_ in enumerate(ids) if id_ is None]
        if new:
            ids = self._make(bookings, wanted, ids, new)
        self._add_locators(wanted, ids)
        return [id_ for id_ in ids if id_ is not None]

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

    def _resolve(self, wanted: Sequence[Sequence[Pair]]) -> list[uuid.UUID | None]:
        tokens = sorted({pair[0] for pairs in wanted for pair in pairs})
        rows = self.connection.execute(
            "SELECT token, anchor, dated, booking_id FROM intake_bookinglocator"
            " WHERE organisation_id = %s AND token = ANY(%s) ORDER BY booking_id",
            [self.spine.organisation, tokens],
        )
        held: dict[bytes, list[tuple[dt.date, bool, uuid.UUID]]] = {}
        for token, anchor, dated, booking in rows:
            held.setdefault(bytes(token), []).append((anchor, dated, booking))
        found: list[uuid.UUID | None] = []
        for pairs in wanted:
            ids = [
                id_
                for token, anchor, dated in pairs
                for other, also_dated, id_ in held.get(token, ())
                if (anchor == other if dated and also_dated else _near(anchor, other))
            ]
            found.append(min(ids) if ids else None)
        return found

    def _make(
        self,
        bookings: Sequence[tuple[Booking, FlightRow]],
        wanted: Sequence[Sequence[Pair]],
        ids: list[uuid.UUID | None],
        new: Sequence[int],
    ) -> list[uuid.UUID | None]:
        """New bookings; where another worker was faster with a locator, its booking is taken."""
        made: dict[bytes, uuid.UUID] = {}
        rows, locators = [], []
        for i in new:
            first = wanted[i][0]
            if first[0] in made:
                continue
            made[first[0]] = id_ = new_id()
            created = bookings[i][0].created
            rows.append((*self.spine.values(), id_, created.date() if created else None, first[1]))
            locators.append((self.spine.organisation, id_, *first))
        columns = (*SPINE, "id", "created_on", "first_departure")
        copy_in(self.connection, "intake_booking", columns, rows)
        merge_in(self.connection, "intake_bookinglocator", LOCATOR, locators, LOCATOR_KEY)
        resolved = self._resolve(wanted)
        lost = [id_ for id_ in made.values() if id_ not in set(resolved)]
        if lost:
            self.connection.execute("DELETE FROM intake_booking WHERE id = ANY(%s)", [lost])
        return resolved

    def _add_locators(
        self,
        wanted: Sequence[Sequence[Pair]],
        ids: Sequence[uuid.UUID | None],
    ) -> None:
        rows = {
            pair: (self.spine.organisation, id_, *pair)
            for pairs, id_ in zip(wanted, ids, strict=True)
            if len(pairs) > 1
            for pair in pairs
        }
        merge_in(
            self.connection, "intake_bookinglocator", LOCATOR, list(rows.values()), LOCATOR_KEY
        )


def _near(one: dt.date, two: dt.date) -> bool:
    return abs((one - two).days) <= SAME_BOOKING_DAYS
