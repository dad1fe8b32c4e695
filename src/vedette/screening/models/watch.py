"""Reports changes in later rows: probabilities of offences that differ from those of the model, or other
goods.

Results are watched by challengers (additional models for comparison). A challenger begins every `STEP` days
and ends after `LIFE` days. It learns effects of the levels of some columns from the results, in addition to
the calibrated score of the model. It predicts each result before it learns from it. The ratios of its
probabilities to those of the model are multiplied. The product is a test martingale: while the scores are
right, the probability that it ever exceeds a number `x` is at most 1/x (Ville's inequality). An alarm is
raised if such a product exceeds `e ** LIMIT`. `LIMIT` is computed from the number of challengers in a year
and from `FALSE_ALARMS`.

For each column, the shares of its values in the last `WINDOW` days are compared with those in the history.
The limit of the distance is twice the greatest distance within the history, plus a margin.
"""

from __future__ import annotations

import datetime as dt
import math
from collections import deque
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from vedette.core.texts import Day, Text, gettext_lazy, render
from vedette.screening.models import features, kernel
from vedette.screening.models.history import Batch, day_of
from vedette.screening.models.kernel import Floats, Ints, Longs
from vedette.screening.models.model import Model, logit
from vedette.screening.models.reasons import NAMES
from vedette.screening.models.shares import LEAST_ROWS, SHARES, WINDOW, distance

#: Days between the begins of challengers, and their life in days.
STEP, LIFE = 10, 60
#: Columns whose levels have an effect in a challenger; several tuples of columns act together. Importers and
#: exporters are not among them: that one of them begins to offend is usual, and the model learns it.
CHALLENGERS: tuple[tuple[tuple[str, ...], ...], ...] = (
    ((),), (("origin",),), (("hs2",),), (("hs4",),), (("office",),), (("transport",),),
    (("export_country",),), (("declarant",),), (("ratio",),),
    (("route",),), (("destination",),), (("origin", "hs2"),), (("origin", "office"),),
    (("office", "hs2"),), (("origin",), ("hs2",), ("origin", "hs2")),
)  # fmt: skip
#: Prior variance of the effects of a challenger, and of a shift of all rows.
VARIANCE, SHIFT_VARIANCE = 0.5, 0.1
#: Expected number of false alarms in a year, at most, while the scores are right.
FALSE_ALARMS = 0.05
LIMIT = math.log(len(CHALLENGERS) * math.ceil(365.25 / STEP) / FALSE_ALARMS)
#: Margin of the limit of a distance between shares.
MARGIN = 0.1


@dataclass(frozen=True)
class Alarm:
    """A reported change: the day of the row at which the limit was exceeded, and what changed."""

    day: str
    text: Text

    @property
    def sentence(self) -> str:
        """Returns the text in English."""
        return render(self.text)


@dataclass
class _Challenger:
    begin: float
    gain: float = 0.0
    effects: Floats = field(default_factory=lambda: np.zeros(0))
    spread: Floats = field(default_factory=lambda: np.zeros(0))
    found: Floats = field(default_factory=lambda: np.zeros(0))
    expected: Floats = field(default_factory=lambda: np.zeros(0))

    def grow(self, size: int, variance: float) -> None:
        more = size - len(self.effects)
        if more > 0:
            self.effects = np.concatenate([self.effects, np.zeros(more)])
            self.spread = np.concatenate([self.spread, np.full(more, variance)])
            self.found = np.concatenate([self.found, np.zeros(more)])
            self.expected = np.concatenate([self.expected, np.zeros(more)])


