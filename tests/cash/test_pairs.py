"""Pairs of departure and arrival declarations: measured on a synthetic world with known truth, and single
cases."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

import msgspec

from vedette.cash import history, pairs
from vedette.cash.formats import table
from vedette.cash.pairs import Declared
from vedette.demo.world import cash as world_of_cash

DAY = dt.date(2026, 5, 4)
ONE = Declared(
    id="d1", day=DAY, name="Mohamed Ben Ali Trabelsi", document="X1234567", birth_date=dt.date(1980, 5, 1),
    departure="TN", arrival="FR", transport="XY123", totals={"currency EUR": Decimal(12000)},
    value=Decimal(12000),
)  # fmt: skip


def other(**changes: object) -> Declared:
    return msgspec.structs.replace(ONE, id="a1", **changes)


def test_pairs_of_a_world_are_found() -> None:
    """The generator keeps the truth apart: 500 pairs among 5,000 movements, with other spellings,
    documents and currencies, and with divided amounts. The full size (10,000 among 100,000) is measured by
    the bench."""
    world = world_of_cash.World(5, 5_000, paired=500)
    sides: dict[tuple[bool, str], list[Declared]] = {}
    for statement in world.statements():
        if statement.rows[0].get("action") == "count":
            continue
        headings = list(dict.fromkeys(name for row in statement.rows for name in row))
        rows = [[row.get(name, "") for name in headings] for row in statement.rows]
        places, _ = table.placed(headings, {})
        (message,) = table.messages(places, list(enumerate(rows, 2)))
        amounts = [line.amount for line in message.movement.lines if line.currency == "EUR"]
        value = sum((amount for amount in amounts if amount is not None), Decimal(0)) or None
        one = pairs.declared(message.reference or "", message.movement, value)
        assert one is not None
        sides.setdefault((statement.own, message.movement.direction or ""), []).append(one)
    found = pairs.match(sides[False, "exit"], sides[True, "entry"])
    found += pairs.match(sides[True, "exit"], sides[False, "entry"])
    ids = [id for pair in found for id in (*pair.departures, *pair.arrivals)]
    assert len(ids) == len(set(ids)) == sum(map(len, sides.values()))
    links = {(d, a) for pair in found for d in pair.departures for a in pair.arrivals}
    true = set(world.pairs)
    assert len(true) > 500
    assert len(links & true) >= 0.97 * len(true)
    assert len(links - true) <= 0.005 * len(links)


def test_another_spelling_and_another_document_are_the_same_movement() -> None:
    two = other(name="Muhammad BENALI Trabelsy", document="Z9", transport="")
    (pair,) = pairs.match([ONE], [two])
    assert pair.result == "equal"
    assert {"name", "document_differs", "birth_date", "route", "amount"} <= set(pair.reasons)


def test_relatives_on_the_same_flight_are_not_paired() -> None:
    two = other(
        name="Amina Ben Ali Trabelsi", document="Y7654321", birth_date=dt.date(1983, 2, 2),
        totals={"currency EUR": Decimal(9000)}, value=Decimal(9000),
    )  # fmt: skip
    results = {pair.result for pair in pairs.match([ONE], [two])}
    assert results == {"departure_only", "arrival_only"}


def test_another_currency_is_compared_by_value() -> None:
    dollars = other(totals={"currency USD": Decimal(13020)}, value=Decimal("11999.80"))
    (pair,) = pairs.match([ONE], [dollars])
    assert (pair.result, pair.difference) == ("equal", Decimal("-0.20"))
    assert "currency_differs" in pair.reasons
    less = other(totals={"currency USD": Decimal(9000)}, value=Decimal(8300))
    (pair,) = pairs.match([ONE], [less])
    assert (pair.result, pair.difference) == ("different", Decimal(-3700))


def test_divided_amounts_are_one_movement() -> None:
    parts = [
        msgspec.structs.replace(
            ONE, id=f"a{n}", totals={"currency EUR": Decimal(n)}, value=Decimal(n)
        )
        for n in (5000, 7000)
    ]
    (pair,) = pairs.match([ONE], parts)
    assert (pair.result, set(pair.arrivals), pair.difference) == (
        "equal",
        {"a5000", "a7000"},
        Decimal(0),
    )
    assert "divided" in pair.reasons


def test_the_same_person_on_two_journeys_has_two_pairs() -> None:
    later = msgspec.structs.replace(
        ONE, id="d2", day=DAY + dt.timedelta(2), totals={"currency EUR": Decimal(20000)},
        value=Decimal(20000),
    )  # fmt: skip
    arrivals = [msgspec.structs.replace(one, id=one.id.replace("d", "a")) for one in (ONE, later)]
    found = pairs.match([ONE, later], arrivals)
    assert {(pair.departures, pair.arrivals) for pair in found} == {
        (("d1",), ("a1",)),
        (("d2",), ("a2",)),
    }


def test_a_missing_counterpart_says_something_only_on_answered_routes() -> None:
    departures = [
        msgspec.structs.replace(ONE, id=f"d{n}", document=f"X{n}", name=f"Person {n} Nobody{n}")
        for n in range(40)
    ]
    arrivals = [msgspec.structs.replace(one, id=f"a{one.id}") for one in departures]
    most, few = pairs.match(departures, arrivals[:36]), pairs.match(departures, arrivals[:10])
    assert pairs.answered(departures, most) == {"TN-FR"}
    assert pairs.answered(departures, few) == frozenset()
    assert pairs.answered(departures[:5], most) == frozenset()


# --- history --------------------------------------------------------------------------------------


def fact(id: str, day: int, person: str, ratio: str, **more: object) -> history.Facts:
    value = Decimal(ratio) * 10_000
    made = history.Facts(
        id=id, at=DAY + dt.timedelta(day), direction="entry", person=frozenset({person}), surname=person,
    )  # fmt: skip
    return msgspec.structs.replace(
        made, ratio=pairs.Fraction(value) / 10_000, reached=value >= 10_000, **more
    )


def test_amounts_below_the_threshold_are_counted_by_days() -> None:
    some = [fact("1", 0, "p", "0.95"), fact("2", 3, "p", "0.9"), fact("3", 3, "p", "0.2")]
    found = history.features(some[0], some)
    assert found["person_below_days_14d"] == 2
    assert found["person_just_below_days_14d"] == 2
    assert found["person_below_14d_times_threshold"] == pairs.Fraction("2.05")
    back = msgspec.structs.replace(some[1], direction="exit")
    assert history.features(some[0], [back])["person_below_days_14d"] == 1
    later = fact("4", 30, "p", "0.95")
    assert history.features(some[0], [later])["person_below_days_14d"] == 1


def test_a_family_of_one_day_is_no_division_over_time() -> None:
    home = frozenset({"a home"})
    family = [fact(str(n), 0, f"p{n}", "0.95", household=home, surname="same") for n in range(4)]
    found = history.features(family[0], family)
    assert found["household_below_days_14d"] == 1
    assert found["linked_just_below_14d"] == 1


def test_linked_persons_and_shared_owners_are_counted_once() -> None:
    phone, owner = frozenset({"t 1"}), frozenset({"d owner"})
    cell = [fact(str(n), n % 2, f"p{n}", "0.9", household=phone) for n in range(4)]
    assert history.features(cell[0], [*cell, *cell])["linked_just_below_14d"] == 4
    couriers = [fact(str(n), 10 * n, f"p{n}", "3", others=owner) for n in range(3)]
    assert history.features(couriers[0], couriers)["shared_carriers_90d"] == 2


def test_without_keys_and_values_the_columns_are_missing() -> None:
    alone = history.Facts(id="1", at=DAY)
    assert history.features(alone, [alone]) == {}
    unknown = msgspec.structs.replace(fact("1", 0, "p", "1"), ratio=None, reached=None)
    assert "person_below_days_14d" not in history.features(unknown, [])
