"""Fits a model to a history of controls, stores and loads it as text, and scores later rows.

A model is a logistic regression whose effects belong to levels of groups (`kernel`). The variances of the
groups are estimated from the history, and groups that do not improve the prediction are dropped. The scores
are calibrated with the latest part of the history. While later rows are scored, their known results update
the effects.
"""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, Any

import msgspec
import numpy as np
import polars as pl

from vedette.core.errors import Failure
from vedette.screening.models import features as made
from vedette.screening.models import kernel
from vedette.screening.models.changes import Changes, Corrected
from vedette.screening.models.features import Counter, Features, Group, Levels, Usual
from vedette.screening.models.history import Batch, day_of
from vedette.screening.models.kernel import Floats, Ints, Longs
from vedette.screening.models.mapping import Mapping, checked
from vedette.screening.models.shares import usual_shares

#: Version of the files of a model.
VERSION = 2
#: Share of the latest rows that calibrate the model, and least number of rows and offences of a history.
LATEST, LEAST_ROWS, LEAST_OFFENCES = 0.2, 200, 20
#: Rows that repeat earlier ones are measured apart from this number on.
LEAST_APART = 100
#: A group with a smaller variance is dropped.
USEFUL = 1e-3
#: Rate per day at which an effect that changes with time returns towards 0.
FORGETTING = 1 / 180
#: Variance before the first estimate, and numbers of passes through the history.
FIRST_VARIANCE, ROUNDS, LAST_ROUNDS = 0.1, 40, 25
#: The estimate of a variance is too low if offences are rare (Breslow and Lin 1995); this factor corrects it.
#: It was chosen on the worlds `TUNED` of `bench/inspections.py`.
CORRECTION = 1.5
#: Maximum size of the files of a model in bytes.
MAX_MODEL_BYTES = 2 << 30
_LOGIT = 0.3926990817


