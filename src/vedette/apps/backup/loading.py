"""Loads a backup into an empty database, in one transaction.

The connection uses the owner role of the database. The triggers are disabled inside the transaction, because
the backup contains the rows that the triggers would write. Foreign keys stay enabled. If the subject of a row
is missing, the restore therefore fails.
"""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

from psycopg import Connection, sql

from vedette.apps.accounts import acts
from vedette.apps.backup import contents, manifest
from vedette.apps.backup.contents import Catalogue
from vedette.apps.backup.manifest import BackupError, File, Manifest
from vedette.apps.backup.sealed import Damaged, Head, Reader, Table, read_head
from vedette.apps.journal import canonical
from vedette.apps.sql import fingerprint
from vedette.apps.subjects.tables import VAULT, declared
from vedette.apps.upkeep import marker
from vedette.keys.months import MonthKeys
from vedette.keys.ring import Keys, KeysError

#: A database is not empty if one of these tables has a row.
_FILLED = (
    "accounts_organisation", "accounts_user", "accounts_act", "inbox_inbox", "subjects_subject",
    "lists_watchlist", "journal_seal",
)  # fmt: skip


class Opened(NamedTuple):
    """A backup whose manifest and keys were checked. `keys` maps the name of each file of the backup to the
    decrypted key of that file."""

    folder: Path
    manifest: Manifest
    keys: dict[str, bytes]
    #: The files that are left out because their monthly keys are destroyed or lost.
    ended: list[File]


def open_backup(folder: Path, keys: Keys, months: MonthKeys, without: Iterable[str] = ()) -> Opened:
    """Checks the manifest and the keys of a backup before it is loaded. `without` contains the ids
    of lost monthly keys.

    Raises `BackupError` or `Damaged` if a file is missing or differs from the manifest. Raises `KeysError`,
    with the key id, if a key that was not destroyed is missing.
    """
    told = manifest.read(folder, keys)
    if told.fingerprint != fingerprint.of_code():
        raise BackupError(
            f"{told.name} was made by vedette {told.vedette} with another schema: restore it with the"
            " version that made it; nothing was changed"
        )
    found = Opened(folder, told, {}, [])
    for file in told.files:
        if file.month is not None and (
            file.key in without or months.destroyed(file.retention_class, file.month)
        ):
            found.ended.append(file)
            continue
        path = folder / file.name
        if not path.is_file():
            raise BackupError(f"{path} is missing, and its month has not ended")
        if path.stat().st_size != file.bytes:
            raise Damaged(f"{path}: {path.stat().st_size} bytes; the manifest states {file.bytes}")
        head = read_head(path)
        if head.key != file.key:
            raise Damaged(f"{path}: its key differs from the key that the manifest states")
        found.keys[file.name] = _unwrapped(head, file, keys, months)
    return found


def _unwrapped(head: Head, file: File, keys: Keys, months: MonthKeys) -> bytes:
    """Returns the decrypted key of a file. Raises `KeysError` with the id of the key that is missing or
    wrong.
    """
    if file.month is None:
        key = keys.open_sealed(head.wrapped)
    else:
        month_key = months.get(file.retention_class, file.month)
        if month_key.key_id != file.key:
            raise KeysError(
                f"{file.name} is sealed under the monthly key {file.key}; {months.path} has"
                f" {month_key.key_id} in its place: bring the folder of monthly keys back from its mirror"
            )
        key = month_key.open(head.wrapped, f"backup {file.name}".encode())
    if len(key) != 32:
        raise KeysError(f"{head.name}: the key {head.key} does not contain the key of a file")
    return key


def check_empty(connection: Connection[Any]) -> None:
    """Raises `BackupError` if the database already contains an installation."""
    for table in set(Catalogue.read(connection).columns).intersection(_FILLED):
        if connection.execute(
            sql.SQL("SELECT 1 FROM {} LIMIT 1").format(sql.Identifier(table))
        ).fetchone():
            raise BackupError(
                f"the database is not empty ({table} has rows): restore into a new one; nothing was"
                " changed"
            )


