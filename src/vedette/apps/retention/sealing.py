"""Rows of the side tables as sealed bytes, and back.

A row is the JSON PostgreSQL makes of it, compressed against the words that every row has, sealed
under the key of its class and month and bound to its kind and spine id.
"""

from __future__ import annotations

import json
import uuid
import zlib
from typing import Any

from vedette.keys.months import MonthKey
from vedette.keys.ring import KeysError

#: First byte of what is sealed: tells the words below from those of a later version.
_VERSION = b"\x01"
#: What rows have in common, the most frequent last. Changing it is a new version.
_WORDS = (
    b'"evidence":[{"name":"birth_date","ours":"theirs":"relation":"=","contribution":0.'
    b'"hits_reasonclear" "text":"booking_id":"flight_id":"segments:carrier number origin'
    b" destination departure arrival class status payments billing contacts phones emails addresses"
    b" remarks frequent_flyer documents type number issuer expiry surname given_names date_of_birth"
    b" sex nationality locator seat bags role embarkation debarkation placeholder infant"
    b' interchange stated omitted sender {"api": {}, "pnr": {}} null,"state":{"api":{"pnr":{'
    b'{"journey_id":"","retention_class":"passenger","month":"20-01","organisation_id":"","surname":"'
    b'","given_names":"","name_key":"","names":["|"],"date_of_birth":"19","sex":"M","nationality":"'
    b'","document":"","seat":"","locator":""'
)
#: Rows are a few hundred bytes to some kilobytes: a small window is as good and far faster.
_WINDOW, _MEMORY, _LEVEL = -12, 5, 1
_START = zlib.compressobj(_LEVEL, zlib.DEFLATED, _WINDOW, _MEMORY, zdict=_WORDS)
#: A row that opens to more than this is none of ours.
_MAX = 64 * 1024 * 1024


def about(kind: str, subject: uuid.UUID, part: uuid.UUID) -> bytes:
    """What a sealed row is bound to."""
    return kind.encode() + b"\0" + subject.bytes + part.bytes


def packed(row: bytes) -> bytes:
    """The row compressed, with its version before it."""
    compressor = _START.copy()
    return _VERSION + compressor.compress(row) + compressor.flush()


def unpacked(data: bytes) -> dict[str, Any]:
    """The row again, as columns. Raises `KeysError` where it is none of this version."""
    if data[:1] != _VERSION:
        raise KeysError("a row of the vault was written by a later version: upgrade first")
    decompressor = zlib.decompressobj(_WINDOW, zdict=_WORDS)
    row: dict[str, Any] = json.loads(decompressor.decompress(data[1:], _MAX))
    return row


def seal(key: MonthKey, kind: str, subject: uuid.UUID, part: uuid.UUID, row: bytes) -> bytes:
    """One row for the vault."""
    return key.seal(packed(row), about(kind, subject, part))


def open_row(
    key: MonthKey, kind: str, subject: uuid.UUID, part: uuid.UUID, sealed: bytes
) -> dict[str, Any]:
    """A row of the vault. Raises `KeysError`, which names the key id."""
    return unpacked(key.open(sealed, about(kind, subject, part)))
