"""Proposes weights for the starter profiles: fitted to some generated worlds and tried on another.

`VEDETTE_WORLD_SEED` names the seeds of the worlds, with commas (at least three; without it, four are drawn).
Each world is left out once, and the proposal from the others is tried on it. Then all of them give the
proposal. The worlds are invented, so a weight depends on how they are drawn: an administration sets weights
by its own results (statistics of a profile) and decides those that are a matter of policy (`POLICY`).

A proposal starts with the logarithm of odds that a profile adds when it fires (logistic regression, given the
facts in favour). It then moves from tier to tier while more planted travellers come into the budget.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple, TypeAlias

import numpy as np
import numpy.typing as npt

from vedette.bench import Figure
from vedette.bench.worlds import TARGET, TRAVELLERS, Measured, seeds_of
from vedette.demo.world.parameters import draw
from vedette.screening.priority import FAVOUR_POINTS
from vedette.travellers.starter import starter

Numbers: TypeAlias = npt.NDArray[np.float64]

#: Weights of profiles for links to known cases and for persons to be protected; they are not fitted.
POLICY = {"P-021": 20, "P-023": 40, "P-024": 40}
#: The possible weights; finer steps would overfit to the worlds.
TIERS = np.array([3, 6, 10, 15, 20, 26, 32, 40])
#: Points for a logarithm of odds of one; the ridge penalty, which keeps the odds small.
_POINTS, _RIDGE = 8.0, 2.0
#: Distance in points within which a traveller counts partly as reviewed, so that small steps have an effect.
_SOFT = 3.0
_ROUNDS = 4


class Sample(NamedTuple):
    """The travellers of one world for whom a profile fires: `fired` has a row for each of them and a column
    for each profile; `favour` is the number of points subtracted; `planted` is the number of the planted
    traveller or -1; `all_planted` counts the planted travellers of the whole world; `size` is the review
    budget."""

    fired: Numbers
    favour: Numbers
    planted: npt.NDArray[np.int64]
    all_planted: int
    size: int


def run() -> Iterator[Figure]:
    """The recall on each world that is left out, and the proposal from all worlds."""
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
    """A weight of `TIERS` for each profile, or that of `POLICY`."""
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
    """The logarithm of odds of each profile, by Newton's method; the last column is the constant term, not
    returned."""
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
    """The priorities as in `screening/priority.py`, for whole columns."""
    return np.maximum(1, np.minimum(100, sample.fired @ weights) - sample.favour)


def recall(sample: Sample, weights: Numbers) -> float:
    """The share of the planted travellers who are reviewed; each counts once."""
    first = np.argsort(-_scores(sample, weights), kind="stable")[: sample.size]
    found = sample.planted[first]
    return len(set(found[found >= 0].tolist())) / sample.all_planted


def _part_recall(sample: Sample, weights: Numbers) -> float:
    """As `recall`, but travellers near the last place count partly."""
    scores = _scores(sample, weights)
    size = min(sample.size, len(scores))
    last = np.partition(scores, -size)[-size]
    among = sample.planted >= 0
    part = 1 / (1 + np.exp(-(scores[among] - last - 0.5) / _SOFT))
    best = np.zeros(sample.all_planted)
    np.maximum.at(best, sample.planted[among], part)
    return float(best.sum()) / sample.all_planted
