"""Compares goods items with the baseline of ordinary trade (`screening/anomalies.py`), and reads tables of
items from which a baseline is built.

The findings become values of the vocabulary (`columns.toml`). A value is missing if the item does not state
the compared amount, or if the baseline has too few items. A value is also missing if the history of the
importer is too short. A missing value is not the same as "no".
"""

from __future__ import annotations

import datetime as dt
import gzip
import io
import zlib
from collections.abc import Collection, Mapping, Sequence
from typing import Any, NamedTuple

import msgspec
import polars as pl

from vedette.goods.columns import amounts
from vedette.goods.declarations import Goods
from vedette.screening import anomalies
from vedette.screening.anomalies import Baseline, Settings, Threshold

#: Kind of finding → the column of the vocabulary.
FACTS: dict[str, str] = {
    "unit_value_high": "unit_value_high", "unit_value_low": "unit_value_low", "mass_high": "mass_high",
    "value_high": "value_high", "new_importer": "importer_new_goods", "surge": "importer_surge",
    "split": "importer_split",
}  # fmt: skip
#: Digits of the stored numbers of a chart.
_DIGITS = 4


class Trade(NamedTuple):
    """The compared amounts of an item. `importer` identifies the importer, for example by a keyed token.
    Amounts are floating-point numbers, because they are only compared with each other."""

    importer: str | None
    hs: str | None
    mass: float | None
    value: float | None
    currency: str | None
    origin: str | None
    destination: str | None
    day: dt.date


class Basis(NamedTuple):
    """The baseline, the exchange rates and the thresholds with which the items of an administration are
    compared. `since` is the first day of the stored items. `rates` gives the value of one unit of each
    currency in the currency of the baseline."""

    number: int
    baseline: Baseline
    rates: Mapping[str, float]
    thresholds: tuple[Threshold, ...] = ()
    since: dt.date | None = None


class Compared(NamedTuple):
    """The result for one item: the values of the vocabulary, and the data for the page."""

    values: dict[str, object]
    shown: dict[str, Any]


def of_goods(goods: Goods, importer: str | None, day: dt.date) -> Trade:
    """Returns the compared amounts of an item: its net mass, and its statistical value or, if this is
    missing, its invoice amount."""
    mass, value, currency = amounts(goods)
    return Trade(
        importer, goods.item.hs, float(mass) if mass is not None else None,
        float(value) if value is not None else None, currency, goods.origin, goods.destination, day,
    )  # fmt: skip


