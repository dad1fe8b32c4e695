"""Stores the values that were known about each subject at its screening. The values are stored in
blocks of rows.

A fresh block contains one data frame with all columns. `compact` joins the fresh blocks of a day
into compacted blocks of up to `ROWS` rows. Each column of a compacted block is a separate row of
the database table. So a backtest reads only the columns that its expression uses. The data are in
the format Arrow IPC, which stores values exactly.
"""

from __future__ import annotations

import datetime as dt
import io
import itertools
import uuid
from collections.abc import Iterable, Iterator, Sequence
from typing import Any, NamedTuple

import polars as pl
from psycopg import Connection

from vedette.apps.copying import copy_in
from vedette.core.ids import new_id
from vedette.profiles.frames import LOW, halves

#: The largest number of rows of a compacted block, and the smallest number of fresh blocks that are
#: compacted.
ROWS = 50_000
FEW = 8

_COLUMNS = (
    "block", "column", "retention_class", "month", "organisation_id", "kind", "day", "rows", "data",
)  # fmt: skip
_FRESH = ""


class Where(NamedTuple):
    """The organisation, retention class, month, kind of subject and day to which values belong."""

    organisation: uuid.UUID
    retention_class: str
    month: dt.date
    kind: str
    day: dt.date


def _packed(frame: pl.DataFrame) -> bytes:
    out = io.BytesIO()
    frame.write_ipc(out, compression="zstd")
    return out.getvalue()


def _unpacked(data: bytes) -> pl.DataFrame:
    return pl.read_ipc(io.BytesIO(data))


def put(connection: Connection[Any], where: Where, frame: pl.DataFrame) -> None:
    """Stores a data frame as a fresh block. Columns without values are left out."""
    if frame.height:
        kept = [s.name for s in frame.iter_columns() if s.null_count() < frame.height]
        _write(connection, where, new_id(), {_FRESH: frame.select(kept)}, frame.height)


def _write(
    connection: Connection[Any],
    where: Where,
    block: uuid.UUID,
    parts: dict[str, pl.DataFrame],
    rows: int,
) -> None:
    copy_in(
        connection,
        "profiles_known",
        _COLUMNS,
        [
            (block, name, where.retention_class, where.month, where.organisation, where.kind,
             where.day, rows, _packed(part))
            for name, part in parts.items()
        ],
    )  # fmt: skip


def compact(connection: Connection[Any], least: int = FEW) -> int:
    """Joins the fresh blocks of each day, and returns the number of joined blocks. Several workers may call
    this function at the same time, because locked rows are skipped."""
    done = 0
    crowded = connection.execute(
        "SELECT organisation_id, retention_class, month, kind, day FROM profiles_known"
        ' WHERE "column" = %s GROUP BY 1, 2, 3, 4, 5 HAVING count(*) >= %s',
        [_FRESH, least],
    ).fetchall()
    for where in itertools.starmap(Where, crowded):
        with connection.transaction():
            rows = connection.execute(
                "SELECT block, data FROM profiles_known WHERE organisation_id = %s AND kind = %s"
                ' AND "column" = %s AND day = %s AND retention_class = %s AND month = %s'
                " ORDER BY block FOR UPDATE SKIP LOCKED",
                [
                    where.organisation,
                    where.kind,
                    _FRESH,
                    where.day,
                    where.retention_class,
                    where.month,
                ],
            ).fetchall()
            if len(rows) < least:
                continue
            frame = pl.concat([_unpacked(data) for _, data in rows], how="diagonal")
            for part in frame.iter_slices(ROWS):
                columns = {name: part.select(name) for name in part.columns}
                _write(connection, where, new_id(), columns, part.height)
            connection.execute(
                "DELETE FROM profiles_known WHERE organisation_id = %s AND block = ANY(%s)"
                " AND retention_class = %s AND month = %s",
                [
                    where.organisation,
                    [block for block, _ in rows],
                    where.retention_class,
                    where.month,
                ],
            )
            done += len(rows)
    return done


class Block(NamedTuple):
    """A block of stored values, with its day and its number of rows."""

    id: uuid.UUID
    retention_class: str
    month: dt.date
    day: dt.date
    rows: int
    fresh: bool


