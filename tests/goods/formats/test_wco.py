"""Declarations and answers of the WCO Data Model, from the shared samples and from messages of our own."""

from __future__ import annotations

import time
from decimal import Decimal

import pytest
from tests.goods.formats.leaves import lost, printed
from tests.shared import shared

from vedette.goods import formats

#: Elements without meaning for the goods: duties and payments, indicators of the form, kinds of codes.
NOT_KEPT = (
    r"DutyTaxFee/(TypeCode|Payment)|Response/.*DutyTaxFee|Payment|SecurityDetailsCode|Warehouse/TypeCode|GoodsLocation/(Type|Address)"
    r"|Agent/FunctionCode|LineNumeric|IdentificationTypeCode|Origin/TypeCode|/SequenceNumeric"
    r"|WCOTypeName|ResponsibleCountryCode|CustomizationVersionCode|Bank|NameCode|AcceptanceDateTime"
    r"|DateTimeString|CategoryCode|AdditionalDocument/TypeCode|PreviousDocument/TypeCode"
    r"|Pointer|StatementTypeCode|LimitDateTime|ValidityCode"
)

DECLARATION = """<?xml version="1.0" encoding="UTF-8"?>
<md:MetaData xmlns:md="urn:wco:datamodel:WCO:DocumentMetaData-DMS:2" xmlns="urn:wco:datamodel:WCO:DEC-DMS:2">
<md:WCODataModelVersionCode>3.6</md:WCODataModelVersionCode>
<Declaration><FunctionCode>9</FunctionCode><FunctionalReferenceID>LRN-1</FunctionalReferenceID>
<IssueDateTime><DateTimeString formatCode="304">20260312102925Z</DateTimeString></IssueDateTime>
<TypeCode>EXA</TypeCode><GoodsItemQuantity>2</GoodsItemQuantity>
<Declarant><ID>GB123456789000</ID></Declarant>
<GoodsShipment>
<Consignee><Name>Example &amp; Sons</Name><Address><CityName>Oran</CityName>
<CountryCode>DZ</CountryCode><Line>1 Road</Line></Address></Consignee>
<Consignment><TransportEquipment><ID>CSQU3054383</ID><Seal><ID>S1</ID></Seal></TransportEquipment></Consignment>
<Destination><CountryCode>DZ</CountryCode></Destination>
{items}
</GoodsShipment></Declaration></md:MetaData>"""
ITEM = """<GovernmentAgencyGoodsItem><SequenceNumeric>{number}</SequenceNumeric>
<AdditionalDocument><CategoryCode>Y</CategoryCode><TypeCode>901</TypeCode></AdditionalDocument>
<Commodity><Description>Nitric acid 68 %</Description>
<Classification><ID>{hs}</ID><IdentificationTypeCode>TSP</IdentificationTypeCode></Classification>
<DangerousGoods><UNDGID>2031</UNDGID></DangerousGoods>
<GoodsMeasure><GrossMassMeasure unitCode="KGM">{gross}</GrossMassMeasure>
<NetNetWeightMeasure unitCode="GRM">{net}</NetNetWeightMeasure></GoodsMeasure>
<InvoiceLine><ItemChargeAmount currencyID="{currency}">980.00</ItemChargeAmount></InvoiceLine></Commodity>
<Origin><CountryCode>{origin}</CountryCode></Origin></GovernmentAgencyGoodsItem>"""
GOOD = {"hs": "28080000", "gross": "12.5", "net": "12000", "currency": "EUR", "origin": "DE"}


def declaration(*changes: dict[str, str]) -> bytes:
    """A declaration with one item for each set of changed values."""
    items = "".join(ITEM.format(**{**GOOD, "number": n, **one}) for n, one in enumerate(changes, 1))
    return DECLARATION.format(items=items).encode()


def test_every_value_of_the_samples_is_kept():
    """No value of a sample is lost, except elements that are not about the goods, and none is doubted."""
    paths = sorted(shared("data", "messages", "wco_dm_hmrc_cds").glob("*.xml"))
    assert len(paths) > 20
    for path in paths:
        data = path.read_bytes()
        missing, count = lost(data, NOT_KEPT)
        assert missing == [], path.name
        assert count > 2
        assert printed(data)[0]["warnings"] == [], path.name


def test_a_sample_has_its_parties_items_and_documents():
    (message,) = printed(
        shared("data", "messages", "wco_dm_hmrc_cds", "Step1_TT_IM001a.xml").read_bytes()
    )
    (consignment,) = message["consignments"]
    assert (message["format"], message["direction"], message["lrn"]) == (
        "WCO-DM",
        "import",
        "7847767E1WB6",
    )
    assert {(p["role"], p.get("name"), p.get("country")) for p in consignment["parties"]} >= {
        ("exporter", "US Clipper Inc.", "US"),
        ("declarant", None, None),
    }
    (item,) = consignment["items"]
    assert (item["hs"], item["net_mass_kg"], item["gross_mass_kg"]) == ("85109000", 100.0, 150.0)
    assert (item["value"], item["currency"], item["origin"]) == ("1000", "GBP", "US")
    assert item["documents"] == ["C506", "N935", "C505"]
    assert consignment["equipment"] == ["AD12345"]


