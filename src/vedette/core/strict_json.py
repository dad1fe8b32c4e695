"""Strictly parses JSON that comes from outside vedette. Python's own reader accepts doubled keys and `NaN`,
and fails with an internal error if a text contains thousands of nested brackets.
"""

from __future__ import annotations

import json
from collections import Counter
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Any

from vedette.core.errors import Failure

#: Greatest size of a file in bytes, and greatest depth of nested lists and objects.
MAX_BYTES, MAX_DEPTH = 64 << 20, 40


class JsonError(Failure):
    """The error that is raised if a text is not valid JSON. The message states the reason and the
    position."""


def read(path: Path, max_bytes: int = MAX_BYTES) -> Any:
    """Reads a JSON file (UTF-8). Numbers with a fraction become `Decimal`.

    Raises `JsonError` if the file cannot be read, is larger than `max_bytes`, or is not strict JSON.
    """
    try:
        with path.open("rb") as file:
            content = file.read(max_bytes + 1)
    except OSError as error:
        raise JsonError(f"{path}: {error.strerror}") from error
    if len(content) > max_bytes:
        raise JsonError(f"{path}: larger than {max_bytes} bytes")
    return loads(content, str(path))


def loads(content: bytes | str, name: str) -> Any:
    """Decodes a JSON text. `name` names the source in error messages. Numbers with a fraction become
    `Decimal`.

    Raises `JsonError` for a doubled key, for `NaN` and infinite numbers, for more than `MAX_DEPTH` nested
    brackets, for half of a surrogate pair, and for a text that is not JSON or not UTF-8.
    """
    try:
        text = content if isinstance(content, str) else content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise JsonError(f"{name}: byte {error.start} is not UTF-8") from error
    _check_depth(text, name)
    try:
        found = json.loads(
            text, object_pairs_hook=_no_doubled, parse_constant=_no_constant, parse_float=_number
        )
        if "\\u" in text:
            _check_texts(found)
        return found
    except json.JSONDecodeError as error:
        raise JsonError(
            f"{name}: line {error.lineno}, column {error.colno}: {error.msg}"
        ) from error
    except ValueError as error:
        raise JsonError(f"{name}: {error}") from error


def _check_depth(text: str, name: str) -> None:
    depth, quoted, escaped = 0, False, False
    for place, sign in enumerate(text):
        if quoted:
            if escaped:
                escaped = False
            elif sign == "\\":
                escaped = True
            elif sign == '"':
                quoted = False
        elif sign == '"':
            quoted = True
        elif sign in "[{":
            depth += 1
            if depth > MAX_DEPTH:
                raise JsonError(f"{name}: character {place}: more than {MAX_DEPTH} nested brackets")
        elif sign in "]}":
            depth -= 1


def _no_doubled(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        key = Counter(key for key, _ in pairs).most_common(1)[0][0]
        raise ValueError(f"the key {key[:60]!r} occurs twice in one object")
    return found


def _no_constant(text: str) -> Any:
    raise ValueError(f"{text} is not a number of JSON")


def _check_texts(value: Any) -> None:
    """Refuses half of a surrogate pair (`\\ud800`): it cannot be written in UTF-8, so it has no hash."""
    if isinstance(value, str):
        if any("\ud800" <= sign <= "\udfff" for sign in value):
            raise ValueError("a text contains half of a surrogate pair")
    elif isinstance(value, dict | list):
        for part in value:
            _check_texts(part)
        if isinstance(value, dict):
            _check_texts(list(value.values()))


def _number(text: str) -> Decimal:
    try:
        value = Decimal(text)
    except InvalidOperation:
        # An exponent of more than 18 digits. The error is no `ValueError`.
        value = None
    if value is None or abs(value.adjusted()) > 300:
        raise ValueError("a number is too large or too small")
    return value
