"""Finds goods items that differ from ordinary trade: items with values per kilogram, masses or values that
are far from the baseline, items of new importers, surges, and items that an importer splits to stay below a
threshold.

The **baseline** is fitted to earlier items. The baseline has three measures: the unit value (value per
kilogram), the mass and the value of an item. All measures are logarithms during the computation. The expected
logarithm of a measure of an item is a sum of medians, from the coarsest to the finest level: the weight band,
the HS heading (four digits), the HS subheading (six digits), the subheading in the weight band, and the
subheading between two countries. Each median is computed from the differences that the coarser levels do not
explain. A median of `n` items has the weight `n / (n + SHRINK)`. A group with few items therefore follows the
coarser level. The weight band matters only for the unit value: a price that is ordinary for 2 kg is not
ordinary for 20 t.

The difference that remains after all levels has five quantiles for each subheading and weight band. The
quantiles are shrunk in the same way towards the quantiles of the weight band. If a level has few items, the
quantiles are wider. In this case, a part of the variance between the groups of this level is added to the
width of the quantiles. The **distance** of an item from the median is measured in standard deviations of a
normal distribution with the same upper (or lower) quantile. An item is a finding if the distance exceeds a
limit, which is at least `LIMIT`. The limit of a weight band is set so that at most the share `rate` of the
items of the baseline exceeds it.

Yearly totals of public statistics are not items. From yearly totals, a baseline can only show ranges: it
contains no countries and no masses or values of single items, and its weight bands are the weight bands of
the totals.

In this module, amounts are floating-point numbers or their logarithms, because they are only compared with
each other. The exact decimal amounts remain in the records. A missing mass or value stays missing and is
never treated as zero.

`dump` converts a baseline to a text, and `load` reads it.
"""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Literal

import msgspec
import numpy as np
import numpy.typing as npt
import polars as pl

from vedette.core.records import Record
from vedette.core.texts import Text, gettext_lazy, ngettext_lazy, pgettext_lazy

Measure = Literal["unit_value", "mass", "value"]
Kind = Literal[
    "unit_value_high",
    "unit_value_low",
    "mass_high",
    "value_high",
    "new_importer",
    "surge",
    "flow_surge",
    "split",
]

#: Columns that a table of items must have; `currency`, `importer`, `origin`, `destination` and `day` may be
#: missing.
REQUIRED = ("hs", "mass_kg", "value")
#: Lower limits of the weight bands in kilograms. The first band has no lower limit.
BANDS = (0.1, 1.0, 10.0, 100.0, 1_000.0, 10_000.0)
#: A group of this size has as much weight as the coarser level.
SHRINK = 10.0
#: The same for the quantiles, which need more items than a median.
SHRINK_QUANTILES = 40.0
#: Shares of the five quantiles, and the quantiles of the normal distribution for these shares.
SHARES = (0.05, 0.25, 0.5, 0.75, 0.95)
_NORMAL_95 = 1.6448536
#: Least distance of a finding, and share of the items of the baseline that may exceed the limit.
LIMIT, RATE = 4.0, 0.001
#: Least spread (5 % to 95 %, as a logarithm) of a group, so that identical prices do not make every other
#: price a finding.
_LEAST_SPREAD = 0.2
#: Standard deviation between the groups of a level, if fewer than `_LEAST_GROUPS` groups have enough items.
_BETWEEN, _LEAST_GROUPS = (0.0, 1.0, 0.4, 0.3, 0.3), 8
#: A measure is compared only with a baseline of at least this number of items.
LEAST_ITEMS = 50
#: Greatest mass in kilograms and greatest value. Greater numbers are errors of the sender.
MAX_MASS, MAX_VALUE = 1e9, 1e13
#: Greatest number of items in one table, and number of problems that are listed one by one.
MAX_ITEMS, MAX_PROBLEMS = 20_000_000, 1_000
#: Greatest number of amounts in the chart of split items; the latest are kept.
MAX_SERIES = 100
#: Number of items that are compared at once. It bounds the memory.
BATCH = 250_000

_QUANTILES = [f"q{round(100 * share):02}" for share in SHARES]
#: Levels of the baseline, from coarse to fine.
_LEVELS: tuple[tuple[str, ...], ...] = (
    ("band",),
    ("hs4",),
    ("hs6",),
    ("hs6", "band"),
    ("hs6", "pair"),
)
Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]


# --- items --------------------------------------------------------------------------------------


class Problem(Record, frozen=True, kw_only=True):
    """A value of an item that was not used, with the reason."""

    row: int
    column: str
    value: str
    message: Text


@dataclass(frozen=True)
class Items:
    """Goods items whose values were checked.

    `frame` has the columns row, id, importer, sender, hs6, hs4, origin, destination, pair, day, mass and
    value. `problems` contains the first values that were not used, and `problem_count` is the number of all
    such values.
    """

    frame: pl.DataFrame
    problems: tuple[Problem, ...] = ()
    problem_count: int = 0


def items(
    table: pl.DataFrame, rates: Mapping[str, float] | None = None, *, yearly: bool = False,
    report: bool = True,
) -> Items:  # fmt: skip
    """Checks the values of a table and returns the items.

    The table has the columns of `REQUIRED`. The columns `id`, `importer`, `sender`, `origin`, `destination`,
    `day` and `currency` are optional. If the table has the column `currency`, `rates` contains the value of
    one unit of each currency in the common currency. A value without a currency, or in an unknown currency,
    is not used. A number that is not finite, is not greater than zero, or exceeds the maximum (`MAX_MASS`,
    `MAX_VALUE`) is not used. If `yearly` is true, the table contains yearly totals, and the maximum is 10,000
    times as great. If `report` is false, the values that are not used are not listed. Raises `ValueError` if
    a required column is missing or the table is too large.
    """
    absent = [name for name in REQUIRED if name not in table.columns]
    if absent:
        raise ValueError(f"no column {', '.join(absent)}; required: {', '.join(REQUIRED)}")
    if table.height > MAX_ITEMS:
        raise ValueError(f"{table.height:,} items; at most {MAX_ITEMS:,} are compared at once")

    def text(name: str) -> pl.Expr:
        if name not in table.columns:
            return pl.lit(None, pl.String).alias(name)
        cleaned = pl.col(name).cast(pl.String).str.strip_chars().str.slice(0, 200)
        return pl.when(cleaned != "").then(cleaned).alias(name)

    times = 10_000 if yearly else 1
    bounds = (("mass", times * MAX_MASS), ("value", times * MAX_VALUE))
    digits = text("hs").str.replace_all(r"[.\s]", "")
    frame = table.select(
        pl.int_range(pl.len(), dtype=pl.UInt32).alias("row"),
        text("id"),
        text("importer"),
        text("sender"),
        pl.when(digits.str.contains(r"^[0-9]{6,14}$")).then(digits.str.slice(0, 6)).alias("hs6"),
        text("origin").str.to_uppercase(),
        text("destination").str.to_uppercase(),
        _day(table),
        _number(table, "mass_kg").alias("mass"),
        _number(table, "value").alias("value"),
        text("hs").alias("hs_raw"),
        pl.col("mass_kg").cast(pl.String).str.strip_chars().alias("mass_raw"),
        pl.col("value").cast(pl.String).str.strip_chars().alias("value_raw"),
        text("currency").str.to_uppercase(),
    )
    # Each check: column, the column as stated, the condition, the message.
    checks: list[tuple[str, str, pl.Expr, Text]] = [
        ("hs", "hs_raw", pl.col("hs6").is_null() & pl.col("hs_raw").is_not_null(),
         gettext_lazy("The HS code does not begin with six digits; the item is not compared.")),
    ]  # fmt: skip
    for name, most in bounds:
        checks += _number_checks(name, most)
    usable = [
        pl.when((pl.col(name) > 0) & (pl.col(name) <= most)).then(pl.col(name)).alias(name)
        for name, most in bounds
    ]
    if "currency" in table.columns:
        known = {code.upper(): rate for code, rate in (rates or {}).items() if 0 < rate < math.inf}
        checks.append(
            (
                "currency", "currency",
                pl.col("value").is_not_null() & ~pl.col("currency").is_in(list(known)).fill_null(False),
                gettext_lazy(
                    "The currency is missing or has no exchange rate; the value is not compared."
                ),
            )
        )  # fmt: skip
        factor = pl.col("currency").replace_strict(known, default=None, return_dtype=pl.Float64)
        usable[1] = (pl.col("value") * factor).alias("value")
    problems, count = _problems(frame, checks) if report else ((), 0)
    if "currency" in table.columns:
        frame = frame.with_columns(usable[1])
        usable[1] = (
            pl.when((pl.col("value") > 0) & (pl.col("value") <= bounds[1][1])).then("value").alias("value")
        )  # fmt: skip
    frame = frame.with_columns(*usable)
    return Items(
        frame.select(
            "row", "id", "importer", "sender", "hs6",
            pl.col("hs6").str.slice(0, 4).alias("hs4"),
            "origin", "destination",
            (pl.col("origin") + ">" + pl.col("destination")).alias("pair"),
            "day", "mass", "value",
        ),
        problems, count,
    )  # fmt: skip


