"""The merge of statements: any order and any repetition give the same state."""

from __future__ import annotations

import datetime as dt
import itertools
import random

from hypothesis import given
from hypothesis import strategies as st

from vedette.records import Contacts, Document, Envelope, Traveller
from vedette.state import (
    Part,
    complete_pushes,
    elements,
    everything,
    present,
    rebuild,
    stamp_of,
    state,
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
