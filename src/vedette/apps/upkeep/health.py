"""Health checks, for load balancers and operators: whether this installation can answer requests.

The answers contain fixed texts and numbers, and no host name, path or error message.
"""

from __future__ import annotations

import logging
import os
import shutil
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from django.conf import settings
from django.db import DatabaseError, connection
from django.db.migrations.executor import MigrationExecutor
from django.db.utils import InterfaceError

from vedette.apps.sql import fingerprint
from vedette.apps.upkeep import marker
from vedette.apps.upkeep.beats import LATE_S
from vedette.apps.upkeep.figures import figures
from vedette.keys.ring import Keys, KeysError
from vedette.server import logs

logger = logging.getLogger(__name__)

#: Seconds for which a passed check of the migrations is reused, because reading their files is slow.
_MIGRATED_S = 60.0
_migrated: list[float] = []


class NotReady(Exception):
    """A failed check; the message contains no sensitive data and may be shown."""


def database() -> str:
    """Checks that the web login reaches the database."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")
    return "ok"


def restored() -> str:
    """Checks that no restore is under way: its data must be masked and deleted before anybody sees it."""
    connection.ensure_connection()
    if marker.read(connection.connection) is not None:
        raise NotReady("a restore is under way: vedette restore")
    return "ok"


def migrations() -> str:
    """Checks that the database has the schema of this version."""
    if _migrated and time.monotonic() - _migrated[0] < _MIGRATED_S:
        return "ok"
    connection.ensure_connection()
    if fingerprint.of_database(connection.connection) != fingerprint.of_code():
        raise NotReady(
            "the database has the schema of another version: vedette upgrade says what to do"
        )
    executor = MigrationExecutor(connection)
    waiting = len(executor.migration_plan(executor.loader.graph.leaf_nodes()))
    if waiting:
        raise NotReady(f"{waiting} migrations wait: vedette upgrade")
    _migrated[:] = [time.monotonic()]
    return "ok"


def keys() -> str:
    """Checks that the keys exist and match their names."""
    try:
        Keys.load(Path(os.environ["VEDETTE_KEYS"]))
    except (KeysError, KeyError, OSError) as error:
        raise NotReady("a key is missing, wrong or open to others: see the log") from error
    return "ok"


def disk() -> str:
    """Checks the free space for temporary files."""
    free = shutil.disk_usage(tempfile.gettempdir()).free >> 20
    if free < settings.DISK_FREE_MB:
        raise NotReady(f"{free} MB free, {settings.DISK_FREE_MB} wanted")
    return "ok"


#: The checks without which no request can be answered.
CHECKS: dict[str, Callable[[], str]] = {
    "database": database,
    "restored": restored,
    "migrations": migrations,
    "keys": keys,
    "disk": disk,
}


def ready() -> tuple[bool, dict[str, str]]:
    """Whether requests can be answered, with the result of each check. The results for workers and inbox are
    added: if they are late, that is an alarm, but officers can still use the pages."""
    told: dict[str, str] = {}
    good = True
    for name, check in CHECKS.items():
        try:
            told[name] = check()
        except NotReady as error:
            told[name], good = str(error), False
        except (DatabaseError, InterfaceError) as error:
            logger.error("readiness: %s: %s", name, logs.kind(error))
            told[name], good = "not reached", False
    told.update(_late() if good else {})
    return good, told


def _late() -> dict[str, str]:
    now = {name: value for (name, label), value in figures().items() if not label}
    beat = now.get("worker_beat_seconds")
    oldest = now["inbox_oldest_seconds"]
    workers = "none seen" if beat is None else f"late: last seen {beat:.0f} s ago"
    if beat is not None and beat < LATE_S:
        workers = "ok"
    late = oldest > settings.INBOX_LATE_S
    return {
        "workers": workers,
        "inbox": f"late: a message waits for {oldest:.0f} s" if late else "ok",
    }
