"""Numbers, dates, names and texts as people type them in four languages."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vedette.cash.public import names
from vedette.cash.public.fields import About, Field, Wrong, clean, number, value

TODAY = dt.date(2026, 12, 2)
ABOUT = About("en", TODAY, "EUR")


@given(st.integers(1, 10**11), st.integers(0, 99))
def test_numbers_of_every_country(whole: int, cents: int) -> None:
    """French, English, Spanish, Swiss, Indian-digit and plain forms of one amount are that amount."""
    meant = Decimal(f"{whole}.{cents:02}")
    grouped = f"{whole:,}"
    arabic = str.maketrans("0123456789", "٠١٢٣٤٥٦٧٨٩")
    for typed in (
        f"{whole}.{cents:02}", f"{whole},{cents:02}", f"{grouped}.{cents:02}",
        f"{grouped.replace(',', '.')},{cents:02}", f"{grouped.replace(',', ' ')},{cents:02}",
        f"{grouped.replace(',', chr(0x202F))},{cents:02}", f"{grouped.replace(',', chr(39))}.{cents:02}",
        f"{whole}٫{cents:02}".translate(arabic), f"{grouped.replace(',', '٬')}٫{cents:02}".translate(arabic),
    ):  # fmt: skip
        assert number(typed, 2) == meant, typed
    for typed in (grouped, grouped.replace(",", "."), grouped.replace(",", "\u00a0"), str(whole)):
        assert number(typed, 2) == whole, typed


@given(st.text(max_size=30))
def test_any_text_is_a_number_or_wrong(typed: str) -> None:
    """Never another error, never a negative number, never more decimals than allowed."""
    try:
        found = number(typed, 2)
    except Wrong:
        return
    assert found >= 0
    assert -int(found.as_tuple().exponent) <= 2


@pytest.mark.parametrize(
    ("typed", "places", "meant"),
    [
        ("10.000", 2, "10000"), ("10,000", 2, "10000"), ("10.00", 2, "10"), ("10.5", 0, None),
        ("10.0", 0, "10"), ("10.000", 3, None), ("0.500", 3, "0.5"), ("10.0005", 3, None),
        ("0.500", 2, None), ("1.234.567", 2, "1234567"), ("1.234,567", 2, None), ("1,234,56", 2, None),
        ("12,34.567", 2, None), ("1 2 3", 2, "123"), ("", 2, None), ("-5", 2, None), ("−5", 2, None),
        ("007", 2, "7"), ("5.", 2, "5"), (".5", 2, None), ("1.5.5", 2, None), ("²", 2, None),
        ("∞", 2, None), ("1e3", 2, None), ("0x10", 2, None), ("31.103", 3, None), ("31,1", 3, "31.1"),
    ],
)  # fmt: skip
def test_numbers_with_one_meaning(typed: str, places: int, meant: str | None) -> None:
    """A number with two meanings is asked for again; with three decimals, 10.000 is ten or ten thousand."""
    if meant is None:
        with pytest.raises(Wrong):
            number(typed, places)
    else:
        assert str(number(typed, places)) == meant


@given(st.text(max_size=60))
def test_cleaned_texts_have_no_hidden_characters(text: str) -> None:
    """No control character, and none that changes the direction of the text beside it."""
    assert not set(clean(text)) & set("\x00\x1b\r\n\u202e\u2066\u200f\ufeff")


def test_names_of_every_script() -> None:
    """Names in the letters of the document."""
    field = Field("first_names", "name", "x")
    for name in (
        "Zoë",
        "محمد",
        "Nguyễn Thị",
        "Jean-Luc",
        "O'Brien",
        "Дмитрий",
        "李",
        "Mª José",
        "St. John",
    ):
        assert value(field, name, ABOUT) == name
    for wrong in ("R2D2", "<b>", "a@b", "💶", "--", "x" * 101):
        with pytest.raises(Wrong):
            value(field, wrong, ABOUT)


@pytest.mark.parametrize(
    ("typed", "found"),
    [
        (["11", "12", "2026"], dt.date(2026, 12, 11)), (["١١", "١٢", "٢٠٢٦"], dt.date(2026, 12, 11)),
        (["", "", ""], None), (["11", "12", ""], Wrong), (["31", "11", "2026"], Wrong),
        (["1", "1", "2099"], Wrong), (["1", "1", "26"], Wrong), (["0", "0", "0000"], Wrong),
        (["1", "x", "2026"], Wrong), (["-1", "1", "2026"], Wrong), ("text", None),
    ],
)  # fmt: skip
def test_dates(typed: object, found: object) -> None:
    """Three parts; a journey lies between 30 days ago and 180 days ahead."""
    field = Field("arrival", "date", "x")
    if found is Wrong:
        with pytest.raises(Wrong):
            value(field, typed, ABOUT)
    else:
        assert value(field, typed, ABOUT) == found


@pytest.mark.parametrize("language", ["fr", "en", "es", "ar"])
def test_lists_are_in_the_language(language: str) -> None:
    """Countries and currencies in use have a name; ended currencies are not offered."""
    countries, currencies = names.countries(language), names.currencies(language, TODAY)
    assert len(countries) > 240
    assert len(currencies) > 140
    assert {"EUR", "USD", "XOF", "TND"} <= set(currencies)
    assert not {"DEM", "FRF", "XAU", "XXX", "CHE"} & set(currencies)
    first = next(iter(countries.values()))
    assert (first > "\u0600") == (language == "ar")
