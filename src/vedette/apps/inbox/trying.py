"""A message read as it would be in earnest, for the page that tries one. Nothing is stored."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass, field

import msgspec

from vedette import kinds
from vedette.apps.inbox import wording
from vedette.formats import edifact
from vedette.travellers import formats, records

#: A message of at most this many segments is shown whole; of a longer one, what stands round warnings.
WHOLE = 300
#: Warnings shown in place, travellers and bookings listed; what is beyond is counted.
MOST = 200
#: Bytes of one segment shown.
_LONG = 600
#: Free text, where what must not be kept may stand: named, never shown.
_FREE_TEXT = frozenset(("FTX", "IFT", "LTS", "SSR", "OSI"))


@dataclass
class Line:
    """A segment with the warnings that stand in it; `gap` where segments before it are left out."""

    offset: int
    tag: str
    text: str
    hidden: bool
    gap: bool
    told: list[wording.Told] = field(default_factory=list)


@dataclass(frozen=True)
class One:
    """One message of what was tried."""

    message: records.Message
    kind: str
    #: Its format was built without a public sample.
    unsampled: bool
    travellers: list[records.Traveller]
    bookings: list[records.Booking]
    total: int
    told: list[wording.Told]
    dropped: list[tuple[str, int]]


@dataclass(frozen=True)
class Tried:
    """What came of it: messages, or why it was refused and at which byte."""

    messages: list[One]
    segments: int = 0
    lines: list[Line] = field(default_factory=list)
    whole: bool = True
    refused: str = ""
    offset: int | None = None

    @property
    def clean(self) -> bool:
        """Read without any warning."""
        return not self.refused and not any(one.told for one in self.messages)


def tried(data: bytes) -> Tried:
    """What `data` says, read by the readers of the intake. Never raises on content."""
    try:
        messages = list(formats.read(data))
    except formats.Unreadable as error:
        return Tried([], refused=wording.failure({"reason": error.reason}), offset=error.offset)
    warnings = [w for m in messages for w in m.warnings]
    segments = _segments(data)
    whole = len(segments) <= WHOLE
    return Tried(
        [_one(message) for message in messages],
        len(segments),
        _lines(data, segments, warnings, whole),
        whole,
    )


def _one(message: records.Message) -> One:
    travellers = [*message.travellers, *(t for b in message.bookings for t in b.travellers)]
    return One(
        message=message,
        kind=wording.kind(message.format, message.function or ""),
        unsampled=kinds.readers().from_specification(message.format),
        travellers=travellers[:MOST],
        bookings=list(message.bookings[:MOST]),
        total=len(travellers),
        told=wording.grouped(msgspec.to_builtins(w) for w in message.warnings),
        dropped=[(wording.dropped_kind(d.kind), d.count) for d in message.dropped],
    )


def _segments(data: bytes) -> list[edifact.Seg]:
    """All segments in order; none where the message is not EDIFACT."""
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
) -> list[Line]:
    starts = [seg.offset for seg in segments]
    at: dict[int, list[wording.Told]] = {}
    for warning in warnings:
        if warning.offset is not None and starts:
            place = max(bisect_right(starts, warning.offset) - 1, 0)
            at.setdefault(place, []).append(wording.told(msgspec.to_builtins(warning)))
    places = sorted(at)[:MOST]
    shown = sorted({n for p in places for n in (p - 1, p, p + 1) if 0 <= n < len(segments)})
    lines: list[Line] = []
    last = -1
    for n in range(len(segments)) if whole else shown:
        lines.append(_line(data, segments[n], n > last + 1, at.get(n, [])))
        last = n
    return lines


def _line(data: bytes, seg: edifact.Seg, gap: bool, told: list[wording.Told]) -> Line:
    hidden = seg.tag in _FREE_TEXT
    raw = data[seg.offset : seg.offset + min(seg.length, _LONG)]
    text = "" if hidden else raw.decode("utf-8", "replace")
    return Line(seg.offset, seg.tag, text, hidden, gap, told)
