"""Keys are files: tokens of identifiers, sealed raw messages, and secrets of the web server.

One file a key in a folder (mode 0700) named by `VEDETTE_KEYS`. A file's name is its key id,
`<kind>-<epoch>-<fingerprint>`, so that a wrong key is noticed by its name; it holds 32 bytes in hex.

| kind | what for | who needs it |
|---|---|---|
| `token` | keyed tokens of identifiers and names; the highest epoch counts | web, workers |
| `raw` | opens sealed raw messages | workers only |
| `raw` + `.pub` | seals raw messages | web, workers |
| `django` | sessions and forms | web, workers |

The token key is never replaced in place: a new one opens an epoch, and links across epochs end.
`python -m vedette.keys FOLDER` makes what is missing.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
import re
import secrets
import sys
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Self

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

KINDS = ("token", "raw", "django")

#: Bytes in a token: 128 bits keep a billion identifiers apart.
TOKEN_BYTES = 16

_ID = re.compile(r"([a-z]+)-([0-9]{1,4})-([0-9a-f]{8})(\.pub)?", re.ASCII)
_MAGIC = b"VS1"
#: Each sealed blob has a key of its own, used once: the nonce may be constant.
_NONCE = bytes(12)


class KeysError(Exception):
    """A key is missing, wrong or open to others; names the folder, the key id and the remedy."""


class Keys:
    """The keys of one folder. Never printed, never pickled: each process loads its own."""

    def __init__(self, path: Path, files: dict[str, bytes]) -> None:
        self._path = path
        self._files = files
        #: Key id of the current epoch of tokens.
        self.epoch = self._latest("token")
        self._hashers: dict[str, hashlib.blake2b] = {}

    @classmethod
    def load(cls, path: Path, create: bool = False) -> Self:
        """The keys in folder `path`; with `create` (demo, tests) those missing are made.

        Raises `KeysError` where a kind is missing, a file is not the key of its name, or others
        may enter the folder. The private half of `raw` may be absent: then nothing can be opened.
        """
        if create:
            make_missing(path)
        if not path.is_dir():
            raise KeysError(f"no keys: the folder {path} is missing. {_remedy(path)}")
        if path.stat().st_mode & 0o077:
            raise KeysError(f"the keys in {path} are open to others: chmod 700 {path}")
        files = {f.name: _read(f) for f in sorted(path.iterdir()) if _ID.fullmatch(f.name)}
        for name, key in list(files.items()):
            if name.startswith("raw-") and not name.endswith(".pub"):
                files[f"{name}.pub"] = _public(key)
        missing = [k for k in KINDS if not any(n.startswith(f"{k}-") for n in files)]
        if missing:
            raise KeysError(f"{path} holds no key of kind {', '.join(missing)}. {_remedy(path)}")
        return cls(path, files)

    def token(self, kind: str, *values: str) -> bytes:
        """The keyed token (16 bytes) of an identifier; `kind` keeps equal values of other kinds apart.

        Values are taken as they are: normalise first.
        """
        hasher = self._hasher(kind).copy()
        for value in values:
            hasher.update(_framed(value))
        return hasher.digest()

    def tokens(self, kind: str, values: Iterable[str]) -> list[bytes]:
        """`token(kind, value)` of each value, in order."""
        base = self._hasher(kind)
        found = []
        for value in values:
            hasher = base.copy()
            hasher.update(_framed(value))
            found.append(hasher.digest())
        return found

    def require_epoch(self, key_id: str) -> None:
        """Raise `KeysError` unless the token key `key_id`, under which rows were stored, is here."""
        if key_id not in self._files:
            raise KeysError(
                f"stored rows carry tokens of key {key_id}, which is not in {self._path}: "
                "put it back from your backup; a new key would find nobody again"
            )

    def seal(self, data: bytes) -> bytes:
        """`data` encrypted so that only holders of the private `raw` key can read it."""
        key_id = self._latest("raw", ".pub")
        recipient = self._files[key_id]
        once = X25519PrivateKey.generate()
        public = once.public_key().public_bytes_raw()
        shared = once.exchange(X25519PublicKey.from_public_bytes(recipient))
        name = key_id.removesuffix(".pub").encode()
        head = _MAGIC + bytes([len(name)]) + name + public
        cipher = ChaCha20Poly1305(_derive(shared, public, recipient))
        return head + cipher.encrypt(_NONCE, data, head)

    def open_sealed(self, blob: bytes) -> bytes:
        """What was sealed. Raises `KeysError` for a lost key, a damaged blob or one not sealed here."""
        if not blob.startswith(_MAGIC) or len(blob) < len(_MAGIC) + 1:
            raise KeysError("these bytes were not sealed by vedette")
        start = len(_MAGIC) + 1
        end = start + blob[len(_MAGIC)]
        key_id = blob[start:end].decode("ascii", "replace")
        if key_id not in self._files:
            raise KeysError(
                f"sealed to key {key_id!r}, which is not in {self._path}: "
                "put it back from your backup (web servers have none, by design)"
            )
        head, public = blob[: end + 32], blob[end : end + 32]
        try:
            private = X25519PrivateKey.from_private_bytes(self._files[key_id])
            shared = private.exchange(X25519PublicKey.from_public_bytes(public))
            cipher = ChaCha20Poly1305(_derive(shared, public, self._files[f"{key_id}.pub"]))
            return cipher.decrypt(_NONCE, blob[end + 32 :], head)
        except (InvalidTag, ValueError) as error:
            raise KeysError(f"damaged: does not open with key {key_id!r}") from error

    def secret(self, kind: str) -> str:
        """The current secret of `kind` in hex, as `secret("django")` for Django's SECRET_KEY."""
        return self._files[self._latest(kind)].hex()

    def _latest(self, kind: str, suffix: str = "") -> str:
        found = [
            (int(m[2]), name)
            for name in self._files
            if (m := _ID.fullmatch(name)) and m[1] == kind and (m[4] or "") == suffix
        ]
        if not found:
            raise KeysError(f"{self._path} holds no key of kind {kind}. {_remedy(self._path)}")
        return max(found)[1]

    def _hasher(self, kind: str) -> hashlib.blake2b:
        hasher = self._hashers.get(kind)
        if hasher is None:
            key = hashlib.blake2b(
                kind.encode(), key=self._files[self.epoch], person=b"vedette-token"
            )
            hasher = hashlib.blake2b(key=key.digest(), digest_size=TOKEN_BYTES)
            self._hashers[kind] = hasher
        return hasher


