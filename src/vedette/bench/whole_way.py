"""The whole way from files in the inbox to stored and screened travellers, from the first claim to the last
commit."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Sequence

from vedette.bench import Figure
from vedette.bench.made_profiles import put_in_force
from vedette.bench.stage import put_list, running, stage, wait_until
from vedette.demo.world import bulk

TRAVELLERS = 60_000
PER_MESSAGE = 150
LISTED = 10_000
ROUNDS = 3
#: The time of the first claim, once no message waits.
_FIRST = "SELECT CASE WHEN NOT bool_or(state = 'waiting') THEN min(claimed_at) END FROM inbox_inbox"


def run() -> Iterator[Figure]:
    """Measures messages of 150 travellers, two PAXLST for each PNRGOV, with two workers and PostgreSQL on two
    cores."""
    yield from rounds("whole_way", "3,000")


def rounds(name: str, target: str, profiles: Sequence[str] = ()) -> Iterator[Figure]:
    """Yields a figure for each seed."""
    for seed in range(ROUNDS):
        messages = bulk.passenger_messages(TRAVELLERS, PER_MESSAGE, seed=seed)
        took, said = through(f"bench_{name}", messages, profiles)
        yield Figure(name, TRAVELLERS / took, "travellers/s", f"{said}, seed {seed}", 2, target)


def through(
    name: str, messages: Sequence[bytes], profiles: Sequence[str] = ()
) -> tuple[float, str]:
    """Returns the seconds that the messages take in a new database, and the numbers of stored rows."""
    with stage(name) as on:
        put_list(on, bulk.entries(LISTED))
        put_in_force(on, profiles)
        on.put_all(messages)
        on.connection.execute("ANALYZE")
        with running(2, "work"):
            # The start of the workers is not measured.
            wait_until(lambda: on.one(_FIRST)[0], 0.05, float("inf"))
            # The present moment is that of the last commit. Both times are read from the clock of this
            # machine.
            took = (dt.datetime.now(dt.UTC) - on.one(_FIRST)[0]).total_seconds()
        (stored,) = on.one("SELECT count(*) FROM travellers_journey")
        (hits,) = on.one("SELECT count(*) FROM hits_hit")
        reasons, fired = on.one(
            "SELECT count(*), count(*) FILTER (WHERE kind = 'profile') FROM hits_reason"
        )
    return took, (
        f"{len(messages)} messages, {LISTED:,} entries, {len(profiles):,} profiles, {stored:,} journeys"
        f" stored, {hits} hits, {reasons} reasons, {fired} of profiles"
    )
