"""The merge of statements: any order and any repetition give the same state."""

from __future__ import annotations

import datetime as dt
import itertools
import random

import msgspec
from hypothesis import given
from hypothesis import strategies as st

from vedette.core.parties import Contacts, Document
from vedette.core.records import Envelope
from vedette.core.statements import (
    Stamp,
    elements,
    everything,
    missing_parts,
    present,
    rebuild,
    stamp_of,
    stamped,
    state,
)
from vedette.travellers.records import Traveller
from vedette.travellers.sendings import (
    Closing,
    Part,
    closing,
    complete_pushes,
    on_board,
)

stamps = st.tuples(
    st.sampled_from(["2026-01-01T10:00:00", "2026-01-01T11:00:00"]),
    st.sampled_from("AB"),
    st.integers(0, 2),
).map(list)
statements = st.lists(
    st.tuples(
        stamps,
        st.dictionaries(
            st.sampled_from(["surname", "seat", "documents:P/1"]), st.text("xyz", max_size=2)
        ),
    ),
    min_size=1,
    max_size=5,
)


@given(statements, st.randoms())
def test_any_order_and_repetition_give_the_same_view(said: list, order: random.Random) -> None:
    """architecture.md, Message identity: a merge, not a replay."""
    straight: list = []
    for stamp, stated in said:
        straight = state(straight, stamp, stated)
    shuffled = [*said, *said]
    order.shuffle(shuffled)
    other: list = []
    for stamp, stated in shuffled:
        other = state(other, stamp, stated)
    assert everything({"XX": straight}) == everything({"XX": other})


def test_a_record_survives_being_taken_apart() -> None:
    """Elements and back: nothing of a traveller is lost."""
    traveller = Traveller(
        surname="MOREL",
        given_names="JEAN",
        date_of_birth=dt.date(1980, 2, 3),
        documents=(
            Document(type="P", number="12AB", issuer="FRA"),
            Document(type="V", number="77", valid_for="SEN"),
        ),
        contacts=Contacts(phones=("+33639980001",), emails=("a@example.org",)),
    )
    assert rebuild(elements(traveller), Traveller) == traveller


def test_a_later_statement_adds_and_corrects_but_takes_nothing_away() -> None:
    """An update (141) does not mark as absent what it omits."""
    first = elements(Traveller(surname="MOREL", seat="12A"))
    view = state([], ["2026-01-01T10:00:00", "A", 0], first)
    view = state(view, ["2026-01-01T11:00:00", "B", 0], {"seat": "14C"})
    assert rebuild(everything({"XX": view}), Traveller) == Traveller(surname="MOREL", seat="14C")


def test_a_complete_push_leaves_out_what_it_does_not_state() -> None:
    """A full push (22) marks what it omits as absent, for that sender only."""
    early, late = ["2026-01-01T10:00:00", "A", 1], ["2026-01-02T10:00:00", "B", 1]
    views = {"XX": state([], early, {"seat": "12A"}), "YY": state([], early, {"surname": "MOREL"})}
    pushes = complete_pushes([Part(sender="XX", transfer="t", stamp=late, sequence=1, last=True)])
    assert present(views, pushes) == {"surname": "MOREL"}
    assert everything(views) == {"seat": "12A", "surname": "MOREL"}


def test_an_incomplete_push_leaves_nothing_out() -> None:
    """Part 2 of 3 is missing: nobody is marked absent."""
    parts = [
        Part(sender="XX", transfer="t", stamp=["2026", "A", n], sequence=n, last=n == 3)
        for n in (1, 3)
    ]
    assert complete_pushes(parts) == {}
    parts.append(Part(sender="XX", transfer="t", stamp=["2026", "A", 2], sequence=2, last=False))
    for order in itertools.permutations(parts):
        assert complete_pushes(order) == {"XX": ["2026", "A", 1]}


def test_the_stamp_is_the_senders_time_never_arrival() -> None:
    """Where the sender gives none, receipt stands in."""
    received = dt.datetime(2026, 5, 1, tzinfo=dt.UTC)
    said = Envelope(prepared=dt.datetime(2026, 4, 1, 9), interchange_ref="R", sequence=2)
    assert stamp_of(said, received) == ["2026-04-01T09:00:00", "R", 2]
    assert stamp_of(Envelope(), received) == ["2026-05-01T00:00:00", "", 0]