def _number(table: pl.DataFrame, name: str) -> pl.Expr:
    column = pl.col(name)
    if table.schema[name] == pl.String:
        column = column.str.strip_chars()
    return column.cast(pl.Float64, strict=False)


def _day(table: pl.DataFrame) -> pl.Expr:
    if "day" not in table.columns:
        return pl.lit(None, pl.Date).alias("day")
    if table.schema["day"] == pl.String:
        return pl.col("day").str.slice(0, 10).str.to_date("%Y-%m-%d", strict=False)
    return pl.col("day").cast(pl.Date, strict=False)


def _number_checks(name: str, most: float) -> list[tuple[str, str, pl.Expr, Text]]:
    number, raw = pl.col(name), f"{name}_raw"
    stated = pl.col(raw).is_not_null() & (pl.col(raw) != "")
    column = "mass_kg" if name == "mass" else name
    return [
        (column, raw, stated & (number.is_null() | number.is_nan() | number.is_infinite()),
         gettext_lazy("The value is not a number, so it is not compared.")),
        (column, raw, number.is_finite() & (number < 0),
         gettext_lazy("The number is negative, which is not possible here. The value is not "
                      "compared.")),
        (column, raw, number == 0, gettext_lazy("The number is zero, which is not possible "
                                                "here. The value is not compared.")),
        (column, raw, number.is_finite() & (number > most),
         gettext_lazy("The number is greater than %(most)s; the value is not compared.", most=most)),
    ]  # fmt: skip


def _problems(
    frame: pl.DataFrame, checks: Sequence[tuple[str, str, pl.Expr, Text]]
) -> tuple[tuple[Problem, ...], int]:
    found: list[Problem] = []
    count = 0
    for column, raw, condition, message in checks:
        bad = frame.filter(condition.fill_null(False)).select(
            "row", pl.col(raw).cast(pl.String).str.slice(0, 60)
        )
        count += bad.height
        for row, value in bad.head(MAX_PROBLEMS - len(found)).iter_rows():
            found.append(Problem(row=row, column=column, value=value or "", message=message))
    return tuple(sorted(found, key=lambda one: one.row)), count


def _banded(mass: pl.Expr) -> pl.Expr:
    """Returns the number of the weight band, from 0."""
    total = pl.lit(0, pl.Int8)
    for limit in BANDS:
        total = total + (mass >= limit).cast(pl.Int8)
    return total.alias("band")


def _measured(frame: pl.DataFrame, measure: Measure) -> pl.DataFrame:
    """Returns the items that have the measure, with the logarithm `y` of the measure and the weight band.
    Only the unit value depends on the weight band."""
    if measure == "unit_value":
        y, band = (pl.col("value") / pl.col("mass")).log(), _banded(pl.col("mass"))
    else:
        y, band = pl.col(measure).log(), pl.lit(0, pl.Int8).alias("band")
    return frame.select("row", "hs4", "hs6", "pair", y.alias("y"), band).filter(
        pl.col("y").is_finite() & pl.col("hs6").is_not_null()
    )


# --- baseline -----------------------------------------------------------------------------------


@dataclass(frozen=True)
class Reference:
    """The baseline of one measure. `shifts` has one table for each level, with the shrunk medians and the
    number of items. `between` is the standard deviation between the groups of a level."""

    measure: Measure
    count: int
    shifts: tuple[pl.DataFrame, ...]
    between: tuple[float, ...]
    #: Quantiles of the rest, for a subheading in a weight band, for a weight band, and for everything.
    spreads: pl.DataFrame
    band_spreads: pl.DataFrame
    spread: tuple[float, ...]
    #: Band → the limits of the distance (upwards, downwards).
    limits: Mapping[int, tuple[float, float]] = field(default_factory=dict)

    def limit(self, band: int) -> tuple[float, float]:
        """Returns the limits of a weight band."""
        return self.limits.get(band, (LIMIT, LIMIT))

    def place(self, measured: pl.DataFrame) -> pl.DataFrame:
        """Adds columns to measured items: the five quantiles of the baseline (logarithms), the distance from
        the median in standard deviations, and the finest known level with its number of items."""
        out = measured.with_row_index("at")
        centre, extra = pl.lit(0.0), pl.lit(0.0)
        for number, (keys, table) in enumerate(zip(_LEVELS, self.shifts, strict=True)):
            out = out.join(
                table.rename({"shift": f"shift{number}", "n": f"n{number}"}),
                on=list(keys), how="left", maintain_order="left",
            )  # fmt: skip
            centre = centre + pl.col(f"shift{number}").fill_null(0.0)
            unsure = SHRINK / (pl.col(f"n{number}").fill_null(0) + SHRINK)
            extra = extra + self.between[number] ** 2 * unsure
        out = out.join(self.spreads, on=["hs6", "band"], how="left", maintain_order="left").join(
            self.band_spreads, on="band", how="left", maintain_order="left", suffix="_band"
        )
        quantiles = [
            pl.coalesce(name, f"{name}_band", pl.lit(whole)).alias(name)
            for name, whole in zip(_QUANTILES, self.spread, strict=True)
        ]
        known = [pl.col(f"n{number}").fill_null(0) for number in range(len(_LEVELS))]
        level = pl.lit(0, pl.Int8)
        for number in range(1, len(_LEVELS)):
            level = pl.when(known[number] >= SHRINK).then(pl.lit(number, pl.Int8)).otherwise(level)
        size = known[0]
        for number in range(1, len(_LEVELS)):
            size = pl.when(level == number).then(known[number]).otherwise(size)
        out = out.with_columns(
            *quantiles, centre.alias("centre"), extra.alias("extra"), level.alias("level"),
            size.alias("observations"),
        )  # fmt: skip
        scale = ((pl.col("q95") - pl.col("q05")) / (2 * _NORMAL_95)).clip(
            _LEAST_SPREAD / (2 * _NORMAL_95)
        )
        wider = (1 + pl.col("extra") / scale**2).sqrt()
        out = out.with_columns(
            (pl.col("centre") + pl.col("q50") + wider * (pl.col(name) - pl.col("q50"))).alias(name)
            for name in _QUANTILES
        )
        least = _LEAST_SPREAD / 2
        above = (pl.col("q95") - pl.col("q50")).clip(least) / _NORMAL_95
        below = (pl.col("q50") - pl.col("q05")).clip(least) / _NORMAL_95
        rest = pl.col("y") - pl.col("q50")
        distance = pl.when(rest >= 0).then(rest / above).otherwise(rest / below)
        return out.select(
            "row", "hs4", "hs6", "pair", "band", "y", *_QUANTILES, distance.alias("distance"),
            "level", "observations",
        )  # fmt: skip


