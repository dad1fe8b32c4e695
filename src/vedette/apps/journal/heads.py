"""Records the latest hash of the journal outside the database. Once a minute, a worker appends a head (one
signed line with this hash) to a file.

An attacker may truncate or replace the journal. A truncated or replaced journal does not match the heads that
were already copied to another place.
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

from vedette.apps.journal.canonical import beginning
from vedette.keys.ring import Keys, KeysError, proven

logger = logging.getLogger(__name__)

FILE = "heads.jsonl"
#: Maximum length of a line of the file, in bytes.
_LONGEST = 4096


@dataclass(frozen=True)
class Head:
    """One signed line about the hash chain of an installation at a given time. The line contains the number
    of seals (links) in the chain (`seq`) and the hash of the last seal (`hash`).
    """

    installation: str
    seq: int
    hash: str
    count: int
    at: str
    chain: str
    key: str
    previous: str

    def text(self) -> bytes:
        """Returns the text that is signed: JSON with sorted keys and without spaces."""
        return json.dumps(vars(self), sort_keys=True, separators=(",", ":")).encode()


class Broken(Exception):
    """The exception that is raised if a line of the file is not a valid head, or has no valid signature. The
    message contains the number of the line and the reason.
    """


def make_folder(path: Path) -> None:
    """Creates the folder for the latest hashes of the journal. Only the owner can access this folder. Raises
    `KeysError` if other accounts may access the folder.
    """
    path.mkdir(mode=0o700, parents=True, exist_ok=True)
    if path.stat().st_mode & 0o077:
        raise KeysError(
            f"other accounts may enter the folder of the journal's heads: run chmod 700 {path}"
        )


def installation(connection: Connection[Any]) -> uuid.UUID:
    """Returns the id of the installation to which this database belongs."""
    row = connection.execute("SELECT id FROM journal_installation").fetchone()
    if row is None:
        raise RuntimeError("the database has no installation id: run vedette upgrade")
    return row[0]


def last_seal(connection: Connection[Any]) -> tuple[int, bytes]:
    """Returns the sequence number and the hash of the last seal. If there is no seal yet, returns 0 and the
    initial value of the chain.
    """
    row = connection.execute(
        "SELECT seq, hash FROM journal_seal ORDER BY seq DESC LIMIT 1"
    ).fetchone()
    return (row[0], bytes(row[1])) if row else (0, beginning(installation(connection)))


def sign_if_due(connection: Connection[Any], keys: Keys, folder: Path, every: dt.timedelta) -> None:
    """Appends the latest hash of the journal (a head) to the file, if the last head is older than `every` and
    the chain has grown since then.

    Logs an error if the chain does not contain the seal of the last head. If the chain does not contain the
    seal of the last head, the chain was truncated or changed. The command `vedette journal verify` reports
    where the chain is damaged.
    """
    with (folder / FILE).open("ab+") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        before = last_line(file.fileno())
        last = json.loads(before) if before else None
        now = dt.datetime.now(dt.UTC)
        if last and now - dt.datetime.fromisoformat(last["at"]) < every:
            return
        stands = "SELECT 1 FROM journal_seal WHERE seq = %(seq)s AND encode(hash, 'hex') = %(hash)s"
        if last and not connection.execute(stands, last).fetchone():
            logger.error("the journal no longer contains its last head: run vedette journal verify")
        seq, hash_ = last_seal(connection)
        if seq == 0 or (last and (seq, hash_.hex()) == (last["seq"], last["hash"])):
            return
        head = Head(
            str(installation(connection)), seq, hash_.hex(), seq, now.isoformat(),
            keys.ids("chain")[-1], keys.ids("heads")[-1],
            hashlib.sha256(before).hexdigest() if before else "",
        )  # fmt: skip
        _, signature = keys.sign(head.text())
        line = json.dumps({**vars(head), "signature": signature.hex()}) + "\n"
        file.write(line.encode())
        file.flush()
        os.fsync(file.fileno())


def last_line(descriptor: int) -> bytes:
    """Returns the last complete line of the file. Removes an incomplete line that a crash left at the end."""
    size = os.fstat(descriptor).st_size
    tail = os.pread(descriptor, _LONGEST, max(0, size - _LONGEST))
    whole, end, half = tail.rpartition(b"\n")
    if half:
        os.ftruncate(descriptor, size - len(half))
    return whole.rpartition(b"\n")[2] if end else b""


def read(path: Path, publics: Mapping[str, bytes]) -> Iterator[Head]:
    """Yields the signed hashes (heads) of a file in order, and verifies each signature. `publics` maps key
    ids to public keys.

    Raises `Broken` at the first line that was changed or does not follow from the previous line.
    """
    before = b""
    with path.open("rb") as file:
        for number, line in enumerate(iter(lambda: file.readline(_LONGEST), b""), 1):
            if not line.endswith(b"\n"):
                raise Broken(f"line {number} of the heads is incomplete")
            try:
                told = json.loads(line)
                signature = bytes.fromhex(told.pop("signature"))
                head = Head(**told)
            except (ValueError, TypeError, KeyError, AttributeError, RecursionError) as error:
                raise Broken(f"line {number} of the heads is not a head") from error
            public = publics.get(f"{head.key}.pub") or publics.get(str(head.key))
            if public is None:
                raise Broken(
                    f"line {number} of the heads is signed by {head.key!r}, which is not a known key"
                )
            if not proven(public, head.text(), signature):
                raise Broken(f"line {number} of the heads was changed: its signature is not valid")
            if head.previous != (hashlib.sha256(before).hexdigest() if before else ""):
                raise Broken(f"lines before line {number} of the heads are missing")
            before = line.rstrip(b"\n")
            yield head
