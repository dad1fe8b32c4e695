"""The inserted cases of the demo world show what they were planted for, read from messages as they come.

Each case is planted among ordinary travellers of a flight; bookings come a day before and at departure,
the passenger list at departure. What a case shows in another flight or list is not of this room.
"""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Callable
from functools import cache
from typing import Any

import pytest
from tests.travellers.columns.flights import rows

from vedette.core.names import fold
from vedette.demo.world import messages
from vedette.demo.world.flights import landing
from vedette.demo.world.named_cases import CASES, show
from vedette.demo.world.parameters import PLAIN
from vedette.demo.world.parties import World, operating_crew, ordinary
from vedette.demo.world.people import Registry
from vedette.demo.world.setting import Past, Setting
from vedette.demo.world.trips import Draft, Trip, checked_in, trip
from vedette.pipeline.process import Read, Received
from vedette.travellers import formats
from vedette.travellers.manifest import Held, Manifest
from vedette.travellers.merging import flight_of, place, settle
from vedette.travellers.records import Booking

ORGANISATION = uuid.UUID(int=1)
Row = dict[str, Any]
LANDING = dt.datetime(2026, 11, 24, 18, 0)

#: Case → what is seen of its first traveller, given the rows of all its travellers in order.
SHOWN: dict[str, Callable[[list[Row]], bool]] = {
    "late booking": lambda r: r[0]["lead_time_h"] < 24,
    "cash, other payer": lambda r: r[0]["is_cash"] and r[0]["payer_is_other"],
    "one way": lambda r: r[0]["one_way"] and not r[0]["return_booked"] and r[0]["bags"] == 0,
    "late, cash, one way": lambda r: (
        r[0]["lead_time_h"] < 24 and r[0]["is_cash"] and r[0]["one_way"]
    ),
    "short stay": lambda r: r[0]["stay_nights"] <= 1 and r[0]["direct_km"] > 500,
    "hidden city": lambda r: r[0]["leaves_early"] and r[0]["bag_elsewhere"] and "hubs" in r[1],
    "watched hub": lambda r: r[0]["route"].startswith("PTY-"),
    "changed repeatedly": lambda r: 3 <= r[0]["itinerary_changes"] <= 7,
    "booked, not flown": lambda r: r[0]["booked_not_flown"],
    "go-show": lambda r: r[0]["flown_not_booked"] and not r[0]["in_pnr"],
    "API and PNR: other name": lambda r: r[0]["name_differs"] and r[0]["agreement"] < 1,
    "API and PNR: other birth date": lambda r: r[0]["birth_date_differs"],
    "API and PNR: other document": lambda r: r[0]["document_differs"],
    "API and PNR: other sex": lambda r: r[0]["sex_differs"],
    "document about to expire": lambda r: 2 <= r[0]["document_valid_d"] <= 20,
    "shared card": lambda r: r[0]["same_card_bookings"] == 2 and r[0]["hidden_companions"] == 2,
    "split booking": lambda r: [one["splits"] for one in r] == [1, 1],
    "same booker": lambda r: r[0]["same_agency_minutes"] == 3 and r[0]["hidden_companions"] == 3,
    "hidden companions": lambda r: (
        r[0]["pool_with_others"] and r[0]["adjacent_hidden_companions"] == 1
    ),
    "no bag, long stay": lambda r: r[0]["bags"] == 0 and r[0]["stay_nights"] >= 89,
    "many bags": lambda r: r[0]["bags"] == 9 and r[0]["kg_per_night"] > 100,
    "bag to elsewhere": lambda r: r[0]["bag_elsewhere"],
    "agency elsewhere": lambda r: r[0]["agency_abroad"] and r[0]["agency_country"] == "PA",
    "no contact": lambda r: r[0]["contact_missing"] and not r[0]["contact_refused"],
    "contact refused": lambda r: r[0]["contact_refused"],
    "throw-away e-mail": lambda r: r[0]["email_throwaway"],
    "name turned": lambda r: r[0]["name_turned"],
    "late check-in": lambda r: r[0]["check_in_min"] == 34 and r[0]["late_seat_change"],
    "minor alone": lambda r: r[0]["alone_minor"] and r[0]["one_way"],
    "minor, unrelated adult": lambda r: r[0]["with_unrelated_minor"] and r[1]["minor_unrelated"],
    "young, one card": lambda r: r[0]["same_card_young"] >= 2,
    "visa for elsewhere": lambda r: r[0]["visa_elsewhere"],
    "rare combination": lambda r: r[0]["agency_share"] < 0.05 and r[0]["combination_rarity"] > 3,
    "hurried family": lambda r: (
        r[0]["family"] == 1 and r[0]["with_child_under_12"] and not r[0]["with_unrelated_minor"]
    ),
}
#: Cases that lists or earlier journeys show, not the flight itself.
ELSEWHERE = {
    "listed, exact", "listed, typing error", "listed, transliterated", "listed, name turned",
    "listed, day and month turned", "listed telephone", "listed e-mail", "listed address",
    "document misread", "stolen document", "namesake", "same document, other person",
    "several documents", "frequent",
}  # fmt: skip


