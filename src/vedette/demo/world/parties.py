"""Generates ordinary travellers in parties (groups that travel together), with the signs of risk that they
show. `World` generates all travellers of a flight.

Three kinds of party are innocent, but often show signs of risk (`CONTEXTS`): seasonal workers, families, and
airline staff.

`World` is the base class of `Weeks` (people who travel and return, as records) and of `Day` (flights that
land now, as messages). The module `bulk` (messages of given sizes) also uses `World`. A seed and `Parameters`
determine a data set completely.
"""

from __future__ import annotations

import datetime as dt
import random
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import chain
from typing import NamedTuple, TypeAlias

from vedette.travellers.records import Traveller

from . import signs
from .flights import BEYOND, Plan, feeders
from .parameters import Parameters, Span
from .people import ELSEWHERE, Person, Registry, make_person
from .setting import Past, Setting, agencies
from .trips import Draft, Habits, Trip, seat, trip

#: Kind of party → days between booking and departure, days of the stay, share of one-way journeys.
_HABITS: dict[str, tuple[Span, tuple[int, int], float]] = {
    "business": ((2.0, 25.0), (1, 9), 0.10),
    "last_minute": ((0.1, 2.5), (1, 12), 0.20),
    "solo": ((5.0, 120.0), (3, 30), 0.14),
    "couple": ((10.0, 160.0), (4, 22), 0.06),
    "family": ((14.0, 200.0), (6, 35), 0.06),
    "transit": ((7.0, 120.0), (4, 30), 0.12),
    "student": ((10.0, 120.0), (120, 300), 0.55),
    "diaspora": ((10.0, 150.0), (10, 70), 0.15),
    "group": ((60.0, 240.0), (5, 15), 0.0),
}


#: A traveller with earlier journeys: the person, and the kind of party of this person.
Regular: TypeAlias = tuple[Person, str]


def ordinary(s: Setting, seats: int, kinds: Mapping[str, float]) -> Iterator[list[Draft]]:
    """Yields the bookings of ordinary parties, one party at a time, until `seats` seats are taken."""
    names, weights = list(kinds), list(kinds.values())
    while seats > 0:
        drafts = party(s, s.rng.choices(names, weights)[0])
        seats -= sum(len(draft.people) for draft in drafts)
        yield drafts


def party(s: Setting, kind: str, lead: Person | None = None) -> list[Draft]:
    """Returns the bookings of one ordinary party. `lead` is the first traveller of the party, if this person
    exists already."""
    if kind == "workers":
        return seasonal(s)
    if kind == "staff":
        drafts = staff(s)
    else:
        days, stay, single = _HABITS[kind]
        age = {"student": (18, 27), "group": (45, 80)}.get(kind, (20, 75))
        draft = s.draft(lead or s.person(age), days=days)
        draft.stay_days = None if s.chance(single) else s.rng.randint(*stay)
        _habit(s, draft, kind)
        drafts = [draft]
    if lead is not None:
        drafts[0].people[0] = lead
    for draft in drafts:
        _oddities(s, draft, kind)
    if kind in ("solo", "couple") and s.chance(s.p.booked_apart):
        drafts.append(_beside(s, drafts[0]))
    return drafts


def _habit(s: Setting, draft: Draft, kind: str) -> None:
    """Sets the companions, bags, payer and onward flight that are usual for parties of a kind."""
    one = draft.people[0]
    match kind:
        case "business":
            draft.bags = s.rng.choice((0, 0, 1))
            if s.chance(0.35 * s.p.oddities):
                draft.payment, draft.payer = "IN", f"{s.surname()} SA"
            if s.chance(0.15):
                draft.people.append(s.person((24, 62)))
        case "couple":
            age = (24, 72)
            draft.people.append(s.relative(one, age) if s.chance(0.4) else s.person(age))
        case "family":
            (made,) = family(s)
            for name in ("people", "phone", "email", "card", "payer", "bags"):
                setattr(draft, name, getattr(made, name))
            if s.chance(0.08 * s.p.oddities):
                # The children have the surname of a parent who is not on the journey.
                surname = s.person().surname
                draft.people = [
                    p.but(surname=surname) if n and (s.today - p.born).days < 6570 else p
                    for n, p in enumerate(draft.people)
                ]
        case "transit":
            draft.onward = draft.bag_destination = s.rng.choice(BEYOND)
            draft.transit = True
        case "student":
            draft.bags = s.rng.choice((1, 2, 2))
            if s.chance(0.4):
                parent = f"{one.surname} PARENT".upper()
                draft.payer = s.surname() if s.chance(0.3 * s.p.oddities) else parent
        case "diaspora":
            draft.bags, draft.bag_kg = s.rng.randint(2, 4), s.rng.randint(20, 32)
            if s.chance(0.3):
                draft.people.append(s.relative(one, (20, 70)))
        case "group":
            draft.people += [
                s.person((45, 80), one.nationality) for _ in range(s.rng.randint(7, 20))
            ]
            draft.group = len(draft.people) >= 10


