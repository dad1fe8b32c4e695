"""Days as they come in addresses and forms."""

from __future__ import annotations

import datetime as dt

#: What lies outside is a slip of the keyboard, and the day before or after it might not exist.
FIRST, LAST = dt.date(1900, 1, 1), dt.date(2199, 12, 31)


def read_day(text: object) -> dt.date | None:
    """A day as `2026-11-26`, or None for anything else and for years that nobody means."""
    try:
        day = dt.date.fromisoformat(str(text))
    except ValueError:
        return None
    return day if FIRST <= day <= LAST else None
