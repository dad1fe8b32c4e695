"""CUSCAR, CUSDEC and CUSREP, from the shared samples and from messages of our own that follow the published
structures of D.95B, D.96B and D.03B."""

from __future__ import annotations

from decimal import Decimal

import pytest
from tests.goods.formats.leaves import printed
from tests.shared import shared

from vedette.goods import formats

MANIFEST = """UNB+UNOA:2+LINE:1+CUSTOMS:1+260301:1200+9'
UNH+1+CUSCAR:D:{release}:UN'
BGM+785+MAN-7+{function}'
DTM+137:202603011200:203'
RFF+ABT:26FR0001'
NAD+MS+LINE'
TDT+20+V123+1++MSCU:172:20:EXAMPLE LINE+++9074729:146:11:EXAMPLE STAR:LR'
LOC+60+FRLEH'
DTM+132:202603041530:203'
EQD+CN+CSQU3054383+22G1:102:5+++5'
SEL+SEAL1+CA'
SEL+SEAL2+CU'
EQD+CN+MSKU1234565+45G1+++4'
CNI+1+BL-1'
RFF+BM:BL-1'
CNT+7:1200.5:KGM'
CNT+8:40'
LOC+9+CNSHA'
LOC+11+FRLEH'
NAD+CZ+++EXAMPLE CHEMICALS+1 ROAD+SHANGHAI++200000+CN'
CTA+IC+:MS LI'
COM+?+86 21 5555:TE'
NAD+CN+FR12345678900011:167++LABO EXEMPLE SARL+2 RUE+ROUEN++76000+FR'
NAD+N1+++NOTIFY SA'
GID+1+30:DR'
FTX+AAA+++NITRIC ACID 68 PCT:IN DRUMS'
MEA+AAE+G+KGM:900.5'
SGP+CSQU3054383+30'
DGS+IMD+8+2031'
PCI+24+MARK A:MARK B'
CST++28080000:122'
GID+2+10:CT'
FTX+AAA+++COTTON SHIRTS'
MEA+AAE+G+KGM:300'
SGP+MSKU1234565+10'
CNI+2+BL-2'
RFF+BM:BL-2'
NAD+CN+++OTHER GMBH+++++DE'
GID+1+5:PK'
FTX+AAA+++SHOES'
MEA+AAE+G+LBR:100'
RFF+BM:BL-3'
NAD+CN+++THIRD SRL+++++IT'
GID+1+1:PK'
FTX+AAA+++BOOKS'
{tail}"""
DECLARATION = """UNB+UNOC:3+AGENT+CUSTOMS+260301:1200+10'
UNH+1+CUSDEC:D:96B:UN'
BGM+929:::IM4+LRN-55+9'
LOC+28+FR::5'
LOC+35+CN::5'
LOC+22+FR002300'
RFF+UCN:UCR-1'
NAD+EX+++EXAMPLE CO+1 ROAD+SHENZHEN+++CN'
NAD+CN+FR99:167++IMPORT SA'
NAD+DT+FR88:167++AGENT SA'
TDT+20+AF123+4'
TOD+++CIF'
CNT+5:2'
CUX+2:USD:4'
UNS+D'
CST+1+28080000:122:95+4000:117:95'
FTX+AAA+++NITRIC ACID'
LOC+27+CN::5'
MEA+WT+AAB+KGM:12.5'
MEA+WT+AAL+KGM:12'
QTY+47:10:LTR'
MOA+38:980.00'
DOC+Y901'
DOC+N380:::INVOICE+INV-1'
PAC+4++DR'
CST+2+93040000:122:95+4000:117:95'
FTX+AAA+++AIR GUN'
MOA+38:55.5:EUR'
UNS+S'
CNT+11:5'
UNT+30+1'
UNZ+1+10'"""


def manifest(function: str = "9", release: str = "95B") -> bytes:
    """The cargo report, with a correct number of segments."""
    text = MANIFEST.format(function=function, release=release, tail="")
    count = text.count("'\n") - 1 + 1
    return (text + f"UNT+{count}+1'\nUNZ+1+9'").encode()


@pytest.mark.parametrize("release", ["95B", "96B", "99B", "03B", "16A"])
def test_a_cargo_report_keeps_every_consignment_item_and_container(release):
    (message,) = formats.read(manifest(release=release))
    assert message.warnings == ()
    assert (message.format, message.lrn, message.mrn) == ("CUSCAR", "MAN-7", "26FR0001")
    assert [c.reference for c in message.consignments] == ["BL-1", "BL-2", "BL-3"]
    assert [len(c.items) for c in message.consignments] == [2, 1, 1]
    route = message.route
    assert route is not None
    assert (route.imo, route.means, route.voyage, route.nationality) == (
        "9074729",
        "EXAMPLE STAR",
        "V123",
        "LR",
    )
    assert str(route.arrival) == "2026-03-04 15:30:00"
    first = message.consignments[0]
    assert (first.gross_mass_kg, first.packages) == (1200.5, Decimal(40))
    assert [(c.number, c.seals) for c in first.equipment] == [
        ("CSQU3054383", ("SEAL1", "SEAL2")),
        ("MSKU1234565", ()),
    ]
    consignor, consignee, notify = first.parties
    assert (consignor.role, consignor.name, consignor.country) == (
        "consignor",
        "EXAMPLE CHEMICALS",
        "CN",
    )
    assert (consignor.phones, consignor.contact) == (("+86 21 5555",), "MS LI")
    assert (consignee.address.city, consignee.identifiers[0].value) == (
        "ROUEN",
        "FR12345678900011",
    )
    assert notify.role == "notify"
    item = first.items[0]
    assert (item.hs, item.description) == ("28080000", "NITRIC ACID 68 PCT IN DRUMS")
    assert (item.gross_mass_kg, item.un_numbers, item.marks) == (900.5, ("2031",), "MARK A MARK B")
    assert message.consignments[1].items[0].gross_mass_kg == pytest.approx(45.359237)


