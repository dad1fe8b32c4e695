"""Implements masking. Masking encrypts the rows of the tables with unencrypted values, moves these rows to
the vault table, and drops the old partitions.

PostgreSQL converts a row to JSON. The JSON of the row is compressed with a dictionary of words that rows of
this kind have in common. The compressed JSON is encrypted with the key of the row's class and month. The
encryption authenticates the kind and the ids of the row.

While only some days of a month are due for masking, `mask_rows` moves the rows of these days. When the last
day of a month is due for masking, the whole partition with its remaining rows is moved. The partition is
first detached in one short step. After the detachment, no other session reads or writes the partition, so the
copied rows cannot change. The blocks of the partition are then copied in several transactions, which also
record the progress. If a run is killed, the next run continues from the recorded progress and copies no row
twice. A partition is dropped only if the number of copied rows equals the number of its rows.
"""

from __future__ import annotations

import datetime as dt
import json
import time
import uuid
import zlib
from collections import Counter
from collections.abc import Callable, Sequence
from functools import cache
from typing import Any, NamedTuple, TypeVar

import psycopg
from psycopg import Connection, sql

from vedette.apps.columns import new_id
from vedette.apps.retention.parts import Part
from vedette.apps.subjects.tables import LINKED, VAULT, declared
from vedette.core.errors import Failure
from vedette.keys.months import MonthKey, MonthKeys
from vedette.keys.ring import KeysError

#: The number of blocks (8 kB) that one transaction copies. They contain some thousands of rows.
STRETCH = 512
#: How long a step waits for a lock, and the maximum number of attempts.
LOCK_TIMEOUT = "500ms"
TRIES = 60
#: The value of `part` in the vault for a row that has no part.
NOBODY = uuid.UUID(int=0)
#: Rows that `mask_rows` moves in one transaction.
ROWS = 5_000

T = TypeVar("T")
#: A row to be encrypted: owner, part, kind, month, organisation, and the row as JSON.
_Clear = tuple[Any, ...]

_VAULT_TYPES = ("uuid", "uuid", "text", "text", "date", "uuid", "bytea")
#: The first byte of the data before encryption. It is the version of this format and of the dictionary.
_VERSION = b"\x01"
#: The parameters of zlib. Rows have between some hundred bytes and some kilobytes. A small window compresses
#: them as well as a large window and is much faster.
_WINDOW, _MEMORY, _LEVEL = -12, 5, 1
#: Maximum size of an unpacked row in bytes.
_MAX = 64 * 1024 * 1024


class Busy(Failure):
    """The exception that is raised if a lock was not available for half a minute. No data is lost, and the
    next run tries again.
    """


class Apart(NamedTuple):
    """A detached partition, with the number of blocks and the number of rows that were already copied to the
    vault.
    """

    table: str
    part: Part
    block: int
    copied: int


def take_apart(connection: Connection[Any], part: Part) -> None:
    """Detaches a partition with unencrypted values from its table, if the partition still exists. Raises
    `Busy` if the table stays locked.
    """

    def step() -> None:
        [[name]] = connection.execute("SELECT vedette_detach(%s, %s, %s)", [*part])
        if name:
            connection.execute(
                "INSERT INTO retention_masking (apart, parent, retention_class, month, total, block,"
                " copied) VALUES (%s, %s, %s, %s, 0, 0, 0)",
                [name, *part],
            )

    patiently(connection, step)


def unfinished(connection: Connection[Any]) -> list[Apart]:
    """Returns the partitions that were detached and are not dropped yet."""
    return [
        Apart(name, Part(parent, class_, month), block, copied)
        for name, parent, class_, month, block, copied in connection.execute(
            "SELECT apart, parent, retention_class, month, block, copied FROM retention_masking"
            " ORDER BY apart"
        )
    ]


def bring_to_vault(connection: Connection[Any], keys: MonthKeys, apart: Apart) -> int:
    """Copies a detached partition to the vault. If an earlier run was interrupted, the copying continues from
    the recorded progress. Returns the number of copied rows. The partition is not dropped.

    The caller must first remove the rows of a partition `rest` that are not due for masking (`put_back`). The
    caller must also first remove the rows whose monthly key is destroyed (`deletion.let_go`). Raises
    `KeysError` if a monthly key is lost.
    """
    [[blocks]] = connection.execute(
        "SELECT pg_relation_size(%s::regclass) / current_setting('block_size')::bigint",
        [sql.Identifier(apart.table).as_string(connection)],
    )
    block, copied = apart.block, apart.copied
    made: dict[dt.date, MonthKey] = {}
    while block < blocks:
        with connection.transaction():
            copied += _copy(
                connection, keys, made, apart, apart.part.retention_class,
                "t.ctid >= %(first)s::tid AND t.ctid < %(after)s::tid",
                {"first": f"({block},0)", "after": f"({block + STRETCH},0)"},
            )  # fmt: skip
            block += STRETCH
            connection.execute(
                "UPDATE retention_masking SET block = %s, copied = %s WHERE apart = %s",
                [block, copied, apart.table],
            )
    return copied


