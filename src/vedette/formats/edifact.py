"""Reads UN/EDIFACT: takes bytes, yields messages of parsed segments, and checks every service segment.

A damaged service segment (UNA, UNB … UNZ) gives a warning, never an error. A file is `Unreadable` only if it
contains no EDIFACT or exceeds the limits below. `segments.py` splits the text into segments.
"""

from __future__ import annotations

import datetime as dt
import itertools
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from vedette.core import records
from vedette.formats.dates import stamp
from vedette.formats.segments import (
    BLANK,
    FIRST,
    TAGS,
    Chunk,
    Seg,
    Syntax,
    Unreadable,
    chunk_end,
    show,
    syntax_of,
    whole,
)

__all__ = ["MAX_BYTES", "TAGS", "MessageText", "Seg", "Unreadable", "interchanges", "whole"]

#: Larger files are refused. With these limits the worst accepted file takes less than ten seconds and
#: 600 MB; the largest message known (PNRGOV, 850 people) has about 60,000 segments.
MAX_BYTES = 32 * 1024 * 1024
MAX_SEGMENTS = 500_000
#: Elements, components and released characters together: each becomes an object of about seventy bytes.
MAX_PARTS = 5_000_000
#: Maximum number of interchanges, each of which may have its own separators, and of messages.
MAX_INTERCHANGES = 20_000
MAX_MESSAGES = 20_000
#: For each kind of damage, at most this number of warnings state a place; the other places are only counted.
_NAMED = 100
#: Maximum length of a text before the first segment, such as a Type-B header (`QU BRUXXYY`, `.PARXXYY
#: 241000`). A longer text is reported.
_HEADER = 200


@dataclass(slots=True, eq=False)
class MessageText:
    """One message from UNH to UNT: the `segments` between them, the `envelope`, the `warnings` about its
    service segments, and `body`, the input of the resend hash."""

    unh: Seg
    segments: list[Seg]
    unt: Seg | None
    #: The unsplit text of the segments.
    bodies: list[str]
    syntax: Syntax
    envelope: records.Envelope
    warnings: list[records.Warning] = field(default_factory=list)

    @property
    def type(self) -> str:
        """The message type in UNH, such as PAXLST or PNRGOV, in upper case."""
        return self.unh.get(2).strip().upper()

    @property
    def prepared_on(self) -> dt.date:
        """The day from which centuries are determined: when the message was prepared, or today if UNB does
        not state it."""
        return (self.envelope.prepared or dt.datetime.now()).date()

    @property
    def body(self) -> bytes:
        """The resolved segments: LF between segments, US between elements, RS between components."""
        text = "\n".join(self.bodies)
        text = text.replace(self.syntax.element, "\x1f").replace(self.syntax.component, "\x1e")
        try:
            return text.encode("latin-1")
        except UnicodeEncodeError:
            return show(text).encode("latin-1", "replace")

    def warn(self, code: str, message: str, seg: Seg | None = None) -> None:
        """Adds a warning; `seg` is its place."""
        self.warnings.append(
            records.Warning(
                code=code,
                message=message,
                # Text in the place of a tag may be part of a name, so only known tags are reported.
                segment=seg.tag if seg and (seg.tag in TAGS or seg.tag == "UNA") else None,
                offset=seg.offset if seg else None,
            )
        )

    def warn_each(self, code: str, message: str, places: Sequence[Seg]) -> None:
        """Adds the same warning for each of these segments; after the first hundred, adds one warning with
        the number of the remaining segments."""
        for seg in places[:_NAMED]:
            self.warn(code, message, seg)
        if len(places) > _NAMED:
            self.warn(code, f"{message}; {len(places) - _NAMED} more like it", places[_NAMED])


