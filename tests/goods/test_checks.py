"""Codes, numbers and documents of an item are checked and compared: 40 inserted cases, and 40 clean ones.

The cases are made by rule from public facts: the entries of the lists that ship, the document codes with
their days, and the check digits of CAS numbers and of ISO 6346. No case is taken from a sample.
"""

from __future__ import annotations

import csv
import datetime as dt
import json
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from tests.shared import shared

from vedette.cli import main
from vedette.core import texts
from vedette.goods import checks, codes, knowledge
from vedette.goods.licences import Licence, LicenceLine, Register, Use
from vedette.goods.records import Document
from vedette.screening.control_lists.model import Line

TODAY = dt.date(2026, 11, 27)
#: Substances of several lists: their entries give the name, the numbers and the HS code.
SUBSTANCES = ("7697-37-2", "7722-84-1", "67-64-1", "75-52-5", "6484-52-2", "7664-93-9", "3811-04-9")
ARMS = (("9mm semi-automatic pistols", "930200"), ("Percussion caps", "360330"))
LICENCES = [
    ("full", "X060", "500", "kg", "", ""), ("small", "X060", "20", "kg", "", ""),
    ("empty", "X060", "0", "kg", "", ""), ("old", "X060", "500", "kg", "", "2025-12-31"),
    ("early", "X060", "500", "kg", "2027-01-01", ""), ("free", "X061", "", "", "", ""),
]  # fmt: skip


class Case(NamedTuple):
    expected: str
    description: str
    hs: str
    documents: str = ""
    containers: str = ""
    mass: str = "100"
    date: str = "2026-11-27"


def _facts() -> dict[str, tuple[str, str]]:
    """The English name and the HS code of each substance."""
    found = {}
    for entry in knowledge.shipped().entries:
        for cas in entry.cas:
            if cas in SUBSTANCES and entry.hs:
                found.setdefault(cas, (entry.name_en.split(" (")[0], entry.hs[0]))
    return found


def _other_digit(number: str) -> str:
    return number[:-1] + str((int(number[-1]) + 1) % 10)


def _containers() -> list[str]:
    """Container numbers with right check digits, made from owner codes and serial numbers."""
    found = []
    for owner, serial in (("VED", 123456), ("TST", 305438), ("ABC", 777001), ("XYZ", 42)):
        for digit in range(10):
            number = f"{owner}U{serial:06d}{digit}"
            if codes.container(number):
                found.append(number)
    return found


def planted() -> Iterator[Case]:
    """40 cases, each with the problem that must be found."""
    facts = _facts()
    named = list(facts.values())
    for name, hs in [*named[:3], *ARMS]:
        yield Case("declared_not_listed", name, hs, "Y901")
    for (name, hs), day in zip([*named[:3], *ARMS], ("2021-09-09", "2021-10-01", "2022-03-04", "2024-02-29",
                                                       "2026-11-27"), strict=True):  # fmt: skip
        yield Case("document_ended", name, hs, "X002", date=day)
    for licence, mass in (
        ("small", "20.001"),
        ("small", "21"),
        ("empty", "0.5"),
        ("empty", "7"),
        ("full", "501"),
    ):
        yield Case("licence_exhausted", named[0][0], named[0][1], f"X060:{licence}", mass=mass)
    for cas in SUBSTANCES[:5]:
        yield Case("cas_check_digit", f"{facts[cas][0]} CAS {_other_digit(cas)}", facts[cas][1])
    for number in _containers():
        yield Case(
            "container_check_digit", "frozen cod fillets", "030471", containers=_other_digit(number)
        )
    for code in ("360300", "851770", "852580", "854140"):
        yield Case("hs_ended_2017", "frozen cod fillets", code)
    for name, _ in named[:2]:
        yield Case("residual_code", name, "382499")
        yield Case("residual_code", name, "310510")
    for one, other in (
        ("7697-37-2", "67-64-1"),
        ("67-64-1", "7722-84-1"),
        ("75-52-5", "7697-37-2"),
    ):
        yield Case("cas_against_text", f"{facts[one][0]}, CAS {other}", facts[one][1])
    for one, number in (("7697-37-2", "UN1090"), ("67-64-1", "UN2031"), ("75-52-5", "UN1090")):
        yield Case("un_against_text", f"{facts[one][0]}, {number}", facts[one][1])
    yield Case("hs_against_text", facts["7697-37-2"][0], "340220")
    yield Case("hs_against_text", ARMS[0][0], "950300")


