"""EDIFACT text from values: components released, empty ones at the end left out (ISO 9735)."""

from __future__ import annotations

import re

_SPECIAL = re.compile(r"([?:+'*])")
_CONTROL = re.compile(r"[\x00-\x1f\x7f]+")


def composite(*values: str | int | None) -> str:
    """Components with release characters, empty ones at the end left out."""
    texts = ["" if value is None else _escape(str(value)) for value in values]
    while texts and not texts[-1]:
        texts.pop()
    return ":".join(texts)


def segment(tag: str, *composites: str) -> str:
    """A segment without its terminator; `composites` are ready (see `composite`)."""
    return "+".join([tag, *composites]).rstrip("+")


def _escape(text: str) -> str:
    return _SPECIAL.sub(r"?\1", _CONTROL.sub(" ", text))
