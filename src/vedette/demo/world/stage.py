"""Where a planted case is planted: its flight, its chance and its unique numbers."""

from __future__ import annotations

import datetime as dt
import random
from collections.abc import Callable
from dataclasses import dataclass

from . import watchlists
from .crowd import agency, created, nationality
from .flights import Plan
from .people import Person, Registry, make_person
from .trips import Draft


@dataclass
class Stage:
    """Where a case is planted: the flight, its random numbers and its unique numbers."""

    plan: Plan
    rng: random.Random
    registry: Registry

    @property
    def today(self) -> dt.date:
        return self.plan.departure_utc.date()

    def person(self, age: tuple[int, int] = (22, 60), land: str | None = None) -> Person:
        return make_person(
            self.rng, self.registry, self.today, land or nationality(self.rng, self.plan), age
        )

    def draft(self, *people: Person, days: tuple[int, int] = (8, 60)) -> Draft:
        """An ordinary booking for these people, or for somebody new."""
        return Draft(
            list(people) or [self.person()],
            self.plan,
            created(self.rng, self.plan, *days),
            agency=agency(self.rng, self.plan),
        )

    def hours_before(self, hours: float) -> dt.datetime:
        return self.plan.departure_utc - dt.timedelta(hours=hours)

    def listed(self, name: str, need: str = "ref") -> watchlists.Row:
        """A row of a synthetic list that has a value in the column `need`."""
        rows = [r for r in watchlists.latest(name) if r.get(need)]
        return self.rng.choice(rows)


Plant = Callable[[Stage], list[Draft]]
