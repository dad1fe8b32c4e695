"""Writes segments of EDIFACT (ISO 9735)."""

from __future__ import annotations

import re

_SPECIAL = re.compile(r"([?:+'*])")
_CONTROL = re.compile(r"[\x00-\x1f\x7f]+")


def composite(*values: str | int | None) -> str:
    """Joins components to a composite. Adds release characters, and omits empty components at the end (ISO
    9735)."""
    texts = ("" if value is None else _CONTROL.sub(" ", str(value)) for value in values)
    return _joined(":", [_SPECIAL.sub(r"?\1", text) for text in texts])


def segment(tag: str, *composites: str) -> str:
    """Builds a segment, without its terminator, from the results of `composite`."""
    return _joined("+", [tag, *composites])


def _joined(separator: str, parts: list[str]) -> str:
    while parts and not parts[-1]:
        parts.pop()
    return separator.join(parts)
