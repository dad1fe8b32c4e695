"""The synthetic world as messages with the moment at which each falls due.

`World(seed, now)` is deterministic: the same seed and moment give the same bytes. Flights land
every 22 minutes from three hours before `now`, without end. Of each flight the airline sends
PNRGOV pushes at 72, 48 and 24 hours (some only the last) and at departure, a crew list an hour and
a passenger list 25 minutes before departure.
"""

from __future__ import annotations

import datetime as dt
import heapq
import random
from collections.abc import Callable, Iterator
from typing import NamedTuple

from . import compose, damage
from .crowd import crew, ordinary, party
from .flights import INTERVAL, Plan, plan
from .people import Registry
from .planted import CASES, Planted, plant
from .stage import Stage
from .trips import Draft, Trip, checked_in, seat, trip

#: Flights of the backlog land from 3 hours before to 12 hours after `now`.
BEFORE, AFTER = dt.timedelta(hours=3), dt.timedelta(hours=12)
#: Travellers of one flight: mean and deviation.
SIZE = (96, 14)
#: Bookings in one part of a push.
PART = 30
#: Flights are scheduled when they land within this: the earliest push and the longest flight.
_HORIZON = dt.timedelta(hours=72 + 18)
_CASE_NAMES = tuple(CASES)
_CLOSURE, _CREW = dt.timedelta(minutes=25), dt.timedelta(minutes=60)


class WorldMessage(NamedTuple):
    """A message as it arrives: file name, bytes, and the aware UTC moment at which it falls due."""

    filename: str
    data: bytes
    at: dt.datetime


class _Due(NamedTuple):
    at: dt.datetime
    order: int
    make: Callable[[], list[tuple[str, bytes]]]


