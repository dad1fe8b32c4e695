"""Runs SQL queries, and reads values from URLs and forms."""

from __future__ import annotations

import datetime as dt
import uuid
from typing import Any

from django.db import connection, connections

#: Days outside are typing errors, and the day before or after might not exist in Python.
FIRST, LAST = dt.date(1900, 1, 1), dt.date(2199, 12, 31)


def dicts(sql: str, params: dict[str, Any]) -> list[dict[str, Any]]:
    """The rows of a query as dictionaries with the column names as keys. The values of JSON columns are
    text.
    """
    with connection.cursor() as cursor:
        cursor.execute(sql, params)
        names = [column.name for column in cursor.description]
        return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]


def plain(text: str) -> str:
    """The first 100 characters of a text, without the character NUL, which PostgreSQL refuses."""
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
