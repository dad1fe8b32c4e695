"""Countries of ISO 3166-1 as of 2026, with their names in English and French, and look-up by code or name.

The table is `countries.csv` in the package folder: the codes of ISO 3166-1, `XK` (Kosovo, in general use),
and the codes `D` and `GBD` to `GBS` that ICAO 9303 part 3 defines for travel documents.
"""

from __future__ import annotations

import csv
import functools
import importlib.resources
import unicodedata
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Country:
    """One country: both codes, its short name in English and French, and its other names in use."""

    alpha2: str
    alpha3: str
    english: str
    french: str
    others: tuple[str, ...] = ()


def _folded(name: str) -> str:
    """The letters and digits of a name, without accents and case: the key of the look-up by name."""
    decomposed = unicodedata.normalize("NFKD", name[:100])
    return "".join(c for c in decomposed.casefold() if c.isalnum())


@functools.cache
def countries() -> tuple[Country, ...]:
    """Every country, in the order of the alpha-2 codes."""
    text = (importlib.resources.files("vedette") / "countries.csv").read_text(encoding="utf-8")
    rows = csv.reader(line for line in text.splitlines() if not line.startswith("#"))
    return tuple(
        Country(a2, a3, english, french, tuple(filter(None, others.split("|"))))
        for a2, a3, english, french, others in rows
    )


@functools.cache
def _by_name() -> dict[str, Country]:
    table: dict[str, Country] = {}
    for country in countries():
        names = (country.english, country.french, *country.others)
        for key in (country.alpha2, country.alpha3, *names):
            table.setdefault(_folded(key), country)
    return table


@functools.lru_cache(maxsize=4096)
def find(value: str | None) -> Country | None:
    """The country with this alpha-2 code, alpha-3 code, English name or French name, else `None`.

    Case, accents and punctuation are ignored. "NA" is read as Namibia: the reader of a list that writes `na`
    for "not available" has to filter that value before it calls this function.
    """
    return _by_name().get(_folded(value)) if value else None


def country(value: str | None) -> str | None:
    """The ISO 3166-1 alpha-2 code of a code or a name, else `None`."""
    found = find(value)
    return found.alpha2 if found else None


def alpha3(value: str | None) -> str | None:
    """The ISO 3166-1 alpha-3 code of a code or a name, else `None`."""
    found = find(value)
    return found.alpha3 if found else None


def country_name(value: str | None) -> str | None:
    """The English short name of a country code or name, else `None`. Translations have the context
    `country`."""
    found = find(value)
    return found.english if found else None
