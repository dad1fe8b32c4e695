"""The worker's share: days of the journal become figures and findings, today's every ten minutes."""

from __future__ import annotations

import datetime as dt
import logging
import time
from typing import Any

import psycopg
from psycopg import Connection

from vedette.apps.oversight.counting import count
from vedette.apps.oversight.looking import Day, look
from vedette.keys.ring import Keys
from vedette.server.logs import kind

logger = logging.getLogger(__name__)

#: How old today's figures may be, and after midnight how long a transaction of yesterday may still come.
FRESH, SETTLED = dt.timedelta(minutes=10), dt.timedelta(hours=1)
#: Days of one turn, and how long turns may follow each other: the inbox waits for nobody.
AT_ONCE, CATCH_UP_S = 10, 1.0
#: As long as logs are kept (Directive 2016/681 art. 13 (6)).
KEEP = dt.timedelta(days=5 * 365)
_LOCK = 7_406_021

#: Days from the first act of an organisation on that were not counted after their end.
_DUE = """
    SELECT o.id, d::date FROM accounts_organisation o
    CROSS JOIN LATERAL (
        SELECT min(at) AS first FROM accounts_act WHERE organisation_id = o.id
    ) a
    CROSS JOIN LATERAL generate_series(
        greatest((a.first AT TIME ZONE 'UTC')::date, %(oldest)s),
        (%(now)s AT TIME ZONE 'UTC')::date, interval '1 day') d
    LEFT JOIN oversight_rolled r ON r.organisation_id = o.id AND r.day = d::date
    WHERE r.at IS NULL
       OR (r.at < (d::date + 1)::timestamp AT TIME ZONE 'UTC' + %(settled)s AND r.at < %(now)s - %(fresh)s)
    ORDER BY d LIMIT %(most)s
"""


def roll(connection: Connection[Any], keys: Keys, now: dt.datetime, most: int = AT_ONCE) -> int:
    """Counts the days that are due, oldest first, each in its own transaction; gives how many it counted.

    One worker at a time; another finds nothing to do.
    """
    [[free]] = connection.execute("SELECT pg_try_advisory_lock(%s)", [_LOCK])
    if not free:
        return 0
    try:
        asked = {
            "now": now, "oldest": (now - KEEP).date(), "settled": SETTLED, "fresh": FRESH,
            "most": most,
        }  # fmt: skip
        due = connection.execute(_DUE, asked).fetchall()
        counted = [_count(Day(connection, keys, organisation, on), now) for organisation, on in due]
        if due:
            _forget(connection, (now - KEEP).date())
        return sum(counted)
    finally:
        connection.execute("SELECT pg_advisory_unlock(%s)", [_LOCK])


def catch_up(connection: Connection[Any], keys: Keys, now: dt.datetime) -> None:
    """Counts the days that are due for about a second; the rest waits for the next round."""
    ends = time.monotonic() + CATCH_UP_S
    while roll(connection, keys, now) == AT_ONCE and time.monotonic() < ends:
        pass


def _count(day: Day, now: dt.datetime) -> bool:
    """Whether one day was counted, whole or not at all: an error of ours is told and tried again, and
    stops no worker."""
    try:
        with day.connection.transaction():
            look(day)
            count(day)
            day.connection.execute(
                "INSERT INTO oversight_rolled (organisation_id, day, at) VALUES (%s, %s, %s)"
                " ON CONFLICT (organisation_id, day) DO UPDATE SET at = excluded.at",
                [day.organisation, day.day, now],
            )
    except psycopg.OperationalError:
        raise
    except Exception as error:
        logger.error("figures of %s failed: %s", day.day, kind(error))
        return False
    return True


def _forget(connection: Connection[Any], before: dt.date) -> None:
    """What tells of users goes with the logs; figures of nobody stay."""
    connection.execute("DELETE FROM oversight_tally WHERE day < %s", [before])
    connection.execute("DELETE FROM oversight_finding WHERE day < %s", [before])
