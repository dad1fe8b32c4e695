"""Bring the database to this version: backup, roles, migrations, partitions of the next months.

If VEDETTE_BACKUPS names a folder, the command makes a backup first. If VEDETTE_BACKUPS is not set, make a
backup before you run the command. Roles belong to the whole PostgreSQL cluster. With `DATABASE_URL_ADMIN` (a
superuser) the command makes missing roles and grants their rights. Without `DATABASE_URL_ADMIN` the roles
must exist (docs/operators.md). The command can safely be run several times. The command prints the changes
that it made. The command refuses a database of another schema, because there are no upgrades before the first
release.
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

from vedette.apps.sql import fingerprint
from vedette.commands.backup import VARIABLE, folder_of, make
from vedette.commands.environment import database
from vedette.core.errors import Failure
from vedette.keys.months import MonthKeys
from vedette.keys.ring import (
    BACKUP_KINDS,
    DRAW_KINDS,
    FIELD_KINDS,
    FORM_KINDS,
    ISSUER_KINDS,
    JOURNAL_KINDS,
    make_missing,
)
from vedette.server.roles import ROLES, ensure_roles


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Adds no arguments, because the environment contains all settings of the command."""


def run(args: argparse.Namespace) -> int:
    """Exit status: 0 done; 1 a role, a key or disk space is missing, the backup failed, or the database has
    another schema. If the exit status is 1, the command changed nothing."""
    if admin := os.environ.get("DATABASE_URL_ADMIN"):
        ensure_roles(admin)
        print("roles: missing roles made, rights granted")
    with database(), alone():
        _upgrade()
    print("database is at this version")
    return 0


@contextmanager
def alone() -> Iterator[None]:
    """Allows one upgrade of a database at a time. A second upgrade prints a message and waits until the first
    upgrade has ended.
    """
    with psycopg.connect(os.environ["DATABASE_URL_OWNER"], autocommit=True) as owner:
        said = False
        # The lock is polled, because a waiting statement would prevent a migration from building an index
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

    with psycopg.connect(os.environ["DATABASE_URL_OWNER"], autocommit=True) as owner:
        fingerprint.check(owner)
        roles = {name for (name,) in owner.execute("SELECT rolname FROM pg_roles")}
        size, old = owner.execute(
            "SELECT pg_database_size(current_database()), to_regclass('accounts_organisation')"
        ).fetchone() or (0, None)
    missing = set(ROLES) - roles
    if missing:
        raise Failure(f"the role {min(missing)} is missing: docs/operators.md, part 2")
    for name in make_keys():
        print(f"key made: {name}; renew the escrow (vedette keys escrow)")
    if old is not None and os.environ.get(VARIABLE):
        folder = folder_of(None)
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        free = shutil.disk_usage(folder).free
        print(f"database: {size / 1e6:,.0f} MB; room for backups: {free / 1e6:,.0f} MB")
        # A compressed backup needs a third of this space. The data of the vault is not compressed again,
        # because it is compressed before sealing.
        if free < size:
            raise Failure(
                f"{folder} has {free / 1e6:,.0f} MB left, and the database has {size / 1e6:,.0f}:"
                " free disk space first; nothing was changed"
            )
        make(folder)
    elif old is not None:
        print(f"no backup was taken: {VARIABLE} is not set")
    for line in upgrade():
        print(line)


def make_keys() -> list[str]:
    """Makes the keys that this version needs and that were never made before. Returns the ids of the new
    keys. Production keeps the keys in `VEDETTE_KEYS`. A lost key must be restored from its custodians. The
    command does not replace a lost key with a new key.
    """
    folder = os.environ.get("VEDETTE_KEYS")
    if folder is None:
        return []
    MonthKeys.load(Path(folder), create=True)
    with psycopg.connect(os.environ["DATABASE_URL_OWNER"], autocommit=True) as owner:
        there = owner.execute("SELECT to_regclass('journal_seal')").fetchone()
        sealed = (
            there and there[0] and owner.execute("SELECT 1 FROM journal_seal LIMIT 1").fetchone()
        )
    # Keys of the journal are made only before the first seal.
    kinds = (*BACKUP_KINDS, *DRAW_KINDS, *FORM_KINDS, *ISSUER_KINDS, *FIELD_KINDS)
    return make_missing(Path(folder), kinds if sealed else (*JOURNAL_KINDS, *kinds))


def migrate() -> list[str]:
    """Creates the tables of this version with the owner role. Returns the migrations that ran, as `app.name`.

    The caller must hold the lock `alone`. Raises `OtherSchema` if the database has another schema.
    """
    from django.core.management import call_command
    from django.db import connections
    from django.db.migrations.recorder import MigrationRecorder

    with psycopg.connect(os.environ["DATABASE_URL_OWNER"], autocommit=True) as owner:
        fingerprint.check(owner)
        fingerprint.store(owner)
    recorder = MigrationRecorder(connections["owner"])
    before = set(recorder.applied_migrations())
    call_command("migrate", database="owner", verbosity=0)
    new = sorted(set(recorder.applied_migrations()) - before)
    connections["owner"].close()
    return [f"{app}.{name}" for app, name in new]


def upgrade() -> list[str]:
    """Runs migrations, and makes the missing keys and the partitions for the coming months. Returns a report
    as a list of lines.

    The caller must hold the lock `alone`. Raises `OtherSchema` if the database has another schema.
    """
    from django.db import connections

    from vedette.apps.subjects.tables import make_partitions

    new = migrate()
    with connections["owner"].cursor() as cursor:
        count = "SELECT count(*) FROM pg_class WHERE relispartition AND relkind = 'r'"
        cursor.execute(count)
        [had] = cursor.fetchone() or (0,)
        make_partitions(cursor)
        cursor.execute(count)
        [has] = cursor.fetchone() or (0,)
    connections["owner"].close()
    make_keys()
    return [
        *(f"migration: {name}" for name in new),
        f"partitions: {has - had} made, {has} in all",
    ]
