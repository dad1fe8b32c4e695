"""Writes declarations in WCO Data Model XML, for the demonstration and for tests.

The writer writes the elements that `formats.wco` reads, if the record contains them. The writer does not
write every element of the data model. Every value is escaped.
"""

from __future__ import annotations

from collections.abc import Iterator
from html import escape

from vedette.goods.records import Consignment, Document, Item, Message, Party, Route

#: Action → FunctionCode (UN/EDIFACT 1225).
_FUNCTIONS = {"original": "9", "amendment": "4", "replacement": "5", "cancellation": "1"}
#: Role → element of a party of the shipment.
_PARTIES = {
    "exporter": "Exporter", "importer": "Importer", "consignor": "Consignor", "consignee": "Consignee",
    "seller": "Seller", "buyer": "Buyer",
}  # fmt: skip
_TYPES = {"import": "IMA", "export": "EXA", "transit": "T1"}


def write(message: Message) -> bytes:
    """Returns a declaration, an amendment, a replacement or a cancellation as XML."""
    return ("\n".join(_file(message)) + "\n").encode()


def _file(message: Message) -> Iterator[str]:
    yield '<?xml version="1.0" encoding="UTF-8"?>'
    yield (
        '<md:MetaData xmlns:md="urn:wco:datamodel:WCO:DocumentMetaData-DMS:2"'
        ' xmlns="urn:wco:datamodel:WCO:DEC-DMS:2">'
    )
    yield "<md:WCODataModelVersionCode>3.6</md:WCODataModelVersionCode>"
    yield "<md:WCOTypeName>DEC</md:WCOTypeName>"
    if message.envelope.recipient:
        yield f"<md:ResponsibleAgencyName>{escape(message.envelope.recipient)}</md:ResponsibleAgencyName>"
    yield "<Declaration>"
    yield _tag("FunctionCode", _FUNCTIONS.get(message.action, "9"))
    yield _tag("FunctionalReferenceID", message.lrn)
    yield _tag("ID", message.mrn)
    if message.envelope.prepared is not None:
        stamp = message.envelope.prepared.strftime("%Y%m%d%H%M%S")
        yield f'<IssueDateTime><DateTimeString formatCode="204">{stamp}</DateTimeString></IssueDateTime>'
    yield _tag("TypeCode", message.type or _TYPES.get(message.direction or ""))
    yield _tag("GoodsItemQuantity", sum(len(one.items) for one in message.consignments) or None)
    yield _tag("DeclarationOfficeID", message.office)
    for note in message.notes:
        code = _tag("StatementCode", note.code)
        text = _tag("StatementDescription", note.text)
        yield f"<AdditionalInformation>{code}{text}</AdditionalInformation>"
    for consignment in message.consignments:
        if consignment.route is not None:
            yield from _border(consignment.route)
        declarants = (p for p in consignment.parties if p.role in ("declarant", "representative"))
        for party in declarants:
            yield from _party(party, "Declarant" if party.role == "declarant" else "Agent")
        yield from _shipment(consignment)
    yield "</Declaration>"
    yield "</md:MetaData>"


def _tag(name: str, value: object) -> str:
    return f"<{name}>{escape(str(value))}</{name}>" if value is not None else ""


def _border(route: Route) -> Iterator[str]:
    yield "<BorderTransportMeans>"
    yield _tag("ID", route.imo or route.means)
    yield _tag("IdentificationTypeCode", "10" if route.imo else None)
    if route.arrival is not None:
        stamp = route.arrival.strftime("%Y%m%d%H%M%S")
        yield f'<ArrivalDateTime><DateTimeString formatCode="204">{stamp}</DateTimeString></ArrivalDateTime>'
    yield _tag("ModeCode", route.mode)
    yield "</BorderTransportMeans>"


def _party(party: Party, tag: str) -> Iterator[str]:
    yield f"<{tag}>"
    yield _tag("Name", party.name)
    for one in party.identifiers:
        yield _tag("ID", one.value)
    address = party.address
    country = party.country or (address.country if address else None)
    if address is not None or country:
        yield "<Address>"
        if address is not None:
            yield _tag("CityName", address.city)
        yield _tag("CountryCode", country)
        if address is not None:
            yield _tag("Line", address.street)
            yield _tag("PostcodeID", address.postcode)
        yield "</Address>"
    yield f"</{tag}>"


