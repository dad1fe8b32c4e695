"""Finds as JSON: what is read, what is refused, and with which reason."""

from __future__ import annotations

import datetime as dt

import msgspec
import pytest

from vedette import kinds
from vedette.formats.edifact import Unreadable
from vedette.goods.formats import find

FOUND = find.Find(
    reference="FIND-0A1B", at=dt.datetime(2026, 11, 26, 14, 5), place="Gate 2", office="SN001",
    description="Twelve detonators behind the driver's seat", mode="3", means="DK 4417 A",
    container="CSQU 305438 3",
)  # fmt: skip


def test_a_find_is_read_with_its_place_and_its_means_of_transport() -> None:
    """Every value has its place in the message."""
    data = find.write(FOUND)
    assert kinds.sniff(data) == "FIND"
    [message] = kinds.read(data)
    [consignment] = message.consignments
    [item] = consignment.items
    assert (message.document, message.lrn, message.office) == ("find", "FIND-0A1B", "SN001")
    assert (message.route.mode, message.route.means) == ("3", "DK 4417 A")
    assert (consignment.location, consignment.container_numbers) == ("Gate 2", ("CSQU3054383",))
    assert (item.number, item.description) == (1, FOUND.description)
    assert message.warnings == ()


@pytest.mark.parametrize(
    "data",
    [
        find.HEAD + b"}",
        find.HEAD + b',"find":{"reference":"A","at":"2026-11-26T14:05","place":"x"}}',
        find.HEAD + b',"find":' + b"[" * 5_000,
        find.write(msgspec.structs.replace(FOUND, description="x" * 501)),
        find.write(msgspec.structs.replace(FOUND, description=" ")),
        find.write(msgspec.structs.replace(FOUND, means="x" * 61)),
        find.write(FOUND).replace(b'"mode":"3"', b'"mode":3'),
        find.write(FOUND).replace(b'"mode"', b'"unknown"'),
        find.HEAD + b" " * find.MOST_BYTES,
    ],
)
def test_a_find_that_is_not_valid_is_refused_with_a_reason(data: bytes) -> None:
    """The reason contains no value of the file."""
    with pytest.raises(Unreadable) as refused:
        find.read(data)
    assert refused.value.reason
    assert "detonators" not in refused.value.reason
