"""Floods: one entry of a list, one lookout or one profile that raised very many open hits.

The queue shows the hits that only floods raised as one row a flood, none capped or dropped. Which they
are, and how many, is marked by the workers every few seconds, so that the queue asks for nothing more.
"""

from __future__ import annotations

from typing import Any

from psycopg import Connection

#: From so many open hits on an entry or a profile is a flood: two pages of the queue, more than an
#: officer reads without losing sight of the rest.
STARTS_AT = 50
#: A flood stays one until so few are left: deciding one hit must not scatter the other 49.
STAYS_AT = 25

# What stands alone is looked at again and again, what a flood holds only where something changed: a
# flood of 300,000 must not be read through every few seconds. A hit that anything else speaks for as
# well, be it another entry or messages that disagree, stays in the queue by itself. Rows are locked in
# the order in which the store locks them.
_FLOODS = """
    CREATE TEMPORARY TABLE floods ON COMMIT DROP AS
    SELECT entry_id, profile_id, sum(hits) AS hits, sum(hits) >=
        CASE WHEN bool_or(held) THEN %(stays)s ELSE %(starts)s END AS is_one
    FROM (
        SELECT r.entry_id, v.profile_id, count(DISTINCT h.id) AS hits, false AS held
        FROM targeting_hit h
        JOIN targeting_reason r ON r.hit_id = h.id AND r.state = 'open'
        LEFT JOIN profiles_version v ON v.id = r.profile_version_id
        WHERE h.state IN ('new', 'reopened') AND h.flood_id IS NULL AND h.flood_profile_id IS NULL
          AND (r.entry_id IS NOT NULL OR v.profile_id IS NOT NULL)
        GROUP BY r.entry_id, v.profile_id
        UNION ALL
        SELECT flood_id, NULL, count(*), true FROM targeting_hit
        WHERE state IN ('new', 'reopened') AND flood_id IS NOT NULL GROUP BY flood_id
        UNION ALL
        SELECT NULL, flood_profile_id, count(*), true FROM targeting_hit
        WHERE state IN ('new', 'reopened') AND flood_profile_id IS NOT NULL GROUP BY flood_profile_id
    ) counted
    GROUP BY entry_id, profile_id
"""
#: Hits to look at: those that stand alone, those of what is no flood any more, those that changed.
_SOME = """
    CREATE TEMPORARY TABLE some_hits ON COMMIT DROP AS
    SELECT h.id FROM targeting_hit h
    WHERE h.state IN ('new', 'reopened') AND h.flood_id IS NULL AND h.flood_profile_id IS NULL
      AND EXISTS (SELECT FROM floods WHERE is_one)
    UNION
    SELECT h.id FROM targeting_hit h JOIN floods f ON f.entry_id = h.flood_id AND NOT f.is_one
    WHERE h.state IN ('new', 'reopened')
    UNION
    SELECT h.id FROM targeting_hit h
    JOIN floods f ON f.profile_id = h.flood_profile_id AND NOT f.is_one
    WHERE h.state IN ('new', 'reopened')
    UNION
    SELECT h.id FROM targeting_hit h JOIN accounts_organisation o ON o.id = h.organisation_id
    WHERE h.state IN ('new', 'reopened') AND (h.flood_id IS NOT NULL OR h.flood_profile_id IS NOT NULL)
      AND h.changed_at > (SELECT coalesce(max(counted_at), '-infinity') - interval '30 seconds'
                          FROM targeting_floodcount)
"""
_MARK = """
    WITH largest AS (
        SELECT s.id, bool_and(f.is_one IS TRUE) AS only_floods,
               (array_agg(f.entry_id ORDER BY f.hits DESC NULLS LAST, f.entry_id, f.profile_id))[1]
                   AS entry_id,
               (array_agg(f.profile_id ORDER BY f.hits DESC NULLS LAST, f.entry_id, f.profile_id))[1]
                   AS profile_id
        FROM some_hits s
        JOIN targeting_reason r ON r.hit_id = s.id AND r.state = 'open'
        LEFT JOIN profiles_version v ON v.id = r.profile_version_id
        LEFT JOIN floods f ON f.is_one AND (f.entry_id = r.entry_id OR f.profile_id = v.profile_id)
        GROUP BY s.id
    ), changed AS (
        SELECT h.id, CASE WHEN l.only_floods THEN l.entry_id END AS flood_id,
               CASE WHEN l.only_floods THEN l.profile_id END AS flood_profile_id
        FROM targeting_hit h JOIN largest l ON l.id = h.id
        WHERE h.flood_id IS DISTINCT FROM CASE WHEN l.only_floods THEN l.entry_id END
           OR h.flood_profile_id IS DISTINCT FROM CASE WHEN l.only_floods THEN l.profile_id END
        ORDER BY h.id FOR UPDATE OF h SKIP LOCKED
    )
    UPDATE targeting_hit h SET flood_id = c.flood_id, flood_profile_id = c.flood_profile_id
    FROM changed c WHERE c.id = h.id
"""
_COUNT = """
    INSERT INTO targeting_floodcount (organisation_id, flood_id, flood_profile_id, unit_id, theme, purpose,
        claimed_by_id, priority, count, landed, next_at, since, counted_at)
    SELECT organisation_id, flood_id, flood_profile_id, unit_id, theme, purpose, claimed_by_id, priority,
           count(*), count(*) FILTER (WHERE lands_at < now()),
           min(lands_at) FILTER (WHERE lands_at >= now()), min(opened_at), now()
    FROM targeting_hit
    WHERE state IN ('new', 'reopened') AND (flood_id IS NOT NULL OR flood_profile_id IS NOT NULL)
    GROUP BY 1, 2, 3, 4, 5, 6, 7, 8
"""
#: One worker marks at a time; the others leave it to it.
_ALONE = "SELECT pg_try_advisory_xact_lock(hashtext('vedette floods'))"


def mark(connection: Connection[Any]) -> int:
    """Marks the open hits of every organisation that floods alone raised, and counts them; gives how
    many changed.

    Hits that somebody holds at this moment are left to the next round.
    """
    with connection.transaction():
        if connection.execute(_ALONE).fetchone() != (True,):
            return 0
        connection.execute(_FLOODS, {"starts": STARTS_AT, "stays": STAYS_AT})
        connection.execute(_SOME)
        connection.execute("ANALYZE some_hits")
        done = connection.execute(_MARK)
        count(connection)
    return done.rowcount


def count(connection: Connection[Any]) -> None:
    """Counts the marked hits anew."""
    connection.execute("DELETE FROM targeting_floodcount")
    connection.execute(_COUNT)
