"""Monthly keys: one encryption key for each retention class and month. When a key is destroyed, its
data can no longer be read.

Each value in the vault table, and each monthly backup file, is encrypted with the key of its retention class
and month. Masking moves values to the vault table. When the legal retention period ends, the monthly key is
destroyed. After the destruction of the key, no copy of the data can be decrypted. The keys are in the folder
`vault` inside the keys folder. Workers can access the folder `vault`, and web servers cannot.

| file | content |
|---|---|
| `vault-<epoch>-<fingerprint>` | the master key: 32 bytes in hex; or `VEDETTE_VAULT_KEY`, as `name:hex` |
| `<class>.<YYYY-MM>.<fingerprint>` | a monthly key, wrapped (AES-256-GCM) under the master that it names |
| `<class>.<YYYY-MM>.<fingerprint>.gone` | its tombstone: time and reason of the destruction; no key |

A mirror of the folder (`VEDETTE_VAULT_MIRROR`, preferably on the disk of another machine) contains the
encrypted monthly keys and no master key. When a key is destroyed, it is deleted from the folder and from its
mirror. Do not include the folder `vault` or its mirror in a backup. `destroy` would not delete the copy of a
key in the backup, and that copy could decrypt deleted data (`docs/retention.md`).
"""

from __future__ import annotations

import datetime as dt
import json
import os
import re
import secrets
from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple, Self

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from vedette.keys.ring import KeysError, fingerprint, locked, synced, write

#: Folder of the master key and the monthly keys, inside the keys folder.
FOLDER = "vault"
#: Environment variable with master keys as `name:hex`, separated by commas, for operators who do not
#: store them on the disk.
VARIABLE = "VEDETTE_VAULT_KEY"
MIRROR = "VEDETTE_VAULT_MIRROR"

_CLASS = r"[a-z][a-z0-9_]{0,19}"
_MASTER = re.compile(r"vault-([0-9]{1,4})-([0-9a-f]{8})", re.ASCII)
_MONTH = re.compile(rf"({_CLASS})\.([0-9]{{4}}-[0-9]{{2}})\.([0-9a-f]{{8}})", re.ASCII)
_MAGIC = b"VM1"
_NONCE = 12
_HEAD = len(_MAGIC) + 4


class Tomb(NamedTuple):
    """The record of a destroyed key (tombstone): its id, the time of destruction (ISO 8601, UTC) and the
    reason.
    """

    key_id: str
    at: str
    why: str


class MonthKey:
    """The key of one retention class and month, prepared to encrypt many rows. The key must not be printed or
    pickled.
    """

    def __init__(self, key_id: str, key: bytes) -> None:
        self.key_id = key_id
        self._head = _MAGIC + bytes.fromhex(key_id[-8:])
        self._cipher = AESGCM(key)

    def seal(self, data: bytes, about: bytes) -> bytes:
        """Encrypts `data` and authenticates `about`, which identifies the data, for example the id of a row.
        Decryption requires the same value of `about`.
        """
        nonce = secrets.token_bytes(_NONCE)
        return self._head + nonce + self._cipher.encrypt(nonce, data, about)

    def open(self, blob: bytes, about: bytes) -> bytes:
        """Decrypts data that was encrypted with the same value of `about`. Raises `KeysError` with the key id
        if the data cannot be decrypted.
        """
        if not blob.startswith(_MAGIC) or len(blob) < _HEAD + _NONCE:
            raise KeysError("these bytes were not sealed under a monthly key")
        if blob[:_HEAD] != self._head:
            other = blob[len(_MAGIC) : _HEAD].hex()
            raise KeysError(f"sealed under the monthly key …{other}, not under {self.key_id}")
        try:
            nonce = blob[_HEAD : _HEAD + _NONCE]
            return self._cipher.decrypt(nonce, blob[_HEAD + _NONCE :], about)
        except InvalidTag as error:
            raise KeysError(f"damaged: does not open with monthly key {self.key_id}") from error


