"""Proposes weights for the starter profiles. The weights are fitted to some generated worlds and tested on
another world.

`VEDETTE_WORLD_SEED` contains the seeds of the worlds, separated by commas: at least three. If this variable
is not set, four seeds are drawn. Each world is left out once, and the weights that are fitted to the other
worlds are tested on this world. The proposal is then fitted to all worlds. The worlds are invented, so a
weight depends on the way in which they are drawn. An administration therefore sets its weights according to
the results of its own controls (statistics of a profile). The administration also decides the weights that
are a matter of policy (`POLICY`).

A proposal starts with the log odds that a profile adds when it fires (logistic regression, given the facts in
favour). Each weight is then changed step by step (`TIERS`) as long as more planted travellers are within the
review budget.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple, TypeAlias

import numpy as np
import numpy.typing as npt

from vedette.bench import Figure
from vedette.bench.worlds import TARGET, TRAVELLERS, Measured, seeds_of
from vedette.demo.world.parameters import draw
from vedette.screening.reason import FAVOUR_POINTS
from vedette.travellers.starter import starter

Numbers: TypeAlias = npt.NDArray[np.float64]

#: Weights of profiles for links to known cases and for persons to be protected. They are not fitted.
POLICY = {"P-021": 20, "P-023": 40, "P-024": 40}
#: The possible weights. Finer steps would overfit to the worlds.
TIERS = np.array([3, 6, 10, 15, 20, 26, 32, 40])
#: Points for one unit of log odds, and the ridge penalty, which keeps the log odds small.
_POINTS, _RIDGE = 8.0, 2.0
#: Distance in points from the last reviewed place within which a traveller counts partly as reviewed. Small
#: changes of a weight then have an effect.
_SOFT = 3.0
_ROUNDS = 4


class Sample(NamedTuple):
    """The travellers of one world for whom at least one profile is true. `fired` has a row for each traveller
    and a column for each profile. `favour` is the number of points subtracted. `planted` is the number of the
    planted traveller, or -1. `all_planted` counts the planted travellers of the whole world. `size` is the
    review budget."""

    fired: Numbers
    favour: Numbers
    planted: npt.NDArray[np.int64]
    all_planted: int
    size: int


def run() -> Iterator[Figure]:
    """Yields the recall on each world that is left out, and the weights proposed from all worlds."""
    seeds = seeds_of(4)
    if len(seeds) < 3:
        raise ValueError("three worlds at least: VEDETTE_WORLD_SEED=1,2,3")
    samples = []
    for seed in seeds:
        print(f"weights: VEDETTE_WORLD_SEED={seed}")
        samples.append(_sample(Measured(seed, draw(seed), TRAVELLERS)))
    files = starter()
    ids = [file.id for file in files]
    now = np.array([file.weight for file in files], dtype=float)
    for n, seed in enumerate(seeds):
        others = samples[:n] + samples[n + 1 :]
        found = recall(samples[n], propose(others, ids))
        said = (
            f"of a world left out; {100 * recall(samples[n], now):.1f} % by the weights there are"
        )
        yield Figure("weights_recall", 100 * found, "%", f"seed {seed}, {said}", 1, TARGET)
    for id, weight, old in zip(ids, propose(samples, ids), now, strict=True):
        yield Figure(f"weight_{id}", weight, "points", f"{old:.0f} now", 1)


def _sample(measured: Measured) -> Sample:
    told, fired = measured.told, measured.fired
    rows, places = np.unique(fired.rows, return_inverse=True)
    table = np.zeros((len(rows), len(measured.asked.weights)))
    table[places, fired.profiles] = 1
    names: dict[str, int] = {}
    for mark, who in zip(told.marks, told.who, strict=True):
        if mark.what == "planted":
            names.setdefault(who, len(names))
    planted = [
        names[told.who[row]] if told.marks[row].what == "planted" else -1 for row in rows.tolist()
    ]
    favour = [sum(FAVOUR_POINTS[f] for f in told.favour[row]) for row in rows.tolist()]
    return Sample(table, np.array(favour, float), np.array(planted), len(names), measured.size)


def propose(samples: Sequence[Sample], ids: Sequence[str]) -> Numbers:
    """Returns a weight of `TIERS` for each profile, or its weight in `POLICY`."""
    odds = _log_odds(samples)
    tiers = np.abs(_POINTS * odds[:, None] - TIERS[None]).argmin(axis=1)

    def weights(at: npt.NDArray[np.int64]) -> Numbers:
        made = TIERS[at].astype(float)
        for n, id in enumerate(ids):
            made[n] = POLICY.get(id, made[n])
        return made

    def within(at: npt.NDArray[np.int64]) -> float:
        return float(np.mean([_part_recall(sample, weights(at)) for sample in samples]))

    best = within(tiers)
    for _ in range(_ROUNDS):
        before = best
        for n in range(len(ids)):
            for step in (-1, 1):
                tried = tiers.copy()
                tried[n] = np.clip(tiers[n] + step, 0, len(TIERS) - 1)
                better = within(tried)
                if better > best + 1e-5:
                    best, tiers = better, tried
                    break
        if best == before:
            break
    return weights(tiers)


def _log_odds(samples: Sequence[Sample]) -> Numbers:
    """Returns the log odds of each profile, computed by Newton's method. The last column of the matrix is the
    constant term, which is not returned."""
    fired = np.vstack([sample.fired for sample in samples])
    table = np.hstack([fired, np.ones((len(fired), 1))])
    known = np.concatenate([sample.favour for sample in samples]) / -_POINTS
    planted = np.concatenate([sample.planted >= 0 for sample in samples]).astype(float)
    ridge = np.append(np.full(fired.shape[1], _RIDGE), 1e-9)
    odds = np.zeros(table.shape[1])
    for _ in range(60):
        expected = 1 / (1 + np.exp(-(table @ odds + known)))
        spread = expected * (1 - expected) + 1e-9
        curve = (table * spread[:, None]).T @ table + np.diag(ridge)
        step = np.linalg.solve(curve, table.T @ (expected - planted) + ridge * odds)
        odds -= step
        if np.abs(step).max() < 1e-6:
            break
    return odds[:-1]


def _scores(sample: Sample, weights: Numbers) -> Numbers:
    """Returns the priorities as `screening/reason.py` computes them, for whole columns."""
    return np.maximum(1, np.minimum(100, sample.fired @ weights) - sample.favour)


def recall(sample: Sample, weights: Numbers) -> float:
    """Returns the share of the planted travellers who are reviewed. Each planted traveller counts once."""
    first = np.argsort(-_scores(sample, weights), kind="stable")[: sample.size]
    found = sample.planted[first]
    return len(set(found[found >= 0].tolist())) / sample.all_planted


def _part_recall(sample: Sample, weights: Numbers) -> float:
    """Returns the same as `recall`, but travellers near the last place count partly."""
    scores = _scores(sample, weights)
    size = min(sample.size, len(scores))
    last = np.partition(scores, -size)[-size]
    among = sample.planted >= 0
    part = 1 / (1 + np.exp(-(scores[among] - last - 0.5) / _SOFT))
    best = np.zeros(sample.all_planted)
    np.maximum.at(best, sample.planted[among], part)
    return float(best.sum()) / sample.all_planted
