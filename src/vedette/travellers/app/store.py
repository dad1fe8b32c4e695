"""Writes the results of the pipeline to the tables of travellers.

A store is used in one transaction of one organisation, on a psycopg connection of the intake role.
"""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import msgspec
from psycopg import Connection
from psycopg.types.json import Jsonb, set_json_dumps, set_json_loads

from vedette.apps.columns import new_id
from vedette.apps.copying import copy_in, merge_in
from vedette.apps.hits.raising import Screened
from vedette.apps.profiles import draws
from vedette.apps.profiles.settling import settle
from vedette.apps.requests.corrections import corrected
from vedette.apps.subjects.rows import IDENTIFIER, SPINE, SUBJECT, Spine, lock
from vedette.core.codes import airport
from vedette.core.parties import Asked, Party
from vedette.core.records import day_of
from vedette.core.statements import latest, stamped
from vedette.keys.ring import Keys
from vedette.screening.reason import Reason
from vedette.travellers.app.history import history
from vedette.travellers.app.hits import favour_of, settle_absorbed
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
from vedette.travellers.kind import KIND
from vedette.travellers.manifest import FlightRow, Held, Manifest, Person
from vedette.travellers.records import Booking
from vedette.travellers.sendings import CLOSING, Part

if TYPE_CHECKING:
    # The web process imports this module. It must load neither the pipeline nor the code that compares names.
    from vedette.pipeline.screen import Batch

set_json_dumps(msgspec.json.encode)
set_json_loads(msgspec.json.decode)

#: If the creation date is missing, the same locator within this number of days is the same booking.
SAME_BOOKING_DAYS = 330

LOCATOR = ("organisation_id", "booking_id", "token", "anchor", "dated")
LOCATOR_KEY = ("organisation_id", "token", "anchor", "dated")

#: Token of a (company, locator) pair; its anchor date; whether the anchor date is a creation date.
Pair = tuple[bytes, dt.date, bool]
#: Token → for each stored locator with this token: anchor date, whether it is a creation date, and booking.
Known = dict[bytes, list[tuple[dt.date, bool, uuid.UUID]]]
#: The lane of the random control of travellers.
LANE = "physical"
#: Number of travellers that are read at a time when all stored travellers are screened by name.
CHUNK = 20_000
_FORGET_JOINED = (
    "DELETE FROM travellers_traveller t WHERE organisation_id = %s AND id = ANY(%s) AND booking_id IS NULL"
    " AND NOT EXISTS (SELECT FROM travellers_journey j WHERE j.traveller_id = t.id)"
)


