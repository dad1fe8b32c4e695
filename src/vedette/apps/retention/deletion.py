"""Deletes subjects at the end of their retention period. Subjects with an objective link are kept
longer.

A subject has an objective link if its hit is open, or if an officer decided to refer, hold or refuse. A
subject also has an objective link if an officer answered "same person" to a reason of its hit. Apps declare
further objective links (`Shared.links`). Rows that are kept are encrypted again with the monthly keys of the
class `linked`, which has a longer period. When the retention period of a month ends, its partition of the
vault is dropped and its key is destroyed. The backups of this month then also become unreadable.
"""

from __future__ import annotations

import datetime as dt
import uuid
from collections import Counter
from collections.abc import Sequence
from typing import Any

from psycopg import Connection, sql

from vedette.apps.hits.tables import deletion_of_hits
from vedette.apps.journal.canonical import delete_decisions
from vedette.apps.retention import masking
from vedette.apps.subjects.tables import LINKED, VAULT, declared
from vedette.keys.months import MonthKeys

#: The maximum number of subjects that are kept or deleted in one transaction.
BATCH = 2_000

_LINKED = """
    SELECT s.id FROM subjects_subject s JOIN hit_outcome became ON became.subject_id = s.id
    WHERE s.retention_class = %(class)s AND s.month = %(month)s AND s.received_at < %(before)s
      AND (became.outcome IN ('open', 'confirmed') OR became.objective_link)
    UNION
    SELECT s.id FROM subjects_subject s
    WHERE s.retention_class = %(class)s AND s.month = %(month)s AND s.received_at < %(before)s
      AND ({links})
    ORDER BY 1 LIMIT %(most)s
"""
_WITHIN = " AND retention_class = %(class)s AND month = %(month)s"
#: A time later than every receipt. It is used to delete all subjects of a month.
ALL = dt.datetime(9999, 1, 1, tzinfo=dt.UTC)


def keep_linked(
    connection: Connection[Any],
    keys: MonthKeys,
    retention_class: str,
    month: dt.date,
    before: dt.datetime = ALL,
) -> int:
    """Moves subjects with an objective link to the class `linked` if they were received earlier than the time
    `before`. Returns the number of subjects that were moved.

    Raises `KeysError`, and does not move the current batch, if a key of the source class or of the class
    `linked` is lost.
    """
    kept = 0
    while True:
        with connection.transaction():
            found = connection.execute(
                _LINKED.format(links=declared().links),
                {"class": retention_class, "month": month, "before": before, "most": BATCH},
            ).fetchall()
            if not found:
                return kept
            subjects = [id_ for (id_,) in found]
            _seal_again(connection, keys, retention_class, month, subjects)
            for statement in declared().relabel():
                connection.execute(statement, {"subjects": subjects})
        kept += len(subjects)


def _seal_again(
    connection: Connection[Any],
    keys: MonthKeys,
    retention_class: str,
    month: dt.date,
    subjects: Sequence[uuid.UUID],
) -> None:
    """Copies the rows of the given subjects in the vault to the class `linked`. The copies are encrypted with
    the keys of the class `linked`.
    """
    rows = connection.execute(
        f"SELECT owner, part, kind, month, organisation_id, sealed FROM {VAULT}"  # noqa: S608
        f" WHERE retention_class = %(class)s AND month = %(month)s AND owner IN ({declared().owners()})",
        {"class": retention_class, "month": month, "subjects": list(subjects)},
    ).fetchall()
    if not rows:
        return
    first = month.replace(day=1)
    old = keys.get(retention_class, first)
    connection.execute("SELECT vedette_make_vault(%s, %s)", [LINKED, first])
    new = keys.make(LINKED, first)
    with connection.cursor() as cursor:
        cursor.executemany(
            f"INSERT INTO {VAULT} (owner, part, kind, retention_class, month, organisation_id,"  # noqa: S608
            " sealed) VALUES (%s, %s, %s, %s, %s, %s, %s) ON CONFLICT DO NOTHING",
            [
                (owner, part, kind, LINKED, day, organisation,
                 masking.sealed_again(old, new, kind, owner, part, bytes(sealed)))
                for owner, part, kind, day, organisation, sealed in rows
            ],
        )  # fmt: skip


