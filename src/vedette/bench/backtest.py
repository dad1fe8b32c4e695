"""Measures a backtest of one profile over five million stored travellers."""

from __future__ import annotations

import datetime as dt
import os
import random
import resource
import statistics
import uuid
from collections.abc import Iterator
from typing import Any

import numpy as np
import polars as pl

from vedette.bench import Figure
from vedette.bench.pipeline import values
from vedette.bench.stage import Stage, connect, output_of, stage, timed

TRAVELLERS, BLOCK, DAYS, CONFIRMED, ROUNDS = 5_000_000, 50_000, 90, 500, 3
#: Expressions that are true for many travellers or for few. Most travellers have no booking, so the result
#: is unknown for them.
ASKED = (
    "lead_time_h < 240 AND NOT is_crew AND COALESCE(same_route_12m, 0) < 6 AND bags_per_traveller >= 1",
    "documents >= 1 AND departure_hour < 12",
    "route MATCHES '(^|-)IST(-|$)' AND bags_per_traveller > 2 AND is_cash",
)

_CONFIRMED = """
INSERT INTO travellers_flight (id, organisation_id, carrier, number, origin, destination, departs_on,
  departs_zone, arrives_zone, stated) VALUES ($f, $o, 'XX', '1', 'ADD', 'DSS', current_date, '', '', '');
INSERT INTO travellers_traveller (id, $personal) SELECT id, $same $some;
INSERT INTO subjects_subject (id, kind, group_id, $personal) SELECT id, 'traveller', $f, $same $some;
INSERT INTO travellers_journey (id, traveller_id, flight_id, role, infant, placeholder, in_api, in_pnr,
  present, facts, $personal)
SELECT id, id, $f, 'passenger', false, false, true, true, true, '[]', $same $some;
INSERT INTO hits_hit (id, subject_id, group_id, state, priority, favour, reason_count, opened_at, changed_at,
  due_at, decided_at, $personal)
SELECT id, id, $f, 'decided', 50, '[]', 1, now(), now(), now(), now(), $same $some;
INSERT INTO hits_reason (id, organisation_id, hit_id, kind, key, channel, contribution, params, entry_hash,
  knowledge, theme, purpose, state, outcome, created_at)
SELECT id, $o, id, 'watchlist', '', 'name', 50, '{}', '', '', 'passengers', 'border', 'answered', 'same',
  now() $some;
"""


def run() -> Iterator[Figure]:
    """Measures each expression in a separate process, as in production. Yields the median of three runs."""
    with stage("bench_backtest", fresh=False) as on:
        _fill(on)
        for asked in ASKED:
            code = f"from vedette.bench import backtest; backtest.one({str(on.organisation)!r}, {asked!r})"
            took, peak, said = [], "", ""
            for _ in range(ROUNDS):
                time_, peak, said = output_of(code).strip().split(" ", 2)
                took.append(float(time_))
            size = f"{TRAVELLERS:,} travellers, {said}, peak {peak} MB: {asked}"
            yield Figure("backtest", statistics.median(took), "s", size, 2, "≤ 10")


def one(organisation: str, expression: str) -> None:
    """Runs the backtest once in this process. Prints the duration in seconds, the peak memory in MB and the
    result."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "vedette.web.settings")
    import django

    django.setup()
    from vedette.apps.profiles import backtesting, known
    from vedette.kinds import vocabulary
    from vedette.profiles.run import Question

    today, home = dt.datetime.now(dt.UTC).date(), uuid.UUID(organisation)

    def judged() -> dict[str, Any]:
        question = Question(vocabulary("traveller"), expression, {}, {})
        first = today - dt.timedelta(days=DAYS)
        found = known.blocks(connection, home, "traveller", first, today)
        return backtesting.judge(connection, home, question, found)

    with connect() as connection:
        result, took = timed(judged)
    print(
        took,
        resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024,
        f"{result['fired']:,} flagged, {result['confirmed']} of {result['known']} confirmed ones,"
        f" {result['unjudged']:,} not to be told",
    )


def _fill(on: Stage) -> None:
    if on.one("SELECT count(*) FROM profiles_known") != (0,):
        return
    frame = values()
    from vedette.apps.profiles import known
    from vedette.profiles.frames import AT, HIGH, LOW, halves

    journeys = _journeys(on)
    rng, today = np.random.default_rng(1), dt.datetime.now(dt.UTC).date()
    for block in range(TRAVELLERS // BLOCK):
        day = today - dt.timedelta(days=1 + block % (DAYS - 1))
        rows = frame[rng.integers(0, frame.height, BLOCK)]
        high = rng.integers(-(2**63), 2**63 - 1, BLOCK)
        low = rng.integers(-(2**63), 2**63 - 1, BLOCK)
        for place, id_ in enumerate(journeys[block :: TRAVELLERS // BLOCK]):
            high[place], low[place] = halves(id_)
        rows = rows.with_columns(
            pl.Series(HIGH, high), pl.Series(LOW, low), pl.lit(0, pl.Int64).alias(AT)
        )
        where = known.Where(on.organisation, "passenger", day.replace(day=1), "traveller", day)
        parts = {name: rows.select(name) for name in rows.columns}
        known._write(on.connection, where, uuid.uuid4(), parts, BLOCK)
    on.connection.execute("VACUUM ANALYZE profiles_known")


def _journeys(on: Stage) -> list[uuid.UUID]:
    """Stores journeys with a confirmed result and returns their ids."""
    chance = random.Random(1)  # noqa: S311
    ids = [uuid.UUID(int=chance.getrandbits(128)) for _ in range(CONFIRMED)]
    on.run_all(
        _CONFIRMED, some=f"FROM unnest('{{{','.join(map(str, ids))}}}'::uuid[]) id",
        personal="organisation_id, theme, purpose, retention_class, month, received_at",
        same="$o, 'passengers', 'border', 'passenger', date_trunc('month', now()), now()",
        o=f"'{on.organisation}'::uuid", f=f"'{uuid.uuid4()}'::uuid",
    )  # fmt: skip
    return ids
