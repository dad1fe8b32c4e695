"""Rescreening: stored travellers are screened again when what is known, or what they are, has changed.

Two steps, so that a killed worker goes on where it stopped, and messages are stored in between. First the
journeys are marked (`screen_again`): by a rectification or the end of a restriction, in its own
transaction; by whoever changed entries of lists may concern, names in one stream and identifiers by their
tokens; by a profile that became active or was resumed. Then some of the marked at a time are screened
again, whole, in the way of a new message (`pipeline.screen`).
"""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from psycopg import Connection

from vedette.apps.lists.loading import current, entries
from vedette.apps.profiles import loading
from vedette.apps.profiles.state import number
from vedette.core.asked import Asked, Party
from vedette.keys.ring import Keys
from vedette.kinds import kind
from vedette.pipeline.screen import InForce, screen
from vedette.screening.knowledge import CHANNELS, Knowledge, KnownEntry, listed_keys
from vedette.travellers.app.holding import flight_rows, lock
from vedette.travellers.app.store import Store
from vedette.travellers.kind import NAME as TRAVELLER

#: Travellers read at once when the population is asked by name.
CHUNK = 20_000
#: Journeys screened again in one transaction, and flights held for it: messages wait no longer than that.
BATCH, FLIGHTS = 500, 20

#: Channel on which a list is asked → kinds of stored identifiers that answer it.
_STORED = {
    "document": ("document", "visa"),
    "phone": ("phone",),
    "email": ("email",),
    "address": ("address", "place"),
}


#: Marks journeys; locked in the order in which the store writes them.
_MARK = """
    WITH mine AS MATERIALIZED (
        SELECT id FROM travellers_journey
        WHERE organisation_id = %s AND id = ANY(%s) AND NOT restricted ORDER BY id FOR UPDATE
    )
    UPDATE travellers_journey j SET screen_again = true FROM mine WHERE j.id = mine.id
"""
#: Versions in force that stored travellers were not asked by yet.
_ACTIVATED = """
    SELECT v.organisation_id, array_agg(v.id)
    FROM profiles_version v JOIN profiles_profile p ON p.id = v.profile_id
    WHERE v.screen_stored AND p.kind = %(kind)s AND p.suspended_at IS NULL
      AND v.state IN ('active', 'ended') AND v.active_from <= %(now)s AND v.active_until > %(now)s
      AND coalesce(v.ended_at > %(now)s, true)
    GROUP BY v.organisation_id ORDER BY v.organisation_id
"""
#: Flights whose travellers are still to be decided on: those that have not landed. Where the time is not
#: known, two days after the day of departure they have.
_DUE = """
    SELECT id FROM travellers_flight WHERE organisation_id = %(organisation)s
      AND coalesce(arrives_at, departs_at, departs_on::timestamptz + interval '2 days') > %(now)s
    ORDER BY id
"""
#: Marks the travellers of flights of whom something is in clear.
_MARK_FLIGHTS = """
    WITH mine AS MATERIALIZED (
        SELECT j.id FROM travellers_journey j JOIN travellers_journeyclear c ON c.journey_id = j.id
            AND c.retention_class = j.retention_class AND c.month = j.month
        WHERE j.organisation_id = %s AND j.flight_id = ANY(%s) AND NOT j.restricted
        ORDER BY j.id FOR UPDATE OF j
    )
    UPDATE travellers_journey j SET screen_again = true FROM mine WHERE j.id = mine.id
"""
#: Takes the marks off. What somebody rectifies at this moment keeps its mark. The flights are named so that
#: their part of the index of marks is read, and not all of it.
_TAKE = """
    WITH mine AS MATERIALIZED (
        SELECT id FROM travellers_journey
        WHERE organisation_id = %s AND flight_id = ANY(%s) AND id = ANY(%s)
          AND screen_again AND NOT restricted
        ORDER BY id FOR UPDATE SKIP LOCKED
    )
    UPDATE travellers_journey j SET screen_again = false FROM mine WHERE j.id = mine.id RETURNING j.id
"""


