"""Measures lists of 2,000,000 entries with names, documents and contacts. The figures are the time and memory
that the preparation of the lists needs, the speed of the intake with these lists, and the time and memory
that an upload needs.
"""

from __future__ import annotations

import datetime as dt
import multiprocessing
import os
import random
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from unittest import mock

from vedette.apps import processes
from vedette.apps.lists import building, drafts
from vedette.bench import Figure
from vedette.bench.pipeline import LISTED, PER_MESSAGE, measured
from vedette.bench.stage import Reader, Stage, memory, put_list, running, stage
from vedette.core.entries import Entry, EntryDate, EntryIdentifier, EntryName
from vedette.demo.world import bulk

#: The number of listed entries, of travellers whose messages are then processed in each round, and of rounds.
ENTRIES, TRAVELLERS, ROUNDS = 2_000_000, 30_000, 3
PORT = 8397
#: The function with which a worker reads or imports a draft.
_DRAFT = "vedette.apps.lists.drafts:work"
_PASSWORD = "only for the bench, 4 words"  # noqa: S105  a private server on this machine
_SYLLABLES = [a + b for a in "bdfghjklmnprstvyz" for b in "aeio"]


def _word(draw: random.Random) -> str:
    return "".join(draw.choices(_SYLLABLES, k=draw.randint(2, 4))).capitalize()


def _people(count: int, seed: int) -> Iterator[Entry]:
    """Returns synthetic entries. The surnames and given names are about as frequent as real names."""
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
    """Stores the list, and prepares it in a separate process, like a worker. Then measures the intake of
    messages with this list, and the upload of list files.
    """
    size = f"{ENTRIES:,} entries with names, documents and contacts"
    with (
        tempfile.TemporaryDirectory() as cache,
        stage("bench_lists") as on,
        mock.patch.dict(os.environ, {"VEDETTE_CACHE": cache}),
    ):
        put_list(on, _people(ENTRIES, 1))
        put_list(on, bulk.entries(LISTED))
        on.connection.execute("ANALYZE")
        seconds, peak = _in_process(
            building.serve, os.environ["DATABASE_URL_INTAKE"], on.organisation, cache
        )
        yield Figure("lists_prepared", seconds, "s", size, 2, "120 or less")
        yield Figure("lists_prepared_memory", peak / 1024**3, "GB", size, 1, "2.5 or less")
        # Each message is for a different flight, so that the rounds do not change each other's travellers.
        messages = bulk.passenger_messages(ROUNDS * TRAVELLERS, PER_MESSAGE, seed=1)
        size_of_round = len(messages) // ROUNDS
        for first in range(0, ROUNDS * size_of_round, size_of_round):
            on.put_all(messages[first : first + size_of_round])
            took, said = measured(on)
            yield Figure(
                "lists_intake", TRAVELLERS / took, "travellers/s", f"{size}; {said}", 2, "1,000"
            )
    with stage("bench_uploads") as on:
        yield from _uploaded(on)
        yield from _broken(on)


def _in_process(work: Callable[..., object], *args: object) -> tuple[float, int]:
    """Calls `work` in a separate process, as a worker does. Returns the duration in seconds and the peak
    memory use in bytes.
    """
    context = multiprocessing.get_context("spawn")
    begun = time.monotonic()
    process = context.Process(target=work, args=args)
    process.start()
    peak = 0
    while process.is_alive():
        with suppress(OSError):
            peak = max(peak, memory(process.pid or 0))
        process.join(0.05)
    if process.exitcode:
        raise RuntimeError(f"the process ended with {process.exitcode}")
    return time.monotonic() - begun, peak


def _rows(count: int, broken: int = 0) -> bytes:
    """Returns a watchlist file in the template of vedette (`VEDETTE-CSV`) with `count` rows. If `broken` is
    3, for example, the column `ref` and the name are empty in every third row.
    """
    head = "ref,kind,surname,given_names,birth_date,nationality,passport,phone\n"
    good = (
        f"{entry.ref},person,{entry.names[0].surname},{entry.names[0].given_names},"
        f"{entry.birth_dates[0].from_},{entry.nationalities[0]},"
        f"{entry.identifiers[0].value},{entry.identifiers[1].value}\n"
        for entry in _people(count, 2)
    )
    rows = (
        ",person,,,not a date,,,\n" if broken and number % broken == 0 else row
        for number, row in enumerate(good)
    )
    return (head + "".join(rows)).encode()


def _uploaded(on: Stage) -> Iterator[Figure]:
    """Uploads a file of 30 MB to the web server. Then reads the file in the same way as a worker."""
    data = _rows(400_000)
    size = f"file of {len(data) / 1e6:.0f} MB, 400,000 entries"
    user = on.user("bench", "list_manager")
    user.set_password(_PASSWORD)
    user.save(using="intake")
    with running(1, "serve", "--port", str(PORT)) as [server]:
        reader = Reader.signed_in(PORT, "bench", _PASSWORD)
        form = {"csrfmiddlewaretoken": reader.token("/watchlists/import/")}
        status, _, seconds, _ = reader.ask("/watchlists/import/", form, ("lists", data))
        if status != 302:
            raise RuntimeError(f"the upload answered {status}")
        yield Figure("lists_upload", seconds, "s", size, 1)
        [(organisation, draft)] = drafts.waiting(on.connection)
        seconds, _ = _in_process(processes.run, _DRAFT, organisation, draft)
        yield Figure("lists_read", seconds, "s", size, 1)
        for step in ("", "reading/"):
            status, *_ = reader.ask(f"/watchlists/import/{draft}/{step}")
            if status not in (200, 302):
                raise RuntimeError(f"the page of the import answered {status}")
        peak = memory(server.pid) / 1024**2
    yield Figure("lists_upload_memory", peak, "MB", f"{size}, web server", 1, "300 or less")


def _broken(on: Stage) -> Iterator[Figure]:
    """Reads and then imports a list of 2,000,000 rows. Every third row of the list is invalid."""
    from vedette.apps.lists.actions import head, packed, row_of
    from vedette.apps.lists.models import ListDraft

    user = on.user("bench", "list_manager")
    made = ListDraft.objects.using("intake").create(
        organisation_id=on.organisation,
        created_by=user,
        upload=packed({"list.csv": _rows(ENTRIES, broken=3)}),
        terms={"name": "Bench", "purpose": "border", "basis": "b", "weight": 70},
    )
    seconds, peak = _in_process(processes.run, _DRAFT, on.organisation, made.pk)
    read = head(row_of(made, "intake").get())
    size = f"{ENTRIES:,} rows: {read.entries:,} entries, {read.problem_count:,} problems"
    yield Figure("lists_broken_read", seconds, "s", size, 1)
    yield Figure("lists_broken_read_memory", peak / 1024**3, "GB", size, 1)
    row_of(made, "intake").update(approved_at=made.created_at)
    seconds, peak = _in_process(processes.run, _DRAFT, on.organisation, made.pk)
    yield Figure("lists_broken_import", seconds, "s", size, 1)