@pytest.mark.parametrize(
    ("function", "action", "amends"),
    [
        ("9", "original", None),
        ("5", "replacement", "26FR0001"),
        ("4", "amendment", "26FR0001"),
        ("1", "cancellation", "26FR0001"),
    ],
)
def test_the_function_tells_an_amendment_and_what_it_amends(function, action, amends):
    (message,) = formats.read(manifest(function))
    assert (message.action, message.amends) == (action, amends)


def test_a_declaration_keeps_its_items_with_all_values():
    (message,) = printed(DECLARATION.encode())
    assert message["warnings"] == []
    (consignment,) = message["consignments"]
    assert (message["type"], message["direction"], message["declarant"]) == (
        "IM4",
        "import",
        "FR88",
    )
    assert (consignment["destination"], consignment["dispatch"], consignment["incoterm"]) == (
        "FR",
        "CN",
        "CIF",
    )
    assert consignment["packages"] == "5"
    first, second = consignment["items"]
    assert first["hs"] == "28080000"
    assert (first["net_mass_kg"], first["gross_mass_kg"]) == (12.0, 12.5)
    assert (first["quantity"], first["unit"], first["procedure"]) == ("10", "LTR", "4000")
    assert (first["value"], first["currency"], first["origin"]) == ("980.00", "USD", "CN")
    assert first["documents"] == ["Y901", "N380"]
    assert first["packages"] == [{"count": "4", "kind": "DR"}]
    assert (second["hs"], second["value"], second["currency"]) == ("93040000", "55.5", "EUR")


@pytest.mark.parametrize(
    ("old", "new", "code"),
    [
        ("MEA+WT+AAB+KGM:12.5", "MEA+WT+AAB+KGM:-12.5", "number_negative"),
        ("MOA+38:980.00", "MOA+38:980.00:QQQ", "currency_unknown"),
        ("CST+2+93040000", "CST+2+77040000", "hs_unknown"),
        ("MEA+WT+AAL+KGM:12'", "MEA+WT+AAL+KGM:TWELVE'", "number_impossible"),
        ("CNT+5:2", "CNT+5:3", "item_count"),
    ],
)
def test_a_wrong_value_gives_a_warning_and_loses_no_item(old, new, code):
    assert old in DECLARATION
    (message,) = formats.read(DECLARATION.replace(old, new).encode())
    assert [w.code for w in message.warnings] == [code]
    assert message.warnings[0].offset
    assert len(message.consignments[0].items) == 2


def test_the_samples_are_read():
    (cuscar,) = printed(
        shared("data", "messages", "edifact_cuscar", "simple_lot10_d95b.edi").read_bytes()
    )
    assert [w["code"] for w in cuscar["warnings"]] == ["unt_count"]
    (consignment,) = cuscar["consignments"]
    assert consignment["equipment"] == ["EQ123456"]
    assert {p["role"] for p in consignment["parties"]} == {"supplier", "consignee", "consignor"}
    assert consignment["items"][0]["gross_mass_kg"] == 55814.0
    (cusdec,) = printed(
        shared("data", "messages", "edifact_d99b", "CUSDEC_D99B_export.edi").read_bytes()
    )
    (item,) = cusdec["consignments"][0]["items"]
    assert (item["hs"], item["origin"], item["value"], item["currency"]) == (
        "03026200",
        "US",
        "5000",
        "AUD",
    )
    (cusrep,) = printed(
        shared("data", "messages", "edifact_d99b", "CUSREP_D99B_depart.edi").read_bytes()
    )
    assert cusrep["consignments"] == cusrep["warnings"] == []
    assert cusrep["route"] == {
        "means": "N3",
        "carrier": "N2",
        "voyage": "N1",
        "origin": "9053M",
        "destination": "NZAKL",
        "departure": "2004-01-27T07:00",
    }


def test_several_messages_of_one_file_are_read():
    text = manifest().decode().partition("UNZ")[0]
    second = DECLARATION.partition("UNH")[2].rpartition("UNT")[0]
    data = text + "UNH" + second.replace("UNH+1", "UNH+2") + "UNT+30+2'\nUNZ+2+9'"
    assert [m.format for m in formats.read(data.encode())] == ["CUSCAR", "CUSDEC"]
