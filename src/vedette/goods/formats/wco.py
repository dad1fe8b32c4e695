"""Reads declarations and answers in XML of the WCO Data Model, version 3 (roots `MetaData`, `Declaration`,
`Response`), as used by the customs administrations of the United Kingdom and other countries. Also reads the
arrival notice of inventory linking.

The elements of the data model have the same names in all subsets of the model. The reader therefore finds
elements by name. A declaration has one consignment for each `GoodsShipment`, or for each `Consignment` if the
message is a cargo report.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from decimal import Decimal

from msgspec.structs import replace

from vedette.core.parties import Address
from vedette.formats.edifact import Unreadable
from vedette.formats.xml import Node, Tree, body, parse, root_tag
from vedette.goods import records
from vedette.goods.formats.values import Reading, code_text, time_only, unique

NAME = "WCO-DM"
_ITEMS = ("GovernmentAgencyGoodsItem", "ConsignmentItem", "GoodsItem")
_NAMESPACE = b"urn:wco:datamodel"
#: Maximum number of shipments of a declaration, multiplied by the number of elements that apply to each.
_MOST_WORK = 5_000_000
_CAS = re.compile(r"\d{2,7}-\d\d-\d")
_EORI = re.compile(
    r"(?:GB|XI|AT|BE|BG|CY|CZ|DE|DK|EE|ES|FI|FR|GR|HR|HU|IE|IT|LT|LU|LV|MT|NL|PL|PT|RO|SE|SI|SK)\d\w{4,14}"
)
#: Element → role of a party.
_ROLES = {
    "Declarant": "declarant", "Agent": "representative", "Submitter": "sender",
    "Exporter": "exporter", "Importer": "importer", "Consignor": "consignor",
    "Consignee": "consignee", "Seller": "seller", "Buyer": "buyer", "Carrier": "carrier",
    "NotifyParty": "notify", "DeliveryDestination": "deliver_to", "Surety": "other",
    "AuthorisationHolder": "authorisation_holder", "FreightForwarder": "representative",
    "DomesticDutyTaxParty": "other", "AEOMutualRecognitionParty": "other", "Payer": "financial",
    "TransportContractHolder": "other", "Consolidator": "other", "UCR": "",
}  # fmt: skip
#: Values without a field of their own that are kept as notes, with the tag as the code: of an item, and of a
#: declaration or shipment.
_ITEM_NOTES = (
    ("TransactionNatureCode",), ("CustomsValuation", "MethodCode"),
    ("ValuationAdjustment", "AdditionCode"), ("Commodity", "DutyTaxFee", "DutyRegimeCode"),
)  # fmt: skip
_TOP_NOTES = (
    ("TransactionNatureCode",), ("Warehouse", "ID"), ("SupervisingOffice", "ID"),
    ("ObligationGuarantee", "ID"), ("ObligationGuarantee", "ReferenceID"),
    ("Consignment", "ContainerCode"), ("Consignment", "Freight", "PaymentMethodCode"),
)  # fmt: skip
#: FunctionCode (UN/EDIFACT 1225) → action.
_ACTIONS = {
    "1": "cancellation", "2": "addition", "3": "cancellation", "4": "amendment", "5": "replacement",
    "7": "copy", "9": "original", "13": "request", "33": "amendment", "36": "amendment",
}  # fmt: skip
#: TypeCode of a request → action.
_REQUESTS = {"COR": "amendment", "INV": "cancellation", "CAN": "cancellation"}
#: FunctionCode of a `Response` → outcome.
_OUTCOMES = {
    "1": "accepted", "2": "received", "3": "rejected", "5": "control", "6": "documents_requested",
    "7": "amended", "8": "released", "9": "cleared", "10": "cancelled", "11": "requested",
    "13": "tax", "14": "payment", "15": "payment", "16": "exited", "18": "exited",
}  # fmt: skip
#: The code of the section "goods item" in pointers, and of the section "amendment".
_ITEM_SECTION, _AMENDMENT_SECTION = "68A", "06A"


def sniff(head: bytes, data: bytes) -> bool:
    """Whether a file has this format."""
    root = root_tag(head)
    if root in ("MetaData", "Declaration", "Response"):
        return _NAMESPACE in data[:65536] or b"WCODataModelVersionCode" in head
    return root.startswith("inventoryLinking") or (bool(root) and _NAMESPACE in head)


def read(data: bytes) -> list[records.Message]:
    """Reads all declarations and answers of a file."""
    tree = parse(data, _ITEMS)
    if tree.root.tag.startswith("inventoryLinking"):
        return [_arrival(tree.root, _reading_of(tree), body(data))]
    found = _messages(tree.root)
    if not found:
        raise Unreadable("XML of the WCO Data Model without Declaration or Response")
    messages: list[records.Message] = []
    ends = [node.offset for _, node in found[1:]]
    for (meta, node), end in zip(found, [*ends, None], strict=True):
        content = body(data, node.offset, end)
        reading = _reading_of(tree) if not messages else Reading()
        if node.tag == "Declaration":
            messages.append(_Declaration(meta, node, reading).message(content))
        else:
            messages.append(_Response(meta, node, reading).message(content))
    return messages


def _reading_of(tree: Tree) -> Reading:
    reading = Reading()
    reading.damage(tree)
    return reading


def _messages(root: Node) -> list[tuple[Node | None, Node]]:
    """Returns the declarations and answers of a file, each with its `MetaData`."""
    if root.tag in ("Declaration", "Response"):
        return [(None, root)]
    found: list[tuple[Node | None, Node]] = []
    waiting: list[tuple[Node | None, Node]] = [(root if root.tag == "MetaData" else None, root)]
    while waiting:
        meta, node = waiting.pop()
        for kid in node.kids:
            if kid.tag in ("Declaration", "Response"):
                found.append((meta, kid))
            else:
                waiting.append((kid if kid.tag == "MetaData" else meta, kid))
    return sorted(found, key=lambda pair: pair[1].offset)


#: Elements of inventory linking that have a field of their own.
_LINKING = frozenset({
    "entryNumber", "entryVersionNumber", "inventoryConsignmentReference", "messageCode",
    "goodsLocation", "masterUCR", "goodsArrivalDateTime", "goodsDepartureDateTime", "ucr", "ucrType",
})  # fmt: skip


def _arrival(root: Node, reading: Reading, content: bytes) -> records.Message:
    """Reads a message of inventory linking: an arrival, a departure, a consolidation, or the answer to them.
    A message of inventory linking states the declaration and the references of consignments, and has no
    items.
    """
    mrn = root.value("entryNumber")
    master = root.value("masterUCR")
    arrived = reading.moment(
        root.value("goodsArrivalDateTime"), "goodsArrivalDateTime", root.offset
    )
    left = reading.moment(
        root.value("goodsDepartureDateTime"), "goodsDepartureDateTime", root.offset
    )
    route = records.Route(arrival=arrived, departure=left) if arrived or left else None
    references = unique(
        [root.value("inventoryConsignmentReference")]
        + [node.text for node in root.walk() if node.tag == "ucr"]
    )
    leaves = [node for node in root.walk() if node.text and node.tag not in _LINKING]
    version = root.value("entryVersionNumber")
    answer = root.tag.endswith(("Response", "Results"))
    return records.Message(
        format=NAME,
        envelope=records.Envelope(
            message_ref=root.value("movementReference"), sequence=1, last=True
        ),
        document="answer" if answer else "report",
        action="answer" if answer else "original",
        type=root.value("messageCode") or root.tag,
        direction="import"
        if "Imports" in root.tag
        else "export"
        if "Movement" in root.tag
        else None,
        mrn=mrn,
        version=reading.count(version, "version", "entryVersionNumber", root.offset),
        outcome=root.value("crc") if answer else None,
        consignments=tuple(
            records.Consignment(
                reference=reference,
                ucr=reference,
                master=master,
                location=root.value("goodsLocation"),
                route=route,
            )
            for reference in references or ((master,) if master else ())
        ),
        notes=tuple(records.Note(code=node.tag, text=node.text) for node in leaves[:200]),
        warnings=reading.warnings,
        offset=root.offset,
        body=content,
    )


def _party(node: Node, reading: Reading) -> records.Party | None:
    """Reads a party. An element that contains only a function code names no party."""
    role = _ROLES.get(node.tag, "other")
    name = reading.text(node.value("Name"), node.tag, node.offset)
    ids = [
        records.Identifier(scheme=_scheme(one, node), value=one.text)
        for one in node.all("ID")
        if one.text
    ]
    where = node.first("Address")
    address = country = None
    if where is not None:
        country = reading.country(where.value("CountryCode"), "Address", where.offset)
        address = Address(
            kind="business",
            street=" ".join(where.values("Line")) or where.value("StreetName"),
            city=where.value("CityName"),
            state=where.value("CountrySubDivisionName"),
            postcode=where.value("PostcodeID"),
            country=country,
        )
    phones: list[str] = []
    emails: list[str] = []
    for one in (*node.all("Communication"), *node.all("Contact", "Communication")):
        value, kind = one.value("ID"), one.value("TypeCode")
        if value:
            (emails if kind == "EM" or "@" in value else phones).append(value)
    if not (name or ids or address):
        return None
    return records.Party(
        role=role,
        name=name,
        country=country,
        address=address,
        identifiers=tuple(ids),
        phones=tuple(phones),
        emails=tuple(emails),
        contact=node.value("Contact", "Name"),
    )


def _scheme(one: Node, party: Node) -> str | None:
    stated = one.attrs.get("schemeID") or one.attrs.get("schemeAgencyID")
    if stated:
        return stated
    if party.tag in ("AuthorisationHolder",):
        return code_text(party.value("CategoryCode"))
    return "EORI" if _EORI.fullmatch(one.text) else None


def _parties(node: Node, reading: Reading) -> list[records.Party]:
    """Reads the parties among the child elements."""
    found = (_party(kid, reading) for kid in node.kids if _ROLES.get(kid.tag))
    return [party for party in found if party is not None]


def _without_shipments(node: Node) -> Node:
    """Returns a declaration without its shipments. Only the first consignment of the declaration is kept."""
    above = node.first("Consignment")
    kids = [
        kid for kid in node.kids if kid is above or kid.tag not in ("GoodsShipment", "Consignment")
    ]
    return Node(node.tag, node.attrs, node.offset, kids, node.text)


def _size(node: Node) -> int:
    """Returns the number of elements, not counting those of goods items."""
    count, waiting = 0, [node]
    while waiting:
        kids = waiting.pop().kids
        count += len(kids)
        waiting += [kid for kid in kids if kid.tag not in _ITEMS]
    return count


class _Declaration:
    """Reads one `Declaration`."""

    def __init__(self, meta: Node | None, node: Node, reading: Reading) -> None:
        self.meta = meta
        self.node = node
        self.reading = reading
        self.parties: list[records.Party] = []
        #: The values that the declaration states for all its shipments, without the shipments. Each shipment
        #: is read together with them.
        self.top = _without_shipments(node)
        self.documents = _documents(node, reading)

    def message(self, content: bytes) -> records.Message:
        """Returns the declaration."""
        node, reading = self.node, self.reading
        type_ = code_text(node.value("TypeCode"))
        function = node.value("FunctionCode")
        action = _ACTIONS.get((function or "9").lstrip("0"), "original")
        if action == "request" or type_ in _REQUESTS:
            action = _REQUESTS.get(type_ or "", "request")
        mrn = node.value("ID")
        lrn = node.value("FunctionalReferenceID")
        self.parties = _parties(node, reading)
        consignments = self.consignments(action)
        procedures = [item.procedure for one in consignments for item in one.items]
        direction = self.direction(type_, procedures)
        issued = reading.moment(
            node.value("IssueDateTime", "DateTimeString"), "IssueDateTime", node.offset
        )
        declarant = next((p for p in self.parties if p.role == "declarant"), None)
        meta = self.meta
        return records.Message(
            format=NAME,
            envelope=records.Envelope(
                sender=(node.value("Submitter", "ID") if declarant is None else None)
                or (
                    declarant.identifiers[0].value if declarant and declarant.identifiers else None
                ),
                recipient=meta.value("ResponsibleAgencyName") if meta else None,
                prepared=time_only(issued),
                message_ref=lrn,
                release=meta.value("WCODataModelVersionCode") if meta else None,
                sequence=1,
                last=True,
            ),
            function=function,
            document="declaration",
            action=action,
            amends=(mrn or lrn)
            if action in ("amendment", "replacement", "cancellation", "request")
            else None,
            type=type_,
            direction=direction,
            lrn=lrn,
            mrn=mrn,
            version=reading.count(node.value("VersionID"), "version", "VersionID", node.offset),
            declarant=(declarant.identifiers[0].value if declarant.identifiers else declarant.name)
            if declarant
            else None,
            declared=issued,
            accepted=reading.moment(
                node.value("AcceptanceDateTime", "DateTimeString"), "AcceptanceDateTime"
            ),
            office=node.value("DeclarationOfficeID") or node.value("PresentationOffice", "ID"),
            entry_office=node.value("EntryOffice", "ID"),
            exit_office=node.value("ExitOffice", "ID"),
            parties=() if consignments else tuple(self.parties),
            consignments=tuple(replace(one, direction=direction) for one in consignments),
            amendments=tuple(self.amendments()),
            notes=_notes(node, reading),
            warnings=reading.warnings,
            offset=node.offset,
            body=content,
        )

    def direction(self, type_: str | None, procedures: Sequence[str | None]) -> str | None:
        """Returns whether the declaration is an import, an export or a transit."""
        stated = {"IM": "import", "EX": "export", "EU": None, "CO": None, "T1": "transit"}
        stated |= {"T2": "transit", "TI": "transit"}
        found = stated.get((type_ or "")[:2])
        if found is not None:
            return found
        if self.node.first("ExitOffice") is not None:
            return "export"
        first = next((p for p in procedures if p), "")
        if first[:1] in ("1", "2", "3") or first[:2] in ("76", "77"):
            return "export"
        return "import" if first[:1] in ("4", "5", "6", "7") else None

    def consignments(self, action: str) -> list[records.Consignment]:
        """Returns the consignments of the declaration."""
        node, reading = self.node, self.reading
        shipments = node.all("GoodsShipment")
        cargo = [] if shipments else [one for one in node.all("Consignment") if self.items_of(one)]
        above = node.first("Consignment")
        outer = _parties(above, reading) if above is not None and not cargo else []
        parties = [*self.parties, *outer]
        if len(shipments or cargo) * _size(self.top) > _MOST_WORK:
            raise Unreadable(
                "the declaration states too many values for too many shipments; send it in parts"
            )
        made = [self.consignment(one, parties) for one in shipments or cargo]
        totals = node.has("InvoiceAmount") or node.has("TotalPackageQuantity")
        if not made and totals:
            made = [self.consignment(Node("GoodsShipment", {}, node.offset), parties)]
        stated = reading.count(
            node.value("GoodsItemQuantity"), "number of items", "GoodsItemQuantity"
        )
        if made and action not in ("amendment", "cancellation"):
            present = sum(len(one.items) for one in made)
            reading.stated(stated, present, "items", "GoodsItemQuantity", node.offset)
        return made

    def items_of(self, node: Node) -> list[Node]:
        """Returns the goods items of a shipment."""
        return [kid for kid in node.kids if kid.tag in _ITEMS] or [
            kid for tag in ("Consignment", "ConsolidatedConsignment") for one in node.all(tag)
            for kid in one.kids if kid.tag in _ITEMS
        ]  # fmt: skip

    def consignment(self, node: Node, parties: Sequence[records.Party]) -> records.Consignment:
        """Reads one shipment, with the values that the declaration states for the whole shipment."""
        top, reading = self.top, self.reading
        inner = node.first("Consignment") or node
        outer = top.first("Consignment") or inner
        own = _parties(node, reading) + (_parties(inner, reading) if inner is not node else [])
        items = []
        for position, one in enumerate(self.items_of(node), 1):
            items.append(self.item(one, position))
        contract = inner.first("TransportContractDocument")
        cargo = node.tag == "Consignment"
        lrn = top.value("FunctionalReferenceID")
        ucr = node.value("UCR", "TraderAssignedReferenceID") or node.value("UCR", "ID")
        amount = top.first("InvoiceAmount") or node.first("InvoiceAmount")
        documents = [*self.documents, *_documents(node, reading)]
        if contract is not None and contract.value("ID"):
            documents.append(
                records.Document(code=contract.value("TypeCode"), reference=contract.value("ID"))
            )
        seen = tuple(dict.fromkeys((*parties, *own)))
        return records.Consignment(
            reference=(contract.value("ID") if contract is not None and cargo else None)
            or lrn
            or ucr,
            ucr=ucr,
            parties=seen,
            items=tuple(items),
            equipment=_containers(inner, items, node),
            documents=tuple(documents),
            route=self.route(inner, outer, seen),
            item_count=_whole(top.value("GoodsItemQuantity")),
            packages=reading.number(
                top.value("TotalPackageQuantity") or inner.value("TotalPackageQuantity"),
                "number of packages",
                "TotalPackageQuantity",
                top.offset,
            ),
            gross_mass_kg=_mass(
                top.first("TotalGrossMassMeasure")
                or inner.first("TotalGrossMassMeasure")
                or inner.first("GrossMassMeasure"),
                "total gross mass",
                reading,
            ),
            value=_amount(amount, "invoice amount", reading),
            currency=_currency(amount, reading),
            dispatch=reading.country(
                node.value("ExportCountry", "ID"), "ExportCountry", node.offset
            ),
            destination=reading.country(
                node.value("Destination", "CountryCode"), "Destination", node.offset
            ),
            incoterm=code_text(node.value("TradeTerms", "ConditionCode")),
            incoterm_place=node.value("TradeTerms", "LocationID")
            or node.value("TradeTerms", "LocationName"),
            location=inner.value("GoodsLocation", "Name") or inner.value("GoodsLocation", "ID"),
            notes=(*_notes(node, reading), *_kept(top, _TOP_NOTES), *_kept(node, _TOP_NOTES)),
            segment=node.tag,
            offset=node.offset,
        )

    def route(
        self, inner: Node, outer: Node, parties: Sequence[records.Party]
    ) -> records.Route | None:
        """Reads the means of transport and the places."""
        top, reading = self.top, self.reading
        border = top.first("BorderTransportMeans") or inner.first("BorderTransportMeans")
        other = inner.first("ArrivalTransportMeans") or inner.first("DepartureTransportMeans")
        main = border if border is not None and border.value("ID") else other or border
        kind = main.value("IdentificationTypeCode") if main is not None else None
        number = main.value("ID") if main is not None else None
        carriers = [p for p in parties if p.role == "carrier"]
        nationality = next(
            (n.value("RegistrationNationalityCode") for n in (border, other) if n is not None
             and n.value("RegistrationNationalityCode")), None,
        )  # fmt: skip
        route = records.Route(
            mode=next(
                (
                    n.value("ModeCode")
                    for n in (border, other)
                    if n is not None and n.value("ModeCode")
                ),
                None,
            ),
            means=(main.value("Name") if main is not None else None)
            or (number if kind != "10" else None),
            inland_means=other.value("ID") if other is not None and other is not main else None,
            imo=number if kind == "10" else None,
            nationality=reading.country(nationality, "RegistrationNationalityCode", top.offset),
            carrier=next((p.name for p in carriers if p.name), None),
            voyage=main.value("JourneyID") if main is not None else None,
            loading=inner.value("LoadingLocation", "ID") or inner.value("LoadingLocation", "Name"),
            discharge=inner.value("UnloadingLocation", "ID")
            or inner.value("UnloadingLocation", "Name"),
            countries=unique(
                [
                    reading.country(one.value("RoutingCountryCode"), "Itinerary", one.offset)
                    for one in outer.all("Itinerary")
                ]
            ),
            arrival=reading.moment(
                (border.value("ArrivalDateTime", "DateTimeString") if border is not None else None)
                or inner.value("ArrivalTransportMeans", "ArrivalDateTime", "DateTimeString"),
                "ArrivalDateTime",
            ),
        )
        return route if route != records.Route() else None

    def item(self, node: Node, position: int) -> records.Item:
        """Reads one goods item."""
        reading = self.reading
        number = _whole(node.value("SequenceNumeric"))
        reading.item = number if number is not None else position
        if number is None and node.value("SequenceNumeric"):
            reading.count(
                node.value("SequenceNumeric"), "item number", "SequenceNumeric", node.offset
            )
        goods = node.first("Commodity") or node
        hs, more, cas = self.classification(goods)
        measure = goods.first("GoodsMeasure") or node.first("GoodsMeasure") or goods
        gross = _mass(
            measure.first("GrossMassMeasure") or node.first("GrossMassMeasure"),
            "gross mass",
            reading,
        )
        net = _mass(
            measure.first("NetNetWeightMeasure") or measure.first("NetWeightMeasure"),
            "net mass",
            reading,
        )
        reading.masses(net, gross, node.tag, node.offset)
        tariff = measure.first("TariffQuantity")
        price = goods.first("InvoiceLine", "ItemChargeAmount")
        statistical = node.first("StatisticalValueAmount")
        procedures = [
            (one.value("CurrentCode"), one.value("PreviousCode"))
            for one in node.all("GovernmentProcedure")
        ]
        main = next((pair for pair in procedures if pair[1]), procedures[0] if procedures else None)
        statistical_value = _amount(statistical, "statistical value", reading)
        statistical_currency = _currency(statistical, reading)
        origins = [
            reading.country(
                one.value("CountryCode"), "Origin", one.offset, what="country of origin"
            )
            for one in node.all("Origin")
        ]
        made = records.Item(
            number=number if number is not None else position,
            hs=hs,
            additional_codes=more,
            description=reading.text(
                goods.value("Description")
                or goods.value("CargoDescription")
                or node.value("Description"),
                "Description",
                goods.offset,
            ),
            net_mass_kg=net,
            gross_mass_kg=gross,
            quantity=_amount(tariff, "quantity", reading),
            unit=code_text(tariff.attrs.get("unitCode")) if tariff is not None else None,
            value=_amount(price, "item price", reading) if price is not None else statistical_value,
            currency=_currency(price, reading) if price is not None else statistical_currency,
            statistical_value=statistical_value,
            statistical_currency=statistical_currency,
            origin=next((one for one in origins if one), None),
            destination=reading.country(
                node.value("Destination", "CountryCode"), "Destination", node.offset
            ),
            dispatch=reading.country(
                node.value("ExportCountry", "ID"), "ExportCountry", node.offset
            ),
            procedure=main[0] if main else None,
            previous_procedure=main[1] if main else None,
            additional_procedures=unique([pair[0] for pair in procedures if pair is not main]),
            documents=tuple(_documents(node, reading)),
            packages=tuple(
                records.Package(
                    count=_amount(one.first("QuantityQuantity"), "number of packages", reading),
                    kind=code_text(one.value("TypeCode")),
                    marks=reading.text(one.value("MarksNumbersID"), "MarksNumbersID", one.offset),
                )
                for one in node.all("Packaging")
            ),
            un_numbers=unique(
                [one.value("UNDGID") for one in goods.all("DangerousGoods")]
                + [one.value("UNDGID") for one in node.all("DangerousGoods")]
            ),
            cas=cas,
            ucr=node.value("UCR", "TraderAssignedReferenceID") or node.value("UCR", "ID"),
            parties=tuple(_parties(node, reading)),
            containers=unique(
                goods.values("TransportEquipment", "ID") + node.values("TransportEquipment", "ID")
            ),
            notes=(*_notes(node, reading), *_kept(node, _ITEM_NOTES)),
            segment=node.tag,
            offset=node.offset,
        )
        reading.item = None
        return made

    def classification(self, goods: Node) -> tuple[str | None, tuple[str, ...], tuple[str, ...]]:
        """Returns the commodity code, the other codes, and the CAS numbers of an item."""
        main: Node | None = None
        more: list[str] = []
        cas: list[str] = []
        for one in goods.all("Classification"):
            value, kind = one.value("ID"), code_text(one.value("IdentificationTypeCode"))
            if value is None:
                continue
            if kind == "CAS" or _CAS.fullmatch(value):
                cas.append(value)
            elif kind in ("TSP", "HS", "SRZ", "CN") or (main is None and kind in (None, "SRX")):
                main, before = one, main
                if before is not None:
                    more.append(before.value("ID") or "")
            else:
                more.append(value)
        hs = self.reading.hs(main.value("ID"), "Classification", main.offset) if main else None
        return hs, unique(more), unique(cas)

    def amendments(self) -> list[records.Amendment]:
        """Reads the changes that an amendment states, each with the text of the sender."""
        texts: dict[int, str] = {}
        for one in self.node.all("AdditionalInformation"):
            at = _pointed(one, _AMENDMENT_SECTION)
            text = one.value("StatementDescription")
            if at is not None and text:
                texts[at] = text
        made = []
        for number, one in enumerate(self.node.all("Amendment"), 1):
            item = _pointed(one, _ITEM_SECTION)
            made.append(
                records.Amendment(
                    place=_pointers(one),
                    item=item,
                    reason=one.value("ChangeReasonCode"),
                    text=texts.get(number),
                )
            )
        return made


def _whole(text: str | None) -> int | None:
    return int(text) if text and len(text) < 10 and text.isascii() and text.isdigit() else None


def _pointed(node: Node, section: str) -> int | None:
    """Returns the number in a pointer to a section."""
    for one in node.all("Pointer"):
        number = one.value("SequenceNumeric")
        if one.value("DocumentSectionCode") == section and number and number.isdigit():
            return int(number[:9])
    return None


def _pointers(node: Node) -> str | None:
    """Returns the position in the declaration to which the pointers of an element refer, such as
    `42A/67A/68A[2]/TagID 146`."""
    parts = []
    for one in node.all("Pointer")[:20]:
        section, number, tag = (
            one.value("DocumentSectionCode"),
            one.value("SequenceNumeric"),
            one.value("TagID"),
        )
        parts.append(
            (section or "") + (f"[{number}]" if number else "") + (f"/{tag}" if tag else "")
        )
    return "/".join(parts)[:200] or None


def _documents(node: Node, reading: Reading) -> list[records.Document]:
    """Reads the documents of a declaration, a shipment or an item."""
    made = []
    for one in node.kids:
        if one.tag not in ("AdditionalDocument", "PreviousDocument"):
            continue
        drawn = one.first("WriteOff", "QuantityQuantity")
        made.append(
            records.Document(
                code=((one.value("CategoryCode") or "") + (one.value("TypeCode") or "")).upper()
                or None,
                reference=one.value("ID"),
                name=one.value("Name"),
                status=code_text(one.value("LPCOExemptionCode")),
                issued=reading.date(
                    one.value("IssueDateTime", "DateTimeString") or one.value("IssueDateTime"),
                    one.tag,
                    one.offset,
                ),
                expires=reading.date(
                    one.value("EffectiveDateTime", "DateTimeString")
                    or one.value("ExpirationDateTime", "DateTimeString"),
                    one.tag,
                    one.offset,
                ),
                quantity=_amount(drawn, "quantity of a document", reading),
                unit=code_text(drawn.attrs.get("unitCode")) if drawn is not None else None,
                previous=one.tag == "PreviousDocument",
            )
        )
    return made


def _notes(node: Node, reading: Reading) -> tuple[records.Note, ...]:
    """Reads the statements of the sender."""
    made = []
    for one in node.all("AdditionalInformation"):
        code = code_text(one.value("StatementCode") or one.value("StatementTypeCode"))
        text = reading.text(one.value("StatementDescription"), one.tag, one.offset)
        if (code or text) and _pointed(one, _AMENDMENT_SECTION) is None:
            made.append(records.Note(code=code, text=text))
        limit = one.value("LimitDateTime", "DateTimeString")
        when = reading.moment(limit, "LimitDateTime", one.offset)
        if when is not None:
            made.append(records.Note(code="LimitDateTime", text=when.isoformat()))
    return tuple(made)


def _kept(node: Node, paths: Sequence[tuple[str, ...]]) -> tuple[records.Note, ...]:
    """Returns the values at these paths as notes. The code of a note is the last tag that is not `ID`."""
    return tuple(
        records.Note(
            code=path[-2] if path[-1].endswith("ID") and len(path) > 1 else path[-1], text=text
        )
        for path in paths
        if (text := node.value(*path))
    )


def _containers(
    inner: Node, items: Sequence[records.Item], node: Node
) -> tuple[records.Container, ...]:
    """Returns the containers of a shipment and of its items, without duplicates."""
    found: dict[str, records.Container] = {}
    for one in [*inner.all("TransportEquipment"), *node.all("TransportEquipment")]:
        number = one.value("ID")
        if number:
            found.setdefault(
                number,
                records.Container(
                    number=number,
                    seals=unique(one.values("Seal", "ID")),
                    size_type=one.value("CharacteristicCode"),
                    fullness=one.value("FullnessCode"),
                ),
            )
    for number in [number for item in items for number in item.containers]:
        found.setdefault(number, records.Container(number=number))
    return tuple(found.values())


def _amount(node: Node | None, what: str, reading: Reading) -> Decimal | None:
    return reading.number(node.text, what, node.tag, node.offset) if node is not None else None


def _currency(node: Node | None, reading: Reading) -> str | None:
    if node is None:
        return None
    return reading.currency(node.attrs.get("currencyID"), node.tag, node.offset)


def _mass(node: Node | None, what: str, reading: Reading) -> float | None:
    if node is None:
        return None
    return reading.mass(node.text, node.attrs.get("unitCode"), what, node.tag, node.offset)


class _Response:
    """Reads one `Response`: the answer of customs about a declaration."""

    def __init__(self, meta: Node | None, node: Node, reading: Reading) -> None:
        self.meta = meta
        self.node = node
        self.reading = reading

    def message(self, content: bytes) -> records.Message:
        """Returns the answer."""
        node, reading = self.node, self.reading
        about = node.first("Declaration") or Node("", {}, node.offset)
        code = (node.value("FunctionCode") or "").lstrip("0")
        issued = reading.moment(
            node.value("IssueDateTime", "DateTimeString"), "IssueDateTime", node.offset
        )
        accepted = about.value("AcceptanceDateTime", "DateTimeString")
        meta = self.meta
        return records.Message(
            format=NAME,
            envelope=records.Envelope(
                prepared=time_only(issued),
                sender=(meta.value("ResponsibleAgencyName") if meta else None),
                message_ref=node.value("FunctionalReferenceID"),
                release=meta.value("WCODataModelVersionCode") if meta else None,
                sequence=1,
                last=True,
            ),
            function=node.value("FunctionCode"),
            document="answer",
            action="answer",
            lrn=about.value("FunctionalReferenceID"),
            mrn=about.value("ID"),
            version=reading.count(about.value("VersionID"), "version", "VersionID", about.offset),
            declared=issued,
            accepted=reading.moment(accepted, "AcceptanceDateTime", about.offset),
            outcome=_OUTCOMES.get(code, "other"),
            faults=tuple(
                records.Fault(
                    code=one.value("ValidationCode"),
                    place=_pointers(one),
                    item=_pointed(one, _ITEM_SECTION),
                    text=one.value("Description"),
                )
                for one in node.all("Error")
            ),
            notes=(*_notes(node, reading), *self.duties(about)),
            warnings=reading.warnings,
            offset=node.offset,
            body=content,
        )

    def duties(self, about: Node) -> list[records.Note]:
        """Returns the duties that the answer states, as notes."""
        made = []
        for item in about.all("GoodsShipment", "GovernmentAgencyGoodsItem"):
            for one in item.all("Commodity", "DutyTaxFee"):
                due = one.first("Payment", "PaymentAmount") or one.first(
                    "Payment", "TaxAssessedAmount"
                )
                if due is not None:
                    text = f"item {item.value('SequenceNumeric') or '?'}: {due.text}"
                    currency = due.attrs.get("currencyID")
                    made.append(
                        records.Note(
                            code=one.value("TypeCode"), text=f"{text} {currency or ''}".strip()
                        )
                    )
        return made
