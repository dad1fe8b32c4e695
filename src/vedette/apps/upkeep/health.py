"""Health checks for load balancers and operators, and figures for monitoring.

The results of the checks contain fixed texts and numbers, but no host name, path or error message. The
figures are counts and ages from the database, and the counters of the web processes.
"""

from __future__ import annotations

import logging
import os
import shutil
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from django.conf import settings
from django.db import DatabaseError, connection, transaction
from django.db.migrations.executor import MigrationExecutor
from django.db.utils import InterfaceError
from prometheus_client import REGISTRY, CollectorRegistry, Counter, Histogram, generate_latest
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.metrics_core import Metric
from prometheus_client.multiprocess import MultiProcessCollector
from prometheus_client.registry import Collector

from vedette.apps.sql import fingerprint
from vedette.apps.upkeep import marker
from vedette.apps.upkeep.beats import LATE_S
from vedette.keys.ring import Keys, KeysError
from vedette.server import logs

logger = logging.getLogger(__name__)

#: Seconds for which a passed check of the migrations is reused, because reading their files is slow.
_MIGRATED_S = 60.0
_migrated: list[float] = []


class NotReady(Exception):
    """A failed check; the message contains no sensitive data and may be shown."""


def database() -> None:
    """Checks that the web process can query the database."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")


def restored() -> None:
    """Checks that no restore is under way, because restored data must be masked and deleted before anybody
    sees it."""
    connection.ensure_connection()
    if marker.read(connection.connection) is not None:
        raise NotReady("a restore is under way: wait for its end, or run vedette restore again")


def migrations() -> None:
    """Checks that the database has the schema of this version."""
    if _migrated and time.monotonic() - _migrated[0] < _MIGRATED_S:
        return
    connection.ensure_connection()
    if fingerprint.of_database(connection.connection) != fingerprint.of_code():
        raise NotReady("the database has the schema of another version: run vedette upgrade")
    executor = MigrationExecutor(connection)
    if waiting := executor.migration_plan(executor.loader.graph.leaf_nodes()):
        raise NotReady(f"{len(waiting)} migrations are missing: run vedette upgrade")
    _migrated[:] = [time.monotonic()]


def keys() -> None:
    """Checks that all keys exist and that the name of each key matches the key."""
    try:
        Keys.load(Path(os.environ["VEDETTE_KEYS"]))
    except (KeysError, KeyError, OSError) as error:
        raise NotReady(
            "a key is missing or wrong, or other accounts can read it: see the log"
        ) from error


def disk() -> None:
    """Checks that there is enough free space for temporary files, for the data of the database, and for the
    shared cache. The disk of a database on another machine is not checked."""
    for what, folder in (
        ("temporary files", tempfile.gettempdir()),
        ("the database", settings.DATA),
        ("the cache", settings.CACHE),
    ):
        try:
            free = shutil.disk_usage(folder).free >> 20 if folder else settings.DISK_FREE_MB
        except OSError:
            raise NotReady(f"the folder for {what} is not there") from None
        if free < settings.DISK_FREE_MB:
            raise NotReady(
                f"{free} MB are free for {what}, {settings.DISK_FREE_MB} MB are required"
            )


#: The checks without which no request can be answered.
CHECKS: dict[str, Callable[[], object]] = {
    "database": database,
    "restored": restored,
    "migrations": migrations,
    "keys": keys,
    "disk": disk,
}


def ready() -> tuple[bool, dict[str, str]]:
    """Returns whether requests can be answered, and the result of each check. The results of the checks also
    contain the state of scheduled tasks, of workers, of the inbox and of lists. Requests are answered even if
    scheduled tasks, workers, the inbox or lists are late, because officers can still use the pages.
    """
    told: dict[str, str] = {}
    good = True
    for name, check in CHECKS.items():
        try:
            check()
            told[name] = "ok"
        except NotReady as error:
            told[name], good = str(error), False
        except (DatabaseError, InterfaceError) as error:
            logger.error("readiness: %s: %s", name, logs.kind(error))
            told[name], good = "not reachable", False
    told.update(_late() if good else {})
    return good, told


def _late() -> dict[str, str]:
    now = {name: value for (name, label), value in figures().items() if not label}
    beat = now.get("worker_beat_seconds")
    oldest, lists = now["inbox_oldest_seconds"], now["lists_waiting_seconds"]
    workers = "none seen" if beat is None else f"late: last seen {beat:.0f} s ago"
    late = oldest > settings.INBOX_LATE_S
    waits = now["tasks_waiting"]
    return {
        "tasks": f"{waits:.0f} wait for an administrator: see the page Status" if waits else "ok",
        "workers": "ok" if beat is not None and beat < LATE_S else workers,
        "inbox": f"late: a message waits for {oldest:.0f} s" if late else "ok",
        "lists": f"changes cannot be put in force for {lists:.0f} s: see the log"
        if lists
        else "ok",
    }


#: Figure of `vedette_figures()` → name of its label, and its description. A table in the docs is generated
#: from it.
DATABASE: dict[str, tuple[str, str]] = {
    "inbox_depth": ("", "files that wait to be read"),
    "inbox_oldest_seconds": ("", "age of the file that waits longest; 0 if no file waits"),
    "lists_waiting_seconds": (
        "",
        "time since the last changes of lists cannot be put in force; 0 if they are in force",
    ),
    "files_day": ("state", "files received in 24 hours, by state"),
    "messages_day": ("format", "messages read in 24 hours, by format"),
    "subjects_per_second": ("", "subjects read per second, mean of 5 minutes"),
    "hits_open": ("", "hits without a decision"),
    "hits_landed": ("", "hits without a decision whose deadline has passed"),
    "hits_oldest_seconds": ("", "age of the oldest hit without a decision"),
    "refusals_hour": ("act", "refusals in the last hour: sign-ins, tokens, rate limits"),
    "workers": ("", "workers seen in the last two minutes"),
    "journal_waiting": ("", "rows of the journal that are not in the hash chain yet"),
    "journal_lag_seconds": ("", "age of the row of the journal that waits longest for its seal"),
    "tasks_waiting": ("", "scheduled tasks that wait for an administrator (page Status)"),
    "masking_left": ("", "rows of detached partitions that are not in the vault yet"),
    "retention_run_seconds": (
        "",
        "time since the last completed retention run; absent before the first",
    ),
    "worker_beat_seconds": ("", "time since a worker was last seen; absent before the first"),
}
#: Counters of the web processes, from their start.
PROCESS: dict[str, tuple[str, str]] = {
    "requests_total": ("route, method, status", "requests answered"),
    "request_seconds": ("route", "time until the response, as a histogram"),
    "rate_refused_total": ("kind", "requests refused because of a rate limit"),
}

_REQUESTS = Counter("vedette_requests", PROCESS["requests_total"][1], ["route", "method", "status"])
_SECONDS = Histogram(
    "vedette_request_seconds", PROCESS["request_seconds"][1], ["route"],
    buckets=(0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30),
)  # fmt: skip
#: Requests that a rate limit refused, by kind of limit.
REFUSED = Counter("vedette_rate_refused", PROCESS["rate_refused_total"][1], ["kind"])


def answered(route: str, method: str, status: int, seconds: float) -> None:
    """Counts a request under the name of its route, and not under its URL, which may contain ids."""
    _REQUESTS.labels(route, method, str(status)).inc()
    _SECONDS.labels(route).observe(seconds)


def figures() -> dict[tuple[str, str], float]:
    """Returns the current figures of all organisations together, by name and label. The query is cancelled
    after five seconds.
    """
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET LOCAL statement_timeout = '5s'")
        cursor.execute(
            "SELECT figure, label, value FROM vedette_figures()"
            " UNION ALL SELECT figure, label, value FROM vedette_keeping_figures()"
        )
        return {(figure, label): value for figure, label, value in cursor.fetchall()}


class _Database(Collector):
    """The figures of the database. These figures are read from the database at each request for the
    metrics."""

    def collect(self) -> Iterator[Metric]:
        """Yields one metric of type gauge for each figure."""
        found = figures()
        for name, (label, what) in DATABASE.items():
            gauge = GaugeMetricFamily(f"vedette_{name}", what, labels=[label] if label else None)
            for (figure, value_of), value in found.items():
                if figure == name:
                    gauge.add_metric([value_of] if label else [], value)
            yield gauge


def exposition() -> bytes:
    """Returns all figures in the text format of Prometheus. If there are several web processes, the counters
    of all processes are added up."""
    registry = CollectorRegistry()
    registry.register(_Database())
    if "PROMETHEUS_MULTIPROC_DIR" in os.environ:
        MultiProcessCollector(registry)
        return generate_latest(registry)
    return generate_latest(registry) + generate_latest(REGISTRY)
