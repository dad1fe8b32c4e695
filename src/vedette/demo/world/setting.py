"""Provides the data from which the travellers of a flight are generated, such as the plan of the flight,
random numbers, travel agencies, and earlier journeys with their outcomes."""

from __future__ import annotations

import datetime as dt
import random
from dataclasses import dataclass, field
from typing import Literal, NamedTuple

from vedette.core.parties import Document
from vedette.travellers.records import Agency, Change

from .flights import BEYOND, HOME, ORIGINS, Plan, flight, place
from .parameters import Parameters, Span
from .people import Person, Registry, make_person, nationality, unheard_name
from .trips import Draft, Trip, trip

#: The outcome of an earlier journey: no outcome, a control with a confirmed result, or a released hit.
Outcome = Literal["", "confirmed", "released"]
#: Flight numbers of earlier journeys. The timetable does not use them.
_FIRST_NUMBER = 2000
#: Number of days from an earlier journey until its outcome is known.
_SETTLED = 2


@dataclass(frozen=True)
class Earlier:
    """Contains one earlier journey as the carrier sent it, its outcome, and the time at which the outcome
    became known (UTC, without a time zone)."""

    trip: Trip
    outcome: Outcome
    since: dt.datetime


@dataclass
class Past:
    """Collects the earlier journeys by flight. Journeys on the same route in the same week are on the same
    flight if possible."""

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
    ) -> None:
        """Adds a journey of the given people on the same route as the flight `plan`, about `days` days before
        this flight.

        If `booked` is true, the journey has a booking, so that contacts and payment are known. Without a
        booking, the travellers are only on the passenger list. `said` contains values for further fields of
        the draft.

        Raises `RuntimeError` if `flights` was called before.
        """
        if self._told:
            raise RuntimeError("the earlier journeys are already used")
        day = plan.departure_utc.date() - dt.timedelta(days=days)
        monday = day - dt.timedelta(days=day.weekday())
        there = self._flights.setdefault((plan.origin, plan.destination, monday), [])
        numbers = {p.number for p in people}
        for on, journeys in there:
            taken = {p.number for e in journeys for p in e.trip.draft.people}
            if on.departure_utc < plan.departure_utc and not numbers & taken:
                break
        else:
            leaves = dt.datetime.combine(day, plan.departure_utc.time())
            number = str(_FIRST_NUMBER + self._count)
            on = flight(-1, plan.carrier, number, plan.origin, plan.destination, leaves)
            journeys = []
            there.append((on, journeys))
        rng = random.Random(f"{self.seed}:past:{self._count}")
        self._count += 1
        created = on.departure_utc - dt.timedelta(days=rng.randint(5, 40))
        draft = Draft(list(people), on, created, booked=booked)
        for name, value in said.items():
            setattr(draft, name, value)
        known_since = on.arrival_utc + dt.timedelta(days=_SETTLED)
        journeys.append(Earlier(trip(draft, self.registry, rng), outcome, known_since))

    def flights(self) -> list[tuple[Plan, list[Earlier]]]:
        """Returns the flights of all earlier journeys, in order of departure. After the first call, no
        journey can be added."""
        self._told = True
        every = [one for some in self._flights.values() for one in some]
        return sorted(every, key=lambda one: (one[0].departure_utc, one[0].carrier, one[0].number))


class Agencies(NamedTuple):
    """Contains the travel agencies of a synthetic data set: ordinary agencies, and agencies with known
    cases."""

    ordinary: tuple[Agency, ...]
    bad: tuple[Agency, ...]


def agencies(seed: int, p: Parameters) -> Agencies:
    """Returns the travel agencies of the synthetic data set with this seed."""
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
    """Contains the plan of a flight, its random and unique numbers, and the parameters, agencies and earlier
    journeys of its data set."""

    plan: Plan
    rng: random.Random
    registry: Registry
    p: Parameters
    agencies: Agencies
    past: Past

    @property
    def today(self) -> dt.date:
        """Returns the day of departure in UTC."""
        return self.plan.departure_utc.date()

    def chance(self, share: float) -> bool:
        """Returns True with the probability `share`."""
        return self.rng.random() < share

    def person(self, age: tuple[int, int] = (22, 60), land: str | None = None) -> Person:
        """Returns a newly generated person."""
        surname = unheard_name(self.rng, 2) if self.chance(self.p.unheard) else None
        land = land or nationality(self.rng, place(self.plan.origin).country)
        return make_person(self.rng, self.registry, self.today, land, age, surname=surname)

    def relative(self, of: Person, age: tuple[int, int]) -> Person:
        """Returns a relative of a person, with the same surname, nationality, telephone number and e-mail
        address."""
        return make_person(
            self.rng, self.registry, self.today, of.nationality, age, surname=of.surname
        ).but(phone=of.phone, email=of.email)

    def visa(self, land: str, least: int, most: int) -> Document:
        """Returns a visa for a country, issued between `least` and `most` days ago."""
        return Document(
            type="V", number=self.registry.document(), place_of_issue="CONSULATE",
            issued=self.today - dt.timedelta(days=self.rng.randint(least, most)), valid_for=land,
        )  # fmt: skip

    def draft(self, *people: Person, days: Span = (7, 90)) -> Draft:
        """Returns an ordinary booking for the given people, or for a new person if no person is given."""
        moment = self.hours_before(self.rng.uniform(days[0] * 24, days[1] * 24))
        return Draft(
            list(people) or [self.person()],
            self.plan,
            moment,
            agency=self.agency(),
            shows_issue=True,
            checked_in_minutes=self.rng.randint(65, 240),
            amount=self.rng.randint(180, 950),
            stay_days=self.rng.randint(4, 28),
        )

    def hours_before(self, hours: float) -> dt.datetime:
        """Returns the time that is `hours` hours before departure, rounded to the minute."""
        return self.plan.departure_utc - dt.timedelta(minutes=round(hours * 60))

    def change(self, what: str, hours: float) -> Change:
        """Returns a change that is made to a booking `hours` hours before departure."""
        return Change(at=self.hours_before(hours), by=self.plan.carrier, kind="changed", what=what)

    def agency(self) -> Agency | None:
        """Returns an agency in the country of departure or of arrival, or rarely in a third country. Returns
        None if the airline itself sells the ticket."""
        if not self.chance(self.p.by_agency):
            return None
        if self.chance(self.p.agency_abroad):
            return self.agency_abroad()
        # A few agencies sell most tickets, because the square of a random number between 0 and 1 is mostly
        # small.
        ordinary = self.agencies.ordinary
        chosen = ordinary[int(self.rng.random() ** 2 * len(ordinary))]
        city = self.rng.choice((self.plan.origin, self.plan.destination))
        country = place(city).country
        return Agency(
            company="TA", iata=f"{chosen.iata}{country}", office=chosen.office, city=city,
            country=country, kind="T",
        )  # fmt: skip

    def agency_abroad(self) -> Agency:
        """Returns an agency that is neither in the country of departure nor in the country of arrival."""
        ends = {place(self.plan.origin).country, place(self.plan.destination).country}
        abroad = [a for a in self.agencies.ordinary if a.country not in ends]
        if abroad:
            return self.rng.choice(abroad)
        return Agency(
            company="TA", iata="99009999", office="SYN999", city="SYD", country="AU", kind="T"
        )

    def surname(self) -> str:
        """Returns the surname of a new person, in upper case as in the name of a payer."""
        return self.person().surname.upper()
