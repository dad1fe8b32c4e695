"""Rows of hand-written SQL as dictionaries; what came in the address of a request, made safe to use."""

from __future__ import annotations

from typing import Any

from django.db import connection


def dicts(sql: str, params: dict[str, Any]) -> list[dict[str, Any]]:
    """The rows of a query by column name; JSON columns come as text."""
    with connection.cursor() as cursor:
        cursor.execute(sql, params)
        names = [column.name for column in cursor.description]
        return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]


def plain(text: str) -> str:
    """Short, and without the NUL that PostgreSQL refuses."""
    return text[:100].replace("\0", "")


def page_number(text: str) -> int:
    """The number of a page, 1 where it is none."""
    number = int(text) if text.isascii() and text.isdecimal() and len(text) < 6 else 1
    return max(number, 1)
