"""The proposal of weights: from whom profiles fire of to a weight for each."""

from __future__ import annotations

import numpy as np
import pytest

from vedette.bench import worlds
from vedette.bench.worlds import POLICY, TIERS, Sample, propose, recall

IDS = ["P-001", "P-002", "P-023"]


def _sample(seed: int) -> Sample:
    """Two hundred, twenty planted: P-001 fires of these, P-002 of anybody, P-023 of nobody."""
    rng = np.random.default_rng(seed)
    planted = np.full(200, -1)
    planted[:20] = np.arange(20)
    fired = np.column_stack([planted >= 0, rng.random(200) < 0.7, np.zeros(200, dtype=bool)])
    fired[20:, 1] |= ~fired[20:].any(axis=1)
    return Sample(fired.astype(float), np.zeros(200), planted, 20, 20)


def test_what_fires_of_the_planted_weighs_more_than_what_fires_of_anybody() -> None:
    found = propose([_sample(1), _sample(2)], IDS)
    assert found[0] > found[1]
    assert set(found) <= set(TIERS)
    assert recall(_sample(3), found) > recall(_sample(3), np.array([3.0, 40.0, 3.0]))


def test_a_matter_of_policy_is_not_fitted() -> None:
    assert propose([_sample(1)], IDS)[2] == POLICY["P-023"]


def test_a_traveller_with_two_journeys_counts_once() -> None:
    twice = Sample(np.ones((2, 3)), np.zeros(2), np.array([0, 0]), 2, 2)
    assert recall(twice, np.ones(3)) == 0.5


def test_one_world_cannot_be_left_out_of_two(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("VEDETTE_WORLD_SEED", "1,2")
    with pytest.raises(ValueError, match="three worlds"):
        next(worlds.weights())
