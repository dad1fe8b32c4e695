"""Measures the recall of the starter profiles on synthetic data sets. Planted travellers are travellers to
whom the generator gave a risk indicator. The recall is the share of planted travellers who are among the
travellers with the highest scores. The review budget is the number of travellers that are considered.

Each run chooses a random seed, and this seed determines the parameters of a data set
(`demo/world/parameters.py`). Each run processes at least `TRAVELLERS` people with the pipeline and evaluates
the starter profiles. The variable `VEDETTE_WORLD_SEED` sets the seed or several seeds (separated by commas),
so that a run can be repeated. `VEDETTE_WORLD_TRAVELLERS` sets another number of people.

`weights` proposes weights for the starter profiles. For a test, the weights are fitted to all data sets
except one, and measured on the data set that was left out. This test is repeated so that each data set is
left out once. The final proposal is fitted to all data sets. The data are synthetic, so the weights depend on
the generator. An administration must therefore set its weights according to the results of its own controls
(see the statistics of each profile). The administration also sets the weights that depend on its policy
(`POLICY`).

The first proposal for the weight of a profile is the log odds of the profile. The log odds are computed by a
logistic regression that includes the facts in favour of the traveller. Then each weight is changed to another
value of `TIERS` as long as the change increases the recall.
"""

from __future__ import annotations

import os
import secrets
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple, TypeAlias

import numpy as np
import numpy.typing as npt
import polars as pl

from vedette.bench import Figure
from vedette.bench.stage import HOME
from vedette.demo.world.parameters import Parameters, draw
from vedette.demo.world.parties import CONTEXTS
from vedette.demo.world.weeks import Weeks
from vedette.keys.ring import Keys
from vedette.kinds import vocabulary
from vedette.profiles.files import ProfileFile
from vedette.profiles.run import Pairs, Profile, ProfileSet
from vedette.profiles.tree import columns
from vedette.screening.reason import FAVOUR_POINTS, priority
from vedette.travellers.kind import NAME as TRAVELLER
from vedette.travellers.starter import WATCHED, starter

if TYPE_CHECKING:
    from vedette.bench.memory import Told

TRAVELLERS = 200_000
#: Share of all travellers whom the review budget covers.
BUDGET = 0.01
#: Recall in percent that the profiles must reach with a review budget of one traveller in a hundred.
TARGET = "90"


Scores: TypeAlias = npt.NDArray[np.int64]
Chosen: TypeAlias = npt.NDArray[np.bool_]
Numbers: TypeAlias = npt.NDArray[np.float64]


class Asked:
    """The compiled profiles with their weights, and the code lists that the profiles use. In production, an
    administration defines the content of the code lists.
    """

    def __init__(self, files: Sequence[ProfileFile], lists: Mapping[str, tuple[str, ...]]) -> None:
        words = vocabulary(TRAVELLER)
        trees = [file.parsed(words) for file in files]
        self.set = ProfileSet(
            [
                Profile(id=file.id, tree=tree, lists={**file.lists, **lists})
                for file, tree in zip(files, trees, strict=True)
            ]
        )
        self.weights = np.array([file.weight for file in files])
        self.columns = sorted({column.name for tree in trees for column in columns(tree)})
        self.grounds: dict[str, list[str]] = {}
        for name in self.columns:
            column = words.column(name)
            assert column is not None  # noqa: S101  it was parsed
            self.grounds.setdefault(column.ground, []).append(name)

    def fire(self, values: pl.DataFrame, without: Collection[str] = ()) -> Pairs:
        """Returns all pairs of a traveller and a profile that matches this traveller. The values of the
        columns in `without` are treated as missing values.
        """
        found = self.set.fire(values.drop(without) if without else values)
        if found.failed:
            raise RuntimeError(f"profiles that could not be asked: {found.failed}")
        return found


def priorities(told: Told, fired: Pairs, weights: npt.NDArray[np.int64]) -> Scores:
    """Returns the priority of each traveller. The priority is calculated in the same way as in production.
    The priority is 0 if no profile matches.
    """
    contributions: list[list[int]] = [[] for _ in told.marks]
    for row, profile in zip(fired.rows.tolist(), fired.profiles.tolist(), strict=True):
        contributions[row].append(int(weights[profile]))
    return np.array(
        [
            priority(points, favour) if points else 0
            for points, favour in zip(contributions, told.favour, strict=True)
        ]
    )


