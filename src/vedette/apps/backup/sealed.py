"""Reads and writes the encrypted files of a backup. A file contains tables in the binary format of
the PostgreSQL command COPY. The tables are compressed and divided into encrypted blocks, which are
called frames.

The file begins with `VEDETTE BACKUP 1` and a line feed. The next part is the length of the head (4 bytes,
big-endian) and the head in JSON. The head contains the name of the file, a key id, and the encrypted key of
the file. The key id identifies the key that encrypts the key of the file. The frames follow the head. A frame
consists of its length, its encrypted kind and its encrypted content (AES-256-GCM). The nonce of a frame is
the number of the frame. The head of the file is authenticated data of every frame, so that a changed head is
detected. The last frame of a file has a special kind, which marks the end of the file. Therefore, vedette
detects missing frames, frames in the wrong order, and frames from another file.
"""

from __future__ import annotations

import hashlib
import json
import os
import zlib
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from types import TracebackType
from typing import IO, Any, NamedTuple, Self

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from vedette.core.errors import Failure

MAGIC = b"VEDETTE BACKUP 1\n"
#: The usual number of bytes of rows in a frame. A frame with a longer row is longer.
BLOCK = 1 << 20
#: Maximum sizes in bytes of a frame and of a head.
_LONGEST, _LONGEST_HEAD = 256 << 20, 1 << 16
_LEVEL = 1
_TABLE, _PACKED, _RAW, _END, _LAST = b"T", b"Z", b"R", b"E", b"L"


class Damaged(Failure):
    """The error that is raised if a file of a backup was changed or truncated. The message contains the name
    of the file."""


class Head(NamedTuple):
    """The head of a file, which can be read without a key."""

    name: str
    key: str
    wrapped: bytes

    def text(self) -> bytes:
        """Returns the JSON of the head as it is written to the file."""
        return json.dumps(
            {"name": self.name, "key": self.key, "wrapped": self.wrapped.hex()}, sort_keys=True
        ).encode()


class Table(NamedTuple):
    """The name and the columns of a table in a file."""

    name: str
    columns: tuple[str, ...]


class Writer:
    """Writes one file, and flushes it to the disk (`fsync`) at the end."""

    def __init__(self, path: Path, key_id: str, wrap: Callable[[bytes], bytes]) -> None:
        key = AESGCM.generate_key(256)
        self._cipher, self._number = AESGCM(key), 0
        head = Head(path.name, key_id, wrap(key)).text()
        self._about = hashlib.sha256(head).digest()
        self._hash = hashlib.sha256()
        self._file = os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb")
        self._write(MAGIC + len(head).to_bytes(4, "big") + head)
        #: Rows of each table, and the size of all rows before compression.
        self.rows: dict[str, int] = {}
        self.plain = 0

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:  # fmt: skip
        if kind is None:
            self._frame(_LAST, b"")
            self._file.flush()
            os.fsync(self._file.fileno())
        self._file.close()

    def table(
        self, table: Table, blocks: Iterable[Any], rows: Callable[[], int], packed: bool = True
    ) -> None:
        """Writes one table. `blocks` yields the bytes of the table's rows, in blocks. After the last block,
        the function `rows` returns the number of rows.

        `packed` is true if the rows are compressed. Encrypted rows are not compressed, because compression
        does not make them smaller.
        """
        self._frame(_TABLE, json.dumps({"table": table.name, "columns": table.columns}).encode())
        waiting = bytearray()
        for block in blocks:
            waiting += block
            if len(waiting) >= BLOCK:
                self._rows(waiting, packed)
                waiting = bytearray()
        self._rows(waiting, packed)
        count = rows()
        self._frame(_END, str(count).encode())
        self.rows[table.name] = self.rows.get(table.name, 0) + count

    @property
    def digest(self) -> str:
        """The SHA-256 of the bytes that were written, in hex."""
        return self._hash.hexdigest()

    def _rows(self, data: bytearray, packed: bool) -> None:
        self.plain += len(data)
        self._frame(*((_PACKED, zlib.compress(data, _LEVEL)) if packed else (_RAW, bytes(data))))

    def _frame(self, kind: bytes, content: bytes) -> None:
        sealed = self._cipher.encrypt(_nonce(self._number), kind + content, self._about)
        self._number += 1
        self._write(len(sealed).to_bytes(4, "big") + sealed)

    def _write(self, data: bytes) -> None:
        self._hash.update(data)
        self._file.write(data)


