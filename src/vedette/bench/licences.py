"""Measures how long several workers take to deduct quantities from one licence at the same time."""

from __future__ import annotations

import datetime as dt
import os
import threading
import time
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import psycopg

from vedette.bench import Figure, stage
from vedette.goods.app.licences import drawing
from vedette.goods.licences import Claim

WORKERS, DRAWS = 8, 10_000
#: Numbers of items that name a licence before one more is timed, and the number of timed items.
BEFORE, TIMED = (1_000, 100_000), 200
#: Share of the drawings that find a sufficient balance, in percent.
SHARE = 75
_BEGAN = dt.datetime(2026, 1, 1, tzinfo=dt.UTC)
_LOWEST = "SELECT quantity - drawn FROM goods_licencebalance WHERE organisation_id = %s"


@dataclass(frozen=True)
class Drawn:
    """The result of the deductions: the number of deductions, the number of refusals, the remaining balance
    and the duration in seconds. Also contains the lowest balance that another connection read during this
    time."""

    drawn: int
    refused: int
    left: Decimal
    lowest: Decimal
    seconds: float


def drawn_by_workers(
    dsn: str, organisation: uuid.UUID, licence: uuid.UUID, workers: int, draws: int
) -> Drawn:
    """Deducts one unit `draws` times. The deductions are made by `workers` threads with separate connections,
    in the same transactions that the workers of vedette use. Some of the items arrive out of order, and every
    tenth item is sent twice. At the same time, another connection repeatedly reads the balance.
    """
    failures: list[BaseException] = []
    stop = threading.Event()
    lowest = [Decimal("Infinity")]

    def work(number: int) -> None:
        try:
            with psycopg.connect(dsn, autocommit=True) as connection:
                for n in range(number, draws, workers):
                    place = n ^ 1 if n % 7 == 0 and n ^ 1 < draws else n
                    _draw(connection, organisation, licence, n, place)
                    if n % 10 == 0:
                        _draw(connection, organisation, licence, n, place)
        except BaseException as error:
            failures.append(error)

    def watch() -> None:
        with psycopg.connect(dsn, autocommit=True) as connection:
            while not stop.is_set():
                for (left,) in connection.execute(_LOWEST, [organisation]):
                    lowest[0] = min(lowest[0], left)
                time.sleep(0.005)

    threads = [threading.Thread(target=work, args=(n,)) for n in range(workers)]
    watcher = threading.Thread(target=watch)
    began = time.perf_counter()
    watcher.start()
    for one in threads:
        one.start()
    for one in threads:
        one.join()
    took = time.perf_counter() - began
    stop.set()
    watcher.join()
    if failures:
        raise failures[0]
    with psycopg.connect(dsn, autocommit=True) as connection:
        row = connection.execute(
            "SELECT count(*) FILTER (WHERE drawn), count(*) FILTER (WHERE NOT drawn),"
            " sum(asked) FILTER (WHERE drawn),"
            " max(at) FILTER (WHERE drawn) <= min(at) FILTER (WHERE NOT drawn)"
            " FROM goods_licenceuse WHERE organisation_id = %s AND licence_id = %s",
            [organisation, licence],
        ).fetchone()
        balance = connection.execute(
            "SELECT quantity, drawn FROM goods_licencebalance"
            " WHERE organisation_id = %s AND licence_id = %s",
            [organisation, licence],
        ).fetchone()
    if row is None or balance is None:
        raise LookupError("the licence has no balance")
    done, refused, total, ordered = row
    if (total or 0) != balance[1]:
        raise ValueError("the balance is not the sum of the drawings")
    if ordered is False:
        raise ValueError("an item drew although an earlier one found too little")
    return Drawn(done, refused, balance[0] - balance[1], lowest[0], took)


def _draw(
    connection: psycopg.Connection[Any],
    organisation: uuid.UUID,
    licence: uuid.UUID,
    n: int,
    place: int,
) -> None:
    """Deducts one unit from the licence for item number `n`. `place` is the position of this item when all
    items are in chronological order."""
    at = _BEGAN + dt.timedelta(seconds=place)
    id_ = uuid.uuid5(licence, str(n))
    claim = Claim(key=str(id_), at=at, wants=((1, Decimal(1)),))
    with connection.transaction():
        locked = drawing.read(connection, organisation, [licence], lock=True)[licence]
        change = drawing.Change({id_: (None, at, "present", claim, True)})
        drawing.post(connection, organisation, locked, change)


