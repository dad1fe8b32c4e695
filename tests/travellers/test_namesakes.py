"""Travellers of one name and one birth date on one flight: the same messages in any order give the same
travellers."""

from __future__ import annotations

import datetime as dt
import itertools
import uuid
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from vedette.core.parties import Document
from vedette.core.statements import Stamp
from vedette.travellers.manifest import FlightRow, Held, Manifest, Person
from vedette.travellers.mentions import marked
from vedette.travellers.merging import settle, state_booking, state_traveller
from vedette.travellers.records import Booking, Locator, Seat, Traveller

BORN = dt.date(1984, 5, 6)
AWA = Traveller(surname="NDIAYE", given_names="AWA", date_of_birth=BORN)
ONE, TWO, NEW = (Document(type="P", number=number) for number in ("D01", "D02", "D03"))
ROW = FlightRow(
    id=uuid.UUID(int=1), carrier="XX", number="1", origin="ADD", destination="DSS",
    departs_on=dt.date(2026, 11, 24),
)  # fmt: skip


class _Storage:
    def __init__(self) -> None:
        self.ids = itertools.count(1)

    def bookings(self, bookings: object) -> list[uuid.UUID]:
        raise NotImplementedError

    def token(self, kind: str, value: str) -> bytes:
        return uuid.uuid5(uuid.UUID(int=0), kind + value).bytes

    def new_id(self) -> uuid.UUID:
        return uuid.UUID(int=next(self.ids))


#: A passenger list, or the bookings of a push.
Message = tuple[Traveller, ...] | tuple[Booking, ...]


def person(document: Document | None = None, **more: Any) -> Traveller:
    """One of the namesakes, as a message states them."""
    return msgspec.structs.replace(AWA, documents=(document,) if document else (), **more)


def booking(locator: str, *travellers: Traveller, seats: tuple[Seat, ...] = ()) -> Booking:
    """A booking of namesakes."""
    return Booking(
        locators=(Locator(company="XX", locator=locator),), travellers=travellers, seats=seats
    )


def place(hold: Held, number: int, message: Message, storage: _Storage) -> None:
    """Places one message as the pipeline places it. `number` is its stamp."""
    by: tuple[str, Stamp] = ("XX", [f"2026-11-24T{number:02}:00:00", "A", 1])
    taken: set[uuid.UUID] = set()
    for one in message:
        if isinstance(one, Booking):
            id_ = uuid.uuid5(uuid.UUID(int=0), one.locators[0].locator)
            state_booking(one, id_, by, hold, taken, storage)
    listed = [one for one in message if isinstance(one, Traveller)]
    for traveller, mark, among in marked("api", listed):
        state_traveller("api", traveller, mark, among, None, by, hold, taken, storage)
    settle(hold, storage)


def read_again(hold: Held) -> Held:
    """The flight as the next message finds it in the database."""
    persons = [
        Person(
            one.id,
            traveller_id=one.traveller_id,
            booking_id=one.booking_id,
            views=msgspec.json.decode(msgspec.json.encode(one.views)),
            stored=True,
            facts=one.facts,
            here=one.here,
        )
        for one in sorted(hold.manifest.persons.values(), key=lambda one: one.id)
    ]
    return Held(ROW, Manifest(persons), bookings=hold.bookings)


def told(hold: Held) -> list[bytes]:
    """Everything that is stored of the travellers, without the ids."""
    return sorted(
        msgspec.json.encode(
            (one.views, one.facts, one.here, one.booking_id, one.traveller_id == one.id),
            order="deterministic",
        )
        for one in hold.manifest.persons.values()
    )


def after(messages: list[tuple[int, Message]], again: bool = True) -> Held:
    """The flight after these messages."""
    hold, storage = Held(ROW, Manifest()), _Storage()
    for number, message in messages:
        place(hold, number, message, storage)
        hold = read_again(hold) if again else hold
    return hold


def documents(hold: Held) -> list[tuple[list[str], str]]:
    """For each traveller, the documents of the passenger list and the locator of the booking."""
    found = []
    for one in hold.manifest.persons.values():
        api, pnr = one.seen("api"), one.seen("pnr")
        numbers = [d.number for d in api.documents] if api else []
        found.append((numbers, (pnr.locator or "") if pnr else ""))
    return sorted(found)


