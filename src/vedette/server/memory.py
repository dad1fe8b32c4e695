"""Returns freed memory of a process to the operating system."""

from __future__ import annotations

import ctypes
from contextlib import suppress


def trim() -> None:
    """Returns the free pages of the heap to the operating system. Only glibc has this function. With another
    C library, nothing happens. Loading modules and lists frees many small objects, whose memory pages would
    otherwise remain allocated to the process."""
    with suppress(OSError, AttributeError):
        ctypes.CDLL(None).malloc_trim(0)