class Watch:
    """Watches rows in order of time. `alarm` is the first change, or None.

    The watch changes the model: `without_ready` sets some effects to 0, so that the model does not learn a
    change before the challengers show it. The model must not be used for anything else afterwards.
    """

    def __init__(self, model: Model) -> None:
        self.model = model
        model.without_ready()
        self.alarm: Alarm | None = None
        self._names: list[dict[tuple[int, int], int]] = [{} for _ in CHALLENGERS]
        self._running: list[list[_Challenger]] = [[] for _ in CHALLENGERS]
        self._next = -math.inf
        self._window: deque[tuple[float, dict[str, Longs]]] = deque()
        self._checked = -math.inf

    def see(self, batch: Batch) -> None:
        """Scores the rows as `model score` does, and compares the results with the scores."""
        columns = self.model.features.columns(batch)
        scored = self.model.follow(columns, batch.days, batch.results)
        base = logit(scored.probability)
        levels = [self._levels(n, columns) for n in range(len(CHALLENGERS))]
        days = np.floor(batch.days)
        begin = 0
        while begin < len(days) and self.alarm is None:
            if days[begin] >= self._next:
                for running in self._running:
                    running.append(_Challenger(float(days[begin])))
                    running[:] = [one for one in running if one.begin + LIFE > days[begin]]
                self._next = float(days[begin]) + STEP
            end = int(np.searchsorted(days, self._next))
            part = slice(begin, end)
            self._challenge(levels, part, batch, base)
            if self.alarm is None:
                self._shift(columns, part, days)
            begin = end

    def _levels(self, number: int, columns: dict[str, Longs]) -> Ints | None:
        """Returns the levels of the rows in the groups of a challenger. Returns None if a column is
        missing."""
        groups = CHALLENGERS[number]
        if any(name not in columns for group in groups for name in group):
            return None
        count = len(next(iter(columns.values())))
        made = np.zeros((count, len(groups)), np.int32)
        names = self._names[number]
        for place, group in enumerate(groups):
            if not group:
                names.setdefault((place, 0), len(names))
                continue
            found, keys = features.numbered(features.joined([columns[name] for name in group]))
            table = [names.setdefault((place, key), len(names)) for key in keys.tolist()]
            made[:, place] = np.asarray([*table, -1], np.int32)[found]
        return made

    def _challenge(
        self, levels: list[Ints | None], part: slice, batch: Batch, base: Floats
    ) -> None:
        days, results = np.floor(batch.days[part]), batch.results[part]
        offset = base[part]
        first, text = len(days), None
        for number, found in enumerate(levels):
            if found is None:
                continue
            inside = np.ascontiguousarray(found[part])
            variance = VARIANCE if CHALLENGERS[number][0] else SHIFT_VARIANCE
            for one in self._running[number]:
                one.grow(len(self._names[number]), variance)
                path = np.zeros(len(days))
                one.gain = kernel.challenge(
                    inside, days, results, offset, one.effects, one.spread, one.gain, path
                )
                for group in range(inside.shape[1]):
                    good = (inside[:, group] >= 0) & (results >= 0)
                    np.add.at(one.found, inside[good, group], results[good])
                    np.add.at(one.expected, inside[good, group], 1 / (1 + np.exp(-offset[good])))
                over = np.flatnonzero(path > LIMIT)
                if len(over) and over[0] < first:
                    first, text = int(over[0]), self._told(number, one)
        if text is not None:
            self.alarm = Alarm(day_of(float(days[first])), text)

    def _told(self, number: int, one: _Challenger) -> Text:
        """Returns the sentence about the level whose number of offences differs most from the expected
        number."""
        found, expected = one.found, one.expected
        at = int(np.argmax(np.abs(found - expected)))
        place, key = next(name for name, value in self._names[number].items() if value == at)
        group = CHALLENGERS[number][place]
        params: dict[str, Any] = {
            "found": int(found[at]), "expected": round(float(expected[at]), 1),
            "from": Day(value=dt.date.fromisoformat(day_of(one.begin))),
            "what": self._named(group, key) if group else gettext_lazy("all declarations"),
        }  # fmt: skip
        if found[at] > expected[at]:
            return gettext_lazy(
                "more offences than expected, mainly for %(what)s: %(found)s found and %(expected)s "
                "expected since %(from)s", **params,
            )  # fmt: skip
        return gettext_lazy(
            "fewer offences than expected, mainly for %(what)s: %(found)s found and %(expected)s expected "
            "since %(from)s", **params,
        )  # fmt: skip

    def _named(self, group: tuple[str, ...], key: int) -> tuple[Text, ...]:
        """Returns the names of the columns of a level with their values."""
        numbers = []
        for _ in group:
            key, number = divmod(key, features.MAX_LEVELS)
            numbers.append(number)
        texts = []
        for name, number in zip(group, reversed(numbers), strict=True):
            levels = self.model.features.levels.get(name)
            code = f"{number}" if levels is None else levels.name(number)
            texts.append(gettext_lazy("%(label)s %(code)s", label=NAMES[name], code=code))
        return tuple(texts)

    def _shift(self, columns: dict[str, Longs], part: slice, days: Floats) -> None:
        """Compares the shares of the last days with those of the history."""
        last = float(days[part][-1])
        self._window.append(
            (last, {name: columns[name][part] for name in SHARES if name in columns})
        )
        while self._window and self._window[0][0] <= last - WINDOW:
            self._window.popleft()
        for name, usual in self.model.shares.items():
            parts = [one[name] for _, one in self._window if name in one]
            if not parts:
                continue
            window = np.concatenate(parts)
            if len(window) < max(LEAST_ROWS, usual["rows"] // 2):
                continue
            apart = distance(window, np.asarray(usual["shares"]))
            if apart > 2 * usual["distance"] + MARGIN:
                self.alarm = Alarm(
                    day_of(last),
                    gettext_lazy("the shares of the values of %(what)s differ from the history by"
                                 " %(apart)s (at most %(usual)s within the history)",
                                 what=NAMES[name], apart=round(apart, 2), usual=round(usual["distance"], 2)),
                )  # fmt: skip
                return
