"""Writes key files completely or not at all, by one writer at a time."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def synced(path: Path) -> Iterator[int]:
    """Opens a folder; at the end its entries are flushed to the disk."""
    folder = os.open(path, os.O_RDONLY)
    try:
        yield folder
        os.fsync(folder)
    finally:
        os.close(folder)


@contextmanager
def locked(path: Path) -> Iterator[None]:
    """Allows one writer at a time in a folder; makes the folder if it is missing. At the end, all written
    data is flushed to the disk."""
    path.mkdir(mode=0o700, parents=True, exist_ok=True)
    with synced(path) as folder:
        fcntl.flock(folder, fcntl.LOCK_EX)
        yield


def write(file: Path, text: str) -> None:
    """Writes a file that only its owner can read, under a temporary name first."""
    half = file.with_name(f".{file.name}.half")
    half.unlink(missing_ok=True)
    with os.fdopen(os.open(half, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as out:
        out.write(text.strip() + "\n")
        out.flush()
        os.fsync(out.fileno())
    half.rename(file)
