"""Moments as the stored state has them: text, naive; and the hours between them.

Which clock a moment goes by (PNRGOV implementation guide, IATA/PADIS): flights, check-in and the days of
documents by local time of the airport; creation, ticketing and changes of a booking by UTC.
"""

from __future__ import annotations

import datetime as dt

from vedette.core.airports import to_utc, zone


def moment(said: str | None) -> dt.datetime | None:
    """A naive moment from its text, or None."""
    return dt.datetime.fromisoformat(said).replace(tzinfo=None) if said else None


def as_utc(said: str | None) -> dt.datetime | None:
    """A moment that is stated in UTC, or None."""
    return dt.datetime.fromisoformat(said).replace(tzinfo=dt.UTC) if said else None


def utc(local: dt.datetime | None, code: str | None) -> dt.datetime | None:
    """A local time at an airport as UTC; None where time or zone is unknown, or out of all calendars."""
    try:
        return to_utc(local, code)
    except OverflowError:
        return None


def exact(at: dt.datetime | None) -> bool:
    """Whether a moment has a time of day. Many senders give the day alone, which reads as midnight."""
    return at is not None and (at.hour, at.minute, at.second) != (0, 0, 0)


def hours(since: dt.datetime | None, until: dt.datetime | None) -> float | None:
    """Hours from one moment to another of the same clock."""
    if since is None or until is None:
        return None
    return round((until - since).total_seconds() / 3600, 2)


def hour_at(at: dt.datetime, place: str | None) -> int | None:
    """The hour of day that clocks show in a time zone at a moment given in UTC."""
    where = zone(place) if place else None
    return at.astimezone(where).hour if where else None


def years_on(born: dt.date, day: dt.date) -> int | None:
    """Whole years of age on a day. A birth date after it, or more than 120 years before, is a mistake."""
    years = day.year - born.year - ((day.month, day.day) < (born.month, born.day))
    return years if 0 <= years <= 120 else None
