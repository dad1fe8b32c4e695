"""Reads messages about travellers: passenger lists and bookings, as UN/EDIFACT and as XML."""

from __future__ import annotations

from vedette.core.kind import EdifactReader, FileReader, Reader
from vedette.formats import registry
from vedette.formats.edifact import Unreadable
from vedette.travellers import records
from vedette.travellers.formats import paxlst, pnrgov, pnrgov_xml, us_paxlst

#: Version of the readers (`Kind.reader_version`).
READER_VERSION = "3"

__all__ = ["READERS", "READER_VERSION", "Unreadable", "miscounted", "read"]


def _is_pnrgov_xml(head: bytes, data: bytes) -> bool:
    return head.removeprefix(b"\xef\xbb\xbf").lstrip().startswith(b"<") and b"IATA_PNRGOV" in head


READERS: tuple[Reader, ...] = (
    EdifactReader(
        name="PAXLST",
        what="passenger and crew list, UN/EDIFACT",
        versions="D.02B to D.17A; road lists D.03B",
        sampled="D.02B, D.05B",
        written=True,
        type="PAXLST",
        tags=frozenset({"NAD", "PDT"}),
        read=paxlst.read,
    ),
    EdifactReader(
        name="PAXLST",
        what="passenger and crew list, legacy US-EDIFACT",
        versions="001:000",
        aliases=("US-EDIFACT",),
        sampled="001:000",
        type="PAXLST",
        dialect=us_paxlst.is_us,
        read=us_paxlst.read,
    ),
    EdifactReader(
        name="PNRGOV",
        what="bookings of a flight, IATA PADIS EDIFACT",
        versions="10.1 to 22.1",
        sampled="11.1, 13.1",
        written=True,
        type="PNRGOV",
        tags=frozenset({"SRC", "TIF", "MSG", "EQN"}),
        read=pnrgov.read,
    ),
    FileReader(
        name="PNRGOV-XML",
        what="bookings of a flight, PADIS XML",
        versions="13.1 to 19.1",
        aliases=("PNRGOV",),
        called="PNRGOV XML",
        root="IATA_PNRGOV_NotifRQ",
        sniff=_is_pnrgov_xml,
        read=pnrgov_xml.read,
    ),
)
_REGISTRY = registry.Registry(READERS)


def read(data: bytes, format: str | None = None) -> list[records.Message]:
    """Reads all messages about travellers in a file (`registry.Registry.read`)."""
    return _REGISTRY.read(data, format)


def miscounted(parts: list[records.Message]) -> str | None:
    """Compares the number of bookings in EQN with the number of bookings in all parts of a complete transfer.
    Returns a text that describes the difference, or None if the numbers are equal. Also returns None if a
    part occurs twice, or if each part states only the number of its own bookings, as some senders do."""
    present = sum(len(part.bookings) for part in parts)
    stated = {part.stated_bookings for part in parts} - {None}
    once = len({part.envelope.sequence for part in parts}) == len(parts)
    each = all(part.stated_bookings in (None, len(part.bookings)) for part in parts)
    if not stated or not once or each or stated == {present}:
        return None
    said = ", ".join(str(n) for n in sorted(filter(None, stated))) or "0"
    return f"EQN says {said}, {present} bookings present in {len(parts)} parts"
