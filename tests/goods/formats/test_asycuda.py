"""Declarations of ASYCUDA World, from the shared sample (only read) and from a declaration of our own."""

from __future__ import annotations

from decimal import Decimal

import pytest
from tests.goods.formats.leaves import lost, printed
from tests.shared import shared

from vedette.goods import formats

SAD = """<?xml version="1.0" encoding="UTF-8"?>
<ASYCUDA id="1"><Property><Sad_flow>I</Sad_flow>
<Nbers><Total_number_of_items>{count}</Total_number_of_items>
<Total_number_of_packages>12</Total_number_of_packages></Nbers><Date_of_declaration/></Property>
<Identification><Office_segment><Customs_clearance_office_code>OFF1</Customs_clearance_office_code>
</Office_segment><Type><Type_of_declaration>IM</Type_of_declaration>
<Declaration_gen_procedure_code>4</Declaration_gen_procedure_code></Type>
<Manifest_reference_number>MAN 7</Manifest_reference_number>
<Registration><Serial_number>C</Serial_number><Number>123</Number><Date>3/14/26</Date></Registration>
</Identification>{traders}
<Declarant><Declarant_code>D9</Declarant_code><Declarant_name>AGENT SA</Declarant_name>
<Reference><Number>REF-1</Number></Reference></Declarant>
<Transport><Means_of_transport><Departure_arrival_information><Identity>TRUCK 1</Identity>
<Nationality>FR</Nationality></Departure_arrival_information>
<Border_information><Mode>3</Mode></Border_information></Means_of_transport></Transport>
<Valuation><Gs_Invoice><Amount_foreign_currency>980.00</Amount_foreign_currency>
<Currency_code>USD</Currency_code></Gs_Invoice></Valuation>
{items}
<Container><Item_Number>1</Item_Number><Container_identity>CSQU3054383</Container_identity>
<Container_type>22G1</Container_type></Container></ASYCUDA>"""
TRADERS = """<Traders><Exporter><Exporter_code/><Exporter_name>EXAMPLE CHEMICALS
1 ROAD
SHANGHAI</Exporter_name></Exporter><Consignee><Consignee_code>C77</Consignee_code>
<Consignee_name>IMPORT SA</Consignee_name></Consignee><Financial><Financial_code><null/></Financial_code>
<Financial_name><null/></Financial_name></Financial></Traders>"""
NULLS = """<Traders><Exporter><Exporter_code><null/></Exporter_code>
<Exporter_name>null</Exporter_name></Exporter></Traders>"""
ITEM = """<Item><Packages><Number_of_packages>4</Number_of_packages>
<Kind_of_packages_code>DR</Kind_of_packages_code>
</Packages><Attached_documents><Attached_document_code>N380</Attached_document_code>
<Attached_document_reference>INV-1</Attached_document_reference>
<Attached_document_date>6/10/25</Attached_document_date></Attached_documents>
<Tarification><HScode><Commodity_code>{hs}</Commodity_code><Precision_1>000</Precision_1></HScode>
<Extended_customs_procedure>4000</Extended_customs_procedure>
<Supplementary_unit><Suppplementary_unit_code>LTR</Suppplementary_unit_code>
<Suppplementary_unit_quantity>10</Suppplementary_unit_quantity></Supplementary_unit>
<Item_price>980.00</Item_price></Tarification>
<Goods_description><Country_of_origin_code>CN</Country_of_origin_code>
<Description_of_goods>Nitric acid; sulphonitric acids</Description_of_goods>
<Commercial_Description>NITRIC ACID 68%</Commercial_Description></Goods_description>
<Licence_number>LIC-5</Licence_number>
<Valuation_item><Weight_itm><Gross_weight_itm>{gross}</Gross_weight_itm>
<Net_weight_itm>12</Net_weight_itm></Weight_itm></Valuation_item></Item>"""


def sad(*changes: dict[str, str], traders: str = TRADERS) -> bytes:
    """A declaration with one item for each set of changed values."""
    items = "".join(ITEM.format(**{"hs": "28080000", "gross": "12.5", **one}) for one in changes)
    return SAD.format(items=items, count=len(changes), traders=traders).encode()


def sample() -> bytes:
    return shared(
        "data", "messages", "asycuda_sad_xml", "nepal_demo_119items_synthetic.xml"
    ).read_bytes()


