"""Checks passwords against a file of breached passwords, without network access.

The file is the Pwned Passwords download: one line `SHA1:COUNT` for each password, in upper-case hexadecimal,
sorted by hash. Binary search reads about 30 lines of the 40 GB.
"""

from __future__ import annotations

import hashlib
import os
from typing import BinaryIO

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured, ValidationError
from django.utils.translation import gettext

_HASH = 40
#: Maximum length of a line: a hash, a colon, a count and the line end.
_LONGEST_LINE = 80


class BreachedPasswordValidator:
    """Refuses a password whose hash is in the file of `VEDETTE_BREACHED_PASSWORDS`, if that is set."""

    def validate(self, password: str, user: object = None) -> None:
        """Raises `ValidationError` for a breached password, `ImproperlyConfigured` if the file cannot be
        read."""
        if settings.BREACHED_PASSWORDS is None:
            return
        digest = hashlib.sha1(password.encode(), usedforsecurity=False).hexdigest().upper()
        try:
            with open(settings.BREACHED_PASSWORDS, "rb") as file:
                found = holds(file, digest.encode())
        except OSError as error:
            raise ImproperlyConfigured(
                "VEDETTE_BREACHED_PASSWORDS names a file that cannot be read"
            ) from error
        if found:
            raise ValidationError(self.get_help_text(), code="password_breached")

    def get_help_text(self) -> str:
        """The text shown where a password is asked for, and where it is refused."""
        return gettext(
            "This password appears in a known data breach. Choose a password that you use nowhere"
            " else."
        )


def holds(file: BinaryIO, digest: bytes) -> bool:
    """Whether a line of the sorted `file` begins with `digest` (40 upper-case hexadecimal characters)."""
    low, high = 0, os.fstat(file.fileno()).st_size
    while low < high:
        middle = (low + high) // 2
        start, line = _line_from(file, middle)
        if start >= high or line[:_HASH] > digest:
            high = middle
        elif line[:_HASH] == digest:
            return True
        else:
            low = start + len(line)
    return False


def _line_from(file: BinaryIO, offset: int) -> tuple[int, bytes]:
    """The first line that begins at or after `offset`, with its position."""
    if offset:
        file.seek(offset - 1)
        skipped = file.readline(_LONGEST_LINE)
        offset += len(skipped) - 1
    else:
        file.seek(0)
    return offset, file.readline(_LONGEST_LINE)