def make_missing(path: Path) -> list[str]:
    """Make a first key of each kind that `path` lacks; returns the new key ids.

    A folder that holds any key of a kind is left alone: a lost key comes from the backup.
    """
    path.mkdir(mode=0o700, parents=True, exist_ok=True)
    made = []
    folder = os.open(path, os.O_RDONLY)
    try:
        fcntl.flock(folder, fcntl.LOCK_EX)  # two first starts at once make one set
        for kind in KINDS:
            if any(path.glob(f"{kind}-*")):
                continue
            key = secrets.token_bytes(32)
            name = f"{kind}-1-{_fingerprint(kind, key)}"
            if kind == "raw":
                _write(path / f"{name}.pub", _public(key))
            _write(path / name, key)
            made.append(name)
        os.fsync(folder)
    finally:
        os.close(folder)
    return made


def _remedy(path: Path) -> str:
    return (
        "Name the folder of this installation's keys in VEDETTE_KEYS; "
        f"for a new installation make it by: python -m vedette.keys {path}"
    )


def _read(file: Path) -> bytes:
    """The key in `file`, proven against the fingerprint in its name."""
    match = _ID.fullmatch(file.name)
    try:
        key = bytes.fromhex(file.read_text("ascii").strip())
    except (OSError, ValueError) as error:
        raise KeysError(f"the key {file.name} in {file.parent} cannot be read") from error
    kind = match[1] + (match[4] or "") if match else ""
    if match is None or len(key) != 32 or _fingerprint(kind, key) != match[3]:
        raise KeysError(
            f"{file.name} in {file.parent} does not hold the key of that name: "
            "put it back from your backup"
        )
    return key


def _write(file: Path, key: bytes) -> None:
    half = file.with_name(f".{file.name}")
    half.unlink(missing_ok=True)
    with os.fdopen(os.open(half, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as out:
        out.write(key.hex() + "\n")
        out.flush()
        os.fsync(out.fileno())
    half.rename(file)


def _fingerprint(kind: str, key: bytes) -> str:
    """Eight hex digits that tell keys apart; of `raw`, both halves have that of the public one."""
    shown = _public(key) if kind == "raw" else key
    return hashlib.sha256(f"vedette {kind.removesuffix('.pub')} ".encode() + shown).hexdigest()[:8]


def _public(private: bytes) -> bytes:
    return X25519PrivateKey.from_private_bytes(private).public_key().public_bytes_raw()


def _derive(shared: bytes, once: bytes, recipient: bytes) -> bytes:
    return HKDF(SHA256(), 32, salt=once + recipient, info=b"vedette sealed 1").derive(shared)


def _framed(value: str) -> bytes:
    """With its length before it, so that ("ab", "c") and ("a", "bc") differ."""
    data = value.encode("utf-8", "surrogatepass")
    return len(data).to_bytes(4, "big") + data


def main(argv: Sequence[str]) -> int:
    """`python -m vedette.keys FOLDER`: make what is missing; prints the new key ids."""
    if len(argv) != 1:
        print("usage: python -m vedette.keys FOLDER", file=sys.stderr)
        return 2
    for name in make_missing(Path(argv[0])):
        print(name)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
