"""The demonstration: its memory, and the time from its start until a user who signs in sees a page with
hits."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

from vedette.bench import Figure
from vedette.bench.stage import HOME, Reader, wait_until

PORT = 8717
PATIENCE_S = 120


def run() -> Iterator[Figure]:
    """Measures the first start, and the memory after a minute of live messages and page requests."""
    home = HOME / "demo"
    shutil.rmtree(home, ignore_errors=True)
    # At its first start, the demonstration must not see the settings of other benchmarks.
    ours = ("DATABASE_URL", "VEDETTE_")
    environment = {k: v for k, v in os.environ.items() if not k.startswith(ours)}
    environment["VEDETTE_HOME"] = str(home)
    began = time.monotonic()
    demo = subprocess.Popen(
        [sys.executable, "-m", "vedette.cli", "demo", "--port", str(PORT)],
        env=environment,
        stdout=subprocess.DEVNULL,
    )
    try:
        reader = Reader(PORT)
        wait_until(lambda: _shows_hits(reader), 0.1, PATIENCE_S)
        took = time.monotonic() - began
        yield Figure("demo_start", took, "s", "from nothing to hits behind the sign-in", 2, "≤ 30")
        time.sleep(60)
        memory = _memory(demo.pid, home) / 1e6
        yield Figure(
            "demo_memory", memory, "MB", "all processes, proportional set size", 2, "≤ 700"
        )
    finally:
        demo.terminate()
        demo.wait()


def _shows_hits(reader: Reader) -> bool:
    try:
        if "sessionid" not in reader.cookies:
            reader.sign_in("officer", "demo-officer")
        status, page, _, _ = reader.ask("/")
    except (OSError, RuntimeError):
        return False
    return status == 200 and b"/hits/" in page


def _memory(root: int, home: Path) -> float:
    """Returns the bytes of memory of all processes below `root` and of the database server in `home`. A
    shared memory page counts once."""
    parents: dict[int, int] = {}
    for entry in Path("/proc").glob("[0-9]*"):
        with suppress(OSError, ValueError):
            stat = (entry / "stat").read_text().rpartition(")")[2]
            parents[int(entry.name)] = int(stat.split()[1])
    data = str((home / "server" / "data").resolve())
    ours = {root} | {pid for pid in parents if _cwd(pid) == data}
    while more := {pid for pid, parent in parents.items() if parent in ours} - ours:
        ours |= more
    return sum(map(_pss, ours))


def _cwd(pid: int) -> str:
    with suppress(OSError):
        return os.readlink(f"/proc/{pid}/cwd")
    return ""


def _pss(pid: int) -> float:
    with suppress(OSError):
        for line in Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines():
            if line.startswith("Pss:"):
                return float(line.split()[1]) * 1024
    return 0.0
