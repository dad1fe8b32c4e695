"""Reads tables of controls in batches, in chronological order.

A cell that is empty or cannot be read is a missing value. A row whose time cannot be read is left out. If a
result is required for every row, such a row is not left out and gets the time of the previous row. Reading
stops with an error at a row that is not in chronological order, because the model would otherwise learn from
later results.
"""

from __future__ import annotations

import csv
import datetime as dt
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl

from vedette.core.errors import Failure
from vedette.screening.models.kernel import Floats
from vedette.screening.models.mapping import CODES, NUMBERS, Mapping

#: Maximum length of a cell and of a code in characters, maximum number of columns and of rows.
MAX_CELL, MAX_CODE, MAX_COLUMNS, MAX_ROWS = 1 << 16, 100, 1_000, 20_000_000
#: Number of rows of a batch.
BATCH = 50_000
#: Greatest amount that is read.
MAX_AMOUNT = 1e15
EPOCH = dt.datetime(1970, 1, 1)


@dataclass
class Faults:
    """Counts the rows that were read and the errors in them, by kind of error."""

    rows: int = 0
    no_time: int = 0
    bad_time: str = ""
    no_result: int = 0
    bad_number: int = 0
    bad_length: int = 0

    def sentences(self) -> Iterator[str]:
        """Yields one sentence for each kind of error."""
        if self.no_time:
            yield f"{self.no_time} of {self.rows} rows have no readable time (first: {self.bad_time})"
        if self.no_result:
            yield f"{self.no_result} of {self.rows} rows have no readable result and teach nothing"
        if self.bad_number:
            yield f"{self.bad_number} amounts are negative or not a number; they count as missing"
        if self.bad_length:
            yield f"{self.bad_length} rows have more or fewer cells than the header"


@dataclass
class Batch:
    """Several rows: the cells as read, the columns of the model, the times as days since 1970, and the
    results (-1: unknown)."""

    header: list[str]
    cells: list[list[str]]
    codes: dict[str, pl.Series]
    numbers: dict[str, Floats]
    days: Floats
    results: Floats

    def __len__(self) -> int:
        return len(self.days)


