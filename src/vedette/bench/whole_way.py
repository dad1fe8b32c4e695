"""The whole way: files in the inbox to travellers stored and screened, from first claim to last commit."""

from __future__ import annotations

import datetime as dt
import time
from collections.abc import Iterator, Sequence

from vedette.bench import Figure
from vedette.bench.made_profiles import put_in_force
from vedette.bench.stage import Stage, put_list, running, stage
from vedette.demo.world import bulk

TRAVELLERS = 60_000
PER_MESSAGE = 150
LISTED = 10_000
ROUNDS = 3


def run() -> Iterator[Figure]:
    """150-person messages, two PAXLST to one PNRGOV, two workers beside PostgreSQL on two cores."""
    yield from rounds("whole_way", "3,000")


def rounds(name: str, target: str, profiles: Sequence[str] = ()) -> Iterator[Figure]:
    """A figure for each seed."""
    for seed in range(ROUNDS):
        messages = bulk.passenger_messages(TRAVELLERS, PER_MESSAGE, seed=seed)
        seconds, said = through(f"bench_{name}", messages, profiles)
        yield Figure(name, TRAVELLERS / seconds, "travellers/s", f"{said}, seed {seed}", 2, target)


def through(
    name: str, messages: Sequence[bytes], profiles: Sequence[str] = ()
) -> tuple[float, str]:
    """Seconds that these take in a new database, and what became of them."""
    with stage(name) as on:
        put_list(on, bulk.entries(LISTED))
        put_in_force(on, profiles)
        on.put_all(messages)
        on.connection.execute("ANALYZE")
        seconds = _drain(on)
        (stored,) = on.one("SELECT count(*) FROM travellers_journey")
        (hits,) = on.one("SELECT count(*) FROM hits_hit")
        reasons, fired = on.one(
            "SELECT count(*), count(*) FILTER (WHERE kind = 'profile') FROM hits_reason"
        )
    return seconds, (
        f"{len(messages)} messages, {LISTED:,} entries, {len(profiles):,} profiles, {stored:,} journeys"
        f" stored, {hits} hits, {reasons} reasons, {fired} of profiles"
    )


def _drain(on: Stage) -> float:
    """Seconds from the first claim to the last commit; start-up of the workers does not count."""
    with running(2, "work"):
        while True:
            first, left = on.one(
                "SELECT min(claimed_at), count(*) FILTER (WHERE state = 'waiting') FROM inbox_inbox"
            )
            if left == 0 and first is not None:
                # The last commit is seen now; both clocks are this machine's.
                return float((dt.datetime.now(dt.UTC) - first).total_seconds())
            time.sleep(0.05)
