"""The day of the demonstration: flights that land now, as messages with the moment at which each is due.

The same seed and the same moment in `Day(seed, now)` give the same bytes. One flight lands every 22 minutes.
The first flight lands three hours before `now`, and the sequence of flights has no end. For one flight in
four, the airline sends PNRGOV pushes 72, 48 and 24 hours before departure and at departure. For the other
flights, the airline sends only the last two pushes. The airline sends a crew list an hour before departure
and a passenger list 25 minutes before departure. A few messages have errors that real senders make.
"""

from __future__ import annotations

import datetime as dt
import heapq
import random
import re
from collections.abc import Callable, Iterator
from functools import partial
from typing import NamedTuple

from . import messages, named_cases
from .flights import INTERVAL, Plan, landing
from .parameters import PLAIN
from .parties import Mark, World, operating_crew, party
from .people import Registry
from .setting import Past
from .trips import Trip, checked_in, trip

#: Flights of the backlog land from 3 hours before `now` to 12 hours after it.
BEFORE, AFTER = dt.timedelta(hours=3), dt.timedelta(hours=12)
BACKLOG = int((BEFORE + AFTER).total_seconds() // (INTERVAL * 60))
#: Number of travellers on one flight: mean and standard deviation. Number of bookings in one part of a push.
SIZE, PART = (96, 14), 30
#: Index of the flights with an error: a CNT with a count that is three too high; a UNA with a terminator
#: other than the one used; a push without its second part.
CNT_WRONG, UNA_DAMAGED, PART_LOST = 2, 5, 8
#: Messages are scheduled for flights that land within this time: the time of the earliest push before
#: departure and the duration of the longest flight.
_HORIZON = dt.timedelta(hours=72 + 18)
_CASES = tuple(named_cases.CASES)
_CREW = dt.timedelta(minutes=60)
#: First serial and telephone numbers of a flight, of earlier journeys, of a crew, and of a late party. They
#: are lower than those of the watchlists.
_FLIGHT, _PAST, _CREWS, _LATE = 2_000, 9_000_000, 8_000_000, 6_000_000
_Parts = list[tuple[str, bytes]]


class DueMessage(NamedTuple):
    """A message as it arrives: file name, bytes, and the moment at which it is due (aware, UTC)."""

    filename: str
    data: bytes
    at: dt.datetime


class _Due(NamedTuple):
    at: dt.datetime
    order: int
    make: Callable[[], _Parts]


class Day(World):
    """All flights, travellers and messages that a seed and a moment determine. A moment without a time zone
    is in UTC.
    """

    def __init__(self, seed: int, now: dt.datetime) -> None:
        super().__init__(seed, PLAIN)
        aware = now if now.tzinfo else now.replace(tzinfo=dt.UTC)
        self.now = aware.astimezone(dt.UTC).replace(tzinfo=None, second=0, microsecond=0)
        self._first = self.now - BEFORE - dt.timedelta(minutes=self.now.minute % 5)
        #: Index of a flight → its journeys.
        self._trips: dict[int, list[Trip]] = {}
        #: Index of a flight → the cases planted in it.
        self._planted: dict[int, list[Mark]] = {}
        self._count = 0
        self._past = Past(seed, Registry(_PAST, 900_000))
        for flight in self.flights():
            self.trips(flight)

    # --- flights and travellers ------------------------------------------------------------------

    def flights(self) -> list[Plan]:
        """Returns the flights of the backlog."""
        return [self.flight(n) for n in range(BACKLOG)]

    def flight(self, index: int) -> Plan:
        """Returns the flight with this index. Index 0 is the first flight of the backlog."""
        return landing(self.seed, self._first, index)

    def planted(self) -> list[Mark]:
        """Returns the cases planted in the flights of the backlog and in the live messages sent until now."""
        return [mark for index in sorted(self._planted) for mark in self._planted[index]]

    def trips(self, flight: Plan) -> list[Trip]:
        """Returns all journeys on a flight, including the planted journeys."""
        if flight.index not in self._trips:
            self._trips[flight.index] = self._make(flight)
        return self._trips[flight.index]

    def _make(self, flight: Plan) -> list[Trip]:
        registry = Registry(100_000 + flight.index * _FLIGHT, flight.index * _FLIGHT)
        # Earlier journeys of live flights are not sent.
        past = self._past if flight.index < BACKLOG else Past(self.seed, registry)
        s = self.setting(flight, "crowd", registry, past)
        planned = []
        for n in range(2):
            mark = self._plant(flight, _CASES[(flight.index * 2 + n) % len(_CASES)])
            planned += [(draft, mark) for draft in named_cases.show(s, mark.what)]
        return [t for t, _ in self.board(s, max(40, int(s.rng.gauss(*SIZE))), planned)]

    def _plant(self, flight: Plan, case: str) -> Mark:
        mark = Mark(case, named_cases.CASES[case].indicator)
        self._planted.setdefault(flight.index, []).append(mark)
        return mark

    # --- messages --------------------------------------------------------------------------------

    def backlog(self) -> Iterator[DueMessage]:
        """Yields all messages due by `now` for the flights of the backlog, oldest first."""
        due = [
            *(d for f in self.flights() for d in self._schedule(f) if d.at <= self.now),
            _Due(self.now - dt.timedelta(minutes=20), -1, _garbage),
            *self._before(),
        ]
        for event in sorted(due, key=lambda d: (d.at, d.order)):
            yield from self._emit(event)

    def live(self) -> Iterator[DueMessage]:
        """Yields the later messages without end, oldest first: the scheduled messages, and a late booking or
        a check-in every 5 to 10 seconds. One in three late bookings and check-ins belongs to a planted
        case.
        """
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

    def _emit(self, event: _Due) -> Iterator[DueMessage]:
        for name, data in event.make():
            self._count += 1
            stamp = f"{event.at:%Y%m%dT%H%M%S}-{self._count:05d}"
            yield DueMessage(f"{stamp}_{name}.edi", data, event.at.replace(tzinfo=dt.UTC))

    def _schedule(self, flight: Plan) -> list[_Due]:
        """Returns the messages of a flight, each with its moment."""
        stages = (72, 48, 24, 0) if flight.index % 4 == 0 else (24, 0)
        leaves, order = flight.departure_utc, flight.index
        due = [
            _Due(leaves - dt.timedelta(hours=h), order, partial(self._push, flight, h))
            for h in stages
        ]
        if flight.index % 11 == 3:
            again = leaves - dt.timedelta(hours=24) + dt.timedelta(minutes=6)
            due.append(_Due(again, order, partial(self._push, flight, 24, again=True)))
        return [
            *due,
            _Due(leaves - _CREW, order, partial(self._crew, flight)),
            _Due(leaves - messages.CLOSURE, order, partial(self._passengers, flight)),
        ]

    def _push(self, flight: Plan, hours: int, again: bool = False) -> _Parts:
        """Returns a full push, in several parts if it is long. A resend has another interchange reference."""
        at = flight.departure_utc - dt.timedelta(hours=hours)
        bookings = [
            booking
            for found in self.trips(flight)
            if found.known(at) and (booking := found.booking if hours else checked_in(found))
        ]
        parts = messages.write(
            messages.push(flight, bookings, at, hours, again), parts=-(-len(bookings) // PART)
        )
        stage = f"{flight.key()}_PNRGOV-{hours}h"
        tail = f"of{len(parts)}{'-again' if again else ''}"
        lost = 2 if flight.index == PART_LOST and hours == 24 else None
        return [(f"{stage}-{n}{tail}", data) for n, data in enumerate(parts, start=1) if n != lost]

    def _crew(self, flight: Plan) -> _Parts:
        registry = Registry(_CREWS + flight.index * 100, 800_000)
        crew = operating_crew(self.setting(flight, "crew", registry, self._past))
        message = messages.passengers(flight, crew, flight.departure_utc - _CREW, "crew")
        return [(f"{flight.key()}_PAXLST-crew", messages.write(message)[0])]

    def _passengers(self, flight: Plan) -> _Parts:
        people = tuple(p for t in self.trips(flight) for p in t.passengers)
        at = flight.departure_utc - messages.CLOSURE
        data = messages.write(messages.passengers(flight, people, at, "passengers"))[0]
        if flight.index == CNT_WRONG:
            data = re.sub(
                rb"CNT\+42:(\d+)", lambda m: b"CNT+42:%d" % (int(m[1]) + 3), data, count=1
            )
        if flight.index == UNA_DAMAGED and data.startswith(b"UNA"):
            data = data[:8] + b"*" + data[9:]
        return [(f"{flight.key()}_PAXLST", data)]

    def _late(self, rng: random.Random, at: dt.datetime, number: int) -> Callable[[], _Parts]:
        """Returns a booking that is made during the demonstration, or a party that checks in during the
        demonstration."""
        ahead = [
            f
            for n in range(number // 200, number // 200 + 60)
            if dt.timedelta(hours=1)
            < (f := self.flight(n)).departure_utc - at
            < dt.timedelta(hours=23)
        ]
        flight = rng.choice(ahead)
        registry = Registry(_LATE + number * 60, 600_000 + number * 60)
        s = self.setting(flight, f"late:{number}", registry, Past(self.seed, registry))
        drafts = (
            named_cases.show(s, self._plant(flight, rng.choice(_CASES)).what)
            if rng.random() < 0.35
            else party(s, rng.choice(("solo", "couple", "business")))
        )
        for draft in drafts:
            draft.created = at - dt.timedelta(minutes=rng.randint(1, 9))
        made = [trip(d, registry, rng) for d in drafts]
        self.trips(flight).extend(made)
        bookings = [t.booking for t in made if t.booking]
        people = tuple(p for t in made for p in t.passengers)
        soon = flight.departure_utc - at < dt.timedelta(hours=5)
        if not bookings or (people and soon and rng.random() < 0.5):
            name = "PAXLST-party"
            message = messages.passengers(flight, people, at, "passengers", f"I{number}")
        else:
            name = "PNRGOV-update"
            message = messages.update(flight, bookings, at, number)
        return lambda: [(f"{flight.key()}_{name}", messages.write(message)[0])]

    def _before(self) -> list[_Due]:
        """Returns the passenger lists of earlier journeys."""
        due = []
        for n, (plan, journeys) in enumerate(self._past.flights()):
            at = plan.departure_utc - messages.CLOSURE
            people = tuple(p for one in journeys for p in one.trip.passengers)
            message = messages.passengers(plan, people, at, "passengers", f"H{n}")
            parts = [(f"{plan.key()}_PAXLST", messages.write(message)[0])]
            due.append(_Due(at, n, parts.copy))
        return due


def _garbage() -> _Parts:
    """Returns a file that is not a message: an error page with the file name of a message."""
    page = b"<html><head><title>502 Bad Gateway</title></head><body>upstream</body></html>\r\n"
    return [("unknown", page + bytes(range(256)) * 4)]
