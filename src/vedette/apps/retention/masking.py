"""Masking: clear partitions go into the vault row by row, sealed, and are dropped.

While a month is due in part, the rows that are go one by one (`mask_rows`); its last day takes the rest.
A partition is taken apart first, in one short step: from then on nobody sees or writes it, so what
is copied cannot change. It is copied in stretches of its file, each in a transaction that also says
how far it came; a run that was killed goes on there, and nothing is copied twice. Only what was
counted into the vault row for row is dropped.
"""

from __future__ import annotations

import datetime as dt
import time
import uuid
from collections import Counter
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple, TypeVar

import psycopg
from psycopg import Connection, sql

from vedette.apps.columns import new_id
from vedette.apps.retention.parts import Part
from vedette.apps.retention.sealing import seal
from vedette.apps.subjects.tables import LINKED, VAULT, declared
from vedette.keys.months import MonthKey, MonthKeys

#: Blocks of 8 kB copied in one transaction: some thousands of rows.
STRETCH = 512
#: How long a step may wait for its lock before it lets others pass, and how often it is tried.
LOCK_TIMEOUT = "500ms"
TRIES = 60
NOBODY = uuid.UUID(int=0)
#: Rows masked one by one in one transaction.
ROWS = 5_000

T = TypeVar("T")
#: A row to be sealed: spine id, part, kind, month, organisation, the row as JSON.
_Clear = tuple[Any, ...]

_VAULT_TYPES = ("uuid", "uuid", "text", "text", "date", "uuid", "bytea")


class Busy(Exception):
    """A lock was not to be had for half a minute: the next run tries again; nothing is lost."""


class Apart(NamedTuple):
    """A partition on its way into the vault, and how far it is."""

    table: str
    part: Part
    block: int
    copied: int


def take_apart(connection: Connection[Any], part: Part) -> Apart | None:
    """Takes a clear partition out of sight; None where it is not there (any more). Raises `Busy`."""

    def step() -> str | None:
        row = connection.execute(
            "SELECT vedette_detach(%s, %s, %s)", [part.parent, part.retention_class, part.month]
        ).fetchone()
        name: str | None = row[0] if row else None
        if name:
            connection.execute(
                "INSERT INTO retention_masking (apart, parent, retention_class, month, total, block,"
                " copied) VALUES (%s, %s, %s, %s, 0, 0, 0)",
                [name, *part],
            )
        return name

    name = patiently(connection, step)
    return Apart(name, part, 0, 0) if name else None


def unfinished(connection: Connection[Any]) -> list[Apart]:
    """What earlier runs took apart and did not bring to an end."""
    rows = connection.execute(
        "SELECT apart, parent, retention_class, month, block, copied FROM retention_masking"
        " ORDER BY apart"
    )
    return [
        Apart(name, Part(parent, class_, month), block, copied)
        for name, parent, class_, month, block, copied in rows
    ]


def bring_to_vault(connection: Connection[Any], keys: MonthKeys, apart: Apart) -> int:
    """Copies a partition into the vault from where it stands; gives its rows. It is still there.

    Rows of a rest that are not due, and those whose month has ended for good, are to be gone before
    (`put_back`, `late.let_go`). Raises `KeysError` where a month key is lost: then nothing was dropped.
    """
    blocks = _blocks(connection, apart.table)
    block, copied = apart.block, apart.copied
    made: dict[dt.date, MonthKey] = {}
    while block < blocks:
        with connection.transaction():
            copied += _copy_stretch(connection, keys, made, apart, block)
            block += STRETCH
            connection.execute(
                "UPDATE retention_masking SET block = %s, copied = %s WHERE apart = %s",
                [block, copied, apart.table],
            )
    return copied


def drop(connection: Connection[Any], apart: Apart, copied: int) -> dict[dt.date, int]:
    """Drops a partition whose every row is in the vault; gives the rows of each month.

    Raises `RuntimeError` where one is missing.
    """
    rows = connection.execute(
        sql.SQL("SELECT month, count(*) FROM {} GROUP BY month ORDER BY month").format(
            sql.Identifier(apart.table)
        )
    ).fetchall()
    if sum(count for _, count in rows) != copied:
        raise RuntimeError(f"{apart.table}: rows counted and copied differ; it is not dropped")

    def step() -> None:
        connection.execute("SELECT vedette_drop_detached(%s)", [apart.table])
        connection.execute("DELETE FROM retention_masking WHERE apart = %s", [apart.table])

    patiently(connection, step)
    return dict(rows)


