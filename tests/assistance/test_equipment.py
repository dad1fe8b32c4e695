"""The register of equipment: sums reconcile with the purchase, and a piece is in one state at one place."""

from __future__ import annotations

import datetime as dt
import json
import random
from pathlib import Path

import pytest

from vedette.assistance.equipment import EVENTS, Event, register
from vedette.cli import main

START = dt.datetime(2026, 1, 1, tzinfo=dt.UTC)


def _at(day: int) -> dt.datetime:
    return START + dt.timedelta(days=day)


def test_the_asia_pacific_security_project_reconciles(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """65 spectrometers and 19 X-ray machines were handed over, and 147 officers of 7 countries were
    trained (World Customs Organization, press release of September 2020). The serial numbers and places
    are synthetic."""
    rows = [
        "item,event,at,serial,place,number",
        "spectrometer,ordered,2018-01-01,,,65",
        "X-ray machine,ordered,2018-01-01,,,19",
    ]
    for item, number in (("spectrometer", 65), ("X-ray machine", 19)):
        for n in range(number):
            serial, place = f"{item[:1]}{n:03}", f"country {n % 7 + 1}"
            rows += [
                f"{item},{event},2018-{month}-01,{serial},{place},"
                for event, month in (("delivered", "03"), ("accepted", "04"), ("in_use", "06"))
            ]
    rows += [f"spectrometer,users_trained,2018-05-01,s{n:03},,21" for n in range(7)]
    path = tmp_path / "register.csv"
    random.Random(1).shuffle(rows_of := rows[1:])
    path.write_text("\n".join([rows[0], *rows_of]))
    assert main(["equipment", "check", str(path), "--sums"]) == 0
    xray, spectrometer, end = map(json.loads, capsys.readouterr().out.splitlines())
    assert (spectrometer["ordered"], spectrometer["in_use"], spectrometer["users_trained"]) == (
        65,
        65,
        147,
    )
    assert (xray["ordered"], xray["in_use"], xray["open"], xray["reconciles"]) == (19, 19, 0, True)
    assert end == {"pieces": 84, "problems": []}


def test_ten_thousand_movements_in_any_order() -> None:
    """The rows have one result in every order. Each piece is in one state at one place, no sum is
    negative, and a second implementation that replays each piece gives the same states."""
    chance = random.Random(4)
    names = list(EVENTS)
    events = [Event(0, "kit", "ordered", _at(0), number=300)]
    for row in range(1, 10_000):
        event = chance.choice([*names, "delivered", "accepted", "in_use"])
        place = chance.choice(["", "A", "B"]) if event in ("delivered", "moved") else ""
        events.append(
            Event(
                row, "kit", event, _at(chance.randint(1, 900)), f"s{chance.randint(0, 400)}", place
            )
        )
    first = register(events)
    for _ in range(5):
        chance.shuffle(events)
        again = register(events)
        assert (again.sums, again.problems) == (first.sums, first.problems)
        assert again.pieces == first.pieces
    states: dict[str, str] = {}
    for one in sorted(
        events, key=lambda e: (e.at, names.index(e.event) if e.event in names else -1, e.place)
    ):
        state = states.get(one.serial, "")
        if (
            one.event in names
            and state in EVENTS[one.event]
            and (one.event != "moved" or one.place)
        ):
            states[one.serial] = state if one.event in ("moved", "users_trained") else one.event
    assert {serial: piece.state for serial, piece in first.pieces.items()} == {
        k: v for k, v in states.items() if v
    }
    total = first.sums["kit"]
    assert total.delivered == len(first.pieces)
    assert all(count > 0 for count in total.states.values())
    assert any(one.place == "kit" for one in first.problems) == (total.open < 0)


@pytest.mark.parametrize(
    ("events", "message"),
    [
        ([("in_use", "")], "in_use is not possible: s1 is not delivered"),
        ([("delivered", "A"), ("delivered", "B")], "delivered is not possible: s1 is delivered"),
        ([("delivered", "A"), ("accepted", "B")], "s1 is at A, not at B"),
        ([("delivered", "A"), ("moved", "")], "moved needs a place"),
        (
            [("delivered", "A"), ("rejected", ""), ("in_use", "")],
            "in_use is not possible: s1 is rejected",
        ),
        ([("delivered", "A"), ("lost", ""), ("moved", "B")], "moved is not possible: s1 is lost"),
    ],
)
def test_an_event_that_is_not_possible_is_named(
    events: list[tuple[str, str]], message: str
) -> None:
    """The state of the piece does not change."""
    rows = [Event(n, "kit", event, _at(n), "s1", place) for n, (event, place) in enumerate(events)]
    assert message in [one.message for one in register(rows).problems]


def test_more_pieces_than_ordered_do_not_reconcile() -> None:
    """A rejected piece is replaced without a problem; a further piece is one."""
    rows = [Event(0, "kit", "ordered", _at(0), number=1)]
    rows += [
        Event(1, "kit", "delivered", _at(1), "a"),
        Event(2, "kit", "rejected", _at(2), "a"),
        Event(3, "kit", "delivered", _at(3), "b"),
    ]
    assert register(rows).problems == ()
    rows.append(Event(4, "kit", "delivered", _at(4), "c"))
    assert [one.message for one in register(rows).problems] == ["3 pieces arrived, 1 were ordered"]


def test_rows_that_cannot_be_read_are_named(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """An unknown event, a missing serial number, a time that is none, a number below one."""
    path = tmp_path / "r.csv"
    rows = [
        "stolen,2026-01-01,a,",
        "delivered,2026-01-01,,",
        "delivered,soon,a,",
        "ordered,2026-01-01,,0",
        "delivered,2026-01-01,b,",
    ]
    path.write_text("item,event,at,serial,number\n" + "".join(f"kit,{row}\n" for row in rows))
    assert main(["equipment", "check", str(path)]) == 0
    lines = list(map(json.loads, capsys.readouterr().out.splitlines()))
    assert [one["place"] for one in lines[-1]["problems"]] == [
        "row 2",
        "row 3",
        "row 4",
        "row 5",
        "kit",
    ]
    assert lines[0]["serial"] == "b"
