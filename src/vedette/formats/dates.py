"""Parses dates and times of messages: `yymmdd`, `ccyymmdd` and `ddmmyy` with hours and minutes, and the
AIRIMP form `04JUL80`.

The century of a two-digit year depends on the purpose of the date (ICAO 9303). For birth and expiry dates,
the century also depends on the day on which the message was prepared. A birth date is not after the day on
which the message was prepared, and an expiry date is near this day. The dates of an old message are therefore
always read in the same way. Dates other than birth and expiry dates are near the present.
"""

from __future__ import annotations

import datetime as dt
import re
from functools import lru_cache

from vedette.core.records import Moment

#: The two-digit year of a date other than a birth date is at most this number of years in the future.
AHEAD = 50
#: The abbreviations of the months in AIRIMP texts, with their numbers.
MONTHS = dict(
    zip("JAN FEB MAR APR MAY JUN JUL AUG SEP OCT NOV DEC".split(), range(1, 13), strict=True)  # noqa: SIM905
)
_AIRIMP = re.compile(r"(\d{1,2})[ -]?([A-Z]{3})[ -]?(\d{4}|\d{2})")
#: A birth date of which only the year, or only the year and month, is known: `1970`, `1970-05`. The unknown
#: parts may be zeros, X or `<` (ICAO 9303): `700000`, `19700500`, `70<<<<`, `1970XXXX`.
_PARTIAL = re.compile(
    r"(\d\d)(\d\d|XX|<<)(?:00|XX|<<)|(\d{4})(?:-?(\d\d|XX|<<)(?:-?(?:00|XX|<<))?)?"
)
_PARTIAL_AIRIMP = re.compile(r"(?:00|XX)[ -]?([A-Z]{3})[ -]?(\d{4}|\d{2})")
#: The time zone that some senders write after a local time: `Z`, `UTC`, `+0200`, `-03:00`.
_ZONE = re.compile(r"(?<=\d{4})[ ]*(?:[A-Z]{1,4}|[+-]\d{2}:?\d{0,2})$")


@lru_cache(maxsize=65536)
def day(
    text: str, *, birth: bool = False, order: str = "ymd", seen: dt.date | None = None
) -> dt.date | None:
    """Parses a date in the form `yymmdd` or `ccyymmdd` (with `order="dmy"`: `ddmmyy` or `ddmmccyy`). Returns
    None if the day does not exist. `seen` is the reference day for two-digit years (default: today). For a
    birth, a two-digit year is the latest matching year that is not after `seen`. Any other two-digit year is
    at most 49 years before or 50 years after `seen`."""
    if len(text) not in (6, 8) or not (text.isascii() and text.isdigit()):
        return None
    if order == "dmy":
        text = text[4:] + text[2:4] + text[:2]
    return _date(text[:-4], int(text[-4:-2]), int(text[-2:]), birth, seen)


@lru_cache(maxsize=65536)
def airimp_day(text: str, prepared: dt.date, birth: bool = False) -> dt.date | None:
    """Parses a date in the form `04JUL80` or `4JUL1980`. Returns None if the day does not exist. `prepared`
    is the reference day for two-digit years, as in `day`."""
    found = _AIRIMP.fullmatch(text.strip().upper())
    if found is None or found[2] not in MONTHS:
        return None
    return _date(found[3], MONTHS[found[2]], int(found[1]), birth, prepared)


def _date(year: str, month: int, day_: int, birth: bool, seen: dt.date | None) -> dt.date | None:
    try:
        if len(year) == 4:
            found = dt.date(int(year), month, day_)
            return None if birth and seen is not None and found > seen else found
        seen = seen or dt.date.today()
        limit = seen.year if birth else seen.year + AHEAD
        found = dt.date(limit - (limit - int(year)) % 100, month, day_)
        return found.replace(year=found.year - 100) if birth and found > seen else found
    except ValueError:
        return None


@lru_cache(maxsize=4096)
def birth_period(text: str, seen: dt.date) -> str | None:
    """Returns the year (`1970`) or the year and month (`1970-05`) of a birth date that has no day. Returns
    None if the text has another form. The century of a two-digit year is determined as in `day`."""
    text = text.strip().upper()
    if found := _PARTIAL_AIRIMP.fullmatch(text):
        year, month = found[2], f"{MONTHS[found[1]]:02}" if found[1] in MONTHS else "00"
        if month == "00" and found[1] != "XXX":
            return None
    elif found := _PARTIAL.fullmatch(text):
        year, month = found[1] or found[3], found[2] or found[4] or "00"
    else:
        return None
    if not month.isdigit():
        month = "00"
    if len(year) == 2 and (year, month) == ("00", "00"):
        return None  # nothing is known
    first = _date(year, int(month) or 1, 1, True, seen)
    if first is None or first.year < 1850:
        return None
    return f"{first.year}-{month}" if month != "00" else str(first.year)


@lru_cache(maxsize=16384)
def moment(date: str, time: str = "", *, order: str = "ymd") -> Moment | None:
    """Parses a date and a time like `stamp`, but ignores blanks and the time zone. If the time is missing,
    returns only the day."""
    date, time = date.replace(" ", ""), _ZONE.sub("", time.replace(":", "")).replace(" ", "")
    return stamp(date, time, order=order) if time else day(date, order=order)


@lru_cache(maxsize=16384)
def stamp(date: str, time: str = "", *, order: str = "ymd") -> dt.datetime | None:
    """Parses a date and a time in the form `hhmm` or `hhmmss` (default: midnight) to a local time. Returns
    None if the date or the time does not exist."""
    found, time = day(date, order=order), time or "0000"
    if found is None or len(time) not in (4, 6) or not (time.isascii() and time.isdigit()):
        return None
    hour, minute, second = int(time[:2]), int(time[2:4]), int(time[4:] or 0)
    midnight = dt.datetime(found.year, found.month, found.day)
    if (hour, minute, second) == (24, 0, 0) and found != dt.date.max:
        return midnight + dt.timedelta(days=1)
    if hour > 23 or minute > 59 or second > 59:
        return None
    return midnight.replace(hour=hour, minute=minute, second=second)
