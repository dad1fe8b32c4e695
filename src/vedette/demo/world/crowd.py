"""The ordinary travellers of a flight: business, couples, families, groups, workers, transit, crew."""

from __future__ import annotations

import datetime as dt
import random

from vedette.records import Agency, Document, Traveller

from .flights import BEYOND, Plan, place
from .people import Person, Registry, make_person, relative
from .trips import Draft

#: Nationality of most who fly from a country (alpha-2 → alpha-3 of the lexicon).
_LOCALS = {
    "DZ": "DZA", "TN": "TUN", "MA": "MAR", "SN": "SEN", "CI": "CIV", "NG": "NGA", "ET": "ETH",
    "TR": "TUR", "LB": "LBN", "EG": "EGY", "IN": "IND", "BD": "BGD", "VN": "VNM", "CN": "CHN",
    "HK": "CHN", "KR": "KOR", "BR": "BRA", "CO": "COL", "MX": "MEX", "US": "USA", "RS": "SRB",
    "GE": "GEO", "KZ": "KAZ",
}  # fmt: skip
_ELSEWHERE = ("FRA", "FRA", "FRA", "FRA", "GBR", "DEU", "ITA")
_AGENCIES = tuple(
    Agency(company="TA", iata=f"9900{n:04d}", office=f"SYN{n:03d}", kind="T") for n in range(24)
)
#: Kind of party and how often it comes.
_KINDS = {
    "business": 26,
    "solo": 22,
    "couple": 21,
    "family": 13,
    "transit": 7,
    "workers": 4,
    "student": 4,
    "group": 3,
}


def nationality(rng: random.Random, plan: Plan) -> str | None:
    """Most travellers are from one of the two ends, the others from anywhere (`None`)."""
    chance = rng.random()
    if chance < 0.45:
        return _LOCALS.get(place(plan.origin).country)
    return rng.choice(_ELSEWHERE) if chance < 0.85 else None


def created(rng: random.Random, plan: Plan, first: int, last: int) -> dt.datetime:
    """A time of booking between `first` and `last` days before departure."""
    minutes = rng.randint(first * 1440, last * 1440)
    return plan.departure_utc - dt.timedelta(minutes=minutes)


def agency(rng: random.Random, plan: Plan) -> Agency | None:
    """A travel agency of the country of departure for some; `None` is the airline itself."""
    if rng.random() < 0.6:
        return None
    chosen = rng.choice(_AGENCIES)
    country = place(plan.origin).country
    return Agency(
        company=chosen.company,
        iata=chosen.iata,
        office=chosen.office,
        city=plan.origin,
        country=country,
        kind="T",
    )


def ordinary(plan: Plan, rng: random.Random, registry: Registry, size: int) -> list[Draft]:
    """Drafts of at least `size` travellers of one flight."""
    drafts: list[Draft] = []
    seated = 0
    kinds = rng.choices(list(_KINDS), list(_KINDS.values()), k=size)
    for kind in kinds:
        if seated >= size:
            break
        draft = party(kind, plan, rng, registry)
        seated += len(draft.people)
        drafts.append(draft)
    return drafts


def party(kind: str, plan: Plan, rng: random.Random, registry: Registry) -> Draft:
    """One booking of ordinary people. `kind` is one of business, solo, couple, family, transit …"""
    today = plan.departure_utc.date()
    land = nationality(rng, plan)
    lead = make_person(rng, registry, today, land, (23, 70))
    draft = Draft([lead], plan, created(rng, plan, 9, 120), agency=agency(rng, plan))
    draft.stay_days = rng.randint(6, 28)
    draft.amount = rng.randint(180, 950)
    draft.checked_in_minutes = rng.randint(70, 240)
    if kind == "business":
        draft.created = created(rng, plan, 3, 25)
        draft.stay_days, draft.bags = rng.randint(3, 8), rng.choice((0, 1))
    elif kind == "couple":
        other = make_person(rng, registry, today, lead.nationality, (25, 68))
        draft.people.append(other.but(phone=lead.phone, email=lead.email))
    elif kind == "family":
        draft.people += _family(rng, registry, today, lead)
    elif kind == "transit":
        draft.onward, draft.bag_destination = (beyond := rng.choice(BEYOND)), beyond
        draft.transit = True
    elif kind == "workers":
        draft.people += [
            make_person(rng, registry, today, lead.nationality, (20, 45)).but(phone=lead.phone)
            for _ in range(rng.randint(3, 6))
        ]
        draft.stay_days, draft.payment, draft.bags = rng.randint(80, 170), "IN", 1
    elif kind == "student":
        draft.people = [make_person(rng, registry, today, land, (18, 26))]
        draft.stay_days, draft.bags = rng.choice((None, 200, 280)), 2
    elif kind == "group":
        draft.people += [
            make_person(rng, registry, today, lead.nationality, (55, 78))
            for _ in range(rng.randint(7, 13))
        ]
        draft.created, draft.group = created(rng, plan, 60, 200), True
    return draft


def _family(rng: random.Random, registry: Registry, today: dt.date, lead: Person) -> list[Person]:
    members = [relative(rng, registry, today, lead, (25, 55))]
    members += [
        relative(rng, registry, today, lead, (2, 15)) for _ in range(rng.choice((1, 1, 2, 2, 3)))
    ]
    if rng.random() < 0.35:
        baby = relative(rng, registry, today, lead, (1, 2))
        members.append(baby.but(born=today - dt.timedelta(days=rng.randint(60, 600))))
    return members


def crew(plan: Plan, rng: random.Random, registry: Registry) -> tuple[Traveller, ...]:
    """Two pilots and five cabin crew, as a crew list states them."""
    today = plan.departure_utc.date()
    members = []
    for n in range(7):
        person = make_person(rng, registry, today, rng.choice(_ELSEWHERE), (24, 60))
        members.append(
            Traveller(
                role="crew",
                surname=person.surname.upper(),
                given_names=person.given.upper(),
                date_of_birth=person.born,
                sex=person.sex,
                nationality=person.nationality,
                embarkation=plan.origin,
                debarkation=plan.destination,
                crew_function="CR1" if n < 2 else "CR2",
                documents=(
                    Document(
                        type="P",
                        number=person.number,
                        issuer=person.nationality,
                        expiry=person.expiry,
                    ),
                ),
            )
        )
    return tuple(members)
