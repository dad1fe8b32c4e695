"""Computes the statistics of cash: declarations, controls, differences, detentions and seizures by period,
place, direction, currency and kind of cash. The figures follow Article 18 of Regulation (EU) 2018/1672
(anonymised statistics about declarations, controls and infringements).

Each figure is the number of movements of the user's own administration whose day is in the period. The day of
a movement is the stated day of crossing. If no crossing is stated, the day of the declaration or of the
receipt is used. Each figure has a link that opens the list of the counted movements. Announcements, cancelled
records, records of partners and restricted records are not counted. Row-level security limits every figure to
the movements that the reader may see.

Values are the stored values of the declared lines, which were converted at the exchange rates of the day of
each statement or, if a statement has no day, of the day of the journey. The values are not computed again,
and are kept when a movement is masked. A movement with several currencies or kinds of cash is counted in
several rows.
"""

from __future__ import annotations

import datetime as dt
import io
import uuid
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any
from urllib.parse import urlencode

from django.utils import timezone

from vedette.apps import display, query
from vedette.apps.rendering import say
from vedette.cash.app import texts
from vedette.core import small_cells
from vedette.core.cells import Table
from vedette.core.texts import gettext_lazy

#: What the rows of the table are.
BY: dict[str, Any] = {
    "month": gettext_lazy("month"),
    "place": gettext_lazy("place"),
    "direction": gettext_lazy("direction"),
    "currency": gettext_lazy("currency"),
    "kind": gettext_lazy("kind of cash"),
}
_KEYS = {
    "month": "to_char(f.day, 'YYYY-MM')",
    "place": "f.place",
    "direction": "f.direction",
    "currency": "x.key",
    "kind": "x.key",
}
#: The tables in which a movement may be in several rows.
OF_LINES = ("currency", "kind")
#: Column → its name and the condition of its movements. The subqueries do not refer to the movement, so that
#: PostgreSQL executes each once for all movements and not once for each.
COLUMNS: dict[str, tuple[Any, str]] = {
    "records": (gettext_lazy("Records"), "true"),
    "declarations": (gettext_lazy("Declarations"), "f.record IN ('declaration', 'fincen_105')"),
    "disclosures": (gettext_lazy("Disclosures"), "f.record = 'disclosure'"),
    "undeclared": (gettext_lazy("Not declared"), "f.record = 'ex_officio'"),
    "below": (gettext_lazy("Below the threshold"), "f.record = 'below_threshold'"),
    "controls": (
        gettext_lazy("Controls"),
        "f.differs IS NOT NULL"
        " OR f.id IN (SELECT subject_id FROM enforcement_controlorder WHERE state = 'done')",
    ),
    "differences": (gettext_lazy("Differences"), "coalesce(f.differs, false)"),
    "detentions": (
        gettext_lazy("Detentions"),
        "f.id IN (SELECT subject_id FROM cash_detention)",
    ),
    "seizures": (
        gettext_lazy("Seizures"),
        "f.id IN (SELECT subject_id FROM enforcement_seizure WHERE state = 'validated'"
        " AND (measure = 'seizure' OR outcome IN ('seized', 'forfeited')) AND subject_id IS NOT NULL)",
    ),
}
#: The columns whose sum is the number of records.
PARTS = ("declarations", "disclosures", "undeclared", "below")
#: Greatest number of days of a period, and number of movements on one page.
MOST_DAYS, PAGE = 366 * 5, 50
FIRST_YEAR = 2000

#: The movements `f` that are counted.
FROM = """
    FROM (
        SELECT m.id, m.record, m.direction, m.value, m.currency AS of, m.retention_class, m.month,
               m.currencies, m.currency_values, m.kinds, m.kind_values, m.differs,
               coalesce(m.places[1], '') AS place,
               coalesce(m.crosses_on, m.declared_on, (m.received_at AT TIME ZONE %(zone)s)::date) AS day
        FROM cash_movement m
        WHERE m.organisation_id = (SELECT vedette_scope()) AND NOT m.announced AND NOT m.cancelled
          AND m.partner = '' AND m.id NOT IN (
              SELECT s.id FROM subjects_subject s
              WHERE s.restricted AND s.organisation_id = (SELECT vedette_scope()))) f
"""
#: The currencies (or kinds of cash) of a movement, with the value of each.
_LINES = {
    "currency": " CROSS JOIN LATERAL unnest(f.currencies, f.currency_values) x (key, worth)",
    "kind": " CROSS JOIN LATERAL unnest(f.kinds, f.kind_values) x (key, worth)",
}
WHERE = " WHERE f.day BETWEEN %(first)s AND %(last)s"