def in_force(connection: Connection[Any], organisation: uuid.UUID, now: dt.datetime) -> InForce:
    """The lists and profiles in force. Whoever marks stored travellers because these changed waits until
    the caller's transaction ends: so what is stored meanwhile, screened as before, is marked too.

    To be called before any flight is locked.
    """
    connection.execute(f"SELECT pg_advisory_xact_lock_shared({_SCREENING})", [str(organisation)])
    profiles = {TRAVELLER: loading.current(organisation, TRAVELLER, "intake")}
    return InForce(current(organisation, "intake"), now, profiles)


_SCREENING = "hashtext('vedette screening'), hashtext(%s)"
_CHANGES = "hashtext('vedette changes'), hashtext(%s)"
_MARKED = "hashtext('vedette marked'), hashtext(%s)"


@contextmanager
def _alone(connection: Connection[Any], organisation: uuid.UUID) -> Iterator[bool]:
    """Whether this worker is the one that marks for an organisation now. If so, no transaction goes on
    any more that screens by what was in force before."""
    home = [str(organisation)]
    got = connection.execute(f"SELECT pg_try_advisory_lock({_CHANGES})", home).fetchone()
    if got != (True,):
        yield False
        return
    try:
        with connection.transaction():
            connection.execute(f"SELECT pg_advisory_xact_lock({_SCREENING})", home)
        yield True
    finally:
        connection.execute(f"SELECT pg_advisory_unlock({_CHANGES})", home)


def rescreen_waiting(connection: Connection[Any], keys: Keys) -> bool:
    """Marks whom entries not asked about yet may concern, one organisation at a time; False where none
    wait.

    Several workers may call it: one does it, the others go on with the inbox.
    """
    row = connection.execute(
        "SELECT organisation_id FROM lists_listentry WHERE (NOT asked AND until IS NULL)"
        " OR (NOT withdrawn AND until IS NOT NULL) LIMIT 1"
    ).fetchone()
    if row is None:
        return False
    organisation: uuid.UUID = row[0]
    with _alone(connection, organisation) as alone:
        if alone:
            with connection.transaction():
                rescreen(connection, keys, organisation)
    return alone


