"""The pages of the data-protection officer with a million acts, and the time that it takes to count the acts
of one day."""

from __future__ import annotations

import datetime as dt
import time
import uuid
from collections.abc import Iterator
from typing import Any

from vedette.bench import Figure
from vedette.bench.stage import Stage, seconds, stage

ACTS, USERS, DAYS = 1_000_000, 60, 100
#: Number of requests for one page. The second slowest of twenty is the 95th percentile.
REQUESTS = 20
PAGES = ("/oversight/", "/oversight/statistics/", "/oversight/state/", "/oversight/report/")

#: Acts of sixty users over a hundred days, between 6 and 18 UTC, on records that many users open.
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


def run() -> Iterator[Figure]:
    """Measures every page over its whole period, and the count of all days."""
    with stage("bench_oversight") as on:
        reader = _fill(on)
        yield from _count(on)
        yield from _pages(reader)


def _fill(on: Stage) -> Any:
    from vedette.apps.accounts.models import User

    people = [
        User(username=f"bench{n}", organisation_id=on.organisation, role="officer")
        for n in range(USERS)
    ]
    reader = User(username="dpo", organisation_id=on.organisation, role="dpo")
    User.objects.using("intake").bulk_create([*people, reader])
    ids: list[uuid.UUID] = [one.pk for one in people]
    on.connection.execute(
        _ACTS,
        {"days": DAYS, "org": on.organisation, "users": ids, "many": USERS, "acts": ACTS},
    )
    on.connection.execute("ANALYZE accounts_act")
    return reader


def _count(on: Stage) -> Iterator[Figure]:
    from vedette.apps.oversight.daily import roll

    began, days = time.perf_counter(), 0
    while done := roll(on.connection, on.keys, dt.datetime.now(dt.UTC), most=50):
        days += done
    took = time.perf_counter() - began
    size = f"{ACTS:,} acts, {USERS} users, {days} days"
    yield Figure("oversight_day", 1000 * took / days, "ms a day", size)


def _pages(reader: Any) -> Iterator[Figure]:
    from django.test import Client

    client = Client(headers={"accept-language": "en"}, SERVER_NAME="localhost")
    client.force_login(reader)
    start = dt.datetime.now(dt.UTC).date() - dt.timedelta(days=DAYS)
    size = f"{ACTS:,} acts, {USERS} users, {DAYS} days asked for, in this process"
    for path in (*PAGES, "/oversight/report.pdf"):

        def ask(path: str = path) -> None:
            if (status := client.get(f"{path}?from={start}").status_code) != 200:
                raise RuntimeError(f"{path} answered {status}")

        taken = [1000 * seconds(ask) for _ in range(REQUESTS)]
        name = path.strip("/").replace("/", "_").replace(".", "_")
        target = "" if "." in path else "< 300"
        yield Figure(f"{name}_p95", sorted(taken)[-2], "ms", size, 1, target)
