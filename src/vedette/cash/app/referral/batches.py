"""The routine transmission of records to the financial intelligence unit. A worker creates dated batches, and
pages show these batches.

Every record of the user's own administration (declaration, disclosure, record of undeclared cash, record
below the threshold) is sent in exactly one batch. The time limit of a record starts on the day on which the
administration obtained the record. This is the day of receipt. For a submission of the public form, it is the
day of acceptance. Announcements, cancelled records, records of partners and restricted records are not sent.
"""

from __future__ import annotations

import datetime as dt
import io
import json
import uuid
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from django.db import connection as web
from django.utils import timezone
from psycopg import Connection

from vedette.apps.columns import new_id
from vedette.apps.copying import copy_in
from vedette.apps.keyring import lock_bytes, unlock_bytes
from vedette.cash import movements, routine
from vedette.cash.app.referral.models import RoutineBatch, RoutineRecord
from vedette.cash.routine import read_columns
from vedette.cash.variants import Limit, variant
from vedette.core.cells import Table
from vedette.keys.ring import Keys, KeysError

_USE = "routine"
#: Most records of one batch. Further records are in the batch of the next sending.
MOST = 20_000
#: How long the rows of a batch are kept, so that the file can be downloaded again.
KEPT = dt.timedelta(days=90)
#: Rows of one page.
PAGE = 50
#: Days before today in which a waiting record is looked for.
_LOOKED_BACK = dt.timedelta(days=400)
_SENDING = """
    SELECT o.id FROM accounts_organisation o WHERE EXISTS (
        SELECT FROM cash_intelligenceunit u WHERE u.organisation_id = o.id)
"""
_UNIT = """
    SELECT id, columns, holidays, sends_on, variant FROM cash_intelligenceunit
    WHERE organisation_id = %s ORDER BY number DESC LIMIT 1
"""
_WAITING = """
    SELECT m.id, coalesce(m.accepted_at, m.received_at), c.state, c.reference, c.code
    FROM cash_movement m JOIN subjects_subject s ON s.id = m.id AND s.organisation_id = m.organisation_id
    JOIN cash_movementclear c ON c.movement_id = m.id AND c.organisation_id = m.organisation_id
     AND c.retention_class = m.retention_class AND c.month = m.month
    WHERE m.organisation_id = %s AND NOT m.announced AND NOT m.cancelled AND m.partner = ''
      AND NOT s.restricted
      AND NOT EXISTS (SELECT FROM cash_routinerecord r
                      WHERE r.subject_id = m.id AND r.organisation_id = m.organisation_id)
    ORDER BY 2, 1 LIMIT %s
"""
_FORGET = """
    UPDATE cash_routinerecord r SET content = NULL FROM cash_routinebatch b
    WHERE b.id = r.batch_id AND b.organisation_id = %(of)s AND r.organisation_id = %(of)s
      AND r.content IS NOT NULL AND b.made_at < %(before)s
"""
_COLUMNS = ("subject_id", "organisation_id", "batch_id", "number", "due_on", "late", "content")


def due_day(made: dt.date, limit: Limit, holidays: Sequence[dt.date]) -> dt.date:
    """Returns the last day on which a record may be sent. If the time limit is in calendar days, holidays are
    ignored."""
    if limit.unit == "working_day":
        return routine.due(made, limit.amount, holidays)
    return made + dt.timedelta(days=limit.amount)


def watch(connection: Connection[Any], keys: Keys, now: dt.datetime) -> int:
    """Creates the batches of this day, and deletes the rows of old batches. Returns the number of new
    batches.
    """
    today, made = timezone.localdate(now), 0
    for (organisation,) in connection.execute(_SENDING).fetchall():
        for id_, columns, holidays, sends_on, name in connection.execute(
            _UNIT, [organisation]
        ).fetchall():
            if today.weekday() in sends_on and today not in holidays:
                limit = variant(name).limits["referral"]
                made += _make(connection, id_, organisation, columns, holidays, limit, now)
        connection.execute(_FORGET, {"of": organisation, "before": now - KEPT})
    return made


def _make(
    connection: Connection[Any], unit: uuid.UUID, organisation: uuid.UUID, columns: str,
    holidays: Sequence[dt.date], limit: Limit, now: dt.datetime,
) -> int:  # fmt: skip
    """Creates the batch of this day, even if there are no records to send. If the day already has a batch,
    creates no batch. Returns the number of new batches (1 or 0).
    """
    today, batch = timezone.localdate(now), new_id()
    if connection.execute(
        "SELECT FROM cash_routinebatch WHERE organisation_id = %s AND day = %s",
        [organisation, today],
    ).fetchone():
        return 0
    with connection.transaction():
        new = connection.execute(
            "INSERT INTO cash_routinebatch (id, organisation_id, prescribed_id, day, made_at, records, late)"
            " VALUES (%s, %s, %s, %s, %s, 0, 0) ON CONFLICT (organisation_id, day) DO NOTHING",
            [batch, organisation, unit, today, now],
        )
        if not new.rowcount:
            return 0
        wanted = read_columns(columns)
        found = connection.execute(_WAITING, [organisation, MOST]).fetchall()
        rows, late = [], 0
        for number, (id_, at, state, reference, code) in enumerate(found, 1):
            made = timezone.localdate(at)
            due = due_day(made, limit, holidays)
            is_late = today > due
            late += is_late
            message = movements.decoded(state).message
            record = {
                "id": str(id_), "reference": reference or code or "", "made": made.isoformat(),
                "due": due.isoformat(), "late": "yes" if is_late else "no",
            }  # fmt: skip
            cells = routine.rows(record, message, wanted) if message else []
            content = lock_bytes(json.dumps(cells, ensure_ascii=False).encode(), _USE)
            rows.append((id_, organisation, batch, number, due, is_late, content))
        copy_in(connection, "cash_routinerecord", _COLUMNS, rows)
        connection.execute(
            "UPDATE cash_routinebatch SET records = %s, late = %s WHERE id = %s AND organisation_id = %s",
            [len(rows), late, batch, organisation],
        )
    return 1


