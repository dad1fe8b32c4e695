"""Reports two kinds of change in later rows: the offences differ from the probabilities that the model
predicts, or the shares of the values of a column differ from the history.

Each result is predicted with the groups of the module `changes` before the result itself is used. The
predictions are compared with scores that do not use the results of the last `LAG` to `2 * LAG` days, because
the scores also adapt to a change. For each group, `evidence` is a sum with one term for each earlier day. For
each result since that day, the probability that the group predicted is divided by the probability according
to the score; the term is the product of these ratios. Each term is weighted by the length of its day, in
years. If the scores are correct, each product has the expected value 1 (a test martingale), so that the
expected value of the evidence increases by at most 1 in a year (Shiryaev-Roberts procedure). The probability
that the evidence exceeds `1 / FALSE_ALARMS` within a year is therefore at most `FALSE_ALARMS` (Doob's
inequality). This limit is only approximate because the scores are delayed: until the model has corrected the
error of an effect, this error affects all rows of the same trader. An alarm is raised if the mean of the
evidence of all groups exceeds `1 / FALSE_ALARMS`.

For each column, the shares of its values in the last `WINDOW` days are compared with the shares in the
history. The limit of the distance is twice the greatest distance within the history, plus a margin.
"""

from __future__ import annotations

import datetime as dt
import math
from collections import deque
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np

from vedette.core.texts import Day, Text, gettext_lazy, render
from vedette.screening.models import changes, features
from vedette.screening.models.changes import Changes, Corrected, recalibrated
from vedette.screening.models.history import Batch, day_of
from vedette.screening.models.kernel import Floats, Longs
from vedette.screening.models.model import Model, sigmoid
from vedette.screening.models.reasons import NAMES
from vedette.screening.models.shares import LEAST_ROWS, SHARES, WINDOW, distance

#: Groups that raise no alarm: that an importer or exporter begins to offend is usual.
USUAL = ("importer", "exporter")
#: Least number of days after which the scores know a result.
LAG = 15
#: Settings of `Changes`: a change is expected to be recent, to concern many levels, and not to be extreme.
LEVEL_RATE, LIKELY, LEAN, SHIFTS = 1 / 25, 5.0, 0.15, changes.SHIFTS[:-1]
#: Greatest probability of a false alarm within a year, while the scores are right.
FALSE_ALARMS = 0.03
YEAR = 365.25
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


class Watch:
    """Watches rows in chronological order. `alarm` is the first change, or None.

    `Watch` changes the state of the model. The model must not be used afterwards.
    """

    def __init__(self, model: Model) -> None:
        self.model = model
        self.alarm: Alarm | None = None
        self.changes = Changes(
            {
                name: size
                for name, size in model.changes.sizes.items()
                if name not in USUAL and "score" not in name
            },
            depth=1, level_rate=LEVEL_RATE, likely=LIKELY, lean=LEAN, shifts=SHIFTS,
        )  # fmt: skip
        self._calibration = self.changes.calibration.copy()
        groups = len(self.changes.groups)
        self._evidence, self._since = np.zeros(groups), np.zeros(groups)
        #: Offences found and expected in each level, since the evidence of its group was near 0.
        self._found, self._expected = np.zeros(0), np.zeros(0)
        self._day = -math.inf
        #: Rows whose results the scores do not know yet, with the number of their block of `LAG` days.
        self._open: deque[tuple[int, dict[str, Longs], Floats, Floats]] = deque()
        self._window: deque[tuple[float, dict[str, Longs]]] = deque()

    def see(self, batch: Batch) -> None:
        """Compares the results of the rows with their scores."""
        columns = self.model.features.columns(batch)
        days = np.floor(batch.days)
        blocks = np.floor(days / LAG)
        for block in np.unique(blocks).tolist():
            begin, end = np.searchsorted(blocks, [block, block + 1]).tolist()
            part = slice(begin, end)
            here = {name: values[part] for name, values in columns.items()}
            self._block(int(block), here, batch.days[part], batch.results[part])
            if self.alarm is not None:
                return

    def _block(self, block: int, columns: dict[str, Longs], times: Floats, results: Floats) -> None:
        while self._open and self._open[0][0] < block - 1:
            self.model.plain(*self._open.popleft()[1:])
        self._open.append((block, columns, times, results))
        base = self.model.plain(columns, times, np.full(len(times), -1.0)).base
        base = recalibrated(self._calibration, times, results, base)
        corrected = self.changes.correct(columns, times, results, base)
        more = np.zeros(self.changes.used - len(self._found))
        self._found = np.concatenate([self._found, more])
        self._expected = np.concatenate([self._expected, more])
        days = np.floor(times)
        bounds = np.flatnonzero(np.diff(days, prepend=-1.0, append=math.inf)).tolist()
        for begin, end in pairwise(bounds):
            part = slice(begin, end)
            self._compare(base[part], corrected, part, results[part], float(days[begin]))
            if self.alarm is None:
                self._shift(columns, part, days)
            if self.alarm is not None:
                return

    def _compare(
        self, base: Floats, corrected: Corrected, part: slice, results: Floats, day: float
    ) -> None:
        """Adds the rows of a day to the evidence, and raises the alarm."""
        passed = 0.0 if day == self._day else min(1.0, day - self._day) / YEAR
        self._day = day
        levels = corrected.levels[part]
        for number in np.flatnonzero(self._evidence < 1 / YEAR).tolist():
            self._since[number] = day
            places = list(self.changes.places[number].values())
            self._found[places] = self._expected[places] = 0.0
        good = results >= 0
        expected = sigmoid(base)
        for number in range(levels.shape[1]):
            rows = good & (levels[:, number] >= 0)
            np.add.at(self._found, levels[rows, number], results[rows])
            np.add.at(self._expected, levels[rows, number], expected[rows])
        gain = np.minimum(corrected.gains[part].sum(0), 100.0)
        self._evidence = np.minimum((self._evidence + passed) * np.exp(gain), 1e100)
        if self._evidence.sum() > len(self._evidence) / FALSE_ALARMS:
            self.alarm = Alarm(day_of(day), self._told(int(np.argmax(self._evidence))))

    def _told(self, number: int) -> Text:
        """Returns the sentence about the column value for which the actual number of offences differs most
        from the expected number."""
        places = self.changes.places[number]
        key, at = max(
            places.items(), key=lambda one: abs(self._found[one[1]] - self._expected[one[1]])
        )
        params: dict[str, Any] = {
            "found": int(self._found[at]), "expected": round(float(self._expected[at]), 1),
            "from": Day(value=dt.date.fromisoformat(day_of(float(self._since[number])))),
            "what": self._named(self.changes.groups[number].columns, key),
        }  # fmt: skip
        if self._found[at] > self._expected[at]:
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
        """Compares the shares of the last days with the shares of the history."""
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
