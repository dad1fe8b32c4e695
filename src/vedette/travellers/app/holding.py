"""Loads the stored data of flights while they are locked (persons, bookings, messages, units). Finds the
flights and travellers to be screened again."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from psycopg import Connection

from vedette.apps.requests.corrections import corrected
from vedette.core.asked import Asked, Party
from vedette.core.statements import stamped
from vedette.travellers.app.rows import FLIGHT
from vedette.travellers.manifest import FlightRow, Person
from vedette.travellers.sendings import Part

#: Number of travellers that are read at a time when all stored travellers are screened by name.
CHUNK = 20_000


def units(
    connection: Connection[Any], organisation: uuid.UUID, flights: list[uuid.UUID]
) -> dict[uuid.UUID, uuid.UUID | None]:
    """Returns the units that serve these flights now. If the unit of a flight has changed, updates the stored
    rows."""
    rows = connection.execute(
        "SELECT id, unit_id, vedette_unit_of(organisation_id, origin, destination)"
        " FROM travellers_flight WHERE organisation_id = %s AND id = ANY(%s)",
        [organisation, flights],
    ).fetchall()
    moved = [id_ for id_, before, now in rows if before != now]
    if moved:
        connection.execute("SELECT vedette_stamp_units(%s)", [moved])
    return {id_: now for id_, _, now in rows}


def persons(
    connection: Connection[Any], organisation: uuid.UUID, flights: list[uuid.UUID]
) -> dict[uuid.UUID, list[Person]]:
    """Returns the persons of these flights with their clear values. Masked persons have no clear values."""
    rows = connection.execute(
        "SELECT j.id, j.flight_id, j.traveller_id, j.booking_id, j.facts, j.present,"
        " j.retention_class, j.month, s.restricted, s.rectified, s.fingerprint, c.state"
        " FROM travellers_journey j JOIN subjects_subject s ON s.id = j.id"
        " LEFT JOIN travellers_journeyclear c ON c.journey_id = j.id"
        " AND c.retention_class = j.retention_class AND c.month = j.month"
        " WHERE j.organisation_id = %s AND j.flight_id = ANY(%s) ORDER BY j.id",
        [organisation, flights],
    ).fetchall()
    sealed = _sealed(connection, organisation, rows)
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
            corrected=corrected(connection, organisation, id_, class_, month) if rectified else {},
        )
        found.setdefault(flight, []).append(person)
    return found


def _sealed(
    connection: Connection[Any], organisation: uuid.UUID, journeys: Sequence[tuple[Any, ...]]
) -> set[uuid.UUID]:
    """Returns the ids of the rows of `persons` that are in the vault. Reads only the partitions of the months
    of these flights."""
    rows = connection.execute(
        "SELECT DISTINCT owner FROM retention_vault WHERE kind = 'journey' AND owner = ANY(%s)"
        " AND organisation_id = %s AND retention_class = ANY(%s) AND month = ANY(%s)",
        [
            [row[0] for row in journeys],
            organisation,
            sorted({row[6] for row in journeys}),
            sorted({row[7] for row in journeys}),
        ],
    )
    return {id_ for (id_,) in rows}


def masked(
    connection: Connection[Any], organisation: uuid.UUID, persons: Sequence[Person]
) -> dict[uuid.UUID | bytes, Person]:
    """Returns the masked persons. The keys are the traveller ids and the tokens that identify the persons
    (`Held.masked`)."""
    by_id = {person.id: person for person in persons if person.out_of_sight}
    if not by_id:
        return {}
    rows = connection.execute(
        "SELECT subject_id, token FROM subjects_identifier WHERE organisation_id = %s"
        " AND subject_id = ANY(%s) AND kind IN ('document', 'person') ORDER BY subject_id",
        [organisation, list(by_id)],
    )
    found: dict[uuid.UUID | bytes, Person] = {}
    for id_, token in rows:
        found.setdefault(bytes(token), by_id[id_])
    for person in by_id.values():
        if person.booking_id and person.traveller_id:
            found.setdefault(person.traveller_id, person)
    return found


def booking_views(
    connection: Connection[Any],
    organisation: uuid.UUID,
    flights: list[uuid.UUID],
    persons: Mapping[uuid.UUID, Sequence[Person]],
) -> dict[uuid.UUID, dict[uuid.UUID, Any]]:
    held = sorted({p.booking_id for group in persons.values() for p in group if p.booking_id})
    if not held:
        return {}
    rows = connection.execute(
        "SELECT flight_id, booking_id, state FROM travellers_bookingclear"
        " WHERE organisation_id = %s AND booking_id = ANY(%s) AND flight_id = ANY(%s)",
        [organisation, held, flights],
    )
    views: dict[uuid.UUID, dict[uuid.UUID, Any]] = {}
    for flight, booking, state in rows:
        views.setdefault(flight, {})[booking] = state
    return views


def parts(
    connection: Connection[Any], organisation: uuid.UUID, flights: list[uuid.UUID]
) -> tuple[dict[uuid.UUID, list[Part]], dict[uuid.UUID, list[Part]]]:
    """Returns the stored parts of the full pushes and of the passenger lists of these flights."""
    rows = connection.execute(
        "SELECT group_id, id, function, sub_function, sender, common_access_ref, interchange_ref,"
        " sequence, last, coalesce(prepared_at, received_at AT TIME ZONE 'UTC'), (counts->>'subjects')::int"
        " FROM inbox_message WHERE organisation_id = %s AND group_id = ANY(%s)"
        " AND (function = '22' OR (format = 'PAXLST' AND function IN ('passengers', '266')))",
        [organisation, flights],
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


def flight_rows(
    connection: Connection[Any], organisation: uuid.UUID, ids: Sequence[uuid.UUID]
) -> list[FlightRow]:
    """Returns stored flights of the organisation as rows, for `Store.hold`."""
    names = [name for name in FLIGHT if name != "organisation_id"]
    rows = connection.execute(
        f"SELECT {', '.join(names)} FROM travellers_flight"  # noqa: S608
        " WHERE organisation_id = %s AND id = ANY(%s) ORDER BY id",
        [organisation, list(ids)],
    )
    return [FlightRow(**dict(zip(names, row, strict=True))) for row in rows]


def due(connection: Connection[Any], organisation: uuid.UUID, now: dt.datetime) -> list[uuid.UUID]:
    """Returns the flights that have not landed, because their travellers may still need a decision.
    A flight without times counts as landed two days after the day of departure."""
    rows = connection.execute(
        "SELECT id FROM travellers_flight WHERE organisation_id = %s AND"
        " coalesce(arrives_at, departs_at, departs_on::timestamptz + interval '2 days') > %s ORDER BY id",
        [organisation, now],
    )
    return [id_ for (id_,) in rows]


def in_clear(
    connection: Connection[Any], organisation: uuid.UUID, flights: Sequence[uuid.UUID]
) -> list[uuid.UUID]:
    """Returns the travellers of these flights who have clear values."""
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
    """Yields all travellers with clear values, `CHUNK` at a time. Each traveller has names, birth
    date, sex and nationality."""
    with connection.cursor("population") as cursor:
        cursor.itersize = CHUNK
        cursor.execute(
            "SELECT journey_id, names, date_of_birth, sex, nationality FROM travellers_journeyclear"
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
                                date_of_birth=born,
                                sex=sex,
                                nationality=nationality,
                            ),
                        )
                    ),
                )
                for id_, names, born, sex, nationality in rows
            ]


def _pair(name: str) -> tuple[str | None, str | None]:
    surname, _, given = name.partition("|")
    return surname or None, given or None
