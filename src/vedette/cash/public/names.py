"""Names of countries and currencies in the languages of the form, from Babel's data (Unicode CLDR)."""

from __future__ import annotations

import datetime as dt
import unicodedata
from collections.abc import Sequence
from functools import cache

from babel import Locale
from babel.core import get_global
from django.utils.html import format_html_join
from django.utils.safestring import SafeString

from vedette.core import codes


@cache
def countries(language: str) -> dict[str, str]:
    """Returns the countries by alpha-2 code, in the order of their names."""
    names = Locale.parse(language).territories
    found = {
        one.alpha2: names.get(one.alpha2, one.english)
        for one in codes.countries()
        if len(one.alpha2) == 2
    }
    return dict(sorted(found.items(), key=lambda item: _sorted_by(item[1])))


@cache
def currencies(language: str, day: dt.date) -> dict[str, str]:
    """Returns the currencies that are legal tender in a country on a day by code, in the order of their
    names."""
    tender = {
        code
        for used in get_global("territory_currencies").values()
        for code, _, until, legal in used
        if legal and (until is None or dt.date(*until) >= day)
    }
    names = Locale.parse(language).currencies
    found = {code: f"{names.get(code, code)} ({code})" for code in tender}
    return dict(sorted(found.items(), key=lambda item: _sorted_by(item[1])))


def currency(code: str, language: str) -> str:
    """Returns the name of any currency, including currencies that are no longer in use."""
    return str(Locale.parse(language).currencies.get(code, code))


@cache
def country_options(language: str) -> SafeString:
    """Returns the countries as options of a selection list."""
    return _options(list(countries(language).items()))


@cache
def currency_options(language: str, day: dt.date) -> SafeString:
    """Returns the currencies in use as options of a selection list."""
    return _options(list(currencies(language, day).items()))


def alpha3(country: str) -> str | None:
    """Returns the alpha-3 code of a country, as in travel documents."""
    return next((one.alpha3 for one in codes.countries() if one.alpha2 == country), None)


def _options(pairs: Sequence[tuple[str, str]]) -> SafeString:
    return format_html_join("", '<option value="{}">{}</option>', pairs)


def _sorted_by(name: str) -> str:
    """Returns the letters of a name without accents, so that Égypte is sorted near Espagne."""
    return "".join(filter(str.isalnum, unicodedata.normalize("NFKD", name).casefold()))
