"""Bytes in, records out: every format that is read, in one dict, and the sniffing between them.

A reader never raises on the content of a message. What is no message at all is `Unreadable`: the
reason says what it is instead, the place, and what to do about it.
"""

from __future__ import annotations

import re
from collections.abc import Callable

import msgspec

from vedette import records
from vedette.formats import edifact, paxlst, pnrgov, pnrgov_xml, us_paxlst
from vedette.formats.edifact import MAX_BYTES, MessageText, Unreadable

__all__ = [
    "ALIASES",
    "FORMATS",
    "MAX_BYTES",
    "Format",
    "Unreadable",
    "missing_parts",
    "read",
    "sniff",
]


class Format(msgspec.Struct, frozen=True):
    """A format: its `name`, what it is in one sentence, and its reader over a whole file."""

    name: str
    what: str
    read: Callable[[bytes], list[records.Message]]


def _edifact(data: bytes) -> list[records.Message]:
    messages = []
    unknown: MessageText | None = None
    for message in edifact.interchanges(data):
        kind = _kind(message)
        if kind == "PAXLST":
            reader = us_paxlst if us_paxlst.is_us(message) else paxlst
            messages.append(reader.read(message))
        elif kind == "PNRGOV":
            messages.append(pnrgov.read(message))
        else:
            unknown = unknown or message
    if unknown is not None and not messages:
        kind = unknown.type if re.fullmatch(r"[A-Z]{6}", unknown.type) else "of an unknown type"
        raise Unreadable(
            f"EDIFACT message {kind}; PAXLST and PNRGOV are read here", unknown.unh.offset
        )
    if unknown is not None:
        warning = records.Warning(
            code="segment_unexpected",
            message="a message of another type in the same file was skipped",
            segment="UNH",
            offset=unknown.unh.offset,
        )
        messages[-1] = msgspec.structs.replace(
            messages[-1], warnings=(*messages[-1].warnings, warning)
        )
    if not messages:
        raise Unreadable("EDIFACT without a message: no UNH; send the interchange as received")
    return messages


def _kind(message: MessageText) -> str | None:
    """The type of a message: as UNH states it, a letter or two damaged, or, where it states none, by
    the segments that only one type has."""
    stated = message.type
    for kind in ("PAXLST", "PNRGOV"):
        if len(set(stated) & set(kind)) >= 5:
            return kind
    if stated:
        return None
    for seg in message.segments[:60]:
        if seg.tag in ("SRC", "TIF", "MSG", "EQN"):
            return "PNRGOV"
        if seg.tag in ("NAD", "PDT"):
            return "PAXLST"
    return None


FORMATS: dict[str, Format] = {
    "EDIFACT": Format("EDIFACT", "PAXLST and PNRGOV in UN/EDIFACT, told apart by UNH", _edifact),
    "PNRGOV-XML": Format("PNRGOV-XML", "PNRGOV in PADIS XML 13.1 and 14.1", pnrgov_xml.read),
}
#: Names a caller may give for a format, beside those of `FORMATS`.
ALIASES = {"PAXLST": "EDIFACT", "PNRGOV": "EDIFACT", "US-EDIFACT": "EDIFACT"}

#: First bytes → what it is, for what is sent by mistake.
_MAGIC: tuple[tuple[bytes, str], ...] = (
    (b"PK\x03\x04", "a ZIP archive; unpack it and send the messages in it"),
    (b"PK\x05\x06", "an empty ZIP archive; send the messages themselves"),
    (b"\x1f\x8b", "a gzip file; unpack it first"),
    (b"BZh", "a bzip2 file; unpack it first"),
    (b"\xfd7zXZ", "an xz file; unpack it first"),
    (b"7z\xbc\xaf\x27\x1c", "a 7-Zip archive; unpack it first"),
    (b"\xff\xd8\xff", "a JPEG picture; send the message as text"),
    (b"\x89PNG", "a PNG picture; send the message as text"),
    (b"GIF8", "a GIF picture; send the message as text"),
    (b"%PDF", "a PDF document; send the message as text"),
    (b"\xd0\xcf\x11\xe0", "an Office document or Outlook mail; send the message as text"),
    (b"\x00\x00\xfe\xff", "UTF-32 text; save it as UTF-8 or Latin-1 and send it again"),
    (b"\xff\xfe", "UTF-16 text; save it as UTF-8 or Latin-1 and send it again"),
    (b"\xfe\xff", "UTF-16 text; save it as UTF-8 or Latin-1 and send it again"),
)


def sniff(data: bytes) -> str:
    """The name in `FORMATS` of what `data` is. Raises `Unreadable` where it is nothing we read."""
    if len(data) > MAX_BYTES:
        raise Unreadable(
            f"{len(data)} bytes, the limit is {MAX_BYTES}; send one flight a file, or in parts",
            MAX_BYTES,
        )
    if not data.strip(b" \t\r\n\x00\x02\x03\x1a"):
        raise Unreadable("empty file; send the message again")
    for magic, what in _MAGIC:
        if data.startswith(magic):
            raise Unreadable(what)
    head = data[:4096]
    if head.count(0) > len(head) // 4:
        raise Unreadable(
            "UTF-16 text or binary data; save it as UTF-8 or Latin-1 and send it again"
        )
    start = head.removeprefix(b"\xef\xbb\xbf").lstrip()
    if start.startswith(b"<"):
        if b"IATA_PNRGOV" in head:
            return "PNRGOV-XML"
        if edifact.find(data) is None:
            raise Unreadable("XML of another kind; IATA_PNRGOV_NotifRQ is read here")
    if edifact.find(data) is None:
        raise Unreadable(
            "no EDIFACT (neither UNA, UNB nor UNH) and no PNRGOV XML; send the message as received"
        )
    return "EDIFACT"


def read(data: bytes, format: str | None = None) -> list[records.Message]:
    """Every message of a file, in file order; `format` is a name of `FORMATS`, or None to sniff.

    Raises `Unreadable` where nothing can be read at all, `KeyError` for an unknown `format`.
    """
    if format is None:
        return FORMATS[sniff(data)].read(data)
    chosen = FORMATS[ALIASES.get(format.upper(), format.upper())]
    sniff(data)
    return chosen.read(data)


def missing_parts(messages: list[records.Message]) -> list[records.Message]:
    """The same messages, with `part_missing` on the last part present of every transfer (common
    access reference, UNH 0068) of which some parts are not among them."""
    transfers: dict[tuple[str | None, str], list[int]] = {}
    for at, message in enumerate(messages):
        envelope = message.envelope
        whole = envelope.sequence == 1 and envelope.last is True
        if envelope.sequence is not None and not whole:
            ref = envelope.common_access_ref or ""
            transfers.setdefault((envelope.sender, ref), []).append(at)
    result = list(messages)
    for places in transfers.values():
        found = {messages[at].envelope.sequence or 0 for at in places}
        ended = [messages[at].envelope.sequence or 0 for at in places if messages[at].envelope.last]
        end = max(ended, default=0)
        if end and found >= set(range(1, end + 1)):
            continue
        absent = [n for n in range(1, max(found) + 1) if n not in found]
        text = (
            f"parts {', '.join(map(str, absent[:20]))} missing" if absent else "last part missing"
        )
        last = places[-1]
        warning = records.Warning(
            code="part_missing", message=f"{len(found)} part(s) present, {text}", segment="UNH"
        )
        result[last] = msgspec.structs.replace(
            result[last], warnings=(*result[last].warnings, warning)
        )
    return result
