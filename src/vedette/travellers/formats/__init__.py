"""Bytes in, records out: every format that is read, in one dict, and the sniffing between them.

A reader never raises on the content of a message. What is no message at all is `Unreadable`: the
reason says what it is instead, the place, and what to do about it.
"""

from __future__ import annotations

import re
from collections.abc import Callable

import msgspec

from vedette.formats import edifact
from vedette.formats.edifact import MAX_BYTES, MessageText, Unreadable
from vedette.travellers import records
from vedette.travellers.formats import paxlst, pnrgov, pnrgov_xml, us_paxlst

#: Rows carry it: a later parser does not reach bytes that are gone.
PARSER_VERSION = "2"

__all__ = [
    "ALIASES",
    "FORMATS",
    "KINDS",
    "MAX_BYTES",
    "PARSER_VERSION",
    "Format",
    "Kind",
    "Unreadable",
    "from_specification",
    "missing_parts",
    "read",
    "sniff",
]


class Format(msgspec.Struct, frozen=True):
    """A format: its `name`, what it is in one sentence, and its reader over a whole file."""

    name: str
    what: str
    read: Callable[[bytes], list[records.Message]]


class Kind(msgspec.Struct, frozen=True, kw_only=True):
    """A kind of message, as documentation and pages tell it. `name` is what its records say in
    `format`; `sampled` are the versions of which public samples were at hand, none where it is built
    from the specification alone."""

    name: str
    what: str
    versions: str
    sampled: str = ""
    written: bool = False

    @property
    def source(self) -> str:
        """Where our knowledge of it comes from."""
        return f"public samples ({self.sampled})" if self.sampled else "from the specification"


KINDS: tuple[Kind, ...] = (
    Kind(
        name="PAXLST",
        what="passenger and crew list, UN/EDIFACT",
        versions="D.02B to D.17A",
        sampled="D.02B, D.05B",
        written=True,
    ),
    Kind(
        name="PAXLST",
        what="passenger and crew list, legacy US-EDIFACT",
        versions="001:000",
        sampled="001:000",
    ),
    Kind(
        name="PNRGOV",
        what="bookings of a flight, IATA PADIS EDIFACT",
        versions="10.1 to 18.1",
        sampled="11.1, 13.1",
        written=True,
    ),
    Kind(name="PNRGOV-XML", what="bookings of a flight, PADIS XML", versions="13.1, 14.1"),
)


def from_specification(name: str) -> bool:
    """Whether messages of this `format` are read without a public sample having been at hand."""
    return any(kind.name == name and not kind.sampled for kind in KINDS)


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
#: Names a caller may give, beside those of `FORMATS`, and what each may be, as its bytes say.
ALIASES = {
    "PAXLST": ("EDIFACT",),
    "PNRGOV": ("EDIFACT", "PNRGOV-XML"),
    "US-EDIFACT": ("EDIFACT",),
}

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
    """Every message of a file, in file order; `format` is a name of `FORMATS` or `ALIASES`, or None to
    sniff.

    Raises `Unreadable` where nothing can be read at all, `KeyError` for an unknown `format`.
    """
    if format is None:
        return FORMATS[sniff(data)].read(data)
    meant = ALIASES.get(format.upper(), (format.upper(),))
    chosen = FORMATS[meant[0]]
    sniffed = sniff(data)
    return FORMATS[sniffed].read(data) if sniffed in meant else chosen.read(data)


def missing_parts(messages: list[records.Message]) -> list[records.Message]:
    """The same messages, with a warning on the last part present of every transfer (common access
    reference, UNH 0068): `part_missing` where some parts are not among them, `eqn_count` where all are
    and hold another number of bookings than they state."""
    transfers: dict[tuple[str | None, str], list[int]] = {}
    for at, message in enumerate(messages):
        envelope = message.envelope
        whole = envelope.sequence == 1 and envelope.last is True
        if envelope.sequence is not None and not whole:
            ref = envelope.common_access_ref or ""
            transfers.setdefault((envelope.sender, ref), []).append(at)
    result = list(messages)
    for places in transfers.values():
        parts = [messages[at] for at in places]
        code, text = "part_missing", _absent(parts)
        if text is None:
            code, text = "eqn_count", _miscounted(parts)
        if text is not None:
            warning = records.Warning(
                code=code, message=text, segment="UNH", offset=parts[-1].offset
            )
            last = result[places[-1]]
            result[places[-1]] = msgspec.structs.replace(last, warnings=(*last.warnings, warning))
    return result


def _absent(parts: list[records.Message]) -> str | None:
    """Which parts of a transfer are missing; None where it is whole."""
    found = {part.envelope.sequence or 0 for part in parts}
    end = max((part.envelope.sequence or 0 for part in parts if part.envelope.last), default=0)
    if end and found >= set(range(1, end + 1)):
        return None
    absent = [n for n in range(1, max(found) + 1) if n not in found]
    missing = f"parts {', '.join(map(str, absent[:20]))} missing" if absent else "last part missing"
    return f"{len(found)} part(s) present, {missing}"


def _miscounted(parts: list[records.Message]) -> str | None:
    """What EQN says against what the parts of a whole transfer hold, each there once. Some senders
    count the bookings of each part."""
    present = sum(len(part.bookings) for part in parts)
    stated = {part.stated_bookings for part in parts} - {None}
    once = len({part.envelope.sequence for part in parts}) == len(parts)
    each = all(part.stated_bookings in (None, len(part.bookings)) for part in parts)
    if not stated or not once or each or stated == {present}:
        return None
    said = ", ".join(str(n) for n in sorted(filter(None, stated))) or "0"
    return f"EQN says {said}, {present} bookings present in {len(parts)} parts"
