"""Folding of identifiers: what must agree agrees, and nothing is found by an empty value."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vedette.core.parties import Address
from vedette.screening.exact import (
    fold_address,
    fold_document,
    fold_email,
    fold_listed_address,
    fold_phone,
)


@pytest.mark.parametrize(
    ("fold", "one", "two"),
    [
        (fold_document, "AO-1I2 3", "a011 23"),
        (fold_phone, "+33 6 39 98 12 34", "06.39.98.12.34"),
        (fold_phone, "0033639981234", "639981234"),
        (fold_email, " Awa.Sarr+vol@Example.ORG ", "awa.sarr@example.org"),
    ],
)
def test_the_same_thing_written_two_ways(fold: object, one: str, two: str) -> None:
    """Blanks, dots, case, country codes, O and 0, accents."""
    assert fold(one) == fold(two) != ""  # type: ignore[operator]


@pytest.mark.parametrize(
    ("fold", "value"),
    [(fold_phone, "12"), (fold_email, "nobody"), (fold_document, "--")],
)
def test_too_little_identifies_nobody(fold: object, value: str) -> None:
    """Three digits are no telephone."""
    assert fold(value) == ""  # type: ignore[operator]


@given(st.text())
def test_folding_never_raises_and_folds_once(text: str) -> None:
    """Folding what is folded changes nothing."""
    assert fold_document(fold_document(text)) == fold_document(text)
    for fold in (fold_phone, fold_email, fold_listed_address):
        fold(text)


CHURCH = Address(street="12, rue de l'Église", postcode="69001", city="Lyon", country="FRA")


@pytest.mark.parametrize(
    ("listed", "stated", "same"),
    [
        ("12 rue de l’Église, Lyon", CHURCH, True),
        ("12, rue de l’Église, 69001 Lyon, France", CHURCH, True),
        ("Rue de l'Eglise 12, LYON", CHURCH, True),
        ("12 rue de l'Eglise Lyon", CHURCH, True),
        ("12 rue de l'Eglise, Villeurbanne, Lyon, Rhône, France", CHURCH, True),
        ("1 Main St, Lagos, Nigeria", Address(street="1 MAIN ST", country="NGA"), False),
        ("1 Main St, Nigeria", Address(street="1 MAIN ST", country="NGA"), True),
        ("1 Main St, Nigeria", Address(street="1 MAIN ST", city="Lagos", country="NGA"), False),
        ("P.O. Box 12, Port Louis", Address(street="PO BOX 12", city="PORT LOUIS"), True),
        ("12 rue de l'Eglise, Paris, France", CHURCH, False),
        ("14 rue de l'Eglise, Lyon, France", CHURCH, False),
        ("Main Street, Lagos", Address(street="MAIN STREET", city="LAGOS"), False),
        ("Lyon, France", CHURCH, False),
        ("69001, Lyon", Address(street="69001", city="LYON"), False),
    ],
)  # fmt: skip
def test_an_address_needs_a_numbered_street_and_its_place(
    listed: str, stated: Address, same: bool
) -> None:
    """Commas, order of number and postcode, accents and the country's name part nothing. A street of
    everybody, a city, or a street somewhere in a country where one side names the city find nobody."""
    assert bool(set(fold_listed_address(listed)) & set(fold_address(stated))) == same


def test_a_hostile_address_stays_small() -> None:
    """A thousand commas or words do not make a thousand forms."""
    assert len(fold_listed_address("1 a," * 1000)) < 1000
    assert len(fold_listed_address("1 a " * 1000)) < 1000
