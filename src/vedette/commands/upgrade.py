"""Bring the database to this version: backup, roles, migrations, partitions for the coming two years.

Where VEDETTE_BACKUPS names a folder, a backup is taken first; without it, take one. Roles are
cluster-wide: with `DATABASE_URL_ADMIN` (a superuser) they are made if missing and given their rights;
without it they must exist (docs/operators.md). It may be repeated, and says what it did.
"""

from __future__ import annotations

import argparse
import os
import shutil
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg

from vedette.commands.backup import VARIABLE, folder_of, make
from vedette.commands.environment import database
from vedette.keys.months import MonthKeys
from vedette.keys.ring import BACKUP_KINDS, DRAW_KINDS, JOURNAL_KINDS, KeysError, make_missing
from vedette.server.roles import ROLES


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """None: everything is in the environment."""


def run(args: argparse.Namespace) -> int:
    """0 when done; 1 where a role, a key or room is missing or the backup failed: nothing was changed."""
    admin = os.environ.get("DATABASE_URL_ADMIN")
    if admin:
        from vedette.server.roles import ensure_roles

        ensure_roles(admin)
        print("roles: made where missing, rights given")
    with database():
        from vedette.apps.backup.manifest import BackupError

        try:
            with alone():
                _upgrade()
        except (BackupError, KeysError) as error:
            print(error, file=sys.stderr)
            return 1
    print("database is at this version")
    return 0


@contextmanager
def alone() -> Iterator[None]:
    """One upgrade of a database at a time: a second one says that it waits, and waits."""
    with psycopg.connect(os.environ["DATABASE_URL_OWNER"], autocommit=True) as owner:
        said = False
        # Asked again and again: a statement that waits would keep a migration from building an index
        # concurrently.
        while owner.execute(
            "SELECT pg_try_advisory_lock(hashtext('vedette upgrade'))"
        ).fetchone() != (True,):
            if not said:
                print("another upgrade of this database is under way: waiting", file=sys.stderr)
            said = True
            time.sleep(0.2)
        yield


def _upgrade() -> None:
    from vedette.apps.backup.manifest import BackupError

    with psycopg.connect(os.environ["DATABASE_URL_OWNER"], autocommit=True) as owner:
        roles = {name for (name,) in owner.execute("SELECT rolname FROM pg_roles")}
        size, old = owner.execute(
            "SELECT pg_database_size(current_database()), to_regclass('accounts_organisation')"
        ).fetchone() or (0, None)
    missing = set(ROLES) - roles
    if missing:
        raise BackupError(f"the role {min(missing)} is missing: docs/operators.md, part 2")
    for name in make_keys():
        print(f"key made: {name}; put the keys into escrow again (vedette keys escrow)")
    folder = folder_of(None)
    if old is not None and folder is not None:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        free = shutil.disk_usage(folder).free
        print(f"database: {size / 1e6:,.0f} MB; room for backups: {free / 1e6:,.0f} MB")
        # Compressed it is a third, and the vault, which is not, is sealed small already.
        if free < size:
            raise BackupError(
                f"{folder} has {free / 1e6:,.0f} MB left, and the database has {size / 1e6:,.0f}:"
                " make room first; nothing was changed"
            )
        make(folder)
    elif old is not None:
        print(f"no backup was taken: {VARIABLE} is not set")
    for line in upgrade():
        print(line)


def make_keys() -> list[str]:
    """Keys that this version needs and that were never there; gives their ids. Production keeps them
    in `VEDETTE_KEYS`; a lost one comes from its custodians, and is never made anew."""
    folder = os.environ.get("VEDETTE_KEYS")
    if folder is None:
        return []
    MonthKeys.load(Path(folder), create=True)
    with psycopg.connect(os.environ["DATABASE_URL_OWNER"], autocommit=True) as owner:
        there = owner.execute("SELECT to_regclass('journal_seal')").fetchone()
        sealed = (
            there and there[0] and owner.execute("SELECT 1 FROM journal_seal LIMIT 1").fetchone()
        )
    # The journal's before the first seal only.
    kinds = (*BACKUP_KINDS, *DRAW_KINDS)
    return make_missing(Path(folder), kinds if sealed else (*JOURNAL_KINDS, *kinds))


def upgrade() -> list[str]:
    """Migrations as the owner, partitions for the months ahead, keys; gives what was done, in lines.
    To be called `alone`."""
    from django.core.management import call_command
    from django.db import connections
    from django.db.migrations.recorder import MigrationRecorder

    recorder = MigrationRecorder(connections["owner"])
    before = set(recorder.applied_migrations())
    call_command("migrate", database="owner", verbosity=0)
    new = sorted(set(recorder.applied_migrations()) - before)
    with connections["owner"].cursor() as cursor:
        count = "SELECT count(*) FROM pg_class WHERE relispartition AND relkind = 'r'"
        cursor.execute(count)
        [had] = cursor.fetchone() or (0,)
        cursor.execute(
            "SELECT vedette_make_partitions('passenger', (now() - interval '1 month')::date, 25)"
        )
        cursor.execute(count)
        [has] = cursor.fetchone() or (0,)
    connections["owner"].close()
    make_keys()
    return [
        *(f"migration: {app}.{name}" for app, name in new),
        f"partitions: {has - had} made, {has} in all",
    ]
