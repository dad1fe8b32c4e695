"""Computes distances and countries of airports, and whether two airports serve one place. This module also
parses stored times without a time zone, and computes the hours between two times.

The times of flights and check-in and the dates of documents are local times of the airport (PNRGOV
implementation guide, IATA/PADIS). The times of the creation, ticketing and changes of a booking are in UTC.
"""

from __future__ import annotations

import datetime as dt
import math
from functools import lru_cache

from vedette.core.codes import airport, to_utc, zone

#: Airports that are closer to each other than this distance serve one place. A traveller who lands at one and
#: departs from the other has not interrupted the journey. Examples: CDG and ORY (35 km), NRT and HND (60 km),
#: STN and LGW (90 km).
SAME_PLACE_KM = 100.0
#: The diameter of the Earth, from its mean radius of 6,371 km (International Union of Geodesy and
#: Geophysics).
_DIAMETER_KM = 12_742.0


@lru_cache(maxsize=16_384)
def km(one: str | None, other: str | None) -> float | None:
    """Returns the great-circle distance between two airports in kilometres. Returns None if one of the
    airports is not in the table of airports."""
    a, b = airport(one), airport(other)
    if a is None or b is None:
        return None
    la, lb = math.radians(a.latitude), math.radians(b.latitude)
    half = math.sin((lb - la) / 2) ** 2
    turn = math.sin(math.radians(b.longitude - a.longitude) / 2) ** 2
    return _DIAMETER_KM * math.asin(math.sqrt(min(1.0, half + math.cos(la) * math.cos(lb) * turn)))


def same_place(one: str | None, other: str | None) -> bool | None:
    """Returns whether two airports serve one place, because they are the same or close to each other. If the
    codes differ and one is not in the table of airports (a station or a city code), returns None."""
    if one == other:
        return None if one is None else True
    apart = km(one, other)
    return None if apart is None else apart < SAME_PLACE_KM


@lru_cache(maxsize=16_384)
def country_of(code: str | None) -> str | None:
    """Returns the country (ISO alpha-2) of an airport, or None if the country is not known."""
    return found.country if (found := airport(code)) else None


@lru_cache(maxsize=16_384)
def zone_of(code: str | None) -> str | None:
    """Returns the time zone of an airport, or None if the time zone is not known."""
    return found.zone if (found := airport(code)) else None


# --- times --------------------------------------------------------------------------------------


def moment(said: str | None) -> dt.datetime | None:
    """Parses a stored time without a time zone. Returns None if no time is stored."""
    return dt.datetime.fromisoformat(said).replace(tzinfo=None) if said else None


def as_utc(said: str | None) -> dt.datetime | None:
    """Parses a stored time that is in UTC. Returns None if no time is stored."""
    return dt.datetime.fromisoformat(said).replace(tzinfo=dt.UTC) if said else None


def utc(local: dt.datetime | None, code: str | None) -> dt.datetime | None:
    """Converts a local time at an airport to UTC. Returns None if the time or the time zone is unknown or out
    of range."""
    try:
        return to_utc(local, code)
    except OverflowError:
        return None


def exact(at: dt.datetime | None) -> bool:
    """Returns whether a date and time contains a time of day. Many senders state only the day, which is
    stored with the time 00:00."""
    return at is not None and (at.hour, at.minute, at.second) != (0, 0, 0)


def hours(since: dt.datetime | None, until: dt.datetime | None) -> float | None:
    """Returns the number of hours between two times in the same time zone."""
    if since is None or until is None:
        return None
    return round((until - since).total_seconds() / 3600, 2)


def hour_at(at: dt.datetime, place: str | None) -> int | None:
    """Returns the local hour of the day in a time zone, at a time that is given in UTC."""
    where = zone(place) if place else None
    return at.astimezone(where).hour if where else None


def years_on(born: dt.date, day: dt.date) -> int | None:
    """Returns the age in whole years on a day. Returns None if the birth date is after the day, or more than
    120 years before the day."""
    years = day.year - born.year - ((day.month, day.day) < (born.month, born.day))
    return years if 0 <= years <= 120 else None
