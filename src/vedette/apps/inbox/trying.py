"""Reads a message that a user wants to test on a page. The same readers are used as for received messages.
Nothing is stored.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import msgspec

from vedette import kinds
from vedette.apps.inbox import wording
from vedette.core import records
from vedette.formats import edifact

#: A message with at most this many segments is shown whole. For a longer message, only the segments near
#: warnings are shown.
WHOLE = 300
#: The maximum number of warnings shown beside their segments, and of records listed. The others are only
#: counted.
MOST = 200
#: The maximum number of bytes of a segment that are shown.
_LONG = 600
#: Segments with free text, which may contain data that must not be kept: their content is not shown.
_FREE_TEXT = frozenset(("FTX", "IFT", "LTS", "SSR", "OSI"))


@dataclass(frozen=True)
class Tried:
    """The messages of the file, and the segments that are shown. If the file was refused, `refused` is the
    reason and `offset` is the position of the byte at which reading stopped.
    """

    messages: list[dict[str, Any]]
    segments: int = 0
    lines: list[dict[str, Any]] = field(default_factory=list)
    whole: bool = True
    refused: str = ""
    offset: int | None = None

    @property
    def clean(self) -> bool:
        """Whether the file was read without any warning."""
        return not self.refused and not any(one["told"] for one in self.messages)


def tried(data: bytes) -> Tried:
    """Reads the messages in the bytes of a file. The same readers are used as for received messages. The
    function never raises an exception because of the content of a file."""
    try:
        messages = kinds.read(data)
    except edifact.Unreadable as error:
        return Tried([], refused=wording.failure({"reason": error.reason}), offset=error.offset)
    segments = _segments(data)
    whole = len(segments) <= WHOLE
    return Tried(
        [_one(message) for message in messages],
        len(segments),
        _lines(data, segments, [w for m in messages for w in m.warnings], whole),
        whole,
    )


def _one(message: records.Message) -> dict[str, Any]:
    """Returns one message of the file, with the template of its kind and the context `shown` for this
    template."""
    of_kind = wording.REGISTERED[message.kind]
    return {
        "message": message,
        "kind": wording.kind(message.format, message.function or ""),
        # Whether the reader of the format was written without a public sample.
        "unsampled": kinds.readers().from_specification(message.format),
        "template": of_kind.tried_template,
        "shown": of_kind.tried(message, MOST),
        "told": wording.grouped(msgspec.to_builtins(w) for w in message.warnings),
        "dropped": [(wording.dropped_kind(d.kind), d.count) for d in message.dropped],
    }


def _segments(data: bytes) -> list[edifact.Seg]:
    """Returns all segments of the message in order. The result is empty if the message is not EDIFACT."""
    found: list[edifact.Seg] = []
    try:
        for message in edifact.interchanges(data):
            found += [message.unh, *message.segments]
            if message.unt is not None:
                found.append(message.unt)
    except edifact.Unreadable:
        return []
    return sorted(found, key=lambda seg: seg.offset)


def _lines(
    data: bytes, segments: Sequence[edifact.Seg], warnings: Sequence[records.Warning], whole: bool
) -> list[dict[str, Any]]:
    starts = [seg.offset for seg in segments]
    at: dict[int, list[wording.Told]] = {}
    for warning in warnings:
        if warning.offset is not None and starts:
            place = max(bisect_right(starts, warning.offset) - 1, 0)
            at.setdefault(place, []).append(wording.told(msgspec.to_builtins(warning)))
    shown = {n for p in sorted(at)[:MOST] for n in (p - 1, p, p + 1) if 0 <= n < len(segments)}
    places = range(len(segments)) if whole else sorted(shown)
    return [
        _line(data, segments[n], n > before + 1, at.get(n, []))
        for before, n in zip((-1, *places), places, strict=False)
    ]


def _line(
    data: bytes, segment: edifact.Seg, gap: bool, told: Sequence[wording.Told]
) -> dict[str, Any]:
    """Returns a segment of the message with the warnings about the segment. `gap` is true if the segments
    directly before this segment are not shown."""
    hidden = segment.tag in _FREE_TEXT
    raw = data[segment.offset : segment.offset + min(segment.length, _LONG)]
    return {
        "offset": segment.offset,
        "tag": segment.tag,
        "text": "" if hidden else raw.decode("utf-8", "replace"),
        "hidden": hidden,
        "gap": gap,
        "told": told,
    }
