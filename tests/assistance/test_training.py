"""Packs and gains against second implementations, which share no code with the product."""

from __future__ import annotations

import json
import random
import statistics
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from vedette.assistance.training import Module, Participant, Wish, gain, gains, pack, student
from vedette.cli import main

#: Quantiles 0.975 of Student's t from a printed table (three decimal places).
TABLE = {
    1: 12.706,
    2: 4.303,
    4: 2.776,
    5: 2.571,
    9: 2.262,
    10: 2.228,
    29: 2.045,
    30: 2.042,
    120: 1.980,
}


@pytest.mark.parametrize(("freedom", "value"), TABLE.items())
def test_quantiles_equal_the_printed_table(freedom: int, value: float) -> None:
    """Even and odd degrees of freedom have different formulas."""
    assert round(student(0.975, freedom), 3) == value


def test_fifty_groups_equal_a_second_computation_and_hide_small_groups() -> None:
    """Groups with fewer than five pairs have no mean, and the total cannot reveal them, because it
    contains only the groups that are shown."""
    chance = random.Random(50)
    people = [
        Participant(
            f"{group}-{n}",
            f"g{group:02}",
            *(
                None if chance.random() < 0.1 else Decimal(chance.randint(0, 1000)) / 10
                for _ in range(2)
            ),
        )
        for group in range(50)
        for n in range(chance.randint(0, 14))
    ]
    found, total = gains(people)
    shown: list[float] = []
    for name, one in found.items():
        pairs = [
            float(p.post - p.pre)
            for p in people
            if p.group == name and p.pre is not None and p.post is not None
        ]
        assert one.both == len(pairs)
        assert one.both + one.missed_pre + one.missed_post + one.missed_both == sum(
            p.group == name for p in people
        )
        if len(pairs) < 5:
            assert (one.mean, one.low, one.high) == (None, None, None)
            continue
        shown += pairs
        half = student(0.975, len(pairs) - 1) * statistics.stdev(pairs) / len(pairs) ** 0.5
        assert float(one.mean or 0) == pytest.approx(statistics.fmean(pairs), abs=0.0051)
        assert float(one.low or 0) == pytest.approx(statistics.fmean(pairs) - half, abs=0.0051)
        assert float(one.high or 0) == pytest.approx(statistics.fmean(pairs) + half, abs=0.0051)
    assert total.both == len(shown)
    assert any(one.mean is None and one.both for one in found.values())
    assert float(total.mean or 0) == pytest.approx(statistics.fmean(shown), abs=0.0051)


def test_equal_gains_have_an_interval_without_width() -> None:
    """The standard error is zero, and the mean is exact."""
    one = gain([Participant(str(n), "g", Decimal(40), Decimal("70.5")) for n in range(5)])
    assert (one.mean, one.low, one.high) == (Decimal("30.50"),) * 3


def _second(catalogue: list[dict[str, Any]], wish: dict[str, Any]) -> dict[str, Any] | None:
    """The second implementation: recursion instead of a work list, minutes laid out one by one."""
    modules = {one["id"]: one for one in catalogue}
    names = [one["id"] for one in catalogue]
    needed: set[str] = set()

    def need(name: str, above: tuple[str, ...]) -> bool:
        if name not in modules or name in above:
            return False
        needed.add(name)
        return all(
            need(p, (*above, name))
            for p in modules[name]["prerequisites"]
            if p not in wish["known"]
        )

    wished = wish["modules"] + ([wish["general"]] if wish["general"] else [])
    if not wished or not all(need(one, ()) for one in wished):
        return None
    order: list[str] = []
    while len(order) < len(needed):
        for name in sorted(needed, key=lambda one: (one != wish["general"], names.index(one))):
            ready = all(p in order or p in wish["known"] for p in modules[name]["prerequisites"])
            if name not in order and ready:
                order.append(name)
                break
    total = sum(modules[one]["minutes"] for one in order)
    if wish["total"] is not None and total > wish["total"]:
        return None
    laid: dict[tuple[int, str], int] = {}
    day, used = 1, 0
    for name in order:
        minutes = modules[name]["minutes"]
        if used + minutes > wish["day"] and used:
            day, used = day + 1, 0
        for _ in range(minutes):
            if used == wish["day"]:
                day, used = day + 1, 0
            laid[day, name] = laid.get((day, name), 0) + 1
            used += 1
    breaks = 0
    for one in {d for d, _ in laid}:
        taught = sum(minutes for (d, _), minutes in laid.items() if d == one)
        breaks += sum(1 for minute in range(1, taught) if minute % 120 == 0)
    gaps = {
        (name, kind)
        for name in order
        for kind in ("languages", "trainers")
        if wish["language"] not in modules[name][kind]
    }
    return {
        "order": order,
        "laid": laid,
        "total": total,
        "breaks": breaks * wish["break"],
        "gaps": gaps,
    }


