"""The demonstration: from its start to a page with hits behind the sign-in, and its memory."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

from vedette.bench import Figure
from vedette.bench.browsing import Reader
from vedette.bench.stage import HOME

PORT = 8717
PATIENCE_S = 120


def run() -> Iterator[Figure]:
    """A start from nothing; memory after a minute of live messages and pages."""
    home = HOME / "demo"
    shutil.rmtree(home, ignore_errors=True)
    # Settings of benches before this one are not a newcomer's.
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
        seconds = _until_hits(began)
        yield Figure(
            "demo_start", seconds, "s", "from nothing to hits behind the sign-in", 2, "≤ 30"
        )
        time.sleep(60)
        memory = _memory(demo.pid, home) / 1e6
        yield Figure(
            "demo_memory", memory, "MB", "all processes, proportional set size", 2, "≤ 700"
        )
    finally:
        demo.terminate()
        demo.wait()


def _until_hits(began: float) -> float:
    reader = Reader(PORT)
    while time.monotonic() - began < PATIENCE_S:
        try:
            if "sessionid" not in reader.cookies:
                reader.sign_in("officer", "demo-officer")
            status, page, _, _ = reader.ask("/")
            if status == 200 and b"/hits/" in page:
                return time.monotonic() - began
        except (OSError, RuntimeError):
            pass
        time.sleep(0.1)
    raise RuntimeError(f"no hits within {PATIENCE_S} s")


def _memory(root: int, home: Path) -> float:
    """Bytes of all processes below `root`, and of the server in `home`: each shared page once."""
    parents: dict[int, int] = {}
    for entry in Path("/proc").glob("[0-9]*"):
        try:
            parents[int(entry.name)] = int(
                (entry / "stat").read_text().rpartition(")")[2].split()[1]
            )
        except (OSError, ValueError):
            continue
    data = str((home / "server" / "data").resolve())
    ours = {root} | {pid for pid in parents if _cwd(pid) == data}
    grown = True
    while grown:
        more = {pid for pid, parent in parents.items() if parent in ours} - ours
        ours |= more
        grown = bool(more)
    return sum(_pss(pid) for pid in ours)


def _cwd(pid: int) -> str:
    try:
        return os.readlink(f"/proc/{pid}/cwd")
    except OSError:
        return ""


def _pss(pid: int) -> float:
    try:
        lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
    except OSError:
        return 0.0
    return next((float(line.split()[1]) * 1024 for line in lines if line.startswith("Pss:")), 0.0)
