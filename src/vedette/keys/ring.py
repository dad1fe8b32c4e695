"""The key files. The keys are used for the tokens of identifiers, for encrypted messages and texts, and for
the hash chain of the journal. The web server uses a further key for sessions and forms.

Each key is a file in a folder (mode 0700) named by `VEDETTE_KEYS`. The name of a file is the id of its key,
`<kind>-<epoch>-<fingerprint>`. The fingerprint in the file name makes it possible to detect a file with a
wrong key. The file contains 32 bytes in hex.

| kind | purpose | needed by |
|---|---|---|
| `token` | keyed tokens of identifiers and names; the highest epoch is used | web, workers |
| `raw` | opens sealed raw messages | workers only |
| `raw` + `.pub` | seals raw messages | web, workers, public forms |
| `form` | seals the steps of public forms | public forms |
| `field` | opens the entries that devices sealed without a network | workers only |
| `field` + `.pub` | seals them, on the device | web, workers |
| `django` | sessions and forms | web, workers |
| `journal` | opens the texts of the journal (searches, reasons) | the data-protection officer only |
| `journal` + `.pub` | seals them | web, workers |
| `chain` | keyed hashes that chain the journal | workers, and anyone who verifies the journal |
| `draw` | makes the daily keys of the random control | workers only |
| `heads` | signs the journal's heads (Ed25519) | workers |
| `heads` + `.pub` | verifies the signatures | auditors |
| `issuer` | signs certificates and frozen diagnostics (Ed25519) | workers |
| `register` | signs the list of certificates (Ed25519) | workers |
| `issuer`, `register` + `.pub` | verify the signatures | web, and anyone who checks a certificate |
| `backup` | opens the files of a backup that belong to no retention month | the person who restores |
| `backup` + `.pub` | seals them | the process that makes backups |

The token key is not rotated, because a new key starts a new epoch and identifiers cannot be linked across
epochs. `python -m vedette.keys FOLDER` makes missing keys.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
import re
import secrets
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Self

from cryptography.exceptions import InvalidSignature, InvalidTag
from cryptography.hazmat.primitives.asymmetric.ed25519 import (
    Ed25519PrivateKey,
    Ed25519PublicKey,
)
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCM, ChaCha20Poly1305
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from vedette.core.errors import Failure

#: Keys that every process needs. The keys of the journal are loaded only where they are used. A web
#: server has only the public half of `journal`.
KINDS = ("token", "raw", "django")
JOURNAL_KINDS = ("journal", "chain", "heads")
BACKUP_KINDS = ("backup",)
DRAW_KINDS = ("draw",)
#: Keys of the process of public forms. It has these keys and the public half of `raw`, and no other key.
FORM_KINDS = ("form",)
#: Keys of entries that devices seal (`apps/offline`). A web server has only the public half.
FIELD_KINDS = ("field",)
#: Keys of certificates and frozen diagnostics, and of the list of certificates. Only workers sign.
ISSUER_KINDS = ("issuer", "register")
#: Kinds whose public half is a separate file, `<id>.pub`.
_PAIRS = ("raw", "journal", "heads", "backup", *FIELD_KINDS, *ISSUER_KINDS)
#: Kinds that sign (Ed25519). The other pairs seal (X25519).
_SIGNING = ("heads", *ISSUER_KINDS)

#: Length of a token in bytes. With 128 bits, even a billion identifiers have different tokens.
TOKEN_BYTES = 16

#: The name of a key file: kind, epoch, fingerprint.
KEY_NAME = re.compile(r"([a-z]+)-([0-9]{1,4})-([0-9a-f]{8})(\.pub)?", re.ASCII)
#: The first bytes of sealed data, and the cipher. Browsers have no ChaCha20-Poly1305, so a device seals with
#: AES-256-GCM (`web/static/field.js`).
_MAGIC, _OF_DEVICES = b"VS1", b"VF1"
_CIPHERS: dict[bytes, tuple[type[ChaCha20Poly1305 | AESGCM], bytes]] = {
    _MAGIC: (ChaCha20Poly1305, b"vedette sealed 1"), _OF_DEVICES: (AESGCM, b"vedette field 1"),
}  # fmt: skip
#: Each encryption uses a new key, so the nonce may be constant.
_NONCE = bytes(12)


class KeysError(Failure):
    """The error that is raised if a key is missing, wrong or accessible to other users. The message contains
    the folder, the key id and the remedy.
    """


class DamagedError(KeysError):
    """The error that is raised if encrypted data is damaged, so that no key can decrypt the data."""


@contextmanager
def synced(path: Path) -> Iterator[int]:
    """Opens a folder. On exit, flushes the directory entries of the folder to the disk."""
    folder = os.open(path, os.O_RDONLY)
    try:
        yield folder
        os.fsync(folder)
    finally:
        os.close(folder)


@contextmanager
def locked(path: Path) -> Iterator[None]:
    """Locks a folder so that only one process at a time writes in it. Makes the folder if it is missing. On
    exit, flushes the directory entries of the folder to the disk.
    """
    path.mkdir(mode=0o700, parents=True, exist_ok=True)
    with synced(path) as folder:
        fcntl.flock(folder, fcntl.LOCK_EX)
        yield


def write(file: Path, text: str) -> None:
    """Writes a file that only its owner can read. The file has a temporary name until it is complete."""
    half = file.with_name(f".{file.name}.half")
    half.unlink(missing_ok=True)
    with os.fdopen(os.open(half, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as out:
        out.write(text.strip() + "\n")
        out.flush()
        os.fsync(out.fileno())
    half.rename(file)


class Keys:
    """The cryptographic keys of one folder. Keys must not be printed or pickled. Each process loads the keys
    from the folder.
    """

    def __init__(self, path: Path, files: dict[str, bytes]) -> None:
        self._path = path
        self._files = files
        self._hashers: dict[str, hashlib.blake2b] = {}

    @classmethod
    def load(cls, path: Path, create: bool = False, needed: Sequence[str] = KINDS) -> Self:
        """Loads the keys in the folder `path`. If `create` is true, as in the demo and the tests,
        makes the missing keys. `needed` are the kinds of keys that must exist.

        Raises `KeysError` if a kind of key is missing, or if other accounts have access to the folder. Also
        raises `KeysError` if the key in a file does not match the name of the file. The private half of a key
        pair may be missing. Without a private half, data encrypted with the public half cannot be decrypted.
        """
        if create:
            make_missing(path)
        if not path.is_dir():
            raise KeysError(f"no keys: the folder {path} is missing. {_remedy(path)}")
        if path.stat().st_mode & 0o077:
            raise KeysError(f"the keys in {path} are open to others: chmod 700 {path}")
        files = {f.name: _read(f) for f in sorted(path.iterdir()) if KEY_NAME.fullmatch(f.name)}
        files |= {
            f"{name}.pub": _public(name.partition("-")[0], key)
            for name, key in files.items()
            if name.partition("-")[0] in _PAIRS and not name.endswith(".pub")
        }
        missing = [k for k in needed if not any(n.startswith(f"{k}-") for n in files)]
        if missing:
            raise KeysError(f"{path} holds no key of kind {', '.join(missing)}. {_remedy(path)}")
        return cls(path, files)

    @property
    def epoch(self) -> str:
        """The key id of the current token key."""
        return self._latest("token")

    def token(self, kind: str, *values: str) -> bytes:
        """Returns the token of an identifier: a keyed hash of 16 bytes. Equal values of different kinds have
        different tokens.

        The caller must normalise the values.
        """
        hasher = self._hasher(kind).copy()
        for value in values:
            data = value.encode("utf-8", "surrogatepass")
            # The length is written before each value, so that ("ab", "c") and ("a", "bc") have
            # different tokens.
            hasher.update(len(data).to_bytes(4, "big") + data)
        return hasher.digest()

    def require(self, *kinds: str) -> None:
        """Raises `KeysError` if a key of one of the kinds is missing. If the name has the form `journal.pub`,
        only the public half of the key must exist.
        """
        for kind in kinds:
            self._latest(kind)

    def ids(self, kind: str) -> list[str]:
        """Returns the key ids of `kind`, oldest epoch first. For a name such as `heads.pub`, returns the ids
        of the public halves.
        """
        found = sorted(
            (int(m[2]), name)
            for name in self._files
            if (m := KEY_NAME.fullmatch(name)) and m[1] + (m[4] or "") == kind
        )
        return [name for _, name in found]

    def key(self, key_id: str) -> bytes:
        """Returns the 32 bytes of a key. Raises `KeysError` if the key is missing."""
        if key_id not in self._files:
            raise KeysError(f"the key {key_id} is not in {self._path}: restore it from your backup")
        return self._files[key_id]

    def sign(self, data: bytes, kind: str = "heads") -> tuple[str, bytes]:
        """Signs `data` with the current key of `kind`, which must be a kind of signing key. Returns the key
        id and the Ed25519 signature (64 bytes).
        """
        key_id = self._latest(kind)
        return key_id, Ed25519PrivateKey.from_private_bytes(self._files[key_id]).sign(data)

    def seal(self, data: bytes, kind: str = "raw") -> bytes:
        """Encrypts `data` so that only holders of the private key of `kind` can read it."""
        key_id = self._latest(f"{kind}.pub")
        recipient = self._files[key_id]
        once = X25519PrivateKey.generate()
        public = once.public_key().public_bytes_raw()
        shared = once.exchange(X25519PublicKey.from_public_bytes(recipient))
        name = key_id.removesuffix(".pub").encode()
        magic = _OF_DEVICES if kind in FIELD_KINDS else _MAGIC
        head = magic + bytes([len(name)]) + name + public
        cipher, use = _CIPHERS[magic]
        return head + cipher(_derive(shared, public, recipient, use)).encrypt(_NONCE, data, head)

    def open_sealed(self, blob: bytes) -> bytes:
        """Decrypts data that `seal` encrypted. Raises `KeysError` if the key is missing, or if the data is
        damaged or was not encrypted by `seal`.
        """
        key_id = sealed_for(blob)
        end = len(_MAGIC) + 1 + len(key_id)
        cipher, use = _CIPHERS[blob[: len(_MAGIC)]]
        # Whoever wrote the data chose this name. It may be that of a key that is not a pair.
        if key_id not in self._files or f"{key_id}.pub" not in self._files:
            raise KeysError(
                f"sealed for key {key_id!r}, which is not in {self._path}: "
                "restore the key from your backup (web servers never have this key)"
            )
        head, public = blob[: end + 32], blob[end : end + 32]
        try:
            private = X25519PrivateKey.from_private_bytes(self._files[key_id])
            shared = private.exchange(X25519PublicKey.from_public_bytes(public))
            key = _derive(shared, public, self._files[f"{key_id}.pub"], use)
            return cipher(key).decrypt(_NONCE, blob[end + 32 :], head)
        except (InvalidTag, ValueError) as error:
            raise DamagedError(f"damaged: cannot be opened with key {key_id!r}") from error

    def secret(self, kind: str) -> str:
        """Returns the current key of `kind` in hex, for example `secret("django")` for Django's
        SECRET_KEY."""
        return self._files[self._latest(kind)].hex()

    def _latest(self, kind: str) -> str:
        found = self.ids(kind)
        if not found:
            remedy = _remedy(self._path, kind.removesuffix(".pub"))
            raise KeysError(f"{self._path} holds no key of kind {kind}. {remedy}")
        return found[-1]

    def _hasher(self, kind: str) -> hashlib.blake2b:
        if kind not in self._hashers:
            key = hashlib.blake2b(
                kind.encode(), key=self._files[self.epoch], person=b"vedette-token"
            )
            self._hashers[kind] = hashlib.blake2b(key=key.digest(), digest_size=TOKEN_BYTES)
        return self._hashers[kind]


def sealed_for(blob: bytes) -> str:
    """Returns the id of the key that opens sealed data. Raises `DamagedError` if the bytes are not sealed
    data."""
    start = len(_MAGIC) + 1
    if blob[: len(_MAGIC)] not in _CIPHERS or len(blob) < start:
        raise DamagedError("these bytes were not sealed by vedette")
    return blob[start : start + blob[len(_MAGIC)]].decode("ascii", "replace")


def proven(public: bytes, data: bytes, signature: bytes) -> bool:
    """Returns whether `signature` is valid for `data` under the public key `public` (Ed25519, 32 bytes)."""
    with suppress(InvalidSignature, ValueError):
        Ed25519PublicKey.from_public_bytes(public).verify(signature, data)
        return True
    return False


def read_public(file: Path) -> bytes:
    """Returns the public key in a `.pub` file. Raises `KeysError` if the key does not match the fingerprint
    in the name of the file.
    """
    if file.suffix != ".pub":
        raise KeysError(f"{file.name} is not a public half: the name of a public half ends in .pub")
    return _read(file)


def make_missing(
    path: Path,
    kinds: Sequence[str] = (
        *KINDS,
        *JOURNAL_KINDS,
        *BACKUP_KINDS,
        *DRAW_KINDS,
        *FORM_KINDS,
        *FIELD_KINDS,
        *ISSUER_KINDS,
    ),
) -> list[str]:
    """Makes a first key for each kind in `kinds` that has no key in the folder `path`. Returns the ids of the
    new keys.

    If the folder already contains a key of a kind, no new key of that kind is made. A lost key must be
    restored from the backup.
    """
    made = []
    # If two processes start for the first time at the same moment, only one set of keys is made.
    with locked(path):
        for kind in kinds:
            if any(path.glob(f"{kind}-*")):
                continue
            key = secrets.token_bytes(32)
            name = f"{kind}-1-{fingerprint(kind, key)}"
            if kind in _PAIRS:
                write(path / f"{name}.pub", _public(kind, key).hex())
            write(path / name, key.hex())
            made.append(name)
    return made


def _remedy(path: Path, kind: str = "") -> str:
    if kind in JOURNAL_KINDS:
        return "`vedette upgrade` makes the journal's keys; restore a lost key from your backup"
    if kind in FORM_KINDS:
        return "`vedette upgrade` makes it; forms that people are filling in then expire"
    if kind in ISSUER_KINDS:
        return "`vedette upgrade` makes it; restore a lost key from your backup"
    if kind in FIELD_KINDS:
        return "`vedette upgrade` makes it; a lost key loses the entries that devices sealed for it"
    if kind in BACKUP_KINDS:
        return "`vedette upgrade` makes it; restore a lost key with `vedette keys restore`"
    return (
        "Set VEDETTE_KEYS to the folder with the keys of this installation. "
        f"A new installation makes the keys with: python -m vedette.keys {path}"
    )


def _read(file: Path) -> bytes:
    """Returns the key in `file`. Raises `KeysError` if the key does not match the fingerprint in the name of
    the file.
    """
    match = KEY_NAME.fullmatch(file.name)
    try:
        key = bytes.fromhex(file.read_text("ascii").strip())
    except (OSError, ValueError) as error:
        raise KeysError(f"the key {file.name} in {file.parent} cannot be read") from error
    kind = match[1] + (match[4] or "") if match else ""
    if match is None or len(key) != 32 or fingerprint(kind, key) != match[3]:
        raise KeysError(
            f"{file.name} in {file.parent} does not contain the key of that name: "
            "restore it from your backup"
        )
    return key


def fingerprint(kind: str, key: bytes) -> str:
    """Returns eight hex digits that identify a key. The private and the public half of a key pair have the
    same fingerprint in their file names. The fingerprint is computed from the public half of the key pair.
    """
    shown = _public(kind, key) if kind in _PAIRS else key
    return hashlib.sha256(f"vedette {kind.removesuffix('.pub')} ".encode() + shown).hexdigest()[:8]


def _public(kind: str, private: bytes) -> bytes:
    if kind in _SIGNING:
        return Ed25519PrivateKey.from_private_bytes(private).public_key().public_bytes_raw()
    return X25519PrivateKey.from_private_bytes(private).public_key().public_bytes_raw()


def _derive(shared: bytes, once: bytes, recipient: bytes, use: bytes) -> bytes:
    return HKDF(SHA256(), 32, salt=once + recipient, info=use).derive(shared)
