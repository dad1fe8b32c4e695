"""Dates and times of passenger messages: `yymmdd`, `ccyymmdd`, `ddmmyy`, with hours and minutes.

The century of a two-digit year depends on the purpose of the date (ICAO 9303), and for the dates of a person
also on the day the message was prepared, so that an old message is always read the same way: a birth date is
before that day, an expiry date is near it. A flight or a preparation time is near the present.
"""

from __future__ import annotations

import datetime as dt
from functools import lru_cache

#: For flights and expiries, two-digit years up to this many years ahead are in the future.
AHEAD = 50


@lru_cache(maxsize=65536)
def day(
    text: str, *, birth: bool = False, order: str = "ymd", seen: dt.date | None = None
) -> dt.date | None:
    """Parses a date written `yymmdd` or `ccyymmdd` (`order="dmy"`: `ddmmyy`, `ddmmccyy`), relative to the day
    `seen` (default: today); None if there is no such day. The two-digit year of a birth is the latest year
    that is not after `seen`; any other two-digit year lies from 49 years before to 50 years after it."""
    size = len(text)
    if size not in (6, 8) or not (text.isascii() and text.isdigit()):
        return None
    if order == "dmy":
        text = text[4:] + text[2:4] + text[:2]
    try:
        if size == 8:
            found = dt.date(int(text[:4]), int(text[4:6]), int(text[6:]))
            return None if birth and seen is not None and found > seen else found
        parts = int(text[:2]), int(text[2:4]), int(text[4:])
        return _short(*parts, birth, seen or dt.date.today())
    except ValueError:
        return None


def _short(year: int, month: int, day_: int, birth: bool, seen: dt.date) -> dt.date:
    century = seen.year - seen.year % 100
    limit = seen.year if birth else seen.year + AHEAD
    full = century + year
    while full > limit:
        full -= 100
    while not birth and full <= limit - 100:
        full += 100
    found = dt.date(full, month, day_)
    return dt.date(full - 100, month, day_) if birth and found > seen else found


def stamp(date: str, time: str = "", *, order: str = "ymd") -> dt.datetime | None:
    """Parses a date and a time `hhmm` or `hhmmss` (default: midnight) as one local time, or None."""
    found = day(date, order=order)
    if found is None:
        return None
    if not time:
        return dt.datetime(found.year, found.month, found.day)
    if len(time) not in (4, 6) or not (time.isascii() and time.isdigit()):
        return None
    hour, minute, second = int(time[:2]), int(time[2:4]), int(time[4:] or 0)
    if hour == 24 and minute == 0 and second == 0:
        return dt.datetime(found.year, found.month, found.day) + dt.timedelta(days=1)
    if hour > 23 or minute > 59 or second > 59:
        return None
    return dt.datetime(found.year, found.month, found.day, hour, minute, second)
