"""Converts the columns of declarations to groups of levels. A level is one value or one band of amounts of a
column, or a combination of such values of several columns.

Amounts are divided into bands. Amounts per kilogram, and masses, are compared with the usual amount of the HS
code. This usual amount is shrunk towards the usual amounts of the HS heading and of the HS chapter. The
number of earlier rows of a trader, and the time since the first of these rows, are computed in chronological
order. Therefore the values of a row depend only on earlier rows.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np
import polars as pl

from vedette.screening.models.history import Batch
from vedette.screening.models.kernel import Floats, Ints, Longs

#: Days of a period, for effects that change with time.
PERIOD = 91
#: Greatest number of different codes of one column. Further codes are missing values.
MAX_LEVELS = 1 << 21
#: In the first days of a history, it is not known which traders are new.
UNSURE_DAYS = 90
#: Least share of rows that repeat earlier ones, for the column `same_goods`.
LEAST_REPEATS = 0.01
MISSING = -1

#: Groups: columns whose combination of values is a level. A group needs all its columns.
SINGLE = (
    "importer", "exporter", "declarant", "carrier", "office", "hs", "hs6", "hs4", "hs2", "origin",
    "export_country", "destination", "transport", "ratio", "ratio5", "ratio_z", "unit_value", "unit_mass",
    "value", "mass", "quantity", "mass_for_hs", "month", "weekday", "times", "since", "gap", "times_with",
    "times_hs", "route", "same_goods",
)  # fmt: skip
PAIRS = (
    ("importer", "exporter"), ("importer", "hs2"), ("importer", "hs4"), ("importer", "origin"),
    ("exporter", "hs2"), ("origin", "hs2"), ("origin", "hs4"), ("origin", "export_country"),
    ("office", "declarant"), ("office", "hs2"), ("office", "origin"), ("office", "transport"),
    ("office", "route"), ("declarant", "hs2"), ("declarant", "origin"), ("declarant", "route"),
    ("transport", "hs2"), ("transport", "origin"), ("transport", "route"), ("route", "hs2"),
    ("route", "origin"), ("ratio5", "hs2"), ("ratio5", "hs4"), ("ratio5", "origin"),
    ("ratio5", "office"), ("ratio5", "declarant"), ("ratio5", "route"), ("ratio5", "transport"),
    ("ratio5", "importer"), ("ratio_z8", "hs2"), ("ratio_z8", "hs4"),
    ("month", "hs2"), ("since", "hs2"), ("since", "origin"), ("since", "route"),
)  # fmt: skip
#: Groups whose effects also change with time.
RECENT = (
    ("importer",), ("exporter",), ("declarant",), ("office",), ("origin",), ("hs2",), ("hs4",),
    ("origin", "hs2"),
)  # fmt: skip
#: Column of bands → number of bands.
BANDS = {
    "ratio": 20, "ratio5": 5, "ratio_z": 20, "ratio_z8": 8, "unit_value": 20, "unit_mass": 20, "value": 30,
    "mass": 20, "quantity": 12, "mass_for_hs": 20,
}  # fmt: skip
#: Amounts that are compared with the usual amount of the HS code.
COMPARED = {"ratio": "ratio", "ratio5": "ratio", "ratio_z": "ratio", "ratio_z8": "ratio",
            "unit_value": "unit_value", "unit_mass": "unit_mass", "mass_for_hs": "mass_for_hs"}  # fmt: skip
#: Amounts whose distance from the usual amount is divided by the usual distance for the HS code.
SCALED = ("ratio_z", "ratio_z8")
#: Least usual distance, on the scale of logarithms.
LEAST_DISTANCE = 0.05


@dataclass(frozen=True)
class Group:
    """A group of levels. `recent` is true for a group whose effects change with time."""

    columns: tuple[str, ...]
    recent: bool = False

    @property
    def name(self) -> str:
        return "+".join(self.columns) + ("@recent" if self.recent else "")


def group_of(name: str) -> Group:
    """Returns the group with a name."""
    base, at, _ = name.partition("@")
    return Group(tuple(base.split("+")), bool(at))


@dataclass
class Usual:
    """The usual logarithm of an amount, for each HS code, heading and chapter, and for all goods ("")."""

    level: dict[str, float]

    @classmethod
    def learn(cls, values: Floats, codes: pl.Series) -> Usual:
        """Computes medians, each smoothed towards the level above."""
        good = np.isfinite(values)
        found = {"": float(np.median(values[good])) if good.any() else 0.0}
        frame = pl.DataFrame({"code": codes, "value": values}).filter(pl.Series(good))
        for length in (2, 4, 6):
            rows = (
                frame.filter(pl.col("code").str.len_chars() >= length)
                .with_columns(pl.col("code").str.slice(0, length))
                .group_by("code", maintain_order=True)
                .agg(pl.len().alias("n"), pl.col("value").median().alias("middle"))
            )
            for code, n, middle in rows.iter_rows():
                above = found.get(code[:-2], found[""])
                found[code] = above + (middle - above) * n / (n + 5.0)
        return cls(found)

    def compare(self, values: Floats, codes: pl.Series) -> Floats:
        """Returns the difference between each value and the usual value for its HS code."""
        different = codes.unique().to_list()
        frame = pl.DataFrame(
            {"code": different, "middle": [self.of(one) for one in different]},
            schema={"code": pl.String, "middle": pl.Float64},
        )
        joined = pl.DataFrame({"code": codes}).join(
            frame, on="code", how="left", maintain_order="left"
        )
        return np.asarray(values - joined["middle"].to_numpy())

    def of(self, code: str) -> float:
        """Returns the usual value for an HS code or, if the code is unknown, for the next broader group of
        goods (heading, chapter or all goods)."""
        for length in (6, 4, 2):
            if len(code) >= length and code[:length] in self.level:
                return self.level[code[:length]]
        return self.level[""]


@dataclass
class Counter:
    """Counts the rows of each value of a column, and stores the days of the first and of the last row."""

    seen: dict[int, list[float]] = field(default_factory=dict)

    def count(self, keys: Longs, days: Floats) -> tuple[Longs, Floats, Floats]:
        """Returns, for each row, the number of earlier rows, the day of the first earlier row and the day of
        the last earlier row. For the first row of a key, the day of the first and the day of the last earlier
        row are both the day of this row."""
        times = np.zeros(len(keys), np.int64)
        first, last = days.copy(), days.copy()
        seen = self.seen
        for row, (key, day) in enumerate(zip(keys.tolist(), days.tolist(), strict=True)):
            if key == MISSING:
                continue
            known = seen.get(key)
            if known is None:
                seen[key] = [1.0, day, day]
                continue
            times[row] = int(known[0])
            first[row], last[row] = known[1], known[2]
            known[0] += 1.0
            known[2] = day
        return times, first, last


@dataclass
class Levels:
    """Assigns numbers to the values of a column, in the order in which they appear."""

    numbers: dict[str, int] = field(default_factory=dict)

    def name(self, number: int) -> str:
        """Returns the value with a number."""
        return next((value for value, one in self.numbers.items() if one == number), "–")

    def encode(self, values: pl.Series) -> Longs:
        """Returns the number of each value, and -1 for an empty value."""
        frame = pl.DataFrame({"value": values})
        different = frame["value"].unique(maintain_order=True).to_list()
        coded = []
        for value in different:
            if not value:
                coded.append(MISSING)
                continue
            number = self.numbers.get(value, MISSING)
            if number == MISSING and len(self.numbers) < MAX_LEVELS - 2:
                number = self.numbers[value] = len(self.numbers)
            coded.append(number)
        table = pl.DataFrame(
            {"value": different, "number": coded}, schema_overrides={"number": pl.Int64}
        )
        return (
            frame.join(table, on="value", how="left", maintain_order="left")["number"]
            .fill_null(MISSING)
            .to_numpy()
        )


@dataclass
class Features:
    """The data that are needed to convert rows to columns of levels."""

    usual: dict[str, Usual] = field(default_factory=dict)
    edges: dict[str, list[float]] = field(default_factory=dict)
    levels: dict[str, Levels] = field(default_factory=dict)
    counters: dict[str, Counter] = field(default_factory=dict)
    begin: float = 0.0
    #: True if rows of the history repeat the goods of earlier rows.
    repeats: bool = False

    def learn(self, batch: Batch) -> None:
        """Determines usual amounts and bands from a history. Results of the rows are not used."""
        self.begin = float(batch.days[0])
        amounts = _amounts(batch)
        hs = _hs(batch)
        self.repeats = float(repeats_earlier(batch).mean()) > LEAST_REPEATS
        for column, number in BANDS.items():
            base = COMPARED.get(column)
            values = amounts.get(base or column)
            if values is None:
                continue
            if base and hs is not None:
                if base not in self.usual:
                    self.usual[base] = Usual.learn(values, hs)
                if column in SCALED and f"{base}_apart" not in self.usual:
                    apart = np.abs(self.usual[base].compare(values, hs))
                    self.usual[f"{base}_apart"] = Usual.learn(apart, hs)
                values = self._compared(column, values, hs)
            good = values[np.isfinite(values)]
            if len(good):
                cuts = np.quantile(good, np.linspace(0, 1, number + 1)[1:-1])
                self.edges[column] = np.unique(cuts).tolist()

    def columns(self, batch: Batch) -> dict[str, Longs]:
        """Returns the columns of levels of the rows.

        Counts the rows, because later rows depend on the counts.
        """
        made: dict[str, Longs] = {}
        for name, values in batch.codes.items():
            if name not in ("hs", "lane"):
                made[name] = self._coded(name, values)
        hs = _hs(batch)
        if hs is not None:
            for name, length in (("hs2", 2), ("hs4", 4), ("hs6", 6)):
                short = pl.DataFrame({"hs": hs}).select(
                    pl.when(pl.col("hs").str.len_chars() >= length)
                    .then(pl.col("hs").str.slice(0, length))
                    .otherwise(pl.lit(""))
                    .alias("hs")
                )["hs"]
                made[name] = self._coded(name, short)
            if bool((hs.str.len_chars() > 6).any()) or "hs" in self.levels:
                made["hs"] = self._coded("hs", hs)
        if "origin" in batch.codes and "export_country" in batch.codes:
            one, other = batch.codes["origin"], batch.codes["export_country"]
            known = ((one != "") & (other != "")).to_numpy()
            made["route"] = np.where(known, (one != other).to_numpy().astype(np.int64), MISSING)
        self._bands(batch, hs, made)
        self._calendar(batch, made)
        self._counts(batch, made)
        self._repeats(batch, made)
        return made

    def _compared(self, column: str, values: Floats, hs: pl.Series) -> Floats:
        """Returns the distance of each amount from the usual amount of its HS code."""
        base = COMPARED[column]
        above = self.usual[base].compare(values, hs)
        if column not in SCALED:
            return above
        usual = -self.usual[f"{base}_apart"].compare(np.zeros(len(above)), hs)
        return above / np.maximum(usual, LEAST_DISTANCE)

    def _coded(self, name: str, values: pl.Series) -> Longs:
        return self.levels.setdefault(name, Levels()).encode(values)

    def _bands(self, batch: Batch, hs: pl.Series | None, made: dict[str, Longs]) -> None:
        amounts = _amounts(batch)
        for column, edges in self.edges.items():
            base = COMPARED.get(column)
            values = amounts.get(base or column)
            if values is None:
                continue
            if base and hs is not None and base in self.usual:
                values = self._compared(column, values, hs)
            band = np.searchsorted(np.asarray(edges), values).astype(np.int64)
            made[column] = np.where(np.isfinite(values), band, len(edges) + 1)

    def _calendar(self, batch: Batch, made: dict[str, Longs]) -> None:
        whole = np.floor(batch.days).astype("int64").astype("datetime64[D]")
        made["month"] = whole.astype("datetime64[M]").astype(np.int64) % 12
        made["weekday"] = (np.floor(batch.days).astype(np.int64) + 3) % 7

    def _counts(self, batch: Batch, made: dict[str, Longs]) -> None:
        importer = made.get("importer")
        if importer is None:
            return
        times, first, last = self.counters.setdefault("importer", Counter()).count(
            importer, batch.days
        )
        made["times"] = np.where(importer == MISSING, MISSING, np.log2(times + 1.0) * 1.5).astype(
            np.int64
        )
        since = np.minimum(np.floor((batch.days - first) / 30), 13)
        since = np.where(batch.days < self.begin + UNSURE_DAYS, 14, since)
        made["since"] = np.where(importer == MISSING, MISSING, since).astype(np.int64)
        gap = np.where(times == 0, 12, np.log2(np.minimum(batch.days - last, 1_000) + 1.0))
        made["gap"] = np.where(importer == MISSING, MISSING, gap).astype(np.int64)
        for name, column in (("times_with", "exporter"), ("times_hs", "hs4")):
            other = made.get(column)
            if other is None:
                continue
            key = joined([importer, other])
            times, _, _ = self.counters.setdefault(name, Counter()).count(key, batch.days)
            made[name] = np.where(key == MISSING, MISSING, np.log2(times + 1.0)).astype(np.int64)

    def _repeats(self, batch: Batch, made: dict[str, Longs]) -> None:
        """Adds the column `same_goods`: exactly the same HS code, mass and value."""
        keys = _goods(batch) if self.repeats else None
        if keys is not None:
            made["same_goods"] = self._coded("same_goods", keys)


def repeats_earlier(batch: Batch) -> np.ndarray[Any, np.dtype[np.bool_]]:
    """Returns, for each row, whether it repeats the HS code, mass and value of an earlier row."""
    keys = _goods(batch)
    if keys is None:
        return np.zeros(len(batch), bool)
    return np.asarray((~keys.is_first_distinct() & (keys != "")).to_numpy())


def _goods(batch: Batch) -> pl.Series | None:
    """Returns HS code, mass and value of each row as one text. The text is empty if one of the parts is
    missing."""
    hs = _hs(batch)
    mass, value = batch.numbers.get("net_mass_kg"), batch.numbers.get("value")
    if hs is None or mass is None or value is None:
        return None
    frame = pl.DataFrame({"hs": hs, "mass": mass, "value": value}, nan_to_null=True)
    return frame.select(
        pl.when(pl.col("mass").is_null() | pl.col("value").is_null() | (pl.col("hs") == ""))
        .then(pl.lit(""))
        .otherwise(pl.concat_str(["hs", "mass", "value"], separator="/", ignore_nulls=True))
        .alias("key")
    )["key"]


def _hs(batch: Batch) -> pl.Series | None:
    return batch.codes.get("hs")


def _amounts(batch: Batch) -> dict[str, Floats]:
    """Returns logarithms of the amounts and of their ratios. Zero is treated as missing."""
    logs: dict[str, Floats] = {}
    for name, values in batch.numbers.items():
        positive = np.where(values > 0, values, np.nan)
        logs[name] = np.log(positive)
    found: dict[str, Floats] = {}
    value, mass, quantity = (logs.get(name) for name in ("value", "net_mass_kg", "quantity"))
    if value is not None:
        found["value"] = value
    if mass is not None:
        found["mass"] = found["mass_for_hs"] = mass
    if quantity is not None:
        found["quantity"] = quantity
    if value is not None and mass is not None:
        found["ratio"] = value - mass
    if value is not None and quantity is not None:
        found["unit_value"] = value - quantity
    if mass is not None and quantity is not None:
        found["unit_mass"] = mass - quantity
    return found


def score_band(log_odds: Floats) -> Longs:
    """Returns the band of each score."""
    return np.asarray(np.floor(np.clip(log_odds, -6, 3) * 1.5) + 9, np.int64)


def joined(columns: list[Longs]) -> Longs:
    """Returns one number for each combination of values, or -1 if one of the values is missing."""
    key = columns[0].copy()
    missing = columns[0] < 0
    for other in columns[1:]:
        key = key * MAX_LEVELS + other
        missing |= other < 0
    key[missing] = MISSING
    return key


def groups(columns: dict[str, Longs]) -> list[Group]:
    """Returns the groups for which all columns exist."""
    single = [*SINGLE, *(name for name in columns if name.startswith("other:"))]
    wanted = [Group((name,)) for name in single]
    wanted += [Group(pair) for pair in PAIRS]
    wanted += [Group((name, "hs2")) for name in columns if name.startswith("other:")]
    wanted += [Group(one, recent=True) for one in RECENT]
    return [one for one in wanted if all(name in columns for name in one.columns)]


def keys(group: Group, columns: dict[str, Longs]) -> Longs:
    """Returns, for each row, its level in a group, as a number that is the same in every batch."""
    return joined([columns[name] for name in group.columns])


def numbered(found: Longs) -> tuple[Ints, Longs]:
    """Returns levels as numbers from 0 (-1 for a missing level), and the keys of the levels."""
    different, inverse = np.unique(found, return_inverse=True)
    if len(different) and different[0] == MISSING:
        return (inverse - 1).astype(np.int32), different[1:]
    return inverse.astype(np.int32), different
