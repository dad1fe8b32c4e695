"""Patterns of LIKE: `%` stands for any characters, `_` for one."""

from __future__ import annotations

import re


def like_regex(pattern: str, ignore_case: bool) -> str:
    """A pattern as a regular expression of Rust's kind. (Python's would not do: `%a%a%a…` takes it
    for ever.)"""
    parts = {"%": ".*", "_": "."}
    flags = "(?is)" if ignore_case else "(?s)"
    return f"{flags}^{''.join(parts.get(letter, re.escape(letter)) for letter in pattern)}$"


def like(text: str, pattern: str, ignore_case: bool) -> bool:
    """Whether a text is like a pattern; in time of their product at most."""
    if ignore_case:
        text, pattern = text.casefold(), pattern.casefold()
    at = here = 0
    star, kept = -1, 0
    while at < len(text):
        if here < len(pattern) and pattern[here] == "%":
            star, kept, here = here, at, here + 1
        elif here < len(pattern) and pattern[here] in ("_", text[at]):
            at, here = at + 1, here + 1
        elif star >= 0:
            # The last % takes one character more.
            kept += 1
            at, here = kept, star + 1
        else:
            return False
    return not pattern[here:].strip("%")
