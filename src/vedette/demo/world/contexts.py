"""The innocent contexts in which signs of risk are met: seasonal workers, families, crews on their way."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from .people import Person, relative
from .setting import Setting
from .trips import Draft

_EMPLOYERS = (
    "AGRUMES",
    "VERGERS",
    "CHANTIERS",
    "MARAICHERS",
    "VENDANGES",
    "RESTAURATION",
    "FORESTIERS",
)
#: Days before a flight on which seasons of other years lay.
_SEASONS = ((290, 390), (300, 365), (180, 330))


def _part(draft: Draft, people: list[Person]) -> Draft:
    """The same booking for some of its people."""
    return replace(
        draft, people=people, types=[], seats=[], booked_as={}, booked_document={}, locator=""
    )


def seasonal(s: Setting, apart: bool = False) -> list[Draft]:
    """Workers who come for a season: booked and paid by the employer, at short notice, many one way."""
    land = s.person().nationality
    size = s.rng.randint(*s.p.group_size)
    if apart:
        size = min(size, 6)
    lead = s.person((20, 50), land)
    people = [lead] + [s.person((19, 52), land) for _ in range(size - 1)]
    draft = s.draft(*people, days=s.p.notice_d)
    employer = f"{s.rng.choice(_EMPLOYERS)} {s.surname()}"
    draft.phone, draft.email = lead.phone, lead.email
    draft.payment = "IN" if s.chance(s.p.on_account) else s.rng.choice(("CC", "CC", "CA", "PT"))
    draft.payer = employer
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
    """A family of one name: one pays, one telephone, one card; children with them, a way back."""
    lead = s.person((26, 48))
    members = [lead]
    if s.chance(0.8):
        members.append(relative(s.rng, s.registry, s.today, lead, (25, 50)))
    members += [
        relative(s.rng, s.registry, s.today, lead, (2, 15)) for _ in range(s.rng.randint(1, 3))
    ]
    draft = s.draft(*members)
    draft.phone, draft.email = lead.phone, lead.email
    draft.card = f"43{s.registry.next():07d}XXX0002"
    if s.chance(s.p.family_pays):
        draft.payer = f"{lead.surname} {lead.given}".upper()
    else:
        draft.payer = s.surname()
    if s.chance(0.1):
        draft.stay_days = None
    draft.bags = s.rng.choice((1, 1, 2))
    if not apart or len(members) < 3:
        return [draft]
    # Parents and children in two bookings: bought as seats were left.
    return [_part(draft, [members[0], *members[2:3]]), _part(draft, [members[1], *members[3:]])]


def crew(s: Setting, apart: bool = False) -> list[Draft]:
    """Staff of a carrier on its way to or from work: on standby, by whatever way has seats, no bags."""
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


#: Kind of look-alike → its bookings; with True, in several of them.
CONTEXTS: dict[str, Callable[[Setting, bool], list[Draft]]] = {
    "seasonal": seasonal,
    "family": family,
    "crew": crew,
}
