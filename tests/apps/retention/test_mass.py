"""The timed run asks before it deals with more than one month of a class, and while the clock is in doubt."""

from __future__ import annotations

import datetime as dt
import os
import subprocess
import sys
import uuid
from pathlib import Path
from typing import Any

import psycopg
import pytest
from django.utils import timezone
from tests.apps.retention import old
from tests.clock import ticking

from vedette.apps.retention import runs
from vedette.apps.retention.runs import Keeper
from vedette.apps.upkeep.clock import Clock
from vedette.apps.upkeep.models import Pause
from vedette.keys.months import MonthKeys


def held(connection: psycopg.Connection[Any], days: tuple[int, ...]) -> list[uuid.UUID]:
    """Two organisations with travellers of each of these months."""
    homes = [old.organisation(connection) for _ in range(2)]
    for month in map(old.month_ago, days):
        old.partitions(month)
        for home in homes:
            old.travellers(connection, home, month, 3)
    return homes


def clear(connection: psycopg.Connection[Any]) -> int:
    """Rows with clear values."""
    return old.counts(connection).get("travellers_journeyclear", 0)


def test_one_month_is_masked_two_wait(
    connection: psycopg.Connection[Any], months: MonthKeys
) -> None:
    """Nothing changes before an administrator confirms; then what was due when the run asked is masked, and
    no month that became due since."""
    held(connection, (240,))
    now = timezone.now()
    runs.run_timed(connection, old.keys(), months, now)
    assert clear(connection) == 0
    homes = held(connection, (300, 340, 150))
    with pytest.raises(runs.Refused, match="page Status"):
        runs.run_timed(connection, old.keys(), months, now + dt.timedelta(minutes=1))
    assert clear(connection) == 18
    asked = Pause.objects.using("intake").get(ended_at=None)
    assert (asked.act, asked.organisation_id, asked.count) == ("retention", None, 2)
    told = connection.execute(
        "SELECT organisation_id, detail ->> 'count' FROM accounts_act WHERE act = 'pause.begin'"
    ).fetchall()
    assert set(told) >= {(home, "2") for home in homes}
    Pause.objects.using("intake").update(confirmed_at=now)
    runs.run_timed(connection, old.keys(), months, now + dt.timedelta(days=60))
    assert clear(connection) == 6
    assert not Pause.objects.using("intake").filter(ended_at=None).exists()
    runs.run_timed(connection, old.keys(), months, now + dt.timedelta(days=60))
    assert clear(connection) == 0


def test_the_worker_starts_no_run_that_waits(
    connection: psycopg.Connection[Any], months: MonthKeys, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One question, not one each hour; the confirmed run starts at the next round."""
    started: list[Any] = []
    monkeypatch.setattr(subprocess, "Popen", lambda command, **more: started.append(command))
    monkeypatch.setattr(Keeper, "_months", lambda keeper: months)
    monkeypatch.setattr("vedette.apps.retention.runs.SETTLE_S", -1.0)
    held(connection, (300, 340))
    now = timezone.now()
    with pytest.raises(runs.Refused):
        runs.run_timed(connection, old.keys(), months, now)
    Keeper(connection, old.keys())(now + dt.timedelta(days=2))
    assert started == []
    Pause.objects.using("intake").update(confirmed_at=now)
    Keeper(connection, old.keys())(now + dt.timedelta(minutes=1))
    assert len(started) == 1


def test_the_command_waits_for_the_clock(
    connection: psycopg.Connection[Any], database: str, tmp_path: Path
) -> None:
    """The real command: the database is 400 days ahead, the run refuses in one line and masks nothing."""
    held(connection, (150,))
    Clock(old.keys()).read(connection)
    MonthKeys.load(Path(os.environ["VEDETTE_KEYS"]), create=True)
    command = [sys.executable, "-m", "vedette.cli", "retention", "run"]
    with ticking(database, timezone.now() + dt.timedelta(days=400)):
        done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert "the clock of the database is in doubt" in done.stderr
    assert "Traceback" not in done.stderr
    assert clear(connection) == 6
    [pause] = Pause.objects.using("intake").filter(ended_at=None)
    assert pause.why == "forward"
