"""A backup of a hundred thousand travellers, and its restoration."""

from __future__ import annotations

import datetime as dt
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

from vedette.bench import Figure
from vedette.bench.masking import fill
from vedette.bench.stage import HOME, new_database, seconds, stage
from vedette.keys.months import MonthKeys

TRAVELLERS = 100_000


def run() -> Iterator[Figure]:
    """Yields seconds and MB/s of the backup, and seconds of the restoration with migrations and
    verification."""
    with stage("bench_backup") as on:
        from vedette.apps.backup.making import SESSIONS, backup

        fill(on, dt.datetime.now(dt.UTC).date().replace(day=1), TRAVELLERS)
        months = MonthKeys.load(Path(os.environ["VEDETTE_KEYS"]), create=True)
        folder = HOME / "backups"
        shutil.rmtree(folder, ignore_errors=True)
        heads = Path(os.environ["VEDETTE_JOURNAL"]) / "heads.jsonl"
        began = time.perf_counter()
        made = backup(os.environ["DATABASE_URL_INTAKE"], on.keys, months, heads, folder)
        took = time.perf_counter() - began
        size = (
            f"{TRAVELLERS:,} travellers, {made.plain / 1e6:,.0f} MB of rows,"
            f" {made.manifest.total / 1e6:,.0f} MB sealed"
        )
        yield Figure("backup", took, "s", size, SESSIONS)
        yield Figure("backup_rows", made.plain / 1e6 / took, "MB/s", size, SESSIONS)
        yield Figure("restore", _back(folder), "s", size, 1)
        shutil.rmtree(folder)


def _back(folder: Path) -> float:
    """Returns the seconds that `vedette restore` takes into a database without tables."""
    with new_database("bench_restored") as (_, environment):
        command = [sys.executable, "-m", "vedette.cli", "restore", str(folder)]
        return seconds(
            lambda: subprocess.run(
                command, check=True, env={**os.environ, **environment}, stdout=subprocess.DEVNULL
            )
        )