def read_head(path: Path) -> Head:
    """Returns the head of a file. Raises `Damaged` if the head is not valid."""
    with path.open("rb") as file:
        return _head(file, path.name)[0]


class Reader:
    """Reads one file frame by frame. Raises `Damaged` if the file was changed or truncated."""

    def __init__(self, path: Path, key: bytes) -> None:
        self._name = path.name
        self._file = path.open("rb")
        self._hash = hashlib.sha256()
        _, head = _head(self._file, path.name)
        self._hash.update(MAGIC + len(head).to_bytes(4, "big") + head)
        self._cipher, self._about, self._number = AESGCM(key), hashlib.sha256(head).digest(), 0

    def tables(self) -> Iterator[tuple[Table, Iterator[bytes], Callable[[], int]]]:
        """Yields three values for each table: the table, an iterator over the blocks of its rows, and a
        function. After all blocks are read, the function returns the number of rows.
        """
        with self._file:
            while True:
                kind, content = self._frame()
                if kind == _LAST:
                    if self._file.read(1):
                        raise Damaged(f"{self._name}: there is data after its end")
                    return
                if kind != _TABLE:
                    raise Damaged(f"{self._name}: the beginning of a table is missing")
                told = json.loads(content)
                counted: list[int] = []
                yield (
                    Table(told["table"], tuple(told["columns"])),
                    self._blocks(counted),
                    lambda counted=counted: counted[0],  # type: ignore[misc]
                )

    @property
    def digest(self) -> str:
        """The SHA-256 of the bytes that were read, in hex."""
        return self._hash.hexdigest()

    def _blocks(self, counted: list[int]) -> Iterator[bytes]:
        while True:
            kind, content = self._frame()
            if kind == _END:
                counted.append(int(content))
                return
            yield zlib.decompressobj().decompress(content, _LONGEST) if kind == _PACKED else content

    def _frame(self) -> tuple[bytes, bytes]:
        size = self._file.read(4)
        length = int.from_bytes(size, "big")
        sealed = self._file.read(length) if length <= _LONGEST else b""
        if len(size) < 4 or len(sealed) < length or not sealed:
            raise Damaged(f"{self._name}: it was cut off after {self._number} frames")
        self._hash.update(size + sealed)
        try:
            opened = self._cipher.decrypt(_nonce(self._number), sealed, self._about)
        except InvalidTag as error:
            raise Damaged(f"{self._name}: frame {self._number} was changed") from error
        self._number += 1
        return opened[:1], opened[1:]


def _head(file: IO[bytes], name: str) -> tuple[Head, bytes]:
    size = file.read(len(MAGIC) + 4)
    length = int.from_bytes(size[-4:], "big")
    if not size.startswith(MAGIC) or not 0 < length <= _LONGEST_HEAD:
        raise Damaged(f"{name}: no file of a backup, or a file of a later version")
    text = file.read(length)
    try:
        told = json.loads(text)
        head = Head(str(told["name"]), str(told["key"]), bytes.fromhex(told["wrapped"]))
    except (ValueError, TypeError, KeyError) as error:
        raise Damaged(f"{name}: its head cannot be read") from error
    if head.name != name:
        raise Damaged(f"{name}: it was written as {head.name[:60]!r}")
    return head, text


def _nonce(number: int) -> bytes:
    return number.to_bytes(12, "big")
