"""Planted cases in when and how a journey was booked, its bags, its contacts and its people."""

from __future__ import annotations

import datetime as dt

from vedette.records import Agency, Change, Document

from .stage import Stage
from .trips import Draft

#: A hub that the demo's configuration watches (indicator 6).
HUB = "PTY"

# --- how and when it was booked (1 to 7) ---------------------------------------------------------


def late(s: Stage) -> list[Draft]:
    draft = s.draft()
    draft.created = s.hours_before(s.rng.uniform(4, 20))
    return [draft]


def cash_other_payer(s: Stage) -> list[Draft]:
    draft = s.draft()
    draft.payment, draft.payer = "CA", s.person().surname.upper()
    return [draft]


def one_way(s: Stage) -> list[Draft]:
    draft = s.draft()
    draft.stay_days, draft.bags = None, 0
    return [draft]


def late_cash_one_way(s: Stage) -> list[Draft]:
    draft = s.draft()
    draft.created = s.hours_before(s.rng.uniform(4, 12))
    draft.payment, draft.stay_days, draft.bags, draft.amount = "CA", None, 0, 1450
    return [draft]


def short_stay(s: Stage) -> list[Draft]:
    draft = s.draft(days=(3, 6))
    draft.stay_days, draft.bags, draft.amount = 1, 0, 1900
    return [draft]


def hidden_city(s: Stage) -> list[Draft]:
    person = s.person()
    one, two = s.draft(person, days=(3, 7)), s.draft(person, days=(3, 7))
    one.onward, one.bag_destination = "LIS", s.plan.destination
    one.stay_days = None
    two.flown, two.via = False, "IST" if s.plan.origin != "IST" else "ATH"
    two.stay_days = None
    return [one, two]


def hub(s: Stage) -> list[Draft]:
    draft = s.draft(days=(2, 9))
    draft.via = HUB if s.plan.origin != HUB else "BOG"
    return [draft]


def changed(s: Stage) -> list[Draft]:
    draft = s.draft(days=(20, 40))
    draft.changes = tuple(
        Change(
            at=draft.created + dt.timedelta(days=n),
            by=s.plan.carrier,
            kind="cancelled" if n % 2 else "added",
            what="flight",
        )
        for n in range(1, 9)
    )
    return [draft]


# --- bags, history, contact, check-in (14 to 16, 18 to 20) ---------------------------------------


def no_bag(s: Stage) -> list[Draft]:
    draft = s.draft()
    draft.bags, draft.stay_days = 0, 90
    return [draft]


def many_bags(s: Stage) -> list[Draft]:
    draft = s.draft()
    draft.bags, draft.bag_kg, draft.stay_days = 9, 31, 2
    return [draft]


def bag_elsewhere(s: Stage) -> list[Draft]:
    draft = s.draft()
    draft.bag_destination = "AMS"
    return [draft]


def frequent(s: Stage) -> list[Draft]:
    draft = s.draft(days=(1, 3))
    draft.stay_days = 2
    return [draft]


def no_contact(s: Stage) -> list[Draft]:
    draft = s.draft()
    draft.no_contact = True
    return [draft]


def refused_contact(s: Stage) -> list[Draft]:
    draft = s.draft()
    draft.refused = True
    return [draft]


def throw_away(s: Stage) -> list[Draft]:
    draft = s.draft()
    draft.email = f"x{s.registry.next()}@throwaway.example"
    return [draft]


def turned_name(s: Stage) -> list[Draft]:
    draft = s.draft()
    person = draft.people[0]
    draft.booked_as = {0: (person.given.split()[0], person.surname)}
    return [draft]


def late_check_in(s: Stage) -> list[Draft]:
    draft = s.draft()
    draft.checked_in_minutes = 34
    draft.changes = (
        Change(at=s.hours_before(0.6), by=s.plan.carrier, kind="changed", what="seat"),
    )
    return [draft]


# --- people (21, 22, 25) -------------------------------------------------------------------------


def minor_alone(s: Stage) -> list[Draft]:
    draft = s.draft(s.person((13, 16)))
    draft.stay_days = None
    return [draft]


def minor_unrelated(s: Stage) -> list[Draft]:
    draft = s.draft(s.person((30, 45)), s.person((12, 15)))
    draft.stay_days, draft.payment = None, "CA"
    return [draft]


def young_one_card(s: Stage) -> list[Draft]:
    card = f"400002XXXXXX{s.registry.next() % 10**4:04d}"
    drafts = [s.draft(s.person((18, 20)), days=(3, 5)) for _ in range(3)]
    for draft in drafts:
        draft.card, draft.stay_days = card, None
    return drafts


def visa_elsewhere(s: Stage) -> list[Draft]:
    draft = s.draft()
    draft.visa = Document(
        type="V",
        number=s.registry.document("GBR"),
        place_of_issue="LONDON",
        issued=s.today - dt.timedelta(days=30),
        valid_for="CAN",
    )
    return [draft]


def rare(s: Stage) -> list[Draft]:
    draft = s.draft(days=(290, 320))
    draft.agency = Agency(
        company="TA", iata="99000099", office="SYN999", city="NRT", country="JP", kind="T"
    )
    draft.payment, draft.stay_days, draft.amount = "MS", 3, 6900
    return [draft]
