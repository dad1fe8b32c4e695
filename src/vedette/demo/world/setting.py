"""Where the travellers of a flight are made: its plan, chance, numbers, agencies, and what was before."""

from __future__ import annotations

import datetime as dt
import random
from dataclasses import dataclass
from typing import NamedTuple

from vedette.travellers.records import Agency

from .flights import Plan
from .parameters import Parameters
from .past import Past
from .people import Person, Registry, make_person, nationality, unheard_name
from .places import BEYOND, HOME, ORIGINS, place
from .trips import Draft


class Agencies(NamedTuple):
    """The travel agencies of a world: ordinary ones, and those of which cases are known."""

    ordinary: tuple[Agency, ...]
    bad: tuple[Agency, ...]


def agencies(seed: int, p: Parameters) -> Agencies:
    """The agencies that a seed gives; a few sell most of the tickets."""
    rng = random.Random(f"{seed}:agencies")

    def one(n: int) -> Agency:
        city = rng.choice((*ORIGINS, *HOME, *HOME, *HOME, *BEYOND))
        return Agency(
            company="TA", iata=f"99{n:06d}", office=f"SYN{n:03d}", city=city,
            country=place(city).country, kind="T",
        )  # fmt: skip

    return Agencies(
        tuple(one(n) for n in range(p.agencies)),
        tuple(one(900 + n) for n in range(p.bad_agencies)),
    )


@dataclass
class Setting:
    """A flight with its random and its unique numbers, and the parameters, agencies and past of its
    world."""

    plan: Plan
    rng: random.Random
    registry: Registry
    p: Parameters
    agencies: Agencies
    past: Past

    @property
    def today(self) -> dt.date:
        """The day of departure in UTC."""
        return self.plan.departure_utc.date()

    def chance(self, share: float) -> bool:
        """True in such a share of all times."""
        return self.rng.random() < share

    def person(self, age: tuple[int, int] = (22, 60), land: str | None = None) -> Person:
        """Somebody new."""
        surname = unheard_name(self.rng, 2) if self.chance(self.p.unheard) else None
        land = land or nationality(self.rng, place(self.plan.origin).country)
        return make_person(self.rng, self.registry, self.today, land, age, surname=surname)

    def draft(self, *people: Person, days: tuple[int, int] = (7, 90)) -> Draft:
        """An ordinary booking for these people, or for somebody new."""
        moment = self.hours_before(self.rng.uniform(days[0] * 24, days[1] * 24))
        made = Draft(list(people) or [self.person()], self.plan, moment, agency=self.agency())
        made.shows_issue = True
        made.checked_in_minutes = self.rng.randint(65, 240)
        made.amount = self.rng.randint(180, 950)
        made.stay_days = self.rng.randint(4, 28)
        return made

    def hours_before(self, hours: float) -> dt.datetime:
        """So long before departure, to the minute."""
        return self.plan.departure_utc - dt.timedelta(minutes=round(hours * 60))

    def agency(self) -> Agency | None:
        """An agency of one of the journey's ends for some, for few one of a third country; else None, the
        airline itself."""
        if not self.chance(self.p.by_agency):
            return None
        if self.chance(self.p.agency_abroad):
            return self.agency_abroad()
        # A few sell most: the square of a chance is small most of the time.
        ordinary = self.agencies.ordinary
        chosen = ordinary[int(self.rng.random() ** 2 * len(ordinary))]
        city = self.rng.choice((self.plan.origin, self.plan.destination))
        country = place(city).country
        return Agency(
            company="TA", iata=f"{chosen.iata}{country}", office=chosen.office, city=city,
            country=country, kind="T",
        )  # fmt: skip

    def agency_abroad(self) -> Agency:
        """An agency in neither of the flight's countries."""
        ends = {place(self.plan.origin).country, place(self.plan.destination).country}
        abroad = [a for a in self.agencies.ordinary if a.country not in ends]
        if abroad:
            return self.rng.choice(abroad)
        return Agency(
            company="TA", iata="99009999", office="SYN999", city="SYD", country="AU", kind="T"
        )

    def surname(self) -> str:
        """The surname of somebody else, as a payer is written."""
        return self.person().surname.upper()