@dataclass
class State:
    """The effects of all levels of all groups, stored in arrays that are enlarged when new levels occur."""

    effects: Floats
    spread: Floats
    touched: Floats
    controls: Floats
    offences: Floats
    #: For each group: key of a level → place in the arrays.
    places: list[dict[int, int]]

    def grow(self, number: int) -> None:
        """Enlarges the arrays, if necessary, so that they can contain at least this number of levels."""
        have = len(self.effects)
        if number > have:
            more = max(number - have, have // 2)
            for name in ("effects", "spread", "touched", "controls", "offences"):
                setattr(self, name, np.concatenate([getattr(self, name), np.zeros(more)]))


@dataclass
class Scored:
    """The scores of several rows: the probabilities, the contribution of each group, and the number of
    earlier controls and offences of the row's level in each group."""

    probability: Floats
    parts: Floats
    controls: Floats
    offences: Floats
    #: The log-odds before `changes` corrected them, and the corrections.
    base: Floats
    corrected: Corrected | None = None


@dataclass
class Model:
    """A fitted model. `score` changes the state of the model in memory only. The stored files are not
    changed."""

    mapping: Mapping
    features: Features
    groups: list[Group]
    variances: Floats
    constant: float
    state: State
    #: Calibrated log-odds are `calibration[0] + calibration[1] × log-odds`.
    calibration: tuple[float, float] = (0.0, 1.0)
    #: Mean contribution of each group in the history.
    means: Floats = field(default_factory=lambda: np.zeros(0))
    begin: float = 0.0
    end: float = 0.0
    facts: dict[str, Any] = field(default_factory=dict)
    #: Shares of the values of some columns in the history, for `watch`.
    shares: dict[str, dict[str, Any]] = field(default_factory=dict)
    used: int = 0
    changes: Changes = field(default_factory=lambda: Changes({}))

    def prepare(self, columns: dict[str, Longs], day: float) -> Ints:
        """Returns the position of the level of each row. A new level gets a new position."""
        count = len(next(iter(columns.values())))
        ids = np.full((count, len(self.groups)), -1, np.int32)
        for number, group in enumerate(self.groups):
            if any(name not in columns for name in group.columns):
                continue
            levels, keys = made.numbered(made.keys(group, columns))
            places = self.state.places[number]
            fresh = [key for key in keys.tolist() if key not in places]
            if fresh:
                self.state.grow(self.used + len(fresh))
                part = slice(self.used, self.used + len(fresh))
                self.state.spread[part] = self.variances[number]
                self.state.touched[part] = day
                for key in fresh:
                    places[key] = self.used
                    self.used += 1
            table = np.asarray([places[key] for key in keys.tolist()] + [-1], np.int32)
            ids[:, number] = table[levels]
        return ids

    def score(self, batch: Batch) -> Scored:
        """Returns the scores of the rows. The known results of earlier rows are used. The score of a row
        never uses the result of the row itself or the result of another row with the same time."""
        columns = self.features.columns(batch)
        return self.follow(columns, batch.days, batch.results)

    def follow(self, columns: dict[str, Longs], days: Floats, results: Floats) -> Scored:
        """Returns the scores of rows. `columns` contains, for each column, the value of each row as a number
        (its level)."""
        scored = self.plain(columns, days, results)
        scored.corrected = self.changes.correct(columns, days, results, scored.base)
        scored.probability = sigmoid(scored.corrected.log_odds)
        return scored

    def plain(self, columns: dict[str, Longs], days: Floats, results: Floats) -> Scored:
        """Returns the scores before the corrections of `changes`."""
        ids = self.prepare(columns, float(days[0]))
        count, groups = ids.shape
        scores, doubt = np.zeros(count), np.zeros(count)
        parts, before, found = (np.zeros((count, groups)) for _ in range(3))
        state = self.state
        forgetting = np.asarray([FORGETTING if one.recent else 0.0 for one in self.groups])
        kernel.follow(
            ids, days, results, self.constant, state.effects, state.spread, state.touched,
            state.controls, state.offences, self.variances, forgetting, scores, doubt, parts, before, found,
        )  # fmt: skip
        moderated = scores / np.sqrt(1 + _LOGIT * doubt)
        shift, slope = self.calibration
        base = shift + slope * moderated
        return Scored(sigmoid(base), parts, before, found, base)


def sigmoid(values: Floats) -> Floats:
    """Returns the probabilities of log-odds."""
    return np.asarray(1 / (1 + np.exp(-np.clip(values, -30, 30))))


def fit(mapping: Mapping, batch: Batch, tell: Callable[[str], None] = lambda _: None) -> Model:
    """Fits a model to a history in chronological order. `batch` contains the whole history."""
    known = batch.results >= 0
    rows, offences = int(known.sum()), int((batch.results == 1).sum())
    if rows < LEAST_ROWS:
        raise Failure(f"{rows} rows with a result; at least {LEAST_ROWS} are needed")
    if offences < LEAST_OFFENCES or rows - offences < LEAST_OFFENCES:
        raise Failure(
            f"{offences} of {rows} results are offences; at least {LEAST_OFFENCES} offences and"
            f" {LEAST_OFFENCES} controls without one are needed; check [result] of the mapping"
        )
    features = Features()
    features.learn(batch)
    columns = features.columns(batch)
    split = _split(batch.days)
    tell(
        f"{len(batch)} rows, {offences} offences; the rows from {day_of(batch.days[split])} calibrate"
    )
    wanted = made.groups(columns)
    variances = np.full(len(wanted), FIRST_VARIANCE)
    variances = _estimated(
        mapping, features, columns, batch, split, wanted, variances, True
    ).variances
    useful = [n for n in range(len(wanted)) if variances[n] >= USEFUL]
    wanted, variances = [wanted[n] for n in useful], variances[useful] * CORRECTION
    trial = _estimated(mapping, features, columns, batch, split, wanted, variances)
    scored = trial.plain(
        _part(columns, slice(split, None)), batch.days[split:], batch.results[split:]
    )
    results = batch.results[split:]
    calibration = calibrate(scored.probability[results >= 0], results[results >= 0])
    if calibration is None:
        raise Failure(
            f"the latest rows (from {day_of(batch.days[split])}) have results of one class only;"
            " the model cannot be calibrated"
        )
    tell(
        f"{len(trial.groups)} groups of effects help: "
        + ", ".join(one.name for one in trial.groups)
    )
    model = _estimated(mapping, features, columns, batch, len(batch), wanted, variances)
    model.calibration = calibration
    model.means = _means(model, columns)
    model.shares = usual_shares(columns, batch.days)
    model.changes = Changes.known(columns)
    corrected = Changes.known(columns).correct(
        _part(columns, slice(split, None)), batch.days[split:], batch.results[split:],
        calibration[0] + calibration[1] * scored.base,
    )  # fmt: skip
    held = sigmoid(corrected.log_odds)
    model.facts = _facts(batch, split, held, model)
    return model


def logit(values: Floats) -> Floats:
    """Returns the log-odds of probabilities."""
    bounded = np.clip(values, 1e-12, 1 - 1e-12)
    return np.asarray(np.log(bounded / (1 - bounded)))


def _split(days: Floats) -> int:
    """Returns the number of the first row of the latest part of the history. The part begins with a new
    day."""
    at = int(len(days) * (1 - LATEST))
    later = np.flatnonzero(np.floor(days) > np.floor(days[at - 1]))
    return int(later[0]) if len(later) else at


def _part(columns: dict[str, Longs], part: slice) -> dict[str, Longs]:
    return {name: values[part] for name, values in columns.items()}


def _estimated(
    mapping: Mapping, features: Features, columns: dict[str, Longs], batch: Batch, until: int,
    groups: list[Group], variances: Floats, estimate: bool = False,
) -> Model:  # fmt: skip
    """Estimates the effects, and the variances if `estimate` is true, from the rows before `until`."""
    days, results = batch.days[:until], batch.results[:until]
    end = float(days[-1])
    period = np.floor((end - days) / made.PERIOD).astype(np.int64)
    levels: list[Ints] = []
    keys: list[Longs] = []
    for group in groups:
        key = made.keys(group, columns)[:until]
        if group.recent:
            key = np.where(key < 0, key, key * 1024 + np.minimum(period, 1023))
        numbers, different = made.numbered(key)
        levels.append(numbers)
        keys.append(different)
    weights = (results >= 0).astype(np.float64)
    constant, effects, spread, variances = kernel.fit(
        levels, [len(one) for one in keys], np.maximum(results, 0.0), weights,
        variances, rounds=ROUNDS if estimate else LAST_ROUNDS, estimate=estimate,
    )  # fmt: skip
    starts = np.concatenate([[0], np.cumsum([len(one) for one in keys])])
    state = State(
        np.zeros(0), np.zeros(0), np.zeros(0), np.zeros(0), np.zeros(0), [{} for _ in groups]
    )
    used = 0
    for number in range(len(groups)):
        part = slice(int(starts[number]), int(starts[number + 1]))
        size = part.stop - part.start
        n = np.bincount(levels[number][levels[number] >= 0], weights[levels[number] >= 0], size)
        hits = np.bincount(
            levels[number][levels[number] >= 0],
            (weights * np.maximum(results, 0))[levels[number] >= 0], size,
        )  # fmt: skip
        chosen = np.arange(size)
        names = keys[number]
        touched = np.full(size, end)
        if groups[number].recent:
            # The latest period of a level is what later rows continue.
            age = names % 1024
            touched = end - age * made.PERIOD
            _, chosen = np.unique(names // 1024, return_index=True)
            names = names // 1024
        state.grow(used + len(chosen))
        target = slice(used, used + len(chosen))
        state.effects[target] = effects[part][chosen]
        state.spread[target] = spread[part][chosen]
        state.touched[target] = touched[chosen]
        state.controls[target] = n[chosen]
        state.offences[target] = hits[chosen]
        state.places[number] = dict(
            zip(names[chosen].tolist(), range(used, used + len(chosen)), strict=True)
        )
        used += len(chosen)
    return Model(
        mapping, features, groups, variances, constant, state,
        begin=float(days[0]), end=end, used=used,
    )  # fmt: skip


def calibrate(probability: Floats, results: Floats) -> tuple[float, float] | None:
    """Returns the shift and the slope of the log-odds (Platt). Returns None if all results are of the same
    class."""
    if not 0 < results.sum() < len(results):
        return None
    x = logit(probability)
    shift, slope = 0.0, 1.0
    for _ in range(50):
        chance = sigmoid(shift + slope * x)
        weight = chance * (1 - chance)
        error = results - chance
        # A weak prior holds the slope near 1 if there are few offences.
        gradient = np.array([error.sum(), (error * x).sum() - (slope - 1) * 10])
        matrix = np.array(
            [[weight.sum(), (weight * x).sum()], [(weight * x).sum(), (weight * x * x).sum() + 10]]
        )
        step = np.linalg.solve(matrix + 1e-9 * np.eye(2), gradient)
        shift, slope = shift + float(step[0]), slope + float(step[1])
        if float(np.abs(step).max()) < 1e-8:
            break
    return shift, min(3.0, max(0.1, slope))


def _means(model: Model, columns: dict[str, Longs]) -> Floats:
    ids = model.prepare(columns, model.end)
    effects = np.append(model.state.effects, 0.0)
    return np.asarray([effects[ids[:, n]].mean() for n in range(ids.shape[1])])


def precision(probability: Floats, results: Floats, share: float) -> tuple[int, int]:
    """Returns the number of offences among the rows with the highest scores, and the number of these rows."""
    number = max(1, int(len(probability) * share))
    top = np.argsort(-probability, kind="stable")[:number]
    return int(results[top].sum()), number


def calibration_error(probability: Floats, results: Floats) -> float:
    """Returns the mean distance between the score and the observed rate, over ten bins of equal width."""
    total = 0.0
    place = np.minimum((probability * 10).astype(np.int64), 9)
    for number in range(10):
        inside = place == number
        if inside.any():
            total += float(inside.mean()) * abs(
                float(probability[inside].mean() - results[inside].mean())
            )
    return total


def _facts(batch: Batch, split: int, held: Floats, model: Model) -> dict[str, Any]:
    """Returns the statements of the model card about the data and the measured quality."""
    results = batch.results[split:]
    good = results >= 0
    facts: dict[str, Any] = {
        "rows": len(batch), "offences": int((batch.results == 1).sum()),
        "from": day_of(batch.days[0]), "to": day_of(batch.days[-1]),
        "measured_from": day_of(batch.days[split]),
        "measured": quality(held[good], results[good]),
    }  # fmt: skip
    if "lane" in batch.codes:
        counts = pl.DataFrame({"lane": batch.codes["lane"]}).group_by("lane").len().sort("lane")
        facts["lanes"] = {lane or "not known": n for lane, n in counts.iter_rows()}
    earlier = made.repeats_earlier(batch)
    late = earlier[split:]
    facts["repeats"] = {
        "rows": int(earlier.sum()), "share": round(float(earlier.mean()), 4),
        "latest_share": round(float(late.mean()), 4),
    }  # fmt: skip
    for name, part in (("repeated", late), ("not_repeated", ~late)):
        if int((late & good).sum()) >= LEAST_APART and (part & good).any():
            facts["repeats"][name] = quality(held[part & good], results[part & good])
    return facts


def quality(probability: Floats, results: Floats) -> dict[str, Any]:
    """Returns measures of quality: the numbers of rows and offences, the precision among several shares of
    the rows with the highest scores, and calibration errors."""
    found: dict[str, Any] = {"rows": len(results), "offences": int(results.sum())}
    for share in (0.01, 0.02, 0.05, 0.10):
        hits, number = precision(probability, results, share)
        found[f"precision_at_{share:.0%}"] = round(hits / number, 4)
    number = max(1, len(results) // 20)
    top = np.argsort(-probability, kind="stable")[:number]
    rate = float(results[top].mean())
    found["calibration_error"] = round(calibration_error(probability, results), 4)
    found["top_5%_score_to_rate"] = (
        round(float(probability[top].mean()) / rate, 3) if rate else None
    )
    found["auc"] = auc(probability, results)
    return found


def auc(probability: Floats, results: Floats) -> float | None:
    """Returns the probability that a row with an offence has a higher score than a row without an offence."""
    positive = results == 1
    one, none = int(positive.sum()), int((~positive).sum())
    if not one or not none:
        return None
    ranks = pl.Series(probability).rank("average").to_numpy()
    return round(float((ranks[positive].sum() - one * (one + 1) / 2) / (one * none)), 4)


# --- files -------------------------------------------------------------------------------------------------


def save(model: Model, folder: Path) -> None:
    """Writes the model to a folder: `model.json`, and tables of text."""
    state, features = model.state, model.features
    head = {
        "version": VERSION,
        "mapping": msgspec.to_builtins(model.mapping),
        "groups": [
            {
                "columns": one.columns,
                "recent": one.recent,
                "variance": float(variance),
                "mean": float(mean),
            }
            for one, variance, mean in zip(model.groups, model.variances, model.means, strict=True)
        ],
        "constant": model.constant,
        "calibration": model.calibration,
        "begin": model.begin,
        "end": model.end,
        "features_begin": features.begin,
        "repeats": features.repeats,
        "edges": features.edges,
        "facts": model.facts,
        "shares": model.shares,
        "sizes": model.changes.sizes,
    }
    try:
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "model.json").write_text(
            json.dumps(head, indent=1, allow_nan=False) + "\n", "utf-8"
        )
        effects = pl.concat(
            [_table(number, places, state) for number, places in enumerate(state.places) if places]
        )
        effects.write_csv(folder / "effects.csv", float_precision=6)
        pl.DataFrame(
            [
                (column, value, number)
                for column, levels in features.levels.items()
                for value, number in levels.numbers.items()
            ],
            schema={"column": pl.String, "value": pl.String, "number": pl.Int64}, orient="row",
        ).write_csv(folder / "levels.csv")  # fmt: skip
        pl.DataFrame(
            [
                (amount, code, middle)
                for amount, usual in features.usual.items()
                for code, middle in usual.level.items()
            ],
            schema={"amount": pl.String, "code": pl.String, "middle": pl.Float64},
            orient="row",
        ).write_csv(folder / "usual.csv")  # fmt: skip
        pl.DataFrame(
            [
                (name, key, *values)
                for name, counter in features.counters.items()
                for key, values in counter.seen.items()
            ],
            schema={"counter": pl.String, "key": pl.Int64, "times": pl.Float64, "first": pl.Float64,
                    "last": pl.Float64},
            orient="row",
        ).write_csv(folder / "counts.csv")  # fmt: skip
    except OSError as error:
        raise Failure(f"{folder}: {error.strerror or 'cannot be written'}") from error


def _table(number: int, places: dict[int, int], state: State) -> pl.DataFrame:
    at = np.fromiter(places.values(), np.int64, len(places))
    return pl.DataFrame(
        {
            "group": np.full(len(at), number),
            "key": np.fromiter(places.keys(), np.int64, len(places)),
            "effect": state.effects[at],
            "variance": state.spread[at],
            "day": state.touched[at],
            "controls": state.controls[at].astype(np.int64),
            "offences": state.offences[at].astype(np.int64),
        }
    )


class _StoredGroup(msgspec.Struct, forbid_unknown_fields=True):
    columns: tuple[str, ...]
    recent: bool
    variance: float
    mean: float


class _Shares(msgspec.Struct, forbid_unknown_fields=True):
    shares: list[float]
    distance: float
    rows: int


class _Head(msgspec.Struct, forbid_unknown_fields=True):
    version: int
    mapping: Mapping
    groups: list[_StoredGroup]
    constant: float
    calibration: tuple[float, float]
    begin: float
    end: float
    features_begin: float
    repeats: bool
    edges: dict[str, list[float]]
    facts: dict[str, Any]
    shares: dict[str, _Shares]
    sizes: dict[str, Annotated[int, msgspec.Meta(ge=0)]]


def load(folder: Path) -> Model:
    """Reads a model that `save` wrote."""
    path = folder / "model.json"
    try:
        if sum(one.stat().st_size for one in folder.iterdir() if one.is_file()) > MAX_MODEL_BYTES:
            raise Failure(f"{folder}: more than {MAX_MODEL_BYTES} bytes; a model is smaller")
        head = msgspec.json.decode(path.read_bytes(), type=_Head)
        if head.version != VERSION:
            raise Failure(f"{path}: version {head.version}; this program reads version {VERSION}")
        mapping = checked(head.mapping, str(path))
        features = Features(edges=head.edges, begin=head.features_begin, repeats=head.repeats)
        for column, value, number in _rows(folder / "levels.csv", "column", "value", "number"):
            features.levels.setdefault(column, Levels()).numbers[value] = number
        for amount, code, middle in _rows(folder / "usual.csv", "amount", "code", "middle"):
            features.usual.setdefault(amount, Usual({})).level[code or ""] = middle
        for name, key, *values in _rows(
            folder / "counts.csv", "counter", "key", "times", "first", "last"
        ):
            features.counters.setdefault(name, Counter()).seen[key] = values
        effects = pl.read_csv(folder / "effects.csv", schema=_EFFECTS)
        arrays = [
            effects[name].to_numpy().astype(np.float64).copy()
            for name in ("effect", "variance", "day", "controls", "offences")
        ]
        if not all(np.isfinite(one).all() for one in arrays):
            raise Failure(f"{folder / 'effects.csv'}: a number is missing")
        inside = effects["group"].is_between(0, len(head.groups) - 1)
        if not inside.fill_null(False).all():
            raise Failure(f"{folder / 'effects.csv'}: a group is not in model.json")
        if any("" not in usual.level for usual in features.usual.values()):
            raise Failure(f"{folder / 'usual.csv'}: the amount over all codes is missing")
        places: list[dict[int, int]] = [{} for _ in head.groups]
        for at, (number, key) in enumerate(effects.select("group", "key").iter_rows()):
            places[number][key] = at
    except OSError as error:
        raise Failure(
            f"{error.filename or folder}: {error.strerror or 'cannot be read'}"
        ) from error
    except (
        msgspec.MsgspecError,
        pl.exceptions.PolarsError,
        ValueError,
        IndexError,
        TypeError,
    ) as error:
        line = str(error).splitlines()[0] if str(error) else type(error).__name__
        raise Failure(f"{folder}: is not a model that `vedette model fit` wrote: {line}") from error
    return Model(
        mapping, features, [Group(one.columns, one.recent) for one in head.groups],
        np.asarray([one.variance for one in head.groups]), head.constant,
        State(arrays[0], arrays[1], arrays[2], arrays[3], arrays[4], places),
        head.calibration, np.asarray([one.mean for one in head.groups]), head.begin, head.end, head.facts,
        {name: msgspec.structs.asdict(one) for name, one in head.shares.items()},
        used=len(effects), changes=Changes(head.sizes),
    )  # fmt: skip


_EFFECTS = {"group": pl.Int64, "key": pl.Int64, "effect": pl.Float64, "variance": pl.Float64,
            "day": pl.Float64, "controls": pl.Int64, "offences": pl.Int64}  # fmt: skip
_TYPES = {"number": pl.Int64, "key": pl.Int64, "middle": pl.Float64,
          "times": pl.Float64, "first": pl.Float64, "last": pl.Float64}  # fmt: skip


def _rows(path: Path, *columns: str) -> Iterator[tuple[Any, ...]]:
    table = pl.read_csv(path, schema={name: _TYPES.get(name, pl.String) for name in columns})
    return table.iter_rows()


def rounded(probability: float) -> float:
    """Returns a probability with six decimals."""
    return round(probability, 6) if math.isfinite(probability) else 0.0
