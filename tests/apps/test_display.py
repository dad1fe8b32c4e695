"""Dates, numbers and deadlines in both languages (the forms of the interface's section 9)."""

from __future__ import annotations

import datetime as dt

import pytest
from django.utils import translation

from vedette.apps import display

NOW = dt.datetime(2026, 11, 24, 14, 34, tzinfo=dt.UTC)


@pytest.mark.parametrize(
    ("language", "day", "first", "number", "minus", "long"),
    [
        ("en", "24 Nov 2026", "1 Mar 2026", "1,234.5", "\u22120.04", "2 d 4 h"),
        ("fr", "24 nov. 2026", "1ᵉʳ mars 2026", "1\u202f234,5", "\u22120,04", "2 j 4 h"),
    ],
)
def test_forms(language: str, day: str, first: str, number: str, minus: str, long: str) -> None:
    """Months in letters, a real minus, a narrow space in French thousands."""
    with translation.override(language):
        assert display.day(NOW.date()) == day
        assert display.day(dt.date(2026, 3, 1)) == first
        assert display.number(1234.5) == number
        assert display.signed(-0.04, 2) == minus
        assert display.span(52 * 3600) == long


@pytest.mark.parametrize(
    ("minutes", "text"), [(41, "41 min"), (64, "1 h 04"), (-22, "+22 min"), (0, "0 min")]
)
def test_deadlines(minutes: int, text: str) -> None:
    """Time left is bare; time past carries a plus."""
    with translation.override("en"):
        assert display.deadline(NOW + dt.timedelta(minutes=minutes), NOW) == text


@pytest.mark.parametrize(
    ("priority", "level"), [(100, 4), (80, 4), (79, 3), (60, 3), (59, 2), (35, 2), (34, 1), (0, 1)]
)
def test_levels(priority: int, level: int) -> None:
    """The bands of severity are fixed."""
    assert display.level(priority) == level


def test_a_year_or_a_month_of_birth() -> None:
    """Without a day, the age is left out."""
    with translation.override("en"):
        assert display.born("1970") == "1970"
        assert display.born("1970-05") == "May 1970"
    with translation.override("fr"):
        assert display.day("1970-05") == "mai 1970"


def test_a_leap_day_birthday() -> None:
    """Somebody born on 29 February is a year older from 1 March in common years."""
    born = dt.date(2008, 2, 29)
    assert display.years(born, dt.date(2026, 2, 28)) == 17
    assert display.years(born, dt.date(2026, 3, 1)) == 18


@pytest.mark.parametrize(
    ("surname", "given", "shown"),
    [
        ("Zivodragich", "DJORDJE", "ZIVODRAGICH Djordje"),
        ("O’DONNELL", "Ciarán", "O’DONNELL Ciarán"),
        ("DA COSTA", "NUNO MIGUEL", "DA COSTA Nuno Miguel"),
        (None, "MADONNA", "Madonna"),
        ("SUKARNO", None, "SUKARNO"),
    ],
)
def test_names(surname: str | None, given: str | None, shown: str) -> None:
    """Surname in capitals; people with one name have one name."""
    assert display.plain_name(surname, given) == shown
