"""Damaged messages: a reader returns records with warnings, or refuses the file in one line. It never raises
anything else, needs little time, and its records can be printed.

`scripts/fuzz` runs this module with more rounds (`VEDETTE_FUZZ_ROUNDS`).
"""

from __future__ import annotations

import os
import random
import time
from collections.abc import Iterator

import msgspec
import pytest
from tests.goods.formats import test_asycuda, test_cargo, test_ics, test_table, test_un_edifact
from tests.goods.formats import test_wco as wco
from tests.goods.formats.leaves import printed
from tests.goods.formats.workbook import workbook

from vedette import kinds
from vedette.formats.warnings import WARNINGS
from vedette.goods import formats

ROUNDS = int(os.environ.get("VEDETTE_FUZZ_ROUNDS", "60"))
SEEDS: dict[str, bytes] = {
    "wco": wco.declaration({}, {}),
    "ics": test_ics.ANSWER.format(
        number="315",
        head="<RefNumHEA4>L1</RefNumHEA4>",
        body="<GOOITEGDS><IteNumGDS7>1</IteNumGDS7><GooDesGDS23>X</GooDesGDS23></GOOITEGDS>",
    ).encode(),
    "asycuda": test_asycuda.sad({}, {}),
    "cuscar": test_un_edifact.manifest(),
    "cusdec": test_un_edifact.DECLARATION.encode(),
    "xfwb": test_cargo.HEAD.format(
        root="Waybill", purpose="Creation", body=test_cargo.WAYBILL
    ).encode(),
    "xffm": test_cargo.HEAD.format(
        root="FlightManifest", purpose="Creation", body=test_cargo.MANIFEST
    ).encode(),
    "fhl": test_cargo.FHL.encode(),
    "ffm": test_cargo.FFM.encode(),
    "itmatt": test_table.POSTAL.encode(),
    "h7": test_table.H7.encode(),
    "excel": workbook(test_table.FREE, merged=["A2:A3"]),
}
_PIECES = (
    b"<", b">", b"&", b"'", b"+", b":", b"/", b"\x00", b"\xff", b"\xe2\x80\x8f", b"\n", b"-", b"1e999",
    b"9" * 400, b"Infinity", b"NaN", b"\xd9\xa3", b"<a>" * 70, b"</Item>", b"'CNI+1'", b"null", b'"', b";",
    b"2026-13-45", b"\r", b"UNT+9+1'", b"<!DOCTYPE x>", b"<![CDATA[", b"]]>", b"%", b"0",
)  # fmt: skip


def damaged(data: bytes, chance: random.Random) -> bytes:
    """The message with one to eight random changes."""
    made = bytearray(data)
    for _ in range(chance.randint(1, 8)):
        at = chance.randrange(len(made) + 1)
        to = min(len(made), at + chance.choice((1, 1, 3, 20, 200)))
        match chance.randrange(6):
            case 0:
                del made[at:to]
            case 1:
                made[at:at] = chance.choice(_PIECES)
            case 2:
                made[at:to] = chance.choice(_PIECES)
            case 3:
                made[at:at] = made[at:to]
            case 4:
                other = chance.randrange(len(made) + 1)
                made[other:other] = made[at:to]
            case _:
                made[at:to] = bytes(chance.randrange(256) for _ in range(to - at))
    return bytes(made)


def check(data: bytes) -> Iterator[str]:
    """Reads a file, and yields the codes of its warnings."""
    began = time.process_time()
    try:
        messages = printed(data)
        refused = None
    except formats.Unreadable as error:
        messages, refused = [], error
    assert refused is None or ("\n" not in refused.reason and refused.offset >= 0)
    msgspec.json.encode(messages)
    assert time.process_time() - began < 5
    for message in messages:
        for warning in message["warnings"]:
            assert warning["code"] in WARNINGS
            yield warning["code"]


@pytest.mark.parametrize("name", SEEDS)
def test_damaged_messages_are_read_or_refused(name):
    chance = random.Random(f"goods {name}")
    for _ in range(ROUNDS):
        list(check(damaged(SEEDS[name], chance)))


@pytest.mark.parametrize("name", SEEDS)
def test_each_message_is_recognised_among_all_formats(name):
    """The readers of all kinds together choose the same format, and a clean message has no warning."""
    messages = kinds.all_readers().read(SEEDS[name])
    assert [m.format for m in messages] == [m.format for m in formats.read(SEEDS[name])]
    assert not any(m.warnings for m in messages)


@pytest.mark.parametrize("name", ["wco", "asycuda", "xfwb"])
@pytest.mark.parametrize(
    "bomb",
    [
        b"<!DOCTYPE x [<!ENTITY a 'aaaaaaaaaa'><!ENTITY b '&a;&a;&a;&a;&a;&a;&a;&a;'>]>",
        b'<!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/passwd">]>',
        b'<!DOCTYPE x SYSTEM "http://example.org/x.dtd">',
    ],
)
def test_document_types_are_refused_with_their_place(name, bomb):
    data = SEEDS[name]
    at = data.index(b"?>") + 2 if data.startswith(b"<?xml") else 0
    with pytest.raises(formats.Unreadable, match="document type"):
        formats.read(data[:at] + bomb + data[at:])


def test_many_elements_in_one_item_are_read_in_time():
    """A hundred thousand parties, documents or packages take time in proportion to their number."""
    for piece in (
        b"<AdditionalDocument><TypeCode>1</TypeCode></AdditionalDocument>",
        b"<Packaging><TypeCode>BX</TypeCode></Packaging>",
    ):
        data = SEEDS["wco"].replace(b"<Origin>", piece * 50_000 + b"<Origin>", 1)
        began = time.process_time()
        (message,) = formats.read(data)
        assert time.process_time() - began < 10
        assert len(message.consignments[0].items) == 2
