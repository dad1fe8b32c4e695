"""Fellow travellers of one booking."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from tests.travellers.columns.flights import booking, held, named, of_booking, person, push, rows

from vedette.travellers.columns import aboard
from vedette.travellers.columns.aboard import Member
from vedette.travellers.records import Traveller


def aged(years: int, surname: str = "TESFAYE", given: str = "HANA", **more: Any) -> Traveller:
    """Somebody so old on the day of travel."""
    return person(surname, given, date_of_birth=dt.date(2026 - years, 3, 4), **more)


def test_companions_and_family() -> None:
    """Three fellow travellers, one with the same surname; a title is no part of it."""
    found = of_booking(
        person(), person("TESFAYE", "ABELMSTR"), person("BEKELE", "SARA"), person("MARTIN", "PAUL")
    )
    assert (found["companions"], found["family"]) == (3, 1)


def test_children_of_the_booking() -> None:
    """Twelve is no child; a type is believed where no age is known; he himself is not his companion."""
    assert of_booking(aged(40), aged(11, given="ABEL"))["with_child_under_12"] is True
    assert of_booking(aged(40), aged(12, given="ABEL"))["with_child_under_12"] is False
    assert of_booking(person(), person(given="ABEL", type="C"))["with_child_under_12"] is True
    assert of_booking(person(), person(given="BABY", infant=True))["with_child_under_12"] is True
    assert of_booking(aged(9))["with_child_under_12"] is False


@pytest.mark.parametrize(
    ("others", "alone", "unrelated"),
    [
        ((), True, False),
        ((aged(16, given="ABEL"),), True, False),
        ((aged(40, given="SARA"),), False, False),
        ((aged(40, "MARTIN", "PAUL"),), False, True),
        ((aged(40, "MARTIN", "PAUL"), aged(35, "TESFAYE", "SARA")), False, False),
        ((aged(40, "TESFAYE BEKELE", "SARA"),), False, False),
        ((person("MARTIN", "PAUL"),), None, None),
        ((person("TESFAYE", "SARA"),), None, False),
    ],
)
def test_minors(others: tuple[Traveller, ...], alone: bool | None, unrelated: bool | None) -> None:
    """A girl of 14: alone, with another minor, with kin, with a stranger; kin share one word of a surname;
    whose age is unknown may be an adult."""
    found = of_booking(aged(14), *others)
    assert found.get("alone_minor") is alone
    assert found.get("minor_unrelated") is unrelated
    assert found["with_unrelated_minor"] is False


def test_the_adult_with_an_unrelated_minor() -> None:
    """The same fact from the adult's side; a parent in the booking settles it for all of it."""
    two = held(push(booking(aged(40, "MARTIN", "PAUL"), aged(14))))
    found = named(two)["MARTIN"]
    assert (found["with_unrelated_minor"], found["alone_minor"], found["minor_unrelated"]) == (
        True, False, False,
    )  # fmt: skip
    three = held(push(booking(aged(40, "MARTIN", "PAUL"), aged(14), aged(45, "TESFAYE", "SARA"))))
    assert named(three)["MARTIN"]["with_unrelated_minor"] is False


def test_whose_age_is_unknown_is_neither() -> None:
    """No birth date: neither a minor nor not one."""
    assert not {"alone_minor", "minor_unrelated", "with_unrelated_minor", "is_minor"} & set(
        of_booking()
    )


def test_a_placeholder_has_no_family() -> None:
    """TBA and TBA are not of one family."""
    tba = [person("TBA", given, placeholder=True) for given in ("ONE", "TWO")]
    found = of_booking(*tba)
    assert found["companions"] == 1
    assert "family" not in found


def test_a_booking_of_hundreds_is_not_compared_pair_by_pair(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """What comes from outside is hostile: each surname is looked at a few times, however many there are."""
    looked: list[Member] = []
    read = aboard.surnames
    monkeypatch.setattr(aboard, "surnames", lambda m: (looked.append(m), read(m))[1])
    crowd = [aged(14 + n % 30, f"N{'ABCDEFGHIJ'[n % 10]}", f"G{n}") for n in range(300)]
    assert len(rows(held(push(booking(*crowd))))) == 300
    assert len(looked) <= 3 * 300
