"""Deletion: who has no objective link goes when the law's time is over; who has one is kept apart.

An objective link is a hit that a person decided to refer, hold or refuse, an answer "the same", or a
hit still open. What is kept is sealed anew under the month keys of class `linked`, which live longer;
then the partition of the vault is dropped and its key destroyed, here and in every backup.
"""

from __future__ import annotations

import datetime as dt
import uuid
from collections import Counter
from collections.abc import Sequence
from typing import Any

from psycopg import Connection, sql

from vedette.apps.journal.leaving import delete_decisions
from vedette.apps.retention.masking import patiently
from vedette.apps.retention.parts import LINKED, VAULT
from vedette.apps.retention.sealing import about as bound_to
from vedette.keys.months import MonthKey, MonthKeys

#: Persons kept or deleted in one transaction.
BATCH = 2_000

_LINKED = """
    SELECT s.id FROM subjects_subject s JOIN hit_outcome became ON became.subject_id = s.id
    WHERE s.retention_class = %(class)s AND s.month = %(month)s AND s.received_at < %(before)s
      AND (became.outcome IN ('open', 'confirmed') OR became.objective_link)
    ORDER BY s.id LIMIT %(most)s
"""
#: Everything in the vault that belongs to some subjects: (owner, as the vault has it).
OWNERS = """
    SELECT id FROM subjects_subject WHERE id = ANY(%(journeys)s)
    UNION SELECT booking_id FROM travellers_journey WHERE id = ANY(%(journeys)s) AND booking_id IS NOT NULL
    UNION SELECT r.id FROM hits_reason r JOIN hits_hit h ON h.id = r.hit_id
          WHERE h.subject_id = ANY(%(journeys)s)
    UNION SELECT d.id FROM hits_decision d JOIN hits_hit h ON h.id = d.hit_id
          WHERE h.subject_id = ANY(%(journeys)s)
    UNION SELECT (e.params ->> 'text')::uuid FROM hits_event e JOIN hits_hit h
          ON h.id = e.hit_id WHERE h.subject_id = ANY(%(journeys)s) AND e.params ? 'text'
"""
_RELABEL = (
    "UPDATE subjects_subject SET retention_class = 'linked' WHERE id = ANY(%(journeys)s)",
    "UPDATE travellers_journey SET retention_class = 'linked' WHERE id = ANY(%(journeys)s)",
    "UPDATE hits_hit SET retention_class = 'linked' WHERE subject_id = ANY(%(journeys)s)",
    "UPDATE travellers_traveller SET retention_class = 'linked' WHERE id IN"
    " (SELECT traveller_id FROM travellers_journey WHERE id = ANY(%(journeys)s))",
    "UPDATE travellers_booking SET retention_class = 'linked' WHERE id IN"
    " (SELECT booking_id FROM travellers_journey WHERE id = ANY(%(journeys)s))",
)
#: What hangs on subjects, after their decisions and before themselves.
_DELETE = (
    "DELETE FROM hits_event WHERE hit_id = ANY(%(hits)s)",
    "DELETE FROM hits_reason WHERE hit_id = ANY(%(hits)s)",
    "DELETE FROM hits_hit WHERE id = ANY(%(hits)s)",
    "DELETE FROM subjects_identifier WHERE subject_id = ANY(%(journeys)s)",
    "DELETE FROM subjects_subject WHERE id = ANY(%(journeys)s)",
    "DELETE FROM travellers_traveller t WHERE id = ANY(%(travellers)s)"
    " AND NOT EXISTS (SELECT FROM travellers_journey j WHERE j.traveller_id = t.id)",
    "DELETE FROM travellers_bookinglocator l WHERE booking_id = ANY(%(bookings)s)"
    " AND NOT EXISTS (SELECT FROM travellers_journey j WHERE j.booking_id = l.booking_id)"
    " AND NOT EXISTS (SELECT FROM travellers_traveller t WHERE t.booking_id = l.booking_id)",
    "DELETE FROM travellers_booking b WHERE id = ANY(%(bookings)s)"
    " AND NOT EXISTS (SELECT FROM travellers_journey j WHERE j.booking_id = b.id)"
    " AND NOT EXISTS (SELECT FROM travellers_traveller t WHERE t.booking_id = b.id)",
)


