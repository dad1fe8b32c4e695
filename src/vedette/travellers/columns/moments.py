"""Converts the times of the stored state (text, naive) and computes the hours between them.

Time zones (PNRGOV implementation guide, IATA/PADIS): flights, check-in and document dates are in the local
time of the airport; creation, ticketing and changes of a booking are in UTC.
"""

from __future__ import annotations

import datetime as dt

from vedette.core.airports import to_utc, zone


def moment(said: str | None) -> dt.datetime | None:
    """Parses a naive time, or None."""
    return dt.datetime.fromisoformat(said).replace(tzinfo=None) if said else None


def as_utc(said: str | None) -> dt.datetime | None:
    """Parses a time that is stated in UTC, or None."""
    return dt.datetime.fromisoformat(said).replace(tzinfo=dt.UTC) if said else None


def utc(local: dt.datetime | None, code: str | None) -> dt.datetime | None:
    """Converts a local time at an airport to UTC; None if the time or the zone is unknown or out of range."""
    try:
        return to_utc(local, code)
    except OverflowError:
        return None


def exact(at: dt.datetime | None) -> bool:
    """Whether a time has a time of day. Many senders give only the day, which is read as midnight."""
    return at is not None and (at.hour, at.minute, at.second) != (0, 0, 0)


def hours(since: dt.datetime | None, until: dt.datetime | None) -> float | None:
    """Hours between two times in the same zone."""
    if since is None or until is None:
        return None
    return round((until - since).total_seconds() / 3600, 2)


def hour_at(at: dt.datetime, place: str | None) -> int | None:
    """The local hour of day in a time zone at a time given in UTC."""
    where = zone(place) if place else None
    return at.astimezone(where).hour if where else None


def years_on(born: dt.date, day: dt.date) -> int | None:
    """The age in whole years on a day; None for a birth date after it or more than 120 years before it."""
    years = day.year - born.year - ((day.month, day.day) < (born.month, born.day))
    return years if 0 <= years <= 120 else None
