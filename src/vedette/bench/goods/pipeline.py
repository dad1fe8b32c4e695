"""Measures the speed of the whole pipeline for goods. The pipeline reads files from the inbox, and stores and
screens the goods items. Also measures how fast messages about goods are read (`parsing`).

Half of the items are in declarations with one item each. The other items are in declarations with `LARGE`
items each. Each declaration has three parties. The same declarants, traders and places occur in many
declarations, as in the data of a real administration. Every description is different. One out of `LISTED_IN`
items names goods of a control list.

The profiles are generated from a seed. Each profile has three to six conditions, and every tenth profile has
a regular expression. Profiles that match too many items are left out.
"""

from __future__ import annotations

import datetime as dt
import io
import os
import random
import time
from collections.abc import Callable, Iterator, Sequence

import msgspec
import polars as pl

from vedette.bench import Figure
from vedette.bench.pipeline import drained
from vedette.bench.stage import Stage, put_in_force, put_list, seconds, stage
from vedette.core.cells import Table
from vedette.demo.world import bulk, declarations
from vedette.demo.world.people import unheard_name
from vedette.goods import formats
from vedette.goods.formats import wco_writer
from vedette.goods.records import Consignment, Document, Envelope, Item, Message, Party, Route
from vedette.kinds import vocabulary
from vedette.profiles.run import Question

#: Items of a run, items of a large declaration, rows of a table, and entries of the watchlist.
ITEMS, LARGE, ROWS, LISTED = 30_000, 20, 500, 10_000
PROFILES, SHARE = 500, 0.001
#: Items of which one names goods of a control list; declarants, exporters and importers.
LISTED_IN, DECLARANTS, EXPORTERS, IMPORTERS = 200, 60, 2_000, 8_000
_BEGAN = dt.datetime(2026, 11, 24, 6, 0)
_COUNTRIES: list[str] = [country for country, _, _ in declarations.PLACES]
_KINDS = ("blue", "red", "steel", "cotton", "used", "new", "small", "large", "white", "folding")

_CONDITIONS: tuple[Callable[[random.Random], str], ...] = (
    lambda r: f"hs_chapter IN ('{r.randint(1, 97):02}', '{r.randint(1, 97):02}', '84', '85')",
    lambda r: f"hs_heading = '{r.randint(101, 9706):04}'",
    lambda r: f"hs_length < {r.choice((6, 8, 10))}",
    lambda r: f"description_words <= {r.randint(1, 4)}",
    lambda r: "vague",
    lambda r: f"net_mass_kg > {r.randint(10, 20_000)}",
    lambda r: f"gross_mass_kg < {r.randint(1, 500)}",
    lambda r: f"net_share < {r.uniform(0.3, 0.9):.2f}",
    lambda r: f"packages > {r.randint(2, 300)}",
    lambda r: f"value BETWEEN {r.randint(100, 2_000)} AND {r.randint(2_100, 90_000)}",
    lambda r: f"value_per_kg > {r.uniform(1, 300):.1f}",
    lambda r: "unit_value_high OR mass_high",
    lambda r: f"items >= {r.randint(2, 15)}",
    lambda r: f"origin IN ('{r.choice(_COUNTRIES)}', '{r.choice(_COUNTRIES)}')",
    lambda r: f"dispatch <> '{r.choice(_COUNTRIES)}'",
    lambda r: f"destination = '{r.choice(_COUNTRIES)}'",
    lambda r: f"route_km > {r.randint(500, 12_000)}",
    lambda r: "route_detour OR route_hub",
    lambda r: "containerised",
    lambda r: f"COALESCE(consignee_declarations_12m, 0) < {r.randint(1, 8)}",
    lambda r: f"consignor_first_days < {r.randint(1, 90)}",
    lambda r: "COALESCE(consignee_confirmed_12m, 0) = 0",
    lambda r: f"address_declarations_12m > {r.randint(1, 20)}",
    lambda r: "NOT licence_declared",
    lambda r: "not_listed_declared OR licence_problem",
    lambda r: f"documents < {r.randint(1, 4)}",
)
_REGULAR: tuple[Callable[[random.Random], str], ...] = (
    lambda r: f"hs_code MATCHES '^{r.randint(10, 97)}[0-4][0-9]'",
    lambda r: f"office MATCHES '^{r.choice(('SN', 'FR', 'CI'))}00[2-9]$'",
)


