"""Reads IATA Cargo-XML: air waybills (XFWB, root `Waybill`), house waybills (XFZB, `HouseWaybill`), house
manifests (XFHL, `HouseManifest`) and manifests of an aircraft (XFFM, `FlightManifest`).

The schemas are not public. The reader follows the structure of messages in public repositories. The reader
searches for elements by name in every place where a schema may contain them.
"""

from __future__ import annotations

import re
from collections import deque
from decimal import Decimal
from typing import Any

from vedette.core.parties import Address
from vedette.formats.xml import Node, body, parse, root_tag
from vedette.goods import records
from vedette.goods.formats.values import Reading, code_text, joined, time_only, unique

NAME = "CARGO-XML"
_ROOTS = {
    "Waybill": "waybill",
    "HouseWaybill": "waybill",
    "HouseManifest": "manifest",
    "FlightManifest": "manifest",
}
_ITEMS = ("IncludedHouseConsignmentItem", "IncludedMasterConsignmentItem")
_REPEATED = (*_ITEMS, "IncludedHouseConsignment", "IncludedMasterConsignment")
_ROLES = {
    "ConsignorParty": "consignor",
    "ConsigneeParty": "consignee",
    "FreightForwarderParty": "representative",
    "NotifyParty": "notify",
    "AssociatedParty": "other",
}
_SUBJECTS = {"SHP": "consignor", "CNE": "consignee", "AGT": "representative", "NFY": "notify"}
_ACTIONS = {
    "CREATION": "original", "CREATE": "original", "9": "original", "UPDATE": "amendment",
    "CHANGE": "amendment", "AMEND": "amendment", "4": "amendment", "REPLACE": "replacement",
    "5": "replacement", "DELETION": "cancellation", "DELETE": "cancellation",
    "CANCELLATION": "cancellation", "1": "cancellation", "3": "cancellation",
}  # fmt: skip
_FLIGHT = re.compile(r"([A-Z0-9]{2})-?(\d{1,4}[A-Z]?)")


def sniff(head: bytes, data: bytes) -> bool:
    """Whether a file has this format."""
    return root_tag(head) in _ROOTS and (b"iata:" in head or b"MessageHeaderDocument" in head)


def read(data: bytes) -> list[records.Message]:
    """Reads the message of a file."""
    tree = parse(data, _REPEATED)
    reading = Reading()
    reading.damage(tree)
    return [_Message(tree.root, reading).message(body(data))]


def _party(node: Node, role: str, reading: Reading) -> records.Party | None:
    name = reading.text(node.value("Name"), node.tag, node.offset)
    where = node.first("PostalStructuredAddress") or node.first("FreightForwarderAddress")
    address = country = None
    if where is not None:
        country = reading.country(where.value("CountryID"), "PostalStructuredAddress", where.offset)
        address = Address(
            kind="business",
            street=joined(where.value("StreetName"), where.value("PostOfficeBox")),
            city=where.value("CityName") or where.value("CityID"),
            state=where.value("CountrySubDivisionName") or where.value("CountrySubDivisionID"),
            postcode=where.value("PostcodeCode"),
            country=country,
        )
    contact = node.first("DefinedTradeContact")
    identifiers = [
        records.Identifier(scheme=one.attrs.get("schemeID") or tag, value=one.text)
        for tag in ("PrimaryID", "AdditionalID", "AccountID", "CargoAgentID")
        for one in node.all(tag)
        if one.text
    ]
    if not (name or address or identifiers):
        return None
    return records.Party(
        role=role,
        name=name,
        country=country,
        address=address,
        identifiers=tuple(identifiers),
        phones=unique(
            [
                contact.value(kind, "CompleteNumber")
                for kind in ("DirectTelephoneCommunication", "MobileTelephoneCommunication")
            ]
        )
        if contact is not None
        else (),
        emails=unique([contact.value("URIEmailCommunication", "URIID")]) if contact else (),
        contact=contact.value("PersonName") if contact is not None else None,
    )