class MonthKeys:
    """The monthly keys of one installation. Several processes can use the keys at the same time."""

    def __init__(self, path: Path, masters: dict[str, bytes], mirror: Path | None) -> None:
        self.path = path
        self._masters = masters
        self._mirror = mirror

    @classmethod
    def load(
        cls, keys: Path, create: bool = False, environ: Mapping[str, str] = os.environ
    ) -> Self:
        """Loads the monthly keys from the keys folder `keys`. If `create` is true, creates the folder and the
        first master key if they are missing. Keys with a tombstone are deleted from this folder and from its
        mirror.

        Raises `KeysError` if the master key is missing or wrong. As long as a monthly key exists, no new
        master key is created.
        """
        path = keys / FOLDER
        given = environ.get(VARIABLE, "").split(",")
        masters = dict(_from_variable(part) for part in given if part.strip())
        if create:
            with locked(path):
                names = [f.name for f in path.iterdir()]
                if not masters and not any(
                    _MASTER.fullmatch(n) or _MONTH.fullmatch(n) for n in names
                ):
                    name, key = new_master(1)
                    write(path / name, key.hex())
        if not path.is_dir():
            raise KeysError(f"no monthly keys: {path} is missing. {_REMEDY}")
        if path.stat().st_mode & 0o077:
            raise KeysError(f"the monthly keys in {path} are open to others: chmod 700 {path}")
        masters |= {f.name: _read_master(f) for f in path.iterdir() if _MASTER.fullmatch(f.name)}
        if not masters:
            raise KeysError(f"{path} contains no master key and {VARIABLE} is not set. {_REMEDY}")
        mirror = environ.get(MIRROR)
        found = cls(path, masters, Path(mirror) if mirror else None)
        found.mirror()
        return found

    @property
    def master(self) -> str:
        """Returns the id of the current master key, which is the master key with the highest epoch."""
        return max(self._masters, key=_epoch)

    def ids(self) -> list[str]:
        """Returns the ids of the existing monthly keys, sorted by retention class and month."""
        return sorted(f.name for f in self.path.iterdir() if _MONTH.fullmatch(f.name))

    def tombs(self) -> list[Tomb]:
        """Returns the tombstones of the destroyed keys, sorted by key id."""
        return [
            Tomb(f.name.removesuffix(".gone"), **json.loads(f.read_text("utf-8")))
            for f in sorted(self.path.glob("*.gone"))
        ]

    def make(self, retention_class: str, month: dt.date) -> MonthKey:
        """Returns the key of a retention class and month. Makes the key if it does not exist.

        Raises `KeysError` if the key was destroyed, because data that arrives after the retention period of
        its month must not be kept.
        """
        prefix = _prefix(retention_class, month)
        with locked(self.path):
            if self._find(prefix) is None:
                self._refuse_destroyed(prefix)
                key = secrets.token_bytes(32)
                key_id = f"{prefix}.{fingerprint('month', key)}"
                write(self.path / key_id, self._wrap(key_id, key))
                self._copy(key_id)
        return self.get(retention_class, month)

    def get(self, retention_class: str, month: dt.date) -> MonthKey:
        """Returns the key of a retention class and month. Raises `KeysError` if the key is lost, wrong or
        destroyed.
        """
        prefix = _prefix(retention_class, month)
        key_id = self._find(prefix)
        if key_id is None:
            self._refuse_destroyed(prefix)
            raise KeysError(
                f"the monthly key {prefix} is not in {self.path}: restore the folder from its"
                " mirror; then the data can be opened again"
            )
        return MonthKey(key_id, self._unwrap(key_id))

    def destroyed(self, retention_class: str, month: dt.date) -> bool:
        """Returns whether the key of a retention class and month was destroyed."""
        return any(self.path.glob(f"{_prefix(retention_class, month)}.*.gone"))

    def destroy(self, retention_class: str, month: dt.date, why: str) -> str | None:
        """Destroys the key of a retention class and month in this folder and in its mirror. Returns the id of
        the key, or None if there is no such key. A tombstone (the record of the destroyed key) remains. `why`
        is a fixed code and must not be free text about a person.
        """
        with locked(self.path):
            key_id = self._find(_prefix(retention_class, month))
            if key_id is None:
                return None
            at = dt.datetime.now(dt.UTC).isoformat(timespec="seconds")
            write(self.path / f"{key_id}.gone", json.dumps({"at": at, "why": why}))
            _shred(self.path / key_id)
        self.mirror()
        return key_id

    def rotate(self) -> tuple[str, int]:
        """Encrypts every monthly key with a new master key. Returns the id of the new master key and
        the number of keys that were encrypted again.

        If a rotation was interrupted, the next call completes it. If the variable `VEDETTE_VAULT_KEY`
        contains the master keys, first add a new master key before the old one (`vedette keys new`). After
        the new key is added, rotate the keys and remove the old master key.
        """
        with locked(self.path):
            if not self._variable_leads():
                name, key = new_master(_epoch(self.master) + 1)
                write(self.path / name, key.hex())
                self._masters[name] = key
            others = [key_id for key_id in self.ids() if self._master_of(key_id) != self.master]
            for key_id in others:
                write(self.path / key_id, self._wrap(key_id, self._unwrap(key_id)))
                self._copy(key_id)
            for name in list(self._masters):
                if name != self.master and (self.path / name).exists():
                    _shred(self.path / name)
                    del self._masters[name]
        return self.master, len(others)

    def standing(self) -> dict[str, str]:
        """Returns the name and the text of the current master key, for the escrow."""
        return {self.master: self._masters[self.master].hex()}

    def mirror(self) -> None:
        """Synchronises this folder and its mirror. If a key has a tombstone, it is deleted from the folder
        and from the mirror. Then copies each key that only one of the two folders contains. If a mirror is
        not mounted, it is synchronised the next time that the keys are loaded.
        """
        both = [self.path]
        if self._mirror is not None and self._mirror.is_dir():
            both.append(self._mirror)
        for place in both:
            for tomb in place.glob("*.gone"):
                for other in both:
                    if not (other / tomb.name).exists():
                        write(other / tomb.name, tomb.read_text("utf-8"))
                    _shred(other / tomb.name.removesuffix(".gone"))
        if len(both) == 2:
            for key_id in {f.name for place in both for f in place.iterdir()}:
                there = [place for place in both if (place / key_id).exists()]
                if _MONTH.fullmatch(key_id) and len(there) == 1:
                    [other] = (place for place in both if place not in there)
                    write(other / key_id, (there[0] / key_id).read_text("ascii"))

    def _copy(self, key_id: str) -> None:
        """Copies a key to the mirror. If the mirror is not mounted, the method `mirror` copies the key
        later."""
        if self._mirror is not None and self._mirror.is_dir():
            write(self._mirror / key_id, (self.path / key_id).read_text("ascii"))

    def _variable_leads(self) -> bool:
        """Returns whether the current master key comes from the environment variable and does not encrypt all
        monthly keys yet. Raises `KeysError` if the environment variable contains no new master key.
        """
        if (self.path / self.master).exists():
            return False
        if all(self._master_of(key_id) == self.master for key_id in self.ids()):
            raise KeysError(
                f"the master {self.master} comes from {VARIABLE}: add a new master before it, with a"
                " comma between the two (`vedette keys new` prints one), and rotate again"
            )
        return True

    def _find(self, prefix: str) -> str | None:
        gone = {f.name for f in self.path.glob(f"{prefix}.*.gone")}
        found = (f.name for f in self.path.glob(f"{prefix}.*") if _MONTH.fullmatch(f.name))
        return next((name for name in sorted(found) if f"{name}.gone" not in gone), None)

    def _refuse_destroyed(self, prefix: str) -> None:
        for tomb in self.tombs():
            if tomb.key_id.startswith(f"{prefix}."):
                raise KeysError(
                    f"the monthly key {tomb.key_id} was destroyed {tomb.at}: {tomb.why}"
                )

    def _master_of(self, key_id: str) -> str:
        return (self.path / key_id).read_text("ascii", "replace").partition(" ")[0]

    def _wrap(self, key_id: str, key: bytes) -> str:
        nonce = secrets.token_bytes(_NONCE)
        cipher = AESGCM(self._masters[self.master])
        return f"{self.master} {(nonce + cipher.encrypt(nonce, key, key_id.encode())).hex()}"

    def _unwrap(self, key_id: str) -> bytes:
        master, _, wrapped = (self.path / key_id).read_text("ascii", "replace").partition(" ")
        if master not in self._masters:
            raise KeysError(
                f"the monthly key {key_id} is wrapped under the master {master[:40]!r}, which is missing:"
                " restore it from the shares of its custodians (`vedette keys restore`)"
            )
        try:
            blob = bytes.fromhex(wrapped.strip())
            cipher = AESGCM(self._masters[master])
            key = cipher.decrypt(blob[:_NONCE], blob[_NONCE:], key_id.encode())
        except (InvalidTag, ValueError) as error:
            raise KeysError(
                f"the monthly key {key_id} in {self.path} is damaged: restore it from the mirror"
            ) from error
        if fingerprint("month", key) != key_id[-8:]:
            raise KeysError(f"{key_id} does not contain the key of that name")
        return key


