"""Folding of identifiers: what must agree agrees, and nothing is found by an empty value."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vedette.screening.exact import fold_address, fold_document, fold_email, fold_phone


@pytest.mark.parametrize(
    ("fold", "one", "two"),
    [
        (fold_document, "AO-1I2 3", "a011 23"),
        (fold_phone, "+33 6 39 98 12 34", "06.39.98.12.34"),
        (fold_phone, "0033639981234", "639981234"),
        (fold_email, " Awa.Sarr+vol@Example.ORG ", "awa.sarr@example.org"),
        (fold_address, "12, rue de l’Église, Dakar", "Dakar 12 RUE DE L'EGLISE"),
    ],
)
def test_the_same_thing_written_two_ways(fold: object, one: str, two: str) -> None:
    """Blanks, dots, case, country codes, O and 0, accents."""
    assert fold(one) == fold(two) != ""  # type: ignore[operator]


@pytest.mark.parametrize(
    ("fold", "value"),
    [(fold_phone, "12"), (fold_email, "nobody"), (fold_document, "--"), (fold_address, "Dakar")],
)
def test_too_little_identifies_nobody(fold: object, value: str) -> None:
    """A city is no address, three digits no telephone."""
    assert fold(value) == ""  # type: ignore[operator]


@given(st.text())
def test_folding_never_raises_and_folds_once(text: str) -> None:
    """Folding what is folded changes nothing."""
    assert fold_document(fold_document(text)) == fold_document(text)
    for fold in (fold_phone, fold_email, fold_address):
        fold(text)
