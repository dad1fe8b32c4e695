"""The process that reads an uploaded file has limits."""

from __future__ import annotations

import subprocess
import sys

_TOO_MUCH = """
from vedette.apps.library import reading

reading.read = lambda organisation, id_: bytearray(reading.MEMORY + 1)
reading.work(None, None)
"""


def test_the_process_cannot_use_all_memory() -> None:
    """A file that needs more than the permitted memory ends its reading, and not the machine."""
    ended = subprocess.run(
        [sys.executable, "-c", _TOO_MUCH], capture_output=True, text=True, check=False
    )
    assert ended.stderr.rstrip().endswith("MemoryError"), ended.stderr