@dataclass(frozen=True)
class Baseline:
    """The baseline of ordinary trade: one reference for each measure. `currency` names the common
    currency."""

    references: Mapping[Measure, Reference]
    currency: str = "USD"
    #: The number of items, and the first and the last day.
    count: int = 0
    first: dt.date | None = None
    last: dt.date | None = None
    #: Threshold (`Threshold.key`) → the share of the items that lie just below it.
    near: Mapping[str, float] = field(default_factory=dict)
    #: Subheading and pair of countries → the surge of all importers together at the end of the baseline. None
    #: if the baseline does not state it.
    flows: Mapping[tuple[str, str], Finding] | None = None

    def table(self) -> pl.DataFrame:
        """Returns the baseline of the unit value: the number of items and the five quantiles for each
        subheading and weight band, in the common currency per kilogram."""
        reference = self.references.get("unit_value")
        if reference is None:
            return pl.DataFrame()
        cells = (
            reference.shifts[3]
            .select("hs6", "band", "n")
            .with_columns(
                pl.int_range(pl.len(), dtype=pl.UInt32).alias("row"),
                pl.col("hs6").str.slice(0, 4).alias("hs4"),
                pl.lit(None, pl.String).alias("pair"),
                pl.lit(0.0).alias("y"),
            )
        )
        placed = reference.place(cells.select("row", "hs4", "hs6", "pair", "y", "band"))
        return (
            placed.join(cells.select("row", "n"), on="row", maintain_order="left")
            .select("hs6", "band", "n", *(pl.col(name).exp() for name in _QUANTILES))
            .sort("hs6", "band")
        )


def fit(
    known: Items, *, yearly: Items | None = None, currency: str = "USD", rate: float = RATE,
    thresholds: Sequence[Threshold] = (), settings: Settings | None = None, most_of_one: int = 0,
) -> Baseline:  # fmt: skip
    """Fits the baseline to items. `yearly` contains yearly totals of public statistics. The totals are used
    for the unit value only, and without their countries. For each threshold, the baseline contains the number
    of items that are just below it. `most_of_one` limits the items of one importer and of one sender
    (`_limited`).
    """
    flows = surging(known, settings or Settings()) if most_of_one else None
    if most_of_one:
        known = replace(known, frame=_limited(known.frame, most_of_one))
    references: dict[Measure, Reference] = {}
    measured = _measured(known.frame, "unit_value")
    if yearly is not None:
        ranges = _measured(yearly.frame, "unit_value")
        measured = pl.concat([measured, ranges.with_columns(pl.lit(None, pl.String).alias("pair"))])
    for measure in ("unit_value", "mass", "value"):
        some = measured if measure == "unit_value" else _measured(known.frame, measure)
        if some.height >= LEAST_ITEMS:
            references[measure] = _reference(some, measure, rate)
    days = known.frame["day"].drop_nulls()
    first, last = (days.min(), days.max()) if len(days) else (None, None)
    return Baseline(
        references, currency, known.frame.height,
        first if isinstance(first, dt.date) else None, last if isinstance(last, dt.date) else None,
        {one.key: _share_near(known.frame, one, settings or Settings()) for one in thresholds}, flows,
    )  # fmt: skip


#: A sender other than the one with the most items counts in a group with at most this share of the items of
#: the others.
OF_OTHERS = 0.25


def _limited(frame: pl.DataFrame, most: int) -> pl.DataFrame:
    """Returns the items with which a baseline is fitted. The number of items is limited, so that invented
    items can hardly change the baseline. In each subheading and weight band, at most `most` items per
    importer are used if there are other importers. All items without an importer are treated as items of one
    importer. At most `most` items of one sender are used or, if this number is larger, the share `OF_OTHERS`
    of the number of items of the other senders. This limit also applies separately in each subheading and
    weight band. The sender with the most items is not limited, because one system can submit the declarations
    of many traders."""
    if frame.is_empty():
        return frame
    cell = ["hs6", "band"]
    known = frame.with_columns(
        _banded(pl.col("mass").fill_null(0.0)), pl.col("importer", "sender").fill_null(""),
        # The items that are left out are spread over the whole time.
        ((pl.col("row").cast(pl.Int64) * 2_654_435_761) % (1 << 32)).alias("spread"),
    )  # fmt: skip
    mine = pl.col("spread").rank("ordinal").over([*cell, "importer", "sender"])
    alone = pl.col("importer").n_unique().over(cell) == 1
    known = known.filter((mine <= most) | alone)
    main = known["sender"].value_counts().sort(["count", "sender"], descending=True)["sender"][0]
    others = pl.len().over(cell) - pl.len().over([*cell, "sender"])
    of_sender = pl.col("spread").rank("ordinal").over([*cell, "sender"])
    known = known.filter(
        (pl.col("sender") == main)
        | (of_sender <= most)
        | (of_sender <= OF_OTHERS * others.cast(pl.Float64))
    )
    return frame.filter(pl.col("row").is_in(known["row"].implode()))


def surging(known: Items, settings: Settings) -> dict[tuple[str, str], Finding]:
    """Returns the surges of all importers together in the last days of the items, by subheading and pair of
    countries."""
    frame = known.frame.filter(
        pl.col("pair").is_not_null() & pl.col("day").is_not_null() & pl.col("hs6").is_not_null()
    )
    last, first = frame["day"].max(), frame["day"].min()
    if not isinstance(last, dt.date) or not isinstance(first, dt.date):
        return {}
    frame = frame.with_columns(
        (pl.col("day") > last - dt.timedelta(days=settings.surge_days)).alias("new")
    )
    offset = (frame["day"] - first).dt.total_days().to_numpy().astype(np.int64)
    found: dict[tuple[str, str], Finding] = {}
    for flags in _surges(frame, offset, settings, ["hs6", "pair"], "flow_surge"):
        named = flags.join(frame.select("row", "id", "hs6", "pair"), on="row").sort("row")
        for flag in named.iter_rows(named=True):
            found[flag["hs6"], flag["pair"]] = _finding(flag, "")
    return found