#: What the vault has of journeys, and what was locked while their rows were masked; the vault's rows of
#: a booking stay for who is left of it.
_DELETE_SEALED = (
    f"DELETE FROM {VAULT} WHERE retention_class = %(class)s AND month = %(month)s"  # noqa: S608
    f" AND kind <> 'booking' AND owner IN ({OWNERS})",
    "DELETE FROM travellers_journeyclear WHERE retention_class = %(class)s AND month = %(month)s"
    " AND journey_id = ANY(%(journeys)s)",
)
_SEALED_BOOKINGS = (
    f"DELETE FROM {VAULT} v WHERE retention_class = %(class)s AND month = %(month)s"  # noqa: S608
    " AND kind = 'booking' AND owner = ANY(%(bookings)s)"
    " AND NOT EXISTS (SELECT FROM travellers_journey j WHERE j.booking_id = v.owner)"
)
#: Later than anything came: a month that is over.
ALL = dt.datetime(9999, 1, 1, tzinfo=dt.UTC)


def keep_linked(
    connection: Connection[Any],
    keys: MonthKeys,
    retention_class: str,
    month: dt.date,
    before: dt.datetime = ALL,
) -> int:
    """Moves those with an objective link who came `before` into class `linked`; gives how many journeys.

    Raises `KeysError` where the key of either is lost: then nothing of the batch is moved.
    """
    kept = 0
    while True:
        with connection.transaction():
            found = connection.execute(
                _LINKED,
                {"class": retention_class, "month": month, "before": before, "most": BATCH},
            ).fetchall()
            if not found:
                return kept
            journeys = [id_ for (id_,) in found]
            _wrap_again(connection, keys, retention_class, month, journeys)
            for statement in _RELABEL:
                connection.execute(statement, {"journeys": journeys})
        kept += len(journeys)


def _wrap_again(
    connection: Connection[Any],
    keys: MonthKeys,
    retention_class: str,
    month: dt.date,
    journeys: Sequence[uuid.UUID],
) -> None:
    first = month.replace(day=1)
    rows = connection.execute(
        f"SELECT owner, part, kind, month, organisation_id, sealed FROM {VAULT}"  # noqa: S608
        f" WHERE retention_class = %(class)s AND month = %(month)s AND owner IN ({OWNERS})",
        {"class": retention_class, "month": month, "journeys": list(journeys)},
    ).fetchall()
    if not rows:
        return
    old = keys.get(retention_class, first)
    connection.execute("SELECT vedette_make_vault(%s, %s)", [LINKED, first])
    new = keys.make(LINKED, first)
    with connection.cursor() as cursor:
        cursor.executemany(
            f"INSERT INTO {VAULT} (owner, part, kind, retention_class, month, organisation_id,"  # noqa: S608
            " sealed) VALUES (%s, %s, %s, %s, %s, %s, %s) ON CONFLICT DO NOTHING",
            [
                (s, p, k, LINKED, m, o, _moved(old, new, k, s, p, bytes(b)))
                for s, p, k, m, o, b in rows
            ],
        )


def _moved(
    old: MonthKey, new: MonthKey, kind: str, subject: uuid.UUID, part: uuid.UUID, sealed: bytes
) -> bytes:
    about = bound_to(kind, subject, part)
    return new.seal(old.open(sealed, about), about)


def delete_spine(
    connection: Connection[Any], retention_class: str, month: dt.date, before: dt.datetime = ALL
) -> tuple[int, dict[str, int]]:
    """Deletes every journey of that class and month that came `before` with all that hangs on it, in
    batches; where others stay, what the vault has of them as well.

    Gives how many, and the statistics that stay: journeys, hits, and hits by the last decision.
    """
    counts: Counter[str] = Counter()
    connection.execute("DROP TABLE IF EXISTS pg_temp.ending")
    connection.execute(
        "CREATE TEMPORARY TABLE ending AS SELECT s.id, j.traveller_id, j.booking_id"
        " FROM subjects_subject s JOIN travellers_journey j ON j.id = s.id"
        " WHERE s.retention_class = %s AND s.month = %s AND s.received_at < %s ORDER BY s.id",
        [retention_class, month, before],
    )
    connection.execute("CREATE INDEX ON ending (id)")
    last = uuid.UUID(int=0)
    while True:
        with connection.transaction():
            rows = connection.execute(
                "SELECT id, traveller_id, booking_id FROM ending WHERE id > %s ORDER BY id LIMIT %s",
                [last, BATCH],
            ).fetchall()
            if not rows:
                break
            journeys, travellers, bookings = (list(column) for column in zip(*rows, strict=True))
            last = journeys[-1]
            counts["journeys"] += len(journeys)
            hits = _count_hits(connection, journeys, counts)
            values = {
                "hits": hits,
                "journeys": journeys,
                "travellers": travellers,
                "bookings": [b for b in bookings if b],
                "class": retention_class,
                "month": month,
            }
            # A month that is over loses its partition of the vault as a whole.
            ended = before == ALL
            for statement in () if ended else _DELETE_SEALED:
                connection.execute(statement, values)
            if hits:
                delete_decisions(connection, hits)
            for statement in _DELETE if ended else (*_DELETE, _SEALED_BOOKINGS):
                connection.execute(statement, values)
    connection.execute("DROP TABLE pg_temp.ending")
    return counts["journeys"], dict(counts)


