"""Creates the message of an announcement from the values of the form."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from vedette.cash.announcements import FORMAT
from vedette.cash.public import names
from vedette.cash.public.steps import record_of
from vedette.cash.records import Message, Movement, Party, Signature, Transit, Transport
from vedette.cash.variants import Variant
from vedette.core.parties import Address, Document

Values = Mapping[str, Mapping[str, Any]]


def message(
    code: str,
    values: Values,
    review: Mapping[str, Any],
    variant: Variant,
    language: str,
    declared: dt.datetime,
) -> Message:
    """Returns the message. `values` contains the values of the pages that apply, `review` contains the values
    of the last page, and `declared` is the time at which the last page was created. The same values always
    give the same message.
    """
    crossing = values["crossing"]
    carrier = _person({**values["person"], **values["document"]})
    parties, reasons = values["parties"], values["reasons"]
    owner, recipient = parties["owner"], parties["recipient"]
    count = parties["owners"]
    movement = Movement(
        record=record_of(variant),
        direction=crossing["direction"],
        carrier=carrier,
        carrier_is_owner=owner == "me",
        carrier_is_recipient=recipient == "me",
        owners=_others(values, "owner"),
        number_of_owners=int(count) if owner == "several" and isinstance(count, Decimal) else None,
        recipients=_others(values, "recipient"),
        transport=_transport(crossing),
        lines=values["cash"]["lines"],
        provenance=reasons["provenance"] or (),
        provenance_text=reasons["provenance_text"],
        uses=reasons["uses"] or (),
        use_text=reasons["use_text"],
        signature=Signature(name=carrier.full_name, place=review["place"], day=declared.date()),
    )
    return Message(
        format=FORMAT,
        action="original" if crossing["amends"] is None else "correction",
        amends=crossing["amends"],
        code=code,
        source="form",
        announcement=True,
        variant=variant.key,
        language=language,
        declared=declared.replace(tzinfo=None),
        movement=movement,
    )


def _transport(crossing: Mapping[str, Any]) -> Transport:
    via = crossing["via"]
    return Transport(
        departure_country=crossing["departure_country"],
        departure_place=crossing["departure_place"],
        departure=crossing["departure"],
        arrival_country=crossing["arrival_country"],
        arrival_place=crossing["arrival_place"],
        arrival=crossing["arrival"],
        via=(Transit(country=via),) if via else (),
        mode=crossing["mode"],
        reference=crossing["reference"],
        company=crossing["company"],
    )


def _others(values: Values, role: str) -> tuple[Party, ...]:
    if person := values.get(f"{role}_person"):
        return (_person(person),)
    if company := values.get(f"{role}_company"):
        return (_company(company),)
    return ()


def _person(values: Mapping[str, Any]) -> Party:
    nationalities = (values["nationality"], values["nationality2"])
    number, issuer = values["document_number"], values["document_country"]
    return Party(
        legal=False,
        first_names=values["first_names"],
        last_names=values["last_names"],
        personal_number=values["personal_number"],
        gender=values["gender"],
        nationalities=tuple(dict.fromkeys(one for one in nationalities if one)),
        date_of_birth=values["birth"],
        birth_town=values["birth_town"],
        birth_country=values["birth_country"],
        document=Document(
            type=values["document_type"],
            number=number,
            issuer=names.alpha3(issuer) if issuer else None,
        )
        if number
        else None,
        **_contacts(values),
    )


def _company(values: Mapping[str, Any]) -> Party:
    return Party(
        legal=True,
        name=values["name"],
        registration_number=values["registration_number"],
        registration_country=values["registration_country"],
        vat=values["vat"],
        **_contacts(values),
    )


def _contacts(values: Mapping[str, Any]) -> dict[str, Any]:
    address = Address(
        kind="residence",
        street=values["street"],
        postcode=values["postcode"],
        city=values["city"],
        country=values["country"],
    )
    stated = any((address.street, address.postcode, address.city, address.country))
    return {
        "addresses": (address,) if stated else (),
        "phones": (values["phone"],) if values["phone"] else (),
        "emails": (values["email"],) if values["email"] else (),
    }
