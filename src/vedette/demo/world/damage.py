"""Deliberate mistakes in a few messages, as real senders make them: the reader has to cope."""

from __future__ import annotations

import re

#: Which flights (by index in the backlog) get which mistake.
CNT_WRONG, UNA_DAMAGED, PART_LOST = 2, 5, 8


def passenger_list(index: int, data: bytes) -> bytes:
    """A CNT that counts three too many, or a UNA whose terminator is not the one used."""
    if index == CNT_WRONG:
        return re.sub(rb"CNT\+42:(\d+)", lambda m: b"CNT+42:%d" % (int(m[1]) + 3), data, count=1)
    if index == UNA_DAMAGED and data.startswith(b"UNA"):
        return data[:8] + b"*" + data[9:]
    return data


def lose_a_part(index: int, hours: int, parts: list[tuple[str, bytes]]) -> list[tuple[str, bytes]]:
    """The second part of one push never arrives."""
    if index == PART_LOST and hours == 24 and len(parts) > 1:
        return [parts[0], *parts[2:]]
    return parts


def garbage() -> list[tuple[str, bytes]]:
    """A file that is no message: an error page saved under a message's name."""
    page = b"<html><head><title>502 Bad Gateway</title></head><body>upstream</body></html>\r\n"
    return [("unknown", page + bytes(range(256)) * 4)]
