"""Generates the messages that carriers sent in the sixty days before the first day of the demonstration.

Only a few of the flights of the sixty days are generated. Each generated flight has few travellers, and many
of these travellers belong to inserted cases (travellers with signs of risk). The sixty days therefore contain
enough hits for statistics, and their data is stored within seconds.
"""

from __future__ import annotations

import datetime as dt
import random
from collections.abc import Iterator
from dataclasses import replace
from itertools import groupby
from typing import NamedTuple

from vedette.travellers.records import Message

from . import messages, named_cases
from .day import BEFORE
from .flights import INTERVAL, Plan, landing
from .parameters import PLAIN
from .parties import Mark, World
from .people import Registry
from .setting import Past
from .trips import Trip

DAYS = 60
#: Every `_EVERY`-th flight is in the world; the number of inserted cases and of seats on each.
_EVERY, _CASES_EACH, _SEATS = 13, 4, 4
#: Added to the number of a flight before the first one of `Day`. First serial number, and the numbers that a
#: flight may use. No other part of the demonstration uses them.
_INDEX, _FIRST, _FLIGHT = 90_000, 1_000_000, 1_000
#: Of the flights of one carrier, the share whose last passenger list is late, and the delay in minutes; of
#: the flights of another, the share without bookings.
_LATE, _DELAY_MIN, _SILENT = ("YY", 0.25), (20, 150), ("ZZ", 0.15)
_CASES = tuple(named_cases.CASES)


class Sent(NamedTuple):
    """Contains a message as a reader of messages returns it: its file name, its record, and the time of its
    receipt (with the time zone UTC)."""

    filename: str
    message: Message
    at: dt.datetime


class EarlierDays(World):
    """Generates the flights that landed in the sixty days before the first flight of `Day(seed, began)`."""

    def __init__(self, seed: int, began: dt.datetime) -> None:
        super().__init__(seed, PLAIN)
        self._first = began.astimezone(dt.UTC).replace(tzinfo=None) - BEFORE

    def days(self) -> Iterator[tuple[dt.date, list[Sent]]]:
        """Yields each day (UTC) with the messages of the flights that landed on this day, oldest first."""
        last = DAYS * 24 * 60 // INTERVAL
        plans = (
            replace(landing(self.seed, self._first, -n), index=_INDEX + n)
            for n in range(last, 0, -_EVERY)
        )
        for day, of_day in groupby(plans, key=lambda plan: plan.arrival_utc.date()):
            yield day, sorted((m for plan in of_day for m in self._sent(plan)), key=lambda m: m.at)

    def _sent(self, plan: Plan) -> Iterator[Sent]:
        rng = random.Random(f"{self.seed}:earlier:{plan.index}")
        trips = self._trips(plan)
        leaves = plan.departure_utc
        closes = leaves - messages.CLOSURE
        carrier, share = _SILENT
        if plan.carrier != carrier or rng.random() >= share:
            pushed = leaves - dt.timedelta(hours=24)
            bookings = [trip.booking for trip in trips if trip.booking]
            yield _sent(plan, "PNRGOV-24h", messages.push(plan, bookings, pushed, 24), pushed)
        carrier, share = _LATE
        late = rng.randint(*_DELAY_MIN) if plan.carrier == carrier and rng.random() < share else 0
        people = tuple(person for trip in trips for person in trip.passengers)
        listed = messages.passengers(plan, people, closes, "passengers")
        at = closes + dt.timedelta(minutes=late)
        yield _sent(plan, "PAXLST", listed, at)

    def _trips(self, plan: Plan) -> list[Trip]:
        registry = Registry(*[_FIRST + (plan.index - _INDEX) * _FLIGHT] * 2)
        s = self.setting(plan, "earlier", registry, Past(self.seed, registry))
        first = (plan.index - _INDEX) // _EVERY * _CASES_EACH
        cases = [_CASES[(first + n) % len(_CASES)] for n in range(_CASES_EACH)]
        planned = [draft for case in cases for draft in named_cases.show(s, case)]
        seats = _SEATS + sum(len(draft.people) for draft in planned)
        return [trip for trip, _ in self.board(s, seats, [(draft, Mark()) for draft in planned])]


def _sent(plan: Plan, what: str, message: Message, at: dt.datetime) -> Sent:
    return Sent(f"{at:%Y%m%dT%H%M%S}_{plan.key()}_{what}.edi", message, at.replace(tzinfo=dt.UTC))
