"""Contains the keys of this installation, and encrypts stored values that must be decrypted later. The
encrypted values are secrets of second factors, sessions, reasons and file names.

Each use has its own key, which is derived (HKDF) from the `django` key of this installation. The id of the
`django` key precedes the ciphertext, so that values encrypted under an older `django` key can still be
decrypted.
"""

from __future__ import annotations

import base64
import binascii
import functools
import os

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from django.conf import settings

from vedette.keys.ring import Keys, KeysError

_KIND = "django"
_NONCE_BYTES = 12


def keyring() -> Keys:
    """The keys that the settings loaded. Raises `RuntimeError` if the settings loaded no keys."""
    keys: Keys | None = settings.KEYS
    if keys is None:
        raise RuntimeError("there are no keys: set VEDETTE_KEYS to their folder")
    return keys


@functools.lru_cache(maxsize=32)
def _cipher(key: bytes, use: str) -> ChaCha20Poly1305:
    derivation = HKDF(SHA256(), 32, salt=None, info=f"vedette {use} 1".encode())
    return ChaCha20Poly1305(derivation.derive(key))


def lock(text: str, use: str) -> str:
    """Encrypts `text`. The encrypted text consists of the id of the key, a colon, and the ciphertext in
    base64. Different values of `use` have different keys.
    """
    keys = keyring()
    key_id = keys.ids(_KIND)[-1]
    nonce = os.urandom(_NONCE_BYTES)
    sealed = _cipher(keys.key(key_id), use).encrypt(nonce, text.encode(), key_id.encode())
    return f"{key_id}:{base64.b64encode(nonce + sealed).decode()}"


def lock_bytes(data: bytes, use: str) -> bytes:
    """Encrypts bytes, for example a picture. The result begins with the id of the key and a colon."""
    keys = keyring()
    key_id = keys.ids(_KIND)[-1].encode()
    nonce = os.urandom(_NONCE_BYTES)
    return (
        key_id + b":" + nonce + _cipher(keys.key(key_id.decode()), use).encrypt(nonce, data, key_id)
    )


def unlock_bytes(locked: bytes, use: str) -> bytes:
    """Decrypts bytes that `lock_bytes` encrypted. Raises `KeysError`, with the id of the key, if the key is
    missing or wrong.
    """
    key_id, _, data = locked.partition(b":")
    if not key_id.startswith(f"{_KIND}-".encode()) or len(key_id) > 100:
        raise KeysError("the value was not encrypted by vedette")
    key = keyring().key(key_id.decode())
    try:
        return _cipher(key, use).decrypt(data[:_NONCE_BYTES], data[_NONCE_BYTES:], key_id)
    except (InvalidTag, ValueError) as error:
        raise KeysError(
            f"the value is damaged: it cannot be decrypted with key {key_id.decode()!r}"
        ) from error


def unlocked(stored: bytes | memoryview, use: str) -> str:
    """Returns the decrypted text of an encrypted column. The text is empty if the value was deleted or cannot
    be decrypted."""
    try:
        return unlock(bytes(stored).decode(), use) if stored else ""
    except KeysError:
        return ""


def unlock(locked: str, use: str) -> str:
    """Decrypts a text that `lock` encrypted. Raises `KeysError`, with the id of the key, if the key is
    missing or wrong.
    """
    key_id, _, body = locked.partition(":")
    if not key_id.startswith(f"{_KIND}-"):
        raise KeysError("the value was not encrypted by vedette")
    key = keyring().key(key_id)
    try:
        data = base64.b64decode(body, validate=True)
        clear = _cipher(key, use).decrypt(data[:_NONCE_BYTES], data[_NONCE_BYTES:], key_id.encode())
    except (InvalidTag, ValueError, binascii.Error) as error:
        raise KeysError(
            f"the value is damaged: it cannot be decrypted with key {key_id!r}"
        ) from error
    return clear.decode()
