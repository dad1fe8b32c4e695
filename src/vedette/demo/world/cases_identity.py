"""Planted cases in who somebody is: API against PNR, documents, links, watchlists."""

from __future__ import annotations

import datetime as dt

from vedette import codes
from vedette.formats.lists.common import birth
from vedette.records import Address, Agency, Locator

from . import watchlists
from .people import Person, make_person
from .stage import Stage
from .trips import Draft

# --- API against PNR, documents (8 to 10) --------------------------------------------------------


def no_show(s: Stage) -> list[Draft]:
    draft = s.draft()
    draft.flown = False
    return [draft]


def go_show(s: Stage) -> list[Draft]:
    draft = s.draft()
    draft.booked, draft.checked_in_minutes = False, 45
    return [draft]


def booked_differently(s: Stage, **changes: object) -> list[Draft]:
    person = s.person()
    draft = s.draft(person)
    draft.booked_document = {0: person.but(**changes).document()}
    return [draft]


def other_name(s: Stage) -> list[Draft]:
    draft = s.draft()
    other = s.person(land=draft.people[0].nationality)
    draft.booked_as = {0: (other.surname, other.given)}
    draft.booked_document = {
        0: draft.people[0].but(surname=other.surname, given=other.given).document()
    }
    return [draft]


def other_birth_date(s: Stage) -> list[Draft]:
    return booked_differently(s, born=dt.date(1979, 4, 17))


def other_document(s: Stage) -> list[Draft]:
    return booked_differently(s, number=s.registry.document("FRA"))


def other_sex(s: Stage) -> list[Draft]:
    person = s.person()
    draft = s.draft(person)
    draft.booked_document = {0: person.but(sex="F" if person.sex == "M" else "M").document()}
    return [draft]


def same_document(s: Stage) -> list[Draft]:
    one = s.person()
    two = s.person(land=one.nationality).but(number=one.number)
    return [s.draft(one), s.draft(two)]


def several_documents(s: Stage) -> list[Draft]:
    one = s.person()
    two = one.but(number=s.registry.document(one.nationality))
    return [s.draft(one), s.draft(two, days=(2, 5))]


def expiring(s: Stage) -> list[Draft]:
    return [s.draft(s.person().but(expiry=s.today + dt.timedelta(days=6)))]


# --- links (11 to 13, 17) ------------------------------------------------------------------------


def listed_phone(s: Stage) -> list[Draft]:
    draft = s.draft()
    draft.phone = s.listed("contacts", "phone")["phone"]
    return [draft]


def listed_email(s: Stage) -> list[Draft]:
    draft = s.draft()
    draft.email = s.listed("contacts", "email")["email"]
    return [draft]


def listed_address(s: Stage) -> list[Draft]:
    draft = s.draft()
    street, _, city = s.listed("companies", "address")["address"].partition(", ")
    draft.address = Address(street=street, city=city)
    return [draft]


def shared_card(s: Stage) -> list[Draft]:
    drafts = [s.draft() for _ in range(3)]
    card = f"400001XXXXXX{s.registry.next() % 10**4:04d}"
    for draft in drafts:
        draft.card = card
    return drafts


def split(s: Stage) -> list[Draft]:
    one, two = s.draft(days=(4, 8)), s.draft(days=(4, 8))
    two.phone = one.phone = one.people[0].phone
    two.locator = s.registry.locator(s.rng)
    one.split_to = (Locator(company=s.plan.carrier, locator=two.locator),)
    return [one, two]


def same_booker(s: Stage) -> list[Draft]:
    office = Agency(company="TA", iata="99000042", office="SYN042", city="BOG", kind="T")
    drafts = [s.draft(s.person((19, 30))) for _ in range(4)]
    for n, draft in enumerate(drafts):
        draft.agency, draft.stay_days = office, 5
        draft.created = drafts[0].created + dt.timedelta(minutes=4 * n)
        draft.phone = drafts[0].people[0].phone
    return drafts


