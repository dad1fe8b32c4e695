"""Where parties of a world of weeks are made: a flight, chance, numbers, agencies, and what was before."""

from __future__ import annotations

import datetime as dt
import random
from dataclasses import dataclass
from typing import NamedTuple

from vedette.records import Agency

from .crowd import nationality
from .earlier import Past
from .flights import BEYOND, HOME, ORIGINS, place
from .parameters import Parameters
from .people import Person, Registry, make_person, unheard_name
from .stage import Stage
from .trips import Draft

#: Calling codes of the lexicon's nationalities (ITU-T E.164).
_CODES = {
    "FRA": 33, "DZA": 213, "TUN": 216, "MAR": 212, "SEN": 221, "CIV": 225, "NGA": 234, "ETH": 251,
    "TUR": 90, "LBN": 961, "EGY": 20, "IND": 91, "BGD": 880, "VNM": 84, "CHN": 86, "KOR": 82, "BRA": 55,
    "COL": 57, "MEX": 52, "USA": 1, "GBR": 44, "DEU": 49, "SRB": 381, "GEO": 995, "KAZ": 77, "ITA": 39,
}  # fmt: skip
_LETTERS = "ABCDEFGHJKLMNPRSTUVWXYZ"
_SIGNS = "ABCDEFGHJKLMNPQRSTUVWXYZ23456789"


class WorldRegistry(Registry):
    """Numbers for hundreds of thousands: telephone numbers begin with 000 behind the country, as none
    does anywhere; document numbers and locators are unique by count."""

    def phone(self, nationality: str) -> str:
        """A telephone number that nobody can have."""
        self.phones += 1
        return f"+{_CODES.get(nationality, 33)} 000 {self.phones:06d}"

    def document(self, nationality: str) -> str:
        """A passport number."""
        n = self.next()
        return f"{_LETTERS[n % 23]}{n % 7 + 2}{n:07d}"

    def locator(self, rng: random.Random) -> str:
        """A record locator."""
        n, out = self.next(), ""
        for _ in range(5):
            out += _SIGNS[n % 32]
            n //= 32
        return rng.choice(_LETTERS) + out


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
class Setting(Stage):
    """A stage with the parameters, agencies and past of its world."""

    p: Parameters
    agencies: Agencies
    past: Past

    def chance(self, share: float) -> bool:
        """True in such a share of all times."""
        return self.rng.random() < share

    def person(self, age: tuple[int, int] = (22, 60), land: str | None = None) -> Person:
        """Somebody new. Half have surnames that no lexicon has: among hundreds of thousands of people,
        too many would be namesakes."""
        surname = unheard_name(self.rng, 2) if self.chance(0.5) else None
        land = land or nationality(self.rng, self.plan)
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