# --- reading --------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Shown:
    """A batch with the number of records and the number of late records that the reader may see."""

    batch: RoutineBatch
    records: int
    late: int


def page(whole: bool, before: dt.date | None) -> tuple[list[Shown], bool]:
    """Returns batches, the latest first, and whether there are more batches. If `whole` is true, the reader
    may see all data of the organisation. If the reader may see all data, the numbers of records are taken
    from the stored batch.
    """
    found = RoutineBatch.objects.order_by("-day")
    if before:
        found = found.filter(day__lt=before)
    rows = list(found[: PAGE + 1])
    return [_shown(one, whole) for one in rows[:PAGE]], len(rows) > PAGE


def _shown(batch: RoutineBatch, whole: bool) -> Shown:
    if whole:
        return Shown(batch, batch.records, batch.late)
    records = RoutineRecord.objects.filter(batch=batch)
    return Shown(batch, records.count(), records.filter(late=True).count())


def one(batch: RoutineBatch, whole: bool, after: int) -> tuple[Shown, list[RoutineRecord], bool]:
    """Returns a batch and its records whose numbers are greater than `after`. Also returns whether there are
    more records.
    """
    rows = list(
        RoutineRecord.objects.filter(batch=batch, number__gt=after)
        .defer("content")
        .order_by("number")[: PAGE + 1]
    )
    return _shown(batch, whole), rows[:PAGE], len(rows) > PAGE


def late(after: tuple[dt.date, uuid.UUID] | None) -> tuple[list[RoutineRecord], bool]:
    """Returns the records that were sent late. The records with the latest time limit come first."""
    found = RoutineRecord.objects.filter(late=True).defer("content").order_by("-due_on", "subject")
    if after:
        day, id_ = after
        found = found.filter(due_on__lte=day).exclude(due_on=day, subject_id__lte=id_)
    rows = list(found.select_related("batch")[: PAGE + 1])
    return rows[:PAGE], len(rows) > PAGE


def overdue(
    limit: Limit, holidays: Sequence[dt.date], today: dt.date
) -> list[tuple[uuid.UUID, dt.date]]:
    """Returns at most `PAGE` records that are not in a batch although their time limit has passed. The oldest
    records come first. Each record is returned with its time limit.
    """
    last = today
    while due_day(last, limit, holidays) >= today:
        last -= dt.timedelta(days=1)
    end = timezone.make_aware(dt.datetime.combine(last + dt.timedelta(days=1), dt.time.min))
    with web.cursor() as cursor:
        cursor.execute(
            """
            SELECT m.id, coalesce(m.accepted_at, m.received_at) FROM cash_movement m
            WHERE coalesce(m.accepted_at, m.received_at) >= %s
              AND coalesce(m.accepted_at, m.received_at) < %s
              AND NOT m.announced AND NOT m.cancelled AND m.partner = ''
              AND NOT EXISTS (SELECT FROM cash_routinerecord r WHERE r.subject_id = m.id)
              AND NOT EXISTS (SELECT FROM subjects_subject s WHERE s.id = m.id AND s.restricted)
            ORDER BY 2, 1 LIMIT %s
            """,
            [end - _LOOKED_BACK, end, PAGE],
        )
        found = cursor.fetchall()
    return [(id_, due_day(timezone.localdate(at), limit, holidays)) for id_, at in found]


def file(batch: RoutineBatch) -> Iterator[str]:
    """Yields the CSV file of a batch. Records that were deleted after the creation of the batch are not in
    the file. The file states how many rows are missing because they are no longer kept.
    """
    text = io.StringIO()
    table = Table(text)
    table.row(read_columns(batch.prescribed.columns))
    for row in RoutineRecord.objects.filter(batch=batch).order_by("number").iterator(2_000):
        for cells in _cells(row):
            table.row(cells)
        yield text.getvalue()
        text.seek(0)
        text.truncate()
    yield text.getvalue()


def _cells(row: RoutineRecord) -> list[list[str]]:
    try:
        data = unlock_bytes(bytes(row.content), _USE) if row.content is not None else b"[]"
    except KeysError:
        return []
    found: list[list[str]] = json.loads(data)
    return found


def complete(batch: RoutineBatch, at: dt.datetime) -> bool:
    """Returns whether the rows of a batch are still kept."""
    return at - batch.made_at < KEPT


def sees_whole() -> bool:
    """Returns whether the database permits the reader to see all data of the organisation."""
    with web.cursor() as cursor:
        cursor.execute("SELECT vedette_whole()")
        return bool(cursor.fetchone()[0])
