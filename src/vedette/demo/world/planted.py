"""Planted cases: for each of the 25 passenger indicators, travellers who show it, and innocents.

`CASES` is the register: name → (indicator, what the screening is expected to say, who does it).
Indicator 0 marks innocents, who must not stand out. The numbers are those of the project's list of
passenger indicators.
"""

from __future__ import annotations

from typing import NamedTuple

from . import cases_identity as identity
from . import cases_journey as journey
from .stage import Plant, Stage
from .trips import Draft


class Planted(NamedTuple):
    """One planted traveller. `expected` is `hit` or `no hit`."""

    indicator: int
    case: str
    flight: str
    locator: str
    surname: str
    given_names: str
    expected: str


CASES: dict[str, tuple[int, str, Plant]] = {
    "late booking": (1, "hit", journey.late),
    "listed, exact": (23, "hit", identity.listed_exact),
    "cash, other payer": (2, "hit", journey.cash_other_payer),
    "API and PNR: other name": (9, "hit", identity.other_name),
    "one way": (3, "hit", journey.one_way),
    "late, cash, one way": (1, "hit", journey.late_cash_one_way),
    "listed, typing error": (23, "hit", identity.listed_typo),
    "short stay": (4, "hit", journey.short_stay),
    "namesake": (0, "no hit", identity.namesake),
    "hidden city": (5, "hit", journey.hidden_city),
    "listed telephone": (11, "hit", identity.listed_phone),
    "watched hub": (6, "hit", journey.hub),
    "API and PNR: other birth date": (9, "hit", identity.other_birth_date),
    "changed repeatedly": (7, "hit", journey.changed),
    "listed, transliterated": (23, "hit", identity.listed_transliterated),
    "booked, not flown": (8, "hit", identity.no_show),
    "go-show": (8, "hit", identity.go_show),
    "document misread": (23, "hit", identity.listed_document_misread),
    "API and PNR: other document": (9, "hit", identity.other_document),
    "API and PNR: other sex": (9, "hit", identity.other_sex),
    "same document, other person": (10, "hit", identity.same_document),
    "several documents": (10, "hit", identity.several_documents),
    "listed, day and month turned": (23, "hit", identity.listed_day_month),
    "document about to expire": (10, "hit", identity.expiring),
    "listed e-mail": (11, "hit", identity.listed_email),
    "listed address": (11, "hit", identity.listed_address),
    "shared card": (11, "hit", identity.shared_card),
    "stolen document": (24, "hit", identity.stolen_document),
    "split booking": (12, "hit", identity.split),
    "same booker": (12, "hit", identity.same_booker),
    "hidden companions": (13, "hit", identity.hidden_companions),
    "hurried family": (0, "no hit", identity.hurried_family),
    "no bag, long stay": (14, "hit", journey.no_bag),
    "many bags": (14, "hit", journey.many_bags),
    "bag to elsewhere": (15, "hit", journey.bag_elsewhere),
    "frequent": (16, "hit", journey.frequent),
    "agency elsewhere": (17, "hit", identity.agency),
    "listed, name turned": (23, "hit", identity.listed_turned),
    "no contact": (18, "hit", journey.no_contact),
    "contact refused": (18, "hit", journey.refused_contact),
    "throw-away e-mail": (18, "hit", journey.throw_away),
    "name turned": (19, "hit", journey.turned_name),
    "late check-in": (20, "hit", journey.late_check_in),
    "minor alone": (21, "hit", journey.minor_alone),
    "minor, unrelated adult": (21, "hit", journey.minor_unrelated),
    "young, one card": (21, "hit", journey.young_one_card),
    "visa for elsewhere": (22, "hit", journey.visa_elsewhere),
    "rare combination": (25, "hit", journey.rare),
}


#: Cases that are told by their time of booking or payment, or show in no booking at all.
_AS_THEY_ARE = frozenset(
    (
        "late booking", "cash, other payer", "late, cash, one way", "changed repeatedly", "go-show",
        "shared card", "same booker", "split booking", "young, one card", "rare combination",
    )
)  # fmt: skip
#: Hours before departure at which a case that shows further signs was booked.
_LATE_H = (8, 44)


def plant(case: str, stage: Stage) -> tuple[list[Draft], Planted]:
    """The drafts of one case, and the record of it for the first of its travellers.

    An indicator is weak alone: two in three cases were also booked late, paid in cash and, where their
    stay tells nothing, one way.
    """
    indicator, expected, make = CASES[case]
    drafts = make(stage)
    if expected == "hit" and case not in _AS_THEY_ARE and stage.rng.random() < 0.67:
        hours = stage.rng.randint(*_LATE_H)
        for draft in drafts:
            draft.created, draft.payment = stage.hours_before(hours), "CA"
            if draft.stay_days == Draft.stay_days:
                draft.stay_days = None
    first = drafts[0]
    first.locator = first.locator or stage.registry.locator(stage.rng)
    person = first.people[0]
    return drafts, Planted(
        indicator=indicator,
        case=case,
        flight=stage.plan.key(),
        locator=first.locator,
        surname=person.surname.upper(),
        given_names=person.given.upper(),
        expected=expected,
    )