def _oddities(s: Setting, draft: Draft, kind: str) -> None:
    """Adds signs of risk that ordinary travellers also show. Each sign is added at random, independently of
    the other signs.
    """
    p = s.p
    if kind not in ("last_minute", "staff", "group") and s.chance(p.late):
        draft.created = s.hours_before(s.rng.uniform(3, 72))
    if draft.payment == "CC":
        if s.chance(p.cash):
            draft.payment, draft.card = "CA", None
        elif s.chance(p.prepaid):
            draft.payment, draft.card = "PT", None
    if draft.payer is None:
        if s.chance(p.other_payer):
            draft.payer = s.surname()
        elif s.chance(0.4):
            draft.payer = f"{draft.people[0].surname} {draft.people[0].given}".upper()
    if kind not in ("group", "transit"):
        if s.chance(p.no_bag):
            draft.bags = 0
        _way(s, draft)
    _papers(s, draft)
    _slips(s, draft)
    few = s.rng.randint(3, 6) if s.chance(p.much_changed) else s.rng.choice((0, 0, 0, 1, 1, 2))
    changes = [
        s.change(what, s.rng.uniform(30, 150))
        for what in s.rng.choices(("seat", "contact", "flight", "payment"), k=few)
    ]
    draft.changes = tuple(c for c in changes if c.at and c.at > draft.created)
    if s.chance(p.last_at_desk):
        signs.at_the_last(s, [draft])
    if s.chance(p.missed):
        draft.flown = False
    if s.chance(0.004 * s.p.oddities):
        signs.contact(s, [draft])


def _way(s: Setting, draft: Draft) -> None:
    usual, odd = feeders(s.plan.origin, s.plan.destination)
    if usual and s.chance(0.15):
        draft.via = s.rng.choice(usual)
    elif odd and s.chance(0.008 * s.p.oddities):
        draft.via = s.rng.choice(odd)
    if draft.stay_days is not None and s.chance(s.p.open_jaw):
        draft.back_from = s.rng.choice(BEYOND)
    if s.chance(0.003 * s.p.oddities):
        draft.bag_destination = s.rng.choice(BEYOND)


def _papers(s: Setting, draft: Draft) -> None:
    for n, person in enumerate(draft.people):
        if s.chance(s.p.new_document):
            issued = s.today - dt.timedelta(days=s.rng.randint(5, 120))
            draft.people[n] = person.but(issued=issued, number=s.registry.document())
        elif s.chance(s.p.old_document):
            draft.people[n] = person.but(expiry=s.today + dt.timedelta(days=s.rng.randint(3, 150)))
    if draft.people[0].nationality != "FRA" and s.chance(0.15):
        land = "FRA" if s.chance(1 - 0.03 * s.p.oddities) else s.rng.choice(("USA", "GBR", "CAN"))
        draft.visa = s.visa(land, 10, 300)


def _slips(s: Setting, draft: Draft) -> None:
    """Adds different spellings of names, and typing errors, to bookings."""
    for n, person in enumerate(draft.people):
        if s.chance(s.p.name_slips):
            draft.booked_as[n] = signs.other_name(s, person)
        if s.chance(s.p.typing_slips):
            number = f"Q{person.number[1:]}"  # no other document number begins with this letter
            born = person.born + dt.timedelta(days=s.rng.choice((-10, 1, 30, 365)))
            differs = person.but(number=number) if s.chance(0.6) else person.but(born=born)
            draft.booked_document[n] = differs.document()


