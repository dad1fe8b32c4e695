"""Identifiers of database rows."""

from __future__ import annotations

import os
import threading
import time
import uuid

_lock = threading.Lock()
_last = 0


def new_id() -> uuid.UUID:
    """A UUID version 7 (RFC 9562, 6.2, method 3: twelve of the random bits hold the part of the millisecond).

    Ordered by time, so that bulk inserts stay at one end of an index. Each identifier of a process is greater
    than the one before, also when the clock is set back: files of one instant are processed in the order in
    which they came.
    """
    global _last
    # Units of 1/4096 millisecond.
    ticks = (time.time_ns() << 12) // 1_000_000
    with _lock:
        _last = ticks = max(ticks, _last + 1)
    millis, fraction = ticks >> 12, ticks & 0xFFF
    value = (millis << 80) | (0x7 << 76) | (fraction << 64) | (0x2 << 62)
    return uuid.UUID(int=value | (int.from_bytes(os.urandom(8), "big") >> 2))
