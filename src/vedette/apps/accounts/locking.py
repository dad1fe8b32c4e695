"""What must come back in clear and lie in the database in cipher: secrets of second factors, sessions.

The key is derived (HKDF) from the `django` key of this installation, one for each use; the id of
that key stands before the cipher, so that a new `django` key still opens what an older one locked.
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

from vedette.apps.keyring import keyring
from vedette.keys.ring import KeysError

_KIND = "django"
_NONCE_BYTES = 12


@functools.lru_cache(maxsize=32)
def _cipher(key: bytes, use: str) -> ChaCha20Poly1305:
    derived = HKDF(SHA256(), 32, salt=None, info=f"vedette {use} 1".encode()).derive(key)
    return ChaCha20Poly1305(derived)


def lock(text: str, use: str) -> str:
    """`text` in cipher: key id, colon, base64. `use` keeps keys for different things apart."""
    keys = keyring()
    key_id = keys.ids(_KIND)[-1]
    nonce = os.urandom(_NONCE_BYTES)
    sealed = _cipher(keys.key(key_id), use).encrypt(nonce, text.encode(), key_id.encode())
    return f"{key_id}:{base64.b64encode(nonce + sealed).decode()}"


def unlock(locked: str, use: str) -> str:
    """What `lock` took. Raises `KeysError`, naming the key, where it is lost or does not open this."""
    key_id, _, body = locked.partition(":")
    if not key_id.startswith(f"{_KIND}-"):
        raise KeysError("this was not locked by vedette")
    key = keyring().key(key_id)
    try:
        data = base64.b64decode(body, validate=True)
        clear = _cipher(key, use).decrypt(data[:_NONCE_BYTES], data[_NONCE_BYTES:], key_id.encode())
    except (InvalidTag, ValueError, binascii.Error) as error:
        raise KeysError(f"damaged: does not open with key {key_id!r}") from error
    return clear.decode()
