"""Implements the random control. Subjects are selected at random for a control, with a new key for each day.
The hash of the key is published on the day before its use. The key itself is published on the day after its
use.

Only workers select subjects, because only workers have the key. A lane is a channel of customs clearance
(red, yellow, green or blue for goods). Each lane has its own minimum rate of control. `AppKind.lanes`
contains the lanes of the random control for a kind of subject. No subject is selected on a lane until the
rate and the legal basis of the lane are set. A random selection of a subject (a draw) does not create a hit.
A random selection uses only the id and the destination of a subject.
"""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Sequence
from typing import Any

from psycopg import Connection

from vedette.apps.accounts import acts
from vedette.apps.columns import new_id
from vedette.apps.copying import copy_in, merge_in
from vedette.keys.ring import Keys
from vedette.screening import draw

#: If a subject is submitted again within this time, the result of its draw is the same as the first time.
KEPT = dt.timedelta(days=60)


def _key(keys: Keys, organisation: uuid.UUID, day: dt.date, promised: str) -> bytes | None:
    """Returns the key with which subjects are selected at random on one day. The hash of the returned key is
    equal to `promised`, the published hash. The function tries all master keys from which the key of the day
    may be derived. Returns None if the master key from which the key of the day was derived is lost.

    The keys of the earliest days were derived from the key of the journal. In the first days, the random
    control had no master key of its own.
    """
    masters = [*reversed(keys.ids("draw")), *keys.ids("chain")[:1]]
    made = (draw.day_key(keys.key(id_), organisation, day.isoformat()) for id_ in masters)
    return next((key for key in made if draw.promise(key) == promised), None)


def keep_promises(connection: Connection[Any], keys: Keys, now: dt.datetime) -> int:
    """Publishes the hash of tomorrow's key and the keys of past days, and returns the number of publications.
    Each publication is a journal entry, so that the journal contains the hash of the key before the day
    begins. Housekeeping calls this function.
    """
    today = now.astimezone(dt.UTC).date()
    done = 0
    for (organisation,) in connection.execute("SELECT id FROM accounts_organisation").fetchall():
        with connection.transaction():
            done += _promise(connection, keys, organisation, today + dt.timedelta(days=1))
            done += _reveal(connection, keys, organisation, today)
    connection.execute("DELETE FROM profiles_firstseen WHERE day < %s", [today - KEPT])
    return done


def _promise(connection: Connection[Any], keys: Keys, organisation: uuid.UUID, day: dt.date) -> int:
    masters = keys.ids("draw")
    if not masters:
        return (
            0  # `vedette upgrade` creates the key. Without the key, no subject is drawn tomorrow.
        )
    promised = draw.promise(draw.day_key(keys.key(masters[-1]), organisation, day.isoformat()))
    made = connection.execute(
        "INSERT INTO profiles_drawday (id, organisation_id, day, promise, revealed)"
        " VALUES (%s, %s, %s, %s, '') ON CONFLICT DO NOTHING RETURNING id",
        [new_id(), organisation, day, promised],
    ).fetchone()
    if made is None:
        return 0
    told: dict[str, acts.Detail] = {"day": day, "promise": promised}
    acts.write_many(
        connection, keys, [acts.Entry(organisation, None, "draw.promise", str(made[0]), told)]
    )
    return 1


def _reveal(
    connection: Connection[Any], keys: Keys, organisation: uuid.UUID, today: dt.date
) -> int:
    over = connection.execute(
        "SELECT id, day, promise FROM profiles_drawday WHERE organisation_id = %s AND revealed = ''"
        " AND day < %s ORDER BY day",
        [organisation, today],
    ).fetchall()
    done = 0
    for id_, day, promised in over:
        key = _key(keys, organisation, day, promised)
        if key is None:
            continue
        done += 1
        connection.execute(
            "UPDATE profiles_drawday SET revealed = %s WHERE organisation_id = %s AND id = %s",
            [key.hex(), organisation, id_],
        )
        told: dict[str, acts.Detail] = {"day": day}
        acts.write_many(
            connection, keys, [acts.Entry(organisation, None, "draw.reveal", str(id_), told)]
        )
    return done


