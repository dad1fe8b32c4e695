"""Experts are proposed by the rule, and nobody whose accreditation ended, who has a conflict, or who is
engaged."""

from __future__ import annotations

import datetime as dt
import json
import random
from pathlib import Path

import pytest

from vedette.assistance.experts import Expert, Need, Period, match
from vedette.cli import main

DAY = dt.date(2027, 1, 1)


def _period(chance: random.Random, length: int) -> Period:
    first = DAY + dt.timedelta(days=chance.randint(0, 120))
    return Period(first, first + dt.timedelta(days=chance.randint(0, length)))


def _days(period: Period) -> set[dt.date]:
    return {
        period.first + dt.timedelta(days=n) for n in range((period.last - period.first).days + 1)
    }


def test_a_thousand_rosters_equal_a_second_implementation() -> None:
    """The second implementation compares sets of days. An expert is proposed whenever one matches."""
    chance, proposed = random.Random(9), 0
    members, themes, languages = ["AA", "BB", "CC"], ["pgs", "aces", "alpc"], ["en", "fr", "es"]
    for _ in range(1_000):
        roster = [
            Expert(
                f"e{n:02}",
                chance.choice(members),
                tuple(chance.sample(themes, chance.randint(1, 3))),
                tuple(chance.sample(languages, chance.randint(1, 3))),
                tuple(chance.sample(["R1", "R2"], 1)),
                chance.choice(["recognised", "accredited", "pre-accredited"]),
                chance.choice([None, DAY + dt.timedelta(days=chance.randint(0, 200))]),
                tuple(chance.sample(members, chance.randint(0, 1))),
                tuple(_period(chance, 90) for _ in range(chance.randint(0, 2))),
                tuple(_period(chance, 20) for _ in range(chance.randint(0, 2))),
                (f"e{n:02}",) if chance.random() < 0.03 else ("other",),
            )
            for n in range(chance.randint(0, 15))
        ]
        need = Need(
            "AA", chance.choice(themes), chance.choice(languages), _period(chance, 10), "R1"
        )
        wanted, days = [], _days(need.period)
        for one in roster:
            busy = set().union(*map(_days, one.engaged))
            free = not one.available or any(days <= _days(part) for part in one.available)
            fits = (
                need.theme in one.themes
                and need.language in one.languages
                and one.state != "pre-accredited"
            )
            lasts = one.state_until is None or one.state_until >= max(days)
            neutral = "AA" not in (one.member, *one.conflicts) and one.id not in one.referees
            if fits and lasts and neutral and free and not days & busy:
                rank = 0 if one.state == "recognised" else 1
                wanted.append((rank, "R1" not in one.regions, len(one.engaged), one.id))
        assert [one.id for one in match(roster, need)] == [name for *_, name in sorted(wanted)]
        proposed += bool(wanted)
    assert proposed > 300


def test_the_command_prints_reasons_and_obstacles(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Bad rows of the roster are named; the others are used."""
    (tmp_path / "request.json").write_text(
        json.dumps(
            {
                "member": "AA",
                "theme": "pgs",
                "language": "fr",
                "region": "R1",
                "from": "2027-02-01",
                "to": "2027-02-05",
            }
        )
    )
    (tmp_path / "roster.csv").write_text(
        "id,member,themes,languages,state,state_until,regions,engaged\n"
        "e1,BB,pgs aces,en fr,accredited,2027-12-31,R1,\n"
        "e2,BB,pgs,fr,recognised,2027-02-04,R1,\n"
        "e3,AA,pgs,fr,recognised,,R1,2027-02-05/2027-02-09\n"
        "e4,BB,pgs,fr,expert,,,\n"
        "e5,BB,pgs,fr,recognised,2027-02-30,,\n"
        "e6,BB,pgs,fr,recognised,,,2027-03-09/2027-03-01\n"
    )
    command = [
        "experts",
        "match",
        str(tmp_path / "request.json"),
        "--roster",
        str(tmp_path / "roster.csv"),
        "--all",
    ]
    assert main(command) == 0
    out = capsys.readouterr()
    assert [json.loads(line) for line in out.out.splitlines()] == [
        {
            "rank": 1,
            "expert": "e1",
            "reasons": ["theme", "language", "accredited", "region", "no_mission"],
        },
        {"expert": "e2", "against": ["lapsed"]},
        {"expert": "e3", "against": ["own_member", "engaged"]},
    ]
    assert [one["row"] for one in json.loads(out.err)["problems"]] == [5, 6, 7]
