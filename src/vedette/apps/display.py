"""Formats dates, numbers, time spans, names and countries in the reader's language (ui.md, section 9).

Times are shown in the time zone of the workplace (`VEDETTE_TIME_ZONE`). Stored times are in UTC.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.conf import settings
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext, gettext_lazy, ngettext, pgettext, pgettext_lazy

from vedette.core.codes import country_name

MINUS = "\u2212"

#: Level of a priority → least and greatest priority, word (ui.md, section 3).
LEVELS = {
    4: (80, 100, gettext_lazy("Very high")),
    3: (60, 79, gettext_lazy("High")),
    2: (35, 59, gettext_lazy("Medium")),
    1: (0, 34, gettext_lazy("Low")),
}

#: The abbreviated names of the months.
_MONTHS = (
    pgettext_lazy("month", "Jan"),
    pgettext_lazy("month", "Feb"),
    pgettext_lazy("month", "Mar"),
    pgettext_lazy("month", "Apr"),
    pgettext_lazy("month", "May"),
    pgettext_lazy("month", "Jun"),
    pgettext_lazy("month", "Jul"),
    pgettext_lazy("month", "Aug"),
    pgettext_lazy("month", "Sep"),
    pgettext_lazy("month", "Oct"),
    pgettext_lazy("month", "Nov"),
    pgettext_lazy("month", "Dec"),
)


def level(priority: int) -> int:
    """The level of a priority, from 1 (low) to 4 (very high)."""
    return next(number for number, (least, _, _) in LEVELS.items() if priority >= least)


def level_word(priority: int) -> str:
    """The word for the level of a priority."""
    return str(LEVELS[level(priority)][2])


@dataclass(frozen=True)
class Zone:
    """The name of the workplace's time zone, as shown in the bar of the pages and on printed sheets."""

    #: Such as `Dakar`.
    name: str
    #: Such as `UTC+1` or `UTC−3:30`, at the current time.
    offset: str

    def __str__(self) -> str:
        if self.name == "UTC":
            return gettext("Times in UTC")
        return gettext("Local time of %(name)s (%(offset)s)") % vars(self)


