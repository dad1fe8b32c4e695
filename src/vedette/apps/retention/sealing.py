"""Converts rows of the side tables to sealed bytes, and back.

PostgreSQL converts the row to JSON. The JSON is compressed with a dictionary of words that rows of its kind
have in common, sealed under the key of its class and month, and bound to its kind and its id in the spine.
"""

from __future__ import annotations

import json
import uuid
import zlib
from functools import cache
from typing import Any

from vedette.apps.subjects.tables import declared
from vedette.keys.months import MonthKey
from vedette.keys.ring import KeysError

#: The first byte of sealed data: the version of this format and of the common words.
_VERSION = b"\x01"
#: Rows have between some hundred bytes and some kilobytes. A small window compresses them as well as a large
#: one and is much faster.
_WINDOW, _MEMORY, _LEVEL = -12, 5, 1
#: Maximum size of an unpacked row in bytes.
_MAX = 64 * 1024 * 1024


@cache
def _compressor(kind: str) -> Any:
    return zlib.compressobj(_LEVEL, zlib.DEFLATED, _WINDOW, _MEMORY, zdict=declared().words(kind))


def about(kind: str, subject: uuid.UUID, part: uuid.UUID) -> bytes:
    """The data to which a sealed row is bound."""
    return kind.encode() + b"\0" + subject.bytes + part.bytes


def seal(key: MonthKey, kind: str, subject: uuid.UUID, part: uuid.UUID, row: bytes) -> bytes:
    """Compresses and seals one row for the vault."""
    compressor = _compressor(kind).copy()
    packed = _VERSION + compressor.compress(row) + compressor.flush()
    return key.seal(packed, about(kind, subject, part))


def open_row(
    key: MonthKey, kind: str, subject: uuid.UUID, part: uuid.UUID, sealed: bytes
) -> dict[str, Any]:
    """The columns of a row of the vault. Raises `KeysError`, which names the key id."""
    data = key.open(sealed, about(kind, subject, part))
    if data[:1] != _VERSION:
        raise KeysError("a row of the vault was written by a later version: upgrade first")
    decompressor = zlib.decompressobj(_WINDOW, zdict=declared().words(kind))
    row: dict[str, Any] = json.loads(decompressor.decompress(data[1:], _MAX))
    return row
