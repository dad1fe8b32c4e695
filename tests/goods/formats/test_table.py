"""Tables of goods: postal items, H7, and tables with a mapping, as CSV and Excel."""

from __future__ import annotations

import time
from decimal import Decimal

import pytest
from tests.goods.formats.leaves import printed
from tests.goods.formats.workbook import packed, workbook

from vedette.formats.tables import Table
from vedette.goods import formats
from vedette.goods.formats import mapping, table

POSTAL = """S10,Sender name,Sender country,Addressee name,Addressee city,Addressee country,Detailed description of contents,Quantity,Net weight,Declared value,Currency,HS tariff number,Country of origin of goods,Category of item
RR123456785CN,LI WEI,CN,JEAN DUPONT,LYON,FR,Acetone 500 ml,2,0.8,12.50,EUR,291411,CN,Sale of goods
RR123456785CN,LI WEI,CN,JEAN DUPONT,LYON,FR,Nail file,1,0.05,3,EUR,820320,CN,Sale of goods
RR123456799CN,WANG LTD,CN,ANNE MARTIN,PARIS,FR,T-shirt,1,0.2,9.99,EUR,610910,CN,Gift
"""  # noqa: E501
H7 = """LRN;Exporter name;Exporter country;Importer name;Importer country;Goods item number;Commodity code (HS6);Description of goods;Intrinsic value;Intrinsic value currency;Gross mass;IOSS;Additional procedure
L1;SHOP CO;CN;J DUPONT;FR;1;610910;T-shirt;9,99;EUR;0,2;IM1234567890;C07
L1;SHOP CO;CN;J DUPONT;FR;2;640399;Shoes;29,90;EUR;0,9;IM1234567890;C07
"""  # noqa: E501
FREE = [
    ["Liste de colisage", "", "", "", "", "", ""],
    ["N° envoi", "Désignation des marchandises", "Code SH", "Poids net (kg)", "Valeur (EUR)",
     "Pays d'origine", "Expéditeur"],
    ["E1", "Acide nitrique 68 %", "2808.00", "1 200,5", "980,00", "CN", "EXEMPLE SA"],
    ["E1", "Chemises", "610510", "10", "55", "CN", "EXEMPLE SA"],
    ["", "Total", "", "1210,5", "1035", "", ""],
]  # fmt: skip
MAPPING = """document = "manifest"
direction = "import"
dates = "dmy"
[columns]
reference = "N° envoi"
description = "Désignation des marchandises"
hs = "Code SH"
net_mass = "Poids net (kg)"
value = "Valeur (EUR)"
origin = ["Origine", "Pays d'origine"]
consignor_name = "Expéditeur"
[values]
currency = "EUR"
"""


def csv_of(rows: list[list[str]], sign: str = ";") -> bytes:
    return "\n".join(sign.join(f'"{cell}"' for cell in row) for row in rows).encode()


def test_postal_items_are_read():
    first, second = printed(POSTAL.encode())
    assert (first["format"], first["lrn"], first["warnings"]) == ("ITMATT", "RR123456785CN", [])
    (consignment,) = first["consignments"]
    assert {p["role"]: (p["name"], p["country"]) for p in consignment["parties"]} == {
        "consignor": ("LI WEI", "CN"),
        "consignee": ("JEAN DUPONT", "FR"),
    }
    acetone = consignment["items"][0]
    assert (acetone["hs"], acetone["description"], acetone["value"], acetone["currency"]) == (
        "291411",
        "Acetone 500 ml",
        "12.50",
        "EUR",
    )
    assert (acetone["net_mass_kg"], acetone["quantity"], acetone["origin"]) == (0.8, "2", "CN")
    assert second["consignments"][0]["items"][0]["description"] == "T-shirt"


def test_low_value_declarations_are_read():
    (message,) = printed(H7.encode())
    assert (message["format"], message["lrn"], message["direction"]) == ("H7", "L1", "import")
    first, second = message["consignments"][0]["items"]
    assert (first["value"], first["gross_mass_kg"], first["additional_procedures"]) == (
        "9.99",
        0.2,
        ["C07"],
    )
    assert (second["number"], second["hs"]) == (2, "640399")
    assert message["warnings"] == []


def test_a_mapping_is_proposed_from_headings_in_french():
    proposed = table.propose(csv_of(FREE))
    found = mapping.parse(proposed)
    assert found.columns["description"] == ("Désignation des marchandises",)
    assert found.columns["net_mass"] == ("Poids net (kg)",)
    assert found.columns["consignor_name"] == ("Expéditeur",)
    assert found.values == {"currency": "EUR", "mass_unit": "KG"}


@pytest.mark.parametrize(
    "data", [csv_of(FREE), csv_of(FREE, "\t"), workbook(FREE)], ids=["csv", "tabs", "excel"]
)
def test_a_table_is_read_with_a_mapping(data):
    (message,) = table.read_mapped(data, MAPPING)
    (consignment,) = message.consignments
    assert (message.document, consignment.reference, consignment.direction) == (
        "manifest",
        "E1",
        "import",
    )
    nitric, shirts = consignment.items
    assert (nitric.hs, nitric.net_mass_kg, nitric.value, nitric.currency) == (
        "280800",
        1200.5,
        Decimal("980.00"),
        "EUR",
    )
    assert (shirts.origin, consignment.parties[0].name) == ("CN", "EXEMPLE SA")
    assert message.warnings == ()


