"""Returns freed memory of a process to the operating system."""

from __future__ import annotations

import ctypes
import re
from contextlib import suppress
from pathlib import Path

#: The advice of madvise(2) that the pages of a range are not needed now.
_DONTNEED = 4
_SMAPS = Path("/proc/self/smaps")
#: The first line of a mapped range: its bounds, its access rights and the path of its file.
_RANGE = re.compile(r"([0-9a-f]+)-([0-9a-f]+) (\S{4}) \S+ \S+ \d+ *(.*)")


def trim() -> None:
    """Returns the free pages of the heap to the operating system.

    Only glibc has this function. If another C library is used, the function has no effect. Loading modules
    and lists frees many small objects, whose memory pages would otherwise remain allocated to the process.
    """
    with suppress(OSError, AttributeError):
        ctypes.CDLL(None).malloc_trim(0)


def drop_code(*libraries: str) -> None:
    """Returns the memory pages with the code and the constants of libraries to the operating system. Each
    argument is a part of the path of a library's files. If the process needs a page later, the system reads
    the page from the file again. Only Linux has the list of mapped files; on other systems, the function has
    no effect.

    When numba loads the compiled kernels, its compiler reads 45 MB of files into memory that are not used
    afterwards. The import of Polars reads 50 MB of its files into memory, but the expressions of profiles use
    only a part of them."""
    with suppress(OSError, AttributeError, ValueError):
        advise = ctypes.CDLL(None).madvise
        advise.argtypes = [ctypes.c_void_p, ctypes.c_size_t, ctypes.c_int]
        first = last = 0
        unchanged = False
        for line in _SMAPS.read_text().splitlines():
            if found := _RANGE.match(line):
                first, last = (int(bound, 16) for bound in found.group(1, 2))
                # Dropping a page that was written would lose its content. `Anonymous` counts these pages.
                unchanged = "w" not in found[3] and any(one in found[4] for one in libraries)
            elif unchanged and line.startswith("Anonymous:") and int(line.split()[1]) == 0:
                advise(first, last - first, _DONTNEED)
