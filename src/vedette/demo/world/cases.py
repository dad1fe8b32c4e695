"""Cases drawn for each of the 25 passenger indicators, and the innocents who look like them.

A planted case is the main sign of its indicator with further signs of one offence, as cases are told: a
courier booked late, paid in cash, for two nights. Three look-alikes of each show the same main sign in
an innocent context: seasonal workers, a family, a crew on its way.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from . import signs
from .parties import CONTEXTS
from .past import Outcome
from .setting import Setting
from .signs import SIGNS, Show
from .trips import Draft

#: Indicators that speak of a long journey, and what is one.
LONG, LONG_KM = frozenset((4, 14)), 3000
#: Fewest further signs of a planted case, and how many more there may be.
LEAST_MORE, MOST_MORE = 2, 2


@dataclass(frozen=True)
class Main:
    """How an indicator is planted. `apart`: by how many bookings; `offences` in which it is met;
    `takes`: what further signs may not touch."""

    show: Show
    offences: str
    takes: tuple[str, ...]
    apart: tuple[int, int] = (1, 1)


# --- main signs that are no further signs ----------------------------------------------------------


def not_flown(s: Setting, drafts: list[Draft]) -> None:
    """8: booked, and not on board."""
    for draft in drafts:
        draft.flown = False


def not_booked(s: Setting, drafts: list[Draft]) -> None:
    """8: on board without a booking, at the last moment."""
    for draft in drafts:
        draft.booked = False


def absent(s: Setting, drafts: list[Draft]) -> None:
    """8: either."""
    (not_flown if s.chance(0.5) else not_booked)(s, drafts)


def same_booker(s: Setting, drafts: list[Draft]) -> None:
    """12: one agency makes single bookings within minutes, or a booking is split."""
    one = drafts[0]
    office = one.agency or s.agency_abroad()
    for n, draft in enumerate(drafts):
        draft.agency, draft.stay_days, draft.payment = office, one.stay_days, one.payment
        draft.created = one.created + dt.timedelta(minutes=s.rng.randint(1, 5) * n)
    if len(drafts) == 2 or s.chance(0.3):
        one.phone = one.phone or one.people[0].phone
        for draft in drafts[1:]:
            draft.phone = one.phone
        signs.split(s, drafts)


def hidden(s: Setting, drafts: list[Draft]) -> None:
    """13: they travel together and book apart: neighbours, one bag pool, telephone, card or sale."""
    together = s.rng.sample(("seats", "pool", "phone", "card", "sale"), s.rng.randint(2, 3))
    pool, card = f"{s.registry.next() % 10**4:04d}", f"41{s.registry.next():07d}XXX0001"
    row = 50 + s.registry.next() % 40
    seats = iter(f"{row + n // 6}{'ABCDEF'[n % 6]}" for n in range(90))
    ticket = 9_990_000_000_000 + 10 * s.registry.next()
    for n, draft in enumerate(drafts):
        if "sale" in together:
            draft.ticket = str(ticket + n)
        if "seats" in together:
            draft.seats = [next(seats) for _ in draft.people]
        if "pool" in together:
            draft.pool_id, draft.bags = pool, max(draft.bags, 1)
        if "phone" in together:
            draft.phone = drafts[0].people[0].phone
        if "card" in together:
            draft.payment, draft.card = "CC", card


def young(s: Setting, drafts: list[Draft]) -> None:
    """21: a minor alone or with strangers, or several young people on one card."""
    one = drafts[0]
    if len(drafts) > 1:
        card = f"42{s.registry.next():07d}XXX0001"
        for draft in drafts:
            draft.people[0] = s.person((17, 22), one.people[0].nationality)
            draft.payment, draft.card = "CC", card
        return
    minor = s.person((8, 16), one.people[0].nationality)
    if len(one.people) > 1:
        one.people[-1] = minor
    elif s.chance(0.5):
        one.people.append(minor)
    else:
        one.people[0] = minor


def known(s: Setting, drafts: list[Draft]) -> None:
    """23: an earlier journey, or a fellow's by telephone or address, led to a confirmed result."""
    one = drafts[0]
    if s.chance(0.6):
        s.past.add(s.plan, s.rng.randint(15, 300), one.people[:1], "confirmed")
    else:
        signs.shared(s, [one])


