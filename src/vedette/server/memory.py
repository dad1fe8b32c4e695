"""Returns freed memory of a process to the operating system."""

from __future__ import annotations

import ctypes
from contextlib import suppress
from pathlib import Path

#: The advice of madvise(2) that the pages of a range are not needed now.
_DONTNEED = 4
_MAPS = Path("/proc/self/maps")


def trim() -> None:
    """Returns the free pages of the heap to the operating system.

    Only glibc has this function. With another C library, the function has no effect. Loading modules and
    lists frees many small objects, whose memory pages would otherwise remain allocated to the process.
    """
    with suppress(OSError, AttributeError):
        ctypes.CDLL(None).malloc_trim(0)


def drop_code(library: str) -> None:
    """Returns the memory pages with the code of a library to the operating system. `library` is a part of the
    path of its files. If a function of the library is called later, the system reads its pages again. Only
    Linux has the list of mapped files; on other systems, the function has no effect.

    The compiler of numba reads 30 MB of its code when it loads the compiled kernels, and is not used
    afterwards."""
    with suppress(OSError, AttributeError, ValueError):
        advise = ctypes.CDLL(None).madvise
        advise.argtypes = [ctypes.c_void_p, ctypes.c_size_t, ctypes.c_int]
        for line in _MAPS.read_text().splitlines():
            place, access, *_, path = line.split(maxsplit=5)
            # Code is never written: the file has the same content.
            if access == "r-xp" and library in path:
                first, last = (int(bound, 16) for bound in place.split("-"))
                advise(first, last - first, _DONTNEED)
