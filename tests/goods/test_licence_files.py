"""Licences that people enter: the fields of a form, and the rows of a CSV file."""

from __future__ import annotations

import contextlib
import datetime as dt
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vedette.core.texts import render
from vedette.goods.licence_files import COLUMNS, BadFile, head_of, line_of, read

HEAD = ",".join(COLUMNS) + "\n"
GOOD = "A-1,X060,FR1;Exemple SARL,SN;MA,2026-01-01,2026-12-31,,2808.00,7697-37-2,1000.5,KGM,\n"


def test_a_row_is_a_licence_with_one_line() -> None:
    [made] = read((HEAD + GOOD).encode()).licences
    assert (made.number, made.kind, made.holders) == ("A-1", "X060", ("FR1", "Exemple SARL"))
    assert (made.destinations, made.valid_to) == (("SN", "MA"), dt.date(2026, 12, 31))
    [line] = made.lines
    assert (line.hs, line.entries) == (("280800",), ("cas:7697-37-2",))
    assert (line.quantity, line.unit) == (Decimal("1000.5"), "KGM")


def test_rows_with_one_number_are_the_lines_of_one_licence() -> None:
    more = "a1,,,,,,,310230,,5,TNE,\nB-2,X070,,,,,,,,,,yes\n"
    first, second = read((HEAD + GOOD + more).encode()).licences
    assert [(line.number, line.unit) for line in first.lines] == [(1, "KGM"), (2, "TNE")]
    assert (second.lines[0].any_goods, second.lines[0].quantity) == (True, None)


@pytest.mark.parametrize(
    ("row", "field"),
    [
        (",X060,,,,,,2808,,1,KGM,", "number"),
        ("//,X060,,,,,,2808,,1,KGM,", "number"),
        ("A" * 61 + ",X060,,,,,,2808,,1,KGM,", "number"),
        ("A-2,X-060!,,,,,,2808,,1,KGM,", "kind"),
        ("A-2,Y901,,,,,,2808,,1,KGM,", "kind"),
        ("A-2,X060,,Senegal,,,,2808,,1,KGM,", "destinations"),
        ("A-2,X060,,,31/12/2026,,,2808,,1,KGM,", "valid_from"),
        ("A-2,X060,,,2026-02-01,2026-01-01,,2808,,1,KGM,", "valid_to"),
        ("A-2,X060,,,,0001-01-01,,2808,,1,KGM,", "valid_to"),
        ("A-2,X060,,,,,,28x8,,1,KGM,", "hs"),
        ("A-2,X060,,,,,,,nitric acid,1,KGM,", "entries"),
        ('A-2,X060,,,,,,2808,,"1,000",KGM,', "quantity"),
        ("A-2,X060,,,,,,2808,,-1,KGM,", "quantity"),
        ("A-2,X060,,,,,,2808,,NaN,KGM,", "quantity"),
        ("A-2,X060,,,,,,2808,,1e9,KGM,", "quantity"),
        ("A-2,X060,,,,,,2808,,1,<b>,", "unit"),
        ("A-2,X060,,,,,,2808,,1,KGM,maybe", "any_goods"),
        ("A-2,X060,,,,,,,,1,KGM,", "hs"),
        ("A-2,X060,,,,,,,,,,", "hs"),
        ("A-1,X070,,,,,,2808,,1,KGM,", "kind"),
    ],
)
def test_a_row_with_a_problem_is_named_and_the_others_are_kept(row: str, field: str) -> None:
    other = "B-9,X060,,,,,,2808,,1,KGM,\n"
    found = read((HEAD + GOOD + row + "\n" + other).encode())
    assert [(one.row, one.field) for one in found.problems] == [(3, field)]
    assert "%(" not in render(found.problems[0].text)
    kept = [one.number for one in found.licences]
    assert kept == (["B-9"] if row.startswith("A-1") else ["A-1", "B-9"])


def test_separators_and_decimals_of_a_french_table() -> None:
    text = "code;number;hs;quantity;unit\r\nX060;A-1;2808, 3102.30;1 000,5;KGM\r\n"
    [made] = read(b"\xef\xbb\xbf" + text.encode()).licences
    assert made.lines[0].hs == ("2808", "310230")
    assert made.lines[0].quantity == Decimal("1000.5")


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"", "no column"),
        (b"holder\nx\n", "no column"),
        (b"number,hs,hs\n1,2,3\n", "twice"),
        (b"number\n\xff\xfe\n", "UTF-8"),
        (b"number\n" + b"1\n" * 50_001, "50,000"),
        (b"x" * (8 * 1024 * 1024 + 1), "8 MB"),
    ],
)
def test_a_file_that_cannot_be_read_says_why(data: bytes, said: str) -> None:
    with pytest.raises(BadFile) as caught:
        read(data)
    assert said in render(caught.value.text)


@given(st.binary(max_size=400), st.text(max_size=200))
def test_no_other_exception_leaves_the_reader(data: bytes, text: str) -> None:
    for some in (data, HEAD.encode() + data, (HEAD + text).encode("utf-8", "replace")):
        with contextlib.suppress(BadFile):
            read(some)
    fields = dict.fromkeys(COLUMNS, text)
    head_of(fields)
    line_of(fields, 1)


def test_a_number_that_is_longer_without_case_and_marks_is_refused() -> None:
    """The database stores both forms, and neither is longer than 60."""
    _, errors = head_of({"number": "ß" * 31, "kind": "X060"})
    assert list(errors) == ["number"]
    made, errors = head_of({"number": "ß" * 30, "kind": "X060"})
    assert made is not None
    assert errors == {}