def clean() -> Iterator[Case]:
    """40 cases without a problem: the same goods, numbers and documents, stated correctly."""
    facts = _facts()
    named = list(facts.values())
    for name, hs in [*named[:3], *ARMS]:
        yield Case("", name, hs, "X060")
    for (name, hs), day in zip([*named[:3], *ARMS], ("2021-09-08", "2020-01-01", "2019-05-05", "2021-01-31",
                                                       "2018-12-24"), strict=True):  # fmt: skip
        yield Case("", name, hs, "X002", date=day)
    for licence, mass in (
        ("small", "20"),
        ("small", "19.999"),
        ("full", "500"),
        ("free", "99999"),
        ("full", "0.5"),
    ):
        code = "X061" if licence == "free" else "X060"
        yield Case("", named[0][0], named[0][1], f"{code}:{licence}", mass=mass)
    for cas in SUBSTANCES[:5]:
        yield Case("", f"{facts[cas][0]} CAS {cas}", facts[cas][1])
    for number in _containers():
        yield Case("", "frozen cod fillets", "030471", containers=number)
    for code in ("360310", "851771", "852581", "290511"):
        yield Case("", "frozen cod fillets" if code != "360310" else "safety fuses", code)
    for goods, code in (
        ("plant growth regulator, mixed", "382499"), ("NPK fertiliser 15-15-15, 5 kg", "310510"),
        ("biodiesel test mixture", "382499"), ("lawn fertiliser 10-5-20", "310510"),
    ):  # fmt: skip
        yield Case("", goods, code)
    for goods, code in (("cotton T-shirts 100-20-30", "610910"), ("part no 12-34-5", "870899"),
                        ("date 2026-11-27 printed matter", "490199")):  # fmt: skip
        yield Case("", goods, code)
    for goods, code, document in (("ball pens", "960810", "Y901"), ("wine glasses", "701337", "Y901"),
                                  ("leather shoes", "640399", "Y901"), ("printed books", "490199", ""),
                                  ("UN1263 paint", "320890", "")):  # fmt: skip
        yield Case("", goods, code, document)


def use(
    mass: str | None, *numbers: str, day: dt.date = TODAY, code: str = "X060", **more: Any
) -> Use:
    """An item that names licences."""
    return Use(
        key="", at=dt.datetime.combine(day, dt.time.min),
        documents=tuple(Document(code=code, reference=number) for number in numbers),
        net_mass_kg=Decimal(mass) if mass is not None else None, **more,
    )  # fmt: skip


def licence_codes(register: Register, one: Use) -> list[str]:
    found = list(checks.of_licences(one, register))
    assert not [problem for problem in found if "%(" in texts.render(problem.text)]
    return [problem.code for problem in found]


def _found(case: Case) -> set[str]:
    register = checks.register(
        "\n".join(
            ["number,code,quantity,unit,valid_from,valid_to", *(",".join(one) for one in LICENCES)]
        )
    )
    result = knowledge.matcher(TODAY).check(Line(description=case.description, hs=case.hs))
    pairs = [one.partition(":")[::2] for one in case.documents.split(";") if one]
    day = dt.date.fromisoformat(case.date)
    problems = checks.of_item(
        description=case.description, declared=case.hs, result=result, day=day,
        documents=[code for code, _ in pairs], containers=[case.containers] if case.containers else [],
        use=use(case.mass, *(number for _, number in pairs if number), day=day), known=register,
    )  # fmt: skip
    for one in problems:
        assert texts.render(one.text)
        assert "%(" not in texts.render(one.text)
    return {one.code for one in problems}


def test_all_planted_cases_are_found() -> None:
    cases = list(planted())
    assert len(cases) == 40
    missed = [case for case in cases if case.expected not in _found(case)]
    assert not missed


def test_clean_cases_have_no_problem() -> None:
    cases = list(clean())
    assert len(cases) == 40
    wrong = [(case, found) for case in cases if (found := _found(case))]
    assert len(wrong) <= 1, wrong


