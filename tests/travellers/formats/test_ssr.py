"""The written grammars of free text: what they take, and that nothing else comes through."""

from __future__ import annotations

import datetime as dt

import pytest

from vedette.formats.dates import airimp_day
from vedette.travellers.formats import ssr

DAY = dt.date(2013, 5, 23)


@pytest.mark.parametrize(
    "text",
    [
        "/P/USA/548721687/USA/04JUL80/M/12JAN19/VAN/KEVIN",
        "P/USA/548721687/USA/04JUL80/M/12JAN19/VAN/KEVIN",
        "//P/USA/548721687/USA/04JUL80/M/12JAN19/VAN/KEVIN",
        "HK1/P/USA/548721687/USA/04JUL80/M/12JAN19/VAN/KEVIN/H",
    ],
)
def test_docs_shifted(text: str) -> None:
    """DOCS without its first slash, with a field too many in front, or with a status there."""
    found = ssr.docs(text, DAY)
    assert (found.document.type, found.document.issuer, found.document.number) == (
        "P",
        "USA",
        "548721687",
    )
    assert (found.document.nationality, found.document.date_of_birth) == (
        "USA",
        dt.date(1980, 7, 4),
    )
    assert (found.document.sex, found.document.expiry) == ("M", dt.date(2019, 1, 12))
    assert (found.document.surname, found.document.given_names) == ("VAN", "KEVIN")


def test_docs_with_missing_parts() -> None:
    """Type, nationality, expiry or everything but birth date and sex may be missing."""
    found = ssr.docs("//GBR/600634785/0/19JUN59/F/19NOV22/EMMA/LEAH/BRID", DAY)
    assert (found.document.type, found.document.issuer, found.document.number) == (
        None,
        "GBR",
        "600634785",
    )
    assert found.document.given_names == "LEAH BRID"
    found = ssr.docs("/P/USA/548721687/04JUL80/M/12JAN19/VAN/KEVIN", DAY)
    assert (found.document.number, found.document.nationality) == ("548721687", None)
    found = ssr.docs("/P/USA/548721687/USA/04JUL80/M/VAN/KEVIN", DAY)
    assert (found.document.expiry, found.document.surname) == (None, "VAN")
    found = ssr.docs("/////27APR92/M//CAPSON/HUNTER", DAY)
    assert (found.document.number, found.document.sex, found.document.surname) == (
        "",
        "M",
        "CAPSON",
    )


def test_docs_of_an_infant_and_with_an_impossible_date() -> None:
    """MI reads M and says infant; 31 February is left out and reported."""
    found = ssr.docs("/P/USA/1234567/USA/31FEB12/MI/12JAN19/VAN/KEVIN", DAY)
    assert (found.infant, found.document.sex, found.document.date_of_birth) == (True, "M", None)
    assert found.bad_date


def test_centuries_are_seen_from_the_message() -> None:
    """A birth is never after the message, an expiry may be; 29 February of 1900 never was."""
    assert airimp_day("24MAY13", DAY, True) == dt.date(1913, 5, 24)
    assert airimp_day("23MAY13", DAY, True) == dt.date(2013, 5, 23)
    assert airimp_day("18FEB61", DAY) == dt.date(2061, 2, 18)
    assert airimp_day("15JUN1958", DAY, True) == dt.date(1958, 6, 15)
    assert airimp_day("31FEB80", DAY, True) is None


def test_doco() -> None:
    """A visa with and without the place of birth."""
    found = ssr.doco(" HERE VA/V/8675309/OTHER PLACE/22DEC06/LI", DAY)
    assert (found.birth_place, found.document.type, found.document.number) == (
        "HERE VA",
        "V",
        "8675309",
    )
    assert (found.document.place_of_issue, found.document.issued, found.document.valid_for) == (
        "OTHER PLACE",
        dt.date(2006, 12, 22),
        "LI",
    )
    assert ssr.doco("/V/8675309/OTHER/22DEC06/LI", DAY).document.number == "8675309"
    assert ssr.doco("/LYON FRA/V/8675309/OTHER/22DEC06/LI", DAY).birth_place == "LYON FRA"