def interchanges(data: bytes) -> Iterator[MessageText]:
    """All messages of a file in order, from all its interchanges and groups.

    Raises `Unreadable` only if the file contains no EDIFACT or exceeds `MAX_BYTES`, `MAX_SEGMENTS` or
    `MAX_PARTS`; every other error becomes a warning of its message.
    """
    if len(data) > MAX_BYTES:
        raise Unreadable(
            f"{len(data)} bytes, the limit is {MAX_BYTES}; send it in parts",
            MAX_BYTES,
        )
    # A message in lower case is converted to upper case, which changes neither separators nor offsets.
    # Latin-1 gives one character per byte, so positions in the text are byte offsets.
    text = (data.upper() if data.islower() else data).decode("latin-1")
    found = FIRST.search(text)
    if found is None:
        raise Unreadable(
            "no EDIFACT: neither UNA, UNB nor UNH; send the message as it was received"
        )
    held: list[MessageText] = []
    end = 0
    room = (MAX_SEGMENTS, MAX_PARTS)
    left = MAX_INTERCHANGES
    while found is not None:
        if not left:
            raise Unreadable(
                f"more than {MAX_INTERCHANGES} interchanges in one file; send them in several", end
            )
        left -= 1
        syntax, start = syntax_of(text, found)
        before = text[end : found.start()].strip(BLANK)
        next_end = chunk_end(text, start, syntax)
        room = _within(text, start, next_end, syntax, room)
        messages = _messages(Chunk(text, start, next_end, syntax))
        if messages:
            if syntax.una is False:
                una = Seg("UNA", found.start(), start - found.start(), "", syntax)
                messages[0].warn("una_invalid", "UNA does not state the separators in use", una)
            if len(before) > (0 if end else _HEADER):
                messages[0].warn(
                    "text_outside", "text before UNB was skipped", Seg("", end, 0, "", syntax)
                )
            yield from held
            held = messages
        end = next_end
        found = FIRST.search(text, end)
    if held and text[end:].strip(BLANK + "N"):
        held[-1].warn("text_outside", "text after UNZ was skipped", Seg("", end, 0, "", syntax))
    yield from held


def _within(
    text: str, start: int, end: int, syntax: Syntax, room: tuple[int, int]
) -> tuple[int, int]:
    """The remaining limits after an interchange. Counts segments and elements before any text is split."""
    segments = text.count(syntax.terminator, start, end)
    marks = {syntax.element, syntax.component, syntax.release} - {""}
    parts = sum(text.count(mark, start, end) for mark in marks)
    if segments > room[0]:
        raise Unreadable(
            f"{segments} segments, the limit is {MAX_SEGMENTS} a file; send it in parts",
            start,
        )
    if parts > room[1]:
        raise Unreadable(
            f"{parts} elements, the limit is {MAX_PARTS} a file; it is not a message", start
        )
    return room[0] - segments, room[1] - parts


@dataclass(slots=True)
class _Level:
    """The state of an envelope around messages (UNB to UNZ or UNG to UNE) while its content is read."""

    opening: str
    closing: str
    head: Seg | None = None
    open: bool = False
    inside: int = 0

    def start(self, seg: Seg) -> None:
        """Records the opening segment."""
        self.head, self.open, self.inside = seg, True, 0

    def end(self, seg: Seg | None, last: MessageText | None) -> None:
        """Checks the closing segment, or reports that it is missing (`seg` is None)."""
        was_open, self.open = self.open, False
        code = self.closing.lower()
        if last is None:
            return
        if seg is None:
            if was_open:
                text = f"{self.opening} without its {self.closing}"
                last.warn(f"{code}_missing", text, self.head)
        elif not was_open:
            last.warn("segment_unexpected", f"{self.closing} without its {self.opening}", seg)
        else:
            _check_count(last, f"{code}_count", seg, self.inside)
            if self.head is not None and seg.get(2).strip() != self.head.get(5).strip():
                text = f"reference of {self.closing} is not that of {self.opening}"
                last.warn(f"{code}_reference", text, seg)


def _check_count(message: MessageText, code: str, seg: Seg, present: int) -> None:
    stated = whole(seg.get(1).strip(), 9)
    if stated is None:
        message.warn(code, f"{seg.tag} states no number, {present} present", seg)
    elif stated != present:
        message.warn(code, f"{seg.tag} says {stated}, {present} present", seg)


