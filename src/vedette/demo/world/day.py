"""Generates the live messages of the demonstration: messages of flights that land now, each with the time at
which it is due.

For the same seed and the same moment, `Day(seed, began)` always generates the same bytes. One flight lands
every 22 minutes. The first flight lands three hours before `began`, and the sequence of flights has no end.
For one flight in four, the airline sends PNRGOV pushes 72, 48 and 24 hours before departure and at departure.
For three flights in four, the airline sends only the last two of these pushes. The airline sends a crew list
an hour before departure and a passenger list 25 minutes before departure. A few messages contain errors that
real senders make.
"""

from __future__ import annotations

import datetime as dt
import heapq
import random
import re
import zlib
from collections.abc import Callable, Iterator
from functools import lru_cache, partial
from typing import NamedTuple

import msgspec

from vedette.core.records import decode

from . import messages, named_cases
from .flights import INTERVAL, Plan, landing
from .parameters import PLAIN
from .parties import Mark, World, operating_crew, party
from .people import Registry
from .setting import Past
from .trips import Trip, checked_in, trip

#: Flights of the backlog land from 3 hours before `began` to 12 hours after it.
BEFORE, AFTER = dt.timedelta(hours=3), dt.timedelta(hours=12)
BACKLOG = int((BEFORE + AFTER).total_seconds() // (INTERVAL * 60))
#: Number of travellers on one flight: mean and standard deviation. Number of bookings in one part of a push.
SIZE, PART = (96, 14), 30
#: Index of the flights with an error: a CNT with a count that is three too high; a UNA with a terminator
#: other than the one used; a push without its second part.
CNT_WRONG, UNA_DAMAGED, PART_LOST = 2, 5, 8
#: Messages are scheduled for flights that land within this time: the time of the earliest push before
#: departure and the duration of the longest flight.
_LONGEST = dt.timedelta(hours=18)
_HORIZON = dt.timedelta(hours=72) + _LONGEST
_CASES = tuple(named_cases.CASES)
_landing = lru_cache(maxsize=1024)(landing)
_CREW = dt.timedelta(minutes=60)
#: Seconds from `began` to the first late booking or check-in, between two of them, and the random part.
_FIRST_S, _EVERY_S, _SPREAD_S = 4, 7.5, 2.5
#: A late booking or check-in belongs to a flight that departs in this time.
_LATE_FROM, _LATE_TO = dt.timedelta(hours=1), dt.timedelta(hours=23)
#: The numbers that a flight, a crew and a late party may use, and the first serial numbers: of earlier
#: journeys, of flights, of crews, of late parties. The numbers between 9.5 and 9.7 millions are those of the
#: watchlists.
_FLIGHT, _CREWS, _LATE = 2_000, 100, 60
_FIRST = {"past": 9_000_000, "flight": 10_000_000, "crew": 60_000_000, "late": 70_000_000}
_Parts = list[tuple[str, bytes]]
#: Reads the journeys of a flight from MessagePack.
_READ = msgspec.msgpack.Decoder(list[Trip], dec_hook=decode)


class DueMessage(NamedTuple):
    """Contains a message as it is received: its file name, its bytes, and the time at which it is due (with
    the time zone UTC)."""

    filename: str
    data: bytes
    at: dt.datetime


class _Due(NamedTuple):
    at: dt.datetime
    order: int
    make: Callable[[], _Parts]


class Day(World):
    """Generates all flights, travellers and messages from a seed and a moment."""

    def __init__(self, seed: int, began: dt.datetime) -> None:
        super().__init__(seed, PLAIN)
        self.began = _naive(began).replace(second=0, microsecond=0)
        self._first = self.began - BEFORE - dt.timedelta(minutes=self.began.minute % 5)
        #: Index of a flight → its journeys, compressed. Without compression, the journeys of all flights
        #: whose messages are not yet sent need 20 MB.
        self._packed: dict[int, bytes] = {}
        #: Index of a flight → the journeys of late bookings and check-ins.
        self._later: dict[int, list[Trip]] = {}
        #: Index of a flight → the cases planted in it.
        self._planted: dict[int, list[Mark]] = {}
        self._past = Past(seed, _registry("past"))
        for flight in self.flights():
            self.trips(flight)

    # --- flights and travellers ------------------------------------------------------------------

    def flights(self) -> list[Plan]:
        """Returns the flights of the backlog, which land from 3 hours before `began` to 12 hours after it."""
        return [self.flight(n) for n in range(BACKLOG)]

    def flight(self, index: int) -> Plan:
        """Returns the flight with the given index. The flight with index 0 is the first flight that lands."""
        return _landing(self.seed, self._first, index)

    def planted(self) -> list[Mark]:
        """Returns the prepared cases of the demonstration, in the flights before its start and in the live
        messages that were sent so far."""
        return [mark for index in sorted(self._planted) for mark in self._planted[index]]

    def trips(self, flight: Plan) -> list[Trip]:
        """Returns all journeys on a flight, including those of inserted cases."""
        if flight.index not in self._packed:
            self._packed[flight.index] = zlib.compress(
                msgspec.msgpack.encode(self._make(flight)), 1
            )
        made = _READ.decode(zlib.decompress(self._packed[flight.index]))
        return [*made, *self._later.get(flight.index, ())]

    def _make(self, flight: Plan) -> list[Trip]:
        registry = _registry("flight", flight.index * _FLIGHT)
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
        """Yields all messages due by `began` for the flights of the backlog, oldest first."""
        due = [
            *(d for f in self.flights() for d in self._schedule(f) if d.at <= self.began),
            _Due(self.began - dt.timedelta(minutes=20), -1, _garbage),
            *self._before(),
        ]
        for event in sorted(due, key=lambda d: (d.at, d.order)):
            yield from self._emit(event)

    def live(
        self, since: dt.datetime | None = None, now: dt.datetime | None = None
    ) -> Iterator[DueMessage]:
        """Yields an unlimited sequence of the messages after the backlog, oldest first: the scheduled
        messages, and a late booking or check-in every 5 to 10 seconds. About a third of the late bookings and
        check-ins belong to inserted cases (travellers with signs of risk).

        After the demonstration was stopped and restarted, `since` is the time of the last message before the
        stop, and `now` is the time of the restart. A message that was due during the break is left out if its
        flight landed more than three hours ago. No late bookings or check-ins are generated for the time of
        the break.
        """
        since = self.began if since is None else max(_naive(since), self.began)
        now = since if now is None else max(_naive(now), since)
        heap: list[_Due] = []
        scheduled = self._landing_after(now - BEFORE)
        # Flights that land later may still receive messages that contain these late bookings.
        number = max(1, self._number(now - BEFORE - _LONGEST - _LATE_TO))
        while True:
            drip = self._drip(number)
            while self.flight(scheduled).arrival_utc <= max(drip, now) + _HORIZON:
                flight = self.flight(scheduled)
                for event in self._schedule(flight) if flight.arrival_utc > now - BEFORE else ():
                    if event.at > since:
                        heapq.heappush(heap, event)
                scheduled += 1
            while heap and heap[0].at <= drip:
                yield from self._emit(heapq.heappop(heap))
            if drip > now:
                # All messages of the flights that departed were sent.
                for trips in (self._packed, self._later):
                    for n in [n for n in trips if self.flight(n).departure_utc < drip]:
                        del trips[n]
            if not since < drip <= now:
                flight = self._of_late(drip, number)
                if drip > now:
                    yield from self._emit(_Due(drip, number, self._late(flight, drip, number)))
                elif flight.departure_utc > since and flight.arrival_utc > now - BEFORE:
                    self._late(flight, drip, number)
            number += 1

    def _landing_after(self, moment: dt.datetime) -> int:
        """Returns the index of a flight. All flights with a lower index landed before the given moment."""
        minutes = (moment - self._first) / dt.timedelta(minutes=1)
        return max(0, int(minutes // INTERVAL) - 1)

    def _drip(self, number: int) -> dt.datetime:
        """Returns the time of the late booking or check-in with the given number."""
        jitter = random.Random(f"{self.seed}:drip:{number}").uniform(0, _SPREAD_S)
        return self.began + dt.timedelta(seconds=_FIRST_S + _EVERY_S * (number - 1) + jitter)

    def _number(self, moment: dt.datetime) -> int:
        """Returns the number of the last late booking or check-in before a moment."""
        return int(((moment - self.began).total_seconds() - _FIRST_S) // _EVERY_S)

    def _emit(self, event: _Due) -> Iterator[DueMessage]:
        for name, data in event.make():
            stamp = f"{event.at:%Y%m%dT%H%M%S}-{event.order:05d}"
            yield DueMessage(f"{stamp}_{name}.edi", data, event.at.replace(tzinfo=dt.UTC))

    def _schedule(self, flight: Plan) -> list[_Due]:
        """Returns the messages of a flight, each with the time at which it is due."""
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
        """Returns a full push, in several parts if it is long. A push that is sent again has a different
        interchange reference."""
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
        registry = _registry("crew", flight.index * _CREWS)
        crew = operating_crew(self.setting(flight, "crew", registry, Past(self.seed, registry)))
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

    def _of_late(self, at: dt.datetime, number: int) -> Plan:
        """Returns the flight to which a late booking or check-in belongs."""
        first = self._landing_after(at)
        ahead = [
            flight
            for n in range(first, first + 60)
            if _LATE_FROM < (flight := self.flight(n)).departure_utc - at < _LATE_TO
        ]
        return random.Random(f"{self.seed}:late flight:{number}").choice(ahead)

    def _late(self, flight: Plan, at: dt.datetime, number: int) -> Callable[[], _Parts]:
        """Makes a booking or check-in that takes place during the demonstration. Returns a function that
        writes the message about this booking or check-in."""
        rng = random.Random(f"{self.seed}:live:{number}")
        registry = _registry("late", number * _LATE)
        s = self.setting(flight, f"late:{number}", registry, Past(self.seed, registry))
        drafts = (
            named_cases.show(s, self._plant(flight, rng.choice(_CASES)).what)
            if rng.random() < 0.35
            else party(s, rng.choice(("solo", "couple", "business")))
        )
        for draft in drafts:
            draft.created = at - dt.timedelta(minutes=rng.randint(1, 9))
        made = [trip(d, registry, rng) for d in drafts]
        self._later.setdefault(flight.index, []).extend(made)
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


def _registry(kind: str, first: int = 0) -> Registry:
    return Registry(_FIRST[kind] + first, _FIRST[kind] + first)


def _naive(moment: dt.datetime) -> dt.datetime:
    return moment.astimezone(dt.UTC).replace(tzinfo=None) if moment.tzinfo else moment


def _garbage() -> _Parts:
    """Returns a file that is not a message: an error page with the file name of a message."""
    page = b"<html><head><title>502 Bad Gateway</title></head><body>upstream</body></html>\r\n"
    return [("unknown", page + bytes(range(256)) * 4)]
