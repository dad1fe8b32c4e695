"""Look-up of airports by IATA code: name, city, country, position, time zone. Source: the `airportsdata`
package (MIT)."""

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
    """The airport with this IATA code, or None if the code is unknown."""
    return _airports().get(code) if code else None


@cache
def zone(name: str) -> ZoneInfo | None:
    """The time zone with this IANA name, or None if there is none."""
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError):
        return None


def to_utc(local: dt.datetime | None, code: str | None) -> dt.datetime | None:
    """Converts a naive local time at an airport to UTC; None if the time or the airport's zone is unknown."""
    place = airport(code)
    if local is None or place is None:
        return None
    where = zone(place.zone)
    return local.replace(tzinfo=where).astimezone(dt.UTC) if where else None