_STORIES: dict[str, list[Message]] = {
    "documents late in the bookings": [
        (person(ONE), person(TWO)),
        (booking("AAAAAA", person(reference="1")), booking("BBBBBB", person(reference="1"))),
        (booking("BBBBBB", person(ONE, reference="1")),),
        (booking("AAAAAA", person(TWO, reference="1")),),
    ],
    "documents late in the passenger list": [
        (person(), person()),
        (booking("BBBBBB", person(TWO)), booking("AAAAAA", person(ONE))),
        (person(TWO), person(ONE)),
    ],
    "documents in one booking that comes late": [
        (booking("AAAAAA", person(reference="1")),),
        (person(ONE, locator="AAAAAA"),),
        (booking("BBBBBB", person(ONE, reference="1")),),
        (person(ONE), person(TWO, locator="AAAAAA")),
    ],
    "amended": [
        (person(ONE), person(TWO)),
        (person(NEW), person(TWO)),
        (booking("AAAAAA", person(TWO)), booking("BBBBBB", person(NEW))),
        (person(TWO), person(ONE)),
    ],
    "cancelled": [
        (person(ONE), person(TWO)),
        (person(seat="1A"), person(seat="1B")),
        (person(seat="1B"),),
        (booking("AAAAAA", person(), person(), seats=(Seat(traveller=0, number="1B"),)),),
        (person(TWO, seat="1A", boarded=False),),
    ],
}  # fmt: skip
_ENDS = {
    "documents late in the bookings": [(["D01"], "BBBBBB"), (["D02"], "AAAAAA")],
    "documents late in the passenger list": [(["D01"], "AAAAAA"), (["D02"], "BBBBBB")],
    "documents in one booking that comes late": [(["D01"], "BBBBBB"), (["D02"], "AAAAAA")],
    "amended": [(["D01", "D03"], "BBBBBB"), (["D02"], "AAAAAA")],
    # Nothing but the seats tells which of the two is booked where.
    "cancelled": [([], "AAAAAA"), ([], "AAAAAA"), (["D01"], ""), (["D02"], "")],
}


@pytest.mark.parametrize("story", _STORIES)
def test_every_order_of_a_story_gives_the_same_travellers(story: str) -> None:
    """Each message in a transaction of its own, or all in one transaction."""
    messages = list(enumerate(_STORIES[story], 1))
    end = after(messages)
    assert documents(end) == _ENDS[story]
    for order in itertools.permutations(messages):
        for again in (True, False):
            assert told(after(list(order), again)) == told(end), [number for number, _ in order]


_travellers = st.builds(
    person,
    st.sampled_from([None, ONE, TWO]),
    reference=st.sampled_from([None, None, "1", "2"]),
    seat=st.sampled_from([None, "1A", "1B"]),
    locator=st.sampled_from([None, "AAAAAA"]),
    date_of_birth=st.sampled_from([BORN, BORN, None]),
    boarded=st.sampled_from([None, None, True, False]),
)
_lists = st.lists(_travellers, min_size=1, max_size=3).map(tuple)
_bookings = st.builds(
    lambda locator, some: booking(locator, *some),
    st.sampled_from(["AAAAAA", "BBBBBB"]),
    st.lists(_travellers, min_size=1, max_size=2),
)
_pushes = st.lists(_bookings, min_size=1, max_size=2, unique_by=lambda b: b.locators[0].locator)


@settings(max_examples=150, deadline=None)
@given(st.lists(st.one_of(_lists, _pushes.map(tuple)), min_size=2, max_size=5), st.randoms())
def test_any_messages_in_any_order_give_the_same_travellers(messages: list, order: Any) -> None:
    """Two or three namesakes, whatever the messages state of them."""
    numbered = list(enumerate(messages, 1))
    shuffled = [*numbered, *numbered[:1]]
    order.shuffle(shuffled)
    assert told(after(numbered)) == told(after(shuffled, order.random() < 0.5))
