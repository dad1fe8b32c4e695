"""The time axes of a flight and of a traveller, without a database."""

from __future__ import annotations

import datetime as dt
import itertools
import uuid
from typing import Any

import pytest
from tests.travellers.app.world import NOW

from vedette.apps.inbox.selectors import Transfer
from vedette.travellers.app import axes
from vedette.travellers.app.models import Flight

LEAVES = NOW + dt.timedelta(hours=2)
HOME = uuid.uuid4()


def _flight(**values: Any) -> Flight:
    return Flight(departs_at=LEAVES, arrives_at=LEAVES + dt.timedelta(hours=6), **values)


def _sent(kind: str, hours: float, sender: str = "AIRYY") -> Transfer:
    at = LEAVES - dt.timedelta(hours=hours)
    return Transfer(
        kind, sender, "REF", "22", at, at, parts={1}, ends=1, messages=[uuid.uuid4()]
    )  # fmt: skip


@pytest.mark.parametrize(
    ("pushes", "hours", "left"),
    [
        ([24, 0], [24.1], [(0, "awaited")]),
        ([24, 0], [72.0], [(24, "missing"), (0, "awaited")]),
        ([24, 0], [17.0], [(0, "awaited")]),
        ([72, 24, 0], [24.0], [(72, "missing"), (0, "awaited")]),
        ([72, 24, 0], [73.0, 23.0, 0.1], []),
        ([24, 0], [], [(24, "missing"), (0, "awaited")]),
    ],
)
def test_what_is_missing_follows_the_agreed_times(
    settings: Any, pushes: list[int], hours: list[float], left: list[tuple[int, str]]
) -> None:
    """A push counts for the agreed time that it belongs to, early or late, and for no other."""
    settings.PNR_PUSHES = pushes
    sendings = [_sent("pnr", one) for one in hours]
    found = axes.due(_flight(), "pnr", sendings, NOW)
    assert [(push.hours, push.state) for push in found] == left


def test_a_passenger_list_is_missing_when_the_page_says_so() -> None:
    """The axis and the tag of the page agree: missing one hour before landing, not before."""
    flight, lands = _flight(), LEAVES + dt.timedelta(hours=6)
    for minutes, state in ((61, "awaited"), (59, "missing")):
        now = lands - dt.timedelta(minutes=minutes)
        assert [push.state for push in axes.due(flight, "api", [], now)] == [state]
    assert axes.due(flight, "api", [_sent("api", 2)], lands) == []


def test_deleted_messages_are_not_missing() -> None:
    """Once the messages were deleted, the time stored with the flight stands on the axis."""
    flight = _flight(pnr_at=LEAVES, api_at=LEAVES)
    late = LEAVES + dt.timedelta(days=90)
    pushes = [*axes.due(flight, "pnr", [], late), *axes.due(flight, "api", [], late)]
    axis = axes.messages(flight, [], pushes, late)
    assert axis is not None
    assert [[mark.state for mark in lane.marks] for lane in axis.lanes] == [["received"]] * 2
    assert axis.now == ""


def test_lanes_and_order_of_the_axis() -> None:
    """One lane for each sender, at most six for each kind; times follow each other from left to right."""
    sendings = [_sent("pnr", 90 - n, f"S{n:02}") for n in range(30)]
    flight = _flight()
    axis = axes.messages(flight, sendings, axes.due(flight, "pnr", sendings, NOW), NOW)
    assert axis is not None
    assert [lane.kind for lane in axis.lanes] == ["pnr"] * 6 + ["api"]
    assert sum(len(lane.marks) for lane in axis.lanes) == 32
    places = [mark.at for lane in axis.lanes[:5] for mark in lane.marks if mark.message]
    assert places == sorted(places)
    assert not axis.linked
    assert axis.now
    assert axes.messages(Flight(), [], [], NOW) is None


def test_labels_do_not_overlap() -> None:
    """The label of a missing message is always shown; others only where there is room."""
    sendings = [_sent("pnr", hours) for hours in (72, 71, 70, 69)]
    flight = _flight()
    axis = axes.messages(flight, sendings, axes.due(flight, "pnr", sendings, NOW), NOW)
    assert axis is not None
    marks = axis.lanes[0].marks
    assert [bool(mark.label) for mark in marks if mark.state == "missing"] == [True]
    labelled = sorted(mark.at for mark in marks if mark.label)
    assert all(b - a > 0.1 for a, b in itertools.pairwise(labelled))


def _crossing(days: int, outcome: str | None = None, **values: Any) -> dict[str, Any]:
    return {
        "id": uuid.uuid4(), "present": True, "flight_id": HOME, "carrier": "YY", "number": "417",
        "origin": "ADD", "destination": "DSS", "departs_on": NOW.date() - dt.timedelta(days=days),
        "hit_id": uuid.uuid4() if outcome else None, "hit_state": "decided" if outcome else None,
        "outcome": outcome, **values,
    }  # fmt: skip


def test_crossings_stand_in_the_lane_of_their_outcome() -> None:
    """Confirmed results come first, crossings without a hit last; a void hit is no hit."""
    rows = [_crossing(50), _crossing(40, "confirmed"), _crossing(30, "void"), _crossing(1, "open")]
    axis = axes.travel(rows, rows[3]["id"], NOW.date())
    assert axis is not None
    lanes = [(kind, count) for _, kind, count, _, _ in axis.lanes]
    assert lanes == [("q1", 1), ("q2", 1), ("v3", 2)]
    assert axis.here
    assert axis.linked
    assert axis.lanes[0][4][0].page == f"/hits/{rows[1]['hit_id']}/"
    assert axes.travel([], HOME, NOW.date()) is None


def test_a_thousand_crossings_are_few_points() -> None:
    """Crossings at the same place are one point that states their number; the scale keeps few lines."""
    rows = [_crossing(3 * n) for n in range(1000)]
    axis = axes.travel(rows, rows[0]["id"], NOW.date())
    assert axis is not None
    points = axis.lanes[0][4]
    assert len(points) <= 101
    assert sum(point.count for point in points) == 1000
    assert len(axis.lines) <= 12
    assert not axis.linked
    assert all(len(point.said) < 250 for point in points)
