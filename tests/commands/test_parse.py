"""`vedette parse`: the output contract that others measure with."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from vedette import cli

LIST = (
    "UNA:+.? 'UNB+UNOA:4+AIR:ZZ+GOV:ZZ+140211:1800+R1++APIS'UNH+M1+PAXLST:D:05B:UN:IATA'BGM+745'"
    "TDT+20+TN506'LOC+125+BRE'DTM+189:1405111340:201'LOC+87+YEU'DTM+232:1405111700:201'"
    "NAD+FL+++ROE:JO:ANN'ATT+2++F'DTM+329:720907'MEA+CT++1'MEA+WT++LBR:44'LOC+178+BRE'LOC+179+YEU'"
    "NAT+2+USA'RFF+AVF:QXGYLO'RFF+SEA:12A'DOC+P:110:111+1785'DTM+36:180221'LOC+91+USA'CNT+42:1'"
    "UNT+22+M1'UNZ+1+R1'"
)


def parse(capsys: pytest.CaptureFixture[str], *args: str) -> tuple[int, list[Any], str]:
    status = cli.main(["parse", *args])
    said = capsys.readouterr()
    return status, [json.loads(line) for line in said.out.splitlines()], said.err


def test_a_passenger_list_prints_as_the_contract_has_it(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """One object a message; what is missing is absent; times to the minute; pounds as kilograms."""
    file = tmp_path / "a.edi"
    file.write_text(LIST)
    status, (found,), said = parse(capsys, str(file))
    assert (status, said) == (0, "")
    assert found == {
        "file": str(file),
        "message": 1,
        "format": "PAXLST",
        "ok": True,
        "envelope": {
            "sender": "AIR",
            "recipient": "GOV",
            "prepared": "2014-02-11T18:00",
            "interchange_ref": "R1",
            "message_ref": "M1",
            "release": "D:05B",
            "sequence": 1,
            "last": True,
        },
        "function": "passengers",
        "flights": [
            {
                "carrier": "TN",
                "number": "506",
                "origin": "BRE",
                "destination": "YEU",
                "departure": "2014-05-11T13:40",
                "arrival": "2014-05-11T17:00",
                "prime": True,
            }
        ],
        "travellers": [
            {
                "role": "passenger",
                "surname": "ROE",
                "given_names": "JO ANN",
                "date_of_birth": "1972-09-07",
                "sex": "F",
                "nationality": "USA",
                "locator": "QXGYLO",
                "seat": "12A",
                "embarkation": "BRE",
                "debarkation": "YEU",
                "bags": {"count": 1, "weight_kg": 19.96},
                "documents": [
                    {"type": "P", "number": "1785", "issuer": "USA", "expiry": "2018-02-21"}
                ],
            }
        ],
        "bookings": [],
        "warnings": [],
    }


def test_a_wrong_count_is_a_warning_and_the_status_stays_0(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Code, sentence, segment and offset."""
    file = tmp_path / "a.edi"
    file.write_text(LIST.replace("CNT+42:1", "CNT+42:136"))
    status, (found,), _ = parse(capsys, str(file))
    assert status == 0
    assert found["warnings"] == [
        {
            "code": "cnt_count",
            "message": "CNT says 136, 1 passengers present",
            "segment": "CNT",
            "offset": LIST.index("CNT"),
        }
    ]


