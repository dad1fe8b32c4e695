"""Measures the memory of the demonstration, and the time from its start until a signed-in user sees
a page with hits.
"""

from __future__ import annotations

import os
import shutil
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from unittest import mock

from vedette.bench import Figure
from vedette.bench.stage import HOME, Reader, running, wait_until

PORT = 8717
PATIENCE_S = 120


def run() -> Iterator[Figure]:
    """Measures the duration of the first start, and the memory after a minute of live messages and page
    requests.
    """
    home = HOME / "demo"
    shutil.rmtree(home, ignore_errors=True)
    # The demonstration must not use a database or settings of the user who runs the benchmarks.
    others = {k: v for k, v in os.environ.items() if not k.startswith(("DATABASE_URL", "VEDETTE_"))}
    began = time.monotonic()
    with (
        mock.patch.dict(os.environ, others, clear=True),
        running(1, "demo", "--port", str(PORT), VEDETTE_HOME=str(home)) as (demo,),
    ):
        reader = Reader.signed_in(PORT, "officer", "demo-officer", PATIENCE_S)
        wait_until(lambda: b"/hits/" in reader.ask("/")[1], 0.1, PATIENCE_S)
        took = time.monotonic() - began
        yield Figure("demo_start", took, "s", "from nothing to hits behind the sign-in", 2, "≤ 30")
        time.sleep(60)
        memory = _memory(demo.pid, home) / 1e6
        yield Figure(
            "demo_memory", memory, "MB", "all processes, proportional set size", 2, "≤ 700"
        )


def _memory(root: int, home: Path) -> float:
    """Returns the bytes of memory of all processes below `root` and of the database server in `home`. A
    shared memory page counts once."""
    data = str((home / "server" / "data").resolve())
    parents: dict[int, int] = {}
    ours = {root}
    for entry in Path("/proc").glob("[0-9]*"):
        with suppress(OSError, ValueError):
            stat = (entry / "stat").read_text().rpartition(")")[2]
            parents[int(entry.name)] = int(stat.split()[1])
            if os.readlink(entry / "cwd") == data:
                ours.add(int(entry.name))
    while more := {pid for pid, parent in parents.items() if parent in ours} - ours:
        ours |= more
    return sum(map(_pss, ours))


def _pss(pid: int) -> float:
    with suppress(OSError):
        for line in Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines():
            if line.startswith("Pss:"):
                return float(line.split()[1]) * 1024
    return 0.0