def delete_spine(
    connection: Connection[Any], retention_class: str, month: dt.date, before: dt.datetime = ALL
) -> tuple[int, dict[str, int]]:
    """Deletes, in batches, the subjects of a class and month that were received earlier than the time
    `before`. All rows that belong to the deleted subjects are also deleted. This function deletes the masked
    values of the subjects only if other subjects of the month remain. If the month has no other subjects, the
    whole partition of the month is dropped later.

    Returns the number of deleted subjects. Also returns the statistics that are kept: the numbers of subjects
    and hits, and the number of hits for each last decision.
    """
    counts: Counter[str] = Counter()
    within = None if before == ALL else _WITHIN
    values: dict[str, Any] = {"class": retention_class, "month": month}
    connection.execute("DROP TABLE IF EXISTS pg_temp.ending")
    connection.execute(
        "CREATE TEMPORARY TABLE ending AS SELECT id FROM subjects_subject"
        " WHERE retention_class = %s AND month = %s AND received_at < %s ORDER BY id",
        [retention_class, month, before],
    )
    connection.execute("CREATE INDEX ON ending (id)")
    last = uuid.UUID(int=0)
    while True:
        with connection.transaction():
            rows = connection.execute(
                "SELECT id FROM ending WHERE id > %s ORDER BY id LIMIT %s", [last, BATCH]
            ).fetchall()
            if not rows:
                break
            values["subjects"] = subjects = [id_ for (id_,) in rows]
            last = subjects[-1]
            _delete(connection, values, subjects, within, counts)
    connection.execute("DROP TABLE pg_temp.ending")
    return counts["subjects"], dict(counts)


def delete_subjects(
    connection: Connection[Any], organisation: uuid.UUID, subjects: Sequence[uuid.UUID]
) -> dict[str, int]:
    """Deletes these subjects of an organisation with all rows that belong to them, and their masked values.
    The caller has an open transaction, and has locked the subjects. Returns the numbers that `delete_spine`
    returns. The database refuses the deletion of a decision whose period is not over.
    """
    counts: Counter[str] = Counter()
    found = connection.execute(
        "SELECT id FROM subjects_subject WHERE organisation_id = %s AND id = ANY(%s) ORDER BY id",
        [organisation, list(subjects)],
    ).fetchall()
    ids = [id_ for (id_,) in found]
    values = {"subjects": ids, "of": organisation}
    _delete(connection, values, ids, " AND organisation_id = %(of)s", counts)
    return dict(counts)


def _delete(
    connection: Connection[Any],
    values: dict[str, Any],
    subjects: Sequence[uuid.UUID],
    within: str | None,
    counts: Counter[str],
) -> None:
    """Deletes the subjects in `values`, and adds the numbers of subjects, hits and decisions to `counts`.
    `within` has the same meaning as in `Declared.clear_deletion`."""
    tables = declared()
    counts["subjects"] += len(subjects)
    hits = _count_hits(connection, subjects, counts)
    for name, query in tables.ids_above().items():
        [[values[name]]] = connection.execute(query, values)
    if within is not None:
        for statement in tables.clear_deletion(within):
            connection.execute(statement, values)
    if hits:
        delete_decisions(connection, hits)
    for statement in tables.spine_deletion(within):
        connection.execute(statement, values)


def end_unused(
    connection: Connection[Any], retention_class: str, limit: dt.date
) -> dict[tuple[str, dt.date], int]:
    """Deletes the shared rows of a retention class if no other row refers to them. Only rows that were
    received on the day `limit` or earlier are deleted. Returns the number of deleted rows for each table and
    month.
    """
    gone: Counter[tuple[str, dt.date]] = Counter()
    values = {
        "class": retention_class, "most": BATCH, "before": masking.midnight(limit + dt.timedelta(days=1)),
    }  # fmt: skip
    for table, statement in declared().unused_deletion().items():
        while rows := connection.execute(statement, values).fetchall():
            gone.update((table, month) for (month,) in rows)
    return dict(gone)