def planted_of(told: Told) -> dict[str, int]:
    """Returns the planted travellers. These are the travellers to whom the generator gave a risk indicator.
    Each traveller is returned with the number of this risk indicator.
    """
    return {
        who: mark.indicator
        for mark, who in zip(told.marks, told.who, strict=True)
        if mark.what == "planted"
    }


def chosen(scores: Scores, size: int) -> Chosen:
    """Returns the travellers with the highest scores. Travellers with equal scores keep their order. A
    traveller with a score of 0 is never chosen.
    """
    order = np.argsort(-scores, kind="stable")[:size]
    return np.isin(np.arange(len(scores)), order) & (scores > 0)


@dataclass(frozen=True)
class Outcome:
    """Describes the quality of a selection of travellers. `recall` is the share of the planted travellers who
    are chosen, and `by_indicator` is this share for each indicator. `cases` is the share of the cases with at
    least one chosen traveller. `false` contains the share of chosen travellers for each kind of innocent
    traveller.
    """

    recall: float
    by_indicator: dict[int, float]
    cases: float
    false: dict[str, float]


def outcome(told: Told, among: Chosen) -> Outcome:
    """Returns the outcome for the chosen travellers. A planted traveller with several journeys is counted
    once.
    """
    planted = planted_of(told)
    found = dict.fromkeys(planted, False)
    cases: dict[int, bool] = {}
    by_indicator: dict[int, list[bool]] = {}
    for mark, who, here in zip(told.marks, told.who, among.tolist(), strict=True):
        if who in planted:
            found[who] |= here
            cases[mark.case] = cases.get(mark.case, False) or here
    for who, indicator in planted.items():
        by_indicator.setdefault(indicator, []).append(found[who])
    what = np.array([mark.what for mark in told.marks])
    return Outcome(
        recall=_mean(list(found.values())),
        by_indicator={n: _mean(some) for n, some in sorted(by_indicator.items())},
        cases=_mean(list(cases.values())),
        false={kind: _mean(among[what == kind].tolist()) for kind in (*CONTEXTS, "ordinary")},
    )


def _mean(some: Sequence[bool]) -> float:
    return sum(some) / len(some) if some else 0.0


def seeds_of(count: int) -> list[int]:
    """Returns the seeds in `VEDETTE_WORLD_SEED`. If `VEDETTE_WORLD_SEED` is not set, returns `count` random
    seeds.
    """
    given = os.environ.get("VEDETTE_WORLD_SEED", "").split(",")
    return [int(s) for s in given if s.strip()] or [
        secrets.randbelow(1 << 31) for _ in range(count)
    ]


def run() -> Iterator[Figure]:
    """Measures the recall on one synthetic data set, or on the data sets of the given seeds. If several data
    sets are measured, their mean is printed at the end.
    """
    seeds = seeds_of(1)
    travellers = int(os.environ.get("VEDETTE_WORLD_TRAVELLERS", TRAVELLERS))
    recalls = []
    for seed in seeds:
        print(f"worlds: VEDETTE_WORLD_SEED={seed}")
        parameters = draw(seed)
        for line in parameters.lines():
            print(f"worlds: {line}")
        measured = Measured(seed, parameters, travellers)
        recalls.append(measured.whole.recall)
        yield from measured.figures()
    if len(recalls) > 1:
        yield Figure(
            "worlds_recall_mean", 100 * sum(recalls) / len(recalls), "%",
            f"{len(recalls)} worlds, least {100 * min(recalls):.1f} %", 1, TARGET,
        )  # fmt: skip


