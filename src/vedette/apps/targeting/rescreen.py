"""Rescreening: the stored population is asked about the changed entries only.

Names come from the side table in one stream, identifiers by their tokens; whoever may be meant is
screened again against all that is known, in the way of a new message.
"""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Iterator, Sequence
from typing import Any

from psycopg import Connection

from vedette.apps.intake.holding import flight_rows
from vedette.apps.intake.rows import fingerprint
from vedette.apps.intake.store import Store
from vedette.apps.knowledge.loading import current, entries
from vedette.apps.targeting.raising import raise_hits
from vedette.keys import Keys
from vedette.pipeline import Judged, subject_of
from vedette.screening.knowledge import CHANNELS, Knowledge, KnownEntry, Subject, listed_keys

#: Travellers read at once when the population is asked by name.
CHUNK = 20_000
#: Flights screened again in one transaction.
FLIGHTS = 50

#: Channel on which a list is asked → kinds of stored identifiers that answer it.
_STORED = {
    "document": ("document", "visa"),
    "phone": ("phone",),
    "email": ("email",),
    "address": ("address", "place"),
}


def rescreen_waiting(connection: Connection[Any], keys: Keys) -> bool:
    """Asks about entries not asked about yet, one organisation at a time; False where none wait.

    Several workers may call it: one does it, the others go on with the inbox.
    """
    row = connection.execute(
        "SELECT organisation_id FROM knowledge_listentry WHERE (NOT asked AND until IS NULL)"
        " OR (NOT withdrawn AND until IS NOT NULL) LIMIT 1"
    ).fetchone()
    if row is None:
        return False
    organisation: uuid.UUID = row[0]
    lock = int.from_bytes(organisation.bytes[8:], "big", signed=True)
    with connection.transaction():
        got = connection.execute("SELECT pg_try_advisory_xact_lock(%s)", [lock]).fetchone()
        if not got or not got[0]:
            return False
        rescreen(connection, keys, organisation)
    return True


def rescreen(connection: Connection[Any], keys: Keys, organisation: uuid.UUID) -> int:
    """Rescreens one organisation's population; gives the number of journeys screened again."""
    new = [
        id_
        for (id_,) in connection.execute(
            "SELECT id FROM knowledge_listentry WHERE organisation_id = %s AND NOT asked AND until IS NULL",
            [organisation],
        )
    ]
    ended = [
        id_
        for (id_,) in connection.execute(
            "SELECT id FROM knowledge_listentry WHERE organisation_id = %s AND NOT withdrawn"
            " AND until IS NOT NULL",
            [organisation],
        )
    ]
    knowledge = current(organisation, "intake")
    journeys = set(affected_by_end(connection, organisation, ended))
    if new:
        changed = Knowledge(knowledge.number, entries(organisation, "intake", new))
        journeys.update(asked_by_name(connection, organisation, changed))
        journeys.update(asked_by_token(connection, keys, organisation, changed.entries))
        journeys.update(_rectified(connection, organisation))
    screen_again(connection, keys, organisation, sorted(journeys), knowledge)
    connection.execute(
        "UPDATE knowledge_listentry SET asked = true, withdrawn = (until IS NOT NULL)"
        " WHERE organisation_id = %s AND id = ANY(%s)",
        [organisation, new + ended],
    )
    return len(journeys)


def affected_by_end(
    connection: Connection[Any], organisation: uuid.UUID, ended: Sequence[uuid.UUID]
) -> Iterator[uuid.UUID]:
    """Journeys with a reason that rests on an entry which is no more."""
    rows = connection.execute(
        "SELECT DISTINCT h.journey_id FROM targeting_reason r JOIN targeting_hit h ON h.id = r.hit_id"
        " WHERE h.organisation_id = %s AND r.entry_id = ANY(%s)",
        [organisation, list(ended)],
    )
    return (id_ for (id_,) in rows)


