"""Airports as places: distance, country, and whether two airports serve one place."""

from __future__ import annotations

import math
from functools import lru_cache

from vedette.core.airports import airport

#: Airports this close to each other serve one place: landing at one and leaving from the other is not a
#: journey between them (CDG and ORY 35 km, NRT and HND 60, STN and LGW 90).
SAME_PLACE_KM = 100.0
#: Diameter of a sphere of 6,371 km radius (the mean radius of the International Union of Geodesy).
_DIAMETER_KM = 12_742.0


@lru_cache(maxsize=16_384)
def km(one: str | None, other: str | None) -> float | None:
    """Great-circle kilometres between two airports; None if one of them is not in the table."""
    a, b = airport(one), airport(other)
    if a is None or b is None:
        return None
    la, lb = math.radians(a.latitude), math.radians(b.latitude)
    half = math.sin((lb - la) / 2) ** 2
    turn = math.sin(math.radians(b.longitude - a.longitude) / 2) ** 2
    return _DIAMETER_KM * math.asin(math.sqrt(min(1.0, half + math.cos(la) * math.cos(lb) * turn)))


def same_place(one: str | None, other: str | None) -> bool | None:
    """Whether two airports serve one place: they are the same or close to each other. None if one is not in
    the table (a station, a city code) and the codes differ."""
    if one == other:
        return None if one is None else True
    apart = km(one, other)
    return None if apart is None else apart < SAME_PLACE_KM


@lru_cache(maxsize=16_384)
def country_of(code: str | None) -> str | None:
    """The country (ISO alpha-2) of an airport, or None."""
    found = airport(code)
    return found.country if found else None


@lru_cache(maxsize=16_384)
def zone_of(code: str | None) -> str | None:
    """The time zone of an airport, or None."""
    found = airport(code)
    return found.zone if found else None