def _shipment(consignment: Consignment) -> Iterator[str]:
    yield "<GoodsShipment>"
    route = consignment.route
    yield "<Consignment>"
    for country in route.countries if route else ():
        yield f"<Itinerary><RoutingCountryCode>{escape(country)}</RoutingCountryCode></Itinerary>"
    if route is not None and route.loading:
        yield f"<LoadingLocation><ID>{escape(route.loading)}</ID></LoadingLocation>"
    if route is not None and route.discharge:
        yield f"<UnloadingLocation><ID>{escape(route.discharge)}</ID></UnloadingLocation>"
    for container in consignment.equipment:
        seals = "".join(f"<Seal>{_tag('ID', seal)}</Seal>" for seal in container.seals)
        yield f"<TransportEquipment>{_tag('ID', container.number)}{seals}</TransportEquipment>"
    yield "</Consignment>"
    for party in consignment.parties:
        if party.role in _PARTIES:
            yield from _party(party, _PARTIES[party.role])
    if consignment.destination:
        yield f"<Destination>{_tag('CountryCode', consignment.destination)}</Destination>"
    if consignment.dispatch:
        yield f"<ExportCountry>{_tag('ID', consignment.dispatch)}</ExportCountry>"
    for item in consignment.items:
        yield from _item(item)
    for document in consignment.documents:
        yield from _document(document)
    yield "</GoodsShipment>"


def _document(document: Document) -> Iterator[str]:
    tag = "PreviousDocument" if document.previous else "AdditionalDocument"
    code = document.code or ""
    yield f"<{tag}>{_tag('CategoryCode', code[:1] or None)}{_tag('ID', document.reference)}"
    yield f"{_tag('TypeCode', code[1:] or None)}</{tag}>"


def _item(item: Item) -> Iterator[str]:
    yield "<GovernmentAgencyGoodsItem>"
    yield _tag("SequenceNumeric", item.number)
    for document in item.documents:
        yield from _document(document)
    yield "<Commodity>"
    yield _tag("Description", item.description)
    if item.hs:
        yield f"<Classification>{_tag('ID', item.hs)}<IdentificationTypeCode>TSP</IdentificationTypeCode>"
        yield "</Classification>"
    for number in item.cas:
        yield f"<Classification>{_tag('ID', number)}<IdentificationTypeCode>CAS</IdentificationTypeCode>"
        yield "</Classification>"
    for number in item.un_numbers:
        yield f"<DangerousGoods>{_tag('UNDGID', number)}</DangerousGoods>"
    yield "<GoodsMeasure>"
    yield _tag("GrossMassMeasure", item.gross_mass_kg)
    yield _tag("NetNetWeightMeasure", item.net_mass_kg)
    if item.quantity is not None:
        unit = f' unitCode="{escape(item.unit)}"' if item.unit else ""
        yield f"<TariffQuantity{unit}>{item.quantity}</TariffQuantity>"
    yield "</GoodsMeasure>"
    if item.value is not None:
        currency = f' currencyID="{escape(item.currency)}"' if item.currency else ""
        yield f"<InvoiceLine><ItemChargeAmount{currency}>{item.value}</ItemChargeAmount></InvoiceLine>"
    yield "</Commodity>"
    if item.procedure:
        previous = _tag("PreviousCode", item.previous_procedure)
        yield f"<GovernmentProcedure>{_tag('CurrentCode', item.procedure)}{previous}</GovernmentProcedure>"
    if item.origin:
        yield f"<Origin>{_tag('CountryCode', item.origin)}</Origin>"
    for package in item.packages:
        count = _tag("QuantityQuantity", package.count)
        marks = _tag("MarksNumbersID", package.marks)
        yield f"<Packaging>{marks}{count}{_tag('TypeCode', package.kind)}</Packaging>"
    yield "</GovernmentAgencyGoodsItem>"
