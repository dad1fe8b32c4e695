"""Compares the values of an XML message with the printed records: they must contain every leaf text, except
those of elements that are named as not kept."""

from __future__ import annotations

import json
import re
from typing import Any

from defusedxml.ElementTree import fromstring

from vedette.formats import as_json
from vedette.goods import formats


def printed(data: bytes) -> list[dict[str, Any]]:
    """The messages of a file as `vedette parse` prints them."""
    return [as_json.message(m, "f", n) for n, m in enumerate(formats.read(data), 1)]


def _values(value: Any) -> set[str]:
    if isinstance(value, dict):
        return set().union(*map(_values, value.values()))
    if isinstance(value, list):
        return set().union(*map(_values, value))
    return {str(value)}


def lost(data: bytes, not_kept: str) -> tuple[list[str], int]:
    """The leaves that the records do not contain, as `path = text`, and the number of leaves examined. The
    pattern `not_kept` matches the paths of elements that are deliberately not kept."""
    kept = _values(printed(data))
    numbers = {float(v) for v in kept if re.fullmatch(r"-?\d+(\.\d+)?", v)}
    text = "\n".join(kept)
    missing, count = [], 0
    waiting = [(fromstring(data, forbid_dtd=True), "")]
    while waiting:
        element, path = waiting.pop()
        path += "/" + element.tag.rpartition("}")[2]
        waiting += [(kid, path) for kid in element]
        value = " ".join((element.text or "").split())
        if not value or len(element) or re.search(not_kept, path):
            continue
        count += 1
        number = re.fullmatch(r"-?\d+(\.\d+)?", value)
        if value in text or (number and float(value) in numbers):
            continue
        if value.replace(".", "").replace(" ", "") in text or value.upper() in text:
            continue
        missing.append(f"{path} = {value}")
    return missing, count


def dumped(data: bytes) -> str:
    """The messages as one text, for searches in failures of tests."""
    return json.dumps(printed(data), ensure_ascii=False)
