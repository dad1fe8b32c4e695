"""Generates the named cases of the demonstration. Each case either has one sign of risk that vedette must
find, or consists of innocent travellers.

`CASES` contains the named cases. Cases of innocent travellers, which must not cause a hit, have indicator 0.
Cases that must match a watchlist use entries of the synthetic watchlists (`watchlists`).
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from functools import partial
from typing import NamedTuple

from vedette.core import codes
from vedette.core.parties import Address
from vedette.formats.lists.common import birth
from vedette.travellers.records import Agency

from . import signs, watchlists
from .people import Person, make_person
from .setting import Setting
from .signs import Show, stated
from .trips import Draft

#: Of the cases with `more`, the share that shows further signs, because one indicator alone is weak.
_MORE = 0.67


class Case(NamedTuple):
    """Describes how the bookings of a case are made. `apart` is the number of bookings, and `age` is the
    range of the travellers' ages. If `more` is true, the bookings may also be made late, be paid in cash and
    have no return flight. The return flight is kept if the sign of risk of the case determines the length of
    the stay.
    """

    indicator: int
    show: Show
    apart: int = 1
    age: tuple[int, int] = (22, 60)
    more: bool = True


def show(s: Setting, name: str) -> list[Draft]:
    """Returns the bookings of a case. The first traveller of the case is in the first booking."""
    case = CASES[name]
    drafts = [s.draft(s.person(case.age)) for _ in range(case.apart)]
    stays = [draft.stay_days for draft in drafts]
    case.show(s, drafts)
    if case.more and s.chance(_MORE):
        for draft, stay in zip(drafts, stays, strict=False):
            draft.created, draft.payment = s.hours_before(s.rng.randint(8, 44)), "CA"
            if draft.stay_days == stay:
                draft.stay_days = None
    return drafts


def _hours(low: float, high: float) -> Callable[[Setting], dt.datetime]:
    """Returns a function that returns a random time of booking, between `low` and `high` hours before
    departure.
    """
    return lambda s: s.hours_before(s.rng.uniform(low, high))


def _card(s: Setting) -> str:
    return f"40{s.registry.next():07d}XXX0002"


def _agency(iata: str, city: str, country: str) -> Agency:
    return Agency(
        company="TA", iata=iata, office=f"SYN{iata[-3:]}", city=city, country=country, kind="T"
    )


# --- identity and documents -------------------------------------------------------------------------


def _hidden_city(s: Setting, drafts: list[Draft]) -> None:
    signs.broken(s, drafts, "leaves")
    signs.broken(s, drafts, "two bookings")
    for draft in drafts:
        draft.stay_days = None


def _same_document(s: Setting, drafts: list[Draft]) -> None:
    one = drafts[0].people[0]
    drafts[1].people[0] = s.person(land=one.nationality).but(number=one.number)


def _several_documents(s: Setting, drafts: list[Draft]) -> None:
    drafts[1].people[0] = drafts[0].people[0].but(number=s.registry.document())


def _same_booker(s: Setting, drafts: list[Draft]) -> None:
    """Makes bookings at intervals of four minutes, all by one agency and with one telephone number."""
    first = drafts[0]
    stated(agency=_agency("99000042", "BOG", "CO"), stay_days=5, phone=first.people[0].phone)(
        s, drafts
    )
    for n, draft in enumerate(drafts):
        draft.created = first.created + dt.timedelta(minutes=4 * n)


def _split(s: Setting, drafts: list[Draft]) -> None:
    stated(phone=drafts[0].people[0].phone)(s, drafts)
    signs.split(s, drafts)


def _with_minor(s: Setting, drafts: list[Draft]) -> None:
    drafts[0].people.append(s.person((12, 15)))
    drafts[0].stay_days, drafts[0].payment = None, "CA"


def _hurried_family(s: Setting, drafts: list[Draft]) -> None:
    lead = drafts[0].people[0]
    drafts[0].people.append(s.person((4, 9), lead.nationality).but(surname=lead.surname))
    drafts[0].created = s.hours_before(40)


# --- watchlists -------------------------------------------------------------------------------------


def _listed(name: str, has: str, holds: Callable[[str], bool] = bool) -> Callable[[Setting], str]:
    """Returns a function that returns a random value of a column in the newest version of a list. Only values
    for which the function `holds` returns true are used.
    """
    return lambda s: s.rng.choice(
        [v for r in watchlists.latest(name) if holds(v := r.get(has, ""))]
    )


def _address(s: Setting) -> Address:
    street, _, city = _listed("companies", "address")(s).partition(", ")
    return Address(street=street, city=city)


def _document(misread: bool) -> Show:
    """Returns a function that gives the traveller a passport from the list of reported passports. If
    `misread` is true, the letter O replaces the first zero of the passport number."""
    passport = _listed("documents", "passport")

    def shows(s: Setting, drafts: list[Draft]) -> None:
        number = passport(s).partition(":")[2]
        as_read = number.replace("0", "O", 1) if misread else number
        drafts[0].people[0] = drafts[0].people[0].but(number=as_read)

    return shows


def _person(
    as_seen: Callable[[Setting, Person], Person], holds: Callable[[watchlists.Row], bool] = bool
) -> Show:
    """Returns a function that replaces the traveller with a listed person whose passport is not listed. The
    function `as_seen` changes the data of the listed person, for example by a typing error."""

    def shows(s: Setting, drafts: list[Draft]) -> None:
        row = s.rng.choice([r for r in watchlists.latest("persons") if holds(r)])
        span = birth(row["birth_date"])
        land = codes.alpha3(row["nationality"]) or "FRA"
        one = make_person(s.rng, s.registry, s.today, land, sex=row["sex"], surname=row["surname"])
        one = one.but(given=row["given_names"], born=span.from_ if span else one.born)
        drafts[0].people[0] = as_seen(s, one)

    return shows


def _exact(s: Setting, drafts: list[Draft]) -> None:
    """Replaces the traveller with a listed person who has the listed passport."""
    number = _listed("persons", "passport")(s)
    _person(
        lambda _, one: one.but(number=number.partition(":")[2]), lambda r: r["passport"] == number
    )(s, drafts)


def _mistyped(s: Setting, person: Person) -> Person:
    """Returns the person with two letters of the surname exchanged."""
    name, at = person.surname, len(person.surname) // 2
    return person.but(surname=name[: at - 1] + name[at] + name[at - 1] + name[at + 1 :])


def _respelt(surname: str) -> str:
    """Returns the surname in a different romanisation with the same pronunciation."""
    for one, other in (("ou", "u"), ("kh", "h"), ("qa", "ka"), ("y", "i"), ("dj", "j")):
        surname = surname.replace(one, other)
    return surname


def _day_and_month(s: Setting, person: Person) -> Person:
    return person.but(born=person.born.replace(day=person.born.month, month=person.born.day))


def _namesake(s: Setting, person: Person) -> Person:
    """Returns a person of another generation who shares only the surname and the sex with the given
    person."""
    return s.person(land="FRA").but(
        surname=person.surname,
        sex=person.sex,
        born=person.born - dt.timedelta(days=365 * 27 + 91),
    )


CASES: dict[str, Case] = {
    "late booking": Case(1, stated(created=_hours(4, 20)), more=False),
    "listed, exact": Case(23, _exact),
    "cash, other payer": Case(2, stated(payment="CA", payer=Setting.surname), more=False),
    "API and PNR: other name": Case(9, partial(signs.mismatch, kind="name")),
    "one way": Case(3, stated(stay_days=None, bags=0)),
    "late, cash, one way": Case(
        1,
        stated(created=_hours(4, 12), payment="CA", stay_days=None, bags=0, amount=1450),
        more=False,
    ),
    "listed, typing error": Case(23, _person(_mistyped)),
    "short stay": Case(4, stated(created=_hours(72, 144), stay_days=1, bags=0, amount=1900)),
    "namesake": Case(0, _person(_namesake), more=False),
    "hidden city": Case(5, _hidden_city),
    "listed telephone": Case(11, stated(phone=_listed("contacts", "phone"))),
    "watched hub": Case(6, signs.hub),
    "API and PNR: other birth date": Case(9, partial(signs.mismatch, kind="birth date")),
    "changed repeatedly": Case(7, partial(signs.changed, missed=0), more=False),
    "listed, transliterated": Case(
        23,
        _person(
            lambda s, one: one.but(surname=_respelt(one.surname)),
            lambda r: _respelt(r["surname"]) != r["surname"],
        ),
    ),
    "booked, not flown": Case(8, stated(flown=False)),
    "go-show": Case(8, stated(booked=False, checked_in_minutes=45), more=False),
    "document misread": Case(23, _document(misread=True)),
    "API and PNR: other document": Case(9, partial(signs.mismatch, kind="document")),
    "API and PNR: other sex": Case(9, partial(signs.mismatch, kind="sex")),
    "same document, other person": Case(10, _same_document, apart=2),
    "several documents": Case(10, _several_documents, apart=2),
    "listed, day and month turned": Case(
        23,
        _person(
            _day_and_month, lambda r: len(r["birth_date"]) == 10 and r["birth_date"][8:] <= "12"
        ),
    ),
    "document about to expire": Case(10, partial(signs.papers, kind="expiring")),
    "listed e-mail": Case(11, stated(email=_listed("contacts", "email"))),
    "listed address": Case(11, stated(address=_address)),
    "shared card": Case(11, stated(card=_card), apart=3, more=False),
    "stolen document": Case(24, _document(misread=False)),
    "split booking": Case(12, _split, apart=2, more=False),
    "same booker": Case(12, _same_booker, apart=4, age=(19, 30), more=False),
    "hidden companions": Case(
        13, stated(pool_id=lambda s: f"{s.registry.next() % 10**4:04d}"), apart=2
    ),
    "hurried family": Case(0, _hurried_family, age=(30, 45), more=False),
    "no bag, long stay": Case(14, stated(bags=0, stay_days=90)),
    "many bags": Case(14, stated(bags=9, bag_kg=31, stay_days=2)),
    "bag to elsewhere": Case(15, stated(bag_destination="AMS")),
    "frequent": Case(16, signs.frequent),
    "agency elsewhere": Case(17, stated(agency=_agency("99000917", "PTY", "PA"))),
    "listed, name turned": Case(
        23, _person(lambda _, one: one.but(surname=one.given.split()[0], given=one.surname))
    ),
    "no contact": Case(18, stated(no_contact=True)),
    "contact refused": Case(18, stated(refused=True)),
    "throw-away e-mail": Case(
        18, stated(email=lambda s: f"x{s.registry.next()}@throwaway.example")
    ),
    "name turned": Case(19, partial(signs.name, kind="turned")),
    "late check-in": Case(
        20,
        stated(
            checked_in_minutes=34,
            changes=lambda s: (s.change("seat", 0.6),),
        ),
    ),
    "minor alone": Case(21, stated(stay_days=None), age=(13, 16)),
    "minor, unrelated adult": Case(21, _with_minor, age=(30, 45)),
    "young, one card": Case(
        21, stated(card=_card, stay_days=None, created=_hours(72, 120)), 3, (18, 20), more=False
    ),
    "visa for elsewhere": Case(22, signs.visa),
    "rare combination": Case(25, signs.rare, more=False),
}