def drop(connection: Connection[Any], apart: Apart, copied: int) -> dict[dt.date, int]:
    """Drops a detached partition whose rows were copied to the vault. `copied` is the number of rows that
    were copied. Returns the number of rows of each month.

    Raises `RuntimeError` if the partition contains a different number of rows.
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
    """Returns the months of the rows in a detached partition."""
    if apart.part.month is not None:
        return [apart.part.month]
    rows = connection.execute(
        sql.SQL("SELECT DISTINCT month FROM {} ORDER BY 1").format(sql.Identifier(apart.table))
    )
    return [month for (month,) in rows]


def put_back(connection: Connection[Any], apart: Apart, limit: dt.date) -> None:
    """Moves rows whose month begins after the day `limit` from a detached partition `rest` back to their
    table. This function must be called before the other rows are copied.
    """
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
    """Moves the rows that were received on the day `limit` or earlier from a partition with unencrypted
    values to the vault. The partition is not dropped. Returns the number of rows of each month. Rows that
    another session has locked are moved by the next run.
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
    """Returns the beginning of a day (UTC)."""
    return dt.datetime.combine(day, dt.time(), dt.UTC)


def forget_favours(
    connection: Connection[Any], retention_class: str, month: dt.date, limit: dt.date
) -> None:
    """Removes the parameters (days, numbers) from the facts in favour of each subject that was received on
    the day `limit` or earlier. For each fact in favour, the kind and the number of points are kept.
    """
    connection.execute(
        "UPDATE hits_hit h SET parts = (SELECT coalesce(jsonb_object_agg(key, value || jsonb_build_object("
        "'favour', (SELECT coalesce(jsonb_agg(f || '{\"params\": {}}'), '[]')"
        " FROM jsonb_array_elements(value -> 'favour') f))), '{}') FROM jsonb_each(parts)), favour ="
        " (SELECT coalesce(jsonb_agg(f || '{\"params\": {}}'), '[]')"
        " FROM jsonb_array_elements(favour) f) WHERE retention_class = %s AND month = %s"
        " AND (EXISTS (SELECT FROM jsonb_array_elements(favour) f WHERE f -> 'params' <> '{}')"
        " OR jsonb_path_exists(parts, '$.*.favour[*].params.keyvalue()'))"
        " AND EXISTS (SELECT FROM subjects_subject s WHERE s.id = h.subject_id AND s.received_at < %s)",
        [retention_class, month, midnight(limit + dt.timedelta(days=1))],
    )


def patiently(connection: Connection[Any], step: Callable[..., T], *arguments: Any) -> T:
    """Calls `step` in a transaction that waits at most `LOCK_TIMEOUT` for a lock. Makes up to `TRIES`
    attempts. Raises `Busy` if all attempts fail.
    """
    for _ in range(TRIES):
        try:
            with connection.transaction():
                connection.execute(f"SET LOCAL lock_timeout = '{LOCK_TIMEOUT}'")
                return step(*arguments)
        except (psycopg.errors.LockNotAvailable, psycopg.errors.DeadlockDetected):
            time.sleep(0.5)
    raise Busy("a table was locked for half a minute; run again")


def seal_linked(connection: Connection[Any], keys: MonthKeys, apart: Apart, month: dt.date) -> None:
    """Copies the rows of subjects of the class `linked` from a detached partition to the vault. Only the rows
    of one month are copied.
    """
    rows = connection.execute(
        "SELECT id FROM subjects_subject WHERE retention_class = %s AND month = %s", [LINKED, month]
    ).fetchall()
    if rows:
        side = declared().side_tables[apart.part.parent]
        _copy(
            connection, keys, {}, apart, LINKED,
            f"t.month = %(month)s AND t.{side.owner} IN ({side.owners_of()})",
            {"month": month, "subjects": [id_ for (id_,) in rows]},
        )  # fmt: skip


def about(kind: str, owner: uuid.UUID, part: uuid.UUID) -> bytes:
    """Returns the data that is authenticated together with an encrypted row."""
    return kind.encode() + b"\0" + owner.bytes + part.bytes