def test_an_unreadable_file_is_named_and_the_others_are_read(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Status 1, one line on stderr with file, place and reason; the rest of the work goes on."""
    good, bad = tmp_path / "a.edi", tmp_path / "b.jpg"
    good.write_text(LIST)
    bad.write_bytes(b"\xff\xd8\xff\xe0")
    status, found, said = parse(capsys, str(bad), str(good), str(tmp_path / "none"))
    assert status == 1
    assert [line["ok"] for line in found] == [True, False, False]
    first, second = said.splitlines()
    assert first.startswith(f"{bad}: byte 0: a JPEG")
    assert "No such file" in second


def test_an_unknown_format_is_wrong_usage(tmp_path: Path) -> None:
    """Status 2, as for every command."""
    with pytest.raises(SystemExit) as stopped:
        cli.main(["parse", "--format", "MORSE", str(tmp_path / "a.edi")])
    assert stopped.value.code == 2


def test_a_pnrgov_message_is_one_in_edifact_and_in_xml(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """`--format PNRGOV` names the message, not its syntax; XML prints its own format, by either name."""
    file = tmp_path / "a.xml"
    file.write_text('<IATA_PNRGOV_NotifRQ Version="13.1"><PNRs/></IATA_PNRGOV_NotifRQ>')
    for name in ("PNRGOV", "PNRGOV-XML"):
        status, (found,), said = parse(capsys, "--format", name, str(file))
        assert (status, said, found["format"]) == (0, "", "PNRGOV-XML")


def test_parts_in_several_files_are_one_transfer(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """`part_missing` is about what is in none of the files given."""
    names = []
    for number, flag in ((1, "C"), (2, "F")):
        file = tmp_path / f"{number}.edi"
        file.write_text(LIST.replace("UN:IATA'", f"UN:IATA+ACC+0{number}:{flag}'"))
        names.append(str(file))
    _, found, _ = parse(capsys, *names)
    assert [line["warnings"] for line in found] == [[], []]
    _, found, _ = parse(capsys, names[1])
    assert [w["code"] for w in found[0]["warnings"]] == ["part_missing"]


GOODS = """<Declaration xmlns="urn:wco:datamodel:WCO:DEC-DMS:2">
<FunctionalReferenceID>L1</FunctionalReferenceID><TypeCode>IMA</TypeCode>
<Exporter><Name>A CO</Name><Address><CountryCode>US</CountryCode></Address></Exporter>
<GoodsShipment><Consignment><TransportEquipment><ID>CSQU3054383</ID></TransportEquipment></Consignment>
<GovernmentAgencyGoodsItem><SequenceNumeric>1</SequenceNumeric><AdditionalDocument><CategoryCode>Y</CategoryCode>
<TypeCode>901</TypeCode></AdditionalDocument><Commodity><Description>Shoes</Description><Classification><ID>64039900
</ID></Classification><GoodsMeasure><GrossMassMeasure>2</GrossMassMeasure></GoodsMeasure><InvoiceLine>
<ItemChargeAmount currencyID="EUR">980.00</ItemChargeAmount></InvoiceLine></Commodity><Origin><CountryCode>US
</CountryCode></Origin></GovernmentAgencyGoodsItem></GoodsShipment></Declaration>"""


def test_a_declaration_prints_as_the_contract_has_it(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Codes of documents and numbers of containers are lists of texts; details stand beside them."""
    file = tmp_path / "a.xml"
    file.write_text(GOODS)
    status, (found,), said = parse(capsys, str(file))
    assert (status, said) == (0, "")
    assert (found["format"], found["ok"], found["warnings"]) == ("WCO-DM", True, [])
    assert found["consignments"] == [
        {
            "reference": "L1",
            "direction": "import",
            "parties": [
                {
                    "role": "exporter",
                    "name": "A CO",
                    "country": "US",
                    "address": {"kind": "business", "country": "US"},
                }
            ],
            "items": [
                {
                    "number": 1,
                    "hs": "64039900",
                    "description": "Shoes",
                    "gross_mass_kg": 2.0,
                    "value": "980.00",
                    "currency": "EUR",
                    "origin": "US",
                    "documents": ["Y901"],
                    "document_details": [{"code": "Y901"}],
                }
            ],
            "equipment": ["CSQU3054383"],
            "containers": [{"number": "CSQU3054383"}],
        }
    ]


def test_a_table_is_read_with_the_mapping_that_is_proposed(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file, mapping = tmp_path / "a.csv", tmp_path / "a.toml"
    file.write_text("Envoi;Designation;Code SH\nE1;Chaussures;640399\n")
    assert cli.main(["parse", "--propose", str(file)]) == 0
    mapping.write_text(capsys.readouterr().out)
    status, (found,), _ = parse(capsys, "--mapping", str(mapping), str(file))
    assert status == 0
    assert found["consignments"][0]["items"][0]["description"] == "Chaussures"
    mapping.write_text("[columns]\nnothing = 'x'\n")
    status, (found,), said = parse(capsys, "--mapping", str(mapping), str(file))
    assert (status, found["ok"]) == (1, False)
    assert "no field 'nothing'" in said


def test_an_xml_bomb_is_refused_in_one_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "a.xml"
    file.write_text("<!DOCTYPE x [<!ENTITY a 'b'>]>" + GOODS)
    status, _, said = parse(capsys, str(file))
    assert status == 1
    assert said.count("\n") == 1
    assert "document type" in said


def test_reading_a_message_loads_no_heavy_library(tmp_path: Path) -> None:
    """The command starts in a fraction of a second: it needs no database, no page and no arrays. Import
    these inside the function that uses them."""
    heavy = {
        "PIL", "cryptography", "django", "docx", "jwt", "numba", "numpy", "polars", "psycopg", "reportlab",
        "sqlglot", "xlsxwriter",
    }  # fmt: skip
    file = tmp_path / "a.edi"
    file.write_text(LIST)
    code = (
        "import sys; from vedette import cli; status = cli.main(['parse', sys.argv[1]])\n"
        f"print(status, *({heavy!r} & set(sys.modules)))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, str(file)], capture_output=True, text=True, check=True
    )
    assert done.stdout.splitlines()[-1].split() == ["0"]
