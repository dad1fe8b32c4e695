"""Messages and lists in bulk, for benchmarks: many travellers quickly, few of them listed."""

from __future__ import annotations

import datetime as dt
import random
from collections.abc import Iterable
from functools import cache

from vedette.records import Entry, EntryDate, EntryIdentifier, EntryName

from . import compose
from .crowd import ordinary
from .flights import Plan, plan
from .people import Person, Registry, unheard_name
from .trips import Draft, Trip, trip

#: Entries of the bulk list from which planted hits are drawn.
LISTED = 10_000
_START = dt.datetime(2026, 11, 24, 6, 0)


@cache
def entries(n: int = LISTED, seed: int = 0) -> tuple[Entry, ...]:
    """A synthetic list of `n` people whose names no ordinary traveller comes near.

    Every third has a passport, every fifth an alias. The first of a longer list are those of a
    shorter one.
    """
    rng = random.Random(f"bulk list:{seed}")
    return tuple(_entry(rng, index) for index in range(n))


def _entry(rng: random.Random, index: int) -> Entry:
    surname, given = unheard_name(rng, 3), unheard_name(rng)
    names = [EntryName(full=f"{given} {surname}", surname=surname, given_names=given)]
    if index % 5 == 0:
        other = unheard_name(rng)
        names.append(EntryName(full=f"{other} {surname}", kind="alias"))
    born = dt.date(1950, 1, 1) + dt.timedelta(days=rng.randrange(18_000))
    passport = EntryIdentifier(kind="passport", value=f"Z{index:07d}Q", country="FR")
    return Entry(
        ref=f"BULK-{index:06d}",
        names=tuple(names),
        birth_dates=(EntryDate(from_=born, to=born),),
        sex=rng.choice("MF"),
        identifiers=(passport,) if index % 3 == 0 else (),
        programmes=("SYNTHETIC",),
    )


def passenger_messages(
    n_travellers: int,
    per_message: int,
    mix: tuple[int, int] = (2, 1),
    hit_share: float = 0.005,
    seed: int = 0,
) -> list[bytes]:
    """`messages_of` with `per_message` travellers each, `n_travellers` in all."""
    whole, rest = divmod(n_travellers, per_message)
    sizes = [per_message] * whole + ([rest] if rest else [])
    return messages_of(sizes, mix, hit_share, seed)


def messages_of(
    sizes: Iterable[int], mix: tuple[int, int] = (2, 1), hit_share: float = 0.005, seed: int = 0
) -> list[bytes]:
    """PAXLST and PNRGOV messages of so many travellers, each of another flight.

    `mix` is how many PAXLST come on how many PNRGOV. Of all travellers a share of `hit_share` (at
    most) carry the name and birth date of an entry of `entries()`.
    """
    out: list[bytes] = []
    before = 0
    for index, size in enumerate(sizes):
        flight = plan(seed, _START, index)
        rng = random.Random(f"bulk:{seed}:{index}")
        registry = Registry(serial=before * 6, phones=before * 2)
        trips = _exactly(flight, rng, registry, size, round(size * hit_share + rng.random() - 0.5))
        out.append(_message(flight, trips, index % sum(mix) < mix[0]))
        before += size
    return out


def _exactly(
    flight: Plan, rng: random.Random, registry: Registry, size: int, hits: int
) -> list[Trip]:
    """Journeys of exactly `size` travellers, the first travellers of `hits` bookings listed."""
    drafts: list[Draft] = []
    seated = 0
    for draft in ordinary(flight, rng, registry, size):
        draft.people = draft.people[: size - seated]
        seated += len(draft.people)
        drafts.append(draft)
    for draft in rng.sample(drafts, max(0, min(hits, len(drafts)))):
        draft.people[0] = _listed(rng, draft.people[0])
    return [trip(draft, registry, rng) for draft in drafts if draft.people]


def _listed(rng: random.Random, person: Person) -> Person:
    entry = rng.choice(entries())
    name = entry.names[0]
    return person.but(surname=name.surname, given=name.given_names, born=entry.birth_dates[0].from_)


def _message(flight: Plan, trips: list[Trip], passenger_list: bool) -> bytes:
    at = flight.departure_utc - dt.timedelta(minutes=25)
    if passenger_list:
        people = tuple(p for t in trips for p in t.passengers)
        return compose.write(compose.passengers(flight, people, at, "passengers"))[0]
    bookings = [t.booking for t in trips if t.booking]
    return compose.write(compose.push(flight, bookings, at, 0))[0]