def test_every_code_that_ended_in_2017_is_a_problem_with_an_explanation() -> None:
    with shared("data", "codes", "hs_correlation", "hs2017_hs2022_codes.csv").open(
        encoding="utf-8", newline=""
    ) as handle:
        rows = list(csv.DictReader(handle))
    ended = [row["hs6"] for row in rows if row["in_hs2017"] == "1" and row["in_hs2022"] == "0"]
    assert len(ended) == 145
    for code in ended:
        (problem,) = checks.of_hs_code(code)
        assert problem.code == "hs_ended_2017"
        said = texts.render(problem.text)
        assert code in said
        assert "HS 2022" in said
    current = [row["hs6"] for row in rows if row["in_hs2022"] == "1"]
    assert not [code for code in current if checks.of_hs_code(code)]
    assert [one.code for one in checks.of_hs_code("123456")] == ["hs_unknown"]


def test_a_licence_is_drawn_row_by_row_and_never_below_zero() -> None:
    register = checks.register("number,quantity,unit\nA,100,kg\n")
    found = [licence_codes(register, use(mass, "A")) for mass in ("60", "50", "40", "0.001")]
    assert found == [[], ["licence_exhausted"], [], ["licence_exhausted"]]
    assert register.balances["A", 1] == 0
    pieces = use(None, "A", quantity=Decimal(1), unit="pcs")
    assert licence_codes(register, pieces) == ["licence_unit"]
    assert licence_codes(register, use(None, "A")) == ["licence_unit"]
    assert licence_codes(register, use("1", "B")) == ["licence_missing"]
    assert licence_codes(register, use("1", "--")) == ["licence_missing"]


def test_a_negative_quantity_gives_nothing_back() -> None:
    register = checks.register("number,quantity\nA,5\n")
    assert licence_codes(register, use("-100", "A")) == ["licence_unit"]
    assert licence_codes(register, use("5", "A")) == []


def test_a_licence_that_an_item_names_twice_is_drawn_once_and_counts_for_both_codes() -> None:
    register = checks.register("number,quantity\nBAFA 2026/1,5\n")
    assert licence_codes(register, use("3", "BAFA2026/1", "bafa-2026-1")) == []
    twice = use("3", "BAFA2026/1", "bafa-2026-1")
    problems = list(checks.of_licences(twice, register))
    assert [one.code for one in problems] == ["licence_exhausted"]
    assert checks.without_bad_licences(["X060", "Y901"], twice.documents, problems) == ("Y901",)


def test_the_unit_of_the_declaration_is_converted_to_that_of_the_register() -> None:
    register = checks.register("number,quantity,unit\nA,1,t\nP,10,pcs\n")
    assert licence_codes(register, use("600", "A")) == []
    assert licence_codes(register, use("500", "A")) == ["licence_exhausted"]
    assert licence_codes(register, use("1", "P", quantity=Decimal(10), unit="NAR")) == []


@pytest.mark.parametrize(
    ("columns", "cells", "fields", "expected"),
    [
        ("hs", "9302;3603.30", {"hs": "360330"}, []),
        ("hs", "9302", {"hs": "360330"}, ["licence_goods"]),
        ("hs", "9302", {}, ["licence_goods"]),
        ("hs", "", {"hs": "360330"}, []),
        ("entries", "cas:67-64-1", {"entries": ("cas:67-64-1",)}, []),
        ("entries", "cas:67-64-1", {"entries": ("cas:75-52-5",)}, ["licence_goods"]),
        ("hs,entries", "2914,cas:67-64-1", {"hs": "291411"}, ["licence_goods"]),
        ("holders", "FR 123;DE 7", {"holders": ("de7",)}, []),
        ("holders", "FR 123;DE 7", {}, ["licence_holder"]),
        ("destinations", "MA;tn", {"destination": "TN"}, []),
        ("destinations", "MA;tn", {"destination": "LY"}, ["licence_destination"]),
    ],
)
def test_a_register_can_limit_goods_holders_and_destinations(
    columns: str, cells: str, fields: dict[str, Any], expected: list[str]
) -> None:
    register = checks.register(f"number,quantity,{columns}\nA,5,{cells}\n")
    assert licence_codes(register, use("5", "A", **fields)) == expected
    assert register.balances == ({} if expected else {("A", 1): 0})


