"""This module contains a task of the workers (`AppKind.watch`) that compares stored movements with other
movements:

- The departure record and the arrival record of one movement are paired (`cash/pairs.py`). One of the two
  records comes from a partner. Two records that an officer separated are not paired again.
- When a new movement is stored, earlier movements of the same persons, households and companies are screened
  again. The reason is that the new movement changes the history columns of the earlier movements.
- After an import of exchange rates, movements for which a rate was missing are converted.

Each SQL statement contains the id of the organisation. Announcements, restricted movements and cancelled
movements are not compared.
"""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from typing import Any

from psycopg import Connection
from psycopg.types.json import Jsonb

from vedette.apps.columns import new_id
from vedette.apps.copying import copy_in
from vedette.apps.subjects.rows import lock
from vedette.cash import money, movements, pairs
from vedette.cash.app import known
from vedette.cash.history import SHARED_DAYS
from vedette.cash.movements import Item
from vedette.cash.pairs import FEWEST, LEAST_ANSWERED, MOST_DAYS, Declared
from vedette.cash.records import Message
from vedette.cash.records import Pair as Compared
from vedette.keys.ring import Keys

#: Movements of one organisation that are compared in one transaction.
BATCH = 500
#: Days in which a record without a counterpart is compared again each day.
WAITED_DAYS = 30
#: Days over which the answers of a partner are counted.
ANSWERED_DAYS = 365
_LOCK = "hashtextextended('cash compare ' || %s, 0)"
_WAITING = """
    SELECT o.id FROM accounts_organisation o WHERE EXISTS (
        SELECT FROM cash_movement m WHERE m.organisation_id = o.id AND m.pair_on <= %s)
    ORDER BY o.id
"""
_DUE = """
    SELECT id FROM cash_movement
    WHERE organisation_id = %s AND pair_on IS NOT NULL AND pair_on <= %s ORDER BY pair_on, id LIMIT %s
"""
_ROWS = """
    SELECT m.id, m.partner, m.direction, m.value, m.route, m.crosses_on, c.state
    FROM cash_movement m JOIN subjects_subject s ON s.id = m.id AND s.organisation_id = m.organisation_id
    JOIN cash_movementclear c ON c.movement_id = m.id AND c.organisation_id = m.organisation_id
     AND c.retention_class = m.retention_class AND c.month = m.month
    WHERE m.organisation_id = %(of)s AND NOT m.announced AND NOT m.cancelled AND NOT s.restricted
      AND m.crosses_on IS NOT NULL
"""
_PAIRED = """
    SELECT subject_id, other_id FROM cash_pair
    WHERE organisation_id = %s AND other_id IS NOT NULL AND separated_at IS NULL
      AND (subject_id = ANY(%s) OR other_id = ANY(%s))
"""
_APART = """
    SELECT subject_id, other_id FROM cash_pair
    WHERE organisation_id = %s AND separated_at IS NOT NULL AND subject_id = ANY(%s)
"""
_ROUTES = """
    SELECT m.partner <> '', m.direction LIKE 'exit%%', m.route, count(*),
           count(*) FILTER (WHERE EXISTS (
               SELECT FROM cash_pair p WHERE p.subject_id = m.id AND p.organisation_id = m.organisation_id
                 AND p.other_id IS NOT NULL AND p.separated_at IS NULL))
    FROM cash_movement m
    WHERE m.organisation_id = %s AND m.route = ANY(%s) AND m.route <> '' AND m.crosses_on > %s
      AND m.crosses_on < %s AND NOT m.announced AND NOT m.cancelled
    GROUP BY 1, 2, 3
"""
_IMPORTED = """
    SELECT o.id FROM accounts_organisation o WHERE EXISTS (
        SELECT FROM cash_ratefile f WHERE f.organisation_id = o.id AND f.applied_at IS NULL)
    ORDER BY o.id
"""
_FILES = """
    SELECT f.id, f.first_day, (SELECT max(r.until) FROM cash_rate r
        WHERE r.file_id = f.id AND r.organisation_id = %(of)s)
    FROM cash_ratefile f WHERE f.organisation_id = %(of)s AND f.applied_at IS NULL ORDER BY f.id
"""
_LACKING = """
    SELECT m.id, m.retention_class, m.month, c.state, c.valued
    FROM cash_movement m JOIN cash_movementclear c ON c.movement_id = m.id
     AND c.organisation_id = m.organisation_id AND c.retention_class = m.retention_class AND c.month = m.month
    WHERE m.organisation_id = %s AND m.value IS NULL AND NOT m.cancelled AND m.id > %s
      AND coalesce(m.declared_on, m.crosses_on) BETWEEN %s AND %s
    ORDER BY m.id LIMIT %s
"""
_COLUMNS = (
    "id", "organisation_id", "subject_id", "other_id", "result", "reasons", "departure_value", "difference",
    "answered", "at",
)  # fmt: skip
_START = uuid.UUID(int=0)


