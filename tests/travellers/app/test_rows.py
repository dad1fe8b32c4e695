"""Identifiers of a journey as they are stored."""

from __future__ import annotations

import datetime as dt
import uuid
from typing import cast

import pytest

from vedette.core.parties import Address
from vedette.core.statements import elements
from vedette.keys.ring import Keys
from vedette.screening.exact import linking_address
from vedette.travellers.app.rows import CLEAR, clear_row, identifiers
from vedette.travellers.manifest import Person
from vedette.travellers.records import Traveller


@pytest.mark.parametrize(
    ("one", "two"),
    [
        (
            Address(street="12, Rue de l'Église", city="Lyon", postcode="69 001"),
            Address(street="12 RUE DE L EGLISE", city="LYON 1", postcode="69001", country="FRA"),
        ),
        (Address(street="1 High St", city="Slough"), Address(street="1 HIGH ST.", city="SLOUGH")),
    ],
)
def test_one_address_has_one_form_however_it_is_written(one: Address, two: Address) -> None:
    """Accents, blanks, punctuation and the country's name do not part what is the same."""
    assert linking_address(one) == linking_address(two) != ""


def test_half_an_address_identifies_nobody() -> None:
    """A city alone, or a street without its place, would link strangers."""
    assert linking_address(Address(city="PARIS")) == ""
    assert linking_address(Address(street="MAIN STREET")) == ""
    assert linking_address(Address(street="1 MAIN STREET", postcode="-", country="FR")) == ""


def test_a_single_name_with_a_birth_date_identifies() -> None:
    """Sent as given names, as some carriers do: later journeys are found by it all the same."""

    class Plain:
        def token(self, kind: str, value: str) -> bytes:
            return value.encode()

    person = Person(uuid.uuid4())
    single = Traveller(given_names="SUHARTO", date_of_birth=dt.date(1971, 6, 8))
    person.views["api"]["XX"] = [[["1", "", 0], elements(single)]]
    found = dict(identifiers(person, cast(Keys, Plain())))
    assert found["person"] == b"|SUHARTO|1971-06-08"


@pytest.mark.parametrize(
    ("source", "shown", "key"),
    [("api", "HISHAMS", "doe hishams"), ("pnr", "HISHA", "doe hisha")],
)
def test_a_name_of_a_passenger_list_is_shown_whole(source: str, shown: str, key: str) -> None:
    """Reservation systems glue titles, passenger lists do not."""
    person = Person(uuid.uuid4())
    stated = elements(Traveller(surname="DOE", given_names="HISHAMS"))
    person.views[source]["XX"] = [[["1", "", 0], stated]]
    row = clear_row(person, "passenger", dt.date(2026, 11, 1), uuid.uuid4())
    assert (row[CLEAR.index("given_names")], row[CLEAR.index("name_key")]) == (shown, key)
    assert row[CLEAR.index("names")] == ["DOE|HISHA", "DOE|HISHAMS"]


@pytest.mark.parametrize(
    ("listed", "booked", "day", "period"),
    [
        ({"birth_period": "1971"}, {}, None, "1971"),
        ({}, {"birth_period": "1971-05"}, None, "1971-05"),
        (
            {"birth_period": "1971"},
            {"date_of_birth": dt.date(1971, 6, 8)},
            dt.date(1971, 6, 8),
            None,
        ),
    ],
)
def test_the_period_of_birth_is_stored_if_no_message_states_the_day(
    listed: dict[str, object], booked: dict[str, object], day: dt.date | None, period: str | None
) -> None:
    """The passenger list comes first. A birth date of either source replaces a period."""
    person = Person(uuid.uuid4())
    for source, stated in (("api", listed), ("pnr", booked)):
        traveller = Traveller(surname="DOE", **stated)  # type: ignore[arg-type]
        person.views[source]["XX"] = [[["1", "", 0], elements(traveller)]]
    row = clear_row(person, "passenger", dt.date(2026, 11, 1), uuid.uuid4())
    assert (row[CLEAR.index("date_of_birth")], row[CLEAR.index("birth_period")]) == (day, period)
