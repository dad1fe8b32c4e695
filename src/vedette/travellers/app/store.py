"""The store of travellers. The store writes the results of the pipeline to the tables of
travellers.

A store is used in one transaction of one organisation, on a psycopg connection of the intake role.
"""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import msgspec
from psycopg import Connection
from psycopg.types.json import Jsonb, set_json_dumps, set_json_loads

from vedette.apps.columns import new_id
from vedette.apps.copying import copy_in, merge_in
from vedette.apps.hits.hit_rows import Screened
from vedette.apps.profiles import draws
from vedette.apps.profiles.settling import settle
from vedette.apps.subjects.rows import IDENTIFIER, SPINE, SUBJECT, Spine, lock
from vedette.core.airports import airport
from vedette.core.statements import latest
from vedette.keys.ring import Keys
from vedette.screening.reason import Reason
from vedette.travellers.app import holding
from vedette.travellers.app.absorbing import settle_absorbed
from vedette.travellers.app.bookings import Bookings
from vedette.travellers.app.favour import favour_of
from vedette.travellers.app.history import history
from vedette.travellers.app.reporting import LANE
from vedette.travellers.app.rows import (
    BOOKING_CLEAR,
    CLEAR,
    FLIGHT,
    FLIGHT_UPDATE,
    JOURNEY,
    clear_row,
    fingerprint,
    flight_row_values,
    identifiers,
    journey_row,
    subject_row,
)
from vedette.travellers.app.tables import TABLES
from vedette.travellers.held import FlightRow, Held
from vedette.travellers.kind import KIND
from vedette.travellers.manifest import Manifest, Person
from vedette.travellers.records import Booking
from vedette.travellers.sendings import CLOSING

if TYPE_CHECKING:
    # The web process imports this module. It must load neither the pipeline nor the code that compares names.
    from vedette.pipeline.screen import Batch

set_json_dumps(msgspec.json.encode)
set_json_loads(msgspec.json.decode)


_FORGET_JOINED = (
    "DELETE FROM travellers_traveller t WHERE organisation_id = %s AND id = ANY(%s) AND booking_id IS NULL"
    " AND NOT EXISTS (SELECT FROM travellers_journey j WHERE j.traveller_id = t.id)"
)