def watch(connection: Connection[Any], keys: Keys, now: dt.datetime) -> int:
    """Converts movements for which a rate was missing, and compares the movements that are due. Returns the
    number of compared movements."""
    done = _apply_files(connection, now)
    today = now.date()
    for (organisation,) in connection.execute(_WAITING, [today]).fetchall():
        done += _mark_related(connection, keys, organisation, today)
        done += _pair(connection, organisation, now)
    return done


# --- rates ----------------------------------------------------------------------------------------


def _apply_files(connection: Connection[Any], now: dt.datetime) -> int:
    """Converts the movements of the days for which new files contain rates. Marks these movements for a new
    screening. Returns the number of files.
    """
    done = 0
    for (organisation,) in connection.execute(_IMPORTED).fetchall():
        files = connection.execute(_FILES, {"of": organisation}).fetchall()
        for file, first, last in files:
            after: uuid.UUID | None = _START
            while after is not None:
                with connection.transaction():
                    after = _convert(connection, organisation, first, last, after)
            connection.execute(
                "UPDATE cash_ratefile SET applied_at = %s WHERE id = %s AND organisation_id = %s",
                [now, file, organisation],
            )
        done += len(files)
    return done


def _convert(
    connection: Connection[Any],
    organisation: uuid.UUID,
    first: dt.date,
    last: dt.date,
    after: uuid.UUID,
) -> uuid.UUID | None:
    """Converts one batch of movements whose ids follow the given id. Returns the last id of the batch, or
    None after the last batch."""
    rows = connection.execute(_LACKING, [organisation, after, first, last, BATCH]).fetchall()
    ids = {row[0] for row in rows}
    lock(connection, sorted(ids))
    # The rows are read again, because another worker may have changed them before they were locked.
    again = connection.execute(_LACKING, [organisation, after, first, last, BATCH]).fetchall()
    items = [
        Item(
            id_, state=movements.decoded(state), valued=valued, retention_class=class_, month=month
        )
        for id_, class_, month, state, valued in again
        if id_ in ids
    ]
    items = [item for item in items if item.state.message is not None]
    before = {item.id: item.valued for item in items}
    known.value_items(connection, organisation, items)
    changed = [item for item in items if item.valued != before[item.id]]
    with connection.cursor() as cursor:
        cursor.executemany(
            "UPDATE cash_movementclear SET valued = %s WHERE movement_id = %s AND retention_class = %s"
            " AND month = %s AND organisation_id = %s",
            [
                (Jsonb(item.valued), item.id, item.retention_class, item.month, organisation)
                for item in changed
            ],
        )
        cursor.executemany(
            "UPDATE cash_movement SET currencies = %s, currency_values = %s, kinds = %s, kind_values = %s"
            " WHERE id = %s AND organisation_id = %s",
            [(*known.sums(item), item.id, organisation) for item in changed],
        )
        cursor.executemany(
            "UPDATE cash_movement SET value = %s, currency = %s, pair_on = coalesce(pair_on, crosses_on)"
            " WHERE id = %s AND organisation_id = %s",
            [
                (value, item.valued["to"], item.id, organisation)
                for item in changed
                if (value := known.total(item.valued)) is not None
            ],
        )
    _screen_again(connection, organisation, [item.id for item in changed])
    return rows[-1][0] if len(rows) == BATCH else None


def _screen_again(
    connection: Connection[Any], organisation: uuid.UUID, ids: Iterable[uuid.UUID]
) -> None:
    """Marks movements for a new screening, in the order of their ids."""
    connection.execute(
        "UPDATE subjects_subject SET screen_again = true WHERE id IN (SELECT id FROM subjects_subject"
        " WHERE organisation_id = %s AND id = ANY(%s) AND NOT screen_again ORDER BY id FOR UPDATE)",
        [organisation, sorted(set(ids))],
    )


# --- related movements ------------------------------------------------------------------------------


def _mark_related(
    connection: Connection[Any], keys: Keys, organisation: uuid.UUID, today: dt.date
) -> int:
    """Marks the stored movements that share a person, household or company with a due movement. Returns the
    number of marked movements."""
    with connection.transaction():
        due = [id_ for (id_,) in connection.execute(_DUE, [organisation, today, BATCH])]
        rows = connection.execute(
            _ROWS + " AND m.id = ANY(%(ids)s) AND m.partner = ''", {"of": organisation, "ids": due}
        ).fetchall()
        items = [
            Item(row[0], state=state)
            for row in rows
            if (state := movements.decoded(row[-1])).message
        ]
        near = known.related(connection, keys, organisation, items, SHARED_DAYS)
        found = {id_ for some in near.values() for id_ in some}
        _screen_again(connection, organisation, found)
    return len(found)


