"""The measurement of cash reads a world from files, and finds what was planted in it."""

from __future__ import annotations

from pathlib import Path

import pytest

from vedette.bench import cash
from vedette.core.errors import Failure
from vedette.demo.world.cash import World, write


def test_a_world_is_the_same_for_the_same_seed_and_has_its_truth_apart(tmp_path: Path) -> None:
    for name in ("one", "two"):
        write(World(3, 600, planted=0.05), tmp_path / name, tmp_path / f"{name}-truth")
    files = [
        {path.name: path.read_bytes() for path in (tmp_path / name).iterdir()}
        for name in ("one", "two")
    ]
    assert files[0] == files[1]
    assert set(files[0]) == {"movements.csv", "partner.csv", "rates.csv"}
    for word in (b"courier", b"structuring", b"tour", b"planted"):
        assert word not in files[0]["movements.csv"]


def test_planted_cases_have_hits_and_most_others_have_none(tmp_path: Path) -> None:
    write(World(4, 3000, planted=0.02), tmp_path / "world", tmp_path / "truth")
    figures = {one.name: one.value for one in cash.measure(tmp_path / "world", tmp_path / "truth")}
    assert figures["inserted movements with a hit"] >= 90
    assert figures["movements with a hit"] <= 4
    for kind in ("family", "tour_group", "payroll", "exchange_office", "disclosed_parcel"):
        assert figures.get(f"look-alike {kind}", 0) <= 5
    assert figures["pairs matched"] >= 97
    assert figures["false pairs"] <= 0.5


def test_a_world_without_its_files_is_refused(tmp_path: Path) -> None:
    with pytest.raises(Failure, match="exchange rates"):
        list(cash.measure(tmp_path, None))
