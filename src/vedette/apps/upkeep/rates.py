"""Rate limits over all processes: one row for each caller, one statement for each request.

The row contains the time at which the caller's limit is free again (generic cell rate algorithm): each
request adds its share to that time; a request that would move it beyond the window is refused and adds
nothing. The rows are in the database because the processes of the web server share nothing else.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import ipaddress
import math
from typing import Any

from django.conf import settings
from django.db import connection
from django.http import HttpRequest

from vedette.apps.accounts.passwords import client_address
from vedette.apps.upkeep.limits import Limit

_TAKE = """
    INSERT INTO upkeep_rate AS r (key, rested_at) VALUES (%(key)s, now() + %(share)s)
    ON CONFLICT (key) DO UPDATE SET rested_at = greatest(r.rested_at, now()) + %(share)s
    WHERE greatest(r.rested_at, now()) + %(share)s <= now() + %(span)s
    RETURNING true
"""
_WAIT = "SELECT rested_at + %(share)s - %(span)s - now() FROM upkeep_rate WHERE key = %(key)s"


def address(request: HttpRequest) -> str:
    """The address of the client; for IPv6 its /64 network, which belongs to one household."""
    found = ipaddress.ip_address(client_address(request))
    if found.version == 6:
        return str(ipaddress.ip_network((found, 64), strict=False))
    return str(found)


def take(kind: str, who: str) -> int:
    """Counts one request of a kind; returns 0 if it is allowed, else the seconds to wait.

    Runs outside a transaction, so that no request waits for the end of another.
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
