"""Makes a backup. Several database sessions read the same snapshot in parallel and encrypt the
rows.

The locks of a backup do not block the intake or the web server. Retention runs wait until the backup has
ended. A backup during a retention run would not contain the rows of partitions that this run detaches.
"""

from __future__ import annotations

import datetime as dt
import secrets
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

import psycopg
from psycopg import Connection, IsolationLevel, sql

from vedette import __version__
from vedette.apps.accounts import acts
from vedette.apps.backup import contents, manifest
from vedette.apps.backup.contents import Catalogue, Month, Section
from vedette.apps.backup.manifest import BackupError, File, Manifest
from vedette.apps.backup.sealed import Writer
from vedette.apps.sql import fingerprint
from vedette.apps.subjects.tables import VAULT
from vedette.keys.months import MonthKey, MonthKeys
from vedette.keys.ring import Keys, synced

#: The number of parallel sessions. Each session compresses the rows that it reads.
SESSIONS = 2
#: How long a backup waits for the end of a retention run.
PATIENCE = "15min"


class Made(NamedTuple):
    """A finished backup. `plain` is the size of all rows before compression, and `halves` contains
    the names of the incomplete backups that were removed.
    """

    path: Path
    manifest: Manifest
    plain: int
    halves: list[str]


class _Part(NamedTuple):
    """One file to write."""

    name: str
    sections: Sequence[Section]
    month: Month | None = None
    key: MonthKey | None = None


def backup(dsn: str, keys: Keys, months: MonthKeys, heads: Path, folder: Path) -> Made:
    """Writes a backup of the database into `folder`. `dsn` is a connection string for the intake
    role.

    `heads` is the file with the latest hashes of the journal, which are signed. Raises `BackupError` if the
    backup cannot be made, and `KeysError` if a key is missing. An incomplete backup may remain after an
    error. The next call removes incomplete backups.
    """
    keys.require("backup.pub", "heads")
    with manifest.alone(folder):
        halves = manifest.clear_halves(folder)
        # The heads are read before the snapshot, so that they are not later than the journal in the backup.
        signed = _heads(heads)
        with psycopg.connect(dsn, autocommit=True) as connection, _quiet(connection):
            made, plain = _write(connection, dsn, keys, months, folder, signed)
            acts.write_everywhere(
                connection, keys, "backup.made", manifest.subject(made),
                {"files": len(made.files), "bytes": made.total},
            )  # fmt: skip
        return Made(folder / made.name, made, plain, halves)


def _write(
    connection: Connection[Any],
    dsn: str,
    keys: Keys,
    months: MonthKeys,
    folder: Path,
    signed: bytes,
) -> tuple[Manifest, int]:
    fingerprint.check(connection)
    catalogue = Catalogue.read(connection)
    connection.isolation_level = IsolationLevel.REPEATABLE_READ
    with connection.transaction():
        names = sql.SQL(", ").join(map(sql.Identifier, (*catalogue.columns, *catalogue.apart)))
        connection.execute(sql.SQL("LOCK TABLE {} IN ACCESS SHARE MODE").format(names))
        [[snapshot, at, installation]] = connection.execute(
            "SELECT pg_export_snapshot(), now(), (SELECT id FROM journal_installation)"
        )
        name = f"{at.astimezone(dt.UTC):%Y%m%dT%H%M%SZ}-{secrets.token_hex(4)}"
        half = folder / f"{name}{manifest.HALF}"
        half.mkdir(mode=0o700)
        parts, ended = _parts(connection, catalogue, months)
        with ThreadPoolExecutor(SESSIONS, "backup") as pool:
            # After an error, `map` cancels the files that no session has begun.
            written = list(pool.map(partial(_file, dsn, snapshot, half, keys), parts))
        if signed:
            manifest.put(half / manifest.HEADS, signed)
        made = Manifest(
            version=manifest.VERSION, name=name, at=at, vedette=__version__,
            postgres=connection.info.server_version, installation=str(installation),
            files=[file for file, _ in written], heads=signed.count(b"\n"),
            fingerprint=fingerprint.of_code(), ended=ended,
        )  # fmt: skip
        with synced(half):
            manifest.write(half, made, keys)
    half.rename(folder / name)
    return made, sum(plain for _, plain in written)