class Store:
    """Stores travellers in PostgreSQL. The class `Store` implements `pipeline.screen.Storage`."""

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
        """Returns the stored flights of the given travellers."""
        rows = self.connection.execute(
            "SELECT DISTINCT group_id FROM subjects_subject WHERE organisation_id = %s AND id = ANY(%s)",
            [self.organisation, list(subjects)],
        )
        return flight_rows(self.connection, self.organisation, [id_ for (id_,) in rows])

    def hold(self, flights: Sequence[FlightRow]) -> dict[uuid.UUID, Held]:
        """Locks the given flights until the transaction ends, and returns their stored data."""
        if not flights:
            return {}
        lock(self.connection, [f.id for f in flights])
        rows = [flight_row_values(f, self.organisation) for f in flights]
        merge_in(self.connection, "travellers_flight", FLIGHT, rows, ["id"], update=FLIGHT_UPDATE)
        ids = [f.id for f in flights]
        units, persons = self._units(ids), self._persons(ids)
        bookings = self._booking_views(ids, persons)
        pushes, lists = self._parts(ids)
        # The stored rows are used, because an earlier message may have stated more about the flight.
        return {
            f.id: Held(
                row=f,
                manifest=Manifest(p for p in persons.get(f.id, ()) if not p.out_of_sight),
                masked=self._masked(persons.get(f.id, ())),
                unit=units[f.id],
                pushes=pushes.get(f.id, []),
                lists=lists.get(f.id, []),
                bookings=bookings.get(f.id, {}),
            )
            for f in flight_rows(self.connection, self.organisation, ids)
        }

    def bookings(self, bookings: Sequence[tuple[Booking, FlightRow]]) -> list[uuid.UUID]:
        """Returns the ids of the given bookings in the same order. New bookings are inserted into the table.
        If two workers insert the same new booking at the same time, the two workers get the same id.

        A booking is identified by any of its booking-level locators and its creation date. Each booking is
        also compared with the earlier bookings in `bookings`, so that the result is the same as if the
        bookings had been received one by one.
        """
        wanted = [self._pairs(booking, flight) for booking, flight in bookings]
        tokens = sorted({pair[0] for pairs in wanted for pair in pairs})
        held = self._locators(tokens)
        known = {pair for token, some in held.items() for pair in ((token, *s[:2]) for s in some)}
        ids, new = _assign(wanted, held)
        rows = []
        for place, id_ in new.items():
            created = bookings[place][0].created
            first = wanted[place][0][1]
            rows.append((*self.spine.values(), id_, day_of(created) if created else None, first))
        if rows:
            columns = (*SPINE, "id", "created_on", "first_departure")
            copy_in(self.connection, "travellers_booking", columns, rows)
        locators = {
            pair: (self.organisation, id_, *pair)
            for place, (pairs, id_) in enumerate(zip(wanted, ids, strict=True))
            if place in new or len(pairs) > 1
            for pair in pairs
            if pair not in known
        }
        merge_in(
            self.connection,
            "travellers_bookinglocator",
            LOCATOR,
            list(locators.values()),
            LOCATOR_KEY,
        )
        if not new:
            return ids
        # If another worker has inserted a locator meanwhile, the booking of that worker is used.
        settled, _ = _assign(wanted, self._locators(tokens))
        lost = set(new.values()) - set(settled)
        if lost:
            self.connection.execute(
                "DELETE FROM travellers_booking WHERE organisation_id = %s AND id = ANY(%s)",
                [self.organisation, sorted(lost)],
            )
        return settled

    def _pairs(self, booking: Booking, flight: FlightRow) -> list[Pair]:
        """Returns the keyed token of each locator of a booking, with its anchor date. The anchor date is the
        creation date or, without a creation date, the date of the first departure. Also returns whether the
        anchor date is the creation date."""
        departures = [day_of(s.departure) for s in booking.segments if s.departure]
        first = min(departures, default=flight.departs_on)
        pairs = []
        for locator in booking.locators:
            created = locator.created or booking.created
            token = self.keys.token("locator", f"{locator.company or ''}|{locator.locator}")
            pairs.append((token, day_of(created) if created else first, created is not None))
        if not pairs:
            # A booking without a locator is identified by its flight and its travellers.
            names = "|".join(
                f"{t.surname}/{t.given_names}/{t.reference}" for t in booking.travellers
            )
            pairs.append((self.keys.token("locator", f"{flight.id}|{names}"), first, False))
        return pairs

    def _locators(self, tokens: list[bytes]) -> Known:
        """Returns the stored locators with the given tokens."""
        rows = self.connection.execute(
            "SELECT token, anchor, dated, booking_id FROM travellers_bookinglocator"
            " WHERE organisation_id = %s AND token = ANY(%s) ORDER BY booking_id",
            [self.organisation, tokens],
        )
        held: Known = {}
        for token, anchor, dated, booking in rows:
            held.setdefault(bytes(token), []).append((anchor, dated, booking))
        return held

    def _units(self, flights: list[uuid.UUID]) -> dict[uuid.UUID, uuid.UUID | None]:
        """Returns the units of the organisation that are currently responsible for the given flights. If the
        unit of a flight has changed, updates the stored rows."""
        rows = self.connection.execute(
            "SELECT id, unit_id, vedette_unit_of(organisation_id, origin, destination)"
            " FROM travellers_flight WHERE organisation_id = %s AND id = ANY(%s)",
            [self.organisation, flights],
        ).fetchall()
        moved = [id_ for id_, before, now in rows if before != now]
        if moved:
            self.connection.execute("SELECT vedette_stamp_units(%s)", [moved])
        return {id_: now for id_, _, now in rows}

    def _persons(self, flights: list[uuid.UUID]) -> dict[uuid.UUID, list[Person]]:
        """Returns the persons of the given flights with their clear-text values. Masked persons have no
        clear-text values."""
        rows = self.connection.execute(
            "SELECT j.id, j.flight_id, j.traveller_id, j.booking_id, j.facts, j.present,"
            " j.retention_class, j.month, s.restricted, s.rectified, s.fingerprint, c.state"
            " FROM travellers_journey j JOIN subjects_subject s ON s.id = j.id"
            " LEFT JOIN travellers_journeyclear c ON c.journey_id = j.id"
            " AND c.retention_class = j.retention_class AND c.month = j.month"
            " WHERE j.organisation_id = %s AND j.flight_id = ANY(%s) ORDER BY j.id",
            [self.organisation, flights],
        ).fetchall()
        # The journeys in the vault. Only the partitions of the months of these flights are read.
        vault = self.connection.execute(
            "SELECT DISTINCT owner FROM retention_vault WHERE kind = 'journey' AND owner = ANY(%s)"
            " AND organisation_id = %s AND retention_class = ANY(%s) AND month = ANY(%s)",
            [
                [row[0] for row in rows],
                self.organisation,
                sorted({row[6] for row in rows}),
                sorted({row[7] for row in rows}),
            ],
        )
        sealed = {id_ for (id_,) in vault}
        found: dict[uuid.UUID, list[Person]] = {}
        for id_, flight, traveller, booking, facts, present, *about, state in rows:
            class_, month, restricted, rectified, fingerprint = about
            if state is None and id_ not in sealed:
                # The journey was joined with another one, or its values were deleted.
                continue
            row = {
                "retention_class": class_, "month": month, "restricted": restricted,
                "fingerprint": fingerprint,
            }  # fmt: skip
            person = Person(
                id_,
                traveller_id=traveller,
                booking_id=booking,
                views=state or {"api": {}, "pnr": {}},
                late=id_ in sealed,
                stored=True,
                facts=facts,
                here=present,
                row=row,
                corrected=(
                    corrected(self.connection, self.organisation, id_, class_, month)
                    if rectified
                    else {}
                ),
            )
            found.setdefault(flight, []).append(person)
        return found

    def _masked(self, persons: Sequence[Person]) -> dict[uuid.UUID | bytes, Person]:
        """Returns the masked persons. The keys are the traveller ids and the tokens that identify the persons
        (`Held.masked`)."""
        by_id = {person.id: person for person in persons if person.out_of_sight}
        if not by_id:
            return {}
        rows = self.connection.execute(
            "SELECT subject_id, token FROM subjects_identifier WHERE organisation_id = %s"
            " AND subject_id = ANY(%s) AND kind IN ('document', 'person') ORDER BY subject_id",
            [self.organisation, list(by_id)],
        )
        found: dict[uuid.UUID | bytes, Person] = {}
        for id_, token in rows:
            found.setdefault(bytes(token), by_id[id_])
        for person in by_id.values():
            if person.booking_id and person.traveller_id:
                found.setdefault(person.traveller_id, person)
        return found

    def _booking_views(
        self,
        flights: list[uuid.UUID],
        persons: Mapping[uuid.UUID, Sequence[Person]],
    ) -> dict[uuid.UUID, dict[uuid.UUID, Any]]:
        held = sorted({p.booking_id for group in persons.values() for p in group if p.booking_id})
        if not held:
            return {}
        rows = self.connection.execute(
            "SELECT flight_id, booking_id, state FROM travellers_bookingclear"
            " WHERE organisation_id = %s AND booking_id = ANY(%s) AND flight_id = ANY(%s)",
            [self.organisation, held, flights],
        )
        views: dict[uuid.UUID, dict[uuid.UUID, Any]] = {}
        for flight, booking, state in rows:
            views.setdefault(flight, {})[booking] = state
        return views

    def _parts(
        self, flights: list[uuid.UUID]
    ) -> tuple[dict[uuid.UUID, list[Part]], dict[uuid.UUID, list[Part]]]:
        """Returns the stored parts of the full pushes (complete transmissions of all bookings) and of the
        passenger lists of the given flights."""
        rows = self.connection.execute(
            "SELECT group_id, id, function, sub_function, sender, common_access_ref, interchange_ref,"
            " sequence, last, coalesce(prepared_at, received_at AT TIME ZONE 'UTC'),"
            " (counts->>'subjects')::int"
            " FROM inbox_message WHERE organisation_id = %s AND group_id = ANY(%s)"
            " AND (function = '22' OR (format = 'PAXLST' AND function IN ('passengers', '266')))",
            [self.organisation, flights],
        )
        pushes: dict[uuid.UUID, list[Part]] = {}
        lists: dict[uuid.UUID, list[Part]] = {}
        for flight, id_, function, sub, *sent in rows:
            sender, transfer, reference, number, last, at, people = sent
            (pushes if function == "22" else lists).setdefault(flight, []).append(
                Part(
                    sender=sender,
                    transfer=transfer or str(id_),
                    stamp=stamped(at, reference, number),
                    sequence=number,
                    last=last,
                    sub_function=sub,
                    people=people,
                )
            )
        return pushes, lists

    # --- writing ------------------------------------------------------------------------------

    def keep(self, held: Mapping[uuid.UUID, Held]) -> None:
        """Writes the bookings and persons of the batch (the files that are processed in one transaction)."""
        self._write_bookings(held)
        if held:
            self._write_persons(held)
            self._count(held)
        for hold in held.values():
            settle_absorbed(self.connection, self.organisation, hold)

    def history(
        self, subjects: Sequence[tuple[Held, Person]]
    ) -> Mapping[uuid.UUID, Mapping[str, object]]:
        """Returns the values of the function `history` for each given traveller. Journeys of the batch are
        counted too."""
        journeys = {person.id: person.booking_id for _, person in subjects}
        # If this store wrote no identifiers, no message was received. The identifiers are then read from the
        # database.
        return history(
            self.connection, self.organisation, journeys, self.now, self._identifying or None
        )

    def settle(self, batch: Batch, reasons: Mapping[uuid.UUID, Sequence[Reason]]) -> None:
        """Writes the hits with their reasons and with the values known at the time of screening, and the hits
        of profiles in shadow mode."""
        people: dict[uuid.UUID, tuple[Held, Person]] = {
            person.id: (hold, person) for hold, person in batch.subjects
        }
        settle(
            self.connection,
            self.spine,
            batch,
            [
                Screened(
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
                for hold, person in batch.subjects
            ],
            reasons,
            lambda cases: favour_of(
                self.connection, self.spine, [(*people[id_], some) for id_, some in cases]
            ),
        )

    def finish(self) -> None:
        """Selects new journeys for random control."""
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
        """Writes the changed persons of all flights of the batch. Each table is written only once for the
        whole batch."""
        changed = [(h, p) for h in held.values() for p in h.manifest.persons.values() if p.changed]
        if not changed:
            return
        new = [(h, p) for h, p in changed if not p.stored]
        old = [(h, p) for h, p in changed if p.stored]
        self._arrived = [(h.row.destination, p.id) for h, p in new]
        spine = self.spine.values()
        travellers = {p.traveller_id: (*spine, p.traveller_id, p.booking_id) for _, p in changed}
        merge_in(
            self.connection,
            "travellers_traveller",
            (*SPINE, "id", "booking_id"),
            list(travellers.values()),
            ["id"],
        )
        subjects = [(*spine, *subject_row(p, h, self.keys, self.now)) for h, p in new]
        copy_in(self.connection, "subjects_subject", SUBJECT, subjects)
        journeys = [(*spine, *journey_row(p, h)) for h, p in new]
        copy_in(self.connection, "travellers_journey", (*SPINE, *JOURNEY), journeys)
        clear = [
            clear_row(p, self.spine.retention_class, self.spine.month, self.organisation)
            for _, p in new
        ]
        copy_in(self.connection, "travellers_journeyclear", CLEAR, clear)
        self._update_persons(old)
        # A traveller of a passenger list has the id of his journey, until the booking is known.
        if joined := [p.id for _, p in old if p.traveller_id != p.id]:
            self.connection.execute(_FORGET_JOINED, [self.organisation, joined])
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
        if reduced := [p.id for _, p in old if p.reduced]:
            # Identifiers that now belong to another traveller.
            self.connection.execute(
                "DELETE FROM subjects_identifier WHERE organisation_id = %s AND subject_id = ANY(%s)",
                [self.organisation, reduced],
            )
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
            sources = [(bool(p.views["api"]), bool(p.views["pnr"])) for p in hold.subjects]
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


def flight_rows(
    connection: Connection[Any], organisation: uuid.UUID, ids: Sequence[uuid.UUID]
) -> list[FlightRow]:
    """Returns the stored flights with the given ids as rows. The method `Store.hold` uses these rows."""
    names = [name for name in FLIGHT if name != "organisation_id"]
    rows = connection.execute(
        f"SELECT {', '.join(names)} FROM travellers_flight"  # noqa: S608
        " WHERE organisation_id = %s AND id = ANY(%s) ORDER BY id",
        [organisation, list(ids)],
    )
    return [FlightRow(**dict(zip(names, row, strict=True))) for row in rows]


def due(connection: Connection[Any], organisation: uuid.UUID, now: dt.datetime) -> list[uuid.UUID]:
    """Returns the flights that have not landed, because their travellers may still need a decision. A flight
    without times is treated as landed two days after the day of departure."""
    rows = connection.execute(
        "SELECT id FROM travellers_flight WHERE organisation_id = %s AND"
        " coalesce(arrives_at, departs_at, departs_on::timestamptz + interval '2 days') > %s ORDER BY id",
        [organisation, now],
    )
    return [id_ for (id_,) in rows]


def in_clear(
    connection: Connection[Any], organisation: uuid.UUID, flights: Sequence[uuid.UUID]
) -> list[uuid.UUID]:
    """Returns the travellers of the given flights whose values are not masked."""
    rows = connection.execute(
        "SELECT j.id FROM travellers_journey j JOIN travellers_journeyclear c ON c.journey_id = j.id"
        " AND c.retention_class = j.retention_class AND c.month = j.month"
        " WHERE j.organisation_id = %s AND j.flight_id = ANY(%s)",
        [organisation, list(flights)],
    )
    return [id_ for (id_,) in rows]


def population(
    connection: Connection[Any], organisation: uuid.UUID
) -> Iterator[list[tuple[uuid.UUID, Asked]]]:
    """Yields all travellers whose values are not masked, `CHUNK` at a time. Each traveller has names, birth
    date (only the year if the day is unknown), sex and nationality."""
    with connection.cursor("population") as cursor:
        cursor.itersize = CHUNK
        cursor.execute(
            "SELECT journey_id, names, date_of_birth, left(birth_period, 4)::int, sex, nationality"
            " FROM travellers_journeyclear"
            " WHERE organisation_id = %s AND NOT restricted",
            [organisation],
        )
        while rows := cursor.fetchmany(CHUNK):
            yield [
                (
                    id_,
                    Asked(
                        parties=(
                            Party(
                                names=tuple(_pair(n) for n in names),
                                date_of_birth=born or year,
                                sex=sex,
                                nationality=nationality,
                            ),
                        )
                    ),
                )
                for id_, names, born, year, sex, nationality in rows
            ]


def _pair(name: str) -> tuple[str | None, str | None]:
    surname, _, given = name.partition("|")
    return surname or None, given or None


def _agency(views: Mapping[str, Any] | None) -> str | None:
    """Returns the agency that made a booking: its IATA number, or its office if there is no number."""
    agency = latest(views, "agency") if views else None
    return (agency.get("iata") or agency.get("office")) if agency else None


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