def hidden_companions(s: Stage) -> list[Draft]:
    drafts = [s.draft(days=(3, 10)), s.draft(days=(3, 10))]
    pool = f"{s.registry.next() % 10**4:04d}"
    for draft in drafts:
        draft.pool_id = pool
    return drafts


def agency(s: Stage) -> list[Draft]:
    draft = s.draft(days=(2, 5))
    draft.agency = Agency(
        company="TA", iata="99000017", office="SYN917", city="PTY", country="PA", kind="T"
    )
    return [draft]


# --- watchlists (23, 24) and innocents -----------------------------------------------------------


def as_listed(s: Stage, row: watchlists.Row) -> Person:
    """A traveller who is the listed person of a row."""
    span = birth(row["birth_date"])
    land = codes.alpha3(row["nationality"]) or "FRA"
    person = make_person(s.rng, s.registry, s.today, land, sex=row["sex"])
    return person.but(
        surname=row["surname"],
        given=row["given_names"],
        born=span.from_ if span else person.born,
        number=row["passport"].partition(":")[2] or person.number,
    )


def listed_exact(s: Stage) -> list[Draft]:
    return [s.draft(as_listed(s, s.listed("persons", "passport")))]


def listed_typo(s: Stage) -> list[Draft]:
    person = as_listed(s, s.listed("persons"))
    at = len(person.surname) // 2
    surname = person.surname[: at - 1] + person.surname[at] + person.surname[at - 1 :][:1]
    surname += person.surname[at + 1 :]
    return [s.draft(person.but(surname=surname, number=s.registry.document("FRA")))]


def listed_transliterated(s: Stage) -> list[Draft]:
    rows = [r for r in watchlists.latest("persons") if _respelt(r["surname"]) != r["surname"]]
    person = as_listed(s, s.rng.choice(rows))
    surname = _respelt(person.surname)
    return [s.draft(person.but(surname=surname, number=s.registry.document("FRA")))]


def _respelt(surname: str) -> str:
    """The same sounds in another romanisation."""
    for one, other in (("ou", "u"), ("kh", "h"), ("qa", "ka"), ("y", "i"), ("dj", "j")):
        surname = surname.replace(one, other)
    return surname


def listed_turned(s: Stage) -> list[Draft]:
    person = as_listed(s, s.listed("persons"))
    turned = person.but(
        surname=person.given.split()[0], given=person.surname, number=s.registry.document("FRA")
    )
    return [s.draft(turned)]


def listed_day_month(s: Stage) -> list[Draft]:
    rows = [
        r
        for r in watchlists.latest("persons")
        if len(r["birth_date"]) == 10 and r["birth_date"][8:] <= "12"
    ]
    person = as_listed(s, s.rng.choice(rows))
    born = person.born.replace(day=person.born.month, month=person.born.day)
    return [s.draft(person.but(born=born, number=s.registry.document("FRA")))]


def listed_document_misread(s: Stage) -> list[Draft]:
    rows = [r for r in watchlists.latest("documents") if "0" in r["passport"][3:]]
    number = s.rng.choice(rows)["passport"].partition(":")[2]
    return [s.draft(s.person().but(number=number.replace("0", "O", 1)))]


def stolen_document(s: Stage) -> list[Draft]:
    number = s.listed("documents")["passport"].partition(":")[2]
    return [s.draft(s.person().but(number=number))]


def namesake(s: Stage) -> list[Draft]:
    person = as_listed(s, s.listed("persons"))
    other = s.person(land="FRA")
    return [
        s.draft(
            person.but(
                born=person.born - dt.timedelta(days=365 * 27 + 91),
                nationality="FRA",
                number=other.number,
                given=other.given,
            )
        )
    ]


def hurried_family(s: Stage) -> list[Draft]:
    lead = s.person((30, 45))
    child = s.person((4, 9), lead.nationality).but(surname=lead.surname)
    draft = s.draft(lead, child)
    draft.created = s.hours_before(40)
    return [draft]