def whole_way() -> Iterator[Figure]:
    """Yields the speed for declarations in XML and for tables in CSV. Two workers and PostgreSQL share two
    processor cores."""
    texts = _rare(values())
    for form, write in (("WCO XML", xml), ("CSV", tables)):
        with stage("bench_goods_whole_way") as on:
            prepare(on, texts)
            files = write(messages(ITEMS))
            on.put_all(files)
            on.connection.execute("ANALYZE")
            took, used = drained(on)
            stored, hits, reasons, fired = on.one(
                "SELECT (SELECT count(*) FROM goods_goodsitem), (SELECT count(*) FROM hits_hit),"
                " count(*), count(*) FILTER (WHERE kind = 'profile') FROM hits_reason"
            )
        said = (
            f"{len(files):,} files, {sum(map(len, files)) // 1024:,} kB, {len(texts)} profiles,"
            f" {LISTED:,} entries; {stored:,} items stored, {hits} hits, {reasons} reasons, {fired} of"
            f" profiles; {used:.1f} s of processor time"
        )
        yield Figure(f"goods_whole_way, {form}", ITEMS / took, "items/s", said, 2, "3,000")
        yield Figure(
            f"goods_whole_way, {form}, processor time", 1000 * used / ITEMS, "ms an item", said, 2
        )


def prepare(on: Stage, texts: Sequence[str]) -> None:
    """Stores a watchlist, profiles, and a baseline of ordinary trade."""
    put_list(on, bulk.entries(LISTED), "strategic")
    put_in_force(on, texts, "goods", "strategic")
    from vedette.core.ids import new_id
    from vedette.goods.app import baselines

    id_ = new_id()
    table = declarations.table(1, _BEGAN, 1_500)
    on.connection.execute(
        "INSERT INTO goods_baseline (id, organisation_id, number, state, asked_at, imported, attempts,"
        ' problem, detail, items, unused, currency, rates, thresholds, ranges, content, "table")'
        " VALUES (%s, %s, 1, 'waiting', now(), true, 0, '', '', 0, 0, '', '{}', '[]', '[]', '', %s)",
        [id_, on.organisation, table],
    )
    baselines.build(on.connection, on.organisation, id_)


def values() -> pl.DataFrame:
    """Returns the values of a few thousand items in the form in which the pipeline stores them."""
    with stage("bench_goods_values") as on:
        prepare(on, ())
        on.put_all(tables(messages(6_000, seed=7)))
        from vedette.apps.desk.work import Worker

        put_in_force(on, ("items > 1000000",), "goods", "strategic")
        worker = Worker(os.environ["DATABASE_URL_INTAKE"], on.keys)
        worker.drain()
        worker.connection.close()
        rows = on.connection.execute("SELECT data FROM profiles_known").fetchall()
    return pl.concat([pl.read_ipc(io.BytesIO(data)) for (data,) in rows], how="diagonal")


def expressions(count: int) -> list[str]:
    """Returns `count` different expressions. Every tenth expression also contains a regular expression."""
    rng = random.Random(0)  # noqa: S311  a benchmark draws the same profiles every time
    made: dict[str, None] = {}
    while len(made) < count:
        some = [f"({c(rng)})" for c in rng.sample(_CONDITIONS, rng.randint(3, 6))]
        if len(made) % 10 == 0:
            some.append(rng.choice(_REGULAR)(rng))
        made[" AND ".join(some)] = None
    return list(made)


def _rare(frame: pl.DataFrame) -> list[str]:
    """Returns `PROFILES` expressions that are each true for at most the share `SHARE` of the items."""
    kept: list[str] = []
    for text in expressions(4 * PROFILES):
        if Question(vocabulary("goods"), text, {}, {}).judge(frame).sum() <= SHARE * frame.height:
            kept.append(text)
        if len(kept) == PROFILES:
            return kept
    raise RuntimeError("too few rare profiles: draw more")