def test_a_workbook_is_recognised_without_a_mapping():
    (message,) = formats.read(workbook(FREE))
    assert [item.description for item in message.consignments[0].items] == [
        "Acide nitrique 68 %",
        "Chemises",
    ]


def test_merged_cells_give_texts_to_all_rows_and_numbers_to_the_first():
    rows = [
        ["Reference", "Description", "Consignor", "Gross weight", "HS code"],
        ["R1", "Shoes", "EXAMPLE", "30", "640399"],
        ["", "Shirts", "", "", "610510"],
        ["R2", "Books", "OTHER", "5", "490199"],
    ]
    first, second = formats.read(workbook(rows, merged=["A2:A3", "C2:C3", "D2:D3"]))
    assert [i.description for i in first.consignments[0].items] == ["Shoes", "Shirts"]
    assert [i.gross_mass_kg for i in first.consignments[0].items] == [30.0, None]
    assert [w.code for w in first.warnings] == ["cells_merged"]
    assert first.warnings[0].message.startswith("row 3, item 2: gross_mass")
    assert second.lrn == "R2"


@pytest.mark.parametrize(
    ("column", "value", "code"),
    [
        ("Net weight", "-1", "number_negative"),
        ("Net weight", "abc", "number_impossible"),
        ("Currency", "EURO", "currency_unknown"),
        ("HS tariff number", "770110", "hs_unknown"),
        ("Country of origin of goods", "QJ", "country_unknown"),
    ],
)
def test_a_wrong_cell_is_named_with_its_row(column, value, code):
    lines = [line.split(",") for line in POSTAL.splitlines()]
    lines[2][lines[0].index(column)] = value
    first, second = formats.read("\n".join(",".join(line) for line in lines).encode())
    assert [w.code for w in first.warnings] == [code]
    assert first.warnings[0].message.startswith("row 3, item 2: ")
    assert (len(first.consignments[0].items), second.warnings) == (2, ())


def test_a_row_with_too_many_cells_and_a_missing_column_are_named():
    rows = [*FREE[1:3], [*FREE[3], "more"]]
    text = MAPPING.replace('hs = "Code SH"', 'hs = "Code HS"')
    (message,) = table.read_mapped(csv_of(rows), text)
    assert {w.code for w in message.warnings} == {"column_missing", "row_width"}


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("columns = 1", "columns is not a table"),
        ("[columns]\nweight_of_soul = 'x'", "no field 'weight_of_soul'"),
        ("[columns]\norigin = 'x'", "neither a description nor a commodity code"),
        ("[columns]\nhs = 1", "hs is not a heading"),
        ("[columns", "not TOML"),
        ("document = 'poem'\n[columns]\nhs = 'x'", "document is none of"),
    ],
)
def test_a_fault_of_a_mapping_is_named(text, reason):
    with pytest.raises(mapping.MappingError, match=reason):
        table.read_mapped(csv_of(FREE), text)


def test_a_workbook_that_unpacks_to_a_gigabyte_is_refused():
    """92 kB that unpack to more than 1 GB are refused by the sizes that the archive states."""
    rows = FREE
    bomb = workbook(rows, padding=90_000_000)
    assert len(bomb) < 200_000
    began = time.process_time()
    with pytest.raises(formats.Unreadable, match="unpacks to"):
        formats.read(bomb)
    assert time.process_time() - began < 1


def test_a_workbook_that_is_none_is_refused():
    for data in (b"PK\x03\x04xl/workbook.xml", workbook(FREE)[:400], packed(b"<not xml")):
        with pytest.raises(formats.Unreadable):
            formats.read(data)


def test_a_table_of_other_things_is_not_read():
    for text in ("name,age,city\nA,1,B\n", "a;b\n1;2\n", "hello"):
        with pytest.raises(formats.Unreadable):
            formats.read(text.encode())


def test_long_cells_take_linear_time():
    """A cell of many spaces is read in a time that grows with its length, not with the square of it."""
    cells = [
        "E1",
        "Total" + " " * 19_000 + "!",
        "2808.00",
        "1" + " " * 19_000 + "!",
        "1",
        "CN",
        "X",
    ]
    start = time.process_time()
    table.read(csv_of([*FREE[:2], cells]))
    assert time.process_time() - start < 2


def test_warnings_of_many_consignments_take_linear_time(monkeypatch):
    """The warnings of each consignment are added to one list. Earlier warnings are not copied again."""
    groups = []
    for number in range(20_000):
        groups.append(table._Group(None, number))
        groups[-1].reading.warn("row_width", "the row has more cells than headings", None)
    sheet = table._Sheet(Table(rows=[(1, FREE[1])]), 0, mapping.parse(MAPPING))
    monkeypatch.setattr(sheet, "groups", lambda: groups)
    monkeypatch.setattr(sheet, "message", lambda groups, warnings: warnings)
    start = time.process_time()
    (warnings,) = sheet.messages()
    assert len(warnings) == 20_000
    assert time.process_time() - start < 1
