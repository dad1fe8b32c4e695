"""The time from the receipt of a message until its hit is in the queue, at 300 travellers a second."""

from __future__ import annotations

import random
import time
from collections.abc import Iterator
from typing import Any

from vedette.bench import Figure
from vedette.bench.stage import Stage, percentile, put_list, running, stage, wait_until
from vedette.demo.world import bulk

PER_SECOND = 300
SECONDS = 300
LISTED = 10_000
#: Seconds between two reads of the queue. A hit counts as visible from the first read that finds it.
LOOK_S = 0.05

#: The condition and the order of the queue, as the web role uses them.
_QUEUE = (
    "SELECT h.id FROM hits_hit h WHERE h.state IN ('new', 'reopened') AND h.opened_at > %s"
    " ORDER BY h.due_at, h.priority DESC"
)
#: The time of receipt of the message that caused the hit.
_RECEIVED = (
    "SELECT h.id, (SELECT max(i.received_at) FROM inbox_message m JOIN inbox_inbox i"
    " ON i.id = m.inbox_id WHERE m.group_id = h.group_id AND i.received_at <= h.opened_at)"
    " FROM hits_hit h WHERE h.id = ANY(%s)"
)


def run() -> Iterator[Figure]:
    """Sends messages of 1 to 200 people for five minutes at the rate of real arrivals. Each message is for
    another flight."""
    rng = random.Random(1)  # noqa: S311  a benchmark draws the same sizes every time
    sizes: list[int] = []
    while sum(sizes) < PER_SECOND * SECONDS:
        sizes.append(rng.randint(1, 200))
    batches = list(zip(sizes, bulk.messages_of(sizes, seed=1), strict=True))
    with stage("bench_latency") as on:
        put_list(on, bulk.entries(LISTED))
        with running(1, "work"):
            # The worker reads its lists before the first message, so that its start is not measured.
            on.put("first.edi", bulk.messages_of([1], seed=2, hit_share=0)[0])
            wait_until(lambda: not on.waiting(), 0.1)
            waits, late = _play(on, batches)
    said = f"{len(batches)} messages of 1 to 200 people in {SECONDS} s,"
    said += f" {len(waits)} hits, sender late {late:.1f} s"
    if not waits:
        raise RuntimeError("no hit was seen")
    yield Figure("hits_visible_p99", percentile(waits, 0.99), "s", said, 2, "≤ 2")
    yield Figure("hits_visible_p50", percentile(waits, 0.5), "s", said, 2)


def _play(on: Stage, batches: list[tuple[int, bytes]]) -> tuple[list[float], float]:
    """Sends the messages in real time and reads the queue. Returns the seconds from the receipt of a message
    until each hit is visible, and the delay of the sender."""
    seen: dict[Any, float] = {}
    sent, next_at = 0, time.time()
    (since,) = on.one("SELECT now()")
    while sent < len(batches) or time.time() < next_at + 10:
        while sent < len(batches) and time.time() >= next_at:
            size, data = batches[sent]
            on.put(f"{sent}.edi", data)
            sent += 1
            next_at += size / PER_SECOND
        hits = _look(on, since)
        seen = dict.fromkeys(hits, time.time()) | seen
        (since,) = on.one("SELECT now() - interval '5 seconds'")
        time.sleep(LOOK_S)
    late = max(0.0, time.time() - 10 - next_at)
    received = on.connection.execute(_RECEIVED, [list(seen)]).fetchall()
    return [seen[hit] - at.timestamp() for hit, at in received], late


def _look(on: Stage, since: Any) -> list[Any]:
    """Returns the hits that the web role sees in the queue with the scope of the whole organisation."""
    from django.db import connection, transaction

    from vedette.apps.accounts.rules import set_scope

    with transaction.atomic(), connection.cursor() as web:
        set_scope(on.organisation)
        web.execute(_QUEUE, [since])
        return [hit for (hit,) in web.fetchall()]
