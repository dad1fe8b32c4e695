"""Recall of the starter pack: the 25 indicators planted in worlds that are drawn when measured.

Each run draws a seed and with it the parameters (`demo/world/parameters.py`), tells at least `TRAVELLERS`
people to the pipeline, and asks the profiles of the starter pack. `VEDETTE_WORLD_SEED` repeats one (or
several, with commas), `VEDETTE_WORLD_TRAVELLERS` gives another size.
"""

from __future__ import annotations

import os
import secrets
from collections.abc import Iterator, Sequence

from vedette.bench import Figure
from vedette.bench.ranking import (
    Asked,
    Outcome,
    budget,
    chosen,
    counts,
    outcome,
    priorities,
    shuffled,
)
from vedette.bench.stage import HOME
from vedette.bench.telling import tell
from vedette.demo.world.parameters import Parameters, draw
from vedette.demo.world.parties import CONTEXTS
from vedette.demo.world.weeks import Weeks
from vedette.keys.ring import Keys
from vedette.travellers.starter import WATCHED, starter

TRAVELLERS = 200_000
#: Recall that the profiles must reach at a review budget of one in a hundred, in percent.
TARGET = "90"
#: Seeds are drawn below this.
SEEDS = 1 << 31


def run() -> Iterator[Figure]:
    """One world, or those of the seeds that are given; of several the mean at the end."""
    given = os.environ.get("VEDETTE_WORLD_SEED", "")
    seeds = [int(seed) for seed in given.split(",") if seed.strip()] or [secrets.randbelow(SEEDS)]
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
    """One world told and asked about."""

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
        """At the budget, as if no message carried some columns."""
        fired = self.asked.fire(self.told.values, without) if without else self.fired
        scores = priorities(self.told, fired, self.asked.weights)
        return outcome(self.told, chosen(scores, self.size))

    def figures(self) -> Iterator[Figure]:
        """Everything that is measured, a figure each."""
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
        for ground, columns in sorted(self.asked.grounds.items()):
            yield self._lost(f"without_ground_{ground}", columns)
        for column in self.asked.columns:
            yield self._lost(f"without_{column}", [column])

    def _figure(self, name: str, share: float, said: str, target: str = "") -> Figure:
        return Figure(f"worlds_{name}", 100 * share, "%", f"seed {self.seed}, {said}", 1, target)

    def _false(self) -> Iterator[Figure]:
        """False hits of each kind of innocent: in the budget, and with any profile at all."""
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
        """How others would do: by the number of profiles, and by chance."""
        by_count = outcome(self.told, chosen(self.count, self.size))
        yield self._figure("naive_count", by_count.recall, "by the number of profiles that fire")
        by_chance = outcome(self.told, shuffled(self.told, self.size, self.seed))
        yield self._figure("naive_random", by_chance.recall, "by chance")

    def _lost(self, name: str, columns: Sequence[str]) -> Figure:
        """Recall and false hits when no message carries these columns."""
        found = self._outcome(columns)
        false = ", ".join(f"{kind} {100 * found.false[kind]:.2f} %" for kind in found.false)
        lost = 100 * (found.recall - self.whole.recall)
        return self._figure(name, found.recall, f"recall ({lost:+.1f}); false hits {false}")
