"""What benchmarks keep in memory says of earlier journeys what the tables say: value by value."""

from __future__ import annotations

import dataclasses
import datetime as dt
import os
import uuid
from collections import Counter
from collections.abc import Mapping, Sequence
from itertools import count
from typing import Any

import psycopg
from tests.travellers.app import world as tables

from vedette.apps.inbox.store import InboxStore
from vedette.bench.memory import Memory, frames, key, moment, people, reads
from vedette.commands.environment import keys
from vedette.demo.world.parameters import draw
from vedette.demo.world.weeks import Flown, Weeks
from vedette.kinds import vocabulary
from vedette.pipeline.process import Read, Received, take
from vedette.pipeline.screen import InForce
from vedette.profiles.run import Profiles
from vedette.screening.knowledge import Knowledge
from vedette.travellers.app.models import Journey
from vedette.travellers.app.store import Store
from vedette.travellers.kind import NAME as TRAVELLER
from vedette.travellers.manifest import Held, Person

SEED, TRAVELLERS, CASES = 11, 700, 4
Values = dict[str, object]


class Heard:
    """Keeps what a storage says of the history of everybody, by who they are."""

    def __init__(self, frame: Sequence[Flown]) -> None:
        self.known = people(frame)
        self.said: dict[tuple[str, ...], Values] = {}
        self.ids: dict[tuple[str, ...], uuid.UUID] = {}

    def take(self, told: list[Read], store: Any, now: dt.datetime, inbox: Any = None) -> None:
        """The frame through the pipeline."""
        history = type(store).history

        def heard(asked: Sequence[tuple[Held, Person]]) -> Mapping[uuid.UUID, Values]:
            found = history(store, asked)
            for hold, person in asked:
                name = key(hold, person)
                assert name not in self.said
                self.said[name] = {k: v for k, v in found[person.id].items() if v is not None}
                self.ids[name] = person.id
            return found

        store.history = heard
        knowledge = InForce(Knowledge(1, []), now, {TRAVELLER: Profiles(vocabulary(TRAVELLER), [])})
        take(told, [], inbox or store, {TRAVELLER: store}, knowledge)


class Tables:
    """The same frames stored as production stores them, at the moment of each."""

    def __init__(self, connection: psycopg.Connection[Any]) -> None:
        self.connection = connection
        self.home = tables.organisation()
        self.user = tables.user(self.home, name="memory")
        self.inbox = tables.inbox(self.home).pk

    def take(self, frame: list[Flown], now: dt.datetime, numbers: Any, heard: Heard) -> None:
        told = reads(frame, now, numbers)
        for read in told:
            read.received = _moved(read.received, self.home.pk, self.inbox)
        with self.connection.transaction():
            store = Store(self.connection, keys(), self.home.pk, now)
            heard.take(told, store, now, InboxStore(self.connection, keys(), self.home.pk, now))

    def tell_outcome(self, journey: uuid.UUID, outcome: str, since: dt.datetime) -> None:
        """A hit, decided at a moment; and that the result was confirmed, where it was."""
        on = (
            Journey.objects.using("intake").select_related("organisation", "flight").get(pk=journey)
        )
        hit = tables.hit(on, state="decided", opened_at=since, changed_at=since).pk
        choice = "release" if outcome == "released" else "refer"
        self.connection.execute(
            "INSERT INTO hits_decision (id, organisation_id, hit_id, choice, by_id, at, answers,"
            " priority) VALUES (%s, %s, %s, %s, %s, %s, '{}', 30)",
            [uuid.uuid4(), self.home.pk, hit, choice, self.user.pk, since],
        )
        if outcome == "confirmed":
            self.connection.execute(
                "INSERT INTO hits_confirmed (subject_id, organisation_id, since)"
                " VALUES (%s, %s, %s)",
                [journey, self.home.pk, since],
            )


def _moved(received: Received, organisation: uuid.UUID, inbox: uuid.UUID) -> Received:
    fields = {name: getattr(received, name) for name in received.__struct_fields__}
    return Received(**{**fields, "organisation": organisation, "id": inbox})


def test_history_in_memory_is_history_in_tables(database: str) -> None:
    """A small world told to both, frame by frame: everybody's history and links are the same, those of
    before too."""
    p = dataclasses.replace(draw(SEED), cases=CASES, known_before=0.3, confirmed=0.05, released=0.1)
    memory, one, two = Memory(keys()), count(1), count(1)
    seen: Counter[str] = Counter()
    with psycopg.connect(os.environ["DATABASE_URL_INTAKE"], autocommit=True) as connection:
        stored = Tables(connection)
        for frame in frames(_last(Weeks(SEED, p, TRAVELLERS))):
            now = memory.now = moment(frame)
            here, there = Heard(frame), Heard(frame)
            here.take(reads(frame, now, one), memory, now)
            stored.take(frame, now, two, there)
            assert here.said.keys() == there.said.keys()
            for name, values in there.said.items():
                assert here.said[name] == values, name
                seen.update(k for k, v in values.items() if v)
            for name, traveller in here.known.items():
                outcome, since = traveller.outcome
                if outcome and since is not None and name in here.ids:
                    memory.tell_outcome(here.ids[name], outcome, since)
                    stored.tell_outcome(there.ids[name], outcome, since)
    for column in (
        "trips_12m", "same_route_12m", "no_shows_12m", "documents_12m", "document_holders",
        "journey_bookings", "agency_confirmed_12m", "own_confirmed", "cleared_before",
        "earlier_crossings", "shared_phone_travellers_90d", "shared_phone_confirmed",
        "shared_document_confirmed",
    ):  # fmt: skip
        assert seen[column], f"nobody had any {column}: the comparison says nothing of it"


def _last(weeks: Weeks) -> list[Flown]:
    """The weeks, and of before what lies within a hundred days: tables take their time."""
    flights = list(weeks.flights())
    first = min(f.plan.departure_utc for f in flights if not f.earlier)
    return [f for f in flights if f.plan.departure_utc > first - dt.timedelta(days=100)]
