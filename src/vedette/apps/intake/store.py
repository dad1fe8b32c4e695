"""Records to tables, in one place: what `pipeline.process` leaves is copied in here.

One store serves one transaction of one organisation, on a raw psycopg connection of the intake role.
"""

from __future__ import annotations

import datetime as dt
import uuid
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

import msgspec
from psycopg import Connection
from psycopg.types.json import Jsonb, set_json_dumps, set_json_loads

from vedette.apps.columns import new_id
from vedette.apps.copying import copy_in, merge_in
from vedette.apps.intake.bookings import Bookings
from vedette.apps.intake.rows import (
    BOOKING_CLEAR,
    CLEAR,
    FLIGHT,
    FLIGHT_UPDATE,
    IDENTIFIER,
    JOURNEY,
    MESSAGE,
    SPINE,
    Spine,
    clear_row,
    fingerprint,
    flight_row_values,
    identifiers,
    journey_row,
    message_row,
)
from vedette.apps.targeting.absorbing import settle_absorbed
from vedette.apps.targeting.raising import raise_hits
from vedette.joining import Manifest, Person
from vedette.keys import Keys
from vedette.pipeline import Failure, FlightRow, Held, Read
from vedette.records import Booking
from vedette.screening.knowledge import Found, Knowledge
from vedette.state import Part

set_json_dumps(msgspec.json.encode)
set_json_loads(msgspec.json.decode)


