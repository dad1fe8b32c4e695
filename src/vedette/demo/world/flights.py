"""The flights of a world: real airports, invented carriers, and timetables drawn from a seed."""

from __future__ import annotations

import datetime as dt
import random
from dataclasses import dataclass
from functools import cache
from typing import NamedTuple

from vedette.travellers.records import Flight

from .parameters import Parameters
from .places import HOME, ORIGINS, distance_km, local_time

#: Codes that no carrier has. They have three letters, which passenger lists accept.
_CARRIERS = tuple(f"ZZ{letter}" for letter in "ABCDEFGHIJKLMN")
#: Minutes between two landings of a `Day`.
INTERVAL = 22
#: Speed in kilometres per hour, and minutes on the ground, of every flight.
_KM_H, _GROUND_MIN = 810.0, 35.0
#: Limits for the ratio between a route over another airport and the direct distance. A route is usual up to
#: the first limit, and unusual from the second limit.
USUAL, ODD = 1.3, 1.8


@dataclass(frozen=True)
class Plan:
    """One flight to a home airport. Times are naive datetimes in UTC."""

    index: int
    carrier: str
    number: str
    origin: str
    destination: str
    departure_utc: dt.datetime
    arrival_utc: dt.datetime

    @property
    def km(self) -> float:
        """Returns the great-circle distance in kilometres."""
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
        """Returns carrier, number and local day of departure. These three values identify the
        flight in file names and tests."""
        day = local_time(self.departure_utc, self.origin)
        return f"{self.carrier}{self.number}-{day:%Y%m%d}"


def flight(
    index: int, carrier: str, number: str, origin: str, home: str, leaves: dt.datetime
) -> Plan:
    """Returns a flight that leaves at a moment (naive UTC). The duration of the flight is computed
    from the distance."""
    return Plan(index, carrier, number, origin, home, leaves, leaves + duration(origin, home))


def duration(origin: str, home: str) -> dt.timedelta:
    """Returns the duration of a flight, rounded to five minutes."""
    minutes = _GROUND_MIN + distance_km(origin, home) / _KM_H * 60
    return dt.timedelta(minutes=round(minutes / 5) * 5)


def landing(seed: int, first: dt.datetime, index: int) -> Plan:
    """Returns the flight with this index of a `Day`. From `first` on, one flight lands every `INTERVAL`
    minutes."""
    rng = random.Random(f"{seed}:flight:{index}")
    origins = random.Random(f"{seed}:origins:{index // len(ORIGINS)}").sample(ORIGINS, len(ORIGINS))
    origin, home = origins[index % len(ORIGINS)], rng.choice(HOME)
    lands = first + dt.timedelta(minutes=INTERVAL * index + rng.randrange(0, 20, 5))
    carrier, number = ("XX", "YY", "ZZ")[index % 3], str(100 + index % 800)
    return Plan(index, carrier, number, origin, home, lands - duration(origin, home), lands)


class Route(NamedTuple):
    """A flight in a timetable. The flight leaves at the `minute` of the day in UTC, on
    `weekdays`."""

    carrier: str
    number: str
    origin: str
    home: str
    minute: int
    weekdays: tuple[int, ...]
    seats: int


def routes(seed: int, p: Parameters) -> list[Route]:
    """Returns the timetable of a world."""
    rng = random.Random(f"{seed}:routes")
    carriers = _CARRIERS[: p.carriers]
    origins = (
        (n, ORIGINS[n] if n < len(ORIGINS) else rng.choice(ORIGINS)) for n in range(p.routes)
    )
    return [
        Route(
            carrier=rng.choice(carriers),
            number=str(100 + 2 * n),
            origin=origin,
            home=rng.choice(HOME),
            minute=rng.randrange(0, 1440, 5),
            weekdays=tuple(sorted(rng.sample(range(7), rng.randint(2, 7)))),
            seats=rng.randint(90, 230),
        )
        for n, origin in origins
    ]


def flights(seed: int, p: Parameters, travellers: int) -> list[tuple[Plan, int]]:
    """Returns flights with their numbers of seats, in order of departure. Together, the flights
    have seats for that many travellers."""
    rng = random.Random(f"{seed}:flights")
    days = [p.start + dt.timedelta(days=n) for n in range(7 * p.weeks)]
    all_of_them = [
        (route, day) for route in routes(seed, p) for day in days if day.weekday() in route.weekdays
    ]
    room = sum(route.seats for route, _ in all_of_them)
    larger = max(1.0, 1.15 * travellers / room)
    rng.shuffle(all_of_them)
    kept: list[tuple[Route, dt.date, int]] = []
    left = travellers
    for route, day in all_of_them:
        if left <= 0:
            break
        seats = round(route.seats * larger * rng.uniform(0.8, 1.0))
        kept.append((route, day, seats))
        left -= seats
    kept.sort(key=lambda one: (one[1], one[0].minute, one[0].number))
    return [(_plan(n, route, day), seats) for n, (route, day, seats) in enumerate(kept)]


def _plan(index: int, route: Route, day: dt.date) -> Plan:
    leaves = dt.datetime.combine(day, dt.time()) + dt.timedelta(minutes=route.minute)
    return flight(index, route.carrier, route.number, route.origin, route.home, leaves)


@cache
def feeders(origin: str, home: str) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Returns the airports from which a traveller can come to this flight by a usual route, and the
    airports from which the route is unusual."""
    last = distance_km(origin, home)
    usual, odd = [], []
    for place in (place for place in ORIGINS if place != origin):
        first = distance_km(place, origin)
        ratio = (first + last) / distance_km(place, home)
        if first > 300 and ratio <= USUAL:
            usual.append(place)
        elif ratio >= ODD:
            odd.append(place)
    return tuple(usual), tuple(odd)
