"""The recall of the starter profiles: how many of the travellers with the 25 planted indicators are within a
review budget.

Each run draws a seed, and the parameters of a world are drawn from this seed (`demo/world/parameters.py`).
Each run processes at least `TRAVELLERS` people with the pipeline and evaluates the starter profiles.
`VEDETTE_WORLD_SEED` sets the seed, to repeat a run, or several seeds separated by commas.
`VEDETTE_WORLD_TRAVELLERS` sets another number of people.
"""

from __future__ import annotations

import os
import secrets
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
import numpy.typing as npt
import polars as pl

from vedette.bench import Figure
from vedette.bench.stage import HOME
from vedette.bench.telling import Told, tell
from vedette.demo.world.parameters import Parameters, draw
from vedette.demo.world.parties import CONTEXTS
from vedette.demo.world.weeks import Weeks
from vedette.keys.ring import Keys
from vedette.kinds import vocabulary
from vedette.profiles.files import ProfileFile
from vedette.profiles.run import Pairs, Profile, ProfileSet
from vedette.profiles.tree import columns
from vedette.screening.reason import priority
from vedette.travellers.kind import NAME as TRAVELLER
from vedette.travellers.starter import WATCHED, starter

TRAVELLERS = 200_000
#: Share of all travellers whom the review budget covers.
BUDGET = 0.01
#: Recall in percent that the profiles must reach with a review budget of one traveller in a hundred.
TARGET = "90"
#: Drawn seeds are lower than this.
SEEDS = 1 << 31


Scores: TypeAlias = npt.NDArray[np.int64]
Chosen: TypeAlias = npt.NDArray[np.bool_]


class Asked:
    """The compiled profiles with their weights, and the code lists, which an administration would fill in
    production."""

    def __init__(self, files: Sequence[ProfileFile], lists: Mapping[str, tuple[str, ...]]) -> None:
        words = vocabulary(TRAVELLER)
        trees = [file.parsed(words) for file in files]
        profiles = [
            Profile(id=file.id, tree=tree, lists={**file.lists, **lists})
            for file, tree in zip(files, trees, strict=True)
        ]
        self.set = ProfileSet(profiles)
        self.weights = np.array([file.weight for file in files])
        self.columns = sorted({column.name for tree in trees for column in columns(tree)})
        self.grounds: dict[str, list[str]] = {}
        for name in self.columns:
            column = words.column(name)
            assert column is not None  # noqa: S101  it was parsed
            self.grounds.setdefault(column.ground, []).append(name)

    def fire(self, values: pl.DataFrame, without: Collection[str] = ()) -> Pairs:
        """Returns the pairs of traveller and profile that fire, as if no message had values for the columns
        `without`."""
        found = self.set.fire(values.drop(without) if without else values)
        if found.failed:
            raise RuntimeError(f"profiles that could not be asked: {found.failed}")
        return found


def priorities(told: Told, fired: Pairs, weights: npt.NDArray[np.int64]) -> Scores:
    """Returns the priority of each traveller as in production; 0 if no profile fires."""
    contributions: list[list[int]] = [[] for _ in told.marks]
    for row, profile in zip(fired.rows.tolist(), fired.profiles.tolist(), strict=True):
        contributions[row].append(int(weights[profile]))
    return np.array(
        [
            priority(points, favour) if points else 0
            for points, favour in zip(contributions, told.favour, strict=True)
        ]
    )


def counts(told: Told, fired: Pairs) -> Scores:
    """Returns the number of profiles that fire for each traveller."""
    return np.bincount(fired.rows, minlength=len(told.marks))


def budget(told: Told) -> int:
    """Returns the size of the review budget: a share of all travellers without the crew on duty."""
    return round(BUDGET * (len(told.marks) - told.crew))


def chosen(scores: Scores, size: int) -> Chosen:
    """Returns the travellers with the highest scores; travellers with equal scores keep their order. A
    traveller with a score of 0 is never chosen."""
    order = np.argsort(-scores, kind="stable")[:size]
    found = np.zeros(len(scores), dtype=bool)
    found[order] = True
    return found & (scores > 0)


@dataclass(frozen=True)
class Outcome:
    """The quality of a choice of travellers: the share of the planted travellers who are chosen, in total and
    for each indicator; the share of the cases with at least one chosen traveller; and the chosen share of
    each kind of innocent traveller."""

    recall: float
    by_indicator: dict[int, float]
    cases: float
    false: dict[str, float]


