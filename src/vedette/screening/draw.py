"""The random control: who is drawn, so that anybody can check afterwards that nobody chose.

A subject is drawn where the keyed hash of its lane and of the id under which it was first seen falls
below the rate. The key is of one day; its hash (the promise) is published before the day begins, the
key itself when it is over. Whoever lacks the key cannot tell who will be drawn; whoever submits the
same thing again keeps the id it was first seen under, and with it the answer.
"""

from __future__ import annotations

import hashlib
import hmac
import uuid

#: The hash is read as a number below this.
_WHOLE = 1 << 64


def promise(key: bytes) -> str:
    """What is published before the day: SHA-256 of its key, in hex."""
    return hashlib.sha256(key).hexdigest()


def day_key(master: bytes, organisation: uuid.UUID, day: str) -> bytes:
    """The key of a day (ISO 8601) of an organisation, 32 bytes; nobody without `master` can make it."""
    return hmac.digest(master, f"draw|{organisation}|{day}".encode(), "sha256")


def is_drawn(key: bytes, lane: str, first_seen: uuid.UUID, rate: float) -> bool:
    """Whether a subject is drawn; `rate` is the share of all that is to be, from 0 to 1."""
    digest = hmac.digest(key, lane.encode() + b"|" + first_seen.bytes, "sha256")
    return int.from_bytes(digest[:8], "big") < rate * _WHOLE


def holds(key: bytes, promised: str, lane: str, first_seen: uuid.UUID, rate: float) -> bool | None:
    """For whoever checks a revealed day: whether a subject was to be drawn; None where the key is not
    the one that was promised."""
    if not hmac.compare_digest(promise(key), promised):
        return None
    return is_drawn(key, lane, first_seen, rate)
