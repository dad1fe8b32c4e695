"""The rows that benchmarks insert fit the tables: a column that was added without a default would stop a
benchmark, and no other test inserts rows in this way."""

from __future__ import annotations

import datetime as dt
import os
import subprocess
import sys
import uuid
from collections.abc import Iterator
from typing import Any, cast

import psycopg
import pytest

from vedette.bench import BENCHES, WHEN_NAMED, backtest, first_pages, queue, storage
from vedette.bench.stage import Stage, put_in_force, put_list
from vedette.commands.environment import keys
from vedette.core.entries import Entry, EntryName

pytestmark = pytest.mark.usefixtures("database")


@pytest.fixture
def on() -> Iterator[Stage]:
    """An organisation in the database of the tests, as a benchmark sees it."""
    home = uuid.uuid4()
    with psycopg.connect(os.environ["DATABASE_URL_INTAKE"], autocommit=True) as connection:
        connection.execute(
            "INSERT INTO accounts_organisation (id, name, kind, country, synthetic)"
            " VALUES (%s, 'Bench', 'administration', 'SN', true)",
            [home],
        )
        # Only new databases need the server.
        yield Stage(connection, keys(), home, cast(Any, None))


def _small(monkeypatch: pytest.MonkeyPatch, module: Any, **sizes: int) -> None:
    for name, size in sizes.items():
        monkeypatch.setattr(module, name, size)


def test_every_benchmark_is_found_without_settings() -> None:
    """`vedette bench NAME` imports the module before any database or settings exist."""
    modules = sorted({name.partition(":")[0] for name in (BENCHES | WHEN_NAMED).values()})
    code = "import importlib\n" + "".join(
        f"importlib.import_module('vedette.bench.{one}')\n" for one in modules
    )
    environment = {k: v for k, v in os.environ.items() if k != "DJANGO_SETTINGS_MODULE"}
    done = subprocess.run(
        [sys.executable, "-c", code], env=environment, capture_output=True, text=True, timeout=120
    )
    assert done.returncode == 0, done.stderr


def test_lists_and_profiles(on: Stage) -> None:
    """They are in force."""
    put_list(on, [Entry(ref="E1", names=(EntryName(full="Ada Example"),))])
    put_in_force(on, ["legs > 9"])
    put_in_force(on, ["mass_kg > 9"], kind="goods", theme="strategic")
    assert on.one("SELECT count(*) FROM lists_listentry") == (1,)
    assert on.one("SELECT count(*) FROM profiles_version WHERE state = 'active'") == (2,)


def test_the_queue_and_the_first_pages(on: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    """Travellers with open hits, hits of earlier days, and the hits of one profile."""
    for module in (queue, first_pages):
        _small(monkeypatch, module, PEOPLE=200, HITS=4, PER_FLIGHT=50)
    _small(monkeypatch, queue, FLIGHTS=4, REASONS=8, OF_FIFTY=2)
    _small(monkeypatch, first_pages, A_DAY=1, DAYS=2, DECIDED=2)
    first_pages._fill(on)
    queue._pour(on)
    assert on.one("SELECT count(*) FROM hits_hit WHERE state = 'decided'") == (2,)
    assert on.one("SELECT count(*) > 0 FROM hits_reason WHERE kind = 'profile'") == (True,)


def test_the_travellers_of_a_month(on: Stage) -> None:
    """As the measurement of masking inserts them."""
    month = (dt.datetime.now(dt.UTC).date() - dt.timedelta(days=240)).replace(day=1)
    storage._fill(on, month, 10)
    assert on.one("SELECT count(*) FROM travellers_journeyclear") == (10,)


def test_the_population_of_a_backtest(on: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    """Subjects with a confirmed result."""
    _small(monkeypatch, backtest, CONFIRMED=5)
    assert len(backtest._journeys(on)) == 5
    assert on.one("SELECT count(*) FROM hit_outcome WHERE outcome = 'confirmed'") == (5,)
