"""Measures the speed of the whole pipeline for travellers. The pipeline reads files from the inbox, and
stores and screens the travellers. The figures are the speed without profiles, the speed with a thousand
profiles, and the time until a hit appears in the queue.

The profiles are generated from a seed. Each profile has three to six conditions on facts of several kinds,
and every tenth profile has a regular expression. Profiles that match too many travellers are left out.
"""

from __future__ import annotations

import datetime as dt
import io
import os
import random
import statistics
import time
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import polars as pl

from vedette.bench import Figure
from vedette.bench.stage import (
    Stage,
    percentile,
    processor,
    put_in_force,
    put_list,
    running,
    seconds,
    stage,
    wait_until,
)
from vedette.demo.world import bulk
from vedette.kinds import vocabulary
from vedette.profiles.run import ActiveProfile, Profiles, Question

#: Number of entries of the watchlist.
LISTED = 10_000

# --- the whole pipeline --------------------------------------------------------------------------

TRAVELLERS, PER_MESSAGE, SEEDS = 60_000, 150, 3
#: The time of the first claim after a time. `_FIRST` is NULL as long as a message waits.
_CLAIMED = "SELECT min(claimed_at) FROM inbox_inbox WHERE claimed_at > %s"
_FIRST = (
    "SELECT CASE WHEN NOT bool_or(state = 'waiting') THEN min(claimed_at) FILTER (WHERE claimed_at > %s) END"
    " FROM inbox_inbox"
)


def whole_way(
    name: str = "whole_way", target: str = "3,000", profiles: Sequence[str] = ()
) -> Iterator[Figure]:
    """Measures messages of 150 travellers, with two PAXLST messages for each PNRGOV message. Two workers and
    PostgreSQL share two processor cores. Yields one figure for each seed.
    """
    for seed in range(SEEDS):
        messages = bulk.passenger_messages(TRAVELLERS, PER_MESSAGE, seed=seed)
        took, said = _through(f"bench_{name}", messages, profiles)
        yield Figure(name, TRAVELLERS / took, "travellers/s", f"{said}, seed {seed}", 2, target)


def _through(
    name: str, messages: Sequence[bytes], profiles: Sequence[str] = ()
) -> tuple[float, str]:
    """Processes the messages in a new database. Returns the seconds from the claim of the first message to
    the last commit, and the number of stored rows.
    """
    with stage(name) as on:
        put_list(on, bulk.entries(LISTED))
        put_in_force(on, profiles)
        on.put_all(messages)
        on.connection.execute("ANALYZE")
        took, said = measured(on)
    return took, (
        f"{len(messages)} messages, {LISTED:,} entries, {len(profiles):,} profiles, {said}"
    )


def measured(on: Stage) -> tuple[float, str]:
    """Processes the inbox with two workers. Returns the seconds from the claim of the first message to the
    last commit, and the number of stored rows.
    """
    took, used = drained(on)
    stored, hits, reasons, fired = on.one(
        "SELECT (SELECT count(*) FROM travellers_journey), (SELECT count(*) FROM hits_hit),"
        " count(*), count(*) FILTER (WHERE kind = 'profile') FROM hits_reason"
    )
    return took, (
        f"{stored:,} journeys stored, {hits} hits, {reasons} reasons, {fired} of profiles,"
        f" {used:.1f} s of processor time"
    )


def drained(on: Stage) -> tuple[float, float]:
    """Processes the inbox with two workers. Returns the seconds from the claim of the first message to the
    last commit. Also returns the seconds of processor time that the workers and the database used in this
    period.
    """
    since = on.one("SELECT coalesce(max(claimed_at), '-infinity')::text FROM inbox_inbox")
    database = int((on.server.path / "data" / "postmaster.pid").read_text("utf-8").split()[0])
    with running(2, "work") as workers:
        roots = [database, *(one.pid for one in workers)]
        # The start of the workers is not measured.
        wait_until(lambda: on.one(_CLAIMED, since)[0], 0.01, float("inf"))
        before = processor(*roots)
        wait_until(lambda: on.one(_FIRST, since)[0], 0.05, float("inf"))
        # The present moment is that of the last commit. Both times are read from the clock of this machine.
        took = (dt.datetime.now(dt.UTC) - on.one(_FIRST, since)[0]).total_seconds()
        return took, processor(*roots) - before


# --- profiles ------------------------------------------------------------------------------------

PROFILES, FRAME, ROUNDS = 1_000, 10_000, 7
#: The largest share of travellers that one profile may hit. All profiles together hit fewer than one
#: traveller in a hundred.
SHARE = 0.0001
#: Travellers in a small message, and in all small messages.
SMALL, IN_SMALL = 10, 20_000
#: Number of single messages, and the seconds before each of them.
LONE, PAUSE_S = 60, 0.4

