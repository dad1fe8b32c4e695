"""The routine transmission: each record in exactly one batch, on time or listed as late."""

from __future__ import annotations

import datetime as dt
import json
import random
from importlib.resources import files
from pathlib import Path

import pytest
from tests.shared import shared

from vedette.cash.routine import batches, due
from vedette.cli import main
from vedette.core.errors import Failure

YEAR = dt.date(2027, 1, 1)


def _second(made: dt.date, days: int, holidays: set[dt.date]) -> dt.date:
    """The second implementation: lists the working days of two years."""
    working = [
        day
        for day in (YEAR + dt.timedelta(days=n) for n in range(800))
        if day.isoweekday() < 6 and day not in holidays
    ]
    return [day for day in working if day > made][days - 1]


def test_ten_thousand_records_over_a_year_with_holidays() -> None:
    """Weekly sendings with gaps. The limit is 15 working days."""
    chance = random.Random(15)
    holidays = {YEAR + dt.timedelta(days=chance.randint(0, 400)) for _ in range(25)}
    records = [(f"r{n}", YEAR + dt.timedelta(days=chance.randint(0, 364))) for n in range(10_000)]
    sendings = [YEAR + dt.timedelta(days=7 * n) for n in range(60) if n not in (10, 11, 12, 30)]
    found, waiting = batches(records, sendings, 15, holidays)
    assert waiting == []
    days = dict(records)
    sent = [name for one in found for name in one.records]
    assert sorted(sent) == sorted(days)
    limits = {day: _second(day, 15, holidays) for day in set(days.values())}
    for one in found:
        assert set(one.late) == {name for name in one.records if one.day > limits[days[name]]}
        assert all(days[name] <= one.day for name in one.records)
    assert sum(len(one.late) for one in found) > 0


def test_limits_skip_weekends_and_holidays() -> None:
    """Friday plus one working day is Monday, or Tuesday if Monday is a holiday."""
    friday = dt.date(2026, 12, 4)
    assert due(friday, 1, []) == dt.date(2026, 12, 7)
    assert due(friday, 1, [dt.date(2026, 12, 7)]) == dt.date(2026, 12, 8)
    assert due(friday, 1, [], weekend={4, 5}) == dt.date(2026, 12, 6)
    for days, weekend in ((0, {5, 6}), (400, {5, 6}), (1, set(range(7)))):
        with pytest.raises(Failure):
            due(friday, days, [], weekend)


def test_the_commands(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Batches from files, with a wrong row; a goAML report for each movement of a table of declarations."""
    (tmp_path / "r.csv").write_text(
        "id,made\na,2026-12-01\nb,2026-12-05\nb,2026-12-06\nc,soon\nd,2027-02-01\n"
    )
    (tmp_path / "s").write_text("2026-12-07\n2027-01-04\n")
    command = ["cash", "batches", str(tmp_path / "r.csv"), "--sendings", str(tmp_path / "s")]
    assert main(command) == 0
    batch, end = map(json.loads, capsys.readouterr().out.splitlines())
    assert batch == {"batch": "2026-12-07", "records": ["a", "b"], "late": []}
    assert (end["waiting"], [one["row"] for one in end["problems"]]) == (["d"], [4, 5])
    headings = (
        "reference,record,direction,carrier_first_names,carrier_last_names,kind,amount,currency"
    )
    movements = [
        "R1,declaration,entry,Anne,Martin,currency,12000,EUR",
        "R2,declaration,entry,,,currency,5,EUR",
    ]
    (tmp_path / "t.csv").write_text("\n".join([headings, *movements]))
    (tmp_path / "m.toml").write_text(
        files("vedette.cash.goaml").joinpath("example.toml").read_text("utf-8")
    )
    xsd = shared("data", "messages", "goaml", "goAMLSchema.xsd")
    command = [
        "cash",
        "goaml",
        str(tmp_path / "t.csv"),
        "--xsd",
        str(xsd),
        "--mapping",
        str(tmp_path / "m.toml"),
    ]
    assert main([*command, "--out", str(tmp_path / "out")]) == 0
    rows = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [row["valid"] for row in rows] == [True, False]
    assert [one.name for one in (tmp_path / "out").iterdir()] == [rows[0]["file"]]
