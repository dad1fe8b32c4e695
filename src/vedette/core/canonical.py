"""The canonical form (RFC 8785) of objects that may be released, from which hashes are computed, and the
versions of these objects.

Two installations compute the same hash of the same object. A quantity is a decimal string, because JSON
numbers above 2⁵³ are not exact, and a fraction can be written in several ways. All numbers in an object are
therefore whole numbers of at most 2⁵³ − 1.
"""

from __future__ import annotations

import hashlib
import uuid
from typing import Any

import rfc8785

#: Greatest whole number that every JSON reader reads exactly (RFC 7493, 2.2).
MOST = 2**53 - 1


class NotCanonical(ValueError):
    """The error that is raised if a value has no canonical form. The text of the error states the position
    and the cause.
    """


def canonical(value: Any) -> bytes:
    """Returns the canonical form of a JSON value. Raises `NotCanonical` for a fraction, a number above 2⁵³, a
    key that is not a text, half of a surrogate pair, and for anything that is not JSON.
    """
    _check(value, "$", 0)
    return rfc8785.dumps(value)


def digest(value: Any) -> str:
    """Returns the SHA-256 of the canonical form in hex."""
    return hashlib.sha256(canonical(value)).hexdigest()


def version(
    type: str, id: uuid.UUID, owner: uuid.UUID, number: int, parent: str | None, content: Any
) -> dict[str, Any]:
    """Returns one version of an object in the form from which its hash is computed.

    `owner` is the id of the organisation to which the object belongs. `parent` is the hash of the previous
    version; only the first version (number 1) has no `parent`. Raises `NotCanonical`.
    """
    if number < 1 or (number == 1) is not (parent is None):
        raise NotCanonical("$.parent: each version except the first names the hash of its parent")
    made = {
        "type": type, "id": str(id), "owner": str(owner), "version": number, "parent": parent,
        "content": content,
    }  # fmt: skip
    canonical(made)
    return made


def _check(value: Any, place: str, depth: int) -> None:
    if depth > 40:
        raise NotCanonical(f"{place}: more than 40 levels")
    if isinstance(value, str):
        if any("\ud800" <= sign <= "\udfff" for sign in value):
            raise NotCanonical(f"{place}: half of a surrogate pair")
    elif value is None or isinstance(value, bool):
        pass
    elif isinstance(value, int):
        if abs(value) > MOST:
            raise NotCanonical(f"{place}: a number beyond 2^53 must be a text")
    elif isinstance(value, dict):
        for key, part in value.items():
            if not isinstance(key, str):
                raise NotCanonical(f"{place}: a key that is not a text")
            _check(key, place, depth + 1)
            _check(part, f"{place}.{key}" if key.isidentifier() else f"{place}.?", depth + 1)
    elif isinstance(value, list | tuple):
        for number, part in enumerate(value):
            _check(part, f"{place}[{number}]", depth + 1)
    else:
        raise NotCanonical(f"{place}: {type(value).__name__} has no canonical form; use a text")