def zone() -> Zone:
    """Returns the time zone in which the pages show times."""
    at = timezone.localtime()
    minutes = int((at.utcoffset() or dt.timedelta()).total_seconds() // 60)
    hours, rest = divmod(abs(minutes), 60)
    sign = MINUS if minutes < 0 else "+"
    offset = f"UTC{sign}{hours}" + (f":{rest:02}" if rest else "")
    name = timezone.get_current_timezone_name()
    if name == settings.TIME_ZONE and settings.TIME_ZONE_NAME:
        return Zone(settings.TIME_ZONE_NAME, offset)
    return Zone(name.rpartition("/")[2].replace("_", " "), offset)


def local(value: Any) -> Any:
    """Converts a time to the time zone of the workplace. Dates, and times without a time zone, are returned
    unchanged."""
    if isinstance(value, dt.datetime) and timezone.is_aware(value):
        return timezone.localtime(value)
    return value


def midnight(on: dt.date) -> dt.datetime:
    """Returns the time at which a day begins in the time zone of the workplace."""
    return timezone.make_aware(dt.datetime.combine(on, dt.time()))


def day(value: dt.date | str | None) -> str:
    """Returns a date, such as `24 Nov 2026` or `1ᵉʳ mars 2026`. A text such as `1970` or `1970-05` (a year,
    or a year and a month) becomes `1970` or `May 1970`. For None, returns an empty text."""
    if isinstance(value, str):
        year, _, month = value.partition("-")
        return f"{_MONTHS[int(month) - 1]} {year}" if month else year
    return f"{short_day(value)} {local(value).year}" if value else ""


def short_day(value: dt.date | None) -> str:
    """Returns a date without its year, such as `24 Nov`. For None, returns an empty text. A date without a
    year is used where the year is obvious."""
    if value is None:
        return ""
    value = local(value)
    number = pgettext("first day of a month, short", "1") if value.day == 1 else str(value.day)
    return f"{number} {_MONTHS[value.month - 1]}"


def hour(value: dt.datetime | dt.time | None) -> str:
    """Returns a time, such as `14:35`. For None, returns an empty text. A time without a time zone is the
    local time of another place, and is shown unchanged.
    """
    return f"{local(value):%H:%M}" if value is not None else ""


def moment(value: dt.datetime | dt.date | None) -> str:
    """Returns a date and a time, such as `24 Nov 2026 14:35`. For a date without a time, returns only the
    date. For None, returns an empty text."""
    if value is None or not isinstance(value, dt.datetime):
        return day(value)
    return f"{day(value)} {hour(value)}"


def moment_utc(value: dt.datetime) -> str:
    """Returns a date and a time in UTC, such as `24 Nov 2026 14:35 UTC`, for texts that leave the
    workplace."""
    return f"{moment(value.astimezone(dt.UTC).replace(tzinfo=None))} UTC"


def number(value: float | int | Decimal | None, decimals: int | None = None) -> str:
    """Returns a number, such as `1 234,5` or `1,234.5`. A negative number has the minus sign U+2212. For
    None, returns an empty text."""
    if value is None:
        return ""
    if decimals is None:
        decimals = 0 if isinstance(value, int) or float(value).is_integer() else 1
    text = f"{abs(value):,.{decimals}f}"
    text = text.translate(
        {ord(","): pgettext("between thousands", ","), ord("."): pgettext("decimal point", ".")}
    )
    return (MINUS if value < 0 and text.strip("0.,") else "") + text


def signed(value: float | int, decimals: int = 0) -> str:
    """A number with its sign, such as `+46` or `−0,04`."""
    return ("" if value < 0 else "+") + number(value, decimals)


def span(seconds: float) -> str:
    """A length of time: `41 min`, `1 h 04`, `2 d 4 h`."""
    minutes = int(seconds // 60)
    if minutes < 60:
        return gettext("%(minutes)d min") % {"minutes": minutes}
    hours, minutes = divmod(minutes, 60)
    if hours < 24:
        return gettext("%(hours)d h %(minutes)02d") % {"hours": hours, "minutes": minutes}
    days, hours = divmod(hours, 24)
    return gettext("%(days)d d %(hours)d h") % {"days": days, "hours": hours}


def deadline(at: dt.datetime, now: dt.datetime) -> str:
    """Returns the time until `at` as a text.

    If `at` is past, returns the time since `at` with a plus sign, such as `+22 min`.
    """
    left = (at - now).total_seconds()
    return span(left) if left >= 0 else "+" + span(-left)


def years(born: dt.date, on: dt.date) -> int:
    """Returns the age in whole years. In common years, a person born on 29 February becomes a year older on 1
    March.
    """
    return on.year - born.year - ((on.month, on.day) < (born.month, born.day))


def country(code: str | None) -> SafeString | str:
    """Returns the code of a country as it was sent. The HTML element has the name of the country as its
    title. A missing code is shown as `–`."""
    if not code:
        return "–"
    found = country_name(code)
    if found is None:
        return code
    return format_html('<abbr title="{}">{}</abbr>', pgettext("country", found), code)


def born(date: dt.date | str | None) -> str:
    """A birth date with the age, such as `12 Mar 1979 (47)` or `12 mars 1979 (47 ans)`. If `date` is a text,
    only the year, or the year and the month, is known (see `day`), and the age is left out."""
    if not date:
        return gettext("birth date not given")
    if isinstance(date, str):
        return day(date)
    age = years(date, timezone.localdate())
    text = ngettext("%(date)s (%(age)d)", "%(date)s (%(age)d)", age)
    return text % {"date": day(date), "age": age}


def plain_name(surname: str | None, given: str | None, masked: bool = False) -> str:
    """Returns a name as `SURNAME Given`. A given name that was sent in capital letters is changed to the form
    `Given`. Names that were not sent in capital letters are shown unchanged.

    If `masked` is true, the result is the word "masked".
    """
    if masked:
        return gettext("masked")
    given = given or ""
    parts = (surname or "").upper(), given.title() if given.isupper() else given
    return " ".join(part for part in parts if part) or gettext("name not given")