#: Hits of minors without an objective link whose time is over: decided to release, or undecided.
_MINORS = """
    SELECT h.id, h.retention_class, h.month FROM hits_hit h
    JOIN subjects_subject s ON s.id = h.subject_id JOIN hit_outcome became ON became.hit_id = h.id
    WHERE s.minor AND h.retention_class <> 'linked'
      AND h.opened_at::date + vedette_minor_days(h.retention_class, %(until)s) <= %(until)s
      AND NOT became.objective_link
    ORDER BY h.id LIMIT %(most)s
"""
#: What hangs on hits, clear or sealed, before decisions and themselves; the journeys stay.
_DELETE_HITS = (
    "CREATE TEMPORARY TABLE hanging ON COMMIT DROP AS"
    " SELECT id FROM hits_reason WHERE hit_id = ANY(%(hits)s)"
    " UNION SELECT id FROM hits_decision WHERE hit_id = ANY(%(hits)s)"
    " UNION SELECT (params ->> 'text')::uuid FROM hits_event"
    " WHERE hit_id = ANY(%(hits)s) AND params ? 'text'",
    "DELETE FROM hits_reasonclear WHERE reason_id IN (SELECT id FROM hanging)",
    "DELETE FROM hits_textclear WHERE owner_id IN (SELECT id FROM hanging)",
    "DELETE FROM retention_vault WHERE owner IN (SELECT id FROM hanging)",
)


def end_minors(connection: Connection[Any], until: dt.date) -> dict[tuple[str, dt.date], int]:
    """Deletes the hits of minors whose shorter time is over (`vedette_minor_days`); gives how many by
    class and month. The journeys stay as long as any traveller's."""
    gone: Counter[tuple[str, dt.date]] = Counter()
    while True:
        with connection.transaction():
            found = connection.execute(_MINORS, {"until": until, "most": BATCH}).fetchall()
            if not found:
                return dict(gone)
            hits = [id_ for id_, _, _ in found]
            for statement in _DELETE_HITS:
                connection.execute(statement, {"hits": hits})
            delete_decisions(connection, hits)
            for statement in _DELETE[:3]:
                connection.execute(statement, {"hits": hits})
            gone.update((class_, month) for _, class_, month in found)


def _count_hits(
    connection: Connection[Any], journeys: Sequence[uuid.UUID], counts: Counter[str]
) -> list[uuid.UUID]:
    rows = connection.execute(
        "SELECT h.id, (SELECT choice FROM hits_decision d WHERE d.hit_id = h.id"
        " ORDER BY at DESC LIMIT 1) FROM hits_hit h WHERE h.subject_id = ANY(%s)",
        [list(journeys)],
    ).fetchall()
    counts["hits"] += len(rows)
    counts.update(choice or "undecided" for _, choice in rows)
    return [id_ for id_, _ in rows]


def drop_vault(connection: Connection[Any], retention_class: str, month: dt.date) -> int:
    """Drops the vault's partition of that class and month; gives how many rows went with it."""
    row = connection.execute(
        sql.SQL(
            "SELECT count(*) FROM {} WHERE retention_class = %s AND month >= %s AND month < %s"
        ).format(sql.Identifier(VAULT)),
        [retention_class, month, (month + dt.timedelta(days=32)).replace(day=1)],
    ).fetchone()
    patiently(
        connection,
        lambda: connection.execute("SELECT vedette_drop_vault(%s, %s)", [retention_class, month]),
    )
    return int(row[0]) if row else 0