@cache
def _compressor(kind: str) -> Any:
    return zlib.compressobj(_LEVEL, zlib.DEFLATED, _WINDOW, _MEMORY, zdict=declared().words(kind))


def seal(key: MonthKey, kind: str, owner: uuid.UUID, part: uuid.UUID, row: bytes) -> bytes:
    """Compresses and encrypts one row for the vault."""
    compressor = _compressor(kind).copy()
    packed = _VERSION + compressor.compress(row) + compressor.flush()
    return key.seal(packed, about(kind, owner, part))


def open_row(
    key: MonthKey, kind: str, owner: uuid.UUID, part: uuid.UUID, sealed: bytes
) -> dict[str, Any]:
    """Decrypts a row of the vault and returns its columns. Raises `KeysError` with the key id if the row
    cannot be decrypted.
    """
    data = key.open(sealed, about(kind, owner, part))
    if data[:1] != _VERSION:
        raise KeysError("a row of the vault was written by a later version: upgrade first")
    decompressor = zlib.decompressobj(_WINDOW, zdict=declared().words(kind))
    row: dict[str, Any] = json.loads(decompressor.decompress(data[1:], _MAX))
    return row


def sealed_again(
    old: MonthKey, new: MonthKey, kind: str, owner: uuid.UUID, part: uuid.UUID, sealed: bytes
) -> bytes:
    """Decrypts a row of the vault with the key `old` and encrypts it with the key `new`."""
    bound_to = about(kind, owner, part)
    return new.seal(old.open(sealed, bound_to), bound_to)


def _copy(
    connection: Connection[Any],
    keys: MonthKeys,
    made: dict[dt.date, MonthKey],
    apart: Apart,
    class_: str,
    which: str,
    values: dict[str, Any],
) -> int:
    """Encrypts the rows `t` of a detached partition that meet the condition `which`, and stores them in the
    vault. Returns the number of rows that were stored.
    """
    statement = sql.SQL("SELECT {} FROM {} t WHERE {}").format(
        _columns(apart.part.parent), sql.Identifier(apart.table), sql.SQL(which)
    )
    with connection.cursor(binary=True) as cursor:
        rows = cursor.execute(statement, values).fetchall()
    _seal(connection, keys, made, class_, rows)
    return len(rows)


def _columns(parent: str) -> sql.SQL:
    """Returns the SQL columns (of `_Clear`) that are needed to encrypt a row of a side table. In the query,
    the alias of the row is `t`."""
    side = declared().side_tables[parent]
    return sql.SQL(
        f"t.{side.owner}, {f't.{side.part}' if side.part else 'NULL::uuid'}, {side.kind}, t.month,"
        f" t.organisation_id, convert_to({side.row}, 'UTF8')"
    )


def _seal(
    connection: Connection[Any],
    keys: MonthKeys,
    made: dict[dt.date, MonthKey],
    class_: str,
    rows: Sequence[_Clear],
) -> None:
    """Encrypts rows with the keys of a class and stores them in the vault. Creates the partitions and keys
    that are missing.
    """
    for month in {row[3] for row in rows} - set(made):
        first = month.replace(day=1)
        connection.execute("SELECT vedette_make_vault(%s, %s)", [class_, first])
        made[month] = keys.make(class_, first)
    try:
        with connection.transaction():
            _put(connection, made, class_, rows)
    except psycopg.errors.UniqueViolation:
        # Another row with the same owner and part was already masked. Both rows are kept.
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
        for owner, part, kind, month, organisation, row in rows:
            other = part or NOBODY
            sealed = seal(made[month], kind, owner, other, row)
            copy.write_row((owner, other, kind, class_, month, organisation, sealed))


def _beside(connection: Connection[Any], class_: str, rows: Sequence[_Clear]) -> list[_Clear]:
    """Returns the rows. A row gets a new value of `part` if the vault already contains a row with its owner
    and its `part`. The encrypted content of a row with a new `part` still contains the original `part`.
    """
    there = set(
        connection.execute(
            f"SELECT owner, part, kind, month FROM {VAULT}"  # noqa: S608  a name of ours
            " WHERE retention_class = %s AND owner = ANY(%s)",
            [class_, [row[0] for row in rows]],
        )
    )
    return [
        (
            owner,
            new_id() if (owner, part or NOBODY, kind, month) in there else part,
            kind,
            month,
            *rest,
        )
        for owner, part, kind, month, *rest in rows
    ]
