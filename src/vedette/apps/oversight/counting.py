"""Counts the figures of one day that article 20 of Directive 2016/681 requires, before the data is deleted.

A hit counts on each day on which it was decided, once, with the last decision of that day. `again` is the
number of hits that had been decided on an earlier day.
"""

from __future__ import annotations

from vedette.apps.oversight.looking import Day

#: Travellers on flights that landed; a traveller with API and PNR data counts once.
_TRAVELLERS = """
    SELECT 'travellers', NULL::uuid, sum(api_count + pnr_count - joined_count)
    FROM travellers_flight WHERE organisation_id = %(org)s AND arrives_at >= %(from)s
      AND arrives_at < least(%(to)s, now())
"""
_RAISED = """
    SELECT 'raised', NULL::uuid, count(*) FROM hits_hit
    WHERE organisation_id = %(org)s AND opened_at >= %(from)s AND opened_at < %(to)s
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
    """Replaces the figures of a day; figures of 0 are not written."""
    start, end = day.bounds
    values = {"org": day.organisation, "from": start, "to": end}
    rows = [
        (day.organisation, day.day, kind, of_list, count)
        for query in (_TRAVELLERS, _RAISED, _DECISIONS)
        for kind, of_list, count in day.connection.execute(query, values).fetchall()
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
