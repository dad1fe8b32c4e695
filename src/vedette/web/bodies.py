"""JSON that the API is sent: bounded in size and depth before anything looks at it."""

from __future__ import annotations

import json
import re
from typing import Any

from django.http import HttpRequest
from ninja.parser import Parser

#: Bytes of a JSON body, and levels of it. The deepest of ours has three.
MOST_BYTES = 1024 * 1024
MOST_DEPTH = 16
#: A string, or what begins one and never ends. Nothing is tried twice: a megabyte of quotes that never
#: close would otherwise be read from each of them to its end.
_STRING = re.compile(rb'"(?:[^"\\]|\\.)*+"?', re.DOTALL)
_NOT_BRACKETS = bytes(set(range(256)) - set(b"[]{}"))


class Bounded(Parser):
    """Reads a body as JSON in UTF-8; what ninja makes of a `ValueError` is an answer of 400."""

    def parse_body(self, request: HttpRequest) -> Any:
        """The body as Python has it. Raises `ValueError` for one too large, too deep, or no JSON."""
        body = request.body
        if len(body) > MOST_BYTES or _depth(body) > MOST_DEPTH:
            raise ValueError("too large or too deep")
        return json.loads(body, parse_constant=_no_number)


def _depth(body: bytes) -> int:
    depth = deepest = 0
    for byte in _STRING.sub(b"", body).translate(None, _NOT_BRACKETS):
        depth += 1 if byte in b"[{" else -1
        deepest = max(deepest, depth)
    return deepest


def _no_number(text: str) -> Any:
    """NaN and Infinity are no JSON (RFC 8259)."""
    raise ValueError("no number")
