"""Passenger list against booking."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from tests.travellers.columns.flights import (
    booking,
    held,
    listed,
    named,
    of_booking,
    passport,
    person,
    push,
    rows,
    values,
)

from vedette.travellers.records import Traveller

BORN = dt.date(1980, 2, 3)


def one(**more: Any) -> Traveller:
    """The same traveller in both messages, but for what is said."""
    fields = {
        "date_of_birth": BORN,
        "sex": "F",
        "nationality": "ETH",
        "documents": (passport("P1"),),
    }
    return person(**{**fields, **more})


def both(booked: Traveller, shown: Traveller) -> dict[str, object]:
    """The values of a traveller whom booking and list state."""
    return values(push(booking(booked)), listed(shown))


def test_all_agrees() -> None:
    """Five elements, none differs."""
    found = both(one(), one())
    differ = ("name", "birth_date", "document", "sex", "nationality")
    assert [found[f"{what}_differs"] for what in differ] == [False] * 5
    assert (found["agreement"], found["in_api"], found["in_pnr"]) == (1.0, True, True)


@pytest.mark.parametrize(
    ("what", "changed"),
    [
        ("name", {"surname": "TESFAJE"}),
        ("birth_date", {"date_of_birth": dt.date(1979, 4, 17)}),
        ("sex", {"sex": "M"}),
        ("nationality", {"nationality": "FRA"}),
    ],
)
def test_one_element_differs(what: str, changed: dict[str, Any]) -> None:
    """Four of five agree."""
    found = both(one(**changed), one())
    assert found[f"{what}_differs"] is True
    assert found["agreement"] == 0.8


def test_another_document() -> None:
    """Joined by name and birth date."""
    assert both(one(documents=(passport("P2"),)), one())["document_differs"] is True


def test_what_one_source_leaves_out_is_not_compared() -> None:
    """Sex U is unspecified; a visa is no document to compare."""
    found = both(one(sex=None, nationality=None), one(sex="U"))
    assert not {"sex_differs", "nationality_differs"} & set(found)
    assert found["agreement"] == 1.0
    assert "sex_differs" not in both(one(sex="M"), one(sex="U"))


def test_the_same_country_in_two_codes_agrees() -> None:
    """The list says D, the booking DEU."""
    assert both(one(nationality="DEU"), one(nationality="D"))["nationality_differs"] is False


def test_one_source_alone_compares_nothing() -> None:
    """No agreement where there is nothing to agree with."""
    found = of_booking(one())
    assert not {"agreement", "name_differs"} & set(found)
    assert (found["in_api"], found["in_pnr"]) == (False, True)


def test_nobody_is_absent_before_the_lists_are_final() -> None:
    """A list of those checked in so far closes nothing."""
    early = listed(one(), prepared="2026-11-24 04:00")
    hold = held(push(booking(one()), booking(person("BEKELE"))), early)
    assert "booked_not_flown" not in named(hold)["BEKELE"]
    closed = named(held(push(booking(one()), booking(person("BEKELE"))), listed(one())))
    assert (closed["BEKELE"]["booked_not_flown"], closed["TESFAYE"]["booked_not_flown"]) == (
        True,
        False,
    )


def test_a_go_show_is_known_once_all_bookings_are() -> None:
    """On the list, in no booking of a complete push; without a push nothing is known; crew has none."""
    hold = held(push(booking(one())), listed(one(), person("BEKELE"), person("PILOT", role="crew")))
    found = named(hold)
    assert [found[n].get("flown_not_booked") for n in ("TESFAYE", "BEKELE", "PILOT")] == [
        False,
        True,
        None,
    ]
    assert "flown_not_booked" not in values(listed(person()))


def test_who_was_taken_off_the_list_is_no_go_show() -> None:
    """In no booking and not on board: neither booked nor flown."""
    taken_off = listed(
        person("BEKELE", boarded=False), sub_function="CLNB", prepared="2026-11-24 06:50"
    )
    found = named(held(push(booking(one())), listed(one(), person("BEKELE")), taken_off))
    assert "flown_not_booked" not in found["BEKELE"]


@pytest.mark.parametrize(
    ("column", "wrong", "said"),
    [
        ("name_differs", {"surname": "TESFAJE"}, {"surname": "TESFAYE"}),
        (
            "birth_date_differs",
            {"date_of_birth": dt.date(1979, 2, 3)},
            {"date_of_birth": "1980-02-03"},
        ),
        ("sex_differs", {"sex": "M"}, {"sex": "F"}),
        ("nationality_differs", {"nationality": "FRA"}, {"nationality": "ETH"}),
        ("document_differs", {"documents": (passport("P9"),)}, {"document": "P1"}),
    ],
)
def test_what_was_rectified_stands_in_for_what_messages_say(
    column: str, wrong: dict[str, Any], said: dict[str, str]
) -> None:
    """GDPR art. 16: a wrong statement that was put right is held against nobody."""
    hold = held(push(booking(one(**wrong))), listed(one()))
    (found,) = rows(hold)
    assert found[column] is True
    (rectified,) = hold.manifest.persons.values()
    rectified.corrected = said
    (found,) = rows(hold)
    assert found[column] is False
    assert (found["agreement"], found["booked_not_flown"]) == (1.0, False)
