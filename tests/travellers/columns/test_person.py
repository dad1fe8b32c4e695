"""Who the traveller is: restricted columns, and the ages that others rest on."""

from __future__ import annotations

import datetime as dt

import pytest
from tests.travellers.columns.flights import (
    booking,
    held,
    listed,
    of_booking,
    passport,
    person,
    push,
    rows,
    values,
)

from vedette.core.parties import Address, Contacts
from vedette.travellers.records import Traveller


def test_the_list_first_the_booking_where_it_is_silent() -> None:
    """As on pages."""
    paper = (passport("P1"),)
    found = values(
        push(
            booking(
                person(
                    documents=paper, sex="F", nationality="ETH", date_of_birth=dt.date(1980, 1, 1)
                )
            )
        ),
        listed(person(documents=paper, sex="M", residence="FRA", place_of_birth="ADDIS ABEBA")),
    )
    names = ("sex", "nationality", "residence", "birthplace", "age")
    assert [found[name] for name in names] == ["M", "ETH", "FRA", "ADDIS ABEBA", 46]


def test_unspecified_sex_is_unknown() -> None:
    """U is unspecified; X is a value of its own (ICAO 9303)."""
    assert "sex" not in of_booking(person(sex="U"))
    assert of_booking(person(sex="X"))["sex"] == "X"


def test_countries_of_people_have_three_letters() -> None:
    """ICAO 9303; what is no country stays as stated."""
    home = Contacts(addresses=(Address(kind="residence", country="FR"), Address(country="DE")))
    found = of_booking(person(nationality="D", contacts=home))
    assert (found["nationality"], found["residence"]) == ("DEU", "FRA")
    assert of_booking(person(nationality="XXA"))["nationality"] == "XXA"


@pytest.mark.parametrize(
    ("born", "age", "minor"),
    [
        (dt.date(2008, 11, 24), 18, False),
        (dt.date(2008, 11, 25), 17, True),
        (dt.date(2026, 11, 24), 0, True),
        (dt.date(2027, 1, 1), None, None),
        (dt.date(1890, 1, 1), None, None),
    ],
)
def test_age_on_the_day_of_travel(born: dt.date, age: int | None, minor: bool | None) -> None:
    """Eighteen on the day is grown; a birth date after it, or a century wrong, is a mistake."""
    found = of_booking(person(date_of_birth=born))
    assert (found.get("age"), found.get("is_minor")) == (age, minor)


@pytest.mark.parametrize(
    "traveller",
    [
        person(infant=True),
        person(type="C"),
        person(
            date_of_birth=dt.date(1980, 1, 1),
            documents=(passport(date_of_birth=dt.date(2010, 1, 1)),),
        ),
    ],
)
def test_a_minor_by_any_statement(traveller: Traveller) -> None:
    """Young persons are protected by whatever says that they are (`intake.rows.minor`)."""
    assert of_booking(traveller)["is_minor"] is True


def test_a_rectified_birth_date_decides_alone() -> None:
    """He said that he is not the child that he was booked as."""
    hold = held(push(booking(person(type="C", date_of_birth=dt.date(2016, 1, 1)))))
    (one,) = hold.manifest.persons.values()
    one.corrected = {"date_of_birth": "1986-01-01"}
    (found,) = rows(hold)
    assert (found["age"], found["is_minor"], found["booking_minors"]) == (40, False, 0)
