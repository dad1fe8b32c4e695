"""The whole way: files in the inbox to travellers stored and screened, from first claim to last commit."""

from __future__ import annotations

import datetime as dt
import time
from collections.abc import Iterator

from vedette.bench import Figure
from vedette.bench.stage import Stage, put_list, stage, workers
from vedette.demo.world import bulk

TRAVELLERS = 60_000
PER_MESSAGE = 150
LISTED = 10_000
ROUNDS = 3


def run() -> Iterator[Figure]:
    """150-person messages, two PAXLST to one PNRGOV, two workers beside PostgreSQL on two cores."""
    for seed in range(ROUNDS):
        messages = bulk.passenger_messages(TRAVELLERS, PER_MESSAGE, seed=seed)
        with stage("bench_whole_way") as on:
            put_list(on, bulk.entries(LISTED))
            for number, data in enumerate(messages):
                on.put(str(number), data)
            on.connection.execute("ANALYZE")
            seconds = _drain(on, len(messages))
            (stored,) = on.connection.execute("SELECT count(*) FROM intake_journey").fetchone() or (
                0,
            )
            (hits,) = on.connection.execute("SELECT count(*) FROM targeting_hit").fetchone() or (0,)
        yield Figure(
            "whole_way",
            TRAVELLERS / seconds,
            "travellers/s",
            f"{len(messages)} messages, {stored:,} journeys stored, {hits} hits, {LISTED:,} entries,"
            f" seed {seed}",
            2,
            "3,000",
        )


def _drain(on: Stage, files: int) -> float:
    """Seconds from the first claim to the last commit; start-up of the workers does not count."""
    at_work = workers(2)
    try:
        while True:
            first, left = on.connection.execute(
                "SELECT min(claimed_at), count(*) FILTER (WHERE state = 'waiting')"
                " FROM intake_inbox"
            ).fetchone() or (None, files)
            if left == 0 and first is not None:
                # The last commit is seen now; both clocks are this machine's.
                return float((dt.datetime.now(dt.UTC) - first).total_seconds())
            time.sleep(0.05)
    finally:
        for worker in at_work:
            worker.terminate()
            worker.wait()
