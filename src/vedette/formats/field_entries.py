"""The formats of field entries, which are recorded on a device without a network: the content of an entry,
and the file that contains encrypted entries.

The content of an entry is a head in JSON, followed by its photographs. The device encrypts the content
(`keys/ring.py`), and a worker decrypts it. All input of this module may be hostile. Sizes and types are
checked, and no content raises an exception other than `Unreadable`.

    content   4 bytes (length of the head, big-endian) · head · photographs, one after the other
    file      first line · for each entry one line of JSON (id, owner, made, size, hash) · sealed bytes
"""

from __future__ import annotations

import datetime as dt
import hashlib
import json
import uuid
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any
from zoneinfo import ZoneInfo

from vedette.core import strict_json

#: Limits: sealed bytes of an entry, its head, photographs, the fields and the letters of a value.
MOST_BYTES, MOST_HEAD, MOST_PHOTOGRAPHS = 8 * 1024 * 1024, 256 * 1024, 5
MOST_FIELDS, MOST_LETTERS = 200, 8_000
#: A new entry, a correction or a withdrawal of an earlier entry.
WHATS = ("new", "correct", "withdraw")
#: The first line of a file with sealed entries.
FILE = b"vedette field entries 1\n"
MOST_LINE = 2_000


class Unreadable(Exception):
    """The error that is raised if the content of an entry cannot be read. `part` is the name of the
    unreadable part.
    """

    def __init__(self, part: str) -> None:
        super().__init__(part)
        self.part = part


@dataclass(frozen=True)
class Entry:
    """An entry as it was recorded on the device. `made` is the time according to the clock of the device.
    `kind` is the kind of entry, and `target` is the object for which it was recorded (an operation). `form`
    and `template` identify the version of the form. If the entry corrects or withdraws an earlier entry,
    `amends` is the id of the earlier entry, and `why` is the reason.
    """

    id: uuid.UUID
    owner: uuid.UUID
    made: dt.datetime
    kind: str
    target: uuid.UUID
    form: str
    template: int = 0
    zone: str = ""
    values: Mapping[str, str] = field(default_factory=dict)
    what: str = "new"
    amends: uuid.UUID | None = None
    why: str = ""
    photographs: tuple[bytes, ...] = ()


@dataclass(frozen=True)
class Sealed:
    """An encrypted entry in a file, with the data that the device states about it."""

    id: uuid.UUID
    owner: uuid.UUID
    made: dt.datetime
    blob: bytes


@dataclass(frozen=True)
class Damaged:
    """A part of a file that cannot be read: its number, counted from 1, and the position at which it
    begins."""

    number: int
    offset: int


def write(entry: Entry) -> bytes:
    """Returns the content of an entry, in the format in which the device writes it."""
    head: dict[str, Any] = {
        "id": str(entry.id), "owner": str(entry.owner), "made": entry.made.isoformat(),
        "kind": entry.kind, "target": str(entry.target), "form": entry.form,
        "template": entry.template, "zone": entry.zone, "values": dict(entry.values),
        "what": entry.what, "why": entry.why, "photographs": [len(one) for one in entry.photographs],
    }  # fmt: skip
    if entry.amends:
        head["amends"] = str(entry.amends)
    text = json.dumps(head, ensure_ascii=False).encode()
    return len(text).to_bytes(4, "big") + text + b"".join(entry.photographs)