def months(connection: Connection[Any], apart: Apart) -> list[dt.date]:
    """The months of which a partition taken apart has rows."""
    if apart.part.month is not None:
        return [apart.part.month]
    rows = connection.execute(
        sql.SQL("SELECT DISTINCT month FROM {} ORDER BY 1").format(sql.Identifier(apart.table))
    )
    return [month for (month,) in rows]


def put_back(connection: Connection[Any], apart: Apart, limit: dt.date) -> None:
    """Rows of a rest whose month is not due return to their table, before the others are copied."""
    names = {"apart": sql.Identifier(apart.table), "parent": sql.Identifier(apart.part.parent)}
    with connection.transaction():
        connection.execute(
            sql.SQL("INSERT INTO {parent} SELECT * FROM {apart} WHERE month > %s").format(**names),
            [limit],
        )
        connection.execute(sql.SQL("DELETE FROM {apart} WHERE month > %s").format(**names), [limit])


def mask_rows(
    connection: Connection[Any], keys: MonthKeys, part: Part, limit: dt.date
) -> dict[dt.date, int]:
    """Moves what came on `limit` or before out of a clear partition that stays for the others; gives
    the rows of each month. Nothing holds up who reads or writes: what is locked waits for the next run.
    """
    leaf = f"{part.parent}_{part.retention_class}" + (
        f"{part.month:_%Y_%m}" if part.month else "_rest"
    )
    statement = sql.SQL(
        "WITH due AS (SELECT t.ctid FROM {leaf} t WHERE t.month <= %(limit)s AND {came} < %(before)s"
        " LIMIT %(most)s FOR UPDATE OF t SKIP LOCKED) DELETE FROM {leaf} t USING due"
        " WHERE t.ctid = due.ctid RETURNING {columns}"
    ).format(
        leaf=sql.Identifier(leaf),
        came=sql.SQL(declared().side_tables[part.parent].came),
        columns=_columns(part.parent),
    )
    values = {"limit": limit, "before": midnight(limit + dt.timedelta(days=1)), "most": ROWS}
    made: dict[dt.date, MonthKey] = {}
    masked: Counter[dt.date] = Counter()
    while True:
        with connection.transaction():
            with connection.cursor(binary=True) as cursor:
                rows = cursor.execute(statement, values).fetchall()
            if not rows:
                return dict(masked)
            _seal(connection, keys, made, part.retention_class, rows)
        masked.update(row[3] for row in rows)


def midnight(day: dt.date) -> dt.datetime:
    """When a day begins, UTC."""
    return dt.datetime.combine(day, dt.time(), dt.UTC)


def forget_favours(
    connection: Connection[Any], retention_class: str, month: dt.date, limit: dt.date
) -> None:
    """What spoke in favour of who came on `limit` or before keeps its kind and its points; days and how
    many travel together go."""
    connection.execute(
        "UPDATE hits_hit h SET favour = (SELECT coalesce(jsonb_agg(f || '{\"params\": {}}'), '[]')"
        " FROM jsonb_array_elements(favour) f) WHERE retention_class = %s AND month = %s"
        " AND EXISTS (SELECT FROM jsonb_array_elements(favour) f WHERE f -> 'params' <> '{}')"
        " AND EXISTS (SELECT FROM subjects_subject s WHERE s.id = h.subject_id AND s.received_at < %s)",
        [retention_class, month, midnight(limit + dt.timedelta(days=1))],
    )


def patiently(connection: Connection[Any], step: Callable[[], T]) -> T:
    """Does `step` in a transaction that waits half a second for its locks at most, again and again."""
    for _ in range(TRIES):
        try:
            with connection.transaction():
                connection.execute(f"SET LOCAL lock_timeout = '{LOCK_TIMEOUT}'")
                return step()
        except (psycopg.errors.LockNotAvailable, psycopg.errors.DeadlockDetected):
            time.sleep(0.5)
    raise Busy


def _blocks(connection: Connection[Any], table: str) -> int:
    row = connection.execute(
        "SELECT pg_relation_size(%s::regclass) / current_setting('block_size')::bigint",
        [sql.Identifier(table).as_string(connection)],
    ).fetchone()
    return int(row[0]) if row else 0


