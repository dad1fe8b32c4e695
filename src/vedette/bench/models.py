"""Measures the model that learns from the results of controls. The figures are the precision, the
calibration, the time until a change is reported, and the learning after a change with and without random
controls.

The families `TUNED` and `OTHER` of `bench/inspections.py` were used to choose the settings of the model. The
families `MEASURED` and `HELD` were not used for this choice, so they show the quality of the model on new
data.
"""

from __future__ import annotations

import copy
import datetime as dt
import math
import os
import resource
import time
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

import numpy as np
import polars as pl

from vedette.bench import Figure
from vedette.bench.inspections import (
    DAYS,
    HELD,
    MEASURED,
    OTHER,
    ROWS,
    TUNED,
    Floats,
    World,
    world,
)
from vedette.screening.models import features, history, mapping, model, watch
from vedette.screening.models.history import Batch

#: Rows of the history; the later rows are scored. Day of the change, and seeds of the synthetic data sets.
HISTORY, CHANGE, SEEDS = 100_000, 900, (11, 12)
#: The measured seeds of learning after a change.
LEARNING_SEEDS = 20


@dataclass(frozen=True)
class Measured:
    """The figures of a model on the later rows of a synthetic data set."""

    precision: float
    #: The precision of the rows after the change, or NaN.
    after: float
    error: float
    ratio: float
    change: dt.date | None
    alarm: str | None
    by: str
    seconds: float


def batch_of(rows: pl.DataFrame) -> Batch:
    """Returns rows of a synthetic data set in the input format of `model fit`."""
    shipped = mapping.load("inspections")
    codes = {
        name: rows[source].cast(pl.String)
        for name, source in shipped.columns.items()
        if name in mapping.CODES or name == "lane"
    }
    numbers = {
        name: rows[source].cast(pl.Float64).to_numpy()
        for name, source in shipped.columns.items()
        if name in mapping.NUMBERS
    }
    days = rows["date"].to_physical().to_numpy().astype(np.float64)
    results = rows["found"].to_numpy().astype(np.float64)
    return Batch(list(rows.columns), [], codes, numbers, days, results)


def reached(scores: Floats, truth: Floats, share: float = 0.05) -> float:
    """Returns the precision that the scores reach, divided by the precision that the true probabilities
    reach."""
    number = int(len(scores) * share)
    one = truth[np.argsort(-scores, kind="stable")[:number]].mean()
    return float(one / truth[np.argsort(-truth, kind="stable")[:number]].mean())


