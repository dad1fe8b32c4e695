"""Memory that a process has freed goes back to the system."""

from __future__ import annotations

import ctypes
import subprocess
import sys
from pathlib import Path

import pytest

from vedette.server.memory import drop_code, trim


def _resident() -> int:
    return int(Path("/proc/self/statm").read_text().split()[1])


@pytest.mark.skipif(not hasattr(ctypes.CDLL(None), "malloc_trim"), reason="not glibc")
def test_free_pages_below_a_used_one_are_returned() -> None:
    """The heap shrinks by itself only at its end, which is in use here."""
    libc = ctypes.CDLL(None)
    libc.malloc.restype, libc.malloc.argtypes = ctypes.c_void_p, [ctypes.c_size_t]
    libc.free.argtypes, libc.memset.argtypes = (
        [ctypes.c_void_p],
        [ctypes.c_void_p, ctypes.c_int, ctypes.c_size_t],
    )
    size = 100_000
    blocks = [libc.malloc(size) for _ in range(200)]
    for block in blocks:
        libc.memset(block, 1, size)
    last = libc.malloc(size)
    for block in blocks:
        libc.free(block)
    before = _resident()
    trim()
    assert _resident() < before - 200 * size // 4096 // 2
    libc.free(last)


def test_without_glibc_nothing_happens(monkeypatch: pytest.MonkeyPatch) -> None:
    """Another library of C has no such function."""
    monkeypatch.setattr(ctypes, "CDLL", lambda name: object())
    trim()


_DROPPED = """
import re
from pathlib import Path
from vedette.server.memory import drop_code
from sqlite3 import connect

def held():
    found = re.split(r"\\n(?=[0-9a-f]+-[0-9a-f]+ )", Path("/proc/self/smaps").read_text())
    code = [one for one in found if " r-xp " in one.splitlines()[0] and "sqlite3" in one.splitlines()[0]]
    return sum(int(re.search(r"Rss: +(\\d+)", one).group(1)) for one in code)

ask = lambda: connect(":memory:").execute("SELECT max(value) FROM json_each('[1, 7]')").fetchone()
first, before = ask(), held()
drop_code("sqlite3")
print(before, held(), first == ask() == (7,))
"""


@pytest.mark.skipif(not Path("/proc/self/smaps").exists(), reason="not Linux")
def test_code_that_is_dropped_is_read_again() -> None:
    """The pages of a library leave the process, and its functions give the same results afterwards."""
    done = subprocess.run(
        [sys.executable, "-c", _DROPPED], capture_output=True, text=True, check=True
    )
    before, after, same = done.stdout.split()
    assert int(before) > 0
    assert int(after) == 0
    assert same == "True"


def test_without_a_list_of_mapped_files_nothing_happens(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Other systems have no such list."""
    monkeypatch.setattr("vedette.server.memory._SMAPS", tmp_path / "none")
    drop_code("sqlite3")