@dataclass(frozen=True)
class Chosen:
    """The choice of the user: the period, the kind of rows, and whether small numbers are suppressed."""

    first: dt.date
    last: dt.date
    by: str = "month"
    small: bool = False

    @classmethod
    def read(cls, given: Any, today: dt.date) -> Chosen:
        """Reads the choice from the parameters of a request. The default period is the current half-year.
        Replaces invalid parameters with the defaults.
        """
        begun = today.replace(month=1 if today.month < 7 else 7, day=1)
        first = query.read_day(given.get("from", "")) or begun
        last = query.read_day(given.get("to", "")) or today
        if not dt.timedelta(0) <= last - first <= dt.timedelta(MOST_DAYS):
            first, last = begun, today
        by = str(given.get("by", ""))
        return cls(first, last, by if by in BY else "month", given.get("small") == "out")

    def query(self, **more: str) -> str:
        """Returns the choice as a query string, with further parameters."""
        own = {"from": self.first.isoformat(), "to": self.last.isoformat(), "by": self.by}
        if self.small:
            own["small"] = "out"
        return urlencode(own | more)


@dataclass
class Row:
    """One row of the table. A number is None if it is suppressed because it is small."""

    key: str
    counts: dict[str, int | None] = field(default_factory=lambda: dict.fromkeys(COLUMNS, 0))
    #: The values of its movements by currency of the threshold; None if they are left out.
    values: dict[str, Decimal] | None = field(default_factory=dict)
    #: Movements without a value, because an amount or a rate is missing.
    unvalued: int | None = 0


@dataclass
class Report:
    """The rows of the table and the total. A table by currency or by kind of cash has no total, because a
    movement may be counted in several rows."""

    rows: list[Row]
    total: Row | None = None


def report(chosen: Chosen) -> Report:
    """Returns the table, which is computed from the movements that the reader may see."""
    key, lines = _KEYS[chosen.by], chosen.by in OF_LINES
    value = "x.worth" if lines else "f.value"
    counted = ", ".join(f"count(*) FILTER (WHERE {c}) AS {n}" for n, (_, c) in COLUMNS.items())
    joined = _LINES.get(chosen.by, "")
    found = query.dicts(
        f"SELECT {key} AS key, f.of, {counted}, sum({value}) AS worth,"
        f" count(*) FILTER (WHERE {value} IS NULL) AS unvalued {FROM}{joined}{WHERE} GROUP BY 1, 2",
        params(chosen),
    )
    rows: dict[str, Row] = {}
    for one in found:
        _add(rows.setdefault(one["key"], Row(one["key"])), one)
    made = Report([rows[key] for key in sorted(rows)])
    if not lines:
        made.total = Row("")
        for one in found:
            _add(made.total, one)
    return _without_small(made) if chosen.small else made


def params(chosen: Chosen) -> dict[str, Any]:
    """Returns the parameters for the SQL texts `FROM` and `WHERE`."""
    return {
        "first": chosen.first,
        "last": chosen.last,
        "zone": timezone.get_current_timezone_name(),
    }


def _add(row: Row, one: Mapping[str, Any]) -> None:
    assert row.values is not None  # noqa: S101  nothing is left out yet
    assert row.unvalued is not None  # noqa: S101
    for name in COLUMNS:
        row.counts[name] = (row.counts[name] or 0) + one[name]
    if one["worth"] is not None:
        row.values[one["of"]] = row.values.get(one["of"], Decimal(0)) + one["worth"]
    row.unvalued += one["unvalued"]