def asked_by_name(
    connection: Connection[Any], organisation: uuid.UUID, changed: Knowledge
) -> Iterator[uuid.UUID]:
    """Journeys whose name, with birth date, sex and nationality, may be one of the changed entries."""
    if not any(known.entry.names for known in changed.entries):
        return
    with connection.cursor("population") as cursor:
        cursor.itersize = CHUNK
        cursor.execute(
            "SELECT journey_id, names, date_of_birth, sex, nationality FROM intake_journeyclear"
            " WHERE organisation_id = %s AND NOT restricted",
            [organisation],
        )
        while rows := cursor.fetchmany(CHUNK):
            subjects = [
                Subject(
                    names=tuple(_pair(n) for n in names),
                    date_of_birth=born,
                    sex=sex,
                    nationality=nationality,
                )
                for _, names, born, sex, nationality in rows
            ]
            for row, found in zip(rows, changed.screen(subjects), strict=True):
                if found:
                    yield row[0]


def _rectified(connection: Connection[Any], organisation: uuid.UUID) -> Iterator[uuid.UUID]:
    """Journeys that state something otherwise than messages do: what is streamed by name lacks it."""
    rows = connection.execute(
        "SELECT id FROM intake_journey WHERE organisation_id = %s AND rectified", [organisation]
    )
    return (id_ for (id_,) in rows)


def rescreen_corrected(connection: Connection[Any], keys: Keys) -> bool:
    """Screens journeys that were corrected or are no longer restricted; False where none wait."""
    with connection.transaction():
        rows = connection.execute(
            "SELECT id, organisation_id FROM intake_journey WHERE screen_again AND NOT restricted"
            " ORDER BY id LIMIT 1000 FOR UPDATE SKIP LOCKED"
        ).fetchall()
        for organisation in sorted({home for _, home in rows}):
            journeys = [id_ for id_, home in rows if home == organisation]
            screen_again(connection, keys, organisation, journeys, current(organisation, "intake"))
            connection.execute(
                "UPDATE intake_journey SET screen_again = false"
                " WHERE organisation_id = %s AND id = ANY(%s)",
                [organisation, journeys],
            )
    return bool(rows)


def _pair(name: str) -> tuple[str | None, str | None]:
    surname, _, given = name.partition("|")
    return surname or None, given or None


def asked_by_token(
    connection: Connection[Any],
    keys: Keys,
    organisation: uuid.UUID,
    changed: Sequence[KnownEntry],
) -> Iterator[uuid.UUID]:
    """Journeys of the organisation that carry an identifier of the changed entries."""
    tokens = {
        keys.token(kind, folded)
        for known in changed
        for identifier in known.entry.identifiers
        if (channel := CHANNELS.get(identifier.kind))
        for folded in listed_keys(channel, identifier.value)
        for kind in _STORED[channel]
    }
    rows = connection.execute(
        "SELECT DISTINCT journey_id FROM intake_identifier"
        " WHERE organisation_id = %s AND token = ANY(%s)",
        [organisation, sorted(tokens)],
    )
    return (id_ for (id_,) in rows)


def screen_again(
    connection: Connection[Any],
    keys: Keys,
    organisation: uuid.UUID,
    journeys: Sequence[uuid.UUID],
    knowledge: Knowledge,
) -> list[uuid.UUID]:
    """Screens stored journeys against all that is known, flight by flight; gives the hits touched."""
    flights = [
        id_
        for (id_,) in connection.execute(
            "SELECT DISTINCT flight_id FROM intake_journey WHERE organisation_id = %s AND id = ANY(%s)",
            [organisation, list(journeys)],
        )
    ]
    wanted = set(journeys)
    touched: list[uuid.UUID] = []
    now = dt.datetime.now(dt.UTC)
    for start in range(0, len(flights), FLIGHTS):
        chosen = flights[start : start + FLIGHTS]
        store = Store(connection, keys, organisation, now)
        held = store.hold(flight_rows(connection, organisation, chosen))
        people = [
            (hold, p)
            for hold in held.values()
            for p in hold.manifest.persons.values()
            if p.id in wanted and not p.row["restricted"]
        ]
        found = knowledge.screen([subject_of(p, hold.row) for hold, p in people])
        marks = {p.id: fingerprint(p, keys) for _, p in people}
        reasons = dict(zip((p.id for _, p in people), found, strict=True))
        touched += raise_hits(connection, store.spine, held, reasons, Judged(), marks, knowledge)
    return touched
