"""What was before: earlier journeys of those whom a world needs to be known, and what came of them."""

from __future__ import annotations

import datetime as dt
import random
from dataclasses import dataclass, field
from typing import Literal

from .flights import Plan, flight
from .people import Person, Registry
from .trips import Draft, Trip, trip

#: What came of an earlier journey: nothing, a control with a finding, a hit that was released.
Outcome = Literal["", "confirmed", "released"]
#: Numbers of the flights that carry earlier journeys: none of the timetable's.
_FIRST_NUMBER = 2000
#: Days from an earlier journey to what was written down of it.
_SETTLED = 2


@dataclass(frozen=True)
class Earlier:
    """One earlier journey as sent, what came of it, and from when (naive UTC)."""

    trip: Trip
    outcome: Outcome
    since: dt.datetime


@dataclass
class Past:
    """The ledger of earlier journeys, by flight: those of one route and week share a flight."""

    seed: int
    registry: Registry
    _flights: dict[tuple[str, str, dt.date], list[tuple[Plan, list[Earlier]]]] = field(
        default_factory=dict
    )
    _count: int = 0
    _told: bool = False

    def add(
        self,
        plan: Plan,
        days: int,
        people: list[Person],
        outcome: Outcome = "",
        booked: bool = False,
        **said: object,
    ) -> Earlier:
        """A journey of these people on the route of `plan`, about so many days before it.

        `booked`: with a booking, so that its contacts and payment are known; else on the passenger list
        alone. `said`: fields of the draft that differ.
        """
        if self._told:
            raise RuntimeError("what was before is told already")
        day = plan.departure_utc.date() - dt.timedelta(days=days)
        monday = day - dt.timedelta(days=day.weekday())
        there = self._flights.setdefault((plan.origin, plan.destination, monday), [])
        numbers = {p.number for p in people}
        for found, aboard in there:
            taken = {p.number for e in aboard for p in e.trip.draft.people}
            if found.departure_utc < plan.departure_utc and not numbers & taken:
                on, journeys = found, aboard
                break
        else:
            on, journeys = self._new(plan, day), []
            there.append((on, journeys))
        rng = random.Random(f"{self.seed}:past:{self._count}")
        self._count += 1
        created = on.departure_utc - dt.timedelta(days=rng.randint(5, 40))
        draft = Draft(list(people), on, created, booked=booked)
        for name, value in said.items():
            setattr(draft, name, value)
        since = on.arrival_utc + dt.timedelta(days=_SETTLED)
        made = Earlier(trip(draft, self.registry, rng), outcome, since)
        journeys.append(made)
        return made

    def _new(self, plan: Plan, day: dt.date) -> Plan:
        number = _FIRST_NUMBER + self._count
        leaves = dt.datetime.combine(day, plan.departure_utc.time())
        return flight(-1, plan.carrier, str(number), plan.origin, plan.destination, leaves)

    def flights(self) -> list[tuple[Plan, list[Earlier]]]:
        """All of them, in order of departure. Nothing can be added from then on."""
        self._told = True
        every = [one for some in self._flights.values() for one in some]
        return sorted(every, key=lambda one: (one[0].departure_utc, one[0].carrier, one[0].number))