def messages(items: int, seed: int = 0) -> list[Message]:
    """Returns declarations in random order. The declarations have `items` items in total."""
    rng = random.Random(f"goods whole way {seed}")  # noqa: S311
    declarants = [_party(rng, "SN", "Dakar") for _ in range(DECLARANTS)]
    places = [rng.choice(declarations.PLACES) for _ in range(EXPORTERS)]
    exporters = [_party(rng, country, city) for country, _, city in places]
    importers = [_party(rng, "SN", "Dakar") for _ in range(IMPORTERS)]
    sizes = [1] * (items // 2) + [LARGE] * (items // 2 // LARGE)
    rng.shuffle(sizes)
    listed = [item for item, _ in declarations.CASES.values()]
    made = []
    for number, size in enumerate(sizes):
        which = rng.randrange(EXPORTERS)
        country, port, _ = places[which]
        parties = (rng.choice(declarants), exporters[which], rng.choice(importers))
        made.append(_message(rng, f"B{seed}-{number:07}", country, port, parties, size, listed))
    return made


def _party(rng: random.Random, country: str, city: str) -> Party:
    """Returns a party with a unique name."""
    one = declarations.party(rng, country, city)
    first, _, rest = (one.name or "").partition(" ")
    return msgspec.structs.replace(one, name=f"{first} {unheard_name(rng, 3).title()} {rest}")


def _message(
    rng: random.Random,
    reference: str,
    country: str,
    port: str,
    parties: Sequence[Party],
    size: int,
    listed: Sequence[Item],
) -> Message:
    prepared = _BEGAN + dt.timedelta(seconds=rng.randrange(86_400))
    roles = ("declarant", "exporter", "importer")
    parties = tuple(
        msgspec.structs.replace(party, role=role)
        for role, party in zip(roles, parties, strict=True)
    )
    return Message(
        format="WCO-DM",
        envelope=Envelope(prepared=prepared),
        lrn=reference,
        direction="import",
        office="SN001",
        declarant=parties[0].identifiers[0].value,
        consignments=(
            Consignment(
                parties=parties,
                items=tuple(_item(rng, number, country, listed) for number in range(1, size + 1)),
                equipment=(declarations.equipment(rng),),
                documents=(Document(code="N380", reference=f"F-{rng.randrange(10**5)}"),),
                route=Route(
                    mode="1",
                    means="MV EXEMPLE",
                    loading=port,
                    discharge="SNDKR",
                    arrival=prepared + dt.timedelta(minutes=rng.randrange(90, 1_500)),
                ),
                dispatch=country,
                destination="SN",
            ),
        ),
    )


def _item(rng: random.Random, number: int, country: str, listed: Sequence[Item]) -> Item:
    item = declarations.item(rng, country)
    if rng.randrange(LISTED_IN) == 0:
        item = rng.choice(listed)
    text = f"{item.description}, {rng.choice(_KINDS)}, lot {rng.randrange(10**6)}"
    return msgspec.structs.replace(
        item, number=number, description=text, procedure="40", previous_procedure="00"
    )


def xml(made: Sequence[Message]) -> list[bytes]:
    """Returns each declaration as a file in XML."""
    return [wco_writer.write(one) for one in made]


_HEADINGS = (
    "Local reference number,Item number,HS code,Description of goods,Net mass,Gross mass,Value,Currency,"
    "Country of origin,Country of destination,Export country,Documents,Number of packages,Package type,"
    "Container,Date,Transport mode,Vessel,Port of loading,Port of discharge,Arrival date,Procedure,"
    "Exporter name,Exporter city,Exporter country,Exporter id,Importer name,Importer city,Importer country,"
    "Importer id,Declarant name,Declarant city,Declarant country,Declarant id"
)


def tables(made: Sequence[Message]) -> list[bytes]:
    """Returns the declarations as CSV tables with about `ROWS` rows each. All rows of a declaration are in
    the same table."""
    files: list[bytes] = []
    rows: list[list[object]] = []
    for message in made:
        rows += _rows(message)
        if len(rows) >= ROWS:
            files.append(_table(rows))
            rows = []
    return files + ([_table(rows)] if rows else [])


def _rows(message: Message) -> Iterator[list[object]]:
    [one] = message.consignments
    route = one.route or Route()
    parties = [
        cell
        for role in ("exporter", "importer", "declarant")
        for party in one.parties
        if party.role == role
        for cell in (
            party.name,
            party.address.city if party.address else "",
            party.country,
            party.identifiers[0].value,
        )
    ]
    day = message.envelope.prepared
    for item in one.items:
        [package] = item.packages
        stated = (*one.documents, *item.documents)
        yield [
            message.lrn, item.number, item.hs, item.description, item.net_mass_kg, item.gross_mass_kg,
            item.value, item.currency, item.origin, one.destination, one.dispatch,
            ";".join(f"{d.code}:{d.reference}" if d.reference else str(d.code) for d in stated),
            package.count, package.kind, one.equipment[0].number, day and f"{day:%Y-%m-%d}", route.mode,
            route.means, route.loading, route.discharge, f"{route.arrival:%Y-%m-%d %H:%M}", item.procedure,
            *parties,
        ]  # fmt: skip


def _table(rows: Sequence[Sequence[object]]) -> bytes:
    out = io.StringIO()
    out.write(_HEADINGS + "\n")
    table = Table(out, "\n")
    for row in rows:
        table.row(row)
    return out.getvalue().encode()


# --- reading alone --------------------------------------------------------------------------------

_PARSED = 1_000
_PARSED_ITEMS = 200
_PARSING_ROUNDS = 5
_PARTY_XML = (
    "<{0}><Name>EXAMPLE {1} LTD</Name><Address><CityName>OSLO</CityName><CountryCode>NO</CountryCode>"
    "<Line>1 EXAMPLE ROAD</Line><PostcodeID>0150</PostcodeID></Address></{0}>"
)
_ITEM_XML = (
    "<GovernmentAgencyGoodsItem><SequenceNumeric>{0}</SequenceNumeric><AdditionalDocument><CategoryCode>Y"
    "</CategoryCode><ID>X</ID><TypeCode>901</TypeCode></AdditionalDocument><Commodity><Description>"
    "Parts of electric shavers, number {0}</Description><Classification><ID>85109000</ID>"
    "<IdentificationTypeCode>TSP</IdentificationTypeCode></Classification><GoodsMeasure>"
    "<GrossMassMeasure>15.5</GrossMassMeasure><NetNetWeightMeasure>12</NetNetWeightMeasure></GoodsMeasure>"
    '<InvoiceLine><ItemChargeAmount currencyID="GBP">1000.00</ItemChargeAmount></InvoiceLine></Commodity>'
    "<GovernmentProcedure><CurrentCode>40</CurrentCode><PreviousCode>00</PreviousCode></GovernmentProcedure>"
    "<Origin><CountryCode>US</CountryCode></Origin><Packaging><QuantityQuantity>5</QuantityQuantity>"
    "<TypeCode>BX</TypeCode></Packaging></GovernmentAgencyGoodsItem>"
)


def declaration(items: int, number: int = 0) -> bytes:
    """Returns a declaration in the WCO Data Model with three parties and the given number of items."""
    return (
        '<MetaData xmlns="urn:wco:datamodel:WCO:DEC-DMS:2"><WCODataModelVersionCode>3.6'
        "</WCODataModelVersionCode><Declaration><FunctionCode>9</FunctionCode>"
        f"<FunctionalReferenceID>LRN{number}</FunctionalReferenceID><TypeCode>IMA</TypeCode>"
        f"<GoodsItemQuantity>{items}</GoodsItemQuantity><Declarant><ID>GB603202734852</ID></Declarant>"
        f"{_PARTY_XML.format('Exporter', number)}<GoodsShipment>{_PARTY_XML.format('Consignee', number)}"
        + "".join(_ITEM_XML.format(n) for n in range(1, items + 1))
        + "</GoodsShipment></Declaration></MetaData>"
    ).encode()


def low_value(rows: int) -> bytes:
    """Returns a table of declarations (H7) as CSV, with one row for each declaration."""
    head = (
        "LRN,Exporter name,Exporter country,Importer name,Importer country,Declarant EORI,HS code,"
        "Description of goods,Intrinsic value,Currency,Gross mass\n"
    )
    line = "L{0},SHOP {0} CO,CN,A PERSON {0},FR,FR1{0},610910,T-shirt of cotton {0},9.99,EUR,0.25\n"
    return (head + "".join(line.format(n) for n in range(rows))).encode()


def parsing() -> Iterator[Figure]:
    """Yields the number of items that one process reads per second. The figure is the result of the fastest
    round."""
    single = [declaration(1, n) for n in range(_PARSED)]
    large = [declaration(_PARSED_ITEMS, n) for n in range(10)]
    rows = [low_value(10_000)]
    for name, files, items in (
        ("WCO-DM, one item a declaration", single, _PARSED),
        (f"WCO-DM, {_PARSED_ITEMS} items a declaration", large, 10 * _PARSED_ITEMS),
        ("H7 as CSV, one item a declaration", rows, 10_000),
    ):
        size = f"{len(files)} files, {sum(map(len, files)) // 1024:,} kB, CPU time"
        yield Figure(f"parsing {name}", items / _best(files), "items/s", size)


def _best(files: list[bytes]) -> float:
    def read() -> None:
        for data in files:
            formats.read(data)

    return min(seconds(read, time.process_time) for _ in range(_PARSING_ROUNDS))
