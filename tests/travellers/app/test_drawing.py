"""Maps and seats drawn on the server: small, escaped, and right across the antimeridian."""

from __future__ import annotations

import re
import uuid

import pytest
from django.utils import translation

from vedette.apps import maps
from vedette.core.codes import airport
from vedette.travellers.app import pictures
from vedette.travellers.columns import places


def test_the_way_and_the_direct_route() -> None:
    """Stops are numbered in order, the leg of this flight is thick, the direct route dashed; 5 kB at most."""
    svg = pictures.route(["ZRH", "IST", "ADD", "DSS"], ("ADD", "DSS"), "Map")
    assert re.findall(r">(\d [A-Z]{3})<", svg) == ["1 ZRH", "2 IST", "3 ADD", "4 DSS"]
    assert svg.count('class="leg now"') == 1
    assert svg.count('class="alt"') == 1
    assert len(svg) < 5_000


def test_no_map_where_the_airports_are_unknown() -> None:
    """A code that no table has draws nothing, and cannot carry markup into the picture."""
    assert pictures.route(["QQQ", "<b>"], ("QQQ", "<b>"), "Map") == ""
    assert pictures.route(["DSS"], ("DSS", ""), "Map") == ""
    assert "<b>" not in pictures.route(["DSS", "CDG"], ("DSS", "CDG"), "<b>")


def test_across_the_pacific() -> None:
    """Auckland to Santiago goes east over the antimeridian, not back round the world."""
    svg = pictures.route(["AKL", "SCL"], ("AKL", "SCL"), "Map")
    xs = [int(x) for x in re.findall(r'class="dot" cx="(-?\d+)"', svg)]
    assert 0 <= xs[0] < xs[1] <= maps.WIDTH
    legs = re.search(r'class="leg now" d="M\S+ \S+l([^"]*)"', svg)
    assert legs is not None
    steps = [int(part.split()[0]) for part in re.findall(r"-?\d+ -?\d+", legs[1])]
    assert max(abs(step) for step in steps) < 60


def test_no_coast_runs_across_the_map() -> None:
    """On the map of all flights, a coast that crosses the antimeridian does not come back as a straight
    line."""
    svg = pictures.travels(
        [("ADD", "DSS"), ("CDG", "DSS"), ("DSS", "JFK"), ("DSS", "JFK"), ("QQQ", "DSS")],
        ("ADD", "DSS"), "Map",
    )  # fmt: skip
    assert svg.count('class="leg"') == 2
    assert svg.count('class="leg now"') == 1
    assert re.findall(r">([A-Z]{3})<", svg) == ["ADD", "DSS", "CDG", "JFK"]
    assert pictures.travels([("QQQ", "DSS")], ("QQQ", "DSS"), "Map") == ""
    land = re.search(r'class="land" d="([^"]*)"', svg)
    assert land is not None
    for ring in land[1].split("M")[1:]:
        start, _, steps = ring.rstrip("z").partition("l")
        y = int(start.split()[1])
        numbers = [int(n) for n in steps.split()]
        for dx, dy in zip(numbers[::2], numbers[1::2], strict=True):
            y += dy
            assert abs(dx) < 150 or not 0 < y < maps.HEIGHT


@pytest.mark.parametrize(("one", "two", "km"), [("ZRH", "DSS", 4345), ("LHR", "JFK", 5540)])
def test_distances(one: str, two: str, km: int) -> None:
    """Great circles agree with the published ones within one in a hundred."""
    assert places.km(one, two) == pytest.approx(km, rel=0.01)
    assert places.km(one, "QQQ") is None
    assert airport("QQQ") is None


def test_seats_tell_levels_by_sign() -> None:
    """A diamond for very high, a triangle for high, a dot for one without a hit; wide cabins have K."""
    svg = pictures.seats_round({(23, "A"): 4, (23, "B"): 3, (22, "C"): 0}, 23, "Seats")
    assert [svg.count(f'class="st {kind}"') for kind in ("l4", "l3", "co")] == [1, 1, 1]
    assert ">K</text>" not in svg
    assert ">K</text>" in pictures.seats_round({(23, "K"): 1}, 23, "Seats")


def test_a_seat_with_two_hits_shows_the_highest_priority() -> None:
    """In either order the mark opens the hit of 100, and its title states that there are two hits."""
    person = {"seat": "2F", "booking_id": None, "hit_state": "new"}
    people = [
        {**person, "id": uuid.uuid4(), "name": name, "hit_id": uuid.uuid4(), "priority": priority}
        for name, priority in (("HIGH", 100), ("LOW", 44))
    ]
    people.append({**person, "id": uuid.uuid4(), "name": "NONE", "hit_id": None, "priority": None})
    for order in (people, people[::-1]):
        with translation.override("en"):
            drawn = "".join(pictures.cabin(order)["strips"])
        assert drawn.count("<a ") == 1
        assert f'href="/hits/{people[0]["hit_id"]}/"' in drawn
        assert "Seat 2F: hit of priority 100, Very high (2 hits) · HIGH" in drawn
