"""Runs the action `baseline` of the command `goods`. This action builds the baseline of ordinary trade from
tables of items, and compares other items with the baseline.

The tables are CSV files, which may be compressed with gzip. Columns of items: `hs` (or `hs_declared`, `hs6`),
`net_mass_kg` and `value_usd`, or `value` with `currency` and a file of rates. Optional columns: `id`, `date`,
`importer`, `origin`, `destination`. Tables of yearly totals may have `qty_t` and `value_kusd` instead.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections.abc import Sequence
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from vedette.core.errors import Failure, WrongUsage
from vedette.core.texts import render

if TYPE_CHECKING:
    import polars as pl

    from vedette.screening.anomalies import Items, Threshold


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("files", nargs="*", metavar="FILE", type=Path, help="tables of items")
    parser.add_argument(
        "--yearly", action="append", default=[], type=Path, metavar="FILE",
        help="tables of yearly totals of public statistics, for ranges of unit values",
    )  # fmt: skip
    parser.add_argument(
        "--judge", type=Path, metavar="FILE", help="compare these items, and print the findings"
    )
    parser.add_argument(
        "--rates", type=Path, metavar="CSV",
        help="columns currency and rate: the value of one unit in the common currency",
    )  # fmt: skip
    parser.add_argument("--currency", default="USD", metavar="CODE", help="common currency (USD)")
    parser.add_argument("--hs", default="", metavar="CODE", help="print only codes that begin so")
    parser.add_argument(
        "--threshold", action="append", default=[], type=_threshold, metavar="MEASURE:AMOUNT[:HS,…]",
        help="examine whether items are split below this amount, for example value:150 or mass:10:3102",
    )  # fmt: skip


def _threshold(text: str) -> Threshold:
    from vedette.screening.anomalies import Threshold

    measure, _, rest = text.partition(":")
    amount, _, codes = rest.partition(":")
    number = _rate(amount)
    if measure not in ("mass", "value") or number is None:
        raise argparse.ArgumentTypeError(
            "must be mass:AMOUNT or value:AMOUNT, for example value:150"
        )
    return Threshold(
        measure="mass" if measure == "mass" else "value", amount=number,
        hs=tuple(filter(None, codes.split(","))),
    )  # fmt: skip


def _rate(text: str) -> float | None:
    try:
        number = Decimal(text.strip())
    except InvalidOperation:
        return None
    return float(number) if number.is_finite() and 0 < number < Decimal("1e15") else None


def run(args: argparse.Namespace) -> int:
    """Builds the baseline. Prints a line of JSON for each subheading and weight band, or for each finding."""
    import polars as pl

    from vedette.screening import anomalies

    if not args.files and not args.yearly:
        raise WrongUsage("name at least one table of items, or --yearly with a table of totals")
    begun = time.perf_counter()
    rates = _rates(args.rates) if args.rates is not None else {}
    rates.setdefault(args.currency.upper(), 1.0)
    known = _items(args.files, rates) if args.files else None
    yearly = _items(args.yearly, rates, yearly=True) if args.yearly else None
    if known is None:
        empty = pl.DataFrame(schema={"hs": pl.String, "mass_kg": pl.Float64, "value": pl.Float64})
        known = anomalies.items(empty)
    baseline = anomalies.fit(known, yearly=yearly, currency=args.currency.upper())
    summary: dict[str, object] = {
        "items": known.frame.height, "yearly": yearly.frame.height if yearly else 0,
        "not_used": known.problem_count + (yearly.problem_count if yearly else 0),
    }  # fmt: skip
    if args.judge is None:
        table = baseline.table()
        if not table.is_empty() and args.hs:
            table = table.filter(pl.col("hs6").str.starts_with(args.hs))
        for row in table.iter_rows(named=True):
            band = render(anomalies.band_text(row.pop("band")))
            numbers = {name: float(f"{value:.4g}") for name, value in row.items() if name[0] == "q"}
            print(json.dumps({"hs6": row["hs6"], "band": band, "items": row["n"], **numbers}))
        summary["cells"] = table.height
    else:
        new = _items([args.judge], rates)
        judged = anomalies.judge(baseline, new, before=known, thresholds=args.threshold)
        for finding in judged.findings():
            plain = msgspec.to_builtins(finding) | {"sentence": render(finding.sentence)}
            if finding.picture is not None:
                plain["picture"]["group"] = render(finding.picture.group)
            print(json.dumps(plain, ensure_ascii=False))
        for problem in new.problems:
            print(
                f"{args.judge}, row {problem.row + 2}, {problem.column}: {render(problem.message)}",
                file=sys.stderr,
            )
        summary |= {
            "judged": new.frame.height, "findings": judged.flags.height, "unjudged": dict(judged.unjudged),
        }  # fmt: skip
    print(json.dumps(summary | {"seconds": round(time.perf_counter() - begun, 3)}), file=sys.stderr)
    return 0


def _items(paths: Sequence[Path], rates: dict[str, float], *, yearly: bool = False) -> Items:
    import polars as pl

    from vedette.screening import anomalies

    tables = [_table(path) for path in paths]
    try:
        return anomalies.items(pl.concat(tables, how="diagonal"), rates, yearly=yearly)
    except ValueError as error:
        raise Failure(f"{', '.join(map(str, paths))}: {error}") from error


def _table(path: Path) -> pl.DataFrame:
    from vedette.goods import trade

    data = _bytes(path)
    try:
        return trade.table(data)
    except trade.NoTable as error:
        where = f"{path}, line 1" if str(error).startswith("missing") else str(path)
        raise Failure(f"{where}: {error}") from error


def _bytes(path: Path) -> bytes:
    from vedette.goods import trade

    try:
        with path.open("rb") as handle:
            return trade.unpacked(handle.read(trade.MAX_BYTES + 1))
    except OSError as error:
        raise Failure(f"{path}: {error.strerror or error}") from error
    except trade.NoTable as error:
        raise Failure(f"{path}: {error}") from error


def _rates(path: Path) -> dict[str, float]:
    import csv
    import io

    rows = csv.DictReader(io.StringIO(_bytes(path).decode("utf-8-sig", "replace")))
    rates = {}
    for row in rows:
        rate = _rate(row.get("rate") or "")
        if rate is not None:
            rates[(row.get("currency") or "").strip().upper()] = rate
    if not rates:
        raise Failure(f"{path}: no rates; the columns currency and rate are expected")
    return rates
