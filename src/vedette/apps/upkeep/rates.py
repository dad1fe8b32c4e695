"""Implements rate limits that apply to all web processes together. The database contains one row for each
kind of limit and each caller, and a request needs only one SQL statement.

The row of a caller contains the time at which the full number of requests is available again (generic cell
rate algorithm). Each request of the caller moves this time forward. A request is refused if it would move
this time beyond the period of the limit. The rows of the rate limits are stored in the database, because the
web processes share no memory.

This module imports no model, because the settings read the limits before Django is loaded.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import math
from collections.abc import Mapping
from typing import Any, NamedTuple

from django.conf import settings
from django.db import connection

_TAKE = """
    INSERT INTO upkeep_rate AS r (key, rested_at) VALUES (%(key)s, now() + %(share)s)
    ON CONFLICT (key) DO UPDATE SET rested_at = greatest(r.rested_at, now()) + %(share)s
    WHERE greatest(r.rested_at, now()) + %(share)s <= now() + %(span)s
    RETURNING true
"""
_WAIT = "SELECT rested_at + %(share)s - %(span)s - now() FROM upkeep_rate WHERE key = %(key)s"


def take(kind: str, who: str) -> int:
    """Counts one request of the caller `who` for the given kind of rate limit. Returns 0 if the request is
    allowed. Otherwise returns the number of seconds that the caller must wait.

    Runs outside a transaction, so that no request has to wait until another request ends.
    """
    limit: Limit = settings.RATES[kind]
    if not limit.times:
        return 0
    span = dt.timedelta(seconds=limit.seconds)
    key = hashlib.blake2b(
        f"{kind}\0{who}".encode("utf-8", "replace"),
        key=settings.SECRET_KEY.encode()[:64],
        digest_size=16,
        person=b"vedette-rate",
    ).digest()
    values: dict[str, Any] = {"key": key, "share": span / limit.times, "span": span}
    with connection.cursor() as cursor:
        cursor.execute(_TAKE, values)
        if cursor.fetchone():
            return 0
        cursor.execute(_WAIT, values)
        row = cursor.fetchone()
    return max(1, math.ceil(row[0].total_seconds())) if row else 1


class Limit(NamedTuple):
    """A rate limit, which allows at most `times` requests in a period of `seconds`. If `times` is 0, the
    number of requests is not limited."""

    times: int
    seconds: int


#: Kind → limit. A table in the docs is generated from it and from `WHO`.
LIMITS = {
    "sign_in": Limit(30, 300),
    "api": Limit(600, 60),
    "address": Limit(3000, 60),
    "upload": Limit(120, 60),
    "search": Limit(60, 60),
    "export": Limit(30, 60),
    "code": Limit(6, 3600),
}
#: Kind → the property by which requests are counted, and the requests that are counted.
WHO = {
    "sign_in": ("address", "attempts to sign in, second factors included"),
    "api": ("token", "calls of the API"),
    "address": ("address", "calls of the API, with any token or none"),
    "upload": ("token or user", "files sent: messages, lists, messages for a trial reading"),
    "search": ("token or user", "searches for people, and people screened"),
    "export": ("user", "CSV files, reports and sheets to print"),
    "code": ("user", "e-mail addresses entered for notifications; a code is sent to each"),
}


def read_limits(text: str, known: Mapping[str, Limit]) -> dict[str, Limit]:
    """Returns the rate limits in `known`, changed by a text such as `api=1200/60,upload=300/60`. Raises
    `ValueError` for an unknown kind or an invalid syntax.
    """
    limits = dict(known)
    for part in filter(None, (one.strip() for one in text.split(","))):
        kind, _, rate = part.partition("=")
        times, _, seconds = rate.partition("/")
        if kind not in limits or not (times.isdecimal() and seconds.isdecimal() and int(seconds)):
            raise ValueError(
                f"VEDETTE_RATES: {part!r} is not of the form kind=times/seconds, where the kind is one of"
                f" {', '.join(limits)}"
            )
        limits[kind] = Limit(int(times), int(seconds))
    return limits
