"""Generates the declarations of the demonstration: synthetic import and export declarations in WCO Data Model
XML, each with the time at which it is received.

For the same seed and the same moment, `Declarations(seed, began)` always generates the same bytes. One
declaration is received every 12 minutes. The first declaration is received 12 hours before `began`, and the
sequence has no end. All names, numbers and goods are invented. Each declaration states that it is synthetic.

One declaration in eight contains an inserted case (`CASES`). One in sixteen contains goods with an unusual
value per kilogram (`ODD`), and one in sixteen has a route with a detour.
"""

from __future__ import annotations

import datetime as dt
import random
from collections.abc import Iterator
from decimal import Decimal

import msgspec

from vedette.demo.world.day import DueMessage
from vedette.goods.codes import container
from vedette.goods.formats import wco_writer
from vedette.goods.licences import Licence, LicenceLine
from vedette.goods.records import (
    Address,
    Consignment,
    Container,
    Document,
    Envelope,
    Identifier,
    Item,
    Message,
    Note,
    Package,
    Party,
    Route,
)

EVERY, BEFORE = dt.timedelta(minutes=12), dt.timedelta(hours=12)
#: Declarations of which one contains an inserted case.
ONE_IN = 8
SYNTHETIC = "SYNTHETIC DATA - DEMONSTRATION"
#: Ordinary goods: HS code, description, least and greatest net mass of an item in kg, value per kg in EUR.
_GOODS = (
    ("100630", "Riz semi-blanchi, sacs de 50 kg", 5_000, 24_000, 0.6),
    ("640399", "Leather shoes for men, assorted sizes", 200, 2_000, 28.0),
    ("851712", "Téléphones mobiles, double SIM", 40, 300, 310.0),
    ("870323", "Véhicule de tourisme d’occasion, 1 800 cm3", 1_200, 1_600, 4.5),
    ("252329", "Ciment Portland en sacs", 10_000, 27_000, 0.1),
    ("300490", "Médicaments conditionnés pour la vente au détail", 80, 900, 62.0),
    ("940360", "Meubles en bois, démontés", 400, 4_000, 5.2),
    ("620342", "Pantalons de coton pour hommes", 150, 2_200, 16.0),
    ("040221", "Lait en poudre, 26 % de matières grasses", 2_000, 18_000, 3.4),
    ("847130", "Ordinateurs portables, 14 pouces", 60, 500, 190.0),
    ("390120", "Polyéthylène en granulés, densité 0,95", 5_000, 24_000, 1.2),
    ("401120", "Pneumatiques neufs pour autobus", 900, 8_000, 4.1),
    ("070310", "Oignons frais", 8_000, 25_000, 0.4),
    ("690721", "Carreaux de céramique émaillés", 6_000, 24_000, 0.5),
    ("854370", "Télécommandes pour appareils de climatisation", 30, 400, 22.0),
)  # fmt: skip
#: Inserted case → the item that has it, and the direction of its declaration.
CASES: dict[str, tuple[Item, str]] = {
    "nitric acid behind a cleaning agent": (
        Item(
            hs="340290",
            description="Agent de nettoyage industriel, acide nitrique 68 %, fûts de 230 kg",
            net_mass_kg=4600.0,
            gross_mass_kg=4920.0,
            value=Decimal("7452.00"),
            currency="EUR",
            origin="ES",
            packages=(Package(count=Decimal(20), kind="DR"),),
        ),
        "import",
    ),
    "declared as not listed": (
        Item(
            hs="292215",
            description="Triethanolamine 99 %, CAS 102-71-6, IBC 1000 l",
            net_mass_kg=4000.0,
            gross_mass_kg=4280.0,
            value=Decimal("6600.00"),
            currency="EUR",
            origin="FR",
            documents=(Document(code="Y901"),),
            packages=(Package(count=Decimal(4), kind="WX"),),
        ),
        "export",
    ),
    "parts of a pistol": (
        Item(
            hs="732690",
            description="Spare parts of a pistol: slide, barrel and recoil spring",
            net_mass_kg=3.2,
            gross_mass_kg=3.9,
            value=Decimal("410.00"),
            currency="EUR",
            origin="AT",
            packages=(Package(count=Decimal(1), kind="CT"),),
        ),
        "import",
    ),
    "a licence that is too small": (
        Item(
            hs="292215",
            description="Triéthanolamine 99 %, CAS 102-71-6, fûts de 200 kg",
            net_mass_kg=1800.0,
            gross_mass_kg=1950.0,
            value=Decimal("3100.00"),
            currency="EUR",
            origin="FR",
            documents=(Document(code="X060", reference="FICTIF 2026/0417"),),
            packages=(Package(count=Decimal(9), kind="DR"),),
        ),
        "export",
    ),
}
_CASES = tuple(CASES)
#: Goods whose value per kilogram does not fit their code: mobile telephones at the price of scrap.
ODD = Item(
    hs="851712",
    description="Téléphones mobiles, double SIM, lot de 12 palettes",
    net_mass_kg=180.0,
    gross_mass_kg=196.0,
    value=Decimal("558.00"),
    currency="EUR",
    origin="CN",
    packages=(Package(count=Decimal(12), kind="PX"),),
)
#: Declarations of which one contains `ODD`, and another one takes a detour through `FAR`.
ODD_IN, FAR = 16, "SG"
_NAMES = ("Comptoir", "Négoce", "Entrepôts", "Ateliers", "Distribution", "Maison", "Établissements")
_WORDS = ("Exemple", "Fictif", "Imaginaire", "Modèle", "Factice", "Spécimen")
_FORMS = ("SARL", "SA", "SAS", "GIE")
#: Country of dispatch, place of loading, city of the foreign party.
PLACES = (
    ("FR", "FRMRS", "Marseille"), ("ES", "ESVLC", "Valence"), ("CN", "CNSHA", "Shanghai"),
    ("IN", "INNSA", "Mumbai"), ("AE", "AEJEA", "Dubaï"), ("TR", "TRMER", "Mersin"),
    ("MA", "MATNG", "Tanger"), ("BR", "BRSSZ", "Santos"),
)  # fmt: skip