def _copy_stretch(
    connection: Connection[Any],
    keys: MonthKeys,
    made: dict[dt.date, MonthKey],
    apart: Apart,
    block: int,
) -> int:
    """Seals the rows of some blocks into the vault; gives how many."""
    statement = sql.SQL("SELECT {} FROM {} t WHERE t.ctid >= %s::tid AND t.ctid < %s::tid").format(
        _columns(apart.part.parent), sql.Identifier(apart.table)
    )
    with connection.cursor(binary=True) as cursor:
        cursor.execute(statement, [f"({block},0)", f"({block + STRETCH},0)"])
        rows = cursor.fetchall()
    _seal(connection, keys, made, apart.part.retention_class, rows)
    return len(rows)


def seal_linked(
    connection: Connection[Any],
    keys: MonthKeys,
    apart: Apart,
    month: dt.date,
    subjects: Sequence[uuid.UUID],
) -> None:
    """Copies the rows of these subjects and this month from a detached partition into the vault, as class
    `linked`."""
    side = declared().side_tables[apart.part.parent]
    statement = sql.SQL("SELECT {} FROM {} t WHERE t.month = %(month)s AND t.{} IN ({})").format(
        _columns(side.table),
        sql.Identifier(apart.table),
        sql.Identifier(side.owner),
        sql.SQL(side.owners.replace("{subjects}", "%(subjects)s")),
    )  # fmt: skip
    with connection.cursor(binary=True) as cursor:
        rows = cursor.execute(statement, {"month": month, "subjects": list(subjects)}).fetchall()
    _seal(connection, keys, {}, LINKED, rows)


def _columns(parent: str) -> sql.SQL:
    """The columns of a row `t` of a side table that are needed to seal it (`_Clear`)."""
    side = declared().side_tables[parent]
    return sql.SQL(
        f"t.{side.owner}, {f't.{side.part}' if side.part else 'NULL::uuid'}, {side.kind}, t.month,"
        " t.organisation_id, convert_to(row_to_json(t)::text, 'UTF8')"
    )


def _seal(
    connection: Connection[Any],
    keys: MonthKeys,
    made: dict[dt.date, MonthKey],
    class_: str,
    rows: Sequence[_Clear],
) -> None:
    """Brings rows into the vault under the keys of a class; the partitions are made where missing."""
    for month in {row[3] for row in rows} - set(made):
        first = month.replace(day=1)
        connection.execute("SELECT vedette_make_vault(%s, %s)", [class_, first])
        made[month] = keys.make(class_, first)
    try:
        with connection.transaction():
            _put(connection, made, class_, rows)
    except psycopg.errors.UniqueViolation:
        # Something of them was masked before, and more was written of them since: both are kept.
        with connection.transaction():
            _put(connection, made, class_, _beside(connection, class_, rows))


def _put(
    connection: Connection[Any], made: dict[dt.date, MonthKey], class_: str, rows: Sequence[_Clear]
) -> None:
    with (
        connection.cursor() as cursor,
        cursor.copy(
            f"COPY {VAULT} (owner, part, kind, retention_class, month, organisation_id, sealed)"
            " FROM STDIN (FORMAT BINARY)"
        ) as copy,
    ):
        copy.set_types(_VAULT_TYPES)
        for spine, other, kind, month, organisation, row in rows:
            tail = other or NOBODY
            sealed = seal(made[month], kind, spine, tail, row)
            copy.write_row((spine, tail, kind, class_, month, organisation, sealed))


def _beside(connection: Connection[Any], class_: str, rows: Sequence[_Clear]) -> list[_Clear]:
    """The rows, each that the vault has already with a `part` of its own (the flight of a booking is
    in the sealed row)."""
    there = {
        (subject, part, kind, month)
        for subject, part, kind, month in connection.execute(
            f"SELECT owner, part, kind, month FROM {VAULT}"  # noqa: S608  a name of ours
            " WHERE retention_class = %s AND owner = ANY(%s)",
            [class_, [row[0] for row in rows]],
        )
    }
    return [
        (
            spine,
            new_id() if (spine, other or NOBODY, kind, month) in there else other,
            kind,
            month,
            *rest,
        )
        for spine, other, kind, month, *rest in rows
    ]