def _beside(s: Setting, one: Draft) -> Draft:
    """Returns the separate booking of a friend, often with the same telephone, card or bag pool, or with the
    next ticket number.
    """
    other = s.draft(s.person())
    other.stay_days, other.created = one.stay_days, one.created + dt.timedelta(minutes=20)
    other.agency = one.agency
    if s.chance(0.5):
        other.phone = one.phone = one.phone or one.people[0].phone
    if s.chance(0.2) and one.payment == other.payment == "CC":
        one.card = other.card = f"44{s.registry.next():07d}XXX0003"
    if s.chance(0.1):
        one.pool_id = other.pool_id = f"{s.registry.next() % 10**4:04d}"
    if s.chance(0.1):
        signs.split(s, [one, other])
    if s.chance(0.3):
        ticket = 9_990_000_000_000 + 10 * s.registry.next()
        one.ticket, other.ticket = str(ticket), str(ticket + 1)
    return other


# --- innocent contexts -----------------------------------------------------------------------------

_EMPLOYERS = (
    "AGRUMES", "VERGERS", "CHANTIERS", "MARAICHERS", "VENDANGES", "RESTAURATION", "FORESTIERS",
)  # fmt: skip
#: Number of days between an earlier season and a flight.
_SEASONS = ((290, 390), (300, 365), (180, 330))


def _part(draft: Draft, people: list[Person]) -> Draft:
    """Returns a copy of the booking with only the given travellers."""
    return replace(draft, people=people, seats=[], booked_as={}, booked_document={})


def seasonal(s: Setting, apart: bool = False) -> list[Draft]:
    """Returns the bookings of workers who come for a season. The employer books and pays at short notice, and
    many journeys have no return flight."""
    land = s.person().nationality
    size = min(s.rng.randint(*s.p.group_size), 6 if apart else 1000)
    lead = s.person((20, 50), land)
    people = [lead] + [s.person((19, 52), land) for _ in range(size - 1)]
    draft = s.draft(*people, days=s.p.notice_d)
    draft.payer = f"{s.rng.choice(_EMPLOYERS)} {s.surname()}"
    draft.phone, draft.email = lead.phone, lead.email
    draft.payment = "IN" if s.chance(s.p.on_account) else s.rng.choice(("CC", "CC", "CA", "PT"))
    draft.stay_days = s.rng.randint(50, 180) if s.chance(s.p.way_back) else None
    draft.bags, draft.group = s.rng.choice((1, 1, 2)), size >= 10 and s.chance(0.7)
    if s.chance(s.p.agency_abroad * 2):
        draft.agency = s.agency_abroad()
    for person in people:
        if s.chance(s.p.earlier_season):
            for n in range(s.rng.randint(1, 2)):
                low, high = s.rng.choice(_SEASONS)
                s.past.add(s.plan, s.rng.randint(low, high) + 10 * n, [person])
    return [_part(draft, [person]) for person in people] if apart else [draft]


def family(s: Setting, apart: bool = False) -> list[Draft]:
    """Returns the bookings of a family with children. The family has one surname, one payer, one telephone
    number, one card, and mostly a return flight."""
    lead = s.person((26, 48))
    members = [lead]
    if s.chance(0.8):
        members.append(s.relative(lead, (25, 50)))
    members += [s.relative(lead, (2, 15)) for _ in range(s.rng.randint(1, 3))]
    draft = s.draft(*members)
    draft.phone, draft.email = lead.phone, lead.email
    draft.card = f"43{s.registry.next():07d}XXX0002"
    own = f"{lead.surname} {lead.given}".upper()
    draft.payer = own if s.chance(s.p.family_pays) else s.surname()
    if s.chance(0.1):
        draft.stay_days = None
    draft.bags = s.rng.choice((1, 1, 2))
    if not apart or len(members) < 3:
        return [draft]
    # The family has two bookings.
    return [_part(draft, [members[0], *members[2:3]]), _part(draft, [members[1], *members[3:]])]


