"""Generates the signs of the 25 passenger indicators, and the inserted cases that have these signs.

A sign is the data in a booking, or in earlier journeys, by which an indicator can be recognised. An inserted
case has the sign of its indicator and further signs of the same offence. For example, a courier books late,
pays cash and stays two nights. Each function of a sign changes drafts (plans of journeys) and may add drafts.
The weakness of the sign is random, up to the parameter `faint` of the world. If a sign has several forms,
`kind` names one of these forms. If `kind` is not given, the form is chosen at random. The docstring of each
function begins with the number of the indicator in the project's list of passenger indicators.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import Any, NamedTuple

from vedette.travellers.records import Locator

from .flights import BEYOND, ORIGINS, feeders, place
from .people import Person
from .setting import Outcome, Setting
from .trips import Draft

Show = Callable[[Setting, list[Draft]], None]
#: Indicators of long journeys, and the least distance of a long journey in kilometres.
LONG, LONG_KM = frozenset((4, 14)), 3000
#: The least number of further signs of an inserted case, and the largest number of signs in addition to
#: these.
LEAST_MORE, MOST_MORE = 2, 2
_THROWAWAY = ("throwaway.example", "mailinator.com", "yopmail.com", "trashmail.com")


def _faint(s: Setting) -> float:
    """Returns a random weakness of a sign, between 0 and the parameter `faint` of the data set."""
    return s.rng.random() * s.p.faint


def stated(**fields: Any) -> Show:
    """Returns a function that sets the given fields of each booking. If a value is a function, the function
    is called once."""

    def states(s: Setting, drafts: list[Draft]) -> None:
        for name, value in fields.items():
            one = value(s) if callable(value) else value
            for draft in drafts:
                setattr(draft, name, one)

    return states


def late(s: Setting, drafts: list[Draft]) -> None:
    """Indicator 1: sets the time of booking to a few hours or days before departure."""
    hours = s.rng.uniform(3, 30 + 60 * _faint(s))
    for n, draft in enumerate(drafts):
        draft.created = s.hours_before(hours) + dt.timedelta(minutes=3 * n)


def paid(s: Setting, drafts: list[Draft]) -> None:
    """Indicator 2: sets the payment of the bookings: in cash, prepaid elsewhere, or by another person."""
    payer = s.surname() if s.chance(0.6) else None
    (kind,) = s.rng.choices(("CA", "PT", "CC", "IN"), (45, 15, 30, 10))
    for draft in drafts:
        draft.payment, draft.card = kind, None
        draft.payer = payer or (s.surname() if kind in ("CC", "IN") else None)


def broken(s: Setting, drafts: list[Draft], kind: str = "") -> None:
    """Indicator 5: makes the traveller end the journey at a transit airport, come by an unusual route, return
    from another airport, or have a second booking.
    """
    odd = feeders(s.plan.origin, s.plan.destination)[1]
    for draft in list(drafts):
        form = kind or s.rng.choice(("leaves", "back", "two bookings", "odd way"))
        if form == "leaves":
            draft.onward, draft.bag_destination = s.rng.choice(BEYOND), s.plan.destination
        elif form == "back" and draft.stay_days is not None:
            draft.back_from = s.rng.choice(BEYOND)
        elif form == "two bookings":
            other = s.draft(*draft.people)
            other.created, other.flown, other.stay_days = draft.created, False, None
            other.onward = s.rng.choice(BEYOND)
            drafts.append(other)
        else:
            draft.via = s.rng.choice(odd or BEYOND)


def hub(s: Setting, drafts: list[Draft]) -> None:
    """Indicator 6: makes the journey pass through a watched airport."""
    if s.plan.origin not in s.p.watched:
        for draft in drafts:
            draft.via = s.rng.choice(s.p.watched)


def changed(s: Setting, drafts: list[Draft], missed: float = 0.35) -> None:
    """Indicator 7: changes the flights many times, or adds earlier journeys that the traveller missed."""
    for draft in drafts:
        if s.chance(missed):
            for n in range(s.rng.randint(2, 3)):
                s.past.add(s.plan, 12 + 16 * n, draft.people[:1], booked=True, flown=False)
            continue
        span = max((s.plan.departure_utc - draft.created).total_seconds() / 3600 - 2, 1)
        moments = sorted(s.rng.uniform(1, span) for _ in range(s.rng.randint(3, 7)))
        draft.changes += tuple(s.change("flight", hours) for hours in reversed(moments))


def absent(s: Setting, drafts: list[Draft]) -> None:
    """Indicator 8: changes the travellers so that they book and do not board, or board without a booking."""
    stated(**{"flown" if s.chance(0.5) else "booked": False})(s, drafts)


def mismatch(s: Setting, drafts: list[Draft], kind: str = "") -> None:
    """Indicator 9: changes the document, birth date, name or sex in the booking, so that the booking differs
    from the passport.
    """
    for draft in drafts:
        one = draft.people[0]
        other = s.person(land=one.nationality)
        form = kind or s.rng.choice(("document", "birth date", "name", "sex"))
        if form == "document":
            differs = one.but(number=s.registry.document())
        elif form == "birth date":
            differs = one.but(born=one.born - dt.timedelta(days=s.rng.randint(200, 3000)))
        elif form == "name":
            differs = one.but(surname=other.surname)
            draft.booked_as[0] = (other.surname, one.given)
        else:
            differs = one.but(sex="F" if one.sex == "M" else "M", number=other.number)
        draft.booked_document[0] = differs.document()


def papers(s: Setting, drafts: list[Draft], kind: str = "") -> None:
    """Indicator 10: gives the traveller a passport that is new, that expires soon, or that differs from the
    passport of the last journey.
    """
    for draft in drafts:
        one, form = draft.people[0], kind or s.rng.choice(("new", "expiring", "other"))
        if form == "new":
            issued = s.today - dt.timedelta(days=s.rng.randint(4, 40 + round(50 * _faint(s))))
            draft.people[0] = one.but(number=s.registry.document(), issued=issued)
            draft.shows_issue = True
        elif form == "expiring":
            expiry = s.today + dt.timedelta(days=s.rng.randint(2, 20 + round(30 * _faint(s))))
            draft.people[0] = one.but(expiry=expiry)
        else:
            before = one.but(number=s.registry.document())
            s.past.add(s.plan, s.rng.randint(20, 200), [before])


def shared(s: Setting, drafts: list[Draft]) -> None:
    """Indicator 11: sets in the booking the telephone number, e-mail address, card or loyalty number of a
    person with a confirmed result.
    """
    known = s.person()
    what = s.rng.choice(("phone", "email", "card", "loyalty"))
    value = {
        "phone": known.phone,
        "email": known.email,
        "card": f"40{s.registry.next():07d}XXX{s.rng.randrange(10**4):04d}",
        "loyalty": f"{s.registry.next():09d}",
    }[what]
    stated(**{what: value} | ({"payment": "CC"} if what == "card" else {}))(s, drafts)
    s.past.add(s.plan, s.rng.randint(8, 75), [known], "confirmed", booked=True, **{what: value})


def bags(s: Setting, drafts: list[Draft]) -> None:
    """Indicator 14: gives the traveller no bag for a long journey, or far too many bags for a short
    journey."""
    for draft in drafts:
        short = draft.stay_days is not None and draft.stay_days < 10
        if short and s.chance(0.6):
            draft.bags, draft.bag_kg = s.rng.randint(4, 8), s.rng.randint(24, 32)
        else:
            draft.bags = 0
            if short and draft.stay_days is not None:
                draft.stay_days += 12


def bag_elsewhere(s: Setting, drafts: list[Draft]) -> None:
    """Indicator 15: sets the destination on a bag tag to a place to which the traveller does not go."""
    for draft in drafts:
        draft.bags = max(draft.bags, 1)
        draft.bag_destination = s.rng.choice([b for b in BEYOND if b != draft.onward])


def frequent(s: Setting, drafts: list[Draft]) -> None:
    """Indicator 16: adds many earlier journeys on the same route, with few days between them."""
    for draft in (d for d in drafts if d.flown):
        gap = s.rng.randint(9, 25)
        for n in range(1, s.rng.randint(6, 12)):
            s.past.add(s.plan, gap * n, draft.people[:1])


def contact(s: Setting, drafts: list[Draft]) -> None:
    """Indicator 18: removes the contacts from the booking, marks the contacts as refused, or sets a
    disposable e-mail address.
    """
    kind = s.rng.choice(("no_contact", "refused", "email"))
    for draft in drafts:
        if kind != "email":
            setattr(draft, kind, True)
        else:
            draft.email = f"x{s.registry.next()}@{s.rng.choice(_THROWAWAY)}"


def name(s: Setting, drafts: list[Draft], kind: str = "") -> None:
    """Indicator 19: changes the name in the booking: swaps its parts, shortens it, or spells it
    differently."""
    for draft in drafts:
        draft.booked_as[0] = other_name(s, draft.people[0], kind)


def other_name(s: Setting, person: Person, kind: str = "") -> tuple[str, str]:
    """Returns the name of the person, changed in one of the ways that `name` describes."""
    surname, given = person.surname, person.given.split()[0]
    form = kind or s.rng.choice(("turned", "cut", "respelt"))
    if form == "turned":
        return given, surname
    if form == "cut" and len(surname) > 5:
        return surname[: s.rng.randint(4, len(surname) - 1)], given
    at = s.rng.randrange(1, len(surname))
    return surname[:at] + s.rng.choice("aeiouhk") + surname[at + 1 :], given


def at_the_last(s: Setting, drafts: list[Draft]) -> None:
    """Indicator 20: makes the travellers check in when the desk closes, and change seats at that time."""
    for draft in drafts:
        draft.checked_in_minutes = s.rng.randint(26, 42 + round(15 * _faint(s)))
        if s.chance(0.6):
            draft.changes += (s.change("seat", s.rng.uniform(0.5, 1.5)),)


def visa(s: Setting, drafts: list[Draft]) -> None:
    """Indicator 22: gives the traveller a visa for a country that is not on the journey."""
    ends = {place(s.plan.origin).country, place(s.plan.destination).country}
    lands = [
        x for x, y in (("CAN", "CA"), ("GBR", "GB"), ("TUR", "TR"), ("USA", "US")) if y not in ends
    ]
    for draft in drafts:
        draft.visa = s.visa(s.rng.choice(lands), 5, 90)


def rare(s: Setting, drafts: list[Draft]) -> None:
    """Indicator 25: sets a route, an agency, a time of booking and a payment that no other booking of the
    flight has.
    """
    usual, odd = feeders(s.plan.origin, s.plan.destination)
    for draft in drafts:
        draft.agency = s.agency_abroad()
        draft.created = s.hours_before(24 * s.rng.uniform(230, 320))
        draft.payment = s.rng.choice(("MS", "CK", "PT", "CA"))
        draft.via = s.rng.choice(usual + odd or ORIGINS)


def split(s: Setting, drafts: list[Draft]) -> None:
    """Indicator 12: marks the other bookings as split from the first booking."""
    for draft in drafts[1:]:
        draft.locator = s.registry.locator(s.rng)
    drafts[0].split_to = tuple(
        Locator(company=s.plan.carrier, locator=draft.locator) for draft in drafts[1:]
    )


def same_booker(s: Setting, drafts: list[Draft]) -> None:
    """Indicator 12: makes one agency make several bookings within minutes, or marks the bookings as split
    from one booking.
    """
    one = drafts[0]
    office = one.agency or s.agency_abroad()
    for n, draft in enumerate(drafts):
        draft.agency, draft.stay_days, draft.payment = office, one.stay_days, one.payment
        draft.created = one.created + dt.timedelta(minutes=s.rng.randint(1, 5) * n)
    if len(drafts) == 2 or s.chance(0.3):
        one.phone = one.phone or one.people[0].phone
        for draft in drafts[1:]:
            draft.phone = one.phone
        split(s, drafts)


def hidden(s: Setting, drafts: list[Draft]) -> None:
    """Indicator 13: gives companions separate bookings with two or three of the following elements in common:
    adjacent seats, a bag pool, a telephone number, a card, or consecutive ticket numbers.
    """
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
    """Indicator 21: changes one traveller into a minor who travels alone or with strangers, or makes several
    young people pay with the same card.
    """
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
    """Indicator 23: adds an earlier journey with a confirmed result. The journey is a journey of the
    traveller, or of a person with the same contact, card or loyalty number.
    """
    one = drafts[0]
    if s.chance(0.6):
        s.past.add(s.plan, s.rng.randint(15, 300), one.people[:1], "confirmed")
    else:
        shared(s, [one])


def refused(s: Setting, drafts: list[Draft]) -> None:
    """Indicator 24: adds an earlier journey with a confirmed result under another document, or an earlier
    journey of another person with the same document.
    """
    one = drafts[0].people[0]
    if s.chance(0.5):
        before = one.but(number=s.registry.document())
        s.past.add(s.plan, s.rng.randint(15, 300), [before], "confirmed")
    else:
        other = s.person(land=one.nationality).but(number=one.number)
        outcome: Outcome = "confirmed" if s.chance(0.5) else ""
        s.past.add(s.plan, s.rng.randint(8, 85), [other], outcome)


class Sign(NamedTuple):
    """Describes how the sign of an indicator is made. `offences` contains the letters of the offences in
    which the indicator occurs: terrorism (T), drugs (D), goods or cash (G), trafficking in persons (H).
    `slots` contains the parts of a booking that are changed to show the sign. A case may not have two signs
    that change the same part. `apart` is the smallest and the largest number of bookings. `further` is true
    if the sign may be added to the cases of other indicators. If a sign is added to the case of another
    indicator, only the first part in `slots` is changed.
    """

    show: Show
    offences: str
    slots: tuple[str, ...]
    apart: tuple[int, int] = (1, 1)
    further: bool = True


SIGNS: dict[int, Sign] = {
    1: Sign(late, "TDGH", ("time",)),
    2: Sign(paid, "TDGH", ("payment",)),
    3: Sign(stated(stay_days=None), "TH", ("stay",)),
    4: Sign(
        stated(stay_days=lambda s: 1 + s.rng.randint(0, 1 + round(2 * _faint(s)))), "DG", ("stay",)
    ),
    5: Sign(broken, "TDH", ("way",)),
    6: Sign(hub, "TDG", ("way",)),
    7: Sign(changed, "TD", ("changes", "time")),
    8: Sign(absent, "TDG", ("bags", "desk"), further=False),
    9: Sign(mismatch, "TDH", ("identity",)),
    10: Sign(papers, "TDH", ("papers",)),
    11: Sign(shared, "TDGH", ("links", "payment")),
    12: Sign(same_booker, "TDGH", ("agency", "time"), apart=(2, 5), further=False),
    13: Sign(hidden, "TDGH", ("links", "bags", "payment"), apart=(2, 3), further=False),
    14: Sign(bags, "TDGH", ("bags",)),
    15: Sign(bag_elsewhere, "DG", ("bags",)),
    16: Sign(frequent, "DG", ("past",)),
    17: Sign(
        stated(
            agency=lambda s: s.rng.choice(s.agencies.bad) if s.chance(0.5) else s.agency_abroad()
        ),
        "DGH",
        ("agency",),
    ),
    18: Sign(contact, "TDH", ("contact",)),
    19: Sign(name, "T", ("identity",)),
    20: Sign(at_the_last, "D", ("desk", "changes")),
    21: Sign(young, "H", ("past", "identity", "payment"), apart=(1, 3), further=False),
    22: Sign(visa, "TH", ("visa",)),
    23: Sign(known, "TDGH", ("links", "payment"), further=False),
    24: Sign(refused, "TDH", ("papers", "identity"), further=False),
    25: Sign(rare, "TDG", ("agency", "time", "way"), further=False),
}
_FURTHER = tuple(indicator for indicator, sign in SIGNS.items() if sign.further)


def plant(s: Setting, indicator: int) -> list[Draft]:
    """Returns the bookings of an inserted case of the indicator."""
    main = SIGNS[indicator]
    drafts = [s.draft(s.person((20, 50))) for _ in range(s.rng.randint(*main.apart))]
    main.show(s, drafts)
    offence = s.rng.choice(main.offences)
    taken = set(main.slots)
    count = LEAST_MORE + sum(s.chance(s.rng.uniform(*s.p.shows)) for _ in range(MOST_MORE))
    for other in s.rng.sample(_FURTHER, len(_FURTHER)):
        sign, slot = SIGNS[other], SIGNS[other].slots[0]
        # Without a booking, only signs on a passenger list can show.
        can = (drafts[0].booked or slot in ("papers", "bags", "past")) and (
            other not in LONG or s.plan.km >= LONG_KM
        )
        if offence in sign.offences and slot not in taken and can and count:
            sign.show(s, drafts)
            taken.add(slot)
            count -= 1
    return drafts
