"""Heads: where the chain stood, signed, one line of a file each minute, outside the database.

Whoever cuts the journal's tail, or puts another journal in its place, would have to take back the
heads that were written, and copied elsewhere, before.
"""

from __future__ import annotations

import datetime as dt
import fcntl
import hashlib
import json
import logging
import os
import uuid
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from psycopg import Connection

from vedette.keys.ring import Keys, KeysError, proven

logger = logging.getLogger(__name__)

FILE = "heads.jsonl"
#: Bytes that the last line of the file has at most.
_LAST = 4096
#: Longest line that is read.
_LONGEST = 4096


@dataclass(frozen=True)
class Head:
    """One signed line: the chain of `installation` had `seq` seals, the last with `hash`, at `at`."""

    installation: str
    seq: int
    hash: str
    count: int
    at: str
    chain: str
    key: str
    previous: str

    def text(self) -> bytes:
        """What is signed: its JSON, keys sorted, without spaces."""
        return json.dumps(vars(self), sort_keys=True, separators=(",", ":")).encode()


class Broken(Exception):
    """A line of the file that is no head, or is not signed by the key; says which and why."""


def make_folder(path: Path) -> None:
    """The folder of heads, for its owner only. Raises `KeysError` where others may enter it."""
    path.mkdir(mode=0o700, parents=True, exist_ok=True)
    if path.stat().st_mode & 0o077:
        raise KeysError(f"the journal's heads in {path} are open to others: chmod 700 {path}")


def installation(connection: Connection[Any]) -> uuid.UUID:
    """Which installation this database is."""
    row = connection.execute("SELECT id FROM journal_installation").fetchone()
    if row is None:
        raise RuntimeError("the database has no installation id: run vedette upgrade")
    found: uuid.UUID = row[0]
    return found


def sign_if_due(connection: Connection[Any], keys: Keys, folder: Path, every: dt.timedelta) -> None:
    """Appends a head where the last one is older than `every` and the chain has grown since.

    Says in the log where the chain no longer holds what the last head says: then somebody cut or
    changed it, and `vedette journal verify` tells what.
    """
    with (folder / FILE).open("ab+") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        before = last_line(file.fileno())
        last = json.loads(before) if before else None
        now = dt.datetime.now(dt.UTC)
        if last and now - dt.datetime.fromisoformat(last["at"]) < every:
            return
        if last and not _stands(connection, last):
            logger.error("the journal no longer holds its last head: run vedette journal verify")
        row = connection.execute(
            "SELECT seq, hash FROM journal_seal ORDER BY seq DESC LIMIT 1"
        ).fetchone()
        if row is None or (last and (row[0], bytes(row[1]).hex()) == (last["seq"], last["hash"])):
            return
        head = Head(
            str(installation(connection)), row[0], bytes(row[1]).hex(), row[0], now.isoformat(),
            keys.ids("chain")[-1], keys.ids("heads")[-1],
            hashlib.sha256(before).hexdigest() if before else "",
        )  # fmt: skip
        _, signature = keys.sign(head.text())
        line = json.dumps({**vars(head), "signature": signature.hex()}) + "\n"
        file.write(line.encode())
        file.flush()
        os.fsync(file.fileno())


def last_line(descriptor: int) -> bytes:
    """The last whole line; what a machine that went down wrote half of another is cut off."""
    size = os.fstat(descriptor).st_size
    tail = os.pread(descriptor, _LAST, max(0, size - _LAST))
    whole, end, half = tail.rpartition(b"\n")
    if half:
        os.ftruncate(descriptor, size - len(half))
    return whole.rpartition(b"\n")[2] if end else b""


def _stands(connection: Connection[Any], last: Mapping[str, Any]) -> bool:
    row = connection.execute(
        "SELECT hash FROM journal_seal WHERE seq = %s", [last["seq"]]
    ).fetchone()
    return row is not None and bytes(row[0]).hex() == last["hash"]


def read(path: Path, publics: Mapping[str, bytes]) -> Iterator[Head]:
    """The heads of a file in order, each proven. `publics`: key id → public half.

    Raises `Broken` at the first line that is not as it was written, and where lines are missing.
    """
    before = b""
    with path.open("rb") as file:
        for number, line in enumerate(iter(lambda: file.readline(_LONGEST), b""), 1):
            if not line.endswith(b"\n"):
                raise Broken(f"line {number} of the heads is not whole")
            try:
                told = json.loads(line)
                signature = bytes.fromhex(told.pop("signature"))
                head = Head(**told)
            except (ValueError, TypeError, KeyError, AttributeError, RecursionError) as error:
                raise Broken(f"line {number} of the heads is no head") from error
            public = publics.get(f"{head.key}.pub") or publics.get(str(head.key))
            if public is None:
                raise Broken(
                    f"line {number} of the heads is signed by {head.key!r}, not a key here"
                )
            if not proven(public, head.text(), signature):
                raise Broken(f"line {number} of the heads was changed: its signature is not ours")
            if head.previous != (hashlib.sha256(before).hexdigest() if before else ""):
                raise Broken(f"lines before line {number} of the heads are missing")
            before = line.rstrip(b"\n")
            yield head
