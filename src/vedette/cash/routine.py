"""The routine transmission of records to a financial intelligence unit: time limits in working days, and
batches.

Every record is sent to the financial intelligence unit (FIU) within a fixed number of working days after it
was made (EU: 15, Article 9(3) of Regulation (EU) 2018/1672). The records that are sent together form a batch.
A record that was not included in a batch within its time limit is late; it is added to the next batch and
marked as late.
"""

from __future__ import annotations

import datetime as dt
import re
import tomllib
from bisect import bisect_left
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import msgspec

from vedette.cash.records import Message
from vedette.core.errors import Failure

#: Saturday and Sunday, as numbers of `date.weekday`.
WEEKEND = frozenset({5, 6})
#: The greatest number of working days of a limit.
MAX_DAYS = 366


def due(
    made: dt.date, days: int, holidays: Collection[dt.date], weekend: Collection[int] = WEEKEND
) -> dt.date:
    """Returns the last day on which a record that was made on `made` may be sent: the `days`-th working
    day after it. Raises `Failure` if there is no working day or the limit is not from 1 to `MAX_DAYS`."""
    if not 1 <= days <= MAX_DAYS:
        raise Failure(f"a limit must be from 1 to {MAX_DAYS} working days")
    if set(range(7)) <= set(weekend):
        raise Failure("a week without a working day has no limit")
    day, left = made, days
    closed = set(holidays)
    for _ in range(20 * MAX_DAYS):
        day += dt.timedelta(days=1)
        if day.weekday() not in weekend and day not in closed:
            left -= 1
            if not left:
                return day
    raise Failure("the calendar of holidays has too few working days")


@dataclass(frozen=True)
class Batch:
    """A batch: the day on which it is sent, the ids of its records in the order of their days, and the ids of
    the late records.
    """

    day: dt.date
    records: tuple[str, ...]
    late: tuple[str, ...]


def batches(
    records: Iterable[tuple[str, dt.date]], sendings: Sequence[dt.date], days: int,
    holidays: Collection[dt.date], weekend: Collection[int] = WEEKEND,
) -> tuple[list[Batch], list[str]]:  # fmt: skip
    """Returns the batches of all sending days, and the ids of the records that are not in a batch yet.

    A record belongs to the batch of the first sending day on or after the day of the record. `records`
    contains ids and days.
    """
    order = sorted(set(sendings))
    chosen: dict[dt.date, list[tuple[str, bool]]] = {day: [] for day in order}
    waiting = []
    for name, made in sorted(set(records), key=lambda one: (one[1], one[0])):
        place = bisect_left(order, made)
        if place == len(order):
            waiting.append(name)
        else:
            day = order[place]
            chosen[day].append((name, day > due(made, days, holidays, weekend)))
    found = [
        Batch(day, tuple(name for name, _ in rows), tuple(name for name, late in rows if late))
        for day, rows in chosen.items()
        if rows
    ]
    return found, waiting


# --- the file of a batch ------------------------------------------------------------------------

#: Greatest size of a mapping in bytes, number of its columns, and length of a cell.
MAX_MAPPING, MAX_COLUMNS, MAX_CELL = 1 << 18, 200, 4_000
_PATH = re.compile(r"(record|line|message|movement)(\.[a-z][a-z_]*|\.\d{1,2}){1,6}", re.ASCII)


class BadColumns(Failure):
    """The error that is raised if the mapping of the columns cannot be used. `code` identifies the reason,
    `detail` is the position of the error.
    """

    def __init__(self, code: str, text: str, detail: str = "") -> None:
        super().__init__(f"{text}: {detail}" if detail else text)
        self.code, self.detail = code, detail[:300]


def read_columns(text: str) -> dict[str, str]:
    """Reads the columns of the file of a batch: a TOML file whose table `columns` maps headings to paths.

    A path begins with `record` (id, reference, made, due, late), `line` (a line of cash), `movement` or
    `message` (`vedette.cash.records`); a number selects an element of a list. The file has one row for each
    line of cash, or one row for a record without lines. Raises `BadColumns`.
    """
    if len(text.encode()) > MAX_MAPPING:
        raise BadColumns("columns_large", "the mapping of the columns is too large")
    try:
        data = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise BadColumns("columns_toml", "the mapping is not valid TOML", str(error)) from error
    columns = data.get("columns")
    if not isinstance(columns, dict) or not 1 <= len(columns) <= MAX_COLUMNS:
        raise BadColumns("columns_none", f"the mapping needs 1 to {MAX_COLUMNS} columns")
    for heading, path in columns.items():
        if not isinstance(path, str) or not _PATH.fullmatch(path):
            raise BadColumns("columns_path", "the path of a column is not valid", heading)
    return columns


def rows(
    record: Mapping[str, str], message: Message, columns: Mapping[str, str]
) -> list[list[str]]:
    """Returns the rows of a record in the file of a batch. A value that the record does not contain is an
    empty cell. Several values of one cell are joined by `; `."""
    stated: dict[str, Any] = msgspec.to_builtins(message)
    base = {"record": record, "message": stated, "movement": stated.get("movement") or {}}
    lines = base["movement"].get("lines") or [{}]
    return [
        [_cell(base | {"line": line}, path.split(".")) for path in columns.values()]
        for line in lines
    ]


def _cell(of: Any, path: Sequence[str]) -> str:
    value: Any = of
    for step in path:
        if isinstance(value, list | tuple) and step.isdecimal():
            value = value[int(step)] if int(step) < len(value) else None
        else:
            value = value.get(step) if isinstance(value, Mapping) else None
    if isinstance(value, list | tuple):
        return "; ".join(str(one) for one in value if not isinstance(one, Mapping | list))[
            :MAX_CELL
        ]
    if value is None or isinstance(value, Mapping):
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    return str(value)[:MAX_CELL]
