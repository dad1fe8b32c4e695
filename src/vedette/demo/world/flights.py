"""Generates the flights of a synthetic data set. The airports exist, but the carriers are invented."""

from __future__ import annotations

import datetime as dt
import random
from dataclasses import dataclass
from functools import cache

from vedette.core.codes import Airport, airport, zone
from vedette.travellers.columns.places import km
from vedette.travellers.records import Flight

HOME = ("CDG", "LYS", "MRS")
ORIGINS = (
    "ALG", "TUN", "CMN", "DKR", "ABJ", "LOS", "ADD", "NBO", "JNB", "IST",
    "DXB", "DOH", "BEY", "CAI", "DEL", "BOM", "DAC", "CMB", "BKK", "SGN",
    "PVG", "CAN", "HKG", "ICN", "NRT", "GRU", "BOG", "PTY", "MEX", "SDQ",
    "JFK", "YUL", "MIA", "TIA", "BEG", "TBS", "EVN", "ALA", "TAS", "LIM",
)  # fmt: skip
#: Destinations of onward journeys and of other short flights.
BEYOND = ("FCO", "MAD", "AMS", "BRU", "LIS", "GVA", "BCN", "FRA", "ATH", "CPH")
#: Minutes between two landings of a `Day`.
INTERVAL = 22
#: Speed in kilometres per hour, and minutes on the ground, of every flight.
_KM_H, _GROUND_MIN = 810.0, 35.0
#: Limits for the ratio between a route over another airport and the direct distance. A route is usual up to
#: the first limit, and unusual from the second limit.
USUAL, ODD = 1.3, 1.8


def place(code: str) -> Airport:
    """Returns the airport with the given code."""
    found = airport(code)
    if found is None:
        raise LookupError(f"no airport {code}")
    return found


def local_time(moment: dt.datetime, code: str) -> dt.datetime:
    """Converts a time in UTC to the local time at an airport. Neither datetime contains a time zone (naive
    datetimes)."""
    where = zone(place(code).zone)
    return moment.replace(tzinfo=dt.UTC).astimezone(where).replace(tzinfo=None)


def distance_km(one: str, other: str) -> float:
    """Returns the great-circle distance between two airports, in kilometres."""
    found = km(one, other)
    if found is None:
        raise LookupError(f"no airport {one} or {other}")
    return found


@dataclass(frozen=True)
class Plan:
    """Describes one flight to an airport of the country of the demonstration (`HOME`). Times are in UTC, as
    datetimes without a time zone."""

    index: int
    carrier: str
    number: str
    origin: str
    destination: str
    departure_utc: dt.datetime
    arrival_utc: dt.datetime

    @property
    def km(self) -> float:
        """Returns the great-circle distance from the origin to the destination, in kilometres."""
        return distance_km(self.origin, self.destination)

    def record(self) -> Flight:
        """Returns the flight as a message states it."""
        return Flight(
            carrier=self.carrier,
            number=self.number,
            origin=self.origin,
            destination=self.destination,
            departure=local_time(self.departure_utc, self.origin),
            arrival=local_time(self.arrival_utc, self.destination),
        )

    def key(self) -> str:
        """Returns the carrier, the number and the local day of departure, which identify the flight in file
        names and tests.
        """
        day = local_time(self.departure_utc, self.origin)
        return f"{self.carrier}{self.number}-{day:%Y%m%d}"


def flight(
    index: int, carrier: str, number: str, origin: str, home: str, leaves: dt.datetime
) -> Plan:
    """Returns a flight that departs at a given time (UTC, without a time zone). The duration of the flight is
    computed from the distance."""
    return Plan(index, carrier, number, origin, home, leaves, leaves + duration(origin, home))


def duration(origin: str, home: str) -> dt.timedelta:
    """Returns the duration of a flight, rounded to five minutes."""
    minutes = _GROUND_MIN + distance_km(origin, home) / _KM_H * 60
    return dt.timedelta(minutes=round(minutes / 5) * 5)


def landing(seed: int, first: dt.datetime, index: int) -> Plan:
    """Returns the flight with the given index in a `Day`. One flight lands in each period of `INTERVAL`
    minutes after `first`."""
    rng = random.Random(f"{seed}:flight:{index}")
    origins = random.Random(f"{seed}:origins:{index // len(ORIGINS)}").sample(ORIGINS, len(ORIGINS))
    origin, home = origins[index % len(ORIGINS)], rng.choice(HOME)
    lands = first + dt.timedelta(minutes=INTERVAL * index + rng.randrange(0, 20, 5))
    carrier, number = ("XX", "YY", "ZZ")[index % 3], str(100 + index % 800)
    return Plan(index, carrier, number, origin, home, lands - duration(origin, home), lands)


@cache
def feeders(origin: str, home: str) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Returns the airports from which the route through this flight is usual, and the airports from which
    this route is unusual."""
    last = distance_km(origin, home)
    usual, odd = [], []
    for place in (one for one in ORIGINS if one != origin):
        first = distance_km(place, origin)
        ratio = (first + last) / distance_km(place, home)
        if first > 300 and ratio <= USUAL:
            usual.append(place)
        elif ratio >= ODD:
            odd.append(place)
    return tuple(usual), tuple(odd)