def _messages(chunk: Chunk) -> list[MessageText]:
    """The messages of one interchange, with warnings about its envelopes."""
    segs = chunk.segs
    starts = [at for at in chunk.marks if segs[at].tag != "UNT"]
    messages: list[MessageText] = []
    if len(starts) > MAX_MESSAGES:
        raise Unreadable(
            f"more than {MAX_MESSAGES} messages in one file; send them in several", segs[0].offset
        )
    stray = segs[: starts[0]] if starts else []
    interchange, group = _Level("UNB", "UNZ"), _Level("UNG", "UNE")
    grouped = False
    for at, stop in itertools.pairwise([*starts, len(segs)]):
        seg, last = segs[at], messages[-1] if messages else None
        if seg.tag == "UNH":
            messages.append(_message(chunk, at, stop, interchange.head))
            group.inside += 1
            interchange.inside += not grouped
            continue
        stray += segs[at + 1 : stop]
        if seg.tag == "UNB":
            interchange.start(seg)
        elif seg.tag == "UNG":
            group.end(None, last)
            group.start(seg)
            interchange.inside = 1 if not grouped else interchange.inside + 1
            grouped = True
        elif seg.tag == "UNE":
            group.end(seg, last)
        else:
            group.end(None, last)
            interchange.end(seg, last)
    if messages:
        _close(messages, group, interchange, stray, chunk)
    return messages


def _close(
    messages: list[MessageText], group: _Level, interchange: _Level, stray: list[Seg], chunk: Chunk
) -> None:
    group.end(None, messages[-1])
    interchange.end(None, messages[-1])
    if interchange.head is None:
        messages[0].warn(
            "unb_missing", "message without an interchange header UNB", messages[0].unh
        )
    messages[-1].warn_each("segment_unexpected", "segment outside any message was skipped", stray)
    starts = [message.unh.offset for message in messages]
    kinds: dict[tuple[int, str, str], list[Seg]] = {}
    for code, text, seg in chunk.problems:
        home = max(bisect_right(starts, seg.offset) - 1, 0)
        kinds.setdefault((home, code, text), []).append(seg)
    for (home, code, text), places in kinds.items():
        messages[home].warn_each(code, text, places)


def _message(chunk: Chunk, at: int, stop: int, unb: Seg | None) -> MessageText:
    """The message with its UNH at `at`. The message ends with the last UNT before `stop`. Known segments
    after a UNT still belong to the message, so that no person is lost."""
    segs, bodies = chunk.segs, chunk.bodies
    end = stop
    while end > at + 1 and segs[end - 1].tag not in TAGS:
        end -= 1
    unt_at = next((x for x in range(end - 1, at, -1) if segs[x].tag == "UNT"), end)
    unt = segs[unt_at] if unt_at < end else None
    message = MessageText(
        unh=segs[at],
        segments=segs[at + 1 : unt_at] + segs[unt_at + 1 : end],
        unt=unt,
        bodies=bodies[at + 1 : unt_at] + bodies[unt_at + 1 : end],
        syntax=chunk.syntax,
        envelope=_envelope(segs[at], unb),
    )
    if unt is None:
        message.warn("unt_missing", "message without its UNT: it may be cut off", segs[end - 1])
    else:
        _check_count(message, "unt_count", unt, unt_at - at + 1)
        if unt.get(2).strip() != segs[at].get(1).strip():
            message.warn("unt_reference", "reference of UNT is not that of UNH", unt)
        if unt_at + 1 < end:
            after = segs[unt_at + 1]
            message.warn("segment_unexpected", "segments follow UNT; they were read", after)
    message.warn_each("segment_unexpected", "segment behind UNT was skipped", segs[end:stop])
    return message


def _envelope(unh: Seg, unb: Seg | None) -> records.Envelope:
    version, release = unh.get(2, 1).strip(), unh.get(2, 2).strip()
    sequence = unh.get(4).strip()
    flag = unh.get(4, 1).strip().upper()
    alone = not sequence and not flag
    return records.Envelope(
        sender=(unb and unb.get(2).strip()) or None,
        recipient=(unb and unb.get(3).strip()) or None,
        prepared=stamp(unb.get(4).strip(), unb.get(4, 1).strip()) if unb else None,
        interchange_ref=(unb and unb.get(5).strip()) or None,
        message_ref=unh.get(1).strip() or None,
        release=f"{version}:{release}".strip(":") or None,
        common_access_ref=unh.get(3).strip() or None,
        sequence=1 if alone else whole(sequence, 4),
        last=True if alone else {"F": True, "C": False}.get(flag),
    )
