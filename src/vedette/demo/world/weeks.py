"""Generates a synthetic data set of several weeks: people who travel and return, inserted cases, and
look-alikes of the cases.

The same seed and `Parameters` give the same data set. The data set consists of records instead of message
bytes. The pipeline receives hundreds of thousands of travellers as records, in the form that its message
readers return.
"""

from __future__ import annotations

import datetime as dt
import heapq
import random
from collections.abc import Iterator
from typing import NamedTuple

from vedette.travellers.records import Message, Traveller

from . import messages
from .flights import HOME, ORIGINS, Plan, flight
from .parameters import Parameters
from .parties import CONTEXTS, Mark, Regular, World, look_alike, operating_crew, party
from .people import Registry
from .setting import Earlier, Outcome, Past, Setting
from .signs import LONG, LONG_KM, SIGNS, plant
from .trips import Draft, Trip, checked_in

#: Codes that no carrier has. They have three letters, which passenger lists accept.
_CARRIERS = tuple(f"ZZ{letter}" for letter in "ABCDEFGHIJKLMN")
#: Number of crew members of a carrier. They fly repeatedly.
_CREW = 60
#: Mean number of travellers of an ordinary party.
_MEAN = 2.1


class _Route(NamedTuple):
    """Describes a regular flight in a timetable.

    The flight departs on the days of the week in `weekdays`. `minute` is the time of departure in minutes
    since midnight, in UTC.
    """

    carrier: str
    number: str
    origin: str
    home: str
    minute: int
    weekdays: tuple[int, ...]
    seats: int


def _routes(seed: int, p: Parameters) -> list[_Route]:
    """Returns the timetable of a synthetic data set."""
    rng = random.Random(f"{seed}:routes")
    origins = (
        (n, ORIGINS[n] if n < len(ORIGINS) else rng.choice(ORIGINS)) for n in range(p.routes)
    )
    return [
        _Route(
            carrier=rng.choice(_CARRIERS[: p.carriers]),
            number=str(100 + 2 * n),
            origin=origin,
            home=rng.choice(HOME),
            minute=rng.randrange(0, 1440, 5),
            weekdays=tuple(sorted(rng.sample(range(7), rng.randint(2, 7)))),
            seats=rng.randint(90, 230),
        )
        for n, origin in origins
    ]


def _all_flights(seed: int, p: Parameters, travellers: int) -> list[tuple[Plan, int]]:
    """Returns flights with their numbers of seats, in order of departure. Together, the flights have seats
    for `travellers` travellers."""
    rng = random.Random(f"{seed}:flights")
    days = [p.start + dt.timedelta(days=n) for n in range(7 * p.weeks)]
    all_of_them = [
        (route, day)
        for route in _routes(seed, p)
        for day in days
        if day.weekday() in route.weekdays
    ]
    room = sum(route.seats for route, _ in all_of_them)
    larger = max(1.0, 1.15 * travellers / room)
    rng.shuffle(all_of_them)
    kept: list[tuple[_Route, dt.date, int]] = []
    left = travellers
    for route, day in all_of_them:
        if left <= 0:
            break
        seats = round(route.seats * larger * rng.uniform(0.8, 1.0))
        kept.append((route, day, seats))
        left -= seats
    kept.sort(key=lambda one: (one[1], one[0].minute, one[0].number))
    return [
        (
            flight(
                n, route.carrier, route.number, route.origin, route.home,
                dt.datetime.combine(day, dt.time()) + dt.timedelta(minutes=route.minute),
            ),
            seats,
        )
        for n, (route, day, seats) in enumerate(kept)
    ]  # fmt: skip


class Flown(NamedTuple):
    """Contains one flight with its journeys. Each journey has a `Mark`, which states the role of its
    travellers. The journeys in `earlier` took place before the weeks of this data set. Earlier journeys have
    outcomes, and are not included in the measurement.
    """

    plan: Plan
    trips: list[Trip]
    marks: list[Mark]
    earlier: list[Earlier]
    crew: tuple[Traveller, ...] = ()

    def messages(self) -> list[Message]:
        """Returns the PNRGOV push at departure, the passenger list and the crew list."""
        leaves, plan = self.plan.departure_utc, self.plan
        bookings = [b for t in self.trips if (b := checked_in(t))]
        people = tuple(p for t in self.trips for p in t.passengers)
        found = [
            messages.push(plan, bookings, leaves, 0),
            messages.passengers(plan, people, leaves - messages.CLOSURE, "passengers"),
        ]
        if self.crew:
            found.append(messages.passengers(plan, self.crew, leaves - messages.CLOSURE, "crew"))
        return found


