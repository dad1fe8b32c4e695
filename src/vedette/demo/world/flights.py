"""The flights of the synthetic world: real airports, invented carriers (XX, YY, ZZ)."""

from __future__ import annotations

import datetime as dt
import math
import random
from dataclasses import dataclass

from vedette.records import Flight
from vedette.reference.airports import Airport, airport, zone

HOME = ("CDG", "LYS", "MRS")
CARRIERS = ("XX", "YY", "ZZ")
ORIGINS = (
    "ALG", "TUN", "CMN", "DKR", "ABJ", "LOS", "ADD", "NBO", "JNB", "IST",
    "DXB", "DOH", "BEY", "CAI", "DEL", "BOM", "DAC", "CMB", "BKK", "SGN",
    "PVG", "CAN", "HKG", "ICN", "NRT", "GRU", "BOG", "PTY", "MEX", "SDQ",
    "JFK", "YUL", "MIA", "TIA", "BEG", "TBS", "EVN", "ALA", "TAS", "LIM",
)  # fmt: skip
#: Where onward journeys end, and where short hops home go.
BEYOND = ("FCO", "MAD", "AMS", "BRU", "LIS", "GVA", "BCN", "FRA", "ATH", "CPH")
#: Minutes between two landings.
INTERVAL = 22


@dataclass(frozen=True)
class Plan:
    """One flight home: local times as naive datetimes, UTC times as naive datetimes in UTC."""

    index: int
    carrier: str
    number: str
    origin: str
    destination: str
    departure_utc: dt.datetime
    arrival_utc: dt.datetime

    @property
    def km(self) -> float:
        """Great-circle distance in kilometres."""
        return distance_km(self.origin, self.destination)

    def local(self, moment: dt.datetime, place: str) -> dt.datetime:
        """A naive UTC moment in the local time of an airport."""
        return local_time(moment, place)

    def record(self) -> Flight:
        """The flight as a message states it."""
        return Flight(
            carrier=self.carrier,
            number=self.number,
            origin=self.origin,
            destination=self.destination,
            departure=self.local(self.departure_utc, self.origin),
            arrival=self.local(self.arrival_utc, self.destination),
        )

    def key(self) -> str:
        """Carrier, number and local day of departure: the flight in file names and tests."""
        day = self.local(self.departure_utc, self.origin)
        return f"{self.carrier}{self.number}-{day:%Y%m%d}"


def place(code: str) -> Airport:
    """The airport of a code that is in this module."""
    found = airport(code)
    if found is None:
        raise LookupError(f"no airport {code}")
    return found


def local_time(moment: dt.datetime, code: str) -> dt.datetime:
    """Naive UTC → naive local time at an airport."""
    where = zone(place(code).zone)
    return moment.replace(tzinfo=dt.UTC).astimezone(where).replace(tzinfo=None)


def distance_km(one: str, other: str) -> float:
    """Great-circle distance between two airports, in kilometres (sphere of 6,371 km)."""
    a, b = place(one), place(other)
    la, lb = math.radians(a.latitude), math.radians(b.latitude)
    half = math.sin((lb - la) / 2) ** 2
    turn = math.sin(math.radians(b.longitude - a.longitude) / 2) ** 2
    return 12_742 * math.asin(math.sqrt(half + math.cos(la) * math.cos(lb) * turn))


def plan(seed: int, first_landing: dt.datetime, index: int) -> Plan:
    """The flight with this index; landings follow each other every `INTERVAL` minutes."""
    rng = random.Random(f"{seed}:flight:{index}")
    origins = random.Random(f"{seed}:origins:{index // len(ORIGINS)}").sample(ORIGINS, len(ORIGINS))
    origin, home = origins[index % len(ORIGINS)], rng.choice(HOME)
    arrival = first_landing + dt.timedelta(minutes=INTERVAL * index + rng.randrange(0, 20, 5))
    minutes = 35 + distance_km(origin, home) / 13.5
    return Plan(
        index=index,
        carrier=CARRIERS[index % 3],
        number=str(100 + index % 800),
        origin=origin,
        destination=home,
        departure_utc=arrival - dt.timedelta(minutes=round(minutes / 5) * 5),
        arrival_utc=arrival,
    )