def test_a_reference_kept_for_all_pushes_names_several() -> None:
    """Some carriers give every push of a flight one common access reference."""
    days = [["2026-01-01", "A", 1], ["2026-01-01", "B", 2], ["2026-01-02", "C", 1]]
    parts = [
        Part(sender="XX", transfer="t", stamp=stamp, sequence=stamp[2], last=stamp[2] == 2)
        for stamp in days
    ]
    for order in itertools.permutations(parts):
        assert complete_pushes(order) == {"XX": days[0]}
    again = Part(sender="XX", transfer="t", stamp=["2026-01-02", "D", 2], sequence=2, last=True)
    for order in itertools.permutations([*parts, again]):
        assert complete_pushes(order) == {"XX": days[2]}


def test_missing_parts_are_those_up_to_the_last_known() -> None:
    """Whether the end is known or not."""
    assert missing_parts([1, 3], None) == [2]
    assert missing_parts([1], 3) == [2, 3]
    assert missing_parts([1, 2], 2) == []


LEAVES = dt.datetime(2026, 1, 1, 12, tzinfo=dt.UTC)


def sent(sub: str, time: str, people: int = 1, transfer: str = "") -> Part:
    stamp = [f"2026-01-01T{time}:00", time, 1]
    return Part(
        sender="XX", transfer=transfer or time, stamp=stamp, sub_function=sub, people=people
    )


def test_the_carrier_closes_the_flight() -> None:
    """PAXLST BGM C106: CL, CLOB and CLNB close it; changes and early lists do not."""
    early, change = sent("", "10:00"), sent("CP", "11:59")
    assert closing([early, change], LEAVES) == Closing()
    for order in itertools.permutations([early, sent("CLNB", "12:10")]):
        assert closing(order, LEAVES) == Closing(closed=True)
    final = sent("CLOB", "12:10")
    for order in itertools.permutations([early, final]):
        assert closing(order, LEAVES) == Closing(closed=True, on_board={"XX": final.stamp})
    assert closing([early, sent("CL", "12:10", people=0)], LEAVES) == Closing(closed=True)


def test_where_no_closing_list_comes_the_list_at_departure_closes() -> None:
    """Most carriers send one list when check-in is over: half an hour before departure or later."""
    assert closing([sent("", "11:29")], LEAVES) == Closing()
    assert closing([sent("", "11:30")], LEAVES) == Closing(closed=True)
    assert closing([sent("", "11:30")], None) == Closing()


def test_half_a_closing_list_closes_nothing() -> None:
    """A part of it is missing: those it will still name are not absent yet."""
    half = Part(sender="XX", transfer="t", stamp=["2026", "A", 1], sequence=1, last=False, people=9)
    half = msgspec.structs.replace(half, sub_function="CLOB")
    assert closing([half], LEAVES) == Closing()


def test_who_is_on_board() -> None:
    """Named on board, named as not, left out of a list of all on board, or back on the list."""
    first, last = sent("", "10:00").stamp, sent("CLOB", "12:10").stamp
    listed = {"XX": state([], first, {"surname": "MOREL"})}
    assert on_board(listed, Closing(closed=True))
    assert not on_board(listed, Closing(closed=True, on_board={"XX": last}))
    off = {"XX": state(listed["XX"], last, {"surname": "MOREL", "boarded": False})}
    assert not on_board(off, Closing(closed=True))
    again = {"XX": state(off["XX"], sent("", "12:20").stamp, {"surname": "MOREL"})}
    assert on_board(again, Closing())
    assert on_board({"XX": state([], first, {"boarded": True})}, Closing(on_board={"XX": last}))


def test_within_one_minute_references_count_as_numbers() -> None:
    """UNB tells time to the minute: the tenth message of it is later than the ninth."""
    at = dt.datetime(2026, 4, 1, 9)

    def stamp(reference: str) -> Stamp:
        return stamp_of(Envelope(prepared=at, interchange_ref=reference), dt.datetime.now(dt.UTC))

    assert stamp("9") < stamp("10") < stamp("000000011")
    assert stamp("9") == stamp("0009") == stamped(at, "9", None)
    assert stamp("A9") < stamp("B1")
    later = state([[stamp("9"), {"seat": "1A"}]], stamp("10"), {"seat": "2B"})
    assert later == [[stamp("10"), {"seat": "2B"}]]
