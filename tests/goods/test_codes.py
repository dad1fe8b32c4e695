"""Codes are recognised and explained, and wrong check digits are refused."""

from __future__ import annotations

import csv
import datetime as dt

import pytest
from tests.shared import shared

from vedette.goods import codes, knowledge


def test_every_code_that_ended_in_2017_is_recognised_and_explained() -> None:
    path = shared("data", "codes", "hs_correlation", "hs2017_hs2022_codes.csv")
    with path.open(encoding="utf-8", newline="") as handle:
        rows = list(csv.DictReader(handle))
    ended = [row["hs6"] for row in rows if row["in_hs2017"] == "1" and row["in_hs2022"] == "0"]
    assert len(ended) == 145
    for code in ended:
        found = codes.hs_code(code)
        assert found.state == "ended_2017"
        assert "HS 2022" in found.explanation
    current = [row["hs6"] for row in rows if row["in_hs2022"] == "1" and row["hs6"] < "99"]
    assert all(codes.hs_code(code).state == "current" for code in current)


def test_ended_codes_of_listed_goods_are_linked() -> None:
    path = shared("data", "codes", "hs_correlation", "hs2017_to_2022_for_listed_goods.csv")
    with path.open(encoding="utf-8", newline="") as handle:
        for row in csv.DictReader(handle):
            found = codes.hs_code(row["hs2017"])
            if found.state == "ended_2017":
                assert found.successors == tuple(row["hs2022"].split(";"))
    fuses = codes.hs_code("3603.00")
    assert fuses.successors == ("360310", "360320", "360330", "360340", "360350", "360360")


@pytest.mark.parametrize("text", ["999999", "12a456", "", "1", "0" * 30, "９３０２００"])
def test_other_texts_are_no_known_code(text: str) -> None:
    assert codes.hs_code(text).state == "unknown"


def test_every_cas_number_of_the_lists_has_a_right_check_digit() -> None:
    numbers = {cas for entry in knowledge.shipped().entries for cas in entry.cas}
    assert len(numbers) > 90
    for number in numbers:
        assert codes.cas_number(number) == number
        last = (int(number[-1]) + 1) % 10
        assert codes.cas_number(f"{number[:-1]}{last}") is None


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("CSQU3054383", "CSQU3054383"),
        ("csqu 305438-3", "CSQU3054383"),
        ("CSQU3054384", None),
        ("CSQA3054383", None),
        ("", None),
    ],
)
def test_container_numbers_are_checked(text: str, number: str | None) -> None:
    assert codes.container(text) == number


@pytest.mark.parametrize(
    ("text", "number"),
    [("UN1090", "UN1090"), ("un 2031", "UN2031"), ("9999", None), ("UN12", None)],
)
def test_un_numbers_are_read(text: str, number: str | None) -> None:
    assert codes.un_number(text) == number


@pytest.mark.parametrize(
    ("code", "day", "state"),
    [
        ("X002", dt.date(2021, 9, 8), "valid"),
        ("X002", dt.date(2021, 9, 9), "ended"),
        ("X060", dt.date(2021, 9, 8), "not_yet"),
        ("x060", dt.date(2021, 9, 9), "valid"),
        ("Y901", dt.date(2026, 1, 1), "valid"),
        ("Z999", dt.date(2026, 1, 1), "unknown"),
    ],
)
def test_document_codes_have_days_of_validity(code: str, day: dt.date, state: str) -> None:
    assert codes.document(code, day).state == state