def _reference(measured: pl.DataFrame, measure: Measure, rate: float) -> Reference:
    rest = measured.select("hs4", "hs6", "pair", "band", "y")
    shifts, between = [], []
    for number, keys in enumerate(_LEVELS):
        names = list(keys)
        groups = (
            rest.filter(pl.col(names[-1]).is_not_null())
            .group_by(names)
            .agg(pl.col("y").median().alias("median"), pl.len().cast(pl.Int64).alias("n"))
        )
        weight = pl.lit(1.0) if number == 0 else pl.col("n") / (pl.col("n") + SHRINK)
        table = groups.select(*names, (pl.col("median") * weight).alias("shift"), "n")
        # Levels below the first: how far the groups with enough items are apart.
        large = groups.filter(pl.col("n") >= SHRINK)["median"]
        few = number == 0 or len(large) < _LEAST_GROUPS
        between.append(_BETWEEN[number] if few else _deviation(large))
        shifts.append(table)
        rest = rest.join(table, on=names, how="left", maintain_order="left").select(
            "hs4", "hs6", "pair", "band", (pl.col("y") - pl.col("shift").fill_null(0.0)).alias("y")
        )

    def quantiles(names: list[str]) -> pl.DataFrame:
        return rest.group_by(names).agg(
            *(pl.col("y").quantile(share, "linear").alias(name)
              for share, name in zip(SHARES, _QUANTILES, strict=True)),
            pl.len().cast(pl.Float64).alias("weight"),
        )  # fmt: skip

    whole = tuple(float(rest["y"].quantile(share, "linear") or 0.0) for share in SHARES)
    bands = _shrunk(quantiles(["band"]), [pl.lit(value) for value in whole])
    cells = quantiles(["hs6", "band"]).join(bands, on="band", how="left", suffix="_band")
    spreads = _shrunk(cells, [pl.col(f"{name}_band") for name in _QUANTILES])
    reference = Reference(
        measure, measured.height, tuple(shifts), tuple(between),
        spreads.select("hs6", "band", *_QUANTILES), bands.select("band", *_QUANTILES), whole,
    )  # fmt: skip
    return Reference(**{**reference.__dict__, "limits": _limits(reference, measured, rate)})


def _deviation(values: pl.Series) -> float:
    """Returns the robust standard deviation: 1.4826 times the median distance from the median."""
    if values.is_empty():
        return 0.0
    middle = float(values.median() or 0.0)  # type: ignore[arg-type]
    return 1.4826 * float((values - middle).abs().median() or 0.0)  # type: ignore[arg-type]


def _shrunk(table: pl.DataFrame, parents: Sequence[pl.Expr]) -> pl.DataFrame:
    weight = pl.col("weight") / (pl.col("weight") + SHRINK_QUANTILES)
    return table.with_columns(
        (pl.col(name) * weight + parent * (1 - weight)).alias(name)
        for name, parent in zip(_QUANTILES, parents, strict=True)
    )


def _limits(
    reference: Reference, measured: pl.DataFrame, rate: float
) -> dict[int, tuple[float, float]]:
    """Returns the limits of each weight band. A band with fewer than 1 / rate items gets the lowest limit
    (`LIMIT`), because a share as small as `rate` cannot be measured with so few items."""
    distances = pl.concat(
        [reference.place(part).select("band", "distance") for part in _slices(measured)]
    )
    out = {}
    for (band,), group in distances.group_by("band"):
        limits = (LIMIT, LIMIT)
        if group.height * rate >= 1:
            high = float(group["distance"].quantile(1 - rate / 2, "higher") or 0.0)
            low = -float(group["distance"].quantile(rate / 2, "lower") or 0.0)
            limits = (max(LIMIT, high), max(LIMIT, low))
        out[int(str(band))] = limits
    return out


def _slices(frame: pl.DataFrame) -> Iterator[pl.DataFrame]:
    for start in range(0, frame.height, BATCH):
        yield frame.slice(start, BATCH)


# --- the baseline as a text -----------------------------------------------------------------------

#: Identifies the text of a baseline, and its greatest length in characters.
_FORMAT, MAX_TEXT = "vedette baseline 1", 200_000_000
_TYPES = {
    "band": pl.Int8, "hs4": pl.String, "hs6": pl.String, "pair": pl.String, "shift": pl.Float64,
    "n": pl.Int64, **dict.fromkeys(_QUANTILES, pl.Float64),
}  # fmt: skip
_Columns = dict[str, list[int | float | str]]


class _ReferenceText(Record, frozen=True, kw_only=True):
    measure: Measure
    count: int
    between: tuple[float, ...]
    spread: tuple[float, ...]
    limits: dict[int, tuple[float, float]]
    shifts: tuple[_Columns, ...]
    spreads: _Columns
    band_spreads: _Columns


class _FlowText(Record, frozen=True, kw_only=True):
    hs6: str
    pair: str
    numbers: dict[str, float | int | str]
    series: tuple[float, ...]


class _BaselineText(Record, frozen=True, kw_only=True):
    format: str
    currency: str
    count: int
    first: dt.date | None = None
    last: dt.date | None = None
    near: dict[str, float] = msgspec.field(default_factory=dict)
    flows: tuple[_FlowText, ...] | None = None
    references: tuple[_ReferenceText, ...] = ()


def dump(baseline: Baseline) -> str:
    """Returns a baseline as JSON text. Logarithms are rounded to six decimals. Equal baselines have equal
    texts."""
    references = [
        _ReferenceText(
            measure=one.measure, count=one.count, between=tuple(round(b, 6) for b in one.between),
            spread=tuple(round(q, 6) for q in one.spread),
            limits={band: (round(high, 6), round(low, 6))
                    for band, (high, low) in sorted(one.limits.items())},
            shifts=tuple(_columns(table, keys)
                         for keys, table in zip(_LEVELS, one.shifts, strict=True)),
            spreads=_columns(one.spreads, ("hs6", "band")),
            band_spreads=_columns(one.band_spreads, ("band",)),
        )
        for one in baseline.references.values()
    ]  # fmt: skip
    text = _BaselineText(
        format=_FORMAT, currency=baseline.currency, count=baseline.count, first=baseline.first,
        last=baseline.last, near={key: round(share, 9) for key, share in baseline.near.items()},
        flows=None if baseline.flows is None else tuple(
            _FlowText(
                hs6=hs6, pair=pair, numbers=_shortened(one.numbers),
                series=tuple(round(mass, 3) for mass in one.series),
            )
            for (hs6, pair), one in sorted(baseline.flows.items())
        ),
        references=tuple(references),
    )  # fmt: skip
    return msgspec.json.encode(text).decode()


def _shortened(numbers: Mapping[str, float | int | str]) -> dict[str, float | int | str]:
    return {
        name: float(f"{value:.6g}") if isinstance(value, float) else value
        for name, value in numbers.items()
    }


def _columns(table: pl.DataFrame, keys: Sequence[str]) -> _Columns:
    rounded = table.sort(keys).with_columns(pl.col(pl.Float64).round(6))
    return {name: rounded[name].to_list() for name in rounded.columns}


def load(text: str) -> Baseline:
    """Reads a baseline from its JSON text. Raises `ValueError` if the text is not a baseline."""
    if len(text) > MAX_TEXT:
        raise ValueError("the text is too long for a baseline")
    try:
        stated = msgspec.json.decode(text, type=_BaselineText)
        if stated.format != _FORMAT:
            raise ValueError("the text is not a baseline of this version")
        references = {one.measure: _reference_of(one) for one in stated.references}
    except (msgspec.MsgspecError, pl.exceptions.PolarsError, TypeError, OverflowError) as error:
        raise ValueError("the text is not a baseline") from error
    return Baseline(
        references, stated.currency, stated.count, stated.first, stated.last, stated.near,
        None if stated.flows is None else {(one.hs6, one.pair): _flow_of(one) for one in stated.flows},
    )  # fmt: skip


def _flow_of(text: _FlowText) -> Finding:
    missing = {"period_mass", "usual_mass", "most_mass", "days"} - set(text.numbers)
    if missing:
        raise ValueError("the text is not a baseline")
    return _finding(
        {**dict.fromkeys(_OF_SURGE), **text.numbers, "hs6": text.hs6, "pair": text.pair,
         "kind": "flow_surge", "row": 0, "id": None, "series": text.series},
        "",
    )  # fmt: skip


