"""Airports by IATA code: zone, country, place. Source: the `airportsdata` package (MIT)."""

from __future__ import annotations

import datetime as dt
from functools import cache
from typing import NamedTuple
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import airportsdata


class Airport(NamedTuple):
    """An airport: name, city, country (ISO alpha-2), time zone, degrees north and east."""

    code: str
    name: str
    city: str
    country: str
    zone: str
    latitude: float
    longitude: float


@cache
def _airports() -> dict[str, Airport]:
    return {
        code: Airport(code, a["name"], a["city"], a["country"], a["tz"], a["lat"], a["lon"])
        for code, a in airportsdata.load("IATA").items()
    }


def airport(code: str | None) -> Airport | None:
    """The airport of an IATA code, or None where it is unknown."""
    return _airports().get(code) if code else None


@cache
def zone(name: str) -> ZoneInfo | None:
    """A time zone by its name, or None."""
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError):
        return None


def to_utc(local: dt.datetime | None, code: str | None) -> dt.datetime | None:
    """A naive local time at an airport as UTC; None where time or zone is unknown."""
    place = airport(code)
    if local is None or place is None:
        return None
    where = zone(place.zone)
    return local.replace(tzinfo=where).astimezone(dt.UTC) if where else None
