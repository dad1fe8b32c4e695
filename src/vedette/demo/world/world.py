"""The parts that all worlds have in common: agencies, the elements that carriers send, and the travellers of
a flight.

This module is the base of `Weeks` (a population that travels and returns, as records) and `Day`
(flights that land now, as messages with their moments). `bulk` (messages of given sizes) also uses
this module. A seed and `Parameters` determine a world completely.
"""

from __future__ import annotations

import random
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from .flights import Plan
from .parameters import Parameters
from .parties import Regular, ordinary, party
from .people import Registry
from .setting import Past, Setting, agencies
from .trips import Draft, Habits, Trip, seat, trip


class Mark(NamedTuple):
    """The role of the travellers of a booking in the world: planted, look-alike or ordinary. `what`
    is `planted`, the name of a case, a kind of look-alike, or `ordinary`. `case` is the number of
    the case to which the travellers belong or which they resemble."""

    what: str = "ordinary"
    indicator: int = 0
    case: int = 0


class World:
    """The parameters of a world and the values that are drawn from its seed for all flights."""

    #: Kinds of party that are planned before the other seats are filled, because these parties have earlier
    #: journeys.
    ahead: tuple[str, ...] = ()

    def __init__(self, seed: int, p: Parameters) -> None:
        self.seed, self.p = seed, p
        self.agencies = agencies(seed, p)
        self._habits = Habits(seed, p)

    def setting(self, plan: Plan, what: str, registry: Registry, past: Past) -> Setting:
        """Returns the setting for one part of a flight, with random numbers of its own."""
        rng = random.Random(f"{self.seed}:{what}:{plan.index}")
        return Setting(plan, rng, registry, self.p, self.agencies, past)

    def board(
        self,
        s: Setting,
        seats: int,
        planned: Sequence[tuple[Draft, Mark]] = (),
        regulars: Iterable[Regular] = (),
    ) -> list[tuple[Trip, Mark]]:
        """Returns all travellers of a flight: regulars, ordinary parties for the remaining seats, and the
        planned bookings at random positions among them."""
        some = [party(s, regular.kind, regular.person) for regular in regulars]
        left = seats - sum(len(d.people) for drafts in some for d in drafts)
        left -= sum(len(d.people) for d, _ in planned)
        kinds = {kind: often for kind, often in self.p.kinds.items() if kind not in self.ahead}
        some += ordinary(s, left, kinds)
        told = [(draft, Mark()) for drafts in some for draft in drafts]
        for one in planned:
            told.insert(s.rng.randrange(len(told) + 1), one)
        seat((draft for draft, _ in told), 1)
        return [
            (self._habits.sent(trip(draft, s.registry, s.rng), s.rng), mark) for draft, mark in told
        ]
