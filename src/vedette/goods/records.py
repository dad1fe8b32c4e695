"""Record classes for goods. The records contain all statements of traders and carriers: declarations,
manifests, waybills and the answers of customs administrations. The format modules create these records from
bytes.

Countries are ISO 3166 alpha-2 codes. Masses are in kilograms. Amounts of money and quantities are decimals.
If a sender states a wrong value (a negative mass, an unknown currency), the value is kept as stated, and the
message has a warning.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from decimal import Decimal
from typing import ClassVar

from vedette.core import records
from vedette.core.parties import Address
from vedette.core.records import DroppedText, Envelope, Moment, Record, Unread, Warning

#: Formats import all records of a message from this module, including those of `core`.
__all__ = [
    "KG_PER_POUND",
    "KG_PER_UNIT",
    "Address",
    "Amendment",
    "Consignment",
    "Container",
    "Document",
    "DroppedText",
    "Envelope",
    "Fault",
    "Identifier",
    "Item",
    "Message",
    "Moment",
    "Note",
    "Package",
    "Party",
    "Record",
    "Route",
    "Unread",
    "Warning",
]

KG_PER_POUND = 0.45359237
#: Maximum number of parties and texts of one item that are screened. The bound limits the work that one
#: message can cause.
MOST_PARTIES, MOST_TEXTS = 40, 10
#: Units of mass (UN/ECE Recommendation 20, and the letters of air waybills) → kilograms.
KG_PER_UNIT: dict[str, float] = {
    "": 1, "K": 1, "KG": 1, "KGM": 1, "KGS": 1, "KILOGRAM": 1, "KILOGRAMS": 1,
    "G": 0.001, "GRM": 0.001, "GR": 0.001, "MGM": 0.000001, "MG": 0.000001,
    "T": 1000, "TNE": 1000, "TON": 1000, "DTN": 100, "HKG": 100,
    "L": KG_PER_POUND, "LB": KG_PER_POUND, "LBS": KG_PER_POUND, "LBR": KG_PER_POUND,
    "OZ": KG_PER_POUND / 16, "ONZ": KG_PER_POUND / 16,
}  # fmt: skip


# --- parties and documents ----------------------------------------------------------------------


class Identifier(Record, frozen=True, kw_only=True):
    """A number that identifies a party. `scheme` names the register if the message states it (`EORI`, `VAT`,
    a code of the format)."""

    scheme: str | None = None
    value: str


class Party(Record, frozen=True, kw_only=True):
    """A party to a consignment or a declaration.

    `role` is one of consignor, consignee, exporter, importer, declarant, representative, carrier, notify,
    buyer, seller, supplier, deliver_to, authorisation_holder, financial, warehouse, sender, other.
    """

    role: str
    name: str | None = None
    country: str | None = None
    address: Address | None = None
    identifiers: tuple[Identifier, ...] = ()
    phones: tuple[str, ...] = ()
    emails: tuple[str, ...] = ()
    #: The person to contact.
    contact: str | None = None


class Document(Record, frozen=True, kw_only=True):
    """A document that a declaration or an item refers to. `code` is the code of the document type (`Y901`,
    `N935`, `C505`). `previous` is true for a previous document, such as a summary declaration."""

    code: str | None = None
    reference: str | None = None
    name: str | None = None
    status: str | None = None
    issued: dt.date | None = None
    expires: dt.date | None = None
    #: The quantity that is deducted from a licence, and its unit.
    quantity: Decimal | None = None
    unit: str | None = None
    previous: bool = False


class Note(Record, frozen=True, kw_only=True):
    """A statement of the sender: a code of the format, a text, or a code and a text."""

    code: str | None = None
    text: str | None = None


# --- goods --------------------------------------------------------------------------------------


class Package(Record, frozen=True, kw_only=True):
    """Packages of an item: the number of packages, their kind, marks, and the number of pieces."""

    count: Decimal | None = None
    kind: str | None = None
    marks: str | None = None
    pieces: Decimal | None = None


class Container(Record, frozen=True, kw_only=True):
    """A container or another unit of transport equipment, with its seals."""

    number: str
    seals: tuple[str, ...] = ()
    size_type: str | None = None
    #: The code of the format for full, empty or part load.
    fullness: str | None = None


def _codes(documents: tuple[Document, ...]) -> tuple[str, ...]:
    """Returns the codes of all documents except previous documents, without duplicates."""
    return tuple(dict.fromkeys(d.code for d in documents if d.code and not d.previous))


class Item(Record, frozen=True, kw_only=True):
    """One goods item. `hs` is the commodity code as stated, without dots and spaces: six digits of the
    Harmonized System, eight of the Combined Nomenclature, or more digits of a national tariff."""

    printed_as: ClassVar[Mapping[str, str]] = {"documents": "document_details"}
    also_printed: ClassVar[Mapping[str, str]] = {"document_codes": "documents"}

    number: int | None = None
    hs: str | None = None
    #: Other codes of the goods: TARIC additional codes, national codes.
    additional_codes: tuple[str, ...] = ()
    description: str | None = None
    #: The text of the tariff, if the message states it beside the description of the trader.
    tariff_text: str | None = None
    net_mass_kg: float | None = None
    gross_mass_kg: float | None = None
    quantity: Decimal | None = None
    unit: str | None = None
    value: Decimal | None = None
    currency: str | None = None
    statistical_value: Decimal | None = None
    statistical_currency: str | None = None
    origin: str | None = None
    destination: str | None = None
    #: The country from which the goods were sent.
    dispatch: str | None = None
    procedure: str | None = None
    previous_procedure: str | None = None
    additional_procedures: tuple[str, ...] = ()
    documents: tuple[Document, ...] = ()
    packages: tuple[Package, ...] = ()
    marks: str | None = None
    #: Numbers of dangerous goods (UN numbers), four digits.
    un_numbers: tuple[str, ...] = ()
    #: CAS registry numbers that the message states in a field of their own.
    cas: tuple[str, ...] = ()
    ucr: str | None = None
    parties: tuple[Party, ...] = ()
    containers: tuple[str, ...] = ()
    notes: tuple[Note, ...] = ()
    segment: str | None = None
    offset: int | None = None

    @property
    def document_codes(self) -> tuple[str, ...]:
        """The codes of the documents of the item."""
        return _codes(self.documents)


class Route(Record, frozen=True, kw_only=True):
    """The means of transport and the places of a consignment. `mode` is the code of UN/ECE Recommendation 19
    (1 sea, 2 rail, 3 road, 4 air, 5 post)."""

    mode: str | None = None
    #: The name or the registration of the vessel, aircraft, train or vehicle.
    means: str | None = None
    #: The number of the means of transport, if the message states it beside the name.
    means_number: str | None = None
    #: The means of transport at arrival or departure, if it is not the one that crosses the border.
    inland_means: str | None = None
    imo: str | None = None
    nationality: str | None = None
    carrier: str | None = None
    #: The number of the voyage, flight or trip.
    voyage: str | None = None
    loading: str | None = None
    discharge: str | None = None
    origin: str | None = None
    destination: str | None = None
    #: The countries on the way, in order.
    countries: tuple[str, ...] = ()
    departure: Moment | None = None
    arrival: Moment | None = None


class Consignment(Record, frozen=True, kw_only=True):
    """The goods that are carried under one transport document, or that one declaration describes."""

    printed_as: ClassVar[Mapping[str, str]] = {
        "documents": "document_details",
        "equipment": "containers",
    }
    also_printed: ClassVar[Mapping[str, str]] = {
        "document_codes": "documents",
        "container_numbers": "equipment",
    }
    always: ClassVar[tuple[str, ...]] = ("parties", "items", "equipment")

    reference: str | None = None
    #: import, export or transit.
    direction: str | None = None
    ucr: str | None = None
    #: The number of the master waybill or master bill of lading, and of the house document.
    master: str | None = None
    house: str | None = None
    parties: tuple[Party, ...] = ()
    items: tuple[Item, ...] = ()
    equipment: tuple[Container, ...] = ()
    #: Seals of which the message states no container.
    seals: tuple[str, ...] = ()
    documents: tuple[Document, ...] = ()
    notes: tuple[Note, ...] = ()
    route: Route | None = None
    description: str | None = None
    #: Numbers that the message states for the whole consignment.
    item_count: int | None = None
    packages: Decimal | None = None
    gross_mass_kg: float | None = None
    net_mass_kg: float | None = None
    volume_m3: float | None = None
    value: Decimal | None = None
    currency: str | None = None
    dispatch: str | None = None
    destination: str | None = None
    #: Terms of delivery: code and place.
    incoterm: str | None = None
    incoterm_place: str | None = None
    #: Where the goods are.
    location: str | None = None
    #: Special handling codes of air cargo.
    handling: tuple[str, ...] = ()
    un_numbers: tuple[str, ...] = ()
    hs_codes: tuple[str, ...] = ()
    segment: str | None = None
    offset: int | None = None

    @property
    def document_codes(self) -> tuple[str, ...]:
        """The codes of the documents of the consignment."""
        return _codes(self.documents)

    @property
    def container_numbers(self) -> tuple[str, ...]:
        """The numbers of the containers of the consignment."""
        return tuple(one.number for one in self.equipment)


# --- messages -----------------------------------------------------------------------------------


class Amendment(Record, frozen=True, kw_only=True):
    """One change that an amendment states: the position in the declaration (`GoodsShipment/…`, as codes of
    the format), the reason, and the text of the sender. `item` is the number of the item that is changed or
    removed.
    """

    place: str | None = None
    item: int | None = None
    reason: str | None = None
    text: str | None = None


class Fault(Record, frozen=True, kw_only=True):
    """One error or measure that an answer of customs states: its code, its position, and its text."""

    code: str | None = None
    place: str | None = None
    item: int | None = None
    text: str | None = None


class Message(records.Message, frozen=True, kw_only=True):
    """One message about goods.

    `document` is declaration, entry_summary, manifest, waybill, report, find or answer. `action` is the
    action that the sender requests: original, amendment, replacement, cancellation, addition, copy, request
    or answer. For an amendment, a replacement and a cancellation, `amends` is the reference of the
    declaration that they change: the MRN or, without an MRN, the local reference.
    """

    kind: ClassVar[str] = "goods"
    always: ClassVar[tuple[str, ...]] = ("consignments", "warnings")

    document: str = "declaration"
    action: str = "original"
    amends: str | None = None
    #: The type of the declaration as the format states it (`IMA`, `EXD`, BGM code).
    type: str | None = None
    direction: str | None = None
    lrn: str | None = None
    mrn: str | None = None
    #: The version of the declaration, if an answer or amendment states it.
    version: int | None = None
    declarant: str | None = None
    declared: Moment | None = None
    accepted: Moment | None = None
    #: Customs offices: declaration, entry, exit.
    office: str | None = None
    entry_office: str | None = None
    exit_office: str | None = None
    #: Parties that the message states for the whole manifest.
    parties: tuple[Party, ...] = ()
    route: Route | None = None
    equipment: tuple[Container, ...] = ()
    consignments: tuple[Consignment, ...] = ()
    amendments: tuple[Amendment, ...] = ()
    #: What an answer says: accepted, rejected, amended, amendment_rejected, intervention, diverted, cleared,
    #: control, documents_requested, tax, cancelled, other.
    outcome: str | None = None
    faults: tuple[Fault, ...] = ()
    notes: tuple[Note, ...] = ()