def test_an_amendment_names_what_it_amends():
    (message,) = printed(
        shared("data", "messages", "wco_dm_hmrc_cds", "TT_IM017a_Amendment.xml").read_bytes()
    )
    assert (message["action"], message["amends"]) == ("amendment", "21GB7X8M7S6NG8N6R0")
    removed = message["amendments"][0]
    assert (removed["item"], removed["reason"], removed["text"]) == (
        2,
        "30",
        "AMENDMENT 1 - Deleting Goods Item",
    )


def test_answers_name_the_declaration_and_the_fault():
    folder = shared("data", "messages", "wco_dm_hmrc_cds")
    outcomes = {
        path.name: formats.read(path.read_bytes())[0].outcome for path in folder.glob("notif*")
    }
    assert sorted(filter(None, outcomes.values())) == [
        "accepted", "cleared", "control", "documents_requested", "rejected", "tax",
    ]  # fmt: skip
    (refused,) = formats.read((folder / "notif_03_DMSREJ.xml").read_bytes())
    assert refused.mrn == "20GB1NA4Y2YSRFGVR6"
    assert [(f.code, f.place) for f in refused.faults] == [("CDS12005", "42A/17C/R144")]


def test_values_have_their_units_and_types():
    (message,) = formats.read(declaration({}, {"net": "500"}))
    assert message.warnings == ()
    (consignment,) = message.consignments
    item = consignment.items[0]
    assert (item.net_mass_kg, item.gross_mass_kg, item.value) == (12.0, 12.5, Decimal("980.00"))
    assert (item.un_numbers, item.document_codes) == (("2031",), ("Y901",))
    assert consignment.equipment[0].seals == ("S1",)
    assert message.direction == "export"
    assert str(message.envelope.prepared) == "2026-03-12 10:29:25"
    assert consignment.parties[1].name == "Example & Sons"


@pytest.mark.parametrize(
    ("change", "code", "kept"),
    [
        ({"gross": "-5"}, "number_negative", ("gross_mass_kg", -5.0)),
        ({"currency": "QQQ"}, "currency_unknown", ("currency", "QQQ")),
        ({"hs": "77019900"}, "hs_unknown", ("hs", "77019900")),
        ({"origin": "QJ"}, "country_unknown", ("origin", "QJ")),
        ({"gross": "1e99999"}, "number_impossible", ("gross_mass_kg", None)),
        ({"gross": "9" * 5000}, "number_impossible", ("gross_mass_kg", None)),
        ({"net": "99000"}, "mass_order", ("net_mass_kg", 99.0)),
    ],
)
def test_a_wrong_value_is_kept_with_a_warning_that_names_the_item(change, code, kept):
    (message,) = formats.read(declaration({}, change))
    assert [w.code for w in message.warnings] == [code]
    assert message.warnings[0].message.startswith("item 2: ")
    assert message.warnings[0].offset is not None
    assert len(message.consignments[0].items) == 2
    assert getattr(message.consignments[0].items[1], kept[0]) == kept[1]


def test_a_date_that_does_not_exist_is_left_out_with_a_warning():
    data = declaration({}, {}).replace(b"20260312102925Z", b"20261392102925Z")
    (message,) = formats.read(data)
    assert [w.code for w in message.warnings] == ["date_impossible"]
    assert message.declared is None


def test_the_number_of_items_is_checked():
    (message,) = formats.read(declaration({}))
    assert [(w.code, w.message) for w in message.warnings] == [
        ("item_count", "2 items are stated, 1 are present")
    ]


@pytest.mark.parametrize(
    "damage",
    [b"<Origin><CountryCode>", b"</Commodity></Commodity>", b"<<>>", b"<a b=>"],
)
def test_a_damaged_item_leaves_all_others(damage):
    """An item that is no XML is named and left out. All others are kept."""
    data = declaration({}, {}, {})
    second = data.index(b"<SequenceNumeric>2")
    data = data[:second] + damage + data[second:]
    (message,) = formats.read(data)
    assert [item.number for item in message.consignments[0].items] == [1, 3]
    assert "item_unreadable" in {w.code for w in message.warnings}
    assert "GovernmentAgencyGoodsItem 2" in message.warnings[0].message


def test_stray_ampersands_are_repaired():
    (message,) = formats.read(declaration({}, {}).replace(b"&amp;", b"&"))
    assert message.consignments[0].parties[1].name == "Example & Sons"
    assert [w.code for w in message.warnings] == ["xml_repaired"]


def test_a_file_that_is_cut_off_keeps_what_came_before():
    data = declaration({}, {}, {})
    (message,) = formats.read(data[: data.index(b"<SequenceNumeric>3")])
    assert [item.number for item in message.consignments[0].items][:2] == [1, 2]
    assert "xml_cut_off" in {w.code for w in message.warnings}


