"""Declarations for tests, written in WCO Data Model XML. All values are invented."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Any

from vedette.goods.formats import wco_writer
from vedette.goods.records import (
    Address,
    Consignment,
    Container,
    Document,
    Envelope,
    Identifier,
    Item,
    Message,
    Party,
    Route,
)

NOW = dt.datetime.now(dt.UTC).replace(microsecond=0)
EXPORTER = Party(
    role="exporter",
    name="Exemple Chimie SARL",
    country="FR",
    identifiers=(Identifier(value="FR123456789000"),),
    address=Address(street="1 rue du Port", city="Lyon", postcode="69000", country="FR"),
)
IMPORTER = Party(
    role="importer",
    name="Entretien Demo SA",
    country="SN",
    identifiers=(Identifier(value="SN987654321"),),
)
DECLARANT = Party(
    role="declarant", identifiers=(Identifier(value="SN55500011"),), name="Transit Fictif"
)
#: Nitric acid above the limit, declared as a cleaning agent and as not listed.
ACID = Item(
    number=1,
    hs="340290",
    description="Industrial cleaning agent, nitric acid 68 %, drums",
    net_mass_kg=4600.0,
    gross_mass_kg=4900.0,
    value=Decimal("7452.00"),
    currency="EUR",
    origin="FR",
    procedure="40",
    previous_procedure="00",
    documents=(Document(code="Y901"), Document(code="N380", reference="DEMO-7781")),
)
SHOES = Item(
    number=2,
    hs="640399",
    description="Leather shoes for men",
    net_mass_kg=120.0,
    gross_mass_kg=140.0,
    value=Decimal("3000"),
    currency="EUR",
    origin="PT",
    procedure="40",
    previous_procedure="00",
)


def message(
    *items: Item, at: dt.datetime = NOW, lrn: str = "LRN-1", action: str = "original", **more: Any
) -> Message:
    """A declaration with these items."""
    prepared = at.replace(tzinfo=None)
    consignment = Consignment(
        direction="import",
        parties=(DECLARANT, *more.pop("parties", (EXPORTER, IMPORTER))),
        items=items,
        equipment=(Container(number="CSQU3054383", seals=("S-1",)),),
        documents=more.pop("documents", ()),
        route=Route(
            mode="1",
            means="MV EXEMPLE",
            countries=("MA",),
            loading="FRMRS",
            discharge="SNDKR",
            arrival=prepared + dt.timedelta(hours=5),
        ),
        dispatch="FR",
        destination="SN",
    )
    return Message(
        format="WCO-DM",
        envelope=Envelope(prepared=prepared, recipient="DEMO"),
        action=action,
        lrn=lrn,
        direction="import",
        office="SN001",
        declarant="SN55500011",
        consignments=(consignment,),
        **more,
    )


def written(*items: Item, **more: Any) -> bytes:
    """The file of a declaration with these items."""
    return wco_writer.write(message(*items, **more))
