"""The generator of ordinary trade, and the figures that it gives."""

from __future__ import annotations

from vedette.bench.goods import trade


def test_planted_cases_are_found_more_often_than_ordinary_items() -> None:
    false, found, ordinary = trade.measured(60_000, 60)
    assert ordinary > 5_000
    assert sum(false.values()) / ordinary < 0.02
    for kind, (right, number) in found.items():
        assert number > 10, kind
        assert right / number > 0.1, kind
    assert found["split"][0] >= 0.9 * found["split"][1]


def test_the_generator_repeats_itself() -> None:
    assert trade.ordinary(500, 7).equals(trade.ordinary(500, 7))
    assert not trade.ordinary(500, 7).equals(trade.ordinary(500, 8))