def read(content: bytes) -> Entry:
    """Reads the content of an entry. Raises `Unreadable`, and no other exception."""
    length = int.from_bytes(content[:4], "big")
    if not 0 < length <= MOST_HEAD or len(content) < 4 + length:
        raise Unreadable("head")
    try:
        head = strict_json.loads(content[4 : 4 + length], "entry")
    except strict_json.JsonError as error:
        raise Unreadable("head") from error
    if not isinstance(head, dict):
        raise Unreadable("head")
    sizes = head.get("photographs", [])
    rest = content[4 + length :]
    if (
        not isinstance(sizes, list)
        or len(sizes) > MOST_PHOTOGRAPHS
        or any(type(one) is not int or one <= 0 for one in sizes)
        or sum(sizes) != len(rest)
    ):
        raise Unreadable("photographs")
    what = _text(head, "what", 10) or "new"
    amends = _id(head, "amends") if head.get("amends") is not None else None
    template = head.get("template", 0)
    if what not in WHATS or (amends is None) != (what == "new"):
        raise Unreadable("what")
    if type(template) is not int or not 0 <= template < 1_000_000:
        raise Unreadable("template")
    pictures, at = [], 0
    for size in sizes:
        pictures.append(rest[at : at + size])
        at += size
    return Entry(
        id=_id(head, "id"), owner=_id(head, "owner"), made=time(head.get("made")),
        kind=_text(head, "kind", 20), target=_id(head, "target"), form=_text(head, "form", 20),
        template=template, zone=_zone(_text(head, "zone", 60)), values=_values(head.get("values", {})),
        what=what, amends=amends, why=_text(head, "why", 500), photographs=tuple(pictures),
    )  # fmt: skip


def _text(head: Mapping[str, Any], name: str, most: int) -> str:
    found = head.get(name, "")
    if not isinstance(found, str) or len(found) > most:
        raise Unreadable(name)
    return found.replace("\0", "")


def _id(head: Mapping[str, Any], name: str) -> uuid.UUID:
    try:
        return uuid.UUID(_text(head, name, 36))
    except ValueError as error:
        raise Unreadable(name) from error


def time(stated: object) -> dt.datetime:
    """Returns a time that a device states, in UTC. Raises `Unreadable`."""
    try:
        if not isinstance(stated, str) or len(stated) > 40:
            raise ValueError
        found = dt.datetime.fromisoformat(stated)
        if found.tzinfo is None or not 1970 <= found.year <= 9000:
            raise ValueError
        return found.astimezone(dt.UTC)
    except (ValueError, OverflowError) as error:
        raise Unreadable("made") from error


def _zone(name: str) -> str:
    """Returns the name of the device's time zone, or an empty text if this time zone is unknown on this
    machine."""
    try:
        return ZoneInfo(name).key if name else ""
    except (ValueError, OSError, KeyError):
        return ""


def _values(stated: object) -> dict[str, str]:
    if not isinstance(stated, dict) or len(stated) > MOST_FIELDS:
        raise Unreadable("values")
    for key, value in stated.items():
        if not isinstance(value, str) or len(key) > 60 or len(value) > MOST_LETTERS:
            raise Unreadable("values")
    return {key: value.replace("\0", "") for key, value in stated.items()}


def write_file(entries: list[Sealed]) -> bytes:
    """Returns a file with encrypted entries, in the format in which the device writes it."""
    parts = [FILE]
    for one in entries:
        line = {
            "id": str(one.id), "owner": str(one.owner), "made": one.made.isoformat(),
            "size": len(one.blob), "hash": hashlib.sha256(one.blob).hexdigest(),
        }  # fmt: skip
        parts += [json.dumps(line).encode() + b"\n", one.blob]
    return b"".join(parts)


def read_file(content: bytes) -> Iterator[Sealed | Damaged]:
    """Reads a file with encrypted entries. Complete entries are yielded even if the file was truncated. A
    truncated or damaged part is yielded as `Damaged`. Raises `Unreadable` if the file is not a file of
    entries.
    """
    if not content.startswith(FILE):
        raise Unreadable("file")
    at, number = len(FILE), 0
    while at < len(content):
        number += 1
        end = content.find(b"\n", at, at + MOST_LINE)
        try:
            line = strict_json.loads(content[at:end] if end >= 0 else b"", "entry")
            size = line["size"]
            if type(size) is not int or not 0 < size <= MOST_BYTES:
                raise Unreadable("size")
            blob = content[end + 1 : end + 1 + size]
            found = Sealed(_id(line, "id"), _id(line, "owner"), time(line.get("made")), blob)
            whole = hashlib.sha256(blob).hexdigest() == line.get("hash")
        except (strict_json.JsonError, KeyError, TypeError, AttributeError, Unreadable):
            # Without the size, the beginning of the next entry is not known.
            yield Damaged(number, at)
            return
        yield found if whole else Damaged(number, at)
        at = end + 1 + size