def _reference_of(text: _ReferenceText) -> Reference:
    if len(text.shifts) != len(_LEVELS) or not (
        len(text.spread) == len(SHARES) and len(text.between) == len(_LEVELS)
    ):
        raise ValueError("the text is not a baseline")
    return Reference(
        text.measure, text.count,
        tuple(_table(some, (*keys, "shift", "n")) for keys, some in zip(_LEVELS, text.shifts, strict=True)),
        text.between, _table(text.spreads, ("hs6", "band", *_QUANTILES)),
        _table(text.band_spreads, ("band", *_QUANTILES)), text.spread, text.limits,
    )  # fmt: skip


def _table(columns: _Columns, names: Sequence[str]) -> pl.DataFrame:
    if set(columns) != set(names):
        raise ValueError("the text is not a baseline")
    return pl.DataFrame(
        {name: columns[name] for name in names}, schema={n: _TYPES[n] for n in names}
    )


# --- findings -----------------------------------------------------------------------------------


class Threshold(Record, frozen=True, kw_only=True):
    """A limit of mass or value below which the legal requirements are lower, for example no licence or no
    declaration is required. `hs` contains the beginnings of the HS codes to which the threshold applies. If
    no HS codes are given, the limit applies to all goods.
    """

    measure: Literal["mass", "value"]
    amount: float
    hs: tuple[str, ...] = ()

    @property
    def key(self) -> str:
        """Returns the key of a threshold in a baseline."""
        return f"{self.measure}:{self.amount!r}:{','.join(self.hs)}"


class Settings(Record, frozen=True, kw_only=True):
    """The settings of the findings about series of items."""

    #: New importers and surges are found for codes that begin with one of these; without them, for all goods.
    watched: tuple[str, ...] = ()
    #: A surge or a number of split items may occur by chance with at most this probability.
    chance: float = 1e-4
    #: An importer is new if it has had no item under the same HS heading for this number of days.
    new_days: int = 365
    #: The history must reach back this number of days, else nobody is called new.
    new_history: int = 180
    #: The mass of the first item must be at least this quantile of the subheading.
    new_share: float = 0.9
    #: Whether surges of all importers together are found, by subheading and pair of countries. This needs the
    #: earlier items of all importers, not only of those of the new items.
    flows: bool = True
    #: A surge compares the mass of this number of days with earlier periods of the same length.
    surge_days: int = 30
    surge_periods: int = 12
    #: At least this number of earlier periods must lie in the history, with at least this number of items.
    surge_active: int = 3
    #: The sum must be at least this multiple of the greatest sum of an earlier period.
    surge_factor: float = 2.0
    #: Items of this number of days are examined for splitting.
    split_days: int = 7
    #: An item is just below a threshold if it has at least this share of it.
    split_near: float = 0.7
    split_least: int = 3


class Picture(Record, frozen=True, kw_only=True):
    """The data for a chart of the distribution: the quantiles of the baseline as (share, value), and the
    value of this item. `group` names the goods to which the quantiles apply, and `observations` is the number
    of items from which the quantiles are computed."""

    measure: Measure
    unit: str
    group: Text
    observations: int
    quantiles: tuple[tuple[float, float], ...]
    value: float


class Finding(Record, frozen=True, kw_only=True):
    """One way in which an item differs from ordinary trade. A finding contains no decision. `series` contains
    the data for the chart of a surge or of split items. For a surge, `series` contains the masses of the
    periods, the oldest first, and of the current period. For split items, `series` contains the amounts of
    the items in order of time.
    """

    kind: Kind
    row: int
    id: str | None = None
    sentence: Text
    numbers: dict[str, float | int | str]
    picture: Picture | None = None
    series: tuple[float, ...] = ()


@dataclass(frozen=True)
class Judged:
    """The result of a comparison. `flags` has one row for each finding. `unjudged` is the number of items
    that had too little data for a measure. `placed` contains the position of each item in the baseline, by
    measure."""

    flags: pl.DataFrame
    unjudged: Mapping[Measure, int]
    currency: str
    placed: Mapping[Measure, pl.DataFrame] = field(default_factory=dict)

    def findings(self) -> Iterator[Finding]:
        """Yields the findings, in the order of the rows of the items."""
        for flag in self.flags.sort("row", "kind").iter_rows(named=True):
            yield _finding(flag, self.currency)

    def pictures(self, measure: Measure) -> Iterator[tuple[int, Picture]]:
        """Yields the row and the chart data of each item that was compared by a measure (`placed`)."""
        for row in self.placed.get(measure, pl.DataFrame()).iter_rows(named=True):
            picture = _picture({**row, "measure": measure}, self.currency)
            if picture is not None:
                yield row["row"], picture


def judge(
    baseline: Baseline, new: Items, *, before: Items | None = None,
    thresholds: Sequence[Threshold] = (), settings: Settings | None = None,
    since: dt.date | None = None, places: bool = False,
) -> Judged:  # fmt: skip
    """Compares new items with the baseline. `before` are the earlier items of the same importers, or of all
    importers (`Settings.flows`). Each item is compared only with items whose date is not later than the date
    of the item. Findings are about the new items only. `since` is the first day of the history, if the
    history begins before the items in `before`. If `places` is true, the result contains the position of each
    item in the baseline."""
    flags: list[pl.DataFrame] = []
    kept: dict[Measure, list[pl.DataFrame]] = {}
    unjudged: dict[Measure, int] = {}
    masses: list[pl.DataFrame] = []
    for measure, kinds in (
        ("unit_value", ("unit_value_high", "unit_value_low")),
        ("mass", ("mass_high", "")),
        ("value", ("value_high", "")),
    ):
        reference = baseline.references.get(measure)  # type: ignore[call-overload]
        judged = 0
        for part in _slices(new.frame) if reference is not None else ():
            placed = reference.place(_measured(part, measure))  # type: ignore[arg-type]
            judged += placed.height
            flags += _far(placed, reference, measure, kinds)
            if places:
                kept.setdefault(measure, []).append(placed)  # type: ignore[arg-type]
            if measure == "mass":
                masses.append(placed.select("row", "distance"))
        unjudged[measure] = new.frame.height - judged  # type: ignore[index]
    flags += _series(new, before, masses, thresholds, settings or Settings(), since, baseline.near)
    found = pl.concat(flags, how="diagonal") if flags else pl.DataFrame(schema=_FLAG)
    found = _with_masses(found, new, baseline.references.get("mass"))
    found = found.join(new.frame.select("row", "id", "hs6", "pair"), on="row", how="left")
    whole = {measure: pl.concat(parts) for measure, parts in kept.items()}
    return Judged(found, unjudged, baseline.currency, whole)


_FLAG = {"row": pl.UInt32, "kind": pl.String}


def _with_masses(found: pl.DataFrame, new: Items, reference: Reference | None) -> pl.DataFrame:
    """Adds the baseline of the mass to the findings about new importers, so that a chart of each finding can
    be shown."""
    first = found.filter(pl.col("kind") == "new_importer")
    if reference is None or first.is_empty():
        return found
    some = new.frame.filter(pl.col("row").is_in(first["row"].implode()))
    names = ["y", *_QUANTILES, "level", "observations"]
    placed = reference.place(_measured(some, "mass")).select(
        "row", pl.lit("mass").alias("measure"), *names
    )
    first = first.drop("measure", *names, strict=False).join(placed, on="row", how="left")
    return pl.concat([found.filter(pl.col("kind") != "new_importer"), first], how="diagonal")


