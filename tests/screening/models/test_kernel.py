"""The kernel finds effects and variances that were planted, and learns in order of time."""

from __future__ import annotations

import numpy as np

from vedette.screening.models import kernel
from vedette.screening.models.changes import Changes
from vedette.screening.models.kernel import Floats


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


def _changed(
    strength: float, begin: int = 40
) -> tuple[Changes, dict[str, np.ndarray], np.ndarray, Floats]:
    """Returns corrections, columns, days and results; one origin changes on a day."""
    chance = np.random.default_rng(3)
    count = 8_000
    origin = chance.integers(0, 30, count)
    days = np.arange(count) // 100
    logit = -3.0 + strength * ((origin == 4) & (days >= begin))
    results = (chance.random(count) < 1 / (1 + np.exp(-logit))).astype(float)
    columns = {"origin": origin, "office": chance.integers(0, 5, count)}
    return Changes.known(columns), columns, days.astype(float), results


def test_a_planted_change_is_corrected_and_only_that_one() -> None:
    changes, columns, days, results = _changed(2.5)
    base = np.full(len(days), -3.0)
    found = changes.correct(columns, days, results, base)
    after, gains = found.log_odds, found.gains
    late = days >= 60
    hit = columns["origin"] == 4
    assert 1.5 < (after - base)[late & hit].mean() < 3.0
    assert abs((after - base)[late & ~hit].mean()) < 0.2
    assert abs((after - base)[(days < 40) & hit].mean()) < 0.3
    by_group = gains[days >= 40].sum(0)
    assert "origin" in changes.groups[int(np.argmax(by_group))].columns
    assert by_group.max() > 10
    with_origin = [n for n, one in enumerate(changes.groups) if "origin" in one.columns]
    assert np.isin(found.causes[late & hit], with_origin).mean() > 0.9


def test_without_a_change_little_is_corrected() -> None:
    changes, columns, days, results = _changed(0.0)
    found = changes.correct(columns, days, results, np.full(len(days), -3.0))
    assert np.abs(found.log_odds + 3.0).mean() < 0.15
    assert found.gains.sum(0).max() < 3


def test_corrections_use_earlier_results_only() -> None:
    _, columns, days, results = _changed(2.5)
    base = np.full(len(days), -3.0)
    inverted = np.where(days >= 50, 1 - results, results)
    one, other = (
        Changes.known(columns).correct(columns, days, found, base).log_odds
        for found in (results, inverted)
    )
    np.testing.assert_array_equal(one[days <= 50], other[days <= 50])
    assert (one[days > 50] != other[days > 50]).mean() > 0.9
    unknown = Changes.known(columns).correct(columns, days, np.full(len(days), -1.0), base)
    np.testing.assert_allclose(unknown.log_odds, base, atol=0.2)
    assert not unknown.gains.any()


def test_batches_are_corrected_like_the_whole() -> None:
    _, columns, days, results = _changed(2.5)
    base = np.full(len(days), -3.0)
    whole = Changes.known(columns).correct(columns, days, results, base).log_odds
    changes = Changes.known(columns)
    parts = [
        changes.correct(
            {name: values[part] for name, values in columns.items()}, days[part], results[part], base[part]
        ).log_odds
        for part in (slice(0, 4_500), slice(4_500, None))
    ]  # fmt: skip
    np.testing.assert_allclose(np.concatenate(parts), whole)
