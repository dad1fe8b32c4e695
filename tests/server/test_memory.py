"""Memory that a process has freed goes back to the system."""

from __future__ import annotations

import ctypes
from pathlib import Path

import pytest

from vedette.server.memory import trim


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
