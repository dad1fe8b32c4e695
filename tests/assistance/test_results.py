"""Results of indicators: the share of the way to the target, compared with a second computation."""

from __future__ import annotations

import random
from decimal import Decimal

import pytest

from vedette.assistance import results


def test_the_share_of_the_way_equals_a_second_computation() -> None:
    """1,000 random indicators, in both directions, in whole hundredths."""
    drawn = random.Random(3)
    for _ in range(1_000):
        first, goal, value = (drawn.randint(0, 10_000) for _ in range(3))
        found = results.achieved(*(Decimal(one) / 100 for one in (first, goal, value)))
        if first == goal:
            assert found is None
            continue
        # Tenths of a per cent, rounded half to even, in whole numbers.
        part, whole = (value - first) * 1_000, goal - first
        if whole < 0:
            part, whole = -part, -whole
        low, rest = divmod(part, whole)
        tenths = low + (2 * rest > whole or (2 * rest == whole and low % 2 == 1))
        assert found == Decimal(tenths) / 10


@pytest.mark.parametrize("missing", [0, 1, 2])
def test_a_missing_value_gives_no_share(missing: int) -> None:
    """Baseline, target or actual."""
    values: list[Decimal | None] = [Decimal(1), Decimal(2), Decimal(3)]
    values[missing] = None
    assert results.achieved(*values) is None
