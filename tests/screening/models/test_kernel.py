"""The kernel finds effects and variances that were planted, and learns in order of time."""

from __future__ import annotations

import numpy as np

from vedette.screening.models import kernel


def _planted(seed: int, scale: float) -> tuple[list[np.ndarray], list[int], np.ndarray, np.ndarray]:
    chance = np.random.default_rng(seed)
    one, two = chance.integers(0, 200, 40_000), chance.integers(0, 300, 40_000)
    effects = chance.normal(0, scale, 200)
    logit = -2.5 + effects[one]
    results = (chance.random(40_000) < 1 / (1 + np.exp(-logit))).astype(float)
    return [one.astype(np.int32), two.astype(np.int32)], [200, 300], results, effects


def test_a_group_without_a_use_gets_no_variance_and_the_other_gets_its_own() -> None:
    levels, sizes, results, effects = _planted(1, 0.8)
    _, found, _, variances = kernel.fit(
        levels, sizes, results, np.ones(len(results)), np.full(2, 0.1), rounds=60
    )
    assert 0.4 < variances[0] < 0.9
    assert variances[1] < 0.02
    assert np.corrcoef(found[:200], effects)[0, 1] > 0.9


def test_rows_without_weight_have_no_influence() -> None:
    levels, sizes, results, _ = _planted(2, 0.8)
    weights = np.ones(len(results))
    weights[20_000:] = 0
    spoiled = results.copy()
    spoiled[20_000:] = 1 - spoiled[20_000:]
    fits = [
        kernel.fit(levels, sizes, one, weights, np.full(2, 0.1), rounds=20)
        for one in (results, spoiled)
    ]
    np.testing.assert_allclose(fits[0][1], fits[1][1])


def _followed(days: np.ndarray, results: np.ndarray, forgetting: float = 0.0) -> np.ndarray:
    count = len(days)
    ids = np.zeros((count, 1), np.int32)
    one = np.zeros(1)
    scores = np.zeros(count)
    spare = [np.zeros((count, 1)) for _ in range(3)]
    kernel.follow(
        ids, days.astype(float), results.astype(float), -2.0, one.copy(), np.ones(1),
        np.full(1, days[0], float), one.copy(), one.copy(), np.ones(1), np.full(1, forgetting), scores,
        np.zeros(count), *spare,
    )  # fmt: skip
    return scores


def test_a_result_changes_later_rows_and_neither_its_own_nor_those_of_its_day() -> None:
    days = np.array([1, 1, 2, 3])
    none = _followed(days, np.array([0, 0, 0, 0]))
    some = _followed(days, np.array([1, 0, 0, 0]))
    np.testing.assert_array_equal(none[:2], some[:2])
    assert (some[2:] > none[2:]).all()


def test_an_unknown_result_teaches_nothing() -> None:
    scores = _followed(np.array([1, 2, 3]), np.array([-1, -1, -1]))
    np.testing.assert_array_equal(scores, [-2.0, -2.0, -2.0])


def test_an_effect_that_is_forgotten_returns_to_the_mean() -> None:
    scores = _followed(np.array([1, 2, 2_000]), np.array([1, 1, 0]), forgetting=0.01)
    assert scores[1] > -1.9
    assert abs(scores[2] + 2.0) < 0.01


def test_a_challenger_gains_from_a_planted_change_and_not_without_one() -> None:
    chance = np.random.default_rng(3)
    count = 6_000
    levels = chance.integers(0, 30, (count, 1)).astype(np.int32)
    base = np.full(count, -3.0)
    days = np.arange(count) // 100
    gains = []
    for changed in (False, True):
        logit = base + (2.0 * (levels[:, 0] == 4) if changed else 0.0)
        results = (chance.random(count) < 1 / (1 + np.exp(-logit))).astype(float)
        path = np.zeros(count)
        kernel.challenge(
            levels, days.astype(float), results, base, np.zeros(30), np.full(30, 0.5), 0.0, path
        )
        gains.append(path.max())
    assert gains[0] < 5
    assert gains[1] > 10
