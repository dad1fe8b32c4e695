"""Measures the cost of the journal and the cost of row-level security. Each cost is computed from pairs of
measurements. In each pair, the measurement "on" is made with the journal, or row-level security, switched on.
In each pair, the measurement "off" is made with the journal, or row-level security, switched off. `oversight`
measures the response times of the pages of the data-protection officer with a million journal entries ("acts"
in the code).

The two measurements of a pair use the same database. If row-level security is off, the role `vedette_intake`,
which has BYPASSRLS, runs the same queries. If the journal is off, no journal entry is written. While intake
is measured without the journal, no entry is added to the hash chain. Pages are requested in this process, so
that only queries and rendering are measured. Intake runs in this process while eight threads request the
queue from a server.
"""

from __future__ import annotations

import contextlib
import datetime as dt
import os
import statistics
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from itertools import count
from typing import Any
from unittest import mock

from vedette.bench import Figure, queue
from vedette.bench.stage import (
    HOME,
    Reader,
    Stage,
    connect,
    meanwhile,
    running,
    seconds,
    stage,
    timed,
)
from vedette.demo.world import bulk

PAIRS = 20
#: Number of requests in each measurement of a page.
REQUESTS = 10
#: Number of travellers in each measurement of intake, and in one message.
TRAVELLERS, PER_MESSAGE = 900, 150
READERS = 8
PORTS = {"on": 8721, "off": 8722}
SESSIONS, SECONDS = 8, 4.0
VERIFIED = 1_000_000
#: With fewer rows than this, sealing takes too little time to be measured.
BATCHED = 50_000
#: The ranks of two of twenty ordered values. The median of the distribution is between these two values with
#: a probability of 96 % (binomial distribution).
_RANKS = (5, 14)


def run() -> Iterator[Figure]:
    """Measures how fast eight sessions write journal entries. Also measures the response times of the queue
    and of the page of a hit. Also measures the rate of intake while officers read the queue, and the time to
    verify a million journal entries.
    """
    with stage("bench_journal", fresh=False) as on:
        queue.fill(on)
        yield from _acts(on)
        yield from _pages(on)
        yield from _intake(on)
        yield from _verify(on)


def _cost(name: str, pairs: list[tuple[float, float]], size: str) -> Figure:
    """Returns by how many per cent the measurement "on" is slower than the measurement "off". The result is
    the median of all pairs, with its confidence interval."""
    more = sorted(100 * (a / b - 1) for a, b in pairs)
    low, high = (more[min(rank, len(more) - 1)] for rank in _RANKS)
    about = f"{size}; {len(pairs)} pairs, interval {low:+.1f} to {high:+.1f} %"
    return Figure(name, statistics.median(more), "%", about, 2, "≤ 10")


def _in_pairs(one: Callable[[str], float]) -> list[tuple[float, float]]:
    """Returns the two measurements (on, off) of each pair. In every second pair, the measurement "on" is made
    before the measurement "off".
    """
    found = []
    # The first pair is not counted, because the first requests are slower.
    for turn in range(PAIRS + 1):
        took = {side: one(side) for side in (("on", "off") if turn % 2 == 0 else ("off", "on"))}
        found.append((took["on"], took["off"]))
    return found[1:]


def _acts(on: Stage) -> Iterator[Figure]:
    """Measures the commits per second of eight sessions that only write journal entries. During the
    measurement, a worker adds the journal entries to the hash chain. The number of commits per second is
    measured three times with the trigger `to_seal` and three times without it.
    """
    from vedette.apps.journal.sealing import Sealer

    sealer = Sealer(os.environ["DATABASE_URL_INTAKE"], on.keys, HOME / "journal" / "bench_journal")
    sealer.start()
    #: SQL keyword for the trigger → the commits per second.
    rates: dict[str, list[float]] = {"ENABLE": [], "DISABLE": []}
    try:
        for _ in range(3):
            for switch, found in rates.items():
                with connect("OWNER") as owner:
                    owner.execute(f"ALTER TABLE accounts_act {switch} TRIGGER to_seal".encode())
                with ThreadPoolExecutor(SESSIONS) as pool:
                    found.append(sum(pool.map(_commit, range(SESSIONS))) / SECONDS)
    finally:
        with connect("OWNER") as owner:
            owner.execute("ALTER TABLE accounts_act ENABLE TRIGGER to_seal")
        sealer.stop()
    size = f"{SESSIONS} sessions, one act a transaction, fsync on"
    for name, found in zip(("acts_chained", "acts_not_chained"), rates.values(), strict=True):
        yield Figure(name, statistics.median(found), "commits/s", size, 2)