_AIRPORTS = ("ADD", "CDG", "IST", "BOG", "PTY", "DXB", "LIS", "CMN", "JNB", "GRU", "FRA", "NBO")

#: Each entry makes one condition with random numbers, so that profiles differ.
_CONDITIONS: tuple[Callable[[random.Random], str], ...] = (
    lambda r: f"lead_time_h < {r.randint(2, 72)}",
    lambda r: f"stay_nights BETWEEN {r.randint(0, 3)} AND {r.randint(4, 9)}",
    lambda r: "one_way",
    lambda r: f"route_detour_ratio > {r.uniform(1.2, 3):.2f}",
    lambda r: f"legs >= {r.randint(2, 5)}",
    lambda r: "is_cash",
    lambda r: "payer_is_other",
    lambda r: f"paid_amount > {r.randint(200, 4000)}",
    lambda r: f"origin IN ('{r.choice(_AIRPORTS)}', '{r.choice(_AIRPORTS)}')",
    lambda r: f"destination_country <> '{r.choice(('FR', 'SN', 'CI', 'MA'))}'",
    lambda r: f"bags_per_traveller > {r.randint(2, 6)}",
    lambda r: f"document_valid_d < {r.randint(10, 200)}",
    lambda r: f"COALESCE(trips_12m, 0) >= {r.randint(2, 20)}",
    lambda r: f"COALESCE(same_route_12m, 0) < {r.randint(1, 6)}",
    lambda r: f"shared_phone_travellers_90d >= {r.randint(1, 6)}",
    lambda r: f"shared_card_travellers_90d >= {r.randint(1, 6)}",
    lambda r: "NOT is_crew",
    lambda r: "NOT with_child_under_12",
    lambda r: f"booking_travellers <= {r.randint(1, 4)}",
    lambda r: f"changes > {r.randint(3, 12)}",
    lambda r: "name_differs OR document_differs",
    lambda r: f"departure_hour < {r.randint(3, 22)}",
    lambda r: f"combination_rarity > {r.uniform(1.5, 4):.2f}",
)
_REGULAR: tuple[Callable[[random.Random], str], ...] = (
    lambda r: f"route MATCHES '(^|-){r.choice(_AIRPORTS)}(-|$)'",
    lambda r: f"email_domain MATCHES '{r.choice(('mail', 'post', 'box'))}[0-9]*\\.(com|net|org)$'",
    lambda r: f"flight MATCHES '^[A-Z]{{2}}{r.randint(1, 9)}[0-9]{{1,3}}$'",
)


def expressions(count: int) -> list[str]:
    """Returns `count` different expressions. Every tenth expression also contains a regular expression."""
    rng = random.Random(0)  # noqa: S311  a benchmark draws the same profiles every time
    made: dict[str, None] = {}
    while len(made) < count:
        some = [f"({c(rng)})" for c in rng.sample(_CONDITIONS, rng.randint(3, 6))]
        if len(made) % 10 == 0:
            some.append(rng.choice(_REGULAR)(rng))
        made[" AND ".join(some)] = None
    return list(made)


def _rare(frame: pl.DataFrame) -> list[str]:
    """Returns `PROFILES` expressions that are each true for at most the share `SHARE` of the travellers in
    `frame`.
    """
    kept: list[str] = []
    for text in expressions(3 * PROFILES):
        holds = Question(vocabulary("traveller"), text, {}, {}).judge(frame)
        if holds.sum() <= SHARE * frame.height:
            kept.append(text)
        if len(kept) == PROFILES:
            return kept
    raise RuntimeError("too few rare profiles: draw more")


def profiles() -> Iterator[Figure]:
    """Measures the speed of the evaluation of profiles in four cases: many travellers at once, messages of
    ten travellers, a single message, and the whole pipeline.
    """
    frame = values()
    texts = _rare(frame)
    yield from _frames(frame, texts)
    # Messages of ten travellers with two workers. Every profile is evaluated for each traveller.
    messages = bulk.passenger_messages(IN_SMALL, SMALL, seed=3)
    took, said = _through("bench_profiles_small", messages, texts)
    yield Figure("profiles_messages_of_ten", IN_SMALL / took, "travellers/s", said, 2, "1,500")
    yield _lone(texts)
    yield from whole_way("whole_way_with_profiles", "2,000", texts)


def values() -> pl.DataFrame:
    """Returns the values of `FRAME` travellers in the form in which the pipeline stores them."""
    with stage("bench_profiles_values") as on:
        on.put_all(bulk.passenger_messages(int(1.2 * FRAME), 150, seed=7))
        from vedette.apps.desk.work import Worker

        worker = Worker(os.environ["DATABASE_URL_INTAKE"], on.keys)
        worker.drain()
        worker.connection.close()
        rows = on.connection.execute("SELECT data FROM profiles_known").fetchall()
    frame = pl.concat([pl.read_ipc(io.BytesIO(data)) for (data,) in rows], how="diagonal")
    return frame.head(FRAME)