def _far(
    placed: pl.DataFrame, reference: Reference, measure: str, kinds: tuple[str, str]
) -> list[pl.DataFrame]:
    bands = sorted(reference.limits)
    limits = pl.DataFrame(
        {"band": bands, "high": [reference.limit(band)[0] for band in bands],
         "low": [reference.limit(band)[1] for band in bands]},
        schema={"band": pl.Int8, "high": pl.Float64, "low": pl.Float64},
    )  # fmt: skip
    out = []
    joined = placed.join(limits, on="band", how="left", maintain_order="left").with_columns(
        pl.col("high", "low").fill_null(LIMIT)
    )
    sides = (pl.col("distance") > pl.col("high"), pl.col("distance") < -pl.col("low"))
    for kind, side in zip(kinds, sides, strict=True):
        far = joined.filter(side) if kind else joined.clear()
        if far.height:
            out.append(
                far.select(
                    "row", pl.lit(kind).alias("kind"), pl.lit(measure).alias("measure"), "band", "y",
                    *_QUANTILES, "distance", "level", "observations",
                )
            )  # fmt: skip
    return out


# --- series of items of one importer --------------------------------------------------------------


class _Series:
    """Items sorted by group and day, with running sums. The sum of a group over some days therefore needs
    only two searches."""

    def __init__(self, group: Ints, day: Ints, rows: Ints) -> None:
        self.order = np.lexsort((rows, day, group))
        self.group, self.day = group[self.order], day[self.order]
        self.key = self.group * (1 << 20) + self.day
        self.end = np.arange(1, len(self.key) + 1)

    def running(self, values: Floats) -> Floats:
        """Returns the running sums of the values in the order of the input, preceded by a zero."""
        return np.concatenate(([0.0], np.cumsum(values[self.order])))

    def start(self, at: Ints, days: int) -> Ints:
        """Returns, for each given position in the sorted order, the position of the first item of the group
        that is at most `days` days earlier."""
        first = self.group[at] * (1 << 20) + np.maximum(self.day[at] - days, 0)
        return np.searchsorted(self.key, first, side="left").astype(np.int64)


def _series(
    new: Items, before: Items | None, masses: Sequence[pl.DataFrame],
    thresholds: Sequence[Threshold], settings: Settings, since: dt.date | None,
    near: Mapping[str, float],
) -> list[pl.DataFrame]:  # fmt: skip
    columns = ["row", "importer", "hs4", "hs6", "pair", "day", "mass", "value"]
    both = new.frame.select(*columns, pl.lit(True).alias("new"))
    if before is not None:
        both = pl.concat([before.frame.select(*columns, pl.lit(False).alias("new")), both])
    both = both.filter(
        pl.col("importer").is_not_null() & pl.col("day").is_not_null() & pl.col("hs6").is_not_null()
    )
    if both.is_empty():
        return []
    first = both["day"].min()
    if since is not None and isinstance(first, dt.date):
        first = min(first, since)
    offset = (both["day"] - first).dt.total_days().to_numpy().astype(np.int64)
    if int(offset.max()) >= 1 << 20:  # more than 2,800 years: impossible days
        raise ValueError("the days of the items are too far apart")
    share = (
        pl.concat(masses)
        if masses
        else pl.DataFrame(schema={"row": pl.UInt32, "distance": pl.Float64})
    )
    out = _new_importers(both, offset, share, settings)
    out += _surges(both, offset, settings, ["importer", "hs6"], "surge")
    if settings.flows:
        paired = both["pair"].is_not_null()
        out += _surges(
            both.filter(paired), offset[paired.to_numpy()], settings, ["hs6", "pair"], "flow_surge"
        )
    for threshold in thresholds:
        out += _splits(both, offset, threshold, settings, near.get(threshold.key))
    return out


def _group(frame: pl.DataFrame, names: list[str]) -> Ints:
    """Returns the number of the group for each row."""
    return np.asarray(
        frame.select(pl.struct(names).rank("dense").cast(pl.Int64))[names[0]].to_numpy(), np.int64
    )


def _new_importers(
    frame: pl.DataFrame, offset: Ints, masses: pl.DataFrame, settings: Settings
) -> list[pl.DataFrame]:
    rows = np.arange(frame.height)
    series = _Series(_group(frame, ["importer", "hs4"]), offset, rows)
    chosen = frame["new"].to_numpy() & _watched(frame, settings).to_numpy()
    at = np.flatnonzero(chosen[series.order])
    earlier = at - series.start(at, settings.new_days)
    # Items of the same day are not earlier: the first of them is the new one.
    chosen = at[(earlier == 0) & (series.day[at] >= settings.new_history)]
    if not len(chosen):
        return []
    everything = _Series(_group(frame, ["importer"]), offset, rows)
    place = np.empty(frame.height, np.int64)
    place[everything.order] = np.arange(frame.height)
    origin = series.order[chosen]
    others = place[origin] - everything.start(place[origin], settings.new_days)
    # The quantile of the normal distribution at `new_share`.
    least = math.sqrt(2) * _inverse_erf(2 * settings.new_share - 1)
    return [
        frame[origin]
        .select("row", "hs4", "mass")
        .with_columns(
            pl.Series("other_items", others), pl.lit("new_importer").alias("kind"),
            pl.Series("history_days", series.day[chosen]),
        )
        .join(masses, on="row", how="inner")
        .filter(pl.col("distance") >= least)
        .drop("distance")
    ]  # fmt: skip


def _inverse_erf(x: float) -> float:
    """Returns the inverse of the error function (by bisection)."""
    low, high = 0.0, 6.0
    for _ in range(60):
        middle = (low + high) / 2
        low, high = (middle, high) if math.erf(middle) < x else (low, middle)
    return (low + high) / 2