# --- pairs ------------------------------------------------------------------------------------------


class _Side:
    """The declarations that are compared, and the messages that contain these declarations."""

    def __init__(self) -> None:
        self.of: dict[tuple[bool, bool], list[Declared]] = {}
        self.value: dict[uuid.UUID, Decimal | None] = {}
        self.way: dict[uuid.UUID, tuple[bool, bool, str, dt.date]] = {}

    def add(self, row: Sequence[Any]) -> None:
        id_, partner, direction, value, route, day, state = row
        message: Message | None = movements.decoded(state).message
        made = pairs.declared(str(id_), message.movement, value) if message else None
        if made is None:
            return
        key = (bool(partner), direction.startswith("exit"))
        self.of.setdefault(key, []).append(made)
        self.value[id_] = value
        self.way[id_] = (*key, route, day)


def _pair(connection: Connection[Any], organisation: uuid.UUID, now: dt.datetime) -> int:
    """Pairs the due movements of an organisation. Returns the number of pairs."""
    today = now.date()
    with connection.transaction():
        got = connection.execute(
            f"SELECT pg_try_advisory_xact_lock({_LOCK})", [str(organisation)]
        ).fetchone()
        if got != (True,):
            return 0
        due = [id_ for (id_,) in connection.execute(_DUE, [organisation, today, BATCH])]
        if not due:
            return 0
        before = connection.execute(_PAIRED, [organisation, due, due]).fetchall()
        # The counterparts of changed movements are matched again with them.
        again = {*due, *(id_ for row in before for id_ in row)}
        side = _sides(connection, organisation, again)
        found = _matched(connection, organisation, side, again)
        old = _take_rows(connection, organisation, again, found)
        made = _of_both(side, found, organisation, now)
        copy_in(connection, "cash_pair", _COLUMNS, made)
        alone, waits = _of_one(
            side, found, _routes(connection, organisation, side, today), organisation, now
        )
        copy_in(connection, "cash_pair", _COLUMNS, alone)
        _finish(connection, organisation, old, [*made, *alone], again, waits)
    return len(due)


def _sides(connection: Connection[Any], organisation: uuid.UUID, again: set[uuid.UUID]) -> _Side:
    """Returns the given movements. Also returns movements that have no counterpart and crossed the border at
    about the same time."""
    side = _Side()
    own = connection.execute(
        _ROWS + " AND m.id = ANY(%(ids)s) ORDER BY m.id", {"of": organisation, "ids": list(again)}
    ).fetchall()
    for row in own:
        side.add(row)
    days = sorted(
        {row[5] + dt.timedelta(n) for row in own for n in range(-MOST_DAYS, MOST_DAYS + 1)}
    )
    free = connection.execute(
        _ROWS + " AND m.crosses_on = ANY(%(days)s) AND NOT m.id = ANY(%(ids)s) AND NOT EXISTS ("
        "SELECT FROM cash_pair p WHERE p.organisation_id = m.organisation_id AND p.subject_id = m.id"
        " AND p.other_id IS NOT NULL AND p.separated_at IS NULL) ORDER BY m.id",
        {"of": organisation, "ids": list(again), "days": days},
    )
    for row in free:
        side.add(row)
    return side


def _matched(
    connection: Connection[Any], organisation: uuid.UUID, side: _Side, again: set[uuid.UUID]
) -> list[Compared]:
    """Returns the pairs that contain at least one of the movements in `again`."""
    ids = list(side.way)
    separated = connection.execute(_APART, [organisation, ids]).fetchall()
    apart = {(str(a), str(b)) for one, two in separated for a, b in ((one, two), (two, one))}
    made: list[Compared] = []
    for departures, arrivals in (((True, True), (False, False)), ((False, True), (True, False))):
        made += pairs.match(side.of.get(departures, []), side.of.get(arrivals, []), apart)
    wanted = {str(id_) for id_ in again}
    return [pair for pair in made if wanted & {*pair.departures, *pair.arrivals}]


def _routes(
    connection: Connection[Any], organisation: uuid.UUID, side: _Side, today: dt.date
) -> dict[tuple[bool, bool, str], tuple[int, int]]:
    """Returns, for each side (own records or partner records, departure or arrival) and each route, the
    number of movements in the last year and the number of these movements that have a counterpart. Movements
    of the most recent days are excluded, because their counterparts may still be received."""
    names = sorted({route for _, _, route, _ in side.way.values()})
    until = today - dt.timedelta(days=MOST_DAYS)
    rows = connection.execute(
        _ROUTES, [organisation, names, today - dt.timedelta(days=ANSWERED_DAYS), until]
    )
    return {(partner, leaves, route): (n, matched) for partner, leaves, route, n, matched in rows}