def settings(clear_days: int) -> Settings:
    """Returns the settings for an administration that keeps masses in clear text for this number of days.
    Earlier periods are not compared, because their masses are no longer in clear text, and missing masses
    would be treated as low masses."""
    usual = Settings(flows=False)
    periods = min(usual.surge_periods, (clear_days - 31) // usual.surge_days - 1)
    if periods >= usual.surge_active:
        return msgspec.structs.replace(usual, surge_periods=periods)
    # No history of importers is long enough for a surge.
    return msgspec.structs.replace(usual, surge_active=10_000)


def compare(
    basis: Basis, items: Sequence[Trade], before: Sequence[Trade], how: Settings,
    crowded: Collection[str] = (),
) -> list[Compared]:  # fmt: skip
    """Compares items with the baseline and with earlier items of the same importers. No findings about series
    are reported for the importers in `crowded`, because not all their earlier items are known."""
    new = anomalies.items(_frame(items), basis.rates, report=False)
    earlier = anomalies.items(_frame(before), basis.rates, report=False) if before else None
    judged = anomalies.judge(
        basis.baseline, new, before=earlier, thresholds=basis.thresholds, settings=how, since=basis.since,
        places=True,
    )  # fmt: skip
    made = [Compared({}, {"baseline": basis.number}) for _ in items]
    for measure, names in (
        ("unit_value", ("unit_value_high", "unit_value_low")),
        ("mass", ("mass_high",)),
        ("value", ("value_high",)),
    ):
        placed = judged.placed.get(measure)  # type: ignore[call-overload]
        for row in placed["row"].to_list() if placed is not None else ():
            made[row].values.update(dict.fromkeys(names, False))
    for row, picture in judged.pictures("unit_value"):
        made[row].values["unit_value_times_median"] = picture.value / picture.quantiles[2][1]
        made[row].shown["unit_value"] = _plain(picture)
    for one, trade in zip(made, items, strict=True):
        flows, pair = basis.baseline.flows, f"{trade.origin}>{trade.destination}".upper()
        if flows is not None and trade.hs and trade.origin and trade.destination:
            surge = flows.get((trade.hs[:6], pair))
            one.values["flow_surge"] = surge is not None
            if surge is not None:
                one.shown.setdefault("findings", []).append(_plain(surge))
        if trade.importer and trade.importer not in crowded and trade.hs:
            one.values.update(_known(basis, trade, one.values, how))
    for finding in judged.findings():
        one, importer = made[finding.row], items[finding.row].importer
        column = FACTS.get(finding.kind)
        if column is None or (finding.kind in _SERIES and (importer in crowded)):
            continue
        one.values[column] = True
        plain = _plain(finding)
        one.shown.setdefault("findings", []).append(plain)
    return made


_SERIES = frozenset(("new_importer", "surge", "split"))


def _known(
    basis: Basis, trade: Trade, values: Mapping[str, object], how: Settings
) -> dict[str, object]:
    """Returns the facts about the importer whose value is "no" unless there is a finding."""
    history = (trade.day - basis.since).days if basis.since is not None else 0
    known: dict[str, object] = {}
    if "mass_high" in values and history >= how.new_history:
        known["importer_new_goods"] = False
    if "mass_high" in values and history >= how.surge_days * (how.surge_active + 1):
        known["importer_surge"] = False
    if basis.thresholds:
        known["importer_split"] = False
    return known


def _frame(items: Sequence[Trade]) -> pl.DataFrame:
    columns: list[Sequence[Any]] = (
        list(zip(*items, strict=True)) if items else [()] * len(Trade._fields)
    )
    names = ("importer", "hs", "mass_kg", "value", "currency", "origin", "destination", "day")
    types = (
        pl.String, pl.String, pl.Float64, pl.Float64, pl.String, pl.String, pl.String, pl.Date,
    )  # fmt: skip
    return pl.DataFrame(
        [pl.Series(*one) for one in zip(names, map(list, columns), types, strict=True)]
    )


def _plain(record: Any) -> dict[str, Any]:
    """Returns a record as plain data with rounded numbers, for the database."""
    plain: dict[str, Any] = msgspec.to_builtins(record)
    plain.pop("row", None)
    return {key: _rounded(value) for key, value in plain.items()}


def _rounded(value: Any) -> Any:
    kind = type(value)
    if kind is float:
        return float(f"{value:.{_DIGITS}g}")
    if kind is dict:
        return {key: _rounded(one) for key, one in value.items()}
    if kind is list or kind is tuple:
        return [_rounded(one) for one in value]
    return value


# --- tables of items --------------------------------------------------------------------------------

#: Greatest number of unpacked bytes of one table.
MAX_BYTES = 2 << 30
#: Column of the engine → names in files, with the factor to kilograms or to one unit of the currency.
_COLUMNS: dict[str, tuple[tuple[str, float], ...]] = {
    "id": (("id", 1),),
    "importer": (("importer", 1), ("consignee", 1)),
    "hs": (("hs", 1), ("hs_declared", 1), ("hs6", 1)),
    "origin": (("origin", 1), ("exp", 1)),
    "destination": (("destination", 1), ("imp", 1)),
    "day": (("date", 1), ("day", 1)),
    "mass_kg": (("net_mass_kg", 1), ("mass_kg", 1), ("qty_t", 1000)),
    "value": (("value_usd", 1), ("value", 1), ("value_kusd", 1000)),
    "currency": (("currency", 1),),
}


class NoTable(ValueError):
    """The exception that is raised if the bytes are not a table of items. The text of the exception states
    the reason."""


def unpacked(data: bytes) -> bytes:
    """Returns the bytes of a table, which may be compressed with gzip. Raises `NoTable` if the table is too
    large or damaged."""
    try:
        if data[:2] == b"\x1f\x8b":
            data = gzip.GzipFile(fileobj=io.BytesIO(data)).read(MAX_BYTES + 1)
    except (OSError, EOFError, zlib.error) as error:
        raise NoTable("the compressed file is damaged") from error
    if len(data) > MAX_BYTES:
        raise NoTable(f"more than {MAX_BYTES} bytes; divide the table")
    return data


def table(data: bytes) -> pl.DataFrame:
    """Reads a table of items (CSV in UTF-8) into the columns of `anomalies.items`. Raises `NoTable`."""
    try:
        header = pl.read_csv(data, n_rows=0, encoding="utf8-lossy").columns
        columns = {}
        for name, choices in _COLUMNS.items():
            chosen = next((one for one in choices if one[0] in header), None)
            if chosen is not None:
                columns[name] = chosen
        raw = pl.read_csv(
            data, columns=[source for source, _ in columns.values()], infer_schema=False,
            encoding="utf8-lossy", truncate_ragged_lines=True,
        )  # fmt: skip
    except (pl.exceptions.PolarsError, OSError) as error:
        raise NoTable(f"no table can be read: {str(error).splitlines()[0]}") from error
    absent = [name for name in ("hs", "mass_kg", "value") if name not in columns]
    if absent:
        wanted = ", ".join(" or ".join(one for one, _ in _COLUMNS[name]) for name in absent)
        raise NoTable(f"missing columns: {wanted}")
    read = raw.select(_column(name, *columns[name]) for name in columns)
    if "currency" not in columns or columns["value"][0] != "value":
        return read.drop("currency", strict=False)
    return read


def _column(name: str, source: str, factor: float) -> pl.Expr:
    column = pl.col(source)
    if factor == 1:
        return column.alias(name)
    number = column.str.strip_chars().cast(pl.Float64, strict=False) * factor
    # A cell that is not a number stays as it is, so that it is reported.
    return number.cast(pl.String).fill_null(column).alias(name)