@pytest.mark.parametrize(
    ("text", "address"),
    [
        ("MOLLY..R+50BB//GMAIL.COM", "MOLLY_R+50BB@GMAIL.COM"),
        ("/A./B//X./Y.CO.UK/EN", "A-B@X-Y.CO.UK"),
        ("JOHN.DOE@EXAMPLE.FR-1DOE", "JOHN.DOE@EXAMPLE.FR"),
        ("NO ADDRESS HERE", None),
    ],
)
def test_email(text: str, address: str | None) -> None:
    """AIRIMP has no @, _ or -: `//`, `..` and `./` stand for them."""
    assert ssr.email(text) == address


def test_phones() -> None:
    """Letters of kind, city codes and agency names around a number are no part of it; a decimal
    fraction, which a spreadsheet made of one, is none."""
    assert ssr.phones("H5555555555 W 1 555 555 5555 ") == ("5555555555", "1 555 555 5555")
    assert ssr.phones("SEA 866 746-4647 CARLSON TVL") == ("866 746-4647",)
    assert ssr.phones("/15551234567/EN") == ("15551234567",)
    assert ssr.phones("0.086886196478164") == ()
    assert ssr.phones("ROOM 12") == ()


def test_contact_elements() -> None:
    """`CTC M`, `CTCM` and an airline in front; other OSI text is none."""
    assert ssr.contact("CTC M 33612345678") == ("M", "33612345678")
    assert ssr.contact("YY CTCE A//B.FR") == ("E", "A//B.FR")
    assert ssr.contact("AM INF") is None
    assert ssr.contact("VIP BISHOP OF X") is None


def test_sensitive_requests_are_counted_by_kind() -> None:
    """Meals reveal belief, assistance reveals health: only their kind is counted."""
    for code in ("AVML", "KSML", "MOML", "HNML", "VJML", "BLML"):
        assert ssr.dropped_kind(code) == "meal"
    for code in ("WCHR", "WCHC", "WCHS", "MEDA", "OXYG", "BLND", "DEAF", "DPNA", "STCR", "MAAS"):
        assert ssr.dropped_kind(code) == "assistance"
    assert ssr.dropped_kind("OTHS") == "remark"


def test_tickets_infants_and_numbers() -> None:
    """TKNE without its coupon, INFT in both forms, FQTV, FOID."""
    assert ssr.ticket("INF1392178947000C2") == ("1392178947000", True)
    assert ssr.ticket("TKT NBR 354167302468947 20FEB20 E NAME") == ("354167302468947", False)
    assert ssr.infant("DYE/ARCHER 15APR12", DAY) == ("DYE", "ARCHER", dt.date(2012, 4, 15))
    assert ssr.infant("ONE/TWO/10AUG11", DAY) == ("ONE", "TWO", dt.date(2011, 8, 10))
    assert ssr.loyalty("SQ 314655277") == ("SQ", "314655277")
    assert ssr.identification("PPAB123456") == ("P", "AB123456")
    assert ssr.identification("CC4111111111111111") is None


@pytest.mark.parametrize(("gender", "sex"), [("XI", "X"), ("UI", "U"), ("MI", "M"), ("FI", "F")])
def test_infants_of_every_gender(gender: str, sex: str) -> None:
    """Newer DOCS know X and U of infants in arms too."""
    found = ssr.docs(f"/P/USA/1234567/USA/04JUL12/{gender}/12JAN19/VAN/KEVIN", DAY)
    assert (found.infant, found.document.sex, found.document.surname) == (True, sex, "VAN")


def test_the_surname_xi_is_no_gender() -> None:
    """XI behind an expiry, where the birth date is left out."""
    found = ssr.docs("/P/CHN/E1234567/CHN//M/12JAN19/XI/PING", DAY)
    assert (found.document.surname, found.document.sex, found.infant) == ("XI", "M", False)
    assert found.document.expiry == dt.date(2019, 1, 12)