class Measured:
    """One synthetic data set: its travellers, the profiles that match them, and the outcome."""

    def __init__(self, seed: int, parameters: Parameters, travellers: int) -> None:
        self.seed = seed
        self.asked = Asked(starter(), {WATCHED: parameters.watched})
        keys = Keys.load(HOME / "keys", create=True)
        # The storage in memory imports models, which need the settings.
        os.environ.setdefault("DJANGO_SETTINGS_MODULE", "vedette.web.settings")
        import django

        django.setup()
        from vedette.bench.memory import tell

        self.told = tell(Weeks(seed, parameters, travellers), keys, self.asked.columns)
        #: The size of the review budget: a share of all travellers without the crew on duty.
        self.size = round(BUDGET * (len(self.told.marks) - self.told.crew))
        self.fired = self.asked.fire(self.told.values)
        #: The number of profiles that are true for each traveller.
        self.count = np.bincount(self.fired.rows, minlength=len(self.told.marks))
        self.whole = self._outcome()

    def _outcome(self, without: Sequence[str] = ()) -> Outcome:
        """Returns the outcome for the review budget. The values of the columns in `without` are treated as
        missing."""
        fired = self.asked.fire(self.told.values, without) if without else self.fired
        scores = priorities(self.told, fired, self.asked.weights)
        return outcome(self.told, chosen(scores, self.size))

    def figures(self) -> Iterator[Figure]:
        """Yields all figures."""
        told, whole = self.told, self.whole
        yield self._figure(
            "recall", whole.recall,
            f"{len(told.marks) - told.crew:,} travellers and {told.crew:,} crew, {told.earlier:,} earlier"
            f" journeys, {len(planted_of(told))} planted, {self.size:,} looked at; {100 * whole.cases:.1f} %"
            f" of cases with one traveller at least",
            TARGET,
        )  # fmt: skip
        for indicator, recall in whole.by_indicator.items():
            yield self._figure(
                f"recall_indicator_{indicator:02}", recall, "planted travellers found"
            )
        yield from self._false()
        yield from self._naive()
        for ground, lost in sorted(self.asked.grounds.items()):
            yield self._lost(f"without_ground_{ground}", lost)
        for column in self.asked.columns:
            yield self._lost(f"without_{column}", [column])

    def _figure(self, name: str, share: float, said: str, target: str = "") -> Figure:
        return Figure(f"worlds_{name}", 100 * share, "%", f"seed {self.seed}, {said}", 1, target)

    def _false(self) -> Iterator[Figure]:
        """Yields the share of false hits for each kind of innocent traveller. For each kind, the first share
        is calculated from the travellers within the review budget. The second share is calculated from all
        travellers whom at least one profile matches.
        """
        any_at_all = outcome(self.told, self.count > 0)
        for kind in (*CONTEXTS, "ordinary"):
            yield self._figure(
                f"false_{kind}", self.whole.false[kind],
                f"in the budget; {100 * any_at_all.false[kind]:.1f} % fire a profile",
            )  # fmt: skip
        yield self._figure(
            "fired", float((self.count > 0).mean()),
            f"of all fire a profile; of the planted {100 * any_at_all.recall:.1f} %",
        )  # fmt: skip

    def _naive(self) -> Iterator[Figure]:
        """Yields the recall of two simpler selection methods for comparison: selection by the number of
        matching profiles, and random selection."""
        by_chance = np.zeros(len(self.told.marks), dtype=bool)
        rng = np.random.default_rng(self.seed)
        by_chance[rng.permutation(len(by_chance))[: self.size]] = True
        for name, choice, said in (
            ("count", chosen(self.count, self.size), "by the number of profiles that fire"),
            ("random", by_chance, "by chance"),
        ):
            yield self._figure(f"naive_{name}", outcome(self.told, choice).recall, said)

    def _lost(self, name: str, columns: Sequence[str]) -> Figure:
        """Returns the recall and the share of false hits if the values of the given columns are missing."""
        found = self._outcome(columns)
        false = ", ".join(f"{kind} {100 * share:.2f} %" for kind, share in found.false.items())
        lost = 100 * (found.recall - self.whole.recall)
        return self._figure(name, found.recall, f"recall ({lost:+.1f}); false hits {false}")


# --- weights --------------------------------------------------------------------------------------