def rescreen(connection: Connection[Any], keys: Keys, organisation: uuid.UUID) -> int:
    """Marks whom the changed entries of one organisation may concern; gives how many journeys."""
    new = [
        id_
        for (id_,) in connection.execute(
            "SELECT id FROM lists_listentry WHERE organisation_id = %s AND NOT asked AND until IS NULL",
            [organisation],
        )
    ]
    ended = [
        id_
        for (id_,) in connection.execute(
            "SELECT id FROM lists_listentry WHERE organisation_id = %s AND NOT withdrawn"
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
    connection.execute(_MARK, [organisation, sorted(journeys)])
    connection.execute(
        "UPDATE lists_listentry SET asked = true, withdrawn = (until IS NOT NULL)"
        " WHERE organisation_id = %s AND id = ANY(%s)",
        [organisation, new + ended],
    )
    return len(journeys)


def affected_by_end(
    connection: Connection[Any], organisation: uuid.UUID, ended: Sequence[uuid.UUID]
) -> Iterator[uuid.UUID]:
    """Journeys with a reason that rests on an entry which is no more."""
    rows = connection.execute(
        "SELECT DISTINCT h.journey_id FROM hits_reason r JOIN hits_hit h ON h.id = r.hit_id"
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
            "SELECT journey_id, names, date_of_birth, sex, nationality FROM travellers_journeyclear"
            " WHERE organisation_id = %s AND NOT restricted",
            [organisation],
        )
        while rows := cursor.fetchmany(CHUNK):
            subjects = [
                Asked(
                    parties=(
                        Party(
                            names=tuple(_pair(n) for n in names),
                            date_of_birth=born,
                            sex=sex,
                            nationality=nationality,
                        ),
                    )
                )
                for _, names, born, sex, nationality in rows
            ]
            for row, found in zip(rows, changed.screen(subjects), strict=True):
                if found:
                    yield row[0]


def _rectified(connection: Connection[Any], organisation: uuid.UUID) -> Iterator[uuid.UUID]:
    """Journeys that state something otherwise than messages do: what is streamed by name lacks it."""
    rows = connection.execute(
        "SELECT id FROM travellers_journey WHERE organisation_id = %s AND rectified", [organisation]
    )
    return (id_ for (id_,) in rows)


def rescreen_activated(connection: Connection[Any], now: dt.datetime) -> bool:
    """Marks whom profiles that became active, or were resumed, are to be asked of: travellers in clear
    whose flight has not landed. False where none wait.

    Flight after flight, each in a short transaction. Whoever is killed half-way begins again.
    """
    done = False
    for organisation, versions in connection.execute(
        _ACTIVATED, {"kind": TRAVELLER, "now": now}
    ).fetchall():
        with _alone(connection, organisation) as alone:
            if not alone:
                continue
            changes = number(organisation, "intake")
            asked = {"organisation": organisation, "now": now}
            flights = [id_ for (id_,) in connection.execute(_DUE, asked)]
            for start in range(0, len(flights), FLIGHTS):
                some = flights[start : start + FLIGHTS]
                with connection.transaction():
                    lock(connection, some)
                    connection.execute(_MARK_FLIGHTS, [organisation, some])
            # What changed meanwhile may have been suspended and resumed: then once more.
            connection.execute(
                "UPDATE profiles_version SET screen_stored = false WHERE organisation_id = %s"
                " AND id = ANY(%s) AND EXISTS (SELECT FROM profiles_profilestate s"
                " WHERE s.organisation_id = %s AND s.number = %s)",
                [organisation, versions, organisation, changes],
            )
            done = True
    return done


def rescreen_marked(connection: Connection[Any], keys: Keys, now: dt.datetime) -> bool:
    """Screens some of the marked journeys of each organisation; False where none wait.

    Several workers may call it: one does it for an organisation, the others go on with the inbox.
    """
    waiting = connection.execute(
        "SELECT o.id FROM accounts_organisation o WHERE EXISTS (SELECT FROM travellers_journey j"
        " WHERE j.organisation_id = o.id AND j.screen_again AND NOT j.restricted) ORDER BY o.id"
    ).fetchall()
    done = False
    for (organisation,) in waiting:
        with connection.transaction():
            got = connection.execute(
                f"SELECT pg_try_advisory_xact_lock({_MARKED})", [str(organisation)]
            ).fetchone()
            if got == (True,):
                known = in_force(connection, organisation, now)
                journeys = _take_marked(connection, organisation)
                screen_again(connection, keys, organisation, journeys, known)
                done = done or bool(journeys)
    return done


def _take_marked(connection: Connection[Any], organisation: uuid.UUID) -> list[uuid.UUID]:
    """Some marked journeys, flight after flight, without their mark; their flights are locked."""
    # A bitmap gathers every marked journey before LIMIT stops it, for each batch anew.
    connection.execute("SET LOCAL enable_bitmapscan = off")
    rows = connection.execute(
        "SELECT id, flight_id FROM travellers_journey WHERE organisation_id = %s AND screen_again"
        " AND NOT restricted ORDER BY organisation_id, flight_id LIMIT %s",
        [organisation, BATCH],
    ).fetchall()
    connection.execute("SET LOCAL enable_bitmapscan TO DEFAULT")
    flights = list(dict.fromkeys(flight for _, flight in rows))[:FLIGHTS]
    lock(connection, flights)
    ids = [id_ for id_, flight in rows if flight in flights]
    return [id_ for (id_,) in connection.execute(_TAKE, [organisation, flights, ids])]


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
        "SELECT DISTINCT journey_id FROM subjects_identifier"
        " WHERE organisation_id = %s AND token = ANY(%s)",
        [organisation, sorted(tokens)],
    )
    return (id_ for (id_,) in rows)


def screen_again(
    connection: Connection[Any],
    keys: Keys,
    organisation: uuid.UUID,
    journeys: Sequence[uuid.UUID],
    knowledge: InForce,
) -> None:
    """Screens stored journeys against all lists and profiles in force, by what is known of them now.

    In the caller's transaction, which holds their flights to its end.
    """
    if not journeys:
        return
    flights = [
        id_
        for (id_,) in connection.execute(
            "SELECT DISTINCT flight_id FROM travellers_journey WHERE organisation_id = %s AND id = ANY(%s)",
            [organisation, list(journeys)],
        )
    ]
    store = Store(connection, keys, organisation, knowledge.now)
    held = store.hold(flight_rows(connection, organisation, flights))
    wanted = set(journeys)
    people = [
        (hold, person)
        for hold in held.values()
        for person in hold.manifest.persons.values()
        if person.id in wanted
    ]
    screen(kind(TRAVELLER), people, store, knowledge)
