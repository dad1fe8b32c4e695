"""Validated code values. Countries: ISO 3166-1 as of 2026, with names in English and French.

The table is `countries.csv` beside this module: facts of ISO 3166-1, with `XK` (Kosovo, in general
use) and the codes `D` and `GBD` to `GBS` that ICAO 9303 part 3 has for travel documents.
"""

from __future__ import annotations

import csv
import functools
import importlib.resources
import unicodedata
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Country:
    """One country: both codes, its short name in English and French, and other names in use."""

    alpha2: str
    alpha3: str
    english: str
    french: str
    others: tuple[str, ...] = ()


def _folded(name: str) -> str:
    """Letters and digits of a name, without accents or case: the key of the look-up by name."""
    decomposed = unicodedata.normalize("NFKD", name[:100])
    return "".join(c for c in decomposed.casefold() if c.isalnum())


@functools.cache
def countries() -> tuple[Country, ...]:
    """Every country, in order of the alpha-2 code."""
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
    """The country meant by an alpha-2 or alpha-3 code or an English or French name, else `None`.

    Case, accents and punctuation do not matter. "NA" is Namibia: a list that writes `na` for "not
    available" has to say so before it asks.
    """
    return _by_name().get(_folded(value)) if value else None


def country(value: str | None) -> str | None:
    """ISO 3166-1 alpha-2 of a code or a name, else `None`."""
    found = find(value)
    return found.alpha2 if found else None


def alpha3(value: str | None) -> str | None:
    """ISO 3166-1 alpha-3 of a code or a name, else `None`."""
    found = find(value)
    return found.alpha3 if found else None


def country_name(value: str | None) -> str | None:
    """The short name in English of a code or a name, else `None`; translated under the context
    `country`."""
    found = find(value)
    return found.english if found else None
