"""Makes messages about goods with invented values, and measures how fast vedette reads them."""

from __future__ import annotations

import time
from collections.abc import Iterator

from vedette.bench import Figure
from vedette.bench.stage import seconds
from vedette.goods import formats

_DECLARATIONS = 1_000
_ITEMS = 200
_ROUNDS = 5
_PARTY = (
    "<{0}><Name>EXAMPLE {1} LTD</Name><Address><CityName>OSLO</CityName><CountryCode>NO</CountryCode>"
    "<Line>1 EXAMPLE ROAD</Line><PostcodeID>0150</PostcodeID></Address></{0}>"
)
_ITEM = (
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
    """Returns a declaration of the WCO Data Model with three parties and this number of items."""
    return (
        '<MetaData xmlns="urn:wco:datamodel:WCO:DEC-DMS:2"><WCODataModelVersionCode>3.6'
        "</WCODataModelVersionCode><Declaration><FunctionCode>9</FunctionCode>"
        f"<FunctionalReferenceID>LRN{number}</FunctionalReferenceID><TypeCode>IMA</TypeCode>"
        f"<GoodsItemQuantity>{items}</GoodsItemQuantity><Declarant><ID>GB603202734852</ID></Declarant>"
        f"{_PARTY.format('Exporter', number)}<GoodsShipment>{_PARTY.format('Consignee', number)}"
        + "".join(_ITEM.format(n) for n in range(1, items + 1))
        + "</GoodsShipment></Declaration></MetaData>"
    ).encode()


def table(rows: int) -> bytes:
    """Returns a table of declarations (H7) as CSV, with one row for each declaration."""
    head = (
        "LRN,Exporter name,Exporter country,Importer name,Importer country,Declarant EORI,HS code,"
        "Description of goods,Intrinsic value,Currency,Gross mass\n"
    )
    line = "L{0},SHOP {0} CO,CN,A PERSON {0},FR,FR1{0},610910,T-shirt of cotton {0},9.99,EUR,0.25\n"
    return (head + "".join(line.format(n) for n in range(rows))).encode()


def parsing() -> Iterator[Figure]:
    """Yields items per second of one process. The result of the best round counts."""
    single = [declaration(1, n) for n in range(_DECLARATIONS)]
    large = [declaration(_ITEMS, n) for n in range(10)]
    rows = [table(10_000)]
    for name, files, items in (
        ("WCO-DM, one item a declaration", single, _DECLARATIONS),
        (f"WCO-DM, {_ITEMS} items a declaration", large, 10 * _ITEMS),
        ("H7 as CSV, one item a declaration", rows, 10_000),
    ):
        size = f"{len(files)} files, {sum(map(len, files)) // 1024:,} kB, CPU time"
        yield Figure(f"parsing {name}", items / _best(files), "items/s", size)


def _best(files: list[bytes]) -> float:
    def read() -> None:
        for data in files:
            formats.read(data)

    return min(seconds(read, time.process_time) for _ in range(_ROUNDS))