def _without_small(made: Report) -> Report:
    """Suppresses the small cells, and other cells from which the small cells could be computed
    (`core/small_cells.py`). The counts in the columns for the kinds of record add up to the number of
    records. For every other column, the number of movements that are counted in it and the number of
    movements that are not counted in it also add up to the number of records. For each of these sums, the
    function checks a separate table. A cell that is suppressed in one of these tables is suppressed in all
    tables.
    """
    shown: dict[tuple[str, str], bool] = {}
    names = [f"row {row.key}" for row in made.rows]
    tables: list[tuple[str, ...]] = [PARTS]
    tables += [(name,) for name in COLUMNS if name != "records" and name not in PARTS]
    for parts in tables:
        counts = {}
        for name, row in zip(names, made.rows, strict=True):
            rest = row.counts["records"] or 0
            for part in parts:
                counts[name, part] = row.counts[part] or 0
                rest -= row.counts[part] or 0
            counts[name, "rest"] = rest
        published = small_cells.publish(counts, columns_total=made.total is not None)
        for name in (*names, small_cells.TOTAL):
            for part in (*parts, small_cells.TOTAL):
                column = "records" if part == small_cells.TOTAL else part
                shown[name, column] = shown.get((name, column), True) and (name, part) in published
    for name, row in zip(names, made.rows, strict=True):
        _hide(row, {column for column in COLUMNS if not shown[name, column]})
    if made.total is not None:
        hidden = {column for column in COLUMNS if not shown[small_cells.TOTAL, column]}
        _hide(made.total, hidden)
        if any(row.values is None for row in made.rows):
            made.total.values = made.total.unvalued = None
    return made


def _hide(row: Row, columns: set[str]) -> None:
    for name in columns:
        row.counts[name] = None
    if "records" in columns:
        row.values = row.unvalued = None
    elif row.unvalued is not None and row.unvalued < small_cells.LEAST:
        row.unvalued = None


def rows_of(chosen: Chosen, column: str, key: str | None, page: int) -> tuple[list[uuid.UUID], int]:
    """Returns the movements of a figure for one page (latest first), and the total number of these movements.
    `key` is the key of the row, or None for the total. The result is empty for an unknown column.
    """
    if column not in COLUMNS:
        return [], 0
    joined = _LINES.get(chosen.by, "") if key is not None else ""
    where = f"{WHERE} AND ({COLUMNS[column][1]})"
    if key is not None:
        where += f" AND {_KEYS[chosen.by]} = %(key)s"
    values = {**params(chosen), "key": key, "most": PAGE, "skipped": (page - 1) * PAGE}
    [one] = query.dicts(f"SELECT count(*) AS n {FROM}{joined}{where}", values)
    found = query.dicts(
        f"SELECT f.id {FROM}{joined}{where} ORDER BY f.day DESC, f.id LIMIT %(most)s OFFSET %(skipped)s",
        values,
    )
    return [row["id"] for row in found], one["n"]


def word(by: str, key: str) -> str:
    """Returns the text with which the table names a row."""
    if by == "kind":
        return str(texts.KINDS.get(key, key))
    if by == "direction" and key:
        return str(texts.DIRECTIONS.get(key, key))
    if by == "month" and key:
        return display.day(key)
    return key or say(gettext_lazy("not stated"))


def csv_of(found: Report, chosen: Chosen) -> str:
    """Returns the table as a CSV file. A cell that is suppressed is empty."""
    out = io.StringIO()
    table = Table(out)
    table.row(list(_head(chosen)))
    for row in [*found.rows, *([found.total] if found.total else [])]:
        name = word(chosen.by, row.key)
        if row is found.total:
            name = say(gettext_lazy("Total"))
        elif chosen.by == "month":
            # A program sorts and reads the months of the file.
            name = row.key
        values: list[tuple[str, Decimal | None]] = [*sorted((row.values or {}).items())]
        values = values or [("", None)]
        for n, (currency, value) in enumerate(values):
            # Values in several currencies are in several lines. Only the first one states the counts.
            counts = [row.counts[one] for one in COLUMNS] if n == 0 else [None] * len(COLUMNS)
            table.row(
                [
                    chosen.first,
                    chosen.last,
                    name,
                    *counts,
                    None if value is None else f"{value:f}",
                    currency,
                    row.unvalued if n == 0 else None,
                ]
            )
    return out.getvalue()


def _head(chosen: Chosen) -> Iterator[str]:
    yield say(gettext_lazy("from"))
    yield say(gettext_lazy("to"))
    yield say(BY[chosen.by])
    for name, _ in COLUMNS.values():
        yield say(name)
    yield say(gettext_lazy("value"))
    yield say(gettext_lazy("currency of the value"))
    yield say(gettext_lazy("records without a value"))