def blocks(
    connection: Connection[Any], organisation: uuid.UUID, kind: str, first: dt.date, last: dt.date
) -> list[Block]:
    """Returns the blocks of a period, oldest first. A compacted block is found by its column `_low`, which
    every compacted block has.
    """
    rows = connection.execute(
        'SELECT block, retention_class, month, day, rows, "column" = %s FROM profiles_known'
        ' WHERE organisation_id = %s AND kind = %s AND "column" IN (%s, %s)'
        " AND day BETWEEN %s AND %s ORDER BY day, block",
        [_FRESH, organisation, kind, _FRESH, LOW, first, last],
    )
    return [Block(*row) for row in rows]


def read(
    connection: Connection[Any],
    organisation: uuid.UUID,
    wanted: Sequence[Block],
    columns: Iterable[str],
    schema: dict[str, Any],
) -> Iterator[tuple[Block, pl.DataFrame]]:
    """Reads columns of the blocks with one query, and yields the blocks in the order of `wanted`. If a block
    has no values of a column, all values of the column are null. `schema` contains the type of each
    column."""
    asked = list(columns)
    types = {name: schema[name] for name in asked}
    fresh = [b.id for b in wanted if b.fresh]
    whole = [b.id for b in wanted if not b.fresh]
    with connection.cursor(binary=True) as cursor:
        cursor.execute(
            'SELECT block, "column", data FROM profiles_known'
            " WHERE organisation_id = %s"
            ' AND (block = ANY(%s) AND "column" = ANY(%s) OR block = ANY(%s) AND "column" = %s)'
            " AND retention_class = ANY(%s) AND month = ANY(%s)",
            [
                organisation, whole, asked, fresh, _FRESH,
                sorted({b.retention_class for b in wanted}), sorted({b.month for b in wanted}),
            ],
        )  # fmt: skip
        found: dict[uuid.UUID, list[pl.Series]] = {}
        for block, _, data in cursor:
            found.setdefault(block, []).extend(_unpacked(data).get_columns())
    for block in wanted:
        have = {s.name: s for s in found.get(block.id, ()) if s.name in types}
        yield (
            block,
            pl.DataFrame(
                [
                    have[name].cast(kind)
                    if name in have
                    else pl.Series(name, [None] * block.rows, kind)
                    for name, kind in types.items()
                ]
            ),
        )


_TO_FORGET = (
    "SELECT subject_id, organisation_id, retention_class, month FROM profiles_toforget LIMIT 10000"
)


def forget(connection: Connection[Any]) -> int:
    """Removes deleted subjects from the blocks that contain them, and returns the number of removed subjects.

    This function is needed only when a person is erased or when two persons are merged. Whole months are
    deleted with their partition of the table.
    """
    gone = connection.execute(_TO_FORGET).fetchall()
    by_month: dict[tuple[uuid.UUID, str, dt.date], list[uuid.UUID]] = {}
    for id_, *about in gone:
        by_month.setdefault(tuple(about), []).append(id_)
    for (organisation, class_, month), subjects in by_month.items():
        lows = [halves(id_)[1] for id_ in subjects]
        with connection.transaction():
            rows = connection.execute(
                'SELECT block, kind, day, "column" = %s, data FROM profiles_known'
                " WHERE organisation_id = %s AND retention_class = %s AND month = %s"
                ' AND "column" IN (%s, %s) FOR UPDATE',
                [_FRESH, organisation, class_, month, _FRESH, LOW],
            ).fetchall()
            for block, kind, day, fresh, data in rows:
                if _unpacked(data)[LOW].is_in(lows).any():
                    where = Where(organisation, class_, month, kind, day)
                    _rewrite(connection, block, where, fresh, lows)
            connection.execute(
                "DELETE FROM profiles_toforget WHERE organisation_id = %s AND subject_id = ANY(%s)",
                [organisation, subjects],
            )
    return len(gone)


def _rewrite(
    connection: Connection[Any], block: uuid.UUID, where: Where, fresh: bool, lows: list[int]
) -> None:
    rows = connection.execute(
        "DELETE FROM profiles_known WHERE organisation_id = %s AND block = %s"
        ' AND retention_class = %s AND month = %s RETURNING "column", data',
        [where.organisation, block, where.retention_class, where.month],
    ).fetchall()
    frame = pl.concat([_unpacked(data) for _, data in rows], how="horizontal")
    kept = frame.filter(~pl.col(LOW).is_in(lows))
    if not kept.height:
        return
    parts = {_FRESH: kept} if fresh else {name: kept.select(name) for name in kept.columns}
    _write(connection, where, new_id(), parts, kept.height)
