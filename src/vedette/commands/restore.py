"""Bring a backup back into an empty database, and make it fit to serve.

  vedette restore [FOLDER]    FOLDER is one backup, or a folder of them: then the latest

The database is new and without tables, or migrated and empty. Bring the keys back first: the standing
keys from their two custodians (`vedette keys restore`), the month keys from their mirror. Everything
is loaded in one transaction; then it is brought to this version, what persons asked for since is done
again (`subjects.jsonl` beside the journal's heads), all is masked and deleted by today's clock, and the
journal is verified. Until then `serve`, `work` and /readyz refuse. What was cut short goes on
when the command is given again.
"""

from __future__ import annotations

import argparse
import datetime as dt
import os
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import psycopg

from vedette.commands.backup import VARIABLE, folder_of
from vedette.commands.environment import database, journal, keys, month_keys
from vedette.commands.upgrade import alone, upgrade
from vedette.keys.months import MonthKeys
from vedette.keys.ring import Keys, KeysError

if TYPE_CHECKING:
    from vedette.apps.backup.loading import Opened

#: A run may leave something due for the next: what it kept for a link, and whose time is over too.
_RUNS = 3
_PRINTED = 20


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Which backup, and what the operator has to say to it."""
    parser.add_argument("folder", nargs="?", type=Path, metavar="FOLDER", help=f"or ${VARIABLE}")
    parser.add_argument(
        "--without", action="append", default=[], metavar="KEY",
        help="leave out the month of this key, which is lost for good; may be repeated",
    )  # fmt: skip
    parser.add_argument(
        "--serve-anyway", action="store_true", help="although the journal is not as it was sealed"
    )


def run(args: argparse.Namespace) -> int:
    """0 when all is served again; 1 where it was refused or is not finished; 2 without a folder."""
    folder = folder_of(args.folder)
    if folder is None:
        print(f"name a folder, or set {VARIABLE}", file=sys.stderr)
        return 2
    with database():
        from vedette.apps.backup.manifest import BackupError
        from vedette.apps.backup.sealed import Damaged
        from vedette.apps.retention.masking import Busy
        from vedette.apps.retention.runs import Refused

        try:
            return _restore(folder, args)
        except (BackupError, Damaged, KeysError, Refused) as error:
            print(error, file=sys.stderr)
        except Busy:
            print("a table was locked for half a minute; run again", file=sys.stderr)
        except OSError as error:
            print(f"{error.filename or folder}: {error.strerror}", file=sys.stderr)
    return 1


def _restore(folder: Path, args: argparse.Namespace) -> int:
    from vedette.apps.backup import loading, manifest, marker

    ring, months = keys(), month_keys()
    ring.require("backup", "heads", "chain", "journal.pub")
    backup = loading.open_backup(manifest.chosen(folder), ring, months, args.without)
    told = backup.manifest
    print(f"{told.name}: as of {told.at:%Y-%m-%d %H:%M} UTC, vedette {told.vedette}")
    for file in backup.ended:
        print(f"left out {file.name}: its key {file.key} is gone, and its persons with it")
    with psycopg.connect(os.environ["DATABASE_URL_OWNER"], autocommit=True) as owner:
        if marker.read(owner) == (marker.LOADED, told.name):
            print("it is loaded already")
        else:
            _load(owner, backup)
        with alone():
            upgrade()
        known = _again(owner, ring, backup)
        if not (_settle(ring, months, backup) and known) and not args.serve_anyway:
            print("nothing is served: see above, then give --serve-anyway", file=sys.stderr)
            return 1
        marker.clear(owner)
    print("restored; start the web server and the workers")
    return 0


def _load(owner: psycopg.Connection[Any], backup: Opened) -> None:
    from vedette.apps.backup import loading, marker

    loading.check_empty(owner)
    marker.put(owner, marker.BEGUN, backup.manifest.name)
    _migrate(backup.manifest.schema)
    began = time.perf_counter()
    loaded = loading.load(owner, backup)
    print(f"loaded {loaded.total():,} rows in {time.perf_counter() - began:.1f} s")


def _migrate(schema: list[str]) -> None:
    """A database without tables is brought to the version that the backup has."""
    from django.db import connections
    from django.db.migrations.executor import MigrationExecutor

    from vedette.apps.backup.manifest import BackupError

    executor = MigrationExecutor(connections["owner"])
    wanted = {(app, name) for app, _, name in (one.partition(".") for one in schema)}
    unknown = wanted - set(executor.loader.disk_migrations)
    if unknown:
        raise BackupError(
            f"the backup was made by another version of vedette: {'.'.join(min(unknown))} is not"
            " known here"
        )
    applied = set(executor.loader.applied_migrations)
    if applied and applied != wanted:
        raise BackupError(
            "the database has tables of another version than the backup: give a database without"
            " tables; it is brought to the backup's version and then to this one"
        )
    if not applied:
        nodes = executor.loader.graph.node_map
        last = [n for n in sorted(wanted) if not {c.key for c in nodes[n].children} & wanted]
        executor.migrate(last)
    connections["owner"].close()


def _again(owner: psycopg.Connection[Any], ring: Keys, backup: Opened) -> bool:
    """Erases and restricts again what was since the backup; gives whether the list of it is whole."""
    from vedette.apps.journal.heads import Broken
    from vedette.apps.requests import ledger

    path = journal() / ledger.FILE
    publics = {key_id: ring.key(key_id) for key_id in ring.ids("heads.pub")}
    lines: list[ledger.Line] = []
    whole = True
    try:
        # What stands before a line that was touched is proven, and is done.
        lines.extend(ledger.read(path, publics))
    except Broken as error:
        print(f"{path}: {error}")
        whole = False
    if not path.is_file():
        print(
            f"{path} is not there: who was erased or restricted after the backup, if anybody, is as"
            " before; bring the file back from its copy, or tell the data-protection officer"
        )
    done = ledger.do_again(owner, ring, lines, backup.manifest.at)
    told = ", ".join(f"{kind} {done[kind]}" for kind in sorted(done) if kind != ledger.RECTIFIED)
    if told:
        print(f"requests of persons, done again: journeys {told}")
    if done[ledger.RECTIFIED]:
        print(
            f"to be rectified again: {done[ledger.RECTIFIED]} journeys; the journal names them"
            " (act restore.rectified)"
        )
    return whole


def _settle(ring: Keys, months: MonthKeys, backup: Opened) -> bool:
    """Masks, deletes and verifies; gives whether the journal is as it was sealed."""
    from vedette.apps.backup import loading
    from vedette.apps.journal import heads, sealing, verify
    from vedette.apps.retention import housekeeping

    now = dt.datetime.now(dt.UTC)
    folder = journal()
    heads.make_folder(folder)
    aside, beyond = loading.put_heads(backup, folder / heads.FILE, now)
    if aside:
        print(
            f"signed heads of what came after the backup ({beyond}) are kept in {aside}: acts since"
            " then are lost, and these heads prove that there were some"
        )
    with psycopg.connect(os.environ["DATABASE_URL_INTAKE"], autocommit=True) as connection:
        _mask(connection, ring, months)
        housekeeping.forget_words(connection, now)
        loading.tell(connection, ring, backup, beyond)
        loading.prove_gone(connection, backup)
        # That decisions are gone by law is known to the verification once it is sealed.
        sealing.seal_all(connection, ring)
        if not backup.manifest.heads:
            # A database from before the journal, or younger than its first minute.
            heads.sign_if_due(connection, ring, folder, dt.timedelta(0))
    publics = {key_id: ring.key(key_id) for key_id in ring.ids("heads.pub")}
    with psycopg.connect(os.environ["DATABASE_URL_INTAKE"], autocommit=True) as connection:
        report = verify.verify(connection, ring, folder / heads.FILE, publics, months=months)
    for finding in report.findings[:_PRINTED]:
        print(finding)
    print(
        f"journal: {report.seals} seals, {report.heads} heads, {report.waiting} rows wait for their"
        f" seal, {len(report.findings)} findings"
    )
    return not report.findings


def _mask(connection: psycopg.Connection[Any], ring: Keys, months: MonthKeys) -> None:
    """Retention runs by today's clock until nothing is due: before anything is served."""
    from vedette.apps.retention import runs
    from vedette.apps.retention.parts import due_to_end, due_to_mask

    for _ in range(_RUNS):
        now = dt.datetime.now(dt.UTC)
        done = runs.run(connection, ring, months, now)
        proofs = connection.execute(
            "SELECT deed, sum(rows)::bigint FROM retention_proof WHERE run_id = %s GROUP BY deed",
            [done],
        ).fetchall()
        told = ", ".join(f"{deed} {rows:,}" for deed, rows in proofs)
        print(f"retention run: {told or 'nothing was due'}")
        if not due_to_mask(connection, now.date()) and not due_to_end(connection, now.date()):
            return
