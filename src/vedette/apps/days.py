"""Reads days from addresses and forms."""

from __future__ import annotations

import datetime as dt

#: Days outside are typing errors, and the day before or after might not exist in Python.
FIRST, LAST = dt.date(1900, 1, 1), dt.date(2199, 12, 31)


def read_day(text: object) -> dt.date | None:
    """Reads a day such as `2026-11-26`; None for any other text and for days outside `FIRST` to `LAST`."""
    try:
        day = dt.date.fromisoformat(str(text))
    except ValueError:
        return None
    return day if FIRST <= day <= LAST else None