def test_a_prefix_without_a_namespace_is_removed():
    data = (
        declaration({}, {})
        .replace(b"<Origin>", b"<x:Origin>")
        .replace(b"</Origin>", b"</x:Origin>")
    )
    (message,) = formats.read(data)
    assert message.consignments[0].items[0].origin == "DE"
    assert [w.code for w in message.warnings] == ["xml_repaired"]


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"<!DOCTYPE x [<!ENTITY a 'ha'>]>", "document type"),
        (b"<!DOCTYPE x SYSTEM 'file:///etc/passwd'>", "document type"),
    ],
)
def test_document_types_are_refused(data, reason):
    text = declaration({}, {})
    with pytest.raises(formats.Unreadable, match=reason):
        formats.read(text.replace(b"<md:MetaData", data + b"<md:MetaData", 1))


def test_deep_nesting_is_refused():
    deep = b"<a>" * 100_000 + b"</a>" * 100_000
    with pytest.raises(formats.Unreadable, match="levels deep") as refused:
        formats.read(declaration({}, {}).replace(b"<TypeCode>", deep + b"<TypeCode>", 1))
    assert refused.value.offset > 0


def test_a_resend_has_the_same_content():
    """White space between elements does not change the content by which a resend is recognised."""
    (first,) = formats.read(declaration({}, {}))
    (second,) = formats.read(declaration({}, {}).replace(b"\n<Origin>", b"\n\t  <Origin>"))
    (third,) = formats.read(declaration({}, {"net": "500"}))
    assert first.body == second.body != third.body


CANCELLATION = b"""<MetaData xmlns="urn:wco:datamodel:WCO:DEC-DMS:2"><Declaration>
<FunctionCode>13</FunctionCode>
<FunctionalReferenceID>R2</FunctionalReferenceID><ID>20GB7SPKVP6FJDRYA0</ID><TypeCode>INV</TypeCode>
<Submitter><ID>GB417869120000</ID></Submitter><AdditionalInformation>
<StatementDescription>A duplicate</StatementDescription><StatementTypeCode>AES</StatementTypeCode>
<Pointer><SequenceNumeric>1</SequenceNumeric><DocumentSectionCode>42A</DocumentSectionCode></Pointer>
<Pointer><SequenceNumeric>1</SequenceNumeric><DocumentSectionCode>06A</DocumentSectionCode></Pointer>
</AdditionalInformation><Amendment><ChangeReasonCode>1</ChangeReasonCode></Amendment></Declaration></MetaData>"""
MOVEMENT = b"""<inv:inventoryLinkingMovementRequest xmlns:inv="http://gov.uk/customs/inventoryLinking/v1">
<inv:messageCode>EAL</inv:messageCode><inv:ucrBlock><inv:ucr>GB/ABC-1</inv:ucr><inv:ucrType>M</inv:ucrType>
</inv:ucrBlock><inv:goodsLocation>GBAUSOU</inv:goodsLocation>
<inv:goodsArrivalDateTime>2024-01-16T15:09:38.038Z</inv:goodsArrivalDateTime>
<inv:movementReference>REF1</inv:movementReference></inv:inventoryLinkingMovementRequest>"""


def test_a_cancellation_names_the_declaration_and_the_reason():
    (message,) = formats.read(CANCELLATION)
    assert (message.action, message.amends) == ("cancellation", "20GB7SPKVP6FJDRYA0")
    assert [(a.reason, a.text) for a in message.amendments] == [("1", "A duplicate")]
    assert message.consignments == ()
    assert message.parties[0].identifiers[0].value == "GB417869120000"


def test_an_arrival_names_the_reference_and_the_time():
    (message,) = formats.read(MOVEMENT)
    (consignment,) = message.consignments
    assert (message.type, consignment.ucr, consignment.location) == ("EAL", "GB/ABC-1", "GBAUSOU")
    assert str(consignment.route.arrival) == "2024-01-16 15:09:38"
    assert message.warnings == ()


def test_many_shipments_and_parties_take_linear_time():
    """The values of the declaration are read once, and not once more for each of its shipments."""
    party = "<Buyer><Name>Party {n}</Name></Buyer>"
    text = declaration({}).decode()
    shipments = text.replace("</GoodsShipment>", "</GoodsShipment>" + "<GoodsShipment/>" * 15_000)
    parties = text.replace(
        "</GoodsShipment>", "".join(party.format(n=n) for n in range(5_000)) + "</GoodsShipment>"
    )
    start = time.process_time()
    (many,) = formats.read(shipments.encode())
    (one,) = formats.read(parties.encode())
    assert time.process_time() - start < 4
    assert len(many.consignments) == 15_001
    assert len(one.consignments[0].parties) == 5_002


def test_many_values_for_many_shipments_are_refused():
    """A declaration of which each of many shipments would repeat many values is refused."""
    party = "<Agent><Name>Party</Name></Agent>" * 2_000 + "<GoodsShipment/>" * 2_000
    text = declaration({}).replace(b"</GoodsShipment>", b"</GoodsShipment>" + party.encode())
    with pytest.raises(formats.Unreadable, match="too many shipments"):
        formats.read(text)