class Weeks(World):
    """Generates all flights of a synthetic data set of several weeks, with at least `travellers` travellers
    in addition to the crew.
    """

    ahead = ("workers", "staff")

    def __init__(self, seed: int, p: Parameters, travellers: int) -> None:
        super().__init__(seed, p)
        self._registry = Registry()
        self.past = Past(seed, self._registry)
        self._flights = _all_flights(seed, p, travellers)
        #: Flight → the bookings planned for it.
        self._planned: dict[int, list[tuple[Draft, Mark]]] = {}
        self._regulars: dict[int, list[Regular]] = {}
        self._crews: dict[str, tuple[Traveller, ...]] = {}
        self._plan_cases()
        self._plan_regulars()
        self._plan_parties()
        self._plan_confirmed()

    def _setting(self, plan: Plan, what: str) -> Setting:
        return self.setting(plan, what, self._registry, self.past)

    def flights(self) -> Iterator[Flown]:
        """Yields all flights in order of departure, including the flights of earlier journeys."""
        yield from heapq.merge(
            (Flown(plan, [e.trip for e in some], [], some) for plan, some in self.past.flights()),
            (self._flown(plan, seats) for plan, seats in self._flights),
            key=lambda f: (f.plan.departure_utc, f.plan.number),
        )

    # --- planning --------------------------------------------------------------------------------

    def _plan_cases(self) -> None:
        """Assigns cases to random flights, and the look-alikes of each case to other flights."""
        rng = random.Random(f"{self.seed}:cases")
        every = [plan for plan, _ in self._flights]
        long = [plan for plan in every if plan.km >= LONG_KM] or every
        indicators = [indicator for indicator in SIGNS for _ in range(self.p.cases)]
        for case, indicator in enumerate(indicators, 1):
            for kind in ("planted", *CONTEXTS):
                plan = rng.choice(long if indicator in LONG else every)
                s = self._setting(plan, f"case:{case}:{kind}")
                innocent = kind != "planted"
                drafts = look_alike(s, indicator, kind) if innocent else plant(s, indicator)
                mark = Mark(kind, indicator, case)
                self._planned.setdefault(plan.index, []).extend((d, mark) for d in drafts)

    def _plan_regulars(self) -> None:
        """Assigns flights to the travellers with earlier journeys."""
        rng = random.Random(f"{self.seed}:regulars")
        #: Route → the last departure of each of its regular travellers.
        by_route: dict[tuple[str, str], list[tuple[dt.datetime, Regular]]] = {}
        kinds = ("business", "solo", "couple", "diaspora", "student")
        for plan, seats in self._flights:
            known = by_route.setdefault((plan.origin, plan.destination), [])
            for _ in range(round(self.p.known_before * seats)):
                place = rng.randrange(len(known)) if known and rng.random() < 0.35 else None
                if place is not None and (plan.departure_utc - known[place][0]).days >= 5:
                    regular = known[place][1]
                    known[place] = plan.departure_utc, regular
                elif place is None:
                    s = self._setting(plan, f"regular:{len(known)}")
                    regular = s.person((20, 72)), rng.choices(kinds, (5, 3, 1, 3, 1))[0]
                    self._before(s, regular)
                    known.append((plan.departure_utc, regular))
                else:
                    continue
                self._regulars.setdefault(plan.index, []).append(regular)

    def _before(self, s: Setting, regular: Regular) -> None:
        """Adds the journeys that a regular traveller made before the weeks of this data set."""
        person, kind = regular
        since = (s.today - self.p.start).days
        often = (1, 2, 3, 6, 10) if kind == "business" else (1, 1, 1, 2, 3)
        for n in range(s.rng.choice(often)):
            outcome: Outcome = ""
            if n == 0 and s.chance(self.p.released):
                outcome = "released"
            elif n == 0 and s.chance(self.p.confirmed):
                outcome = "confirmed"
            s.past.add(s.plan, since + s.rng.randint(5, 360), [person], outcome)

    def _plan_parties(self) -> None:
        """Assigns parties of seasonal workers and of staff to flights. Ordinary travellers fill the other
        seats later.
        """
        whole = sum(self.p.kinds.values())
        for plan, seats in self._flights:
            s = self._setting(plan, "parties")
            for kind in self.ahead:
                expected = seats / _MEAN * self.p.kinds[kind] / whole
                for _ in range(int(expected + s.rng.random())):
                    planned = self._planned.setdefault(plan.index, [])
                    planned += [(draft, Mark()) for draft in party(s, kind)]

    def _plan_confirmed(self) -> None:
        """Adds earlier journeys that agencies sold and that had a confirmed result: several for each agency
        with known cases, and some for random ordinary agencies."""
        rng = random.Random(f"{self.seed}:confirmed")
        chosen = [a for a in self.agencies.bad for _ in range(rng.randint(3, 8))]
        chosen += rng.choices(self.agencies.ordinary, k=max(1, len(self.agencies.ordinary) // 4))
        first = [plan for plan, _ in self._flights[: len(self._flights) // 4 + 1]]
        for n, agency in enumerate(chosen):
            s = self._setting(rng.choice(first), f"confirmed:{n}")
            s.past.add(
                s.plan, rng.randint(20, 250), [s.person()], "confirmed", booked=True, agency=agency
            )

    # --- flights ---------------------------------------------------------------------------------

    def _flown(self, plan: Plan, seats: int) -> Flown:
        s = self._setting(plan, "crowd")
        told = self.board(
            s, seats, self._planned.get(plan.index, []), self._regulars.get(plan.index, ())
        )
        return Flown(plan, [t for t, _ in told], [m for _, m in told], [], self._crew(s))

    def _crew(self, s: Setting) -> tuple[Traveller, ...]:
        """Returns five crew members of the carrier."""
        if s.plan.carrier not in self._crews:
            self._crews[s.plan.carrier] = tuple(
                member for _ in range(_CREW // 7 + 1) for member in operating_crew(s)
            )
        return tuple(s.rng.sample(self._crews[s.plan.carrier], 5))
