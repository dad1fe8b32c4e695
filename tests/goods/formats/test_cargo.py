"""Messages of air cargo: Cargo-XML and Cargo-IMP, and the completeness of advance data."""

from __future__ import annotations

from decimal import Decimal

import pytest
from msgspec.structs import replace
from tests.goods.formats.leaves import lost, printed
from tests.shared import shared

from vedette.goods import advance, formats

NOT_KEPT = (
    r"MessageHeaderDocument/(Name|TypeCode|VersionID)|Signatory|IssueDateTime|ActualDateTime"
    r"|Nil(Carriage|Customs)ValueIndicator"
)
HEAD = """<rsm:{root} xmlns:rsm="iata:x:1" xmlns:ram="iata:datamodel:3"><rsm:MessageHeaderDocument>
<ram:ID>M1</ram:ID><ram:IssueDateTime>2026-06-09T09:34:53</ram:IssueDateTime>
<ram:PurposeCode>{purpose}</ram:PurposeCode></rsm:MessageHeaderDocument>
<rsm:BusinessHeaderDocument><ram:ID>157-90000015</ram:ID></rsm:BusinessHeaderDocument>{body}</rsm:{root}>"""
WAYBILL = """<rsm:MasterConsignment>
<ram:IncludedTareGrossWeightMeasure unitCode="LBR">100</ram:IncludedTareGrossWeightMeasure>
<ram:TotalPieceQuantity>2</ram:TotalPieceQuantity>
<ram:ConsignorParty><ram:Name>A CO</ram:Name>
<ram:PostalStructuredAddress><ram:StreetName>1 ROAD</ram:StreetName>
<ram:CityName>DOHA</ram:CityName><ram:CountryID>QA</ram:CountryID></ram:PostalStructuredAddress>
<ram:DefinedTradeContact><ram:DirectTelephoneCommunication><ram:CompleteNumber>974555</ram:CompleteNumber>
</ram:DirectTelephoneCommunication></ram:DefinedTradeContact></ram:ConsignorParty>
<ram:OriginLocation><ram:ID>DOH</ram:ID></ram:OriginLocation>
<ram:FinalDestinationLocation><ram:ID>YUL</ram:ID></ram:FinalDestinationLocation>
<ram:SpecifiedLogisticsTransportMovement><ram:ModeCode>4</ram:ModeCode><ram:ID>QR763</ram:ID>
<ram:ArrivalEvent><ram:ScheduledOccurrenceDateTime>2026-06-14T15:30:00</ram:ScheduledOccurrenceDateTime>
<ram:OccurrenceArrivalLocation><ram:ID>YUL</ram:ID></ram:OccurrenceArrivalLocation></ram:ArrivalEvent>
</ram:SpecifiedLogisticsTransportMovement>
<ram:HandlingSPHInstructions><ram:DescriptionCode>CAO</ram:DescriptionCode></ram:HandlingSPHInstructions>
<ram:ApplicableRating><ram:IncludedMasterConsignmentItem><ram:SequenceNumeric>1</ram:SequenceNumeric>
<ram:TypeCode>382219</ram:TypeCode><ram:TypeCode>280800</ram:TypeCode>
<ram:GrossWeightMeasure unitCode="KGM">45.4</ram:GrossWeightMeasure><ram:PieceQuantity>2</ram:PieceQuantity>
<ram:NatureIdentificationTransportCargo><ram:Identification>REAGENTS</ram:Identification>
</ram:NatureIdentificationTransportCargo></ram:IncludedMasterConsignmentItem></ram:ApplicableRating>
</rsm:MasterConsignment>"""
MANIFEST = """<rsm:LogisticsTransportMovement><ram:ID>QR763</ram:ID><ram:DepartureEvent>
<ram:DepartureOccurrenceDateTime>2026-06-14T10:30:00</ram:DepartureOccurrenceDateTime>
<ram:OccurrenceDepartureLocation><ram:ID>DOH</ram:ID></ram:OccurrenceDepartureLocation></ram:DepartureEvent>
</rsm:LogisticsTransportMovement><rsm:ArrivalEvent>
<ram:ArrivalOccurrenceDateTime>2026-06-14T15:30:00</ram:ArrivalOccurrenceDateTime>
<ram:OccurrenceArrivalLocation><ram:ID>YUL</ram:ID></ram:OccurrenceArrivalLocation>
<ram:AssociatedTransportCargo><ram:TypeCode>ULD</ram:TypeCode><ram:UtilizedUnitLoadTransportEquipment>
<ram:ID>12345</ram:ID><ram:CharacteristicCode>AKE</ram:CharacteristicCode><ram:OperatingParty>
<ram:PrimaryID>QR</ram:PrimaryID></ram:OperatingParty></ram:UtilizedUnitLoadTransportEquipment>
<ram:IncludedMasterConsignment><ram:GrossWeightMeasure unitCode="KGM">340</ram:GrossWeightMeasure>
<ram:TotalPieceQuantity>12</ram:TotalPieceQuantity><ram:SummaryDescription>REAGENTS</ram:SummaryDescription>
<ram:TransportContractDocument><ram:ID>157-90000015</ram:ID></ram:TransportContractDocument>
</ram:IncludedMasterConsignment></ram:AssociatedTransportCargo>
<ram:AssociatedTransportCargo><ram:TypeCode>BLK</ram:TypeCode>
<ram:IncludedMasterConsignment><ram:GrossWeightMeasure unitCode="KGM">5</ram:GrossWeightMeasure>
<ram:SummaryDescription>BOOKS</ram:SummaryDescription>
<ram:TransportContractDocument><ram:ID>157-90000026</ram:ID></ram:TransportContractDocument>
</ram:IncludedMasterConsignment></ram:AssociatedTransportCargo></rsm:ArrivalEvent>"""
FFM = """FFM/8
1/QR763/14JUN1030/DOH/A7-ABC
YUL/14JUN1530
157-90000026DOHYUL/T1K5.0/BOOKS
/PER
ULD/AKE12345QR
157-90000015DOHYUL/P8K240.0T12/LAB REAGENTS
/CAO/ICE
OSI/KEEP COOL
157-90000030DOHYUL/T1L10.0/PARTS
LAST
"""
FHL = """QU YULXXQR
.DOHFFQR 130930
FHL/4
MBI/157-90000015DOHYUL/T12K340.0
HBS/H1/DOHYUL/8/K256.0/8/SHIRTS
TXT/COTTON SHIRTS FOR MEN
/WITH COLLAR
HTS/610510
SHP
NAM/EXAMPLE CO
ADR/12 SAMPLE STREET
LOC/DOHA
/QA/0000/TE/9745555
CNE
NAM/SPECIMEN INC
ADR/900 EXEMPLE AVENUE
LOC/MONTREAL/QC
/CA/H1A0A0
CVD/USD/PP/NVD/1500.00/XXX
HBS/H2/DOHYUL/4/L84.0//BOOKS
"""


