"""Reduces a name to the letters by which names are compared and sorted."""

from __future__ import annotations

import re

from anyascii import anyascii

_NOT_LETTERS = re.compile(r"[^A-Z]+")


def fold(text: str | None) -> str:
    """The upper-case Latin letters of a text after transliteration; empty for None."""
    if not text:
        return ""
    upper = text.upper() if text.isascii() else anyascii(text).upper()
    return upper if upper.isalpha() else _NOT_LETTERS.sub("", upper)