def test_the_sample_keeps_119_items_with_all_values():
    """Amounts of the whole declaration that are sums of its items are not kept, nor names of codes."""
    computed = (
        r"Gs_|item_(int|oth|ded)|Alpha|Rate_of|Valuation/Total_(CIF|cost)|Total_invoice|Value_item|Selected_page|Forms|Calculation_working"
        r"|_name$|Financial/|IncoTerms|Container_flag|Taxation|Border_office/Name|Supplementary_unit_name"
    )
    missing, count = lost(sample(), computed)
    assert missing == []
    assert count > 1000
    (message,) = printed(sample())
    (consignment,) = message["consignments"]
    assert len(consignment["items"]) == 119
    first = consignment["items"][0]
    assert (first["hs"], first["description"], first["value"]) == (
        "85044090",
        "Adaptar 11 PCS",
        "26.05",
    )
    assert (first["net_mass_kg"], first["gross_mass_kg"], first["origin"]) == (1.064, 1.52, "CN")
    assert {p["role"]: p["name"] for p in consignment["parties"]}["consignee"] == (
        "Demo Importers Pvt.Ltd"
    )


@pytest.mark.parametrize("damage", [b"<", b"<Packages><", b"</Tarification></Item></Item>"])
def test_one_bad_item_of_119_leaves_118_and_is_named(damage):
    data = sample()
    at = -1
    for _ in range(57):
        at = data.index(b"<Item>", at + 1)
    data = data[: at + 6] + damage + data[at + 6 :]
    (message,) = formats.read(data)
    assert len(message.consignments[0].items) == 118
    named = [w for w in message.warnings if w.code == "item_unreadable"]
    assert [w.message for w in named] == ["Item 57 is not well-formed XML; it was left out"]
    assert named[0].offset == at


def test_a_bad_value_of_one_item_is_named_and_loses_nothing():
    data = sample().replace(b"<Gross_weight_itm>1.52<", b"<Gross_weight_itm>1.5.2<", 1)
    (message,) = formats.read(data)
    assert len(message.consignments[0].items) == 119
    (warning,) = [w for w in message.warnings if w.code == "number_impossible"]
    assert warning.message == "item 1: the gross mass is not a number"


def test_a_declaration_has_its_parties_values_and_documents():
    (message,) = formats.read(sad({}))
    assert message.warnings == ()
    assert (message.type, message.direction, message.lrn, message.mrn) == (
        "IM4",
        "import",
        "REF-1",
        "OFF1 2026 C 123",
    )
    assert (message.declarant, str(message.declared)) == ("D9", "2026-03-14")
    (consignment,) = message.consignments
    assert [(p.role, p.name) for p in consignment.parties] == [
        ("exporter", "EXAMPLE CHEMICALS"),
        ("consignee", "IMPORT SA"),
        ("declarant", "AGENT SA"),
    ]
    assert consignment.parties[0].address.street == "1 ROAD SHANGHAI"
    assert consignment.container_numbers == ("CSQU3054383",)
    assert (consignment.route.mode, consignment.route.means) == ("3", "TRUCK 1")
    (item,) = consignment.items
    assert (item.description, item.tariff_text) == (
        "NITRIC ACID 68%",
        "Nitric acid; sulphonitric acids",
    )
    assert (item.value, item.currency, item.quantity, item.unit) == (
        Decimal("980.00"),
        "USD",
        Decimal(10),
        "LTR",
    )
    assert item.document_codes == ("N380", "LICENCE")
    assert str(item.documents[0].issued) == "2025-06-10"


def test_a_declaration_without_parties_is_read():
    for traders in ("", NULLS):
        (message,) = formats.read(sad({}, traders=traders))
        assert [p.role for p in message.consignments[0].parties] == ["declarant"]
        assert message.warnings == ()


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"gross": "-1"}, "number_negative"),
        ({"hs": "00000000"}, "hs_unknown"),
        ({"gross": "1"}, "mass_order"),
    ],
)
def test_a_wrong_value_is_kept_with_a_warning(change, code):
    (message,) = formats.read(sad({}, change))
    assert [w.code for w in message.warnings] == [code]
    assert message.warnings[0].message.startswith("item 2: ")
    assert len(message.consignments[0].items) == 2
