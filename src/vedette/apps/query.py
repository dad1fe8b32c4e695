"""Runs hand-written SQL, and cleans values from the address of a request."""

from __future__ import annotations

from typing import Any

from django.db import connection


def dicts(sql: str, params: dict[str, Any]) -> list[dict[str, Any]]:
    """The rows of a query as dictionaries by column name; the values of JSON columns are text."""
    with connection.cursor() as cursor:
        cursor.execute(sql, params)
        names = [column.name for column in cursor.description]
        return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]


def plain(text: str) -> str:
    """The first 100 characters, without NUL, which PostgreSQL refuses."""
    return text[:100].replace("\0", "")


def page_number(text: str) -> int:
    """The number of a page; 1 if the text is no such number."""
    number = int(text) if text.isascii() and text.isdecimal() and len(text) < 6 else 1
    return max(number, 1)
