"""Parses JSON bodies of API requests, with limits on size and depth that are checked first."""

from __future__ import annotations

import json
import re
from typing import Any

from django.http import HttpRequest
from ninja.parser import Parser

#: Maximum bytes of a JSON body, and maximum nesting. The deepest body of the API has three levels.
MOST_BYTES = 1024 * 1024
MOST_DEPTH = 16
#: A string, or an unterminated one. The pattern does not backtrack: a megabyte of unclosed quotes would
#: otherwise be scanned to its end from each quote.
_STRING = re.compile(rb'"(?:[^"\\]|\\.)*+"?', re.DOTALL)
_NOT_BRACKETS = bytes(set(range(256)) - set(b"[]{}"))


class Bounded(Parser):
    """Reads a body as JSON in UTF-8; ninja answers a `ValueError` with status 400."""

    def parse_body(self, request: HttpRequest) -> Any:
        """The body as Python objects. Raises `ValueError` if it is too large, too deep, or not JSON."""
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
    """NaN and Infinity are not valid JSON (RFC 8259)."""
    raise ValueError("not a number")
