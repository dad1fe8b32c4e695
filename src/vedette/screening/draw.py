"""Selects subjects at random for control, so that anybody can verify later that no person chose them.

A subject is selected ("drawn") if a keyed hash, read as a number from 0 to 1, is below the rate. The hash is
computed from the first id of the subject and from its lane (its channel of clearance, such as red or green).
The key of the hash changes every day. The hash of the key (`promise`) is published before the day begins, and
the key itself is published after the day ends. Without the key, nobody can predict which subjects will be
selected. A subject that is submitted again keeps its first id, and is therefore selected or not selected as
before.
"""

from __future__ import annotations

import hashlib
import hmac
import uuid


def promise(key: bytes) -> str:
    """Returns the value that is published before the day begins: the SHA-256 hash of the day's key, in
    hexadecimal."""
    return hashlib.sha256(key).hexdigest()


def day_key(master: bytes, organisation: uuid.UUID, day: str) -> bytes:
    """Returns the key (32 bytes) of an organisation for one day (`day`, in ISO 8601). The key cannot be
    computed without the master key (`master`).
    """
    return hmac.digest(master, f"draw|{organisation}|{day}".encode(), "sha256")


def is_drawn(key: bytes, lane: str, first_seen: uuid.UUID, rate: float) -> bool:
    """Returns whether a subject is selected for control. `rate` is the share of subjects to be selected, from
    0 to 1.
    """
    digest = hmac.digest(key, lane.encode() + b"|" + first_seen.bytes, "sha256")
    # The first eight bytes are a whole number below 2 ** 64.
    return int.from_bytes(digest[:8], "big") < rate * 2**64


def holds(key: bytes, promised: str, lane: str, first_seen: uuid.UUID, rate: float) -> bool | None:
    """Verifies the selection of one subject after the key of the day is published. Returns whether the
    subject had to be selected, or None if the key does not match the published hash (`promised`)."""
    if not hmac.compare_digest(promise(key), promised):
        return None
    return is_drawn(key, lane, first_seen, rate)
