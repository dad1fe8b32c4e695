"""Bring the database to this version: roles, migrations, partitions for the coming two years.

Roles are cluster-wide: with `DATABASE_URL_ADMIN` (a superuser) they are made if missing; without it
they must exist (docs/operators.md).
"""

from __future__ import annotations

import argparse
import os

from vedette.commands.environment import database


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """None: everything is in the environment."""


def run(args: argparse.Namespace) -> int:
    """Roles, migrations, partitions; may be repeated."""
    admin = os.environ.get("DATABASE_URL_ADMIN")
    if admin:
        from vedette.roles import ensure_roles

        ensure_roles(admin)
    with database():
        upgrade()
    print("database is at this version")
    return 0


def upgrade() -> None:
    """Migrations as the owner, then partitions for the months ahead."""
    from django.core.management import call_command
    from django.db import connections

    call_command("migrate", database="owner", verbosity=0)
    with connections["owner"].cursor() as cursor:
        cursor.execute(
            "SELECT vedette_make_partitions('passenger', (now() - interval '1 month')::date, 25)"
        )
    connections["owner"].close()
