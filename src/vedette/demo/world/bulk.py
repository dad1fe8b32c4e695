"""Generates large numbers of messages and list entries for benchmarks. Only a few of the travellers are on
the list."""

from __future__ import annotations

import datetime as dt
import random
from collections.abc import Iterable
from functools import cache
from itertools import chain

from vedette.core.entries import Entry, EntryDate, EntryIdentifier, EntryName

from . import messages
from .flights import landing
from .parameters import PLAIN
from .parties import World, ordinary
from .people import Person, Registry, unheard_name
from .setting import Past, Setting
from .trips import Draft, Trip, trip

#: Number of entries of the list from which planted hits are drawn.
LISTED = 10_000
_START = dt.datetime(2026, 11, 24, 6, 0)


@cache
def entries(n: int = LISTED, seed: int = 0) -> tuple[Entry, ...]:
    """Returns `n` listed people whose names are not similar to the name of any ordinary traveller.

    Every third entry has a passport, and every fifth has an alias. If `n` is larger, the result begins with
    the same entries and contains more of them.
    """
    rng = random.Random(f"bulk list:{seed}")
    return tuple(_entry(rng, index) for index in range(n))


def _entry(rng: random.Random, index: int) -> Entry:
    surname, given = unheard_name(rng, 3), unheard_name(rng)
    names = [EntryName(full=f"{given} {surname}", surname=surname, given_names=given)]
    if index % 5 == 0:
        names.append(EntryName(full=f"{unheard_name(rng)} {surname}", kind="alias"))
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
    n_travellers: int, per_message: int, hit_share: float = 0.005, seed: int = 0
) -> list[bytes]:
    """Calls `messages_of` with `per_message` travellers in each message and `n_travellers` in total."""
    whole, rest = divmod(n_travellers, per_message)
    return messages_of([per_message] * whole + [rest] * bool(rest), hit_share, seed)


def messages_of(sizes: Iterable[int], hit_share: float = 0.005, seed: int = 0) -> list[bytes]:
    """Returns one message for each number in `sizes`. Each number in `sizes` is the number of travellers in
    one message. Every third message is a PNRGOV message, and the others are PAXLST messages. Each message is
    for a different flight.

    At most the share `hit_share` of all travellers has the name and birth date of an entry of `entries()`.
    """
    world, registry = World(seed, PLAIN), Registry()
    past = Past(seed, registry)
    out: list[bytes] = []
    for index, size in enumerate(sizes):
        s = world.setting(landing(seed, _START, index), "bulk", registry, past)
        trips = _exactly(s, size, round(size * hit_share + s.rng.random() - 0.5))
        at = s.plan.departure_utc - messages.CLOSURE
        if index % 3 < 2:
            people = tuple(p for t in trips for p in t.passengers)
            message = messages.passengers(s.plan, people, at, "passengers")
        else:
            message = messages.push(s.plan, [t.booking for t in trips if t.booking], at, 0)
        out += messages.write(message)
    return out


def _exactly(s: Setting, size: int, hits: int) -> list[Trip]:
    """Returns journeys with `size` travellers in total. In `hits` bookings, the first traveller is on the
    list."""
    drafts: list[Draft] = []
    left = size
    for draft in chain.from_iterable(ordinary(s, size, s.p.kinds)):
        draft.people = draft.people[:left]
        left -= len(draft.people)
        drafts += [draft] if draft.people else []
    for draft in s.rng.sample(drafts, max(0, min(hits, len(drafts)))):
        draft.people[0] = _listed(s.rng, draft.people[0])
    return [trip(draft, s.registry, s.rng) for draft in drafts]


def _listed(rng: random.Random, person: Person) -> Person:
    entry = rng.choice(entries())
    name = entry.names[0]
    return person.but(surname=name.surname, given=name.given_names, born=entry.birth_dates[0].from_)
