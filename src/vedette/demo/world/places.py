"""The airports of a world. All these airports exist."""

from __future__ import annotations

import datetime as dt

from vedette.core.codes import Airport, airport, zone
from vedette.travellers.columns.places import km

HOME = ("CDG", "LYS", "MRS")
ORIGINS = (
    "ALG", "TUN", "CMN", "DKR", "ABJ", "LOS", "ADD", "NBO", "JNB", "IST",
    "DXB", "DOH", "BEY", "CAI", "DEL", "BOM", "DAC", "CMB", "BKK", "SGN",
    "PVG", "CAN", "HKG", "ICN", "NRT", "GRU", "BOG", "PTY", "MEX", "SDQ",
    "JFK", "YUL", "MIA", "TIA", "BEG", "TBS", "EVN", "ALA", "TAS", "LIM",
)  # fmt: skip
#: Destinations of onward journeys and of other short flights.
BEYOND = ("FCO", "MAD", "AMS", "BRU", "LIS", "GVA", "BCN", "FRA", "ATH", "CPH")


def place(code: str) -> Airport:
    """Returns the airport with this code."""
    found = airport(code)
    if found is None:
        raise LookupError(f"no airport {code}")
    return found


def local_time(moment: dt.datetime, code: str) -> dt.datetime:
    """Returns the local time at an airport for a time in UTC. Both times are naive."""
    where = zone(place(code).zone)
    return moment.replace(tzinfo=dt.UTC).astimezone(where).replace(tzinfo=None)


def distance_km(one: str, other: str) -> float:
    """Returns the great-circle distance between two airports, in kilometres."""
    found = km(one, other)
    if found is None:
        raise LookupError(f"no airport {one} or {other}")
    return found
