"""Recognises the format of a file, and reads its messages as records.

A reader never raises an exception because of the content of a message. If the input is not a message, the
registry raises `Unreadable`. The text of the exception states the kind of input, the position of the error,
and the remedy.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import msgspec

from vedette.core.kind import EdifactReader, FileReader, Kind, Reader
from vedette.core.records import Message, Warning
from vedette.formats.edifact import FIRST, MAX_BYTES, MessageText, Unreadable, interchanges

__all__ = ["MAX_BYTES", "Registry", "Unreadable", "missing_parts"]

EDIFACT = "EDIFACT"
#: If UNH contains no type, this number of segments is examined to recognise the type.
_LOOKED_AT = 60

#: The first bytes of files that are sent by mistake → the kind of file and what to do.
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


class Registry:
    """Contains the message readers of all kinds of subject. The registry chooses the reader for each
    message."""

    def __init__(self, readers: Sequence[Reader]) -> None:
        self.readers = tuple(readers)
        self._files = {r.name: r for r in readers if isinstance(r, FileReader)}
        self._edifact: dict[str, list[EdifactReader]] = {}
        for reader in readers:
            if isinstance(reader, EdifactReader):
                self._edifact.setdefault(reader.type, []).append(reader)
        #: Name that a caller may pass to `read` → the possible file formats.
        self.names: dict[str, tuple[str, ...]] = {EDIFACT: (EDIFACT,)} if self._edifact else {}
        self.names |= {name: (name,) for name in self._files}
        for reader in readers:
            of = reader.name if isinstance(reader, FileReader) else EDIFACT
            for name in (reader.name, *reader.aliases):
                self.names[name] = tuple(dict.fromkeys((*self.names.get(name, ()), of)))

    @property
    def public(self) -> frozenset[str]:
        """The names of the formats of public forms."""
        return frozenset(name for name, reader in self._files.items() if reader.public)

    def from_specification(self, name: str) -> bool:
        """Returns whether the reader of a format was written from the specification alone, without a public
        sample."""
        return any(reader.name == name and not reader.sampled for reader in self.readers)

    def sniff(self, data: bytes) -> str:
        """Returns the format of a file: `EDIFACT`, or the name of a `FileReader`. Raises `Unreadable` if no
        format matches."""
        if len(data) > MAX_BYTES:
            raise Unreadable(
                f"{len(data)} bytes, the limit is {MAX_BYTES}; send it in parts",
                MAX_BYTES,
            )
        if not data.strip(b" \t\r\n\x00\x02\x03\x1a"):
            raise Unreadable("empty file; send the message again")
        head = data[:4096]
        for name, reader in self._files.items():
            if reader.binary and reader.sniff(head, data):
                return name
        for magic, what in _MAGIC:
            if data.startswith(magic):
                raise Unreadable(what)
        if head.count(0) > len(head) // 4:
            raise Unreadable(
                "UTF-16 text or binary data; save it as UTF-8 or Latin-1 and send it again"
            )
        for name, reader in self._files.items():
            if not reader.binary and reader.sniff(head, data):
                return name
        if FIRST.search(data.decode("latin-1")):
            return EDIFACT
        roots = _listed(reader.root for reader in self._files.values() if reader.root)
        if roots and head.removeprefix(b"\xef\xbb\xbf").lstrip().startswith(b"<"):
            raise Unreadable(f"XML of another kind; only {roots} can be read")
        others = "".join(f" and no {reader.called}" for reader in self._files.values())
        raise Unreadable(
            f"no EDIFACT (neither UNA, UNB nor UNH){others}; send the message as received"
        )

    def read(self, data: bytes, format: str | None = None) -> list[Any]:
        """Reads all messages of a file, in the order of the file. `format` must be one of `names`. If
        `format` is None, the format is recognised from the content.

        Raises `Unreadable` if nothing can be read, and `KeyError` for an unknown format.
        """
        meant = self.names[format.upper()] if format is not None else None
        name = self.sniff(data)
        if meant is not None and name not in meant:
            name = meant[0]
        return self._read_edifact(data) if name == EDIFACT else self._files[name].read(data)

    def _read_edifact(self, data: bytes) -> list[Message]:
        messages: list[Message] = []
        unknown: MessageText | None = None
        for message in interchanges(data):
            reader = self._reader(message)
            if reader is not None:
                messages.append(reader.read(message))
            else:
                unknown = unknown or message
        if unknown is not None and not messages:
            kind = unknown.type if re.fullmatch(r"[A-Z]{6}", unknown.type) else "of an unknown type"
            raise Unreadable(
                f"EDIFACT message {kind}; only {_listed(self._edifact)} can be read",
                unknown.unh.offset,
            )
        if unknown is not None:
            text = "a message of another type in the same file was skipped"
            messages[-1] = _warned(messages[-1], "segment_unexpected", text, unknown.unh.offset)
        if not messages:
            raise Unreadable("EDIFACT without a message: no UNH; send the interchange as received")
        return messages

    def _reader(self, message: MessageText) -> EdifactReader | None:
        """Returns the reader for the type of a message and, if the type has several dialects, for its
        dialect."""
        readers = self._edifact.get(self._type(message) or "", [])
        dialects = (r for r in readers if r.dialect is not None and r.dialect(message))
        return next(dialects, None) or next((r for r in readers if r.dialect is None), None)

    def _type(self, message: MessageText) -> str | None:
        """Returns the type of a message that UNH states, even if one letter of the type is wrong. If UNH
        contains no type, the type is recognised from segments that occur only in messages of one type.
        """
        stated = message.type
        if stated in self._edifact:
            return stated
        if stated:
            return next((own for own in self._edifact if len(set(stated) & set(own)) >= 5), None)
        own = (
            type_
            for seg in message.segments[:_LOOKED_AT]
            for type_, readers in self._edifact.items()
            if any(seg.tag in reader.tags for reader in readers)
        )
        return next(own, None)


def _listed(names: Any) -> str:
    """Returns a text that lists the names, in the form `A`, `A and B` or `A, B and C`."""
    *others, last = [*names] or [""]
    return f"{', '.join(others)} and {last}" if others else last


def _warned(message: Message, code: str, text: str, offset: int | None) -> Message:
    """Returns the message with an additional warning about its UNH segment."""
    warning = Warning(code=code, message=text, segment="UNH", offset=offset)
    return msgspec.structs.replace(message, warnings=(*message.warnings, warning))


def missing_parts(messages: Sequence[Any], kinds: Mapping[str, Kind]) -> list[Any]:
    """Returns the messages, with warnings about incomplete transfers. The parts of a transfer have the same
    common access reference (UNH 0068). If parts are missing, the last part that was received gets the warning
    `part_missing`. If all parts were received, but the number of records differs from the stated number, the
    last part gets the warning `eqn_count`.
    """
    transfers: dict[tuple[str | None, str], list[int]] = {}
    for at, message in enumerate(messages):
        envelope = message.envelope
        if envelope.sequence is not None and (envelope.sequence, envelope.last) != (1, True):
            transfer = envelope.sender, envelope.common_access_ref or ""
            transfers.setdefault(transfer, []).append(at)
    result = list(messages)
    for places in transfers.values():
        parts = [messages[at] for at in places]
        code, text = "part_missing", _absent(parts)
        if text is None:
            kind = kinds.get(parts[0].kind)
            miscounted: Callable[[Any], str | None] | None = kind.miscounted if kind else None
            code, text = "eqn_count", miscounted(parts) if miscounted is not None else None
        if text is not None:
            result[places[-1]] = _warned(parts[-1], code, text, parts[-1].offset)
    return result


def _absent(parts: Sequence[Message]) -> str | None:
    """Returns a description of the missing parts of a transfer, or None if the transfer is complete."""
    found = {part.envelope.sequence or 0 for part in parts}
    end = max((part.envelope.sequence or 0 for part in parts if part.envelope.last), default=0)
    if end and found >= set(range(1, end + 1)):
        return None
    absent = [n for n in range(1, max(found) + 1) if n not in found]
    missing = f"parts {', '.join(map(str, absent[:20]))} missing" if absent else "last part missing"
    return f"{len(found)} part(s) present, {missing}"
