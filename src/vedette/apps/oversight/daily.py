"""The daily figures: the statistics that article 20 of Directive 2016/681 requires, computed for
each day before the data is deleted.

The worker computes the figures of each organisation day by day, in order. The worker computes the figures of
the current day again every ten minutes. At the same time the worker finds the unusual accesses of the day
(`accesses.py`). A hit with decisions on several days is counted once on each of these days, with the last
decision of the day. The figure `again` is the number of hits that were also decided on an earlier day.
"""

from __future__ import annotations

import datetime as dt
import logging
import time
from typing import Any

import psycopg
from psycopg import Connection

from vedette.apps.oversight.accesses import Day, look
from vedette.apps.subjects.kinds import app_kinds
from vedette.keys.ring import Keys
from vedette.server.logs import kind

_RAISED = """
    SELECT 'raised', NULL::uuid, count(*) FROM hits_hit
    WHERE organisation_id = %(org)s AND opened_at >= %(from)s AND opened_at < %(to)s
"""
# Hits on the subjects that `Reported` counts for the day: those whose decision was due on it.
_DUE_HITS = """
    SELECT 'due', NULL::uuid, count(*) FROM hits_hit
    WHERE organisation_id = %(org)s AND due_at >= %(from)s AND due_at < least(%(to)s, now())
"""
_DECISIONS = """
    WITH last AS (
        SELECT DISTINCT ON (hit_id) * FROM decision_outcome
        WHERE organisation_id = %(org)s AND at >= %(from)s AND at < %(to)s
        ORDER BY hit_id, at DESC
    ), told AS (
        SELECT identified, false_match, EXISTS (SELECT FROM hits_decision d
            WHERE d.hit_id = last.hit_id AND d.at < %(from)s) AS again
        FROM last
    )
    SELECT k, NULL::uuid, n FROM (
        SELECT count(*) AS decided, count(*) FILTER (WHERE again) AS again,
               count(*) FILTER (WHERE identified) AS identified,
               count(*) FILTER (WHERE false_match) AS false_match FROM told
    ) t, LATERAL (VALUES ('decided', decided), ('again', again), ('identified', identified),
                         ('false', false_match)) v (k, n)
    UNION ALL
    SELECT a.value, e.watchlist_id, count(*)
    FROM last, jsonb_each_text(last.answers) a
    JOIN hits_reason r ON r.organisation_id = %(org)s AND r.id = a.key::uuid
    JOIN lists_listentry e ON e.id = r.entry_id
    GROUP BY 1, 2
"""


def count(day: Day) -> None:
    """Replaces the figures of a day. Figures of 0 are not stored."""
    start, end = day.bounds
    values = {"org": day.organisation, "from": start, "to": end}
    rows = [
        (day.organisation, day.day, kind, of_list, count)
        for query in (_RAISED, _DUE_HITS, _DECISIONS)
        for kind, of_list, count in day.connection.execute(query, values).fetchall()
        if count
    ]
    rows += [
        (day.organisation, day.day, one.name, None, count)
        for one in app_kinds()
        if one.reported is not None
        for (count,) in day.connection.execute(one.reported.query, values)
        if count
    ]
    day.connection.execute(
        "DELETE FROM oversight_figure WHERE organisation_id = %s AND day = %s",
        [day.organisation, day.day],
    )
    with day.connection.cursor() as cursor:
        cursor.executemany(
            "INSERT INTO oversight_figure (organisation_id, day, kind, of_list, count)"
            " VALUES (%s, %s, %s, %s, %s)",
            rows,
        )


logger = logging.getLogger(__name__)

#: The maximum age of today's figures, and the time after midnight within which transactions of the
#: previous day may still end.
FRESH, SETTLED = dt.timedelta(minutes=10), dt.timedelta(hours=1)
#: The number of days per round, and the maximum duration of successive rounds, so that the worker does
#: not delay incoming messages.
AT_ONCE, CATCH_UP_S = 10, 1.0
#: The time for which logs are kept (Directive 2016/681 art. 13 (6)).
KEEP = dt.timedelta(days=5 * 365)
_LOCK = 7_406_021

#: The days, since the first journal entry of each organisation, that were not yet counted after their
#: end.
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
    """Computes the figures of each day whose figures are not final, oldest day first. Each day has its own
    transaction. Returns the number of days whose figures were computed.

    Only one worker computes figures at a time. If another worker is already computing figures, returns 0.
    """
    [[free]] = connection.execute("SELECT pg_try_advisory_lock(%s)", [_LOCK])
    if not free:
        return 0
    try:
        oldest = (now - KEEP).date()
        due = connection.execute(
            _DUE,
            {"now": now, "oldest": oldest, "settled": SETTLED, "fresh": FRESH, "most": most},
        ).fetchall()
        counted = [
            _count_day(Day(connection, keys, organisation, on), now) for organisation, on in due
        ]
        # Counts and findings about users are deleted after the same time as logs. Figures without users
        # are kept.
        for table in ("oversight_tally", "oversight_finding") if due else ():
            connection.execute(f"DELETE FROM {table} WHERE day < %s", [oldest])  # noqa: S608
        return sum(counted)
    finally:
        connection.execute("SELECT pg_advisory_unlock(%s)", [_LOCK])


def catch_up(connection: Connection[Any], keys: Keys, now: dt.datetime) -> None:
    """Computes, for about a second, the figures of days whose figures are not final. The next call computes
    the figures of the remaining days.
    """
    ends = time.monotonic() + CATCH_UP_S
    while roll(connection, keys, now) == AT_ONCE and time.monotonic() < ends:
        pass


def _count_day(day: Day, now: dt.datetime) -> bool:
    """Computes the figures of one day in one transaction. Returns whether the computation succeeded. If a
    programming error occurs, the error is logged and the worker continues. If a programming error occurred, a
    later call computes the figures of the day again.
    """
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
