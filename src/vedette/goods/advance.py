"""Completeness of advance air-cargo data ("7+1", the data that is sent before loading)."""

from __future__ import annotations

from vedette.goods.records import Consignment, Party

#: The eight elements: seven of the house waybill, and its number.
ELEMENTS = (
    "consignor_name",
    "consignor_address",
    "consignee_name",
    "consignee_address",
    "pieces",
    "gross_mass",
    "description",
    "waybill_number",
)


def missing(consignment: Consignment) -> tuple[str, ...]:
    """Returns which of the eight elements a consignment does not state, in the order of `ELEMENTS`.

    An address is complete if it states a country, and also a street or a city. The number of pieces and the
    mass must be greater than zero. If the consignment states no total, the sum of its items is used.
    """
    consignor = _party(consignment, "consignor", "exporter", "seller")
    consignee = _party(consignment, "consignee", "importer", "buyer")
    pieces = consignment.packages or sum(
        (package.pieces or package.count or 0)
        for item in consignment.items
        for package in item.packages
    )
    gross = consignment.gross_mass_kg or sum(item.gross_mass_kg or 0 for item in consignment.items)
    described = consignment.items and all(item.description for item in consignment.items)
    stated = {
        "consignor_name": consignor is not None and bool(consignor.name),
        "consignor_address": _addressed(consignor),
        "consignee_name": consignee is not None and bool(consignee.name),
        "consignee_address": _addressed(consignee),
        "pieces": pieces > 0,
        "gross_mass": gross > 0,
        "description": bool(described or consignment.description),
        "waybill_number": bool(consignment.house or consignment.master or consignment.reference),
    }
    return tuple(name for name in ELEMENTS if not stated[name])


def _party(consignment: Consignment, *roles: str) -> Party | None:
    """Returns the first party with one of these roles, in the order of the roles."""
    for role in roles:
        for party in consignment.parties:
            if party.role == role:
                return party
    return None


def _addressed(party: Party | None) -> bool:
    address = party.address if party is not None else None
    return address is not None and bool(address.country and (address.street or address.city))
