"""Rows of hand-written SQL as dictionaries."""

from __future__ import annotations

from typing import Any

from django.db import connection


def dicts(sql: str, params: dict[str, Any]) -> list[dict[str, Any]]:
    """The rows of a query by column name; JSON columns come as text."""
    with connection.cursor() as cursor:
        cursor.execute(sql, params)
        names = [column.name for column in cursor.description]
        return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]
