"""The content of field entries and the file that carries them: hostile input, cut files."""

from __future__ import annotations

import datetime as dt
import json
import random
import uuid

import pytest

from vedette.formats import field_entries
from vedette.formats.field_entries import Damaged, Entry, Sealed, Unreadable

MADE = dt.datetime(2026, 11, 24, 14, 35, tzinfo=dt.UTC)
ENTRY = Entry(
    id=uuid.UUID(int=1), owner=uuid.UUID(int=2), made=MADE, kind="operation", target=uuid.UUID(int=3),
    form="seizure", template=2, zone="Africa/Dakar", values={"place": "Quai 4", "note": "é" * 900},
    photographs=(b"\xff\xd8one", b"\xff\xd8two"),
)  # fmt: skip


def test_content_is_read_as_it_was_written() -> None:
    """Values, photographs and the time of the device are equal; a correction names the first entry."""
    assert field_entries.read(field_entries.write(ENTRY)) == ENTRY
    correction = Entry(
        id=uuid.UUID(int=4), owner=ENTRY.owner, made=MADE, kind="operation", target=ENTRY.target,
        form="seizure", what="withdraw", amends=ENTRY.id, why="Counted twice",
    )  # fmt: skip
    assert field_entries.read(field_entries.write(correction)) == correction


def _with(**head: object) -> bytes:
    content = field_entries.write(ENTRY)
    size = int.from_bytes(content[:4], "big")
    changed = json.loads(content[4 : 4 + size]) | head
    text = json.dumps(changed).encode()
    return len(text).to_bytes(4, "big") + text + content[4 + size :]


@pytest.mark.parametrize(
    ("content", "part"),
    [
        (b"", "head"),
        (b"\xff\xff\xff\xff{}", "head"),
        (b"\x00\x00\x00\x02[]", "head"),
        (b"\x00\x00\x00\x0b" + b'{"a":1,"a":2}'[:11], "head"),
        (b"\x00\x01\x86\xa0" + b"[" * 100_000, "head"),
        (_with(id="x"), "id"),
        (_with(owner=5), "owner"),
        (_with(made="yesterday"), "made"),
        (_with(made="2026-11-24T14:35"), "made"),
        (_with(template=-1), "template"),
        (_with(template=True), "template"),
        (_with(what="delete"), "what"),
        (_with(what="correct"), "what"),
        (_with(amends=str(uuid.UUID(int=9))), "what"),
        (_with(values={"a": 1}), "values"),
        (_with(values={"a": "x" * 8_001}), "values"),
        (_with(values={str(n): "x" for n in range(201)}), "values"),
        (_with(photographs=[5]), "photographs"),
        (_with(photographs=[5, -5]), "photographs"),
        (_with(photographs=[1] * 6), "photographs"),
        (_with(kind="k" * 21), "kind"),
    ],
)
def test_hostile_content_is_refused_with_its_part(content: bytes, part: str) -> None:
    """Sizes, types, doubled keys, thousands of brackets, a time without its zone."""
    with pytest.raises(Unreadable) as refused:
        field_entries.read(content)
    assert refused.value.part == part


def test_changed_bytes_raise_nothing_else() -> None:
    """500 contents with random changes are read or refused as unreadable."""
    drawn, content = random.Random(4), field_entries.write(ENTRY)
    for _ in range(500):
        changed = bytearray(content)
        for _ in range(drawn.randint(1, 6)):
            changed[drawn.randrange(len(changed))] = drawn.randrange(256)
        try:
            field_entries.read(bytes(changed[: drawn.randint(0, len(changed))]))
        except Unreadable:
            continue


def test_an_unknown_zone_is_left_out() -> None:
    """A name of a zone is no path."""
    for name in ("../../etc/passwd", "Mars/Base", "/etc/localtime", "."):
        assert field_entries.read(_with(zone=name)).zone == ""


SEALED = [Sealed(uuid.UUID(int=n), ENTRY.owner, MADE, bytes([n]) * (50 + n)) for n in range(4)]


def test_a_file_gives_its_entries() -> None:
    """What the device wrote is read again, in order."""
    assert list(field_entries.read_file(field_entries.write_file(SEALED))) == SEALED


def test_a_file_cut_anywhere_keeps_the_complete_entries() -> None:
    """At each length, complete entries are read, and at most one part is named as damaged."""
    content = field_entries.write_file(SEALED)
    for length in range(len(field_entries.FILE), len(content) + 1):
        found = list(field_entries.read_file(content[:length]))
        whole = [one for one in found if isinstance(one, Sealed)]
        assert whole == SEALED[: len(whole)]
        assert len(found) - len(whole) <= 1
        if length < len(content) and found and len(whole) < len(found):
            assert found[-1] == Damaged(len(found), found[-1].offset)


def test_a_damaged_entry_does_not_take_the_next_one_with_it() -> None:
    """The hash shows the damage; the sizes say where the next entry begins. Another file is refused."""
    content = bytearray(field_entries.write_file(SEALED))
    content[content.index(SEALED[1].blob)] ^= 1
    found = list(field_entries.read_file(bytes(content)))
    assert [type(one) for one in found] == [Sealed, Damaged, Sealed, Sealed]
    with pytest.raises(Unreadable):
        list(field_entries.read_file(b"PK\x03\x04"))
