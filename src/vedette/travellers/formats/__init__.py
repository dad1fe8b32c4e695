"""Registry of the message formats: recognises the format of a file and reads it into records.

A reader never raises because of the content of a message. Input that is not a message raises `Unreadable`,
with what it is instead, the place, and what to do.
"""

from __future__ import annotations

import re
from collections.abc import Callable

import msgspec

from vedette.formats import edifact
from vedette.formats.edifact import MAX_BYTES, MessageText, Unreadable
from vedette.travellers import records
from vedette.travellers.formats import paxlst, pnrgov, pnrgov_xml, us_paxlst

#: Stored with each row, because the original bytes may be deleted before the parser improves.
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
    """A format: its `name`, a description in one sentence, and its reader for a whole file."""

    name: str
    what: str
    read: Callable[[bytes], list[records.Message]]


class Kind(msgspec.Struct, frozen=True, kw_only=True):
    """A kind of message, as shown in the documentation and on pages. `name` is the value of `format` in its
    records; `sampled` names the versions with public samples, and is empty if the reader was written from the
    specification alone."""

    name: str
    what: str
    versions: str
    sampled: str = ""
    written: bool = False

    @property
    def source(self) -> str:
        """The sources from which the reader was written."""
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
    """Whether messages of this `format` are read from the specification alone, without a public sample."""
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
    """The type of a message: as UNH states it, also with one or two wrong letters, or if it states none, by
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
#: Names that a caller may use besides those of `FORMATS`, and the possible formats of each.
ALIASES = {
    "PAXLST": ("EDIFACT",),
    "PNRGOV": ("EDIFACT", "PNRGOV-XML"),
    "US-EDIFACT": ("EDIFACT",),
}

#: First bytes → kind of file, for files sent by mistake.
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
    """The name in `FORMATS` of the format of `data`. Raises `Unreadable` if no format matches."""
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
    """Reads every message of a file, in file order; `format` is a name of `FORMATS` or `ALIASES`, or None to
    recognise it.

    Raises `Unreadable` if nothing can be read, `KeyError` for an unknown `format`.
    """
    if format is None:
        return FORMATS[sniff(data)].read(data)
    meant = ALIASES.get(format.upper(), (format.upper(),))
    chosen = FORMATS[meant[0]]
    sniffed = sniff(data)
    return FORMATS[sniffed].read(data) if sniffed in meant else chosen.read(data)


def missing_parts(messages: list[records.Message]) -> list[records.Message]:
    """Returns the messages with a warning on the last present part of each transfer (common access reference,
    UNH 0068): `part_missing` if parts are missing, `eqn_count` if none is missing and the parts contain
    another number of bookings than they state."""
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
    """Describes the missing parts of a transfer; None if it is complete."""
    found = {part.envelope.sequence or 0 for part in parts}
    end = max((part.envelope.sequence or 0 for part in parts if part.envelope.last), default=0)
    if end and found >= set(range(1, end + 1)):
        return None
    absent = [n for n in range(1, max(found) + 1) if n not in found]
    missing = f"parts {', '.join(map(str, absent[:20]))} missing" if absent else "last part missing"
    return f"{len(found)} part(s) present, {missing}"


def _miscounted(parts: list[records.Message]) -> str | None:
    """Describes a difference between EQN and the number of bookings in the parts of a complete transfer in
    which each part occurs once. Some senders state in each part the number of its own bookings."""
    present = sum(len(part.bookings) for part in parts)
    stated = {part.stated_bookings for part in parts} - {None}
    once = len({part.envelope.sequence for part in parts}) == len(parts)
    each = all(part.stated_bookings in (None, len(part.bookings)) for part in parts)
    if not stated or not once or each or stated == {present}:
        return None
    said = ", ".join(str(n) for n in sorted(filter(None, stated))) or "0"
    return f"EQN says {said}, {present} bookings present in {len(parts)} parts"