def _surges(
    frame: pl.DataFrame, offset: Ints, settings: Settings, names: list[str], kind: str
) -> list[pl.DataFrame]:
    """Finds sums of masses that are too great. Each sum is the total mass of items that have the same values
    in the columns `names`. A sum is too great if it is improbable for items that arrive independently and
    have masses as in the earlier periods. Bennett's inequality gives an upper limit of this probability."""
    series = _Series(_group(frame, names), offset, np.arange(frame.height))
    masses = frame["mass"].fill_null(0.0).to_numpy()
    running, squares, own = series.running(masses), series.running(masses**2), masses[series.order]
    weighed = series.running(frame["mass"].is_not_null().to_numpy().astype(np.float64))
    greatest = (
        pl.DataFrame({"group": series.group, "mass": own})
        .select(pl.col("mass").cum_max().over("group"))["mass"]
        .to_numpy()
    )
    new = frame["new"].to_numpy()[series.order] & _watched(frame, settings).to_numpy()[series.order]
    candidates = np.flatnonzero(new & (own > 0))
    out = []
    for start in range(0, len(candidates), BATCH):
        at = candidates[start : start + BATCH]
        middle = series.start(at, settings.surge_days - 1)
        first = series.start(at, settings.surge_days * (settings.surge_periods + 1) - 1)
        # Only days that lie in the history count: a day before the history is missing, not empty.
        known = np.minimum(
            series.day[at] - settings.surge_days + 1, settings.surge_days * settings.surge_periods
        )
        periods = known / settings.surge_days
        current = running[at + 1] - running[middle]
        earlier, number = running[middle] - running[first], weighed[middle] - weighed[first]
        enough = (periods >= settings.surge_active) & (number >= settings.surge_active)
        at, middle, first = at[enough], middle[enough], first[enough]
        periods, current = periods[enough], current[enough]
        earlier, number = earlier[enough], number[enough]
        # One more item of the mean mass is counted, because the true rate is not known exactly.
        mean = earlier / number
        usual = (earlier + mean) / periods
        variance = (squares[middle] - squares[first] + mean**2) / periods
        chance = _surge_chance(current - usual, variance, greatest[at])
        chance_before = _surge_chance(current - own[at] - usual, variance, greatest[at])
        # The item with which the sum passes the limit is the finding, not each later item.
        passed = (chance <= settings.chance) & (chance_before > settings.chance)
        at, middle = at[passed], middle[passed]
        current, usual = current[passed], usual[passed]
        chance, periods = chance[passed], periods[passed]
        if not len(at):
            continue
        sums, ends = [current], middle
        for period in range(1, settings.surge_periods + 1):
            begin = series.start(at, settings.surge_days * (period + 1) - 1)
            sums, ends = [*sums, running[ends] - running[begin]], begin
        most = np.max(sums[1:], axis=0)
        great = current >= settings.surge_factor * most
        unweighed = (at + 1 - middle) - (weighed[at + 1] - weighed[middle])
        out.append(
            frame[series.order[at[great]]]
            .select("row")
            .with_columns(
                pl.lit(kind).alias("kind"), pl.Series("period_mass", current[great]),
                pl.Series("usual_mass", usual[great]), pl.Series("most_mass", most[great]),
                pl.Series("periods", periods[great]), pl.Series("chance", chance[great]),
                pl.Series("without_mass", unweighed[great].astype(np.int64)),
                pl.lit(settings.surge_days).alias("days"),
                # The oldest period that lies in the history comes first.
                pl.Series(
                    "series",
                    [row[: math.ceil(known) + 1][::-1].tolist()
                     for row, known in zip(np.stack(sums, axis=1)[great], periods[great], strict=True)],
                    dtype=pl.List(pl.Float64),
                ),
            )
        )  # fmt: skip
    return out


def _surge_chance(excess: Floats, variance: Floats, greatest: Floats) -> Floats:
    """Returns an upper bound of the probability that a sum exceeds its mean by `excess` (Bennett's
    inequality for items of at most the mass `greatest`)."""
    ratio = np.maximum(greatest * excess / variance, 0.0)
    rate = (1 + ratio) * np.log1p(ratio) - ratio
    bound: Floats = np.exp(-np.minimum(variance / greatest**2 * rate, 700.0))
    return bound


def _watched(frame: pl.DataFrame, settings: Settings) -> pl.Series:
    """Returns, for each item, whether its code begins with one of the watched codes."""
    if not settings.watched:
        return pl.repeat(True, frame.height, eager=True)
    return frame.select(_under(settings.watched).alias("under"))["under"]


def _under(codes: Sequence[str]) -> pl.Expr:
    return pl.any_horizontal(*(pl.col("hs6").str.starts_with(code) for code in codes))


def _counted(frame: pl.DataFrame, threshold: Threshold) -> pl.Series:
    """Returns, for each item, whether the threshold applies to it: the measure of the threshold is known, and
    the HS code begins with one of the codes of the threshold."""
    counted = frame[threshold.measure].is_not_null()
    if threshold.hs:
        counted = counted & frame.select(_under(threshold.hs).alias("under"))["under"]
    return counted


def _near(amounts: Floats, threshold: Threshold, settings: Settings) -> npt.NDArray[np.bool_]:
    """Returns whether each amount lies just below a threshold."""
    near: npt.NDArray[np.bool_] = (amounts >= settings.split_near * threshold.amount) & (
        amounts < threshold.amount
    )
    return near


def _share_near(frame: pl.DataFrame, threshold: Threshold, settings: Settings) -> float:
    some = frame.filter(_counted(frame, threshold).fill_null(False))
    near = _near(some[threshold.measure].to_numpy(), threshold, settings)
    return float((near.sum() + 1.0) / (len(near) + 2.0))


def _splits(
    frame: pl.DataFrame, offset: Ints, threshold: Threshold, settings: Settings,
    usual: float | None,
) -> list[pl.DataFrame]:  # fmt: skip
    """Finds items that lie just below a threshold. `usual` is the share of such items in the baseline. If the
    baseline does not contain this share, the share among the given items is used."""
    counted = _counted(frame, threshold)
    keep = counted.to_numpy()
    some, day = frame.filter(counted), offset[keep]
    if some.height < settings.split_least:
        return []
    amounts = some[threshold.measure].to_numpy()
    near = _near(amounts, threshold, settings)
    if usual is None:
        usual = _share_near(frame, threshold, settings)
    series = _Series(_group(some, ["importer"]), day, np.arange(some.height))
    close, total = series.running(near.astype(np.float64)), series.running(amounts * near)
    flagged = near[series.order]
    at = np.flatnonzero(some["new"].to_numpy()[series.order] & flagged)
    if not len(at):
        return []
    begin = series.start(at, settings.split_days - 1)
    first = series.start(at, (1 << 20) - 1)
    count, number = close[at + 1] - close[begin], (at + 1 - begin).astype(np.float64)
    # What this importer did earlier counts, so that an importer of goods with one price is not a finding.
    share = (close[begin] - close[first] + 20 * usual) / (begin - first + 20.0)
    chance = _chance(count, number, share)
    chance_before = _chance(count - 1, number - 1, share)
    least = settings.split_least
    found = (count >= least) & (chance <= settings.chance)
    again = (count - 1 >= least) & (chance_before <= settings.chance)
    chosen = found & ~again
    if not chosen.any():
        return []
    sorted_amounts = amounts[series.order]
    return [
        some[series.order[at[chosen]]]
        .select("row")
        .with_columns(
            pl.lit("split").alias("kind"), pl.lit(threshold.measure).alias("measure"),
            pl.lit(threshold.amount).alias("threshold"),
            pl.Series("near_items", count[chosen].astype(np.int64)),
            pl.Series("all_items", number[chosen].astype(np.int64)),
            pl.Series("total", (total[at + 1] - total[begin])[chosen]),
            pl.Series("usual_share", share[chosen]), pl.Series("chance", chance[chosen]),
            pl.lit(settings.split_days).alias("days"),
            pl.Series(
                "series",
                [sorted_amounts[first : last + 1][-MAX_SERIES:].tolist()
                 for first, last in zip(begin[chosen], at[chosen], strict=True)],
                dtype=pl.List(pl.Float64),
            ),
        )
    ]  # fmt: skip


def _chance(count: Floats, number: Floats, share: Floats) -> Floats:
    """Returns an upper bound of the probability that at least `count` of `number` items have a property
    that each item has with the probability `share` (Chernoff bound)."""
    number = np.maximum(number, 1.0)
    found = np.clip(count / number, 0.0, 1.0)
    share = np.clip(share, 1e-9, 1 - 1e-9)
    with np.errstate(divide="ignore", invalid="ignore"):
        one = np.where(found > 0, found * np.log(found / share), 0.0)
        other = np.where(found < 1, (1 - found) * np.log((1 - found) / (1 - share)), 0.0)
    bound: Floats = np.where(found > share, np.exp(-number * (one + other)), 1.0)
    return bound


# --- texts --------------------------------------------------------------------------------------