def _frames(frame: pl.DataFrame, texts: list[str]) -> Iterator[Figure]:
    asked = Profiles(
        vocabulary("traveller"),
        [
            ActiveProfile(
                id=str(n), version=str(n), number=1, ref=str(n), title="", expression=text,
                weight=1, theme="passengers", purpose="border", hash="",
            )
            for n, text in enumerate(texts)
        ],
    )  # fmt: skip
    for rows in (FRAME, SMALL):
        part = frame.head(rows)
        took = [seconds(lambda part=part: asked.ask(part)) for _ in range(ROUNDS)]  # type: ignore[misc]
        said = (
            f"{len(texts)} profiles, a tenth with regular expressions, {rows:,} rows,"
            f" {len(asked.ask(part).fired)} hold"
        )
        if rows == FRAME:
            speed, median = rows / min(took), rows / statistics.median(took)
            yield Figure("profiles_frame", speed, "travellers/s", said, 2, "60,000")
            yield Figure("profiles_frame_median", median, "travellers/s", said, 2)
        else:
            yield Figure("profiles_small_frame", 1000 * min(took), "ms", said, 2)


def _lone(texts: list[str]) -> Figure:
    """Measures the time from the receipt of a message of ten travellers until the message is stored, without
    profiles and with profiles. Returns the delay that the profiles cause.
    """
    messages = bulk.passenger_messages(2 * LONE * SMALL, SMALL, seed=5)
    p95 = []
    for number, (some, asked) in enumerate(((messages[LONE:], []), (messages[:LONE], texts))):
        with stage(f"bench_profiles_lone_{number}") as on:
            put_list(on, bulk.entries(LISTED))
            put_in_force(on, asked)
            with running(1, "work"):
                time.sleep(8)  # the worker first reads lists and profiles
                p95.append(percentile([_stored(on, data) for data in some], 0.95))
    without, with_ = p95
    said = f"{LONE} messages of {SMALL}, p95 {1000 * without:.0f} ms without, {1000 * with_:.0f} ms with"
    return Figure("profiles_lone_message_waits", 1000 * (with_ - without), "ms", said, 2, "≤ 60")


def _stored(on: Stage, data: bytes) -> float:
    """Returns the seconds from the receipt of a message to the commit that stored the message."""
    time.sleep(PAUSE_S)
    on.put("lone.edi", data)
    return seconds(lambda: wait_until(lambda: not on.waiting(), 0.002))


# --- the time until a hit is in the queue -------------------------------------------------------

PER_SECOND, SECONDS = 300, 300
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


def latency() -> Iterator[Figure]:
    """Sends messages of 1 to 200 people for five minutes, as frequently as messages arrive in reality. Each
    message is for a different flight.
    """
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
    if not waits:
        raise RuntimeError("no hit was seen")
    said = (
        f"{len(batches)} messages of 1 to 200 people in {SECONDS} s, {len(waits)} hits,"
        f" sender late {late:.1f} s"
    )
    yield Figure("hits_visible_p99", percentile(waits, 0.99), "s", said, 2, "≤ 2")
    yield Figure("hits_visible_p50", percentile(waits, 0.5), "s", said, 2)


def _play(on: Stage, batches: list[tuple[int, bytes]]) -> tuple[list[float], float]:
    """Sends the messages in real time and reads the queue. Returns, for each hit, the seconds from the
    receipt of the message until the queue shows the hit. Also returns the delay with which the messages were
    sent.
    """
    seen: dict[Any, float] = {}
    sent, next_at = 0, time.time()
    (since,) = on.one("SELECT now()")
    while sent < len(batches) or time.time() < next_at + 10:
        while sent < len(batches) and time.time() >= next_at:
            size, data = batches[sent]
            on.put(f"{sent}.edi", data)
            sent += 1
            next_at += size / PER_SECOND
        hits = _queued(on, since)
        seen = dict.fromkeys(hits, time.time()) | seen
        (since,) = on.one("SELECT now() - interval '5 seconds'")
        time.sleep(LOOK_S)
    late = max(0.0, time.time() - 10 - next_at)
    received = on.connection.execute(_RECEIVED, [list(seen)])
    return [seen[hit] - at.timestamp() for hit, at in received], late


def _queued(on: Stage, since: Any) -> list[Any]:
    """Returns the hits in the queue that the web role can read. The scope is the whole organisation."""
    from django.db import connection, transaction

    from vedette.apps.accounts.rules import set_scope

    with transaction.atomic(), connection.cursor() as web:
        set_scope(on.organisation)
        web.execute(_QUEUE, [since])
        return [hit for (hit,) in web.fetchall()]
