"""Writes EDIFACT text from values: releases components and omits empty ones at the end (ISO 9735)."""

from __future__ import annotations

import re

_SPECIAL = re.compile(r"([?:+'*])")
_CONTROL = re.compile(r"[\x00-\x1f\x7f]+")


def composite(*values: str | int | None) -> str:
    """Joins components, with release characters added and empty ones at the end omitted."""
    texts = ["" if value is None else _escape(str(value)) for value in values]
    while texts and not texts[-1]:
        texts.pop()
    return ":".join(texts)


def segment(tag: str, *composites: str) -> str:
    """Builds a segment without its terminator from composites made by `composite`."""
    return "+".join([tag, *composites]).rstrip("+")


def _escape(text: str) -> str:
    return _SPECIAL.sub(r"?\1", _CONTROL.sub(" ", text))