#: Weights of profiles for links to known cases and for persons to be protected. They are not fitted.
POLICY = {"P-021": 20, "P-023": 40, "P-024": 40}
#: The possible weights. Finer steps would overfit to the synthetic data.
TIERS = np.array([3, 6, 10, 15, 20, 26, 32, 40])
#: Points for one unit of log odds, and the ridge penalty, which keeps the log odds small.
_POINTS, _RIDGE = 8.0, 2.0
#: The scale, in points, on which a traveller near the last reviewed score counts as a fraction. Therefore
#: even a small change of a weight has an effect.
_SOFT = 3.0
_ROUNDS = 4


class Sample(NamedTuple):
    """The travellers of one synthetic data set whom at least one profile matches. `fired` has a row for each
    traveller and a column for each profile. `favour` is the number of points that are subtracted for facts in
    favour of the traveller. `planted` contains the number of each planted traveller, and −1 for any other
    traveller. `all_planted` counts the planted travellers of the whole data set. `size` is the review budget.
    """

    fired: Numbers
    favour: Numbers
    planted: Scores
    all_planted: int
    size: int


def weights() -> Iterator[Figure]:
    """For each data set, yields the recall on this data set with weights that were fitted to the other data
    sets. Also yields the weights that are proposed from all data sets.
    """
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
            f"seed {seed}, of a world left out;"
            f" {100 * recall(samples[n], now):.1f} % by the weights there are"
        )
        yield Figure("weights_recall", 100 * found, "%", said, 1, TARGET)
    for id, weight, old in zip(ids, propose(samples, ids), now, strict=True):
        yield Figure(f"weight_{id}", weight, "points", f"{old:.0f} now", 1)


def _sample(measured: Measured) -> Sample:
    told, fired = measured.told, measured.fired
    rows, places = np.unique(fired.rows, return_inverse=True)
    table = np.zeros((len(rows), len(measured.asked.weights)))
    table[places, fired.profiles] = 1
    names = {who: number for number, who in enumerate(planted_of(told))}
    planted = [names.get(told.who[row], -1) for row in rows.tolist()]
    favour = [sum(FAVOUR_POINTS[f] for f in told.favour[row]) for row in rows.tolist()]
    return Sample(table, np.array(favour, float), np.array(planted), len(names), measured.size)


def propose(samples: Sequence[Sample], ids: Sequence[str]) -> Numbers:
    """Returns a weight for each profile: its weight in `POLICY` or, if `POLICY` does not contain the profile,
    a value of `TIERS`.
    """
    odds = _log_odds(samples)
    tiers = np.abs(_POINTS * odds[:, None] - TIERS[None]).argmin(axis=1)

    policy = np.array([POLICY.get(id, np.nan) for id in ids])

    def weights_of(at: Scores) -> Numbers:
        return np.where(np.isnan(policy), TIERS[at], policy)

    def within(at: Scores) -> float:
        return float(np.mean([_part_recall(sample, weights_of(at)) for sample in samples]))

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
    return weights_of(tiers)


def _log_odds(samples: Sequence[Sample]) -> Numbers:
    """Returns the log odds of each profile. The log odds are computed by Newton's method. The constant term
    is the last column of the matrix, and is not returned."""
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
    """Computes the same priorities as `screening/reason.py`, for all travellers of a data set at once."""
    return np.maximum(1, np.minimum(100, sample.fired @ weights) - sample.favour)


def recall(sample: Sample, weights: Numbers) -> float:
    """Returns the share of the planted travellers who are within the review budget. Each planted traveller is
    counted once."""
    first = np.argsort(-_scores(sample, weights), kind="stable")[: sample.size]
    found = sample.planted[first]
    return len(set(found[found >= 0].tolist())) / sample.all_planted


def _part_recall(sample: Sample, weights: Numbers) -> float:
    """Returns a smoothed recall. A planted traveller whose score is near the limit of the review budget is
    counted with a value between 0 and 1.
    """
    scores = _scores(sample, weights)
    size = min(sample.size, len(scores))
    last = np.partition(scores, -size)[-size]
    among = sample.planted >= 0
    part = 1 / (1 + np.exp(-(scores[among] - last - 0.5) / _SOFT))
    best = np.zeros(sample.all_planted)
    np.maximum.at(best, sample.planted[among], part)
    return float(best.sum()) / sample.all_planted