class Store:
    """The `Storage` of the pipeline over PostgreSQL."""

    def __init__(
        self, connection: Connection[Any], keys: Keys, organisation: uuid.UUID, now: dt.datetime
    ) -> None:
        self.connection = connection
        self.keys = keys
        self.organisation = organisation
        self.now = now
        self.spine = Spine(
            organisation=organisation, month=now.date().replace(day=1), received_at=now
        )

    def token(self, kind: str, value: str) -> bytes:
        """The keyed token of an identifying value."""
        return self.keys.token(kind, value)

    def new_id(self) -> uuid.UUID:
        """A new time-ordered id."""
        return new_id()

    def known(self, tokens: Sequence[bytes]) -> set[bytes]:
        """Which message tokens are stored already."""
        rows = self.connection.execute(
            "SELECT token FROM intake_message WHERE organisation_id = %s AND token = ANY(%s)"
            " AND resend_of_id IS NULL",
            [self.organisation, list(tokens)],
        )
        return {bytes(token) for (token,) in rows}

    # --- flights ------------------------------------------------------------------------------

    def hold(self, flights: Sequence[FlightRow]) -> dict[uuid.UUID, Held]:
        """Locks these flights until the transaction ends, and loads what is known of them."""
        if not flights:
            return {}
        locks = sorted(int.from_bytes(f.id.bytes[:8], "big", signed=True) for f in flights)
        self.connection.execute(
            "SELECT pg_advisory_xact_lock(l) FROM unnest(%s::bigint[]) l", [locks]
        )
        rows = [flight_row_values(f, self.organisation) for f in flights]
        merge_in(self.connection, "intake_flight", FLIGHT, rows, ["id"], update=FLIGHT_UPDATE)
        ids = [f.id for f in flights]
        persons = self._persons(ids)
        bookings = self._booking_views(ids, persons)
        parts, known = self._parts(ids)
        return {
            f.id: Held(
                row=f,
                manifest=Manifest(persons.get(f.id, ())),
                parts=parts.get(f.id, []),
                api_known=("api", f.id) in known,
                pnr_known=("pnr", f.id) in known,
                bookings=bookings.get(f.id, {}),
            )
            for f in flights
        }

    def _persons(self, flights: list[uuid.UUID]) -> dict[uuid.UUID, list[Person]]:
        rows = self.connection.execute(
            "SELECT j.id, j.flight_id, j.traveller_id, j.booking_id, j.facts, j.present,"
            " j.retention_class, j.month, c.state FROM intake_journey j JOIN intake_journeyclear c"
            " ON c.journey_id = j.id AND c.retention_class = j.retention_class AND c.month = j.month"
            " WHERE j.flight_id = ANY(%s) ORDER BY j.id",
            [flights],
        )
        found: dict[uuid.UUID, list[Person]] = {}
        for id_, flight, traveller, booking, facts, present, class_, month, state in rows:
            person = Person(
                id_,
                traveller_id=traveller,
                booking_id=booking,
                views=state,
                stored=True,
                facts=facts,
                here=present,
                row={"retention_class": class_, "month": month},
            )
            found.setdefault(flight, []).append(person)
        return found

    def _booking_views(
        self, flights: list[uuid.UUID], persons: Mapping[uuid.UUID, Sequence[Person]]
    ) -> dict[uuid.UUID, dict[uuid.UUID, Any]]:
        held = sorted({p.booking_id for group in persons.values() for p in group if p.booking_id})
        if not held:
            return {}
        rows = self.connection.execute(
            "SELECT flight_id, booking_id, state FROM intake_bookingclear"
            " WHERE booking_id = ANY(%s) AND flight_id = ANY(%s)",
            [held, flights],
        )
        views: dict[uuid.UUID, dict[uuid.UUID, Any]] = {}
        for flight, booking, state in rows:
            views.setdefault(flight, {})[booking] = state
        return views

    def _parts(
        self, flights: list[uuid.UUID]
    ) -> tuple[dict[uuid.UUID, list[Part]], set[tuple[str, uuid.UUID]]]:
        rows = self.connection.execute(
            "SELECT flight_id, id, function, sender, common_access_ref, interchange_ref, sequence,"
            " last, coalesce(prepared_at, received_at AT TIME ZONE 'UTC'), booking_count"
            " FROM intake_message WHERE flight_id = ANY(%s)",
            [flights],
        )
        parts: dict[uuid.UUID, list[Part]] = {}
        known: set[tuple[str, uuid.UUID]] = set()
        for flight, id_, function, sender, transfer, reference, number, last, at, booked in rows:
            known.add(("pnr" if booked else "api", flight))
            if function == "22":
                parts.setdefault(flight, []).append(
                    Part(
                        sender=sender,
                        transfer=transfer or str(id_),
                        stamp=[at.isoformat(), reference, number or 0],
                        sequence=number,
                        last=last,
                    )
                )
        return parts, known

    def bookings(self, bookings: Sequence[tuple[Booking, FlightRow]]) -> list[uuid.UUID]:
        """The ids of these bookings, by any of their locators; new ones are made."""
        return Bookings(self.connection, self.keys, self.spine).ids(bookings)

    # --- writing ------------------------------------------------------------------------------

    def write(
        self,
        reads: Sequence[Read],
        failures: Sequence[Failure],
        held: Mapping[uuid.UUID, Held],
        found: Mapping[uuid.UUID, Sequence[Found]],
        knowledge: Knowledge,
    ) -> None:
        """Everything of the frame, in the transaction that lets the bytes go."""
        self._write_messages(reads)
        self._write_bookings(held)
        for hold in held.values():
            self._write_persons(hold)
            self._count(hold)
        for hold in held.values():
            settle_absorbed(self.connection, hold)
        marks = {
            p.id: fingerprint(p, self.keys)
            for hold in held.values()
            for p in hold.manifest.persons.values()
            if p.id in found
        }
        raise_hits(self.connection, self.spine, held, found, marks, knowledge)
        self._finish(reads, failures)

    def _write_messages(self, reads: Sequence[Read]) -> None:
        first = {r.token: r.id for r in reads if not r.resend}
        unknown = [r.token for r in reads if r.resend and r.token not in first]
        if unknown:
            rows = self.connection.execute(
                "SELECT token, id FROM intake_message WHERE organisation_id = %s"
                " AND token = ANY(%s) AND resend_of_id IS NULL",
                [self.organisation, unknown],
            )
            first.update({bytes(token): id_ for token, id_ in rows})
        ordered = sorted(reads, key=lambda r: r.resend)
        copy_in(
            self.connection,
            "intake_message",
            MESSAGE,
            [
                message_row(r, self.organisation, first[r.token] if r.resend else None)
                for r in ordered
            ],
        )
        dropped: Counter[tuple[str, str]] = Counter()
        for read in reads:
            carrier = read.flight.carrier if read.flight else ""
            for text in read.message.dropped if not read.resend else ():
                dropped[carrier, text.kind] += text.count
        for (carrier, kind), count in sorted(dropped.items()):
            self.connection.execute(
                "INSERT INTO intake_droppedcount (organisation_id, carrier, day, kind, count)"
                " VALUES (%s, %s, %s, %s, %s) ON CONFLICT (organisation_id, carrier, day, kind)"
                " DO UPDATE SET count = intake_droppedcount.count + EXCLUDED.count",
                [self.organisation, carrier, self.now.date(), kind, count],
            )

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
            "intake_bookingclear",
            BOOKING_CLEAR,
            rows,
            BOOKING_CLEAR[:4],
            update=["state"],
        )

    def _write_persons(self, hold: Held) -> None:
        changed = [p for p in hold.manifest.persons.values() if p.changed]
        new = [p for p in changed if not p.stored]
        old = [p for p in changed if p.stored]
        if not changed:
            return
        travellers = {
            p.traveller_id: (*self.spine.values(), p.traveller_id, p.booking_id) for p in changed
        }
        merge_in(
            self.connection,
            "intake_traveller",
            (*SPINE, "id", "booking_id"),
            list(travellers.values()),
            ["id"],
        )
        columns = (*SPINE, *JOURNEY)
        copy_in(
            self.connection,
            "intake_journey",
            columns,
            [(*self.spine.values(), *journey_row(p, hold, self.keys, self.now)) for p in new],
        )
        copy_in(
            self.connection,
            "intake_journeyclear",
            CLEAR,
            [
                clear_row(p, self.spine.retention_class, self.spine.month, self.organisation)
                for p in new
            ],
        )
        self._update_persons(hold, old)
        tokens = [
            (self.organisation, p.id, kind, token)
            for p in changed
            for kind, token in identifiers(p, self.keys)
        ]
        if old:
            merge_in(self.connection, "intake_identifier", IDENTIFIER, tokens, IDENTIFIER[1:])
        else:
            copy_in(self.connection, "intake_identifier", IDENTIFIER, tokens)

    def _update_persons(self, hold: Held, old: Sequence[Person]) -> None:
        rows = [(*self.spine.values(), *journey_row(p, hold, self.keys, self.now)) for p in old]
        merge_in(
            self.connection, "intake_journey", (*SPINE, *JOURNEY), rows, ["id"], update=JOURNEY[1:]
        )
        clear = [
            clear_row(p, p.row["retention_class"], p.row["month"], self.organisation) for p in old
        ]
        merge_in(self.connection, "intake_journeyclear", CLEAR, clear, CLEAR[:3], update=CLEAR[4:])

    def _count(self, hold: Held) -> None:
        persons = list(hold.manifest.persons.values())
        in_api = sum(1 for p in persons if p.views["api"])
        in_pnr = sum(1 for p in persons if p.views["pnr"])
        both = sum(1 for p in persons if p.views["api"] and p.views["pnr"])
        self.connection.execute(
            "UPDATE intake_flight SET api_count = %s, pnr_count = %s, joined_count = %s,"
            " api_at = CASE WHEN %s THEN %s ELSE api_at END,"
            " pnr_at = CASE WHEN %s THEN %s ELSE pnr_at END WHERE id = %s",
            [in_api, in_pnr, both, hold.api_known, self.now, hold.pnr_known, self.now, hold.row.id],
        )

    def _finish(self, reads: Sequence[Read], failures: Sequence[Failure]) -> None:
        """The bytes go in the transaction that stores the records; what failed keeps them 72 hours."""
        by_file: dict[uuid.UUID, list[bool]] = {}
        for read in reads:
            by_file.setdefault(read.received.id, []).append(read.resend)
        done = [id_ for id_, resends in by_file.items() if not all(resends)]
        resent = [id_ for id_, resends in by_file.items() if all(resends)]
        for state, ids in (("done", done), ("duplicate", resent)):
            if ids:
                self.connection.execute(
                    "UPDATE intake_inbox SET state = %s, sealed = NULL, finished_at = %s, failure = NULL"
                    " WHERE id = ANY(%s)",
                    [state, self.now, ids],
                )
        for failure in failures:
            self.connection.execute(
                "UPDATE intake_inbox SET state = 'failed', finished_at = %s, failure = %s WHERE id = %s",
                [
                    self.now,
                    Jsonb({"reason": failure.reason, "offset": failure.offset}),
                    failure.received.id,
                ],
            )


def flight_rows(connection: Connection[Any], ids: Sequence[uuid.UUID]) -> list[FlightRow]:
    """Stored flights as rows, for holding them again."""
    names = [name for name in FLIGHT if name != "organisation_id"]
    rows = connection.execute(
        f"SELECT {', '.join(names)} FROM intake_flight WHERE id = ANY(%s) ORDER BY id",  # noqa: S608
        [list(ids)],
    )
    return [FlightRow(**dict(zip(names, row, strict=True))) for row in rows]
