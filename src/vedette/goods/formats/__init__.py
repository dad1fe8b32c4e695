"""The formats of messages about goods."""

from __future__ import annotations

from vedette.core.kind import EdifactReader, FileReader, Reader
from vedette.formats import registry
from vedette.formats.edifact import Unreadable
from vedette.goods import records
from vedette.goods.formats import asycuda, cargo_imp, cargo_xml, ics, table, un_edifact, wco

#: Version of the readers (`Kind.reader_version`).
READER_VERSION = "1"

__all__ = ["READERS", "READER_VERSION", "Unreadable", "read"]

READERS: tuple[Reader, ...] = (
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
_REGISTRY = registry.Registry(READERS)


def read(data: bytes, format: str | None = None) -> list[records.Message]:
    """Reads all messages about goods in a file (`registry.Registry.read`)."""
    return _REGISTRY.read(data, format)