def staff(s: Setting, apart: bool = False) -> list[Draft]:
    """Returns the bookings of airline staff on the way to or from work, with standby tickets, short stays and
    few bags."""
    people = [
        s.person((24, 58)) for _ in range(s.rng.randint(2, 4) if apart else s.rng.randint(1, 4))
    ]
    draft = s.draft(*people, days=(1, 12))
    draft.agency = None
    draft.created = s.hours_before(s.rng.uniform(4, 150))
    draft.payment, draft.payer = s.rng.choice(("MS", "MS", "IN")), f"{s.plan.carrier} CREW"
    draft.amount = s.rng.randint(15, 90)
    draft.stay_days = s.rng.randint(1, 4) if s.chance(0.5) else None
    draft.bags = s.rng.choice((0, 0, 1))
    draft.checked_in_minutes = s.rng.randint(35, 120)
    draft.email = f"crew.desk@{s.plan.carrier.lower()}.example"
    for person in people:
        if s.chance(s.p.staff_known):
            gap = s.rng.randint(7, 30)
            for n in range(1, s.rng.randint(4, 14)):
                s.past.add(s.plan, gap * n, [person])
    return [_part(draft, [person]) for person in people] if apart else [draft]


#: Kind of innocent context → function that returns its bookings. With the argument True, the travellers have
#: separate bookings.
CONTEXTS: dict[str, Callable[[Setting, bool], list[Draft]]] = {
    "seasonal": seasonal,
    "family": family,
    "crew": staff,
}


def look_alike(s: Setting, indicator: int, kind: str) -> list[Draft]:
    """Returns bookings that show the sign of an indicator, although the travellers are innocent. `kind` is a
    key of `CONTEXTS`."""
    sign = signs.SIGNS[indicator]
    drafts = CONTEXTS[kind](s, sign.apart[1] > 1 and indicator != 21)
    sign.show(s, drafts)
    return drafts


def operating_crew(s: Setting) -> tuple[Traveller, ...]:
    """Returns two pilots and five cabin crew members, as a crew list states them."""
    return tuple(
        make_person(s.rng, s.registry, s.today, s.rng.choice(ELSEWHERE), (24, 60)).traveller(
            role="crew",
            embarkation=s.plan.origin,
            debarkation=s.plan.destination,
            crew_function="CR1" if n < 2 else "CR2",
        )
        for n in range(7)
    )


# --- all travellers of a flight --------------------------------------------------------------------


class Mark(NamedTuple):
    """States whether the travellers of a booking are an inserted case, look-alikes of a case, or ordinary
    travellers. `what` is `planted`, the name of a case, a kind of look-alike, or `ordinary`. `case` is the
    number of the case to which the travellers belong or which they resemble."""

    what: str = "ordinary"
    indicator: int = 0
    case: int = 0


class World:
    """Contains the parameters of a synthetic data set, and the random values that its seed determines for all
    flights."""

    #: Kinds of party that are planned before the other seats are filled, because these parties have earlier
    #: journeys.
    ahead: tuple[str, ...] = ()

    def __init__(self, seed: int, p: Parameters) -> None:
        self.seed, self.p = seed, p
        self.agencies = agencies(seed, p)
        self._habits = Habits(seed, p)

    def setting(self, plan: Plan, what: str, registry: Registry, past: Past) -> Setting:
        """Returns the setting for one part of a flight, with its own generator of random numbers."""
        rng = random.Random(f"{self.seed}:{what}:{plan.index}")
        return Setting(plan, rng, registry, self.p, self.agencies, past)

    def board(
        self,
        s: Setting,
        seats: int,
        planned: Sequence[tuple[Draft, Mark]] = (),
        regulars: Iterable[Regular] = (),
    ) -> list[tuple[Trip, Mark]]:
        """Returns all travellers of a flight: regular travellers, ordinary parties for the remaining seats,
        and the planned bookings at random positions among these parties."""
        some = [party(s, kind, person) for person, kind in regulars]
        taken = [*chain.from_iterable(some), *(draft for draft, _ in planned)]
        left = seats - sum(len(draft.people) for draft in taken)
        kinds = {kind: often for kind, often in self.p.kinds.items() if kind not in self.ahead}
        some += ordinary(s, left, kinds)
        told = [(draft, Mark()) for draft in chain.from_iterable(some)]
        for one in planned:
            told.insert(s.rng.randrange(len(told) + 1), one)
        seat((draft for draft, _ in told), 1)
        return [
            (self._habits.sent(trip(draft, s.registry, s.rng), s.rng), mark) for draft, mark in told
        ]
