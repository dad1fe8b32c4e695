"""The escrow of the permanent keys. Lost keys can be restored from the escrow. The keys are split into two
shares for two custodians. One share alone reveals no key.

The first share contains random bytes. The second share contains the exclusive or (XOR) of the keys and the
random bytes of the first share. Each random byte is used once, so one share reveals only the length of the
keys. The escrow contains all permanent keys, including the master key that encrypts the monthly keys. The
escrow does not contain the monthly keys, because a copy in a safe would still exist after a monthly key is
destroyed. Monthly keys are stored in the keys folder and its mirror, encrypted with the master key
(`vedette.keys.months`).

A share is a text file, which can be printed and typed in again. A checksum in the share detects a
wrong letter.
"""

from __future__ import annotations

import base64
import hashlib
import json
import re
import secrets
from collections.abc import Sequence
from pathlib import Path

from vedette.keys.months import FOLDER, MonthKeys, is_master, put_master
from vedette.keys.ring import KEY_NAME, Keys, KeysError, locked, write

_TITLE = "vedette escrow share"
_HEAD = re.compile(rf"{_TITLE} ([12]) of 2, set ([0-9a-f]{{16}}), sum ([0-9a-f]{{8}})", re.ASCII)
#: Maximum number of bytes read from a share file.
MAX_BYTES = 1_000_000


def split(keys: Path) -> tuple[str, str]:
    """Splits the permanent keys in the folder `keys`, including the master key, into two shares and
    returns their texts.

    Raises `KeysError` if the folder is incomplete.
    """
    Keys.load(keys)
    files = {
        f.name: f.read_text("ascii").strip() for f in keys.iterdir() if KEY_NAME.fullmatch(f.name)
    }
    files |= MonthKeys.load(keys).standing()
    plain = json.dumps(files).encode()
    pad = secrets.token_bytes(len(plain))
    name = hashlib.sha256(plain).hexdigest()[:16]
    return _text(1, name, pad), _text(2, name, _over(plain, pad))


def restore(shares: Sequence[str], keys: Path) -> list[str]:
    """Writes the keys of two shares into the folder `keys` and returns their ids.

    A key that already exists is not changed. Raises `KeysError` if the two shares do not belong together, or
    if a letter in a share is wrong. Also raises `KeysError` if a different key with the same name exists. If
    an error occurs, no key is written.
    """
    if len(shares) != 2:
        raise KeysError("two shares are needed, from the two custodians")
    (first, one, pad), (second, other, covered) = sorted(map(_read, shares))
    if (first, second) != (1, 2) or one != other or len(pad) != len(covered):
        raise KeysError(
            "these two shares do not belong together: use the shares of both custodians from one day"
        )
    plain = _over(pad, covered)
    if hashlib.sha256(plain).hexdigest()[:16] != one:
        raise KeysError("the two shares do not give the keys: one of them was changed")
    files: dict[str, str] = json.loads(plain)
    for name, text in files.items():
        place = keys / FOLDER / name if is_master(name) else keys / name
        if not KEY_NAME.fullmatch(name):
            raise KeysError(f"the shares contain an invalid name of a key: {name[:40]!r}")
        if place.exists() and place.read_text("ascii").strip() != text:
            raise KeysError(f"{name} exists and is a different key: move it away first")
    with locked(keys):
        for name, text in files.items():
            if is_master(name):
                put_master(keys / FOLDER, name, text)
            else:
                write(keys / name, text)
    return sorted(files)


def _text(number: int, name: str, data: bytes) -> str:
    letters = base64.b32encode(data).decode("ascii").rstrip("=")
    lines = [letters[i : i + 60] for i in range(0, len(letters), 60)]
    head = f"{_TITLE} {number} of 2, set {name}, sum {hashlib.sha256(data).hexdigest()[:8]}"
    return "\n".join([head, *lines]) + "\n"


def _read(share: str) -> tuple[int, str, bytes]:
    """Parses a share. Returns the number of the share, the id of its set, and its bytes."""
    head, _, body = share.strip().partition("\n")
    match = _HEAD.fullmatch(head.strip())
    if match is None:
        raise KeysError(f"this is not a share: the first line of a share begins with {_TITLE!r}")
    letters = "".join(body.split()).upper()
    try:
        data = base64.b32decode(letters + "=" * (-len(letters) % 8))
    except ValueError as error:
        raise KeysError(f"share {match[1]}: a letter is wrong") from error
    if hashlib.sha256(data).hexdigest()[:8] != match[3]:
        raise KeysError(f"share {match[1]}: a letter is wrong, or a line is missing")
    return int(match[1]), match[2], data


def _over(one: bytes, other: bytes) -> bytes:
    return (int.from_bytes(one, "big") ^ int.from_bytes(other, "big")).to_bytes(len(one), "big")
