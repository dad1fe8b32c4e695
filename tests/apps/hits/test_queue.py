"""The queue: order, filters, pages by key, counts, and what is new since."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from django.db import connection
from django.utils import timezone
from tests.apps.hits import world as made
from tests.apps.hits.world import World

from vedette.apps.hits import actions, selectors
from vedette.apps.hits.models import Hit
from vedette.apps.hits.selectors import Filters


def _hits(world: World) -> dict[str, Hit]:
    """Four hits: landed, soon (two of one flight, told apart by priority), tomorrow."""
    late, soon = world.flight("XX 118", -22, "LIS"), world.flight("YY 417", 41)
    later = world.flight("ZZ 902", 60 * 26, "CDG")
    people = {
        "landed": (late, 30, "watchlist"),
        "soon low": (soon, 20, "disagreement"),
        "soon high": (soon, 90, "watchlist"),
        "later": (later, 70, "lookout"),
    }
    return {
        name: made.hit(world, made.journey(world, flight, "DOE", name), priority, kind=kind)
        for name, (flight, priority, kind) in people.items()
    }


def _names(page: selectors.Page) -> list[str]:
    return [row.shown["given_names"] for row in page.rows]


def _names_of(hit: Any) -> list[str]:
    return [row.shown["given_names"] for row in selectors.rows([hit])]


def test_who_lands_first_comes_first(world: World) -> None:
    """By time to landing, then priority: who has landed undecided is on top."""
    _hits(world)
    with world.seen_by() as officer:
        page = selectors.page(Filters(), officer)
    assert _names(page) == ["landed", "soon high", "soon low", "later"]
    assert page.counts["landed"] == 1
    assert page.counts["soon"] == 2
    assert [page.counts[w] for w in selectors.WHOSE] == [4, 4, 0, 0]


@pytest.mark.parametrize(
    ("filters", "expected"),
    [
        (Filters(order="priority"), ["soon high", "later", "landed", "soon low"]),
        (Filters(level=4), ["soon high"]),
        (Filters(kind="lookout"), ["later"]),
        (Filters(due="past"), ["landed"]),
        (Filters(due="soon"), ["soon high", "soon low"]),
        (Filters(due="later"), ["later"]),
        (Filters(due="soon", level=4), ["soon high"]),
        (Filters(group="YY417"), ["soon high", "soon low"]),
        (Filters(group="YY 0417"), ["soon high", "soon low"]),
        (Filters(group="ZZ"), ["later"]),
        (Filters(group="NO SUCH"), []),
    ],
)
def test_filters_and_orders(world: World, filters: Filters, expected: list[str]) -> None:
    """Each filter by itself; a flight may be typed with or without space and leading zeros."""
    _hits(world)
    with world.seen_by() as officer:
        assert _names(selectors.page(filters, officer)) == expected


def test_the_filter_by_time_left_keeps_the_numbers_of_the_others(world: World) -> None:
    """Total and follow-up are those of the rows shown; the numbers by time left are those of the queue."""
    _hits(world)
    with world.seen_by() as officer:
        page = selectors.page(Filters(due="soon"), officer)
    assert (page.total, page.counts["all"], page.counts["free"]) == (2, 2, 2)
    assert [page.counts[name] for name in ("landed", "soon", "later")] == [1, 2, 1]
    assert Filters.read({"due": "soon"}) == Filters(due="soon")
    assert Filters.read({"due": "now"}) == Filters()
    assert (Filters(due="past").query(), Filters(due="past").active) == ("due=past", True)


def test_whose_work(world: World) -> None:
    """Free, mine and a colleague's part the queue; their numbers stand beside each other."""
    hits = _hits(world)
    with world.seen_by() as officer:
        actions.claim(officer, hits["landed"].id)
    with world.seen_by(world.users["officer2"]) as colleague:
        actions.claim(colleague, hits["later"].id)
    with world.seen_by() as officer:
        parts = {w: _names(selectors.page(Filters(whose=w), officer)) for w in selectors.WHOSE}
        counts = selectors.page(Filters(whose="mine"), officer).counts
    assert parts["mine"] == ["landed"]
    assert parts["others"] == ["later"]
    assert parts["free"] == ["soon high", "soon low"]
    assert [counts[w] for w in selectors.WHOSE] == [4, 2, 1, 1]