def measure(made: World, until: int = HISTORY) -> Measured:
    """Fits a model to the first rows of a synthetic data set, and measures the model on the other rows."""
    before = time.perf_counter()
    fitted = model.fit(mapping.load("inspections"), batch_of(made.rows[:until]))
    taken = time.perf_counter() - before
    later = batch_of(made.rows[until:])
    observer = watch.Watch(copy.deepcopy(fitted))
    observer.see(later)
    scores = fitted.score(later).probability
    top = np.argsort(-scores, kind="stable")[: len(scores) // 20]
    truth, after = made.truth[until:], math.nan
    if made.change is not None:
        late = (made.rows["date"][until:] >= made.change).to_numpy()
        after = reached(scores[late], truth[late])
    return Measured(
        reached(scores, truth),
        after,
        model.calibration_error(scores, later.results),
        float(scores[top].mean() / later.results[top].mean()),
        made.change,
        None if observer.alarm is None else observer.alarm.day,
        "" if observer.alarm is None else observer.alarm.sentence,
        taken,
    )


def run() -> Iterator[Figure]:
    """Yields all figures about the model."""
    yield from _worlds()
    yield from _learning()
    yield from _korean()
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    yield Figure("model, peak memory of the process", memory, "MB", "all of the above")


def _worlds() -> Iterator[Figure]:
    quiet: list[Measured] = []
    for what, families in (
        ("tuned on", (*TUNED, *OTHER)),
        ("not tuned on", MEASURED),
        ("held back", HELD),
    ):
        found: list[Measured] = []
        changed: list[Measured] = []
        for family in families:
            here = [measure(world(family, seed)) for seed in SEEDS]
            found += here
            changed += [measure(world(family, seed, change=CHANGE)) for seed in SEEDS]
            quiet += here
            middle = float(np.mean([one.precision for one in here]))
            yield Figure(f"model, precision at 5 %, {family}", middle,
                         "of what the true probabilities reach", f"{len(SEEDS)} worlds, {what}")  # fmt: skip
        size = f"{len(found)} worlds of families that the model was {what}"
        if what == "held back":
            size = f"{len(found)} worlds of families that were measured once"
        yield Figure(f"model, precision at 5 %, {what}", float(np.mean([one.precision for one in found])),
                     "of what the true probabilities reach", size, target="0.87")  # fmt: skip
        yield Figure(f"model, precision at 5 % after a change, {what}",
                     float(np.mean([one.after for one in changed])),
                     "of what the true probabilities reach", size)  # fmt: skip
        worst = max(one.error for one in (*found, *changed))
        yield Figure(
            f"model, greatest calibration error, {what}", worst, "", f"{size}; at most 0.01"
        )
        ratios = [one.ratio for one in (*found, *changed)]
        yield Figure(f"model, score ÷ found rate in the top 5 %, {what}", float(np.mean(ratios)), "",
                     f"{size}; {min(ratios):.2f} to {max(ratios):.2f}; from 0.9 to 1.1")  # fmt: skip
        delays = [_delay(one) for one in changed]
        told = ", ".join("none" if one > 999 else str(one) for one in delays)
        yield Figure(f"model watch, changes reported within 30 days, {what}",
                     sum(0 <= one <= 30 for one in delays) / len(delays), "",
                     f"{size}; days: {told}")  # fmt: skip
        yield Figure("model fit, seconds", float(np.mean([one.seconds for one in found])), "s",
                     f"{HISTORY:,} rows, one core")  # fmt: skip
    yield Figure("model watch, false alarms", sum(one.alarm is not None for one in quiet), "",
                 f"{len(quiet)} worlds without a change, {(ROWS - HISTORY) * DAYS // ROWS} days each;"
                 " at most 0")  # fmt: skip


def _delay(one: Measured) -> int:
    """Returns the number of days from the change to the alarm, or 1000 if there was no alarm."""
    if one.alarm is None or one.change is None:
        return 1000
    return (dt.date.fromisoformat(one.alarm) - one.change).days


def learn(seed: int, explored: float = 0.05, share: float = 0.1) -> tuple[float, float]:
    """Returns the expected number of offences in 100 controls after a change, without and with exploration.

    Every week, the declarations with the highest scores are controlled. With exploration, the share
    `explored` of these controls is chosen at random. The model learns from the results of these controls
    only.
    """
    begin, end = 300, 800
    made = world("few_offenders", seed, rows=80_000, days=end, change=begin, quiet=True)
    days = made.rows["date"].to_physical().to_numpy().astype(np.int64)
    days = days - days[0]
    results = made.rows["found"].to_numpy().astype(np.float64)
    fitted = model.fit(
        mapping.load("inspections"), batch_of(made.rows[: int(np.searchsorted(days, begin))])
    )
    weeks = np.searchsorted(days, range(begin, end + 1, 7)).tolist()
    found = []
    for drawn_share in (0.0, explored):
        arm, chance, offences, controls = copy.deepcopy(fitted), np.random.default_rng(seed), 0.0, 0
        for one, two in pairwise(weeks):
            part = batch_of(made.rows[one:two])
            columns = arm.features.columns(part)
            scores = arm.follow(columns, part.days, np.full(len(part), -1.0)).probability
            number = max(1, int(len(part) * share))
            drawn = int(number * drawn_share + chance.random())
            chosen = np.zeros(len(part), bool)
            chosen[np.argsort(-scores, kind="stable")[: number - drawn]] = True
            chosen[chance.choice(np.flatnonzero(~chosen), drawn, replace=False)] = True
            arm.follow(columns, part.days, np.where(chosen, results[one:two], -1.0))
            offences += float(made.truth[one:two][chosen].sum())
            controls += number
        found.append(100 * offences / controls)
    return found[0], found[1]


def _learning() -> Iterator[Figure]:
    gains = [some - none for none, some in map(learn, range(LEARNING_SEEDS))]
    middle = float(np.mean(gains))
    half = 2.093 * float(np.std(gains, ddof=1)) / math.sqrt(len(gains))
    size = (
        f"{len(gains)} worlds, 95 % interval {middle - half:.2f} to {middle + half:.2f}; worlds with a gain:"
        f" {sum(one > 0 for one in gains)}"
    )
    yield Figure("model, learning after a change, 5 % of the controls at random against none", middle,
                 "offences in 100 controls", size)  # fmt: skip


def _korean() -> Iterator[Figure]:
    """Yields the figures of the Customs Import Declaration Datasets, if their files exist."""
    root = Path(__file__).resolve().parents[3]
    folder = (
        Path(os.environ.get("VEDETTE_SHARED") or root.parent / "shared") / "data" / "declarations"
    )
    paths = [folder / "kcs_train.csv", folder / "kcs_valid.csv"]
    if not all(path.exists() for path in paths):
        return
    named = mapping.load("kcs")
    whole = history.joined(list(history.Reader(named, need_result=True).read(paths[:1])))
    later = history.joined(list(history.Reader(named, need_result=True).read(paths[1:])))
    if whole is None or later is None:
        return
    fitted = model.fit(named, whole)
    scores = fitted.score(later).probability
    both = history.joined([whole, later])
    if both is None:
        return
    repeated = features.repeats_earlier(both)[len(whole) :]
    yield Figure(
        "kcs, rows of the first quarter of 2021 that repeat earlier ones",
        float(repeated.mean()),
        "",
        f"{len(later):,} rows",
    )
    for name, part in (
        ("all", repeated | True),
        ("repeat", repeated),
        ("repeat nothing", ~repeated),
    ):
        found = model.quality(scores[part], later.results[part])
        yield Figure(f"kcs, AUC, {name}", found["auc"] or 0.0, "",
                     f"{found['rows']:,} rows; precision at 5 % {found['precision_at_5%']}")  # fmt: skip