def test_the_samples_keep_every_value():
    for folder, name in (
        ("iata_cargo", "XFZB3_two_items_fictional.xml"),
        ("iata_cargo_xml", "XFZB3_structure_anonymised.xml"),
    ):
        data = shared("data", "messages", folder, name).read_bytes()
        missing, count = lost(data, NOT_KEPT)
        assert missing == []
        assert count > 20
        assert printed(data)[0]["warnings"] == []


def test_the_samples_of_text_messages_are_read():
    folder = shared("data", "messages", "iata_cargo")
    (fwb,) = printed((folder / "FWB16_fictional.txt").read_bytes())
    (bill,) = fwb["consignments"]
    assert (bill["reference"], bill["gross_mass_kg"], bill["packages"]) == (
        "157-90000015",
        340.0,
        "12",
    )
    assert [(p["role"], p["name"], p.get("country")) for p in bill["parties"]] == [
        ("consignor", "EXAMPLE CHEMICALS TRADING", "QA"),
        ("consignee", "SPECIMEN LAB SUPPLIES INC", "CA"),
        ("representative", "FICTION FREIGHT", None),
    ]
    (item,) = bill["items"]
    assert (item["hs"], item["description"]) == (
        "382219",
        "LABORATORY REAGENTS CONSOL AS PER ATT LIST",
    )
    assert bill["handling"] == ["CAO"]
    (fhl,) = printed((folder / "FHL5_chem_fictional.txt").read_bytes())
    (house,) = fhl["consignments"]
    assert (house["reference"], house["master"]) == ("FFX0000002", "157-90000015")
    assert "HNO3 69PCT" in house["items"][0]["description"]
    assert fwb["warnings"] == fhl["warnings"] == []