def test_hits_long_past_due_are_at_the_end(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """A hit that landed three hours ago does not stand before those that can still be decided in time; pages,
    the number of a hit and its neighbours follow the same order."""
    hits = _hits(world)
    old = world.flight("XX 100", -185, "LIS")
    for n, priority in enumerate((99, 40)):
        made.hit(world, made.journey(world, old, "DOE", f"old {n}"), priority)
    expected = ["landed", "soon high", "soon low", "later", "old 0", "old 1"]
    monkeypatch.setattr(selectors, "PAGE", 1)
    names, after = [], ""
    with world.seen_by() as officer:
        for n in range(6):
            page = selectors.page(Filters(), officer, after)
            names += _names(page)
            after = page.following
            [row] = page.rows
            place = selectors.place(row.hit, Filters(), officer)
            assert (place.number, place.total) == (n + 1, 6)
            assert (place.previous is None, place.following is None) == (n == 0, n == 5)
        assert selectors.group_of(row.hit, page.at) == "aged"
        assert (page.counts["landed"], page.counts["aged"]) == (3, 2)
        following = selectors.place(
            selectors.find(hits["later"].id), Filters(order="priority"), officer
        ).following
        assert following == hits["landed"].id
    assert names == expected
    assert after == ""


def test_take_next_takes_what_can_still_be_decided_in_time(world: World) -> None:
    """The highest priority that lands within two hours, then what landed just now, then the later ones, at
    last what landed long ago."""
    _hits(world)
    made.hit(world, made.journey(world, world.flight("XX 100", -150, "LIS"), "DOE", "old"), 34)
    taken = []
    with world.seen_by() as officer:
        while (found := actions.take_next(officer, Filters())) is not None:
            taken += _names_of(found)
    assert taken == ["soon high", "soon low", "landed", "later", "old"]


def test_take_next_and_neighbours_keep_the_filter_by_time_left(world: World) -> None:
    """With the filter "past due", no hit that is due later is taken, counted as a neighbour or announced."""
    hits, past = _hits(world), Filters(due="past")
    with world.seen_by() as officer:
        place = selectors.place(hits["landed"], past, officer)
        assert (place.number, place.total, place.previous, place.following) == (1, 1, None, None)
        earlier = timezone.now() - dt.timedelta(hours=1)
        told = selectors.changes(past, officer, earlier, earlier, [])
        assert told is not None
        assert told.new == 1
        taken = actions.take_next(officer, past)
        assert taken is not None
        assert _names_of(taken) == ["landed"]
        assert actions.take_next(officer, past) is None


@pytest.mark.parametrize("order", selectors.ORDERS)
def test_pages_by_key_show_each_hit_once(
    world: World, order: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Turning pages by key meets every hit once, also where a whole flight shares time and priority."""
    flight = world.flight("YY 417", 41)
    for n in range(7):
        made.hit(world, made.journey(world, flight, "DOE", f"N{n}"), 50 if n < 5 else 60)
    monkeypatch.setattr(selectors, "PAGE", 2)
    seen, after = [], ""
    with world.seen_by() as officer:
        for _ in range(4):
            page = selectors.page(Filters(order=order), officer, after)
            assert page.first == len(seen) + 1
            seen += [row.hit.id for row in page.rows]
            after = page.following
    assert after == ""
    assert len(seen) == len(set(seen)) == 7


def test_a_cursor_of_somebody_else_is_the_first_page(world: World) -> None:
    """What stands in the address is hostile: a mangled cursor is as if it were not there."""
    _hits(world)
    with world.seen_by() as officer:
        for text in ("x", "1_2_3_4", "9" * 40 + "_1_" + "0" * 32 + "_1", "_" * 50):
            assert len(selectors.page(Filters(), officer, text).rows) == 4


def test_another_organisation_sees_nothing(world: World) -> None:
    """Row-level security: the same query in another scope finds no hit."""
    _hits(world)
    other = made.build("Another administration")
    with other.seen_by() as stranger:
        assert selectors.page(Filters(), stranger).total == 0


def test_nothing_new_says_nothing(world: World) -> None:
    """The poll answers only when something changed or a minute went by."""
    hits = _hits(world)
    now = timezone.now()
    with world.seen_by() as officer:
        at = now.replace(second=0, microsecond=0)
        quiet = selectors.changes(Filters(), officer, now, now + dt.timedelta(minutes=1), [])
        assert quiet is None
        told = selectors.changes(Filters(), officer, at - dt.timedelta(hours=1), at, [])
    assert told is not None
    assert told.new == 4
    with world.seen_by(world.users["officer2"]) as colleague:
        actions.claim(colleague, hits["landed"].id)
    with world.seen_by() as officer:
        told = selectors.changes(Filters(), officer, now, now, [hits["landed"].id])
    assert told is not None
    assert told.new == 0
    assert told.rows[0].claimed_by == world.users["officer2"]


def test_neighbours_follow_the_list_one_came_from(world: World) -> None:
    """J and K walk the filtered list; the number is that of the row."""
    hits = _hits(world)
    with world.seen_by() as officer:
        place = selectors.place(hits["soon high"], Filters(), officer)
        alone = selectors.place(hits["later"], Filters(kind="lookout"), officer)
    assert (place.number, place.total) == (2, 4)
    assert (place.previous, place.following) == (hits["landed"].id, hits["soon low"].id)
    assert (alone.number, alone.total, alone.previous, alone.following) == (1, 1, None, None)


def test_a_page_of_the_queue_asks_the_index(world: World) -> None:
    """Under row-level security, as the web role, the page is a walk through `hit_queue`."""
    with world.seen_by(), connection.cursor() as cursor:
        # A handful of rows is cheaper to sort: what is asked is whether the index can serve at all.
        for other in ("seqscan", "bitmapscan", "sort"):
            cursor.execute(f"SET LOCAL enable_{other} = off")
        cursor.execute(
            "EXPLAIN " + str(selectors.matching(Filters()).order_by("due_at", "-priority", "id")[:5].query)
            .replace("(new, reopened)", "('new', 'reopened')")
        )  # fmt: skip
        plan = "\n".join(line for (line,) in cursor.fetchall())
    assert "hit_queue" in plan
    # Only hits that are due at the same time are sorted by the priority that the reader sees.
    assert "Presorted Key: h.due_at" in plan