_FILL = """
    INSERT INTO goods_licenceuse (id, organisation_id, licence_id, at, state, draws, wants, line, asked,
        drawn, fell, before, again)
    SELECT gen_random_uuid(), %(of)s, %(licence)s, %(began)s + n * interval '1 second', 'present', n > 1,
        '[[1, "1"]]', 1, CASE WHEN n > 1 THEN 1 END, n > 1, false, '{}', false
    FROM generate_series(%(first)s::int, %(last)s::int) n
"""


def _later(on: stage.Stage) -> Iterator[tuple[int, float]]:
    """For each number of earlier items in `BEFORE`, yields the duration of one more deduction in
    milliseconds. The first item is from a waybill of another submitter. The quantity of this item is not
    deducted."""
    licence, first = _licence(on, "BENCH 2", 10 * max(BEFORE)), 1
    for last in BEFORE:
        values = {
            "of": on.organisation,
            "licence": licence,
            "began": _BEGAN,
            "first": first,
            "last": last,
        }
        on.connection.execute(_FILL, values)
        on.connection.execute(
            "UPDATE goods_licencebalance SET drawn = (SELECT sum(asked) FROM goods_licenceuse"
            " WHERE licence_id = %(licence)s AND drawn) WHERE licence_id = %(licence)s",
            values,
        )
        on.connection.execute("ANALYZE goods_licenceuse")
        began = time.perf_counter()
        for n in range(last + 1, last + 1 + TIMED):
            _draw(on.connection, on.organisation, licence, n, n)
        yield last, 1000 * (time.perf_counter() - began) / TIMED
        first = last + 1 + TIMED


def _licence(on: stage.Stage, number: str, quantity: int) -> uuid.UUID:
    """Stores a licence for all goods with a limited quantity. Returns its id."""
    licence = uuid.uuid4()
    on.connection.execute(
        "INSERT INTO goods_licence (id, organisation_id, number, key, token, kind, holders,"
        " destinations, lines, version, applied, changed_at)"
        " VALUES (%s, %s, %s, %s, '', '', '{}', '{}', %s, 1, 0, now())",
        [licence, on.organisation, number, number,
         f'[{{"number": 1, "any_goods": true, "quantity": "{quantity}"}}]'],
    )  # fmt: skip
    with on.connection.transaction():
        locked = drawing.read(on.connection, on.organisation, [licence], lock=True)[licence]
        drawing.post(on.connection, on.organisation, locked, drawing.Change())
        on.connection.execute(
            "UPDATE goods_licence SET applied = 1 WHERE organisation_id = %s AND id = %s",
            [on.organisation, licence],
        )
    return licence


def run() -> Iterator[Figure]:
    """Measures `DRAWS` deductions from one licence by eight workers. Also measures one more deduction after
    many earlier deductions."""
    with stage.stage("bench_licences") as on:
        licence = _licence(on, "BENCH", DRAWS * SHARE // 100)
        dsn = os.environ["DATABASE_URL_INTAKE"]
        found = drawn_by_workers(dsn, on.organisation, licence, WORKERS, DRAWS)
        later = list(_later(on))
    size = f"{DRAWS:,} items, {WORKERS} workers, {found.seconds:.1f} s"
    yield Figure("drawings from one licence", DRAWS / found.seconds, "/s", size, 2)
    yield Figure("drawn", found.drawn, "items", size, 2, f"{DRAWS * SHARE // 100}")
    yield Figure("refused", found.refused, "items", size, 2)
    yield Figure("balance at the end", float(found.left), "units", size, 2, "0")
    yield Figure("lowest balance seen", float(found.lowest), "units", size, 2, "0")
    for items, ms in later:
        yield Figure(
            f"one more drawing after {items:,} items", ms, "ms", f"{TIMED} items, one worker", 1
        )