@dataclass
class Reader:
    """Reads files as one sequence of rows. If `every` is true, the original cells are kept, and so are the
    rows without a readable time."""

    mapping: Mapping
    need_result: bool
    every: bool = False
    faults: Faults = field(default_factory=Faults)
    _last: float = -np.inf

    def read(self, paths: Sequence[Path], size: int = BATCH) -> Iterator[Batch]:
        """Yields the rows of the files in batches."""
        first: list[str] | None = None
        for path in paths:
            try:
                handle = path.open(encoding="utf-8-sig", errors="replace", newline="")
            except OSError as error:
                raise Failure(f"{path}: {error.strerror or 'cannot be opened'}") from error
            with handle:
                try:
                    header, batches = self._open(handle, path, size)
                    if first is not None and header != first:
                        raise Failure(
                            f"{path}, line 1: the columns differ from those of {paths[0]}"
                        )
                    first = header
                    for number, rows in batches:
                        batch = self._batch(header, rows, path, number)
                        if len(batch):
                            yield batch
                except OSError as error:
                    raise Failure(f"{path}: {error.strerror or 'cannot be read'}") from error
        if not self.faults.rows:
            raise Failure(f"{', '.join(map(str, paths))}: no rows below the header")

    def _open(
        self, handle: Any, path: Path, size: int
    ) -> tuple[list[str], Iterator[tuple[int, list[list[str]]]]]:
        csv.field_size_limit(MAX_CELL)
        lines = (line.replace("\x00", "") for line in handle)
        reader = csv.reader(lines, delimiter=self.mapping.separator)
        try:
            header = next(reader, [])
        except csv.Error as error:
            raise Failure(f"{path}, line 1: {error}; is it a CSV file?") from error
        if not header:
            raise Failure(f"{path}: is empty; a header row and rows are needed")
        if len(header) > MAX_COLUMNS:
            raise Failure(f"{path}, line 1: more than {MAX_COLUMNS} columns")
        needed = [self.mapping.time, *self.mapping.sources]
        if self.need_result:
            needed.append(self.mapping.result.column)
        optional = {self.mapping.columns.get("lane")}
        missing = [one for one in needed if one not in header and one not in optional]
        if missing:
            raise Failure(
                f"{path}, line 1: no column {', '.join(missing)}; the file has {', '.join(header[:40])}"
            )
        twice = sorted({one for one in needed if header.count(one) > 1})
        if twice:
            raise Failure(f"{path}, line 1: column {', '.join(twice)} stands there more than once")
        return header, self._rows(reader, path, size, len(header))

    def _rows(
        self, reader: Any, path: Path, size: int, width: int
    ) -> Iterator[tuple[int, list[list[str]]]]:
        kept: list[list[str]] = []
        number = begin = 1
        while True:
            number += 1
            try:
                row = next(reader)
            except StopIteration:
                break
            except csv.Error as error:
                raise Failure(f"{path}, row {number}: {error}") from error
            if not row:
                continue
            if len(row) != width:
                self.faults.bad_length += 1
                row = row[:width] + [""] * (width - len(row))
            kept.append(row)
            if len(kept) == size:
                yield begin, kept
                kept, begin = [], number
            if self.faults.rows + len(kept) > MAX_ROWS:
                raise Failure(f"{path}: more than {MAX_ROWS} rows")
        yield begin, kept

    def _batch(self, header: list[str], rows: list[list[str]], path: Path, begin: int) -> Batch:
        self.faults.rows += len(rows)
        table = pl.DataFrame(
            rows, schema=[(f"{n}", pl.String) for n in range(len(header))], orient="row"
        )
        place = {name: f"{header.index(name)}" for name in header}
        days = _days(table[place[self.mapping.time]])
        bad = np.flatnonzero(np.isnan(days))
        if len(bad):
            self.faults.no_time += len(bad)
            if not self.faults.bad_time:
                cell = rows[int(bad[0])][header.index(self.mapping.time)]
                self.faults.bad_time = f"{path}, row {begin + 1 + int(bad[0])}: {cell[:40]!r}"
            if self.every:
                before = days[0] if not np.isnan(days[0]) else max(0.0, self._last)
                filled = np.where(np.isnan(days), -np.inf, days)
                filled[0] = before
                days = np.where(np.isnan(days), np.maximum.accumulate(filled), days)
            else:
                good = ~np.isnan(days)
                table, days = table.filter(good), days[good]
        if len(days):
            self._ordered(days, path, begin, exact=not len(bad))
        results = self._results(table, place)
        codes = {
            name: table[place[source]].str.strip_chars().str.slice(0, MAX_CODE)
            for name, source in self.mapping.columns.items()
            if name in CODES or (name == "lane" and source in place)
        }
        if "hs" in codes:
            codes["hs"] = codes["hs"].str.replace_all(r"[. ]", "")
        codes |= {
            f"other:{source}": table[place[source]].str.strip_chars().str.slice(0, MAX_CODE)
            for source in self.mapping.other
        }
        numbers = {
            name: self._numbers(table[place[source]])
            for name, source in self.mapping.columns.items()
            if name in NUMBERS
        }
        return Batch(header, rows if self.every else [], codes, numbers, days, results)

    def _ordered(self, days: Floats, path: Path, begin: int, *, exact: bool) -> None:
        steps = np.diff(days, prepend=self._last)
        wrong = np.flatnonzero(steps < 0)
        if len(wrong):
            at = int(wrong[0])
            earlier = self._last if at == 0 else float(days[at - 1])
            where = f"row {begin + 1 + at}" if exact else f"after row {begin}"
            raise Failure(
                f"{path}, {where}: {day_of(float(days[at]))} comes after {day_of(earlier)};"
                " sort the rows, and name the files in order of time"
            )
        self._last = float(days[-1])

    def _results(self, table: pl.DataFrame, place: dict[str, str]) -> Floats:
        result = self.mapping.result
        if result.column not in place:
            return np.full(len(table), -1.0)
        cells = table[place[result.column]].str.strip_chars()
        positive = cells.is_in(list(result.positive)).to_numpy()
        if result.negative:
            negative = cells.is_in(list(result.negative)).to_numpy()
        else:
            negative = ~positive & (cells != "").to_numpy()
        self.faults.no_result += int((~positive & ~negative).sum())
        return np.where(positive, 1.0, np.where(negative, 0.0, -1.0))

    def _numbers(self, cells: pl.Series) -> Floats:
        stripped = cells.str.strip_chars()
        read = stripped.cast(pl.Float64, strict=False)
        values = read.fill_null(np.nan).to_numpy().astype(np.float64)
        good = np.isfinite(values) & (values >= 0) & (values <= MAX_AMOUNT)
        self.faults.bad_number += int((~good & (stripped != "").to_numpy()).sum())
        return np.where(good, values, np.nan)


def _days(cells: pl.Series) -> Floats:
    """Returns dates and times as days since 1970. The value is NaN if a cell cannot be read."""
    text = cells.str.strip_chars().str.slice(0, 19).str.replace("T", " ", literal=True)
    frame = pl.DataFrame({"text": text})
    read = frame.select(
        pl.coalesce(
            pl.col("text").str.to_datetime("%Y-%m-%d %H:%M:%S", strict=False),
            pl.col("text").str.to_datetime("%Y-%m-%d %H:%M", strict=False),
            pl.col("text").str.to_date("%Y-%m-%d", strict=False).cast(pl.Datetime),
            pl.col("text").str.to_date("%Y%m%d", strict=False).cast(pl.Datetime),
        ).alias("time")
    )["time"]
    read = read.set(
        ~read.is_between(dt.datetime(1970, 1, 1), dt.datetime(2200, 1, 1)).fill_null(False), None
    )
    micros = read.cast(pl.Datetime("us")).cast(pl.Int64).cast(pl.Float64)
    return np.asarray(micros.fill_null(np.nan).to_numpy() / 86_400_000_000, dtype=np.float64)


def day_of(days: float) -> str:
    """Returns the date of a number of days since 1970."""
    return (EPOCH + dt.timedelta(days=float(np.floor(days)))).date().isoformat()


def joined(batches: Sequence[Batch]) -> Batch | None:
    """Joins all batches to one batch without cells, or returns None if there is no batch."""
    if not batches:
        return None
    first = batches[0]
    return Batch(
        first.header, [],
        {name: pl.concat([one.codes[name] for one in batches]) for name in first.codes},
        {name: np.concatenate([one.numbers[name] for one in batches]) for name in first.numbers},
        np.concatenate([one.days for one in batches]),
        np.concatenate([one.results for one in batches]),
    )  # fmt: skip