def _commit(_: int) -> int:
    done, until = 0, time.monotonic() + SECONDS
    with connect() as connection:
        while time.monotonic() < until:
            connection.execute(
                "INSERT INTO accounts_act (at, act, subject, detail)"
                " VALUES (clock_timestamp(), 'hit.see', '', '{}')"
            )
            done += 1
    return done


def _pages(on: Stage) -> Iterator[Figure]:
    from django.db import connections
    from django.test import Client

    from vedette.apps.hits.models import Hit

    hit = Hit.objects.using("intake").filter(state="new").order_by("due_at").first()
    web = connections["default"]
    free = connections.create_connection("default")
    free.settings_dict = {**web.settings_dict, "USER": connections["intake"].settings_dict["USER"]}
    client = Client(HTTP_HOST="localhost", HTTP_X_FORWARDED_PROTO="https")
    client.force_login(on.user(queue.USER[0]))

    def requests(path: str) -> None:
        for _ in range(REQUESTS):
            _ok(client, path)

    def ask(path: str, side: str) -> float:
        if side == "on":
            return seconds(lambda: requests(path))
        connections["default"] = free
        try:
            with mock.patch("vedette.apps.accounts.acts.write"):
                return seconds(lambda: requests(path))
        finally:
            connections["default"] = web

    size = f"{queue.PEOPLE:,} travellers, {queue.HITS:,} open hits"
    pages = {
        "journal_cost_queue": "/?order=priority",
        "journal_cost_hit": f"/hits/{hit.pk if hit else ''}/",
    }
    for name, path in pages.items():
        yield _cost(name, _in_pairs(partial(ask, path)), f"{size}, {REQUESTS} requests a side")
    free.close()


def _ok(client: Any, path: str) -> None:
    if (status := client.get(path).status_code) != 200:
        raise RuntimeError(f"{path} answered {status}")


def _intake(on: Stage) -> Iterator[Figure]:
    from vedette.apps.desk.work import Worker
    from vedette.apps.journal.sealing import seal_all

    worker = Worker(os.environ["DATABASE_URL_INTAKE"], on.keys)
    seeds = count(int(time.time()))
    #: There is one session for each server, because each sign-in computes an argon2 hash.
    signed: dict[str, Reader] = {}

    def store(side: str) -> float:
        on.put_all(
            bulk.passenger_messages(TRAVELLERS, PER_MESSAGE, hit_share=0.0, seed=next(seeds))
        )
        signed[side] = signed.get(side) or Reader.signed_in(PORTS[side], *queue.USER)
        quiet = mock.patch("vedette.apps.accounts.acts.write_many")
        with (
            meanwhile(partial(_look, signed[side]), READERS),
            contextlib.nullcontext() if side == "on" else quiet,
        ):
            took = seconds(worker.drain)
            return took + seconds(lambda: seal_all(sealing, on.keys)) if side == "on" else took

    size = f"{TRAVELLERS} travellers in messages of {PER_MESSAGE}, {READERS} readers"
    off = os.environ["DATABASE_URL_INTAKE"]
    with (
        connect() as sealing,
        running(1, "serve", "--port", str(PORTS["on"])),
        running(1, "serve", "--port", str(PORTS["off"]), DATABASE_URL=off),
    ):
        yield _cost("journal_cost_intake", _in_pairs(store), size)


def _look(signed: Reader, ended: threading.Event) -> None:
    """Requests the page of the queue once a second, like an officer's browser."""
    own = Reader(signed.port, dict(signed.cookies))
    while not ended.is_set():
        own.ask("/")
        ended.wait(1)


