"""Floods: one list entry, one lookout or one profile that raised very many open hits.

The queue shows a single row for all hits whose only reason is the same flood. No hit is dropped. Workers mark
and count the hits of floods every few seconds, so that the pages of the queue need not count them.
"""

from __future__ import annotations

import datetime as dt
from typing import Any

from psycopg import Connection

#: The number of open hits from which an entry or a profile is a flood: two pages of the queue, more than an
#: officer can read beside the other hits.
STARTS_AT = 50
#: A flood ends below this number of open hits: a single decision must not turn a flood of 50 into 49 rows.
STAYS_AT = 25

# Hits outside floods are examined each time. Hits of floods are examined only if they changed, because a
# flood of 300,000 hits must not be read every few seconds. A hit with any other reason, such as another entry
# or messages that disagree, keeps its own row in the queue. A hit of which some readers see only a part can
# belong to another flood for them, and counts for both floods. Rows are locked in the order in which the
# store locks them.
_FLOODS = """
    CREATE TEMPORARY TABLE floods ON COMMIT DROP AS
    SELECT entry_id, profile_id, sum(hits) AS hits, sum(hits) >=
        CASE WHEN bool_or(held) THEN %(stays)s ELSE %(starts)s END AS is_one
    FROM (
        SELECT r.entry_id, v.profile_id, count(DISTINCT h.id) AS hits, false AS held
        FROM hits_hit h
        JOIN hits_reason r ON r.hit_id = h.id AND r.state = 'open'
        LEFT JOIN profiles_version v ON v.id = r.profile_version_id
        WHERE h.state IN ('new', 'reopened') AND h.flood_id IS NULL AND h.flood_profile_id IS NULL
          AND (r.entry_id IS NOT NULL OR v.profile_id IS NOT NULL)
        GROUP BY r.entry_id, v.profile_id
        UNION ALL
        SELECT flood_id, NULL, count(*), true FROM hits_hit
        WHERE state IN ('new', 'reopened') AND flood_id IS NOT NULL GROUP BY flood_id
        UNION ALL
        SELECT NULL, flood_profile_id, count(*), true FROM hits_hit
        WHERE state IN ('new', 'reopened') AND flood_profile_id IS NOT NULL GROUP BY flood_profile_id
        UNION ALL
        SELECT p.flood_id, p.flood_profile_id,
               count(DISTINCT h.id) FILTER (WHERE coalesce(h.flood_id, h.flood_profile_id) IS NOT NULL), true
        FROM hits_hit h
        CROSS JOIN LATERAL jsonb_path_query(h.parts, '$.*') e
        CROSS JOIN LATERAL jsonb_to_record(e) p (state text, flood_id uuid, flood_profile_id uuid)
        WHERE h.state IN ('new', 'reopened') AND h.parts <> '{}' AND p.state IN ('new', 'reopened')
          AND (p.flood_id IS NOT NULL OR p.flood_profile_id IS NOT NULL)
          AND (p.flood_id, p.flood_profile_id) IS DISTINCT FROM (h.flood_id, h.flood_profile_id)
        GROUP BY p.flood_id, p.flood_profile_id
    ) counted
    GROUP BY entry_id, profile_id
"""
#: The hits to examine: those outside floods, those that belong to a flood that ended, for all readers or for
#: some, and those that changed.
_SOME = """
    CREATE TEMPORARY TABLE some_hits ON COMMIT DROP AS
    SELECT h.id FROM hits_hit h
    WHERE h.state IN ('new', 'reopened') AND h.flood_id IS NULL AND h.flood_profile_id IS NULL
      AND EXISTS (SELECT FROM floods WHERE is_one)
    UNION
    SELECT h.id FROM hits_hit h JOIN floods f ON f.entry_id = h.flood_id AND NOT f.is_one
    WHERE h.state IN ('new', 'reopened')
    UNION
    SELECT h.id FROM hits_hit h
    JOIN floods f ON f.profile_id = h.flood_profile_id AND NOT f.is_one
    WHERE h.state IN ('new', 'reopened')
    UNION
    SELECT h.id FROM hits_hit h
    CROSS JOIN LATERAL jsonb_path_query(h.parts, '$.*') e
    CROSS JOIN LATERAL jsonb_to_record(e) p (flood_id uuid, flood_profile_id uuid)
    JOIN floods f ON (f.entry_id = p.flood_id OR f.profile_id = p.flood_profile_id) AND NOT f.is_one
    WHERE h.state IN ('new', 'reopened') AND h.parts <> '{}'
    UNION
    SELECT h.id FROM hits_hit h JOIN accounts_organisation o ON o.id = h.organisation_id
    WHERE h.state IN ('new', 'reopened') AND (h.flood_id IS NOT NULL OR h.flood_profile_id IS NOT NULL)
      AND h.changed_at > (SELECT coalesce(max(counted_at), '-infinity') - interval '30 seconds'
                          FROM hits_floodcount)
"""
_MARK = """
    WITH largest AS (
        SELECT s.id, bool_and(f.is_one IS TRUE) AS only_floods,
               (array_agg(f.entry_id ORDER BY f.hits DESC NULLS LAST, f.entry_id, f.profile_id))[1]
                   AS entry_id,
               (array_agg(f.profile_id ORDER BY f.hits DESC NULLS LAST, f.entry_id, f.profile_id))[1]
                   AS profile_id
        FROM some_hits s
        JOIN hits_reason r ON r.hit_id = s.id AND r.state = 'open'
        LEFT JOIN profiles_version v ON v.id = r.profile_version_id
        LEFT JOIN floods f ON f.is_one AND (f.entry_id = r.entry_id OR f.profile_id = v.profile_id)
        GROUP BY s.id
    ), changed AS (
        SELECT h.id, CASE WHEN l.only_floods THEN l.entry_id END AS flood_id,
               CASE WHEN l.only_floods THEN l.profile_id END AS flood_profile_id
        FROM hits_hit h JOIN largest l ON l.id = h.id
        WHERE h.flood_id IS DISTINCT FROM CASE WHEN l.only_floods THEN l.entry_id END
           OR h.flood_profile_id IS DISTINCT FROM CASE WHEN l.only_floods THEN l.profile_id END
        ORDER BY h.id FOR UPDATE OF h SKIP LOCKED
    )
    UPDATE hits_hit h SET flood_id = c.flood_id, flood_profile_id = c.flood_profile_id
    FROM changed c WHERE c.id = h.id
"""
# The floods of a hit, as shown to readers who see only some of its reasons.
_MARK_PARTS = """
    WITH largest AS (
        SELECT h.id, p.seen, bool_and(f.is_one IS TRUE) AS only_floods,
               (array_agg(f.entry_id ORDER BY f.hits DESC NULLS LAST, f.entry_id, f.profile_id))[1]
                   AS entry_id,
               (array_agg(f.profile_id ORDER BY f.hits DESC NULLS LAST, f.entry_id, f.profile_id))[1]
                   AS profile_id
        FROM some_hits s
        JOIN hits_hit h ON h.id = s.id AND h.parts <> '{}'
        CROSS JOIN LATERAL jsonb_object_keys(h.parts) p (seen)
        JOIN hits_reason r ON r.hit_id = s.id AND r.state = 'open'
            AND vedette_pair(r.theme, r.purpose) & p.seen::integer <> 0
        LEFT JOIN profiles_version v ON v.id = r.profile_version_id
        LEFT JOIN floods f ON f.is_one AND (f.entry_id = r.entry_id OR f.profile_id = v.profile_id)
        GROUP BY h.id, p.seen
    ), marked AS (
        SELECT l.id, jsonb_object_agg(l.seen, h.parts -> l.seen || jsonb_build_object(
                   'flood_id', CASE WHEN l.only_floods THEN l.entry_id END,
                   'flood_profile_id', CASE WHEN l.only_floods THEN l.profile_id END)) AS parts
        FROM largest l JOIN hits_hit h ON h.id = l.id
        GROUP BY l.id
    ), changed AS (
        SELECT h.id, m.parts FROM hits_hit h JOIN marked m ON m.id = h.id
        WHERE h.parts || m.parts <> h.parts ORDER BY h.id FOR UPDATE OF h SKIP LOCKED
    )
    UPDATE hits_hit h SET parts = h.parts || c.parts FROM changed c WHERE c.id = h.id
"""
# Hits whose readers see different reasons are counted once for each set of reasons.
_COUNT = """
    INSERT INTO hits_floodcount (organisation_id, flood_id, flood_profile_id, unit_id, theme, purpose,
        claimed_by_id, priority, pairs, seen, count, landed, next_at, since, counted_at)
    SELECT organisation_id, flood_id, flood_profile_id, unit_id, theme, purpose, claimed_by_id, priority,
           pairs, seen, count(*), count(*) FILTER (WHERE due_at < %(now)s),
           min(due_at) FILTER (WHERE due_at >= %(now)s), min(opened_at), %(now)s
    FROM (
        SELECT organisation_id, flood_id, flood_profile_id, unit_id, theme, purpose, claimed_by_id, priority,
               pairs, pairs AS seen, due_at, opened_at
        FROM hits_hit
        WHERE state IN ('new', 'reopened') AND (flood_id IS NOT NULL OR flood_profile_id IS NOT NULL)
        UNION ALL
        SELECT h.organisation_id, p.flood_id, p.flood_profile_id, h.unit_id, h.theme, h.purpose,
               p.claimed_by_id, p.priority, h.pairs, e.key::integer, h.due_at, p.opened_at
        FROM hits_hit h
        CROSS JOIN LATERAL jsonb_each(h.parts) e
        CROSS JOIN LATERAL jsonb_to_record(e.value) p (state text, flood_id uuid, flood_profile_id uuid,
            claimed_by_id uuid, priority smallint, opened_at timestamptz)
        WHERE h.state IN ('new', 'reopened') AND h.parts <> '{}' AND p.state IN ('new', 'reopened')
          AND (p.flood_id IS NOT NULL OR p.flood_profile_id IS NOT NULL)
    ) counted
    GROUP BY 1, 2, 3, 4, 5, 6, 7, 8, 9, 10
"""
#: Only one worker marks at a time; the others skip the job.
_ALONE = "SELECT pg_try_advisory_xact_lock(hashtext('vedette floods'))"


def mark(connection: Connection[Any], now: dt.datetime) -> int:
    """Marks the open hits of all organisations that have no reason outside floods. Counts the marked hits at
    the time `now`. Returns the number of changed hits.

    If another transaction has locked a hit, the next call of this function marks the hit.
    """
    with connection.transaction():
        if connection.execute(_ALONE).fetchone() != (True,):
            return 0
        connection.execute(_FLOODS, {"starts": STARTS_AT, "stays": STAYS_AT})
        connection.execute(_SOME)
        connection.execute("ANALYZE some_hits")
        done = connection.execute(_MARK)
        connection.execute(_MARK_PARTS)
        count(connection, now)
    return done.rowcount


def count(connection: Connection[Any], now: dt.datetime) -> None:
    """Replaces the stored counts of the marked hits by new counts at the time `now`."""
    connection.execute("DELETE FROM hits_floodcount")
    connection.execute(_COUNT, {"now": now})