def load(connection: Connection[Any], backup: Opened) -> Counter[str]:
    """Loads `backup` into the empty database of `connection`. Returns the number of rows of each
    table. The connection must have the owner role and be in autocommit mode.

    Raises `Damaged` if a file was changed. The database then stays empty.
    """
    catalogue = Catalogue.read(connection)
    files = {file.name: file for file in backup.manifest.files if file.name in backup.keys}
    months = sorted(name for name in files if files[name].month is not None)
    loaded: Counter[str] = Counter()
    with connection.transaction():
        guarded = _guarded(connection)
        _triggers(connection, guarded, "DISABLE")
        connection.execute("SET CONSTRAINTS ALL IMMEDIATE")
        for table in reversed(catalogue.names()):
            # The migrations wrote these rows, and the backup contains them as well.
            connection.execute(sql.SQL("DELETE FROM {}").format(sql.Identifier(table)))
        loader = _Loader(connection, catalogue, loaded)
        for name in ("rest.vb", *months, "journal.vb"):
            _partitions(connection, catalogue, files[name])
            loader.file(backup.folder / name, backup.keys[name], files[name])
        _decisions_gone(connection, backup.ended)
        _sequences(connection)
        _triggers(connection, guarded, "ENABLE")
        marker.put(connection, marker.LOADED, backup.manifest.name)
    connection.execute("ANALYZE")
    return loaded


class _Loader:
    """Copies the tables in the files of a backup into the database."""

    def __init__(
        self, connection: Connection[Any], catalogue: Catalogue, loaded: Counter[str]
    ) -> None:
        self._connection, self._catalogue, self._loaded = connection, catalogue, loaded
        self._several = catalogue.of_several_months()
        connection.execute(
            "CREATE TEMPORARY TABLE backup_decisions (id uuid, retention_class text, month date)"
            " ON COMMIT DROP"
        )

    def file(self, path: Path, key: bytes, told: File) -> None:
        """Loads one file, and checks its hash and its rows against the manifest."""
        reader = Reader(path, key)
        rows: Counter[str] = Counter()
        for table, blocks, count in reader.tables():
            copied = self._table(path.name, table, blocks)
            if copied != count():
                raise Damaged(
                    f"{path.name}: {table.name} has {copied} rows; its end states {count()}"
                )
            rows[table.name] += copied
        if reader.digest != told.sha256 or dict(rows) != told.rows:
            raise Damaged(f"{path.name} differs from the file that the manifest states")

    def _table(self, file: str, table: Table, blocks: Iterator[bytes]) -> int:
        if table.name == contents.DECISIONS:
            return self._copy("backup_decisions", table.columns, blocks)
        known = self._catalogue.columns.get(table.name)
        if known is None or not set(table.columns) <= set(known):
            raise BackupError(
                f"{file}: the database has no table {table.name[:63]!r} with these columns"
            )
        if table.name in self._several:
            return self._some(table, blocks)
        copied = self._copy(table.name, table.columns, blocks)
        self._loaded[table.name] += copied
        return copied

    def _some(self, table: Table, blocks: Iterator[bytes]) -> int:
        """Loads rows of a table. Rows that were already loaded from the file of another month are skipped."""
        names = {
            "arriving": sql.Identifier(f"arriving_{table.name}"), "table": sql.Identifier(table.name),
            "columns": sql.SQL(", ").join(map(sql.Identifier, table.columns)),
        }  # fmt: skip
        self._connection.execute(
            sql.SQL(
                "CREATE TEMPORARY TABLE IF NOT EXISTS {arriving} ON COMMIT DROP AS"
                " SELECT {columns} FROM {table} LIMIT 0"
            ).format(**names)
        )
        copied = self._copy(f"arriving_{table.name}", table.columns, blocks)
        stored = self._connection.execute(
            sql.SQL(
                "INSERT INTO {table} ({columns}) SELECT {columns} FROM {arriving} ON CONFLICT DO NOTHING"
            ).format(**names)
        )
        self._loaded[table.name] += stored.rowcount
        self._connection.execute(sql.SQL("TRUNCATE {arriving}").format(**names))
        return copied

    def _copy(self, table: str, columns: Iterable[str], blocks: Iterator[bytes]) -> int:
        statement = sql.SQL("COPY {} ({}) FROM STDIN (FORMAT BINARY)").format(
            sql.Identifier(table), sql.SQL(", ").join(map(sql.Identifier, columns))
        )
        with self._connection.cursor() as cursor:
            with cursor.copy(statement) as copy:
                for block in blocks:
                    copy.write(block)
            return cursor.rowcount


