"""Who of a world stands first when profiles are asked: priorities, a review budget, and who is in it."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
import numpy.typing as npt
import polars as pl

from vedette.bench.telling import Told
from vedette.demo.world.parties import CONTEXTS
from vedette.kinds import vocabulary
from vedette.profiles.files import ProfileFile
from vedette.profiles.run import Pairs, Profile, ProfileSet
from vedette.profiles.tree import columns
from vedette.screening.priority import priority
from vedette.travellers.kind import NAME as TRAVELLER

#: Share of all travellers that is looked at.
BUDGET = 0.01
Scores: TypeAlias = npt.NDArray[np.int64]
Chosen: TypeAlias = npt.NDArray[np.bool_]


class Asked:
    """Profiles compiled, with their weights, over the code lists that an administration would fill in."""

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
        """Who fires what, as if no message carried the columns `without`."""
        found = self.set.fire(values.drop(without) if without else values)
        if found.failed:
            raise RuntimeError(f"profiles that could not be asked: {found.failed}")
        return found


def priorities(told: Told, fired: Pairs, weights: npt.NDArray[np.int64]) -> Scores:
    """The priority of everybody as production has it; 0 of whom no profile fires."""
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
    """How many profiles fire of each."""
    return np.bincount(fired.rows, minlength=len(told.marks))


def budget(told: Told) -> int:
    """How many are looked at: a share of all travellers, crew on duty not counted."""
    return round(BUDGET * (len(told.marks) - told.crew))


def chosen(scores: Scores, size: int) -> Chosen:
    """The first by score; of equal ones who came first. Who has none is not among them."""
    order = np.argsort(-scores, kind="stable")[:size]
    found = np.zeros(len(scores), dtype=bool)
    found[order] = True
    return found & (scores > 0)


@dataclass(frozen=True)
class Outcome:
    """What a choice of people is worth: the share of planted travellers in it, of all and by indicator,
    the share of cases of which at least one traveller is in it, and the share of each kind of innocent."""

    recall: float
    by_indicator: dict[int, float]
    cases: float
    false: dict[str, float]


def outcome(told: Told, among: Chosen) -> Outcome:
    """Of planted travellers each counts once, by whichever of his journeys."""
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
    """A choice by chance alone."""
    found = np.zeros(len(told.marks), dtype=bool)
    found[np.random.default_rng(seed).permutation(len(told.marks))[:size]] = True
    return found
