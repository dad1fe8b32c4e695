"""Dates in AIRIMP form, as in SSR text: `04JUL80`, `4JUL1980`.

The century depends on the message and not on today, so that an old message is always read the same way: a
birth date is the latest one not after the day the message was prepared, an expiry date lies between 49 years
before and 50 years after that day.
"""

from __future__ import annotations

import datetime as dt
import re
from functools import lru_cache

MONTHS = {
    name: number
    for number, name in enumerate(
        ("JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC"), 1
    )
}
_DATE = re.compile(r"(\d{1,2})[ -]?([A-Z]{3})[ -]?(\d{4}|\d{2})")


@lru_cache(maxsize=65536)
def airimp_day(text: str, prepared: dt.date, birth: bool = False) -> dt.date | None:
    """Parses the day in `text`, relative to the day `prepared`; None if there is no such day."""
    found = _DATE.fullmatch(text.strip().upper())
    if found is None:
        return None
    month = MONTHS.get(found[2])
    if month is None:
        return None
    number, year = int(found[1]), int(found[3])
    try:
        if len(found[3]) == 4:
            day = dt.date(year, month, number)
            return None if birth and day > prepared else day
        return _short(year, month, number, prepared, birth)
    except ValueError:
        return None


def _short(year: int, month: int, number: int, prepared: dt.date, birth: bool) -> dt.date:
    latest = prepared.year if birth else prepared.year + 50
    year += latest - latest % 100
    if year > latest:
        year -= 100
    try:
        day = dt.date(year, month, number)
    except ValueError:
        # 29 February may exist in one century and not in the other.
        if not birth:
            raise
        return dt.date(year - 100, month, number)
    return dt.date(year - 100, month, number) if birth and day > prepared else day
