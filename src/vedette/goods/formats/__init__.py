"""The formats of messages about goods."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import msgspec

from vedette.core.kind import EdifactReader, FileReader, Reader
from vedette.formats import registry
from vedette.formats.edifact import Unreadable
from vedette.goods import records
from vedette.goods.formats import asycuda, cargo_imp, cargo_xml, find, ics, table, un_edifact, wco

#: Version of the readers (`Kind.reader_version`).
READER_VERSION = "1"

__all__ = ["READERS", "READER_VERSION", "Unreadable", "read"]

_READERS: tuple[FileReader | EdifactReader, ...] = (
    FileReader(
        name=wco.NAME,
        what="declaration, amendment or answer, WCO Data Model XML",
        versions="3.0 to 3.11",
        sampled="3.6, HMRC CDS",
        called="WCO Data Model XML",
        root="MetaData",
        sniff=wco.sniff,
        read=wco.read,
    ),
    FileReader(
        name=ics.NAME,
        what="entry summary declaration, amendment or answer, ICS XML",
        versions="IE304, IE305, IE313, IE315, IE316, IE323, IE328, IE347, IE351",
        sampled="IE313, IE315, IE351",
        called="ICS XML",
        root="CC315A",
        sniff=ics.sniff,
        read=ics.read,
    ),
    FileReader(
        name=asycuda.NAME,
        what="declaration (SAD), ASYCUDA World XML",
        versions="ASYCUDA World",
        aliases=("ASYCUDA",),
        sampled="one synthetic declaration",
        called="ASYCUDA XML",
        root="ASYCUDA",
        sniff=asycuda.sniff,
        read=asycuda.read,
    ),
    FileReader(
        name=cargo_xml.NAME,
        what="air waybill, house waybill or manifest, IATA Cargo-XML (XFWB, XFZB, XFHL, XFFM)",
        versions="2.0 to 4.0",
        aliases=("XFWB", "XFZB", "XFHL", "XFFM"),
        called="Cargo-XML",
        root="HouseWaybill",
        sniff=cargo_xml.sniff,
        read=cargo_xml.read,
    ),
    FileReader(
        name=cargo_imp.NAME,
        what="air waybill, house waybills or manifest, IATA Cargo-IMP (FWB, FHL, FFM)",
        versions="FWB/9 to 17, FHL/2 to 5, FFM/5 to 8",
        aliases=("FWB", "FHL", "FFM"),
        called="Cargo-IMP",
        sniff=cargo_imp.sniff,
        read=cargo_imp.read,
    ),
    find.READER,
    FileReader(
        name="ITMATT",
        what="customs data of postal items (UPU M33 ITMATT, CN 23) as CSV",
        versions="fields of CN 23",
        aliases=("CN23",),
        called="CSV of postal items",
        sniff=table.sniffer("ITMATT"),
        read=table.read,
    ),
    FileReader(
        name="H7",
        what="declarations of low-value parcels (H7) as CSV",
        versions="fields of Annex B, column H7",
        called="CSV of H7 declarations",
        sniff=table.sniffer("H7"),
        read=table.read,
    ),
    FileReader(
        name="TABLE",
        what="any table of goods as CSV, with a mapping of its columns",
        versions="columns that the mapping names",
        aliases=("CSV",),
        called="CSV of goods",
        sniff=table.sniffer("TABLE"),
        read=table.read,
        read_mapped=table.read_mapped,
        propose=table.propose,
    ),
    FileReader(
        name="TABLE-XLSX",
        what="any table of goods as an Excel workbook, with a mapping of its columns",
        versions=".xlsx",
        aliases=("TABLE", "XLSX", "EXCEL"),
        called="Excel workbook",
        binary=True,
        sniff=table.sniff_workbook,
        read=table.read_excel,
    ),
    EdifactReader(
        name="CUSCAR",
        what="cargo report (manifest), UN/EDIFACT",
        versions="D.95B to D.24A",
        sampled="D.95B",
        type="CUSCAR",
        tags=frozenset({"CNI"}),
        read=un_edifact.read_cuscar,
    ),
    EdifactReader(
        name="CUSDEC",
        what="declaration, UN/EDIFACT",
        versions="D.95B to D.24A",
        sampled="D.99B",
        type="CUSDEC",
        tags=frozenset({"CST"}),
        read=un_edifact.read_cusdec,
    ),
    EdifactReader(
        name="CUSREP",
        what="report of a means of transport, UN/EDIFACT",
        versions="D.95B to D.24A",
        sampled="D.99B",
        type="CUSREP",
        read=un_edifact.read_cusrep,
    ),
)


def with_warning(message: records.Message) -> records.Message:
    """Returns a message with a warning if an item has more parties or texts than the screening reads."""
    over = next(
        (
            f"item {position}: more than {records.MOST_PARTIES} parties or {records.MOST_TEXTS} texts"
            for one in message.consignments
            for position, item in enumerate(one.items, 1)
            if len(message.parties) + len(one.parties) + len(item.parties) > records.MOST_PARTIES
            or len(item.notes) + sum(map(bool, (item.description, one.description, item.marks)))
            > records.MOST_TEXTS
        ),
        None,
    )
    if over is None:
        return message
    warning = records.Warning(
        code="not_all_screened", message=f"{over}; the others are not screened"
    )
    return msgspec.structs.replace(message, warnings=(*message.warnings, warning))


def _warning(reader: FileReader | EdifactReader) -> Reader:
    """Returns a reader that adds the warning of `with_warning`."""
    if isinstance(reader, EdifactReader):
        one: Callable[[Any], Any] = reader.read
        return replace(reader, read=lambda text: with_warning(one(text)))
    whole, mapped = reader.read, reader.read_mapped
    return replace(
        reader,
        read=lambda data: [with_warning(one) for one in whole(data)],
        read_mapped=None
        if mapped is None
        else lambda data, text: [with_warning(one) for one in mapped(data, text)],
    )


READERS: tuple[Reader, ...] = tuple(_warning(one) for one in _READERS)
_REGISTRY = registry.Registry(READERS)


def read(data: bytes, format: str | None = None) -> list[records.Message]:
    """Reads all messages about goods in a file (`registry.Registry.read`)."""
    return _REGISTRY.read(data, format)
