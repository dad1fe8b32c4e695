"""Runs SQL queries, and parses values of URLs and forms."""

from __future__ import annotations

import datetime as dt
import uuid
from typing import Any, TypeVar

from django.db import connection, connections
from django.db.models import DateTimeField, Model, Q, QuerySet

#: Days outside are typing errors, and the day before or after might not exist in Python.
FIRST, LAST = dt.date(1900, 1, 1), dt.date(2199, 12, 31)

Row = TypeVar("Row", bound=Model)


def dicts(sql: str, params: dict[str, Any]) -> list[dict[str, Any]]:
    """The rows of a query as dictionaries with the column names as keys. The values of JSON columns are
    text."""
    with connection.cursor() as cursor:
        cursor.execute(sql, params)
        names = [column.name for column in cursor.description]
        return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]


def now() -> dt.datetime:
    """Returns the time of the database."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT vedette_now()")
        at: dt.datetime = cursor.fetchone()[0]
    return at


def keyset(found: QuerySet[Row], time: str, before: str, size: int) -> tuple[list[Row], str]:
    """Returns a page of rows, latest first, and the key of the next page. The page begins after the row with
    the key `before`. The key is empty on the last page. If `before` is not valid, the first page is returned.
    `time` is the name of the field (a time or a date) by which the rows are sorted.
    """
    at, _, id_ = before.partition("_")
    timed = isinstance(found.model._meta.get_field(time), DateTimeField)
    key: tuple[dt.date, uuid.UUID] | None
    try:
        key = (
            dt.datetime.fromisoformat(at) if timed else dt.date.fromisoformat(at), uuid.UUID(id_)
        )  # fmt: skip
    except ValueError:
        key = None
    if key and (not timed or getattr(key[0], "tzinfo", None)):
        found = found.filter(Q(**{f"{time}__lt": key[0]}) | Q(**{time: key[0], "pk__lt": key[1]}))
    rows = list(found.order_by(f"-{time}", "-pk")[: size + 1])
    last = rows[size - 1] if len(rows) > size else None
    return rows[:size], f"{getattr(last, time).isoformat()}_{last.pk}" if last else ""


def plain(text: str) -> str:
    """Returns the first 100 characters of a text, without the character NUL, which PostgreSQL refuses."""
    return text[:100].replace("\0", "")


def page_number(text: str) -> int:
    """Converts a text to a page number. Returns 1 if the text is not a valid page number."""
    return max(int(text), 1) if text.isascii() and text.isdecimal() and len(text) < 6 else 1


def read_day(text: object) -> dt.date | None:
    """Returns the date that a text such as `2026-11-26` contains. Returns None if the text is not a date, or
    if the date is before `FIRST` or after `LAST`."""
    try:
        day = dt.date.fromisoformat(str(text))
    except ValueError:
        return None
    return day if FIRST <= day <= LAST else None


def changed(table: str, organisation: uuid.UUID, using: str) -> int:
    """Increments and returns the version number of an organisation in a table with the columns
    `organisation_id` and `number`. Workers reload the data when this number has changed. The row stays locked
    until the end of the caller's transaction.
    """
    with connections[using].cursor() as cursor:
        cursor.execute(
            f"INSERT INTO {table} (organisation_id, number) VALUES (%s, 1)"  # noqa: S608  a constant
            f" ON CONFLICT (organisation_id) DO UPDATE SET number = {table}.number + 1"
            " RETURNING number",
            [organisation],
        )
        return int(cursor.fetchone()[0])


def changes(table: str, organisation: uuid.UUID, using: str) -> int:
    """Returns the version number of an organisation in a table with the columns `organisation_id` and
    `number` (see `changed`)."""
    with connections[using].cursor() as cursor:
        cursor.execute(
            f"SELECT number FROM {table} WHERE organisation_id = %s",  # noqa: S608  a constant
            [organisation],
        )
        row = cursor.fetchone()
    return int(row[0]) if row else 0
