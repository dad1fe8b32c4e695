"""Travel documents and visas on the day of travel."""

from __future__ import annotations

import datetime as dt

import pytest
from tests.travellers.columns.flights import (
    booking,
    leg,
    listed,
    of_booking,
    passport,
    person,
    push,
    values,
)

from vedette.core.parties import Document


def visa(**more: object) -> Document:
    """A visa as DOCO or PAXLST states it."""
    return Document(type="V", number="V1", **more)  # type: ignore[arg-type]


def test_the_passport_counts_before_other_documents() -> None:
    """Kind, issuer, age and validity are the passport's."""
    card = Document(type="I", number="I1", issuer="FRA", expiry=dt.date(2030, 1, 1))
    paper = passport("P1", issuer="ETH", issued=dt.date(2026, 11, 10), expiry=dt.date(2026, 11, 30))
    found = values(listed(person(documents=(card, paper))))
    assert (found["document_type"], found["document_issuer"], found["documents"]) == ("P", "ETH", 2)
    assert (found["document_age_d"], found["document_valid_d"]) == (14, 6)


def test_an_expired_document_has_days_below_none() -> None:
    """Two days past its expiry on the day of travel."""
    found = values(listed(person(documents=(passport(expiry=dt.date(2026, 11, 22)),))))
    assert found["document_valid_d"] == -2


def test_the_same_document_from_both_sources_is_one() -> None:
    """The list says when it expires, the booking who issued it; O and 0 are one sign."""
    found = values(
        push(booking(person(documents=(passport("PO1", issuer="ETH"),)))),
        listed(person(documents=(passport("P01", expiry=dt.date(2026, 12, 24)),))),
    )
    assert (found["documents"], found["document_issuer"], found["document_valid_d"]) == (
        1,
        "ETH",
        30,
    )


def test_no_document_is_unknown() -> None:
    """Neither 0 documents nor no visa."""
    assert not {"documents", "has_visa", "document_type", "visa_elsewhere"} & set(of_booking())


def test_redress_and_trusted_traveller_numbers_are_no_documents() -> None:
    """DOCO states them (R, K) as it does a visa (V)."""
    found = of_booking(person(documents=(passport("P1"), Document(type="R", number="R1"), visa())))
    assert (found["documents"], found["has_visa"]) == (1, True)
    assert of_booking(person(documents=(passport("P1"),)))["has_visa"] is False


def test_an_issuer_that_is_no_country_stays_as_stated() -> None:
    """ICAO 9303 part 3: D is Germany; organisations have codes of their own."""
    assert of_booking(person(documents=(passport(issuer="D"),)))["document_issuer"] == "DEU"
    assert of_booking(person(documents=(passport(issuer="UNO"),)))["document_issuer"] == "UNO"


@pytest.mark.parametrize(
    ("stated", "elsewhere"),
    [
        ({"valid_for": "SEN"}, False),
        ({"issuer": "SEN"}, False),
        ({"valid_for": "CAN", "place_of_issue": "LONDON"}, True),
        ({"valid_for": "ET"}, False),
        ({"place_of_issue": "LONDON"}, None),
    ],
)
def test_visas_against_the_journey(stated: dict[str, str], elsewhere: bool | None) -> None:
    """A visa of any country of the itinerary fits; where it was issued says nothing."""
    found = of_booking(person(documents=(visa(**stated),)))
    assert found.get("visa_elsewhere") is elsewhere


def test_a_schengen_visa_holds_for_all_of_schengen() -> None:
    """Issued by Spain, used for France."""
    way = (leg("ADD", "CDG", "24 10:00", "24 16:00"),)
    assert (
        of_booking(person(documents=(visa(valid_for="ESP"),)), segments=way)["visa_elsewhere"]
        is False
    )
    assert (
        of_booking(person(documents=(visa(valid_for="GBR"),)), segments=way)["visa_elsewhere"]
        is True
    )


def test_names_of_documents() -> None:
    """DOCS states another name than the TIF; without a name on the document nothing is known."""
    other = passport(surname="BEKELE", given_names="SARA")
    assert of_booking(person(documents=(other,)))["document_names_differ"] is True
    same = passport(surname="TESFAYE", given_names="HANA MARIAM")
    assert of_booking(person(documents=(same,)))["document_names_differ"] is False
    assert "document_names_differ" not in of_booking(person(documents=(passport(),)))


def test_the_booked_name_is_compared_with_the_list_s_too() -> None:
    """Turned in the booking, right on the passenger list: joined by the document."""
    found = values(
        push(booking(person("HANA", "TESFAYE", documents=(passport("P1"),)))),
        listed(person("TESFAYE", "HANA", documents=(passport("P1"),))),
    )
    assert (found["name_turned"], found["name_differs"], found["name_respelt"]) == (
        True,
        True,
        False,
    )


def test_a_name_still_to_come_is_not_compared() -> None:
    """TBA is no name."""
    found = of_booking(
        person("TBA", "TBA", placeholder=True, documents=(passport(surname="BEKELE"),))
    )
    assert not {"name_turned", "name_cut", "document_names_differ", "family"} & set(found)