class _Message:
    """Reads one message."""

    def __init__(self, root: Node, reading: Reading) -> None:
        self.root = root
        self.reading = reading

    def message(self, content: bytes) -> records.Message:
        """Returns the message."""
        root, reading = self.root, self.reading
        head = root.first("MessageHeaderDocument") or Node("MessageHeaderDocument", {}, root.offset)
        number = root.value("BusinessHeaderDocument", "ID")
        purpose = head.value("PurposeCode")
        action = _ACTIONS.get((purpose or "9").upper().lstrip("0"), "original")
        issued = reading.moment(head.value("IssueDateTime"), "IssueDateTime", head.offset)
        sender = head.value("SenderParty", "PrimaryID")
        movement = root.first("LogisticsTransportMovement")
        consignments, equipment = self.consignments()
        references = unique([one.reference for one in consignments])
        return records.Message(
            format=NAME,
            envelope=records.Envelope(
                sender=sender,
                recipient=head.value("RecipientParty", "PrimaryID"),
                prepared=time_only(issued),
                message_ref=head.value("ID"),
                release=head.value("VersionID"),
                sequence=1,
                last=True,
            ),
            function=purpose,
            sub_function=head.value("TypeCode"),
            document=_ROOTS[root.tag],
            action=action,
            amends=(number or (references[0] if references else None))
            if action in ("amendment", "replacement", "cancellation")
            else None,
            type=root.tag,
            lrn=number or head.value("ID"),
            declarant=sender,
            declared=issued,
            route=self.movement(movement) if movement is not None else None,
            equipment=equipment,
            consignments=consignments,
            notes=tuple(self.notes(root.first("BusinessHeaderDocument"))),
            warnings=reading.warnings,
            offset=root.offset,
            body=content,
        )

    def movement(self, node: Node) -> records.Route | None:
        """Reads the movement of an aircraft from the header of a manifest."""
        return self.route_of([node], {})

    def route_of(self, movements: list[Node], stated: dict[str, Any]) -> records.Route | None:
        """Returns the route, and uses the first movement that names an aircraft."""
        reading, made = self.reading, dict(stated)
        for node in movements:
            number = node.value("ID")
            found = _FLIGHT.fullmatch(number.replace(" ", "").upper()) if number else None
            if number and "voyage" not in made:
                made["voyage"] = number
                if found:
                    made["carrier"] = found[1]
            means = node.first("UsedLogisticsTransportMeans")
            if means is not None:
                made.setdefault("means", means.value("Name") or means.value("ID"))
            mode = node.value("ModeCode")
            if mode:
                made.setdefault("mode", mode)
            leaving, landing = node.first("DepartureEvent"), node.first("ArrivalEvent")
            landing = landing or self.root.first("ArrivalEvent")
            for event, time, place in (
                (leaving, "departure", "loading"),
                (landing, "arrival", "discharge"),
            ):
                if event is None:
                    continue
                where = event.value("OccurrenceDepartureLocation", "ID") or event.value(
                    "OccurrenceArrivalLocation", "ID"
                )
                if where:
                    made.setdefault(place, where)
                for name in (
                    "ScheduledOccurrenceDateTime", "DepartureOccurrenceDateTime",
                    "ArrivalOccurrenceDateTime", "ActualOccurrenceDateTime",
                ):  # fmt: skip
                    when = reading.moment(event.value(name), name, event.offset)
                    if when is not None:
                        made.setdefault(time, when)
        return records.Route(**made) if made else None

    def consignments(
        self,
    ) -> tuple[tuple[records.Consignment, ...], tuple[records.Container, ...]]:
        """Returns the waybills of the message, and the unit load devices of a manifest."""
        root = self.root
        if root.tag != "FlightManifest":
            masters = root.all("MasterConsignment") or [root]
            houses = [
                (master, house)
                for master in masters
                for house in master.all("IncludedHouseConsignment")
            ]
            if root.tag == "Waybill" or not houses:
                return tuple(self.consignment(one, None, None) for one in masters), ()
            return tuple(self.consignment(house, master, None) for master, house in houses), ()
        made: list[records.Consignment] = []
        units: dict[str, records.Container] = {}
        waiting: deque[tuple[Node, str | None, str | None]] = deque([(root, None, None)])
        while waiting:
            node, unit, airport = waiting.popleft()
            if node.tag == "ArrivalEvent":
                airport = node.value("OccurrenceArrivalLocation", "ID") or airport
            if node.tag == "AssociatedTransportCargo":
                device = node.first("UtilizedUnitLoadTransportEquipment")
                unit = device.value("ID") if device is not None else None
                if device is not None and unit:
                    owner = device.value("OperatingParty", "PrimaryID")
                    kind = device.value("CharacteristicCode")
                    unit = f"{kind or ''}{unit}{owner or ''}" if unit.isdigit() else unit
                    seals = unique(device.values("AffixedLogisticsSeal", "ID"))
                    units.setdefault(
                        unit, records.Container(number=unit, size_type=kind, seals=seals)
                    )
            for kid in node.kids:
                if kid.tag not in ("IncludedMasterConsignment", "MasterConsignment"):
                    waiting.append((kid, unit, airport))
                    continue
                inside = kid.all("IncludedHouseConsignment")
                made += [self.consignment(house, kid, unit, airport) for house in inside]
                if not inside:
                    made.append(self.consignment(kid, None, unit, airport))
        return tuple(made), tuple(units.values())

    def consignment(
        self, node: Node, master: Node | None, unit: str | None, airport: str | None = None
    ) -> records.Consignment:
        """Reads one waybill. `master` is the master waybill of a house waybill."""
        reading, root = self.reading, self.root
        stated = node.value("TransportContractDocument", "ID")
        header = root.value("BusinessHeaderDocument", "ID")
        if master is not None:
            house = node.value("ID") or stated or (header if root.tag == "HouseWaybill" else None)
            above = master.value("TransportContractDocument", "ID") or master.value("ID")
        else:
            house, above = None, stated or node.value("ID") or header
        whole = node.first("IncludedTareGrossWeightMeasure") or node.first("GrossWeightMeasure")
        gross = self.mass(whole, "gross mass")
        volume = node.first("GrossVolumeMeasure")
        pieces = self.number(
            node.first("TotalPieceQuantity")
            or node.first("PieceQuantity")
            or node.first("PackageQuantity"),
            "number of pieces",
        )
        description = reading.text(
            node.value("SummaryDescription"), "SummaryDescription", node.offset
        )
        parties = self.parties(node) or (self.parties(master) if master is not None else [])
        notes = self.notes(node)
        parties, notes = _identified(parties, notes)
        nodes = [kid for kid in node.kids if kid.tag in _ITEMS] or [
            kid
            for rating in node.all("ApplicableRating")
            for kid in rating.kids
            if kid.tag in _ITEMS
        ]
        items = [self.item(one, position) for position, one in enumerate(nodes, 1)]
        codes = node.values("HarmonisedCommodityCode") + node.values("TypeCode")
        if not items and (description or gross is not None):
            hs = reading.hs(codes[0], "TypeCode", node.offset) if codes else None
            packages = (records.Package(pieces=pieces),) if pieces is not None else ()
            items = [
                records.Item(
                    number=1,
                    hs=hs,
                    description=description,
                    gross_mass_kg=gross,
                    packages=packages,
                    segment=node.tag,
                    offset=node.offset,
                )
            ]
        count = reading.count(node.value("ConsignmentItemQuantity"), "number of items", node.tag)
        if nodes:
            reading.stated(count, len(nodes), "items", node.tag, node.offset)
        value = node.first("DeclaredValueForCustomsAmount")
        origin = node.value("OriginLocation", "ID") or (
            master.value("OriginLocation", "ID") if master else None
        )
        destination = node.value("FinalDestinationLocation", "ID") or (
            master.value("FinalDestinationLocation", "ID") if master else None
        )
        known = {"origin": origin, "destination": destination, "discharge": airport}
        movements = node.all("SpecifiedLogisticsTransportMovement") or (
            master.all("SpecifiedLogisticsTransportMovement") if master else []
        )
        route = self.route_of(movements, {k: v for k, v in known.items() if v})
        return records.Consignment(
            reference=house or above,
            master=above,
            house=house,
            parties=tuple(parties),
            items=tuple(items),
            equipment=(records.Container(number=unit),) if unit else (),
            notes=tuple(notes),
            route=route,
            description=description,
            item_count=count,
            packages=pieces,
            gross_mass_kg=gross,
            volume_m3=self.volume(volume),
            value=self.number(value, "declared value"),
            currency=self.currency(value),
            handling=unique(
                node.values("HandlingSPHInstructions", "DescriptionCode")
                + node.values("HandlingInstructions", "DescriptionCode")
            ),
            hs_codes=unique(codes),
            segment=node.tag,
            offset=node.offset,
        )

    def parties(self, node: Node) -> list[records.Party]:
        """Returns the parties of a waybill."""
        found = []
        for kid in node.kids:
            role = _ROLES.get(kid.tag)
            if role is None:
                continue
            if role == "other" and kid.value("RoleCode") in ("NI", "NFY", "N1"):
                role = "notify"
            party = _party(kid, role, self.reading)
            if party is not None:
                found.append(party)
        return found

    def notes(self, node: Node | None) -> list[records.Note]:
        """Returns the statements of a waybill: customs notes, special services, other information."""
        if node is None:
            return []
        made = []
        for one in node.kids:
            if one.tag in ("IncludedCustomsNote", "IncludedHeaderNote"):
                code = joined(
                    one.value("CountryID"), one.value("SubjectCode"), one.value("ContentCode")
                )
                text = self.reading.text(one.value("Content"), one.tag, one.offset)
            elif one.tag in ("HandlingSSRInstructions", "HandlingOSIInstructions"):
                code = one.tag[8:11]
                text = self.reading.text(one.value("Description"), one.tag, one.offset)
            else:
                continue
            if code or text:
                made.append(records.Note(code=code, text=text))
        return made

    def item(self, node: Node, position: int) -> records.Item:
        """Reads one item."""
        reading = self.reading
        number = reading.count(node.value("SequenceNumeric"), "item number", node.tag, node.offset)
        reading.item = number if number is not None else position
        codes = [one for one in node.all("TypeCode") if one.text]
        hs = [reading.hs(one.text, "TypeCode", one.offset) for one in codes]
        value = node.first("DeclaredValueForCustomsAmount") or node.first("InvoiceAmount")
        gross = self.mass(node.first("GrossWeightMeasure"), "gross mass")
        net = self.mass(node.first("NetWeightMeasure"), "net mass")
        reading.masses(net, gross, node.tag, node.offset)
        description = [
            reading.text(text, "NatureIdentificationTransportCargo", node.offset)
            for text in node.values("NatureIdentificationTransportCargo", "Identification")
        ]
        pieces = self.number(node.first("PieceQuantity"), "number of pieces")
        packages = [
            records.Package(
                count=self.number(one.first("ItemQuantity"), "number of packages"),
                kind=code_text(one.value("TypeCode")),
                marks=one.value("PhysicalLogisticsShippingMarks", "Marking"),
            )
            for one in node.all("TransportLogisticsPackage")
        ]
        if pieces is not None:
            packages.insert(0, records.Package(pieces=pieces))
        dangerous = [
            one.text
            for one in node.walk()
            if one.tag in ("UNDGIdentificationCode", "UNDGID") and one.text
        ]
        made = records.Item(
            number=number if number is not None else position,
            hs=hs[0] if hs else None,
            additional_codes=unique(hs[1:]),
            description=joined(*description),
            net_mass_kg=net,
            gross_mass_kg=gross,
            value=self.number(value, "declared value"),
            currency=self.currency(value),
            origin=reading.country(
                node.value("OriginCountry", "ID"),
                "OriginCountry",
                node.offset,
                what="country of origin",
            ),
            packages=tuple(packages),
            un_numbers=unique(dangerous),
            containers=unique(
                node.values("AssociatedUnitLoadTransportEquipment", "ID")
                + node.values("UtilizedUnitLoadTransportEquipment", "ID")
            ),
            notes=tuple(self.notes(node)),
            segment=node.tag,
            offset=node.offset,
        )
        reading.item = None
        return made

    def number(self, node: Node | None, what: str) -> Decimal | None:
        """Returns the number in an element."""
        return self.reading.number(node.text, what, node.tag, node.offset) if node else None

    def currency(self, node: Node | None) -> str | None:
        """Returns the currency of an amount."""
        if node is None:
            return None
        return self.reading.currency(node.attrs.get("currencyID"), node.tag, node.offset)

    def mass(self, node: Node | None, what: str) -> float | None:
        """Returns a mass in kilograms."""
        if node is None:
            return None
        return self.reading.mass(node.text, node.attrs.get("unitCode"), what, node.tag, node.offset)

    def volume(self, node: Node | None) -> float | None:
        """Returns a volume in cubic metres."""
        found = self.number(node, "volume")
        if found is None or node is None:
            return None
        factor = {"CMQ": 1e-6, "LTR": 1e-3, "FTQ": 0.028316846592, "INQ": 0.000016387064}
        return round(float(found) * factor.get((node.attrs.get("unitCode") or "").upper(), 1), 9)


def _identified(
    parties: list[records.Party], notes: list[records.Note]
) -> tuple[list[records.Party], list[records.Note]]:
    """If a customs note states the number of a party, moves the note to this party. The code of such a note
    names a role and ends with `T`, `EORI` or `L`. All other notes are left unchanged."""
    left: list[records.Note] = []
    result = list(parties)
    for note in notes:
        words = (note.code or "").split()
        role = next((_SUBJECTS[word] for word in words if word in _SUBJECTS), None)
        at = next((n for n, party in enumerate(result) if party.role == role), None)
        if role is None or at is None or note.text is None or words[-1] not in ("T", "EORI", "L"):
            left.append(note)
            continue
        party = result[at]
        number = records.Identifier(scheme=note.code, value=note.text)
        result[at] = records.Party(
            role=party.role,
            name=party.name,
            country=party.country,
            address=party.address,
            identifiers=(*party.identifiers, number),
            phones=party.phones,
            emails=party.emails,
            contact=party.contact,
        )
    return result, left
