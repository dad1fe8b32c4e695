"""Finds the partitions of the side tables, which contain unencrypted values, and of the vault, which contains
masked values. Determines which of these partitions are due to be masked or deleted.
"""

from __future__ import annotations

import datetime as dt
import re
from typing import Any, NamedTuple

from psycopg import Connection

from vedette.apps.subjects.tables import LINKED, VAULT, declared

#: The table of the values on which risk profiles were evaluated. When their month is masked, they are
#: deleted and not moved to the vault.
KNOWN = "profiles_known"

_LEAF = re.compile(r"_([a-z][a-z0-9_]*?)_([0-9]{4})_([0-9]{2})", re.ASCII)


class Part(NamedTuple):
    """One partition. `month` is the first day of the month of the partition. `month` is None for the
    partition `rest`. The partition `rest` contains rows whose month has no partition, for example because a
    clock was wrong by years.
    """

    parent: str
    retention_class: str
    month: dt.date | None


class Periods(NamedTuple):
    """The retention periods of a class, in days from receipt. Each period is the shortest period of all
    organisations of the installation.
    """

    mask_after: int
    delete_after: int
    keep_after: int

    def lasts(self, retention_class: str) -> dt.timedelta:
        """Returns the time from the receipt of a row of a class to its deletion."""
        return dt.timedelta(self.keep_after if retention_class == LINKED else self.delete_after)


def last_day(month: dt.date) -> dt.date:
    """Returns the last day of the month that contains the day `month`."""
    return (month.replace(day=1) + dt.timedelta(days=32)).replace(day=1) - dt.timedelta(days=1)


def whole(limit: dt.date) -> dt.date:
    """Returns the first day of the latest month that ends on the day `limit` or earlier."""
    month = (limit + dt.timedelta(days=1)).replace(day=1)
    return (month - dt.timedelta(days=1)).replace(day=1)


def periods(connection: Connection[Any], retention_class: str, on: dt.date) -> Periods:
    """Returns the periods of a class that apply on a day (`vedette_periods`)."""
    [row] = connection.execute(
        "SELECT mask_after, delete_after, keep_after FROM vedette_periods(%s, %s)",
        [retention_class, on],
    )
    return Periods(*row)


def leaves(connection: Connection[Any], parent: str) -> list[Part]:
    """Returns the monthly partitions of a side table or of the vault, oldest first."""
    found = connection.execute(
        "SELECT leaf.relname FROM pg_inherits branch JOIN pg_inherits i ON i.inhparent = branch.inhrelid"
        " JOIN pg_class leaf ON leaf.oid = i.inhrelid WHERE branch.inhparent = %s::regclass",
        [parent],
    )
    return sorted(
        (
            Part(parent, match[1], dt.date(int(match[2]), int(match[3]), 1))
            for (name,) in found
            if (match := _LEAF.fullmatch(name.removeprefix(parent)))
        ),
        key=lambda part: (part.month or dt.date.min, part.retention_class),
    )


def classes(connection: Connection[Any], parent: str) -> list[str]:
    """Returns the retention classes by which a table is partitioned."""
    return [
        name.removeprefix(f"{parent}_")
        for (name,) in connection.execute(
            "SELECT c.relname FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid"
            " WHERE i.inhparent = %s::regclass ORDER BY 1",
            [parent],
        )
    ]


def due_to_mask(connection: Connection[Any], until: dt.date) -> list[Part]:
    """Returns the partitions with unencrypted values whose whole month is due to be masked, oldest first. A
    partition `rest` is included if it contains rows of a month that is due to be masked. `partly_due` returns
    the partitions of which only some days are due to be masked.
    """
    return sorted(
        (part for part, month, limit in _clear(connection, until) if month <= whole(limit)),
        key=lambda part: (part.month or dt.date.min, part.parent),
    )


def partly_due(connection: Connection[Any], until: dt.date) -> list[tuple[Part, dt.date]]:
    """Returns the partitions with unencrypted values of which only some days are due to be masked. For each
    of these partitions, also returns the last day that is due to be masked. Rows are masked day by day, so
    that no row is masked earlier or later than the profile states.
    """
    return [
        (part, limit)
        for part, month, limit in _clear(connection, until)
        if part.month is None or month > whole(limit)
    ]


def _clear(connection: Connection[Any], until: dt.date) -> list[tuple[Part, dt.date, dt.date]]:
    """Returns the partitions with unencrypted values that have at least one day that is due to be masked. For
    each partition, also returns its oldest month and the last day that is due.
    """
    found = []
    for parent in declared().side_tables:
        for name in classes(connection, parent):
            limit = until - dt.timedelta(days=periods(connection, name, until).mask_after)
            found += [
                (part, month, limit) for part, month in _before(connection, parent, name, limit)
            ]
            [[oldest]] = connection.execute(
                f"SELECT min(month) FROM {parent}_{name}_rest"  # noqa: S608  names of the catalogue
            )
            if oldest is not None and oldest <= limit:
                found.append((Part(parent, name, None), oldest, limit))
    return found


def known_due(connection: Connection[Any], until: dt.date) -> list[Part]:
    """Returns the partitions of the table `KNOWN` that are due to be deleted. A whole month is due as soon as
    its first day is due, because one block contains the values of several days.
    """
    return [
        part
        for name in classes(connection, KNOWN)
        for part, _ in _before(
            connection, KNOWN, name,
            until - dt.timedelta(days=periods(connection, name, until).mask_after),
        )
    ]  # fmt: skip


def _before(
    connection: Connection[Any], parent: str, retention_class: str, limit: dt.date
) -> list[tuple[Part, dt.date]]:
    """Returns the monthly partitions of a class whose month begins on the day `limit` or earlier, each with
    its month.
    """
    return [
        (part, part.month)
        for part in leaves(connection, parent)
        if part.retention_class == retention_class and part.month and part.month <= limit
    ]


def due_to_end(connection: Connection[Any], until: dt.date) -> list[Part]:
    """Returns the partitions of the vault whose whole month is due to be deleted."""
    return [part for part, limit in ending(connection, until) if is_over(part, limit)]


def ending(connection: Connection[Any], until: dt.date) -> list[tuple[Part, dt.date]]:
    """Returns the partitions of the vault with at least one day that is due to be deleted. Each partition is
    returned with the last day that is due.
    """
    found = []
    for part in leaves(connection, VAULT):
        class_ = part.retention_class
        limit = until - periods(connection, class_, until).lasts(class_)
        if part.month is not None and part.month <= limit:
            found.append((part, limit))
    return found


def is_over(part: Part, limit: dt.date) -> bool:
    """Returns whether the month of the partition ends on the day `limit` or earlier."""
    return part.month is not None and part.month <= whole(limit)