def day_keys(
    connection: Connection[Any], keys: Keys, organisation: uuid.UUID, days: Sequence[dt.date]
) -> dict[dt.date, bytes]:
    """Returns the secret keys of these days. A day is left out if no hash of its key was published in
    advance."""
    promised = connection.execute(
        "SELECT day, promise FROM profiles_drawday WHERE organisation_id = %s AND day = ANY(%s)",
        [organisation, list(days)],
    ).fetchall()
    found = {day: _key(keys, organisation, day, promise) for day, promise in promised}
    return {day: key for day, key in found.items() if key is not None}


def draw_arrivals(
    connection: Connection[Any],
    keys: Keys,
    organisation: uuid.UUID,
    lane: str,
    arrivals: Sequence[tuple[str, uuid.UUID]],
    now: dt.datetime,
) -> int:
    """Selects subjects of a lane at random for a control, and stores the selected subjects. Returns the
    number of selected subjects. `arrivals` contains subjects that are received for the first time. Each
    subject is a pair of its country of destination and its id. Only subjects that arrive in the country of
    the organisation can be selected. For each subject, the selection is made only once, at the present rate
    of the lane. The result of a random selection depends on the id of the subject.
    """
    day = now.astimezone(dt.UTC).date()
    row = connection.execute(
        "SELECT r.rate, o.country, d.promise FROM profiles_drawrate r"
        " JOIN accounts_organisation o ON o.id = r.organisation_id"
        " JOIN profiles_drawday d ON d.organisation_id = o.id AND d.day = %s"
        " WHERE o.id = %s AND r.lane = %s AND r.at <= %s ORDER BY r.at DESC, r.id DESC LIMIT 1",
        [day, organisation, lane, now],
    ).fetchone()
    if row is None or not row[0]:
        return 0
    rate, home, promised = row
    key = _key(keys, organisation, day, promised)
    if key is None:
        return 0
    drawn = [
        (organisation, id_, lane, day, rate)
        for country, id_ in arrivals
        if country == home and draw.is_drawn(key, lane, id_, rate)
    ]
    columns = ("organisation_id", "subject_id", "lane", "day", "rate")
    copy_in(connection, "profiles_drawn", columns, drawn)
    return len(drawn)


def drawn(
    connection: Connection[Any],
    keys: Keys,
    organisation: uuid.UUID,
    lane: str,
    tokens: Sequence[bytes],
    rate: float,
    now: dt.datetime,
) -> list[bool]:
    """Returns for each token whether the subject with this token is selected for a control. A token
    identifies a subject even if the subject is submitted again under another number. Therefore a repeated
    submission of a subject gives the same result as the first submission.

    No subject is selected if the hash of the day's key was not published before the day.
    """
    if not tokens:
        return []
    day = now.astimezone(dt.UTC).date()
    rows = [(organisation, lane, token, new_id(), day) for token in dict.fromkeys(tokens)]
    columns = ("organisation_id", "lane", "token", "first_id", "day")
    with connection.transaction():
        merge_in(connection, "profiles_firstseen", columns, rows, columns[:3])
    first = {
        bytes(token): (first_id, seen)
        for token, first_id, seen in connection.execute(
            "SELECT token, first_id, day FROM profiles_firstseen"
            " WHERE organisation_id = %s AND lane = %s AND token = ANY(%s)",
            [organisation, lane, list(tokens)],
        )
    }
    promised = connection.execute(
        "SELECT day, promise FROM profiles_drawday WHERE organisation_id = %s AND day = ANY(%s)",
        [organisation, sorted({seen for _, seen in first.values()})],
    ).fetchall()
    keys_of = {day: _key(keys, organisation, day, promise) for day, promise in promised}
    return [
        (key := keys_of.get(seen)) is not None and draw.is_drawn(key, lane, first_id, rate)
        for first_id, seen in (first[token] for token in tokens)
    ]