class Store:
    """The `pipeline.storage.Storage` of travellers in PostgreSQL."""

    def __init__(
        self, connection: Connection[Any], keys: Keys, organisation: uuid.UUID, now: dt.datetime
    ) -> None:
        self.connection = connection
        self.keys = keys
        self.organisation = organisation
        self.now = now
        #: Identifiers of those journeys whose identifiers this store wrote.
        self._identifying: dict[uuid.UUID, list[tuple[str, bytes]]] = {}
        #: New journeys: (airport of landing, journey).
        self._arrived: list[tuple[str, uuid.UUID]] = []
        self.spine = Spine(
            organisation=organisation,
            theme=KIND.themes[0],
            retention_class=TABLES.retention_class,
            month=now.date().replace(day=1),
            received_at=now,
        )

    def token(self, kind: str, value: str) -> bytes:
        """Returns the keyed token of an identifying value."""
        return self.keys.token(kind, value)

    def new_id(self) -> uuid.UUID:
        """Returns a new id. Ids are ordered by time."""
        return new_id()

    # --- flights ------------------------------------------------------------------------------

    def groups(self, subjects: Sequence[uuid.UUID]) -> Sequence[FlightRow]:
        """Returns the stored flights of these travellers."""
        rows = self.connection.execute(
            "SELECT DISTINCT group_id FROM subjects_subject WHERE organisation_id = %s AND id = ANY(%s)",
            [self.organisation, list(subjects)],
        )
        return holding.flight_rows(self.connection, self.organisation, [id_ for (id_,) in rows])

    def hold(self, flights: Sequence[FlightRow]) -> dict[uuid.UUID, Held]:
        """Locks these flights until the transaction ends, and returns their stored data."""
        if not flights:
            return {}
        lock(self.connection, [f.id for f in flights])
        rows = [flight_row_values(f, self.organisation) for f in flights]
        merge_in(self.connection, "travellers_flight", FLIGHT, rows, ["id"], update=FLIGHT_UPDATE)
        ids = [f.id for f in flights]
        stored = self.connection, self.organisation
        units = holding.units(*stored, ids)
        persons = holding.persons(*stored, ids)
        bookings = holding.booking_views(*stored, ids, persons)
        pushes, lists = holding.parts(*stored, ids)
        # The stored rows are used, because an earlier message may have stated more about the flight.
        return {
            f.id: Held(
                row=f,
                manifest=Manifest(p for p in persons.get(f.id, ()) if not p.out_of_sight),
                masked=holding.masked(*stored, persons.get(f.id, ())),
                unit=units[f.id],
                pushes=pushes.get(f.id, []),
                lists=lists.get(f.id, []),
                bookings=bookings.get(f.id, {}),
            )
            for f in holding.flight_rows(*stored, ids)
        }

    def bookings(self, bookings: Sequence[tuple[Booking, FlightRow]]) -> list[uuid.UUID]:
        """Returns the ids of these bookings. Inserts the new bookings (`Bookings.ids`)."""
        return Bookings(self.connection, self.keys, self.spine).ids(bookings)

    # --- writing ------------------------------------------------------------------------------

    def keep(self, held: Mapping[uuid.UUID, Held]) -> None:
        """Writes the bookings and persons of the frame."""
        self._write_bookings(held)
        if held:
            self._write_persons(held)
            self._count(held)
        for hold in held.values():
            settle_absorbed(self.connection, self.organisation, hold)

    def history(
        self, subjects: Sequence[tuple[Held, Person]]
    ) -> Mapping[uuid.UUID, Mapping[str, object]]:
        """Returns the values of `history` for each of these travellers. Journeys of the frame are counted
        too."""
        journeys = {person.id: person.booking_id for _, person in subjects}
        # If this store wrote no identifiers, no message was received. The identifiers are then read from the
        # database.
        return history(
            self.connection, self.organisation, journeys, self.now, self._identifying or None
        )

    def settle(self, batch: Batch, reasons: Mapping[uuid.UUID, Sequence[Reason]]) -> None:
        """Writes hits with their reasons, the values known at this time, and the hits of profiles in shadow
        mode."""
        people: dict[uuid.UUID, tuple[Held, Person]] = {
            person.id: (hold, person) for hold, person in batch.subjects
        }
        settle(
            self.connection,
            self.spine,
            batch,
            [self._screened(hold, person) for hold, person in batch.subjects],
            reasons,
            lambda cases: favour_of(
                self.connection, self.spine, [(*people[id_], some) for id_, some in cases]
            ),
        )

    def _screened(self, hold: Held, person: Person) -> Screened:
        return Screened(
            id=person.id,
            group_id=hold.row.id,
            unit=hold.unit,
            due_at=KIND.due_at(hold),
            retention_class=person.row.get("retention_class", self.spine.retention_class),
            month=person.row.get("month", self.spine.month),
            fingerprint=fingerprint(person, self.keys),
            stored=person.stored,
            partly=person.late,
        )

    def finish(self) -> None:
        """Draws random controls among the new journeys."""
        arrivals = [
            (place.country, id_)
            for destination, id_ in self._arrived
            if (place := airport(destination)) is not None
        ]
        draws.draw_arrivals(self.connection, self.keys, self.organisation, LANE, arrivals, self.now)

    def _write_bookings(self, held: Mapping[uuid.UUID, Held]) -> None:
        rows = [
            (
                id_,
                flight,
                self.spine.retention_class,
                self.spine.month,
                self.organisation,
                Jsonb(h.bookings[id_]),
            )
            for flight, h in held.items()
            for id_ in sorted(h.changed_bookings)
        ]
        merge_in(
            self.connection,
            "travellers_bookingclear",
            BOOKING_CLEAR,
            rows,
            BOOKING_CLEAR[:4],
            update=["state"],
        )
        hidden = {p.booking_id for h in held.values() for p in h.manifest.persons.values()
                  if p.row.get("restricted") and p.booking_id in h.changed_bookings}  # fmt: skip
        if hidden:
            self.connection.execute(
                "UPDATE travellers_bookingclear SET restricted = true WHERE organisation_id = %s"
                " AND booking_id = ANY(%s) AND flight_id = ANY(%s)",
                [self.organisation, sorted(hidden), sorted(held)],
            )

    def _write_persons(self, held: Mapping[uuid.UUID, Held]) -> None:
        """Writes the changed persons of all flights of the frame. Each table is written only once for the
        whole frame."""
        changed = [(h, p) for h in held.values() for p in h.manifest.persons.values() if p.changed]
        if not changed:
            return
        new = [(h, p) for h, p in changed if not p.stored]
        old = [(h, p) for h, p in changed if p.stored]
        self._arrived = [(h.row.destination, p.id) for h, p in new]
        spine = self.spine.values()
        travellers = {p.traveller_id: (*spine, p.traveller_id, p.booking_id) for _, p in changed}
        columns = (*SPINE, "id", "booking_id")
        rows = list(travellers.values())
        merge_in(self.connection, "travellers_traveller", columns, rows, ["id"])
        subjects = [(*spine, *subject_row(p, h, self.keys, self.now)) for h, p in new]
        copy_in(self.connection, "subjects_subject", SUBJECT, subjects)
        journeys = [(*spine, *journey_row(p, h)) for h, p in new]
        copy_in(self.connection, "travellers_journey", (*SPINE, *JOURNEY), journeys)
        class_, month = self.spine.retention_class, self.spine.month
        clear = [clear_row(p, class_, month, self.organisation) for _, p in new]
        copy_in(self.connection, "travellers_journeyclear", CLEAR, clear)
        self._update_persons(old)
        # A traveller of a passenger list has the id of his journey, until the booking is known.
        if joined := [p.id for _, p in old if p.traveller_id != p.id]:
            self.connection.execute(_FORGET_JOINED, [self.organisation, joined])
        self._write_identifiers(held, new, old)

    def _write_identifiers(
        self,
        held: Mapping[uuid.UUID, Held],
        new: Sequence[tuple[Held, Person]],
        old: Sequence[tuple[Held, Person]],
    ) -> None:
        agencies = {
            (flight, id_): _agency(h.bookings[id_])
            for flight, h in held.items()
            for id_ in h.bookings
        }
        self._identifying = {
            p.id: list(identifiers(p, self.keys, agencies.get((h.row.id, p.booking_id or p.id))))
            for h, p in (*new, *old)
        }
        first, again = (
            [
                (self.organisation, p.id, kind, token, self.now)
                for _, p in some
                for kind, token in self._identifying[p.id]
            ]
            for some in (new, old)
        )
        copy_in(self.connection, "subjects_identifier", IDENTIFIER, first)
        merge_in(self.connection, "subjects_identifier", IDENTIFIER, again, IDENTIFIER[1:4])

    def _update_persons(self, old: Sequence[tuple[Held, Person]]) -> None:
        whole = [(h, p) for h, p in old if not p.late]
        spine = self.spine.values()
        subjects = [(*spine, *subject_row(p, h, self.keys, self.now)) for h, p in whole]
        merge_in(self.connection, "subjects_subject", SUBJECT, subjects, ["id"], update=SUBJECT[8:])
        rows = [(*spine, *journey_row(p, h)) for h, p in whole]
        merge_in(
            self.connection,
            "travellers_journey",
            (*SPINE, *JOURNEY),
            rows,
            ["id"],
            update=JOURNEY[1:],
        )
        clear = [
            clear_row(p, p.row["retention_class"], p.row["month"], self.organisation)
            for _, p in old
        ]
        merge_in(
            self.connection, "travellers_journeyclear", CLEAR, clear, CLEAR[:3], update=CLEAR[4:]
        )
        self._update_late([p for _, p in old if p.late])

    def _update_late(self, late: Sequence[Person]) -> None:
        """Updates masked persons: adds the source and keeps the other values. A restriction stays
        in force."""
        for person in late:
            self.connection.execute(
                "UPDATE travellers_journey SET in_api = in_api OR %s, in_pnr = in_pnr OR %s"
                " WHERE organisation_id = %s AND id = %s",
                [
                    bool(person.views["api"]),
                    bool(person.views["pnr"]),
                    self.organisation,
                    person.id,
                ],
            )
        if late:
            self.connection.execute(
                "UPDATE subjects_subject SET screened_at = %s WHERE organisation_id = %s"
                " AND id = ANY(%s)",
                [self.now, self.organisation, sorted(person.id for person in late)],
            )
        hidden = [person.id for person in late if person.row["restricted"]]
        if hidden:
            self.connection.execute(
                "UPDATE travellers_journeyclear SET restricted = true WHERE organisation_id = %s"
                " AND journey_id = ANY(%s)",
                [self.organisation, hidden],
            )

    def _count(self, held: Mapping[uuid.UUID, Held]) -> None:
        """Updates the flights with the numbers of travellers by source and the times of receipt."""
        counts = []
        for flight, hold in held.items():
            persons = hold.manifest.persons.values()
            sources = [(bool(p.views["api"]), bool(p.views["pnr"])) for p in persons]
            api, pnr = sum(a for a, _ in sources), sum(b for _, b in sources)
            counts.append((flight, api, pnr, sum(a and b for a, b in sources)))
        ids, api_, pnr_, both = (list(column) for column in zip(*counts, strict=True))
        self.connection.execute(
            "UPDATE travellers_flight f SET api_count = n.api, pnr_count = n.pnr, joined_count = n.both_,"
            " api_at = n.closed_at, pnr_at = n.pnr_at FROM (SELECT c.*, came.*"
            " FROM unnest(%s::uuid[], %s::int[], %s::int[], %s::int[]) c (id, api, pnr, both_)"
            " LEFT JOIN LATERAL (SELECT max(received_at) FILTER (WHERE format LIKE 'PNR%%') AS pnr_at,"
            " coalesce(max(received_at) FILTER (WHERE sub_function = ANY(%s)),"
            " max(received_at) FILTER (WHERE format = 'PAXLST' AND function <> 'crew')) AS closed_at"
            " FROM inbox_message WHERE organisation_id = %s AND group_id = c.id) came ON true) n"
            " WHERE f.organisation_id = %s AND f.id = n.id",
            [ids, api_, pnr_, both, sorted(CLOSING), self.organisation, self.organisation],
        )


def _agency(views: Mapping[str, Any] | None) -> str | None:
    """Returns the agency that made a booking: its IATA number, or its office if there is no number."""
    agency = latest(views, "agency") if views else None
    return (agency.get("iata") or agency.get("office")) if agency else None