_GROUPS: tuple[Text, ...] = (
    gettext_lazy("all goods"),
    gettext_lazy("goods of HS heading %(hs4)s"),
    gettext_lazy("goods of HS subheading %(hs6)s"),
    gettext_lazy("goods of HS subheading %(hs6)s"),
    gettext_lazy("goods of HS subheading %(hs6)s between %(pair)s"),
)
_BAND_BELOW = pgettext_lazy("weight band", "less than %(high)s kg")
_BAND = pgettext_lazy("weight band", "from %(low)s to %(high)s kg")
_BAND_ABOVE = pgettext_lazy("weight band", "%(low)s kg and more")
_UNIT_HIGH = gettext_lazy(
    "The value is %(found)s %(currency)s per kg. For %(group)s, %(band)s, nine of ten ordinary items are "
    "between %(low)s and %(high)s %(currency)s per kg, and the median is %(median)s. The value is "
    "unusually high."
)
_UNIT_LOW = gettext_lazy(
    "The value is %(found)s %(currency)s per kg. For %(group)s, %(band)s, nine of ten ordinary items are "
    "between %(low)s and %(high)s %(currency)s per kg, and the median is %(median)s. The value is "
    "unusually low."
)
_MASS_HIGH = gettext_lazy(
    "The mass is %(found)s kg. For %(group)s, nine of ten ordinary items are between %(low)s and %(high)s "
    "kg, and the median is %(median)s kg. The mass is unusually high."
)
_VALUE_HIGH = gettext_lazy(
    "The value is %(found)s %(currency)s. For %(group)s, nine of ten ordinary items are between %(low)s "
    "and %(high)s %(currency)s, and the median is %(median)s %(currency)s. The value is unusually high."
)
_NEW = ngettext_lazy(
    "In a history of %(days)s days, the importer had no item of HS heading %(hs4)s. In this period, the "
    "importer had %(n)s item of other goods. The first item of this heading weighs %(mass)s kg.",
    "In a history of %(days)s days, the importer had no item of HS heading %(hs4)s. In this period, the "
    "importer had %(n)s items of other goods. The first item of this heading weighs %(mass)s kg.",
)
_SURGE = gettext_lazy(
    "The importer has received %(found)s kg of HS subheading %(hs6)s in %(days)s days. In earlier periods "
    "of the same length, the mean was %(usual)s kg and the maximum was %(most)s kg."
)
_FLOW = gettext_lazy(
    "In %(days)s days, all importers together received %(found)s kg of HS subheading %(hs6)s "
    "between %(pair)s. In earlier periods of the same length, the mean was %(usual)s kg and "
    "the maximum was %(most)s kg."
)
_SPLIT_VALUE = gettext_lazy(
    "In %(days)s days, %(near)s of %(all)s items of this importer are just below the threshold "
    "of %(threshold)s %(currency)s. The total value of these items is %(total)s %(currency)s. Usually, "
    "%(share)s of 100 items are just below the threshold."
)
_SPLIT_MASS = gettext_lazy(
    "In %(days)s days, %(near)s of %(all)s items of this importer are just below the threshold "
    "of %(threshold)s kg. The total mass of these items is %(total)s kg. Usually, %(share)s of 100 items "
    "are just below the threshold."
)


def _rounded(number: float) -> float | int:
    """Rounds a number to three significant digits for a sentence."""
    if not math.isfinite(number) or number == 0:
        return 0
    rounded = round(number, 2 - math.floor(math.log10(abs(number))))
    return int(rounded) if abs(rounded) >= 100 else rounded


def band_text(band: int) -> Text:
    """Returns the name of a weight band."""
    if band == 0:
        return _BAND_BELOW.given(high=_rounded(BANDS[0]))
    if band == len(BANDS):
        return _BAND_ABOVE.given(low=_rounded(BANDS[-1]))
    return _BAND.given(low=_rounded(BANDS[band - 1]), high=_rounded(BANDS[band]))


#: The numbers of a surge.
_OF_SURGE = (
    "hs6", "period_mass", "usual_mass", "most_mass", "periods", "chance", "without_mass", "days"
)  # fmt: skip


def _finding(flag: Mapping[str, Any], currency: str) -> Finding:
    kind: Kind = flag["kind"]
    common = {"kind": kind, "row": flag["row"], "id": flag["id"]}
    if kind == "new_importer":
        sentence = _NEW.given(
            hs4=flag["hs4"], days=flag["history_days"], n=flag["other_items"], mass=_rounded(flag["mass"])
        )  # fmt: skip
        kept: tuple[str, ...] = ("hs4", "mass", "other_items", "history_days")
    elif kind in ("surge", "flow_surge"):
        sentence = (_SURGE if kind == "surge" else _FLOW).given(
            found=_rounded(flag["period_mass"]), hs6=flag["hs6"], days=flag["days"],
            usual=_rounded(flag["usual_mass"]), most=_rounded(flag["most_mass"]),
            pair=(flag["pair"] or "").replace(">", " – "),
        )  # fmt: skip
        kept = _OF_SURGE
    elif kind == "split":
        text = _SPLIT_VALUE if flag["measure"] == "value" else _SPLIT_MASS
        sentence = text.given(
            days=flag["days"], near=flag["near_items"], all=flag["all_items"],
            threshold=_rounded(flag["threshold"]), total=_rounded(flag["total"]),
            share=_rounded(100 * flag["usual_share"]), currency=currency,
        )  # fmt: skip
        kept = (
            "measure", "threshold", "near_items", "all_items", "total", "usual_share", "chance", "days"
        )  # fmt: skip
    else:
        return _distribution(flag, currency)
    return Finding(
        **common, sentence=sentence, numbers={name: flag[name] for name in kept},
        picture=_picture(flag, currency) if kind == "new_importer" else None,
        series=tuple(flag.get("series") or ()),
    )  # fmt: skip


def _picture(flag: Mapping[str, Any], currency: str) -> Picture | None:
    if flag.get("y") is None:
        return None
    measure: Measure = flag["measure"]
    group = _GROUPS[flag["level"]].given(
        hs4=(flag["hs6"] or "")[:4], hs6=flag["hs6"] or "",
        pair=(flag["pair"] or "").replace(">", " – "),
    )  # fmt: skip
    return Picture(
        measure=measure, group=group, observations=flag["observations"], value=math.exp(flag["y"]),
        unit={"unit_value": f"{currency}/kg", "mass": "kg", "value": currency}[measure],
        quantiles=tuple(
            (share, math.exp(flag[name])) for share, name in zip(SHARES, _QUANTILES, strict=True)
        ),
    )  # fmt: skip


def _distribution(flag: Mapping[str, Any], currency: str) -> Finding:
    kind: Kind = flag["kind"]
    picture = _picture(flag, currency)
    if picture is None:
        raise TypeError("the finding has no distribution")
    low, _, median, _, high = (value for _, value in picture.quantiles)
    sentence = {
        "unit_value_high": _UNIT_HIGH, "unit_value_low": _UNIT_LOW, "mass_high": _MASS_HIGH,
        "value_high": _VALUE_HIGH,
    }[kind]  # fmt: skip
    return Finding(
        kind=kind, row=flag["row"], id=flag["id"], picture=picture,
        sentence=sentence.given(
            found=_rounded(picture.value), group=picture.group, band=band_text(flag["band"]),
            currency=currency, low=_rounded(low), median=_rounded(median), high=_rounded(high),
        ),
        numbers={"found": picture.value, "median": median, "times_median": picture.value / median,
                 "distance": flag["distance"], "observations": picture.observations},
    )  # fmt: skip