_REMEDY = (
    "`vedette upgrade` makes the first master; restore a lost master from the shares of its"
    " custodians (`vedette keys restore`)"
)


def new_master(epoch: int) -> tuple[str, bytes]:
    """Returns the name and the bytes of a new master key of an epoch. Writes no file."""
    key = secrets.token_bytes(32)
    return f"vault-{epoch}-{fingerprint('vault', key)}", key


def put_master(path: Path, name: str, text: str) -> None:
    """Writes a master key that was restored from escrow into the folder `path`. Raises `KeysError` if the
    name and the text of the key do not belong together.
    """
    _proven(name, text)
    with locked(path):
        write(path / name, text)


def is_master(name: str) -> bool:
    """Returns whether `name` is the name of a master key."""
    return _MASTER.fullmatch(name) is not None


def _from_variable(part: str) -> tuple[str, bytes]:
    name, _, text = part.strip().partition(":")
    if not _MASTER.fullmatch(name):
        raise KeysError(f"{VARIABLE} is `vault-<epoch>-<fingerprint>:<64 hex digits>`")
    return name, _proven(name, text)


def _read_master(file: Path) -> bytes:
    try:
        return _proven(file.name, file.read_text("ascii"))
    except (OSError, UnicodeDecodeError) as error:
        raise KeysError(f"the master {file.name} in {file.parent} cannot be read") from error


def _proven(name: str, text: str) -> bytes:
    match = _MASTER.fullmatch(name)
    try:
        key = bytes.fromhex(text.strip())
    except ValueError:
        key = b""
    if match is None or len(key) != 32 or fingerprint("vault", key) != match[2]:
        raise KeysError(
            f"{name[:40]} does not contain the master of that name: restore it from its custodians"
        )
    return key


def _prefix(retention_class: str, month: dt.date) -> str:
    if not re.fullmatch(_CLASS, retention_class, re.ASCII):
        raise ValueError(f"not a retention class: {retention_class[:30]!r}")
    return f"{retention_class}.{month:%Y-%m}"


def _epoch(master: str) -> int:
    return int(master.split("-")[1])


def _shred(file: Path) -> None:
    """Overwrites a file and deletes it. A flash disk may keep an old copy of the key. The old copy is
    encrypted and cannot be decrypted after the rotation of the master key.
    """
    if not file.exists():
        return
    with file.open("r+b") as out:
        out.write(secrets.token_bytes(file.stat().st_size))
        out.flush()
        os.fsync(out.fileno())
    with synced(file.parent):
        file.unlink()
