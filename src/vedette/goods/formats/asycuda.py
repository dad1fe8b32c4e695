"""Reads declarations in the XML of ASYCUDA World (root `ASYCUDA`, the Single Administrative Document).

An empty value is an element without text, an element `null`, or the text "null". One element contains the
name of a trader and the lines of the address. The exports of some countries leave out parties, parts of the
valuation, or attached documents. Every part of the message is therefore optional.
"""

from __future__ import annotations

import re
from decimal import Decimal

from vedette.core.parties import Address
from vedette.core.records import day_of
from vedette.formats.xml import Node, body, parse, root_tag
from vedette.goods import records
from vedette.goods.formats.values import Reading, code_text, joined, unique

NAME = "ASYCUDA-SAD"
_FLOWS = {"I": "import", "E": "export", "T": "transit"}
_TYPES = {"IM": "import", "EX": "export", "TR": "transit", "T1": "transit", "T2": "transit"}
#: Element with traders → (role, beginning of the names of its elements).
_TRADERS = (
    ("Exporter", "exporter"),
    ("Consignee", "consignee"),
    ("Financial", "financial"),
    ("Buyer", "buyer"),
    ("Seller", "seller"),
)
#: Parts of the customs value of an item that are kept as notes.
_COSTS = (
    ("Item_Invoice", "Amount_national_currency"), ("item_external_freight", "Amount_foreign_currency"),
    ("item_external_freight", "Amount_national_currency"), ("item_insurance", "Amount_foreign_currency"),
    ("item_insurance", "Amount_national_currency"), ("Total_cost_itm",), ("Total_CIF_itm",),
)  # fmt: skip
_CURRENCY_NOTE = re.compile(r"no foreign currency", re.I)


def sniff(head: bytes, data: bytes) -> bool:
    """Whether a file has this format."""
    return root_tag(head).upper() == "ASYCUDA"


def read(data: bytes) -> list[records.Message]:
    """Reads the declaration of a file."""
    tree = parse(data, ("Item",))
    reading = Reading()
    reading.damage(tree)
    return [_Sad(tree.root, reading).message(body(data))]


def _value(node: Node | None, *path: str) -> str | None:
    """Returns the text at a path, or None if it is absent, empty or "null"."""
    found = node.value(*path) if node is not None else None
    return None if found is None or found.lower() == "null" else found


def _lines(text: str | None) -> list[str]:
    return [line for part in (text or "").splitlines() if (line := " ".join(part.split()))]


