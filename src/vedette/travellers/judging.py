"""Evaluates risk profiles for the people of a frame: computes their values and finds the matching profiles.

Separate from the intake because it imports Polars: workers evaluate profiles, web processes do not.
"""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import polars as pl

from vedette.profiles.asking import Fired, Profiles
from vedette.profiles.frames import frame
from vedette.profiles.judged import AT, HIGH, LOW, OWN, SCRIPT, halves
from vedette.profiles.vocabulary import vocabulary
from vedette.screening.names.fairness import script
from vedette.travellers import columns
from vedette.travellers.held import Held
from vedette.travellers.intake import Judged
from vedette.travellers.manifest import Person, names_of

#: The kind of subject that this module evaluates.
TRAVELLER = "traveller"
_EPOCH = dt.datetime(1970, 1, 1, tzinfo=dt.UTC)
_MICROSECOND = dt.timedelta(microseconds=1)


@dataclass(frozen=True)
class Judging:
    """The evaluation that the worker passes to `intake.process`, with the profiles in force at a moment."""

    profiles: Profiles
    now: dt.datetime

    def __call__(
        self,
        people: Sequence[tuple[Held, Person]],
        history: Mapping[uuid.UUID, Mapping[str, object]],
    ) -> Judged:
        """The values of these people and the results of the profiles."""
        by_flight: dict[uuid.UUID, tuple[Held, list[Person]]] = {}
        for hold, person in people:
            by_flight.setdefault(hold.row.id, (hold, []))[1].append(person)
        persons: list[Person] = []
        rows: list[dict[str, object]] = []
        for hold, some in by_flight.values():
            persons += some
            rows += columns.values(hold, some, history, self.now)
        if not persons:
            return Judged()
        values = frame(vocabulary(TRAVELLER), rows)
        fired: dict[uuid.UUID, list[Fired]] = {}
        answers = self.profiles.ask(values)
        for row, one in answers.fired:
            fired.setdefault(persons[row].id, []).append(one)
        return Judged(values.hstack(_own(persons, self.now)), persons, fired, answers.asked)


def _own(persons: Sequence[Person], now: dt.datetime) -> pl.DataFrame:
    at = (now - _EPOCH) // _MICROSECOND
    ids = [halves(person.id) for person in persons]
    scripts = [script("".join(filter(None, next(iter(names_of(p)), ("",))))) for p in persons]
    return pl.DataFrame(
        {
            HIGH: [high for high, _ in ids],
            LOW: [low for _, low in ids],
            AT: [at] * len(persons),
            SCRIPT: scripts,
        },
        schema=OWN,
    )
