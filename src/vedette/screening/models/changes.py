"""Corrects scores after a change. A level (one value of one or more columns) is corrected if its results
differ from the scores.

The effects of a model change slowly, so that a few results do not change them much. A new rule or a new way
of smuggling concerns few levels, for example some HS chapters of one origin, and changes their results
greatly. For each level of certain groups of columns, this module stores the probability of each log-odds
shift in `SHIFTS`; the first shift is zero. At any time, a level can begin or end a shift, with a small
probability per day (a hidden Markov model). The results are predicted separately with each group of columns.
The corrected score is the weighted mean of the predictions of all groups and of the uncorrected score. A
prediction has a greater weight if it predicted the earlier results better. Each further layer corrects the
score of the previous layer in the same way, because several groups can change at the same time. Finally, the
shift and the slope of all log-odds are adjusted to the results.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from vedette.screening.models import features, kernel
from vedette.screening.models.features import Group, group_of
from vedette.screening.models.kernel import Floats, Ints, Longs

#: Shifts of the log-odds of a level. The first is no shift.
SHIFTS = np.array([0.0, -2.5, -1.5, -0.7, 0.7, 1.5, 2.5, 4.5])
#: By how much an upward shift is rarer than a downward one of the same size. Without this, the corrections
#: raise the probability of an offence more on average.
LEAN = 0.25
#: Rate per day at which a level begins or ends a shift, and at which another group becomes the best one.
LEVEL_RATE, GROUP_RATE = 1 / 400, 1 / 400
#: Weight of the uncorrected score among the predictions, before any result.
BASE_WEIGHT = 0.7
#: Number of layers.
LAYERS = 3
#: The shift and the slope of all log-odds: their variances before any result, the growth of these in a day,
#: their greatest values, and the log-odds around which the slope is taken.
VARIANCES, GROWTH = np.array([0.01, 0.003]), np.array([1e-4, 3e-5])
MOST, MIDDLE = 4 * VARIANCES, -3.0
#: Columns of bands of the score, and their usual numbers of bands.
SCORE_BANDS = {"score": 8, "scores": 3}
#: Groups whose levels are corrected, and the probability that a level has a shift.
GROUPS: tuple[tuple[str, ...], ...] = (
    ("score",), ("origin",), ("hs2",), ("hs4",), ("hs6",), ("office",), ("transport",), ("export_country",),
    ("declarant",), ("ratio5",), ("route",), ("destination",), ("since",), ("times",),
    ("origin", "hs2"), ("origin", "hs4"), ("origin", "office"), ("office", "hs2"), ("office", "transport"),
    ("transport", "hs2"), ("origin", "transport"), ("ratio5", "hs2"), ("ratio5", "origin"),
    ("ratio5", "office"), ("route", "origin"), ("route", "hs2"), ("since", "hs2"), ("since", "origin"),
    ("scores", "hs2"), ("scores", "origin"), ("importer",), ("exporter",),
)  # fmt: skip


def recalibrated(state: Floats, days: Floats, results: Floats, log_odds: Floats) -> Floats:
    """Returns log-odds whose shift and slope are adjusted to the results of earlier rows."""
    after = np.zeros(len(log_odds))
    kernel.recalibrate(days, results, log_odds, state, GROWTH, MOST, MIDDLE, after)
    return after


@dataclass
class Layer:
    """The probabilities of the shifts of all levels, and the weights of the groups."""

    states: Floats
    touched: Floats
    weights: Floats
    clock: Floats = field(default_factory=lambda: np.full(1, -np.inf))


@dataclass
class Corrected:
    """The corrected log-odds of rows, and the effects of the first layer. The effects are the increase of the
    log-odds, the levels of the rows, the logarithm of the ratio of two probabilities of the result for each
    group (according to the group and according to the score itself), and the group that raised the score most
    (-1: none)."""

    log_odds: Floats
    raised: Floats
    levels: Ints
    gains: Floats
    causes: Ints


@dataclass
class Changes:
    """The corrections of a model, in memory only. The corrections begin with the first scored row."""

    #: Group → number of its levels in the history.
    sizes: dict[str, int]
    #: Number of layers, rate per day at which a level begins or ends a shift, and a factor of the probability
    #: that a level has a shift; see `LEAN` and `SHIFTS`.
    depth: int = LAYERS
    level_rate: float = LEVEL_RATE
    likely: float = 1.0
    lean: float = LEAN
    shifts: Floats = field(default_factory=lambda: SHIFTS)
    groups: list[Group] = field(init=False)
    places: list[dict[int, int]] = field(init=False)
    #: The probability of each group that a level has a shift.
    chances: Floats = field(init=False)
    #: The probability of each of `SHIFTS` if a level has one.
    shares: Floats = field(init=False)
    layers: list[Layer] = field(init=False)
    #: The state of `kernel.recalibrate`.
    calibration: Floats = field(init=False)
    used: int = 0

    def __post_init__(self) -> None:
        rare = np.where(self.shifts == 0, 0.0, np.exp(-self.lean * self.shifts))
        self.shares = rare / rare.sum()
        self.calibration = np.array([0.0, 0.0, *VARIANCES, 0.0, -1.0])
        self.groups = [group_of(name) for name in self.sizes]
        self.places = [{} for _ in self.groups]
        self.chances = np.asarray(
            [min(0.5, self.likely / (2 + size**0.5)) for size in self.sizes.values()]
        )
        self.layers = [
            Layer(np.zeros((0, len(self.shifts))), np.zeros(0), self.prior)
            for _ in range(self.depth)
        ]

    @classmethod
    def known(cls, columns: dict[str, Longs]) -> Changes:
        """Returns corrections for the groups that the columns of a history allow."""
        sizes: dict[str, int] = {}
        for group in GROUPS:
            known = [columns[name] for name in group if name in columns]
            bands = [SCORE_BANDS[name] for name in group if name in SCORE_BANDS]
            if len(known) + len(bands) == len(group):
                levels = len(features.numbered(features.joined(known))[1]) if known else 1
                sizes["+".join(group)] = levels * (bands[0] if bands else 1)
        return cls(sizes)

    @property
    def prior(self) -> Floats:
        """Returns the initial weights of the groups, before any result is known. The last weight is the
        weight of the score itself."""
        count = len(self.sizes)
        return np.append(np.full(count, (1 - BASE_WEIGHT) / max(1, count)), BASE_WEIGHT)

    def correct(
        self, columns: dict[str, Longs], days: Floats, results: Floats, base: Floats
    ) -> Corrected:
        """Returns the corrected log-odds of rows."""
        count = len(base)
        found = Corrected(
            base, np.zeros(count), np.zeros((count, 0), np.int32), np.zeros((count, 0)),
            np.full(count, -1, np.int32),
        )  # fmt: skip
        for number, layer in enumerate(self.layers):
            band = features.score_band(found.log_odds)
            levels = self._levels({**columns, "score": band, "scores": band // 3}, float(days[0]))
            after, gains = np.zeros(len(base)), np.zeros(levels.shape)
            causes = np.zeros(len(base), np.int32)
            kernel.correct(
                levels, days, results, found.log_odds, layer.states, layer.touched, self.chances, self.shifts,
                self.shares, layer.weights, self.prior, self.level_rate, GROUP_RATE, layer.clock, after,
                gains, causes,
            )  # fmt: skip
            log_odds = np.log(after / (1 - after))
            if number:
                found.log_odds = log_odds
            else:
                found = Corrected(log_odds, log_odds - base, levels, gains, causes)
        found.log_odds = recalibrated(self.calibration, days, results, found.log_odds)
        return found

    def _levels(self, columns: dict[str, Longs], day: float) -> Ints:
        """Returns the positions of the levels of each row. A new level gets a new position."""
        made = np.full((len(columns["score"]), len(self.groups)), -1, np.int32)
        for number, group in enumerate(self.groups):
            if any(name not in columns for name in group.columns):
                continue
            found, keys = features.numbered(features.keys(group, columns))
            places = self.places[number]
            fresh = [key for key in keys.tolist() if key not in places]
            self._grow(self.used + len(fresh))
            state = self.chances[number] * self.shares
            state[0] = 1 - self.chances[number]
            for layer in self.layers:
                layer.states[self.used : self.used + len(fresh)] = state
                layer.touched[self.used : self.used + len(fresh)] = day
            for key in fresh:
                places[key] = self.used
                self.used += 1
            table = np.asarray([places[key] for key in keys.tolist()] + [-1], np.int32)
            made[:, number] = table[found]
        return made

    def _grow(self, number: int) -> None:
        """Enlarges the arrays, if necessary, so that they can contain at least this number of levels."""
        have = len(self.layers[0].touched)
        if number > have:
            more = max(number - have, have // 2)
            for layer in self.layers:
                layer.states = np.concatenate([layer.states, np.zeros((more, len(self.shifts)))])
                layer.touched = np.concatenate([layer.touched, np.zeros(more)])