_Row = tuple[Any, ...]


def _ids(pair: Compared) -> tuple[list[uuid.UUID], list[uuid.UUID]]:
    return [uuid.UUID(id_) for id_ in pair.departures], [uuid.UUID(id_) for id_ in pair.arrivals]


def _total(side: _Side, some: Sequence[uuid.UUID]) -> Decimal | None:
    values = [side.value[id_] for id_ in some]
    known_ = [value for value in values if value is not None]
    return money.added(known_) if known_ and len(known_) == len(values) else None


def _take_rows(
    connection: Connection[Any],
    organisation: uuid.UUID,
    again: set[uuid.UUID],
    found: Sequence[Compared],
) -> list[_Row]:
    """Deletes and returns the former rows of the movements, except the rows of separated pairs."""
    ids = {*again, *(id_ for pair in found for some in _ids(pair) for id_ in some)}
    return connection.execute(
        "DELETE FROM cash_pair WHERE organisation_id = %s AND subject_id = ANY(%s)"
        " AND separated_at IS NULL"
        " RETURNING subject_id, other_id, result, departure_value, difference, answered",
        [organisation, sorted(ids)],
    ).fetchall()


def _of_both(
    side: _Side, found: Sequence[Compared], organisation: uuid.UUID, now: dt.datetime
) -> list[_Row]:
    """Returns the rows of the pairs that have a departure and an arrival. There is one row for each record
    and each of its counterparts."""
    rows: list[_Row] = []
    for pair in found:
        departures, arrivals = _ids(pair)
        rows += [
            (new_id(), organisation, one, other, pair.result, Jsonb(list(pair.reasons)),
             _total(side, departures), pair.difference, True, now)
            for some, others in ((departures, arrivals), (arrivals, departures))
            for one in some
            for other in others
        ]  # fmt: skip
    return rows


def _of_one(
    side: _Side,
    found: Sequence[Compared],
    routes: Mapping[tuple[bool, bool, str], tuple[int, int]],
    organisation: uuid.UUID,
    now: dt.datetime,
) -> tuple[list[_Row], dict[uuid.UUID, dt.date]]:
    """Returns the rows for records without a counterpart. Also returns the day on which each of these records
    is compared again. No row is created for a record if the other administration sends no records about its
    route."""
    rows: list[_Row] = []
    waits: dict[uuid.UUID, dt.date] = {}
    today = now.date()
    for pair in found:
        departures, arrivals = _ids(pair)
        if departures and arrivals:
            continue
        [id_] = departures or arrivals
        partner, leaves, route, day = side.way[id_]
        n, matched = routes.get((partner, leaves, route), (0, 0))
        theirs, _ = routes.get((not partner, not leaves, route), (0, 0))
        over = today > day + dt.timedelta(days=MOST_DAYS)
        answered = over and n >= FEWEST and matched >= LEAST_ANSWERED * n
        if not over:
            waits[id_] = day + dt.timedelta(days=MOST_DAYS + 1)
        elif not answered and day > today - dt.timedelta(days=WAITED_DAYS):
            # The answers of the partner are counted again on the next day.
            waits[id_] = today + dt.timedelta(days=1)
        if route and theirs:
            rows.append(
                (new_id(), organisation, id_, None, pair.result, Jsonb([]),
                 _total(side, departures) if departures else None, None, answered, now)
            )  # fmt: skip
    return rows, waits


def _finish(
    connection: Connection[Any],
    organisation: uuid.UUID,
    old: Sequence[_Row],
    rows: Sequence[_Row],
    again: set[uuid.UUID],
    waits: Mapping[uuid.UUID, dt.date],
) -> None:
    """Stores the time at which the movements are compared again. If the pair of a movement has changed, the
    movement is marked so that it is screened again.
    """
    new = {(row[2], row[3], row[4], row[6], row[7], row[8]) for row in rows}
    before = {tuple(row) for row in old}
    ids = sorted({*again, *(row[2] for row in rows)})
    connection.execute(
        "UPDATE cash_movement m SET pair_on = t.day FROM unnest(%s::uuid[], %s::date[]) t (id, day)"
        " WHERE m.id = t.id AND m.organisation_id = %s",
        [ids, [waits.get(id_) for id_ in ids], organisation],
    )
    _screen_again(connection, organisation, [row[0] for row in new ^ before])
