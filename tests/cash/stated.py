"""Messages about cash of invented persons, for tests."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Any

import msgspec

from vedette.cash.formats import statement
from vedette.cash.records import Line, Message, Movement, Party, Transport
from vedette.core.parties import Address, Document
from vedette.core.records import Envelope

NOW = dt.datetime.now(dt.UTC).replace(microsecond=0)
CARRIER = Party(
    legal=False, last_names="Exempleau", first_names="Ida", date_of_birth=dt.date(1980, 2, 3),
    nationalities=("FR",), document=Document(type="P", number="X1234567", issuer="FRA"),
    addresses=(Address(kind="residence", street="1 rue Modèle", city="Lyon", country="FR"),),
    phones=("+33639980101",), emails=("ida@exemple.test",),
)  # fmt: skip
COMPANY = Party(
    legal=True, name="Bijoux Modele SARL", registration_number="RC 417", registration_country="FR"
)
LINES = (
    Line(number=1, kind="currency", amount=Decimal("12500"), currency="EUR"),
    Line(number=2, kind="currency", amount=Decimal("3000.50"), currency="USD"),
    Line(number=3, kind="gold", type="bullion", quantity=Decimal(2), weight=Decimal("200"),
         fineness=Decimal("999.9")),
)  # fmt: skip


def movement(**more: Any) -> Movement:
    """Cash that a person carries by air to Dakar; it lands in five hours."""
    lands = (NOW + dt.timedelta(hours=5)).replace(tzinfo=None)
    given: dict[str, Any] = {
        "record": "declaration", "direction": "entry", "carrier": CARRIER, "lines": LINES,
        "owners": (COMPANY,), "provenance": ("labour",), "uses": ("holidays",),
        "transport": Transport(
            departure_country="FR", departure_place="CDG", arrival_country="SN", arrival_place="DSS",
            arrival=lands, mode="air", means="commercial_flight", reference="XX417",
        ),
    }  # fmt: skip
    return Movement(**given | more)


def declaration(at: dt.datetime = NOW, of: Movement | None = None, **more: Any) -> Message:
    """A declaration on paper with the reference 2026-117."""
    given: dict[str, Any] = {
        "format": statement.NAME,
        "envelope": Envelope(prepared=at.replace(tzinfo=None), interchange_ref="1"),
        "source": "officer", "reference": "2026-117", "declared": at.replace(tzinfo=None),
        "movement": of or movement(),
    }  # fmt: skip
    return Message(**given | more)


def announcement(
    code: str, at: dt.datetime = NOW, of: Movement | None = None, **more: Any
) -> Message:
    """A submission of the public form."""
    return declaration(
        at, of, **{"source": "form", "reference": None, "code": code, "announcement": True} | more
    )


def written(message: Message) -> bytes:
    """The file of a message."""
    return statement.write(message)


def changed(message: Message, **values: Any) -> Message:
    """A message with other values of its movement."""
    return msgspec.structs.replace(
        message, movement=msgspec.structs.replace(message.movement, **values)
    )
