"""A movement of cash that several tests use. All values are invented."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

from vedette.cash import records
from vedette.core.parties import Document

MOVEMENT = records.Movement(
    direction="entry",
    carrier=records.Party(
        legal=False,
        first_names="Amina",
        last_names="Example",
        date_of_birth=dt.date(1980, 5, 1),
        document=Document(type="P", number="X1234567", issuer="TUN"),
        addresses=(records.Address(kind="residence", street="1 Main Street", country="TN"),),
    ),
    carrier_is_owner=False,
    owners=(records.Party(legal=True, name="Example Ltd", registration_country="MT"),),
    transport=records.Transport(
        mode="air",
        means="commercial_flight",
        reference="XX123",
        departure_country="TN",
        departure=dt.datetime(2026, 11, 20, 9, 30),
        arrival_country="FR",
        arrival=dt.date(2026, 11, 20),
        via=(records.Transit(country="IT", day=dt.date(2026, 11, 20)),),
    ),
    lines=(
        records.Line(number=1, amount=Decimal("12000.10"), currency="EUR"),
        records.Line(
            kind="gold",
            number=2,
            type="bullion",
            quantity=Decimal(2),
            weight=Decimal("500.25"),
            fineness=Decimal("999.9"),
            amount=Decimal(30000),
            currency="EUR",
        ),
    ),
    provenance=("labour",),
    uses=("holidays",),
)
