"""Distances and countries of airports, and whether two airports serve one place. Also parses the naive times
of the stored state (text) and computes the hours between them.

Time zones (PNRGOV implementation guide, IATA/PADIS): flights, check-in and document dates are in the local
time of the airport; creation, ticketing and changes of a booking are in UTC.
"""

from __future__ import annotations

import datetime as dt
import math
from functools import lru_cache

from vedette.core.codes import airport, to_utc, zone

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
    return found.country if (found := airport(code)) else None


@lru_cache(maxsize=16_384)
def zone_of(code: str | None) -> str | None:
    """The time zone of an airport, or None."""
    return found.zone if (found := airport(code)) else None


# --- times --------------------------------------------------------------------------------------


def moment(said: str | None) -> dt.datetime | None:
    """Parses a naive time, or None."""
    return dt.datetime.fromisoformat(said).replace(tzinfo=None) if said else None


def as_utc(said: str | None) -> dt.datetime | None:
    """Parses a time that is stated in UTC, or None."""
    return dt.datetime.fromisoformat(said).replace(tzinfo=dt.UTC) if said else None


def utc(local: dt.datetime | None, code: str | None) -> dt.datetime | None:
    """Converts a local time at an airport to UTC; None if the time or the zone is unknown or out of range."""
    try:
        return to_utc(local, code)
    except OverflowError:
        return None


def exact(at: dt.datetime | None) -> bool:
    """Whether a time has a time of day. Many senders give only the day, which is read as midnight."""
    return at is not None and (at.hour, at.minute, at.second) != (0, 0, 0)


def hours(since: dt.datetime | None, until: dt.datetime | None) -> float | None:
    """Hours between two times in the same zone."""
    if since is None or until is None:
        return None
    return round((until - since).total_seconds() / 3600, 2)


def hour_at(at: dt.datetime, place: str | None) -> int | None:
    """The local hour of day in a time zone at a time given in UTC."""
    where = zone(place) if place else None
    return at.astimezone(where).hour if where else None


def years_on(born: dt.date, day: dt.date) -> int | None:
    """The age in whole years on a day; None for a birth date after it or more than 120 years before it."""
    years = day.year - born.year - ((day.month, day.day) < (born.month, born.day))
    return years if 0 <= years <= 120 else None