def _verify(on: Stage) -> Iterator[Figure]:
    """Writes a million journal entries, adds the entries to the hash chain as a worker does, and measures the
    time to verify them.
    """
    from vedette.apps.journal.heads import FILE
    from vedette.apps.journal.sealing import seal_all
    from vedette.apps.journal.verify import verify

    (written,) = on.one("SELECT count(*) FROM accounts_act")
    on.connection.execute(
        "INSERT INTO accounts_act (at, organisation_id, act, subject, detail) SELECT clock_timestamp(),"
        " %s, 'hit.see', gen_random_uuid()::text, '{\"purpose\": \"border\"}' FROM generate_series(1, %s)",
        [on.organisation, max(0, VERIFIED - written)],
    )
    sealed, took = timed(lambda: seal_all(on.connection, on.keys))
    if sealed > BATCHED:
        yield Figure("journal_seal", sealed / took, "rows/s", f"{sealed:,} rows that waited", 1)
    publics = {key_id: on.keys.key(key_id) for key_id in on.keys.ids("heads.pub")}
    file = HOME / "journal" / "bench_journal" / FILE
    with connect() as reader:
        report, took = timed(lambda: verify(reader, on.keys, file, publics))
    about = f"{report.seals:,} seals, {len(report.findings)} findings"
    yield Figure("journal_verify", took, "s", about, 1, "≤ 60 for 1,000,000")


# --- pages of the data-protection officer ----------------------------------------------------------

ACTS, USERS, DAYS = 1_000_000, 60, 100
#: Number of requests for one page. The second slowest of twenty is the 95th percentile.
PAGE_REQUESTS = 20
#: Page → target in milliseconds.
PAGES = {
    "/oversight/": "< 300",
    "/oversight/statistics/": "< 300",
    "/oversight/state/": "< 300",
    "/oversight/report/": "< 300",
    "/oversight/report.pdf": "",
}
#: Journal entries of sixty users over a hundred days, between 6 and 18 UTC, on records that many users open.
_ACTS = """
    INSERT INTO accounts_act (at, organisation_id, user_id, act, subject, detail)
    SELECT date_trunc('day', now(), 'UTC') - make_interval(days => n %% %(days)s)
               + make_interval(hours => 6 + n / %(days)s %% 12, secs => n %% 3600),
           %(org)s, (%(users)s::uuid[])[1 + n %% %(many)s],
           (ARRAY['record.see', 'record.search', 'flight.see', 'hit.printed', 'hit.claimed'])
               [1 + n %% 5],
           md5((n %% 50021)::text)::uuid::text, '{}'
    FROM generate_series(1, %(acts)s) n
"""


def oversight() -> Iterator[Figure]:
    """Measures how fast the pages of the data-protection officer are for a period of `DAYS` days. Also
    measures the time to count the journal entries of each day.
    """
    with stage("bench_oversight") as on:
        reader = _fill(on)
        yield _count(on)
        yield from _oversight_pages(reader)


def _fill(on: Stage) -> Any:
    """Inserts the journal entries and their users. Returns the user who is the data-protection officer."""
    users = [on.user(f"bench{n}").pk for n in range(USERS)]
    on.connection.execute(
        _ACTS,
        {"days": DAYS, "org": on.organisation, "users": users, "many": USERS, "acts": ACTS},
    )
    on.connection.execute("ANALYZE accounts_act")
    return on.user("dpo", "dpo")


def _count(on: Stage) -> Figure:
    """Measures the time that is needed to count the journal entries of one day."""
    from vedette.apps.oversight.daily import roll

    def count_all() -> int:
        days = 0
        while done := roll(on.connection, on.keys, dt.datetime.now(dt.UTC), most=50):
            days += done
        return days

    days, took = timed(count_all)
    size = f"{ACTS:,} acts, {USERS} users, {days} days"
    return Figure("oversight_day", 1000 * took / days, "ms a day", size)


def _oversight_pages(reader: Any) -> Iterator[Figure]:
    from django.test import Client

    client = Client(headers={"accept-language": "en"}, SERVER_NAME="localhost")
    client.force_login(reader)
    start = dt.datetime.now(dt.UTC).date() - dt.timedelta(days=DAYS)
    size = f"{ACTS:,} acts, {USERS} users, {DAYS} days asked for, in this process"
    for path, target in PAGES.items():
        ask = partial(_ok, client, f"{path}?from={start}")
        taken = sorted(1000 * seconds(ask) for _ in range(PAGE_REQUESTS))
        name = path.strip("/").replace("/", "_").replace(".", "_")
        yield Figure(f"{name}_p95", taken[-2], "ms", size, 1, target)