def test_a_waybill_has_its_parties_items_and_route():
    (message,) = formats.read(
        HEAD.format(root="Waybill", purpose="Creation", body=WAYBILL).encode()
    )
    assert message.warnings == ()
    (bill,) = message.consignments
    assert (bill.reference, bill.handling) == ("157-90000015", ("CAO",))
    assert bill.gross_mass_kg == pytest.approx(45.359237)
    assert (bill.parties[0].phones, bill.parties[0].address.city) == (("974555",), "DOHA")
    assert (bill.route.voyage, bill.route.carrier, str(bill.route.arrival)) == (
        "QR763",
        "QR",
        "2026-06-14 15:30:00",
    )
    (item,) = bill.items
    assert (item.hs, item.additional_codes, item.description) == (
        "382219",
        ("280800",),
        "REAGENTS",
    )


def test_an_update_names_the_waybill():
    (message,) = formats.read(HEAD.format(root="Waybill", purpose="Update", body=WAYBILL).encode())
    assert (message.action, message.amends) == ("amendment", "157-90000015")


def test_a_manifest_has_its_waybills_and_unit_load_devices():
    data = HEAD.format(root="FlightManifest", purpose="Creation", body=MANIFEST).encode()
    (message,) = formats.read(data)
    assert message.warnings == ()
    assert {c.reference: c.container_numbers for c in message.consignments} == {
        "157-90000015": ("AKE12345QR",),
        "157-90000026": (),
    }
    assert {c.items[0].description for c in message.consignments} == {"REAGENTS", "BOOKS"}
    route = message.route
    assert (route.voyage, route.loading, route.discharge) == ("QR763", "DOH", "YUL")
    assert str(route.departure) == "2026-06-14 10:30:00"


def test_a_text_manifest_has_its_waybills_and_unit_load_devices():
    (message,) = formats.read(FFM.encode())
    assert message.warnings == ()
    assert [(c.reference, c.container_numbers) for c in message.consignments] == [
        ("157-90000026", ()),
        ("157-90000015", ("AKE12345QR",)),
        ("157-90000030", ("AKE12345QR",)),
    ]
    books, reagents, parts = message.consignments
    assert (books.handling, reagents.handling) == (("PER",), ("CAO", "ICE"))
    assert (reagents.items[0].description, reagents.packages) == ("LAB REAGENTS", Decimal(8))
    assert parts.gross_mass_kg == pytest.approx(4.5359237)
    assert (message.route.loading, message.route.discharge) == ("DOH", "YUL")
    assert message.envelope.last is True


def test_house_waybills_of_both_forms_are_read():
    (message,) = formats.read(FHL.encode())
    assert message.warnings == ()
    first, second = message.consignments
    assert (first.house, second.house, second.gross_mass_kg) == (
        "H1",
        "H2",
        pytest.approx(38.10175908),
    )
    consignor, consignee = first.parties
    assert (consignor.name, consignor.country, consignor.phones) == (
        "EXAMPLE CO",
        "QA",
        ("9745555",),
    )
    assert (consignee.address.city, consignee.address.state, consignee.address.postcode) == (
        "MONTREAL",
        "QC",
        "H1A0A0",
    )
    (item,) = first.items
    assert (item.hs, item.description) == ("610510", "SHIRTS COTTON SHIRTS FOR MEN WITH COLLAR")
    assert (item.value, item.currency) == (Decimal("1500.00"), "USD")


def test_a_line_that_cannot_be_read_is_named():
    (message,) = formats.read(FHL.replace("MBI/157-90000015DOHYUL", "MBI/NONE").encode())
    assert [(w.code, w.segment) for w in message.warnings] == [("segment_unreadable", "MBI")]
    assert [c.house for c in message.consignments] == ["H1", "H2"]


def test_advance_data_is_checked_for_its_eight_elements():
    complete, bare = formats.read(FHL.encode())[0].consignments
    assert advance.missing(complete) == ()
    assert advance.missing(bare) == (
        "consignor_name", "consignor_address", "consignee_name", "consignee_address",
    )  # fmt: skip
    nothing = replace(bare, house=None, master=None, reference=None, items=(), packages=None)
    nothing = replace(nothing, gross_mass_kg=0.0, description=None)
    assert advance.missing(nothing) == advance.ELEMENTS