def _parts(
    connection: Connection[Any], catalogue: Catalogue, months: MonthKeys
) -> tuple[list[_Part], list[str]]:
    """Returns the files to write, and the months that are not written because their keys are destroyed."""
    parts = [
        _Part("rest.vb", list(contents.of_the_rest(catalogue))),
        _Part("journal.vb", list(contents.of_the_journal(catalogue))),
    ]
    ended = []
    sections = list(contents.of_month(catalogue))
    for month in contents.months(connection, catalogue):
        if months.destroyed(*month):
            ended.append(month.name)
        else:
            key = _month_key(connection, months, month)
            parts.append(_Part(f"{month.name}.vb", sections, month, key))
    return parts, ended


def _month_key(connection: Connection[Any], months: MonthKeys, month: Month) -> MonthKey:
    """Returns the key of a month. If the month has no encrypted rows, a missing key is created.
    Raises `KeysError` if the key is lost.
    """
    [[sealed]] = connection.execute(
        sql.SQL("SELECT EXISTS (SELECT FROM {} WHERE {})").format(
            sql.Identifier(VAULT), sql.SQL(contents.OF_MONTH)
        ),
        month.values(),
    )
    return months.get(*month) if sealed else months.make(*month)


def _file(dsn: str, snapshot: str, folder: Path, keys: Keys, part: _Part) -> tuple[File, int]:
    """Writes one file in a separate database session that uses the shared snapshot. Returns the
    file and its size before compression.
    """
    path, month, month_key = folder / part.name, part.month, part.key
    if month_key is None:
        key_id = keys.ids("backup.pub")[-1].removesuffix(".pub")
        wrap = partial(keys.seal, kind="backup")
    else:
        key_id = month_key.key_id
        wrap = partial(month_key.seal, about=f"backup {part.name}".encode())
    writer = Writer(path, key_id, wrap)
    values: dict[str, Any] = month.values() if month else {}
    with psycopg.connect(dsn, autocommit=True) as connection, writer:
        connection.isolation_level = IsolationLevel.REPEATABLE_READ
        with connection.transaction():
            connection.execute(sql.SQL("SET TRANSACTION SNAPSHOT {}").format(snapshot))
            for statement in contents.mine() if month else ():
                connection.execute(statement, values)
            for section in part.sections:
                _copy(connection, writer, section, values)
    file = File(
        name=part.name, key=key_id, bytes=path.stat().st_size, sha256=writer.digest, rows=writer.rows,
        retention_class=month.retention_class if month else "", month=month.first if month else None,
    )  # fmt: skip
    return file, writer.plain


def _copy(
    connection: Connection[Any], writer: Writer, section: Section, values: dict[str, Any]
) -> None:
    statement = sql.SQL("COPY ({}) TO STDOUT (FORMAT BINARY)").format(section.select)
    with connection.cursor() as cursor, cursor.copy(statement, values or None) as copy:
        writer.table(section.table, copy, lambda: cursor.rowcount, packed=not section.sealed)


def _heads(path: Path) -> bytes:
    """Returns the complete lines of the file with the latest hashes of the journal. Returns empty bytes if
    the file does not exist yet.
    """
    if not path.is_file():
        return b""
    whole, end, _ = path.read_bytes().rpartition(b"\n")
    return whole + end


@contextmanager
def _quiet(connection: Connection[Any]) -> Iterator[None]:
    """Waits until the current retention run has ended, and prevents another retention run during the
    backup."""
    connection.execute("SELECT set_config('lock_timeout', %s, false)", [PATIENCE])
    try:
        connection.execute("SELECT pg_advisory_lock(hashtext('vedette retention'))")
    except psycopg.errors.LockNotAvailable:
        raise BackupError("a retention run is under way: back up when it has ended") from None
    try:
        yield
    finally:
        if not connection.broken:
            connection.execute("SELECT pg_advisory_unlock(hashtext('vedette retention'))")
