"""The encrypted field that contains the answers of a person on each page.

The process keeps no state. The field contains the number of the form, the page, and the values that the
person entered. The field is encrypted and authenticated with the key `form`. Neither the person nor anybody
who copies a page can therefore change the number or skip a page. The field expires, so that a page that stays
open on a shared telephone cannot be used later. The number determines the code (`cash/codes.py`), and the
person sees the code on the last page only.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import secrets
import uuid
from typing import Any

import msgspec
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305

from vedette.cash import codes

#: Seconds after which a page expires, and after which a form expires.
PAGE_S, FORM_S = 2 * 3600, 24 * 3600
#: The maximum length of the field. The answers of a complete form need about 5,000 characters.
MOST = 60_000
_ABOUT = b"vedette cash form 1"
_SALT = 16
#: Each field has a key of its own, so the nonce may be constant.
_NONCE = bytes(12)


class Tampered(Exception):
    """The error that is raised if the field was not created by this installation, or was changed."""


class Expired(Exception):
    """The error that is raised if the page or the form is too old."""


class TooLarge(Exception):
    """The error that is raised if the answers are too long for the field."""


class State(msgspec.Struct, kw_only=True):
    """The content of the field: the number of the form, the time at which the form was begun, the time at
    which its present page was created (both in seconds since 1970), the present page, and the values that the
    person entered on each page (page → field → text, list of texts, or rows).
    """

    number: int
    began: int
    at: int
    step: str
    answers: dict[str, dict[str, Any]] = {}

    @property
    def code(self) -> str:
        """The code of the form."""
        return codes.encode(self.number)


_DECODER = msgspec.msgpack.Decoder(State)


def new(step: str, now: int) -> State:
    """Returns the state of a new form with a random number."""
    return State(number=secrets.randbits(codes.BITS), began=now, at=now, step=step)


def seal(key: bytes, state: State) -> str:
    """Returns the field. `key` has 32 bytes. Raises `TooLarge` if the answers are too long."""
    salt = secrets.token_bytes(_SALT)
    plain = msgspec.msgpack.encode(state)
    sealed = ChaCha20Poly1305(_derive(key, salt)).encrypt(_NONCE, plain, _ABOUT)
    text = base64.urlsafe_b64encode(salt + sealed).decode("ascii")
    if len(text) > MOST:
        raise TooLarge
    return text


def unseal(key: bytes, text: str, now: int) -> State:
    """Decrypts the field and returns its state. Raises `Tampered` or `Expired`."""
    if len(text) > MOST:
        raise Tampered
    try:
        data = base64.b64decode(text.encode("ascii"), altchars=b"-_", validate=True)
        cipher = ChaCha20Poly1305(_derive(key, data[:_SALT]))
        state = _DECODER.decode(cipher.decrypt(_NONCE, data[_SALT:], _ABOUT))
    except (ValueError, binascii.Error, InvalidTag, msgspec.DecodeError) as error:
        raise Tampered from error
    # A page of another process may be a second ahead.
    if not -60 <= now - state.at <= PAGE_S or now - state.began > FORM_S:
        raise Expired
    return state


def identity(key: bytes, data: bytes) -> uuid.UUID:
    """Returns the id of a submission. The same form with the same content has the same id, so that it is
    stored once. Without the key, nobody can guess the content of a form and check whether this content was
    sent."""
    return uuid.UUID(
        bytes=hashlib.blake2b(data, key=key, digest_size=16, person=b"cash form id").digest()
    )


def _derive(key: bytes, salt: bytes) -> bytes:
    return hashlib.blake2b(salt, key=key, digest_size=32, person=b"cash form page").digest()
