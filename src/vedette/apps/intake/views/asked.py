"""What came in a request, made safe to use."""

from __future__ import annotations


def plain(text: str) -> str:
    """Short, and without the NUL that PostgreSQL refuses."""
    return text[:100].replace("\0", "")


def page_number(text: str) -> int:
    """The number of a page, 1 where it is none."""
    number = int(text) if text.isascii() and text.isdecimal() and len(text) < 6 else 1
    return max(number, 1)