def refused(s: Setting, drafts: list[Draft]) -> None:
    """24: sent back before under another document; or a document that somebody else showed before."""
    one = drafts[0].people[0]
    if s.chance(0.5):
        before = one.but(number=s.registry.document())
        s.past.add(s.plan, s.rng.randint(15, 300), [before], "confirmed")
    else:
        other = s.person(land=one.nationality).but(number=one.number)
        outcome: Outcome = "confirmed" if s.chance(0.5) else ""
        s.past.add(s.plan, s.rng.randint(8, 85), [other], outcome)


#: Indicator → how it is planted.
MAIN: dict[int, Main] = {
    1: Main(signs.late, "TDGH", ("time",)),
    2: Main(signs.paid, "TDGH", ("payment",)),
    3: Main(signs.one_way, "TH", ("stay",)),
    4: Main(signs.short_stay, "DG", ("stay",)),
    5: Main(signs.broken, "TDH", ("way",)),
    6: Main(signs.hub, "TDG", ("way",)),
    7: Main(signs.changed, "TD", ("changes", "time")),
    8: Main(absent, "TDG", ("bags", "desk")),
    9: Main(signs.mismatch, "TDH", ("identity",)),
    10: Main(signs.papers, "TDH", ("papers",)),
    11: Main(signs.shared, "TDGH", ("links", "payment")),
    12: Main(same_booker, "TDGH", ("agency", "time"), apart=(2, 5)),
    13: Main(hidden, "TDGH", ("links", "bags", "payment"), apart=(2, 3)),
    14: Main(signs.bags, "TDGH", ("bags",)),
    15: Main(signs.bag_elsewhere, "DG", ("bags",)),
    16: Main(signs.frequent, "DG", ("past",)),
    17: Main(signs.agency, "DGH", ("agency",)),
    18: Main(signs.contact, "TDH", ("contact",)),
    19: Main(signs.name, "T", ("identity",)),
    20: Main(signs.at_the_last, "D", ("desk", "changes")),
    21: Main(young, "H", ("past", "identity", "payment"), apart=(1, 3)),
    22: Main(signs.visa, "TH", ("visa",)),
    23: Main(known, "TDGH", ("links", "payment")),
    24: Main(refused, "TDH", ("papers", "identity")),
    25: Main(signs.rare, "TDG", ("agency", "time", "way")),
}


def plant(s: Setting, indicator: int) -> list[Draft]:
    """The bookings of one case."""
    main = MAIN[indicator]
    drafts = [s.draft(s.person((20, 50))) for _ in range(s.rng.randint(*main.apart))]
    main.show(s, drafts)
    offence = s.rng.choice(main.offences)
    taken = set(main.takes)
    count = LEAST_MORE + sum(s.chance(s.rng.uniform(*s.p.shows)) for _ in range(MOST_MORE))
    unbooked = not drafts[0].booked
    for sign in s.rng.sample(SIGNS, len(SIGNS)):
        # Who is in no booking shows what a passenger list can show.
        can = not unbooked or sign.slot in ("papers", "bags", "past")
        can = can and (sign.indicator not in LONG or s.plan.km >= LONG_KM)
        if offence in sign.offences and sign.slot not in taken and can and count:
            sign.show(s, drafts)
            taken.add(sign.slot)
            count -= 1
    return drafts


def look_alike(s: Setting, indicator: int, kind: str) -> list[Draft]:
    """Innocents of a kind (`CONTEXTS`) who show the main sign of an indicator."""
    main = MAIN[indicator]
    drafts = CONTEXTS[kind](s, main.apart[1] > 1 and indicator != 21)
    main.show(s, drafts)
    return drafts