def outcome(told: Told, among: Chosen) -> Outcome:
    """Returns the outcome of a choice. A planted traveller with several journeys counts once."""
    found: dict[str, bool] = {}
    indicators: dict[str, int] = {}
    cases: dict[int, bool] = {}
    for mark, who, here in zip(told.marks, told.who, among.tolist(), strict=True):
        if mark.what == "planted":
            found[who] = found.get(who, False) or here
            indicators[who] = mark.indicator
            cases[mark.case] = cases.get(mark.case, False) or here
    by_indicator: dict[int, list[bool]] = {}
    for who, here in found.items():
        by_indicator.setdefault(indicators[who], []).append(here)
    what = np.array([mark.what for mark in told.marks])
    return Outcome(
        recall=_mean(list(found.values())),
        by_indicator={n: _mean(some) for n, some in sorted(by_indicator.items())},
        cases=_mean(list(cases.values())),
        false={kind: _mean(among[what == kind].tolist()) for kind in (*CONTEXTS, "ordinary")},
    )


def _mean(some: Sequence[bool]) -> float:
    return sum(some) / len(some) if some else 0.0


def shuffled(told: Told, size: int, seed: int) -> Chosen:
    """Chooses `size` travellers at random."""
    found = np.zeros(len(told.marks), dtype=bool)
    found[np.random.default_rng(seed).permutation(len(told.marks))[:size]] = True
    return found


def seeds_of(count: int) -> list[int]:
    """Returns the seeds in `VEDETTE_WORLD_SEED`. If this variable is not set, draws `count` seeds."""
    given = os.environ.get("VEDETTE_WORLD_SEED", "").split(",")
    return [int(s) for s in given if s.strip()] or [secrets.randbelow(SEEDS) for _ in range(count)]


def run() -> Iterator[Figure]:
    """Measures one world, or the worlds of the given seeds. For several worlds, the mean is added at the
    end."""
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
    """One world: its travellers, the profiles that fired, and the outcome."""

    def __init__(self, seed: int, parameters: Parameters, travellers: int) -> None:
        self.seed = seed
        self.asked = Asked(starter(), {WATCHED: parameters.watched})
        keys = Keys.load(HOME / "keys", create=True)
        self.told = tell(Weeks(seed, parameters, travellers), keys, self.asked.columns)
        self.size = budget(self.told)
        self.fired = self.asked.fire(self.told.values)
        self.count = counts(self.told, self.fired)
        self.whole = self._outcome()

    def _outcome(self, without: Sequence[str] = ()) -> Outcome:
        """Returns the outcome with the review budget, as if no message had values for some columns."""
        fired = self.asked.fire(self.told.values, without) if without else self.fired
        scores = priorities(self.told, fired, self.asked.weights)
        return outcome(self.told, chosen(scores, self.size))

    def figures(self) -> Iterator[Figure]:
        """Yields all figures."""
        told, whole = self.told, self.whole
        planted = {
            who for mark, who in zip(told.marks, told.who, strict=True) if mark.what == "planted"
        }
        yield self._figure(
            "recall", whole.recall,
            f"{len(told.marks) - told.crew:,} travellers and {told.crew:,} crew, {told.earlier:,} earlier"
            f" journeys, {len(planted)} planted, {self.size:,} looked at; {100 * whole.cases:.1f} % of"
            f" cases with one traveller at least",
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
        """Yields the share of false hits for each kind of innocent traveller: first within the review budget,
        then for any profile."""
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
        """Yields the recall of two simpler choices, for comparison: a choice by the number of profiles, and a
        random choice."""
        by_count = outcome(self.told, chosen(self.count, self.size))
        yield self._figure("naive_count", by_count.recall, "by the number of profiles that fire")
        by_chance = outcome(self.told, shuffled(self.told, self.size, self.seed))
        yield self._figure("naive_random", by_chance.recall, "by chance")

    def _lost(self, name: str, columns: Sequence[str]) -> Figure:
        """Returns recall and false hits if no message has values for these columns."""
        found = self._outcome(columns)
        false = ", ".join(f"{kind} {100 * found.false[kind]:.2f} %" for kind in found.false)
        lost = 100 * (found.recall - self.whole.recall)
        return self._figure(name, found.recall, f"recall ({lost:+.1f}); false hits {false}")