def let_go(
    connection: Connection[Any], apart: masking.Apart, keys: MonthKeys
) -> dict[dt.date, int]:
    """Deletes the rows of a detached partition that were stored after the key of their month was destroyed.
    No new key is created for a month whose key was destroyed. Rows of subjects with an objective link are
    kept and encrypted with the keys of the class `linked`. Returns the affected months, with the number of
    subjects in each month that are kept. The caller must then delete the rows of the affected months from the
    main tables.

    Raises `KeysError`, and does not change the rows of the month, if the key of the class `linked` is lost.
    """
    class_ = apart.part.retention_class
    found = {}
    for month in masking.months(connection, apart):
        if not keys.destroyed(class_, month):
            continue
        with connection.transaction():
            found[month] = 0
            if class_ != LINKED:
                found[month] = keep_linked(connection, keys, class_, month)
                if not keys.destroyed(LINKED, month):
                    # This includes the rows of subjects that were already kept when another side table
                    # was processed.
                    masking.seal_linked(connection, keys, apart, month)
            connection.execute(
                sql.SQL("DELETE FROM {} WHERE month = %s").format(sql.Identifier(apart.table)),
                [month],
            )
    return found


#: Hits of minors without an objective link (released or undecided) whose retention period is over.
_MINORS = """
    SELECT h.id, h.retention_class, h.month FROM hits_hit h
    JOIN subjects_subject s ON s.id = h.subject_id JOIN hit_outcome became ON became.hit_id = h.id
    WHERE s.minor AND h.retention_class <> 'linked'
      AND h.opened_at::date + vedette_minor_days(h.retention_class, %(until)s) <= %(until)s
      AND NOT became.objective_link
    ORDER BY h.id LIMIT %(most)s
"""


def end_minors(connection: Connection[Any], until: dt.date) -> dict[tuple[str, dt.date], int]:
    """Deletes the hits of minors after their shorter period (`vedette_minor_days`). Returns the number of
    deleted hits for each class and month. The subjects of the deleted hits are kept for the usual period.
    """
    gone: Counter[tuple[str, dt.date]] = Counter()
    clear, spine = deletion_of_hits()
    while True:
        with connection.transaction():
            found = connection.execute(_MINORS, {"until": until, "most": BATCH}).fetchall()
            if not found:
                return dict(gone)
            hits = [id_ for id_, _, _ in found]
            for statement in clear:
                connection.execute(statement, {"hits": hits})
            delete_decisions(connection, hits)
            for statement in spine:
                connection.execute(statement, {"hits": hits})
            gone.update((class_, month) for _, class_, month in found)


def _count_hits(
    connection: Connection[Any], subjects: Sequence[uuid.UUID], counts: Counter[str]
) -> list[uuid.UUID]:
    rows = connection.execute(
        "SELECT h.id, (SELECT choice FROM hits_decision d WHERE d.hit_id = h.id"
        " ORDER BY at DESC LIMIT 1) FROM hits_hit h WHERE h.subject_id = ANY(%s)",
        [list(subjects)],
    ).fetchall()
    counts["hits"] += len(rows)
    counts.update(choice or "undecided" for _, choice in rows)
    return [id_ for id_, _ in rows]


def drop_vault(connection: Connection[Any], retention_class: str, month: dt.date) -> int:
    """Drops the partition of the vault for a class and month. Returns the number of rows in the partition."""
    [[rows]] = connection.execute(
        sql.SQL(
            "SELECT count(*) FROM {} WHERE retention_class = %s AND month >= %s AND month < %s"
        ).format(sql.Identifier(VAULT)),
        [retention_class, month, (month + dt.timedelta(days=32)).replace(day=1)],
    )
    masking.patiently(
        connection,
        connection.execute,
        "SELECT vedette_drop_vault(%s, %s)",
        [retention_class, month],
    )
    return int(rows)
