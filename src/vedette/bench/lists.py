"""Lists of 2,000,000 entries with names, documents and contacts: the time and memory to prepare them, and the
rate of the intake with them."""

from __future__ import annotations

import datetime as dt
import multiprocessing
import os
import random
import resource
import tempfile
import time
from collections.abc import Iterator
from unittest import mock

from vedette.apps.lists import building
from vedette.bench import Figure
from vedette.bench.pipeline import LISTED, PER_MESSAGE, measured
from vedette.bench.stage import put_list, stage
from vedette.core.entries import Entry, EntryDate, EntryIdentifier, EntryName
from vedette.demo.world import bulk

#: The number of listed entries, and of travellers whose messages are then processed.
ENTRIES, TRAVELLERS = 2_000_000, 30_000
_SYLLABLES = [a + b for a in "bdfghjklmnprstvyz" for b in "aeio"]


def _word(draw: random.Random) -> str:
    return "".join(draw.choices(_SYLLABLES, k=draw.randint(2, 4))).capitalize()


def _people(count: int, seed: int) -> Iterator[Entry]:
    """Synthetic entries. Surnames and given names are drawn with frequencies like those of real names."""
    draw = random.Random(seed)  # noqa: S311
    words = [_word(draw) for _ in range(120_000)]
    for number in range(count):
        surname, given, other = (words[int(len(words) * draw.random() ** 3)] for _ in range(3))
        born = dt.date(1940, 1, 1) + dt.timedelta(days=draw.randrange(25_000))
        yield Entry(
            ref=f"B-{number}",
            names=(
                EntryName(full=f"{given} {surname}", surname=surname, given_names=given),
                *([EntryName(full=f"{other} {surname}", kind="alias")] if number % 3 == 0 else []),
            ),
            birth_dates=(EntryDate(from_=born, to=born),),
            nationalities=(draw.choice(("FR", "SN", "CI", "CH", "MA")),),
            identifiers=(
                EntryIdentifier(kind="passport", value=f"P{number:08}"),
                EntryIdentifier(kind="phone", value=f"+221 77 {number:07}"),
                *(
                    [EntryIdentifier(kind="email", value=f"b{number}@example.org")]
                    if number % 2
                    else []
                ),
            ),
        )


def run() -> Iterator[Figure]:
    """Stores the list, prepares it in a process as a worker does, and measures the intake of messages with
    it."""
    size = f"{ENTRIES:,} entries with names, documents and contacts"
    with (
        tempfile.TemporaryDirectory() as cache,
        stage("bench_lists") as on,
        mock.patch.dict(os.environ, {"VEDETTE_CACHE": cache}),
    ):
        put_list(on, _people(ENTRIES, 1))
        put_list(on, bulk.entries(LISTED))
        on.connection.execute("ANALYZE")
        context = multiprocessing.get_context("spawn")
        dsn = os.environ["DATABASE_URL_INTAKE"]
        begun = time.monotonic()
        process = context.Process(target=building.serve, args=(dsn, on.organisation, cache))
        process.start()
        process.join()
        seconds = time.monotonic() - begun
        if process.exitcode:
            raise RuntimeError(f"the lists were not prepared: {process.exitcode}")
        peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024**2
        yield Figure("lists_prepared", seconds, "s", size, 2, "120 or less")
        yield Figure("lists_prepared_memory", peak, "GB", size, 1, "2.5 or less")
        on.put_all(bulk.passenger_messages(TRAVELLERS, PER_MESSAGE, seed=1))
        took, said = measured(on)
        yield Figure(
            "lists_intake", TRAVELLERS / took, "travellers/s", f"{size}; {said}", 2, "1,000"
        )
