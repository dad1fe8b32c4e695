"""Restore a backup into an empty database, and prepare it for service.

    vedette restore [FOLDER]    FOLDER is one backup, or a folder of backups, of which the latest is used

The database must be new and without tables, or migrated and empty. The backup must have the database schema
of the installed version. Restore the keys first: the permanent keys from their two custodians (`vedette keys
restore`), and the monthly keys from their mirror. The command loads all data in one transaction. The command
then repeats the erasures and restrictions made since the backup (`subjects.jsonl` in the folder of the
journal's heads). After that, the command masks and deletes all data whose retention period has ended, and
verifies the journal. Until the restore is finished, `serve` and `work` do not start, and /readyz reports an
error. If the command was interrupted, run the command again to continue.
"""

from __future__ import annotations

import argparse
import datetime as dt
import os
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import psycopg

from vedette.apps.backup import manifest
from vedette.apps.journal import heads, sealing, verify
from vedette.apps.retention.parts import due_to_end, due_to_mask
from vedette.apps.sql import fingerprint
from vedette.apps.upkeep import marker
from vedette.commands.backup import VARIABLE, folder_of
from vedette.commands.environment import database, journal, keys, month_keys
from vedette.commands.upgrade import alone, migrate, upgrade
from vedette.core.errors import Failure
from vedette.keys.months import MonthKeys
from vedette.keys.ring import Keys

if TYPE_CHECKING:
    from vedette.apps.backup.loading import Opened

#: The maximum number of retention runs. After a run, data that was kept because of an objective link may be
#: due, because its longer period has ended too.
_RUNS = 3
_PRINTED = 20


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("folder", nargs="?", type=Path, metavar="FOLDER", help=f"or ${VARIABLE}")
    parser.add_argument(
        "--without", action="append", default=[], metavar="KEY",
        help="leave out the month of this key, which is lost for good; may be repeated",
    )  # fmt: skip
    parser.add_argument(
        "--serve-anyway",
        action="store_true",
        help="start although the journal differs from its seals",
    )


def run(args: argparse.Namespace) -> int:
    """Exit status: 0 ready for service; 1 refused or not finished; 2 no folder."""
    folder = folder_of(args.folder)
    with database():
        try:
            _restore(folder, args)
        except OSError as error:
            raise Failure(f"{error.filename or folder}: {error.strerror}") from error
    return 0


def _restore(folder: Path, args: argparse.Namespace) -> None:
    from vedette.apps.backup import loading

    ring, months = keys(), month_keys()
    ring.require("backup", "heads", "chain", "journal.pub")
    backup = loading.open_backup(manifest.chosen(folder), ring, months, args.without)
    told = backup.manifest
    print(f"{told.name}: as of {told.at:%Y-%m-%d %H:%M} UTC, vedette {told.vedette}")
    for file in backup.ended:
        print(
            f"left out {file.name}: its key {file.key} was destroyed, so its persons cannot be restored"
        )
    with psycopg.connect(os.environ["DATABASE_URL_OWNER"], autocommit=True) as owner:
        fingerprint.check(owner)
        if marker.read(owner) == (marker.LOADED, told.name):
            print("it is loaded already")
        else:
            loading.check_empty(owner)
            marker.put(owner, marker.BEGUN, told.name)
            with alone():
                migrate()
            began = time.perf_counter()
            loaded = loading.load(owner, backup)
            print(f"loaded {loaded.total():,} rows in {time.perf_counter() - began:.1f} s")
        with alone():
            upgrade()
        known = _again(owner, ring, backup)
        if not (_settle(ring, months, backup) and known) and not args.serve_anyway:
            raise Failure(
                "nothing is served: read the findings above; --serve-anyway starts all the same"
            )
        marker.clear(owner)
    print("restored; start the web server and the workers")


def _again(owner: psycopg.Connection[Any], ring: Keys, backup: Opened) -> bool:
    """Repeats the erasures and restrictions made since the backup. Returns whether the list of erasures and
    restrictions is complete.
    """
    from vedette.apps.requests import ledger

    path = journal() / ledger.FILE
    publics = {key_id: ring.key(key_id) for key_id in ring.ids("heads.pub")}
    lines: list[ledger.Line] = []
    whole = True
    try:
        # Lines before a manipulated line are verified, and are applied.
        lines.extend(ledger.read(path, publics))
    except heads.Broken as error:
        print(f"{path}: {error}")
        whole = False
    if not path.is_file():
        print(
            f"{path} is missing: erasures and restrictions made after the backup, if any, are not"
            " repeated; restore the file from its copy, or tell the data-protection officer"
        )
    done = ledger.do_again(owner, ring, lines, backup.manifest.at)
    told = ", ".join(f"{kind} {done[kind]}" for kind in sorted(done) if kind != ledger.RECTIFIED)
    if told:
        print(f"requests of persons, repeated: subjects {told}")
    if done[ledger.RECTIFIED]:
        print(
            f"to be rectified again: {done[ledger.RECTIFIED]} subjects; the journal lists them"
            " (act restore.rectified)"
        )
    return whole


def _settle(ring: Keys, months: MonthKeys, backup: Opened) -> bool:
    """Masks and deletes data whose retention period has ended. Returns whether the journal agrees with its
    hash chain."""
    from vedette.apps.backup import loading
    from vedette.apps.retention import runs

    folder = journal()
    heads.make_folder(folder)
    with psycopg.connect(os.environ["DATABASE_URL_INTAKE"], autocommit=True) as connection:
        [[now]] = connection.execute("SELECT vedette_now()")
    aside, beyond = loading.put_heads(backup, folder / heads.FILE, now)
    if aside:
        print(
            f"signed heads from after the backup ({beyond}) are kept in {aside}: acts since then"
            " are lost, and these heads prove that such acts existed"
        )
    with psycopg.connect(os.environ["DATABASE_URL_INTAKE"], autocommit=True) as connection:
        _mask(connection, ring, months)
        runs.forget_words(connection, now)
        loading.tell(connection, ring, backup, beyond)
        # Verification recognises decisions deleted by law only after they are sealed.
        sealing.seal_all(connection, ring)
        if not backup.manifest.heads:
            # The backup was made within the first minute of the journal, so it contains no head.
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
    """Repeats the retention run of today until no data remain to be masked or deleted, before the system
    serves any request."""
    from vedette.apps.retention import runs

    for _ in range(_RUNS):
        [[now]] = connection.execute("SELECT vedette_now()")
        done = runs.run(connection, ring, months, now)
        proofs = connection.execute(
            "SELECT deed, sum(rows)::bigint FROM retention_proof WHERE run_id = %s GROUP BY deed",
            [done],
        ).fetchall()
        told = ", ".join(f"{deed} {rows:,}" for deed, rows in proofs)
        print(f"retention run: {told or 'nothing was masked or deleted'}")
        if not due_to_mask(connection, now.date()) and not due_to_end(connection, now.date()):
            return
