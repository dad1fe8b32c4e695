"""Identifiers of database rows."""

from __future__ import annotations

import os
import threading
import time
import uuid

_lock = threading.Lock()
_last = 0


def new_id() -> uuid.UUID:
    """Returns a UUID version 7 (RFC 9562, 6.2, method 3). Twelve bits that are random in other UUIDs of
    version 7 contain the fraction of the millisecond.

    The identifiers increase with time, so that bulk inserts write to one end of an index. In one process,
    each identifier is greater than the previous one, even if the clock is set back. Files that are received
    at the same instant are therefore processed in the order of receipt.
    """
    global _last
    # Units of 1/4096 millisecond.
    ticks = (time.time_ns() << 12) // 1_000_000
    with _lock:
        _last = ticks = max(ticks, _last + 1)
    millis, fraction = ticks >> 12, ticks & 0xFFF
    value = (millis << 80) | (0x7 << 76) | (fraction << 64) | (0x2 << 62)
    return uuid.UUID(int=value | (int.from_bytes(os.urandom(8), "big") >> 2))