class _Sad:
    """Reads one declaration."""

    def __init__(self, root: Node, reading: Reading) -> None:
        self.root = root
        self.reading = reading
        self.valuation = root.first("Valuation")
        self.currency = self.currency_of(self.valuation, "Gs_Invoice")

    def message(self, content: bytes) -> records.Message:
        """Returns the declaration."""
        root, reading = self.root, self.reading
        identification = root.first("Identification")
        property_ = root.first("Property")
        type_ = joined(_value(identification, "Type", "Type_of_declaration"))
        procedure = _value(identification, "Type", "Declaration_gen_procedure_code")
        office = _value(identification, "Office_segment", "Customs_clearance_office_code")
        flow = (_value(property_, "Sad_flow") or "").upper()
        direction = _FLOWS.get(flow) or _TYPES.get((type_ or "").upper())
        registered = self.date(identification, "Registration", "Date")
        number = _value(identification, "Registration", "Number")
        mrn = None
        if number is not None:
            serial = _value(identification, "Registration", "Serial_number")
            mrn = joined(office, str(registered.year) if registered else None, serial, number)
        lrn = joined(
            _value(root, "Declarant", "Reference", "Year"),
            _value(root, "Declarant", "Reference", "Number"),
        )
        consignment = self.consignment(direction, lrn or mrn)
        declarant = next((p for p in consignment.parties if p.role == "declarant"), None)
        stated = _value(property_, "Nbers", "Total_number_of_items")
        count = reading.count(stated, "number of items", "Total_number_of_items")
        reading.stated(count, len(consignment.items), "items", "Property", root.offset)
        declared = self.date(property_, "Date_of_declaration") or registered
        return records.Message(
            format=NAME,
            envelope=records.Envelope(
                sender=declarant.identifiers[0].value
                if declarant and declarant.identifiers
                else None,
                message_ref=lrn or mrn,
                sequence=1,
                last=True,
            ),
            document="declaration",
            type=joined(type_, procedure) and f"{type_ or ''}{procedure or ''}",
            direction=direction,
            lrn=lrn,
            mrn=mrn,
            version=self.whole(_value(identification, "Version")),
            declarant=(declarant.identifiers[0].value if declarant.identifiers else declarant.name)
            if declarant
            else None,
            declared=declared,
            accepted=self.date(identification, "Assessment", "Date"),
            office=office,
            entry_office=_value(root, "Transport", "Border_office", "Code"),
            exit_office=_value(root, "Export_release", "Actual_office_of_exit_code"),
            consignments=(consignment,),
            warnings=reading.warnings,
            offset=root.offset,
            body=content,
        )

    def whole(self, text: str | None) -> int | None:
        """Returns a whole number, without a warning."""
        return int(text) if text and text.isascii() and text.isdigit() and len(text) < 7 else None

    def date(self, node: Node | None, *path: str) -> records.Moment | None:
        """Returns a date. ASYCUDA writes the month, the day and the year. The year has two or four digits."""
        text = _value(node, *path)
        if text is None or node is None:
            return None
        short = re.fullmatch(r"(\d{1,2}/\d{1,2}/)(\d\d)", text)
        full = f"{short[1]}20{short[2]}" if short else text
        month = int(full.partition("/")[0]) if re.match(r"\d{1,2}/", full) else 0
        order = "mdy" if month <= 12 else "dmy"
        return self.reading.moment(full, path[-1], node.offset, order=order)

    def currency_of(self, node: Node | None, *path: str) -> str | None:
        """Returns the currency of an amount."""
        found = node.first(*path) if node is not None else None
        code = _value(found, "Currency_code")
        if found is None or code is None or _CURRENCY_NOTE.search(code):
            return None
        return self.reading.currency(code, path[-1], found.offset)

    def amount(self, node: Node | None, what: str, *path: str) -> Decimal | None:
        """Returns an amount, or another number."""
        found = node.first(*path) if node is not None else None
        text = _value(node, *path)
        if text is None or found is None:
            return None
        return self.reading.number(text, what, path[-1], found.offset)

    def party(self, node: Node | None, element: str, role: str) -> records.Party | None:
        """Reads a trader. The first line is the name, and the other lines are the address."""
        code = _value(node, f"{element}_code")
        lines = _lines(_value(node, f"{element}_name"))
        more = _lines(_value(node, f"{element}_address"))
        if node is None or not (code or lines):
            return None
        name = self.reading.text(lines[0] if lines else None, element, node.offset)
        street = " ".join([*lines[1:], *more])
        country = self.reading.country(
            _value(node, f"{element}_country_code"), element, node.offset
        )
        address = None
        if street or country:
            street_text = self.reading.text(street, element, node.offset)
            address = Address(kind="business", street=street_text, country=country)
        return records.Party(
            role=role,
            name=name,
            country=country,
            address=address,
            identifiers=(records.Identifier(value=code),) if code else (),
            contact=_value(node, f"{element}_representative"),
        )

    def parties(self) -> tuple[records.Party, ...]:
        """Returns the parties that the declaration states."""
        traders = self.root.first("Traders")
        found = [
            self.party(traders.first(element), element, role) if traders is not None else None
            for element, role in _TRADERS
        ]
        found.append(self.party(self.root.first("Declarant"), "Declarant", "declarant"))
        return tuple(party for party in found if party is not None)

    def consignment(self, direction: str | None, reference: str | None) -> records.Consignment:
        """Reads the goods of the declaration."""
        root, reading = self.root, self.reading
        country = root.first("General_information", "Country")
        transport = root.first("Transport")
        items = []
        for position, node in enumerate(root.all("Item"), 1):
            items.append(self.item(node, position))
        means = transport.first("Means_of_transport") if transport is not None else None
        border, inland = (
            means.first(name) if means is not None else None
            for name in ("Border_information", "Departure_arrival_information")
        )
        nationality = _value(border, "Nationality") or _value(inland, "Nationality")
        route = records.Route(
            mode=_value(border, "Mode") or _value(means, "Inland_mode_of_transport"),
            means=_value(border, "Identity") or _value(inland, "Identity"),
            inland_means=_value(inland, "Identity") if _value(border, "Identity") else None,
            nationality=reading.country(nationality, "Means_of_transport"),
            loading=_value(transport, "Place_of_loading", "Code")
            or _value(transport, "Place_of_loading", "Name"),
        )
        manifest = _value(root, "Identification", "Manifest_reference_number")
        summary = unique(
            [_value(n, "Previous_doc", "Summary_declaration") for n in root.all("Item")]
        )
        total = _value(self.valuation, "Total", "Total_weight")
        gross = _value(self.valuation, "Weight", "Gross_weight") or total
        notes = [
            records.Note(code=name, text=text)
            for name, text in (
                ("Value_details", _value(root, "General_information", "Value_details")),
                ("Comments", _value(root, "General_information", "Comments_free_text")),
                ("Additional_information",
                 _value(root, "General_information", "Additional_information")),
                ("Trading_country", _value(country, "Trading_country")),
                ("Country_of_origin_name", _value(country, "Country_of_origin_name")),
            )
            if text
        ]  # fmt: skip
        return records.Consignment(
            reference=(summary[0] if len(summary) == 1 else None) or reference or manifest,
            direction=direction,
            ucr=_value(root, "Identification", "UCR"),
            parties=self.parties(),
            items=tuple(items),
            equipment=self.containers(),
            documents=(records.Document(code="MANIFEST", reference=manifest, previous=True),)
            if manifest
            else (),
            notes=tuple(notes),
            route=route if route != records.Route() else None,
            item_count=self.whole(_value(root, "Property", "Nbers", "Total_number_of_items")),
            packages=self.amount(
                root.first("Property"), "number of packages", "Nbers", "Total_number_of_packages"
            ),
            gross_mass_kg=reading.mass(gross, None, "total gross mass", "Valuation"),
            value=self.amount(
                self.valuation, "invoice amount", "Gs_Invoice", "Amount_foreign_currency"
            ),
            currency=self.currency,
            dispatch=reading.country(_value(country, "Export", "Export_country_code"), "Export"),
            destination=reading.country(
                _value(country, "Destination", "Destination_country_code"), "Destination"
            )
            or reading.country(_value(country, "Country_first_destination"), "Country"),
            incoterm=code_text(_value(transport, "Delivery_terms", "Code")),
            incoterm_place=_value(transport, "Delivery_terms", "Place"),
            location=_value(transport, "Location_of_goods"),
            segment="ASYCUDA",
            offset=root.offset,
        )

    def containers(self) -> tuple[records.Container, ...]:
        """Returns the containers of the declaration, without duplicates."""
        found: dict[str, records.Container] = {}
        for node in self.root.all("Container"):
            number = _value(node, "Container_identity")
            if number:
                found.setdefault(
                    number,
                    records.Container(
                        number=number,
                        size_type=_value(node, "Container_type"),
                        fullness=_value(node, "Empty_full_indicator"),
                        seals=unique(
                            [
                                _value(node, f"{name}_{n}")
                                for n in (1, 2, 3)
                                for name in ("Seal", "Seals")
                            ]
                        ),
                    ),
                )
        return tuple(found.values())

    def item(self, node: Node, position: int) -> records.Item:
        """Reads one item. In this format, items have no numbers."""
        reading, at = self.reading, node.offset
        reading.item = position
        tariff, goods = node.first("Tarification"), node.first("Goods_description")
        valuation = node.first("Valuation_item")
        code = tariff.first("HScode") if tariff is not None else None
        net = self.mass(valuation, "net mass", "Net_weight_itm")
        gross = self.mass(valuation, "gross mass", "Gross_weight_itm")
        reading.masses(net, gross, "Weight_itm", at)
        unit, quantity = self.quantity(tariff)
        commercial = reading.text(_value(goods, "Commercial_Description"), "Goods_description", at)
        official = reading.text(_value(goods, "Description_of_goods"), "Goods_description", at)
        price = self.amount(tariff, "item price", "Item_price")
        if price is None:
            price = self.amount(valuation, "item price", "Item_Invoice", "Amount_foreign_currency")
        currency = self.currency_of(valuation, "Item_Invoice") or self.currency
        statistical = self.amount(valuation, "statistical value", "Statistical_value")
        origin = _value(goods, "Country_of_origin_code")
        made = records.Item(
            number=position,
            hs=reading.hs(_value(code, "Commodity_code"), "HScode", code.offset if code else at),
            additional_codes=unique([_value(code, f"Precision_{n}") for n in (1, 2, 3, 4)]),
            description=commercial or official,
            tariff_text=official if commercial else None,
            net_mass_kg=net,
            gross_mass_kg=gross,
            quantity=quantity,
            unit=unit,
            value=price,
            currency=currency,
            statistical_value=statistical,
            origin=reading.country(origin, "Goods_description", at, what="country of origin"),
            procedure=_value(tariff, "Extended_customs_procedure"),
            additional_procedures=unique([_value(tariff, "National_customs_procedure")]),
            documents=tuple(self.documents(node)),
            packages=self.packages(node),
            notes=tuple(
                records.Note(code=name, text=text)
                for name in ("Free_text_1", "Free_text_2", "Attached_doc_item")
                if (text := reading.text(_value(node, name), name, at))
            )
            + self.costs(valuation),
            containers=unique([_value(node, "Container_identity")]),
            segment="Item",
            offset=at,
        )
        reading.item = None
        return made

    def costs(self, valuation: Node | None) -> tuple[records.Note, ...]:
        """Returns the parts of the customs value of an item as notes."""
        return tuple(
            records.Note(code="/".join(path), text=text)
            for path in _COSTS
            if (text := _value(valuation, *path)) and text.strip("0.")
        )

    def mass(self, valuation: Node | None, what: str, name: str) -> float | None:
        """Returns a mass of an item."""
        weights = valuation.first("Weight_itm") if valuation is not None else None
        text = _value(weights, name)
        if text is None or weights is None:
            return None
        return self.reading.mass(text, None, what, name, weights.offset)

    def quantity(self, tariff: Node | None) -> tuple[str | None, Decimal | None]:
        """Returns the first supplementary quantity, with its unit. In real files, the names of these elements
        are misspelled."""
        for node in tariff.all("Supplementary_unit") if tariff is not None else ():
            for name in ("Suppplementary_unit", "Supplementary_unit"):
                text = _value(node, f"{name}_quantity")
                if text is not None:
                    number = self.reading.number(text, "quantity", node.tag, node.offset)
                    return code_text(_value(node, f"{name}_code")), number
        return None, None

    def packages(self, node: Node) -> tuple[records.Package, ...]:
        """Returns the packages of an item."""
        made = []
        for one in node.all("Packages"):
            package = records.Package(
                count=self.amount(one, "number of packages", "Number_of_packages"),
                kind=code_text(_value(one, "Kind_of_packages_code"))
                or _value(one, "Kind_of_packages_name"),
                marks=joined(_value(one, "Marks1_of_packages"), _value(one, "Marks2_of_packages")),
            )
            if package != records.Package():
                made.append(package)
        return tuple(made)

    def documents(self, node: Node) -> list[records.Document]:
        """Returns the documents of an item, its licence, and its previous documents."""
        made = [
            records.Document(
                code=code_text(_value(one, "Attached_document_code")),
                reference=_value(one, "Attached_document_reference"),
                name=_value(one, "Attached_document_name"),
                issued=day_of(moment)
                if (moment := self.date(one, "Attached_document_date")) is not None
                else None,
            )
            for one in node.all("Attached_documents")
        ]
        made = [one for one in made if one != records.Document()]
        licence = _value(node, "Licence_number")
        if licence:
            quantity = self.amount(
                node, "quantity of the licence", "Quantity_deducted_from_licence"
            )
            made.append(records.Document(code="LICENCE", reference=licence, quantity=quantity))
        for name in ("Summary_declaration", "Previous_document_reference"):
            text = _value(node, "Previous_doc", name)
            if text:
                made.append(records.Document(name=name, reference=text, previous=True))
        return made