def test_a_licence_that_is_revoked_is_a_problem() -> None:
    licence = Licence(number="A", lines=(LicenceLine(any_goods=True),), revoked=TODAY)
    assert licence_codes(Register({"A": licence}), use("5", "A")) == ["licence_revoked"]


@pytest.mark.parametrize(
    "text",
    ["", "name\nA\n", "number\n\"\"\n", "number\nA\nA\n", "number\nA-1\na1\n", "number\n--\n",
     "number,hs\nA,93x\n", "number,hs\nA,;\n", "number,unit\nA," + "k" * 61 + "\n",
     "number,quantity\nA,x\n", "number,quantity\nA,-1\n",
     "number,quantity\nA,NaN\n", "number,valid_to\nA,2026-13-01\n", "number\n" + "9" * 61 + "\n"],
)  # fmt: skip
def test_a_register_with_an_error_is_refused_with_its_place(text: str) -> None:
    with pytest.raises(checks.BadRegister, match=r"^(line|row) \d"):
        checks.register(text)


def test_the_command_reports_problems_and_an_exhausted_licence_is_a_hit(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    lines, licences = tmp_path / "lines.csv", tmp_path / "licences.csv"
    lines.write_text(
        "id,description,hs_declared,net_mass_kg,documents,containers,date\n"
        "1,9mm semi-automatic pistols,930200,15,X060:A,,2026-11-27\n"
        "2,9mm semi-automatic pistols,930200,15,X060:A,,2026-11-27\n"
        "3,frozen cod fillets,360300,15,X002,CSQU3054384,2026-11-27\n"
        "4,frozen cod fillets,030471,15,X002,CSQU3054383,2021-09-08\n",
        encoding="utf-8",
    )
    licences.write_text("number,quantity\nA,20\n", encoding="utf-8")
    command = ["goods", "check", str(lines), "--licences", str(licences)]
    assert main(command) == 0
    rows = list(csv.DictReader(capsys.readouterr().out.splitlines()))
    assert [row["problems"] for row in rows] == [
        "", "licence_exhausted", "hs_ended_2017;document_ended;container_check_digit", "",
    ]  # fmt: skip
    assert [row["hit"] for row in rows[:2]] == ["0", "1"]
    assert "5 kg, but" in rows[1]["explanation"]
    assert main([*command, "--format", "jsonl"]) == 0
    items = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [";".join(one["code"] for one in item.get("problems", [])) for item in items] == [
        row["problems"] for row in rows
    ]


def test_the_command_compares_goods_parties_and_destinations_with_the_licence(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    lines, licences = tmp_path / "lines.csv", tmp_path / "licences.csv"
    lines.write_text(
        "description,hs_declared,net_mass_kg,documents,destination,parties\n"
        "acetone,291411,5,X060:A 1,MA,FR123;Dupont\n"
        "acetone,291411,5,X060:A 1,LY,FR123\n"
        "acetone,291411,5,X060:A 1,MA,Martin\n"
        "nitric acid,280800,5,X060:A 1,MA,FR123\n"
        "acetone,291411,5,X060:A 1,MA,FR123\n",
        encoding="utf-8",
    )
    licences.write_text(
        "number,quantity,hs,entries,holders,destinations\nA-1,10,2914,cas:67-64-1,FR 123,MA\n",
        encoding="utf-8",
    )
    assert main(["goods", "check", str(lines), "--licences", str(licences)]) == 0
    rows = list(csv.DictReader(capsys.readouterr().out.splitlines()))
    assert [row["problems"] for row in rows] == [
        "", "licence_destination", "licence_holder", "licence_goods", "",
    ]  # fmt: skip


def test_a_register_that_cannot_be_read_stops_the_command(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    lines = tmp_path / "lines.csv"
    lines.write_text("description\nacetone\n", encoding="utf-8")
    assert main(["goods", "check", str(lines), "--licences", str(tmp_path / "none.csv")]) == 1
    (tmp_path / "bad.csv").write_text("number,quantity\nA,x\n", encoding="utf-8")
    assert main(["goods", "check", str(lines), "--licences", str(tmp_path / "bad.csv")]) == 1
    assert "row 2" in capsys.readouterr().err
