"""Creates synthetic histories of controls whose probabilities of an offence are known. These histories are
used to measure the model of `screening/models`.

A synthetic data set (`World`) consists of controlled declarations in chronological order. Each row has a true
probability that the control finds an offence. A family of data sets determines how the probability depends on
the row. The families have different structures, so that a model can be tuned on some families and measured on
other families. The data sets contain no data about real traders.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import polars as pl

Floats = np.ndarray[Any, np.dtype[np.float64]]
Ints = np.ndarray[Any, np.dtype[np.int64]]

#: Families on which the settings of the model were chosen; families that were measured while it was written;
#: families that were written afterwards and measured once.
TUNED = ("additive", "rules", "few_offenders")
MEASURED = ("undervaluation", "drifting", "interactions", "mixed")
HELD = ("rings", "newcomers", "large_traders")
#: Families with fewer traders and with changes of several kinds, as other authors may write them.
OTHER = ("plain", "multipliers", "price_bands", "repeaters", "schemes")
#: Number of rows, of days, and the share of offences.
ROWS, DAYS, RATE = 140_000, 1_096, 0.05
FIRST = dt.date(2022, 1, 1)


@dataclass(frozen=True)
class World:
    """A history of controls. For each row, `truth` contains the true probability that the result of the
    control is 1 (offence)."""

    rows: pl.DataFrame
    truth: Floats
    change: dt.date | None


@dataclass
class _Drawn:
    """The columns of a synthetic data set as numbers, and the random generator."""

    chance: np.random.Generator
    day: Ints
    importer: Ints
    exporter: Ints
    declarant: Ints
    office: Ints
    hs: Ints
    origin: Ints
    export: Ints
    destination: Ints
    transport: Ints
    mass: Floats
    #: Logarithm of the value per kilogram, relative to the usual value of the HS code.
    relative: Floats
    value: Floats
    quantity: Floats
    #: Day on which each importer sent the first declaration.
    first: Ints = field(default_factory=lambda: np.empty(0, np.int64))

    def normal(self, column: Ints, scale: float) -> Floats:
        """Draws a random effect for each different value of a column from a normal distribution. Returns, for
        each row, the effect of the value in this row."""
        return self.chance.normal(0, scale, int(column.max()) + 1)[column]

    def pair(self, one: Ints, other: Ints, scale: float) -> Floats:
        """Draws a random effect for each different pair of values of two columns from a normal distribution.
        Returns, for each row, the effect of the pair of values in this row."""
        _, codes = np.unique(one * 1_000_003 + other, return_inverse=True)
        return self.normal(codes.astype(np.int64), scale)

    def some(self, column: Ints, share: float) -> Floats:
        """Chooses values of a column at random, each with the probability `share`. Returns 1 for each row
        with a chosen value, and 0 for each other row."""
        return (self.chance.random(int(column.max()) + 1) < share)[column].astype(np.float64)

    def some_pairs(self, one: Ints, other: Ints, share: float, effect: float) -> Floats:
        """Chooses pairs of column values at random. Returns `effect` for each row with a chosen pair, and 0
        for each other row."""
        _, codes = np.unique(one * 1_000_003 + other, return_inverse=True)
        return effect * self.some(codes.astype(np.int64), share)

    @property
    def heading(self) -> Ints:
        return self.hs // 4

    @property
    def chapter(self) -> Ints:
        return self.hs // 16


def _zipf(chance: np.random.Generator, number: int, slope: float) -> Floats:
    weights = 1 / np.arange(1, number + 1) ** slope
    chance.shuffle(weights)
    return np.asarray(weights / weights.sum())


def _drawn(chance: np.random.Generator, rows: int, days: int, traders: tuple[int, int]) -> _Drawn:
    """Chooses the traders, goods, days and means of transport of the declarations at random. `traders`
    contains the minimum and the maximum number of importers."""
    importers = int(chance.integers(*traders))
    exporters, declarants = importers * 3 // 2, int(chance.integers(150, 500))
    offices, codes, countries = int(chance.integers(10, 40)), 800, 70
    begins = np.where(chance.random(importers) < 0.6, 0, chance.integers(0, days, importers))
    popular = _zipf(chance, importers, float(chance.uniform(0.6, 0.95)))
    day = np.sort(chance.integers(0, days, rows))
    importer = chance.choice(importers, rows, p=popular)
    for _ in range(12):  # an importer declares nothing before the first day
        early = begins[importer] > day
        importer[early] = chance.choice(importers, int(early.sum()), p=popular)
    importer = np.where(begins[importer] > day, 0, importer)
    begins[0] = 0

    def habit(number: int, choices: int, loyal: float, weights: Floats) -> Ints:
        usual = chance.choice(number, (importers, choices), p=weights)
        taken = usual[importer, chance.integers(0, choices, rows)]
        free = chance.choice(number, rows, p=weights)
        return np.where(chance.random(rows) < loyal, taken, free).astype(np.int64)

    hs = habit(codes, 6, 0.75, _zipf(chance, codes, 0.8))
    origin = habit(countries, 3, 0.7, _zipf(chance, countries, 1.0))
    exporter = habit(exporters, 5, 0.85, _zipf(chance, exporters, 0.5))
    declarant = habit(declarants, 2, 0.9, _zipf(chance, declarants, 0.8))
    office = habit(offices, 2, 0.9, _zipf(chance, offices, 0.8))
    hubs = chance.choice(countries, 6, replace=False)
    export = np.where(chance.random(rows) < 0.85, origin, chance.choice(hubs, rows))
    destination = np.where(chance.random(rows) < 0.93, 0, chance.integers(1, 6, rows))
    transport = (export + chance.choice(4, rows, p=[0.7, 0.1, 0.1, 0.1])) % 4
    mass = np.exp(chance.normal(5, 1, codes)[hs] + chance.normal(0, 1.3, rows))
    relative = chance.normal(0, 0.45, rows) + chance.normal(0, 0.15, importers)[importer]
    unit = np.exp(chance.normal(2, 1.1, codes)[hs] + relative)
    quantity = np.maximum(1, np.round(mass / np.exp(chance.normal(1, 0.8, codes)[hs])))
    return _Drawn(
        chance, day, importer.astype(np.int64), exporter, declarant, office, hs, origin,
        export.astype(np.int64), destination.astype(np.int64), transport.astype(np.int64), mass,
        relative, unit * mass, quantity, begins.astype(np.int64),
    )  # fmt: skip


def _additive(w: _Drawn) -> Any:
    """Adds up the effects that each column has on its own."""
    strong = float(w.chance.uniform(0.8, 1.2))
    return strong * (
        w.normal(w.importer, 1.0) + w.normal(w.exporter, 0.6) + w.normal(w.declarant, 0.5)
        + w.normal(w.hs, 0.4) + w.normal(w.heading, 0.4) + w.normal(w.chapter, 0.4)
        + w.normal(w.origin, 0.6) + w.normal(w.office, 0.3) + w.normal(w.transport, 0.2)
        + 0.3 * (w.export != w.origin) - 0.9 * w.relative
    )  # fmt: skip


def _rules(w: _Drawn) -> Floats:
    """Rows that meet two or three conditions at the same time have a higher probability."""
    logit = w.normal(w.importer, 0.5) + w.normal(w.origin, 0.3)
    conditions: list[Callable[[], Floats]] = [
        lambda: w.some(w.chapter, 0.2), lambda: w.some(w.origin, 0.25), lambda: w.some(w.office, 0.25),
        lambda: (w.export != w.origin).astype(np.float64), lambda: w.some(w.transport, 0.3),
        lambda: (w.relative < -0.5).astype(np.float64), lambda: w.some(w.declarant, 0.3),
        lambda: (w.day - w.first[w.importer] < 90).astype(np.float64), lambda: w.some(w.heading, 0.2),
    ]  # fmt: skip
    for _ in range(14):
        taken = w.chance.choice(len(conditions), int(w.chance.integers(2, 4)), replace=False)
        logit += w.chance.uniform(1.5, 3.5) * np.prod([conditions[one]() for one in taken], axis=0)
    return logit


def _few_offenders(w: _Drawn) -> Floats:
    """A few importers, exporters and declarants commit most of the offences."""
    return (
        3.2 * w.some(w.importer, 0.05) + 2.5 * w.some(w.exporter, 0.04)
        + 1.2 * w.some(w.declarant, 0.06) + 1.5 * w.some(w.heading, 0.05)
        + w.normal(w.origin, 0.4) + w.pair(w.importer, w.exporter, 0.5)
    )  # fmt: skip


def _undervaluation(w: _Drawn) -> Any:
    """A low value per kilogram increases the probability. The increase is larger for some goods and some
    countries of origin."""
    low = 1 / (1 + np.exp(8 * (w.relative + 0.7)))
    duty = w.chance.gamma(1.2, 1.0, int(w.chapter.max()) + 1)[w.chapter]
    below = ((w.value > 800) & (w.value < 1_000)).astype(np.float64)
    return (
        2.2 * low * duty + 1.5 * low * w.some(w.origin, 0.2) + 1.4 * below
        + w.normal(w.importer, 0.7) + w.normal(w.heading, 0.4) + w.normal(w.origin, 0.4)
        + 0.25 * (np.log(w.mass) - 5) ** 2 / 4
    )  # fmt: skip


def _drifting(w: _Drawn) -> Any:
    """Importers commit offences in certain periods. Some goods are risky in certain seasons. All other
    effects change slowly."""
    size = int(w.importer.max()) + 1
    begin, length = w.chance.integers(0, DAYS, size), w.chance.integers(120, 500, size)
    since = (w.day - begin[w.importer]) % DAYS
    period = (since < length[w.importer]) * w.some(w.importer, 0.12)
    season = w.some(w.chapter, 0.3) * np.sin(2 * np.pi * w.day / 365.25)
    slow = w.normal(w.origin, 0.5) + w.normal(w.origin, 0.5) * w.day / DAYS
    return (
        2.8 * period + 0.7 * season + slow + w.normal(w.exporter, 0.5) + w.normal(w.chapter, 0.4)
        + w.normal(w.declarant, 0.4) - 0.5 * w.relative
    )  # fmt: skip


def _interactions(w: _Drawn) -> Floats:
    """Pairs of columns have additional effects."""
    return (
        w.normal(w.importer, 0.8) + w.normal(w.exporter, 0.5) + w.normal(w.hs, 0.5)
        + w.pair(w.origin, w.chapter, 0.8) + w.pair(w.importer, w.chapter, 0.5)
        + w.pair(w.office, w.declarant, 0.4) + w.pair(w.origin, w.export, 0.5)
        - 0.6 * w.relative * (1 + w.some(w.chapter, 0.3))
    )  # fmt: skip


def _mixed(w: _Drawn) -> Any:
    """Adds the effects of five other families, with reduced weights."""
    return 0.5 * (
        _additive(w) + _rules(w) + _undervaluation(w) + _interactions(w)
    ) + 0.3 * _drifting(w)


def _rings(w: _Drawn) -> Floats:
    """Importers and exporters belong to criminal groups. Some groups commit offences, mostly with certain
    goods."""
    rings = 40
    of_importer = w.chance.integers(0, rings, int(w.importer.max()) + 1)[w.importer]
    of_exporter = w.chance.integers(0, rings, int(w.exporter.max()) + 1)[w.exporter]
    bad = (w.chance.random(rings) < 0.15).astype(np.float64)
    both = bad[of_importer] * bad[of_exporter]
    return (
        1.2 * bad[of_importer] + 1.0 * bad[of_exporter] + 1.5 * both
        + 1.5 * bad[of_importer] * w.some(w.heading, 0.15) + w.pair(w.heading, w.transport, 0.5)
        + w.normal(w.office, 0.3) - 0.4 * np.abs(w.relative)
    )  # fmt: skip


def _newcomers(w: _Drawn) -> Any:
    """New importers, small quantities and some days of the week are riskier. The effects have heavy-tailed
    distributions."""
    heavy = w.chance.standard_t(3, int(w.importer.max()) + 1)[w.importer]
    age = (w.day - w.first[w.importer]) / 60
    return (
        0.6 * heavy + 2.0 * np.exp(-age) * (w.first[w.importer] > 0)
        + 0.8 * (w.quantity < 5) + 0.4 * (w.day % 7 == 5) + w.normal(w.origin, 0.5)
        + w.normal(w.hs, 0.5) + w.pair(w.origin, w.transport, 0.4)
    )  # fmt: skip


def _large_traders(w: _Drawn) -> Floats:
    """A few importers send most of the declarations. Each of these importers has certain risky goods and
    countries of origin."""
    w.importer = w.importer % 400
    return (
        w.normal(w.importer, 0.9) + w.pair(w.importer, w.heading, 0.7) + w.pair(w.importer, w.origin, 0.5)
        + w.normal(w.origin, 0.5) + w.normal(w.heading, 0.5) - 0.8 * np.minimum(w.relative, 0)
        + w.normal(w.declarant, 0.3)
    )  # fmt: skip


def _plain(w: _Drawn) -> Any:
    """Adds the effects of single columns, of prices below the usual price and of risky pairs of values, and
    adds random noise."""
    return (
        w.normal(w.importer, 0.9) + w.normal(w.exporter, 0.4) + w.normal(w.declarant, 0.4)
        + w.normal(w.chapter, 0.5) + w.normal(w.hs, 0.3) + w.normal(w.origin, 0.6)
        + w.normal(w.office, 0.2) + 0.5 * (w.export != w.origin) + 1.5 * np.maximum(0, -w.relative)
        + 0.5 * (w.day - w.first[w.importer] < 180)
        + w.some_pairs(w.origin, w.chapter, 0.05, 1.3) + w.some_pairs(w.declarant, w.office, 0.05, 1.0)
        + w.chance.normal(0, 0.4, len(w.day))
    )  # fmt: skip


def _multipliers(w: _Drawn) -> Any:
    """Multiplies the probability by a fixed factor for each risky value of a column."""
    factors = (
        np.log(8) * w.some(w.importer, 0.08) + np.log(3) * w.some(w.exporter, 0.08)
        + np.log(2) * w.some(w.declarant, 0.12) + np.log(3.5) * w.some(w.heading, 0.12)
        + np.log(3) * w.some(w.origin, 0.15) + np.log(3) * (w.relative < -0.6)
        + np.log(1.7) * (w.export != w.origin) + np.log(1.5) * w.some(w.office, 0.2)
        + np.log(2) * (w.day - w.first[w.importer] < 120) * (w.first[w.importer] > 0)
    )  # fmt: skip
    probability = np.minimum(0.9, 0.01 * np.exp(factors))
    return np.log(probability / (1 - probability))


def _price_bands(w: _Drawn) -> Any:
    """Each heading has its own usual range of prices.

    Unusually low prices and unusually high prices are risky. Low prices are riskier than high prices.
    """
    spread = w.chance.uniform(0.5, 1.5, int(w.heading.max()) + 1)[w.heading]
    apart = w.relative / spread / 0.45
    weight = w.chance.gamma(2.0, 0.5, int(w.chapter.max()) + 1)[w.chapter]
    units = w.value / w.quantity
    return (
        weight * (2.0 * (apart < -1.3) + 1.0 * (apart < -2.2) + 0.8 * (apart > 2.0))
        + 0.6 * (np.mod(units, 10) < 1) + w.normal(w.importer, 0.8) + w.normal(w.origin, 0.5)
        + w.normal(w.heading, 0.4) + w.some_pairs(w.origin, w.heading, 0.05, 1.5)
    )  # fmt: skip


def _repeaters(w: _Drawn) -> Any:
    """Importers commit offences in certain periods, and more often if they trade with certain exporters.
    Declarants help some of these importers."""
    size, last = int(w.importer.max()) + 1, int(w.day.max()) + 1
    bad = np.zeros((size, last), bool)
    state = w.chance.random(size) < 0.1
    for day in range(last):
        state = np.where(state, w.chance.random(size) > 1 / 250, w.chance.random(size) < 1 / 2_500)
        bad[:, day] = state
    now = bad[w.importer, w.day].astype(np.float64)
    return (
        2.4 * now + 1.2 * now * w.some(w.exporter, 0.3) + 1.0 * w.some(w.declarant, 0.1)
        + w.normal(w.importer, 0.4) + w.normal(w.hs, 0.3) + w.normal(w.chapter, 0.4)
        + w.normal(w.origin, 0.5) - 0.6 * w.relative
    )  # fmt: skip


def _schemes(w: _Drawn) -> Any:
    """Twelve fraud schemes use certain goods, countries and means of transport. Four of these schemes exist
    only during a part of the period."""
    last = int(w.day.max()) + 1
    logit = w.normal(w.importer, 0.7) + w.normal(w.origin, 0.4) + w.normal(w.chapter, 0.4)
    for number in range(12):
        scheme = w.some(w.heading, 0.1) if number % 2 else w.some(w.chapter, 0.12)
        scheme *= w.some(w.origin, 0.25) if number % 3 else w.some(w.transport, 0.4)
        if number % 4 == 0:
            scheme *= (w.relative < -0.2).astype(np.float64)
        if number >= 8:
            begin = int(w.chance.integers(0, last // 3))
            scheme *= (w.day >= begin) & (w.day < begin + w.chance.integers(last // 6, last // 3))
        logit = logit + w.chance.uniform(1.5, 3.0) * scheme
    return logit + 0.5 * w.some(w.declarant, 0.2) - 0.4 * w.relative


FAMILIES: dict[str, Callable[[_Drawn], Any]] = {
    "additive": _additive, "rules": _rules, "few_offenders": _few_offenders,
    "undervaluation": _undervaluation, "drifting": _drifting, "interactions": _interactions,
    "mixed": _mixed, "rings": _rings, "newcomers": _newcomers, "large_traders": _large_traders,
    "plain": _plain, "multipliers": _multipliers, "price_bands": _price_bands, "repeaters": _repeaters,
    "schemes": _schemes,
}  # fmt: skip


def _rule(w: _Drawn) -> Floats:
    """Returns 1 for the rows that a rule selects (some origins with some HS chapters; at least 4 % of the
    rows), and 0 for other rows.
    """
    inside = np.zeros(len(w.day), bool)
    origins = w.chance.permutation(int(w.origin.max()) + 1)
    chapters = w.some(w.chapter, 0.3) > 0
    for origin in origins.tolist():
        if inside.mean() >= 0.04:
            break
        inside |= (w.origin == origin) & chapters
    return inside.astype(np.float64)


def _other_rule(w: _Drawn) -> Floats:
    """Creates a rule of one of several kinds. Returns 1 for the rows that the rule selects (3 to 8 % of the
    rows), and 0 for other rows."""
    conditions: list[tuple[Callable[[float], Floats], ...]] = [
        (lambda share: w.some(w.origin, share), lambda share: w.some(w.chapter, share)),
        (lambda share: w.some(w.heading, share / 4),),
        (lambda share: w.some(w.office, share), lambda share: w.some(w.transport, 2 * share)),
        (lambda share: w.some(w.chapter, share), lambda _: (w.relative < -0.2).astype(np.float64)),
        (lambda share: w.some(w.origin, share), lambda _: (w.export != w.origin).astype(np.float64)),
        (lambda share: w.some(w.declarant, share / 4),),
    ]  # fmt: skip
    kind = conditions[int(w.chance.integers(len(conditions)))]
    rule = np.zeros(len(w.day))
    for _ in range(200):
        rule = np.prod([one(float(w.chance.uniform(0.05, 0.6))) for one in kind], axis=0)
        if 0.03 < rule.mean() < 0.08:
            break
    return np.asarray(rule)


def _sigmoid(values: Floats) -> Floats:
    return np.asarray(1 / (1 + np.exp(-values)))


def world(
    family: str,
    seed: int,
    *,
    rows: int = ROWS,
    days: int = DAYS,
    change: int | None = None,
    quiet: bool = False,
) -> World:
    """Creates a synthetic data set of a family. On the day `change`, one rule stops applying and another rule
    starts to apply. If `quiet` is true, no rule stops applying. In this case, from this day on, offences also
    occur in declarations of the largest HS chapters whose risk was low before this day."""
    chance = np.random.default_rng([seed, list(FAMILIES).index(family)])
    # More declarations than controls are drawn: the red lane prefers those that look risky.
    other = family in OTHER
    more = _drawn(chance, rows * 3 // 2, days, (1_000, 3_000) if other else (3_000, 9_000))
    logit = FAMILIES[family](more)
    old, new = (_other_rule(more) if other else _rule(more) for _ in range(2))
    strength = float(chance.uniform(2.0, 3.0))
    logit = logit + strength * (
        old if change is None or quiet else np.where(more.day < change, old, new)
    )
    if quiet and change is not None:
        sizes = np.bincount(more.chapter) / len(logit)
        chapters = np.argsort(-sizes, kind="stable")
        chosen = chapters[: int(np.searchsorted(sizes[chapters].cumsum(), 0.2)) + 1]
        safe = np.isin(more.chapter, chosen) & (logit < np.median(logit))
        logit = logit + np.where(safe & (more.day >= change), 5.0, 0.0)
    looks = logit + chance.normal(0, 2.5 * logit.std(), len(logit))
    drawn = chance.random(len(logit)) < 0.13
    red = np.zeros(len(logit), bool)
    rest = np.flatnonzero(~drawn)
    red[rest[np.argsort(-looks[rest])[: rows - int(drawn.sum())]]] = True
    kept = np.flatnonzero(drawn | red)
    logit = logit[kept]
    missed, wrong = float(chance.uniform(0, 0.15)), float(chance.uniform(0, 0.006))
    low, high = -15.0, 10.0
    for _ in range(60):
        middle = (low + high) / 2
        rate = wrong + (1 - wrong - missed) * _sigmoid(logit + middle).mean()
        low, high = (middle, high) if rate < RATE else (low, middle)
    truth = wrong + (1 - wrong - missed) * _sigmoid(logit + low)
    found = (chance.random(len(truth)) < truth).astype(np.int64)

    def coded(name: str, column: Ints) -> pl.Series:
        return pl.Series(name, [f"{name[:2].upper()}{one:05d}" for one in column[kept].tolist()])

    letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
    country = [letters[n // 26] + letters[n % 26] for n in range(100)]
    code = [f"{10 + n // 16:02d}{1 + n // 4 % 4:02d}{10 * (1 + n % 4):02d}" for n in range(800)]
    table = pl.DataFrame(
        {
            "id": [f"D{n:07d}" for n in range(len(kept))],
            "date": [FIRST + dt.timedelta(days=one) for one in more.day[kept].tolist()],
            "office": coded("office", more.office),
            "declarant": coded("declarant", more.declarant),
            "importer": coded("importer", more.importer),
            "exporter": coded("exporter", more.exporter),
            "hs": [code[one] for one in more.hs[kept].tolist()],
            "origin": [country[one] for one in more.origin[kept].tolist()],
            "export_country": [country[one] for one in more.export[kept].tolist()],
            "destination": [country[one] for one in more.destination[kept].tolist()],
            "transport": [str(1 + one) for one in more.transport[kept].tolist()],
            "net_mass_kg": np.round(more.mass[kept], 2),
            "quantity": more.quantity[kept],
            "value_usd": np.round(more.value[kept], 2),
            "lane": np.where(drawn[kept], "random", "red"),
            "found": found,
        }
    )
    return World(table, truth, None if change is None else FIRST + dt.timedelta(days=change))
