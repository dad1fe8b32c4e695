"""Measures the baseline of ordinary trade: the number of false findings on ordinary items, the recall on
inserted cases, the time and the memory.

This module generates the items. These items were not used to choose the settings of `screening/anomalies.py`.
"""

from __future__ import annotations

import resource
import time
from collections.abc import Iterator

import numpy as np
import polars as pl

from vedette.bench import Figure
from vedette.core.shares import interval
from vedette.screening import anomalies

#: Threshold of value for split items (the EU's limit of 150 euros for low-value items serves as an example).
THRESHOLD = anomalies.Threshold(measure="value", amount=150.0)
#: Planted values per kilogram: kind of the finding and case → multiple of the ordinary value.
_TIMES = {
    "unit_value_high 20": 20.0, "unit_value_high 100": 100.0, "unit_value_low 20": 1 / 20,
    "unit_value_low 100": 1 / 100,
}  # fmt: skip
#: Kind of a planted series → the columns that identify it.
_SERIES = {"surge": ["importer", "hs"], "flow_surge": ["hs", "origin"]}
DAYS, LEARNED = 540, 450


def ordinary(count: int, seed: int = 1) -> pl.DataFrame:
    """Generates ordinary items of `DAYS` days, sorted by day.

    Each subheading has a price per kilogram, which is lower for larger masses. Each importer trades in a few
    subheadings, with a typical mass and a typical price level. Some importers have no items in the first
    days. Masses vary at random, and prices vary with a heavy-tailed distribution. The generator omits 3 % of
    the masses and 3 % of the values.
    """
    chance = np.random.default_rng(seed)
    headings = 120
    per_heading = chance.integers(1, 8, headings)
    hs = np.array(
        [
            f"{2800 + 7 * h:04}{10 * (n + 1):02}"
            for h in range(headings)
            for n in range(per_heading[h])
        ]
    )
    heading = np.repeat(np.arange(headings), per_heading)
    price = chance.normal(2, 1.2, headings)[heading] + chance.normal(0, 0.5, len(hs))
    slope = chance.normal(-0.18, 0.05, len(hs))
    typical = chance.normal(4.5, 1.8, headings)[heading] + chance.normal(0, 0.6, len(hs))
    noise = chance.uniform(0.25, 0.7, len(hs))
    importers = max(count // 60, 20)
    share = 1 / np.arange(1, importers + 1) ** 0.8
    who = chance.choice(importers, count, p=share / share.sum())
    begin = np.where(chance.random(importers) < 0.15, chance.integers(0, DAYS, importers), 0)
    day = begin[who] + (chance.random(count) * (DAYS - begin[who])).astype(np.int64)
    goods = chance.integers(0, len(hs), (importers, 4))
    which = goods[who, np.minimum(chance.geometric(0.55, count) - 1, 3)]
    size, level = chance.normal(0, 0.9, importers), chance.normal(0, 0.25, importers)
    mass = typical[which] + size[who] + chance.normal(0, 0.7, count)
    unit = price[which] + slope[which] * (mass - 4) + level[who]
    unit += noise[which] * chance.standard_t(4, count)
    countries = np.array(["CN", "DE", "IN", "US", "TR", "ZA", "BR", "FR", "KR", "AE"])
    table = pl.DataFrame(
        {
            "importer": pl.Series(who).cast(pl.String), "hs": hs[which], "destination": "MA",
            "origin": countries[(which + who) % len(countries)], "mass_kg": np.exp(mass),
            "value": np.exp(unit + mass), "day_number": day, "planted": "",
        }
    )  # fmt: skip
    for column in ("mass_kg", "value"):
        lost = pl.Series(chance.random(count) < 0.03)
        table = table.with_columns(pl.when(~lost).then(column).alias(column))
    return table.sort("day_number", maintain_order=True)


def planted(table: pl.DataFrame, each: int, seed: int = 2) -> pl.DataFrame:
    """Generates cases that differ from the ordinary items of `table`, in the days after `LEARNED`. Values per
    kilogram are multiplied or divided by 20 or 100. Some items are split below the threshold. In a surge, one
    importer declares 8 times the monthly mean, or 20 new importers together declare 6 times the monthly mean.
    Other cases are new importers whose first item has a large mass. The column `planted` names the kind and
    the number of the case."""
    chance = np.random.default_rng(seed)
    whole = table.filter(pl.col("mass_kg").is_not_null() & pl.col("value").is_not_null())
    late = whole.filter(pl.col("day_number") >= LEARNED)
    parts = []
    for kind, times in _TIMES.items():
        some = late.sample(each, seed=int(chance.integers(1 << 30)))
        parts.append(
            some.with_columns(
                pl.col("value") * times,
                (pl.lit(f"{kind}:") + pl.int_range(pl.len()).cast(pl.String)).alias("planted"),
            )
        )
    big = whole.group_by("hs").agg(pl.col("mass_kg").quantile(0.95).alias("big"))
    new = late.sample(each, seed=int(chance.integers(1 << 30))).join(big, on="hs")
    parts.append(
        new.with_columns(
            (pl.lit("new-") + pl.int_range(pl.len()).cast(pl.String)).alias("importer"),
            pl.col("big").alias("mass_kg"), pl.col("value") / pl.col("mass_kg") * pl.col("big"),
            (pl.lit("new_importer:") + pl.int_range(pl.len()).cast(pl.String)).alias("planted"),
        ).drop("big")
    )  # fmt: skip
    active = whole.filter(pl.col("day_number").is_between(LEARNED - 250, LEARNED)).group_by(
        "importer", "hs"
    )
    monthly = active.agg(
        (pl.col("mass_kg").sum() / 8.3).alias("monthly"), pl.len().alias("n"),
        (pl.col("day_number") // 30).n_unique().alias("months"),
        pl.col("origin").first(), (pl.col("value").sum() / pl.col("mass_kg").sum()).alias("price"),
    ).filter(pl.col("months") >= 5)  # fmt: skip
    chosen = monthly.sample(min(each, monthly.height), seed=int(chance.integers(1 << 30)))
    for case, row in enumerate(chosen.iter_rows(named=True)):
        start = int(chance.integers(LEARNED + 5, DAYS - 30))
        parts.append(
            _rows(row["importer"], row["hs"], row["origin"], np.full(5, row["monthly"] * 8 / 5),
                  row["price"], start + chance.integers(0, 20, 5), f"surge:{case}")
        )  # fmt: skip
    flows = (
        whole.filter(pl.col("day_number").is_between(LEARNED - 250, LEARNED))
        .group_by("hs", "origin")
        .agg(
            (pl.col("mass_kg").sum() / 8.3).alias("monthly"), pl.len().alias("n"),
            (pl.col("value").sum() / pl.col("mass_kg").sum()).alias("price"),
        )
        .filter(pl.col("n") >= 20)
    )  # fmt: skip
    chosen = flows.sample(min(each, flows.height), seed=int(chance.integers(1 << 30)))
    for case, row in enumerate(chosen.iter_rows(named=True)):
        start = int(chance.integers(LEARNED + 5, DAYS - 30))
        parts += [
            _rows(f"flow-{case}-{n}", row["hs"], row["origin"], np.full(1, row["monthly"] * 6 / 20),
                  row["price"], start + chance.integers(0, 20, 1), f"flow_surge:{case}")
            for n in range(20)
        ]  # fmt: skip
    trade = late.sample(each, seed=int(chance.integers(1 << 30)))
    for case, row in enumerate(trade.iter_rows(named=True)):
        number = int(chance.integers(5, 9))
        values = chance.uniform(0.75, 0.99, number) * THRESHOLD.amount
        price = row["value"] / row["mass_kg"]
        start = int(chance.integers(LEARNED, DAYS - 7))
        parts.append(
            _rows(f"split-{case}", row["hs"], row["origin"], values / price, price,
                  start + chance.integers(0, 6, number), f"split:{case}")
        )  # fmt: skip
    return pl.concat([part.select(table.columns) for part in parts])


def _rows(
    importer: str, hs: str, origin: str, masses: np.ndarray, price: float, days: np.ndarray, case: str
) -> pl.DataFrame:  # fmt: skip
    return pl.DataFrame(
        {"importer": importer, "hs": hs, "destination": "MA", "origin": origin, "mass_kg": masses,
         "value": masses * price, "day_number": days, "planted": case}
    )  # fmt: skip


def dated(table: pl.DataFrame) -> pl.DataFrame:
    """Replaces the number of each day with a date."""
    first = pl.date(2025, 1, 1)
    return table.with_columns(
        (first + pl.duration(days=pl.col("day_number"))).cast(pl.Date).alias("day")
    )


def measured(
    count: int, each: int, seed: int = 1
) -> tuple[dict[str, int], dict[str, tuple[int, int]], int]:
    """Returns the number of findings on ordinary items by kind. Also returns, for each kind of inserted case,
    the number of cases that were found and the total number of cases. The last value is the number of
    ordinary items that were compared."""
    table = ordinary(count, seed)
    cases = planted(table, each, seed + 1)
    known = anomalies.items(dated(table.filter(pl.col("day_number") < LEARNED)))
    baseline = anomalies.fit(known)
    ordinary_late = table.filter(pl.col("day_number") >= LEARNED)

    def judged(some: pl.DataFrame) -> pl.DataFrame:
        found = anomalies.judge(
            baseline, anomalies.items(dated(some)), before=known, thresholds=(THRESHOLD,)
        )
        rows = some.select("planted", "importer", "hs", "origin").with_row_index("row")
        return found.flags.select("row", "kind").join(rows, on="row")

    false = dict(judged(ordinary_late).group_by("kind").len().iter_rows())
    flags = judged(pl.concat([ordinary_late, cases]).sort("day_number"))
    found = {}
    for kind in sorted(set(cases["planted"].str.split(":").list.first())):
        own = cases.filter(pl.col("planted").str.starts_with(kind + ":"))
        same = flags.filter(pl.col("kind") == kind.split()[0])
        # The item with which a sum passes the limit may be an ordinary one of the same series.
        keys = _SERIES.get(kind, ["planted"])
        right = own.join(same.select(keys).unique(), on=keys)["planted"].n_unique()
        found[kind] = (right, own["planted"].n_unique())
    return false, found, ordinary_late.height


def run() -> Iterator[Figure]:
    """Yields the figures about the baseline of ordinary trade."""
    false, found, ordinary_items = measured(600_000, 300)
    total = sum(false.values())
    low, high = interval(total, ordinary_items)
    yield Figure(
        "anomalies, false findings", 1000 * total / ordinary_items, "per 1,000 items",
        f"{ordinary_items:,} ordinary items; 95 % interval {1000 * low:.2f} to {1000 * high:.2f}",
    )  # fmt: skip
    for kind, number in sorted(false.items()):
        yield Figure(
            f"anomalies, false findings, {kind}", 1000 * number / ordinary_items, "per 1,000 items",
            f"{number} findings",
        )  # fmt: skip
    for kind, (right, number) in found.items():
        low, high = interval(right, number)
        yield Figure(
            f"anomalies, recall, {kind}", right / max(number, 1), "",
            f"{right} of {number} inserted cases, 95 % interval {low:.3f} to {high:.3f}",
        )  # fmt: skip
    table = dated(ordinary(3_000_000, 5))
    begun = time.perf_counter()
    checked = anomalies.items(table)
    del table
    baseline = anomalies.fit(checked)
    fitted = time.perf_counter()
    yield Figure("anomalies, baseline", fitted - begun, "s", "3,000,000 items")
    judged = anomalies.judge(baseline, checked, thresholds=(THRESHOLD,))
    yield Figure(
        "anomalies, comparison", time.perf_counter() - fitted, "s",
        f"3,000,000 items, {judged.flags.height:,} findings",
    )  # fmt: skip
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    yield Figure("anomalies, peak memory of the process", memory, "MB", "all of the above")
