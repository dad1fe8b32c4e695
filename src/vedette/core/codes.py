"""Finds countries by code or name, and airports by IATA code.

The countries are taken from ISO 3166-1 as of 2026, with their names in English and French. The table is
`countries.csv` in the package folder. The table also contains `XK` for Kosovo, and the codes `D` and `GBD` to
`GBS`, which ICAO 9303 part 3 defines. The airports are taken from the `airportsdata` package (MIT): name,
city, country, position, time zone.
"""

from __future__ import annotations

import csv
import datetime as dt
import functools
import importlib.resources
import unicodedata
from dataclasses import dataclass
from typing import NamedTuple
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import airportsdata


@dataclass(frozen=True, slots=True)
class Country:
    """A country: its alpha-2 and alpha-3 codes, its short name in English and French, and other names that
    are in use.
    """

    alpha2: str
    alpha3: str
    english: str
    french: str
    others: tuple[str, ...] = ()


def _folded(name: str) -> str:
    """Returns the letters and digits of a name in lower case, without accents."""
    return "".join(filter(str.isalnum, unicodedata.normalize("NFKD", name[:100]).casefold()))


@functools.cache
def countries() -> tuple[Country, ...]:
    """All countries, sorted by alpha-2 code."""
    text = (importlib.resources.files("vedette") / "countries.csv").read_text(encoding="utf-8")
    rows = csv.reader(line for line in text.splitlines() if not line.startswith("#"))
    return tuple(
        Country(a2, a3, english, french, tuple(filter(None, others.split("|"))))
        for a2, a3, english, french, others in rows
    )


@functools.cache
def _by_name() -> dict[str, Country]:
    return {
        _folded(key): c
        for c in countries()
        for key in (c.alpha2, c.alpha3, c.english, c.french, *c.others)
    }


@functools.lru_cache(maxsize=4096)
def find(value: str | None) -> Country | None:
    """Returns the country with this alpha-2 code, alpha-3 code, English name or French name, or `None` if
    there is no such country.

    Case, accents and punctuation are ignored. "NA" is read as Namibia. If a list contains `na` for "not
    available", the reader of the list must remove this value before it calls this function.
    """
    return _by_name().get(_folded(value)) if value else None


def country(value: str | None) -> str | None:
    """Returns the ISO 3166-1 alpha-2 code of the country with this code or name, or `None` if there is no
    such country.
    """
    return found.alpha2 if (found := find(value)) else None


def alpha3(value: str | None) -> str | None:
    """Returns the ISO 3166-1 alpha-3 code of the country with this code or name, or `None` if there is no
    such country.
    """
    return found.alpha3 if (found := find(value)) else None


def country_name(value: str | None) -> str | None:
    """Returns the English short name of a country from its code or name, or `None` if there is no such
    country. The translations of country names have the context `country`.
    """
    return found.english if (found := find(value)) else None


class Airport(NamedTuple):
    """An airport: name, city, country (ISO alpha-2), time zone, latitude (degrees north) and longitude
    (degrees east)."""

    code: str
    name: str
    city: str
    country: str
    zone: str
    latitude: float
    longitude: float


@functools.cache
def _airports() -> dict[str, Airport]:
    return {
        code: Airport(code, a["name"], a["city"], a["country"], a["tz"], a["lat"], a["lon"])
        for code, a in airportsdata.load("IATA").items()
    }


def airport(code: str | None) -> Airport | None:
    """Returns the airport with this IATA code, or None if the code is unknown."""
    return _airports().get(code) if code else None


@functools.cache
def zone(name: str) -> ZoneInfo | None:
    """Returns the time zone with this IANA name, or None if there is no such time zone."""
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError):
        return None


def to_utc(local: dt.datetime | None, code: str | None) -> dt.datetime | None:
    """Converts a local time at an airport to UTC. Returns None if the time is unknown or if the time zone of
    the airport is unknown."""
    place = airport(code)
    where = zone(place.zone) if place else None
    return local.replace(tzinfo=where).astimezone(dt.UTC) if local and where else None


_CURRENCIES = """
AED AFN ALL AMD ANG AOA ARS AUD AWG AZN BAM BBD BDT BGN BHD BIF BMD BND BOB BOV BRL BSD BTN BWP BYN
BZD CAD CDF CHE CHF CHW CLF CLP CNH CNY COP COU CRC CUC CUP CVE CZK DJF DKK DOP DZD EGP ERN ETB EUR
FJD FKP GBP GEL GHS GIP GMD GNF GTQ GYD HKD HNL HRK HTG HUF IDR ILS INR IQD IRR ISK JMD JOD JPY KES
KGS KHR KMF KPW KRW KWD KYD KZT LAK LBP LKR LRD LSL LYD MAD MDL MGA MKD MMK MNT MOP MRU MUR MVR MWK
MXN MXV MYR MZN NAD NGN NIO NOK NPR NZD OMR PAB PEN PGK PHP PKR PLN PYG QAR RON RSD RUB RWF SAR SBD
SCR SDG SEK SGD SHP SLE SLL SOS SRD SSP STN SVC SYP SZL THB TJS TMT TND TOP TRY TTD TWD TZS UAH UGX
USD USN UYI UYU UYW UZS VED VES VND VUV WST XAF XAG XAU XBA XCD XCG XDR XOF XPD XPF XPT XSU XUA XXX
YER ZAR ZMW ZWG ZWL BEF DEM ESP FRF IEP ITL NLG PTE ATS FIM GRD LUF BYR CSD EEK GHC LTL LVL MRO MZM
ROL SDD SKK SIT SRG STD TRL VEB VEF ZMK ZWD AZM BGL CYP MTL AFA AON TMM
"""
#: Codes of ISO 4217 in use in 2026, and those that ended since 2000.
CURRENCIES = frozenset(_CURRENCIES.split())
