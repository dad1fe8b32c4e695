"""Figures for monitoring: counts and ages from the database, and the counters of the web processes."""

from __future__ import annotations

import os
from collections.abc import Iterator

from django.db import connection, transaction
from prometheus_client import REGISTRY, CollectorRegistry, Counter, Histogram, generate_latest
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.metrics_core import Metric
from prometheus_client.multiprocess import MultiProcessCollector
from prometheus_client.registry import Collector

#: Figure of `vedette_figures()` → name of its label, and its description. The docs table is generated from
#: it.
DATABASE: dict[str, tuple[str, str]] = {
    "inbox_depth": ("", "files that wait to be read"),
    "inbox_oldest_seconds": ("", "age of the file that waits longest; 0 if no file waits"),
    "files_day": ("state", "files received in 24 hours, by state"),
    "messages_day": ("format", "messages read in 24 hours, by format"),
    "subjects_per_second": ("", "subjects read per second, mean of 5 minutes"),
    "hits_open": ("", "hits without a decision"),
    "hits_landed": ("", "hits without a decision that were due before now"),
    "hits_oldest_seconds": ("", "age of the oldest hit without a decision"),
    "refusals_hour": ("act", "refusals in the last hour: sign-ins, tokens, rate limits"),
    "workers": ("", "workers seen in the last two minutes"),
    "journal_waiting": ("", "rows of the journal that are not sealed yet"),
    "journal_lag_seconds": ("", "age of the row of the journal that waits longest for its seal"),
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
_REFUSED = Counter("vedette_rate_refused", PROCESS["rate_refused_total"][1], ["kind"])


def answered(route: str, method: str, status: int, seconds: float) -> None:
    """Counts a request under the name of its route; not under its address, which contains ids."""
    _REQUESTS.labels(route, method, str(status)).inc()
    _SECONDS.labels(route).observe(seconds)


def too_fast(kind: str) -> None:
    """Counts a request that a limit refused."""
    _REFUSED.labels(kind).inc()


def figures() -> dict[tuple[str, str], float]:
    """(figure, label) → current value over all organisations. The query is cancelled after five seconds."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET LOCAL statement_timeout = '5s'")
        cursor.execute(
            "SELECT figure, label, value FROM vedette_figures()"
            " UNION ALL SELECT figure, label, value FROM vedette_keeping_figures()"
        )
        return {(figure, label): value for figure, label, value in cursor.fetchall()}


class _Database(Collector):
    """The figures of the database, read at each scrape."""

    def collect(self) -> Iterator[Metric]:
        """One gauge for each figure."""
        found = figures()
        for name, (label, what) in DATABASE.items():
            gauge = GaugeMetricFamily(f"vedette_{name}", what, labels=[label] if label else None)
            for (figure, value_of), value in found.items():
                if figure == name:
                    gauge.add_metric([value_of] if label else [], value)
            yield gauge


def exposition() -> bytes:
    """All figures in Prometheus' text format; with several web processes, the counters of all."""
    registry = CollectorRegistry()
    registry.register(_Database())
    if "PROMETHEUS_MULTIPROC_DIR" in os.environ:
        MultiProcessCollector(registry)
        return generate_latest(registry)
    return generate_latest(registry) + generate_latest(REGISTRY)
