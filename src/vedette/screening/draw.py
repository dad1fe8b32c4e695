"""The random control: selects subjects so that anybody can verify later that no person chose them.

A subject is drawn if the keyed hash of its lane and of its first id is below the rate. Each day has its own
key. The hash of the key (`promise`) is published before the day begins, and the key itself after the day
ends. Without the key, nobody can predict which subjects will be drawn. A subject that is submitted again
keeps its first id, so the result does not change.
"""

from __future__ import annotations

import hashlib
import hmac
import uuid


def promise(key: bytes) -> str:
    """Returns the value that is published before the day: the SHA-256 of the key of the day, in hex."""
    return hashlib.sha256(key).hexdigest()


def day_key(master: bytes, organisation: uuid.UUID, day: str) -> bytes:
    """The key (32 bytes) of an organisation for one day (ISO 8601). This key cannot be computed without
    `master`."""
    return hmac.digest(master, f"draw|{organisation}|{day}".encode(), "sha256")


def is_drawn(key: bytes, lane: str, first_seen: uuid.UUID, rate: float) -> bool:
    """Whether a subject is drawn; `rate` is the share of subjects to be drawn, from 0 to 1."""
    digest = hmac.digest(key, lane.encode() + b"|" + first_seen.bytes, "sha256")
    # The first eight bytes are a whole number below 2 ** 64.
    return int.from_bytes(digest[:8], "big") < rate * 2**64


def holds(key: bytes, promised: str, lane: str, first_seen: uuid.UUID, rate: float) -> bool | None:
    """Verifies the draw of a day after the key of this day is published. Returns whether the subject had to
    be drawn; None if the key does not match the hash that was published before."""
    if not hmac.compare_digest(promise(key), promised):
        return None
    return is_drawn(key, lane, first_seen, rate)