def licences(day: dt.date) -> tuple[Licence, ...]:
    """Returns the licences that the demonstration records on a day. The quantity of the first licence is
    sufficient for one of the planted declarations that name it."""
    year = dt.timedelta(days=365)
    amine = LicenceLine(entries=("cas:102-71-6",), quantity=Decimal(3000))
    return (
        Licence(
            number="FICTIF 2026/0417", kind="X060", lines=(amine,),
            valid_from=day - year / 2, valid_to=day + year / 2,
        ),
        Licence(
            number="FICTIF 2025/0092", kind="X060", holders=("Ateliers Exemple SARL",),
            lines=(LicenceLine(hs=("847989", "903149"), quantity=Decimal(4), unit="NAR"),),
            destinations=("MA", "TR"), valid_from=day - 2 * year, valid_to=day - year,
        ),
        Licence(
            number="FICTIF 2026/0500", kind="X070", holders=("Maison Factice SA",),
            lines=(LicenceLine(hs=("854370",)),), valid_from=day - year / 4,
        ),
    )  # fmt: skip


class Declarations:
    """Generates all declarations from a seed and a moment."""

    def __init__(self, seed: int, began: dt.datetime) -> None:
        self.seed = seed
        utc = began.astimezone(dt.UTC) if began.tzinfo else began.replace(tzinfo=dt.UTC)
        self.first = utc.replace(second=0, microsecond=0) - BEFORE

    def due(self, since: dt.datetime | None = None) -> Iterator[DueMessage]:
        """Yields an unlimited number of declarations in chronological order.

        With `since`, yields only declarations that are received after this time.
        """
        index = 0 if since is None else max(0, (since - self.first) // EVERY)
        while True:
            yield self.declaration(index)
            index += 1

    def declaration(self, index: int) -> DueMessage:
        """Returns the declaration with the given index."""
        at = self.first + index * EVERY
        return DueMessage(
            f"declaration-{index:06}.xml", wco_writer.write(self.message(index, at)), at
        )

    def message(self, index: int, at: dt.datetime) -> Message:
        """Returns the content of the declaration with the given index."""
        rng = random.Random(f"{self.seed}|declaration|{index}")
        case = _CASES[index // ONE_IN % len(_CASES)] if index % ONE_IN == ONE_IN // 2 else None
        direction = CASES[case][1] if case else rng.choice(("import", "import", "import", "export"))
        detour = index % ODD_IN == 11
        # On the way from China or India, Singapore is no detour.
        country, port, city = PLACES[0] if detour else rng.choice(PLACES)
        items = [item(rng, country) for _ in range(rng.choice((1, 1, 1, 2, 3)))]
        if case is not None:
            items.insert(rng.randrange(len(items) + 1), CASES[case][0])
        if index % ODD_IN == 7:
            items.append(ODD)
        items = [
            msgspec.structs.replace(item, number=number, procedure="40" if direction == "import" else "10",
                                    previous_procedure="00")
            for number, item in enumerate(items, 1)
        ]  # fmt: skip
        foreign, home = party(rng, country, city), party(rng, "SN", "Dakar")
        sender, taker = (foreign, home) if direction == "import" else (home, foreign)
        declarant = msgspec.structs.replace(party(rng, "SN", "Dakar"), role="declarant")
        prepared = at.replace(tzinfo=None)
        ports = (port, "SNDKR") if direction == "import" else ("SNDKR", port)
        return Message(
            format="WCO-DM",
            envelope=Envelope(prepared=prepared, recipient="Douanes (demonstration)"),
            lrn=f"DEMO{index:08}",
            direction=direction,
            office="SN001",
            notes=(Note(code="DEMO", text=SYNTHETIC),),
            consignments=(
                Consignment(
                    parties=(
                        declarant,
                        msgspec.structs.replace(sender, role="exporter"),
                        msgspec.structs.replace(taker, role="importer"),
                    ),
                    items=tuple(items),
                    equipment=(equipment(rng),),
                    documents=(
                        Document(code="N380", reference=f"F-{rng.randrange(10_000, 99_999)}"),
                    ),
                    route=Route(
                        mode="1",
                        means=f"MV {rng.choice(_WORDS).upper()}",
                        countries=(FAR,) if detour else (),
                        loading=ports[0],
                        discharge=ports[1],
                        arrival=prepared + dt.timedelta(minutes=rng.randrange(90, 1_500)),
                    ),
                    dispatch=country if direction == "import" else "SN",
                    destination="SN" if direction == "import" else country,
                ),
            ),
        )


def table(seed: int, began: dt.datetime, count: int) -> bytes:
    """Returns a table of ordinary items (CSV) from `count` declarations, for a baseline of ordinary trade."""
    made = Declarations(seed, began)
    rows = ["hs,net_mass_kg,value,currency,origin,destination"]
    for index in range(count):
        [consignment] = made.message(index, made.first).consignments
        rows += [
            f"{one.hs},{one.net_mass_kg},{one.value},{one.currency},{one.origin},{consignment.destination}"
            for one in consignment.items
            if one.description != ODD.description
        ]
    return "\n".join(rows).encode()


def item(rng: random.Random, origin: str) -> Item:
    """Returns an ordinary item."""
    hs, description, least, most, price = rng.choice(_GOODS)
    net = round(rng.uniform(least, most), 1)
    return Item(
        hs=hs,
        description=description,
        net_mass_kg=net,
        gross_mass_kg=round(net * rng.uniform(1.02, 1.12), 1),
        value=Decimal(str(round(net * price * rng.uniform(0.8, 1.2), 2))),
        currency="EUR",
        origin=origin,
        packages=(Package(count=Decimal(rng.randrange(1, 400)), kind="CT"),),
    )


def party(rng: random.Random, country: str, city: str) -> Party:
    """Returns a party with an invented name and an invented number."""
    name = f"{rng.choice(_NAMES)} {rng.choice(_WORDS)} {rng.choice(_FORMS)}"
    number = f"{country}{rng.randrange(10**8, 10**9)}"
    return Party(
        role="other",
        name=name,
        country=country,
        identifiers=(Identifier(value=number),),
        address=Address(city=city, country=country),
    )


def equipment(rng: random.Random) -> Container:
    """Returns a container number with a correct check digit and the code `ZZZU`, which belongs to no
    operator."""
    serial = f"ZZZU{rng.randrange(10**5, 10**6)}"
    [number] = filter(None, (container(f"{serial}{digit}") for digit in range(10)))
    return Container(number=number, seals=(f"D{rng.randrange(10**5, 10**6)}",))