def _partitions(connection: Connection[Any], catalogue: Catalogue, file: File) -> None:
    """Makes the partitions for the rows of a month. If the month has encrypted values, the partition for
    encrypted values is created first. A month with encrypted values gets no partition for values in clear
    text.
    """
    if file.month is None:
        return
    if file.rows.get(VAULT):
        connection.execute("SELECT vedette_make_vault(%s, %s)", [file.retention_class, file.month])
    if any(file.rows.get(table) for table in declared().side_tables):
        connection.execute(
            "SELECT vedette_make_partitions(%s, %s, 1)", [file.retention_class, file.month]
        )


def _decisions_gone(connection: Connection[Any], ended: Iterable[File]) -> None:
    """Records in the journal, in the same form as a retention run, that decisions were deleted. The deleted
    decisions belong to months whose key was destroyed or lost.
    """
    of_ended = (
        "SELECT id FROM backup_decisions d WHERE retention_class = %(class)s"
        " AND month = %(month)s AND NOT EXISTS (SELECT FROM hits_decision t WHERE t.id = d.id)"
    )
    for file in ended:
        values = {"class": file.retention_class, "month": file.month}
        decisions = [id_ for (id_,) in connection.execute(of_ended.encode(), values)]
        for statement in (
            "DELETE FROM journal_pending WHERE kind = 'decision' AND row_id = ANY(%s::uuid[]::text[])",
            "INSERT INTO journal_pending (kind, row_id, gone)"
            " SELECT 'decision', id::text, true FROM unnest(%s::uuid[]) id",
        ):
            connection.execute(statement, [decisions])
        connection.execute(canonical.LET_GO, [decisions, canonical.proofs(decisions)])


def _guarded(connection: Connection[Any]) -> list[str]:
    return [
        name
        for (name,) in connection.execute(
            "SELECT DISTINCT tgrelid::regclass::text FROM pg_trigger WHERE NOT tgisinternal"
            " ORDER BY 1"
        )
    ]


def _triggers(connection: Connection[Any], tables: Iterable[str], deed: str) -> None:
    for table in tables:
        connection.execute(
            sql.SQL("ALTER TABLE {} {} TRIGGER USER").format(sql.Identifier(table), sql.SQL(deed))
        )


def _sequences(connection: Connection[Any]) -> None:
    """Sets the sequence of each table to a value above the greatest number in the table."""
    rows = connection.execute(
        "SELECT c.relname, a.attname::text, pg_get_serial_sequence(quote_ident(c.relname), a.attname)"
        " FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid"
        " WHERE c.relnamespace = 'public'::regnamespace AND c.relkind = 'r' AND a.attidentity <> ''"
    ).fetchall()
    for table, column, sequence in rows:
        connection.execute(
            sql.SQL("SELECT setval({}, coalesce(max({}), 0) + 1, false) FROM {}").format(
                sql.Literal(sequence), sql.Identifier(column), sql.Identifier(table)
            )
        )


def put_heads(backup: Opened, heads: Path, now: dt.datetime) -> tuple[Path | None, int]:
    """Writes the signed hashes of the journal (heads) from the backup to the file `heads`.

    The file `heads` may already contain later heads, or heads of another journal. The existing file is then
    first renamed, and kept in the same folder. Returns the path of the renamed file, and the number of its
    lines that are not in the backup.
    """
    source = backup.folder / manifest.HEADS
    data = source.read_bytes() if source.is_file() else b""
    lines = data.count(b"\n")
    if lines != backup.manifest.heads:
        raise Damaged(f"{source}: {lines} heads; the manifest states {backup.manifest.heads}")
    there = heads.read_bytes() if heads.is_file() else b""
    if there == data:
        return None, 0
    aside = None
    if there and not data.startswith(there):
        aside = heads.with_name(f"heads-{now:%Y%m%dT%H%M%SZ}.jsonl")
        heads.rename(aside)
    heads.unlink(missing_ok=True)
    if data:
        manifest.put(heads, data)
    return aside, max(0, there.count(b"\n") - lines)


def tell(connection: Connection[Any], keys: Keys, backup: Opened, beyond: int) -> None:
    """Writes one journal entry about the restore for every organisation. The journal entry contains the name
    of the backup, and the key ids of the files that were not restored. The journal entry also contains the
    number of signed hashes (heads) that are in the renamed file but not in the backup.
    """
    acts.write_everywhere(
        connection, keys, "backup.restored", manifest.subject(backup.manifest),
        {
            "taken": backup.manifest.at, "heads_beyond": beyond,
            "left_out": [file.key for file in backup.ended],
        },
    )  # fmt: skip
