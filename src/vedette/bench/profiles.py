"""A thousand profiles: their speed over frames and in the pipeline, and the delay that they cause for a
single message."""

from __future__ import annotations

import io
import os
import statistics
import time
from collections.abc import Iterator

import polars as pl

from vedette.bench import Figure, whole_way
from vedette.bench.made_profiles import put_in_force, rare
from vedette.bench.stage import Stage, percentile, put_list, running, seconds, stage, wait_until
from vedette.demo.world import bulk
from vedette.kinds import vocabulary
from vedette.profiles.run import ActiveProfile, Profiles

PROFILES, FRAME, ROUNDS = 1_000, 10_000, 7
LISTED = 10_000
#: The largest share of travellers that one profile may hit. All profiles together hit fewer than one
#: traveller in a hundred.
SHARE = 0.0001
SMALL, TRAVELLERS = 10, 20_000
LONE, PAUSE_S = 60, 0.4


def run() -> Iterator[Figure]:
    """Measures frames, messages of ten travellers, a single message with and without profiles, and the whole
    pipeline."""
    frame = values()
    texts = rare(PROFILES, frame, SHARE)
    yield from _frames(frame, texts)
    yield from _small(texts)
    yield from _lone(texts)
    yield from whole_way.rounds("whole_way_with_profiles", "2,000", texts)


def values() -> pl.DataFrame:
    """Returns the values of `FRAME` travellers as the pipeline stored them."""
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
    profiles = [
        ActiveProfile(
            id=str(n), version=str(n), number=1, ref=str(n), title="", expression=text,
            weight=1, theme="passengers", purpose="border", hash="",
        )
        for n, text in enumerate(texts)
    ]  # fmt: skip
    asked = Profiles(vocabulary("traveller"), profiles)
    for rows in (FRAME, SMALL):
        part = frame.head(rows)
        took = [seconds(lambda part=part: asked.ask(part)) for _ in range(ROUNDS)]  # type: ignore[misc]
        said = f"{len(profiles)} profiles, a tenth with regular expressions, {rows:,} rows,"
        said += f" {len(asked.ask(part).fired)} hold"
        if rows == FRAME:
            speed, median = rows / min(took), rows / statistics.median(took)
            yield Figure("profiles_frame", speed, "travellers/s", said, 2, "60,000")
            yield Figure("profiles_frame_median", median, "travellers/s", said, 2)
        else:
            yield Figure("profiles_small_frame", 1000 * min(took), "ms", said, 2)


def _small(texts: list[str]) -> Iterator[Figure]:
    """Measures messages of ten travellers with two workers. Every profile is evaluated for each traveller."""
    messages = bulk.passenger_messages(TRAVELLERS, SMALL, seed=3)
    took, said = whole_way.through("bench_profiles_small", messages, texts)
    yield Figure("profiles_messages_of_ten", TRAVELLERS / took, "travellers/s", said, 2, "1,500")


def _lone(texts: list[str]) -> Iterator[Figure]:
    """Measures the time from the receipt of a single message of ten travellers until the message is stored,
    without profiles and with profiles."""
    messages = bulk.passenger_messages(2 * LONE * SMALL, SMALL, seed=5)
    waits: dict[bool, list[float]] = {}
    for asked in (False, True):
        with stage(f"bench_profiles_lone_{int(asked)}") as on:
            put_list(on, bulk.entries(LISTED))
            if asked:
                put_in_force(on, texts)
            with running(1, "work"):
                time.sleep(8)  # the worker first reads lists and profiles
                some = messages[:LONE] if asked else messages[LONE:]
                waits[asked] = [_seen(on, number, data) for number, data in enumerate(some)]
    without, with_ = percentile(waits[False], 0.95), percentile(waits[True], 0.95)
    said = f"{LONE} messages of {SMALL}, p95 {1000 * without:.0f} ms without, {1000 * with_:.0f} ms with"
    yield Figure("profiles_lone_message_waits", 1000 * (with_ - without), "ms", said, 2, "≤ 60")


def _seen(on: Stage, number: int, data: bytes) -> float:
    """Returns the seconds from receipt to the commit that stored the message."""
    time.sleep(PAUSE_S)
    on.put(f"{number}.edi", data)
    return seconds(lambda: wait_until(lambda: not on.waiting(), 0.002))