class Storage:
    """As much of the pipeline's storage as a flight needs."""

    def __init__(self) -> None:
        self.held: dict[uuid.UUID, Held] = {}
        self.locators: dict[str, uuid.UUID] = {}

    def bookings(self, bookings: list[tuple[Booking, Any]]) -> list[uuid.UUID]:
        return [self.locators.setdefault(b.locators[0].locator, uuid.uuid4()) for b, _ in bookings]

    def token(self, kind: str, value: str) -> bytes:
        return uuid.uuid5(ORGANISATION, kind + value).bytes

    def new_id(self) -> uuid.UUID:
        return uuid.uuid4()


def stored(s: Setting, trips: list[Trip]) -> Held:
    """The flight after its messages, read by the product's own readers."""
    flight, leaves, storage, hold = s.plan, s.plan.departure_utc, Storage(), None
    sent = [
        messages.passengers(flight, operating_crew(s), leaves, "crew"),
        *(
            messages.push(flight, [b for t in trips if (b := make(t))], leaves - before, hours)
            for hours, make, before in (
                (24, lambda t: t.booking, dt.timedelta(hours=24)),
                (0, checked_in, dt.timedelta(0)),
            )
        ),
        messages.passengers(
            flight, tuple(p for t in trips for p in t.passengers),
            leaves - messages.CLOSURE, "passengers",
        ),
    ]  # fmt: skip
    for data in (part for message in sent for part in messages.write(message)):
        item = Received(
            id=uuid.uuid4(), organisation=ORGANISATION, name="x", received_at=LANDING, data=data
        )
        for message in formats.read(data):
            row = flight_of(message, item)
            assert row is not None
            hold = hold or Held(row, Manifest())
            read = Read(item, 1, message, b"", uuid.uuid4(), row)
            ids = storage.bookings([(b, row) for b in message.bookings])
            place(read, hold, iter(ids), storage)  # type: ignore[arg-type]
    assert hold is not None
    settle(hold, storage)  # type: ignore[arg-type]
    return hold


@cache
def planted(case: str) -> tuple[list[Row], list[Row]]:
    """The rows of a case's travellers in order, and those of everybody."""
    flight, registry = landing(7, LANDING, sorted(CASES).index(case)), Registry()
    s = World(7, PLAIN).setting(flight, case, registry, Past(7, registry))
    mine = show(s, case)
    # Workers are paid for by their employer, which is no oddity of theirs.
    kinds = {kind: often for kind, often in s.p.kinds.items() if kind != "workers"}
    drafts: list[Draft] = [*mine, *(d for some in ordinary(s, 60, kinds) for d in some)]
    seats = iter(f"{10 + n // 6}{'ABCDEF'[n % 6]}" for n in range(200))
    for draft in drafts:
        draft.seats = draft.seats or [next(seats) for _ in draft.people]
    hold = stored(s, [trip(draft, registry, s.rng) for draft in drafts])
    now = flight.departure_utc.replace(tzinfo=dt.UTC)
    everybody = list(zip(hold.manifest.persons.values(), rows(hold, now), strict=True))

    def is_of(person: Any, draft: Draft, n: int) -> bool:
        seen = person.seen("pnr") or person.seen("api")
        booked = draft.booked_as.get(n, (draft.people[n].surname, draft.people[n].given))
        return seen.locator in (draft.locator, None) and fold(seen.given_names) in (
            fold(booked[1]), fold(booked[1]) + "MR", fold(booked[1]) + "MRS",
        ) and fold(seen.surname) == fold(booked[0])  # fmt: skip

    found = [
        next(row for person, row in everybody if is_of(person, draft, n))
        for draft in mine
        for n in range(len(draft.people))
    ]
    return found, [row for _, row in everybody]


@pytest.mark.parametrize("case", SHOWN)
def test_a_planted_case_shows_what_it_was_planted_for(case: str) -> None:
    """Recall of the features on which profiles rest (indicators 1 to 22 and 25)."""
    mine, _ = planted(case)
    assert SHOWN[case](mine), mine[0]


def test_every_case_is_shown_here_or_elsewhere() -> None:
    """A case that is added to the world has to be looked for."""
    assert set(SHOWN) | ELSEWHERE == set(CASES)


@pytest.mark.parametrize(
    "column",
    [
        "leaves_early", "bag_elsewhere", "visa_elsewhere", "name_turned", "name_cut", "name_respelt",
        "late_seat_change", "pool_with_others", "minor_unrelated", "alone_minor", "contact_missing",
        "email_throwaway", "payer_is_other", "sequential_tickets", "booked_not_flown", "agency_abroad",
    ],
)  # fmt: skip
def test_ordinary_travellers_do_not_show_it(column: str) -> None:
    """Beside an innocent (a family that booked late) nobody stands out."""
    _, everybody = planted("hurried family")
    assert len(everybody) > 50
    assert not [row for row in everybody if row.get(column)]
