"""Returns memory that a process has freed to the system."""

from __future__ import annotations

import ctypes
from contextlib import suppress


def trim() -> None:
    """Returns the free pages of the heap to the system. Only glibc has this function; with another library of
    C, nothing happens. Loading modules and lists frees many small objects, whose pages would otherwise stay
    with the process."""
    with suppress(OSError, AttributeError):
        ctypes.CDLL(None).malloc_trim(0)
