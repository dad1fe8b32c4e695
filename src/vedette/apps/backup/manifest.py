"""The manifest of a backup, and the folder of backups.

A backup is written to the folder `<name>.half`. The manifest and its signature are written last. Then the
finished backup is renamed from `<name>.half` to `<name>`. If no process writes to a folder `<name>.half`, the
folder contains an incomplete backup and is removed.
"""

from __future__ import annotations

import datetime as dt
import fcntl
import json
import os
import re
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import msgspec

from vedette.core.errors import Failure
from vedette.keys.months import MonthKeys
from vedette.keys.ring import Keys, proven, synced

MANIFEST, SIGNATURE, HEADS = "manifest.json", "manifest.sig", "heads.jsonl"
HALF = ".half"
VERSION = 1
_NAME = re.compile(r"[0-9]{8}T[0-9]{6}Z-[0-9a-f]{8}", re.ASCII)
_FILE = re.compile(r"[a-z][a-z0-9_]{0,19}\.[0-9]{4}-[0-9]{2}\.vb|rest\.vb|journal\.vb", re.ASCII)
_SIGNED = b"vedette backup 1\n"
_LONGEST = 64 << 20


class BackupError(Failure):
    """The error that is raised if a backup cannot be made or restored. The message contains the reason and
    the action to take. If this error is raised, no data was changed.
    """


class File(msgspec.Struct, frozen=True):
    """One encrypted file, with the id of its key and the number of rows of each table."""

    name: str
    key: str
    bytes: int
    sha256: str
    rows: dict[str, int]
    retention_class: str = ""
    month: dt.date | None = None


class Manifest(msgspec.Struct, frozen=True):
    """The manifest of a backup, which lists the files. A manifest contains no key and no data about
    a subject.
    """

    version: int
    name: str
    #: When the snapshot was taken.
    at: dt.datetime
    vedette: str
    postgres: int
    installation: str
    files: list[File]
    heads: int
    #: The fingerprint of the schema (`apps/sql/fingerprint.py`). It is empty in early backups.
    fingerprint: str = ""
    #: The months that were left out because their keys are destroyed.
    ended: list[str] = []

    @property
    def total(self) -> int:
        """The size of all files in bytes."""
        return sum(file.bytes for file in self.files)


def write(folder: Path, manifest: Manifest, keys: Keys) -> None:
    """Writes the manifest and its signature, and flushes them to the disk (`fsync`)."""
    text = json.dumps(msgspec.to_builtins(manifest), indent=1, sort_keys=True).encode()
    key_id, signature = keys.sign(_SIGNED + text)
    put(folder / MANIFEST, text)
    put(folder / SIGNATURE, f"{key_id} {signature.hex()}\n".encode())


def subject(manifest: Manifest) -> str:
    """Returns the value for the column `subject` in journal entries about a backup."""
    return f"backup-{manifest.name.lower()}"


def put(path: Path, data: bytes) -> None:
    """Writes a new file that only its owner may read, and flushes it to the disk (`fsync`)."""
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())


def read(folder: Path, keys: Keys) -> Manifest:
    """Returns the manifest of the backup in `folder` if its signature is valid.

    Raises `BackupError` if the backup is incomplete, was changed or is of a later version. Raises
    `KeysError` if the key that signed the backup is missing.
    """
    if folder.name.endswith(HALF) or not (folder / MANIFEST).is_file():
        raise BackupError(
            f"{folder} is no complete backup: the manifest, which is written last, is missing"
        )
    if (folder / MANIFEST).stat().st_size > _LONGEST:
        raise BackupError(f"{folder / MANIFEST} is larger than a manifest can be")
    text = (folder / MANIFEST).read_bytes()
    try:
        key_id, _, signature = (folder / SIGNATURE).read_text("ascii").strip().partition(" ")
        signed = proven(keys.key(f"{key_id}.pub"), _SIGNED + text, bytes.fromhex(signature))
    except (OSError, ValueError) as error:
        raise BackupError(f"{folder / SIGNATURE} is missing or is no signature") from error
    if not signed:
        raise BackupError(f"the manifest in {folder} was changed: {key_id[:40]} did not sign it")
    try:
        found = msgspec.json.decode(text, type=Manifest)
    except msgspec.MsgspecError as error:
        raise BackupError(
            f"the manifest in {folder} cannot be read; it may be of a later version"
        ) from error
    if found.version != VERSION or not all(_FILE.fullmatch(file.name) for file in found.files):
        raise BackupError(f"the backup in {folder} is of a later version: upgrade first")
    return found


def whole(folder: Path) -> list[Path]:
    """Returns the complete backups in `folder`, oldest first."""
    return sorted(
        path for path in folder.iterdir()
        if _NAME.fullmatch(path.name) and (path / MANIFEST).is_file()
    )  # fmt: skip


def chosen(folder: Path) -> Path:
    """Returns `folder` if it is a backup. If `folder` contains several backups, returns the latest backup.
    Raises `BackupError` if `folder` contains no backup.
    """
    if not folder.is_dir():
        raise BackupError(f"{folder} is not a folder")
    if (folder / MANIFEST).is_file() or folder.name.endswith(HALF):
        return folder
    found = whole(folder)
    if not found:
        raise BackupError(f"there is no complete backup in {folder}")
    return found[-1]


@contextmanager
def alone(folder: Path) -> Iterator[None]:
    """Locks `folder`, so that only one process at a time can write or remove backups. Makes the folder if it
    is missing.

    Raises `BackupError` if another process has the lock, or if other users may read the folder.
    """
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    if folder.stat().st_mode & 0o077:
        raise BackupError(f"other users may read the backups in {folder}: chmod 700 {folder}")
    with synced(folder) as descriptor:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise BackupError(f"another backup is being written in {folder}") from None
        yield


def clear_halves(folder: Path) -> list[str]:
    """Removes incomplete backups and returns their names. The caller must have the lock of `alone`."""
    found = sorted(path for path in folder.glob(f"*{HALF}") if path.is_dir())
    for path in found:
        shutil.rmtree(path)
    return [path.name for path in found]


def prune(folder: Path, months: MonthKeys) -> list[str]:
    """Deletes the files of months with a destroyed key from all backups. Returns the names of the deleted
    files.

    Files whose key is destroyed cannot be decrypted. The deletion of such files frees disk space. The caller
    must have the lock of `alone`.
    """
    ended = {".".join(tomb.key_id.split(".")[:2]) for tomb in months.tombs()}
    gone = []
    for backup in whole(folder):
        for path in sorted(backup.glob("*.vb")):
            if path.name.removesuffix(".vb") in ended:
                path.unlink()
                gone.append(f"{backup.name}/{path.name}")
    return gone