def test_a_thousand_random_wishes_equal_the_second_implementation() -> None:
    """Hours, order, days, breaks and gaps are equal. A wish that cannot be met has a reason."""
    chance, possible = random.Random(3), 0
    for _ in range(1_000):
        names = [f"m{n}" for n in range(chance.randint(1, 12))]
        catalogue = [
            {
                "id": name,
                "minutes": chance.choice([30, 45, 60, 90, 120, 400]),
                "prerequisites": chance.sample(
                    names, chance.choice([0, 0, 0, 1, 1, 2]) % (len(names) + 1)
                ),
                "languages": chance.sample(["en", "fr", "es", "ar"], chance.randint(0, 4)),
                "trainers": chance.sample(["en", "fr", "es", "ar"], chance.randint(0, 4)),
                "general": name == "m0",
            }
            for name in names
        ]
        wish = {
            "modules": chance.sample(
                [*names, "unknown"] if chance.random() < 0.05 else names,
                chance.randint(0, min(3, len(names))),
            ),
            "general": "m0" if chance.random() < 0.5 else "",
            "language": chance.choice(["en", "fr"]),
            "day": chance.choice([90, 240, 360]),
            "total": chance.choice([None, None, 300, 900]),
            "break": chance.choice([0, 15]),
            "known": chance.sample(names, chance.randint(0, 1)),
        }
        made = pack(
            [
                Module(
                    o["id"],
                    o["minutes"],
                    tuple(o["prerequisites"]),
                    tuple(o["languages"]),
                    tuple(o["trainers"]),
                    o["general"],
                )
                for o in catalogue
            ],
            Wish(
                tuple(wish["modules"]),
                wish["language"],
                wish["day"],
                wish["total"],
                wish["break"],
                wish["general"],
                tuple(wish["known"]),
            ),
        )
        wanted = _second(catalogue, wish)
        assert bool(made.reasons) == (wanted is None)
        if wanted is not None:
            possible += 1
            laid = {(part.day, part.module): part.minutes for part in made.parts}
            gaps = {
                (one.place, "trainers" if "trainer" in one.message else "languages")
                for one in made.gaps
            }
            assert (list(made.modules), laid, made.teaching_min, made.breaks_min, gaps) == (
                wanted["order"],
                wanted["laid"],
                wanted["total"],
                wanted["breaks"],
                wanted["gaps"],
            )
    assert 300 < possible < 900


def test_an_impossible_wish_names_its_reason(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """An unknown module, a prerequisite of itself, too many hours, no module."""
    base = {"minutes": 60, "languages": ["fr"], "trainers": ["fr"]}
    catalogue = [
        {"id": "a", **base, "prerequisites": ["b"]},
        {"id": "b", **base, "prerequisites": ["a"]},
        {"id": "c", **base},
        {"id": "d", **base, "prerequisites": ["gone"]},
    ]
    reasons = []
    for wish in (
        {"modules": ["z"]},
        {"modules": ["a"]},
        {"modules": ["c"], "total_minutes": 30},
        {"modules": []},
        {"modules": ["d"]},
    ):
        path = tmp_path / "wish.json"
        path.write_text(json.dumps({"catalogue": catalogue, "wish": {"language": "fr", **wish}}))
        assert main(["training", "pack", str(path)]) == 0
        reasons.append(json.loads(capsys.readouterr().out)["reasons"][0]["message"])
    assert reasons == [
        "is not in the catalogue",
        "is a prerequisite of itself",
        "60 minutes are needed, at most 30 are wished",
        "no module is wished",
        "is a prerequisite and not in the catalogue",
    ]


def test_bad_rows_are_named_and_the_good_ones_count(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A result over 100, a person entered twice, a missing group."""
    path = tmp_path / "results.csv"
    rows = [f"p{n},G,40,{60 + n}" for n in range(5)]
    path.write_text(
        "\n".join(["participant,group,pre,post", *rows, "p9,G,40,101", "p0,G,1,2", "p8,,1,2"])
    )
    assert main(["training", "gain", str(path)]) == 0
    group, total = map(json.loads, capsys.readouterr().out.splitlines())
    assert (group["both"], group["gain"]) == (5, "22.00")
    assert [one["row"] for one in total["problems"]] == [7, 8, 9]
    assert main(["training", "gain", str(path), "--persons"]) == 0
    assert json.loads(capsys.readouterr().out.splitlines()[4])["gain"] == "24"