class World:
    """All flights, travellers and messages that follow from a seed and a moment (aware or UTC)."""

    def __init__(self, seed: int, now: dt.datetime) -> None:
        aware = now if now.tzinfo else now.replace(tzinfo=dt.UTC)
        self.seed = seed
        self.now = aware.astimezone(dt.UTC).replace(tzinfo=None, second=0, microsecond=0)
        self._first = self.now - BEFORE - dt.timedelta(minutes=self.now.minute % 5)
        self._trips: dict[int, list[Trip]] = {}
        self._planted: dict[int, list[Planted]] = {}
        self._count = 0

    # --- what is in it -------------------------------------------------------------------------

    def flights(self) -> list[Plan]:
        """The flights of the backlog."""
        count = int((BEFORE + AFTER).total_seconds() // (INTERVAL * 60))
        return [self.flight(n) for n in range(count)]

    def flight(self, index: int) -> Plan:
        """The flight with this index, 0 being the first of the backlog."""
        return plan(self.seed, self._first, index)

    def planted(self) -> list[Planted]:
        """What is planted in the flights of the backlog, and in live messages given out so far."""
        for flight in self.flights():
            self.trips(flight)
        return [p for index in sorted(self._planted) for p in self._planted[index]]

    def trips(self, flight: Plan) -> list[Trip]:
        """Everybody's journeys on a flight, planted ones among them."""
        if flight.index not in self._trips:
            self._trips[flight.index] = self._make(flight)
        return self._trips[flight.index]

    def _make(self, flight: Plan) -> list[Trip]:
        rng = random.Random(f"{self.seed}:crowd:{flight.index}")
        registry = self._registry(flight)
        drafts = ordinary(flight, rng, registry, max(40, int(rng.gauss(*SIZE))))
        for n in range(2):
            case = _CASE_NAMES[(flight.index * 2 + n) % len(_CASE_NAMES)]
            drafted, planted = plant(case, Stage(flight, rng, registry))
            at = rng.randrange(len(drafts))
            drafts[at:at] = drafted
            self._planted.setdefault(flight.index, []).append(planted)
        seat(drafts, 10)
        return [trip(d, registry, rng) for d in drafts]

    def _registry(self, flight: Plan) -> Registry:
        """Unique numbers of a flight's first travellers."""
        return Registry(serial=flight.index * 2500, phones=flight.index * 210 % 50_000)

    # --- what is sent --------------------------------------------------------------------------

    def backlog(self) -> Iterator[WorldMessage]:
        """Everything due by `now` for the flights of the backlog, oldest first."""
        due = [d for f in self.flights() for d in self._schedule(f) if d.at <= self.now]
        due += [_Due(self.now - dt.timedelta(minutes=20), -1, damage.garbage)]
        due += self._history()
        for event in sorted(due, key=lambda d: (d.at, d.order)):
            yield from self._emit(event)

    def live(self) -> Iterator[WorldMessage]:
        """What follows, without end, oldest first: scheduled messages, and every 5 to 10 seconds a
        late booking or a check-in, one in three of them planted."""
        rng = random.Random(f"{self.seed}:live")
        heap: list[_Due] = []
        scheduled = 0
        drip = self.now + dt.timedelta(seconds=4)
        for number in range(1, 10**9):
            while self.flight(scheduled).arrival_utc <= drip + _HORIZON:
                for event in self._schedule(self.flight(scheduled)):
                    if event.at > self.now:
                        heapq.heappush(heap, event)
                scheduled += 1
            while heap and heap[0].at <= drip:
                yield from self._emit(heapq.heappop(heap))
            yield from self._emit(_Due(drip, number, self._late(rng, drip, number)))
            drip += dt.timedelta(seconds=rng.uniform(5, 10))

    def _emit(self, event: _Due) -> Iterator[WorldMessage]:
        for name, data in event.make():
            self._count += 1
            stamp = f"{event.at:%Y%m%dT%H%M%S}-{self._count:05d}"
            yield WorldMessage(f"{stamp}_{name}.edi", data, event.at.replace(tzinfo=dt.UTC))

    def _schedule(self, flight: Plan) -> list[_Due]:
        """The messages of a flight, with the moment of each."""
        stages = (72, 48, 24, 0) if flight.index % 4 == 0 else (24, 0)
        leaves, order = flight.departure_utc, flight.index
        due = [
            _Due(leaves - dt.timedelta(hours=h), order, lambda h=h: self._push(flight, h))  # type: ignore[misc]
            for h in stages
        ]
        if flight.index % 11 == 3:
            again = leaves - dt.timedelta(hours=24) + dt.timedelta(minutes=6)
            due.append(_Due(again, order, lambda: self._push(flight, 24, again=True)))
        due.append(_Due(leaves - _CREW, order, lambda: self._crew(flight)))
        due.append(_Due(leaves - _CLOSURE, order, lambda: self._passengers(flight)))
        return due

    def _push(self, flight: Plan, hours: int, again: bool = False) -> list[tuple[str, bytes]]:
        """A full push, in parts where it is long; a resend has another interchange reference."""
        at = flight.departure_utc - dt.timedelta(hours=hours)
        known = [t for t in self.trips(flight) if t.known(at)]
        bookings = [b for t in known if (b := t.booking if hours else checked_in(t))]
        parts = compose.write(
            compose.push(flight, bookings, at, hours, again), parts=-(-len(bookings) // PART)
        )
        stage = f"{flight.key()}_PNRGOV-{hours}h"
        tail = f"of{len(parts)}{'-again' if again else ''}"
        out = [(f"{stage}-{n}{tail}", data) for n, data in enumerate(parts, start=1)]
        return damage.lose_a_part(flight.index, hours, out)

    def _crew(self, flight: Plan) -> list[tuple[str, bytes]]:
        rng = random.Random(f"{self.seed}:crew:{flight.index}")
        registry = Registry(serial=700_000 + flight.index * 100, phones=49_000)
        message = compose.passengers(
            flight, crew(flight, rng, registry), flight.departure_utc - _CREW, "crew"
        )
        return [(f"{flight.key()}_PAXLST-crew", compose.write(message)[0])]

    def _passengers(self, flight: Plan) -> list[tuple[str, bytes]]:
        people = tuple(p for t in self.trips(flight) for p in t.passengers)
        message = compose.passengers(flight, people, flight.departure_utc - _CLOSURE, "passengers")
        data = damage.passenger_list(flight.index, compose.write(message)[0])
        return [(f"{flight.key()}_PAXLST", data)]

    def _late(
        self, rng: random.Random, at: dt.datetime, number: int
    ) -> Callable[[], list[tuple[str, bytes]]]:
        """A booking made, or a party checked in, while one watches."""
        ahead = [
            f
            for n in range(number // 200, number // 200 + 60)
            if dt.timedelta(hours=1)
            < (f := self.flight(n)).departure_utc - at
            < dt.timedelta(hours=23)
        ]
        flight = rng.choice(ahead)
        registry = Registry(2_000_000 + number * 60, phones=(30_000 + number * 6) % 50_000)
        if rng.random() < 0.35:
            case = rng.choice(_CASE_NAMES)
            drafts, planted = plant(case, Stage(flight, rng, registry))
            self._planted.setdefault(flight.index, []).append(planted)
        else:
            drafts = [party(rng.choice(("solo", "couple", "business")), flight, rng, registry)]
        for draft in drafts:
            draft.created = at - dt.timedelta(minutes=rng.randint(1, 9))
        made = [trip(d, registry, rng) for d in drafts]
        self.trips(flight).extend(made)
        bookings = [t.booking for t in made if t.booking]
        people = tuple(p for t in made for p in t.passengers)
        soon = flight.departure_utc - at < dt.timedelta(hours=5)
        if not bookings or (people and soon and rng.random() < 0.5):
            message = compose.passengers(flight, people, at, "passengers", f"I{number}")
            return lambda: [(f"{flight.key()}_PAXLST-party", compose.write(message)[0])]
        update = compose.update(flight, bookings, at, number)
        return lambda: [(f"{flight.key()}_PNRGOV-update", compose.write(update)[0])]

    def _history(self) -> list[_Due]:
        """Earlier journeys of those planted as frequent travellers (indicator 16)."""
        out = []
        for flight in self.flights():
            for found in (t for t in self.trips(flight) if self._frequent(flight, t)):
                for n in range(1, 7):
                    earlier = _earlier(flight, n * 9)
                    draft = Draft(
                        found.draft.people,
                        earlier,
                        earlier.departure_utc - dt.timedelta(days=2),
                        stay_days=2,
                        seats=found.draft.seats,
                    )
                    registry = Registry(serial=800_000 + flight.index * 100 + n, phones=49_500)
                    past = trip(draft, registry, random.Random(f"{self.seed}:past:{n}"))
                    out.append(self._past(earlier, past, n))
        return out

    def _frequent(self, flight: Plan, found: Trip) -> bool:
        return any(
            p.case == "frequent" and p.locator == found.draft.locator
            for p in self._planted.get(flight.index, ())
        )

    def _past(self, earlier: Plan, past: Trip, n: int) -> _Due:
        at = earlier.departure_utc - _CLOSURE
        people = compose.passengers(earlier, past.passengers, at, "passengers", f"H{n}")
        return _Due(at, n, lambda: [(f"{earlier.key()}_PAXLST", compose.write(people)[0])])


def _earlier(flight: Plan, days: int) -> Plan:
    """The same flight some days before."""
    back = dt.timedelta(days=days)
    return flight.__class__(
        flight.index,
        flight.carrier,
        flight.number,
        flight.origin,
        flight.destination,
        flight.departure_utc - back,
        flight.arrival_utc - back,
    )
